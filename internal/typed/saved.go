package typed

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
)

// savedAggregate prepares rows of a saved aggregate.
func savedAggregate(x *exec, c graphql.CollectedField) (prepared, error) {
	a := arguments(c.Field, x.op.Variables)
	saved := x.s.Catalog.Aggregate(a.text("key"))
	if saved == nil {
		return prepared{}, fault.New(fault.NotFound, "there is no saved aggregate %q", fault.Clip(a.text("key"))).At("key")
	}
	g, err := query.ParseSaved(saved, x.req.Now)
	if err != nil {
		return prepared{}, fault.New(fault.Invalid, "the saved aggregate is broken: %s", err).At("key")
	}
	s := x.selector(1)
	s.add(g.ParseRows(saved.Key, a["filter"], a["orderBy"], x.req.Now), nil)
	g.First, err = a.groups()
	s.add(err, nil)
	g.Saved.Offset, err = a.offset()
	s.add(err, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	s.times = plan.Groups{Query: g}.Rows()
	groups := plan.Groups{Items: (&groupSelector{selector: s, form: saved.Form, query: &g}).row(c.Selections, nil), Query: g}
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	pl := plan.Aggregate(groups, x.env())
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	return readPage(pl, groups.Cost().Plus(s.extra)), nil
}

// offset reads how many rows are passed over.
func (a args) offset() (int, error) {
	switch n, given := number(a["offset"]); {
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
