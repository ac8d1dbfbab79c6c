package typed

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// selector turns selections into the tree that package plan compiles. It
// gathers the faults of all arguments, with paths made of the names in the
// answer and then the names of the arguments.
type selector struct {
	x   *exec
	bad fault.List
	// times is how many records may stand where the selector is, extra what their
	// forms cost, which package plan takes for constants.
	times, extra plan.Cost
	// err is a failure that is no fault of the request.
	err error
	// passing says that the tree is good for this request only.
	passing bool
	// env is what the tree is read under.
	env plan.Env
}

// selector makes a selector of what stands times over and is read as it is.
func (x *exec) selector(times plan.Cost) *selector {
	return &selector{x: x, times: times, env: x.env()}
}

// selectorAt makes one of what is read as of the moment that an argument asOf names,
// if any. Faults: INVALID.
func (x *exec) selectorAt(c graphql.CollectedField) (s *selector, err error) {
	s = x.selector(1)
	s.env, err = x.envAt(arguments(c.Field, x.op.Variables)["asOf"])
	return s, err
}

func (s *selector) add(err error, path []any) {
	if err = s.bad.Add(err, path...); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *selector) result() error {
	if s.err != nil {
		return s.err
	}
	return s.bad.Err()
}

func under(path []any, step any) []any { return append(path[:len(path):len(path)], step) }

// object turns the selection on a record of form f.
func (s *selector) object(f *form.Form, sel ast.SelectionSet, path []any) plan.Object {
	out := plan.Object{Form: f}
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{f.Type, "Record", "Node"}) {
		at := under(path, c.Alias)
		out.Items = append(out.Items, plan.Item{Name: c.Alias, What: s.item(f, c, at)})
	}
	return out
}

func (s *selector) item(f *form.Form, c graphql.CollectedField, at []any) plan.What {
	switch c.Name {
	case "__typename":
		return constant(f.Type)
	case "title":
		return plan.Title{Language: s.x.req.Language}
	case "form":
		s.passing = true                                                                              // it is written beforehand, with counts of now
		s.extra = s.extra.Plus(s.times.Times(s.x.objects(c.Definition, c.Name, c.Selections, 0) - 1)) // the form itself is free
		if s.extra > MaxCost {
			return constant("") // refused before it is shown
		}
		return plan.Constant(s.x.form(f, c))
	case "history":
		return s.history(f, c, at)
	case "values":
		return plan.Values{Fields: s.values(f, arguments(c.Field, s.x.op.Variables), at)}
	}
	x := f.Readable(c.Name)
	if x == nil && c.Name == healthField && hasHealth(f) {
		return s.health(f, c, at)
	}
	if list := aggregated(f, c.Name); list != nil {
		return plan.Aggregated{Many: list, Groups: s.groups(list.Target, c, query.Typed, at)}
	}
	switch {
	case x == nil: // validation lets no other name through
		s.add(fault.New(fault.Invalid, "form %s has no field %q", f.Key, c.Name), at)
		return constant("")
	case x.IsMany():
		return plan.Connected{Many: x, List: s.list(x.Target, c, query.Typed, at)}
	case x.IsReference():
		return plan.Referred{Field: x, Object: s.object(x.Target, c.Selections, at)}
	case kind.IsFiles(x.Kind):
		return plan.Files{Field: x, Items: s.parts(c, "File"), URL: fileURL}
	case x.Value.Form() == kind.AsObject:
		return plan.Parts{Field: x, Items: s.parts(c, x.Value.GraphQL())}
	}
	return plan.Value{Field: x}
}

// parts turns the selection on an object of a field, whose names are those of
// its parts.
func (s *selector) parts(c graphql.CollectedField, typ string) []plan.PartItem {
	var out []plan.PartItem
	for _, p := range graphql.CollectFields(s.x.op, c.Selections, []string{typ}) {
		item := plan.PartItem{Name: p.Alias, Part: p.Name}
		if p.Name == "__typename" {
			item.Constant = constant(typ)
		}
		out = append(out, item)
	}
	return out
}

