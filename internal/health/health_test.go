package health_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/health"
)

const today = calendar.Day(20_000)

func ptr[T any](v T) *T { return &v }

// example are facts whose parts are 75, 50, 80, 70, 100 and absent.
func example() health.Facts {
	return health.Facts{
		Made: today - 500, Tier: "a", LastContact: ptr(today - 28), ContactDays: 14,
		Answers:  []health.Answer{{Age: 3, Rating: ptr(4), Count: 1}},
		Tasks:    health.Tasks{OnTime: 7, Late: 2, All: 10},
		Issues:   []health.Issue{{Severity: "high", Count: 1}, {Severity: "low", Count: 2}},
		Required: 8, Covered: 8,
	}
}

func judge(f health.Facts) health.Score { return health.Judge(f, health.Defaults, today) }

func part(t *testing.T, s health.Score, key health.PartKey) health.Part {
	t.Helper()
	for _, p := range s.Parts {
		if p.Key == key {
			return p
		}
	}
	t.Fatalf("there is no part %s", key)
	return health.Part{}
}

func TestTheExample(t *testing.T) {
	s := judge(example())
	for key, want := range map[health.PartKey]float64{health.Satisfaction: 75, health.Engagement: 50, health.Delivery: 80, health.Service: 70, health.Coverage: 100} {
		if p := part(t, s, key); p.Value == nil || *p.Value != want {
			t.Errorf("%s is %v, want %v", key, p.Value, want)
		}
	}
	if p := part(t, s, health.Commercial); p.Value != nil || p.Contribution != 0 || p.Weight != 10 {
		t.Errorf("commercial is there without a date: %+v", p)
	}
	if s.Score == nil || *s.Score != 72.5 || s.Band != health.Watch || s.Confidence != 0.9 {
		t.Errorf("the score is %v, %s, %v; want 72.5, WATCH, 0.9", *s.Score, s.Band, s.Confidence)
	}
	// 20 x 50 is what engagement could add, more than 25 x 25 of satisfaction.
	if s.MostToGain == nil || *s.MostToGain != health.Engagement {
		t.Errorf("most to gain is %v", s.MostToGain)
	}
	if p := part(t, s, health.Satisfaction); p.Contribution != 20.8333 { // 25 x 75 / 90
		t.Errorf("satisfaction adds %v", p.Contribution)
	}
}

