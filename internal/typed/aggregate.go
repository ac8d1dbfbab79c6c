package typed

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// aggregateSuffix makes the name of a list's aggregation of the list's name.
const aggregateSuffix = "Aggregate"

// of is the name under which keys of other records stand.
const of = "of"

// function is a field of an aggregation's type that holds a metric for each field.
type function struct {
	name, typ string
	fn        query.Function
}

var functions = []function{
	{"countDistinct", "AggregateCounts", query.CountDistinct},
	{"sum", "AggregateNumbers", query.Sum},
	{"avg", "AggregateNumbers", query.Avg},
	{"median", "AggregateNumbers", query.Median},
	{"min", "AggregateRange", query.Min},
	{"max", "AggregateRange", query.Max},
}

// aggregates prints the types of a form's aggregations.
func (p *printer) aggregates(f *form.Form) {
	t := f.Type
	keys := query.Groupable(f)
	refs := slices.DeleteFunc(slices.Clone(keys), func(x *form.Field) bool { return !x.IsReference() })
	p.put("type %[1]sAggregate {\n  \"How many records the group has.\"\n  count: Int!\n"+
		"  \"What its records have in common: keys of groupBy, and no others.\"\n  group: %[1]sGroupKey!\n", t)
	for _, fn := range functions {
		if p.measured(f, fn.fn) != nil {
			p.put("  \"As AggregateFunction.%s says.\"\n  %s: %s%s!\n", fn.fn, fn.name, t, fn.typ)
		}
	}
	p.put("}\n")
	p.measures(f, "AggregateCounts", query.CountDistinct, func(*form.Field) string { return "Int!" })
	p.measures(f, "AggregateNumbers", query.Sum, func(x *form.Field) string {
		if x.SQLType() == "interval" {
			return "Duration"
		}
		return "Decimal"
	})
	p.measures(f, "AggregateRange", query.Min, scalar)

	p.put("type %sGroupKey {\n", t)
	for _, x := range keys {
		switch {
		case query.IsDay(x):
			p.put("  %s(by: DatePeriod): Date\n", x.Name)
		case x.Target != nil:
			p.put("  %s: %s\n", x.Name, x.Target.Type)
		default:
			p.put("  %s: %s\n", x.Name, scalar(x))
		}
	}
	through := len(refs) > 0
	if through && f.Named(of) == nil {
		p.put("  %s: %sGroupKeyOf\n", of, t)
	}
	p.put("}\ninput %[1]sGroup {\n  field: %[1]sGroupField\n  \"Of days and moments, the period; DAY when left out.\"\n  by: DatePeriod\n", t)
	if through {
		p.put("  \"In place of field: a group by the record behind a reference.\"\n  %s: %sGroupOf\n", of, t)
	}
	p.put("}\nenum %sGroupField {\n", t)
	for _, x := range keys {
		p.put("  %s\n", query.OrderName(x))
	}
	p.put("}\n")
	if through {
		p.put("type %sGroupKeyOf {\n", t)
		for _, x := range refs {
			p.put("  %s: %sGroupKey!\n", x.Name, x.Target.Type)
		}
		p.put("}\ninput %sGroupOf @oneOf {\n", t)
		for _, x := range refs {
			p.put("  %s: %sGroup\n", x.Name, x.Target.Type)
		}
		p.put("}\n")
	}
	p.put("input %[1]sAggregateOrder { group: %[1]sGroup function: AggregateFunction field: %[1]sGroupField direction: OrderDirection = ASC nulls: NullsOrder = LAST }\n", t)
}

// measured lists the fields of a form that have a metric of a function.
func (p *printer) measured(f *form.Form, fn query.Function) []*form.Field {
	var out []*form.Field
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Fields...) {
		if f.Readable(x.Name) == x && p.shown(x) && fn.Of(x) {
			out = append(out, x)
		}
	}
	return out
}

func (p *printer) measures(f *form.Form, typ string, fn query.Function, of func(x *form.Field) string) {
	fields := p.measured(f, fn)
	if fields == nil { // GraphQL has no empty types
		return
	}
	p.put("type %s%s {\n", f.Type, typ)
	for _, x := range fields {
		p.put("  %s: %s%s\n", x.Name, of(x), deprecated(x))
	}
	p.put("}\n")
}

// aggregateArgs are the arguments of a list's aggregation in the typed face, and
// more of them.
func aggregateArgs(f *form.Form, more string) string {
	return fmt.Sprintf("(filter: %[1]sFilter, groupBy: [%[1]sGroup!], orderBy: [%[1]sAggregateOrder!], first: Int%[2]s): [%[1]sAggregate!]!", f.Type, more)
}

