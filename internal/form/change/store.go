// Package change changes the definitions of forms: metadata, DDL, version, change
// log and NOTIFY commit in one transaction, so that a definition and its table cannot
// drift apart, and are all undone when something does not fit.
//
// Store.Change locks the organisation's definitions, waits for locks in short tries,
// and hands out an Edit, by which anything is done that is one thing to a person: a
// form is made, a field updated, a rule removed. Each method of Store is one change of
// one Edit. What is asked for is checked first, all of it at once, with a path to each
// fault; the catalog is compiled anew afterwards, and a change by which something stops
// working that worked is refused (standing.go). An Edit may begin a job for what takes
// too long (later.go), which package job works on.
//
//	cat, err := store.AddField(ctx, by, nil, "customer", form.NewField{Key: "tier", Kind: "TEXT"})
//	cat, err = store.Change(ctx, by, nil, func(ctx context.Context, e *change.Edit) error { ... })
//
// Conversions of fields, changes that are made together and their undoing are built
// on Edit elsewhere, in packages conversion and batch. It makes no tables by itself:
// see package table.
//
// It is larger than other packages because one transaction has one Edit: forms,
// fields, rules and saved aggregates call each other's checks.
package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// maxAtOnce is how many records a form may have for changes that read or index
// all of them to be done within the request; more are left to a job.
const maxAtOnce = 20_000

