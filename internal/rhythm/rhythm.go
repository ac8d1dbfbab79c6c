// Package rhythm says when customers are due: to be contacted, visited and reviewed,
// by how often their tier asks for it.
//
//	r, err := rhythm.Load(ctx, conn, env, cat) // what the organisation has set, or the defaults
//	r.Due(rhythm.Contact, "a", lastContact)    // a day, on a working day if that is set
//	page, err := rhythm.List(ctx, conn, r, ask) // the customers that are due, the longest due first
//
// Rhythms, holidays and make-up days are records of forms that are found by the
// purposes of their fields; where there are none, the defaults hold and only
// weekends are off. How healthy a customer is, is for package health, and who is
// responsible for package division.
package rhythm

import (
	"fieldwork/internal/calendar"
	"fieldwork/internal/query/sqlgen"
)

// Kind is what a customer is due for.
type Kind = sqlgen.DueKind

// The kinds.
const (
	Contact = sqlgen.DueContact
	Visit   = sqlgen.DueVisit
	Review  = sqlgen.DueReview
)

// Days is a rhythm: after how many days a customer is due again.
type Days map[Kind]int

// Defaults are the rhythms of the tiers that every organisation starts with.
var Defaults = map[string]Days{
	"a": {Contact: 14, Visit: 30, Review: 90},
	"b": {Contact: 30, Visit: 90, Review: 90},
	"c": {Contact: 90, Visit: 180, Review: 180},
	"d": other,
}

// other is the rhythm of customers without a tier, or of one that has none.
var other = Days{Contact: 180, Visit: 365, Review: 365}

// Rhythms is what an organisation has set.
type Rhythms struct {
	ByTier   map[string]Days
	Weekdays bool // what falls on a day off moves to the next working day
	Calendar calendar.Working
}

// Of is the number of days of a tier.
func (r Rhythms) Of(k Kind, tier string) int {
	if d, has := r.ByTier[tier]; has {
		return d[k]
	}
	return other[k]
}

// Due is when a customer of a tier is due after a day.
func (r Rhythms) Due(k Kind, tier string, last calendar.Day) calendar.Day {
	due := last.Add(r.Of(k, tier))
	if r.Weekdays {
		due = r.Calendar.Next(due)
	}
	return due
}
