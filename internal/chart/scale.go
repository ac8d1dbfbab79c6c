package chart

import "math"

// scale is the axis of values: even steps from a round number to another.
type scale struct {
	step     float64
	from, to int // in steps: the first value is from*step
}

func (s scale) low() float64  { return float64(s.from) * s.step }
func (s scale) high() float64 { return float64(s.to) * s.step }

// part is where a value lies: 0 at the low end, 1 at the high end.
func (s scale) part(v float64) float64 {
	return min(max((v/s.step-float64(s.from))/float64(s.to-s.from), 0), 1)
}

// newScale is the axis that reaches from lo to hi in at most n steps of 1, 2, 2.5 or
// 5 times a power of ten; steps are whole multiples of least, where there are that
// many. At least two steps are made of what may be less: an axis has room for them.
func newScale(lo, hi float64, n int, least float64) scale {
	n = max(n, 2)
	const flat = 1e-6 // part of the larger end below which both are the same number
	if size := max(math.Abs(lo), math.Abs(hi)); hi-lo <= size*flat {
		lo, hi = min(lo, 0), max(hi, 0)
		if size < smallest {
			lo, hi = 0, 1
		}
	}
	if hi-lo < least {
		least = 0 // the values are finer than they say
	}
	for power := math.Floor(math.Log10((hi - lo) / float64(n))); ; power++ {
		for _, m := range []float64{1, 2, 2.5, 5} {
			step := times(m, int(power))
			if step < least*(1-1e-9) || least > 0 && !whole(step/least) {
				continue
			}
			// A ten-millionth of a step more or less is the inexactness of the division.
			const slack = 1e-7
			s := scale{step, int(math.Floor(lo/step + slack)), int(math.Ceil(hi/step - slack))}
			if s.to-s.from <= n {
				if s.to == s.from {
					s.to++
				}
				return s
			}
		}
	}
}

// smallest is the size of a value below which it is drawn as nothing.
const smallest = 1e-100

// times is m * 10^power, as near as it is written.
func times(m float64, power int) float64 {
	if power < 0 {
		return m / math.Pow10(-power)
	}
	return m * math.Pow10(power)
}

func whole(f float64) bool { return math.Abs(f-math.Round(f)) < 1e-6 }

// ticks are the values of an axis.
func (s scale) ticks() []float64 {
	out := make([]float64, 0, s.to-s.from+1)
	for i := s.from; i <= s.to; i++ {
		out = append(out, float64(i)*s.step)
	}
	return out
}

// extent is the least and the greatest of values; 0, 0 when there are none.
func extent(values ...[]*float64) (lo, hi float64) {
	first := true
	for _, list := range values {
		for _, v := range list {
			if v == nil {
				continue
			}
			if first {
				lo, hi, first = *v, *v, false
			}
			lo, hi = min(lo, *v), max(hi, *v)
		}
	}
	return lo, hi
}
