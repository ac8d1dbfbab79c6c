package template

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

const (
	lockTemplates = `SELECT id FROM fieldwork.organisation WHERE id = $1 FOR NO KEY UPDATE`
	selectSample  = `SELECT template, form, name, record, position::bigint FROM fieldwork.template_sample WHERE org_id = $1 ORDER BY position`
	insertSample  = `INSERT INTO fieldwork.template_sample (org_id, template, form, name, record, position) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	deleteSample  = `DELETE FROM fieldwork.template_sample WHERE org_id = $1 AND template = $2`
	selectMembers = `SELECT id FROM fieldwork.member WHERE org_id = $1 AND active ORDER BY id LIMIT 50`
)

// records are records of a form as a template has them. See values.go for what
// their values may be.
type records struct {
	Form    string           `yaml:"form"`
	Records []map[string]any `yaml:"records"`
}

// remembered is a sample record that was made.
type remembered struct {
	template, form, name string
	record, position     int64
}

// sampler writes and removes the records of a template, in one transaction.
type sampler struct {
	store    *Store
	by       org.Actor
	cat      *form.Catalog
	template Template
	language string
	made     map[string]int

	c       *pg.Conn
	now     time.Time
	members []int64
	ids     map[string]int64 // form and name, of those that are there
	next    int64
}

func (w *sampler) inTx(ctx context.Context, f func() error) error {
	return w.store.db.As(ctx, w.cat.Role, func(c *pg.Conn) error {
		w.c, w.now, w.ids = c, time.Now().In(w.cat.Zone), map[string]int64{}
		return c.InTx(ctx, func() error {
			if err := w.exec(ctx, lockTemplates, w.by.OrgID); err != nil {
				return err
			}
			return f()
		})
	})
}

// exec runs a statement on control tables.
func (w *sampler) exec(ctx context.Context, sql string, args ...any) error {
	return w.query(ctx, sql, args, func([]pg.Value) error { return nil })
}

func (w *sampler) query(ctx context.Context, sql string, args []any, row func([]pg.Value) error) error {
	if err := w.c.AsOwner(ctx); err != nil {
		return err
	}
	if err := w.c.Query(ctx, sql, args, row); err != nil {
		return err
	}
	return w.c.AsBefore(ctx)
}

// reference writes the records that the template's forms are of no use without, of
// each form that has none.
func (w *sampler) reference(ctx context.Context) error {
	for _, r := range w.template.Reference {
		f := w.usable(r.Form)
		if f == nil {
			continue
		}
		some := false
		s := sqlgen.CountAll([]*form.Form{f})
		if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { some = row[1].(int64) > 0; return nil }); err != nil {
			return err
		}
		if some {
			continue
		}
		if _, err := w.write(ctx, f, r.Records); err != nil {
			return err
		}
	}
	return nil
}

// sample writes the template's sample records, unless they are there, and those
// that they need of customers that all templates have in common.
func (w *sampler) sample(ctx context.Context) error {
	all, err := w.remembered(ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.template == w.template.Key {
			return nil
		}
	}
	if err := w.findThere(ctx, all); err != nil {
		return err
	}
	common, err := needed("common")
	if err != nil {
		return err
	}
	for _, r := range append(neededOf(common.Sample, w.template.Sample), w.template.Sample...) {
		if f := w.usable(r.Form); f != nil {
			if err := w.samples(ctx, f, r.Records); err != nil {
				return err
			}
		}
	}
	return nil
}

// samples writes the sample records of a form that are not there, and remembers
// all of them.
func (w *sampler) samples(ctx context.Context, f *form.Form, list []map[string]any) error {
	var lacking []map[string]any
	var names []string
	for i, r := range list {
		name := nameOf(r, i)
		if id := w.ids[f.Key+" "+name]; id == 0 {
			lacking, names = append(lacking, r), append(names, name)
		} else if err := w.remember(ctx, f, name, id); err != nil {
			return err
		}
	}
	ids, err := w.write(ctx, f, lacking)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if id == 0 {
			continue
		}
		if err := w.remember(ctx, f, names[i], id); err != nil {
			return err
		}
	}
	return nil
}

func (w *sampler) remember(ctx context.Context, f *form.Form, name string, id int64) error {
	w.ids[f.Key+" "+name] = id
	w.next++
	return w.exec(ctx, insertSample, w.by.OrgID, w.template.Key, f.Key, name, id, w.next)
}

func nameOf(r map[string]any, i int) string {
	if name, ok := r["id"].(string); ok {
		return name
	}
	return fmt.Sprintf("#%d", i+1)
}

// write writes records of a form and returns their numbers, 0 for those that need
// something which the organisation does not have.
func (w *sampler) write(ctx context.Context, f *form.Form, list []map[string]any) ([]int64, error) {
	ids := make([]int64, len(list))
	bulk := &record.Bulk{Form: f, Action: record.CreateAll, Face: query.Generic}
	var places []int
	for i, r := range list {
		values, ok, err := w.values(ctx, f, r)
		if err != nil {
			return nil, err
		}
		if ok {
			bulk.Rows, places = append(bulk.Rows, values), append(places, i)
		}
	}
	done, err := w.bulk(ctx, bulk)
	if err != nil {
		return nil, err
	}
	for k, id := range done.IDs {
		ids[places[k]] = id
	}
	w.made[f.Key] += len(done.IDs)
	return ids, nil
}

// bulk writes rows, all of them.
func (w *sampler) bulk(ctx context.Context, b *record.Bulk) (record.Done, error) {
	if len(b.Rows) == 0 {
		return record.Done{}, nil
	}
	if err := b.Parse(); err != nil {
		return record.Done{}, err
	}
	done, err := b.Write(ctx, w.c, record.Call{By: w.by, Now: w.now, Language: w.language, Via: form.ViaTemplate})
	if err == nil && len(done.Faults) > 0 {
		bad := done.Faults[0]
		err = fault.New(bad.Kind, "a record of %s cannot be written: %s", b.Form.Key, bad.Message).At(append([]any{"sample", b.Form.Key, bad.Row}, bad.Path...)...).Because(bad.Fault)
	}
	return done, err
}

// usable is the form of that key in use, nil for none.
func (w *sampler) usable(key string) *form.Form {
	if f := w.cat.Form(key); f != nil && f.ArchivedAt == nil {
		return f
	}
	return nil
}

// remembered are the sample records of all templates, in the order of their making.
func (w *sampler) remembered(ctx context.Context) ([]remembered, error) {
	var out []remembered
	err := w.query(ctx, selectSample, []any{w.by.OrgID}, func(row []pg.Value) error {
		r := remembered{row[0].(string), row[1].(string), row[2].(string), row[3].(int64), row[4].(int64)}
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
