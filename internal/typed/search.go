package typed

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
)

// matchesPage is how many records of each form a search of several shows unless
// told otherwise.
const matchesPage = 5

// search prepares a search of several forms: a page of each.
func search(x *exec, c graphql.CollectedField) (prepared, error) {
	a := arguments(c.Field, x.op.Variables)
	forms := x.s.Catalog.Active()
	if keys, given := a["forms"].([]any); given {
		var bad fault.List
		forms = nil
		for i, key := range keys {
			f, err := x.formArg(key, "forms", i)
			if err = bad.Add(err); err != nil {
				return prepared{}, err
			}
			forms = append(forms, f)
		}
		if err := bad.Err(); err != nil {
			return prepared{}, err
		}
	}
	var (
		cost  plan.Cost
		parts []prepared
		plans []*plan.Plan
	)
	for _, f := range forms {
		p, err := x.matches(f, a, c)
		if err != nil {
			return prepared{}, err
		}
		parts, plans, cost = append(parts, p), append(plans, p.also...), cost.Plus(p.cost)
	}
	return prepared{cost: cost, also: plans, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		var failed error
		out := appendList(b, len(parts), func(b []byte, i int) []byte {
			if failed == nil {
				b, failed = parts[i].run(ctx, conn, b)
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
func (x *exec) matches(f *form.Form, a args, c graphql.CollectedField) (prepared, error) {
	l := query.List{Form: f}
	var bad fault.List
	if err := bad.Add(l.For(a["text"]), "text"); err != nil {
		return prepared{}, err
	}
	if l.Search == "" && len(bad) == 0 {
		bad = append(bad, fault.New(fault.Invalid, "must not be blank").At("text"))
	}
	if err := bad.Add(args{"first": a["first"]}.page(&l)); err != nil {
		return prepared{}, err
	}
	if err := bad.Err(); err != nil {
		return prepared{}, err
	}
	if a["first"] == nil {
		l.First = matchesPage
	}
	out := prepared{cost: 1}
	fields := graphql.CollectFields(x.op, c.Selections, []string{"FormMatches"})
	cons := make([][]byte, len(fields))
	runs := make([]func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error), len(fields))
	for i, pc := range fields {
		switch pc.Name {
		case "__typename":
			cons[i] = constant("FormMatches")
		case "form":
			if out.cost = out.cost.Plus(x.objects(pc.Definition, pc.Name, pc.Selections, 0)); out.cost <= MaxCost { // else it is refused
				cons[i] = x.form(f, pc)
			}
		case "records":
			page, err := x.page(x.selector(1), l, pc)
			if err != nil {
				return prepared{}, fault.Below(err, pc.Alias)
			}
			out.cost, runs[i] = out.cost.Plus(page.cost), page.run
			out.also = append(out.also, page.plan)
		}
	}
	out.run = func(ctx context.Context, c *pg.Conn, b []byte) (_ []byte, err error) {
		b = appendObject(b, fields, func(b []byte, i int) []byte {
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
