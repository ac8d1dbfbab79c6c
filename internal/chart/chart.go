// Package chart draws the figures of reports: one chart on a page of its own, or
// several as a dashboard, in Chinese and English.
//
//	page, err := chart.Draw(chart.Chart{
//		Kind: chart.Bar, Title: "各区域客户数", Unit: "家", Language: "zh",
//		Categories: []string{"华东", "华南", "华北"},
//		Series:     []chart.Series{{Name: "客户", Values: []*float64{&a, &b, nil}}},
//	})
//	svg := page.SVG()
//
// It knows nothing of reports, forms or organisations: it is given names and
// numbers, and package draw writes the page as SVG, PNG or PDF. The same chart is
// the same bytes.
//
// A sheet (sheet.go) gives the title, the legend and notes their place; what is
// left is the plot of a kind: bars (bar.go), lines (line.go), slices (pie.go),
// cells (heat.go) or tiles of numbers (number.go). Every text is measured before it
// is drawn and has a box of its own; what does not fit is wrapped, then shortened,
// then left out of an axis. A value is left out only when there is no room for it at
// all, and then a note in the chart says how many there are. The axis of values is a
// function of its own (scale.go), and so is how numbers are written (figure.go).
//
// The package is larger than others: the kinds share the sheet and the axes, which
// packages of their own would have to export.
package chart

import (
	"math"
	"slices"
	"unicode/utf8"

	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
)

// Kind is how values are shown.
type Kind string

// Kinds.
const (
	Bar     Kind = "BAR"      // bars side by side; lying where names are long
	Stacked Kind = "STACKED"  // bars on top of each other
	Line    Kind = "LINE"     // a line with points for each series
	Pie     Kind = "PIE"      // the parts of a whole: one series; bars where a value is negative
	HeatMap Kind = "HEAT_MAP" // a table of cells, darker where the value is larger
	Number  Kind = "NUMBER"   // single numbers, with their change
)

// Series is one measure over the categories: Values[i] belongs to Categories[i].
// Nil is no value: a gap in a line, an empty cell.
type Series struct {
	Name   string
	Values []*float64
}

// Chart is what is drawn.
type Chart struct {
	Kind     Kind
	Title    string
	Subtitle string // period, filter, number of answers

	Categories []string // of the axis, the slices, the columns of a heat map
	// Series are the rows of a HEAT_MAP. A NUMBER is the first value of each series
	// under its name; it has no categories.
	Series []Series
	// Before are, for a NUMBER alone, the values of the compared period, one for each
	// series: the change is shown. Nil, and what is missing at the end, is unknown.
	Before []*float64

	Unit          string  // "%", "元", "h" or nothing; at most 16 characters
	Decimals      int     // of values, 0 to 9
	Language      string  // Chinese or, for all others, English
	Width, Height float64 // millimetres; 0 is as much as the chart needs
}

// Limits of a chart.
const (
	maxCategories, maxSeries = 10_000, 1_000
	maxUnit, maxDecimals     = 16, 9
	minWidth, minHeight      = 50, 35
	maxSide                  = 1_000
	maxValue                 = 1e100 // sums and products of values stay finite
)

// Draw draws a chart on a page of its size. Faults: INVALID for values that are no
// numbers (NaN, infinite, beyond 1e100), for series whose values are not one for
// each category, more than one series of a PIE, and what exceeds a limit.
func Draw(c Chart) (*draw.Page, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c = c.sized()
	p := draw.New(c.Width, c.Height, draw.Light().Paper)
	render(p, draw.Box{W: c.Width, H: c.Height}.Inset(margin, margin), c)
	return p, nil
}

const margin = 4.0 // around a chart

// render draws a chart that was checked into a box.
func render(p *draw.Page, in draw.Box, c Chart) {
	s := newSheet(p, in, c)
	if c.Kind == Pie && c.negative() { // it has no parts
		s.chart.Kind = Bar
		s.note(s.words.NoPie)
	}
	s.heading()
	if c.empty() {
		p.Text(s.box, draw.Centre, s.soft, s.words.NoData)
		return
	}
	switch s.chart.Kind {
	case Bar, Stacked:
		s.bars()
	case Line:
		s.lines()
	case Pie:
		s.pie()
	case HeatMap:
		s.cells()
	case Number:
		s.numbers()
	}
}

