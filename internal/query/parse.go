package query

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Face says by which names a client speaks of fields.
type Face int

// The faces.
const (
	Typed   Face = iota // GraphQL names: annualRevenue
	Generic             // field keys: annual_revenue
)

// field finds a usable field by the client's name for it.
func (fc Face) field(f *form.Form, name string) *form.Field {
	if fc == Typed {
		return f.Named(name)
	}
	return f.Field(name)
}

// name is how a client of the face calls a field.
func (fc Face) name(x *form.Field) string {
	if fc == Typed {
		return x.Name
	}
	return x.Key
}

type parser struct {
	face  Face
	now   time.Time
	nodes int // conditions so far, and items of lists of them
	bad   fault.List
	full  bool // the limit of conditions has been passed and said
}

// ParseFilter checks a filter as a client sent it, decoded from JSON. now is
// the moment that relative periods count from. It returns nil for no filter;
// every fault in it at once, each INVALID or TOO_COSTLY with its path.
func ParseFilter(f *form.Form, raw any, face Face, now time.Time) (Filter, error) {
	if raw == nil {
		return nil, nil
	}
	p := &parser{face: face, now: now.In(f.Catalog.Zone)}
	out := p.object(f, raw, nil, 0, true)
	if err := p.bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *parser) fail(path []any, format string, args ...any) {
	p.refuse(fault.Invalid, path, format, args...)
}

// partsPerNode is how many parts of a computed field count as one more condition.
const partsPerNode = 40

// maxFaults bounds an answer to a filter in which everything is wrong.
const maxFaults = 20

func (p *parser) refuse(k fault.Kind, path []any, format string, args ...any) {
	if len(p.bad) < maxFaults {
		p.bad = append(p.bad, fault.New(k, format, args...).At(path...))
	}
}

// count counts one more condition. It is false, and a fault is there, when there
// are too many: what is left out then never passes for a filter.
func (p *parser) count(path []any) bool {
	if p.nodes++; p.nodes <= MaxNodes {
		return true
	}
	if !p.full {
		p.full = true
		f := fault.New(fault.TooCostly, "a filter has at most %d conditions", MaxNodes).At(path...)
		p.bad = append(p.bad[:min(len(p.bad), maxFaults-1)], f)
	}
	return false
}

func step(path []any, s any) []any { return append(path[:len(path):len(path)], s) }

