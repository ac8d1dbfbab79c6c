package form

import (
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
