package read

import (
	"cmp"
	"context"
	"math"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// How many likely duplicates are told.
const (
	duplicatesPage    = 10
	maxDuplicatesPage = 50
)

// duplicatesList is an answer of duplicates(form:, values:, id:, first:).
type duplicatesList struct {
	record.Duplicates
	x     *shaped.Operation
	parts []graphql.CollectedField
	plans map[string]*plan.Plan // what is asked of the records, by alias
}

// duplicates prepares the records that are likely the same as one with some values.
func duplicates(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	f, err := x.FormArg(a["form"], "form")
	if err != nil {
		return shaped.Prepared{}, err
	}
	d := &duplicatesList{Duplicates: record.Duplicates{Form: f}, x: x, plans: map[string]*plan.Plan{}}
	if d.Except, err = numberArg(x, f, a["id"]); err != nil {
		return shaped.Prepared{}, err
	}
	var bad fault.List
	n, err := a.Size("first")
	if err := bad.Add(err); err != nil {
		return shaped.Prepared{}, err
	}
	if d.First = cmp.Or(n, duplicatesPage); d.First > maxDuplicatesPage && len(bad) == 0 {
		bad = append(bad, fault.New(fault.TooCostly, "at most %d are told", maxDuplicatesPage).At("first"))
	}
	values, ok := a["values"].(map[string]any)
	if !ok {
		bad = append(bad, fault.New(fault.Invalid, "expected an object of values by field key").At("values"))
	}
	if err := bad.Add(d.Given(values), "values"); err != nil {
		return shaped.Prepared{}, err
	}
	if err := bad.Err(); err != nil {
		return shaped.Prepared{}, err
	}
	d.parts = graphql.CollectFields(x.Op, c.Selections, []string{"DuplicateCandidate"})
	return d.compile()
}

// compile plans what is asked of the records found.
func (d *duplicatesList) compile() (shaped.Prepared, error) {
	s := d.x.Selector(plan.Cost(d.First))
	out := shaped.Prepared{Cost: 1, Run: d.append}
	for _, part := range d.parts {
		if part.Name != "record" {
			continue
		}
		o := s.Object(d.Form, part.Selections, []any{part.Alias})
		pl := plan.Records(d.Form, o, d.x.Env())
		if err := pl.Check(); err != nil {
			return shaped.Prepared{}, err
		}
		out.Plan, d.plans[part.Alias] = pl, pl
		out.Cost = out.Cost.Plus(o.Cost().Times(plan.Cost(d.First)))
	}
	out.Cost = max(out.Cost, plan.Cost(d.First)).Plus(s.Extra)
	return out, s.Result()
}

func (d *duplicatesList) append(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
	found, err := d.Find(ctx, c)
	if err != nil {
		return b, err
	}
	records, err := d.records(ctx, c, found)
	if err != nil {
		return b, err
	}
	b = append(b, '[')
	some := false
	for _, r := range found {
		if len(records[r.ID]) < len(d.plans) {
			continue // it went in between
		}
		if some {
			b = append(b, ',')
		}
		b, some = d.candidate(b, r, records[r.ID]), true
	}
	return append(b, ']'), nil
}

// records reads what is asked of the records, by number and alias.
func (d *duplicatesList) records(ctx context.Context, c *pg.Conn, found []*record.Duplicate) (map[int64]map[string][]byte, error) {
	ids := make([]int64, len(found))
	out := make(map[int64]map[string][]byte, len(found))
	for i, r := range found {
		ids[i], out[r.ID] = r.ID, map[string][]byte{}
	}
	for alias, pl := range d.plans {
		res, err := pl.RunFor(ctx, c, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if b, there := res.AppendOf(nil, id); there {
				out[id][alias] = b
			}
		}
		res.Free()
	}
	return out, nil
}

func (d *duplicatesList) candidate(b []byte, r *record.Duplicate, records map[string][]byte) []byte {
	return shaped.AppendObject(b, d.parts, func(b []byte, i int) []byte {
		switch part := d.parts[i]; part.Name {
		case "record":
			return append(b, records[part.Alias]...)
		case "score":
			return strconv.AppendFloat(b, math.Round(r.Score*1e4)/1e4, 'f', -1, 64)
		case "matched":
			return d.matched(b, part, r.Matched)
		}
		return append(b, shaped.Constant("DuplicateCandidate")...)
	})
}

func (d *duplicatesList) matched(b []byte, c graphql.CollectedField, list []record.Match) []byte {
	fields := graphql.CollectFields(d.x.Op, c.Selections, []string{"DuplicateMatch"})
	return shaped.AppendObjects(b, "DuplicateMatch", fields, len(list), func(i int, f graphql.CollectedField) any {
		if f.Name == "field" {
			return list[i].Field.Key
		}
		return list[i].Value
	})
}
