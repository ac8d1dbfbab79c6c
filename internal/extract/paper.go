package extract

import (
	"fieldwork/internal/draw"
)

// A4 upright, in millimetres; dots of an image to the millimetre, and how high one
// may become before they are fewer.
const (
	paperW, paperH, margin = 210.0, 297.0, 16.0
	dots, mostDots         = 6.0, 12_000.0
	gap                    = 3.0 // between columns
	mostLines              = 40  // of a value, and of a cell of the team
	teamLines              = 4
)

// sheet is what is drawn so far: pages of a height, or one that is as high as it
// needs to be.
type sheet struct {
	c     Content
	h     float64
	y     float64
	pages []*draw.Page
	theme draw.Theme

	title, head, body, soft, small draw.Style
}

// paper is the content as pages to print.
func (c Content) paper() ([]byte, error) {
	return draw.PDF(c.title(), c.layOut(paperH).pages...)
}

// image is the content as one picture, as high as it needs to be.
func (c Content) image() ([]byte, error) {
	high := max(c.layOut(1e6).y+margin+1, paperW/2)
	return c.layOut(high).pages[0].PNG(min(dots, mostDots/high))
}

func (c Content) layOut(h float64) *sheet {
	t := draw.Light()
	s := &sheet{c: c, h: h, theme: t,
		title: draw.Style{Size: 18, Bold: true, Colour: t.Ink}, head: draw.Style{Size: 10.5, Bold: true, Colour: t.Accent},
		body: draw.Style{Size: 9.5, Colour: t.Ink}, soft: draw.Style{Size: 9.5, Colour: t.Soft}, small: draw.Style{Size: 8, Colour: t.Faint}}
	s.page()
	s.put(s.title, s.title.Wrap(c.Customer, paperW-2*margin, 3))
	s.put(s.soft, s.soft.Wrap(c.Organisation+" · "+c.words.asOf+" "+c.Day.String(), paperW-2*margin, 2))
	if len(c.Fields) > 0 {
		s.heading(c.words.about)
		for _, p := range c.Fields {
			text := p.Text
			if text == "" {
				text = "–"
			}
			s.row(mostLines, []float64{0.3, 0.7}, []draw.Style{s.soft, s.body}, []string{p.Label, text})
		}
	}
	s.heading(c.words.team)
	s.team()
	s.y += 4
	s.put(s.small, s.small.Wrap(c.words.private, paperW-2*margin, 2))
	return s
}

// team draws who does what. The first two columns are as wide as names need.
func (s *sheet) team() {
	if len(s.c.Team) == 0 {
		s.put(s.soft, []string{s.c.words.none})
		return
	}
	widths, soft, body := []float64{0.26, 0.24}, []draw.Style{s.soft, s.soft}, []draw.Style{s.soft, s.body}
	for range s.c.Contact {
		widths = append(widths, 0.5/float64(len(s.c.Contact)))
		soft, body = append(soft, s.soft), append(body, s.body)
	}
	s.row(teamLines, widths, soft, append([]string{s.c.words.responsibility, s.c.words.name}, s.c.Contact...))
	for _, l := range s.c.Team {
		s.row(teamLines, widths, body, append([]string{l.Responsibility, l.Name}, l.Contact...))
	}
}

// page begins a page.
func (s *sheet) page() {
	s.pages = append(s.pages, draw.New(paperW, s.h, s.theme.Paper))
	s.y = margin
}

// room begins a page where what comes next would leave this one.
func (s *sheet) room(height float64) *draw.Page {
	if s.y+height > s.h-margin && s.y > margin {
		s.page()
	}
	return s.pages[len(s.pages)-1]
}

// put draws lines over the whole width.
func (s *sheet) put(style draw.Style, lines []string) {
	h := style.Height(len(lines))
	p := s.room(h)
	p.Text(draw.Box{X: margin, Y: s.y, W: paperW - 2*margin, H: h}, draw.Left, style, lines...)
	s.y += h + 1
}

func (s *sheet) heading(text string) {
	s.y += 6
	s.room(s.head.Height(1) + 14) // not at the foot of a page
	s.put(s.head, []string{s.head.Fit(text, paperW-2*margin)})
}

// row draws cells of at most so many lines beside each other below a line; widths are
// parts of the whole.
func (s *sheet) row(most int, widths []float64, styles []draw.Style, cells []string) {
	lines, h := make([][]string, len(cells)), 0.0
	all := paperW - 2*margin
	for i, text := range cells {
		lines[i] = styles[i].Wrap(text, all*widths[i]-gap, most)
		h = max(h, styles[i].Height(len(lines[i])))
	}
	h += 2.6
	p := s.room(h)
	p.Line(s.theme.Line, 0.2, draw.Point{X: margin, Y: s.y}, draw.Point{X: paperW - margin, Y: s.y})
	x := margin
	for i := range cells {
		text := styles[i].Height(len(lines[i]))
		p.Text(draw.Box{X: x, Y: s.y + 1.3, W: all*widths[i] - gap, H: text}, draw.Left, styles[i], lines[i]...)
		x += all * widths[i]
	}
	s.y += h
}
