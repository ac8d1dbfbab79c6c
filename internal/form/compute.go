package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// Limits of what an expression may come to with all computed fields in it. They
// bound the SQL of one value, and with it the digits of a product.
const (
	maxWeight = 2_000 // nodes
	maxNested = 16    // computed fields within computed fields
)

// compiler compiles the expressions of a catalog: each computed field after the
// ones it uses. It belongs to one catalog and is done with when that is.
type compiler struct {
	cat   *Catalog
	state map[*Field]int // computing or done; absent: not begun
	path  []*Field       // being computed, outermost first
	cycle string         // the cycle that was met, in words
}

const (
	computing = iota + 1
	done
)

// record and column are a form and a field as expressions see them.
type (
	record struct {
		form *Form
		k    *compiler
	}
	column struct {
		field *Field
		k     *compiler
	}
)

// FieldOf returns the field that an expression speaks of.
func FieldOf(x expr.Field) *Field { return x.(column).field }

// FormOf returns the form that an expression speaks of.
func FormOf(r expr.Record) *Form { return r.(record).form }

func (r record) Key() string { return r.form.Key }

// Field finds a usable field that expressions can speak of.
func (r record) Field(key string) expr.Field {
	x := r.form.Field(key)
	if x == nil || !r.k.ready(x) {
		return nil
	}
	if _, ok := typeOf(x); !ok && !x.IsMany() {
		return nil
	}
	return column{x, r.k}
}

// Keys is for hints.
func (r record) Keys() []string {
	var out []string
	for _, x := range append(r.form.System[:len(r.form.System):len(r.form.System)], r.form.Fields...) {
		if r.form.Field(x.Key) == x {
			out = append(out, x.Key)
		}
	}
	return out
}

func (c column) Key() string { return c.field.Key }

func (c column) Type() expr.Type {
	t, _ := typeOf(c.field)
	return t
}

func (c column) Options() []string {
	if !c.field.IsChoice() {
		return nil
	}
	out := make([]string, len(c.field.Settings.Options))
	for i, o := range c.field.Settings.Options {
		out[i] = o.Key
	}
	return out
}

func (c column) Record() expr.Record {
	if c.field.Target == nil {
		return nil
	}
	return record{c.field.Target, c.k}
}

func (c column) Many() bool { return c.field.IsMany() }

// typeOf is what a field's values are in expressions; ok is false for those that
// expressions cannot speak of.
func typeOf(x *Field) (t expr.Type, ok bool) {
	if x.Value == nil {
		return 0, false
	}
	switch x.Value.Name() {
	case "INTEGER", "RATING", "PROGRESS":
		return expr.Integer, true
	case "DECIMAL", "MONEY", "PERCENT":
		return expr.Number, true
	case "BOOLEAN":
		return expr.Boolean, true
	case "DATE":
		return expr.Date, true
	case "DATETIME":
		return expr.DateTime, true
	case "DURATION":
		return expr.Duration, true
	case "CHOICE":
		return expr.Option, true
	case "MULTI_CHOICE":
		return expr.Options, true
	case "REFERENCE", "MEMBER", "TEAM":
		return expr.Reference, true
	}
	return expr.Text, x.Value.Column() == "text"
}

// ready computes a field if need be. It is false for fields that are part of
// the cycle being met, and for broken ones.
func (k *compiler) ready(x *Field) bool {
	if !kind.IsComputed(x.Kind) || x.System {
		return true
	}
	switch k.state[x] {
	case done:
		return x.Broken == ""
	case computing:
		var names []string
		for _, p := range append(k.path[slices.Index(k.path, x):], x) {
			names = append(names, p.Form.Key+"."+p.Key)
		}
		if k.cycle == "" { // the first met is the one; hints for a field that is missing may meet others
			k.cycle = strings.Join(names, " needs ")
		}
		return false
	}
	if err := k.compute(x); err != nil && x.Broken == "" {
		x.Broken = err.Error()
	}
	return x.Broken == ""
}

// compute compiles a computed field and finds the kind of its values.
func (k *compiler) compute(x *Field) error {
	k.state[x] = computing
	k.path = append(k.path, x)
	defer func() {
		k.state[x] = done
		k.path = k.path[:len(k.path)-1]
	}()
	text, at := x.computedText()
	e, err := k.check(text, k.scope(x.Form))
	if err != nil {
		return moved(err, at)
	}
	x.Expr = e
	x.weight = expr.Size(e.Root)
	expr.Uses(e.Root, func(u expr.Field) {
		y := FieldOf(u)
		x.weight += y.weight
		x.depth = max(x.depth, y.depth+1)
	})
	if x.weight > maxWeight || x.depth > maxNested {
		return fmt.Errorf("it is too large with the computed fields it uses: at most %d parts and %d levels", maxWeight, maxNested)
	}
	return x.setValue()
}

func (k *compiler) scope(f *Form) expr.Scope {
	return expr.Scope{This: record{f, k}, Form: func(key string) expr.Record {
		if g := k.cat.Form(key); g != nil && g.ArchivedAt == nil {
			return record{g, k}
		}
		return nil
	}}
}

// check parses and checks; a cycle that was met on the way explains any fault.
func (k *compiler) check(text string, s expr.Scope) (*expr.Expr, error) {
	k.cycle = ""
	e, err := expr.Check(text, s)
	if k.cycle != "" {
		return nil, fmt.Errorf("it needs its own value: %s", k.cycle)
	}
	return e, err
}

