package division

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
)

var today, _ = calendar.Parse("2026-11-26")

// on is a day so many days from today.
func on(n int) *calendar.Day { d := today.Add(n); return &d }

// members are those of the tests: 1 Ann, 2 Bob, 3 Cy, 4 Di, 5 Ed, and 9 Zoe, who left
// twenty days ago.
func members() map[int64]Member {
	out := map[int64]Member{9: {Name: "Zoe", Left: on(-20)}}
	for i, name := range []string{"Ann", "Bob", "Cy", "Di", "Ed"} {
		out[int64(i+1)] = Member{Name: name, Active: true}
	}
	return out
}

// world is a customer of tier a, made 100 days ago, that requires x, y, z and w but not v.
func world(roles ...Role) *Facts {
	return &Facts{Day: today, Columns: []string{"x", "y", "z", "w", "v"}, Members: members(), Required: map[string][]string{"a": {"x", "y", "z", "w"}},
		Customers: []Account{{ID: 1, Name: "Example Steel", Tier: "a", Made: today.Add(-100)}}, Roles: map[int64][]Role{1: roles}, Absent: map[int64]Absence{}}
}

func (f *Facts) gapOfX() string {
	for _, g := range f.gaps(f.Customers[0], Defaults()) {
		if g.Responsibility == "x" {
			out := fmt.Sprint(g.Kind, " ", g.Severity)
			if g.Since != nil {
				out += fmt.Sprint(" since ", g.Since.Since(today))
			}
			if g.Member != nil {
				out += " " + g.Member.Name
			}
			return out
		}
	}
	return ""
}

