package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// indexInput is what a job that builds indexes is to do.
type indexInput struct {
	Unique  bool `json:"unique,omitempty"`
	Indexed bool `json:"indexed,omitempty"`
	Wanted  bool `json:"wanted,omitempty"` // Indexed is what the field says then; a reference is indexed without
	// The unique index is made anew, over values with or without capital letters.
	IgnoreCase *bool       `json:"ignoreCase,omitempty"`
	Rule       *ruleToMake `json:"rule,omitempty"` // instead of those of a field
}

// newIndex is an index to be built beside reads and writes.
type newIndex struct {
	name string
	text string // after CREATE [UNIQUE] INDEX CONCURRENTLY name
	uniq bool
}

func (f *Field) uniqueIndexOn(name, over string) newIndex {
	return newIndex{name, fmt.Sprintf(`ON %s %s WHERE archived_at IS NULL`, f.Form.Table(), over), true}
}

func (f *Field) indexOn(name, over string) newIndex {
	return newIndex{name, fmt.Sprintf(`ON %s %s`, f.Form.Table(), over), false}
}

// later leaves the indexes that x is to have and old has not to a job when the
// form is large, and says so; x then stays without them until the job is done. A
// reference is told by no setting that it has none, and the job owes it one.
func (e *edit) later(ctx context.Context, x, old *Field) (bool, error) {
	in := indexInput{Unique: x.Unique && !old.Unique, Indexed: x.wantsIndex() && !old.wantsIndex(), Wanted: x.Indexed}
	if old.Unique && x.Unique && x.Settings.IgnoreCase != old.Settings.IgnoreCase {
		in.IgnoreCase = &x.Settings.IgnoreCase
	}
	if !in.Unique && !in.Indexed && in.IgnoreCase == nil || !x.Stored() {
		return false, nil
	}
	n, err := e.size(ctx, x.Form)
	if err != nil || n <= e.atOnce {
		return false, err
	}
	err = e.start(ctx, x, jobIndex, n, in)
	if in.Unique {
		x.Unique = old.Unique
	}
	if in.Indexed {
		x.Indexed = old.Indexed
	}
	if in.IgnoreCase != nil {
		x.Settings.IgnoreCase = old.Settings.IgnoreCase
	}
	return true, err
}

// buildIndexes builds what is missing and then has the definitions say so.
func (t *task) buildIndexes(ctx context.Context) error {
	var in indexInput
	if err := json.Unmarshal(t.Input, &in); err != nil {
		return err
	}
	cat, err := Load(ctx, t.r.s.db, t.OrgID)
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
	return t.change(ctx, func(ctx context.Context, e *edit) error {
		for _, x := range list {
			if valid, _, err := indexState(ctx, e.tx, cat.Schema, x.name); err != nil || !valid {
				return fmt.Errorf("index %s is not there: %w", x.name, err)
			}
		}
		if in.Rule != nil {
			return e.saveRule(ctx, t.Form, in.Rule, list[0].name)
		}
		_, old, err := e.field(t.Form, t.Field)
		if err != nil {
			return err
		}
		x := *old
		x.Unique, x.Indexed = x.Unique || in.Unique, x.Indexed || in.Indexed && in.Wanted
		if in.IgnoreCase != nil {
			x.Settings.IgnoreCase = *in.IgnoreCase
			if err := e.exchangeIndex(ctx, t.prefix()+"unique", x.UniqueIndex()); err != nil {
				return err
			}
		}
		if e.still = x.Unique == old.Unique && x.Indexed == old.Indexed && in.IgnoreCase == nil; e.still {
			return nil
		}
		if err := e.saveField(ctx, &x); err != nil {
			return err
		}
		e.note("updateField", t.Form, t.Field, old.describe(), x.describe())
		return nil
	})
}

// exchangeIndex puts an index in the place of another.
func (m *maker) exchangeIndex(ctx context.Context, name, old string) error {
	schema := pg.Quote(m.cat.Schema)
	if err := m.ddl(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(old)); err != nil {
		return err
	}
	return m.ddl(ctx, `ALTER INDEX %s.%s RENAME TO %s`, schema, pg.Quote(name), pg.Quote(old))
}

// withExamples adds to the fault of a field that cannot be unique which records
// share their value.
func (t *task) withExamples(ctx context.Context, cat *Catalog, in indexInput, err error) error {
	ft, ok := errors.AsType[*fault.Fault](err)
	if !ok || !in.Unique && in.IgnoreCase == nil || ft.Kind != fault.Conflict {
		return err
	}
	x := *cat.Form(t.Form).Field(t.Field)
	if in.IgnoreCase != nil {
		x.Settings.IgnoreCase = *in.IgnoreCase
	}
	var p Impact
	if other := t.tryShort(ctx, func(tx *sqlx.Tx) error {
		e := t.r.s.look(tx, cat, org.Actor{})
		return e.previewUnique(ctx, &p, &x)
	}); other != nil {
		return other
	}
	return ft.With("count", p.Count).With("examples", p.Examples)
}

