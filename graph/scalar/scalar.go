// Package scalar reads and writes the scalars of the fixed schema: any JSON
// value, limits (numbers or days, kept as text) and moments.
package scalar

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalJSON writes a value of the scalar JSON.
func MarshalJSON(v any) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b, err := json.Marshal(v)
		if err != nil { // values come from JSON, so they always encode
			b = []byte("null")
		}
		_, _ = w.Write(b)
	})
}

// UnmarshalJSON takes any value as it is.
func UnmarshalJSON(v any) (any, error) { return v, nil }

// MarshalLimit writes a limit: a number as a number, a day as text.
func MarshalLimit(s string) graphql.Marshaler {
	if json.Valid([]byte(s)) {
		return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, s) })
	}
	return graphql.MarshalString(s)
}

// UnmarshalLimit reads a number or text.
func UnmarshalLimit(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("a limit is a number or a day, not %T", v)
}

// MarshalDateTime writes a moment in UTC.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
}

// UnmarshalDateTime reads RFC 3339.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a moment is text such as 2026-01-31T09:30:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a moment such as 2026-01-31T09:30:00Z", s)
	}
	return t, nil
}
