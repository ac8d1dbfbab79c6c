package write

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// undelete answers undeleteRecord(input:).
func undelete(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	id, _ := x.Arguments(c).Input()["id"].(string)
	f, n, ok := x.Catalog.Locate(id)
	if !ok {
		return shaped.Prepared{}, record.NotFound().At("input", "id")
	}
	p, err := NewPayload(x, c, map[string]Showing{"record": One(f)})
	if err != nil {
		return shaped.Prepared{}, err
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Undelete(ctx, c, callOf(x), f, n); err != nil {
			return b, fault.Below(err, "input")
		}
		return p.Append(ctx, c, b, Written{"record": {n}}, nil)
	}}, nil
}

// purge answers purgeRecord(input:).
func purge(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	id, _ := x.Arguments(c).Input()["id"].(string)
	f, n, ok := x.Catalog.Locate(id)
	if !ok {
		return shaped.Prepared{}, record.NotFound().At("input", "id")
	}
	return shaped.Prepared{Cost: 1, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Purge(ctx, conn, callOf(x), f, n); err != nil {
			return b, fault.Below(err, "input")
		}
		return deleted(x, b, id, c.Selections), nil
	}}, nil
}
