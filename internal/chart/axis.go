package chart

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"fieldwork/internal/draw"
)

// axes are a plot with values along one side and categories along the other.
type axes struct {
	plot  draw.Box
	scale scale
	lying bool // values run to the right and categories down, else up and to the right
	band  float64
}

// bar is the box of a bar: where its values begin and end, and where it stands
// across its side.
func (a axes) bar(from, to, across, thick float64) draw.Box {
	p, q := a.scale.part(min(from, to)), a.scale.part(max(from, to))
	if a.lying {
		return draw.Box{X: a.plot.X + p*a.plot.W, Y: a.plot.Y + across, W: (q - p) * a.plot.W, H: thick}
	}
	return draw.Box{X: a.plot.X + across, Y: a.plot.Y + (1-q)*a.plot.H, W: thick, H: (q - p) * a.plot.H}
}

// across is a line over the plot at a value.
func (a axes) across(v float64) []draw.Point {
	p := a.scale.part(v)
	if a.lying {
		x := a.plot.X + p*a.plot.W
		return []draw.Point{{X: x, Y: a.plot.Y}, {X: x, Y: a.plot.Y + a.plot.H}}
	}
	y := a.plot.Y + (1-p)*a.plot.H
	return []draw.Point{{X: a.plot.X, Y: y}, {X: a.plot.X + a.plot.W, Y: y}}
}

// grid draws the lines of the ticks; zero draws that of zero, darker and on top of
// the bars, where it is on the axis.
func (s *sheet) grid(a axes) {
	for _, v := range a.scale.ticks() {
		s.page.Line(s.theme.Line, 0.18, a.across(v)...)
	}
}

func (s *sheet) zero(a axes) {
	if a.scale.from <= 0 && a.scale.to >= 0 {
		s.page.Line(s.theme.Rule.Mix(s.theme.Soft, 0.5), 0.25, a.across(0)...)
	}
}

// ticksBeside writes the values of a standing axis left of the plot, in a gutter; some
// of them where the plot is low.
func (s *sheet) ticksBeside(a axes, gutter float64) {
	h := s.soft.Height(1)
	every := max(int(math.Ceil(0.9*h*float64(a.scale.to-a.scale.from)/a.plot.H)), 1)
	for i, text := range s.figures.ticks(a.scale) {
		if (i+a.scale.from)%every != 0 { // zero is always among them
			continue
		}
		y := a.across(a.scale.ticks()[i])[0].Y
		s.page.Text(draw.Box{X: a.plot.X - gutter, Y: y - h/2, W: gutter - 0.5*s.unit, H: h}, draw.Right, s.soft, text)
	}
}

// ticksBelow writes the values of a lying axis under the plot; every other one, or
// fewer, where they are too wide.
func (s *sheet) ticksBelow(a axes) {
	texts, values := s.figures.ticks(a.scale), a.scale.ticks()
	apart := a.plot.W / float64(len(values)-1)
	every := 1
	for every < len(texts) && s.widest(s.soft, texts)+s.unit > apart*float64(every) {
		every++
	}
	h := s.soft.Height(1)
	for i, text := range texts {
		if (i+a.scale.from)%every != 0 { // zero is always among them
			continue
		}
		w := s.soft.Width(text) + 0.01
		x := a.across(values[i])[0].X - w/2
		x = min(max(x, s.box.X), s.box.X+s.box.W-w)
		s.page.Text(draw.Box{X: x, Y: a.plot.Y + a.plot.H + 0.3*s.unit, W: w, H: h}, draw.Centre, s.soft, text)
	}
}

// gutter is the room that the values of a standing axis need beside it.
func (s *sheet) gutter(of scale) float64 {
	return min(s.widest(s.soft, s.figures.ticks(of))+0.5*s.unit+0.01, s.box.W*0.4)
}

func (s *sheet) widest(style draw.Style, texts []string) float64 {
	return s.widestOf(style, texts, 1)
}

// steps is how many ticks a length has room for.
func (s *sheet) steps(length float64) int {
	return min(max(int(length/(2.7*s.unit)), 2), 7)
}

// under are the names of categories below an axis.
type under struct {
	every int // of so many categories one is named
	lines int // of the longest name
	width float64
	style draw.Style
	rows  int // 2: names stand in two rows in turn, so that each has the room of two
}

