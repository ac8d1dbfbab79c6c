package chart

import "fieldwork/internal/draw"

// end is a value written at the end of a bar.
type end struct {
	text   string
	value  float64 // where the bar ends
	across float64 // the middle of the bar
	thick  float64 // room across
}

func texts(ends []end) []string {
	out := make([]string, len(ends))
	for i, e := range ends {
		out[i] = e.text
	}
	return out
}

// ends are the values to write at the ends of bars: all of them, or none when one
// has no room. Of stacked bars they are the sums, where nothing is negative.
func (s *sheet) ends(a axes) []end {
	var out []end
	thick, margin := s.thickness(a)
	add := func(category, bar int, v float64) {
		across := float64(category)*a.band + margin + (float64(bar)+0.5)*thick
		room := thick
		if s.abreast() == 1 {
			room = a.band
		}
		out = append(out, end{s.figures.short(v) + s.figures.sign(), v, across, room})
	}
	for i := range s.chart.Categories {
		if s.chart.Kind == Stacked {
			below, above := s.stack(i)
			if below < 0 {
				return nil
			}
			if above > 0 {
				add(i, 0, above)
			}
			continue
		}
		for j, one := range s.chart.Series {
			if v := one.Values[i]; v != nil {
				add(i, j, *v)
			}
		}
	}
	for _, e := range out {
		if a.lying && e.thick < s.small.Height(1)*0.9 || !a.lying && s.small.Width(e.text)+0.4*s.unit > e.thick {
			return nil
		}
	}
	return out
}

// drawEnds writes values beyond the ends of bars.
func (s *sheet) drawEnds(a axes, ends []end) {
	h := s.small.Height(1)
	style := draw.Style{Size: s.small.Size, Colour: s.theme.Ink}
	for _, e := range ends {
		at := a.across(e.value)[0]
		w := style.Width(e.text) + 0.01
		switch {
		case a.lying && e.value < 0:
			s.page.Text(draw.Box{X: at.X - w - 0.4*s.unit, Y: a.plot.Y + e.across - h/2, W: w, H: h}, draw.Right, style, e.text)
		case a.lying:
			s.page.Text(draw.Box{X: at.X + 0.4*s.unit, Y: a.plot.Y + e.across - h/2, W: w, H: h}, draw.Left, style, e.text)
		case e.value < 0:
			s.page.Text(draw.Box{X: a.plot.X + e.across - w/2, Y: at.Y, W: w, H: h}, draw.Centre, style, e.text)
		default:
			s.page.Text(draw.Box{X: a.plot.X + e.across - w/2, Y: at.Y - h, W: w, H: h}, draw.Centre, style, e.text)
		}
	}
}

// on is ink or paper, whichever can be read on a colour.
func (s *sheet) on(c draw.Colour) draw.Colour {
	if contrast(s.theme.Ink, c) >= contrast(s.theme.Paper, c)*0.8 { // light letters look thinner
		return s.theme.Ink
	}
	return s.theme.Paper
}
