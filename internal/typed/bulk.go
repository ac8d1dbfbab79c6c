package typed

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

	"github.com/99designs/gqlgen/graphql"
)

// actions are the bulk writes by the verb that their mutations begin with.
var actions = map[string]record.Action{
	"create": record.CreateAll, "update": record.UpdateAll, "upsert": record.UpsertAll,
	"archive": record.ArchiveAll, "restore": record.RestoreAll, "delete": record.DeleteAll,
}

// bulkRoot is a bulk write of records of f, or with nil of the form that the input
// names.
func bulkRoot(f *form.Form, verb string) root {
	return func(x *exec, c graphql.CollectedField) (prepared, error) {
		in := arguments(c.Field, x.op.Variables).input()
		if f != nil {
			return x.bulk(f, verb, query.Typed, in, c)
		}
		named, err := x.formArg(in["form"], "input", "form")
		if err != nil {
			return prepared{}, err
		}
		return x.bulk(named, verb, query.Generic, in, c)
	}
}

func (x *exec) bulk(f *form.Form, verb string, face query.Face, in map[string]any, c graphql.CollectedField) (prepared, error) {
	b := record.Bulk{Form: f, Action: actions[verb], Face: face, Skip: in["onError"] == "SKIP"}
	b.Rows, _ = in["rows"].([]any)
	if by, ok := in["by"].([]any); ok {
		names := make([]string, len(by))
		for i, n := range by {
			names[i], _ = n.(string)
		}
		var err error
		if b.By, err = record.Keys(f, names, face); err != nil {
			return prepared{}, fault.Below(err, "input", "by")
		}
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.payload(c, map[string]showing{"records": listOf(f, len(b.Rows))})
	if err != nil || p.cost > MaxCost {
		return prepared{cost: p.cost}, err
	}
	if err := b.Parse(); err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, out []byte) ([]byte, error) {
		done, err := b.Write(ctx, c, call)
		x.wrote(f)
		if err != nil {
			return out, fault.Below(err, "input")
		}
		x.currents(ctx, c, &b, done.Faults)
		return p.append(ctx, c, out, written{"records": done.IDs}, x.doneFields(f, "rows", done))
	}}, nil
}

// callOnce is the call of a mutation, with the idempotency key of its input.
func (x *exec) callOnce(mutation string, in map[string]any) (record.Call, error) {
	call := x.call()
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

// doneFields are the fields of a bulk write's payload that show no records. rows is
// what the input calls its rows.
func (x *exec) doneFields(f *form.Form, rows string, done record.Done) func(b []byte, c graphql.CollectedField) []byte {
	return func(b []byte, c graphql.CollectedField) []byte {
		switch c.Name {
		case "count":
			return strconv.AppendInt(b, int64(len(done.IDs)), 10)
		case "ids":
			return appendList(b, len(done.IDs), func(b []byte, i int) []byte {
				return append(b, constant(kind.ID(f.Key, done.IDs[i]))...)
			})
		}
		fields := graphql.CollectFields(x.op, c.Selections, []string{"RowError"})
		return appendObjects(b, "RowError", fields, len(done.Faults), func(i int, c graphql.CollectedField) any {
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
