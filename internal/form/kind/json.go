package kind

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/fault"

	"github.com/cockroachdb/apd/v3"
)

// JSON is any JSON value: what another program keeps with a record. Its numbers
// are exact, its keys unique, its texts as they came. Null is empty; an empty text
// is a value.
type JSON struct{}

func (JSON) Name() string       { return "JSON" }
func (JSON) Column() string     { return "jsonb" }
func (JSON) GraphQL() string    { return "JSON" }
func (JSON) Filter() string     { return "PresenceFilter" }
func (JSON) Form() Form         { return AsIs }
func (JSON) Operators() []Op    { return presence }
func (JSON) Settings() []string { return nil }

// Parse takes a decoded value and gives JSON without spaces, with keys and
// numbers as PostgreSQL prints those of a jsonb: equal values are equal texts.
func (JSON) Parse(raw any, _ *Settings) (any, error) {
	if raw == nil {
		return nil, nil
	}
	out, err := appendJSON(nil, raw, 0)
	if err != nil {
		return nil, err
	}
	return string(out), nil
}

// appendJSON appends a decoded value in the one way it is written. It stops
// when MaxJSONBytes are passed.
func appendJSON(b []byte, raw any, depth int) (_ []byte, err error) {
	switch v := raw.(type) {
	case nil:
		b = append(b, "null"...)
	case bool:
		b = strconv.AppendBool(b, v)
	case string:
		if err := CheckText(v); err != nil {
			return nil, err
		}
		b = AppendQuoted(b, v)
	case []any:
		if depth++; depth > MaxJSONDepth {
			return nil, invalid("must be at most %d levels deep", MaxJSONDepth)
		}
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, item, depth); err != nil {
				return nil, err
			}
		}
		b = append(b, ']')
	case map[string]any:
		if depth++; depth > MaxJSONDepth {
			return nil, invalid("must be at most %d levels deep", MaxJSONDepth)
		}
		keys := make([]string, 0, len(v))
		for k := range v {
			if err := CheckText(k); err != nil {
				return nil, err
			}
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int { // as jsonb: the short ones first
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendQuoted(b, k), ':')
			if b, err = appendJSON(b, v[k], depth); err != nil {
				return nil, err
			}
		}
		b = append(b, '}')
	default:
		if b, err = appendNumber(b, raw); err != nil {
			return nil, err
		}
	}
	if len(b) > MaxJSONBytes {
		return nil, invalid("must be at most %d bytes of JSON", MaxJSONBytes)
	}
	return b, nil
}

// appendNumber writes a number without a power, as numeric does. The bounds are
// wider than those of a DECIMAL, so that every float64 of another program fits.
func appendNumber(b []byte, raw any) ([]byte, error) {
	var t string
	switch v := raw.(type) {
	case json.Number:
		t = v.String()
	case float64:
		t = strconv.FormatFloat(v, 'g', -1, 64)
	case int64:
		t = strconv.FormatInt(v, 10)
	case int:
		t = strconv.Itoa(v)
	default:
		return nil, invalid("expected JSON, got a value of another type")
	}
	const most = 800 // characters, as it came and as it is written
	long := invalid("must not hold a number of more than %d characters", most)
	if len(t) > most {
		return nil, long
	}
	if strings.Trim(t, "0123456789.+-eE") != "" { // NaN
		return nil, invalid("%q is not a number", fault.Clip(t))
	}
	d, _, err := apd.NewFromString(t)
	if err != nil || d.Form != apd.Finite {
		return nil, long
	}
	if d.IsZero() {
		d.Negative, d.Exponent = false, min(d.Exponent, 0)
	}
	if d.Exponent > most || d.Exponent < -most { // before it is written out
		return nil, long
	}
	if t = d.Text('f'); len(t) > most {
		return nil, long
	}
	return append(b, t...), nil
}

// AppendQuoted writes a text as PostgreSQL does: only what must be is escaped.
func AppendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < ' ' {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

// decode reads one JSON value and nothing after it, its numbers exact.
func decode(text string) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err = d.Decode(&v); err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = invalid("is more than one JSON value")
		}
	}
	if err != nil {
		return nil, invalid("is not JSON")
	}
	return v, nil
}
