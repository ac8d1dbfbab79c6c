package query

import (
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Aggregation is a checked question about the records of a list together: what
// groups they fall into, and what each group comes to. Without Groups all of them
// are one group, also when there are none.
type Aggregation struct {
	List    List // its form and filter
	Groups  []Group
	Metrics []Metric
	Order   []GroupOrder // ties are broken by the keys, in the order of Groups
	First   int          // groups
	Saved   *Saved       // its rows are a data source; nil: it is asked as it is
}

// Group is what records of a group have in common: a field of theirs, or of the
// record that a path of references leads to. A list (options, links) puts a record
// into the group of each item. No value is a group too.
type Group struct {
	Path  []*form.Field
	Field *form.Field
	By    DatePeriod // of days and moments; "" for other fields
}

// Same says whether two groups are the same question.
func (g Group) Same(o Group) bool {
	return g.Field == o.Field && g.By == o.By && slices.Equal(g.Path, o.Path)
}

// isList says whether a record is in the group of each of several items.
func (g Group) isList() bool { return g.Field.IsLinks() || g.Field.SQLType() == "text[]" }

// DatePeriod is a part of the calendar. Its first day stands for it; moments fall
// into it by the organisation's time zone, and weeks start on Monday.
type DatePeriod string

// The periods.
const (
	Day     DatePeriod = "DAY"
	Week    DatePeriod = "WEEK"
	Month   DatePeriod = "MONTH"
	Quarter DatePeriod = "QUARTER"
	Year    DatePeriod = "YEAR"
)

// Function is what a metric makes of the values of a group; empty fields do not
// take part.
type Function string

// The functions.
const (
	Count         Function = "COUNT" // of records, without a field
	CountDistinct Function = "COUNT_DISTINCT"
	Sum           Function = "SUM"
	Avg           Function = "AVG"
	Min           Function = "MIN"
	Max           Function = "MAX"
	Median        Function = "MEDIAN"
)

// Metric is one number, or other value, of each group.
type Metric struct {
	Function Function
	Field    *form.Field // nil: Count
	If       *Condition  // which records of the group it is of; nil: all
}

// Condition is a filter by which a metric leaves out records of its group. Metrics
// with one condition are the same only if they share it.
type Condition struct{ Filter Filter }

// GroupOrder is one key of an order of groups.
type GroupOrder struct {
	Group      int // index of the key; -1: Metric
	Metric     Metric
	Desc       bool
	NullsFirst bool
}

// Limits of aggregations.
const (
	DefaultGroups = 100
	MaxGroups     = 1_000 // rows of an answer
	MaxGroupKeys  = 10
	MaxListKeys   = 2   // keys that put a record into several groups: they multiply
	MaxGroupPath  = 5   // references walked by one key
	MaxMetrics    = 200 // different ones
)

// Metric returns the place of a metric, adding it at first use.
func (a *Aggregation) Metric(m Metric) int {
	if i := slices.Index(a.Metrics, m); i >= 0 {
		return i
	}
	a.Metrics = append(a.Metrics, m)
	return len(a.Metrics) - 1
}

// Groupable lists the fields that records of a form can be grouped by: those
// whose values are equal or not.
func Groupable(f *form.Form) []*form.Field {
	var out []*form.Field
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
		if !x.HasValue() || kind.IsFiles(x.Kind) || x.SQLType() == "jsonb" || x.System && (x.IsID() || x.Key == "version") {
			continue
		}
		out = append(out, x)
	}
	return out
}

// IsDay says whether groups by a field are periods.
func IsDay(x *form.Field) bool {
	return x.Value != nil && (x.Value.Name() == "DATE" || x.Value.Name() == "DATETIME")
}

// Of says whether the function can be had of a field.
func (fn Function) Of(x *form.Field) bool {
	if x == nil || x.Value == nil || !x.HasValue() || x.HasLinkTable() || x.System && (x.IsID() || x.Key == "version") {
		return false
	}
	switch t := x.SQLType(); fn {
	case CountDistinct:
		return t != "jsonb" && t != "text[]"
	case Sum, Avg, Median:
		return x.Target == nil && (t == "numeric" || t == "bigint" || t == "smallint" || t == "interval")
	case Min, Max:
		return x.Target == nil && !x.IsChoice() && t != "jsonb" && t != "boolean"
	}
	return false
}

