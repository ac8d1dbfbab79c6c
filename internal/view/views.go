package view

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

const (
	selectDefaults = `
		SELECT form_id, view_id FROM fieldwork.default_view WHERE org_id = $1 AND member_id IN (0, $2) ORDER BY member_id DESC`
	upsertDefault = `
		INSERT INTO fieldwork.default_view (org_id, form_id, member_id, view_id) VALUES ($1, $2, $3, $4)
		    ON CONFLICT (org_id, form_id, member_id) DO UPDATE SET view_id = EXCLUDED.view_id`
	deleteDefault = `DELETE FROM fieldwork.default_view WHERE org_id = $1 AND form_id = $2 AND member_id = $3`
)

// Views are all views of an organisation that one member reads: of each form the
// shared ones in their order, then the member's own in theirs.
type Views struct {
	rows   []*Row
	chosen []choice // the member's before those of everyone

	mu     sync.Mutex
	usesIn *form.Catalog // whose fields used are of
	used   map[*form.Field][]form.Use
}

type choice struct {
	FormID int64 `db:"form_id"`
	ViewID int64 `db:"view_id"`
}

// All reads the views that the actor may read.
func (s *Store) All(ctx context.Context, by org.Actor) (*Views, error) {
	out := &Views{}
	if err := s.db.Control.SelectContext(ctx, &out.rows, selectAll, by.OrgID, by.MemberID); err != nil {
		return nil, pg.Translate(err)
	}
	return out, pg.Translate(s.db.Control.SelectContext(ctx, &out.chosen, selectDefaults, by.OrgID, by.MemberID))
}

// Of are the views of a form.
func (vs *Views) Of(f *form.Form) ([]*View, error) {
	out := []*View{}
	for _, r := range vs.rows {
		if r.Form != f.Key {
			continue
		}
		v, err := r.Of(f.Catalog)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// Default is the view of a form to begin with; nil if there is none.
func (vs *Views) Default(f *form.Form) (*View, error) {
	for _, c := range vs.chosen {
		if c.FormID != f.ID {
			continue
		}
		if i := slices.IndexFunc(vs.rows, func(r *Row) bool { return r.ID == c.ViewID && r.FormID == f.ID }); i >= 0 {
			return vs.rows[i].Of(f.Catalog)
		}
	}
	return nil, nil
}

// Uses lists the views that use a field, each once.
func (vs *Views) Uses(x *form.Field) ([]form.Use, error) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if vs.usesIn == x.Form.Catalog {
		return vs.used[x], nil
	}
	found := map[*form.Field][]form.Use{}
	err := uses(vs.rows, x.Form.Catalog, func(v *View, x *form.Field) {
		found[x] = append(found[x], form.Use{Kind: form.UseView, Form: v.Form.Key, Name: v.Key})
	})
	if err != nil {
		return nil, err
	}
	vs.used, vs.usesIn = found, x.Form.Catalog
	return found[x], nil
}

// UsedByOthers is how many personal views of other members use a field. What they
// are is nobody's business.
func (s *Store) UsedByOthers(ctx context.Context, by org.Actor, x *form.Field) (n int, err error) {
	var rows []*Row
	if err := s.db.Control.SelectContext(ctx, &rows, selectOthers, by.OrgID, by.MemberID); err != nil {
		return 0, pg.Translate(err)
	}
	err = uses(rows, x.Form.Catalog, func(_ *View, y *form.Field) {
		if y == x {
			n++
		}
	})
	return n, err
}

// uses calls found for each view and each field that it uses, once.
func uses(rows []*Row, cat *form.Catalog, found func(v *View, x *form.Field)) error {
	for _, r := range rows {
		v, err := r.Of(cat)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		seen := map[*form.Field]bool{}
		v.fields(time.Now(), func(x *form.Field) {
			if !seen[x] {
				seen[x] = true
				found(v, x)
			}
		})
	}
	return nil
}

// Choice is a view to begin with, "" for none.
type Choice struct {
	ID       string
	Everyone bool
}

// SetDefault says which view of a form to begin with, for the actor or for everyone
// who has not chosen; none takes the choice back. Faults: FORBIDDEN, NOT_FOUND,
// INVALID for a view of another form, or a personal one for everyone.
func (s *Store) SetDefault(ctx context.Context, by org.Actor, f *form.Form, c Choice) error {
	member := by.MemberID
	switch {
	case c.Everyone && !by.MayShape():
		return fault.New(fault.Forbidden, "only owners and managers may choose for everyone").At("everyone")
	case c.Everyone:
		member = 0
	}
	if c.ID == "" {
		_, err := s.db.Control.ExecContext(ctx, deleteDefault, by.OrgID, f.ID, member)
		return pg.AsWrite(pg.Translate(err), true)
	}
	v, err := s.Get(ctx, by, f.Catalog, c.ID)
	switch {
	case err != nil:
		return fault.Below(err, "id")
	case v.Form != f:
		return OfAnotherForm(v, f).At("id")
	case c.Everyone && !v.Shared():
		return fault.New(fault.Invalid, "only a shared view can be there for everyone").At("id")
	}
	_, err = s.db.Control.ExecContext(ctx, upsertDefault, by.OrgID, f.ID, member, v.ID)
	return pg.AsWrite(pg.Translate(err), true)
}

// OfAnotherForm is the fault of a view where one of form f is wanted.
func OfAnotherForm(v *View, f *form.Form) *fault.Fault {
	return fault.New(fault.Invalid, "it is a view of form %s, not of %s", v.Form.Key, f.Key)
}

func joined(ids []int64) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, ",")
}
