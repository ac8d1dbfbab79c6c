package chart

import (
	"math"

	"fieldwork/internal/draw"
)

// smallestCell of a heat map, in millimetres, can still be seen.
const smallestCell = 1.0

// cells draws HEAT_MAP: a row for each series, its name on the left.
func (s *sheet) cells() {
	c := &s.chart
	foot := s.soft.Height(1)*2 + 1.4*s.unit // names of columns, on one line, and the legend
	side := s.box.W * 0.3
	columns := s.keep(int((s.box.W - side) / smallestCell))
	height := s.box.H - foot
	rows := len(c.Series) - int(height/smallestCell)
	if columns > 0 || rows > 0 {
		if rows = len(c.Series) - int((height-s.noteHeight())/smallestCell); rows > 0 {
			c.Series = c.Series[:len(c.Series)-rows]
		}
		s.note(more(s.words.MoreCategories, columns), more(s.words.MoreSeries, rows))
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, one := range c.Series {
		for _, v := range one.Values {
			if v != nil {
				lo, hi = min(lo, *v), max(hi, *v)
			}
		}
	}
	if lo > hi { // only what is not shown has values
		lo, hi = 0, 0
	}
	s.heat(shades{lo, hi, s.theme})
}

func (s *sheet) heat(of shades) {
	c := s.chart
	s.shadesLegend(of)
	gutter := min(s.widest(s.soft, s.names())+0.6*s.unit, s.box.W*0.3)
	band := (s.box.W - gutter) / float64(len(c.Categories))
	names := s.nameUnder(c.Categories, band)
	a := axes{band: band, plot: draw.Box{X: s.box.X + gutter, Y: s.box.Y, W: s.box.W - gutter, H: s.box.H - names.height(s)}}
	row := a.plot.H / float64(len(c.Series))
	s.drawUnder(a, c.Categories, names)
	s.rowNames(draw.Box{X: s.box.X, Y: a.plot.Y, W: gutter - 0.5*s.unit, H: a.plot.H}, row)
	write := s.cellsWritten(band, row)
	gap := min(0.35, band*0.08, row*0.08)
	for j, one := range c.Series {
		for i, v := range one.Values {
			cell := draw.Box{X: a.plot.X + float64(i)*band, Y: a.plot.Y + float64(j)*row, W: band, H: row}.Inset(gap/2, gap/2)
			if v == nil {
				s.page.Frame(cell.Inset(gap/2, gap/2), s.theme.Line, gap/2, 0)
				if write != nil {
					s.page.Text(cell, draw.Centre, draw.Style{Size: write.Size, Colour: s.theme.Faint}, "–")
				}
				continue
			}
			shade := of.of(*v)
			s.page.Fill(cell, shade, 0)
			if write != nil {
				s.page.Text(cell, draw.Centre, draw.Style{Size: write.Size, Colour: s.on(shade)}, s.figures.short(*v)+s.figures.sign())
			}
		}
	}
}

// cellsWritten is how the values of cells are written; nil when one has no room.
func (s *sheet) cellsWritten(band, row float64) *draw.Style {
	for _, style := range []draw.Style{s.body, s.small} {
		widest := 0.0
		for _, one := range s.chart.Series {
			for _, v := range one.Values {
				if v != nil {
					widest = max(widest, style.Width(s.figures.short(*v)+s.figures.sign()))
				}
			}
		}
		if row >= style.Height(1) && band >= widest+0.6*s.unit {
			return &style
		}
	}
	return nil
}

// rowNames writes the names of rows, smaller where rows are low; every other one, or
// fewer, where they are very low.
func (s *sheet) rowNames(in draw.Box, row float64) {
	style := s.soft
	if part := row / style.Height(1); part < 0.9 { // a little smaller is better than nothing
		style.Size *= max(part/0.9, 0.62)
	}
	every := max(int(math.Ceil(style.Height(1)*0.9/row-0.001)), 1)
	end := in.Y - 1
	for i := 0; i < len(s.chart.Series); i += every {
		lines := style.Wrap(s.chart.Series[i].Name, in.W, min(max(int(row/style.Height(1)), 1), 2))
		h := style.Height(max(len(lines), 1))
		y := min(max(in.Y+(float64(i)+0.5)*row-h/2, in.Y), in.Y+in.H-h)
		if y < end-0.1*h { // the first and the last have moved inwards
			continue
		}
		s.page.Text(draw.Box{X: in.X, Y: y, W: in.W, H: h}, draw.Right, style, lines...)
		end = y + h
	}
}

// shades are the colours of values: light to dark, or, when some are negative, from
// one colour over white to another.
type shades struct {
	lo, hi float64
	theme  draw.Theme
}

func (h shades) of(v float64) draw.Colour {
	cold, warm := palette[0], palette[1].Mix(h.theme.Ink, 0.15)
	if h.lo < 0 {
		size := max(-h.lo, h.hi)
		pale := h.theme.Band
		if v < 0 {
			return pale.Mix(warm, min(-v/size, 1))
		}
		return pale.Mix(cold, min(v/size, 1))
	}
	part := 0.5
	if h.hi > h.lo {
		part = (v - h.lo) / (h.hi - h.lo)
	}
	return h.theme.Tint(cold).Mix(cold.Mix(h.theme.Ink, 0.25), part)
}

// shadesLegend draws, at the foot, what the colours mean.
func (s *sheet) shadesLegend(of shades) {
	in := s.bottom(s.soft.Height(1))
	s.bottom(0.4 * s.unit)
	low, high := s.figures.short(of.lo)+s.figures.tail(), s.figures.short(of.hi)+s.figures.tail()
	left, right := min(s.soft.Width(low)+0.01, in.W*0.35), min(s.soft.Width(high)+0.01, in.W*0.35)
	width := min(18*s.unit, in.W-left-right-s.unit)
	x := in.X + in.W - right - width - 0.5*s.unit
	s.page.Text(draw.Box{X: x - left - 0.5*s.unit, Y: in.Y, W: left, H: in.H}, draw.Right, s.soft, low)
	s.page.Text(draw.Box{X: x + width + 0.5*s.unit, Y: in.Y, W: right, H: in.H}, draw.Left, s.soft, high)
	const steps = 48
	for i := range steps { // each covers all that follow: boxes side by side show a seam
		shade, from := of.of(of.lo+(of.hi-of.lo)*(float64(i)+0.5)/steps), width*float64(i)/steps
		s.page.Fill(draw.Box{X: x + from, Y: in.Y + in.H*0.25, W: width - from, H: in.H * 0.5}, shade, 0)
	}
}