// ParseGroups checks the keys of an aggregation: each {field, by, of} in the typed
// face, and {field, by} with a path of field keys, "customer.tier", in the generic
// one. Every fault in it comes at once, each INVALID or TOO_COSTLY with its path.
func ParseGroups(f *form.Form, raw any, face Face) ([]Group, error) {
	items := listOf(raw)
	if len(items) > MaxGroupKeys {
		return nil, fault.New(fault.TooCostly, "records are grouped by at most %d keys", MaxGroupKeys)
	}
	p := &parser{face: face}
	var out []Group
	lists := 0
	for i, item := range items {
		g, ok := p.group(f, item, []any{i}, nil)
		if ok && slices.ContainsFunc(out, g.Same) {
			p.fail([]any{i}, "is there already")
		}
		if ok && g.isList() {
			if lists++; lists == MaxListKeys+1 {
				p.refuse(fault.TooCostly, []any{i}, "records are grouped by the items of at most %d lists", MaxListKeys)
			}
		}
		out = append(out, g)
	}
	if err := p.bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// listOf is a list of what was sent: nothing for null, and GraphQL takes one value
// for a list of one.
func listOf(raw any) []any {
	if raw == nil {
		return nil
	}
	if items, ok := raw.([]any); ok {
		return items
	}
	return []any{raw}
}

// parts reads an object that has no other parts than the named ones. Those that
// are null are not said.
func (p *parser) parts(raw any, at []any, what string, names ...string) (map[string]any, bool) {
	m, ok := raw.(map[string]any)
	if !ok {
		p.fail(at, "expected an object with %s", strings.Join(names, ", "))
		return nil, false
	}
	for _, name := range sortedKeys(m) {
		if !slices.Contains(names, name) {
			p.fail(step(at, name), "%s has no part %q", what, fault.Clip(name))
			ok = false
		}
	}
	return m, ok
}

func (p *parser) group(f *form.Form, raw any, at []any, path []*form.Field) (Group, bool) {
	names := []string{"field", "by"}
	if p.face == Typed {
		names = append(names, "of")
	}
	m, ok := p.parts(raw, at, "a group", names...)
	switch {
	case !ok:
		return Group{}, false
	case m["of"] != nil && (m["field"] != nil || m["by"] != nil):
		p.fail(step(at, "of"), "a group is by a field of the record or of another one, not both")
		return Group{}, false
	case m["of"] != nil:
		return p.groupOf(f, m["of"], step(at, "of"), path)
	}
	name, _ := m["field"].(string)
	g := Group{Path: path}
	if p.face == Generic {
		keys := strings.Split(name, ".")
		if g.Path, f = p.walk(f, keys[:len(keys)-1], step(at, "field")); f == nil {
			return Group{}, false
		}
		name = keys[len(keys)-1]
	}
	if g.Field = p.named(Groupable(f), name); g.Field == nil {
		if m["field"] == nil {
			p.fail(step(at, "field"), "a group needs a field")
		} else {
			p.fail(step(at, "field"), "form %s has no field %q to group by", f.Key, fault.Clip(name))
		}
		return Group{}, false
	}
	return g, p.period(&g, m["by"], step(at, "by"))
}

// named finds a field by its key, or by its value in the enum of the typed face.
func (p *parser) named(fields []*form.Field, name string) *form.Field {
	for _, x := range fields {
		if p.face == Typed && OrderName(x) == name || p.face == Generic && x.Key == name {
			return x
		}
	}
	return nil
}

// groupOf reads {<reference>: <group>} of the typed face.
func (p *parser) groupOf(f *form.Form, raw any, at []any, path []*form.Field) (Group, bool) {
	m, ok := raw.(map[string]any)
	if !ok || len(m) != 1 {
		p.fail(at, "expected an object of one reference with a group of the record behind it")
		return Group{}, false
	}
	for name, inner := range m {
		x := f.Named(name)
		if !p.step(f, x, name, step(at, name), len(path)) {
			return Group{}, false
		}
		return p.group(x.Target, inner, step(at, name), append(path[:len(path):len(path)], x))
	}
	return Group{}, false
}

// step says whether a key may go one reference further.
func (p *parser) step(f *form.Form, x *form.Field, name string, at []any, steps int) bool {
	switch {
	case x == nil || !x.IsReference():
		p.fail(at, "form %s has no reference %q", f.Key, fault.Clip(name))
	case steps >= MaxGroupPath:
		p.refuse(fault.TooCostly, at, "a path walks at most %d references", MaxGroupPath)
	default:
		return true
	}
	return false
}

func (p *parser) period(g *Group, raw any, at []any) bool {
	switch by, _ := raw.(string); {
	case raw == nil && IsDay(g.Field):
		g.By = Day
	case raw == nil:
	case !IsDay(g.Field):
		p.fail(at, "%s is no date: only those are grouped by a period", p.face.name(g.Field))
		return false
	default:
		if g.By = DatePeriod(by); !slices.Contains([]DatePeriod{Day, Week, Month, Quarter, Year}, g.By) {
			p.fail(at, "expected DAY, WEEK, MONTH, QUARTER or YEAR")
			return false
		}
	}
	return true
}

// ParseMetrics checks the metrics of the generic face, each {function, field}.
func ParseMetrics(f *form.Form, raw any) ([]Metric, error) {
	items := listOf(raw)
	if len(items) > MaxMetrics {
		return nil, TooManyMetrics()
	}
	p := &parser{face: Generic}
	var out []Metric
	for i, item := range items {
		m, ok := p.parts(item, []any{i}, "a metric", "function", "field")
		if ok {
			metric, _ := p.metric(f, m, []any{i})
			out = append(out, metric)
		}
	}
	if err := p.bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// TooManyMetrics is the fault of an aggregation with more than MaxMetrics.
func TooManyMetrics() error {
	return fault.New(fault.TooCostly, "an aggregation has at most %d metrics", MaxMetrics)
}

func (p *parser) metric(f *form.Form, m map[string]any, at []any) (Metric, bool) {
	text, _ := m["function"].(string)
	fn := Function(text)
	if !slices.Contains([]Function{Count, CountDistinct, Sum, Avg, Min, Max, Median}, fn) {
		p.fail(step(at, "function"), "expected COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX or MEDIAN")
		return Metric{}, false
	}
	if fn == Count {
		if m["field"] != nil {
			p.fail(step(at, "field"), "COUNT counts records and takes no field")
			return Metric{}, false
		}
		return Metric{Function: Count}, true
	}
	name, _ := m["field"].(string)
	x := p.named(append(f.System[:len(f.System):len(f.System)], f.Own()...), name)
	switch {
	case x == nil:
		p.fail(step(at, "field"), "form %s has no field %q", f.Key, fault.Clip(name))
	case !fn.Of(x):
		p.fail(step(at, "field"), "there is no %s of %s, which is of kind %s", fn, x.Key, x.KindName())
	default:
		return Metric{Function: fn, Field: x}, true
	}
	return Metric{}, false
}

// ParseGroupOrder checks an order of groups: each {group, direction, nulls} by one
// of the keys, or {function, field, direction, nulls} by a metric, which need not
// be one that is asked for.
func ParseGroupOrder(f *form.Form, groups []Group, raw any, face Face) ([]GroupOrder, error) {
	items := listOf(raw)
	if len(items) > MaxOrder {
		return nil, fault.New(fault.TooCostly, "an order has at most %d keys", MaxOrder)
	}
	p := &parser{face: face}
	var out []GroupOrder
	for i, item := range items {
		m, ok := p.parts(item, []any{i}, "an order", "group", "function", "field", "direction", "nulls")
		if ok {
			out = append(out, p.groupOrder(f, groups, m, []any{i}))
		}
	}
	if err := p.bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *parser) groupOrder(f *form.Form, groups []Group, m map[string]any, at []any) GroupOrder {
	o := GroupOrder{Group: -1}
	switch {
	case m["group"] != nil && (m["function"] != nil || m["field"] != nil):
		p.fail(step(at, "group"), "an order is by a group or by a metric, not both")
	case m["group"] != nil:
		g, ok := p.group(f, m["group"], step(at, "group"), nil)
		if o.Group = slices.IndexFunc(groups, g.Same); ok && o.Group < 0 {
			p.fail(step(at, "group"), "is not one of groupBy")
		}
	case m["function"] == nil:
		p.fail(at, "an order needs a group or a function")
	default:
		o.Metric, _ = p.metric(f, m, at)
	}
	o.Desc = p.oneOf(m["direction"], "ASC", "DESC", step(at, "direction"))
	o.NullsFirst = p.oneOf(m["nulls"], "LAST", "FIRST", step(at, "nulls"))
	return o
}

// oneOf reads which of two words stands there: false for the usual one or none.
func (p *parser) oneOf(raw any, usual, other string, at []any) bool {
	text, _ := raw.(string)
	if raw != nil && text != usual && text != other {
		p.fail(at, "expected %s or %s", usual, other)
	}
	return text == other
}
