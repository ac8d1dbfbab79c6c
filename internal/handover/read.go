package handover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// Preview says what the handover would do now. Faults: FORBIDDEN, NOT_FOUND and
// INVALID for members, TOO_COSTLY for more than MaxMoves records.
func (a *Ask) Preview(ctx context.Context, c *pg.Conn, by org.Actor) (*Preview, error) {
	if !by.MayWrite() {
		return nil, fault.New(fault.Forbidden, "you may read records, not change them")
	}
	return (&reader{ctx: ctx, c: c, Ask: a}).preview()
}

// reader reads what a handover is figured from.
type reader struct {
	ctx context.Context
	c   *pg.Conn
	*Ask
	hold bool // whether what is held is kept as it is until the transaction ends

	who     map[Part]*form.Field // by which records name who holds them
	end     *form.Field          // of roles, where they are dated
	facts   facts
	members map[int64]bool // of those that are there, whether they are active
	absent  map[int64]bool
}

func (r *reader) query(s sqlgen.Statement, row func(v []pg.Value)) error {
	if s.SQL == "" {
		return nil
	}
	return r.c.Query(r.ctx, s.SQL, s.Args, func(v []pg.Value) error { row(v); return nil })
}

func (r *reader) question() sqlgen.Handover {
	return sqlgen.Handover{Catalog: r.Catalog, Member: r.From, Day: r.On, Limit: MaxMoves + 1, Hold: r.hold}
}

func (r *reader) preview() (*Preview, error) {
	r.who = map[Part]*form.Field{}
	for _, p := range r.parts() {
		r.who[p] = sqlgen.Holder(r.Catalog, p)
	}
	_, r.end = r.dates()
	r.facts = facts{From: r.From, On: r.On, Dated: r.end != nil, There: map[int64]bool{}}
	for _, step := range []func() error{r.held, r.people, r.roles} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p := &Preview{From: r.From, On: r.On}
	p.Moves, p.Left = figure(r.facts, r.Rules)
	receivers := map[int64]bool{}
	for i := range p.Moves {
		m := &p.Moves[i]
		r.name(m)
		p.Counts.add(m.Part)
		receivers[m.To] = true
	}
	for i := range p.Left {
		p.Left[i].Form = r.who[p.Left[i].Part].Form.Key
	}
	for id := range receivers {
		if r.absent[id] {
			p.Absent = append(p.Absent, id)
		}
	}
	slices.Sort(p.Absent)
	p.State = r.state(p)
	return p, nil
}

// held reads what the leaver holds.
func (r *reader) held() error {
	for _, part := range r.parts() {
		err := r.query(sqlgen.Env{}.HandoverHeld(r.question(), part), func(v []pg.Value) {
			h := heldOf(part, v)
			h.Member = r.From
			h.Deputy, _ = v[8].(int64)
			r.facts.Held = append(r.facts.Held, h)
		})
		if err != nil {
			return err
		}
		if len(r.facts.Held) > MaxMoves {
			return fault.New(fault.TooCostly, "a handover is of at most %d records: hand over one part after the other", MaxMoves).At("parts")
		}
	}
	return nil
}

func heldOf(part Part, v []pg.Value) Held {
	h := Held{Part: part, ID: v[0].(int64), Version: int(v[1].(int64)), Responsibility: text(v[3]), Level: text(v[4]), Scope: strings.TrimSpace(text(v[5])), Start: day(v[6]), End: day(v[7])}
	h.Customer, _ = v[2].(int64)
	return h
}

