package chart

import (
	"slices"

	"fieldwork/internal/draw"
)

// bars draws BAR and STACKED. Bars stand when the names of categories have room
// below them, and lie when they do not.
func (s *sheet) bars() {
	c := &s.chart
	var dropped string
	if n := len(c.Series) - distinct; n > 0 {
		dropped = more(s.words.MoreSeries, n)
		c.Series = c.Series[:distinct]
	}
	if len(c.Series) > 1 {
		s.legend(s.names(), s.square)
	}
	if s.lie() {
		s.lyingBars(dropped)
	} else {
		s.standingBars(dropped)
	}
}

// abreast is how many bars stand side by side in a category.
func (s *sheet) abreast() int {
	if s.chart.Kind == Stacked {
		return 1
	}
	return len(s.chart.Series)
}

// thinnest is a bar that can still be seen.
const thinnest = 0.3

// lie says whether bars lie: names are cut when they stand, or not all fit, and they
// do not follow from each other.
func (s *sheet) lie() bool {
	names := s.chart.Categories
	if ordered(names) {
		return false
	}
	band := s.box.W * 0.9 / float64(len(names))
	for _, n := range names {
		if s.linesOf(s.soft, n, band-0.8*s.unit, 2) == 0 {
			return true
		}
	}
	return band < thinnest*float64(s.abreast())/0.7
}

// standingBars leaves out the last categories when there is no room for their bars.
func (s *sheet) standingBars(dropped string) {
	c := &s.chart
	fit := int(s.box.W * 0.85 * 0.7 / (thinnest * float64(s.abreast())))
	s.note(dropped, more(s.words.MoreCategories, s.keep(fit)))
	lo, hi := s.reach()
	gap := s.soft.Height(1) // above the plot: half of the uppermost tick, or a value
	sc := newScale(lo, hi, s.steps(s.box.H-3*s.unit), s.least())
	gutter := s.gutter(sc)
	a := axes{scale: sc, band: (s.box.W - gutter) / float64(len(c.Categories))}
	names := s.nameUnder(c.Categories, a.band)
	a.plot = draw.Box{X: s.box.X + gutter, Y: s.box.Y + gap, W: s.box.W - gutter}
	a.plot.H = s.box.H - gap - names.height(s)
	ends := s.ends(a)
	if len(ends) > 0 && lo < 0 {
		a.plot.H -= s.small.Height(1)
	}
	s.grid(a)
	s.drawBars(a)
	s.zero(a)
	s.drawEnds(a, ends)
	s.ticksBeside(a, gutter)
	below := a
	below.plot.H = s.box.Y + s.box.H - names.height(s) - a.plot.Y
	s.drawUnder(below, c.Categories, names)
}

// lyingBars has the first categories at the top.
func (s *sheet) lyingBars(dropped string) {
	c := &s.chart
	row := max(s.soft.Height(1), thinnest*float64(s.abreast())/0.7)
	foot := s.soft.Height(1) + 0.6*s.unit
	fit := int((s.box.H - foot) / row)
	if fit < len(c.Categories) || dropped != "" {
		fit = int((s.box.H - foot - s.noteHeight()) / row)
	}
	s.note(dropped, more(s.words.MoreCategories, s.keep(max(fit, 1))))
	lo, hi := s.reach()
	a := axes{lying: true, band: (s.box.H - foot) / float64(len(c.Categories))}
	lines := max(int(a.band/s.soft.Height(1)), 1)
	names := 0.0
	for _, n := range c.Categories {
		names = max(names, s.narrowest(n, min(lines, 2), s.box.W*0.38))
	}
	names += 0.6 * s.unit
	a.scale = newScale(lo, hi, s.steps(s.box.W-names), s.least())
	a.plot = draw.Box{X: s.box.X + names, Y: s.box.Y, W: s.box.W - names - s.unit, H: s.box.H - foot}
	ends := s.ends(a)
	left, right := 0.0, s.widest(s.small, texts(ends))+0.5*s.unit
	if lo < 0 {
		left = right
	}
	if left+right > a.plot.W/2 {
		ends = nil
	}
	if len(ends) > 0 {
		a.plot.X, a.plot.W = a.plot.X+left, a.plot.W-left-right
	}
	s.grid(a)
	s.drawBars(a)
	s.zero(a)
	s.drawEnds(a, ends)
	s.ticksBelow(a)
	for i, n := range c.Categories {
		in := draw.Box{X: s.box.X, Y: a.plot.Y + float64(i)*a.band, W: names - 0.5*s.unit, H: a.band}
		s.page.Text(in, draw.Right, s.soft, s.soft.Wrap(n, in.W, min(lines, 2))...)
	}
}