// indexes are those that the job is to build, on the definitions as they are.
func (t *task) indexes(cat *Catalog, in indexInput) ([]newIndex, error) {
	f := cat.Form(t.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q any more", t.Form)
	}
	var out []newIndex
	if in.Rule != nil {
		r := in.Rule.rule(f)
		if len(r.Fields) != len(r.FieldKeys) {
			return nil, fault.New(fault.NotFound, "a field of the rule %q is not there any more", r.Key)
		}
		name := r.Index()
		if in.Rule.Replaces {
			name = t.prefix() + "rule"
		}
		return append(out, newIndex{name, r.indexText(), r.Kind == UniqueRule}), nil
	}
	x := f.Field(t.Field)
	if x == nil {
		return nil, fault.New(fault.NotFound, "form %q has no field %q any more", t.Form, t.Field)
	}
	if in.Unique {
		out = append(out, x.uniqueIndexOn(x.UniqueIndex(), x.indexedBy(true)))
	}
	if in.IgnoreCase != nil {
		y := *x
		y.Settings.IgnoreCase = *in.IgnoreCase
		out = append(out, y.uniqueIndexOn(t.prefix()+"unique", y.indexedBy(true)))
	}
	if in.Indexed {
		out = append(out, x.indexOn(x.Index(), x.indexedBy(false)))
	}
	return out, nil
}

type getter interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
}

// indexState tells whether an index is there, and whether it is whole.
func indexState(ctx context.Context, db getter, schema, name string) (valid, there bool, err error) {
	err = db.GetContext(ctx, &valid, `
		SELECT x.indisvalid FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND i.relname = $2`, schema, name)
	if pg.IsNoRows(err) {
		return false, false, nil
	}
	return valid, err == nil, err
}

// buildIndex builds one index beside reads and writes. What an earlier try left
// is invalid and dropped first.
func (t *task) buildIndex(ctx context.Context, cat *Catalog, x newIndex, i, n int) error {
	valid, there, err := indexState(ctx, t.c, cat.Schema, x.name)
	if err != nil || valid {
		return err
	}
	if there {
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY %s.%s`, pg.Quote(cat.Schema), pg.Quote(x.name)); err != nil {
			return err
		}
	}
	stop := t.watch(ctx, i, n)
	defer stop()
	word := ""
	if x.uniq {
		word = "UNIQUE "
	}
	err = t.ddl(ctx, `CREATE %sINDEX CONCURRENTLY %s %s`, word, pg.Quote(x.name), x.text)
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
			err := t.r.s.db.Control.GetContext(ctx, &part, `
				SELECT CASE WHEN phase LIKE 'building index%' AND tuples_total > 0 THEN 0.5 + 0.3 * tuples_done / tuples_total
				            WHEN phase LIKE 'building index%' AND blocks_total > 0 THEN 0.5 * blocks_done / blocks_total
				            WHEN phase LIKE 'index validation%' AND blocks_total > 0 THEN 0.8 + 0.2 * blocks_done / blocks_total
				            ELSE 0 END
				  FROM pg_stat_progress_create_index WHERE pid = $1`, pid)
			if err == nil {
				_, _ = t.r.s.db.Control.ExecContext(ctx, advanceJob, t.OrgID, t.ID, int64((float64(i)+part)/float64(n)*float64(t.Total))) // told again soon
			}
		}
	}()
	return func() { cancel(); <-done }
}

// clearIndexes drops the indexes that the job has made and nothing promises, and
// builds the one that the definitions promise.
func (t *task) clearIndexes(ctx context.Context, cat *Catalog) error {
	for _, name := range t.indexNames(cat) {
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(name)); err != nil {
			return err
		}
	}
	if x, owed := t.owed(cat); owed {
		return t.buildIndex(ctx, cat, x, 0, 1)
	}
	return nil
}

// owed is the index of a reference, which an open job is to build whatever comes
// of the rest.
func (j *Job) owed(cat *Catalog) (newIndex, bool) {
	var in indexInput
	if json.Unmarshal(j.Input, &in) != nil || !in.Indexed || cat.Form(j.Form) == nil {
		return newIndex{}, false
	}
	x := cat.Form(j.Form).any(j.Field)
	if x == nil || x.Kind == nil || x.Target == nil || !x.wantsIndex() {
		return newIndex{}, false
	}
	return x.indexOn(x.Index(), x.indexedBy(false)), true
}

// indexNames are the indexes that an open job may have made and that go with it.
func (j *Job) indexNames(cat *Catalog) []string {
	var in indexInput
	if json.Unmarshal(j.Input, &in) != nil {
		return nil
	}
	if in.Rule != nil && in.Rule.Replaces {
		return []string{j.prefix() + "rule"}
	}
	if in.Rule != nil {
		r := Rule{ID: in.Rule.ID, Kind: in.Rule.Kind}
		return []string{r.Index()}
	}
	var out []string
	if in.IgnoreCase != nil {
		out = append(out, j.prefix()+"unique")
	}
	if f := cat.Form(j.Form); f != nil {
		if x := f.any(j.Field); x != nil {
			if in.Unique && !x.Unique {
				out = append(out, x.UniqueIndex())
			}
			if in.Indexed && !x.wantsIndex() {
				out = append(out, x.Index())
			}
		}
	}
	return out
}
