package picture

import (
	"fmt"
	"strconv"

	"fieldwork/internal/division"
	"fieldwork/internal/draw"
	"fieldwork/internal/health"
	"fieldwork/internal/wording"
)

// sheet is what all pages of a picture have in common.
type sheet struct {
	table    division.Table
	words    wording.Words
	filter   string
	currency string
	theme    draw.Theme
	grey     bool

	w, h, margin float64 // of the paper
	unit         float64 // size of a letter of the body, in millimetres
	title, strong, body, soft, faint, small, tiny,
	head, groupHead, bad, watch draw.Style

	groups []group
	widths []float64 // of all columns
	texts  [][]string
	headH  float64 // of the headings of columns
}

// What papers differ in.
type paper struct{ w, h, margin, largest, smallest float64 }

var papers = map[Paper]paper{A3: {420, 297, 11, 8.2, 6.4}, A4: {297, 210, 8, 6.6, 4.6}}

const padding = 0.45 // of a cell on the left and right, in letters

func newSheet(t division.Table, o Options) *sheet {
	p, ok := papers[o.Paper]
	if !ok {
		p = papers[A3]
	}
	s := &sheet{table: t, words: wording.In(o.Language), filter: o.Filter, theme: draw.Light(), w: p.w, h: p.h, margin: p.margin}
	if o.Theme == Print {
		s.theme, s.grey = draw.Print(), true
	}
	if s.filter == "" {
		s.filter = s.words.All
	}
	s.currency = oneCurrency(t.Rows)
	s.groups = groups(s)
	s.fit(p)
	return s
}

// fit chooses the size of letters and the widths of columns: as large as the
// paper takes, and no smaller than can be read. Columns that stretch also give way
// when there is too little room; figures and dates never do.
func (s *sheet) fit(p paper) {
	room := s.w - 2*s.margin
	s.letters(1)
	one, _, _ := s.like()
	s.letters(min(max(room/sum(one), p.smallest), p.largest))
	like, least, stretch := s.like()
	give := make([]float64, len(like)) // what each can do without
	for i := range like {
		give[i] = like[i] - least[i]
	}
	switch short := sum(like) - room; {
	case short <= 0:
		s.widths = share(like, stretch, -short)
	case short <= sum(give):
		s.widths = share(like, give, -short)
	default: // nothing is as it should be: those that can be cut are, each by its share
		cut := make([]float64, len(like))
		for i := range like {
			if stretch[i] > 0 {
				cut[i] = least[i]
			}
		}
		s.widths = share(least, cut, room-sum(least))
	}
	s.headings()
}

// share gives room to columns, or takes it from them, by weight.
func share(widths, weight []float64, room float64) []float64 {
	all := sum(weight)
	out := make([]float64, len(widths))
	for i, w := range widths {
		out[i] = w + room*weight[i]/all
	}
	return out
}

func sum(list []float64) float64 {
	all := 0.0
	for _, f := range list {
		all += f
	}
	return all
}

// like is the width that each column would like, what it needs, and how it stretches.
func (s *sheet) like() (widths, least, stretch []float64) {
	for _, g := range s.groups {
		for _, c := range g.columns {
			need := c.least
			if need == 0 {
				need = c.width
			}
			widths, least, stretch = append(widths, s.wide(c, c.width)), append(least, s.wide(c, need)), append(stretch, c.stretch)
		}
	}
	return widths, least, stretch
}

// wide is a width in letters; a word of the heading is whole.
func (s *sheet) wide(c column, letters float64) float64 {
	return max(letters*s.unit, min(s.head.Longest(c.title), 7*s.unit)+2*padding*s.unit)
}

func (s *sheet) letters(size float64) {
	t := s.theme
	s.unit = size * 25.4 / 72
	s.title = draw.Style{Size: size * 2.5, Bold: true, Colour: t.Ink}
	s.body = draw.Style{Size: size, Colour: t.Ink}
	s.strong = draw.Style{Size: size, Bold: true, Colour: t.Ink}
	s.soft = draw.Style{Size: size, Colour: t.Soft}
	s.faint = draw.Style{Size: size, Colour: t.Faint}
	s.small = draw.Style{Size: size * 0.92, Colour: t.Ink}
	s.tiny = draw.Style{Size: size * 0.74, Bold: true}
	s.head = draw.Style{Size: size * 0.95, Colour: t.Soft}
	s.groupHead = draw.Style{Size: size * 1.08, Bold: true, Colour: t.Accent}
	s.bad = draw.Style{Size: size, Bold: true, Colour: t.Bad}
	s.watch = draw.Style{Size: size, Bold: true, Colour: t.Watch}
}

