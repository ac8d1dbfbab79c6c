package handover

import (
	"context"
	"encoding/json"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// Why a record is not put back.
const (
	changed   = "CHANGED"   // somebody has changed it since
	archived  = "ARCHIVED"  // it is archived
	gone      = "GONE"      // it was deleted
	undefined = "UNDEFINED" // its form or field is not there any more
)

// Undoing is a handover to be undone.
type Undoing struct {
	Catalog *form.Catalog
	ID      int64
	Moves   []Move // of the handover, see Store.Moves
}

// Do sets back what still is as the handover left it, in one transaction, and keeps
// which records are not. A role is one with those that follow it: all of them are put
// back, or none. Faults: FORBIDDEN, NOT_FOUND, CONFLICT when it is undone
// already; those of writing records.
func (u Undoing) Do(ctx context.Context, c *pg.Conn, by record.Call) (int64, error) {
	if !by.By.MayWrite() {
		return 0, fault.New(fault.Forbidden, "you may read records, not change them")
	}
	by.Via = form.ViaHandover
	var forms []*form.Form
	for _, m := range u.Moves {
		if f := u.form(m); f != nil && !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	_, err := record.Do(ctx, c, by, forms, func(w *record.Work) error {
		w.Answer(u.ID)
		if err := alone(ctx, c, u.Catalog); err != nil {
			return err
		}
		if err := u.claim(ctx, c, by); err != nil {
			return err
		}
		un := &undoer{ctx: ctx, c: c, w: w, Undoing: u}
		for _, f := range forms {
			if err := un.form(f); err != nil {
				return err
			}
		}
		for _, m := range u.Moves {
			if u.form(m) == nil {
				un.skip(m, undefined)
			}
		}
		return un.keep(by)
	})
	return u.ID, err
}

// form is that of a move's record, nil if it is not there any more.
func (u Undoing) form(m Move) *form.Form {
	if f := u.Catalog.Form(m.Form); f != nil && f.ArchivedAt == nil {
		return f
	}
	return nil
}

// claim makes sure that nobody else has undone the handover, or does.
func (u Undoing) claim(ctx context.Context, c *pg.Conn, by record.Call) error {
	found := false
	return asOwner(ctx, c, func() error {
		err := c.Query(ctx, holdHandover, []any{by.By.OrgID, u.ID}, func(v []pg.Value) error {
			found = true
			if v[0] != nil {
				return fault.New(fault.Conflict, "the handover is undone already").At("id")
			}
			return nil
		})
		if err == nil && !found {
			err = notFound().At("id")
		}
		return err
	})
}

// undoer undoes moves.
type undoer struct {
	ctx context.Context
	c   *pg.Conn
	w   *record.Work
	Undoing
	done Undo
}

func (u *undoer) skip(m Move, why string) {
	u.done.Skipped = append(u.done.Skipped, Skipped{m.Part, m.Form, m.Record, why})
}

// standing is a record as it is now.
type standing struct {
	version  int
	archived bool
	values   []any
}

// form undoes the moves of records of a form.
func (u *undoer) form(f *form.Form) error {
	var fields []*form.Field
	var ids []int64
	for _, m := range u.Moves {
		if m.Form != f.Key {
			continue
		}
		ids = append(append(ids, m.Record), m.Made...)
		if x := u.field(f, m); x != nil && !slices.Contains(fields, x) {
			fields = append(fields, x)
		}
	}
	now, err := u.now(f, fields, ids)
	if err != nil {
		return err
	}
	var back, away []record.Change
	set := map[Part][]record.Change{}
	for _, m := range u.Moves {
		if m.Form != f.Key {
			continue
		}
		x := u.field(f, m)
		if why := m.why(x, slices.Index(fields, x), now); why != "" {
			u.skip(m, why)
			continue
		}
		u.done.Restored++
		for _, id := range m.Made {
			away = append(away, record.Change{ID: id, Version: record.AnyVersion, Values: record.Of(f, false)})
		}
		change := record.Change{ID: m.Record, Version: record.AnyVersion, Values: record.Of(f, false)}
		if m.Action == Archived {
			back = append(back, change)
			continue
		}
		change.Values.Give(x, stored(x, m.Before))
		set[m.Part] = append(set[m.Part], change)
	}
	if err := u.w.ArchiveAll(u.ctx, away); err != nil { // first: what must be unique may be so among those left
		return err
	}
	if err := u.w.RestoreAll(u.ctx, back); err != nil {
		return err
	}
	for _, part := range sqlgen.HandoverParts {
		if err := u.w.UpdateAll(u.ctx, set[part]); err != nil {
			return err
		}
	}
	return nil
}

// field is what a move changed; nil where it changed none, or it is not there.
func (u *undoer) field(f *form.Form, m Move) *form.Field {
	if x := f.Field(m.Field); x != nil && x.Usable() && x.Stored() {
		return x
	}
	return nil
}

// now reads records of a form and keeps them as they are until the transaction ends.
func (u *undoer) now(f *form.Form, fields []*form.Field, ids []int64) (map[int64]standing, error) {
	out := make(map[int64]standing, len(ids))
	s := sqlgen.Hold(f, ids)
	err := u.c.Query(u.ctx, s.SQL, s.Args, func(v []pg.Value) error {
		out[v[0].(int64)] = standing{version: int(v[1].(int64)), archived: v[2].(bool)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	held, err := values(u.ctx, u.c, f, fields, ids)
	for id, all := range held {
		s := out[id]
		s.values = all
		out[id] = s
	}
	return out, err
}

// why says what keeps a move from being undone, "" for nothing. x is the field that it
// changed, which stands at a place of what is held.
func (m Move) why(x *form.Field, place int, now map[int64]standing) string {
	for _, id := range m.Made {
		if next, there := now[id]; !there || next.archived || next.version != 1 {
			return changed
		}
	}
	r, there := now[m.Record]
	switch {
	case !there:
		return gone
	case m.Action == Archived && (!r.archived || r.version != m.Version):
		return changed
	case m.Action == Archived:
		return ""
	case x == nil:
		return undefined
	case r.archived:
		return archived
	case r.values[place] != stored(x, m.After):
		return changed
	}
	return ""
}

// stored is a value as its column has it in text.
func stored(x *form.Field, v *string) any {
	if v == nil {
		return nil
	}
	if x.IsReference() {
		n, _ := kind.ParseID(x.Target.Key, *v)
		return kind.Number(n)
	}
	return *v
}

// keep notes what was undone.
func (u *undoer) keep(by record.Call) error {
	text, err := json.Marshal(u.done)
	if err != nil {
		return err
	}
	return asOwner(u.ctx, u.c, func() error {
		_, err := u.c.Exec(u.ctx, keepUndo, []any{by.By.OrgID, u.ID, by.Now, by.By.MemberID, string(text)})
		return err
	})
}
