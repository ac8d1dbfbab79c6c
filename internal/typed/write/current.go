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

// isStale says whether a fault of one record is the CONFLICT of its version.
func isStale(f *fault.Fault) bool {
	return f.Kind == fault.Conflict && len(f.Path) == 1 && f.Path[0] == "version" && f.Details["version"] != nil
}

// current adds to a CONFLICT of versions what the fields hold now that were to be
// changed, so that a client can put both beside each other. Where that cannot be
// read the fault stays as it is.
func current(ctx context.Context, x *shaped.Operation, c *pg.Conn, err error, f *form.Form, id int64, v record.Values, face query.Face) error {
	var list fault.List
	if list.Add(err) != nil || len(list) != 1 || !isStale(list[0]) {
		return err
	}
	now, rerr := held(ctx, x, c, f, []int64{id}, v.Given(), face)
	if rerr != nil || now[id] == nil {
		return err
	}
	return list[0].With("current", only(now[id], v.Given(), face))
}

// currents does for the rows of a bulk update what current does for one record, with
// one read for all of them. A record that has moved on again since, as when the
// answer is that of an earlier request, adds nothing.
func currents(ctx context.Context, x *shaped.Operation, c *pg.Conn, b *record.Bulk, faults []record.RowFault) {
	if b.Action != record.UpdateAll {
		return
	}
	var ids []int64
	var some []*form.Field
	seen := map[*form.Field]bool{}
	for _, f := range faults {
		if !isStale(f.Fault) {
			continue
		}
		id, given := b.Row(f.Row)
		ids = append(ids, id)
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
	for i, f := range faults {
		if !isStale(f.Fault) {
			continue
		}
		id, given := b.Row(f.Row)
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
