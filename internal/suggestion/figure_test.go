package suggestion

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"

	"pgregory.net/rapid"
)

const today = calendar.Day(20_000)

func day(n int) *calendar.Day {
	d := today.Add(n)
	return &d
}

// sample is two customers: 1 in the north, of whose sales nobody is left, and 2 in the
// south, where 11 and 12 work.
func sample() *facts {
	f := &facts{Facts: &division.Facts{Day: today, Roles: map[int64][]division.Role{
		1: {{Responsibility: "sales", Member: 10, Level: division.Accountable, End: day(-5)}, {Responsibility: "delivery", Member: 12, Level: division.Support, Start: day(-50), End: day(-40)}},
		2: {{Responsibility: "sales", Member: 11, Level: division.Accountable}, {Responsibility: "sales", Member: 12, Level: division.Responsible}, {Responsibility: "sales", Member: 15, Level: division.Responsible, Start: day(1)}},
	}, Members: map[int64]division.Member{10: {Name: "Left"}, 11: {Name: "Ann", Active: true}, 12: {Name: "Ben", Active: true}, 13: {Name: "Cai", Active: true}, 14: {Name: "Away", Active: true}, 15: {Name: "Soon", Active: true}},
		Absent: map[int64]division.Absence{14: {}}},
		points: map[int64]float64{11: 4, 12: 1}, largest: 4, regions: map[int64]string{1: "north", 2: "south"}, settings: Defaults(), ending: 30,
		profiles: map[int64]Profile{13: {Regions: []string{"north"}, Skills: []string{"sales"}}, 14: {Skills: []string{"sales"}}}, refused: map[refused]string{}}
	f.index()
	return f
}

var missing1 = division.Gap{CustomerID: 1, Responsibility: "sales", Kind: division.Missing}

func TestGap(t *testing.T) {
	g := sample().gap(missing1, 5)
	got := []string{}
	for _, c := range g.Candidates {
		got = append(got, fmt.Sprint(c.Member.Name, " ", c.Score, " ", c.Held, c.Earlier, c.Skilled, c.Regions))
	}
	// Ben: 0.4 x 0.75 + 0.2 + 0.15; Ann: 0 + 0.2.
	want := []string{"Cai 0.85 0 0 true [north]", "Ben 0.65 1 1 false [south]", "Ann 0.2 1 0 false [south]"}
	if !slices.Equal(got, want) || g.Level != "a" || g.StartsOn != today {
		t.Errorf("%q, want %q: %+v", got, want, g)
	}
	if g := sample().gap(missing1, 2); len(g.Candidates) != 2 || g.Others != 1 {
		t.Errorf("%+v", g)
	}
}

func TestWhatIsToBeGiven(t *testing.T) {
	f := sample()
	if g := f.open(division.Gap{CustomerID: 2, Responsibility: "sales", Kind: division.IsAbsent}); g.Level != "r" || g.StartsOn != today {
		t.Errorf("absent: %+v", g)
	}
	since := today.Add(-10) // the role ends in 20 days
	if g := f.open(division.Gap{CustomerID: 2, Responsibility: "sales", Kind: division.Ending, Since: &since}); g.StartsOn != today.Add(21) || g.Level != "a" {
		t.Errorf("ending: %+v", g)
	}
	if ids := f.able(division.Gap{CustomerID: 2, Responsibility: "sales", Kind: division.Ending}); !slices.Equal(ids, []int64{12, 13}) {
		t.Errorf("who is accountable is suggested: %v", ids)
	}
	f.NoLevels = true
	if g := f.open(missing1); g.Level != "" {
		t.Errorf("without levels: %+v", g)
	}
}

func TestState(t *testing.T) {
	state := func(change func(*facts)) string {
		f := sample()
		change(f)
		f.index()
		return f.candidate(f.open(missing1), 12).State
	}
	before := state(func(*facts) {})
	for what, change := range map[string]func(*facts){
		"load":              func(f *facts) { f.points[12] = 3; f.largest = 9 },
		"a role elsewhere":  func(f *facts) { f.Roles[2] = append(f.Roles[2], division.Role{Responsibility: "legal", Member: 12}) },
		"another's profile": func(f *facts) { f.profiles[13] = Profile{} },
		"weights":           func(f *facts) { f.settings.LoadWeight = 3 },
	} {
		if state(change) != before {
			t.Errorf("%s changes the state", what)
		}
	}
	for what, change := range map[string]func(*facts){
		"a role there":     func(f *facts) { f.Roles[1][0].End = day(-6) },
		"who left":         func(f *facts) { f.Members[10] = division.Member{Active: true} },
		"the region":       func(f *facts) { f.regions[1] = "south" },
		"the skill":        func(f *facts) { f.profiles[12] = Profile{Skills: []string{"legal"}} },
		"the earlier work": func(f *facts) { f.Roles[1] = f.Roles[1][:1] },
	} {
		if state(change) == before {
			t.Errorf("%s does not change the state", what)
		}
	}
	f := sample()
	f.refused[refused{1, "sales", 12}] = before
	if g := f.gap(missing1, 5); g.Refused != 1 || len(g.Candidates) != 2 {
		t.Errorf("%+v", g)
	}
}

// A score is from 0 to 1 and what its parts add up to, whatever the weights.
func TestScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Float64Range(0, 100)
		f := sample()
		f.settings = Settings{weight.Draw(t, "load"), weight.Draw(t, "region"), weight.Draw(t, "skill"), 1 + weight.Draw(t, "earlier")}
		f.points[12] = rapid.Float64Range(0, 4).Draw(t, "points")
		for _, c := range f.gap(missing1, 5).Candidates {
			sum := 0.0
			for _, p := range c.Parts {
				sum += p.Contribution
			}
			if c.Score < 0 || c.Score > 1 || math.Abs(sum-c.Score) > 3e-4 {
				t.Fatalf("%+v adds up to %v", c, sum)
			}
		}
	})
}
