package record

import (
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// match finds the records that the rows of an upsert are about, and parses their
// values for those or for new ones.
func (b *Bulk) match(ctx context.Context, c *pg.Conn) error {
	if b.Action != UpsertAll {
		return nil
	}
	if len(b.By) > 0 {
		if err := b.find(ctx, c); err != nil {
			return err
		}
	}
	for i := range b.parsed {
		if p := &b.parsed[i]; !p.done && len(b.bad[i]) == 0 {
			b.values(i, p, nil)
			if err := b.tooMany(); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved says whether an upsert now finds other records: somebody has just made
// those that it was about to make.
func (b *Bulk) moved(ctx context.Context, c *pg.Conn) (bool, error) {
	if b.Action != UpsertAll || len(b.By) == 0 {
		return false, nil
	}
	before := make([]int64, len(b.parsed))
	for i := range b.parsed {
		before[i] = b.parsed[i].id
	}
	if err := b.find(ctx, c); err != nil {
		return false, err
	}
	for i, id := range before {
		if b.parsed[i].id != id {
			return true, nil
		}
	}
	return false, nil
}

// find looks up records by the fields that the upsert goes by.
func (b *Bulk) find(ctx context.Context, c *pg.Conn) error {
	folds := func(x *form.Field) bool { return x.Settings.IgnoreCase }
	for _, r := range b.Form.Rules {
		if len(b.By) > 1 && isKey(r, b.By) {
			folds = r.Folds
		}
	}
	lists := make([]*sqlgen.List, len(b.By))
	for k := range lists {
		lists[k] = &sqlgen.List{}
	}
	var rows []int
	values := make([]any, len(b.By))
	for i := range b.parsed {
		p := &b.parsed[i]
		if len(b.bad[i]) > 0 {
			continue
		}
		for k, x := range b.By {
			v, err := x.Kind.Parse(p.raw[Name(b.Face, x)], &x.Settings)
			if err == nil && v == nil {
				err = fault.New(fault.Invalid, "a value is required: records are found by it")
			}
			if err != nil {
				var bad fault.List
				if err = bad.Add(err, Name(b.Face, x)); err != nil {
					return err
				}
				b.fail(i, bad...)
				break
			}
			values[k] = v
		}
		if len(b.bad[i]) > 0 {
			continue
		}
		for k := range lists {
			lists[k].Add(values[k])
		}
		rows = append(rows, i)
	}
	found := make(map[int]int64, len(rows))
	s := sqlgen.Matching(b.Form, b.By, lists, folds)
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { found[rows[row[0].(int64)-1]] = row[1].(int64); return nil })
	if err != nil {
		return err
	}
	taken := map[int64]bool{}
	for _, i := range rows {
		p := &b.parsed[i]
		id := found[i]
		if id != 0 && taken[id] {
			b.fail(i, fault.New(fault.Conflict, "an earlier row is about the same record").At(Name(b.Face, b.By[0])))
			continue
		}
		taken[id] = true
		p.done = p.done && p.id == id
		p.id = id
	}
	return nil
}

// isKey says whether a rule keeps just these fields unique.
func isKey(r *form.Rule, by []*form.Field) bool {
	if r.Kind != form.UniqueRule || r.Broken != "" || len(r.Fields) != len(by) {
		return false
	}
	return !slices.ContainsFunc(by, func(x *form.Field) bool { return !slices.Contains(r.Fields, x) })
}

// Keys are the fields that an upsert may go by: one that is unique, or all of a
// rule that keeps them unique together. Faults: INVALID.
func Keys(f *form.Form, names []string, face query.Face) ([]*form.Field, error) {
	if len(names) == 0 || len(names) == 1 && names[0] == "id" {
		return nil, nil
	}
	var out []*form.Field
	for i, name := range names {
		x := f.Field(name)
		if face == query.Typed {
			x = f.Named(name)
		}
		if x == nil || x.System || !x.Stored() || slices.Contains(out, x) {
			return nil, fault.New(fault.Invalid, "form %s has no field %q that a record can be found by", f.Key, fault.Clip(name)).At(i)
		}
		out = append(out, x)
	}
	if len(out) == 1 && out[0].Unique || slices.ContainsFunc(f.Rules, func(r *form.Rule) bool { return isKey(r, out) }) {
		return out, nil
	}
	return nil, fault.New(fault.Invalid, "records are found by a field that is unique, or by the fields of a rule that keeps them unique")
}
