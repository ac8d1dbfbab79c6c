// Package write answers the root fields of Mutation that write records of any form: one,
// many, and merges, in the typed face and in the generic one; and what is common to all
// mutations of records: the Payload, which reads back what was written through the read
// path, and idempotency keys.
//
// Everything that can be refused is refused before the first of an operation writes. What
// a write does, package record knows.
package write

import (
	"maps"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// Add adds the root fields of a catalog.
func Add(roots shaped.Roots, cat *form.Catalog) {
	for _, f := range cat.Active() {
		addForm(roots, f)
	}
	roots["Mutation.createRecord"] = createRecord
	roots["Mutation.updateRecord"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return update(x, nil, query.Generic, "record", c)
	}
	roots["Mutation.archiveRecord"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return archive(x, nil, true, "record", c)
	}
	roots["Mutation.restoreRecord"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return archive(x, nil, false, "record", c)
	}
	roots["Mutation.deleteRecord"] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return remove(x, nil, c)
	}
	for verb := range actions {
		roots["Mutation."+verb+"Records"] = bulkRoot(nil, verb)
	}
	roots["Mutation.undeleteRecord"] = undelete
	roots["Mutation.purgeRecord"] = purge
	roots["Mutation.mergeRecords"] = merge
}

// addForm adds those of one form.
func addForm(roots shaped.Roots, f *form.Form) {
	roots["Mutation.create"+f.Type] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		in := x.Arguments(c).Input()
		values := in
		if _, given := in["idempotencyKey"]; given {
			values = maps.Clone(in)
			delete(values, "idempotencyKey")
		}
		return create(x, f, in, values, query.Typed, nil, f.One, c)
	}
	roots["Mutation.update"+f.Type] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return update(x, f, query.Typed, f.One, c)
	}
	roots["Mutation.archive"+f.Type] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return archive(x, f, true, f.One, c)
	}
	roots["Mutation.restore"+f.Type] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return archive(x, f, false, f.One, c)
	}
	roots["Mutation.delete"+f.Type] = func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		return remove(x, f, c)
	}
	for verb := range actions {
		roots["Mutation."+verb+f.Types()] = bulkRoot(f, verb)
	}
}

func createRecord(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	f, err := x.FormArg(in["form"], "input", "form")
	if err != nil {
		return shaped.Prepared{}, err
	}
	values, ok := in["values"].(map[string]any)
	if !ok {
		return shaped.Prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "values")
	}
	return create(x, f, in, values, query.Generic, []any{"values"}, "record", c)
}
