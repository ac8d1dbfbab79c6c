package shaped

import (
	"encoding/json"
	"sort"
	"sync"

	"fieldwork/internal/form"
	"fieldwork/internal/plan"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// Clients ask the same few documents again and again, with other ids, filters and
// cursors. What lies below a root field is compiled once: for each place in a
// document, language, and values of those variables that are used below it. Of a
// list, what its own arguments make of it is read for every request.

// maxPlans bounds the compiled plans of one version of an organisation's schema.
const maxPlans = 300

// plans keeps compiled plans. The zero value is empty.
type plans struct {
	mu    sync.Mutex
	known *simplelru.LRU[Place, *Planned]
	below *simplelru.LRU[*ast.Field, []string] // the variables that are used below a field
}

// Place is where a plan is kept.
type Place struct {
	field *ast.Field // documents are kept by their text, so a place in one is an address
	form  *form.Form
	rest  string
}

// Planned is a compiled plan with its cost.
type Planned struct {
	Plan *plan.Plan
	Cost plan.Cost
}

// Place is where the plan of what a field selects of a form's records is kept; ok is
// false when it is not to be kept. more is what else it depends on.
func (x *Operation) Place(f *form.Form, c graphql.CollectedField, more string) (at Place, ok bool) {
	if c.Field == nil || len(c.Selections) != len(c.Field.SelectionSet) { // merged from several places
		return at, false
	}
	p := &x.plans
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known, _ = simplelru.NewLRU[Place, *Planned](maxPlans, nil)
		p.below, _ = simplelru.NewLRU[*ast.Field, []string](maxPlans, nil)
	}
	names, ok := p.below.Get(c.Field)
	if !ok {
		names = variablesBelow(c.Field)
		p.below.Add(c.Field, names)
	}
	at = Place{field: c.Field, form: f, rest: x.Req.Language + "\x00" + more}
	if len(names) > 0 {
		values := make([]any, len(names))
		for i, n := range names {
			if v, given := x.Op.Variables[n]; given {
				values[i] = []any{v}
			}
		}
		b, err := json.Marshal(values)
		if err != nil || len(b) > 4<<10 {
			return at, false
		}
		at.rest += "\x00" + string(b)
	}
	return at, true
}

// Kept finds a plan at a place.
func (x *Operation) Kept(at Place) (*Planned, bool) {
	x.plans.mu.Lock()
	defer x.plans.mu.Unlock()
	return x.plans.known.Get(at)
}

// Keep keeps a plan of what s has turned, unless it is good for this request only.
func (s *Selector) Keep(at Place, pl *plan.Plan, cost plan.Cost) {
	if s.passing || pl.Timely() {
		return
	}
	s.x.plans.mu.Lock()
	defer s.x.plans.mu.Unlock()
	s.x.plans.known.Add(at, &Planned{pl, cost})
}

// variablesBelow are the names of the variables in the selections and directives
// of a field, without those of its own arguments.
func variablesBelow(f *ast.Field) []string {
	found := map[string]bool{}
	var value func(v *ast.Value)
	value = func(v *ast.Value) {
		if v == nil {
			return
		}
		if v.Kind == ast.Variable {
			found[v.Raw] = true
		}
		for _, c := range v.Children {
			value(c.Value)
		}
	}
	arguments := func(list ast.ArgumentList) {
		for _, a := range list {
			value(a.Value)
		}
	}
	directives := func(list ast.DirectiveList) {
		for _, d := range list {
			arguments(d.Arguments)
		}
	}
	seen := map[*ast.FragmentDefinition]bool{}
	var selections func(set ast.SelectionSet)
	selections = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				arguments(s.Arguments)
				directives(s.Directives)
				selections(s.SelectionSet)
			case *ast.InlineFragment:
				directives(s.Directives)
				selections(s.SelectionSet)
			case *ast.FragmentSpread:
				directives(s.Directives)
				if !seen[s.Definition] {
					seen[s.Definition] = true
					directives(s.Definition.Directives)
					selections(s.Definition.SelectionSet)
				}
			}
		}
	}
	selections(f.SelectionSet)
	names := make([]string, 0, len(found))
	for n := range found {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
