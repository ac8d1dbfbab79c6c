package form

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fieldwork/internal/form/kind"
)

// A form's records are searched by the tokens of their texts, which are what
// fieldwork_expr.search_tokens makes of them (migration 0007), and found by an
// index over that expression. Which texts those are follows from the definitions,
// so every search is right whether the index is there or not. The index's name
// holds a hash of the expression: after a change of definitions the index that is
// wanted is another one, which is made at once, or by a job for a large form.

// searched are the fields whose texts are searched besides the title: stored
// texts and addresses, long texts last because a record's tokens end somewhere.
// They are in the order in which they were made, which does not change.
func (f *Form) searched() []*Field {
	var out []*Field
	for _, x := range f.Own() {
		if x.Stored() && x != f.searchTitle() && (isText(x) || x.Kind.Name() == "ADDRESS") {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b *Field) int {
		long := func(x *Field) int { return map[string]int{"LONG_TEXT": 1}[x.Kind.Name()] }
		return cmp.Or(cmp.Compare(long(a), long(b)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// isText says whether what the field holds was written by somebody as text.
func isText(x *Field) bool {
	return x.Kind.Column() == "text" && x.Kind.Name() != "CHOICE"
}

// searchTitle is the title of the form's records where it is text that is stored:
// what is found in it comes first. nil where it is not.
func (f *Form) searchTitle() *Field {
	if x := f.Title; x != nil && x.Usable() && x.Stored() && isText(x) {
		return x
	}
	return nil
}

// SearchTitle is the column of the title by which found records are ordered,
// quoted; "" where there is none.
func (f *Form) SearchTitle() string {
	if x := f.searchTitle(); x != nil {
		return x.Column()
	}
	return ""
}

// SearchTokens is the tokens of the record of an alias, "" for the table's own
// columns, in SQL.
func (f *Form) SearchTokens(alias string) string {
	if alias != "" {
		alias += "."
	}
	texts := []string{"NULL::text"}
	if x := f.searchTitle(); x != nil {
		texts[0] = alias + x.Column()
	}
	for _, x := range f.searched() {
		parts := kind.Parts(x.Kind)
		if parts == nil {
			texts = append(texts, alias+x.Column())
		}
		for _, p := range parts {
			texts = append(texts, fmt.Sprintf("(%s%s ->> '%s')", alias, x.Column(), p))
		}
	}
	return "fieldwork_expr.search_tokens(ARRAY[" + strings.Join(texts, ", ") + "])"
}

// SearchIndex names the index by which the form's records are searched.
func (f *Form) SearchIndex() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.SearchTokens("")))
	return fmt.Sprintf("%s%08x", f.searchPrefix(), h.Sum32())
}

func (f *Form) searchPrefix() string { return "search_" + strconv.FormatInt(f.ID, 10) + "_" }

func (f *Form) searchIndexOn() newIndex {
	return newIndex{f.SearchIndex(), fmt.Sprintf(`ON %s USING gin (%s)`, f.Table(), f.SearchTokens("")), false}
}

const (
	selectSearchIndexes = `
		SELECT i.relname FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND starts_with(i.relname, $2) ORDER BY 1`
	selectSearchJobs  = `SELECT form FROM fieldwork.job WHERE org_id = $1 AND action = 'search' AND ended_at IS NULL`
	cancelIfWaitedFor = `
		SELECT pg_cancel_backend($1) WHERE EXISTS (
			SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> $1 AND datname = current_database() AND $1 = ANY (pg_blocking_pids(pid)))`
)

// setSearchIndexes has every form searched by the index that its definition in cat
// wants.
func (e *edit) setSearchIndexes(ctx context.Context, cat *Catalog) error {
	var there, jobs []string
	if err := e.tx.SelectContext(ctx, &there, selectSearchIndexes, cat.Schema, "search_"); err != nil {
		return err
	}
	if err := e.tx.SelectContext(ctx, &jobs, selectSearchJobs, cat.OrgID); err != nil {
		return err
	}
	for _, f := range cat.Active() {
		if slices.Contains(there, f.SearchIndex()) || slices.Contains(jobs, f.Key) {
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
		if err := e.dropSearchIndexes(ctx, f); err != nil {
			return err
		}
		x := f.searchIndexOn()
		if err := e.ddl(ctx, `CREATE INDEX %s %s`, quote(x.name), x.text); err != nil {
			return err
		}
		if err := e.withoutStatistics(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// withoutStatistics spares whoever analyses the table the tokens of thousands of
// records: no plan asks how frequent they are.
func (e *edit) withoutStatistics(ctx context.Context, x newIndex) error {
	return e.ddl(ctx, `ALTER INDEX %s.%s ALTER COLUMN 1 SET STATISTICS 0`, quote(e.cat.Schema), quote(x.name))
}

// dropSearchIndexes drops all that the form has, before its table is changed in a
// way that they might not survive.
func (e *edit) dropSearchIndexes(ctx context.Context, f *Form) error {
	var there []string
	if err := e.tx.SelectContext(ctx, &there, selectSearchIndexes, e.cat.Schema, f.searchPrefix()); err != nil {
		return err
	}
	for _, name := range there {
		if err := e.ddl(ctx, `DROP INDEX %s.%s`, quote(e.cat.Schema), quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// searchIndex builds the index that the form wants, again if meanwhile it has come
// to want another, and drops those of earlier definitions.
func (t *task) searchIndex(ctx context.Context) error {
	for {
		cat, err := Load(ctx, t.r.s.db, t.OrgID)
		if err != nil {
			return err
		}
		f := cat.Form(t.Form)
		if f != nil {
			if err := t.inNobodysWay(ctx, cat, f.searchIndexOn()); err != nil {
				return err
			}
			var there []string
			if err := t.c.SelectContext(ctx, &there, selectSearchIndexes, cat.Schema, f.searchPrefix()); err != nil {
				return err
			}
			for _, name := range there {
				if name == f.SearchIndex() {
					continue
				}
				if err := t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, quote(cat.Schema), quote(name)); err != nil {
					return err
				}
			}
		}
		done := false
		err = t.still(ctx, func(ctx context.Context, e *edit) error {
			now := e.cat.Form(t.Form)
			if done = f == nil || now == nil; !done {
				valid, _, err := indexState(ctx, e.tx, cat.Schema, now.SearchIndex())
				if done = valid; err != nil || !valid {
					return err
				}
				if err := e.withoutStatistics(ctx, now.searchIndexOn()); err != nil {
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

// inNobodysWay is buildIndex for an index that nobody waits for: when somebody
// waits to change the table it is given up, and the job tried again later.
func (t *task) inNobodysWay(ctx context.Context, cat *Catalog, x newIndex) error {
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
	return t.buildIndex(ctx, cat, x, 0, 1)
}

// clearSearch takes away what a job that was given up has left of an index. The
// form is searched without.
func (t *task) clearSearch(ctx context.Context, cat *Catalog) error {
	f := cat.Form(t.Form)
	if f == nil {
		return nil
	}
	valid, there, err := indexState(ctx, t.c, cat.Schema, f.SearchIndex())
	if err != nil || valid || !there {
		return err
	}
	return t.ddl(ctx, `DROP INDEX CONCURRENTLY IF EXISTS %s.%s`, quote(cat.Schema), quote(f.SearchIndex()))
}