// computedText is the expression of a computed field, and where in it the part
// begins that a client wrote.
func (f *Field) computedText() (text string, at int) {
	s := f.Settings
	switch f.Kind.Name() {
	case "LOOKUP":
		return name(s.Via) + "." + name(s.Field), 0
	case "ROLLUP":
		text = strings.ToLower(s.Function) + "(" + name(s.Via)
		if s.Function != "COUNT" {
			text += ": " + name(s.Field)
		}
		if s.Where != "" {
			text += " where ("
			at = len(text)
			text += s.Where + ")"
		}
		return text + ")", at
	}
	return s.Expression, 0
}

func name(key string) string { return "`" + strings.ReplaceAll(key, "`", "") + "`" }

// moved counts the places of faults from where the client's text begins.
func moved(err error, at int) error {
	if list, ok := errors.AsType[expr.Errors](err); ok && at > 0 {
		for _, e := range list {
			e.Pos, e.Column = max(e.Pos-at, 0), max(e.Column-at, 1)
		}
	}
	return err
}

var valueKinds = map[expr.Type]kind.Kind{expr.Text: kind.Text{}, expr.Integer: kind.Integer{}, expr.Number: kind.Decimal{}, expr.Boolean: kind.Boolean{},
	expr.Date: kind.Date{}, expr.DateTime: kind.DateTime{}, expr.Duration: kind.Duration{}, expr.Option: kind.Text{}, expr.Reference: kind.Reference{}}

// setValue finds the kind of a computed field's values. What is but a field of
// another record is of that field's kind, with its options.
func (f *Field) setValue() error {
	if ref, ok := f.Expr.Root.(expr.Ref); ok {
		src := FieldOf(ref.Field)
		f.Value, f.Target = src.Value, src.Target
		f.Options, f.Settings.Options = src.Options, src.Settings.Options
		f.Settings.Currency = src.Settings.Currency
		if src.IsID() {
			f.Value = kind.Reference{}
		}
	} else {
		f.Value = valueKinds[f.Expr.Type]
		if f.Expr.Type == expr.Reference {
			f.Target = FormOf(f.Expr.Record)
		}
	}
	if f.Value == nil {
		return fmt.Errorf("a field cannot hold a value of type %s", f.Expr.Type)
	}
	if f.Target != nil {
		f.Settings.To = f.Target.Key
	}
	return nil
}

// compileAll compiles every expression of the catalog. What does not compile
// breaks its field or rule alone.
func (c *Catalog) compileAll() {
	k := &compiler{cat: c, state: map[*Field]int{}}
	c.compiler = k
	c.uses = sync.OnceValue(c.findUses)
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			if x.Usable() {
				k.ready(x)
			}
		}
	}
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			if !x.Usable() {
				continue
			}
			if path, err := k.conditions(x); err != nil {
				x.Broken = path + ": " + err.Error()
			}
		}
		for _, x := range f.Fields { // archived ones can still be read, as long as they make sense
			if x.ArchivedAt != nil && x.Broken == "" && kind.IsComputed(x.Kind) && k.compute(x) != nil {
				x.Expr, x.Value, x.Target = nil, nil, nil
			}
		}
		f.index() // without what proved broken
	}
	c.compileAggregates()
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if err := k.rule(r); err != nil {
				r.Broken = err.Error()
			}
		}
	}
	c.settle()
}

// conditions compiles what settings say of a field by expressions; path names
// the setting that does not make sense.
func (k *compiler) conditions(x *Field) (path string, err error) {
	s := &x.Settings
	for _, c := range []struct {
		path, text string
		into       **expr.Expr
	}{{"shownWhen", s.ShownWhen, &x.ShownWhen}, {"requiredWhen", s.RequiredWhen, &x.RequiredWhen}, {"readOnlyWhen", s.ReadOnlyWhen, &x.ReadOnlyWhen}} {
		if *c.into, err = k.condition(c.text, k.scope(x.Form)); err != nil {
			return c.path, err
		}
	}
	if s.Pick != "" && x.Target != nil {
		scope := k.scope(x.Target)
		scope.Outer = record{x.Form, k}
		if x.Pick, err = k.condition(s.Pick, scope); err != nil {
			return "pick", err
		}
	}
	if s.DefaultExpression == "" {
		return "", nil
	}
	if x.DefaultExpr, err = k.check(s.DefaultExpression, k.scope(x.Form)); err != nil {
		return "defaultExpression", err
	}
	return "defaultExpression", x.DefaultExpr.Fit(column{x, k})
}

// condition compiles an expression that holds or does not; nil for none.
func (k *compiler) condition(text string, s expr.Scope) (*expr.Expr, error) {
	if text == "" {
		return nil, nil
	}
	e, err := k.check(text, s)
	if err != nil {
		return nil, err
	}
	return e, e.Want(expr.Boolean)
}

func (k *compiler) rule(r *Rule) (err error) {
	r.Fields = nil
	for _, key := range r.FieldKeys {
		x := r.Form.Field(key)
		if x == nil || x.System {
			return fmt.Errorf("form %s has no field %q", r.Form.Key, fault.Clip(key))
		}
		r.Fields = append(r.Fields, x)
	}
	if r.Kind != CheckRule {
		return nil
	}
	r.Expr, err = k.condition(r.Expression, k.savedScope(r.Form))
	if err == nil {
		r.Aggregate = k.aggregates(r.Expr)
	}
	return err
}

// aggregates says whether an expression looks at other records of a list, in
// itself or by a computed field.
func (k *compiler) aggregates(e *expr.Expr) bool {
	found := expr.HasAggregate(e.Root)
	expr.Uses(e.Root, func(u expr.Field) {
		if x := FieldOf(u); x.Expr != nil && !found {
			found = k.aggregates(x.Expr)
		}
	})
	return found
}
