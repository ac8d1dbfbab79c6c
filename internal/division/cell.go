package division

import (
	"cmp"
	"slices"
)

// cells are those of a customer, one for each of the columns, which may be fewer than
// all responsibilities.
func (f *Facts) cells(a Account, columns []string, s Settings) []Cell {
	gaps, overlaps := f.gaps(a, s), f.overlaps(a, s)
	active := f.Active(a.ID)
	out := make([]Cell, len(columns))
	for i, what := range columns {
		c := Cell{Responsibility: what, State: NotRequired, Required: f.required(a, what), Members: f.cellMembers(active, what)}
		if c.Required || len(c.Members) > 0 {
			c.State = Filled
		}
		for _, o := range overlaps {
			if o.Responsibility == what {
				c.State = IsOverlap
			}
		}
		for _, g := range gaps {
			if g.Responsibility == what {
				c.State, c.Gap = IsGap, &g
			}
		}
		out[i] = c
	}
	return out
}

// cellMembers are who has an active role, each once with all levels, in the order of
// the highest, then of names.
func (f *Facts) cellMembers(active []Role, what string) []CellMember {
	levels := map[int64][Levels]bool{}
	deputies := map[int64]int64{}
	for _, r := range active {
		if r.Responsibility != what {
			continue
		}
		l := levels[r.Member]
		l[r.Level] = true
		levels[r.Member] = l
		if deputies[r.Member] == 0 {
			deputies[r.Member] = f.standsIn(r)
		}
	}
	var out []CellMember
	for id, held := range levels {
		m := CellMember{ID: id, Name: f.Members[id].Name}
		for l, has := range held {
			if has {
				m.Levels = append(m.Levels, letters[l])
			}
		}
		if _, m.Absent = f.Absent[id]; m.Absent && deputies[id] != 0 {
			p := f.person(deputies[id])
			m.Deputy = &p
		}
		out = append(out, m)
	}
	rank := func(m CellMember) int { return slices.Index(letters[:], m.Levels[0]) }
	slices.SortFunc(out, func(a, b CellMember) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}
