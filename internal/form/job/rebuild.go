package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// A table of many records is made anew beside reads and writes like this. A
// trigger notes the number of every record that is written; batches in the order
// of the records copy them into a replica, its indexes are built, and what was
// noted is copied again until little of it is left. At last, under a lock that
// lasts as long as the little that is left, the replica takes the place of the
// table. Its foreign keys hold from then on, and are proven afterwards.
//
// The replica may at times hold values of different moments; only when it takes
// its place is it what the table is. So records that would clash with others in a
// unique index stay noted until what they clash with has been copied again.
//
// A form may be changed meanwhile: a replica that has other columns or indexes
// than the table has by then is made once more. Jobs on the form that were begun
// later wait for this one, and it waits for those that were begun before.
type rebuild struct {
	table.Replica
	notes
	t *task
}

// rebuildInput is how far a rebuild is, besides its cursor.
type rebuildInput struct {
	Parts  *table.Parts `json:"parts,omitempty"`  // of the replica, nil while there is none
	Swept  bool         `json:"swept,omitempty"`  // all records were copied once: those that come later are noted
	Placed bool         `json:"placed,omitempty"` // the replica is the table
}

const rebuildBatch = 2000 // records of one transaction

const (
	setRebuild = `UPDATE fieldwork.job SET input = $3, cursor = $4 WHERE org_id = $1 AND id = $2`
	// Unproven are the foreign keys of a table, and to it, that its records have not
	// been held against yet.
	Unproven = `
		SELECT conrelid::regclass::text AS "table", conname AS name FROM pg_constraint
		 WHERE contype = 'f' AND NOT convalidated AND to_regclass($1) IN (conrelid, confrelid) AND conname NOT LIKE 'job\_%' ORDER BY conname`
)

// errOther says that the table is no longer what the replica was made like.
var errOther = errors.New("the table was changed meanwhile")

func (t *task) rebuild(ctx context.Context) error {
	cat, err := form.Load(ctx, t.r.s.DB, t.OrgID)
	if err != nil {
		return err
	}
	for {
		r, in, err := t.rebuilding(ctx, t.c, cat)
		if err != nil {
			return err
		}
		if in.Placed {
			return r.finish(ctx)
		}
		err = r.run(ctx, in)
		if errors.Is(err, errOther) {
			err = t.clearRebuild(ctx, cat)
		}
		if err != nil {
			return err
		}
	}
}

// rebuilding is the rebuild with how far it is.
func (t *task) rebuilding(ctx context.Context, db table.Getter, cat *form.Catalog) (*rebuild, rebuildInput, error) {
	var in rebuildInput
	if err := db.GetContext(ctx, t.Job, change.SelectJob, t.OrgID, t.ID); err != nil {
		return nil, in, err
	}
	f := cat.Form(t.Form)
	if f == nil {
		return nil, in, fault.New(fault.NotFound, "there is no form %q any more", t.Form)
	}
	return &rebuild{table.Replica{Form: f, Prefix: QueueName(t.Job) + "_"}, notesOf(t.Job, cat), t}, in, json.Unmarshal(t.Input, &in)
}

// run makes the replica and puts it in the place of the table.
func (r *rebuild) run(ctx context.Context, in rebuildInput) error {
	if err := r.setUp(ctx, in); err != nil {
		return err
	}
	if err := r.fill(ctx, in); err != nil {
		return err
	}
	for {
		if err := r.drain(ctx); err != nil {
			return err
		}
		if err := r.t.still(ctx, r.exchange); !errors.Is(err, errMore) {
			return err
		}
	}
}

// keep writes how far the job is.
func (r *rebuild) keep(ctx context.Context, tx *sqlx.Tx, in rebuildInput, cursor int64) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, setRebuild, r.t.OrgID, r.t.ID, b, cursor); err != nil {
		return fmt.Errorf("keep how far a rebuild is: %w", err)
	}
	return nil
}

// setUp makes the replica and begins to note writes, unless that has been done.
func (r *rebuild) setUp(ctx context.Context, in rebuildInput) error {
	if in.Parts != nil {
		r.Parts = *in.Parts
		return nil
	}
	// A vacuum of what is to go would be in the way of the locks, and give way only to
	// who waits a second, with everybody behind. This waits with nobody behind.
	of := r.Form.Table()
	if err := r.t.ddl(ctx, `ALTER TABLE %s SET (autovacuum_enabled = false)`, of); err != nil {
		return err
	}
	err := r.t.short(ctx, func(tx *sqlx.Tx) (err error) {
		m := &table.Maker{Tx: tx, Cat: r.Form.Catalog}
		// First, so that nothing of it changes until this is done.
		if err := m.DDL(ctx, `LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE`, of); err != nil {
			return err
		}
		if r.Parts, err = table.PartsOf(ctx, tx, r.Form); err != nil {
			return err
		}
		if err := r.Make(ctx, m); err != nil {
			return err
		}
		if err := r.watch(ctx, m, watched{table: of, when: everyWrite, changed: "true", record: "CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END", back: "NULL"}); err != nil {
			return err
		}
		return r.keep(ctx, tx, rebuildInput{Parts: &r.Parts}, 0)
	})
	if err == nil {
		r.t.Cursor = 0
	}
	return err
}

