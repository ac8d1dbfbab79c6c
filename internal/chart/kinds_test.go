package chart

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"strings"
	"testing"

	"fieldwork/internal/draw"
)

// said is all that is written in a chart.
func said(t *testing.T, c Chart) (*draw.Page, string) {
	t.Helper()
	p, err := Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, at := range p.Placed() {
		all = append(all, at.Text)
	}
	return p, "|" + strings.Join(all, "|") + "|"
}

func many[T any](n int, of func(i int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = of(i)
	}
	return out
}

func names(n int, format string) []string {
	return many(n, func(i int) string { return fmt.Sprintf(format, 'A'+i%26, 'a'+i/26) })
}

func counts(n int) []*float64 {
	return many(n, func(i int) *float64 { f := float64(n - i); return &f })
}

// What a chart has no room for it counts.
func TestNothingIsSilentlyLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		chart Chart
		want  []string
	}{
		"lying bars": {Chart{Kind: Bar, Language: "en", Height: 95, Categories: names(80, "Example customer %c%c"), Series: []Series{{"x", counts(80)}}},
			[]string{"|Example customer Aa|", "|Example customer Ta|", "|58 more not shown|"}},
		"bars that grow the page": {Chart{Kind: Bar, Language: "zh", Categories: names(40, "某某精密制造（苏州）有限公司%c%c"), Series: []Series{{"x", counts(40)}}},
			[]string{"|某某精密制造（苏州）有限公司Aa|", "|某某精密制造（苏州）有限公司Nb|"}},
		"standing bars": {Chart{Kind: Bar, Language: "zh", Categories: many(500, func(i int) string { return fmt.Sprintf("第%d天", i+1) }), Series: []Series{{"x", counts(500)}}},
			[]string{"|第1天|", "|另有 199 项未显示|"}},
		"series": {Chart{Kind: Line, Language: "zh", Categories: []string{"1", "2"}, Series: many(23, func(i int) Series { return Series{fmt.Sprint("s", i), counts(2)} })},
			[]string{"|s19|", "|另有 3 个系列未显示|"}},
		"slices": {Chart{Kind: Pie, Language: "en", Categories: names(12, "%c%c"), Series: []Series{{"x", counts(12)}}},
			[]string{"|Ga|", "|Other (5)|", "|15|"}},
		"cells": {Chart{Kind: HeatMap, Language: "en", Height: 60, Categories: names(300, "%c%c"), Series: many(90, func(i int) Series { return Series{fmt.Sprint("s", i), counts(300)} })},
			[]string{"|194 more not shown, 52 more series not shown|"}},
		"numbers": {Chart{Kind: Number, Language: "zh", Series: many(90, func(i int) Series { return Series{fmt.Sprint("s", i), counts(1)} })},
			[]string{"|s0|", "个数未显示|"}},
		"a legend": {Chart{Kind: Stacked, Width: 50, Height: 60, Categories: []string{"a"}, Series: many(20, func(i int) Series { return Series{fmt.Sprint("A long name ", i), counts(1)} })},
			[]string{"|+1"}},
	} {
		_, got := said(t, c.chart)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %s", name, want, got)
			}
		}
	}
}

