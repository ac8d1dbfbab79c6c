package write

import (
	"context"
	"maps"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// actions are the bulk writes by the verb that their mutations begin with.
var actions = map[string]record.Action{
	"create": record.CreateAll, "update": record.UpdateAll, "upsert": record.UpsertAll,
	"archive": record.ArchiveAll, "restore": record.RestoreAll, "delete": record.DeleteAll,
}

// bulkRoot is a bulk write of records of f, or with nil of the form that the input
// names.
func bulkRoot(f *form.Form, verb string) shaped.Root {
	return func(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
		in := x.Arguments(c).Input()
		if f != nil {
			return bulk(x, f, verb, query.Typed, in, c)
		}
		named, err := x.FormArg(in["form"], "input", "form")
		if err != nil {
			return shaped.Prepared{}, err
		}
		return bulk(x, named, verb, query.Generic, in, c)
	}
}

func bulk(x *shaped.Operation, f *form.Form, verb string, face query.Face, in map[string]any, c graphql.CollectedField) (shaped.Prepared, error) {
	b := record.Bulk{Form: f, Action: actions[verb], Face: face, Skip: in["onError"] == "SKIP"}
	b.Rows, _ = in["rows"].([]any)
	if by, ok := in["by"].([]any); ok {
		names := make([]string, len(by))
		for i, n := range by {
			names[i], _ = n.(string)
		}
		var err error
		if b.By, err = record.Keys(f, names, face); err != nil {
			return shaped.Prepared{}, fault.Below(err, "input", "by")
		}
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := NewPayload(x, c, map[string]Showing{"records": ListOf(f, len(b.Rows))})
	if err != nil || p.Cost > shaped.MaxCost {
		return shaped.Prepared{Cost: p.Cost}, err
	}
	if err := b.Parse(); err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, out []byte) ([]byte, error) {
		done, err := b.Write(ctx, c, call)
		Wrote(x, f)
		if err != nil {
			return out, fault.Below(err, "input")
		}
		currents(ctx, x, c, &b, done.Faults)
		return p.Append(ctx, c, out, Written{"records": done.IDs}, DoneFields(x, f, "rows", done))
	}}, nil
}

// callOf is on whose behalf the operation writes.
func callOf(x *shaped.Operation) record.Call {
	return record.Call{By: x.Req.Actor, Now: x.Req.Now, Language: x.Req.Language}
}

// Once is the call of a mutation, with the idempotency key of its input.
func Once(x *shaped.Operation, mutation string, in map[string]any) (record.Call, error) {
	call := callOf(x)
	key, given := in["idempotencyKey"].(string)
	if !given {
		return call, nil
	}
	rest := maps.Clone(in)
	delete(rest, "idempotencyKey")
	var err error
	if call.Once, err = record.NewOnce(key, mutation, rest); err != nil {
		return call, fault.Below(err, "input")
	}
	return call, nil
}

// DoneFields are the fields of a bulk write's payload that show no records. rows is
// what the input calls its rows.
func DoneFields(x *shaped.Operation, f *form.Form, rows string, done record.Done) func(b []byte, c graphql.CollectedField) []byte {
	return func(b []byte, c graphql.CollectedField) []byte {
		switch c.Name {
		case "count":
			return strconv.AppendInt(b, int64(len(done.IDs)), 10)
		case "ids":
			return shaped.AppendList(b, len(done.IDs), func(b []byte, i int) []byte {
				return append(b, shaped.Constant(kind.ID(f.Key, done.IDs[i]))...)
			})
		}
		fields := graphql.CollectFields(x.Op, c.Selections, []string{"RowError"})
		return shaped.AppendObjects(b, "RowError", fields, len(done.Faults), func(i int, c graphql.CollectedField) any {
			switch f := done.Faults[i]; c.Name {
			case "row":
				return f.Row
			case "code":
				return f.Kind
			case "path":
				return append([]any{"input", rows, f.Row}, f.Path...)
			case "message":
				return f.Message
			default:
				if len(f.Details) == 0 {
					return nil
				}
				return f.Details
			}
		})
	}
}
