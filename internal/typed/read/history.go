package read

import (
	"context"

	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// recordHistory answers recordHistory(id:, first:, after:), also of a record that
// is gone.
func recordHistory(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	f, id, ok := x.Catalog.Locate(x.Arguments(c).Text("id"))
	if !ok {
		return shaped.Prepared{}, record.NotFound().At("id")
	}
	s := x.Selector(1)
	h := s.History(f, c, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	pl := plan.Changes(h, x.Env())
	there := sqlgen.Standing(f, []int64{id})
	return shaped.Prepared{Cost: h.Cost().Plus(s.Extra), Plan: pl, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.RunFor(ctx, c, []int64{id})
		if err != nil {
			return b, err
		}
		defer res.Free()
		if found := res.Found() || h.After != 0; !found {
			err := c.Query(ctx, there.SQL, there.Args, func([]pg.Value) error { found = true; return nil })
			if err != nil {
				return b, err
			}
			if !found {
				return b, record.NotFound().At("id")
			}
		}
		return res.Append(b), nil
	}}, nil
}

// deletedRecords answers deletedRecords(form:, first:, after:).
func deletedRecords(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	f, err := x.FormArg(x.Arguments(c)["form"], "form")
	if err != nil {
		return shaped.Prepared{}, err
	}
	s := x.Selector(1)
	h := s.History(f, c, nil)
	if err := s.Result(); err != nil {
		return shaped.Prepared{}, err
	}
	h.Bin = true
	pl := plan.Changes(h, x.Env())
	return shaped.Prepared{Cost: h.Cost().Plus(s.Extra), Plan: pl, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.RunFor(ctx, c, []int64{0})
		if err != nil {
			return b, err
		}
		defer res.Free()
		return res.Append(b), nil
	}}, nil
}
