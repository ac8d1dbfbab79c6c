// Package team assigns a team to a customer: one role for each seat, be it of a team
// template or of the request, in one transaction.
//
//	ask := team.Ask{Catalog: cat, Customer: id, Template: template, On: day, Replace: true}
//	done, err := ask.Do(ctx, conn, call)
//	// done.Created, done.Kept, done.Ended
//
// A seat whose role the customer has already is kept as it is. Roles are written by
// package record; who is then responsible for what is for package division to say.
// Forms are found by the purposes of their fields.
package team

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// MaxSeats is how many seats a team has at most.
const MaxSeats = 200

// Ask is a team to be assigned: of Seats, or of a team template.
type Ask struct {
	Catalog  *form.Catalog
	Customer int64
	Seats    []Seat
	Template int64 // 0: Seats
	On       calendar.Day
	Replace  bool // whether other roles of the seats' responsibilities end
}

// Seat says who is responsible for what.
type Seat struct {
	Responsibility, Level, Scope string // Level "": the default of roles
	Member, Deputy               int64  // Deputy 0: none
}

// Done is what was done, by numbers of roles.
type Done struct{ Created, Kept, Ended []int64 }

// Check judges what can be judged without records. Faults: INVALID and TOO_COSTLY at
// their places in the input.
func (a *Ask) Check(today calendar.Day) error {
	var bad fault.List
	x := sqlgen.Holder(a.Catalog, sqlgen.HeldRoles)
	switch {
	case x == nil || a.Catalog.ToCustomer("ROLE_CUSTOMER") == nil || x.Form.StoredAs("ROLE_RESPONSIBILITY", "text") == nil:
		return fault.New(fault.Invalid, "there is no form of roles on customers")
	case (a.Template != 0) == (a.Seats != nil):
		bad = append(bad, fault.New(fault.Invalid, "give either a team or a template").At("team"))
	case a.Template == 0 && len(a.Seats) == 0:
		bad = append(bad, fault.New(fault.Invalid, "a team has a seat at least").At("team"))
	case len(a.Seats) > MaxSeats:
		bad = append(bad, fault.New(fault.TooCostly, "a team has at most %d seats", MaxSeats).At("team"))
	}
	if a.On < today {
		bad = append(bad, fault.New(fault.Invalid, "is over: past days stay as they were").At("on"))
	}
	return bad.Err()
}

// Do assigns the team. Faults: FORBIDDEN; NOT_FOUND for customer, template and
// members; INVALID for members who left, for a template without seats, and for values;
// CONFLICT for a customer that is archived; those of writing records.
func (a *Ask) Do(ctx context.Context, c *pg.Conn, by record.Call) (Done, error) {
	w := &assigner{ctx: ctx, c: c, Ask: a, roles: sqlgen.Holder(a.Catalog, sqlgen.HeldRoles).Form}
	ids, err := record.Do(ctx, c, by, []*form.Form{w.roles}, func(work *record.Work) error {
		w.w = work
		for _, step := range []func() error{w.hold, w.seats, w.people, w.read, w.end, w.create} {
			if err := step(); err != nil {
				return err
			}
		}
		work.Answer(w.done.numbers()...)
		return nil
	})
	return doneOf(ids), err
}

// numbers are what was done as one list, by which an earlier request with the same key
// is answered: how many were made, how many kept, and then all of them.
func (d Done) numbers() []int64 {
	return slices.Concat([]int64{int64(len(d.Created)), int64(len(d.Kept))}, d.Created, d.Kept, d.Ended)
}

func doneOf(n []int64) Done {
	if len(n) < 2 {
		return Done{}
	}
	made, kept, ids := n[0], n[1], n[2:]
	return Done{ids[:made], ids[made : made+kept], ids[made+kept:]}
}

// role is one that the customer has, and that has not ended.
type role struct {
	Seat
	id         int64
	start, end *calendar.Day
}

// assigner is a team being assigned.
type assigner struct {
	ctx context.Context
	c   *pg.Conn
	w   *record.Work
	*Ask
	roles *form.Form
	team  []Seat
	had   []role
	done  Done
}

// at is where the i-th seat stands in the input.
func (w *assigner) at(i int, path ...any) []any {
	if w.Template != 0 {
		return []any{"template"}
	}
	return append([]any{"team", i}, path...)
}

