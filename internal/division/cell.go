package division

import (
	"cmp"
	"math/bits"
	"slices"
)

// cells are those of a customer, one for each of the columns, which may be fewer than
// all responsibilities, with the customer's gaps and overlaps.
func (f *Facts) cells(a Account, columns []string, gaps []Gap, overlaps []Overlap) []Cell {
	active := f.Active(a.ID)
	out := make([]Cell, len(columns))
	for i, what := range columns {
		c := Cell{Responsibility: what, State: NotRequired, Required: f.required(a, what), Members: f.cellMembers(active, what)}
		if c.Required || len(c.Members) > 0 {
			c.State = Filled
		}
		for j := range overlaps {
			if overlaps[j].Responsibility == what {
				c.State = IsOverlap
			}
		}
		for j := range gaps {
			if gaps[j].Responsibility == what {
				c.State, c.Gap = IsGap, &gaps[j]
			}
		}
		out[i] = c
	}
	return out
}

// cellMembers are who has an active role, each once with all levels, in the order of
// the highest, then of names.
func (f *Facts) cellMembers(active []Role, what string) []CellMember {
	type holder struct {
		id     int64
		levels uint // a bit for each
		deputy int64
	}
	var room [8]holder // mostly enough, and no work for the collector
	held := room[:0]
	for _, r := range active {
		if r.Responsibility != what {
			continue
		}
		at := slices.IndexFunc(held, func(h holder) bool { return h.id == r.Member })
		if at < 0 {
			held = append(held, holder{id: r.Member})
			at = len(held) - 1
		}
		held[at].levels |= 1 << r.Level
		if held[at].deputy == 0 {
			held[at].deputy = f.standsIn(r)
		}
	}
	if len(held) == 0 {
		return nil
	}
	slices.SortFunc(held, func(a, b holder) int {
		return cmp.Or(cmp.Compare(bits.TrailingZeros(a.levels), bits.TrailingZeros(b.levels)), cmp.Compare(f.Members[a.id].Name, f.Members[b.id].Name), cmp.Compare(a.id, b.id))
	})
	out := make([]CellMember, len(held))
	for i, h := range held {
		out[i] = CellMember{ID: h.id, Name: f.Members[h.id].Name, Levels: lettersOf[h.levels]}
		if _, out[i].Absent = f.Absent[h.id]; out[i].Absent && h.deputy != 0 {
			p := f.person(h.deputy)
			out[i].Deputy = &p
		}
	}
	return out
}

// lettersOf are the letters of every set of levels.
var lettersOf = func() (out [1 << Levels][]string) {
	for set := range out {
		for l, letter := range letters {
			if set&(1<<l) != 0 {
				out[set] = append(out[set], letter)
			}
		}
	}
	return out
}()
