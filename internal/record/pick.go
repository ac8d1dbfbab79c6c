package record

import (
	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Pickable is the filter of the records that a reference may lead to from a record
// with these values by field key, which with a number above 0 stand in place of
// that record's own. Only the fields that the picker looks at are read, since the
// rest of a form may still be wrong; they take their defaults in a new record. nil
// where the reference leads anywhere. Faults: INVALID with the path of the value.
func Pickable(ref *form.Field, raw map[string]any, id int64) (query.Filter, error) {
	if ref.Pick == nil {
		return nil, nil
	}
	f := ref.Form
	p := query.Pickable{Ref: ref, ID: id, Given: map[*form.Field]any{}}
	var bad fault.List
	for key := range raw {
		if x := f.Field(key); x == nil || x.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %s has no field %q", f.Key, fault.Clip(key)), key)
		}
	}
	for _, x := range looksAt(ref.Pick, f, map[*form.Field]bool{}) {
		value, given := raw[x.Key]
		var err error
		switch {
		case given:
			value, err = x.Kind.Parse(value, &x.Settings)
		case id == 0 && x.Default != nil:
			value, err = x.DefaultValue()
		default:
			continue
		}
		if err = bad.Add(err, x.Key); err != nil {
			return nil, err
		}
		p.Given[x] = value
	}
	return p, bad.Err()
}

// looksAt lists the stored fields of f that an expression needs, through computed
// fields too.
func looksAt(e *expr.Expr, f *form.Form, seen map[*form.Field]bool) (out []*form.Field) {
	for _, x := range form.Outer(e) {
		if seen[x] {
			continue
		}
		seen[x] = true
		if x.Form == f && x.Stored() && !x.System {
			out = append(out, x)
		}
		if x.Expr != nil {
			out = append(out, looksAt(x.Expr, f, seen)...)
		}
	}
	return out
}
