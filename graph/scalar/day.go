package scalar

import (
	"fmt"

	"fieldwork/internal/calendar"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDay writes a day as 2026-11-26.
func MarshalDay(d calendar.Day) graphql.Marshaler { return graphql.MarshalString(d.String()) }

// UnmarshalDay reads a day.
func UnmarshalDay(v any) (calendar.Day, error) {
	text, ok := v.(string)
	if !ok {
		return 0, fmt.Errorf("a day is a text such as 2026-11-26")
	}
	return calendar.Parse(text)
}
