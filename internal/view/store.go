package view

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// Store reads and writes views. Each method is one transaction.
type Store struct{ db *pg.DB }

// NewStore returns a store on a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

const (
	selectViews = `
		SELECT v.id, v.form_id, v.member_id, f.key AS form, v.key, v.version, v.label, v.description, v.icon, v.layout, v.definition
		  FROM fieldwork.view v JOIN fieldwork.form f ON f.org_id = v.org_id AND f.id = v.form_id
		 WHERE v.org_id = $1`
	selectReadable = selectViews + ` AND (v.member_id IS NULL OR v.member_id = $2)`
	selectOne      = selectReadable + ` AND v.id = $3`
	selectAll      = selectReadable + ` ORDER BY v.member_id IS NOT NULL, v.position, v.id`
	selectOthers   = selectViews + ` AND v.member_id <> $2`
	insertView     = `
		INSERT INTO fieldwork.view (org_id, id, form_id, member_id, key, label, description, icon, layout, definition, position)
		SELECT $1, n.id, $2, $3, coalesce(nullif($4, ''), 'view_' || n.id), $5, $6, $7, $8, $9, coalesce(max(v.position), 0) + 1
		  FROM (SELECT nextval(pg_get_serial_sequence('fieldwork.view', 'id')) AS id) n
		  LEFT JOIN fieldwork.view v ON v.org_id = $1 AND v.form_id = $2 AND v.member_id IS NOT DISTINCT FROM $3
		 GROUP BY n.id HAVING count(v.id) < $10
		    ON CONFLICT (org_id, form_id, (coalesce(member_id, 0)), key) DO NOTHING
		RETURNING id`
	keyIsTaken = `SELECT EXISTS (SELECT FROM fieldwork.view WHERE org_id = $1 AND form_id = $2 AND member_id IS NOT DISTINCT FROM $3 AND key = $4)`
	// A view that changes hands goes to the end of the other list.
	updateView = `
		UPDATE fieldwork.view v
		   SET version = version + 1, label = $4, description = $5, icon = $6, layout = $7, definition = $8, member_id = $9,
		       position = CASE WHEN member_id IS NOT DISTINCT FROM $9 THEN position
		                       ELSE (SELECT coalesce(max(o.position), 0) + 1 FROM fieldwork.view o
		                              WHERE o.org_id = $1 AND o.form_id = v.form_id AND o.member_id IS NOT DISTINCT FROM $9) END
		 WHERE org_id = $1 AND id = $2 AND version = $3`
	deleteView = `DELETE FROM fieldwork.view WHERE org_id = $1 AND id = $2 AND version = $3`
	lockList   = `
		SELECT id FROM fieldwork.view WHERE org_id = $1 AND form_id = $2 AND member_id IS NOT DISTINCT FROM $3 ORDER BY position, id FOR UPDATE`
	setPositions = `
		UPDATE fieldwork.view v SET position = o.position
		  FROM unnest($2::bigint[]) WITH ORDINALITY AS o (id, position) WHERE v.org_id = $1 AND v.id = o.id`
)

// New is a view to be made.
type New struct {
	Form         string     `yaml:"form"` // key
	Key          string     `yaml:"key"`  // "": one is made up
	Labels       form.Label `yaml:"label"`
	Descriptions form.Label `yaml:"description"`
	Icon         string     `yaml:"icon"`
	Shared       bool       `yaml:"-"`
	Layout       Layout     `yaml:"layout"` // "": TABLE
	Definition   `yaml:",inline"`
}

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

// Get returns a view by id. Faults: NOT_FOUND, also for those of other members.
func (s *Store) Get(ctx context.Context, by org.Actor, cat *form.Catalog, id string) (*View, error) {
	var r Row
	err := s.db.Control.GetContext(ctx, &r, selectOne, by.OrgID, by.MemberID, parseID(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound()
	}
	if err != nil {
		return nil, pg.Translate(err)
	}
	v, err := r.Of(cat)
	if err == nil && v == nil {
		return nil, notFound()
	}
	return v, err
}

// Create makes a view. Faults: FORBIDDEN, NOT_FOUND for the form, INVALID with
// paths, CONFLICT for a key that is taken.
func (s *Store) Create(ctx context.Context, by org.Actor, cat *form.Catalog, n New) (*View, error) {
	v, err := n.view(cat)
	if err != nil {
		return nil, err
	}
	if !n.Shared {
		v.MemberID = by.MemberID
	}
	if err := mayWrite(by, n.Shared); err != nil {
		return nil, err
	}
	id, err := insert(ctx, s.db.Control, v)
	if err == nil && id == 0 {
		err = s.notInserted(ctx, v)
	}
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), false)
	}
	v.ID = id
	return s.Get(ctx, by, cat, v.IDText())
}

// mayWrite refuses changes of views to those who may not make them.
func mayWrite(by org.Actor, shared bool) error {
	switch {
	case shared && !by.MayShape():
		return fault.New(fault.Forbidden, "only owners and managers may change shared views")
	case !by.MayWrite() || !shared && by.MemberID == 0:
		return fault.New(fault.Forbidden, "viewers may not make views")
	}
	return nil
}

