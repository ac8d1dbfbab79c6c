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

// span are days for which a role is to follow, from the first to the last; nil: no end.
type span struct {
	first calendar.Day
	last  *calendar.Day
}

// figure says what becomes of each record that is held. A role that has begun ends
// the day before, and one of the receiver follows: the table of any day then says who
// had it. One that is still to begin, or has no dates, changes hands as it is. For days
// on which the receiver has the same role already none follows.
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
			m.Action, m.spans = f.role(h, roles[post])
			if m.Action == Reassigned {
				roles[post] = append(roles[post], h)
			}
			for _, s := range m.spans {
				roles[post] = append(roles[post], Held{Start: &s.first, End: s.last})
			}
		}
		moves = append(moves, m)
	}
	return moves, left
}

// role says what becomes of a role, and for which days others follow it. same are
// those of the receiver's that are the same.
func (f facts) role(h Held, same []Held) (Action, []span) {
	spans := f.lacking(h, same)
	switch {
	case f.Dated && (h.Start == nil || *h.Start < f.On):
		if spans == nil {
			return Ended, nil
		}
		return Succeeded, spans
	case spans != nil && !f.Dated, len(spans) == 1 && spans[0].first == f.begin(h) && spans[0].last == h.End: // all of its days
		return Reassigned, nil
	}
	return Archived, spans
}

// begin is the first day of a role that is handed over.
func (f facts) begin(h Held) calendar.Day {
	if h.Start != nil {
		return max(f.On, *h.Start)
	}
	return f.On
}

// lacking are the days of a role on which the receiver does not have the same one.
func (f facts) lacking(h Held, same []Held) (out []span) {
	from := f.begin(h)
	for {
		if i := slices.IndexFunc(same, func(r Held) bool { return r.on(from) }); i >= 0 {
			end := same[i].End
			if end == nil || h.End != nil && *end >= *h.End {
				return out
			}
			from = end.Add(1)
			continue
		}
		var next *calendar.Day // the first on which there is one again
		for _, r := range same {
			if r.Start != nil && *r.Start > from && (h.End == nil || *r.Start <= *h.End) && (next == nil || *r.Start < *next) {
				next = r.Start
			}
		}
		if next == nil {
			return append(out, span{from, h.End})
		}
		last := next.Add(-1)
		out = append(out, span{from, &last})
		from = *next
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
