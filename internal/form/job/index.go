package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/impact"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// buildIndexes builds what is missing and then has the definitions say so.
func (t *task) buildIndexes(ctx context.Context) error {
	var in change.IndexInput
	if err := json.Unmarshal(t.Input, &in); err != nil {
		return err
	}
	cat, err := form.Load(ctx, t.r.s.DB, t.OrgID)
	if err != nil {
		return err
	}
	list, err := t.indexes(cat, in)
	if err != nil {
		return err
	}
	for i, x := range list {
		if err := t.buildIndex(ctx, cat, x, i, len(list)); err != nil {
			return t.withExamples(ctx, cat, in, err)
		}
	}
	return t.change(ctx, func(ctx context.Context, e *change.Edit) error {
		for _, x := range list {
			if valid, _, err := table.IndexState(ctx, e.Tx, cat.Schema, x.Name); err != nil || !valid {
				return fmt.Errorf("index %s is not there: %w", x.Name, err)
			}
		}
		if in.Rule != nil {
			return e.SaveRule(ctx, t.Form, in.Rule, list[0].Name)
		}
		_, old, err := e.Field(t.Form, t.Field)
		if err != nil {
			return err
		}
		x := *old
		x.Unique, x.Indexed = x.Unique || in.Unique, x.Indexed || in.Indexed && in.Wanted
		if in.IgnoreCase != nil {
			x.Settings.IgnoreCase = *in.IgnoreCase
			if err := e.ExchangeIndex(ctx, Prefix(t.Job)+"unique", x.UniqueIndex()); err != nil {
				return err
			}
		}
		if e.Still = x.Unique == old.Unique && x.Indexed == old.Indexed && in.IgnoreCase == nil; e.Still {
			return nil
		}
		if err := e.SaveField(ctx, &x); err != nil {
			return err
		}
		e.Note("updateField", t.Form, t.Field, change.StateOf(old), change.StateOf(&x))
		return nil
	})
}

// withExamples adds to the fault of a field that cannot be unique which records
// share their value.
func (t *task) withExamples(ctx context.Context, cat *form.Catalog, in change.IndexInput, err error) error {
	ft, ok := errors.AsType[*fault.Fault](err)
	if !ok || !in.Unique && in.IgnoreCase == nil || ft.Kind != fault.Conflict {
		return err
	}
	x := *cat.Form(t.Form).Field(t.Field)
	if in.IgnoreCase != nil {
		x.Settings.IgnoreCase = *in.IgnoreCase
	}
	var p impact.Report
	if other := t.tryShort(ctx, func(tx *sqlx.Tx) error {
		e := t.r.s.Look(tx, cat, org.Actor{})
		return impact.CountShared(ctx, e, &p, &x)
	}); other != nil {
		return other
	}
	return ft.With("count", p.Count).With("examples", p.Examples)
}

// indexes are those that the job is to build, on the definitions as they are.
func (t *task) indexes(cat *form.Catalog, in change.IndexInput) ([]table.Index, error) {
	f := cat.Form(t.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q any more", t.Form)
	}
	var out []table.Index
	if in.Rule != nil {
		r := in.Rule.Rule(f)
		if len(r.Fields) != len(r.FieldKeys) {
			return nil, fault.New(fault.NotFound, "a field of the rule %q is not there any more", r.Key)
		}
		name := r.Index()
		if in.Rule.Replaces {
			name = Prefix(t.Job) + "rule"
		}
		return append(out, table.Index{Name: name, Text: table.IndexText(r), Uniq: r.Kind == form.UniqueRule}), nil
	}
	x := f.Field(t.Field)
	if x == nil {
		return nil, fault.New(fault.NotFound, "form %q has no field %q any more", t.Form, t.Field)
	}
	if in.Unique {
		out = append(out, table.UniqueIndexOn(x, x.UniqueIndex(), table.IndexedBy(x, true)))
	}
	if in.IgnoreCase != nil {
		y := *x
		y.Settings.IgnoreCase = *in.IgnoreCase
		out = append(out, table.UniqueIndexOn(&y, Prefix(t.Job)+"unique", table.IndexedBy(&y, true)))
	}
	if in.Indexed {
		out = append(out, table.IndexOn(x, x.Index(), table.IndexedBy(x, false)))
	}
	return out, nil
}

