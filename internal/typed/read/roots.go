// Package read answers the root fields of Query that are of records: one, lists, searches,
// aggregations, likely duplicates, boards, changes and histories, of forms in the typed
// face and of any form in the generic one.
//
// Each is prepared from its arguments and selection (package shaped) before any is run:
// what is wrong and what it costs is known before the database is asked. How records are
// read package plan knows, which are likely the same package record.
package read

import (
	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// Add adds the root fields of a catalog.
func Add(roots shaped.Roots, cat *form.Catalog) {
	for _, f := range cat.Active() {
		addForm(roots, f)
	}
	roots["Query.node"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return get(x, x.Arguments(c).Text("id"), c)
	}
	roots["Query.record"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return getAt(x, x.Arguments(c).Text("id"), c)
	}
	roots["Query.records"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		f, err := x.FormArg(x.Arguments(c)["form"], "form")
		if err != nil {
			return shaped.Prepared{}, err
		}
		return list(x, f, c, query.Generic)
	}
	roots["Query.aggregate"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		f, err := x.FormArg(x.Arguments(c)["form"], "form")
		if err != nil {
			return shaped.Prepared{}, err
		}
		return aggregate(x, f, c, query.Generic)
	}
	roots["Query.search"] = search
	roots["Query.savedAggregate"] = savedAggregate
	roots["Query.candidates"] = candidates
	roots["Query.duplicates"] = duplicates
	roots["Query.viewCounts"] = viewCounts
	roots["Query.changes"] = changes
	roots["Query.recordHistory"] = recordHistory
	roots["Query.deletedRecords"] = deletedRecords
}

// addForm adds those of one form.
func addForm(roots shaped.Roots, f *form.Form) {
	roots["Query."+f.One] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		id := x.Arguments(c).Text("id")
		if of, _, ok := x.Catalog.Locate(id); !ok || of != f {
			return shaped.Prepared{}, record.NotFound().At("id")
		}
		return getAt(x, id, c)
	}
	roots["Query."+f.Many] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return list(x, f, c, query.Typed)
	}
	roots["Query."+f.Many+sdl.AggregateSuffix] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return aggregate(x, f, c, query.Typed)
	}
}
