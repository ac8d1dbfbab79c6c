package graph

import "fieldwork/internal/form"

// keys are those of fields.
func keys(fields []*form.Field) []string {
	out := make([]string, len(fields))
	for i, x := range fields {
		out[i] = x.Key
	}
	return out
}
