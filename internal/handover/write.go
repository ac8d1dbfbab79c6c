package handover

import (
	"context"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// Do hands over, in one transaction, and returns the handover's number. Faults: those
// of Preview; CONFLICT with the state it is now when it is not the one that was asked
// for; INVALID when there is nothing to hand over; those of writing records.
func (a *Ask) Do(ctx context.Context, c *pg.Conn, by record.Call) (int64, error) {
	if !by.By.MayWrite() {
		return 0, fault.New(fault.Forbidden, "you may read records, not change them")
	}
	if err := a.checkReason(); err != nil {
		return 0, err
	}
	by.Via = form.ViaHandover
	ids, err := record.Do(ctx, c, by, a.forms(), func(w *record.Work) error {
		if err := alone(ctx, c, a.Catalog); err != nil {
			return err
		}
		p, err := (&reader{ctx: ctx, c: c, Ask: a, hold: true}).preview()
		switch {
		case err != nil:
			return err
		case a.State != "" && a.State != p.State:
			return fault.New(fault.Conflict, "what there is to hand over has changed since the preview").At("state").With("state", p.State)
		case len(p.Moves) == 0:
			return fault.New(fault.Invalid, "there is nothing to hand over by these rules").At("from")
		}
		m := &mover{ctx: ctx, c: c, Ask: a, w: w, role: sqlgen.Holder(a.Catalog, sqlgen.HeldRoles)}
		m.start, m.end = a.dates()
		if err := m.write(p.Moves); err != nil {
			return err
		}
		id, err := insert(ctx, c, by, a, p)
		w.Answer(id)
		return err
	})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// alone waits for who else hands over, undoes a handover or assigns a team.
func alone(ctx context.Context, c *pg.Conn, cat *form.Catalog) error {
	s := sqlgen.HandoverAlone(cat)
	return c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil })
}

// mover writes moves. The records are held, so that their versions need not be said.
type mover struct {
	ctx context.Context
	c   *pg.Conn
	*Ask
	w *record.Work

	role, start, end *form.Field // of roles: who has them, and when, where they are dated
}

// write writes moves, part by part, and notes in them what was made.
func (m *mover) write(moves []Move) error {
	for _, part := range m.parts() {
		who := sqlgen.Holder(m.Catalog, part)
		if who == nil {
			continue
		}
		var changed, archived []record.Change
		for i := range moves {
			move := &moves[i]
			if move.Part != part {
				continue
			}
			v := record.Of(who.Form, false)
			change := record.Change{ID: move.Record, Version: record.AnyVersion}
			switch move.Action {
			case Archived:
				move.Version = move.held.Version + 1
				change.Values = v
				archived = append(archived, change)
				continue
			case Reassigned:
				v.Give(who, kind.Number(move.To))
			default:
				v.Give(m.end, *move.After)
			}
			change.Values = v
			changed = append(changed, change)
		}
		if err := m.w.UpdateAll(m.ctx, changed); err != nil {
			return err
		}
		if err := m.w.ArchiveAll(m.ctx, archived); err != nil {
			return err
		}
	}
	return m.succeed(moves)
}

// succeed makes the roles that follow: copies of those before them, but for who has
// them and when.
func (m *mover) succeed(moves []Move) error {
	var ids []int64
	for _, move := range moves {
		if move.spans != nil {
			ids = append(ids, move.Record)
		}
	}
	if ids == nil {
		return nil
	}
	f := m.role.Form
	fields := m.copied()
	held, err := values(m.ctx, m.c, f, fields, ids)
	if err != nil {
		return err
	}
	var all []record.Change
	var of []*Move
	for i := range moves {
		move := &moves[i]
		for _, days := range move.spans {
			v := m.successor(*move, days)
			for k, x := range fields {
				m.copy(&v, x, held[move.Record][k], move.To)
			}
			all, of = append(all, record.Change{Values: v}), append(of, move)
		}
	}
	made, err := m.w.CreateAll(m.ctx, all)
	for i, move := range of {
		move.Made = append(move.Made, made[i])
	}
	return err
}

// successor is a role that follows, without what it has of the one before it.
func (m *mover) successor(move Move, days span) record.Values {
	v := record.Of(m.role.Form, true)
	v.Give(m.role, kind.Number(move.To))
	v.Give(m.start, days.first.String())
	if days.last != nil {
		v.Give(m.end, days.last.String())
	}
	return v
}

// copy gives a role what the one before it has in a field. Nothing is given too, in
// place of a default; nobody stands in for oneself.
func (m *mover) copy(v *record.Values, x *form.Field, value any, to int64) {
	if x.Purpose == "ROLE_DEPUTY" && value == any(kind.Number(to)) {
		value = nil
	}
	if value != nil || x.Stored() {
		v.Give(x, value)
	}
}

// copied are the fields of a role that those which follow it have too. What may be
// there only once, and files, which are one record's, are not.
func (m *mover) copied() []*form.Field {
	return slices.DeleteFunc(slices.Clone(m.role.Form.Own()), func(x *form.Field) bool {
		return !x.Writable() || !x.Stored() && !x.HasLinkTable() || x.Unique || kind.IsFiles(x.Kind) || x == m.role || x == m.start || x == m.end
	})
}

// values are what records hold, as text, nil for nothing; by number.
func values(ctx context.Context, c *pg.Conn, f *form.Form, fields []*form.Field, ids []int64) (map[int64][]any, error) {
	out := make(map[int64][]any, len(ids))
	s := sqlgen.Held(f, fields, ids)
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		all := make([]any, len(fields))
		for i, v := range row[1:] {
			if text, ok := v.(string); ok {
				all[i] = strings.Clone(text) // it is the driver's
			}
		}
		out[row[0].(int64)] = all
		return nil
	})
	return out, err
}
