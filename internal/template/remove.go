package template

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/handover"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// Kept is a sample record that was not removed.
type Kept struct {
	Form   string
	ID     string
	Reason KeptReason
}

// KeptReason is why a sample record was kept.
type KeptReason string

// The reasons.
const (
	Edited KeptReason = "EDITED" // somebody changed it or archived it: it is the organisation's now
	InUse  KeptReason = "IN_USE" // a record that stays refers to it
	Shared KeptReason = "SHARED" // another template's sample data has it too, and goes with that
)

// RemovedSample is what RemoveSample did.
type RemovedSample struct {
	Records map[string]int // by key of the form: how many were removed
	Kept    []Kept
}

// RemoveSample removes the sample records that came with a template, in one
// transaction. Those that hold other values than they were made with, that a record of the organisation's
// own refers to, or that another template's sample data needs are kept and told; no
// other record is touched. Twice removes nothing. Faults: NOT_FOUND, FORBIDDEN.
func (s *Store) RemoveSample(ctx context.Context, by org.Actor, key string) (RemovedSample, error) {
	out := RemovedSample{Records: map[string]int{}}
	if !by.MayShape() {
		return out, fault.New(fault.Forbidden, "only owners and managers may remove sample data")
	}
	installed, err := s.installs(ctx, by.OrgID)
	if err != nil {
		return out, err
	}
	if _, ok := installed[key]; !ok {
		return out, fault.New(fault.NotFound, "the template %q is not installed", fault.Clip(key)).At("template")
	}
	cat, err := form.Load(ctx, s.db, by.OrgID)
	if err != nil {
		return out, err
	}
	w := &sampler{store: s, by: by, cat: cat, template: Template{Key: key}}
	return out, w.inTx(ctx, func() error { return w.remove(ctx, &out) })
}

func (w *sampler) remove(ctx context.Context, out *RemovedSample) error {
	all, err := w.remembered(ctx)
	if err != nil {
		return err
	}
	going := map[*form.Form]map[int64]bool{}
	var forms []*form.Form // in the order in which records were made
	shared := map[*form.Form]map[int64]bool{}
	for _, r := range all {
		f := w.usable(r.form)
		if f == nil {
			continue
		}
		put := func(m map[*form.Form]map[int64]bool) {
			if m[f] == nil {
				m[f] = map[int64]bool{}
			}
			m[f][r.record] = true
		}
		if r.template != w.template.Key {
			put(shared)
			continue
		}
		if put(going); !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	keep := func(f *form.Form, id int64, why KeptReason) {
		delete(going[f], id)
		out.Kept = append(out.Kept, Kept{f.Key, recordID(f, id), why})
	}
	for _, f := range forms {
		versions := map[int64]int64{}
		s := sqlgen.Hold(f, slices.Sorted(maps.Keys(going[f])))
		if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { versions[row[0].(int64)] = row[1].(int64); return nil }); err != nil {
			return err
		}
		asMade, err := w.asMade(ctx, f, versions)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(going[f])) {
			switch version, there := versions[id]; {
			case !there:
				delete(going[f], id)
			case version > 1 && !asMade[id]:
				keep(f, id, Edited)
			case shared[f][id]:
				keep(f, id, Shared)
			}
		}
	}
	unused, customers, err := w.unused(ctx, going)
	if err != nil {
		return err
	}
	for id := range customers {
		if going[unused] == nil {
			going[unused] = map[int64]bool{}
		}
		if going[unused][id] = true; !slices.Contains(forms, unused) {
			forms = append(forms, unused)
		}
	}
	for again := true; again; {
		if again, err = w.keepReferred(ctx, going, func(f *form.Form, id int64) { keep(f, id, InUse) }); err != nil {
			return err
		}
	}
	for id, customer := range customers {
		if !going[w.cat.Customers()][customer] {
			delete(going[unused], id)
		}
	}
	for _, f := range slices.Backward(forms) {
		b := &record.Bulk{Form: f, Action: record.DeleteAll}
		for _, id := range slices.Sorted(maps.Keys(going[f])) {
			b.Rows = append(b.Rows, map[string]any{"id": recordID(f, id)})
		}
		if _, err := w.bulk(ctx, b); err != nil {
			return err
		}
		if len(b.Rows) > 0 {
			out.Records[f.Key] = len(b.Rows)
		}
	}
	return w.exec(ctx, deleteSample, w.by.OrgID, w.template.Key)
}

// keepReferred keeps what records that stay refer to, and says whether there was
// any such record: then others may follow.
func (w *sampler) keepReferred(ctx context.Context, going map[*form.Form]map[int64]bool, keep func(f *form.Form, id int64)) (bool, error) {
	some := false
	for _, from := range w.cat.Forms {
		for _, x := range from.Fields { // archived ones too: their values stay
			if x.Target == nil || !(x.IsLinks() || x.Stored() && x.IsReference()) || len(going[x.Target]) == 0 {
				continue
			}
			s := sqlgen.Holding(x, slices.Sorted(maps.Keys(going[x.Target])), slices.Sorted(maps.Keys(going[from])))
			var held []int64
			if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { held = append(held, row[0].(int64)); return nil }); err != nil {
				return false, err
			}
			slices.Sort(held)
			for _, id := range held {
				keep(x.Target, id)
				some = true
			}
		}
	}
	return some, nil
}

// asMade are those of records at a later version than the first that hold again what
// they were made with.
func (w *sampler) asMade(ctx context.Context, f *form.Form, versions map[int64]int64) (map[int64]bool, error) {
	var ids []int64
	for id, version := range versions {
		if version > 1 {
			ids = append(ids, id)
		}
	}
	out := map[int64]bool{}
	if ids == nil {
		return out, nil
	}
	slices.Sort(ids)
	s := sqlgen.AsMade(f, ids)
	return out, w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { out[row[0].(int64)] = true; return nil })
}

// unused are the roles on customers that go which handovers made and which were
// archived again when those were undone, each with its customer. Nobody has changed
// them since: they are traces of what was done with sample data.
func (w *sampler) unused(ctx context.Context, going map[*form.Form]map[int64]bool) (*form.Form, map[int64]int64, error) {
	x := w.cat.Purpose("ROLE_CUSTOMER")
	if x == nil || !x.Stored() || !x.IsReference() || len(going[x.Target]) == 0 || x.Target != w.cat.Customers() {
		return nil, nil, nil
	}
	undone, err := handover.Undone(ctx, w.c, w.by.OrgID)
	if err != nil || len(undone[x.Form.Key]) == 0 {
		return nil, nil, err
	}
	ids, standing := undone[x.Form.Key], map[int64]bool{}
	s := sqlgen.Standing(x.Form, ids)
	err = w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		standing[row[0].(int64)] = row[1].(int64) == 2 && row[2].(bool)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	out := map[int64]int64{}
	s = sqlgen.Held(x.Form, []*form.Field{x}, ids)
	return x.Form, out, w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		text, _ := row[1].(string)
		customer, _ := strconv.ParseInt(text, 10, 64) // a number, or nothing
		if id := row[0].(int64); standing[id] && going[x.Target][customer] {
			out[id] = customer
		}
		return nil
	})
}
