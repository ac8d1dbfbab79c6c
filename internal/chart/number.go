package chart

import (
	"math"
	"strconv"

	"fieldwork/internal/draw"
)

// numbers draws NUMBER: a tile for each series, in as many rows as make the numbers
// largest.
func (s *sheet) numbers() {
	c := &s.chart
	w, h := 11*s.unit, s.tileHeight() // of the smallest tile
	across := max(int(s.box.W/w), 1)
	if len(c.Series) > across*int(s.box.H/h) {
		fit := across * max(int((s.box.H-s.noteHeight())/h), 1)
		s.note(more(s.words.MoreNumbers, len(c.Series)-fit))
		c.Series = c.Series[:fit]
	}
	n, largest := len(c.Series), 0.0
	for rows := max((n+across-1)/across, 1); rows <= max(int(s.box.H/h), 1) && rows <= n; rows++ {
		columns := (n + rows - 1) / rows
		// A number is some five letters wide, and takes half of the height.
		if size := min(s.box.W/float64(columns)/4.5, s.box.H/float64(rows)/2); size > largest*1.1 {
			largest, across = size, columns
		}
	}
	rows := (n + across - 1) / across
	w, h = s.box.W/float64(across), min(s.box.H/float64(rows), 12*s.unit)
	top := s.box.Y + (s.box.H-h*float64(rows))/2
	for i := range c.Series {
		in := draw.Box{X: s.box.X + float64(i%across)*w, Y: top + float64(i/across)*h, W: w, H: h}
		if i%across > 0 {
			s.page.Line(s.theme.Line, 0.2, draw.Point{X: in.X, Y: in.Y + h*0.15}, draw.Point{X: in.X, Y: in.Y + h*0.85})
			in.X, in.W = in.X+1.2*s.unit, in.W-1.2*s.unit
		}
		in.W -= 0.6 * s.unit
		s.tile(in.Inset(0, min(0.9*s.unit, h-s.tileHeight())/2), i)
	}
}

// tileHeight is that of the lowest tile: a name, a number, and a change if there is one.
func (s *sheet) tileHeight() float64 {
	h := s.soft.Height(1) + s.strong.Height(1)*1.25
	if len(s.chart.Before) > 0 {
		h += s.small.Height(2)
	}
	return h
}

// tile draws a number as large as there is room.
func (s *sheet) tile(in draw.Box, i int) {
	one := s.chart.Series[i]
	var value *float64
	if len(one.Values) > 0 {
		value = one.Values[0]
	}
	change, before := s.change(i, value)
	below := 0.0
	if len(s.chart.Before) > 0 {
		below = s.small.Height(2)
	}
	name := s.soft.Wrap(one.Name, in.W, 1)
	if roomy := in.H - below - s.soft.Height(2) - s.strong.Height(1)*1.6; roomy > 0 {
		name = s.soft.Wrap(one.Name, in.W, 2)
	}
	head := s.soft.Height(max(len(name), 1))
	number, unit := s.figure(value, in.W, in.H-head-below)
	// Name, number and change stand together in the middle of the tile.
	big := number.style.Height(1)
	y := in.Y + (in.H-head-big-below)/2
	s.page.Text(draw.Box{X: in.X, Y: y, W: in.W, H: head}, draw.Left, s.soft, name...)
	y += head
	w := number.style.Width(number.text) + 0.01
	s.page.Text(draw.Box{X: in.X, Y: y, W: min(w, in.W), H: big}, draw.Left, number.style, number.text)
	if rest := in.W - w - 0.3*s.unit; rest > 0 && unit.text != "" {
		h := unit.style.Height(1)
		s.page.Text(draw.Box{X: in.X + w + 0.3*s.unit, Y: y + big*0.84 - h*0.86, W: rest, H: h}, draw.Left, unit.style, unit.text)
	}
	y += big
	half := s.small.Height(1)
	s.page.Text(draw.Box{X: in.X, Y: y, W: in.W, H: half}, draw.Left, draw.Style{Size: s.small.Size, Bold: true, Colour: s.theme.Ink}, change)
	s.page.Text(draw.Box{X: in.X, Y: y + half, W: in.W, H: half}, draw.Left, s.small, before)
}

// figure is a number in the largest letters that its room takes: exact, or short
// where it would be small. The unit stands behind it in smaller letters.
func (s *sheet) figure(v *float64, width, height float64) (number, unit styled) {
	colour := s.theme.Ink
	texts := []string{"–"}
	tail := ""
	if v != nil {
		texts = []string{s.figures.exact(*v) + s.figures.sign(), s.figures.short(*v) + s.figures.sign()}
		if s.figures.sign() == "" {
			tail = s.chart.Unit
		}
	} else {
		colour = s.theme.Faint
	}
	largest := min(s.strong.Size*4.2, height/draw.Style{Size: 1}.Height(1))
	for _, text := range texts {
		number = styled{text, draw.Style{Size: largest, Bold: true, Colour: colour}}
		unit = styled{tail, draw.Style{Size: max(largest*0.45, min(s.small.Size, largest)), Colour: s.theme.Soft}}
		used := number.style.Width(text) + 0.35*s.unit
		if tail != "" {
			used += unit.style.Width(tail)
		}
		if used > width {
			number.style.Size *= width / used * 0.995
			unit.style.Size = min(unit.style.Size, max(unit.style.Size*width/used*0.99, 0.7*s.small.Size))
		}
		if number.style.Size >= 1.5*s.strong.Size {
			break
		}
	}
	return number, unit
}

// change is how a number differs from what it was, and what it was.
func (s *sheet) change(i int, now *float64) (change, before string) {
	if i >= len(s.chart.Before) || s.chart.Before[i] == nil {
		return "", ""
	}
	was := *s.chart.Before[i]
	before = s.words.Previous + " " + s.figures.short(was) + s.figures.tail()
	if now == nil {
		return "", before
	}
	by := *now - was
	arrow := "▲ "
	switch {
	case s.figures.short(*now) == s.figures.short(was) && math.Abs(by) <= math.Abs(was)*1e-9:
		return "→ 0", before
	case by < 0:
		arrow = "▼ "
	}
	change = arrow + s.figures.short(math.Abs(by))
	switch {
	case percentage(s.chart.Unit):
		change += s.points()
	case was != 0 && math.Abs(by/was) < 100:
		change += " (" + trimmed(strconv.FormatFloat(math.Abs(by/was)*100, 'f', 1, 64)) + "%)"
	}
	return change, before
}

// points is the unit of a difference of percentages.
func (s *sheet) points() string {
	if s.figures.chinese {
		return s.words.PercentPoints
	}
	return " " + s.words.PercentPoints
}
