package team

import (
	"slices"

	"fieldwork/internal/division"
)

// Change is what a team has made of a member's work; nil: nothing to do.
type Change struct {
	Member        int64
	Before, After *division.Workload
}

// Changes are the members whose work is not what it was, in the order of what they
// have to do now, and after them those who have nothing to do any more.
func Changes(before, after []division.Workload) []*Change {
	out := []*Change{}
	had := map[int64]*division.Workload{}
	for i := range before {
		had[before[i].Member.ID] = &before[i]
	}
	for i := range after {
		now, was := &after[i], had[after[i].Member.ID]
		delete(had, now.Member.ID)
		if was == nil || same(*was) != same(*now) {
			out = append(out, &Change{now.Member.ID, was, now})
		}
	}
	for i := range before {
		if w := &before[i]; had[w.Member.ID] != nil {
			out = append(out, &Change{Member: w.Member.ID, Before: w})
		}
	}
	return slices.Clip(out)
}

// same leaves out of a workload how it compares with others: that changes with theirs.
func same(w division.Workload) division.Workload {
	w.Verdict = ""
	return w
}
