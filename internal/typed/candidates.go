package typed

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
)

// candidates prepares a page of the records that a reference may lead to, given
// the record that is being filled in.
func candidates(x *exec, c graphql.CollectedField) (prepared, error) {
	a := arguments(c.Field, x.op.Variables)
	f, err := x.formArg(a["form"], "form")
	if err != nil {
		return prepared{}, err
	}
	ref := f.Field(a.text("field"))
	if ref == nil || ref.System || ref.Target == nil || !ref.IsReference() && !ref.IsLinks() {
		return prepared{}, fault.New(fault.Invalid, "form %s has no reference %q", f.Key, fault.Clip(a.text("field"))).At("field")
	}
	values, ok := a["values"].(map[string]any)
	if !ok && a["values"] != nil {
		return prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("values")
	}
	id, err := x.numberArg(f, a["id"])
	if err != nil {
		return prepared{}, err
	}
	only, err := record.Pickable(ref, values, id)
	if err != nil {
		return prepared{}, fault.Below(err, "values")
	}
	s := x.selector(1)
	l := s.query(ref.Target, c, query.Generic, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	switch {
	case only == nil:
	case l.Filter == nil:
		l.Filter = only
	default:
		l.Filter = query.And{only, l.Filter}
	}
	return x.page(s, l, c)
}

// numberArg is the number of the record of a form that the argument id names, 0
// when it was left out.
func (x *exec) numberArg(f *form.Form, v any) (int64, error) {
	text, given := v.(string)
	if !given {
		return 0, nil
	}
	of, n, ok := x.s.Catalog.Locate(text)
	if !ok || of != f {
		return 0, record.NotFound().At("id")
	}
	return n, nil
}
