package read

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// savedAggregate prepares rows of a saved aggregate.
func savedAggregate(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	saved := x.Catalog.Aggregate(a.Text("key"))
	if saved == nil {
		return shaped.Prepared{}, fault.New(fault.NotFound, "there is no saved aggregate %q", fault.Clip(a.Text("key"))).At("key")
	}
	g, err := query.ParseSaved(saved, x.Req.Now)
	if err != nil {
		return shaped.Prepared{}, fault.New(fault.Invalid, "the saved aggregate is broken: %s", err).At("key")
	}
	s := x.Selector(1)
	s.Add(g.ParseRows(saved.Key, a["filter"], a["orderBy"], x.Req.Now), nil)
	g.First, err = a.Groups()
	s.Add(err, nil)
	g.Saved.Offset, err = offset(a)
	s.Add(err, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	s.Times = plan.Groups{Query: g}.Rows()
	groups := plan.Groups{Items: s.Rows(saved.Form, &g, c.Selections), Query: g}
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Aggregate(groups, x.Env())
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	return readPage(pl, groups.Cost().Plus(s.Extra)), nil
}

// offset reads how many rows are passed over.
func offset(a shaped.Args) (int, error) {
	switch n, given := shaped.Number(a["offset"]); {
	case !given:
		return 0, nil
	case n < 0:
		return 0, fault.New(fault.Invalid, "must be at least 0").At("offset")
	case n > query.MaxOffset:
		return 0, fault.New(fault.TooCostly, "at most %d rows are passed over", query.MaxOffset).At("offset")
	default:
		return n, nil
	}
}
