// Package suggestion finds who could take over a responsibility that nobody carries,
// says why, gives it to them, and remembers who was refused.
//
//	found, err := suggestion.Ask{Division: division.Ask{...}, Candidates: 5}.Read(ctx, conn, by)
//	found.Gaps[0].Candidates[0].Score          // 0 to 1, the sum of what its parts contribute
//	done, err := (&suggestion.Apply{Catalog: cat, Items: items}).Write(ctx, conn, call)
//	err = refusals.Refuse(ctx, by, cat, suggestion.Refusal{...})
//
// Gaps, workload and all that is known of roles come from package division, of all
// customers, so that the figures are those of the division table; what members know
// and where they work from profiles, or from the roles they have (read.go). Who is
// suggested is a pure function of these (figure.go). A refusal names the state that
// a suggestion had, and hides it until that is another one (docs/adr/0024).
package suggestion

import (
	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
)

// PartKey is a reason for a suggestion.
type PartKey string

// The reasons.
const (
	Load    PartKey = "LOAD"    // how much less than the most loaded the member has to do
	Region  PartKey = "REGION"  // whether the member works in the customer's region
	Skill   PartKey = "SKILL"   // whether the member knows the work
	Earlier PartKey = "EARLIER" // whether the member has worked for the customer before
)

// Suggestions are the gaps of some customers with who could fill them.
type Suggestions struct {
	AsOf    calendar.Day
	Largest float64 // points of the member with the most
	Total   int     // gaps, however many are told
	Gaps    []Gap
}

// Gap is a gap with who could fill it, the best first.
type Gap struct {
	division.Gap
	Level      string       // key of the level to be given; "" where roles have none
	StartsOn   calendar.Day // first day of the role
	Candidates []Candidate
	Refused    int // candidates that are left out, as they were refused
	Others     int // candidates beyond those that are told
}

// Candidate is a member who could fill a gap.
type Candidate struct {
	Member  division.Person
	Score   float64 // 0 to 1
	Parts   []Part
	Points  float64  // of the workload
	Regions []string // keys of where the member works
	Skilled bool     // as the member's profile says
	Held    int      // roles of that responsibility, of any customer and day up to this one
	Earlier int      // roles with this customer
	State   string   // of what the suggestion rests on, see docs/adr/0024
}

// Part is one reason, and what it adds to the score.
type Part struct {
	Key          PartKey
	Weight       float64
	Value        float64 // 0 to 1
	Contribution float64 // Weight x Value / sum of the weights
}

// Profile is what is kept of a member.
type Profile struct{ Regions, Skills []string }