// headings breaks the headings of columns into lines.
func (s *sheet) headings() {
	i, most := 0, 1
	for _, g := range s.groups {
		for _, c := range g.columns {
			lines := s.head.Wrap(c.title, s.widths[i]-2*padding*s.unit, 3)
			s.texts = append(s.texts, lines)
			most = max(most, len(lines))
			i++
		}
	}
	s.headH = s.head.Height(most) + 1.1*s.unit
}

// layOut draws the pages of a table; there is always one.
func layOut(t division.Table, o Options) []*draw.Page {
	s := newSheet(t, o)
	top, bottom := s.margin+s.titleHeight()+s.groupHeight()+s.headH, s.h-s.margin-s.footHeight()
	var pages []*draw.Page
	page := func() *draw.Page {
		p := draw.New(s.w, s.h, s.theme.Paper)
		pages = append(pages, p)
		return p
	}
	p, y, begin := page(), top, top
	for i := range t.Rows {
		cells, height := s.row(&t.Rows[i])
		if y+height > bottom && y > top {
			s.separate(p, begin, y)
			p, y = page(), top
		}
		s.drawRow(p, y, height, cells)
		y += height
	}
	if len(t.Rows) == 0 {
		in := draw.Box{X: s.margin, Y: top, W: s.w - 2*s.margin, H: s.unit * 12}
		p.Text(in, draw.Centre, s.soft, s.words.None)
		y += in.H
	}
	s.separate(p, begin, y)
	for i, p := range pages {
		s.drawTitle(p)
		s.drawHead(p)
		s.drawFoot(p, i+1, len(pages))
	}
	return pages
}

// row is the lines of all cells and how high they need to be.
func (s *sheet) row(r *division.Row) ([][]line, float64) {
	var cells [][]line
	most := 1
	for _, g := range s.groups {
		for _, c := range g.columns {
			lines := c.lines(s, r, s.widths[len(cells)]-2*padding*s.unit)
			most = max(most, len(lines))
			cells = append(cells, lines)
		}
	}
	return cells, s.body.Height(most) + 1.1*s.unit
}

func (s *sheet) drawRow(p *draw.Page, y, height float64, cells [][]line) {
	x, i := s.margin, 0
	for _, g := range s.groups {
		for _, c := range g.columns {
			in := draw.Box{X: x, Y: y, W: s.widths[i], H: height}.Inset(padding*s.unit, 0)
			s.drawLines(p, in, c.align, cells[i])
			x += s.widths[i]
			i++
		}
	}
	p.Line(s.theme.Line, 0.15, draw.Point{X: s.margin, Y: y + height}, draw.Point{X: s.w - s.margin, Y: y + height})
}

// separate draws the lines between groups, and the one below the last row.
func (s *sheet) separate(p *draw.Page, from, to float64) {
	x, i := s.margin, 0
	for n, g := range s.groups {
		if n > 0 && len(g.columns) > 0 {
			p.Line(s.theme.Rule, 0.15, draw.Point{X: x, Y: from}, draw.Point{X: x, Y: to})
		}
		for range g.columns {
			x += s.widths[i]
			i++
		}
	}
	p.Line(s.theme.Rule, 0.3, draw.Point{X: s.margin, Y: to}, draw.Point{X: s.w - s.margin, Y: to})
}

func (s *sheet) titleHeight() float64 { return s.title.Height(1) + 1.4*s.unit }
func (s *sheet) groupHeight() float64 { return s.groupHead.Height(1) + 0.9*s.unit }
func (s *sheet) footHeight() float64  { return s.body.Height(1) + 1.6*s.unit }

// drawTitle writes what the table is, whose, of when and of which customers.
func (s *sheet) drawTitle(p *draw.Page) {
	in := draw.Box{X: s.margin, Y: s.margin, W: s.w - 2*s.margin, H: s.title.Height(1)}
	title := s.title.Width(s.words.Title)
	p.Text(in, draw.Left, s.title, s.words.Title)
	about := draw.Style{Size: s.body.Size * 1.15, Colour: s.theme.Soft}
	strong := draw.Style{Size: s.body.Size * 1.15, Bold: true, Colour: s.theme.Ink}
	rest := draw.Box{X: in.X + title + 3*s.unit, Y: in.Y, W: max(0, in.W-title-3*s.unit), H: in.H}
	half := rest.H / 2
	p.Text(draw.Box{X: rest.X, Y: rest.Y, W: rest.W, H: half}, draw.Right, strong, s.table.Organisation)
	p.Text(draw.Box{X: rest.X, Y: rest.Y + half, W: rest.W, H: half}, draw.Right, about,
		fmt.Sprintf("%s %s   %s%s", s.words.AsOf, s.table.AsOf, s.words.Filter, s.filter))
}