// object reads {and, or, not, <field>: ...} on records of form f.
func (p *parser) object(f *form.Form, raw any, path []any, depth int, root bool) Filter {
	m, ok := raw.(map[string]any)
	if !ok {
		p.fail(path, "expected an object of conditions")
		return And{}
	}
	if depth > MaxDepth {
		p.refuse(fault.TooCostly, path, "a filter nests at most %d deep", MaxDepth)
		return And{}
	}
	var out And
	for _, name := range sortedKeys(m) {
		v, at := m[name], step(path, name)
		if !p.count(path) {
			return out
		}
		if v == nil { // null is "not said", as for any optional input
			known := name == "and" || name == "or" || name == "not" || name == "isNull" || f.IsTeam() && (name == "within" || name == "withinMine")
			if !known && p.face.field(f, name) == nil {
				p.unknown(f, name, at)
			}
			continue
		}
		switch name {
		case "and":
			out = append(out, And(p.list(f, v, at, depth, root)))
		case "or":
			out = append(out, Or(p.list(f, v, at, depth, root)))
		case "not":
			out = append(out, Not{p.object(f, v, at, depth+1, root)})
		case "within", "withinMine":
			if !f.IsTeam() {
				p.unknown(f, name, at)
			} else if w, ok := p.within(f, name, v, at); ok {
				out = append(out, w)
			}
		case "isNull":
			b, ok := v.(bool)
			if !ok || root {
				p.fail(at, "isNull belongs to a field or a reference, and is true or false")
				continue
			}
			out = append(out, Missing{b})
		default:
			x := p.face.field(f, name)
			if x == nil {
				p.unknown(f, name, at)
				continue
			}
			out = append(out, p.field(x, v, at, depth)...)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// within reads which teams, with all below them, a filter asks for.
func (p *parser) within(f *form.Form, name string, v any, at []any) (Filter, bool) {
	w := Within{Team: f, Member: f.Catalog.Form("member"), Mine: name == "withinMine"}
	if name == "withinMine" {
		mine, ok := v.(bool)
		if !ok {
			p.fail(at, "expected true or false")
		}
		if ok && !mine {
			return Not{w}, true
		}
		return w, ok
	}
	var ok bool
	w.Teams, ok = p.ids(f, v, at)
	return w, ok
}

// ids reads ids of records of a form, each once.
func (p *parser) ids(f *form.Form, v any, at []any) ([]string, bool) {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	if len(items) > MaxValues {
		p.refuse(fault.TooCostly, at, "at most %d values are taken", MaxValues)
		return nil, false
	}
	out, good := make([]string, 0, len(items)), true
	for i, item := range items {
		text, _ := item.(string)
		n, ok := kind.ParseID(f.Key, text)
		if !ok {
			p.fail(step(at, i), "expected the id of a record of form %s", f.Key)
			good = false
			continue
		}
		if id := strconv.FormatInt(n, 10); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, good
}

func (p *parser) unknown(f *form.Form, name string, at []any) {
	p.fail(at, "form %s has no field %q to filter by", f.Key, clip(name))
}

func (p *parser) list(f *form.Form, raw any, path []any, depth int, root bool) []Filter {
	items, ok := raw.([]any)
	if !ok { // GraphQL takes one value for a list of one
		items = []any{raw}
	}
	out := make([]Filter, 0, min(len(items), MaxNodes))
	for i, v := range items {
		if !p.count(path) { // an empty item is SQL too
			return out
		}
		out = append(out, p.object(f, v, step(path, i), depth+1, root))
	}
	return out
}

// field reads the conditions on one field: all of them must hold.
func (p *parser) field(x *form.Field, raw any, path []any, depth int) []Filter {
	switch {
	case x.IsMany():
		return p.related(x, raw, path, depth)
	case x.IsReference():
		return []Filter{Through{x, p.object(x.Target, raw, path, depth+1, false)}}
	}
	m, ok := raw.(map[string]any)
	if !ok {
		p.fail(path, "expected an object of operators, such as {eq: ...}")
		return nil
	}
	var out []Filter
	for _, name := range sortedKeys(m) {
		if !p.count(path) {
			return out
		}
		v, at := m[name], step(path, name)
		op := kind.Op(name)
		if !takes(x, op) {
			p.fail(at, "%q is not an operator of %s", clip(name), p.face.name(x))
			continue
		}
		if v == nil {
			continue
		}
		if c, ok := p.compare(x, op, v, at); ok {
			out = append(out, c)
		}
	}
	return out
}

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

func (p *parser) related(x *form.Field, raw any, path []any, depth int) []Filter {
	m, ok := raw.(map[string]any)
	if !ok {
		p.fail(path, "expected {some: ...}, {none: ...} or {every: ...}")
		return nil
	}
	var out []Filter
	for _, name := range sortedKeys(m) {
		v, at := m[name], step(path, name)
		if x.IsLinks() && takes(x, kind.Op(name)) {
			if v == nil {
				continue
			}
			if c, ok := p.compare(x, kind.Op(name), v, at); ok {
				out = append(out, c)
			}
			continue
		}
		which := Quantifier(name)
		if which != Some && which != None && which != Every {
			p.fail(at, "expected some, none or every, not %q", clip(name))
			continue
		}
		if v == nil {
			continue
		}
		out = append(out, Related{x, which, p.object(x.Target, v, at, depth+1, true)})
	}
	return out
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
		p.fail(at, "%q is not a period such as THIS_WEEK or NEXT_30_DAYS", clip(name))
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

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
