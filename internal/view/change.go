package view

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

const (
	// A view that changes hands goes to the end of the other list.
	updateView = `
		UPDATE fieldwork.view v
		   SET version = version + 1, label = $4, description = $5, icon = $6, layout = $7, definition = $8, member_id = $9,
		       position = CASE WHEN member_id IS NOT DISTINCT FROM $9 THEN position
		                       ELSE (SELECT coalesce(max(o.position), 0) + 1 FROM fieldwork.view o
		                              WHERE o.org_id = $1 AND o.form_id = v.form_id AND o.member_id IS NOT DISTINCT FROM $9) END
		 WHERE org_id = $1 AND id = $2 AND version = $3
		   AND (member_id IS NOT DISTINCT FROM $9
		        OR (SELECT count(*) FROM fieldwork.view o WHERE o.org_id = $1 AND o.form_id = v.form_id AND o.member_id IS NOT DISTINCT FROM $9) < $10)`
	deleteView = `DELETE FROM fieldwork.view WHERE org_id = $1 AND id = $2 AND version = $3`
	lockList   = `
		SELECT id FROM fieldwork.view WHERE org_id = $1 AND form_id = $2 AND member_id IS NOT DISTINCT FROM $3 ORDER BY position, id FOR UPDATE`
	setPositions = `
		UPDATE fieldwork.view v SET position = o.position
		  FROM unnest($2::bigint[]) WITH ORDINALITY AS o (id, position) WHERE v.org_id = $1 AND v.id = o.id`
)

// Update is a change of a view; nil leaves things as they are. Texts are set
// language by language, an empty one removes one.
type Update struct {
	Labels       form.Label
	Descriptions form.Label
	Icon         *string
	Shared       *bool
	Layout       *Layout
	Settings     *Settings
	Columns      []Column
	Filter       any
	SetFilter    bool // Filter is meant, also where it is nil
	OrderBy      []Order
	GroupBy      []Group
}

// Update changes a view that the caller saw at a version. Faults: NOT_FOUND,
// FORBIDDEN, INVALID with paths, CONFLICT with the version there is.
func (s *Store) Update(ctx context.Context, by org.Actor, cat *form.Catalog, at At, u Update) (*View, error) {
	v, err := s.writable(ctx, by, cat, at)
	if err != nil {
		return nil, err
	}
	if u.Shared != nil && *u.Shared != v.Shared() {
		if !by.MayShape() {
			return nil, fault.New(fault.Forbidden, "only owners and managers may change shared views").At("shared")
		}
		if v.MemberID = 0; !*u.Shared {
			v.MemberID = by.MemberID
		}
	}
	u.to(v)
	var bad fault.List
	if err := v.checkAll(&bad); err != nil {
		return nil, err
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	definition, err := json.Marshal(v.Definition)
	if err != nil {
		return nil, err
	}
	res, err := s.db.Control.ExecContext(ctx, updateView, by.OrgID, v.ID, at.Version, text(v.Labels), text(v.Descriptions), v.Icon, v.Layout, definition, v.owner(), v.most())
	if pg.Code(err) == "23505" {
		return nil, keyTaken(v.Key)
	}
	return s.after(ctx, by, cat, at, res, err)
}

// to makes the change.
func (u Update) to(v *View) {
	v.Labels, v.Descriptions = v.Labels.With(u.Labels), v.Descriptions.With(u.Descriptions)
	if u.Icon != nil {
		v.Icon = *u.Icon
	}
	if u.Layout != nil {
		v.Layout = *u.Layout
		v.Settings.forLayout(v.Layout)
	}
	if u.Settings != nil {
		v.Settings = *u.Settings
	}
	if u.Columns != nil {
		v.Columns = u.Columns
	}
	if u.SetFilter {
		v.Filter = u.Filter
	}
	if u.OrderBy != nil {
		v.OrderBy = u.OrderBy
	}
	if u.GroupBy != nil {
		v.GroupBy = u.GroupBy
	}
}

// At is a view at a version.
type At struct {
	ID      string
	Version int
}

// writable returns a view that the actor may change and has seen as it is.
func (s *Store) writable(ctx context.Context, by org.Actor, cat *form.Catalog, at At) (*View, error) {
	v, err := s.Get(ctx, by, cat, at.ID)
	if err != nil {
		return nil, fault.Below(err, "id")
	}
	if err := mayWrite(by, v.Shared()); err != nil {
		return nil, err
	}
	if v.Version != at.Version {
		return nil, changed(at.Version, v.Version)
	}
	return v, nil
}

func changed(from, to int) error {
	return fault.New(fault.Conflict, "the view has moved on from version %d to %d", from, to).At("version").With("version", to)
}

// after is the view after a write, which found it at the version or did nothing.
func (s *Store) after(ctx context.Context, by org.Actor, cat *form.Catalog, at At, res sql.Result, err error) (*View, error) {
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return nil, err
	}
	v, err := s.Get(ctx, by, cat, at.ID)
	switch {
	case err == nil && n == 0 && v.Version == at.Version:
		return nil, full().At("shared")
	case err == nil && n == 0:
		return nil, changed(at.Version, v.Version)
	}
	return v, fault.Below(pg.AfterWrite(err), "id")
}

