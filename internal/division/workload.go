package division

import (
	"cmp"
	"math"
	"slices"
)

// Verdicts on a workload.
const (
	Over     = "OVER"
	Balanced = "BALANCED"
	Under    = "UNDER"
)

// workload is that of every active member with a role or an open task, the most points
// first, and how uneven the points are.
func (f *Facts) workload(s Settings) (list []Workload, evenness float64) {
	by := map[int64]*Workload{}
	of := func(id int64) *Workload {
		if by[id] == nil {
			by[id] = &Workload{Member: f.person(id), Verdict: Balanced}
		}
		return by[id]
	}
	var room [16]int64
	for _, a := range f.Customers {
		carries := room[:0]
		for _, r := range f.Active(a.ID) {
			w := of(r.Member)
			w.RolesByLevel[r.Level]++
			w.Points += s.weight(a.Tier, r.Level)
			if r.Level.carries() && !slices.Contains(carries, r.Member) {
				carries = append(carries, r.Member)
				w.Accounts++
			}
		}
	}
	for id, l := range f.Load {
		if f.Members[id].Active && l.Open > 0 {
			w := of(id)
			w.OpenTasks, w.OverdueTasks, w.OpenHours = l.Open, l.Overdue, round(l.Hours)
			w.Utilisation = round(l.Soon / (float64(s.HorizonDays) / 7 * s.WeeklyHours))
		}
	}
	points := make([]float64, 0, len(by))
	mean := 0.0
	for _, w := range by {
		w.Points = round(w.Points)
		points = append(points, w.Points)
		list = append(list, *w)
	}
	slices.Sort(points) // so that the sums do not depend on the order of a map
	for _, p := range points {
		mean += p / float64(len(points))
	}
	for i := range list {
		list[i].Verdict = s.verdict(list[i], mean)
	}
	slices.SortFunc(list, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Member.Name, b.Member.Name), cmp.Compare(a.Member.ID, b.Member.ID))
	})
	return list, gini(points)
}

// slack keeps what is equal but for the rounding of its sums from being more or less.
const slack = 1e-9

func (s Settings) verdict(w Workload, mean float64) string {
	switch {
	case w.Points > s.OverPoints*mean+slack || w.Utilisation > s.OverUtilisation:
		return Over
	case w.Points < s.UnderPoints*mean-slack && w.Utilisation < s.UnderUtilisation:
		return Under
	}
	return Balanced
}

// gini is the Gini coefficient of values in ascending order: 0 when all are the same,
// near 1 when one has everything.
func gini(values []float64) float64 {
	sum, weighted := 0.0, 0.0
	for i, v := range values {
		sum += v
		weighted += float64(2*i+1-len(values)) * v
	}
	if sum == 0 {
		return 0
	}
	return round(weighted / (float64(len(values)) * sum))
}

// round keeps four digits: sums of weights are not exact.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