// hold waits for who else assigns a team to the customer, which must be there.
func (w *assigner) hold() error {
	f := w.Catalog.Customers()
	for _, s := range []sqlgen.Statement{sqlgen.TeamsBeside(w.Catalog), sqlgen.TeamAlone(f, w.Customer)} {
		if err := w.c.Query(w.ctx, s.SQL, s.Args, func([]pg.Value) error { return nil }); err != nil {
			return err
		}
	}
	found, archived := false, false
	s := sqlgen.Standing(f, []int64{w.Customer})
	err := w.c.Query(w.ctx, s.SQL, s.Args, func(v []pg.Value) error { found, archived = true, v[2].(bool); return nil })
	switch {
	case err != nil:
		return err
	case !found:
		return record.NotFound().At("customer")
	case archived:
		return fault.New(fault.Conflict, "the record is archived; restore it first").At("customer")
	}
	return nil
}

// seats are those of the template, or of the request, each once.
func (w *assigner) seats() error {
	all := w.Seats
	if w.Template != 0 {
		var err error
		if all, err = w.template(); err != nil {
			return err
		}
	}
	standard, scoped := w.standard(), w.roles.StoredAs("ROLE_SCOPE", "text") != nil
	seen := map[Seat]bool{}
	for _, s := range all {
		s.Level, s.Scope = standard(s.Level), strings.TrimSpace(s.Scope)
		if !scoped {
			s.Scope = ""
		}
		key := s
		if key.Deputy = 0; seen[key] && w.Template == 0 {
			return fault.New(fault.Invalid, "stands there twice").At(w.at(len(w.team))...)
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		w.team = append(w.team, s)
	}
	return nil
}

// standard is the level of a seat: what it says, or what new roles have. Where roles
// have no levels it is none.
func (w *assigner) standard() func(level string) string {
	otherwise := ""
	x := w.roles.StoredAs("ROLE_LEVEL", "text")
	if x == nil {
		return func(string) string { return "" }
	}
	if v, err := x.DefaultValue(); err == nil {
		otherwise, _ = v.(string)
	}
	return func(level string) string { return cmp.Or(level, otherwise) }
}

func (w *assigner) template() (out []Seat, err error) {
	x := sqlgen.SeatTemplate(w.Catalog)
	if x == nil {
		return nil, fault.New(fault.Invalid, "there is no form of the seats of team templates").At("template")
	}
	found := false
	s := sqlgen.Standing(x.Target, []int64{w.Template})
	err = w.c.Query(w.ctx, s.SQL, s.Args, func(v []pg.Value) error { found = !v[2].(bool); return nil })
	if err == nil && !found {
		err = record.NotFound().At("template")
	}
	if err != nil {
		return nil, err
	}
	s = sqlgen.TeamSeats(x, w.Template)
	err = w.c.Query(w.ctx, s.SQL, s.Args, func(v []pg.Value) error {
		seat := Seat{Responsibility: text(v[0]), Level: text(v[2]), Scope: text(v[3])}
		seat.Member, _ = v[1].(int64)
		out = append(out, seat)
		return nil
	})
	switch {
	case err == nil && len(out) == 0:
		err = fault.New(fault.Invalid, "the template has no seats").At("template")
	case err == nil && len(out) > MaxSeats:
		err = fault.New(fault.TooCostly, "a team has at most %d seats", MaxSeats).At("template")
	}
	return out, err
}

// people refuses seats of members who are not there, or have left.
func (w *assigner) people() error {
	var ids []int64
	for _, s := range w.team {
		ids = append(ids, s.Member)
	}
	active := map[int64]bool{}
	q := sqlgen.Env{}.DivisionMembers(sqlgen.Division{Customers: w.Catalog.Customers(), Day: w.On})
	q.Args = append([]any{sqlgen.Numbers(ids)}, q.Args[1:]...)
	err := w.c.Query(w.ctx, q.SQL, q.Args, func(v []pg.Value) error { active[v[0].(int64)], _ = v[2].(bool); return nil })
	if err != nil {
		return err
	}
	var bad fault.List
	for i, s := range w.team {
		switch is, there := active[s.Member]; {
		case !there:
			bad = append(bad, fault.New(fault.NotFound, "there is no such member").At(w.at(i, "member")...))
		case !is:
			bad = append(bad, fault.New(fault.Invalid, "is a member who left").At(w.at(i, "member")...))
		}
	}
	return bad.Err()
}

// read reads the roles that the customer has on the day, or will have.
func (w *assigner) read() error {
	s := sqlgen.Env{}.HandoverRoles(sqlgen.Handover{Catalog: w.Catalog, Day: w.On, Hold: true}, nil, []int64{w.Customer})
	return w.c.Query(w.ctx, s.SQL, s.Args, func(v []pg.Value) error {
		r := role{id: v[0].(int64), Seat: Seat{Responsibility: text(v[3]), Level: text(v[4]), Scope: strings.TrimSpace(text(v[5]))}, start: day(v[6]), end: day(v[7])}
		r.Member, _ = v[8].(int64)
		w.had = append(w.had, r)
		return nil
	})
}

// is says whether the role is that of a seat.
func (r role) is(s Seat) bool {
	return r.Responsibility == s.Responsibility && r.Member == s.Member && r.Level == s.Level && r.Scope == s.Scope
}

// end ends the roles that the team replaces: the day before, and those that would
// begin later, or have no dates, by archiving them.
func (w *assigner) end() error {
	if !w.Replace {
		return nil
	}
	var ended, archived []record.Change
	end := w.roles.StoredAs("ROLE_END", "date")
	for _, r := range w.had {
		replaced := slices.ContainsFunc(w.team, func(s Seat) bool { return s.Responsibility == r.Responsibility })
		if !replaced || slices.ContainsFunc(w.team, r.is) {
			continue
		}
		w.done.Ended = append(w.done.Ended, r.id)
		change := record.Change{ID: r.id, Version: record.AnyVersion, Values: record.Of(w.roles, false)} // it is held
		if end == nil || r.start != nil && *r.start >= w.On {
			archived = append(archived, change)
			continue
		}
		change.Values.Give(end, w.On.Add(-1).String())
		ended = append(ended, change)
	}
	if err := w.w.UpdateAll(w.ctx, ended); err != nil {
		return err
	}
	return w.w.ArchiveAll(w.ctx, archived)
}

// create makes the roles that are not there.
func (w *assigner) create() error {
	var all []record.Change
	var bad fault.List
	for i, s := range w.team {
		var last *calendar.Day
		kept := int64(0)
		for _, r := range w.had {
			switch {
			case !r.is(s):
			case r.start == nil || *r.start <= w.On:
				kept = r.id
			case last == nil || *r.start <= *last: // it has the seat from then on
				before := r.start.Add(-1)
				last = &before
			}
		}
		if kept != 0 {
			w.done.Kept = append(w.done.Kept, kept)
			continue
		}
		v, place, err := w.values(i, s, last)
		if err := bad.Add(err); err != nil {
			return err
		}
		all = append(all, record.Change{Values: v, At: place})
	}
	if len(bad) > 0 {
		return bad
	}
	var err error
	w.done.Created, err = w.w.CreateAll(w.ctx, all)
	return err
}

// values are those of a seat's role, with where their faults stand in the input.
func (w *assigner) values(i int, s Seat, last *calendar.Day) (record.Values, record.Place, error) {
	f, raw, names := w.roles, map[string]any{}, map[any]string{}
	put := func(purpose, name string, value any) {
		if x := f.ByPurpose(purpose); x != nil && value != "" {
			raw[x.Key], names[x.Key] = value, name
		}
	}
	put("ROLE_CUSTOMER", "customer", kind.ID(w.Catalog.Customers().Key, w.Customer))
	put("ROLE_RESPONSIBILITY", "responsibility", s.Responsibility)
	put("ROLE_MEMBER", "member", kind.ID("member", s.Member))
	put("ROLE_LEVEL", "level", s.Level)
	put("ROLE_SCOPE", "scope", s.Scope)
	put("ROLE_START", "on", w.On.String())
	if last != nil {
		put("ROLE_END", "on", last.String())
	}
	if s.Deputy != 0 {
		put("ROLE_DEPUTY", "deputy", kind.ID("member", s.Deputy))
	}
	place := func(path []any) []any {
		if len(path) == 0 {
			return w.at(i)
		}
		switch name := names[path[0]]; name {
		case "customer", "on":
			return []any{name}
		case "":
			return w.at(i)
		default:
			return w.at(i, name)
		}
	}
	v, err := record.Parse(f, raw, query.Generic, true)
	var bad fault.List
	if other := bad.Add(err); other != nil {
		return v, place, other
	}
	for k, b := range bad {
		moved := *b
		moved.Path = place(b.Path)
		bad[k] = &moved
	}
	return v, place, bad.Err()
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
