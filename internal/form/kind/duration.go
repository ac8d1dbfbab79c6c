package kind

import (
	"regexp"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
)

// Duration is a length of time of fixed length: days, and hours, minutes and
// seconds to the microsecond. A day counts as 24 hours when durations are
// compared, so P1D equals PT24H.
type Duration struct{}

func (Duration) Name() string       { return "DURATION" }
func (Duration) Column() string     { return "interval" }
func (Duration) GraphQL() string    { return "Duration" }
func (Duration) Filter() string     { return "DurationFilter" }
func (Duration) Form() Form         { return AsString }
func (Duration) Operators() []Op    { return ordered }
func (Duration) Settings() []string { return []string{"min", "max"} }

// Parse takes ISO 8601 such as P1DT2H30M, also with signs before the whole or
// before a part, and gives what PostgreSQL prints with IntervalStyle iso_8601:
// days apart, seconds carried into minutes and hours.
func (Duration) Parse(raw any, s *Settings) (any, error) {
	if raw == nil {
		return nil, nil
	}
	v, ok := raw.(string)
	if !ok {
		return nil, invalid("expected a duration as text, got %s", describe(raw))
	}
	if v = strings.TrimSpace(v); v == "" {
		return nil, nil
	}
	l, err := readLength(v)
	if err != nil {
		return nil, err
	}
	if m, err := readLength(s.Min); err == nil && l.total() < m.total() {
		return nil, invalid("must be at least %s", s.Min)
	}
	if m, err := readLength(s.Max); err == nil && l.total() > m.total() {
		return nil, invalid("must be at most %s", s.Max)
	}
	return l.String(), nil
}

const (
	second   = int64(1_000_000) // in microseconds, as all below
	minute   = 60 * second
	hour     = 60 * minute
	day      = 24 * hour
	longest  = MaxDays * day
	isLength = "a duration such as P3D, PT1H30M or P1DT2H"
)

// length is a duration as PostgreSQL keeps it: days, and microseconds.
type length struct{ days, micros int64 }

func (l length) total() int64 { return l.days*day + l.micros }

var (
	lengthShape = regexp.MustCompile(`^([+-]?)P(?:([+-]?[0-9]+)W)?(?:([+-]?[0-9]+)D)?` +
		`(?:T(?:([+-]?[0-9]+)H)?(?:([+-]?[0-9]+)M)?(?:([+-]?)([0-9]+)(?:[.,]([0-9]+))?S)?)?$`)
	calendarLength = regexp.MustCompile(`^[+-]?P[0-9+-]*[YM]`)
)

func readLength(v string) (l length, err error) {
	m := lengthShape.FindStringSubmatch(v)
	switch {
	case calendarLength.MatchString(v):
		return l, invalid("must not have years or months: a month has no fixed length")
	case m == nil || strings.HasSuffix(v, "P") || strings.HasSuffix(v, "T"):
		return l, invalid("%q is not "+isLength, fault.Clip(v))
	}
	far := invalid("must lie between -%d and %d days", MaxDays, MaxDays)
	add := func(to *int64, digits string, unit int64) {
		if digits == "" || err != nil {
			return
		}
		most := longest / unit
		if to == &l.days {
			most = longest / day / unit
		}
		n, bad := strconv.ParseInt(digits, 10, 64)
		if bad != nil || n > most || n < -most {
			err = far
			return
		}
		*to += n * unit
	}
	add(&l.days, m[2], 7)
	add(&l.days, m[3], 1)
	add(&l.micros, m[4], hour)
	add(&l.micros, m[5], minute)
	if m[7] != "" {
		add(&l.micros, m[6]+m[7], second)
	}
	fraction := strings.TrimRight(m[8], "0")
	if len(fraction) > 6 {
		return l, invalid("must have at most 6 digits after the point")
	}
	if fraction != "" {
		add(&l.micros, m[6]+fraction+strings.Repeat("0", 6-len(fraction)), 1)
	}
	if m[1] == "-" {
		l.days, l.micros = -l.days, -l.micros
	}
	// each part too, which PostgreSQL keeps apart
	if t := l.total(); err == nil && (max(t, l.micros) > longest || min(t, l.micros) < -longest || max(l.days, -l.days) > MaxDays) {
		err = far
	}
	return l, err
}

func (l length) String() string {
	if l == (length{}) {
		return "PT0S"
	}
	b := []byte("P")
	part := func(n int64, unit byte) {
		if n != 0 {
			b = append(strconv.AppendInt(b, n, 10), unit)
		}
	}
	part(l.days, 'D')
	if l.micros == 0 {
		return string(b)
	}
	b = append(b, 'T')
	part(l.micros/hour, 'H')
	part(l.micros%hour/minute, 'M')
	if rest := l.micros % minute; rest != 0 {
		if rest < 0 {
			b, rest = append(b, '-'), -rest
		}
		b = strconv.AppendInt(b, rest/second, 10)
		if f := rest % second; f != 0 {
			digits := strconv.FormatInt(second+f, 10)[1:] // six of them
			b = append(append(b, '.'), strings.TrimRight(digits, "0")...)
		}
		b = append(b, 'S')
	}
	return string(b)
}
