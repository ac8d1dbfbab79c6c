package shaped

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/sdl"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Selector turns selections into the tree that package plan compiles. It
// gathers the faults of all arguments, with paths made of the names in the
// answer and then the names of the arguments.
type Selector struct {
	x   *Operation
	bad fault.List
	// Times is how many records may stand where the selector is, Extra what their
	// forms cost, which package plan takes for constants.
	Times, Extra plan.Cost
	// err is a failure that is no fault of the request.
	err error
	// passing says that the tree is good for this request only.
	passing bool
	// Env is what the tree is read under.
	Env plan.Env
}

// Selector makes a selector of what stands times over and is read as it is.
func (x *Operation) Selector(times plan.Cost) *Selector {
	return &Selector{x: x, Times: times, Env: x.Env()}
}

// SelectorAt makes one of what is read as of the moment that an argument asOf names,
// if any. Faults: INVALID.
func (x *Operation) SelectorAt(c graphql.CollectedField) (s *Selector, err error) {
	s = x.Selector(1)
	s.Env, err = x.envAt(x.Arguments(c)["asOf"])
	return s, err
}

// Add gathers the faults of an argument at a path.
func (s *Selector) Add(err error, path []any) {
	if err = s.bad.Add(err, path...); err != nil && s.err == nil {
		s.err = err
	}
}

// Result is what is wrong with all that was turned.
func (s *Selector) Result() error {
	if s.err != nil {
		return s.err
	}
	return s.bad.Err()
}

func under(path []any, step any) []any { return append(path[:len(path):len(path)], step) }

// Object turns the selection on a record of form f.
func (s *Selector) Object(f *form.Form, sel ast.SelectionSet, path []any) plan.Object {
	out := plan.Object{Form: f}
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{f.Type, "Record", "Node"}) {
		at := under(path, c.Alias)
		out.Items = append(out.Items, plan.Item{Name: c.Alias, What: s.item(f, c, at)})
	}
	return out
}

func (s *Selector) item(f *form.Form, c graphql.CollectedField, at []any) plan.What {
	switch c.Name {
	case "__typename":
		return Constant(f.Type)
	case "title":
		return plan.Title{Language: s.x.Req.Language}
	case "form":
		s.passing = true                                                                              // it is written beforehand, with counts of now
		s.Extra = s.Extra.Plus(s.Times.Times(s.x.Objects(c.Definition, c.Name, c.Selections, 0) - 1)) // the form itself is free
		if s.Extra > MaxCost {
			return Constant("") // refused before it is shown
		}
		return plan.Constant(s.x.FixedForm(f, c))
	case "history":
		return s.History(f, c, at)
	case "values":
		return plan.Values{Fields: s.values(f, s.x.Arguments(c), at)}
	}
	x := f.Readable(c.Name)
	if x == nil && c.Name == sdl.HealthField && sdl.HasHealth(f) {
		return s.health(f, c, at)
	}
	if list := sdl.Aggregated(f, c.Name); list != nil {
		return plan.Aggregated{Many: list, Groups: s.Groups(list.Target, c, query.Typed, at)}
	}
	switch {
	case x == nil: // validation lets no other name through
		s.Add(fault.New(fault.Invalid, "form %s has no field %q", f.Key, c.Name), at)
		return Constant("")
	case x.IsMany():
		return plan.Connected{Many: x, List: s.list(x.Target, c, query.Typed, at)}
	case x.IsReference():
		return plan.Referred{Field: x, Object: s.Object(x.Target, c.Selections, at)}
	case kind.IsFiles(x.Kind):
		return plan.Files{Field: x, Items: s.parts(c, "File"), URL: fileURL}
	case x.Value.Form() == kind.AsObject:
		return plan.Parts{Field: x, Items: s.parts(c, x.Value.GraphQL())}
	}
	return plan.Value{Field: x}
}

// parts turns the selection on an object of a field, whose names are those of
// its parts.
func (s *Selector) parts(c graphql.CollectedField, typ string) []plan.PartItem {
	var out []plan.PartItem
	for _, p := range graphql.CollectFields(s.x.Op, c.Selections, []string{typ}) {
		item := plan.PartItem{Name: p.Alias, Part: p.Name}
		if p.Name == "__typename" {
			item.Constant = Constant(typ)
		}
		out = append(out, item)
	}
	return out
}

// values finds the fields that values(fields:) names; by default all that have
// values.
func (s *Selector) values(f *form.Form, a Args, path []any) []*form.Field {
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
			s.Add(fault.New(fault.Invalid, "form %s has no value %q", f.Key, fault.Clip(key)), append(path[:len(path):len(path)], "fields", i))
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
func (s *Selector) list(f *form.Form, c graphql.CollectedField, face query.Face, path []any) plan.List {
	l := s.Query(f, c, face, path)
	if l.Filter != nil && query.Relative(l.Filter) {
		s.passing = true
	}
	return s.Below(l, c, path)
}

// Query reads the arguments of a list.
func (s *Selector) Query(f *form.Form, c graphql.CollectedField, face query.Face, path []any) query.List {
	a := s.x.Arguments(c)
	l := query.List{Form: f}
	var err error
	l.Filter, err = query.ParseFilter(f, a["filter"], face, s.Env.Now)
	s.Add(err, under(path, "filter"))
	l.Order, err = query.ParseOrder(f, a["orderBy"], face)
	s.Add(err, under(path, "orderBy"))
	if a["view"] != nil {
		s.Add(s.viewed(a, &l), under(path, "view"))
	}
	s.Add(l.For(a["search"]), under(path, "search"))
	s.Add(a.Page(&l), path)
	return l
}

// Below turns what is selected of a list.
func (s *Selector) Below(l query.List, c graphql.CollectedField, path []any) plan.List {
	times := s.Times
	s.Times = times.Times(plan.Cost(l.First))
	defer func() { s.Times = times }()
	return plan.List{Query: l, Parts: s.connection(l.Form, c.Selections, path)}
}

func (s *Selector) connection(f *form.Form, sel ast.SelectionSet, path []any) []plan.Part {
	var out []plan.Part
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{f.Type + "Connection", "RecordConnection"}) {
		at := under(path, c.Alias)
		p := plan.Part{Name: c.Alias}
		switch c.Name {
		case "__typename":
			p.What = Constant(c.ObjectDefinition.Name)
		case "nodes":
			p.What = plan.Nodes{Object: s.Object(f, c.Selections, at)}
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

func (s *Selector) edges(f *form.Form, sel ast.SelectionSet, path []any) []plan.EdgePart {
	var out []plan.EdgePart
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{f.Type + "Edge", "RecordEdge"}) {
		p := plan.EdgePart{Name: c.Alias}
		switch c.Name {
		case "__typename":
			p.Constant = Constant(c.ObjectDefinition.Name)
		case "cursor":
			p.Cursor = true
		case "node":
			o := s.Object(f, c.Selections, under(path, c.Alias))
			p.Node = &o
		}
		out = append(out, p)
	}
	return out
}

var infos = map[string]plan.Info{"hasNextPage": plan.HasNextPage, "hasPreviousPage": plan.HasPreviousPage, "startCursor": plan.StartCursor, "endCursor": plan.EndCursor}

func (s *Selector) info(sel ast.SelectionSet) []plan.InfoPart {
	var out []plan.InfoPart
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{"PageInfo"}) {
		p := plan.InfoPart{Name: c.Alias, Info: infos[c.Name]}
		if c.Name == "__typename" {
			p.Constant = Constant("PageInfo")
		}
		out = append(out, p)
	}
	return out
}
