package picture

import (
	"strconv"
	"strings"

	"fieldwork/internal/division"
	"fieldwork/internal/draw"
)

// maxLines bounds a cell, and with it a row.
const maxLines = 7

// line is one line of a cell: a text, which may stand on a tint, after a badge,
// or beside a bar.
type line struct {
	text  string
	style draw.Style
	badge string // letters before the text
	mark  draw.Colour
	pill  bool // the text stands in the middle of a tint of mark
	bar   *float64
	hang  bool // indented as if there were a badge: the text of the line before goes on
}

func (s *sheet) wrap(text string, style draw.Style, width float64, lines int) []line {
	var out []line
	for _, t := range style.Wrap(text, width, lines) {
		out = append(out, line{text: t, style: style})
	}
	return out
}

// listed are texts one below the other with dots before them, in so many lines.
func (s *sheet) listed(texts []string, width float64, lines int) []line {
	var out []line
	for i, text := range texts {
		left := lines - len(out) - (len(texts) - 1 - i) // one is kept for each that follows
		if len(out) == lines {
			break
		}
		for j, t := range s.small.Wrap(text, width-s.indent("·"), min(max(left, 1), 2)) {
			l := line{text: t, style: s.small, badge: "·", hang: j > 0}
			out = append(out, l)
		}
	}
	return out
}

// members are who does what in a cell, under a mark when something is wrong.
func (s *sheet) members(c division.Cell, width float64) []line {
	var out []line
	if mark, ok := s.state(c); ok {
		out = append(out, mark)
	}
	for i, m := range c.Members {
		if len(out) >= maxLines-2 && i < len(c.Members)-1 {
			return append(out, line{text: "+" + strconv.Itoa(len(c.Members)-i), style: s.faint})
		}
		letters := strings.Join(m.Levels, "")
		style := s.small
		if m.Absent {
			style.Colour = s.theme.Faint
		}
		for j, t := range style.Wrap(m.Name, width-s.indent(letters), 3) {
			out = append(out, line{text: t, style: style, badge: letters, mark: s.level(letters), hang: j > 0})
		}
		if m.Deputy != nil && m.Absent && len(out) < maxLines {
			mark := s.words.Deputy
			out = append(out, line{text: s.small.Fit(m.Deputy.Name, width-s.indent(mark)), style: s.small, badge: mark, mark: s.theme.Soft})
		}
	}
	return out[:min(len(out), maxLines)]
}

// state is the mark of a cell: red for gaps, amber for overlaps, and for what is
// not a gap yet.
func (s *sheet) state(c division.Cell) (line, bool) {
	text, colour := "", s.theme.Bad
	switch {
	case c.State == division.IsOverlap:
		text, colour = s.words.Overlap, s.theme.Watch
	case c.Gap != nil && c.Gap.Kind == "ENDING":
		text, colour = s.words.Term(c.Gap.Kind), s.theme.Watch
	case c.Gap != nil && c.Gap.Kind != "MISSING":
		text = s.words.Term(c.Gap.Kind)
		if s.words.Language == "zh" && !strings.HasPrefix(text, s.words.Gap) {
			text = s.words.Gap + "·" + text
		}
	case c.State == division.IsGap || c.Gap != nil:
		text = s.words.Gap
	default:
		return line{}, false
	}
	style := s.small
	style.Bold, style.Colour = true, colour
	return line{text: text, style: style, pill: true, mark: colour}, true
}

// level is the colour of what a member does: of the first letter.
func (s *sheet) level(letters string) draw.Colour {
	i := strings.IndexByte("ARSCI", (letters + "I")[0])
	return []draw.Colour{s.theme.Accent, s.theme.Series[1], s.theme.Series[2], s.theme.Series[3], s.theme.Soft}[max(i, 0)]
}

// indent is how far a text stands behind a badge.
func (s *sheet) indent(badge string) float64 {
	if badge == "" {
		return 0
	}
	if badge == "·" {
		return s.small.Width("·") + s.unit*0.15
	}
	return s.badgeWidth(badge) + s.unit*0.3
}

func (s *sheet) badgeWidth(letters string) float64 {
	return max(s.unit*1.1, s.tiny.Width(letters)+s.unit*0.4)
}

// drawLines draws the lines of a cell in the middle of its height.
func (s *sheet) drawLines(p *draw.Page, in draw.Box, align draw.Align, lines []line) {
	lead := s.body.Height(1)
	y := in.Y + (in.H-lead*float64(len(lines)))/2
	for _, l := range lines {
		s.drawLine(p, draw.Box{X: in.X, Y: y, W: in.W, H: lead}, align, l)
		y += lead
	}
}

func (s *sheet) drawLine(p *draw.Page, at draw.Box, align draw.Align, l line) {
	switch {
	case l.bar != nil:
		s.drawBar(p, at, l)
	case l.pill:
		w := min(at.W, l.style.Width(l.text)+s.unit*1.4)
		box := draw.Box{X: at.X, Y: at.Y + at.H*0.06, W: w, H: at.H * 0.88}
		p.Fill(box, s.theme.Tint(l.mark), box.H*0.25)
		p.Text(box, draw.Centre, l.style, l.text)
	case l.badge != "":
		in := s.indent(l.badge)
		if !l.hang {
			s.drawBadge(p, draw.Box{X: at.X, Y: at.Y, W: in, H: at.H}, l)
		}
		p.Text(draw.Box{X: at.X + in, Y: at.Y, W: max(0, at.W-in), H: at.H}, draw.Left, l.style, l.text)
	default:
		p.Text(at, align, l.style, l.text)
	}
}

func (s *sheet) drawBadge(p *draw.Page, at draw.Box, l line) {
	if l.badge == "·" {
		p.Text(at, draw.Left, s.faint, l.badge)
		return
	}
	side := s.unit * 1.2
	box := draw.Box{X: at.X, Y: at.Y + (at.H-side)/2, W: s.badgeWidth(l.badge), H: side}
	style := s.tiny
	if strings.HasPrefix(l.badge, "A") {
		style.Colour = s.theme.Paper
		p.Fill(box, l.mark, s.unit*0.25)
	} else {
		style.Colour = l.mark
		p.Fill(box, l.mark.Mix(s.theme.Paper, 0.82), s.unit*0.25)
	}
	p.Text(draw.Box{X: box.X, Y: at.Y, W: box.W, H: at.H}, draw.Centre, style, l.badge)
}

func (s *sheet) drawBar(p *draw.Page, at draw.Box, l line) {
	figures := s.small.Width("100%")
	track := draw.Box{X: at.X, Y: at.Y + at.H/2 - s.unit*0.25, W: max(0, at.W-figures-s.unit*0.4), H: s.unit * 0.5}
	p.Fill(track, s.theme.Line, track.H/2)
	if done := track.W * *l.bar / 100; done > 0 {
		colour := s.theme.Accent
		if *l.bar >= 100 {
			colour = s.theme.Good
		}
		p.Fill(draw.Box{X: track.X, Y: track.Y, W: max(done, min(track.H, track.W)), H: track.H}, colour, track.H/2)
	}
	p.Text(draw.Box{X: at.X + at.W - figures, Y: at.Y, W: figures, H: at.H}, draw.Right, draw.Style{Size: s.small.Size, Colour: l.style.Colour}, l.text)
}