// drawHead draws the headings of groups and columns.
func (s *sheet) drawHead(p *draw.Page) {
	y := s.margin + s.titleHeight()
	p.Fill(draw.Box{X: s.margin, Y: y, W: s.w - 2*s.margin, H: s.groupHeight() + s.headH}, s.theme.Band, 0)
	x, i := s.margin, 0
	for n, g := range s.groups {
		from := x
		for range g.columns {
			in := draw.Box{X: x, Y: y + s.groupHeight(), W: s.widths[i], H: s.headH}.Inset(padding*s.unit, 0)
			align := g.columns[i-s.before(n)].align
			p.Text(in, align, s.head, s.texts[i]...)
			x += s.widths[i]
			i++
		}
		if len(g.columns) == 0 {
			continue
		}
		in := draw.Box{X: from, Y: y, W: x - from, H: s.groupHeight()}
		p.Text(in.Inset(padding*s.unit, 0), draw.Left, s.groupHead, g.title)
		p.Line(s.theme.Accent, 0.5, draw.Point{X: from + 0.6, Y: y}, draw.Point{X: x - 0.6, Y: y})
		if n > 0 {
			p.Line(s.theme.Rule, 0.15, draw.Point{X: from, Y: y + 0.4}, draw.Point{X: from, Y: y + s.groupHeight() + s.headH})
		}
	}
	p.Line(s.theme.Rule, 0.3, draw.Point{X: s.margin, Y: y + s.groupHeight() + s.headH}, draw.Point{X: s.w - s.margin, Y: y + s.groupHeight() + s.headH})
}

// before is how many columns stand before a group.
func (s *sheet) before(n int) int {
	count := 0
	for _, g := range s.groups[:n] {
		count += len(g.columns)
	}
	return count
}

// drawFoot draws the legend on the left, totals and the number of the page on the right.
func (s *sheet) drawFoot(p *draw.Page, page, pages int) {
	at := draw.Box{X: s.margin, Y: s.h - s.margin - s.body.Height(1), W: s.w - 2*s.margin, H: s.body.Height(1)}
	totals := fmt.Sprintf("%s %d   %s %d   %s %d      %s", s.words.Customers, s.table.Customers,
		s.words.Gaps, len(s.table.Gaps), s.words.Overlaps, len(s.table.Overlaps), s.number(page, pages))
	right := min(s.soft.Width(totals), at.W/2)
	p.Text(draw.Box{X: at.X + at.W - right, Y: at.Y, W: right, H: at.H}, draw.Right, s.soft, totals)
	s.drawLegend(p, draw.Box{X: at.X, Y: at.Y, W: at.W - right - 2*s.unit, H: at.H})
}

func (s *sheet) number(page, pages int) string {
	n := strconv.Itoa(page) + " / " + strconv.Itoa(pages)
	if s.words.Language == "zh" {
		return "第 " + n + " 页"
	}
	return s.words.Page + " " + n
}

// drawLegend explains the marks as they look in cells, as far as there is room.
func (s *sheet) drawLegend(p *draw.Page, at draw.Box) {
	var items []line
	for _, l := range []string{"A", "R", "S", "C", "I"} {
		items = append(items, line{badge: l, mark: s.level(l), text: s.words.Levels[l], style: s.soft})
	}
	items = append(items, line{badge: s.words.Deputy, mark: s.theme.Soft, text: s.words.Terms["DEPUTY"], style: s.soft})
	pill := func(text string, c draw.Colour) line {
		return line{pill: true, text: text, mark: c, style: draw.Style{Size: s.small.Size, Bold: true, Colour: c}}
	}
	items = append(items, pill(s.words.Gap, s.theme.Bad), pill(s.words.Overlap, s.theme.Watch))
	from := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for _, b := range []struct {
		band   health.Band
		scores string
	}{{health.Healthy, "≥" + from(s.table.Bands.HealthyFrom)}, {health.Watch, "≥" + from(s.table.Bands.WatchFrom)}, {health.AtRisk, "≥" + from(s.table.Bands.AtRiskFrom)}, {health.Critical, "<" + from(s.table.Bands.AtRiskFrom)}} {
		items = append(items, line{text: "● " + s.words.Term(string(b.band)) + " " + b.scores, style: draw.Style{Size: s.body.Size, Colour: s.band(b.band)}})
	}
	x := at.X
	for _, l := range items {
		w := l.style.Width(l.text) + s.indent(l.badge) + 0.1
		if l.pill {
			w += 1.4 * s.unit
		}
		if x+w > at.X+at.W {
			return
		}
		s.drawLine(p, draw.Box{X: x, Y: at.Y, W: w, H: at.H}, draw.Left, l)
		x += w + 1.2*s.unit
	}
}
