package typed

import (
	"context"

	"fieldwork/graph/generated"
	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/late"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/suggestion"

	"github.com/99designs/gqlgen/graphql"
)

// suggestionsRoot is who could fill the gaps of customers: a fixed type, asked for by
// filters and orders of the organisation's own customers.
const suggestionsRoot = "suggestions"

// suggestions prints the root field.
func (p *printer) suggestions() {
	f := p.cat.Customers()
	if f == nil {
		return
	}
	p.put("extend type Query {\n  \"\"\"\n  Members who could fill the gaps of the customers that match, with the reasons. Gaps are those of divisionTable with the same arguments; first is how many\n"+
		"  are told, 20 unless said and 200 at most, candidates how many members of each, 5 unless said and 20 at most (TOO_COSTLY). A past day is as in divisionTable,\n  but for refusals, which are those of now.\n  \"\"\"\n"+
		"  %s(search: String, filter: %[2]sFilter, responsibilities: [String!], asOf: Date, orderBy: [%[2]sOrder!], first: Int, candidates: Int): Suggestions!\n}\n", suggestionsRoot, f.Type)
}

func (x *exec) suggestions(f *form.Form, c graphql.CollectedField) (prepared, error) {
	var bad fault.List
	ask, err := x.divisionAsk(f, c)
	if err := bad.Add(err); err != nil {
		return prepared{}, err
	}
	n := suggestion.DefaultCandidates
	if given, ok := number(arguments(c.Field, x.op.Variables)["candidates"]); ok {
		n = given
	}
	if n < 1 {
		bad = append(bad, fault.New(fault.Invalid, "must be at least 1").At("candidates"))
	} else if n > suggestion.MaxCandidates {
		bad = append(bad, fault.New(fault.TooCostly, "at most %d candidates of each gap", suggestion.MaxCandidates).At("candidates"))
	}
	if len(bad) > 0 {
		return prepared{}, bad.Err()
	}
	s := suggestion.Ask{Division: ask, Gaps: ask.List.First, Candidates: n}
	cost := plan.Cost(fixedCost).Plus(2 * divisionCost).Plus(plan.Cost(s.Gaps).Times(plan.Cost(n)))
	fixed, by := x.ctx, x.req.Actor
	return prepared{cost: cost, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		found, err := s.Read(ctx, conn, by)
		if err != nil {
			return b, err
		}
		fixed = late.With(fixed, x.collectorOn(fixed, func(f func(*pg.Conn) error) error { return f(conn) }))
		return generated.NewDoor(fixed, x.s.fixed).Suggestions(fixed, c.Selections, found, b), nil
	}}, nil
}

// applySuggestions answers applySuggestions(input:).
func applySuggestions(x *exec, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	f, err := suggestion.Form(x.s.Catalog)
	if err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	today := calendar.Of(x.req.Now, x.s.Catalog.Zone)
	a := &suggestion.Apply{On: in["on"], Ask: suggestion.Ask{Division: division.Ask{Catalog: x.s.Catalog, Env: x.env(), Day: today, List: query.List{Form: x.s.Catalog.Customers()}}}}
	if a.On == nil {
		a.On = today.String()
	}
	items, ok := in["items"].([]any)
	if !ok { // one in the place of a list
		items = []any{in["items"]}
	}
	for _, v := range items {
		m, _ := v.(map[string]any)
		text := func(name string) string { s, _ := m[name].(string); return s }
		a.Items = append(a.Items, suggestion.Item{Customer: text("customer"), Member: text("member"), Responsibility: text("responsibility"), Level: m["level"], On: m["on"], State: text("state")})
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.payload(c, map[string]showing{"records": listOf(f, len(a.Items))})
	if a.Stated() { // looks at all customers
		p.cost = p.cost.Plus(divisionCost)
	}
	if err != nil || p.cost > MaxCost {
		return prepared{cost: p.cost}, err
	}
	if err := a.Check(); err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		done, err := a.Write(ctx, conn, call)
		x.wrote(f)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, conn, b, written{"records": done.IDs}, x.doneFields(f, "items", done))
	}}, nil
}