// values finds the fields that values(fields:) names; by default all that have
// values.
func (s *selector) values(f *form.Form, a args, path []any) []*form.Field {
	names, given := a["fields"].([]any)
	if !given {
		if one, ok := a["fields"].(string); ok {
			names, given = []any{one}, true
		}
	}
	var out []*form.Field
	if !given {
		for _, x := range f.Own() {
			if x.HasValue() {
				out = append(out, x)
			}
		}
		return out
	}
	seen := map[*form.Field]bool{}
	for i, n := range names {
		key, _ := n.(string)
		x := f.Field(key)
		if x == nil || !x.HasValue() {
			s.add(fault.New(fault.Invalid, "form %s has no value %q", f.Key, fault.Clip(key)), append(path[:len(path):len(path)], "fields", i))
			continue
		}
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}

// list turns a connection field and its arguments.
func (s *selector) list(f *form.Form, c graphql.CollectedField, face query.Face, path []any) plan.List {
	l := s.query(f, c, face, path)
	if l.Filter != nil && query.Relative(l.Filter) {
		s.passing = true
	}
	return s.below(l, c, path)
}

// query reads the arguments of a list.
func (s *selector) query(f *form.Form, c graphql.CollectedField, face query.Face, path []any) query.List {
	a := arguments(c.Field, s.x.op.Variables)
	l := query.List{Form: f}
	var err error
	l.Filter, err = query.ParseFilter(f, a["filter"], face, s.env.Now)
	s.add(err, under(path, "filter"))
	l.Order, err = query.ParseOrder(f, a["orderBy"], face)
	s.add(err, under(path, "orderBy"))
	if a["view"] != nil {
		s.add(s.viewed(a, &l), under(path, "view"))
	}
	s.add(l.For(a["search"]), under(path, "search"))
	s.add(a.page(&l), path)
	return l
}

// below turns what is selected of a list.
func (s *selector) below(l query.List, c graphql.CollectedField, path []any) plan.List {
	times := s.times
	s.times = times.Times(plan.Cost(l.First))
	defer func() { s.times = times }()
	return plan.List{Query: l, Parts: s.connection(l.Form, c.Selections, path)}
}

func (s *selector) connection(f *form.Form, sel ast.SelectionSet, path []any) []plan.Part {
	var out []plan.Part
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{f.Type + "Connection", "RecordConnection"}) {
		at := under(path, c.Alias)
		p := plan.Part{Name: c.Alias}
		switch c.Name {
		case "__typename":
			p.What = constant(c.ObjectDefinition.Name)
		case "nodes":
			p.What = plan.Nodes{Object: s.object(f, c.Selections, at)}
		case "edges":
			p.What = plan.Edges{Parts: s.edges(f, c.Selections, at)}
		case "pageInfo":
			p.What = plan.PageInfo{Parts: s.info(c.Selections)}
		case "totalCount":
			p.What = plan.TotalCount{}
		}
		out = append(out, p)
	}
	return out
}

func (s *selector) edges(f *form.Form, sel ast.SelectionSet, path []any) []plan.EdgePart {
	var out []plan.EdgePart
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{f.Type + "Edge", "RecordEdge"}) {
		p := plan.EdgePart{Name: c.Alias}
		switch c.Name {
		case "__typename":
			p.Constant = constant(c.ObjectDefinition.Name)
		case "cursor":
			p.Cursor = true
		case "node":
			o := s.object(f, c.Selections, under(path, c.Alias))
			p.Node = &o
		}
		out = append(out, p)
	}
	return out
}

var infos = map[string]plan.Info{"hasNextPage": plan.HasNextPage, "hasPreviousPage": plan.HasPreviousPage, "startCursor": plan.StartCursor, "endCursor": plan.EndCursor}

func (s *selector) info(sel ast.SelectionSet) []plan.InfoPart {
	var out []plan.InfoPart
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{"PageInfo"}) {
		p := plan.InfoPart{Name: c.Alias, Info: infos[c.Name]}
		if c.Name == "__typename" {
			p.Constant = constant("PageInfo")
		}
		out = append(out, p)
	}
	return out
}