// aggregated finds the list of a form whose aggregation goes by a name.
func aggregated(f *form.Form, name string) *form.Field {
	list, ok := strings.CutSuffix(name, aggregateSuffix)
	if x := f.Readable(list); ok && x != nil && x.IsMany() && f.Readable(name) == nil {
		return x
	}
	return nil
}

// aggregate prepares an aggregation of all records of a form.
func (x *exec) aggregate(f *form.Form, c graphql.CollectedField, face query.Face) (prepared, error) {
	s, err := x.selectorAt(c)
	if err != nil {
		return prepared{}, err
	}
	g := s.groups(f, c, face, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	pl := plan.Aggregate(g, s.env)
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	return readPage(pl, g.Cost().Plus(s.extra)), nil
}

// groups turns the field of an aggregation and its arguments.
func (s *selector) groups(f *form.Form, c graphql.CollectedField, face query.Face, path []any) plan.Groups {
	a := arguments(c.Field, s.x.op.Variables)
	g := query.Aggregation{List: query.List{Form: f}}
	bad := len(s.bad)
	var err error
	g.List.Filter, err = query.ParseFilter(f, a["filter"], face, s.env.Now)
	s.add(err, under(path, "filter"))
	if a["view"] != nil {
		_, err = s.x.through(a.text("view"), &g.List, s.env.Now)
		s.add(err, under(path, "view"))
	}
	if g.List.Filter != nil && query.Relative(g.List.Filter) {
		s.passing = true
	}
	g.Groups, err = query.ParseGroups(f, a["groupBy"], face)
	s.add(err, under(path, "groupBy"))
	if err == nil {
		g.Order, err = query.ParseGroupOrder(f, g.Groups, a["orderBy"], face)
		s.add(err, under(path, "orderBy"))
	}
	if face == query.Generic {
		g.Metrics, err = query.ParseMetrics(f, a["metrics"])
		s.add(err, under(path, "metrics"))
	}
	g.First, err = a.groups()
	s.add(err, path)
	if len(s.bad) > bad {
		return plan.Groups{Query: g} // refused
	}
	times := s.times
	s.times = times.Times(plan.Groups{Query: g}.Rows())
	defer func() { s.times = times }()
	t := &groupSelector{selector: s, form: f, query: &g}
	out := plan.Groups{}
	if face == query.Generic {
		out.Items = t.row(c.Selections, path)
	} else {
		out.Items = t.group(c.Selections, path)
	}
	if out.Query = g; len(g.Metrics) > query.MaxMetrics {
		s.add(query.TooManyMetrics(), path)
	}
	return out
}

// groups reads how many groups are wanted.
func (a args) groups() (int, error) {
	switch n, given := number(a["first"]); {
	case !given:
		return query.DefaultGroups, nil
	case n < 1:
		return n, fault.New(fault.Invalid, "must be at least 1").At("first")
	case n > query.MaxGroups:
		return n, fault.New(fault.TooCostly, "at most %d groups are answered", query.MaxGroups).At("first")
	default:
		return n, nil
	}
}

// groupSelector turns the selection on the groups of one aggregation.
type groupSelector struct {
	*selector
	form  *form.Form
	query *query.Aggregation
}

// group is the selection on a group in the typed face.
func (s *groupSelector) group(sel ast.SelectionSet, path []any) []plan.GroupItem {
	typ := s.form.Type + "Aggregate"
	var out []plan.GroupItem
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{typ}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch c.Name {
		case "__typename":
			item.What = constant(typ)
		case "count":
			item.What = plan.Size{}
		case "group":
			item.What = s.keys(s.form, nil, c.Selections, at)
		default:
			item.What = s.metrics(c, at)
		}
		out = append(out, item)
	}
	return out
}

// metrics is the selection on the metrics of one function.
func (s *groupSelector) metrics(c graphql.CollectedField, path []any) plan.Nested {
	out := plan.Nested{}
	i := slices.IndexFunc(functions, func(fn function) bool { return fn.name == c.Name })
	typ := s.form.Type + functions[i].typ
	for _, m := range graphql.CollectFields(s.x.op, c.Selections, []string{typ}) {
		item := plan.GroupItem{Name: m.Alias}
		switch x := s.form.Readable(m.Name); {
		case m.Name == "__typename":
			item.What = constant(typ)
		case !functions[i].fn.Of(x): // validation lets no other name through
			s.add(fault.New(fault.Invalid, "form %s has no field %q", s.form.Key, m.Name), under(path, m.Alias))
		default:
			item.What = plan.Metric{Index: s.query.Metric(query.Metric{Function: functions[i].fn, Field: x})}
		}
		out = append(out, item)
	}
	return out
}

