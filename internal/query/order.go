package query

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// ParseOrder checks an order: a list of {field, direction, nulls}. Empty fields
// come last unless nulls says FIRST. Every fault in it comes at once, each
// INVALID or TOO_COSTLY with its path.
func ParseOrder(f *form.Form, raw any, face Face) ([]Order, error) {
	if raw == nil {
		return nil, nil
	}
	items, ok := raw.([]any)
	if !ok {
		items = []any{raw}
	}
	if len(items) > MaxOrder {
		return nil, fault.New(fault.TooCostly, "an order has at most %d keys", MaxOrder)
	}
	var (
		out []Order
		bad fault.List
	)
	for i, item := range items {
		o, err := parseOrder(f, item, face)
		if err = bad.Add(err, i); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func parseOrder(f *form.Form, raw any, face Face) (Order, error) {
	m, ok := raw.(map[string]any)
	if !ok {
		return Order{}, fault.New(fault.Invalid, "expected an object with field, direction and nulls")
	}
	var (
		o   Order
		bad fault.List
	)
	fail := func(at, format string, args ...any) {
		bad = append(bad, fault.New(fault.Invalid, format, args...).At(at))
	}
	if m["field"] == nil {
		fail("field", "an order needs a field")
	}
	for _, name := range sortedKeys(m) {
		v, _ := m[name].(string)
		switch {
		case name != "field" && name != "direction" && name != "nulls":
			fail(name, "an order has no part %q", fault.Clip(name))
		case m[name] == nil: // null is "not said"
		case name == "field":
			if o.Field = orderField(f, v, face); o.Field == nil {
				fail(name, "form %s has no field %q to order by", f.Key, fault.Clip(v))
			}
		case name == "direction":
			if o.Desc = v == "DESC"; !o.Desc && v != "ASC" {
				fail(name, "expected ASC or DESC")
			}
		case name == "nulls":
			if o.NullsFirst = v == "FIRST"; !o.NullsFirst && v != "LAST" {
				fail(name, "expected FIRST or LAST")
			}
		}
		if len(bad) >= maxFaults {
			break
		}
	}
	return o, bad.Err()
}

// orderField finds a field that can be ordered by: one with a column. The typed
// face names it by its value in the enum of order fields.
func orderField(f *form.Form, name string, face Face) *form.Field {
	for _, x := range Orderable(f) {
		if face == Typed && OrderName(x) == name || face == Generic && x.Key == name {
			return x
		}
	}
	return nil
}

// Orderable lists the fields that records of a form can be ordered by: those
// with one value that has an order.
func Orderable(f *form.Form) []*form.Field {
	var out []*form.Field
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
		if x.HasValue() && !x.HasLinkTable() && x.SQLType() != "jsonb" && x.SQLType() != "text[]" {
			out = append(out, x)
		}
	}
	return out
}
