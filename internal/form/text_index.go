package form

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// A form has indexes over expressions of texts: one by which its records are
// searched, and for each field that tells of duplicates one by which those are
// found. Nothing but their speed depends on them. Their names hold a hash of the
// expression: after a change of definitions the index that is wanted is another
// one, which is made at once, or by a job for a large form. Forms that were there
// before there were such indexes get theirs by jobs that migrations make.

const (
	selectTextIndexes = `
		SELECT i.relname FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
		   AND EXISTS (SELECT FROM unnest($2::text[]) p WHERE starts_with(i.relname, p)) ORDER BY 1`
)

const selectTextJobs = `SELECT form FROM fieldwork.job WHERE org_id = $1 AND action = 'search' AND ended_at IS NULL`

const cancelIfWaitedFor = `
		SELECT pg_cancel_backend($1) WHERE EXISTS (
			SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> $1 AND datname = current_database() AND $1 = ANY (pg_blocking_pids(pid)))`

// textIndexes are the indexes over texts that the form wants.
func (f *Form) textIndexes() []newIndex {
	out := []newIndex{f.searchIndexOn()}
	for _, x := range f.Own() {
		if x.Telling() != "" {
			out = append(out, x.duplicateIndexOn())
		}
	}
	return out
}

// textPrefixes are what the names of such indexes begin with, and no others.
func (f *Form) textPrefixes() pq.StringArray {
	return pq.StringArray{f.searchPrefix(), f.duplicatePrefix()}
}

// textDifference is what the form wants and what it does not, given the indexes
// that are there.
func (f *Form) textDifference(there []string) (missing []newIndex, stale []string) {
	wanted := f.textIndexes()
	for _, x := range wanted {
		if !slices.Contains(there, x.name) {
			missing = append(missing, x)
		}
	}
	for _, name := range there {
		ours := slices.ContainsFunc(f.textPrefixes(), func(p string) bool { return strings.HasPrefix(name, p) })
		if ours && !slices.ContainsFunc(wanted, func(x newIndex) bool { return x.name == name }) {
			stale = append(stale, name)
		}
	}
	return missing, stale
}

// setTextIndexes has every form have the indexes that its definition in cat wants.
func (e *edit) setTextIndexes(ctx context.Context, cat *Catalog) error {
	var there, jobs []string
	if err := e.tx.SelectContext(ctx, &there, selectTextIndexes, cat.Schema, pq.StringArray{"search_", "duplicate_"}); err != nil {
		return err
	}
	if err := e.tx.SelectContext(ctx, &jobs, selectTextJobs, cat.OrgID); err != nil {
		return err
	}
	for _, f := range cat.Active() {
		missing, stale := f.textDifference(there)
		if len(missing)+len(stale) == 0 || slices.Contains(jobs, f.Key) {
			continue
		}
		n, err := e.size(ctx, f)
		if err != nil {
			return err
		}
		if n > e.atOnce {
			if _, err := e.insertJob(ctx, &Field{Form: f}, jobSearch, n, []byte("{}")); err != nil {
				return err
			}
			continue
		}
		if err := e.dropIndexes(ctx, stale); err != nil {
			return err
		}
		for _, x := range missing {
			if err := e.ddl(ctx, `CREATE INDEX %s %s`, pg.Quote(x.name), x.text); err != nil {
				return err
			}
			if err := e.withoutStatistics(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutStatistics spares whoever analyses the table the tokens of thousands of
// records: no plan asks how frequent they are.
func (m *maker) withoutStatistics(ctx context.Context, x newIndex) error {
	return m.ddl(ctx, `ALTER INDEX %s.%s ALTER COLUMN 1 SET STATISTICS 0`, pg.Quote(m.cat.Schema), pg.Quote(x.name))
}

// dropTextIndexes drops all that the form has, before its table is changed in a
// way that they might not survive.
func (m *maker) dropTextIndexes(ctx context.Context, f *Form) error {
	var there []string
	if err := m.tx.SelectContext(ctx, &there, selectTextIndexes, m.cat.Schema, f.textPrefixes()); err != nil {
		return err
	}
	return m.dropIndexes(ctx, there)
}

func (m *maker) dropIndexes(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := m.ddl(ctx, `DROP INDEX %s.%s`, pg.Quote(m.cat.Schema), pg.Quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// buildTextIndexes builds the indexes that the form wants, again if meanwhile it
// has come to want others, and drops those of earlier definitions.
func (t *task) buildTextIndexes(ctx context.Context) error {
	for {
		cat, err := Load(ctx, t.r.s.db, t.OrgID)
		if err != nil {
			return err
		}
		f := cat.Form(t.Form)
		if f != nil {
			wanted := f.textIndexes()
			for i, x := range wanted {
				if err := t.inNobodysWay(ctx, cat, x, i, len(wanted)); err != nil {
					return err
				}
			}
			var there []string
			if err := t.c.SelectContext(ctx, &there, selectTextIndexes, cat.Schema, f.textPrefixes()); err != nil {
				return err
			}
			_, stale := f.textDifference(there)
			for _, name := range stale {
				if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(name)); err != nil {
					return err
				}
			}
		}
		done := false
		err = t.still(ctx, func(ctx context.Context, e *edit) error {
			now := e.cat.Form(t.Form)
			if done = f == nil || now == nil; !done {
				if done, err = t.hasTextIndexes(ctx, e, now); err != nil || !done {
					return err
				}
			}
			_, err := e.tx.ExecContext(ctx, finishJob, t.OrgID, t.ID)
			return err
		})
		if err != nil || done {
			return err
		}
	}
}

// hasTextIndexes says whether the form has what it wants, whole.
func (t *task) hasTextIndexes(ctx context.Context, e *edit, f *Form) (bool, error) {
	for _, x := range f.textIndexes() {
		valid, _, err := indexState(ctx, e.tx, e.cat.Schema, x.name)
		if err != nil || !valid {
			return false, err
		}
		if err := e.withoutStatistics(ctx, x); err != nil {
			return false, err
		}
	}
	return true, nil
}

// inNobodysWay is buildIndex for an index that nobody waits for: when somebody
// waits to change the table it is given up, and the job tried again later.
func (t *task) inNobodysWay(ctx context.Context, cat *Catalog, x newIndex, i, n int) error {
	var pid int
	if err := t.c.GetContext(ctx, &pid, `SELECT pg_backend_pid()`); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			_, _ = t.r.s.db.Control.ExecContext(ctx, cancelIfWaitedFor, pid) // looked at again soon
		}
	})
	return t.buildIndex(ctx, cat, x, i, n)
}

// clearTextIndexes takes away what a job that was given up has left of an index.
// The form is searched without.
func (t *task) clearTextIndexes(ctx context.Context, cat *Catalog) error {
	f := cat.Form(t.Form)
	if f == nil {
		return nil
	}
	for _, x := range f.textIndexes() {
		valid, there, err := indexState(ctx, t.c, cat.Schema, x.name)
		if err != nil {
			return err
		}
		if valid || !there {
			continue
		}
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(x.name)); err != nil {
			return err
		}
	}
	return nil
}
