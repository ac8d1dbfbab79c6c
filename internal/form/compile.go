package form

import (
	"errors"

	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// Compile compiles the text of a formula as if form f had a field of it, which
// can then be read like any other and is part of no definition. A fault is
// INVALID with the place of the mistake. It may be called at any time.
func (c *Catalog) Compile(f *Form, text string) (*Field, error) {
	k := &compiler{cat: c, state: map[*Field]int{}}
	for _, g := range c.Forms {
		for _, x := range g.Fields {
			k.state[x] = done // by compileAll; nothing of the catalog is written again
		}
	}
	x := &Field{Form: f, Key: "formula", Name: "formula", Kind: kind.Formula{}, Settings: kind.Settings{Expression: text}}
	if err := k.compute(x); err != nil {
		return nil, expressionFault(err)
	}
	return x, nil
}

// CompileField compiles the expressions of a field that is being made or changed, as
// if the catalog had it already. A fault is INVALID, at the setting that is to blame,
// with the place of the mistake.
func (c *Catalog) CompileField(x *Field) error {
	k := &compiler{cat: c, state: map[*Field]int{}}
	old := x.Form.byKey[x.Key]
	x.Form.byKey[x.Key] = x
	defer func() {
		if delete(x.Form.byKey, x.Key); old != nil {
			x.Form.byKey[x.Key] = old
		}
	}()
	if kind.IsComputed(x.Kind) {
		x.Expr, x.weight, x.depth = nil, 0, 0
		if err := k.compute(x); err != nil {
			return expressionFault(err).At(x.wrongSetting())
		}
	}
	if path, err := k.conditions(x); err != nil {
		return expressionFault(err).At(path)
	}
	return nil
}

// CompileRule compiles the expression of a CHECK that is being made or changed. A
// fault is INVALID, with the place of the mistake.
func (c *Catalog) CompileRule(r *Rule) (err error) {
	if r.Expr, err = c.compiler.condition(r.Expression, c.compiler.savedScope(r.Form)); err != nil {
		return expressionFault(err)
	}
	if weightOf(r.Expr) > maxWeight {
		return fault.New(fault.Invalid, "it is too large with the computed fields it uses: at most %d parts", maxWeight)
	}
	return nil
}

// expressionFault is INVALID with the place of the first mistake, and all of
// them in details.
func expressionFault(err error) *fault.Fault {
	list, ok := errors.AsType[expr.Errors](err)
	if one, is := errors.AsType[*expr.Error](err); !ok && is {
		list = expr.Errors{one}
	}
	if len(list) == 0 {
		return fault.New(fault.Invalid, "%s", err.Error())
	}
	all := make([]map[string]any, len(list))
	for i, e := range list {
		all[i] = map[string]any{"line": e.Line, "column": e.Column, "message": e.Message}
	}
	return fault.New(fault.Invalid, "%s", list[0].Message).With("line", list[0].Line).With("column", list[0].Column).With("errors", all)
}

// Weight is how many parts the SQL of the field's value has: those of its
// expression and of all computed fields in it. Other fields weigh nothing.
func (f *Field) Weight() int { return f.weight }

// wrongSetting is the setting that is to blame when a computed field does not
// compile.
func (f *Field) wrongSetting() string {
	if f.Kind.Name() == "FORMULA" {
		return "expression"
	}
	via := f.Form.Field(f.Settings.Via)
	switch {
	case via == nil || via.Target == nil || via.IsMany() != (f.Kind.Name() == "ROLLUP"):
		return "via"
	case f.Settings.Where == "" || f.Settings.Function != "COUNT" && via.Target.Field(f.Settings.Field) == nil:
		return "field"
	}
	return "where"
}
