package form

import (
	"slices"
	"time"

	"fieldwork/internal/expr"
)

// Use is one place in which a field is used.
type Use struct {
	Kind   UseKind
	Form   string // of what uses it; "" for an operation
	Field  string // that uses it; "" for rules, saved aggregates, titles and operations
	Name   string // of the rule, the saved aggregate, the setting, or the operation and its client
	Client string
	LastAt *time.Time // of an operation
}

// UseKind says what uses a field.
type UseKind string

// What uses fields.
const (
	UseFormula   UseKind = "FORMULA"
	UseLookup    UseKind = "LOOKUP"
	UseRollup    UseKind = "ROLLUP"
	UseRule      UseKind = "RULE"
	UseCondition UseKind = "CONDITION"
	UseDefault   UseKind = "DEFAULT"
	UsePick      UseKind = "PICK"
	UseFill      UseKind = "FILL"
	UseOptions   UseKind = "OPTIONS"
	UseTitle     UseKind = "TITLE"
	UseOrder     UseKind = "ORDER"
	UseChildren  UseKind = "CHILDREN"
	UseAggregate UseKind = "AGGREGATE"
	UseOperation UseKind = "OPERATION"
	UseView      UseKind = "VIEW"   // found by package view
	UseReport    UseKind = "REPORT" // found by package report
)

// Uses lists the definitions that use the field themselves, not through others,
// in the order of forms and fields.
func (f *Field) Uses() []Use { return f.Form.Catalog.uses()[f] }

// findUses goes over all definitions once.
func (c *Catalog) findUses() map[*Field][]Use {
	out := map[*Field][]Use{}
	for _, g := range c.Forms {
		if g.Title != nil {
			out[g.Title] = append(out[g.Title], Use{Kind: UseTitle, Form: g.Key})
		}
		for _, y := range g.Fields {
			y.addUses(out)
		}
		for _, r := range g.Rules {
			used := mentioned(r.Expr)
			for _, key := range r.FieldKeys {
				if x := g.AnyField(key); x != nil && !slices.Contains(used, x) {
					used = append(used, x)
				}
			}
			for _, x := range used {
				out[x] = append(out[x], Use{Kind: UseRule, Form: g.Key, Name: r.Key})
			}
		}
		for _, a := range g.Aggregates {
			for _, x := range a.Used() {
				out[x] = append(out[x], Use{Kind: UseAggregate, Form: g.Key, Name: a.Key})
			}
		}
	}
	return out
}

// addUses adds what y uses.
func (y *Field) addUses(out map[*Field][]Use) {
	use := func(x *Field, kind UseKind, name string) {
		if x != nil && x != y {
			out[x] = append(out[x], Use{Kind: kind, Form: y.Form.Key, Field: y.Key, Name: name})
		}
	}
	use(y.Via, UseChildren, "")
	for _, c := range []struct {
		kind UseKind
		name string
		e    *expr.Expr
	}{{UseKind(y.KindName()), "", y.Expr}, {UseCondition, "shownWhen", y.ShownWhen}, {UseCondition, "requiredWhen", y.RequiredWhen},
		{UseCondition, "readOnlyWhen", y.ReadOnlyWhen}, {UseDefault, "defaultExpression", y.DefaultExpr}, {UsePick, "pick", y.Pick}} {
		for _, x := range mentioned(c.e) {
			use(x, c.kind, c.name)
		}
	}
	s := y.Settings
	if s.DependsOn != "" {
		use(y.Form.AnyField(s.DependsOn), UseOptions, "dependsOn")
	}
	if s.OrderBy != "" && y.Target != nil {
		use(y.Target.AnyField(s.OrderBy), UseOrder, "orderBy")
	}
	for _, p := range s.Fill {
		use(y.Form.AnyField(p.To), UseFill, "fill")
		if y.Target != nil {
			use(y.Target.AnyField(p.From), UseFill, "fill")
		}
	}
}

// mentioned lists the fields that an expression speaks of, each once.
func mentioned(e *expr.Expr) []*Field {
	var out []*Field
	if e != nil {
		expr.Uses(e.Root, func(u expr.Field) {
			if x := FieldOf(u); !slices.Contains(out, x) {
				out = append(out, x)
			}
		})
	}
	return out
}
