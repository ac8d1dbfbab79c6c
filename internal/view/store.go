package view

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
)

// New is a view to be made.
type New struct {
	Form         string     `json:"form" yaml:"form"` // key
	Key          string     `json:"key" yaml:"key"`   // "": one is made up
	Labels       form.Label `json:"label" yaml:"label"`
	Descriptions form.Label `json:"description,omitempty" yaml:"description"`
	Icon         string     `json:"icon,omitempty" yaml:"icon"`
	Shared       bool       `json:"-" yaml:"-"`
	Layout       Layout     `json:"layout" yaml:"layout"` // "": TABLE
	Definition   `yaml:",inline"`
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
	if err := mayWrite(by, n.Shared); err != nil {
		return nil, err
	}
	v, err := n.view(cat)
	if err != nil {
		return nil, err
	}
	if !n.Shared {
		v.MemberID = by.MemberID
	}
	id, err := insert(ctx, s.db.Control, v)
	if err == nil && id == 0 {
		err = notInserted(ctx, s.db.Control, v)
	}
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	v.ID = id
	v, err = s.Get(ctx, by, cat, v.IDText())
	return v, pg.AfterWrite(err)
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
		if parseID(n.Key) > 0 {
			_ = bad.Add(fault.New(fault.Invalid, "keys such as %s are those that are made up", n.Key), "key")
		}
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
	err = sqlx.GetContext(ctx, q, &id, insertView, v.Form.Catalog.OrgID, v.Form.ID, v.owner(), v.Key, text(v.Labels), text(v.Descriptions), v.Icon, v.Layout, definition, v.most())
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// notInserted is why a view was not made.
func notInserted(ctx context.Context, q sqlx.QueryerContext, v *View) error {
	var taken bool
	if err := sqlx.GetContext(ctx, q, &taken, keyIsTaken, v.Form.Catalog.OrgID, v.Form.ID, v.owner(), v.Key); err != nil {
		return err
	}
	if taken {
		return keyTaken(v.Key)
	}
	return full().At("form")
}

func full() *fault.Fault {
	return fault.New(fault.Invalid, "a form has at most %d shared views, and %d of each member", MaxShared, MaxOwn)
}

// most is how many views there may be of a form beside each other.
func (v *View) most() int {
	if v.Shared() {
		return MaxShared
	}
	return MaxOwn
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
