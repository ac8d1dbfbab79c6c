package chart

import (
	"fmt"
	"math"
	"strings"

	"fieldwork/internal/draw"
	"fieldwork/internal/wording"
)

// sheet is a chart being drawn: what is written where, and what is left.
type sheet struct {
	page    *draw.Page
	chart   Chart
	figures figures
	words   wording.Words
	theme   draw.Theme

	box  draw.Box // what is left of the page
	unit float64  // size of a letter, in millimetres

	title, strong, body, soft, small draw.Style
}

func newSheet(p *draw.Page, in draw.Box, c Chart) *sheet {
	w := wording.In(c.Language)
	s := &sheet{page: p, chart: c, words: w, theme: draw.Light(), box: in}
	s.figures = figures{decimals: c.Decimals, unit: c.Unit, chinese: w.Language == "zh", large: c.large()}
	const usual = 160 * 95 // of a chart on its own, in square millimetres
	size := min(max(7.8*math.Sqrt(in.W*in.H/usual), 6.2), 9)
	s.unit = size * 25.4 / 72
	s.title = draw.Style{Size: size * 1.35, Bold: true, Colour: s.theme.Ink}
	s.strong = draw.Style{Size: size, Bold: true, Colour: s.theme.Ink}
	s.body = draw.Style{Size: size, Colour: s.theme.Ink}
	s.soft = draw.Style{Size: size, Colour: s.theme.Soft}
	s.small = draw.Style{Size: size * 0.9, Colour: s.theme.Soft}
	return s
}

// top takes a strip off the top of what is left, bottom off its bottom.
func (s *sheet) top(height float64) draw.Box {
	height = min(height, s.box.H)
	out := draw.Box{X: s.box.X, Y: s.box.Y, W: s.box.W, H: height}
	s.box.Y, s.box.H = s.box.Y+height, s.box.H-height
	return out
}

func (s *sheet) bottom(height float64) draw.Box {
	height = min(height, s.box.H)
	s.box.H -= height
	return draw.Box{X: s.box.X, Y: s.box.Y + s.box.H, W: s.box.W, H: height}
}

// styled is a text and how it looks.
type styled struct {
	text  string
	style draw.Style
}

// heading draws the title and, below it, the subtitle. The unit stands at the end of
// the last line.
func (s *sheet) heading() {
	room := s.box.H * 0.32 // for all; the plot needs the rest
	unit := ""
	if s.chart.Unit != "" && s.figures.sign() == "" && s.chart.Kind != Number && s.chart.Kind != Pie {
		unit = s.soft.Fit(s.words.Unit+s.words.Colon+s.chart.Unit, s.box.W/2)
	}
	beside := 0.0
	if unit != "" {
		beside = s.soft.Width(unit) + 2*s.unit
	}
	width := s.box.W
	if len(s.soft.Wrap(s.chart.Subtitle, width, 1)) == 0 {
		width -= beside
	}
	start := s.box.Y
	end := start
	for _, part := range []styled{{s.chart.Title, s.title}, {s.chart.Subtitle, s.soft}} {
		lines := min(max(int(room/part.style.Height(1)), 1), 2)
		if text := part.style.Wrap(part.text, width, lines); len(text) > 0 {
			at := s.top(part.style.Height(len(text)))
			s.page.Text(draw.Box{X: at.X, Y: at.Y, W: width, H: at.H}, draw.Left, part.style, text...)
			room -= at.H
			end = at.Y + at.H
		}
		width = s.box.W - beside
	}
	line := s.soft.Height(1)
	if unit != "" && end == start {
		end = start + line
		s.top(line)
	}
	s.page.Text(draw.Box{X: s.box.X + s.box.W - beside, Y: end - line, W: beside, H: line}, draw.Right, s.soft, unit)
	s.top(0.7 * s.unit)
}

// note writes at the foot what the chart does not show.
func (s *sheet) note(texts ...string) {
	var some []string
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	if len(some) > 0 {
		s.page.Text(s.bottom(s.noteHeight()), draw.Left, s.small, strings.Join(some, s.words.Comma))
	}
}

func (s *sheet) noteHeight() float64 { return s.small.Height(1) + 0.3*s.unit }

// more is the note that so many categories or series are not shown, if any.
func more(format string, n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}

// legend draws the names of series with their marks, in as many lines as they need
// but no more than the plot can spare; those that remain are a number.
func (s *sheet) legend(names []string, mark func(i int, at draw.Point, size float64)) {
	const longest = 26 // of a name, in letters
	side, gap, line := 1.7*s.unit, 1.4*s.unit, s.body.Height(1)
	rest := s.soft.Width(fmt.Sprintf("+%d", len(names))) + gap
	lines := min(max(int(s.box.H*0.22/line), 1), 5)
	end := s.box.X + s.box.W
	var at []draw.Box
	x, y := s.box.X, s.box.Y
	for _, name := range names {
		w := side + min(s.body.Width(name), longest*s.unit, s.box.W-side-rest) + 0.01
		if x > s.box.X && x+w > end {
			x, y = s.box.X, y+line
		}
		at = append(at, draw.Box{X: x, Y: y, W: w, H: line})
		x += w + gap
	}
	last := s.box.Y + (float64(lines)-0.5)*line // no name begins below
	n := len(at)
	for n > 0 && at[n-1].Y > last {
		n--
	}
	if n < len(at) {
		for n > 1 && at[n-1].X+at[n-1].W+rest > end {
			n--
		}
		after := at[n-1]
		s.page.Text(draw.Box{X: after.X + after.W + gap, Y: after.Y, W: max(0, end-after.X-after.W-gap), H: line}, draw.Left, s.soft, fmt.Sprintf("+%d", len(at)-n))
	}
	for i, b := range at[:n] {
		mark(i, draw.Point{X: b.X + 0.6*s.unit, Y: b.Y + line/2}, 1.1*s.unit)
		s.page.Text(draw.Box{X: b.X + side, Y: b.Y, W: b.W - side, H: line}, draw.Left, s.body, names[i])
	}
	s.top(at[n-1].Y + line - s.box.Y + 0.4*s.unit)
}

// square is the mark of a series that is drawn as areas.
func (s *sheet) square(i int, at draw.Point, size float64) {
	s.page.Fill(draw.Box{X: at.X - size/2, Y: at.Y - size/2, W: size, H: size}, s.colour(i), size*0.18)
}

func (s *sheet) names() []string {
	out := make([]string, len(s.chart.Series))
	for i, one := range s.chart.Series {
		out[i] = one.Name
	}
	return out
}
