package chart

import (
	"math"

	"fieldwork/internal/draw"
)

// lines draws LINE. No point is left out, however many there are; names and values
// are written where there is room.
func (s *sheet) lines() {
	c := &s.chart
	dropped := len(c.Series) - distinct
	if dropped > 0 {
		c.Series = c.Series[:distinct]
	}
	if len(c.Series) > 1 {
		s.legend(s.names(), func(i int, at draw.Point, size float64) {
			s.page.Line(s.colour(i), 0.5, draw.Point{X: at.X - size*0.5, Y: at.Y}, draw.Point{X: at.X + size*0.5, Y: at.Y})
			s.marker(i, at, size*0.42)
		})
	}
	s.note(more(s.words.MoreSeries, dropped))
	lo, hi := s.span()
	sc := newScale(lo, hi, s.steps(s.box.H-3*s.unit), s.least())
	gutter := s.gutter(sc)
	gap := s.small.Height(1) + 0.3*s.unit // a value above the highest point
	a := axes{scale: sc, band: (s.box.W - gutter) / float64(len(c.Categories))}
	names := s.nameUnder(c.Categories, a.band)
	a.plot = draw.Box{X: s.box.X + gutter, Y: s.box.Y + gap, W: s.box.W - gutter}
	a.plot.H = s.box.H - gap - names.height(s)
	s.grid(a)
	s.zero(a)
	s.ticksBeside(a, gutter)
	s.drawUnder(a, c.Categories, names)
	var all []run
	for i, one := range c.Series {
		for _, r := range s.runs(a, one.Values) {
			r.series = i
			all = append(all, r)
		}
	}
	crowded := a.band < 1.1*s.unit // a point would touch the next
	width := 0.55
	if crowded {
		width = 0.4
	}
	for _, r := range all {
		if len(r.at) > 1 {
			s.page.Line(s.colour(r.series), width, dense(r.at, 0.04*float64(max(len(c.Series), 5)))...)
		}
	}
	radius := min(0.34*s.unit, a.band*0.3)
	for _, r := range all {
		if len(r.at) > 1 && crowded {
			continue
		}
		for _, at := range r.at {
			s.marker(r.series, at, max(radius, 0.16*s.unit))
		}
	}
	s.lineValues(a, all)
}

// span is what the axis of lines reaches over. It begins at zero unless the values
// would be a flat line far above it, as are the heights of mountains.
func (s *sheet) span() (lo, hi float64) {
	var all [][]*float64
	for _, one := range s.chart.Series {
		all = append(all, one.Values)
	}
	lo, hi = extent(all...)
	if near := max(math.Abs(lo), math.Abs(hi)) * 0.5; hi-lo < near && hi != lo && lo*hi > 0 {
		return lo, hi
	}
	return min(lo, 0), max(hi, 0)
}

// run is points of a series without a gap between them.
type run struct {
	series int
	at     []draw.Point
	values []float64
}

func (s *sheet) runs(a axes, values []*float64) []run {
	var out []run
	open := false
	for i, v := range values {
		if v == nil {
			open = false
			continue
		}
		if !open {
			out = append(out, run{})
			open = true
		}
		r := &out[len(out)-1]
		r.at = append(r.at, draw.Point{X: a.plot.X + (float64(i)+0.5)*a.band, Y: a.across(*v)[0].Y})
		r.values = append(r.values, *v)
	}
	return out
}

// dense leaves of points that lie on top of each other, as thousands do, the first and
// the last, the highest and the lowest of each column: they look the same.
func dense(at []draw.Point, column float64) []draw.Point {
	var out []draw.Point
	for i := 0; i < len(at); {
		low, high, end := i, i, i
		for end < len(at) && at[end].X < at[i].X+column {
			if at[end].Y > at[low].Y {
				low = end
			}
			if at[end].Y < at[high].Y {
				high = end
			}
			end++
		}
		last := i - 1
		for _, k := range []int{i, min(low, high), max(low, high), end - 1} {
			if k > last {
				out, last = append(out, at[k]), k
			}
		}
		i = end
	}
	return out
}