// view is the view to be made, checked.
func (n New) view(cat *form.Catalog) (*View, error) {
	f := cat.Form(n.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(n.Form)).At("form")
	}
	v := &View{Form: f, Key: n.Key, Labels: form.Label{}.With(n.Labels), Descriptions: form.Label{}.With(n.Descriptions), Icon: n.Icon, Layout: n.Layout, Definition: n.Definition}
	if v.Layout == "" {
		v.Layout = Table
	}
	var bad fault.List
	if n.Key != "" {
		_ = bad.Add(form.CheckKey(n.Key, maxKey), "key")
	}
	if err := v.checkAll(&bad); err != nil {
		return nil, err
	}
	return v, bad.Err()
}

// checkAll checks everything that a view says, as it is written.
func (v *View) checkAll(bad *fault.List) error {
	if len(v.Labels) == 0 {
		_ = bad.Add(fault.New(fault.Invalid, "a view needs a label"), "label")
	}
	_ = bad.Add(v.Labels.Check(maxLabel, "labels"))
	_ = bad.Add(v.Descriptions.Check(maxText, "description"))
	if len(v.Icon) > maxIcon {
		_ = bad.Add(fault.New(fault.Invalid, "must be at most %d bytes long", maxIcon), "icon")
	}
	raw, err := json.Marshal(v.Definition)
	if err != nil {
		return err
	}
	if len(raw) > maxDefinition {
		_ = bad.Add(fault.New(fault.Invalid, "a view says at most %d bytes of JSON", maxDefinition), "filter")
	}
	if v.Filter, err = decoded(v.Filter); err != nil {
		return err
	}
	*bad = append(*bad, v.check(time.Now())...)
	return nil
}

// decoded is a value as a JSON decoder makes it, which the checkers expect.
func decoded(raw any) (out any, err error) {
	b, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	return out, decode(b, &out)
}

func insert(ctx context.Context, q sqlx.QueryerContext, v *View) (id int64, err error) {
	definition, err := json.Marshal(v.Definition)
	if err != nil {
		return 0, err
	}
	most := MaxOwn
	if v.Shared() {
		most = MaxShared
	}
	err = sqlx.GetContext(ctx, q, &id, insertView, v.Form.Catalog.OrgID, v.Form.ID, v.owner(), v.Key, text(v.Labels), text(v.Descriptions), v.Icon, v.Layout, definition, most)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// notInserted is why a view was not made.
func (s *Store) notInserted(ctx context.Context, v *View) error {
	var taken bool
	if err := s.db.Control.GetContext(ctx, &taken, keyIsTaken, v.Form.Catalog.OrgID, v.Form.ID, v.owner(), v.Key); err != nil {
		return err
	}
	if taken {
		return keyTaken(v.Key)
	}
	return fault.New(fault.Invalid, "a form has at most %d shared views, and %d of each member", MaxShared, MaxOwn).At("form")
}

func keyTaken(key string) error {
	return fault.New(fault.Conflict, "there is a view %q already", fault.Clip(key)).At("key")
}

// owner is the member's number for a column that may be empty.
func (v *View) owner() any {
	if v.Shared() {
		return nil
	}
	return v.MemberID
}

func text(l form.Label) []byte {
	b, _ := json.Marshal(l) // a map of strings always encodes
	return b
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
	res, err := s.db.Control.ExecContext(ctx, updateView, by.OrgID, v.ID, at.Version, text(v.Labels), text(v.Descriptions), v.Icon, v.Layout, definition, v.owner())
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
		return nil, below(err, "id")
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
		return nil, pg.AsWrite(pg.Translate(err), false)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return nil, err
	}
	v, err := s.Get(ctx, by, cat, at.ID)
	if err == nil && n == 0 {
		err = changed(at.Version, v.Version)
	}
	return v, below(err, "id")
}

// Delete takes a view away. Faults: as of Update.
func (s *Store) Delete(ctx context.Context, by org.Actor, cat *form.Catalog, at At) error {
	v, err := s.writable(ctx, by, cat, at)
	if err != nil {
		return err
	}
	res, err := s.db.Control.ExecContext(ctx, deleteView, by.OrgID, v.ID, at.Version)
	if err != nil {
		return pg.AsWrite(pg.Translate(err), false)
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
		return nil, below(err, "id")
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
	return s.Get(ctx, by, cat, to.ID)
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
		return nil, below(err, "id")
	}
	return s.Create(ctx, by, cat, New{Form: v.Form.Key, Key: c.Key, Labels: v.Labels.With(c.Labels), Descriptions: v.Descriptions, Icon: v.Icon,
		Shared: c.Shared, Layout: v.Layout, Definition: v.Definition})
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
			_, err = insert(ctx, tx, v)
		}
		if err = bad.Add(err, i); err != nil {
			return pg.Translate(err)
		}
	}
	return bad.Err()
}

func below(err error, path ...any) error {
	var l fault.List
	if other := l.Add(err, path...); other != nil || err == nil {
		return other
	}
	return l.Err()
}
