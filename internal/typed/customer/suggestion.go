package customer

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
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/typed/write"

	"github.com/99designs/gqlgen/graphql"
)

func suggestions(x *shaped.Operation, f *form.Form, c graphql.CollectedField) (shaped.Prepared, error) {
	var bad fault.List
	ask, err := tableAsk(x, f, c)
	if err := bad.Add(err); err != nil {
		return shaped.Prepared{}, err
	}
	n := suggestion.DefaultCandidates
	if given, ok := shaped.Number(x.Arguments(c)["candidates"]); ok {
		n = given
	}
	if n < 1 {
		bad = append(bad, fault.New(fault.Invalid, "must be at least 1").At("candidates"))
	} else if n > suggestion.MaxCandidates {
		bad = append(bad, fault.New(fault.TooCostly, "at most %d candidates of each gap", suggestion.MaxCandidates).At("candidates"))
	}
	if len(bad) > 0 {
		return shaped.Prepared{}, bad.Err()
	}
	s := suggestion.Ask{Division: ask, Gaps: ask.List.First, Candidates: n}
	cost := plan.Cost(shaped.FixedCost).Plus(2 * shaped.LookCost).Plus(plan.Cost(s.Gaps).Times(plan.Cost(n)))
	fixed, by := x.Ctx, x.Req.Actor
	return shaped.Prepared{Cost: cost, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		found, err := s.Read(ctx, conn, by)
		if err != nil {
			return b, err
		}
		fixed = late.With(fixed, x.CollectorOn(fixed, func(f func(*pg.Conn) error) error { return f(conn) }))
		return generated.NewDoor(fixed, x.Fixed).Suggestions(fixed, c.Selections, found, b), nil
	}}, nil
}

// applySuggestions answers applySuggestions(input:).
func applySuggestions(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	f, err := suggestion.Form(x.Catalog)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	today := calendar.Of(x.Req.Now, x.Catalog.Zone)
	a := &suggestion.Apply{On: in["on"], Ask: suggestion.Ask{Division: division.Ask{Catalog: x.Catalog, Env: x.Env(), Day: today, List: query.List{Form: x.Catalog.Customers()}}}}
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
	call, err := write.Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := write.NewPayload(x, c, map[string]write.Showing{"records": write.ListOf(f, len(a.Items))})
	if a.Stated() { // looks at all customers
		p.Cost = p.Cost.Plus(shaped.LookCost)
	}
	if err != nil || p.Cost > shaped.MaxCost {
		return shaped.Prepared{Cost: p.Cost}, err
	}
	if err := a.Check(); err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		done, err := a.Write(ctx, conn, call)
		write.Wrote(x, f)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.Append(ctx, conn, b, write.Written{"records": done.IDs}, write.DoneFields(x, f, "items", done))
	}}, nil
}