// Delete takes a view away. Faults: as of Update.
func (s *Store) Delete(ctx context.Context, by org.Actor, cat *form.Catalog, at At) error {
	v, err := s.writable(ctx, by, cat, at)
	if err != nil {
		return err
	}
	res, err := s.db.Control.ExecContext(ctx, deleteView, by.OrgID, v.ID, at.Version)
	if err != nil {
		return pg.AsWrite(pg.Translate(err), true)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = s.writable(ctx, by, cat, at) // changed or deleted meanwhile
	return err
}

// Place is where a view is to stand: behind another one, or at the front.
type Place struct{ ID, After string }

// Move puts a view to another place of its list. Faults: NOT_FOUND, FORBIDDEN, INVALID for a view of another list.
func (s *Store) Move(ctx context.Context, by org.Actor, cat *form.Catalog, to Place) (*View, error) {
	v, err := s.Get(ctx, by, cat, to.ID)
	if err != nil {
		return nil, fault.Below(err, "id")
	}
	if err := mayWrite(by, v.Shared()); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		var ids []int64
		if err := tx.SelectContext(ctx, &ids, lockList, by.OrgID, v.Form.ID, v.owner()); err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(n int64) bool { return n == v.ID })
		i := 0
		if to.After != "" {
			if i = slices.Index(ids, parseID(to.After)) + 1; i == 0 {
				return fault.New(fault.Invalid, "must be another view of the same list").At("after")
			}
		}
		_, err := tx.ExecContext(ctx, setPositions, by.OrgID, fmt.Sprintf("{%s}", joined(slices.Insert(ids, i, v.ID))))
		return err
	})
	if err != nil {
		return nil, pg.Translate(err)
	}
	v, err = s.Get(ctx, by, cat, to.ID)
	return v, pg.AfterWrite(err)
}

// Copying says what of a copy is other than of the view it is made of.
type Copying struct {
	Key    string
	Labels form.Label // nil: the same
	Shared bool
}

// Duplicate makes a view like another one. Faults: NOT_FOUND, and those of Create.
func (s *Store) Duplicate(ctx context.Context, by org.Actor, cat *form.Catalog, id string, c Copying) (*View, error) {
	v, err := s.Get(ctx, by, cat, id)
	if err != nil {
		return nil, fault.Below(err, "id")
	}
	return s.Create(ctx, by, cat, New{Form: v.Form.Key, Key: c.Key, Labels: v.Labels.With(c.Labels), Descriptions: v.Descriptions, Icon: v.Icon,
		Shared: c.Shared, Layout: v.Layout, Definition: v.Definition})
}