// buildIndex builds one index beside reads and writes. What an earlier try left
// is invalid and dropped first.
func (t *task) buildIndex(ctx context.Context, cat *form.Catalog, x table.Index, i, n int) error {
	valid, there, err := table.IndexState(ctx, t.c, cat.Schema, x.Name)
	if err != nil || valid {
		return err
	}
	if there {
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY %s.%s`, pg.Quote(cat.Schema), pg.Quote(x.Name)); err != nil {
			return err
		}
	}
	stop := t.watch(ctx, i, n)
	defer stop()
	word := ""
	if x.Uniq {
		word = "UNIQUE "
	}
	err = t.ddl(ctx, `CREATE %sINDEX CONCURRENTLY %s %s`, word, pg.Quote(x.Name), x.Text)
	if pg.Code(err) == "23505" {
		return fault.New(fault.Conflict, "some records have the same value, so the field cannot be unique").Because(err)
	}
	if pg.Code(err) == "54000" {
		return fault.New(fault.Conflict, "some records have values that are too long together to be compared").Because(err)
	}
	return err
}

// watch keeps the job's progress while its connection builds the i-th index of n.
func (t *task) watch(ctx context.Context, i, n int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var pid int
	if err := t.c.GetContext(ctx, &pid, `SELECT pg_backend_pid()`); err != nil {
		cancel()
		return func() {}
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var part float64
			err := t.r.s.DB.Control.GetContext(ctx, &part, `
				SELECT CASE WHEN phase LIKE 'building index%' AND tuples_total > 0 THEN 0.5 + 0.3 * tuples_done / tuples_total
				            WHEN phase LIKE 'building index%' AND blocks_total > 0 THEN 0.5 * blocks_done / blocks_total
				            WHEN phase LIKE 'index validation%' AND blocks_total > 0 THEN 0.8 + 0.2 * blocks_done / blocks_total
				            ELSE 0 END
				  FROM pg_stat_progress_create_index WHERE pid = $1`, pid)
			if err == nil {
				_, _ = t.r.s.DB.Control.ExecContext(ctx, advanceJob, t.OrgID, t.ID, int64((float64(i)+part)/float64(n)*float64(t.Total))) // told again soon
			}
		}
	}()
	return func() { cancel(); <-done }
}

// clearIndexes drops the indexes that the job has made and nothing promises, and
// builds the one that the definitions promise.
func (t *task) clearIndexes(ctx context.Context, cat *form.Catalog) error {
	for _, name := range IndexNames(t.Job, cat) {
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(name)); err != nil {
			return err
		}
	}
	if x, owed := Owed(t.Job, cat); owed {
		return t.buildIndex(ctx, cat, x, 0, 1)
	}
	return nil
}

// Owed is the index of a reference, which an open job is to build whatever comes
// of the rest.
func Owed(j *form.Job, cat *form.Catalog) (table.Index, bool) {
	var in change.IndexInput
	if json.Unmarshal(j.Input, &in) != nil || !in.Indexed || cat.Form(j.Form) == nil {
		return table.Index{}, false
	}
	x := cat.Form(j.Form).AnyField(j.Field)
	if x == nil || x.Kind == nil || x.Target == nil || !x.WantsIndex() {
		return table.Index{}, false
	}
	return table.IndexOn(x, x.Index(), table.IndexedBy(x, false)), true
}

// IndexNames are the indexes that an open job may have made and that go with it.
func IndexNames(j *form.Job, cat *form.Catalog) []string {
	var in change.IndexInput
	if json.Unmarshal(j.Input, &in) != nil {
		return nil
	}
	if in.Rule != nil && in.Rule.Replaces {
		return []string{Prefix(j) + "rule"}
	}
	if in.Rule != nil {
		r := form.Rule{ID: in.Rule.ID, Kind: in.Rule.Kind}
		return []string{r.Index()}
	}
	var out []string
	if in.IgnoreCase != nil {
		out = append(out, Prefix(j)+"unique")
	}
	if f := cat.Form(j.Form); f != nil {
		if x := f.AnyField(j.Field); x != nil {
			if in.Unique && !x.Unique {
				out = append(out, x.UniqueIndex())
			}
			if in.Indexed && !x.WantsIndex() {
				out = append(out, x.Index())
			}
		}
	}
	return out
}
