package query

import (
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// ParseOrder checks an order: a list of {field, direction, nulls, collation}. The
// field is one of the record, or of a record that references lead to: by a path of
// field keys, "customer.tier", in the generic face, and by {of: {customer: {field:
// TIER, ...}}} in the typed one. Empty fields come last unless nulls says FIRST.
// Every fault in it comes at once, each INVALID or TOO_COSTLY with its path.
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
	p := &parser{face: face}
	o, at := p.orderOf(f, raw)
	m, ok := at.raw.(map[string]any)
	if !ok {
		if len(p.bad) == 0 {
			p.fail(at.path, "expected an object with field, direction and nulls")
		}
		return Order{}, p.bad.Err()
	}
	if m["field"] == nil {
		p.fail(step(at.path, "field"), "an order needs a field")
	}
	for _, name := range sortedKeys(m) {
		v, _ := m[name].(string)
		path := step(at.path, name)
		switch {
		case name != "field" && name != "direction" && name != "nulls" && name != "collation" && !(name == "of" && face == Typed):
			p.fail(path, "an order has no part %q", fault.Clip(name))
		case m[name] == nil: // null is "not said"
		case name == "of":
			p.fail(path, "an order is by a field of the record or of another one, not both")
		case name == "field":
			p.orderField(&o, at.form, v, path)
		case name == "direction":
			if o.Desc = v == "DESC"; !o.Desc && v != "ASC" {
				p.fail(path, "expected ASC or DESC")
			}
		case name == "nulls":
			if o.NullsFirst = v == "FIRST"; !o.NullsFirst && v != "LAST" {
				p.fail(path, "expected FIRST or LAST")
			}
		case name == "collation":
			if o.Pinyin = v == "PINYIN"; !o.Pinyin {
				p.fail(path, "expected PINYIN")
			}
		}
	}
	if o.Pinyin && o.Field != nil && (o.Field.SQLType() != "text" || o.Field.IsChoice()) {
		p.fail(step(at.path, "collation"), "%s is no text: only those are ordered by pinyin", face.name(o.Field))
	}
	return o, p.bad.Err()
}

// orderPlace is where in an order's key the key itself stands, and the form that
// its field is of.
type orderPlace struct {
	form *form.Form
	raw  any
	path []any
}

// orderOf walks the references of the typed face.
func (p *parser) orderOf(f *form.Form, raw any) (Order, orderPlace) {
	var o Order
	at := orderPlace{f, raw, nil}
	for p.face == Typed {
		m, ok := at.raw.(map[string]any)
		if !ok || m["of"] == nil {
			break
		}
		for _, name := range sortedKeys(m) {
			if name != "of" && m[name] != nil {
				p.fail(step(at.path, name), "belongs to the order inside of")
				return o, orderPlace{}
			}
		}
		path := step(at.path, "of")
		of, ok := m["of"].(map[string]any)
		if !ok || len(of) != 1 {
			p.fail(path, "expected an object of one reference with an order of the record behind it")
			return o, orderPlace{}
		}
		for name, inner := range of {
			x := at.form.Named(name)
			if !p.step(at.form, x, name, step(path, name), len(o.Path)) {
				return o, orderPlace{}
			}
			o.Path, at = append(o.Path, x), orderPlace{x.Target, inner, step(path, name)}
		}
	}
	return o, at
}

// orderField finds a field that can be ordered by: one with a value. The typed
// face names it by its value in the enum of order fields, the generic one by its
// key or a path of keys.
func (p *parser) orderField(o *Order, f *form.Form, name string, at []any) {
	if p.face == Generic {
		keys := strings.Split(name, ".")
		if o.Path, f = p.walk(f, keys[:len(keys)-1], at); f == nil {
			return
		}
		name = keys[len(keys)-1]
	}
	if o.Field = p.named(Orderable(f), name); o.Field == nil {
		p.fail(at, "form %s has no field %q to order by", f.Key, fault.Clip(name))
	}
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
