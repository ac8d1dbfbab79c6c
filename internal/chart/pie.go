package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"fieldwork/internal/draw"
)

// slice is a part of a pie.
type slice struct {
	name    string
	value   float64
	colour  draw.Colour
	percent string
}

// mostSlices are drawn; what is left is one more, named other.
const mostSlices = 7

// pie draws PIE: a ring and beside it, or below, its slices with their values, the
// largest first.
func (s *sheet) pie() {
	if _, hi := extent(s.chart.Series[0].Values); hi < smallest {
		s.page.Text(s.box, draw.Centre, s.soft, s.words.NoData)
		return
	}
	row := s.body.Height(1) * 1.2
	beside := s.box.W > 1.35*s.box.H
	fit := int(s.box.H / row)
	if !beside {
		fit = int(s.box.H * 0.5 / row)
	}
	t := s.table(s.slices(max(min(fit-1, mostSlices), 1)), row)
	side := min(s.box.H, s.box.W*0.45, 25*s.unit)
	if beside {
		gap := 3 * s.unit
		w := min(t.width, s.box.W-side-gap)
		x := s.box.X + (s.box.W-side-gap-w)/2
		s.ring(draw.Box{X: x, Y: s.box.Y, W: side, H: s.box.H}, side/2, t.slices)
		s.list(draw.Box{X: x + side + gap, Y: s.box.Y, W: w, H: s.box.H}, t)
		return
	}
	list := row * float64(len(t.slices))
	ring := draw.Box{X: s.box.X, Y: s.box.Y, W: s.box.W, H: s.box.H - list - s.unit}
	w := min(t.width*1.15, s.box.W)
	s.ring(ring, min(ring.H, ring.W, 25*s.unit)/2, t.slices)
	s.list(draw.Box{X: s.box.X + (s.box.W-w)/2, Y: ring.Y + ring.H + s.unit, W: w, H: list}, t)
}

// slices are the parts of the whole, from the largest to the smallest; at most a
// number of them, and the sum of all others.
func (s *sheet) slices(most int) []slice {
	var out []slice
	for i, v := range s.chart.Series[0].Values {
		if v != nil {
			out = append(out, slice{name: s.chart.Categories[i], value: *v})
		}
	}
	slices.SortStableFunc(out, func(a, b slice) int { return cmp.Compare(b.value, a.value) })
	for i := range out[:min(len(out), most)] {
		out[i].colour = s.colour(i)
	}
	if rest := len(out) - most; rest > 1 {
		other := slice{name: fmt.Sprintf(s.words.Other, rest), colour: s.theme.Faint}
		for _, one := range out[most:] {
			other.value += one.value
		}
		out = append(out[:most], other)
	} else if rest == 1 {
		out[most].colour = s.colour(most)
	}
	values := make([]float64, len(out))
	for i, one := range out {
		values[i] = one.value
	}
	for i, p := range percentages(values) {
		out[i].percent = p
	}
	return out
}

// percentages are the parts of a whole that is not 0, rounded so that they add up to
// 100: with a decimal, unless all are whole without.
func percentages(values []float64) []string {
	sum, decimals := 0.0, 0
	for _, v := range values {
		sum += v
	}
	for _, v := range values {
		if p := v / sum * 100; math.Abs(p-math.Round(p)) > 0.01 {
			decimals = 1
		}
	}
	units := int(100 * math.Pow10(decimals))
	parts, order := make([]int, len(values)), make([]int, len(values))
	rest := make([]float64, len(values))
	left := units
	for i, v := range values {
		exact := v / sum * float64(units)
		parts[i], order[i] = int(exact), i
		rest[i] = exact - float64(parts[i])
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:min(max(left, 0), len(order))] {
		parts[i]++
	}
	out := make([]string, len(values))
	for i, p := range parts {
		out[i] = strconv.FormatFloat(float64(p)/math.Pow10(decimals), 'f', decimals, 64) + "%"
	}
	return out
}