func TestWhatIsSaid(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		chart Chart
		want  string
	}{
		"nothing":             {Chart{Kind: Bar, Title: "标题", Language: "zh"}, "|标题|无数据|"},
		"no value":            {Chart{Kind: Line, Categories: []string{"a"}, Series: []Series{{"x", values(nan)}}}, "|No data|"},
		"an empty pie":        {Chart{Kind: Pie, Categories: []string{"a"}, Series: []Series{{"x", values(0)}}}, "|No data|"},
		"a number without":    {Chart{Kind: Number, Series: []Series{{Name: "x"}, {"y", values(5)}}}, "|x|–|y|5|"},
		"more than before":    {Chart{Kind: Number, Language: "zh", Unit: "元", Series: []Series{{"合同额", values(150)}}, Before: values(120)}, "|合同额|150|元|▲ 30 (25%)|上期 120元|"},
		"percentage points":   {Chart{Kind: Number, Unit: "%", Decimals: 1, Series: []Series{{"Done", values(60)}}, Before: values(62.5)}, "|Done|60.0%|▼ 2.5 pp|before 62.5%|"},
		"from nothing":        {Chart{Kind: Number, Series: []Series{{"x", values(3)}}, Before: values(0)}, "|x|3|▲ 3|before 0|"},
		"as before":           {Chart{Kind: Number, Series: []Series{{"x", values(3)}}, Before: values(3)}, "|x|3|→ 0|before 3|"},
		"before is unknown":   {Chart{Kind: Number, Series: []Series{{"x", values(3)}, {"y", values(4)}}, Before: values(nan)}, "|x|3|y|4|"},
		"a unit":              {Chart{Kind: Bar, Unit: "h", Categories: []string{"a"}, Series: []Series{{"x", values(1)}}}, "|Unit: h|1|0|1|a|"},
		"percentages":         {Chart{Kind: Bar, Unit: "%", Categories: []string{"a"}, Series: []Series{{"x", values(50)}}}, "|50%|0%|10%|20%|30%|40%|50%|a|"},
		"stacked":             {Chart{Kind: Stacked, Language: "zh", Categories: []string{"a"}, Series: []Series{{"x", values(4)}, {"y", values(6)}}}, "|x|y|4|6|10|0|2|4|6|8|10|a|"},
		"a pie below zero":    {Chart{Kind: Pie, Categories: []string{"a"}, Series: []Series{{"x", values(-1)}}}, "|bars, as some values are negative|-1|-1|0|a|"},
		"slices by size":      {Chart{Kind: Pie, Unit: "家", Language: "zh", Categories: []string{"少", "多"}, Series: []Series{{"x", values(1, 3)}}}, "|75%|25%|4|合计|多|3家|75%|少|1家|25%|"},
		"cells without value": {Chart{Kind: HeatMap, Categories: []string{"a", "b"}, Series: []Series{{"x", values(1, nan)}, {"y", values(3, 4)}}}, "|1|4|a|b|x|y|1|–|3|4|"},
		"a gap in a line":     {Chart{Kind: Line, Categories: []string{"a", "b", "c"}, Series: []Series{{"x", values(2, nan, 4)}}}, "|0|1|2|3|4|a|b|c|4|2|"},
	} {
		if _, got := said(t, c.chart); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Bars are as long as their values, from the line of zero.
func TestBarsAreToScale(t *testing.T) {
	p, _ := said(t, Chart{Kind: Bar, Categories: []string{"a", "b", "c", "d"}, Series: []Series{{"x", values(10, -5, 0, 2.5)}}})
	var bars []draw.Box
	for _, b := range p.Shapes()[1:] {
		if b.H > 1 {
			bars = append(bars, b)
		}
	}
	if len(bars) != 3 {
		t.Fatalf("the bars are %v", bars)
	}
	up, down, low := bars[0], bars[1], bars[2]
	zero := up.Y + up.H
	if math.Abs(down.Y-zero) > 0.01 || math.Abs(low.Y+low.H-zero) > 0.01 || math.Abs(down.H-up.H/2) > 0.01 || math.Abs(low.H-up.H/4) > 0.01 {
		t.Errorf("bars of 10, -5 and 2.5 are %v", bars)
	}
}

// Thousands of points on top of each other leave what can be seen of them.
func TestDense(t *testing.T) {
	at := many(1_000, func(i int) draw.Point { return draw.Point{X: float64(i), Y: float64(i * i % 97)} })
	got := dense(at, 20)
	if len(got) > 4*50 || got[0] != at[0] || got[len(got)-1] != at[len(at)-1] {
		t.Fatalf("%d points, from %v to %v", len(got), got[0], got[len(got)-1])
	}
	for i, p := range got[1:] {
		if p.X <= got[i].X {
			t.Fatalf("%v comes after %v", p, got[i])
		}
	}
	for from := 0; from < 1_000; from += 20 {
		lo, hi := at[from].Y, at[from].Y
		for _, p := range at[from : from+20] {
			lo, hi = min(lo, p.Y), max(hi, p.Y)
		}
		found := 0
		for _, p := range got {
			if p.X >= at[from].X && p.X < at[from].X+20 && (p.Y == lo || p.Y == hi) {
				found++
			}
		}
		if found < 2 {
			t.Errorf("of the points from %d on, the lowest or the highest is missing", from)
		}
	}
	apart := at[:0:0]
	for i := range 50 {
		apart = append(apart, draw.Point{X: float64(i), Y: 1})
	}
	if got := dense(apart, 0.2); len(got) != 50 {
		t.Errorf("of 50 points apart %d are left", len(got))
	}
}

func sample(language string) Dashboard {
	months := many(12, func(i int) string { return fmt.Sprintf("2026-%02d", i+1) })
	d := Dashboard{Title: "大客户管理月报", Subtitle: "2026-11", AsOf: "2026-11-26", Language: language, Charts: []Chart{
		{Kind: Number, Title: "概览", Series: []Series{{"客户", values(128)}, {"缺岗", values(6)}}, Before: values(121, 6)},
	}}
	for _, k := range []Kind{Bar, Stacked, Line, HeatMap} {
		d.Charts = append(d.Charts, Chart{Kind: k, Title: string(k), Categories: months, Series: []Series{{"甲", counts(12)}, {"乙", counts(12)}}})
	}
	d.Charts = append(d.Charts, Chart{Kind: Pie, Title: "PIE", Categories: names(9, "%c%c"), Series: []Series{{"x", counts(9)}}})
	return d
}

func TestDashboard(t *testing.T) {
	p, err := Page(sample("zh"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Page(sample("zh"))
	if err != nil {
		t.Fatal(err)
	}
	one, err := p.PNG(6)
	if err != nil {
		t.Fatal(err)
	}
	two, err := again.PNG(6)
	if err != nil || !bytes.Equal(one, two) || !bytes.Equal(p.SVG(), again.SVG()) {
		t.Errorf("the same dashboard is not the same picture (%v)", err)
	}
	if size, err := png.DecodeConfig(bytes.NewReader(one)); err != nil || size.Width != 1782 || size.Height != 1260 {
		t.Errorf("the PNG is %d x %d (%v)", size.Width, size.Height, err)
	}
	a, err := draw.PDF("x", p)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := draw.PDF("x", again); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the same dashboard is not the same PDF (%v)", err)
	}
	last := p.Placed()[0:4]
	if last[0].Text != "大客户管理月报" || last[1].Text != "2026-11" || last[2].Text != "截至 2026-11-26" {
		t.Errorf("it says %v", last)
	}
	d := sample("en")
	d.Charts = append(d.Charts, d.Charts...)
	if p, err = Page(d); err != nil || p.H <= 210 {
		t.Errorf("twelve charts do not make a higher page: %v, %v", p, err)
	}
}

func BenchmarkDashboard(b *testing.B) {
	for b.Loop() {
		p, err := Page(sample("zh"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.PNG(6); err != nil {
			b.Fatal(err)
		}
	}
}
