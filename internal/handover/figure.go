package handover

import (
	"slices"

	"fieldwork/internal/calendar"
	"fieldwork/internal/query/sqlgen"
)

// Held is a record that somebody holds: the leaver, or a role of a receiver.
type Held struct {
	Part     Part
	ID       int64
	Version  int
	Customer int64 // 0: none
	Member   int64

	Responsibility, Level, Scope string // of roles, as all below
	Start, End                   *calendar.Day
	Deputy                       int64
}

// post is what a role is, but for its days.
type post struct {
	member, customer             int64
	responsibility, level, scope string
}

func (h Held) post(member int64) post {
	return post{member, h.Customer, h.Responsibility, h.Level, h.Scope}
}

// on says whether the role's days hold a day.
func (h Held) on(d calendar.Day) bool {
	return (h.Start == nil || *h.Start <= d) && (h.End == nil || *h.End >= d)
}

// facts are what a handover is figured from.
type facts struct {
	From   int64
	On     calendar.Day
	Held   []Held         // of the leaver, by part and number
	Roles  []Held         // of those who may receive some, on the same customers
	Deputy int64          // of the leaver's absence; 0: none
	There  map[int64]bool // members who are active and not absent
	Dated  bool           // roles have a first and a last day
}

// receiver is who gets a record, or why nobody does.
func (f facts) receiver(h Held, rules []rule) (to int64, why string) {
	why = "NO_RULE"
	for _, r := range rules {
		if !r.fits(h) {
			continue
		}
		if r.To != 0 {
			return r.To, ""
		}
		for _, deputy := range []int64{f.Deputy, h.Deputy} {
			if deputy != f.From && f.There[deputy] {
				return deputy, ""
			}
		}
		why = "NO_DEPUTY"
	}
	return 0, why
}

// figure says what becomes of each record that is held. A role that has begun ends
// the day before, and one of the receiver follows: the table of any day then says who
// had it. One that is still to begin, or has no dates, changes hands as it is. Where
// the receiver has the same role for as long, none follows.
func figure(f facts, all []Rule) (moves []Move, left []Left) {
	roles, rules := map[post][]Held{}, make([]rule, len(all))
	for _, r := range f.Roles {
		roles[r.post(r.Member)] = append(roles[r.post(r.Member)], r)
	}
	for i, r := range all {
		rules[i] = r.ready()
	}
	for _, h := range f.Held {
		to, why := f.receiver(h, rules)
		if to == 0 {
			left = append(left, Left{Part: h.Part, Record: h.ID, Reason: why})
			continue
		}
		m := Move{Part: h.Part, Action: Reassigned, Record: h.ID, To: to, held: h}
		if h.Part == sqlgen.HeldRoles {
			post := h.post(to)
			m = f.role(m, roles[post])
			if m.Action == Succeeded {
				h.Start = &m.start
			}
			roles[post] = append(roles[post], h)
		}
		moves = append(moves, m)
	}
	return moves, left
}

// role says what becomes of a role. same are those
// of the receiver's that are the same as it.
func (f facts) role(m Move, same []Held) Move {
	h := m.held
	begun := f.Dated && (h.Start == nil || *h.Start < f.On)
	from, covered := f.uncovered(m.held, same)
	switch {
	case covered && begun:
		m.Action = Ended
	case covered:
		m.Action = Archived
	case begun:
		m.Action, m.start = Succeeded, from
	}
	return m
}

// uncovered is the first day of the role from which the receiver does not have the
// same one, and whether there is none.
func (f facts) uncovered(h Held, same []Held) (from calendar.Day, covered bool) {
	from = f.On
	if h.Start != nil && *h.Start > from {
		from = *h.Start
	}
	for {
		i := slices.IndexFunc(same, func(r Held) bool { return r.on(from) })
		if i < 0 {
			return from, false
		}
		end := same[i].End
		if end == nil || h.End != nil && *end >= *h.End {
			return from, true
		}
		from = end.Add(1)
	}
}

// rule is a rule with its customers as a set.
type rule struct {
	Rule
	of map[int64]bool
}

func (r Rule) ready() rule {
	out := rule{Rule: r, of: make(map[int64]bool, len(r.Customers))}
	for _, id := range r.Customers {
		out.of[id] = true
	}
	return out
}

// fits says whether the rule is about a record.
func (r rule) fits(h Held) bool {
	return (r.Parts == nil || slices.Contains(r.Parts, h.Part)) && (r.Customers == nil || r.of[h.Customer]) &&
		(r.Responsibilities == nil || h.Part == sqlgen.HeldRoles && slices.Contains(r.Responsibilities, h.Responsibility))
}
