package typed

import (
	"context"
	"encoding/json"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
)

// merge answers mergeRecords(input:).
func merge(x *exec, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	m, err := x.mergeOf(in)
	if err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.mergePayload(m.Form, c)
	if err != nil {
		return prepared{}, err
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		moved, err := m.Write(ctx, c, call)
		if err != nil {
			return b, fault.Below(x.moved(ctx, c, err, m), "input")
		}
		return p.append(ctx, c, m, moved, b)
	}}, nil
}

// moved adds to each CONFLICT of versions of a merge what the record holds now:
// all of it, since any of it may become part of the kept one. Where that cannot be
// read the fault stays as it is.
func (x *exec) moved(ctx context.Context, c *pg.Conn, err error, m record.Merge) error {
	var list fault.List
	if list.Add(err) != nil {
		return err
	}
	for i, f := range list {
		if f.Kind != fault.Conflict || f.Details["version"] == nil || len(f.Path) < 2 {
			continue
		}
		id := m.Into.ID
		if n, ok := f.Path[1].(int); ok { // from, its place, version
			id = m.From[n].ID
		}
		own := m.Form.Own()
		if now, rerr := x.held(ctx, c, m.Form, []int64{id}, own, query.Generic); rerr == nil && now[id] != nil {
			list[i] = f.With("current", only(now[id], own, query.Generic))
		}
	}
	return list.Err()
}

// mergeOf is the merge that an input asks for.
func (x *exec) mergeOf(in map[string]any) (m record.Merge, err error) {
	if m.Form, m.Into, err = record.ParseVersioned(x.s.Catalog, nil, in["into"]); err != nil {
		return m, fault.Below(err, "into")
	}
	var bad fault.List
	list, _ := in["from"].([]any)
	for i, raw := range list {
		_, r, err := record.ParseVersioned(x.s.Catalog, m.Form, raw)
		if err := bad.Add(err, "from", i); err != nil {
			return m, err
		}
		m.From = append(m.From, r)
	}
	set, ok := in["set"].(map[string]any)
	if !ok && in["set"] != nil {
		bad = append(bad, fault.New(fault.Invalid, "expected an object of values by field").At("set"))
	}
	m.Set, err = record.Parse(m.Form, set, query.Generic, false)
	if err := bad.Add(err, "set"); err != nil {
		return m, err
	}
	m.FillBlanks, _ = in["fillBlanks"].(bool)
	m.DryRun, _ = in["dryRun"].(bool)
	return m, bad.Err()
}

// mergePayload is the selection of a merge's payload.
type mergePayload struct {
	parts []mergePart
	cost  plan.Cost
	env   plan.Env
}

type mergePart struct {
	alias  string
	cons   []byte
	object *plan.Object
	moved  []graphql.CollectedField
}

func (x *exec) mergePayload(f *form.Form, c graphql.CollectedField) (mergePayload, error) {
	s := x.selector(1)
	p := mergePayload{cost: 1, env: x.env()}
	for _, pc := range graphql.CollectFields(x.op, c.Selections, []string{"MergeRecordsPayload"}) {
		part := mergePart{alias: pc.Alias}
		switch pc.Name {
		case "__typename":
			part.cons = constant("MergeRecordsPayload")
		case "moved":
			part.moved = graphql.CollectFields(x.op, pc.Selections, []string{"MovedReferences"})
		case "record":
			o := s.object(f, pc.Selections, []any{"record"})
			part.object = &o
			p.cost = p.cost.Plus(o.Cost())
		}
		p.parts = append(p.parts, part)
	}
	p.cost = p.cost.Plus(s.extra)
	if err := s.result(); err != nil {
		return p, err
	}
	for _, part := range p.parts { // before anything is written
		if part.object != nil {
			if err := plan.Record(f, 0, *part.object, p.env).Check(); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

func (p mergePayload) append(ctx context.Context, c *pg.Conn, m record.Merge, moved []record.Moved, b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, part := range p.parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, constant(part.alias)...), ':')
		switch {
		case part.cons != nil:
			b = append(b, part.cons...)
		case part.object == nil:
			b = appendMoved(b, part.moved, moved)
		default:
			res, err := plan.Record(m.Form, m.Into.ID, *part.object, p.env).Run(ctx, c)
			if err != nil && m.DryRun {
				return b, err
			}
			if err != nil {
				// The records are merged: say so rather than let it look undone.
				return append(append(b, "null"...), '}'), pg.AfterWrite(err)
			}
			b = res.Append(b)
			res.Free()
		}
	}
	return append(b, '}'), nil
}

func appendMoved(b []byte, fields []graphql.CollectedField, moved []record.Moved) []byte {
	b = append(b, '[')
	for i, m := range moved {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for k, c := range fields {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(append(b, constant(c.Alias)...), ':')
			v := map[string]any{"__typename": "MovedReferences", "form": m.Form, "field": m.Field, "count": m.Count}[c.Name]
			text, err := json.Marshal(v)
			if err != nil { // texts and numbers
				text = []byte("null")
			}
			b = append(b, text...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
