package chart

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
)

var kinds = []Kind{Bar, Stacked, Line, Pie, HeatMap, Number}

// values are numbers of which NaN stands for none.
func values(list ...float64) []*float64 {
	out := make([]*float64, len(list))
	for i := range list {
		if !math.IsNaN(list[i]) {
			out[i] = &list[i]
		}
	}
	return out
}

// tidy fails when a text leaves its box, one text stands on another, or anything
// leaves the room it has.
func tidy(t interface {
	Helper()
	Fatalf(string, ...any)
}, p *draw.Page, room draw.Box) {
	t.Helper()
	placed := p.Placed()
	for i, a := range placed {
		if !a.Box.Holds(a.Ink) || !room.Holds(a.Ink) {
			t.Fatalf("%q at %v leaves %v, or %v", a.Text, a.Ink, a.Box, room)
		}
		for _, b := range placed[:i] {
			if touchesAny(a.Ink.Inset(0.005, 0.005), []draw.Box{b.Ink}) {
				t.Fatalf("%q at %v stands on %q at %v", a.Text, a.Ink, b.Text, b.Ink)
			}
		}
	}
	for _, b := range p.Shapes()[1:] { // but the paper
		if !room.Holds(b) || math.IsNaN(b.X+b.Y+b.W+b.H) {
			t.Fatalf("a shape at %v leaves %v", b, room)
		}
	}
}

var words = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
		"某某公司", "华东", "（苏州）", "2026-01", "第3周", "East ", "incomprehensibilities", "a", " ", "😀", "，", "12", "supply chain ", "\n"}), 0, 6).Draw(t, "words"), "")
})

var numbers = rapid.OneOf(
	rapid.Float64Range(0, 100), rapid.Float64Range(-1000, 1000), rapid.Float64Range(-1e12, 1e13), rapid.Float64Range(-1e-9, 1e-9), rapid.Float64Range(-maxValue, maxValue),
	rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-3, 40).Draw(t, "count")) }),
	rapid.Just(math.NaN()), rapid.Just(0.0))

var anyChart = rapid.Custom(func(t *rapid.T) Chart {
	c := Chart{
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Title: words.Draw(t, "title"), Subtitle: words.Draw(t, "subtitle"),
		Unit:     rapid.SampledFrom([]string{"", "%", "元", "h", "working days", "一二三四五六七八九十一二三四五六"}).Draw(t, "unit"),
		Decimals: rapid.IntRange(0, maxDecimals).Draw(t, "decimals"), Language: rapid.SampledFrom([]string{"zh", "en"}).Draw(t, "language"),
	}
	if rapid.Bool().Draw(t, "has a size") {
		c.Width, c.Height = rapid.Float64Range(minWidth, 250).Draw(t, "width"), rapid.Float64Range(minHeight, 200).Draw(t, "height")
	}
	n := rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 150)).Draw(t, "categories")
	series := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 30)).Draw(t, "series")
	if c.Kind == Pie {
		series = min(series, 1)
	}
	number := numbers
	if rapid.Bool().Draw(t, "alike") { // as the values of real charts are
		number = rapid.Float64Range(0, math.Pow10(rapid.IntRange(-8, 13).Draw(t, "size")))
	}
	c.Categories = rapid.SliceOfN(words, n, n).Draw(t, "names")
	if c.Kind == Number {
		c.Categories, n = nil, 1
		c.Before = values(rapid.SliceOfN(number, 0, series).Draw(t, "before")...)
	}
	seeds := rapid.SliceOfN(number, 1, 40).Draw(t, "values") // drawing each is slow
	for j := range series {
		one := Series{Name: words.Draw(t, "name")}
		for i := range n {
			one.Values = append(one.Values, values(seeds[(i*7+j*3)%len(seeds)])...)
		}
		c.Series = append(c.Series, one)
	}
	return c
})

func TestNothingOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		p, err := Draw(c)
		if err != nil {
			t.Fatal(err)
		}
		tidy(t, p, draw.Box{W: p.W, H: p.H})
		again, err := Draw(c)
		if err != nil || !bytes.Equal(p.SVG(), again.SVG()) {
			t.Fatalf("the same chart is not the same picture (%v)", err)
		}
	})
}

func TestNothingOverflowsOnDashboards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Dashboard{
			Title: words.Draw(t, "title"), Subtitle: words.Draw(t, "subtitle"), AsOf: "2026-11-26", Language: "zh",
			Charts: rapid.SliceOfN(anyChart, 1, 10).Draw(t, "charts"), Columns: rapid.IntRange(0, maxColumns).Draw(t, "columns"),
		}
		p, err := Page(d)
		if err != nil {
			t.Fatal(err)
		}
		tidy(t, p, draw.Box{W: p.W, H: p.H}.Inset(pageMargin-0.5, pageMargin-0.5))
	})
}

func TestRefused(t *testing.T) {
	one := func(v float64) Chart {
		return Chart{Kind: Bar, Categories: []string{"a"}, Series: []Series{{"x", []*float64{&v}}}}
	}
	with := func(change func(c *Chart)) Chart {
		c := one(1)
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		chart Chart
		path  string
	}{
		"NaN":                        {one(math.NaN()), "[series 0 values 0]"},
		"infinite":                   {one(math.Inf(-1)), "[series 0 values 0]"},
		"too large":                  {one(2e100), "[series 0 values 0]"},
		"a kind that there is not":   {with(func(c *Chart) { c.Kind = "RADAR" }), "[kind]"},
		"a value too many":           {with(func(c *Chart) { c.Series[0].Values = values(1, 2) }), "[series 0 values]"},
		"two series of a pie":        {with(func(c *Chart) { c.Kind = Pie; c.Series = append(c.Series, c.Series...) }), "[series]"},
		"before of bars":             {with(func(c *Chart) { c.Before = values(1) }), "[before]"},
		"more before than series":    {with(func(c *Chart) { c.Kind = Number; c.Before = values(1, 2) }), "[before]"},
		"before is infinite":         {with(func(c *Chart) { c.Kind = Number; c.Before = values(math.Inf(1)) }), "[before 0]"},
		"a long unit":                {with(func(c *Chart) { c.Unit = strings.Repeat("元", 17) }), "[unit]"},
		"decimals below zero":        {with(func(c *Chart) { c.Decimals = -1 }), "[decimals]"},
		"too narrow":                 {with(func(c *Chart) { c.Width = 49 }), "[width]"},
		"too high":                   {with(func(c *Chart) { c.Height = 1001 }), "[height]"},
		"a height that is no number": {with(func(c *Chart) { c.Height = math.NaN() }), "[height]"},
		"too many categories":        {with(func(c *Chart) { c.Categories = make([]string, 10_001) }), "[categories]"},
		"too many series":            {with(func(c *Chart) { c.Series = make([]Series, 1_001) }), "[series]"},
	} {
		_, err := Draw(c.chart)
		f, ok := errors.AsType[*fault.Fault](err)
		if !ok || f.Kind != fault.Invalid || fmt.Sprint(f.Path) != c.path {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, d := range map[string]struct {
		dashboard Dashboard
		path      string
	}{
		"no charts":       {Dashboard{}, "[charts]"},
		"too many charts": {Dashboard{Charts: make([]Chart, 41)}, "[charts]"},
		"columns":         {Dashboard{Charts: []Chart{one(1)}, Columns: 5}, "[columns]"},
		"a bad chart":     {Dashboard{Charts: []Chart{one(1), one(math.NaN())}}, "[charts 1 series 0 values 0]"},
	} {
		_, err := Page(d.dashboard)
		f, ok := errors.AsType[*fault.Fault](err)
		if !ok || f.Kind != fault.Invalid || fmt.Sprint(f.Path) != d.path {
			t.Errorf("%s: %v", name, err)
		}
	}
}
