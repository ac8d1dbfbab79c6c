package write

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// merge answers mergeRecords(input:).
func merge(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	m, err := mergeOf(x, in)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := NewPayload(x, c, map[string]Showing{"record": One(m.Form)})
	if err != nil {
		return shaped.Prepared{}, err
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		others, err := m.Write(ctx, c, call)
		if err != nil {
			return b, fault.Below(moved(ctx, x, c, err, m), "input")
		}
		done, other := Written{"record": {m.Into.ID}}, movedFields(x, others)
		if !m.DryRun {
			return p.Append(ctx, c, b, done, other)
		}
		out, err := p.read(ctx, c, b, done, other)
		if err != nil {
			return b, err
		}
		return out, nil
	}}, nil
}

// moved adds to each CONFLICT of a version what the record holds now: all of it,
// since any of it may become part of the kept one.
func moved(ctx context.Context, x *shaped.Operation, c *pg.Conn, err error, m record.Merge) error {
	return Current(ctx, x, c, err, Told{m.Form, whole(m.Form), query.Generic, func(path []any) int64 {
		if n, ok := path[1].(int); ok { // from, its place, version
			return m.From[n].ID
		}
		return m.Into.ID
	}})
}

// mergeOf is the merge that an input asks for.
func mergeOf(x *shaped.Operation, in map[string]any) (m record.Merge, err error) {
	if m.Form, m.Into, err = record.ParseVersioned(x.Catalog, nil, in["into"]); err != nil {
		return m, fault.Below(err, "into")
	}
	var bad fault.List
	list, _ := in["from"].([]any)
	for i, raw := range list {
		_, r, err := record.ParseVersioned(x.Catalog, m.Form, raw)
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

// movedFields are the fields of a merge's payload that show no records.
func movedFields(x *shaped.Operation, moved []record.Moved) func(b []byte, c graphql.CollectedField) []byte {
	return func(b []byte, c graphql.CollectedField) []byte {
		fields := graphql.CollectFields(x.Op, c.Selections, []string{"MovedReferences"})
		return shaped.AppendObjects(b, "MovedReferences", fields, len(moved), func(i int, c graphql.CollectedField) any {
			switch m := moved[i]; c.Name {
			case "form":
				return m.Form
			case "field":
				return m.Field
			default:
				return m.Count
			}
		})
	}
}
