// Package customer answers the root fields of the product that write or show records of
// customers: the division table, suggested assignees, reviews and contacts. An
// organisation without customers has none of the first two.
//
// Packages division, suggestion and followup know what they are about; here their
// arguments are read, and what they made is written as it is selected: values that come by
// the thousand by package plain, others by generated code, records through the read path.
package customer

import (
	"fieldwork/internal/form"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// Add adds the root fields of a catalog.
func Add(roots shaped.Roots, cat *form.Catalog) {
	roots["Mutation.holdReview"] = holdReview
	roots["Mutation.logContact"] = logContact
	roots["Mutation.applySuggestions"] = applySuggestions
	f := cat.Customers()
	if f == nil {
		return
	}
	roots["Query."+sdl.DivisionRoot] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return table(x, f, c)
	}
	roots["Query."+sdl.SuggestionsRoot] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return suggestions(x, f, c)
	}
}
