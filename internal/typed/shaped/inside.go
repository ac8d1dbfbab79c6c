package shaped

import (
	"context"
	"time"

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

// Inside says which records such values hold: of what form, with what selection, and
// as of when.
type Inside struct {
	Form  *form.Form
	Field graphql.CollectedField // without a Field its plan is not kept
	Env   plan.Env
}

// InsidePlan is how n such records are read. Faults: those of the selection, and
// TOO_COSTLY.
func (x *Operation) InsidePlan(w Inside, n int) (*plan.Plan, error) {
	pl, cost, err := x.insideEach(w)
	if err == nil && cost.Times(plan.Cost(n)) > MaxCost {
		err = fault.New(fault.TooCostly, "the request may return more than %d records", MaxCost)
	}
	return pl, err
}

// insideEach is the plan with the cost of each record.
func (x *Operation) insideEach(w Inside) (*plan.Plan, plan.Cost, error) {
	at, keep := x.Place(w.Form, w.Field, "records")
	keep = keep && w.Env.At == ""
	if keep {
		if p, ok := x.Kept(at); ok {
			return p.Plan, p.Cost, nil
		}
	}
	s := x.Selector(1)
	s.Env = w.Env
	o := s.Object(w.Form, w.Field.Selections, nil)
	if err := s.Result(); err != nil {
		return nil, 0, err
	}
	pl, cost := plan.Records(w.Form, o, w.Env), o.Cost().Plus(s.Extra)
	if err := pl.Check(); err != nil {
		return nil, 0, err
	}
	if keep {
		s.Keep(at, pl, cost)
	}
	return pl, cost, nil
}

// Collector fills references that fixed types hold to records, all of one
// operation and selection at once. Records that are not there are null.
func (x *Operation) Collector(ctx context.Context) *late.Collector {
	return x.CollectorOn(ctx, func(read func(*pg.Conn) error) error {
		err := x.DB.As(ctx, x.Catalog.Role, read)
		if pg.Lost(err) {
			err = x.DB.As(ctx, x.Catalog.Role, read)
		}
		return err
	})
}

// CollectorOn is a collector that reads on the connection that lend lends: whoever
// holds one already must not ask for another.
func (x *Operation) CollectorOn(ctx context.Context, lend func(read func(*pg.Conn) error) error) *late.Collector {
	return &late.Collector{Fill: func(refs []*late.Ref) {
		x.Ctx = ctx
		type group struct {
			form  *form.Form
			first ast.Selection // with the length, tells selections of one document apart
			n     int
			at    time.Time
		}
		groups := map[group][]*late.Ref{}
		for _, r := range refs {
			r.JSON = []byte("null")
			if f, _, ok := x.Catalog.Locate(r.ID); ok && len(r.Sel) > 0 {
				g := group{f, r.Sel[0], len(r.Sel), r.At}
				groups[g] = append(groups[g], r)
			}
		}
		for g, refs := range groups {
			if err := x.fill(ctx, lend, g.form, refs); err != nil {
				for _, r := range refs {
					x.Report(graphql.WithPathContext(ctx, graphql.NewPathWithField(lastName(r.Path))), err)
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

func (x *Operation) fill(ctx context.Context, lend func(read func(*pg.Conn) error) error, f *form.Form, refs []*late.Ref) error {
	pl, err := x.InsidePlan(Inside{f, graphql.CollectedField{Selections: refs[0].Sel}, x.Env().AsOf(refs[0].At)}, len(refs))
	if err != nil {
		return err
	}
	ids := make([]int64, len(refs))
	for i, r := range refs {
		_, ids[i], _ = x.Catalog.Locate(r.ID)
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
