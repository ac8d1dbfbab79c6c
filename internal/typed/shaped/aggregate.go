package shaped

import (
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/sdl"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Groups turns the field of an aggregation and its arguments.
func (s *Selector) Groups(f *form.Form, c graphql.CollectedField, face query.Face, path []any) plan.Groups {
	a := s.x.Arguments(c)
	g := query.Aggregation{List: query.List{Form: f}}
	bad := len(s.bad)
	var err error
	g.List.Filter, err = query.ParseFilter(f, a["filter"], face, s.Env.Now)
	s.Add(err, under(path, "filter"))
	if a["view"] != nil {
		_, err = s.x.Through(a.Text("view"), &g.List, s.Env.Now)
		s.Add(err, under(path, "view"))
	}
	if g.List.Filter != nil && query.Relative(g.List.Filter) {
		s.passing = true
	}
	g.Groups, err = query.ParseGroups(f, a["groupBy"], face)
	s.Add(err, under(path, "groupBy"))
	if err == nil {
		g.Order, err = query.ParseGroupOrder(f, g.Groups, a["orderBy"], face)
		s.Add(err, under(path, "orderBy"))
	}
	if face == query.Generic {
		g.Metrics, err = query.ParseMetrics(f, a["metrics"])
		s.Add(err, under(path, "metrics"))
	}
	g.First, err = a.Groups()
	s.Add(err, path)
	if len(s.bad) > bad {
		return plan.Groups{Query: g} // refused
	}
	times := s.Times
	s.Times = times.Times(plan.Groups{Query: g}.Rows())
	defer func() { s.Times = times }()
	t := &groupSelector{Selector: s, form: f, query: &g}
	out := plan.Groups{}
	if face == query.Generic {
		out.Items = t.row(c.Selections, path)
	} else {
		out.Items = t.group(c.Selections, path)
	}
	if out.Query = g; len(g.Metrics) > query.MaxMetrics {
		s.Add(query.TooManyMetrics(), path)
	}
	return out
}

// Groups reads how many groups are wanted.
func (a Args) Groups() (int, error) {
	switch n, given := Number(a["first"]); {
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
	*Selector
	form  *form.Form
	query *query.Aggregation
}

// group is the selection on a group in the typed face.
func (s *groupSelector) group(sel ast.SelectionSet, path []any) []plan.GroupItem {
	typ := s.form.Type + "Aggregate"
	var out []plan.GroupItem
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{typ}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch c.Name {
		case "__typename":
			item.What = Constant(typ)
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
	i := slices.IndexFunc(sdl.Functions, func(fn sdl.Function) bool { return fn.Name == c.Name })
	typ := s.form.Type + sdl.Functions[i].Type
	for _, m := range graphql.CollectFields(s.x.Op, c.Selections, []string{typ}) {
		item := plan.GroupItem{Name: m.Alias}
		switch x := s.form.Readable(m.Name); {
		case m.Name == "__typename":
			item.What = Constant(typ)
		case !sdl.Functions[i].Of.Of(x): // validation lets no other name through
			s.Add(fault.New(fault.Invalid, "form %s has no field %q", s.form.Key, m.Name), under(path, m.Alias))
		default:
			item.What = plan.Metric{Index: s.query.Metric(query.Metric{Function: sdl.Functions[i].Of, Field: x})}
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
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{typ}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch x := f.Named(c.Name); {
		case c.Name == "__typename":
			item.What = Constant(typ)
		case c.Name == sdl.KeysOf && x == nil:
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
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{typ}) {
		item := plan.GroupItem{Name: c.Alias, What: Constant(typ)}
		if x := f.Named(c.Name); x != nil {
			item.What = s.keys(x.Target, append(way[:len(way):len(way)], x), c.Selections, under(path, c.Alias))
		}
		out = append(out, item)
	}
	return out
}

// key finds the one of groupBy that is selected.
func (s *groupSelector) key(x *form.Field, way []*form.Field, c graphql.CollectedField, path []any) plan.GroupWhat {
	by, _ := s.x.Arguments(c)["by"].(string)
	found := -1
	for i, g := range s.query.Groups {
		if g.Field != x || !slices.Equal(g.Path, way) || by != "" && g.By != query.DatePeriod(by) {
			continue
		}
		if found >= 0 {
			s.Add(fault.New(fault.Invalid, "%s is grouped by several periods: say which is meant, as %s(by: %s)", c.Name, c.Name, g.By), path)
			return Constant("")
		}
		found = i
	}
	switch {
	case found < 0:
		s.Add(fault.New(fault.Invalid, "%s is not one of groupBy", c.Name), path)
		return Constant("")
	case x.Target != nil:
		return plan.KeyRecord{Index: found, Object: s.Object(x.Target, c.Selections, path)}
	}
	return plan.Key{Index: found, Typed: true}
}

// Rows turns the selection on the rows of an aggregation of a form, in the generic face.
func (s *Selector) Rows(f *form.Form, g *query.Aggregation, sel ast.SelectionSet) []plan.GroupItem {
	return (&groupSelector{Selector: s, form: f, query: g}).row(sel, nil)
}

// row is the selection on a group in the generic face.
func (s *groupSelector) row(sel ast.SelectionSet, path []any) []plan.GroupItem {
	var out []plan.GroupItem
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{"AggregateRow"}) {
		item, at := plan.GroupItem{Name: c.Alias}, under(path, c.Alias)
		switch c.Name {
		case "__typename":
			item.What = Constant("AggregateRow")
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
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{"AggregateKey"}) {
		item := plan.GroupItem{Name: c.Alias}
		switch c.Name {
		case "__typename":
			item.What = Constant("AggregateKey")
		case "field":
			name := ""
			for _, x := range g.Path {
				name += x.Key + "."
			}
			item.What = Constant(name + g.Field.Key)
		case "by":
			item.What = optional(string(g.By))
		case "value":
			item.What = plan.Key{Index: i}
		case "record":
			if item.What = optional(""); g.Field.Target != nil {
				item.What = plan.KeyRecord{Index: i, Object: s.Object(g.Field.Target, c.Selections, under(path, c.Alias))}
			}
		}
		out = append(out, item)
	}
	return out
}

func (s *groupSelector) genericMetric(i int, sel ast.SelectionSet) plan.Nested {
	out, m := plan.Nested{}, s.query.Metrics[i]
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{"AggregateMetric"}) {
		item := plan.GroupItem{Name: c.Alias}
		switch c.Name {
		case "__typename":
			item.What = Constant("AggregateMetric")
		case "name":
			if item.What = optional(""); s.query.Saved != nil {
				item.What = Constant(s.query.Saved.Names[len(s.query.Groups)+i])
			}
		case "function":
			item.What = Constant(string(m.Function))
		case "field":
			if item.What = optional(""); m.Field != nil {
				item.What = Constant(m.Field.Key)
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
	return Constant(text)
}
