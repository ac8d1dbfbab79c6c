package shaped

import (
	"context"

	"fieldwork/graph/generated"
	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/typed/sdl"

	"github.com/99designs/gqlgen/graphql"
)

// healthCost is what the health of a customer counts for: it looks at a few records
// more.
const healthCost = 4

// health turns health(asOf:) of a customer. The customers of a level are judged
// together, when they have been read.
func (s *Selector) health(f *form.Form, c graphql.CollectedField, at []any) plan.What {
	s.passing = true // what is made depends on the day
	x := s.x
	today := calendar.Of(x.Req.Now, f.Catalog.Zone)
	r := health.Reader{Catalog: f.Catalog, Env: s.Env, Day: min(today, calendar.Of(s.Env.Now, f.Catalog.Zone)), NoTrend: !selects(c, x.Op, "trend")}
	if text, given := x.Arguments(c)["asOf"].(string); given {
		var err error
		switch r.Day, err = calendar.Parse(text); {
		case err != nil:
			s.Add(fault.New(fault.Invalid, "is not a day such as 2026-11-26"), under(at, "asOf"))
		case r.Day > today:
			s.Add(fault.New(fault.Invalid, "is a day to come"), under(at, "asOf"))
		}
		r.Env = x.Env().EndOf(r.Day, f.Catalog.Zone)
	}
	ctx := graphql.WithFieldContext(x.Ctx, &graphql.FieldContext{Object: f.Type, Field: c})
	door := generated.NewDoor(ctx, x.Fixed)
	return plan.Outside{Name: sdl.HealthField, Each: healthCost, Make: func(db context.Context, conn *pg.Conn, ids []int64) (map[int64][]byte, error) {
		scores, err := r.Of(db, conn, ids)
		out := make(map[int64][]byte, len(scores))
		for id, score := range scores {
			out[id] = door.Health(ctx, c.Selections, &score)
		}
		return out, err
	}}
}

// selects says whether a field of an object is selected.
func selects(c graphql.CollectedField, op *graphql.OperationContext, name string) bool {
	for _, f := range graphql.CollectFields(op, c.Selections, []string{"HealthScore"}) {
		if f.Name == name {
			return true
		}
	}
	return false
}
