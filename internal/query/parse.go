package query

import (
	"slices"
	"sort"
	"strconv"
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
			known := name == "and" || name == "or" || name == "not" || name == "isNull" || f.IsTeam() && (name == "within" || name == "withinMine") || name == "me" && KnowsMe(f)
			if !known && p.face.field(f, name) == nil {
				p.unknown(f, name, at)
			}
			continue
		}
		if name == "me" && KnowsMe(f) {
			out = append(out, p.me(v, at))
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

// KnowsMe says whether filters on records of a form may ask for whoever asks: members,
// unless they have a field of that name from before there was this.
func KnowsMe(f *form.Form) bool { return f.IsMember() && f.Named("me") == nil }

func (p *parser) me(v any, at []any) Filter {
	me, ok := v.(bool)
	if !ok {
		p.fail(at, "expected true or false")
	}
	if !me {
		return Not{Me{}}
	}
	return Me{}
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
	p.fail(at, "form %s has no field %q to filter by", f.Key, fault.Clip(name))
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
			p.fail(at, "%q is not an operator of %s", fault.Clip(name), p.face.name(x))
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
			p.fail(at, "expected some, none or every, not %q", fault.Clip(name))
			continue
		}
		if v == nil {
			continue
		}
		out = append(out, Related{x, which, p.object(x.Target, v, at, depth+1, true)})
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
