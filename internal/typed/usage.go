package typed

import (
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/request"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/usage"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// clientHeader is where clients say what they are called.
const clientHeader = "Graphql-Client-Name"

// users finds which fields the operations of a schema's documents use, once for
// each operation.
type users struct {
	types map[string]*form.Form // of records, and of inputs that name their fields
	found *lru.Cache[*ast.OperationDefinition, *usage.Fields]
}

func newUsers(s *Schema) *users {
	u := &users{types: map[string]*form.Form{}}
	u.found, _ = lru.New[*ast.OperationDefinition, *usage.Fields](2 * keptDocuments)
	for _, f := range s.Catalog.Active() {
		for _, name := range []string{f.Type, f.Type + "Filter", f.Type + "Set", f.Type + "Row", "Create" + f.Type + "Input",
			f.Type + "OrderOf", f.Type + "GroupOf", f.Type + "GroupKey", f.Type + "GroupKeyOf", f.Type + "AggregateCounts", f.Type + "AggregateNumbers", f.Type + "AggregateRange"} {
			u.types[name] = f
		}
	}
	return u
}

// count counts an operation that is about to run.
func (r *Router) count(e *Entry, req *request.Request, op *graphql.OperationContext, headers map[string][]string) {
	if r.Usage == nil || op.Operation == nil || !req.SignedIn {
		return
	}
	fields, ok := e.users.found.Get(op.Operation)
	if !ok {
		fields = e.users.fields(op.Operation)
		e.users.found.Add(op.Operation, fields)
	}
	var more func() []usage.Field
	if len(op.Variables) > 0 {
		more = func() []usage.Field { return e.users.variables(e.Schema.known.Doc, op, fields.List) }
	} else if len(fields.List) == 0 {
		return
	}
	r.Usage.Count(usage.Use{Org: req.Actor.OrgID, Client: first(headers[clientHeader]), Token: req.Actor.TokenID, Operation: op.Operation.Name, Fields: fields}, more)
}

// fields are those that the text of an operation selects, filters by and writes.
func (u *users) fields(op *ast.OperationDefinition) *usage.Fields {
	w := &userWalk{users: u, seen: map[usage.Field]bool{}, fragments: map[string]bool{}}
	w.selection(op.SelectionSet)
	return &usage.Fields{List: w.list}
}

// variables are the fields that the values of variables name, beyond those that
// the text does.
func (u *users) variables(s *ast.Schema, op *graphql.OperationContext, known []usage.Field) []usage.Field {
	w := &userWalk{users: u, schema: s, seen: map[usage.Field]bool{}}
	for _, f := range known {
		w.seen[f] = true
	}
	for _, v := range op.Operation.VariableDefinitions {
		w.input(v.Type, op.Variables[v.Variable], 0)
	}
	return w.list
}

type userWalk struct {
	*users
	schema    *ast.Schema
	list      []usage.Field
	seen      map[usage.Field]bool
	fragments map[string]bool
}

// add notes the field of a type's record by its name there.
func (w *userWalk) add(typ, name string) {
	f := w.types[typ]
	if f == nil {
		return
	}
	x := f.Readable(name)
	if list := sdl.Aggregated(f, name); list != nil {
		x = list
	}
	if x == nil || x.System {
		return
	}
	if u := (usage.Field{Form: f.Key, Key: x.Key}); !w.seen[u] {
		w.seen[u] = true
		w.list = append(w.list, u)
	}
}

func (w *userWalk) selection(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.ObjectDefinition != nil {
				w.add(s.ObjectDefinition.Name, s.Name)
			}
			for _, a := range s.Arguments {
				w.value(a.Value)
			}
			w.selection(s.SelectionSet)
		case *ast.InlineFragment:
			w.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			if s.Definition != nil && !w.fragments[s.Name] {
				w.fragments[s.Name] = true
				w.selection(s.Definition.SelectionSet)
			}
		}
	}
}

// value walks a value that stands in the text.
func (w *userWalk) value(v *ast.Value) {
	if v == nil {
		return
	}
	for _, c := range v.Children {
		if v.Kind == ast.ObjectValue && v.Definition != nil {
			w.add(v.Definition.Name, c.Name)
		}
		w.value(c.Value)
	}
	if v.Kind == ast.EnumValue && v.Definition != nil {
		w.order(v.Definition.Name, v.Raw)
	}
}

// order notes the field that a value of an enum of orders or groups stands for.
func (w *userWalk) order(typ, value string) {
	for _, suffix := range []string{"OrderField", "GroupField"} {
		name, ok := strings.CutSuffix(typ, suffix)
		f := w.types[name]
		if !ok || f == nil || f.Type != name {
			continue
		}
		if i := slices.IndexFunc(f.Fields, func(x *form.Field) bool { return query.OrderName(x) == value }); i >= 0 {
			w.add(f.Type, f.Fields[i].Name)
		}
	}
}

// input walks the value of a variable.
func (w *userWalk) input(t *ast.Type, v any, depth int) {
	if depth > 30 {
		return
	}
	if t.Elem != nil {
		if list, ok := shaped.Lists(v).([]any); ok {
			for _, item := range list {
				w.input(t.Elem, item, depth+1)
			}
			return
		}
		w.input(t.Elem, v, depth+1)
		return
	}
	def := w.schema.Types[t.NamedType]
	if def == nil {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			w.add(def.Name, name)
			if d := def.Fields.ForName(name); d != nil {
				w.input(d.Type, inner, depth+1)
			}
		}
	case string:
		w.order(def.Name, v)
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