// marker is the point of a series; shapes differ for those who cannot tell colours.
func (s *sheet) marker(series int, at draw.Point, r float64) {
	c := s.colour(series)
	corner := func(x, y float64) draw.Point { return draw.Point{X: at.X + x*r, Y: at.Y + y*r} }
	switch series % 4 {
	case 0:
		s.page.Ring(draw.Ring{Centre: at, Outer: r, To: 1}, c)
	case 1:
		s.page.Polygon(c, corner(-0.9, -0.9), corner(0.9, -0.9), corner(0.9, 0.9), corner(-0.9, 0.9))
	case 2:
		s.page.Polygon(c, corner(0, -1.25), corner(1.15, 0.85), corner(-1.15, 0.85))
	default:
		s.page.Polygon(c, corner(0, -1.3), corner(1.3, 0), corner(0, 1.3), corner(-1.3, 0))
	}
}

// lineValues writes values beside their points where they touch no line and no other
// value: the last of every series, and of a single series all that have room.
func (s *sheet) lineValues(a axes, all []run) {
	const mostSeries, mostPoints = 8, 60 // beyond which values are more noise than help
	if len(s.chart.Series) > mostSeries {
		return
	}
	v := pointValues{sheet: s, all: all, room: draw.Box{X: a.plot.X, Y: s.box.Y, W: a.plot.W, H: a.plot.Y + a.plot.H - s.box.Y}}
	for i := len(all) - 1; i >= 0; i-- {
		if r := all[i]; i == len(all)-1 || all[i+1].series != r.series {
			v.write(r, len(r.at)-1)
		}
	}
	if len(s.chart.Series) > 1 || len(s.chart.Categories) > mostPoints {
		return
	}
	for i, r := range all {
		for j := range r.at {
			if i < len(all)-1 || j < len(r.at)-1 { // the last is there
				v.write(r, j)
			}
		}
	}
}

// pointValues are values written beside points.
type pointValues struct {
	*sheet
	all   []run
	room  draw.Box
	taken []draw.Box // by values
}

// write writes the value of a point of a run above or below it, or to a side of that.
func (s *pointValues) write(r run, i int) {
	style := draw.Style{Size: s.small.Size, Bold: true, Colour: s.colour(r.series).Mix(s.theme.Ink, 0.45)}
	text := s.figures.short(r.values[i]) + s.figures.sign()
	w, h, off := style.Width(text)+0.01, style.Height(1), 0.28*s.unit
	at := r.at[i]
	for _, corner := range []draw.Point{
		{X: at.X - w/2, Y: at.Y - h - off}, {X: at.X - w/2, Y: at.Y + off},
		{X: at.X - w - off/2, Y: at.Y - h - off/2}, {X: at.X + off/2, Y: at.Y + off/2},
		{X: at.X + off/2, Y: at.Y - h - off/2}, {X: at.X - w - off/2, Y: at.Y + off/2},
	} {
		b := draw.Box{X: min(corner.X, s.room.X+s.room.W-w), Y: corner.Y, W: w, H: h}
		if s.room.Holds(b) && !touchesAny(b, s.taken) && !touchesLine(b.Inset(-0.15*s.unit, 0.12*h), s.all) {
			s.page.Text(b, draw.Centre, style, text)
			s.taken = append(s.taken, b)
			return
		}
	}
}

func touchesAny(b draw.Box, others []draw.Box) bool {
	for _, o := range others {
		if b.X < o.X+o.W && o.X < b.X+b.W && b.Y < o.Y+o.H && o.Y < b.Y+b.H {
			return true
		}
	}
	return false
}

// touchesLine says whether a line runs through a box.
func touchesLine(b draw.Box, all []run) bool {
	for _, r := range all {
		for i := 1; i < len(r.at); i++ {
			if crosses(b, r.at[i-1], r.at[i]) {
				return true
			}
		}
	}
	return false
}

// crosses says whether the way from one point to another, which lies to its right,
// leads through a box.
func crosses(b draw.Box, p, q draw.Point) bool {
	from, to := max(p.X, b.X), min(q.X, b.X+b.W)
	if from > to {
		return false
	}
	y := func(x float64) float64 {
		if q.X == p.X {
			return p.Y
		}
		return p.Y + (q.Y-p.Y)*(x-p.X)/(q.X-p.X)
	}
	return min(y(from), y(to)) < b.Y+b.H && max(y(from), y(to)) > b.Y
}
