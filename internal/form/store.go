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
	db    *pg.DB
	fixed Reserved
}

// NewStore returns a store that refuses the names in fixed.
func NewStore(db *pg.DB, fixed Reserved) *Store { return &Store{db, fixed} }

// Limits of definitions, enforced when they are made.
const (
	MaxForms        = 100
	MaxStoredFields = 300
	MaxFields       = 500 // stored and computed
	MaxOptions      = 500
	maxLabel        = 200  // characters
	maxHelp         = 4000 // characters
)

// A change waits for locks in short tries, so that it never queues behind a
// long read and has everyone else queue behind it.
const (
	lockTry      = 250 * time.Millisecond
	lockPatience = 20 * time.Second
)

const (
	lockOrganisation = `SELECT version FROM fieldwork.organisation WHERE id = $1 FOR NO KEY UPDATE`
	addVersion       = `UPDATE fieldwork.organisation SET version = version + 1 WHERE id = $1 RETURNING version`
	insertChange     = `
		INSERT INTO fieldwork.change (org_id, version, position, member_id, action, form, field, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	notify       = `SELECT pg_notify($1, $2)`
	changesSince = `SELECT action, form, field FROM fieldwork.change WHERE org_id = $1 AND version > $2 ORDER BY version, position LIMIT 20`
)

// edit is a running change of definitions.
type edit struct {
	tx    *sqlx.Tx
	cat   *Catalog // as it was before the change
	fixed Reserved
	log   []entry
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
				return nil, fault.New(fault.Unavailable, "the form is being read or changed by a long-running request; try again").Because(err)
			}
			return cat, err
		}
		pause := time.NewTimer(20*time.Millisecond + rand.N(100*time.Millisecond))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, pg.Translate(ctx.Err())
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
	if err := s.begin(ctx, tx, by.OrgID, expected); err != nil {
		return nil, err
	}
	before, err := load(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	e := &edit{tx: tx, cat: before, fixed: s.fixed}
	if err := f(ctx, e); err != nil {
		if errors.Is(pg.Translate(err), pg.ErrStale) {
			return nil, fmt.Errorf("definitions and tables differ: %w", err)
		}
		return nil, err
	}
	if err := e.publish(ctx, by); err != nil {
		return nil, err
	}
	return load(ctx, tx, by.OrgID)
}

// CreateFormsIn is CreateForms within a transaction that the caller commits.
func (s *Store) CreateFormsIn(ctx context.Context, tx *sqlx.Tx, by org.Actor, forms ...NewForm) (*Catalog, error) {
	return s.apply(ctx, tx, by, nil, func(ctx context.Context, e *edit) error { return e.createForms(ctx, forms) })
}

func (s *Store) begin(ctx context.Context, tx *sqlx.Tx, orgID int64, expected *int64) error {
	// Also the wait for another change is a short try: while it waits, a change
	// holds a connection that signing in needs too.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d`, lockTry.Milliseconds())); err != nil {
		return pg.Translate(err)
	}
	var version int64
	if err := tx.GetContext(ctx, &version, lockOrganisation, orgID); err != nil {
		return fmt.Errorf("lock organisation %d: %w", orgID, pg.Translate(err))
	}
	if expected == nil || *expected == version {
		return nil
	}
	var changed []struct{ Action, Form, Field string }
	if err := tx.SelectContext(ctx, &changed, changesSince, orgID, *expected); err != nil {
		return pg.Translate(err)
	}
	what := make([]map[string]string, len(changed))
	for i, c := range changed {
		what[i] = map[string]string{"action": c.Action, "form": c.Form, "field": c.Field}
	}
	return fault.New(fault.Conflict, "the definitions have moved on from version %d to %d", *expected, version).
		At("expectedVersion").With("version", version).With("changes", what)
}

// publish writes the change log, the new version and the notification.
func (e *edit) publish(ctx context.Context, by org.Actor) error {
	var version int64
	if err := e.tx.GetContext(ctx, &version, addVersion, by.OrgID); err != nil {
		return fmt.Errorf("add version: %w", err)
	}
	for i, c := range e.log {
		before, err := jsonOrNil(c.before)
		if err != nil {
			return err
		}
		after, err := jsonOrNil(c.after)
		if err != nil {
			return err
		}
		if _, err := e.tx.ExecContext(ctx, insertChange, by.OrgID, version, i, by.Member(), c.action, c.form, c.field, before, after); err != nil {
			return fmt.Errorf("log change: %w", err)
		}
	}
	_, err := e.tx.ExecContext(ctx, notify, Channel, fmt.Sprintf("%d %d", by.OrgID, version))
	return err
}

func jsonOrNil(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	return b, err
}

// ddl runs a statement of data definition. Its text is made of constants and
// quoted identifiers from checked keys.
func (e *edit) ddl(ctx context.Context, format string, args ...any) error {
	stmt := fmt.Sprintf(format, args...)
	if _, err := e.tx.ExecContext(ctx, stmt); err != nil {
		return fmt.Errorf("%s: %w", stmt, err)
	}
	return nil
}

// form returns the active form of that key, or NOT_FOUND at path.
func (e *edit) form(key, path string) (*Form, error) {
	f := e.cat.Form(key)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", clip(key)).At(path)
	}
	return f, nil
}

// Version reads the current definition version of an organisation.
func Version(ctx context.Context, db *pg.DB, orgID int64) (int64, error) {
	var v int64
	err := db.Control.GetContext(ctx, &v, `SELECT version FROM fieldwork.organisation WHERE id = $1`, orgID)
	return v, pg.Translate(err)
}
