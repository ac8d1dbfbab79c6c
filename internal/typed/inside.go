package typed

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/late"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Records inside values of fixed types are not read where they stand, but together:
// all of one form and selection at once.

// inside says which records such values hold: of what form, with what selection, and
// as of when.
type inside struct {
	form  *form.Form
	field graphql.CollectedField // without a Field its plan is not kept
	env   plan.Env
}

// insidePlan is how n such records are read. Faults: those of the selection, and
// TOO_COSTLY.
func (x *exec) insidePlan(w inside, n int) (*plan.Plan, error) {
	pl, cost, err := x.insideEach(w)
	if err == nil && cost.Times(plan.Cost(n)) > MaxCost {
		err = fault.New(fault.TooCostly, "the request may return more than %d records", MaxCost)
	}
	return pl, err
}

// insideEach is the plan with the cost of each record.
func (x *exec) insideEach(w inside) (*plan.Plan, plan.Cost, error) {
	key, keep := x.s.plans.key(x, w.form, w.field, "records")
	keep = keep && w.env.At == ""
	if keep {
		if p, ok := x.s.plans.get(key); ok {
			return p.plan, p.cost, nil
		}
	}
	s := x.selector(1)
	s.env = w.env
	o := s.object(w.form, w.field.Selections, nil)
	if err := s.result(); err != nil {
		return nil, 0, err
	}
	pl, cost := plan.Records(w.form, o, w.env), o.Cost().Plus(s.extra)
	if err := pl.Check(); err != nil {
		return nil, 0, err
	}
	if keep && !s.passing && !pl.Timely() {
		x.s.plans.add(key, &planned{pl, cost})
	}
	return pl, cost, nil
}

// collector fills references that fixed types hold to records, all of one
// operation and selection at once. Records that are not there are null.
func (x *exec) collector(ctx context.Context) *late.Collector {
	return x.collectorOn(ctx, func(read func(*pg.Conn) error) error {
		err := x.s.db.As(ctx, x.s.Catalog.Role, read)
		if pg.Lost(err) {
			err = x.s.db.As(ctx, x.s.Catalog.Role, read)
		}
		return err
	})
}

// collectorOn is a collector that reads on the connection that lend lends: whoever
// holds one already must not ask for another.
func (x *exec) collectorOn(ctx context.Context, lend func(read func(*pg.Conn) error) error) *late.Collector {
	return &late.Collector{Fill: func(refs []*late.Ref) {
		x.ctx = ctx
		type group struct {
			form  *form.Form
			first ast.Selection // with the length, tells selections of one document apart
			n     int
		}
		groups := map[group][]*late.Ref{}
		for _, r := range refs {
			r.JSON = []byte("null")
			if f, _, ok := x.s.Catalog.Locate(r.ID); ok && len(r.Sel) > 0 {
				g := group{f, r.Sel[0], len(r.Sel)}
				groups[g] = append(groups[g], r)
			}
		}
		for g, refs := range groups {
			if err := x.fill(ctx, lend, g.form, refs); err != nil {
				for _, r := range refs {
					x.report(graphql.WithPathContext(ctx, graphql.NewPathWithField(lastName(r.Path))), err)
				}
			}
		}
	}}
}

func lastName(p ast.Path) string {
	for i := len(p) - 1; i >= 0; i-- {
		if n, ok := p[i].(ast.PathName); ok {
			return string(n)
		}
	}
	return ""
}

func (x *exec) fill(ctx context.Context, lend func(read func(*pg.Conn) error) error, f *form.Form, refs []*late.Ref) error {
	pl, err := x.insidePlan(inside{f, graphql.CollectedField{Selections: refs[0].Sel}, x.env()}, len(refs))
	if err != nil {
		return err
	}
	ids := make([]int64, len(refs))
	for i, r := range refs {
		_, ids[i], _ = x.s.Catalog.Locate(r.ID)
	}
	return lend(func(c *pg.Conn) error {
		res, err := pl.RunFor(ctx, c, ids)
		if err != nil {
			return err
		}
		defer res.Free()
		for i, r := range refs {
			if b, ok := res.AppendOf(nil, ids[i]); ok {
				r.JSON = b
			}
		}
		return nil
	})
}
