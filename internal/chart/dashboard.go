package chart

import (
	"cmp"
	"errors"
	"fmt"

	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
	"fieldwork/internal/wording"
)

// Dashboard is charts on one page.
type Dashboard struct {
	Title, Subtitle string
	AsOf            string // the day, or the moment, of the values: as it is written
	Charts          []Chart
	Columns         int    // 1 to 4; 0 is as many as suit the number of charts and the paper
	Large           bool   // A3, else A4
	Language        string // Chinese or English; of every chart that says none
}

// A page has the width of its paper lying down, and its height unless rows need more.
const (
	pageMargin            = 9
	between               = 4  // charts
	lowest                = 53 // row of charts
	lowestNumbers         = 30 // row of numbers alone
	maxCharts, maxColumns = 40, 4
)

// paper is the size of the page.
func (d Dashboard) paper() (width, height float64) {
	if d.Large {
		return 420, 297
	}
	return 297, 210
}

// Page draws a dashboard: a title, the charts in rows from left to right, and a foot.
// The last row is as wide as the others, with fewer charts. The sizes of charts are
// not those they say. Faults: those of Draw, and INVALID for no charts or more than 40.
func Page(d Dashboard) (*draw.Page, error) {
	if len(d.Charts) == 0 || len(d.Charts) > maxCharts {
		return nil, fault.New(fault.Invalid, "a dashboard has 1 to %d charts", maxCharts).At("charts")
	}
	if d.Columns < 0 || d.Columns > maxColumns {
		return nil, fault.New(fault.Invalid, "a dashboard has 1 to %d columns", maxColumns).At("columns")
	}
	for i := range d.Charts {
		if err := d.Charts[i].check(); err != nil {
			return nil, at(err, i)
		}
	}
	rows := d.rows()
	pageWidth, pageHeight := d.paper()
	room := pageHeight - 2*pageMargin - headHeight - footHeight + between
	heights, total := rowHeights(rows, room)
	theme := draw.Light()
	p := draw.New(pageWidth, pageHeight-room+total, theme.Paper)
	d.drawFrame(p)
	y := float64(pageMargin + headHeight)
	for i, row := range rows {
		w := (pageWidth - 2*pageMargin - between*float64(len(row)-1)) / float64(len(row))
		for j, c := range row {
			in := draw.Box{X: pageMargin + float64(j)*(w+between), Y: y, W: w, H: heights[i] - between}
			if c.Language == "" {
				c.Language = d.Language
			}
			p.Frame(in, theme.Rule, 0.2, 1.2)
			render(p, in.Inset(3, 2.5), c)
		}
		y += heights[i]
	}
	return p, nil
}

// at is a fault of the chart of a number.
func at(err error, i int) error {
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return f.At("charts", i)
	}
	return fmt.Errorf("chart %d: %w", i, err)
}

// rows are the charts of each row.
func (d Dashboard) rows() [][]Chart {
	columns := d.Columns
	if columns == 0 {
		columns = []int{0, 1, 2, 3, 2}[min(len(d.Charts), 4)]
		switch {
		case d.Large && len(d.Charts) > 6:
			columns = 4
		case len(d.Charts) > 4:
			columns = 3
		}
	}
	var out [][]Chart
	for rest := d.Charts; len(rest) > 0; {
		n := min(columns, len(rest))
		out, rest = append(out, rest[:n]), rest[n:]
	}
	return out
}

// rowHeights shares the room of a page among rows; a row of numbers needs less. When
// rows would be too low, all of them together are higher than the room.
func rowHeights(rows [][]Chart, room float64) (heights []float64, total float64) {
	for _, row := range rows {
		h := float64(lowestNumbers)
		for _, c := range row {
			if c.Kind != Number {
				h = lowest
			}
		}
		heights = append(heights, h+between)
		total += h + between
	}
	if total >= room {
		return heights, total
	}
	if rest := total; rest > 0 {
		for i := range heights {
			heights[i] *= room / rest
		}
	}
	return heights, room
}

const headHeight, footHeight = 17.0, 7.0

// drawFrame writes what the page is and of when.
func (d Dashboard) drawFrame(p *draw.Page) {
	t, w := draw.Light(), wording.In(d.Language)
	d.Title = cmp.Or(d.Title, w.Dashboard)
	title := draw.Style{Size: 17, Bold: true, Colour: t.Ink}
	soft, small := draw.Style{Size: 8.5, Colour: t.Soft}, draw.Style{Size: 7, Colour: t.Soft}
	in := draw.Box{X: pageMargin, Y: pageMargin, W: p.W - 2*pageMargin, H: title.Height(1)}
	p.Text(in, draw.Left, title, d.Title)
	p.Text(draw.Box{X: in.X, Y: in.Y + in.H, W: in.W, H: soft.Height(1)}, draw.Left, soft, d.Subtitle)
	foot := draw.Box{X: pageMargin, Y: p.H - pageMargin - small.Height(1), W: in.W, H: small.Height(1)}
	asOf := ""
	if d.AsOf != "" {
		asOf = small.Fit(w.AsOf+" "+d.AsOf, in.W/2)
	}
	right := small.Width(asOf) + 0.01
	p.Text(draw.Box{X: foot.X + foot.W - right, Y: foot.Y, W: right, H: foot.H}, draw.Right, small, asOf)
	p.Text(draw.Box{X: foot.X, Y: foot.Y, W: foot.W - right - 4, H: foot.H}, draw.Left, small, d.Title)
}
