package view

import (
	"context"
	"encoding/json"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"

	"github.com/jmoiron/sqlx"
)

const (
	selectShared = selectViews + ` AND v.member_id IS NULL ORDER BY f.key, v.position, v.id`
	reviseView   = `
		UPDATE fieldwork.view SET version = version + 1, label = $4, description = $5, icon = $6, layout = $7, definition = $8
		 WHERE org_id = $1 AND id = $2 AND version = $3 AND member_id IS NULL`
)

// Shared are the views of a catalog's organisation that everyone reads, broken ones
// too.
func (s *Store) Shared(ctx context.Context, cat *form.Catalog) ([]*View, error) {
	var rows []*Row
	if err := s.db.Control.SelectContext(ctx, &rows, selectShared, cat.OrgID); err != nil {
		return nil, pg.Translate(err)
	}
	var out []*View
	for _, r := range rows {
		v, err := r.Of(cat)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// New is what makes a view such as this one.
func (v *View) New() New {
	return New{Form: v.Form.Key, Key: v.Key, Labels: v.Labels, Descriptions: v.Descriptions, Icon: v.Icon, Shared: v.Shared(), Layout: v.Layout, Definition: v.Definition}
}

// HasMadeUpKey says whether nobody gave the view its key, so that it is none in
// another organisation.
func (v *View) HasMadeUpKey() bool { return parseID(v.Key) > 0 }

// NamesRecords says whether the filter names records by their ids, which are others
// in another organisation.
func (v *View) NamesRecords() bool {
	f, err := v.Which(time.Now())
	return err == nil && query.NamesRecords(f)
}

// Check says what is wrong with a view to be made in a catalog. Faults: NOT_FOUND
// for the form, INVALID with paths.
func (n New) Check(cat *form.Catalog) error {
	_, err := n.view(cat)
	return err
}

// Revise makes a shared view what is said, unless somebody has changed it since it
// was read. Whoever calls has seen to it that this is allowed. Faults: INVALID with
// paths.
func Revise(ctx context.Context, tx *sqlx.Tx, have *View, n New) error {
	v, err := n.view(have.Form.Catalog)
	if err != nil {
		return err
	}
	definition, err := json.Marshal(v.Definition)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, reviseView, have.Form.Catalog.OrgID, have.ID, have.Version, text(v.Labels), text(v.Descriptions), v.Icon, v.Layout, definition)
	return pg.Translate(err)
}

// Ensure makes those of shared views, by form and key, that a catalog's organisation
// lacks, and leaves alone what it has. Whoever calls has seen to it that this is
// allowed. Faults: those of Create, below the number of the view.
func Ensure(ctx context.Context, tx *sqlx.Tx, cat *form.Catalog, views ...New) error {
	var bad fault.List
	for i, n := range views {
		v, err := n.view(cat)
		if err == nil && n.Key == "" {
			err = fault.New(fault.Invalid, "needs a key, by which it is found again").At("key")
		}
		if err == nil {
			err = ensure(ctx, tx, v)
		}
		if err = bad.Add(err, i); err != nil {
			return pg.Translate(err)
		}
	}
	return bad.Err()
}

func ensure(ctx context.Context, tx *sqlx.Tx, v *View) error {
	id, err := insert(ctx, tx, v)
	if err != nil || id > 0 {
		return err
	}
	if err = notInserted(ctx, tx, v); fault.KindOf(err) == fault.Conflict {
		return nil // it is there
	}
	return err
}
