package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// Channel is the NOTIFY channel of definition changes; the payload is
// "<organisation id> <version>". Delivered after commit or not at all.
const Channel = "fieldwork_definitions"

// Store changes definitions. Each method is one transaction.
type Store struct {
	db     *pg.DB
	fixed  Reserved
	AtOnce int64 // how many records a form may have for heavy changes to be done within the request
	uses   operationUses
}

// NewStore returns a store that refuses the names in fixed.
func NewStore(db *pg.DB, fixed Reserved) *Store {
	return &Store{db: db, fixed: fixed, AtOnce: maxAtOnce}
}

// A change waits for locks in short tries, so that it never queues behind a
// long read and has everyone else queue behind it.
const (
	lockTry      = 250 * time.Millisecond
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

// edit is a running change of definitions.
type edit struct {
	maker  // its catalog is as it was before the change, until it is loaded again
	fixed  Reserved
	by     org.Actor
	atOnce int64
	log    []entry
	job    *Job    // that the change has begun
	begun  []int64 // numbers of the jobs that it has begun
	still  bool    // definitions stay as they are: there is no new version
}

type entry struct {
	action, form, field string
	before, after       any
}

func (e *edit) note(action, form, field string, before, after any) {
	e.log = append(e.log, entry{action, form, field, before, after})
}

// change runs f in one transaction with the organisation's definitions locked,
// and publishes what f did as the next version. It fails with FORBIDDEN for
// members that may not shape forms, and with CONFLICT, naming what changed,
// when expected is not the current version. It returns the new catalog.
func (s *Store) change(ctx context.Context, by org.Actor, expected *int64, f func(ctx context.Context, e *edit) error) (*Catalog, error) {
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

func (s *Store) tryChange(ctx context.Context, by org.Actor, expected *int64, f func(ctx context.Context, e *edit) error) (cat *Catalog, err error) {
	err = s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		cat, err = s.apply(ctx, tx, by, expected, f)
		return err
	})
	return cat, err
}

// apply is one change within a transaction.
func (s *Store) apply(ctx context.Context, tx *sqlx.Tx, by org.Actor, expected *int64, f func(ctx context.Context, e *edit) error) (*Catalog, error) {
	unversioned, err := s.begin(ctx, tx, by.OrgID, expected)
	if err != nil {
		return nil, err
	}
	before, err := load(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	worked := before.standing() // now: changes make use of the catalog as they go
	e := s.look(tx, before, by)
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
	if e.still {
		return before, nil
	}
	if err := e.publish(ctx, by); err != nil {
		return nil, err
	}
	after, err := load(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	after.Job = e.job
	if err := e.setTextIndexes(ctx, after); err != nil {
		return nil, err
	}
	if err := e.keepVersions(ctx, after); err != nil {
		return nil, err
	}
	return after, e.breaks(worked, after)
}

// look is an edit that only looks, until something is done by it.
func (s *Store) look(tx *sqlx.Tx, cat *Catalog, by org.Actor) *edit {
	return &edit{maker: maker{tx: tx, cat: cat}, fixed: s.fixed, by: by, atOnce: s.AtOnce}
}

// CreateFormsIn is CreateForms within a transaction that the caller commits.
func (s *Store) CreateFormsIn(ctx context.Context, tx *sqlx.Tx, by org.Actor, forms ...NewForm) (*Catalog, error) {
	return s.apply(ctx, tx, by, nil, func(ctx context.Context, e *edit) error { return e.createForms(ctx, forms) })
}

// begin locks the definitions. unversioned says that some form has no version yet.
func (s *Store) begin(ctx context.Context, tx *sqlx.Tx, orgID int64, expected *int64) (unversioned bool, err error) {
	// Also the wait for another change is a short try: while it waits, a change
	// holds a connection that signing in needs too.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d`, lockTry.Milliseconds())); err != nil {
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
func (e *edit) publish(ctx context.Context, by org.Actor) error {
	var version int64
	if err := e.tx.GetContext(ctx, &version, addVersion, by.OrgID); err != nil {
		return fmt.Errorf("add version: %w", err)
	}
	changes := make([]map[string]any, len(e.log))
	for i, c := range e.log {
		changes[i] = map[string]any{"position": i, "action": c.action, "form": c.form, "field": c.field, "before": c.before, "after": c.after}
	}
	b, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	if _, err := e.tx.ExecContext(ctx, insertChanges, by.OrgID, version, by.Member(), b); err != nil {
		return fmt.Errorf("log changes: %w", err)
	}
	_, err = e.tx.ExecContext(ctx, notify, Channel, fmt.Sprintf("%d %d", by.OrgID, version))
	return err
}

// ddl runs a statement of data definition. Its text is made of constants and
// quoted identifiers from checked keys.
func (m *maker) ddl(ctx context.Context, format string, args ...any) error {
	stmt := fmt.Sprintf(format, args...)
	if _, err := m.tx.ExecContext(ctx, stmt); err != nil {
		return fmt.Errorf("%s: %w", stmt, err)
	}
	return nil
}

// form returns the active form of that key, or NOT_FOUND at path.
func (e *edit) form(key, path string) (*Form, error) {
	f := e.cat.Form(key)
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
