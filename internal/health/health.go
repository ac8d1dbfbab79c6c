// Package health reckons how healthy the relation with a customer is, from 0 to 100,
// and says why.
//
// Six parts, each from 0 to 100, are weighed against each other: what the customer
// answers (satisfaction), how lately it was talked to (engagement), whether tasks are
// done in time (delivery), what is open of complaints and problems (service), whether
// somebody is responsible for what its tier asks for (coverage), and how long the
// contract runs (commercial). A part that there is nothing to judge by is absent: the
// others carry the score, and the confidence says how much of the weight they have.
//
//	parts 75, 50, 80, 70, 100 and absent, with the weights 25, 20, 20, 15, 10, 10:
//	score 6525/90 = 72.5, band WATCH, confidence 0.9
//
// Judge is the formula: a pure function of Facts and Settings. A Reader reads the
// facts of any number of customers by a fixed number of statements. What is a day is
// for package calendar, how often a customer should be talked to for package rhythm.
package health

import (
	"math"

	"fieldwork/internal/calendar"
)

// PartKey names a part.
type PartKey string

// The parts.
const (
	Satisfaction PartKey = "SATISFACTION"
	Engagement   PartKey = "ENGAGEMENT"
	Delivery     PartKey = "DELIVERY"
	Service      PartKey = "SERVICE"
	Coverage     PartKey = "COVERAGE"
	Commercial   PartKey = "COMMERCIAL"
)

// Band is what a score means.
type Band string

// The bands.
const (
	Healthy  Band = "HEALTHY"
	Watch    Band = "WATCH"
	AtRisk   Band = "AT_RISK"
	Critical Band = "CRITICAL"
	Unknown  Band = "UNKNOWN" // too little is known to say
)

// Score is the health of a customer on a day.
type Score struct {
	Score      *float64 // nil: nothing is known
	Confidence float64  // 0 to 1: the share of the weight that is known
	Band       Band
	Trend      *float64 // the score less that of an earlier day; nil: there was none
	Parts      []Part   // all of them, in their order
	MostToGain *PartKey // what would raise the score most; nil: nothing would
}

// Part is one part of a score.
type Part struct {
	Key          PartKey
	Weight       float64
	Value        *float64 // 0 to 100; nil: absent
	Contribution float64  // what it adds to the score; those of all parts are the score
}

// Facts are what a customer's health is judged by.
type Facts struct {
	Made        calendar.Day
	Tier        string
	LastContact *calendar.Day
	ContractEnd *calendar.Day
	ContactDays int
	Answers     []Answer
	Tasks       Tasks
	Issues      []Issue
	Required    int // responsibilities
	Covered     int // of those, how many have an active A or R
	// NoContacts and NoIssues say that the organisation keeps no such records, so
	// that nothing follows from there being none.
	NoContacts, NoIssues bool
}

// Answer is what customers gave for an answer, so many times.
type Answer struct {
	Age       int // days
	Decider   bool
	Rating    *int // 1 to 5
	Recommend *int // 0 to 10
	Count     int
}

// Tasks are how many of those that were due were done.
type Tasks struct{ OnTime, Late, All int }

// Issue is complaints and problems that are open.
type Issue struct {
	Severity string // key of an option, "" for none
	Old      bool
	Count    int
}

