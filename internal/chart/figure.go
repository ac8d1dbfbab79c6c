package chart

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fieldwork/internal/wording"
)

// figures write numbers as a reader of a language expects them.
type figures struct {
	decimals int
	unit     string
	chinese  bool
	large    bool // some are large: short ones are all written in magnitudes, as those of the axis
}

// A large number is written in these, the largest that it reaches.
type magnitude struct {
	size float64
	name string
}

var (
	english = []magnitude{{1e3, "K"}, {1e6, "M"}, {1e9, "B"}, {1e12, "T"}}
	chinese = []magnitude{{1e4, "万"}, {1e8, "亿"}, {1e12, "万亿"}}
)

const (
	large = 1e5  // what is at least so is written in magnitudes where room is short
	vast  = 1e16 // what is at least so is written with a power of ten
	tiny  = 1e-6 // what is less too
)

// magnitude is what a number of a size is written in.
func (f figures) magnitude(size float64) magnitude {
	all, out := english, magnitude{size: 1}
	if f.chinese {
		all = chinese
	}
	for _, m := range all {
		if size >= m.size*0.9995 { // or it would be rounded to 1,000 of the one below
			out = m
		}
	}
	return out
}

// exact is a number with its decimals, 1,234.50. One that would be rounded to
// nothing has two figures.
func (f figures) exact(v float64) string {
	size := math.Abs(v)
	switch {
	case size < smallest:
		v = 0
	case size >= vast || size < tiny:
		return power(v)
	case size < math.Pow10(-f.decimals)/2:
		return strconv.FormatFloat(v, 'f', 1-int(math.Floor(math.Log10(size))), 64)
	}
	return grouped(rounded(v, f.decimals))
}

// rounded writes a number with decimals; halves go up, as people round.
func rounded(v float64, decimals int) string {
	if p := math.Pow10(decimals); math.Abs(v)*p < 1e15 {
		v = math.Round(v*p) / p
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// short is a number in little room: 1.23M, 123万.
func (f figures) short(v float64) string {
	size := math.Abs(v)
	m := f.magnitude(size)
	if m.name == "" || !f.large && size < large*0.9995 || size >= vast {
		return f.exact(v)
	}
	decimals := 0
	for x := size / m.size; x < 99.95 && decimals < 2; x *= 10 {
		decimals++
	}
	return grouped(trimmed(rounded(v/m.size, decimals))) + m.name
}

// ticks are the numbers of an axis, all in one magnitude and with as many decimals
// as its step needs.
func (f figures) ticks(s scale) []string {
	m := magnitude{size: 1}
	top := max(math.Abs(s.low()), math.Abs(s.high()))
	if top >= large && top < vast {
		m = f.magnitude(top)
	}
	decimals := 0
	for x := s.step / m.size; decimals < 12 && !whole(x); x *= 10 {
		decimals++
	}
	var out []string
	for _, v := range s.ticks() {
		switch {
		case v == 0:
			out = append(out, "0"+f.sign())
		case top >= vast || s.step < tiny:
			out = append(out, power(v)+f.sign())
		default:
			out = append(out, grouped(rounded(v/m.size, decimals))+m.name+f.sign())
		}
	}
	return out
}

// sign is the unit where it belongs to every number: that of percentages.
func (f figures) sign() string {
	if percentage(f.unit) {
		return f.unit
	}
	return ""
}

// Figure is a number, written with its decimals, as values of charts are: commas
// between thousands, and its unit.
func Figure(digits, unit, language string) string {
	f := figures{unit: unit, chinese: wording.In(language).Language == "zh"}
	return grouped(digits) + f.tail()
}

func percentage(unit string) bool { return unit == "%" || unit == "‰" || unit == "％" }

// tail is the unit as it follows a number: what is spelt in letters stands apart.
func (f figures) tail() string {
	unit := strings.TrimSpace(f.unit)
	if r, _ := utf8.DecodeRuneInString(unit); unit == "" || percentage(unit) || r == '°' || unicode.Is(unicode.Han, r) && f.chinese {
		return unit
	}
	return " " + unit
}

func power(v float64) string {
	return strings.Replace(strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "e+", "e", 1), "e-0", "e-", 1)
}

// trimmed is a number without zeros at its end.
func trimmed(s string) string {
	if strings.Contains(s, ".") {
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// grouped puts commas between thousands, and takes the sign of what is nothing.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
		if strings.Trim(s, "0.") == "" {
			sign = ""
		}
	}
	digits, rest, _ := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if rest != "" {
		b.WriteString("." + rest)
	}
	return b.String()
}
