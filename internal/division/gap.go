package division

import (
	"fieldwork/internal/calendar"
)

// Kinds of gaps, the first that holds being the one.
const (
	MemberLeft    = "MEMBER_LEFT"
	Missing       = "MISSING"
	NoAccountable = "NO_ACCOUNTABLE"
	IsAbsent      = "ABSENT"
	Ending        = "ENDING"
)

// gaps are those of a customer, in the order of the columns.
func (f *Facts) gaps(a Account, s Settings) []Gap {
	var out []Gap
	for _, what := range f.Columns {
		if !f.required(a, what) {
			continue
		}
		if g, there := f.gap(a, what, s); there {
			out = append(out, g)
		}
	}
	return out
}

// gap is that of a required responsibility; there is none if it is carried.
func (f *Facts) gap(a Account, what string, s Settings) (gap Gap, there bool) {
	var room [2][8]Role                         // mostly enough, and no work for the collector
	carried, active := room[0][:0], room[1][:0] // A and R, of any day and of this one
	for _, r := range f.Roles[a.ID] {
		if r.Responsibility != what || !r.Level.carries() {
			continue
		}
		carried = append(carried, r)
		if r.On(f.Day) && f.Members[r.Member].Active {
			active = append(active, r)
		}
	}
	g := Gap{CustomerID: a.ID, Customer: a.Name, Responsibility: what}
	if len(active) == 0 {
		return f.empty(g, a, carried), true
	}
	accountable := false
	for _, r := range active {
		accountable = accountable || r.Level == Accountable
	}
	if !accountable && !f.NoLevels {
		since := max(f.vacantSince(a, carried, Accountable), f.earliest(a, active))
		g.Kind, g.Severity, g.Since = NoAccountable, Medium, &since
		return g, true
	}
	if since, all := f.allAbsent(active); all {
		g.Kind, g.Severity, g.Since = IsAbsent, Medium, &since
		return g, true
	}
	if end, ends := f.ends(carried, active, s.EndingDays); ends {
		since := end.Add(-s.EndingDays)
		g.Kind, g.Severity, g.Since = Ending, Low, &since
		return g, true
	}
	return g, false
}

// empty is the gap of a responsibility that nobody carries.
func (f *Facts) empty(g Gap, a Account, carried []Role) Gap {
	g.Kind, g.Severity = Missing, High
	for _, r := range carried {
		if m := f.Members[r.Member]; !m.Active && (r.End == nil || *r.End >= f.Day) {
			p := f.person(r.Member)
			g.Kind, g.Member, g.Since = MemberLeft, &p, m.Left
			return g
		}
	}
	since := f.vacantSince(a, carried, Responsible)
	g.Since = &since
	return g
}

// vacantSince is the day after the last role of a level, or of a higher one, ended:
// the day the customer was made where there was none.
func (f *Facts) vacantSince(a Account, roles []Role, lowest Level) calendar.Day {
	since := a.Made
	for _, r := range roles {
		if r.Level <= lowest && r.End != nil && *r.End < f.Day {
			since = max(since, r.End.Add(1))
		}
	}
	return since
}

// earliest is the first day of the earliest of roles.
func (f *Facts) earliest(a Account, roles []Role) calendar.Day {
	first := f.Day
	for _, r := range roles {
		if r.Start == nil {
			return a.Made
		}
		first = min(first, *r.Start)
	}
	return first
}

// allAbsent says whether every holder is absent and nobody stands in, and since when.
func (f *Facts) allAbsent(active []Role) (since calendar.Day, all bool) {
	for i, r := range active {
		absence, absent := f.Absent[r.Member]
		if !absent || f.standsIn(r) != 0 {
			return 0, false
		}
		if i == 0 || absence.From > since {
			since = absence.From
		}
	}
	return since, true
}

// ends says whether the last of the active roles ends within days and none follows: one
// that is there on the day after.
func (f *Facts) ends(carried, active []Role, days int) (last calendar.Day, ends bool) {
	for _, r := range active {
		if r.End == nil || *r.End > f.Day.Add(days) {
			return 0, false
		}
		last = max(last, *r.End)
	}
	for _, r := range carried {
		if r.On(last+1) && f.Members[r.Member].Active {
			return 0, false
		}
	}
	return last, true
}