func TestParts(t *testing.T) {
	answers := func(a ...health.Answer) func(*health.Facts) {
		return func(f *health.Facts) { f.Answers = a }
	}
	contact := func(days int) func(*health.Facts) {
		return func(f *health.Facts) { f.LastContact = ptr(today - calendar.Day(days)) }
	}
	issues := func(list ...health.Issue) func(*health.Facts) {
		return func(f *health.Facts) { f.Issues = list }
	}
	contract := func(days int) func(*health.Facts) {
		return func(f *health.Facts) { f.ContractEnd = ptr(today + calendar.Day(days)) }
	}
	const absent = -1
	for _, tt := range []struct {
		name string
		part health.PartKey
		with func(*health.Facts)
		want float64
	}{
		{"no answers", health.Satisfaction, answers(), absent},
		{"the worst rating", health.Satisfaction, answers(health.Answer{Rating: ptr(1), Count: 1}), 0},
		{"the best rating", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Count: 1}), 100},
		{"a recommendation of 9", health.Satisfaction, answers(health.Answer{Recommend: ptr(9), Count: 1}), 100},
		{"of 8", health.Satisfaction, answers(health.Answer{Recommend: ptr(8), Count: 1}), 50},
		{"of 7", health.Satisfaction, answers(health.Answer{Recommend: ptr(7), Count: 1}), 50},
		{"of 6", health.Satisfaction, answers(health.Answer{Recommend: ptr(6), Count: 1}), 0},
		{"both: their mean", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Recommend: ptr(8), Count: 1}), 75},
		{"one of 90 days ago weighs half", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Count: 1}, health.Answer{Rating: ptr(1), Age: 90, Count: 1}), 66.6667},
		{"one of 180 days ago a quarter", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Count: 1}, health.Answer{Rating: ptr(1), Age: 180, Count: 1}), 80},
		{"a decider weighs double", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Decider: true, Count: 1}, health.Answer{Rating: ptr(1), Count: 1}), 66.6667},
		{"the same answer many times", health.Satisfaction, answers(health.Answer{Rating: ptr(5), Count: 3}, health.Answer{Rating: ptr(1), Count: 1}), 75},

		{"contact today", health.Engagement, contact(0), 100},
		{"on the last day of the rhythm", health.Engagement, contact(14), 100},
		{"a day later", health.Engagement, contact(15), 96.4286},
		{"halfway", health.Engagement, contact(28), 50},
		{"three times the rhythm", health.Engagement, contact(42), 0},
		{"and longer", health.Engagement, contact(400), 0},
		{"never: since it was made", health.Engagement, func(f *health.Facts) { f.LastContact, f.Made = nil, today-28 }, 50},
		{"no contacts are kept", health.Engagement, func(f *health.Facts) { f.NoContacts = true }, absent},

		{"no tasks were due", health.Delivery, func(f *health.Facts) { f.Tasks = health.Tasks{} }, absent},
		{"none was done", health.Delivery, func(f *health.Facts) { f.Tasks = health.Tasks{All: 3} }, 0},
		{"all in time", health.Delivery, func(f *health.Facts) { f.Tasks = health.Tasks{OnTime: 3, All: 3} }, 100},
		{"all late", health.Delivery, func(f *health.Facts) { f.Tasks = health.Tasks{Late: 3, All: 3} }, 50},

		{"nothing is open", health.Service, issues(), 100},
		{"a critical one", health.Service, issues(health.Issue{Severity: "critical", Count: 1}), 60},
		{"a medium one", health.Service, issues(health.Issue{Severity: "medium", Count: 1}), 90},
		{"one that nobody has judged", health.Service, issues(health.Issue{Count: 1}), 90},
		{"one of a severity of its own", health.Service, issues(health.Issue{Severity: "cosmetic", Count: 1}), 90},
		{"an old high one", health.Service, issues(health.Issue{Severity: "high", Old: true, Count: 1}), 70},
		{"never below nothing", health.Service, issues(health.Issue{Severity: "critical", Old: true, Count: 3}), 0},
		{"no issues are kept", health.Service, func(f *health.Facts) { f.NoIssues = true }, absent},

		{"half of what is required", health.Coverage, func(f *health.Facts) { f.Covered = 4 }, 50},
		{"none of it", health.Coverage, func(f *health.Facts) { f.Covered = 0 }, 0},
		{"nothing is required", health.Coverage, func(f *health.Facts) { f.Required, f.Covered = 0, 0 }, absent},

		{"no contract", health.Commercial, func(*health.Facts) {}, absent},
		{"a contract of half a year", health.Commercial, contract(180), 100},
		{"a longer one", health.Commercial, contract(500), 100},
		{"of a quarter", health.Commercial, contract(90), 50},
		{"that ends today", health.Commercial, contract(0), 0},
		{"that has ended", health.Commercial, contract(-40), 0},
	} {
		f := example()
		tt.with(&f)
		p := part(t, judge(f), tt.part)
		switch {
		case tt.want == absent && p.Value != nil:
			t.Errorf("%s: %s is %v, want none", tt.name, tt.part, *p.Value)
		case tt.want != absent && (p.Value == nil || *p.Value != tt.want):
			t.Errorf("%s: %s is %v, want %v", tt.name, tt.part, p.Value, tt.want)
		}
	}
}

func TestBands(t *testing.T) {
	only := func(rating int) health.Facts {
		return health.Facts{NoContacts: true, NoIssues: true, Answers: []health.Answer{{Rating: &rating, Count: 1}}, ContractEnd: ptr(today + 180), Required: 1, Covered: 1}
	}
	if s := judge(only(5)); s.Band != health.Unknown || s.Confidence != 0.45 || *s.Score != 100 || s.MostToGain != nil {
		t.Errorf("with 45 of 100 known: %+v", s)
	}
	f := only(5)
	f.Tasks = health.Tasks{All: 5, OnTime: 5}
	for _, tt := range []struct {
		onTime int
		rating int
		band   health.Band
	}{{5, 5, health.Healthy}, {0, 5, health.Watch}, {0, 3, health.AtRisk}, {0, 1, health.Critical}} {
		f.Tasks.OnTime = tt.onTime
		f.Answers[0].Rating = &tt.rating
		if s := judge(f); s.Band != tt.band {
			t.Errorf("%d tasks and rating %d: %v is %s, want %s", tt.onTime, tt.rating, *s.Score, s.Band, tt.band)
		}
	}
	if s := judge(health.Facts{NoContacts: true, NoIssues: true}); s.Score != nil || s.Band != health.Unknown || s.Confidence != 0 || s.MostToGain != nil || len(s.Parts) != 6 {
		t.Errorf("nothing is known: %+v", s)
	}
}

