package job

import (
	"context"
	"sync"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"
)

const cancelIfWaitedFor = `
		SELECT pg_cancel_backend($1) WHERE EXISTS (
			SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> $1 AND datname = current_database() AND $1 = ANY (pg_blocking_pids(pid)))`

// buildTextIndexes builds the indexes that the form wants, again if meanwhile it
// has come to want others, and drops those of earlier definitions.
func (t *task) buildTextIndexes(ctx context.Context) error {
	for {
		cat, err := form.Load(ctx, t.r.s.DB, t.OrgID)
		if err != nil {
			return err
		}
		f := cat.Form(t.Form)
		if f != nil {
			wanted := table.TextIndexes(f)
			for i, x := range wanted {
				if err := t.inNobodysWay(ctx, cat, x, i, len(wanted)); err != nil {
					return err
				}
			}
			there, err := table.TextIndexesThere(ctx, t.c, cat.Schema, table.TextPrefixes(f))
			if err != nil {
				return err
			}
			_, stale := table.TextDifference(f, there)
			for _, name := range stale {
				if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(name)); err != nil {
					return err
				}
			}
		}
		done := false
		err = t.still(ctx, func(ctx context.Context, e *change.Edit) error {
			now := e.Cat.Form(t.Form)
			if done = f == nil || now == nil; !done {
				if done, err = t.hasTextIndexes(ctx, e, now); err != nil || !done {
					return err
				}
			}
			_, err := e.Tx.ExecContext(ctx, finishJob, t.OrgID, t.ID)
			return err
		})
		if err != nil || done {
			return err
		}
	}
}

// hasTextIndexes says whether the form has what it wants, whole.
func (t *task) hasTextIndexes(ctx context.Context, e *change.Edit, f *form.Form) (bool, error) {
	for _, x := range table.TextIndexes(f) {
		valid, _, err := table.IndexState(ctx, e.Tx, e.Cat.Schema, x.Name)
		if err != nil || !valid {
			return false, err
		}
		if err := e.WithoutStatistics(ctx, x); err != nil {
			return false, err
		}
	}
	return true, nil
}

// inNobodysWay is buildIndex for an index that nobody waits for: when somebody
// waits to change the table it is given up, and the job tried again later.
func (t *task) inNobodysWay(ctx context.Context, cat *form.Catalog, x table.Index, i, n int) error {
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
			_, _ = t.r.s.DB.Control.ExecContext(ctx, cancelIfWaitedFor, pid) // looked at again soon
		}
	})
	return t.buildIndex(ctx, cat, x, i, n)
}

// clearTextIndexes takes away what a job that was given up has left of an index.
// The form is searched without.
func (t *task) clearTextIndexes(ctx context.Context, cat *form.Catalog) error {
	f := cat.Form(t.Form)
	if f == nil {
		return nil
	}
	for _, x := range table.TextIndexes(f) {
		valid, there, err := table.IndexState(ctx, t.c, cat.Schema, x.Name)
		if err != nil {
			return err
		}
		if valid || !there {
			continue
		}
		if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, pg.Quote(cat.Schema), pg.Quote(x.Name)); err != nil {
			return err
		}
	}
	return nil
}