// fill copies all records, and builds the indexes of the replica over them.
func (r *rebuild) fill(ctx context.Context, in rebuildInput) error {
	for !in.Swept {
		seen, err := r.sweep(ctx)
		if err != nil {
			return err
		}
		in.Swept = seen == 0
	}
	for i, stmt := range r.IndexStatements() {
		if r.Indexes[i].Uniq { // the less of it is of another moment, the less it clashes
			if err := r.drain(ctx); err != nil {
				return err
			}
		}
		if err := r.t.ddl(ctx, "%s", stmt); err != nil {
			return err
		}
	}
	return r.t.ddl(ctx, `VACUUM (ANALYZE) %s`, r.Table())
}

// sweep copies the next records, and returns how many.
func (r *rebuild) sweep(ctx context.Context) (seen int, err error) {
	var copied struct {
		Seen int
		Last int64
	}
	err = r.t.short(ctx, func(tx *sqlx.Tx) error {
		if err := r.same(ctx, tx); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &copied, fmt.Sprintf(`
			WITH copied AS (INSERT INTO %s (%s) SELECT %[2]s FROM %[3]s WHERE id > $1 ORDER BY id LIMIT $2 RETURNING id)
			SELECT count(*) AS seen, coalesce(max(id), 0) AS last FROM copied`, r.Table(), r.List(), r.Form.Table()), r.t.Cursor, rebuildBatch); err != nil {
			return err
		}
		if copied.Seen == 0 {
			return r.keep(ctx, tx, rebuildInput{Parts: &r.Parts, Swept: true}, r.t.Cursor)
		}
		// Some of the way is left for indexes.
		_, err := tx.ExecContext(ctx, `UPDATE fieldwork.job SET cursor = $3, done = greatest(done, least(total * 9 / 10, done + $4)) WHERE org_id = $1 AND id = $2`,
			r.t.OrgID, r.t.ID, copied.Last, copied.Seen)
		return err
	})
	if err == nil && copied.Seen > 0 {
		r.t.Cursor = copied.Last
	}
	return copied.Seen, err
}

// same fails with errOther when the table is not what the replica was made like.
func (r *rebuild) same(ctx context.Context, tx *sqlx.Tx) error {
	now, err := table.PartsOf(ctx, tx, r.Form)
	if err != nil {
		return err
	}
	if !slices.Equal(now.Columns, r.Columns) || !slices.Equal(now.Keys, r.Keys) || !slices.Equal(now.Indexes, r.Indexes) {
		return errOther
	}
	r.Links = now.Links
	return nil
}

// drain copies again what was noted, all of it in turns, until a turn finds little.
func (r *rebuild) drain(ctx context.Context) error {
	for {
		// All that is noted goes first, so that little is in the way of what comes.
		if err := r.t.ddl(ctx, `DELETE FROM %s WHERE id IN (SELECT record FROM %s)`, r.Table(), r.queue); err != nil {
			return err
		}
		taken := 0
		for last, n := int64(0), sideBatch; n == sideBatch; taken += n {
			err := r.t.short(ctx, func(tx *sqlx.Tx) (err error) {
				if err := r.same(ctx, tx); err != nil {
					return err
				}
				n, last, err = r.again(ctx, tx, last, sideBatch)
				return err
			})
			if err != nil {
				return err
			}
		}
		if taken < queueBatch {
			return nil
		}
	}
}

