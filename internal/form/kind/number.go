package kind

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Integer is a whole number that every JSON reader holds exactly: at most
// 2^53-1 either way.
type Integer struct{}

func (Integer) Name() string       { return "INTEGER" }
func (Integer) Column() string     { return "bigint" }
func (Integer) GraphQL() string    { return "Integer" }
func (Integer) Filter() string     { return "IntegerFilter" }
func (Integer) Form() Form         { return AsIs }
func (Integer) Operators() []Op    { return ordered }
func (Integer) Settings() []string { return []string{"min", "max"} }

// Parse takes a JSON number or its text. 5.0 and 5e0 are whole numbers, 5.5 is not.
func (Integer) Parse(raw any, s *Settings) (any, error) {
	d, err := number(raw)
	if err != nil || d == nil {
		return nil, err
	}
	d.Reduce(d) // strips trailing zeros, so that 5.0 is 5
	if d.Exponent < 0 {
		return nil, invalid("must be a whole number")
	}
	n, err := d.Int64()
	if err != nil || n > MaxInteger || n < -MaxInteger {
		return nil, invalid("must lie between -%d and %d", int64(MaxInteger), int64(MaxInteger))
	}
	if err := s.checkRange(d); err != nil {
		return nil, err
	}
	return strconv.FormatInt(n, 10), nil
}

// Decimal is an exact decimal number: amounts, rates, weights. It never becomes
// a float64, so 0.10 comes back as 0.10.
type Decimal struct{}

func (Decimal) Name() string       { return "DECIMAL" }
func (Decimal) Column() string     { return "numeric" }
func (Decimal) GraphQL() string    { return "Decimal" }
func (Decimal) Filter() string     { return "DecimalFilter" }
func (Decimal) Form() Form         { return AsString }
func (Decimal) Operators() []Op    { return ordered }
func (Decimal) Settings() []string { return []string{"min", "max", "scale"} }

// Parse takes a decimal as text or as a JSON number, with at most MaxDigits
// digits, of which at most the field's scale stand after the point.
func (Decimal) Parse(raw any, s *Settings) (any, error) {
	d, err := number(raw)
	if err != nil || d == nil {
		return nil, err
	}
	scale := MaxScale
	if s.Scale != nil {
		scale = *s.Scale
	}
	if after := -int(d.Exponent); after > scale {
		// Zeros beyond the scale say nothing, other digits would be lost.
		r, _ := new(apd.Decimal).Reduce(d)
		if -int(r.Exponent) > scale {
			return nil, invalid("must have at most %d digits after the point", scale)
		}
		d = r
	}
	if d.NumDigits()+max(int64(d.Exponent), 0) > MaxDigits || -d.Exponent > MaxDigits {
		return nil, invalid("must have at most %d digits", MaxDigits)
	}
	if err := s.checkRange(d); err != nil {
		return nil, err
	}
	return d.Text('f'), nil
}

// number reads a finite number of bounded length, nil for empty input.
func number(raw any) (*apd.Decimal, error) {
	var t string
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case json.Number:
		t = v.String()
	case float64: // only from the default of a GraphQL variable
		t = strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		t = strconv.FormatInt(v, 10)
	case int:
		t = strconv.Itoa(v)
	case string:
		t = strings.TrimSpace(v)
		if t == "" {
			return nil, nil
		}
	default:
		return nil, invalid("expected a number, got %s", describe(raw))
	}
	if len(t) > 100 { // before anything is computed from it
		return nil, invalid("is too long for a number")
	}
	if strings.Trim(t, "0123456789.+-eE") != "" { // apd also reads NaN and Infinity
		return nil, invalid("%q is not a number", t)
	}
	d, _, err := apd.NewFromString(t)
	if err != nil || d.Form != apd.Finite {
		return nil, invalid("%q is not a number", t)
	}
	if d.IsZero() {
		d.Negative, d.Exponent = false, min(d.Exponent, 0) // 0e50 is 0
	}
	if d.Exponent > 100 || d.Exponent < -100 {
		return nil, invalid("must have at most %d digits", MaxDigits)
	}
	return d, nil
}

func (s *Settings) checkRange(d *apd.Decimal) error {
	if s.Min != "" {
		if m, _, err := apd.NewFromString(s.Min); err == nil && d.Cmp(m) < 0 {
			return invalid("must be at least %s", s.Min)
		}
	}
	if s.Max != "" {
		if m, _, err := apd.NewFromString(s.Max); err == nil && d.Cmp(m) > 0 {
			return invalid("must be at most %s", s.Max)
		}
	}
	return nil
}