// check finds what cannot be drawn.
func (c Chart) check() error {
	switch c.Kind {
	case Bar, Stacked, Line, Pie, HeatMap, Number:
	default:
		return fault.New(fault.Invalid, "there is no chart of kind %q", c.Kind).At("kind")
	}
	switch {
	case len(c.Categories) > maxCategories:
		return fault.New(fault.Invalid, "a chart has at most %d categories", maxCategories).At("categories")
	case len(c.Series) > maxSeries:
		return fault.New(fault.Invalid, "a chart has at most %d series", maxSeries).At("series")
	case c.Kind == Pie && len(c.Series) > 1:
		return fault.New(fault.Invalid, "a pie shows one series").At("series")
	case c.Kind == Number && len(c.Before) > len(c.Series):
		return fault.New(fault.Invalid, "there are more values of before than series").At("before")
	case c.Kind != Number && len(c.Before) > 0:
		return fault.New(fault.Invalid, "only a NUMBER shows what was before").At("before")
	case utf8.RuneCountInString(c.Unit) > maxUnit:
		return fault.New(fault.Invalid, "a unit has at most %d characters", maxUnit).At("unit")
	case c.Decimals < 0 || c.Decimals > maxDecimals:
		return fault.New(fault.Invalid, "decimals are 0 to %d", maxDecimals).At("decimals")
	case !side(c.Width, minWidth):
		return fault.New(fault.Invalid, "a chart is %d to %d mm wide", minWidth, maxSide).At("width")
	case !side(c.Height, minHeight):
		return fault.New(fault.Invalid, "a chart is %d to %d mm high", minHeight, maxSide).At("height")
	}
	for i, s := range c.Series {
		if c.Kind != Number && len(s.Values) != len(c.Categories) {
			return fault.New(fault.Invalid, "there are %d values for %d categories", len(s.Values), len(c.Categories)).At("series", i, "values")
		}
		if n := bad(s.Values); n >= 0 {
			return fault.New(fault.Invalid, "a value must be a number between -1e100 and 1e100").At("series", i, "values", n)
		}
	}
	if n := bad(c.Before); n >= 0 {
		return fault.New(fault.Invalid, "a value must be a number between -1e100 and 1e100").At("before", n)
	}
	return nil
}

func side(mm, least float64) bool { return mm == 0 || mm >= least && mm <= maxSide }

// bad is the first of values that is no number that can be drawn, or -1.
func bad(values []*float64) int {
	for i, v := range values {
		if v != nil && !(math.Abs(*v) <= maxValue) { // false for NaN too
			return i
		}
	}
	return -1
}

// empty says whether there is nothing to draw.
func (c Chart) empty() bool {
	for _, s := range c.Series {
		for i, v := range s.Values {
			if v != nil && (c.Kind != Number || i == 0) {
				return false
			}
		}
	}
	return true
}

// negative says whether there is a value below zero.
func (c Chart) negative() bool {
	return slices.ContainsFunc(c.Series, func(s Series) bool { lo, _ := extent(s.Values); return lo < 0 })
}

// large says whether there is a value that is written in magnitudes where room is
// short. Single numbers do not go by each other.
func (c Chart) large() bool {
	return c.Kind != Number && slices.ContainsFunc(c.Series, func(s Series) bool {
		lo, hi := extent(s.Values)
		return max(-lo, hi) >= large
	})
}

// sized fills in the size of a chart that says none.
func (c Chart) sized() Chart {
	width, height := 160.0, 95.0
	switch c.Kind {
	case Number:
		height = 45
	case HeatMap:
		height = min(max(40+7*float64(len(c.Series)), 70), 240)
	case Bar, Stacked: // that lie
		if !ordered(c.Categories) {
			height = min(max(30+4.4*float64(len(c.Categories)), height), 240)
		}
	}
	if c.Width == 0 {
		c.Width = width
	}
	if c.Height == 0 {
		c.Height = height
	}
	return c
}