// random are facts of any kind.
func random(r *rand.Rand) health.Facts {
	maybe := func(n int) *int {
		if r.IntN(3) == 0 {
			return nil
		}
		v := r.IntN(n)
		return &v
	}
	f := health.Facts{Made: today - calendar.Day(r.IntN(800)), ContactDays: r.IntN(200), NoContacts: r.IntN(9) == 0, NoIssues: r.IntN(9) == 0, Required: r.IntN(9)}
	f.Covered = r.IntN(f.Required + 1)
	if d := maybe(300); d != nil {
		f.LastContact = ptr(today - calendar.Day(*d))
	}
	if d := maybe(500); d != nil {
		f.ContractEnd = ptr(today + calendar.Day(*d) - 100)
	}
	for range r.IntN(6) {
		a := health.Answer{Age: r.IntN(180), Decider: r.IntN(3) == 0, Recommend: maybe(11), Count: r.IntN(3)}
		if v := maybe(5); v != nil {
			a.Rating = ptr(*v + 1)
		}
		f.Answers = append(f.Answers, a)
	}
	f.Tasks.OnTime, f.Tasks.Late = r.IntN(9), r.IntN(9)
	f.Tasks.All = f.Tasks.OnTime + f.Tasks.Late + r.IntN(9)
	for range r.IntN(4) {
		f.Issues = append(f.Issues, health.Issue{Severity: []string{"critical", "high", "medium", "low", "", "other"}[r.IntN(6)], Old: r.IntN(2) == 0, Count: 1 + r.IntN(2)})
	}
	return f
}

// A score explains itself: what its parts add comes to the score, and a task that is
// overdue moves only delivery, by what it is documented to.
func TestScoresExplainThemselves(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	bands := map[health.Band]int{}
	for range 5_000 {
		f := random(r)
		s := judge(f)
		bands[s.Band]++
		sum, gain := 0.0, 0.0
		for _, p := range s.Parts {
			sum += p.Contribution
			if p.Value == nil {
				continue
			}
			if *p.Value < 0 || *p.Value > 100 {
				t.Fatalf("%s is %v: %+v", p.Key, *p.Value, f)
			}
			gain = max(gain, p.Weight*(100-*p.Value))
		}
		if s.Score == nil {
			if sum != 0 {
				t.Fatalf("parts of no score add up to %v", sum)
			}
			continue
		}
		if math.Abs(sum-*s.Score) > 0.01 {
			t.Fatalf("the parts add up to %v, not to %v: %+v", sum, *s.Score, f)
		}
		if (s.MostToGain == nil) != (gain == 0) {
			t.Fatalf("most to gain is %v where %v can be gained", s.MostToGain, gain)
		}
		if s.MostToGain != nil {
			if p := part(t, s, *s.MostToGain); math.Abs(p.Weight*(100-*p.Value)-gain) > 0.01 {
				t.Fatalf("%s is not the most to gain: %+v", p.Key, s.Parts)
			}
		}
		f.Tasks.All++
		after := judge(f)
		for i, p := range after.Parts {
			if p.Key != health.Delivery && !same(p.Value, s.Parts[i].Value) {
				t.Fatalf("an overdue task moves %s from %v to %v", p.Key, s.Parts[i].Value, p.Value)
			}
		}
		want := 100 * (float64(f.Tasks.OnTime) + 0.5*float64(f.Tasks.Late)) / float64(f.Tasks.All)
		if got := part(t, after, health.Delivery); math.Abs(*got.Value-want) > 0.0001 {
			t.Fatalf("an overdue task makes delivery %v, want %v", *got.Value, want)
		}
	}
	for _, b := range []health.Band{health.Healthy, health.Watch, health.AtRisk, health.Critical, health.Unknown} {
		if bands[b] == 0 {
			t.Errorf("no facts led to %s", b)
		}
	}
}

func same(a, b *float64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func TestSettingsAreBounded(t *testing.T) {
	for _, tt := range []struct{ name, input, bad string }{
		{"nothing changes nothing", `{}`, ""},
		{"a weight of nothing", `{"commercialWeight": 0}`, ""},
		{"weights that are out of bounds", `{"commercialWeight": -1, "serviceWeight": 101}`, "commercialWeight serviceWeight"},
		{"no weight at all", `{"satisfactionWeight":0,"engagementWeight":0,"deliveryWeight":0,"serviceWeight":0,"coverageWeight":0,"commercialWeight":0}`, "satisfactionWeight"},
		{"a rhythm that is missed at once", `{"missedContacts": 1}`, "missedContacts"},
		{"no days", `{"answerHalfLife": 0, "trendDays": 4000}`, "answerHalfLife trendDays"},
		{"bands that cross", `{"watchFrom": 90}`, "watchFrom"},
	} {
		err := health.CheckSettings(json.RawMessage(tt.input))
		var list fault.List
		if other := list.Add(err); other != nil {
			t.Fatal(other)
		}
		var paths []string
		for _, f := range list {
			paths = append(paths, f.Path[0].(string))
		}
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != tt.bad {
			t.Errorf("%s: faults at %q, want %q", tt.name, got, tt.bad)
		}
	}
}
