package chart

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/draw"
)

func TestScale(t *testing.T) {
	for _, c := range []struct {
		name   string
		lo, hi float64
		n      int
		least  float64
		want   string
	}{
		{"steps of twenty", 0, 97, 5, 0, "0 20 40 60 80 100"},
		{"a round end stays", 0, 100, 5, 0, "0 20 40 60 80 100"},
		{"steps of two and a half", 0, 9.5, 4, 0, "0.0 2.5 5.0 7.5 10.0"},
		{"counts have no halves", 0, 9, 4, 1, "0 5 10"},
		{"a count of one", 0, 1, 5, 1, "0 1"},
		{"negative values", -30, 70, 6, 0, "-40 -20 0 20 40 60 80"},
		{"all negative", -9, 0, 5, 0, "-10 -8 -6 -4 -2 0"},
		{"far from zero", 71, 95, 5, 0, "70 75 80 85 90 95"},
		{"nothing", 0, 0, 5, 1, "0 1"},
		{"one value", 7, 7, 4, 0, "0 2 4 6 8"},
		{"one negative value", -7, -7, 4, 0, "-8 -6 -4 -2 0"},
		{"values finer than they say", 0, 0.3, 3, 1, "0.0 0.1 0.2 0.3"},
		{"inexact fractions", 0, 0.1 + 0.2, 3, 0, "0.0 0.1 0.2 0.3"},
		{"a trillion", 0, 1e12, 4, 0, "0 0.25T 0.50T 0.75T 1.00T"},
		{"a billionth", 0, 3e-9, 3, 0, "0 1e-9 2e-9 3e-9"},
		{"less than there are steps", 0, 97, 0, 0, "0 50 100"},
	} {
		got := figures{}.ticks(newScale(c.lo, c.hi, c.n, c.least))
		want := strings.Fields(c.want)
		for i := range want { // a lone zero has no decimals
			if strings.Trim(want[i], "0.") == "" {
				want[i] = "0"
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

// FuzzScale looks for values that an axis does not hold, or holds in too many or
// uneven steps, or in steps that are not round.
func FuzzScale(f *testing.F) {
	f.Add(0.0, 97.0, 5, 0)
	f.Add(-1e100, 1e100, 7, 9)
	f.Add(1e12, 1e12+1e-3, 3, 2)
	f.Add(-1e-100, 1e-99, 2, 0)
	f.Add(5e-324, 1.0, 8, 0)
	f.Fuzz(func(t *testing.T, a, b float64, n, decimals int) {
		if !(math.Abs(a) <= maxValue) || !(math.Abs(b) <= maxValue) || n < 0 || n > 50 || decimals < 0 || decimals > maxDecimals {
			t.Skip()
		}
		lo, hi := min(a, b), max(a, b)
		s := newScale(lo, hi, n, math.Pow10(-decimals))
		slack := s.step * 1e-6
		if !(s.step > 0) || s.to <= s.from || s.to-s.from > max(n, 2) || s.low() > lo+slack || s.high() < hi-slack {
			t.Fatalf("%g to %g in %d: %+v", lo, hi, n, s)
		}
		digits := strings.TrimRight(strings.Replace(strings.Split(power(s.step), "e")[0], ".", "", 1), "0")
		if d := strings.TrimLeft(digits, "0"); d != "1" && d != "2" && d != "25" && d != "5" {
			t.Fatalf("a step of %g", s.step)
		}
		texts := figures{decimals: decimals}.ticks(s)
		if len(texts) != s.to-s.from+1 || len(slices.Compact(slices.Clone(texts))) != len(texts) {
			t.Fatalf("%g to %g is written %q", lo, hi, texts)
		}
		for _, v := range []float64{lo, hi, s.low(), s.high()} {
			if p := s.part(v); !(p >= 0 && p <= 1) {
				t.Fatalf("%g lies at %g", v, p)
			}
		}
	})
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		v                  float64
		decimals           int
		exact, short, inZh string
	}{
		{0, 0, "0", "0", "0"},
		{math.Copysign(0, -1), 1, "0.0", "0.0", "0.0"},
		{40.5, 0, "41", "41", "41"},
		{-1234.5, 2, "-1,234.50", "-1,234.50", "-1,234.50"},
		{99_949, 0, "99,949", "99,949", "99,949"},
		{99_960, 0, "99,960", "100K", "10万"},
		{123_456, 2, "123,456.00", "123K", "12.3万"},
		{1_234_567, 0, "1,234,567", "1.23M", "123万"},
		{99_960_000, 0, "99,960,000", "100M", "1亿"},
		{-5e8, 0, "-500,000,000", "-500M", "-5亿"},
		{1e12, 0, "1,000,000,000,000", "1T", "1万亿"},
		{2.5e17, 0, "2.5e17", "2.5e17", "2.5e17"},
		{0.04, 1, "0.040", "0.040", "0.040"},
		{-0.00012, 2, "-0.00012", "-0.00012", "-0.00012"},
		{3e-9, 2, "3e-9", "3e-9", "3e-9"},
		{1e-120, 2, "0.00", "0.00", "0.00"},
	} {
		en, zh := figures{decimals: c.decimals}, figures{decimals: c.decimals, chinese: true}
		if en.exact(c.v) != c.exact || en.short(c.v) != c.short || zh.short(c.v) != c.inZh {
			t.Errorf("%g is %s, %s, %s", c.v, en.exact(c.v), en.short(c.v), zh.short(c.v))
		}
	}
	if got := (figures{chinese: true, large: true}).short(50_000) + " " + (figures{large: true}).short(1_500) + " " + (figures{large: true}).short(999); got != "5万 1.5K 999" {
		t.Errorf("among large numbers they are %s", got)
	}
	for unit, want := range map[string][2]string{"": {"", ""}, "%": {"%", "%"}, "元": {" 元", "元"}, "h": {" h", " h"}, "°C": {"°C", "°C"}, " ": {"", ""}} {
		if en, zh := (figures{unit: unit}).tail(), (figures{unit: unit, chinese: true}).tail(); en != want[0] || zh != want[1] {
			t.Errorf("%q follows as %q, %q", unit, en, zh)
		}
	}
}

func TestPercentages(t *testing.T) {
	for want, list := range map[string][]float64{
		"33.4% 33.3% 33.3%": {1, 1, 1},
		"50% 25% 25%":       {2, 1, 1},
		"100%":              {7},
		"14.3% 14.3% 14.3% 14.3% 14.3% 14.3% 14.2%": {1, 1, 1, 1, 1, 1, 1},
		"99.9% 0.1% 0.0%": {1e6, 700, 1},
		"60% 40% 0%":      {3e99, 2e99, 0},
	} {
		got := percentages(list)
		if strings.Join(got, " ") != want {
			t.Errorf("%v are %v, want %s", list, got, want)
		}
	}
}

// seen is what is left of a colour for those who lack a kind of cone, after Machado,
// Oliveira and Fernandes 2009, in CIELAB.
func seen(c draw.Colour, eyes [3][3]float64) (lab [3]float64) {
	var linear, rgb, f [3]float64
	for i, shift := range []uint{16, 8, 0} {
		if v := float64(c>>shift&0xFF) / 255; v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	for i := range rgb {
		for j := range linear {
			rgb[i] += eyes[i][j] * linear[j]
		}
		rgb[i] = min(max(rgb[i], 0), 1)
	}
	for i, row := range [3][3]float64{{0.4339, 0.3762, 0.1899}, {0.2126, 0.7152, 0.0722}, {0.0177, 0.1095, 0.8728}} {
		v := row[0]*rgb[0] + row[1]*rgb[1] + row[2]*rgb[2]
		if f[i] = math.Cbrt(v); v <= 0.008856 {
			f[i] = 7.787*v + 16.0/116
		}
	}
	return [3]float64{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

func TestPalette(t *testing.T) {
	for name, eyes := range map[string][3][3]float64{
		"all":      {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"no red":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"no green": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		"no blue":  {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	} {
		for i, a := range palette {
			for j, b := range palette[:i] {
				p, q := seen(a, eyes), seen(b, eyes)
				if d := math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]); d < 18 {
					t.Errorf("with %s colours, %d and %d differ by %.1f", name, j, i, d)
				}
				if i == j+1 && name == "all" && math.Abs(p[0]-q[0]) < 10 {
					t.Errorf("%d and %d are as light as each other: %.0f, %.0f", j, i, p[0], q[0])
				}
			}
		}
	}
	s := newSheet(nil, draw.Box{W: 100, H: 100}, Chart{})
	for i := range distinct {
		if c := s.colour(i); contrast(s.on(c), c) < 4 {
			t.Errorf("text on %06x has a contrast of %.1f", c, contrast(s.on(c), c))
		}
	}
}
