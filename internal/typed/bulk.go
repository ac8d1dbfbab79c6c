package typed

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
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
	p, err := x.bulkPayload(f, len(b.Rows), c)
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
		return p.append(ctx, c, f, done, out)
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

// bulkPayload is the selection of a bulk write's payload, turned into what is to
// be read and written before anything is stored.
type bulkPayload struct {
	parts []bulkPart
	cost  plan.Cost
	rows  string // what the input calls its rows
}

type bulkPart struct {
	alias  string
	name   string
	plan   *plan.Plan
	errors []graphql.CollectedField
}

func (x *exec) bulkPayload(f *form.Form, rows int, c graphql.CollectedField) (bulkPayload, error) {
	p := bulkPayload{cost: 1, rows: "rows"}
	s := x.selector(plan.Cost(rows))
	typ := c.Definition.Type.Name()
	for _, pc := range graphql.CollectFields(x.op, c.Selections, []string{typ}) {
		part := bulkPart{alias: pc.Alias, name: pc.Name}
		switch pc.Name {
		case "__typename":
			part.name = typ
		case "records":
			o := s.object(f, pc.Selections, []any{"records"})
			p.cost = p.cost.Plus(o.Cost().Times(plan.Cost(rows)))
			part.plan = plan.Records(f, o, x.env())
			if err := part.plan.Check(); err != nil {
				return p, err
			}
		case "errors":
			part.errors = graphql.CollectFields(x.op, pc.Selections, []string{"RowError"})
		}
		p.parts = append(p.parts, part)
	}
	p.cost = p.cost.Plus(s.extra)
	return p, s.result()
}

func (p bulkPayload) append(ctx context.Context, c *pg.Conn, f *form.Form, done record.Done, b []byte) ([]byte, error) {
	var failed error
	b = append(b, '{')
	for i, part := range p.parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, constant(part.alias)...), ':')
		switch part.name {
		case "count":
			b = strconv.AppendInt(b, int64(len(done.IDs)), 10)
		case "ids":
			b = append(b, '[')
			for i, id := range done.IDs {
				if i > 0 {
					b = append(b, ',')
				}
				b = append(b, constant(kind.ID(f.Key, id))...)
			}
			b = append(b, ']')
		case "records":
			from := len(b)
			var err error
			if b, err = appendRecords(ctx, c, part.plan, done.IDs, b); err != nil {
				// The records are stored: say so rather than let it look undone.
				b, failed = append(b[:from], "[]"...), pg.AfterWrite(err)
			}
		case "errors":
			b = p.appendErrors(b, part.errors, done.Faults)
		default:
			b = append(b, constant(part.name)...)
		}
	}
	return append(b, '}'), failed
}

func appendRecords(ctx context.Context, c *pg.Conn, p *plan.Plan, ids []int64, b []byte) ([]byte, error) {
	res, err := p.RunFor(ctx, c, ids)
	if err != nil {
		return b, err
	}
	defer res.Free()
	b = append(b, '[')
	first := len(b)
	for _, id := range ids {
		at := len(b)
		if at > first {
			b = append(b, ',')
		}
		var there bool
		if b, there = res.AppendOf(b, id); !there { // deleted since, by somebody else
			b = b[:at]
		}
	}
	return append(b, ']'), nil
}

func (p bulkPayload) appendErrors(b []byte, fields []graphql.CollectedField, faults []record.RowFault) []byte {
	b = append(b, '[')
	for i, f := range faults {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for k, c := range fields {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(append(b, constant(c.Alias)...), ':')
			var v any
			switch c.Name {
			case "__typename":
				v = "RowError"
			case "row":
				v = f.Row
			case "code":
				v = f.Kind
			case "path":
				v = append([]any{"input", p.rows, f.Row}, f.Path...)
			case "message":
				v = f.Message
			case "details":
				if len(f.Details) > 0 {
					v = f.Details
				}
			}
			text, err := json.Marshal(v)
			if err != nil { // details are ours and plain
				text = []byte("null")
			}
			b = append(b, text...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