// keys is the selection on what the records of a group have in common, of the
// record that a path of references leads to.
func (s *groupSelector) keys(f *form.Form, way []*form.Field, sel ast.SelectionSet, path []any) plan.Nested {
	typ := f.Type + "GroupKey"
	out := plan.Nested{}
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{typ}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch x := f.Named(c.Name); {
		case c.Name == "__typename":
			item.What = constant(typ)
		case c.Name == of && x == nil:
			item.What = s.keysOf(f, way, c.Selections, at)
		default:
			item.What = s.key(x, way, c, at)
		}
		out = append(out, item)
	}
	return out
}

func (s *groupSelector) keysOf(f *form.Form, way []*form.Field, sel ast.SelectionSet, path []any) plan.Nested {
	typ := f.Type + "GroupKeyOf"
	out := plan.Nested{}
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{typ}) {
		item := plan.GroupItem{Name: c.Alias, What: constant(typ)}
		if x := f.Named(c.Name); x != nil {
			item.What = s.keys(x.Target, append(way[:len(way):len(way)], x), c.Selections, under(path, c.Alias))
		}
		out = append(out, item)
	}
	return out
}

// key finds the one of groupBy that is selected.
func (s *groupSelector) key(x *form.Field, way []*form.Field, c graphql.CollectedField, path []any) plan.GroupWhat {
	by, _ := arguments(c.Field, s.x.op.Variables)["by"].(string)
	found := -1
	for i, g := range s.query.Groups {
		if g.Field != x || !slices.Equal(g.Path, way) || by != "" && g.By != query.DatePeriod(by) {
			continue
		}
		if found >= 0 {
			s.add(fault.New(fault.Invalid, "%s is grouped by several periods: say which is meant, as %s(by: %s)", c.Name, c.Name, g.By), path)
			return constant("")
		}
		found = i
	}
	switch {
	case found < 0:
		s.add(fault.New(fault.Invalid, "%s is not one of groupBy", c.Name), path)
		return constant("")
	case x.Target != nil:
		return plan.KeyRecord{Index: found, Object: s.object(x.Target, c.Selections, path)}
	}
	return plan.Key{Index: found, Typed: true}
}

// row is the selection on a group in the generic face.
func (s *groupSelector) row(sel ast.SelectionSet, path []any) []plan.GroupItem {
	var out []plan.GroupItem
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{"AggregateRow"}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch c.Name {
		case "__typename":
			item.What = constant("AggregateRow")
		case "count":
			item.What = plan.Size{}
		case "group":
			list := plan.Listed{}
			for i, g := range s.query.Groups {
				list = append(list, s.genericKey(i, g, c.Selections, under(at, i)))
			}
			item.What = list
		case "metrics":
			list := plan.Listed{}
			for i := range s.query.Metrics {
				list = append(list, s.genericMetric(i, c.Selections))
			}
			item.What = list
		}
		out = append(out, item)
	}
	return out
}

func (s *groupSelector) genericKey(i int, g query.Group, sel ast.SelectionSet, path []any) plan.Nested {
	out := plan.Nested{}
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{"AggregateKey"}) {
		item := plan.GroupItem{Name: c.Alias}
		switch c.Name {
		case "__typename":
			item.What = constant("AggregateKey")
		case "field":
			name := ""
			for _, x := range g.Path {
				name += x.Key + "."
			}
			item.What = constant(name + g.Field.Key)
		case "by":
			item.What = optional(string(g.By))
		case "value":
			item.What = plan.Key{Index: i}
		case "record":
			if item.What = optional(""); g.Field.Target != nil {
				item.What = plan.KeyRecord{Index: i, Object: s.object(g.Field.Target, c.Selections, under(path, c.Alias))}
			}
		}
		out = append(out, item)
	}
	return out
}

func (s *groupSelector) genericMetric(i int, sel ast.SelectionSet) plan.Nested {
	out, m := plan.Nested{}, s.query.Metrics[i]
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{"AggregateMetric"}) {
		item := plan.GroupItem{Name: c.Alias}
		switch c.Name {
		case "__typename":
			item.What = constant("AggregateMetric")
		case "name":
			if item.What = optional(""); s.query.Saved != nil {
				item.What = constant(s.query.Saved.Names[len(s.query.Groups)+i])
			}
		case "function":
			item.What = constant(string(m.Function))
		case "field":
			if item.What = optional(""); m.Field != nil {
				item.What = constant(m.Field.Key)
			}
		case "value":
			item.What = plan.Metric{Index: i}
		}
		out = append(out, item)
	}
	return out
}

// optional is a text, or null where it is empty.
func optional(text string) plan.Constant {
	if text == "" {
		return plan.Constant("null")
	}
	return constant(text)
}