// again takes notes of records after one and copies these, and returns how many it
// took, up to which. While a note is held no write of its record ends.
func (r *rebuild) again(ctx context.Context, tx *sqlx.Tx, after int64, limit int) (n int, last int64, err error) {
	var ids pq.Int64Array
	if err := tx.SelectContext(ctx, (*[]int64)(&ids), `SELECT record FROM `+r.queue+` WHERE record > $1 ORDER BY record LIMIT $2 FOR UPDATE SKIP LOCKED`, after, limit); err != nil || len(ids) == 0 {
		return 0, after, err
	}
	for _, stmt := range []string{
		`DELETE FROM ` + r.Table() + ` WHERE id = ANY ($1::bigint[])`,
		fmt.Sprintf(`INSERT INTO %s (%s) SELECT %[2]s FROM %[3]s WHERE id = ANY ($1::bigint[]) ON CONFLICT DO NOTHING`, r.Table(), r.List(), r.Form.Table()),
		fmt.Sprintf(`DELETE FROM %s q WHERE record = ANY ($1::bigint[]) AND (EXISTS (SELECT FROM %s WHERE id = q.record) OR NOT EXISTS (SELECT FROM %s WHERE id = q.record))`, r.queue, r.Table(), r.Form.Table()),
	} {
		if _, err := tx.ExecContext(ctx, stmt, ids); err != nil {
			return 0, after, err
		}
	}
	return len(ids), ids[len(ids)-1], nil
}

// exchange puts the replica in the place of the table. All tables on the other
// side of foreign keys are locked for the moment that takes; together the locks
// are waited for no longer than one otherwise is.
func (r *rebuild) exchange(ctx context.Context, e *change.Edit) error {
	if err := r.same(ctx, e.Tx); err != nil {
		return err
	}
	tables := []string{r.Form.Table()}
	for _, l := range r.Links {
		if !slices.Contains(tables, l.Other) {
			tables = append(tables, l.Other)
		}
	}
	if err := e.DDL(ctx, `SET LOCAL lock_timeout = %d`, max(change.LockTry.Milliseconds()/int64(len(tables)), 5)); err != nil {
		return err
	}
	for _, table := range tables {
		if err := e.DDL(ctx, `LOCK TABLE %s IN ACCESS EXCLUSIVE MODE`, table); err != nil {
			return err
		}
	}
	known := r.Links
	if err := r.same(ctx, e.Tx); err != nil {
		return err
	}
	if !slices.Equal(known, r.Links) {
		return errMore
	}
	if _, _, err := r.again(ctx, e.Tx, 0, queueAtLast); err != nil { // nobody writes now
		return err
	}
	var more bool
	if err := e.Tx.GetContext(ctx, &more, `SELECT EXISTS (SELECT FROM `+r.queue+`)`); err != nil {
		return err
	}
	if more {
		return errMore
	}
	if err := r.takeDown(ctx, &e.Maker, r.Form.Table()); err != nil {
		return err
	}
	if err := r.Place(ctx, &e.Maker, " NOT VALID"); err != nil {
		return err
	}
	return r.keep(ctx, e.Tx, rebuildInput{Placed: true}, r.t.Cursor)
}

// finish ends the job of a replica that has taken its place.
func (r *rebuild) finish(ctx context.Context) error {
	if err := r.prove(ctx); err != nil {
		return err
	}
	return r.t.still(ctx, func(ctx context.Context, e *change.Edit) error {
		_, err := e.Tx.ExecContext(ctx, finishJob, r.t.OrgID, r.t.ID)
		return err
	})
}

// prove has PostgreSQL look at the records that foreign keys were made over.
func (r *rebuild) prove(ctx context.Context) error {
	var open []table.TableLink
	if err := r.t.c.SelectContext(ctx, &open, Unproven, r.Form.Table()); err != nil {
		return err
	}
	for _, l := range open {
		if err := r.t.ddl(ctx, `ALTER TABLE %s VALIDATE CONSTRAINT %s`, l.Table, pg.Quote(l.Name)); err != nil && pg.Code(err) != "42704" {
			return err // that: its field was purged meanwhile
		}
	}
	return nil
}

// clearRebuild takes away a replica that is given up. One that has taken its
// place stays, and what is left to be done of it is done.
func (t *task) clearRebuild(ctx context.Context, cat *form.Catalog) error {
	var r *rebuild
	var in rebuildInput
	err := t.short(ctx, func(tx *sqlx.Tx) (err error) {
		var state form.JobState
		if err := tx.GetContext(ctx, &state, holdJob, t.OrgID, t.ID); err != nil { // against an exchange that outlives its runner
			return err
		}
		if r, in, err = t.rebuilding(ctx, tx, cat); err != nil || in.Placed {
			return err
		}
		m := &table.Maker{Tx: tx, Cat: cat}
		if err := m.DDL(ctx, `ALTER TABLE %s RESET (autovacuum_enabled)`, r.Form.Table()); err != nil || in.Parts == nil {
			return err
		}
		if err := r.takeDown(ctx, m, r.Form.Table()); err != nil {
			return err
		}
		if err := m.DDL(ctx, `DROP TABLE IF EXISTS %s`, r.Table()); err != nil {
			return err
		}
		return r.keep(ctx, tx, rebuildInput{}, 0)
	})
	if err != nil || !in.Placed {
		return err
	}
	return r.prove(ctx)
}