// people reads who is there of the leaver, and of those who may receive something.
func (r *reader) people() error {
	of := sqlgen.Division{Customers: r.Catalog.Form("member"), Day: r.On} // the catalog is what it takes of the form
	r.absent, r.members = map[int64]bool{}, map[int64]bool{}
	err := r.query(sqlgen.Env{}.DivisionAbsences(of), func(v []pg.Value) {
		id := v[0].(int64)
		r.absent[id] = true
		if deputy, _ := v[1].(int64); id == r.From && deputy != 0 && r.facts.Deputy == 0 {
			r.facts.Deputy = deputy
		}
	})
	if err != nil {
		return err
	}
	ids := []int64{r.From, r.facts.Deputy}
	for _, rule := range r.Rules {
		ids = append(ids, rule.To)
	}
	for _, h := range r.facts.Held {
		ids = append(ids, h.Deputy)
	}
	slices.Sort(ids)
	s := sqlgen.Env{}.DivisionMembers(of)
	s.Args = append([]any{sqlgen.Numbers(slices.Compact(ids))}, s.Args[1:]...)
	err = r.query(s, func(v []pg.Value) {
		id := v[0].(int64)
		r.members[id], _ = v[2].(bool)
		r.facts.There[id] = r.members[id] && !r.absent[id]
	})
	if err != nil {
		return err
	}
	return r.judge()
}

// judge refuses members who are not there to give or to take.
func (r *reader) judge() error {
	var bad fault.List
	if _, there := r.members[r.From]; !there {
		bad = append(bad, fault.New(fault.NotFound, "there is no such member").At("from"))
	}
	for i, rule := range r.Rules {
		if rule.To == 0 {
			continue
		}
		switch active, there := r.members[rule.To]; {
		case !there:
			bad = append(bad, fault.New(fault.NotFound, "there is no such member").At("rules", i, "to"))
		case !active:
			bad = append(bad, fault.New(fault.Invalid, "is a member who left").At("rules", i, "to"))
		}
	}
	return bad.Err()
}

// roles reads those of receivers on the customers whose roles are handed over.
func (r *reader) roles() error {
	var customers []int64
	for _, h := range r.facts.Held {
		if h.Part == sqlgen.HeldRoles {
			customers = append(customers, h.Customer)
		}
	}
	if customers == nil {
		return nil
	}
	var to []int64
	for id, active := range r.members {
		if active && id != r.From {
			to = append(to, id)
		}
	}
	slices.Sort(to)
	slices.Sort(customers)
	return r.query(sqlgen.Env{}.HandoverRoles(r.question(), to, slices.Compact(customers)), func(v []pg.Value) {
		h := heldOf(sqlgen.HeldRoles, v)
		h.Member, _ = v[8].(int64)
		r.facts.Roles = append(r.facts.Roles, h)
	})
}

// name says which field of the record changes, and from what to what.
func (r *reader) name(m *Move) {
	who := r.who[m.Part]
	m.Form = who.Form.Key
	switch m.Action {
	case Reassigned:
		before, after := kind.ID("member", r.From), kind.ID("member", m.To)
		m.Field, m.Before, m.After = who.Key, &before, &after
	case Succeeded, Ended:
		after := r.On.Add(-1).String()
		m.Field, m.After = r.end.Key, &after
		if m.held.End != nil {
			before := m.held.End.String()
			m.Before = &before
		}
	}
}

// state is the same for two previews exactly when they would do the same to records
// that nobody has changed in between.
func (r *reader) state(p *Preview) string {
	h := sha256.New()
	fmt.Fprintln(h, p.From, p.On)
	for _, m := range p.Moves {
		fmt.Fprintln(h, m.Part, m.Record, m.held.Version, m.Action, m.To, m.days())
	}
	for _, l := range p.Left {
		fmt.Fprintln(h, l.Part, l.Record, l.Reason)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// days are those of the roles that follow, in text.
func (m Move) days() string {
	var b strings.Builder
	for _, s := range m.spans {
		fmt.Fprint(&b, s.first, "..")
		if s.last != nil {
			fmt.Fprint(&b, *s.last)
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// text is a value that came as text. It is a copy: the driver's is gone with the row.
func text(v pg.Value) string {
	s, _ := v.(string)
	return strings.Clone(s)
}

func day(v pg.Value) *calendar.Day {
	n, ok := v.(int64)
	if !ok {
		return nil
	}
	d := calendar.Day(n)
	return &d
}