// ring draws the slices in the middle of a box, with the sum in their middle.
func (s *sheet) ring(in draw.Box, radius float64, all []slice) {
	const hole = 0.56
	centre := draw.Point{X: in.X + in.W/2, Y: in.Y + in.H/2}
	sum, from := 0.0, 0.0
	for _, one := range all {
		sum += one.value
	}
	style := draw.Style{Size: s.small.Size, Bold: true}
	var edges []float64
	for _, one := range all {
		to := from + one.value/sum
		s.page.Ring(draw.Ring{Centre: centre, Inner: radius * hole, Outer: radius, From: from, To: to}, one.colour)
		w, h := style.Width(one.percent)+0.01, style.Height(1)
		middle, thick := radius*(1+hole)/2, radius*(1-hole)
		arc := 2 * math.Pi * middle * (to - from)
		if math.Hypot(w, h) < thick+0.2*s.unit && math.Hypot(w, h) < arc {
			angle := math.Pi * (from + to)
			x, y := centre.X+middle*math.Sin(angle), centre.Y-middle*math.Cos(angle)
			style.Colour = s.on(one.colour)
			s.page.Text(draw.Box{X: x - w/2, Y: y - h/2, W: w, H: h}, draw.Centre, style, one.percent)
		}
		if one.value > 0 {
			edges = append(edges, from)
		}
		from = to
	}
	if len(edges) > 1 {
		for _, turn := range edges {
			sin, cos := math.Sincos(2 * math.Pi * turn)
			s.page.Line(s.theme.Paper, 0.35, draw.Point{X: centre.X + radius*hole*sin, Y: centre.Y - radius*hole*cos},
				draw.Point{X: centre.X + (radius-0.2)*sin, Y: centre.Y - (radius-0.2)*cos})
		}
	}
	total := draw.Box{X: centre.X - radius*hole*0.8, Y: centre.Y - s.title.Height(1), W: radius * hole * 1.6, H: s.title.Height(1)}
	text := s.figures.short(sum) + s.figures.sign()
	if s.title.Width(text) <= total.W && 2*total.H < radius*hole*1.5 {
		s.page.Text(total, draw.Centre, s.title, text)
		total.Y += total.H
		s.page.Text(total, draw.Centre, s.small, s.words.Total)
	}
}

// table is the slices as they are listed: a mark, a name, a value and a percentage.
type table struct {
	slices               []slice
	row                  float64 // height
	values               []string
	mark, value, percent float64 // widths
	width                float64 // of all, with whole names
}

func (s *sheet) table(all []slice, row float64) table {
	t := table{slices: all, row: row, mark: 1.7 * s.unit}
	for _, one := range all {
		t.values = append(t.values, s.figures.short(one.value)+s.figures.tail())
		t.width = max(t.width, s.body.Width(one.name)+0.01)
		t.percent = max(t.percent, s.strong.Width(one.percent)+0.01)
	}
	t.value = s.widest(s.body, t.values)
	t.width += t.mark + t.value + t.percent + 3*s.unit
	return t
}

func (s *sheet) list(in draw.Box, t table) {
	value := min(t.value, max(in.W-t.mark-t.percent-3*s.unit, 0))
	name := in.W - t.mark - value - t.percent - 3*s.unit
	y := in.Y + (in.H-t.row*float64(len(t.slices)))/2
	for i, one := range t.slices {
		size := 1.1 * s.unit
		s.page.Fill(draw.Box{X: in.X, Y: y + (t.row-size)/2, W: size, H: size}, one.colour, size*0.18)
		x := in.X + t.mark
		s.page.Text(draw.Box{X: x, Y: y, W: name, H: t.row}, draw.Left, s.body, one.name)
		x += name + 1.5*s.unit
		s.page.Text(draw.Box{X: x, Y: y, W: value, H: t.row}, draw.Right, s.body, t.values[i])
		x += value + 1.5*s.unit
		s.page.Text(draw.Box{X: x, Y: y, W: t.percent, H: t.row}, draw.Right, s.strong, one.percent)
		y += t.row
	}
}