// Judge reckons the health on a day. Numbers are rounded to four decimals.
func Judge(f Facts, s Settings, day calendar.Day) Score {
	values := map[PartKey]*float64{
		Satisfaction: s.satisfaction(f.Answers), Engagement: s.engagement(f, day), Delivery: s.delivery(f.Tasks),
		Service: s.service(f), Coverage: covered(f), Commercial: s.commercial(f, day),
	}
	out := Score{Band: Unknown}
	var sum, present, all, most float64
	for _, w := range s.weights() {
		p := Part{Key: w.key, Weight: w.weight, Value: values[w.key]}
		all += w.weight
		if p.Value != nil {
			present += w.weight
			sum += w.weight * *p.Value
			if gain := w.weight * (100 - *p.Value); gain > most {
				most, out.MostToGain = gain, &p.Key
			}
		}
		out.Parts = append(out.Parts, p)
	}
	if present == 0 {
		return out
	}
	for i, p := range out.Parts {
		if p.Value != nil {
			out.Parts[i].Contribution = round(p.Weight * *p.Value / present)
			*p.Value = round(*p.Value)
		}
	}
	score := round(sum / present)
	out.Score, out.Confidence = &score, round(present/all)
	out.Band = s.band(score, out.Confidence)
	return out
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func (s Settings) band(score, confidence float64) Band {
	switch {
	case confidence < s.KnownFrom:
		return Unknown
	case score >= s.HealthyFrom:
		return Healthy
	case score >= s.WatchFrom:
		return Watch
	case score >= s.AtRiskFrom:
		return AtRisk
	}
	return Critical
}

// satisfaction is the mean of the answers, the newer the heavier.
func (s Settings) satisfaction(answers []Answer) *float64 {
	var sum, weight float64
	for _, a := range answers {
		var v, n float64
		if a.Rating != nil {
			v, n = v+float64(*a.Rating-1)/4*100, n+1
		}
		if a.Recommend != nil {
			v, n = v+recommendation(*a.Recommend), n+1
		}
		if n == 0 || a.Count == 0 {
			continue
		}
		w := math.Pow(0.5, float64(a.Age)/float64(s.AnswerHalfLife)) * float64(a.Count)
		if a.Decider {
			w *= s.DeciderFactor
		}
		sum, weight = sum+w*v/n, weight+w
	}
	if weight == 0 {
		return nil
	}
	return within(sum / weight)
}

func recommendation(n int) float64 {
	switch {
	case n >= 9:
		return 100
	case n >= 7:
		return 50
	}
	return 0
}

// engagement is full while the customer is in the rhythm of its contacts, and gone
// when it was missed a few times over.
func (s Settings) engagement(f Facts, day calendar.Day) *float64 {
	if f.NoContacts || f.ContactDays < 1 {
		return nil
	}
	last := f.Made
	if f.LastContact != nil {
		last = *f.LastContact
	}
	d, k := float64(day.Since(last)), float64(f.ContactDays)
	return within(100 * (1 - (d-k)/((s.MissedContacts-1)*k)))
}

// delivery is how many tasks were done in time; what was done late counts for part.
func (s Settings) delivery(t Tasks) *float64 {
	if t.All == 0 {
		return nil
	}
	return within(100 * (float64(t.OnTime) + s.LateFactor*float64(t.Late)) / float64(t.All))
}

// service loses points for every open issue.
func (s Settings) service(f Facts) *float64 {
	if f.NoIssues {
		return nil
	}
	v := 100.0
	for _, i := range f.Issues {
		v -= s.points(i) * float64(i.Count)
	}
	return within(v)
}

func (s Settings) points(i Issue) float64 {
	points := s.NoSeverityPoints
	switch i.Severity {
	case "critical":
		points = s.CriticalPoints
	case "high":
		points = s.HighPoints
	case "medium":
		points = s.MediumPoints
	case "low":
		points = s.LowPoints
	}
	if i.Old {
		points += s.OldPoints
	}
	return points
}

func covered(f Facts) *float64 {
	if f.Required == 0 {
		return nil
	}
	return within(100 * float64(f.Covered) / float64(f.Required))
}

// commercial falls with the days that the contract still runs.
func (s Settings) commercial(f Facts, day calendar.Day) *float64 {
	if f.ContractEnd == nil {
		return nil
	}
	return within(100 * float64(f.ContractEnd.Since(day)) / float64(s.ContractDays))
}

func within(v float64) *float64 {
	v = min(max(v, 0), 100)
	return &v
}
