package expr

import (
	"slices"

	"fieldwork/internal/fault"
)

// outward is the level of `this` and its record.
func (c *checker) outward() (int, Record) {
	if c.scope.Outer != nil {
		return len(c.levels), c.scope.Outer
	}
	return len(c.levels) - 1, c.levels[0]
}

// start is the level and record that a path starts from.
func (c *checker) start(p path) (int, Record) {
	if p.root == "this" {
		return c.outward()
	}
	return 0, c.levels[len(c.levels)-1]
}

// ref checks a path that must lead to one value.
func (c *checker) ref(p path) Node {
	level, rec := c.start(p)
	switch {
	case p.root == "forms":
		return c.fail(p.pos, "forms can only be gone over, as in count(forms.task where ...)")
	case rec == nil:
		return c.fail(p.pos, "there is no record here to take fields from")
	case len(p.names) == 0:
		return Self{level, rec}
	}
	fields, rest, ok := c.steps(rec, p)
	if !ok {
		return nil
	}
	last := fields[len(fields)-1]
	if last.Many() {
		at := p.names[len(p.names)-len(rest)-1].pos
		return c.fail(at, "%s holds several records: use count(%s) or another aggregate", last.Key(), last.Key())
	}
	return Ref{level, before(fields), last}
}

// before are the references that lead to the last field.
func before(fields []Field) []Field {
	if len(fields) == 1 {
		return nil
	}
	return slices.Clip(fields[:len(fields)-1])
}

// steps walks the names of a path from a record, to its end or to the first
// field that holds several records; rest are the names behind that.
func (c *checker) steps(rec Record, p path) (fields []Field, rest []name, ok bool) {
	for i, n := range p.names {
		f := rec.Field(n.text)
		if f == nil {
			c.noField(rec, n, i == 0 && p.root == "")
			return nil, nil, false
		}
		fields = append(fields, f)
		rest = p.names[i+1:]
		if f.Many() || len(rest) == 0 {
			return fields, rest, true
		}
		switch rec = f.Record(); {
		case f.Type() != Reference || rec == nil:
			c.fail(rest[0].pos, "%s is %s and has no fields", f.Key(), f.Type().phrase())
			return nil, nil, false
		case i == MaxPath:
			c.fail(rest[0].pos, "a name walks at most %d references", MaxPath)
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// noField tells that a record has no such field, and where there is one.
func (c *checker) noField(rec Record, n name, bare bool) {
	hint := ""
	if level, outer := c.outward(); bare && level > 0 && outer != nil && outer.Field(n.text) != nil {
		hint = " (form " + outer.Key() + " has: write this." + fault.Clip(n.text) + ")"
	} else if k, ok := rec.(interface{ Keys() []string }); ok {
		hint = meant(n.text, k.Keys())
	}
	c.fail(n.pos, "form %s has no field %q%s", rec.Key(), fault.Clip(n.text), hint)
}

// source checks what an aggregate goes over; rest are the names behind it, of
// the shorthand sum(tasks.hours).
func (c *checker) source(f string, p path) (src Source, rest []name, ok bool) {
	if p.root == "forms" {
		return c.form(p)
	}
	level, rec := c.start(p)
	switch {
	case rec == nil:
		c.fail(p.pos, "there is no record here to take fields from")
		return src, nil, false
	case len(p.names) == 0:
		c.fail(p.pos, "%s goes over records, and this is one: name a field, such as this.tasks", f)
		return src, nil, false
	}
	fields, rest, ok := c.steps(rec, p)
	if !ok {
		return src, nil, false
	}
	last := len(fields) - 1
	many := fields[last]
	at := p.names[last].pos
	switch {
	case !many.Many():
		c.fail(at, "%s goes over records, and %s is %s", f, many.Key(), many.Type().phrase())
		return src, nil, false
	case many.Record() == nil:
		c.fail(at, "%s leads to no form", many.Key())
		return src, nil, false
	}
	return Source{Level: level, Path: before(fields), Many: many}, rest, true
}

// form checks the source forms.<key>.
func (c *checker) form(p path) (src Source, rest []name, ok bool) {
	switch {
	case c.scope.Form == nil:
		c.fail(p.pos, "forms is not offered here")
		return src, nil, false
	case len(p.names) == 0:
		c.fail(p.pos, "expected the key of a form behind forms, as in forms.task")
		return src, nil, false
	}
	r := c.scope.Form(p.names[0].text)
	if r == nil {
		c.fail(p.names[0].pos, "there is no form %q", fault.Clip(p.names[0].text))
		return src, nil, false
	}
	return Source{Form: r}, p.names[1:], true
}

// aggregate checks f(source: value where condition).
func (c *checker) aggregate(t *tree) Node {
	src, rest, ok := c.source(t.word, t.path)
	if !ok || !c.shape(t, rest) {
		return nil
	}
	c.levels = append(c.levels, src.Record())
	defer func() { c.levels = c.levels[:len(c.levels)-1] }()
	out := Aggregate{Func: t.word, From: src, T: Integer}
	good := true
	if t.where != nil {
		out.Where = c.want(t.where, "where", Boolean)
		good = out.Where != nil
	}
	if t.word == "count" {
		return only(out, good)
	}
	value := t.value
	if value == nil {
		value = &tree{what: isPath, pos: rest[0].pos, path: path{pos: rest[0].pos, names: rest}}
	}
	if out.Value = c.check(value); out.Value == nil {
		return nil
	}
	if out.T = aggregated(t.word, out.Value.Type()); out.T == Null {
		return c.fail(value.pos, "%s", unfit(t.word, out.Value.Type()))
	}
	return only(out, good)
}

func only(n Node, good bool) Node {
	if !good {
		return nil
	}
	return n
}

// shape says whether the aggregate has a value if it needs one, and once.
func (c *checker) shape(t *tree, rest []name) bool {
	has := t.value != nil || len(rest) > 0
	switch {
	case t.word == "count" && has:
		c.fail(t.pos, "count takes no value: write count(tasks where ...)")
	case t.word != "count" && !has:
		c.fail(t.pos, "%s needs a value: write %s(tasks: value)", t.word, t.word)
	case t.value != nil && len(rest) > 0:
		c.fail(rest[0].pos, "%s has a value behind the colon already: end the name before .%s", t.word, fault.Clip(rest[0].text))
	default:
		return true
	}
	return false
}

// aggregated is the type of an aggregate over values of type t, Null for none.
func aggregated(f string, t Type) Type {
	switch {
	case f == "first":
		return t
	case f == "avg" && t.numeric():
		return Number
	case f == "sum" && t.numeric(), (f == "min" || f == "max") && t.ordered():
		return t
	}
	return Null
}

func unfit(f string, t Type) string {
	if f == "min" || f == "max" {
		return f + " needs values that have an order, not " + t.phrase()
	}
	if f == "first" {
		return "first needs a value, not null"
	}
	return f + " needs numbers, not " + t.phrase()
}
