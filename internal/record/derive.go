package record

import (
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query/sqlgen"
)

// derived are the columns that PostgreSQL fills: by default expressions, copies
// of what a chosen record holds, and next numbers.
func (w *writer) derived(v Values) []sqlgen.Derived {
	var out []sqlgen.Derived
	has := map[*form.Field]bool{}
	for _, x := range v.Form.Own() {
		if value, ok := v.value(x); !ok || len(x.Settings.Fill) == 0 || !x.IsReference() || v.Create && value == nil {
			continue
		}
		for _, fill := range x.Settings.Fill {
			to, from := v.Form.Field(fill.To), x.Target.Field(fill.From)
			if to == nil || from == nil || has[to] || v.given[to] {
				continue
			}
			has[to] = true
			out = append(out, sqlgen.Derived{Field: to, Fill: x, From: from})
		}
	}
	if !v.Create {
		return out
	}
	for _, x := range v.Form.Own() {
		if _, assigned := v.value(x); assigned || has[x] || v.given[x] {
			continue
		}
		if x.Kind.Name() == "AUTO_NUMBER" {
			if n := w.number(x); n != nil {
				out = append(out, sqlgen.Derived{Field: x, Number: n})
			}
		} else if x.DefaultExpr != nil && x.Stored() {
			out = append(out, sqlgen.Derived{Field: x})
		}
	}
	return out
}

// number is how the next number of an AUTO_NUMBER field is made at this moment.
func (w *writer) number(x *form.Field) *sqlgen.Number {
	p, err := kind.ParseNumberPattern(x.Settings.Pattern, x.Settings.Restart)
	if err != nil {
		return nil // checked when the field was defined
	}
	at := w.Now.In(x.Form.Catalog.Zone)
	return &sqlgen.Number{Period: p.Period(at), Prefix: p.Prefix(at), Suffix: p.Suffix(at), Width: p.Width()}
}
