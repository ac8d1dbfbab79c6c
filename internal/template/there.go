package template

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// usable is the form of that key in use, nil for none: members are not made, since they
// could not be deleted again.
func (w *sampler) usable(key string) *form.Form {
	if f := w.cat.Form(key); f != nil && f.ArchivedAt == nil && !f.IsMember() {
		return f
	}
	return nil
}

// remembered are the sample records of all templates, in the order of their making.
func (w *sampler) remembered(ctx context.Context) ([]remembered, error) {
	var out []remembered
	err := w.query(ctx, selectSample, []any{w.by.OrgID}, func(row []pg.Value) error {
		r := remembered{strings.Clone(row[0].(string)), strings.Clone(row[1].(string)), strings.Clone(row[2].(string)), row[3].(int64), row[4].(int64)} // rows share a buffer
		out, w.next = append(out, r), max(w.next, r.position)
		return nil
	})
	return out, err
}

// findThere notes which of the remembered records there still are.
func (w *sampler) findThere(ctx context.Context, all []remembered) error {
	byForm := map[string][]int64{}
	for _, r := range all {
		byForm[r.form] = append(byForm[r.form], r.record)
	}
	for _, key := range slices.Sorted(maps.Keys(byForm)) {
		f := w.usable(key)
		if f == nil {
			continue
		}
		there := map[int64]bool{}
		s := sqlgen.Hold(f, byForm[key])
		if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { there[row[0].(int64)] = true; return nil }); err != nil {
			return err
		}
		for _, r := range all {
			if r.form == key && there[r.record] {
				w.ids[key+" "+r.name] = r.record
			}
		}
	}
	return nil
}

// member is the nth active member of the organisation, counted from the caller and
// round again.
func (w *sampler) member(ctx context.Context, n int) (int64, error) {
	if w.members == nil {
		if w.by.MemberID != 0 {
			w.members = []int64{w.by.MemberID}
		}
		err := w.query(ctx, selectMembers, []any{w.by.OrgID}, func(row []pg.Value) error {
			if id := row[0].(int64); id != w.by.MemberID {
				w.members = append(w.members, id)
			}
			return nil
		})
		if err != nil || len(w.members) == 0 {
			return 0, err
		}
	}
	return w.members[n%len(w.members)], nil
}

func recordID(f *form.Form, n int64) string { return kind.ID(f.Key, n) }
