package read

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// candidates prepares a page of the records that a reference may lead to, given
// the record that is being filled in.
func candidates(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	f, err := x.FormArg(a["form"], "form")
	if err != nil {
		return shaped.Prepared{}, err
	}
	ref := f.Field(a.Text("field"))
	if ref == nil || ref.System || ref.Target == nil || !ref.IsReference() && !ref.IsLinks() {
		return shaped.Prepared{}, fault.New(fault.Invalid, "form %s has no reference %q", f.Key, fault.Clip(a.Text("field"))).At("field")
	}
	values, ok := a["values"].(map[string]any)
	if !ok && a["values"] != nil {
		return shaped.Prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("values")
	}
	id, err := numberArg(x, f, a["id"])
	if err != nil {
		return shaped.Prepared{}, err
	}
	only, err := record.Pickable(ref, values, id)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "values")
	}
	s := x.Selector(1)
	l := s.Query(ref.Target, c, query.Generic, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	switch {
	case only == nil:
	case l.Filter == nil:
		l.Filter = only
	default:
		l.Filter = query.And{only, l.Filter}
	}
	return page(x, s, l, c)
}

// numberArg is the number of the record of a form that the argument id names, 0
// when it was left out.
func numberArg(x *shaped.Operation, f *form.Form, v any) (int64, error) {
	text, given := v.(string)
	if !given {
		return 0, nil
	}
	of, n, ok := x.Catalog.Locate(text)
	if !ok || of != f {
		return 0, record.NotFound().At("id")
	}
	return n, nil
}