// Size is how many records a form has, archived ones too, as far as it matters:
// it does not count beyond what is done at once.
func (e *Edit) Size(ctx context.Context, f *form.Form) (n int64, err error) {
	err = e.Tx.GetContext(ctx, &n, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM %s LIMIT %d) t`, f.Table(), e.AtOnce+1))
	if err == nil && n > e.AtOnce { // only then is it worth counting them all
		err = e.Tx.GetContext(ctx, &n, `SELECT count(*) FROM `+f.Table())
	}
	return n, err
}

// Channel is the NOTIFY channel of definition changes; the payload is
// "<organisation id> <version>". Delivered after commit or not at all.
const Channel = "fieldwork_definitions"

// Store changes definitions. Each method is one transaction.
type Store struct {
	DB     *pg.DB
	fixed  form.Reserved
	AtOnce int64 // how many records a form may have for heavy changes to be done within the request
	uses   operationUses
}

// NewStore returns a store that refuses the names in fixed.
func NewStore(db *pg.DB, fixed form.Reserved) *Store {
	return &Store{DB: db, fixed: fixed, AtOnce: maxAtOnce}
}

// A change waits for locks in short tries, so that it never queues behind a
// long read and has everyone else queue behind it.
const (
	LockTry      = 250 * time.Millisecond
	lockPatience = 20 * time.Second
)

const (
	lockOrganisation = `
		SELECT version, EXISTS (SELECT FROM fieldwork.form f
		                         WHERE f.org_id = o.id AND NOT EXISTS (SELECT FROM fieldwork.form_version v WHERE v.org_id = f.org_id AND v.form = f.key)) AS unversioned
		  FROM fieldwork.organisation o WHERE id = $1 FOR NO KEY UPDATE OF o`
	addVersion    = `UPDATE fieldwork.organisation SET version = version + 1 WHERE id = $1 RETURNING version`
	insertChanges = `
		INSERT INTO fieldwork.change (org_id, version, position, member_id, action, form, field, before, after)
		SELECT $1, $2, c.position, $3, c.action, c.form, c.field, c.before, c.after
		  FROM jsonb_to_recordset($4) AS c (position int, action text, form text, field text, before jsonb, after jsonb)`
	notify       = `SELECT pg_notify($1, $2)`
	changesSince = `SELECT action, form, field FROM fieldwork.change WHERE org_id = $1 AND version > $2 ORDER BY version, position LIMIT 20`
)

// Edit is a running change of definitions.
type Edit struct {
	table.Maker // its catalog is as it was before the change, until it is loaded again
	fixed       form.Reserved
	by          org.Actor
	AtOnce      int64
	Log         []Entry
	Job         *form.Job // that the change has begun
	Begun       []int64   // numbers of the jobs that it has begun
	Still       bool      // definitions stay as they are: there is no new version
}

// Entry is one thing that a change did, for the log.
type Entry struct {
	action, form, field string
	before, after       any
}

// Note puts into the log what was done, with what was there before and after.
func (e *Edit) Note(action, form, field string, before, after any) {
	e.Log = append(e.Log, Entry{action, form, field, before, after})
}

// Change runs f in one transaction with the organisation's definitions locked,
// and publishes what f did as the next version. It fails with FORBIDDEN for
// members that may not shape forms, and with CONFLICT, naming what changed,
// when expected is not the current version. It returns the new catalog.
func (s *Store) Change(ctx context.Context, by org.Actor, expected *int64, f func(ctx context.Context, e *Edit) error) (*form.Catalog, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may change forms")
	}
	deadline := time.Now().Add(lockPatience)
	for {
		cat, err := s.tryChange(ctx, by, expected, f)
		if pg.Code(err) != "55P03" || time.Now().After(deadline) {
			if pg.Code(err) == "55P03" {
				err = fault.New(fault.Unavailable, "the form is being read or changed by a long-running request; try again").Because(err)
				return nil, pg.AsWrite(err, false)
			}
			return cat, err
		}
		pause := time.NewTimer(20*time.Millisecond + rand.N(100*time.Millisecond))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, pg.AsWrite(pg.Translate(ctx.Err()), false)
		case <-pause.C:
		}
	}
}

func (s *Store) tryChange(ctx context.Context, by org.Actor, expected *int64, f func(ctx context.Context, e *Edit) error) (cat *form.Catalog, err error) {
	err = s.DB.InTx(ctx, func(tx *sqlx.Tx) error {
		cat, err = s.apply(ctx, tx, by, expected, f)
		return err
	})
	return cat, err
}

// apply is one change within a transaction.
func (s *Store) apply(ctx context.Context, tx *sqlx.Tx, by org.Actor, expected *int64, f func(ctx context.Context, e *Edit) error) (*form.Catalog, error) {
	unversioned, err := s.begin(ctx, tx, by.OrgID, expected)
	if err != nil {
		return nil, err
	}
	before, err := form.LoadIn(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	worked := Standing(before) // now: changes make use of the catalog as they go
	e := s.Look(tx, before, by)
	if unversioned {
		if err := e.firstVersions(ctx); err != nil {
			return nil, err
		}
	}
	if err := f(ctx, e); err != nil {
		if errors.Is(pg.Translate(err), pg.ErrStale) {
			return nil, fmt.Errorf("definitions and tables differ: %w", err)
		}
		return nil, err
	}
	if e.Still {
		return before, nil
	}
	if err := e.publish(ctx, by); err != nil {
		return nil, err
	}
	after, err := form.LoadIn(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	after.Job = e.Job
	if err := e.setTextIndexes(ctx, after); err != nil {
		return nil, err
	}
	if err := e.keepVersions(ctx, after); err != nil {
		return nil, err
	}
	return after, e.Breaks(worked, after)
}

// Look is an edit that only looks, until something is done by it.
func (s *Store) Look(tx *sqlx.Tx, cat *form.Catalog, by org.Actor) *Edit {
	return &Edit{Maker: table.Maker{Tx: tx, Cat: cat}, fixed: s.fixed, by: by, AtOnce: s.AtOnce}
}

// CreateFormsIn is CreateForms within a transaction that the caller commits.
func (s *Store) CreateFormsIn(ctx context.Context, tx *sqlx.Tx, by org.Actor, forms ...form.NewForm) (*form.Catalog, error) {
	return s.apply(ctx, tx, by, nil, func(ctx context.Context, e *Edit) error { return e.CreateForms(ctx, forms) })
}

// begin locks the definitions. unversioned says that some form has no version yet.
func (s *Store) begin(ctx context.Context, tx *sqlx.Tx, orgID int64, expected *int64) (unversioned bool, err error) {
	// Also the wait for another change is a short try: while it waits, a change
	// holds a connection that signing in needs too.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d`, LockTry.Milliseconds())); err != nil {
		return false, pg.Translate(err)
	}
	var is struct {
		Version     int64
		Unversioned bool
	}
	if err := tx.GetContext(ctx, &is, lockOrganisation, orgID); err != nil {
		return false, fmt.Errorf("lock organisation %d: %w", orgID, pg.Translate(err))
	}
	if expected == nil || *expected == is.Version {
		return is.Unversioned, nil
	}
	var changed []struct{ Action, Form, Field string }
	if err := tx.SelectContext(ctx, &changed, changesSince, orgID, *expected); err != nil {
		return false, pg.Translate(err)
	}
	what := make([]map[string]string, len(changed))
	for i, c := range changed {
		what[i] = map[string]string{"action": c.Action, "form": c.Form, "field": c.Field}
	}
	return false, fault.New(fault.Conflict, "the definitions have moved on from version %d to %d", *expected, is.Version).
		At("expectedVersion").With("version", is.Version).With("changes", what)
}

// publish writes the change log, the new version and the notification.
func (e *Edit) publish(ctx context.Context, by org.Actor) error {
	var version int64
	if err := e.Tx.GetContext(ctx, &version, addVersion, by.OrgID); err != nil {
		return fmt.Errorf("add version: %w", err)
	}
	changes := make([]map[string]any, len(e.Log))
	for i, c := range e.Log {
		changes[i] = map[string]any{"position": i, "action": c.action, "form": c.form, "field": c.field, "before": c.before, "after": c.after}
	}
	b, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, insertChanges, by.OrgID, version, by.Member(), b); err != nil {
		return fmt.Errorf("log changes: %w", err)
	}
	_, err = e.Tx.ExecContext(ctx, notify, Channel, fmt.Sprintf("%d %d", by.OrgID, version))
	return err
}

// Form returns the active form of that key, or NOT_FOUND at path.
func (e *Edit) Form(key, path string) (*form.Form, error) {
	f := e.Cat.Form(key)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(key)).At(path)
	}
	return f, nil
}

// Version reads the current definition version of an organisation.
func Version(ctx context.Context, db *pg.DB, orgID int64) (int64, error) {
	var v int64
	err := db.Control.GetContext(ctx, &v, `SELECT version FROM fieldwork.organisation WHERE id = $1`, orgID)
	return v, pg.Translate(err)
}