// height is that of the names and the gap above them.
func (u under) height(s *sheet) float64 {
	return u.style.Height(u.lines*max(u.rows, 1)) + (belowAxis+0.1)*s.unit
}

// belowAxis is the gap between an axis and the names below it, in letters: half of
// the lowest value beside the axis needs it.
const belowAxis = 0.6

// nameUnder decides how the names of n categories stand below an axis, each in the
// middle of its band. Names that follow from each other stay on one line, and some
// of them are left out; others are wrapped, and shortened when they must be.
func (s *sheet) nameUnder(names []string, band float64) under {
	gap := 0.8 * s.unit
	most := min(max(int(s.box.H*0.22/s.soft.Height(1)), 1), 3)
	if !ordered(names) && band-gap >= 2.6*s.unit {
		style, whole := s.unbroken(names, band-gap, most)
		if !whole && most > 1 {
			if style, whole := s.unbroken(names, 2*band-gap, 1); whole {
				return under{1, 1, 2*band - gap, style, 2}
			}
		}
		u := under{1, 1, band - gap, style, 1}
		for _, n := range names {
			u.lines = max(u.lines, len(u.style.Wrap(n, u.width, most)))
		}
		return u
	}
	for every := 1; every < len(names); every++ {
		if u := (under{every, 1, band*float64(every) - gap, s.soft, 1}); u.width >= s.widestOf(s.soft, names, every) {
			return u
		}
	}
	all := max(len(names), 1)
	u := under{all, 1, min(band*float64(all), s.box.W) - gap, s.soft, 1}
	if len(names) > 0 {
		u.lines = max(len(s.soft.Wrap(names[0], u.width, most)), 1)
	}
	return u
}

// unbroken is the style, a little smaller if need be, in which no word of texts is
// broken; the usual one when there is none.
func (s *sheet) unbroken(texts []string, width float64, lines int) (style draw.Style, whole bool) {
	for _, part := range []float64{1, 0.9, 0.8} {
		style := draw.Style{Size: s.soft.Size * part, Colour: s.soft.Colour}
		if !slices.ContainsFunc(texts, func(t string) bool { return s.linesOf(style, t, width, lines) == 0 }) {
			return style, true
		}
	}
	return s.soft, false
}

// widestOf is the width of the widest of every so many texts.
func (s *sheet) widestOf(style draw.Style, texts []string, every int) float64 {
	w := 0.0
	for i := 0; i < len(texts); i += every {
		w = max(w, style.Width(texts[i])+0.01)
	}
	return w
}

// linesOf is how many lines of a width a text takes when no word is broken, 0 when it
// takes more than most.
func (s *sheet) linesOf(style draw.Style, text string, width float64, most int) int {
	word := 0.0
	for _, r := range text {
		if unicode.IsSpace(r) || r >= 0x2E80 {
			word = 0
			continue
		}
		if word += style.Width(string(r)); word > width {
			return 0
		}
	}
	if n := len(style.Wrap(text, width, most+1)); n <= most {
		return max(n, 1)
	}
	return 0
}

// ordered tells names that follow from each other, such as days and months: when
// some are left out, a reader knows what stands between.
func ordered(names []string) bool {
	for _, n := range names {
		if !strings.ContainsFunc(n, unicode.IsDigit) {
			return false
		}
	}
	return len(names) > 0
}

// drawUnder writes the names of categories below a plot. At the ends of the axis a
// name may have to move inwards; it is left out where it would touch the one before.
func (s *sheet) drawUnder(a axes, names []string, u under) {
	top := a.plot.Y + a.plot.H + belowAxis*s.unit
	end := [2]float64{s.box.X - s.unit, s.box.X - s.unit} // of what stands in each row
	for i := 0; i < len(names); i += u.every {
		row := i % max(u.rows, 1)
		x := a.plot.X + (float64(i)+0.5)*a.band
		lines := u.style.Wrap(names[i], u.width, u.lines)
		w := min(s.widest(u.style, lines), u.width)
		left := min(max(x-w/2, s.box.X), s.box.X+s.box.W-w)
		if left < end[row]+0.3*s.unit {
			continue
		}
		s.page.Text(draw.Box{X: left, Y: top + u.style.Height(row*u.lines), W: w, H: u.style.Height(len(lines))}, draw.Centre, u.style, lines...)
		end[row] = left + w
	}
}
