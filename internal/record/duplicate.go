package record

import (
	"cmp"
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// mostAlike is how many records that agree in one value are looked at.
const mostAlike = 200

// Duplicates looks for records that are likely the same as one with some values.
type Duplicates struct {
	Form   *form.Form
	Except int64 // the record that has the values; 0: it is new
	First  int   // how many to find
	values []sqlgen.Same
}

// Duplicate is such a record.
type Duplicate struct {
	ID      int64
	Score   float64 // how likely, from 0 to 1
	Matched []Match // in the order of the form's fields
}

// Match is a field in which a duplicate agrees, and what it holds there.
type Match struct {
	Field *form.Field
	Value string
}

// Given reads the values, by field key, that tell of duplicates. The rest of a form
// may still be wrong and is not read. Faults: INVALID with the path of the value.
func (d *Duplicates) Given(raw map[string]any) error {
	var bad fault.List
	for key := range raw {
		if x := d.Form.Field(key); x == nil || x.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %s has no field %q", d.Form.Key, fault.Clip(key)), key)
		}
	}
	for _, x := range d.Form.Own() {
		v, given := raw[x.Key]
		if !given || x.Telling() == "" {
			continue
		}
		value, err := x.Kind.Parse(v, &x.Settings)
		if other := bad.Add(err, x.Key); other != nil {
			return other
		}
		if err == nil && value != nil {
			d.values = append(d.values, sqlgen.Same{Field: x, Value: value})
		}
	}
	return bad.Err()
}

// Find returns the records found, the most likely first, then the newest.
func (d *Duplicates) Find(ctx context.Context, c *pg.Conn) ([]*Duplicate, error) {
	if len(d.values) == 0 {
		return nil, nil
	}
	s := sqlgen.Duplicates(d.values, d.Except, mostAlike)
	byID := map[int64]*Duplicate{}
	var out []*Duplicate
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		x, id := d.values[row[0].(int64)].Field, row[1].(int64)
		r := byID[id]
		if r == nil {
			r = &Duplicate{ID: id}
			byID[id], out = r, append(out, r)
		}
		// They are the same unless every sign of it misleads.
		r.Score = 1 - (1-r.Score)*(1-x.Telling().Score())
		r.Matched = append(r.Matched, Match{x, row[2].(string)})
		return nil
	})
	slices.SortFunc(out, func(a, b *Duplicate) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.ID, a.ID)) })
	return out[:min(len(out), d.First)], err
}
