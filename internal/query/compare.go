package query

import (
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

func takes(x *form.Field, op kind.Op) bool {
	if !x.HasValue() {
		return false
	}
	ops := x.Value.Operators()
	if x.IsID() {
		ops = []kind.Op{kind.Eq, kind.Ne, kind.In, kind.NotIn, kind.IsNull}
	}
	for _, o := range ops {
		if o == op {
			return true
		}
	}
	return false
}

// compare reads the argument of one operator.
func (p *parser) compare(x *form.Field, op kind.Op, v any, at []any) (Filter, bool) {
	if p.nodes += x.Weight() / partsPerNode; p.nodes > MaxNodes { // a large formula is more than one condition
		p.nodes--
		return nil, p.count(at)
	}
	c := Cmp{Field: x, Op: op}
	switch op {
	case kind.IsNull:
		b, ok := v.(bool)
		if !ok {
			p.fail(at, "expected true or false")
			return nil, false
		}
		c.Args = []string{map[bool]string{true: "true", false: "false"}[b]}
		return c, true
	case kind.During:
		return p.during(x, v, at)
	case kind.Has, kind.HasAny, kind.HasAll:
		return p.holds(x, op, v, at)
	case kind.In, kind.NotIn, kind.Between:
		return p.several(x, op, v, at)
	}
	arg, ok := p.value(x, op, v, at)
	c.Args = []string{arg}
	return c, ok
}

// holds reads what a list is to hold: options, or records by id.
func (p *parser) holds(x *form.Field, op kind.Op, v any, at []any) (Filter, bool) {
	if _, list := v.([]any); list && op == kind.Has {
		p.fail(at, "expected one value; use hasAny or hasAll for several")
		return nil, false
	}
	if x.IsLinks() {
		ids, ok := p.ids(x.Target, v, at)
		return Cmp{Field: x, Op: op, Args: ids}, ok
	}
	one := *x // compared option by option
	one.Value = kind.Choice{}
	c, ok := p.several(&one, op, v, at)
	if !ok {
		return nil, false
	}
	return Cmp{Field: x, Op: op, Args: c.(Cmp).Args}, true
}

func (p *parser) several(x *form.Field, op kind.Op, v any, at []any) (Filter, bool) {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	if op == kind.Between && len(items) != 2 {
		p.fail(at, "expected two values, the lowest and the highest")
		return nil, false
	}
	if len(items) > MaxValues {
		p.refuse(fault.TooCostly, at, "%s takes at most %d values", op, MaxValues)
		return nil, false
	}
	c := Cmp{Field: x, Op: op, Args: make([]string, 0, len(items))}
	good := true
	for i, item := range items {
		arg, ok := p.value(x, op, item, step(at, i))
		good = good && ok
		c.Args = append(c.Args, arg)
	}
	return c, good
}

// value reads one value to compare with. The field's own rules for new values
// (range, length, archived options) do not apply: one may ask for anything of
// the right kind.
func (p *parser) value(x *form.Field, op kind.Op, v any, at []any) (string, bool) {
	free := kind.Settings{To: x.Settings.To, Region: x.Settings.Region, Options: make([]kind.Option, len(x.Settings.Options))}
	for i, o := range x.Settings.Options {
		o.Archived = false
		free.Options[i] = o
	}
	if s, ok := v.(string); ok && x.Value.Column() == "text" && x.Value.Form() == kind.AsString {
		s, err := kind.Normal(s) // as texts are stored
		if err != nil {
			p.fail(at, "%s", err)
			return "", false
		}
		if x.Value.Name() == "EMAIL" {
			s = strings.ToLower(s)
		}
		if whole := op == kind.Eq || op == kind.Ne || op == kind.In || op == kind.NotIn; whole && x.Value.Name() == "PHONE" {
			if number, err := x.Value.Parse(s, &free); err == nil && number != nil {
				return number.(string), true // however it was typed
			}
		}
		if len(s) > 4*kind.MaxText {
			p.fail(at, "a text to compare with has at most %d bytes", 4*kind.MaxText)
			return "", false
		}
		return s, true // also "" and blanks, which Parse takes for empty
	}
	if x.Value.Name() == "RATING" {
		free.Max = strconv.Itoa(kind.MaxRating)
	}
	if most := kind.MaxScale; x.Value.Name() == "MONEY" {
		free.Scale = &most
	}
	arg, err := x.Value.Parse(v, &free)
	if err != nil {
		p.fail(at, "%s", err)
		return "", false
	}
	if arg == nil {
		p.fail(at, "expected a value; use isNull to ask for empty fields")
		return "", false
	}
	return arg.(string), true
}

func (p *parser) during(x *form.Field, v any, at []any) (Filter, bool) {
	name, _ := v.(string)
	today := time.Date(p.now.Year(), p.now.Month(), p.now.Day(), 0, 0, 0, 0, p.now.Location())
	from, to, ok := kind.Period(name, today)
	if !ok {
		p.fail(at, "%q is not a period such as THIS_WEEK or NEXT_30_DAYS", fault.Clip(name))
		return nil, false
	}
	layout := time.DateOnly
	if x.Value.Name() == "DATETIME" {
		layout = time.RFC3339
	}
	text := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		if layout == time.RFC3339 {
			return t.UTC().Format(layout)
		}
		return t.Format(layout)
	}
	return Cmp{Field: x, Op: kind.During, Args: []string{text(from), text(to)}}, true
}
