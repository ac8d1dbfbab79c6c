package division

import (
	"cmp"
	"slices"
)

// Kinds of overlaps.
const (
	TwoAccountable = "TWO_ACCOUNTABLE"
	Duplicate      = "DUPLICATE"
	Crowded        = "CROWDED"
	Concentration  = "CONCENTRATION"
)

// overlaps are those of a customer: by responsibility in the order of the columns, then
// those of the customer as a whole. Of a kind there is one for each responsibility.
func (f *Facts) overlaps(a Account, s Settings) []Overlap {
	var out []Overlap
	active := f.Active(a.ID)
	var room [8]Role
	for _, what := range f.Columns {
		roles := room[:0]
		for _, r := range active {
			if r.Responsibility == what {
				roles = append(roles, r)
			}
		}
		if len(roles) < 2 && s.CrowdedAbove > 0 {
			continue
		}
		add := func(kind string, severity Severity, members map[int64]bool) {
			if len(members) > 0 {
				out = append(out, Overlap{CustomerID: a.ID, Customer: a.Name, Responsibility: what, Kind: kind, Severity: severity, Members: f.people(members)})
			}
		}
		add(TwoAccountable, High, twoAccountable(roles))
		add(Duplicate, Medium, duplicates(roles))
		add(Crowded, Low, crowd(roles, s.CrowdedAbove))
	}
	for _, id := range f.concentrated(a, active, s) {
		out = append(out, Overlap{CustomerID: a.ID, Customer: a.Name, Kind: Concentration, Severity: Low, Members: []Person{f.person(id)}})
	}
	return out
}

// twoAccountable are the members who are accountable for the same scope as another. An
// empty scope meets every scope.
func twoAccountable(roles []Role) map[int64]bool {
	out := map[int64]bool{}
	for i, r := range roles {
		for _, o := range roles[:i] {
			if r.Level == Accountable && o.Level == Accountable && r.Member != o.Member && (r.Scope == o.Scope || r.Scope == "" || o.Scope == "") {
				out[r.Member], out[o.Member] = true, true
			}
		}
	}
	return out
}

// duplicates are the members who have a role twice.
func duplicates(roles []Role) map[int64]bool {
	out := map[int64]bool{}
	for i, r := range roles {
		for _, o := range roles[:i] {
			if r.Member == o.Member && r.Scope == o.Scope && r.Level == o.Level {
				out[r.Member] = true
			}
		}
	}
	return out
}

// crowd is who is responsible where there are more than so many.
func crowd(roles []Role, most int) map[int64]bool {
	out := map[int64]bool{}
	for _, r := range roles {
		if r.Level == Responsible {
			out[r.Member] = true
		}
	}
	if len(out) > most {
		return out
	}
	return nil
}

// concentrated are the members who carry more than their share of what is required.
func (f *Facts) concentrated(a Account, active []Role, s Settings) []int64 {
	need := 0
	held := map[int64]int{}
	var room [8]int64
	for _, what := range f.Columns {
		if !f.required(a, what) {
			continue
		}
		need++
		seen := room[:0]
		for _, r := range active {
			if r.Responsibility == what && r.Level.carries() && !slices.Contains(seen, r.Member) {
				seen = append(seen, r.Member)
				held[r.Member]++
			}
		}
	}
	if need < s.ConcentratedFrom {
		return nil
	}
	var out []int64
	for id, n := range held {
		if float64(n) > s.ConcentratedShare*float64(need) {
			out = append(out, id)
		}
	}
	f.sort(out)
	return out
}

// sort puts members in the order of their names.
func (f *Facts) sort(ids []int64) {
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(f.Members[a].Name, f.Members[b].Name), cmp.Compare(a, b))
	})
}

func (f *Facts) people(members map[int64]bool) []Person {
	ids := make([]int64, 0, len(members))
	for id := range members {
		ids = append(ids, id)
	}
	f.sort(ids)
	out := make([]Person, len(ids))
	for i, id := range ids {
		out[i] = f.person(id)
	}
	return out
}

// stale are the roles of a customer that members who left still hold where another A
// or R is active. Where none is, a required one is a gap.
func (f *Facts) stale(a Account) []StaleRole {
	carried := map[string]bool{}
	for _, r := range f.Active(a.ID) {
		if r.Level.carries() {
			carried[r.Responsibility] = true
		}
	}
	var out []StaleRole
	for _, r := range f.Roles[a.ID] {
		if r.On(f.Day) && !f.Members[r.Member].Active && carried[r.Responsibility] {
			out = append(out, StaleRole{CustomerID: a.ID, Customer: a.Name, Responsibility: r.Responsibility, Level: letters[r.Level], Member: f.person(r.Member), Since: f.Members[r.Member].Left})
		}
	}
	return out
}
