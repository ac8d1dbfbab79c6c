package read

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// matchesPage is how many records of each form a search of several shows unless
// told otherwise.
const matchesPage = 5

// search prepares a search of several forms: a page of each.
func search(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	forms := x.Catalog.Active()
	if keys, given := a["forms"].([]any); given {
		var bad fault.List
		forms = nil
		for i, key := range keys {
			f, err := x.FormArg(key, "forms", i)
			if err = bad.Add(err); err != nil {
				return shaped.Prepared{}, err
			}
			forms = append(forms, f)
		}
		if err := bad.Err(); err != nil {
			return shaped.Prepared{}, err
		}
	}
	var (
		cost  plan.Cost
		parts []shaped.Prepared
		plans []*plan.Plan
	)
	for _, f := range forms {
		p, err := matches(x, f, a, c)
		if err != nil {
			return shaped.Prepared{}, err
		}
		parts, plans, cost = append(parts, p), append(plans, p.Also...), cost.Plus(p.Cost)
	}
	return shaped.Prepared{Cost: cost, Also: plans, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		var failed error
		out := shaped.AppendList(b, len(parts), func(b []byte, i int) []byte {
			if failed == nil {
				b, failed = parts[i].Run(ctx, conn, b)
			}
			return b
		})
		if failed != nil {
			return b, failed
		}
		return out, nil
	}}, nil
}

// matches prepares what is found in one form.
func matches(x *shaped.Operation, f *form.Form, a shaped.Args, c graphql.CollectedField) (shaped.Prepared, error) {
	l := query.List{Form: f}
	var bad fault.List
	if err := bad.Add(l.For(a["text"]), "text"); err != nil {
		return shaped.Prepared{}, err
	}
	if l.Search == "" && len(bad) == 0 {
		bad = append(bad, fault.New(fault.Invalid, "must not be blank").At("text"))
	}
	if err := bad.Add(shaped.Args{"first": a["first"]}.Page(&l)); err != nil {
		return shaped.Prepared{}, err
	}
	if err := bad.Err(); err != nil {
		return shaped.Prepared{}, err
	}
	if a["first"] == nil {
		l.First = matchesPage
	}
	out := shaped.Prepared{Cost: 1}
	fields := graphql.CollectFields(x.Op, c.Selections, []string{"FormMatches"})
	cons := make([][]byte, len(fields))
	runs := make([]func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error), len(fields))
	for i, pc := range fields {
		switch pc.Name {
		case "__typename":
			cons[i] = shaped.Constant("FormMatches")
		case "form":
			if out.Cost = out.Cost.Plus(x.Objects(pc.Definition, pc.Name, pc.Selections, 0)); out.Cost <= shaped.MaxCost { // else it is refused
				cons[i] = x.FixedForm(f, pc)
			}
		case "records":
			page, err := page(x, x.Selector(1), l, pc)
			if err != nil {
				return shaped.Prepared{}, fault.Below(err, pc.Alias)
			}
			out.Cost, runs[i] = out.Cost.Plus(page.Cost), page.Run
			out.Also = append(out.Also, page.Plan)
		}
	}
	out.Run = func(ctx context.Context, c *pg.Conn, b []byte) (_ []byte, err error) {
		b = shaped.AppendObject(b, fields, func(b []byte, i int) []byte {
			if runs[i] == nil || err != nil {
				return append(b, cons[i]...)
			}
			b, err = runs[i](ctx, c, b)
			return b
		})
		return b, err
	}
	return out, nil
}