func TestGaps(t *testing.T) {
	a := func(who int64, start, end *calendar.Day) Role {
		return Role{Responsibility: "x", Member: who, Level: Accountable, Start: start, End: end}
	}
	r := func(who int64, start, end *calendar.Day) Role {
		return Role{Responsibility: "x", Member: who, Level: Responsible, Start: start, End: end}
	}
	deputy := func(role Role, who int64) Role { role.Deputy = who; return role }
	away := map[int64]Absence{1: {From: today.Add(-3)}, 2: {From: today.Add(-1)}}
	for _, tt := range []struct {
		name   string
		roles  []Role
		absent map[int64]Absence
		want   string
	}{
		{"nobody ever", nil, nil, "MISSING HIGH since -100"},
		{"a supporter carries nothing", []Role{{Responsibility: "x", Member: 1, Level: Support}}, nil, "MISSING HIGH since -100"},
		{"somebody accountable", []Role{a(1, nil, nil)}, nil, ""},
		{"the first day counts", []Role{a(1, on(0), nil)}, nil, ""},
		{"not begun", []Role{a(1, on(1), nil)}, nil, "MISSING HIGH since -100"},
		{"ended, the last of two", []Role{a(1, nil, on(-9)), r(2, nil, on(-5))}, nil, "MISSING HIGH since -4"},
		{"the last day counts, and another follows", []Role{a(1, nil, on(0)), a(2, on(1), nil)}, nil, ""},
		{"left", []Role{a(9, nil, nil)}, nil, "MEMBER_LEFT HIGH since -20 Zoe"},
		{"left, and the role has ended", []Role{a(9, nil, on(-1))}, nil, "MISSING HIGH since 0"},
		{"left, and another carries it", []Role{a(9, nil, nil), a(1, nil, nil)}, nil, ""},
		{"nobody accountable since the R began", []Role{r(1, on(-30), nil)}, nil, "NO_ACCOUNTABLE MEDIUM since -30"},
		{"nobody accountable since the A ended", []Role{r(1, on(-30), nil), a(2, nil, on(-11))}, nil, "NO_ACCOUNTABLE MEDIUM since -10"},
		{"nobody accountable comes before absent and ending", []Role{r(1, nil, on(2))}, away, "NO_ACCOUNTABLE MEDIUM since -100"},
		{"all absent", []Role{a(1, nil, nil), r(2, nil, nil)}, away, "ABSENT MEDIUM since -1"},
		{"one is there", []Role{a(1, nil, nil), r(3, nil, nil)}, away, ""},
		{"a deputy of the role", []Role{deputy(a(1, nil, nil), 3)}, away, ""},
		{"a deputy who is away too", []Role{deputy(a(1, nil, nil), 2)}, away, "ABSENT MEDIUM since -3"},
		{"a deputy who left", []Role{deputy(a(1, nil, nil), 9)}, away, "ABSENT MEDIUM since -3"},
		{"a deputy of the absence", []Role{a(1, nil, nil)}, map[int64]Absence{1: {From: today, Deputy: 3}}, ""},
		{"ends in 30 days", []Role{a(1, nil, on(30))}, nil, "ENDING LOW since 0"},
		{"ends in 31 days", []Role{a(1, nil, on(31))}, nil, ""},
		{"the last of two ends", []Role{a(1, nil, on(3)), r(2, nil, on(20))}, nil, "ENDING LOW since -10"},
		{"one does not end", []Role{a(1, nil, on(3)), r(2, nil, nil)}, nil, ""},
		{"another follows at once", []Role{a(1, nil, on(3)), r(2, on(4), nil)}, nil, ""},
		{"another follows a day late", []Role{a(1, nil, on(3)), r(2, on(5), nil)}, nil, "ENDING LOW since -27"},
		{"who left does not follow", []Role{a(1, nil, on(3)), r(9, on(4), nil)}, nil, "ENDING LOW since -27"},
	} {
		f := world(tt.roles...)
		if tt.absent != nil {
			f.Absent = tt.absent
		}
		if got := f.gapOfX(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	f := world()
	f.Customers[0].Tier = "" // nothing is said of those without a tier
	if gaps := f.gaps(f.Customers[0], Defaults()); gaps != nil {
		t.Errorf("what is not required is a gap: %v", gaps)
	}
}

func TestOverlaps(t *testing.T) {
	role := func(what string, who int64, l Level, scope string) Role {
		return Role{Responsibility: what, Member: who, Level: l, Scope: scope}
	}
	for _, tt := range []struct {
		name  string
		roles []Role
		want  string
	}{
		{"two accountable", []Role{role("x", 2, Accountable, ""), role("x", 1, Accountable, "")}, "x TWO_ACCOUNTABLE HIGH Ann Bob"},
		{"of different scopes", []Role{role("x", 1, Accountable, "east"), role("x", 2, Accountable, "west")}, ""},
		{"an empty scope meets every scope", []Role{role("x", 1, Accountable, "east"), role("x", 2, Accountable, ""), role("x", 3, Accountable, "west")}, "x TWO_ACCOUNTABLE HIGH Ann Bob Cy"},
		{"accountable and responsible are two", []Role{role("x", 1, Accountable, ""), role("x", 1, Responsible, "")}, ""},
		{"twice the same", []Role{role("v", 1, Support, "east"), role("v", 1, Support, "east")}, "v DUPLICATE MEDIUM Ann"},
		{"the same of other scopes", []Role{role("x", 1, Support, "east"), role("x", 1, Support, "")}, ""},
		{"three responsible", []Role{role("x", 1, Responsible, ""), role("x", 2, Responsible, ""), role("x", 3, Responsible, "")}, ""},
		{"four responsible", []Role{role("x", 1, Responsible, ""), role("x", 2, Responsible, ""), role("x", 3, Responsible, ""), role("x", 4, Responsible, "")}, "x CROWDED LOW Ann Bob Cy Di"},
		{"half of four is not more than half", []Role{role("x", 1, Accountable, ""), role("y", 1, Responsible, "")}, ""},
		{"three of four", []Role{role("x", 1, Accountable, ""), role("y", 1, Responsible, ""), role("z", 1, Responsible, "")}, " CONCENTRATION LOW Ann"},
		{"what is not required does not count", []Role{role("x", 1, Accountable, ""), role("y", 1, Responsible, ""), role("v", 1, Responsible, "")}, ""},
		{"nor does support", []Role{role("x", 1, Accountable, ""), role("y", 1, Responsible, ""), role("z", 1, Support, "")}, ""},
		{"who left does not count", []Role{role("x", 1, Accountable, ""), role("x", 9, Accountable, "")}, ""},
	} {
		f := world(tt.roles...)
		var got []string
		for _, o := range f.overlaps(f.Customers[0], Defaults()) {
			line := fmt.Sprint(o.Responsibility, " ", o.Kind, " ", o.Severity)
			for _, m := range o.Members {
				line += " " + m.Name
			}
			got = append(got, line)
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

func TestCells(t *testing.T) {
	f := world(Role{Responsibility: "x", Member: 2, Level: Responsible}, Role{Responsibility: "x", Member: 2, Level: Accountable}, Role{Responsibility: "x", Member: 1, Level: Support, Deputy: 3},
		Role{Responsibility: "x", Member: 9, Level: Responsible}, Role{Responsibility: "v", Member: 1, Level: Informed}, Role{Responsibility: "z", Member: 9, Level: Accountable},
		Role{Responsibility: "w", Member: 1, Level: Accountable}, Role{Responsibility: "w", Member: 3, Level: Accountable})
	f.Absent[1] = Absence{From: today}
	var got []string
	for _, c := range f.cells(f.Customers[0], append(f.Columns, "u"), f.gaps(f.Customers[0], Defaults()), f.overlaps(f.Customers[0], Defaults())) {
		line := fmt.Sprint(c.Responsibility, " ", c.State, " ", c.Required)
		for _, m := range c.Members {
			line += fmt.Sprint(" ", m.Name, strings.Join(m.Levels, ""))
			if m.Absent {
				line += "-"
			}
			if m.Deputy != nil {
				line += m.Deputy.Name
			}
		}
		got = append(got, line)
	}
	want := "x FILLED true BobAR AnnS-Cy; y GAP true; z GAP true; w OVERLAP true AnnA- CyA; v FILLED false AnnI-; u NOT_REQUIRED false"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	stale := f.stale(f.Customers[0])
	if len(stale) != 1 || stale[0].Member.Name != "Zoe" || stale[0].Level != "R" || stale[0].Responsibility != "x" || *stale[0].Since != today.Add(-20) {
		t.Errorf("stale roles %+v", stale)
	}
}

// Ann: A on an A customer (4 x 1) and R on a B customer (2 x 0.8) are 5.6 points; Bob:
// S on the A customer 1.6, and on one without a tier C 0.2, 1.8; Cy has a task only, Di
// nothing. The mean is 7.4 / 3 = 2.4667: Ann has more than 3.7, Cy less than 1.2333.
func TestWorkload(t *testing.T) {
	f := world(Role{Responsibility: "x", Member: 1, Level: Accountable}, Role{Responsibility: "y", Member: 2, Level: Support}, Role{Responsibility: "y", Member: 9, Level: Accountable}, Role{Responsibility: "y", Member: 1, Level: Accountable, End: on(-1)})
	f.Customers = append(f.Customers, Account{ID: 2, Tier: "b"}, Account{ID: 3})
	f.Roles[2], f.Roles[3] = []Role{{Responsibility: "x", Member: 1, Level: Responsible}}, []Role{{Responsibility: "x", Member: 2, Level: Consulted}}
	f.Load = map[int64]Load{3: {Open: 2, Overdue: 1, Hours: 100, Soon: 80}, 2: {Open: 1, Hours: 161, Soon: 161}, 9: {Open: 5}}
	list, evenness := f.workload(Defaults())
	var got []string
	for _, w := range list {
		got = append(got, fmt.Sprint(w.Member.Name, " ", w.Accounts, " ", w.RolesByLevel, " ", w.OpenTasks, "/", w.OverdueTasks, " ", w.Points, " ", w.OpenHours, " ", w.Utilisation, " ", w.Verdict))
	}
	want := "Ann 2 [1 1 0 0 0] 0/0 5.6 0 0 OVER; Bob 0 [0 0 1 1 0] 1/0 1.8 161 1.0063 OVER; Cy 0 [0 0 0 0 0] 2/1 0 100 0.5 BALANCED"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	// Gini of 0, 1.8, 5.6: (-2x0 + 0x1.8 + 2x5.6) / (3 x 7.4)
	if evenness != 0.5045 {
		t.Errorf("evenness %v", evenness)
	}
	f.Load[3] = Load{Open: 1, Hours: 4, Soon: 79.9}
	if list, _ = f.workload(Defaults()); list[2].Verdict != Under {
		t.Errorf("with less than half of the capacity and of the mean: %s", list[2].Verdict)
	}
}

func TestGini(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{0, 0}, 0}, {[]float64{3, 3, 3}, 0}, {[]float64{0, 0, 0, 8}, 0.75}, {[]float64{1, 3}, 0.25}} {
		if got := gini(tt.values); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.values, got, tt.want)
		}
	}
}

// However roles lie, a responsibility has a gap of an empty kind exactly when nobody
// active carries it; no more than one gap; nothing is both stale and a gap of its own;
// and a role of another customer changes nothing of this one.
func TestWhateverTheRoles(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	for range 3000 {
		f := world()
		some := func() *calendar.Day {
			if rng.IntN(2) == 0 {
				return nil
			}
			return on(rng.IntN(90) - 45)
		}
		for range rng.IntN(12) {
			who := []int64{1, 2, 3, 9}[rng.IntN(4)]
			f.Roles[1] = append(f.Roles[1], Role{Responsibility: f.Columns[rng.IntN(5)], Member: who, Level: Level(rng.IntN(5)), Start: some(), End: some(), Deputy: int64(rng.IntN(4))})
		}
		if rng.IntN(2) == 0 {
			f.Absent[int64(1+rng.IntN(3))] = Absence{From: today.Add(-rng.IntN(9)), Deputy: int64(rng.IntN(4))}
		}
		a := f.Customers[0]
		gaps := f.gaps(a, Defaults())
		for _, what := range f.Columns {
			carried := slices.ContainsFunc(f.Active(1), func(r Role) bool { return r.Responsibility == what && r.Level.carries() })
			n, empty := 0, false
			for _, g := range gaps {
				if g.Responsibility == what {
					n++
					empty = g.Kind == Missing || g.Kind == MemberLeft
					if g.Since != nil && *g.Since > today {
						t.Fatalf("a gap since a day to come: %+v", g)
					}
				}
			}
			if n > 1 || what != "v" && empty == carried || what == "v" && n > 0 {
				t.Fatalf("%s: %d gaps, empty %v, carried %v, roles %+v", what, n, empty, carried, f.Roles[1])
			}
			for _, s := range f.stale(a) {
				if s.Responsibility == what && !carried {
					t.Fatalf("stale where nobody is: %+v", s)
				}
			}
		}
		f.Roles[2] = []Role{{Responsibility: "x", Member: 1, Level: Accountable}}
		if again := f.gaps(a, Defaults()); fmt.Sprint(len(again)) != fmt.Sprint(len(gaps)) {
			t.Fatal("a role of another customer changes gaps")
		}
	}
}
