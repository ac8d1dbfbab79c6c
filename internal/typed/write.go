package typed

import (
	"encoding/json"

	"fieldwork/internal/plan"

	"github.com/99designs/gqlgen/graphql"
)

// constant is a text as JSON.
func constant(text string) plan.Constant {
	b, _ := json.Marshal(text) // a string always encodes
	return plan.Constant(b)
}

// appendObject appends an object with the fields that are selected of it; value
// appends what the i-th is.
func appendObject(b []byte, fields []graphql.CollectedField, value func(b []byte, i int) []byte) []byte {
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

// appendList appends a list of n values.
func appendList(b []byte, n int, value func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = value(b, i)
	}
	return append(b, ']')
}

// appendObjects appends a list of n objects of a type, whose fields are texts, numbers
// and what else encodes always; value says what a field of the i-th is.
func appendObjects(b []byte, typ string, fields []graphql.CollectedField, n int, value func(i int, f graphql.CollectedField) any) []byte {
	return appendList(b, n, func(b []byte, i int) []byte {
		return appendObject(b, fields, func(b []byte, j int) []byte {
			if fields[j].Name == "__typename" {
				return append(b, constant(typ)...)
			}
			text, _ := json.Marshal(value(i, fields[j]))
			return append(b, text...)
		})
	})
}
