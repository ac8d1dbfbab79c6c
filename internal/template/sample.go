package template

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
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
	Form    string           `yaml:"form" json:"form"`
	Records []map[string]any `yaml:"records" json:"records"`
}

// named is one of them by its name.
type named struct {
	name string
	says map[string]any
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

	c          *pg.Conn
	now        time.Time
	members    []int64
	ids        map[string]int64 // form and name, of those that are there
	coming     map[string]bool  // and of those that are going to be
	lacks      bool             // whether what is written names one that is only coming
	unfinished []unfinished
	next       int64
}

// unfinished is a record that was written before another that it names.
type unfinished struct {
	form *form.Form
	id   int64
	says map[string]any
}

func (w *sampler) inTx(ctx context.Context, f func() error) error {
	return w.store.db.As(ctx, w.cat.Role, func(c *pg.Conn) error {
		w.c, w.now, w.ids, w.coming = c, time.Now().In(w.cat.Zone), map[string]int64{}, map[string]bool{}
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
	ids := map[string]int64{}
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
		err := w.inRounds(ctx, f, w.named(r.Records), func(n named, id int64) error { w.ids[f.Key+" "+n.name] = id; return nil })
		if err != nil {
			return err
		}
	}
	err := w.finish(ctx)
	w.ids = ids // sample records do not name them: those may come later
	return err
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
	list, err := w.template.samples()
	if err != nil {
		return err
	}
	for _, r := range list {
		for _, n := range w.named(r.Records) {
			w.coming[r.Form+" "+n.name] = true
		}
	}
	for _, r := range list {
		if f := w.usable(r.Form); f != nil {
			if err := w.samples(ctx, f, w.named(r.Records)); err != nil {
				return err
			}
		}
	}
	return w.finish(ctx)
}

// samples are the sample records of a template after those that they need of what all
// templates have in common.
func (t Template) samples() ([]records, error) {
	common, err := needed("common")
	return append(neededOf(common.Sample, t.Sample), t.Sample...), err
}

// samples writes the sample records of a form that are not there, and remembers
// all of them.
func (w *sampler) samples(ctx context.Context, f *form.Form, list []named) error {
	var lacking []named
	for _, n := range list {
		if id := w.ids[f.Key+" "+n.name]; id == 0 {
			lacking = append(lacking, n)
		} else if err := w.remember(ctx, f, n.name, id); err != nil {
			return err
		}
	}
	return w.inRounds(ctx, f, lacking, func(n named, id int64) error { return w.remember(ctx, f, n.name, id) })
}

// inRounds writes records of a form, those that others of them name first, and tells of
// each that was made.
func (w *sampler) inRounds(ctx context.Context, f *form.Form, list []named, made func(n named, id int64) error) error {
	waiting, wants := map[string]bool{}, map[string][]string{}
	for _, n := range list {
		waiting[n.name], wants[n.name] = true, names(f, n)
	}
	for len(list) > 0 {
		var now, later []named
		for _, n := range list {
			if slices.ContainsFunc(wants[n.name], func(name string) bool { return waiting[name] }) {
				later = append(later, n)
			} else {
				now = append(now, n)
			}
		}
		if len(now) == 0 { // they name each other
			now, later = later, nil
		}
		ids, err := w.write(ctx, f, now)
		if err != nil {
			return err
		}
		for i, n := range now {
			delete(waiting, n.name)
			if ids[i] == 0 {
				continue
			}
			if err := made(n, ids[i]); err != nil {
				return err
			}
		}
		list = later
	}
	return nil
}

// names are the records of the same form that a record refers to.
func names(f *form.Form, n named) []string {
	var out []string
	for key, v := range n.says {
		x := f.Field(key)
		if x == nil || x.Target != f {
			continue
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			if name, _ := item.(string); strings.HasPrefix(name, "@") && name != "@"+n.name {
				out = append(out, name[1:])
			}
		}
	}
	return out
}

// finish gives records what they name that was written after them.
func (w *sampler) finish(ctx context.Context) error {
	byForm := map[*form.Form]*record.Bulk{}
	for _, u := range w.unfinished {
		values, ok, err := w.values(ctx, u.form, u.says)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		set := map[string]any{}
		for key, v := range values {
			if x := u.form.Field(key); x.Target != nil {
				set[key] = v
			}
		}
		if byForm[u.form] == nil {
			byForm[u.form] = &record.Bulk{Form: u.form, Action: record.UpdateAll, Face: query.Generic}
		}
		b := byForm[u.form]
		b.Rows = append(b.Rows, map[string]any{"id": recordID(u.form, u.id), "set": set})
	}
	w.unfinished = nil
	for _, f := range w.cat.Forms {
		if b := byForm[f]; b != nil {
			if _, err := w.bulk(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *sampler) remember(ctx context.Context, f *form.Form, name string, id int64) error {
	w.ids[f.Key+" "+name] = id
	w.next++
	return w.exec(ctx, insertSample, w.by.OrgID, w.template.Key, f.Key, name, id, w.next)
}

// named are records with their names. Those that nothing refers to are told apart by
// their place in the template.
func (w *sampler) named(list []map[string]any) []named {
	out := make([]named, len(list))
	for i, r := range list {
		name, ok := r["id"].(string)
		if !ok {
			name = fmt.Sprintf("%s#%d", w.template.Key, i+1)
		}
		out[i] = named{name, r}
	}
	return out
}

// write writes records of a form and returns their numbers, 0 for those that need
// something which the organisation does not have.
func (w *sampler) write(ctx context.Context, f *form.Form, list []named) ([]int64, error) {
	ids := make([]int64, len(list))
	bulk := &record.Bulk{Form: f, Action: record.CreateAll, Face: query.Generic}
	var places, late []int
	for i, r := range list {
		w.lacks = false
		values, ok, err := w.values(ctx, f, r.says)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		bulk.Rows, places = append(bulk.Rows, values), append(places, i)
		if w.lacks {
			late = append(late, i)
		}
	}
	done, err := w.bulk(ctx, bulk)
	if err != nil {
		return nil, err
	}
	for k, id := range done.IDs {
		ids[places[k]] = id
	}
	for _, i := range late {
		w.unfinished = append(w.unfinished, unfinished{f, ids[i], list[i].says})
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
