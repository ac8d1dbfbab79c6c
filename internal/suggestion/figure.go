package suggestion

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
)

// facts are what suggestions are figured from: those of all customers.
type facts struct {
	*division.Facts
	points   map[int64]float64 // of the workload, by member
	largest  float64
	regions  map[int64]string // of customers that have one
	profiles map[int64]Profile
	settings Settings
	ending   int                // days ahead in which the end of a role makes a gap
	refused  map[refused]string // states that were refused

	held    map[string]map[int64]int // roles by responsibility and member
	worked  map[int64]map[int64]int  // roles by customer and member
	derived map[int64]map[string]int // accounts by member and region
}

// refused is what a refusal is of.
type refused struct {
	customer       int64
	responsibility string
	member         int64
}

// index counts the roles that began up to the day, and the accounts of that day.
func (f *facts) index() {
	f.held, f.worked, f.derived = map[string]map[int64]int{}, map[int64]map[int64]int{}, map[int64]map[string]int{}
	for customer, roles := range f.Roles {
		carries := map[int64]bool{}
		for _, r := range roles {
			if r.Start != nil && *r.Start > f.Day {
				continue
			}
			count(f.held, r.Responsibility, r.Member)
			count(f.worked, customer, r.Member)
			if r.Level <= division.Responsible && r.On(f.Day) {
				carries[r.Member] = true
			}
		}
		if region := f.regions[customer]; region != "" {
			for id := range carries {
				count(f.derived, id, region)
			}
		}
	}
}

func count[K, M comparable](of map[K]map[M]int, key K, member M) {
	if of[key] == nil {
		of[key] = map[M]int{}
	}
	of[key][member]++
}

// open is a gap with what is to be given: from the day on, or after the last role ends.
func (f *facts) open(g division.Gap) Gap {
	out := Gap{Gap: g, Level: f.level(g), StartsOn: f.Day}
	if g.Kind == division.Ending && g.Since != nil {
		out.StartsOn = g.Since.Add(f.ending + 1)
	}
	return out
}

// gap finds who could fill a gap: at most so many are told.
func (f *facts) gap(g division.Gap, most int) Gap {
	out := f.open(g)
	for _, id := range f.able(g) {
		c := f.candidate(out, id)
		if f.refused[refused{g.CustomerID, g.Responsibility, id}] == c.State {
			out.Refused++
			continue
		}
		out.Candidates = append(out.Candidates, c)
	}
	slices.SortFunc(out.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Points, b.Points), cmp.Compare(a.Member.Name, b.Member.Name), cmp.Compare(a.Member.ID, b.Member.ID))
	})
	if len(out.Candidates) > most {
		out.Others, out.Candidates = len(out.Candidates)-most, out.Candidates[:most]
	}
	return out
}

// level is what is to be given: where all are away there is somebody accountable.
func (f *facts) level(g division.Gap) string {
	switch {
	case f.NoLevels:
		return ""
	case g.Kind == division.IsAbsent:
		return "r"
	}
	return "a"
}

// able are the members who have held the responsibility or carry its skill, are there
// on the day, and do not have already what would be given.
func (f *facts) able(g division.Gap) []int64 {
	ids := map[int64]bool{}
	for id := range f.held[g.Responsibility] {
		ids[id] = true
	}
	for id, p := range f.profiles {
		if slices.Contains(p.Skills, g.Responsibility) {
			ids[id] = true
		}
	}
	for _, r := range f.Active(g.CustomerID) {
		if r.Responsibility == g.Responsibility && (r.Level == division.Accountable || f.NoLevels) {
			delete(ids, r.Member)
		}
	}
	var out []int64
	for id := range ids {
		if f.Present(id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// candidate says what speaks for a member.
func (f *facts) candidate(g Gap, id int64) Candidate {
	c := Candidate{Member: division.Person{ID: id, Name: f.Members[id].Name}, Points: f.points[id], Regions: f.works(id),
		Held: f.held[g.Responsibility][id], Earlier: f.worked[g.CustomerID][id], Skilled: slices.Contains(f.profiles[id].Skills, g.Responsibility)}
	load := 1.0
	if f.largest > 0 {
		load = round(1 - c.Points/f.largest)
	}
	skill := c.Skilled || len(f.profiles[id].Skills) == 0 && c.Held > 0 // who has done it, where nothing else is known
	region := f.regions[g.CustomerID]
	s := f.settings
	c.Parts = []Part{{Key: Load, Weight: s.LoadWeight, Value: load}, {Key: Region, Weight: s.RegionWeight, Value: truth(region != "" && slices.Contains(c.Regions, region))},
		{Key: Skill, Weight: s.SkillWeight, Value: truth(skill)}, {Key: Earlier, Weight: s.EarlierWeight, Value: truth(c.Earlier > 0)}}
	sum := 0.0
	for i := range c.Parts {
		p := &c.Parts[i]
		sum += p.Weight * p.Value
		p.Contribution = round(p.Weight * p.Value / s.sum())
	}
	c.Score = round(sum / s.sum())
	c.State = f.state(g, c)
	return c
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// works is where a member works: as the profile says or, without one, where most of
// the customers are that the member carries a responsibility for.
func (f *facts) works(id int64) []string {
	if p := f.profiles[id]; len(p.Regions) > 0 {
		return p.Regions
	}
	out, most := []string{}, 0
	for region, n := range f.derived[id] {
		if n > most {
			out, most = out[:0], n
		}
		if n == most {
			out = append(out, region)
		}
	}
	slices.Sort(out)
	return out
}

// state is that of what a suggestion rests on: what is missing, who has which role
// there, and what speaks for the member but for the load, which any role anywhere
// changes.
func (f *facts) state(g Gap, c Candidate) string {
	h := sha256.New()
	day := func(d *calendar.Day) string {
		if d == nil {
			return "-"
		}
		return d.String()
	}
	fmt.Fprintln(h, g.Kind, g.Level, c.Member.ID)
	for _, p := range c.Parts {
		if p.Key != Load {
			fmt.Fprintln(h, p.Key, p.Value)
		}
	}
	for _, r := range f.Roles[g.CustomerID] {
		if r.Responsibility == g.Responsibility {
			fmt.Fprintf(h, "%d %d %q %s %s %d %t\n", r.Member, r.Level, r.Scope, day(r.Start), day(r.End), r.Deputy, f.Members[r.Member].Active)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// round keeps four digits, as the division table does.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
