package typed

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
)

// deletedRecords answers deletedRecords(form:, first:, after:).
func deletedRecords(x *exec, c graphql.CollectedField) (prepared, error) {
	f, err := x.formArg(arguments(c.Field, x.op.Variables)["form"], "form")
	if err != nil {
		return prepared{}, err
	}
	s := x.selector(1)
	h := s.history(f, c, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	h.Bin = true
	pl := plan.Changes(h, x.env())
	return prepared{cost: h.Cost().Plus(s.extra), plan: pl, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.RunFor(ctx, c, []int64{0})
		if err != nil {
			return b, err
		}
		defer res.Free()
		return res.Append(b), nil
	}}, nil
}

// undelete answers undeleteRecord(input:).
func undelete(x *exec, c graphql.CollectedField) (prepared, error) {
	id, _ := arguments(c.Field, x.op.Variables).input()["id"].(string)
	f, n, ok := x.s.Catalog.Locate(id)
	if !ok {
		return prepared{}, record.NotFound().At("input", "id")
	}
	p, err := x.payload(c, map[string]showing{"record": one(f)})
	if err != nil {
		return prepared{}, err
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Undelete(ctx, c, x.call(), f, n); err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, b, written{"record": {n}}, nil)
	}}, nil
}

// purge answers purgeRecord(input:).
func purge(x *exec, c graphql.CollectedField) (prepared, error) {
	id, _ := arguments(c.Field, x.op.Variables).input()["id"].(string)
	f, n, ok := x.s.Catalog.Locate(id)
	if !ok {
		return prepared{}, record.NotFound().At("input", "id")
	}
	return prepared{cost: 1, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Purge(ctx, conn, x.call(), f, n); err != nil {
			return b, fault.Below(err, "input")
		}
		return x.deleted(b, id, c.Selections), nil
	}}, nil
}
