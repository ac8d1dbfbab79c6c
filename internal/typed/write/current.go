package write

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"
)

// Told is what a client is told of records that are no longer at the version that
// it saw: what they hold now in some fields, so that it can put both beside each other.
type Told struct {
	Form   *form.Form
	Fields []*form.Field          // those to be changed; of a record that is to go or come as it is, whole
	Face   query.Face             // whose names the fields have
	ID     func(path []any) int64 // of the record that a fault at a path is about
}

// Always is the same record, whichever the fault.
func Always(id int64) func([]any) int64 { return func([]any) int64 { return id } }

// whole are the fields of a form that have a value: what values shows unless asked
// for less.
func whole(f *form.Form) []*form.Field {
	var out []*form.Field
	for _, y := range f.Own() {
		if y.HasValue() {
			out = append(out, y)
		}
	}
	return out
}

// isStale says whether a fault is the CONFLICT of a version.
func isStale(f *fault.Fault) bool {
	return f.Kind == fault.Conflict && len(f.Path) > 0 && f.Path[len(f.Path)-1] == version && f.Details[version] != nil
}

// Current adds to each CONFLICT of a version what is told of the record, and the
// version at which that was read. Where it cannot be read the fault stays as it is.
func Current(ctx context.Context, x *shaped.Operation, c *pg.Conn, err error, t Told) error {
	var list fault.List
	if list.Add(err) != nil {
		return err
	}
	var ids []int64
	for _, f := range list {
		if isStale(f) {
			ids = append(ids, t.ID(f.Path))
		}
	}
	if len(ids) == 0 {
		return err
	}
	now, rerr := held(ctx, x, c, t.Form, ids, t.Fields, t.Face)
	if rerr != nil {
		return err
	}
	for i, f := range list {
		if !isStale(f) {
			continue
		}
		if r := now[t.ID(f.Path)]; r != nil {
			list[i] = f.With(version, r[version]).With("current", only(r, t.Fields, t.Face))
		}
	}
	return list
}

// maxTold is of how many rows that are given no values a bulk write tells what their
// records hold: it would be more than what came in.
const maxTold = query.MaxPage

// currents does for the rows of a bulk write what Current does for one record, with
// one read for all of them. A record that has moved on again since, as when the
// answer is that of an earlier request, adds nothing.
func currents(ctx context.Context, x *shaped.Operation, c *pg.Conn, b *record.Bulk, faults []record.RowFault) {
	var stale []int // of the faults
	var ids []int64
	var some []*form.Field
	seen := map[*form.Field]bool{}
	all := whole(b.Form)
	fields := func(row int) (int64, []*form.Field) {
		id, given := b.Row(row)
		if b.Action != record.UpdateAll {
			given = all
		}
		return id, given
	}
	for i, f := range faults {
		if !isStale(f.Fault) || b.Action != record.UpdateAll && len(stale) == maxTold {
			continue
		}
		id, given := fields(f.Row)
		stale, ids = append(stale, i), append(ids, id)
		for _, y := range given {
			if !seen[y] {
				seen[y], some = true, append(some, y)
			}
		}
	}
	if len(ids) == 0 {
		return
	}
	now, err := held(ctx, x, c, b.Form, ids, some, b.Face)
	if err != nil {
		return
	}
	for _, i := range stale {
		f := faults[i]
		id, given := fields(f.Row)
		if string(now[id][version]) == fmt.Sprint(f.Details[version]) {
			faults[i].Fault = f.With("current", only(now[id], given, b.Face))
		}
	}
}

// version is what both faces call the version of a record; no field is called so.
const version = "version"

// held is what records hold now in those of some fields that have a value, and their
// versions, as JSON by the names that the face has for them.
func held(ctx context.Context, x *shaped.Operation, c *pg.Conn, f *form.Form, ids []int64, some []*form.Field, face query.Face) (map[int64]map[string]json.RawMessage, error) {
	o := plan.Object{Form: f, Items: []plan.Item{{Name: version, What: plan.Value{Field: f.Field(version)}}}}
	var fields []*form.Field
	for _, y := range some {
		if y.HasValue() {
			fields = append(fields, y)
			if face == query.Typed {
				o.Items = append(o.Items, plan.Item{Name: y.Name, What: plan.Value{Field: y}})
			}
		}
	}
	if face == query.Generic {
		o.Items = append(o.Items, plan.Item{Name: "values", What: plan.Values{Fields: fields}})
	}
	res, err := plan.Records(f, o, x.Env()).RunFor(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	defer res.Free()
	out := make(map[int64]map[string]json.RawMessage, len(ids))
	for _, id := range ids {
		text, there := res.AppendOf(nil, id)
		if !there {
			continue
		}
		now := map[string]json.RawMessage{}
		if err := json.Unmarshal(text, &now); err != nil {
			return nil, err
		}
		if face == query.Generic {
			if err := json.Unmarshal(now["values"], &now); err != nil { // beside the version
				return nil, err
			}
		}
		out[id] = now
	}
	return out, nil
}

// only is what of a record that is held belongs to some fields.
func only(now map[string]json.RawMessage, some []*form.Field, face query.Face) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, y := range some {
		if v, there := now[record.Name(face, y)]; there && y.HasValue() {
			out[record.Name(face, y)] = v
		}
	}
	return out
}
