package shaped

import (
	"encoding/json"

	"fieldwork/internal/plan"

	"github.com/99designs/gqlgen/graphql"
)

// Constant is a text as JSON.
func Constant(text string) plan.Constant {
	b, _ := json.Marshal(text) // a string always encodes
	return plan.Constant(b)
}

// AppendObject appends an object with the fields that are selected of it; value
// appends what the i-th is.
func AppendObject(b []byte, fields []graphql.CollectedField, value func(b []byte, i int) []byte) []byte {
	b = append(b, '{')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.Alias...), `":`...) // aliases are names: nothing to escape
		b = value(b, i)
	}
	return append(b, '}')
}

// AppendList appends a list of n values.
func AppendList(b []byte, n int, value func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = value(b, i)
	}
	return append(b, ']')
}

// AppendObjects appends a list of n objects of a type, whose fields are texts, numbers
// and what else encodes always; value says what a field of the i-th is.
func AppendObjects(b []byte, typ string, fields []graphql.CollectedField, n int, value func(i int, f graphql.CollectedField) any) []byte {
	return AppendList(b, n, func(b []byte, i int) []byte {
		return AppendObject(b, fields, func(b []byte, j int) []byte {
			if fields[j].Name == "__typename" {
				return append(b, Constant(typ)...)
			}
			text, _ := json.Marshal(value(i, fields[j]))
			return append(b, text...)
		})
	})
}