// narrowest is the width in which a text is whole on so many lines, at most a width.
func (s *sheet) narrowest(text string, lines int, most float64) float64 {
	w := s.soft.Width(text) + 0.01
	if w > most && lines > 1 {
		return most
	}
	return min(w, most)
}

// keep leaves so many categories, and is how many there were more.
func (s *sheet) keep(n int) int {
	c := &s.chart
	out := len(c.Categories) - n
	if out <= 0 {
		return 0
	}
	c.Categories = c.Categories[:n]
	c.Series = slices.Clone(c.Series)
	for i := range c.Series {
		c.Series[i].Values = c.Series[i].Values[:n]
	}
	return out
}

// reach is the least and the greatest value that bars reach; 0 lies between.
func (s *sheet) reach() (lo, hi float64) {
	if s.chart.Kind == Bar {
		for _, one := range s.chart.Series {
			a, b := extent(one.Values)
			lo, hi = min(lo, a), max(hi, b)
		}
		return lo, hi
	}
	for i := range s.chart.Categories {
		below, above := s.stack(i)
		lo, hi = min(lo, below), max(hi, above)
	}
	return lo, hi
}

// stack is how far the bars of a category reach below and above zero.
func (s *sheet) stack(category int) (below, above float64) {
	for _, one := range s.chart.Series {
		if v := one.Values[category]; v != nil {
			below, above = below+min(*v, 0), above+max(*v, 0)
		}
	}
	return below, above
}

// drawBars draws the bars of all categories.
func (s *sheet) drawBars(a axes) {
	thick, margin := s.thickness(a)
	for i := range s.chart.Categories {
		below, above := 0.0, 0.0
		for j, one := range s.chart.Series {
			v := one.Values[i]
			if v == nil {
				continue
			}
			across, from := float64(i)*a.band+margin, 0.0
			switch {
			case s.chart.Kind == Bar:
				across += float64(j) * thick
			case *v < 0:
				from, below = below, below+*v
			default:
				from, above = above, above+*v
			}
			b := a.bar(from, from+*v, across, thick)
			if s.chart.Kind == Bar && thick > 2 {
				b = apart(b, a.lying, 0.15)
			} else if s.chart.Kind == Stacked {
				b = apart(b, !a.lying, min(0.1, min(b.W, b.H)*0.1)) // so that neighbours differ without colour
			}
			if b.W > 0 && b.H > 0 {
				s.page.Fill(b, s.colour(j), 0)
				s.within(b, j, *v)
			}
		}
	}
}

// within writes the value of one part of a stacked bar, if it has room, in it.
func (s *sheet) within(b draw.Box, series int, v float64) {
	text := s.figures.short(v) + s.figures.sign()
	if s.chart.Kind == Stacked && len(s.chart.Series) > 1 && v != 0 && b.H >= s.small.Height(1)*0.95 && b.W >= s.small.Width(text)+0.5*s.unit {
		s.page.Text(b, draw.Centre, draw.Style{Size: s.small.Size, Colour: s.on(s.colour(series))}, text)
	}
}

// apart is a box that leaves a margin on two sides: left and right, or above and below.
func apart(b draw.Box, vertical bool, by float64) draw.Box {
	if vertical {
		return b.Inset(0, by)
	}
	return b.Inset(by, 0)
}

// thickness is that of a bar, and the margin before the first bar of a category.
func (s *sheet) thickness(a axes) (thick, margin float64) {
	n := float64(s.abreast())
	thick = min(a.band*0.7/n, 7*s.unit)
	return thick, (a.band - n*thick) / 2
}

// least is the smallest step of an axis: counts have no halves.
func (s *sheet) least() float64 {
	for _, one := range s.chart.Series {
		for _, v := range one.Values {
			if v != nil && !whole(*v) {
				return 0
			}
		}
	}
	if s.chart.Decimals == 0 {
		return 1
	}
	return 0
}
