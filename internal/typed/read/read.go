package read

import (
	"context"
	"fmt"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// get prepares a record by id.
func get(x *shaped.Operation, id string, c graphql.CollectedField) (shaped.Prepared, error) {
	f, n, ok := x.Catalog.Locate(id)
	if !ok {
		return shaped.Prepared{}, record.NotFound().At("id")
	}
	at, keep := x.Place(f, c, "")
	if keep {
		if p, ok := x.Kept(at); ok {
			return readRecord(p.Plan.ForRecord(n), p.Cost), nil
		}
	}
	s := x.Selector(1)
	o := s.Object(f, c.Selections, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Record(f, n, o, x.Env())
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	cost := o.Cost().Plus(s.Extra)
	if keep {
		s.Keep(at, pl, cost)
	}
	return readRecord(pl, cost), nil
}

// getAt prepares a record by id, as it is or as it was at the moment asOf.
func getAt(x *shaped.Operation, id string, c graphql.CollectedField) (shaped.Prepared, error) {
	s, err := x.SelectorAt(c)
	if err != nil {
		return shaped.Prepared{}, err
	}
	if s.Env.At == "" {
		return get(x, id, c)
	}
	f, n, ok := x.Catalog.Locate(id)
	if !ok {
		return shaped.Prepared{}, record.NotFound().At("id")
	}
	o := s.Object(f, c.Selections, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Record(f, n, o, s.Env)
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	return readRecord(pl, o.Cost().Plus(s.Extra)), nil
}

func readRecord(pl *plan.Plan, cost plan.Cost) shaped.Prepared {
	return shaped.Prepared{Cost: cost, Plan: pl, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.Run(ctx, c)
		if err != nil {
			return b, err
		}
		defer res.Free()
		if !res.Found() {
			return b, record.NotFound().At("id")
		}
		return res.Append(b), nil
	}}
}

// list prepares a page of records.
func list(x *shaped.Operation, f *form.Form, c graphql.CollectedField, face query.Face) (shaped.Prepared, error) {
	s, err := x.SelectorAt(c)
	if err != nil {
		return shaped.Prepared{}, err
	}
	l := s.Query(f, c, face, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	return page(x, s, l, c)
}

// page prepares a page of records, whose arguments s has read.
func page(x *shaped.Operation, s *shaped.Selector, l query.List, c graphql.CollectedField) (shaped.Prepared, error) {
	at, keep := x.Place(l.Form, c, shape(l))
	keep = keep && s.Env.At == ""
	if keep {
		if p, ok := x.Kept(at); ok {
			pl := p.Plan.ForPage(l, x.Env())
			return readPage(pl, p.Cost), pl.Check()
		}
	}
	tree := s.Below(l, c, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Page(tree, s.Env)
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	cost := tree.Cost().Plus(s.Extra)
	if keep {
		s.Keep(at, pl, cost)
	}
	return readPage(pl, cost), nil
}

// shape is what a compiled page depends on besides its selection.
func shape(l query.List) string {
	return fmt.Sprintf("%d %t %s", l.First, l.Back, query.OrderText(l.Order))
}

func readPage(pl *plan.Plan, cost plan.Cost) shaped.Prepared {
	return shaped.Prepared{Cost: cost, Plan: pl, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.Run(ctx, c)
		if err != nil {
			return b, err
		}
		defer res.Free()
		return res.Append(b), nil
	}}
}

// aggregate prepares an aggregation of all records of a form.
func aggregate(x *shaped.Operation, f *form.Form, c graphql.CollectedField, face query.Face) (shaped.Prepared, error) {
	s, err := x.SelectorAt(c)
	if err != nil {
		return shaped.Prepared{}, err
	}
	g := s.Groups(f, c, face, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Aggregate(g, s.Env)
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	return readPage(pl, g.Cost().Plus(s.Extra)), nil
}
