package division

import (
	"slices"

	"fieldwork/internal/calendar"
)

// Level is how much somebody has to do with a responsibility.
type Level int

// The levels, in the order of a cell.
const (
	Accountable Level = iota
	Responsible
	Support
	Consulted
	Informed
	Levels = 5
)

// letters are the keys of the levels.
var letters = [Levels]string{"A", "R", "S", "C", "I"}

// carries says whether the level fills a responsibility.
func (l Level) carries() bool { return l == Accountable || l == Responsible }

// Facts are what the table of a day is figured from.
type Facts struct {
	Day       calendar.Day
	Columns   []string  // keys of the responsibilities, in their order
	Customers []Account // all of the filter, or those of the page alone
	Roles     map[int64][]Role
	Members   map[int64]Member
	Absent    map[int64]Absence
	Required  map[string][]string // responsibilities by tier
	NoLevels  bool                // roles have no levels: nobody is accountable, and none is missed

	Load map[int64]Load // open tasks by assignee
}

// Account is a customer.
type Account struct {
	ID   int64
	Name string
	Tier string // "": none
	Made calendar.Day
}

// Role is a role that is not archived, of any day.
type Role struct {
	Responsibility string
	Member         int64
	Level          Level
	Scope          string
	Start, End     *calendar.Day
	Deputy         int64
}

// On says whether the role's days hold a day.
func (r Role) On(d calendar.Day) bool {
	return (r.Start == nil || *r.Start <= d) && (r.End == nil || *r.End >= d)
}

// Member is a member who has a role, stands in, or has a task.
type Member struct {
	Name   string
	Active bool
	Left   *calendar.Day // of one who is not active, if known
}

// Absence is that of a member who is absent on the day.
type Absence struct {
	From   calendar.Day
	Deputy int64
}

// Load is the open tasks of a member.
type Load struct {
	Open, Overdue int
	Hours, Soon   float64
}

// Active are the active roles of a customer.
func (f *Facts) Active(customer int64) []Role {
	roles := f.Roles[customer]
	out := make([]Role, 0, len(roles))
	for _, r := range roles {
		if r.On(f.Day) && f.Members[r.Member].Active {
			out = append(out, r)
		}
	}
	return out
}

// Present says whether a member is there on the day.
func (f *Facts) Present(member int64) bool {
	_, absent := f.Absent[member]
	return member != 0 && f.Members[member].Active && !absent
}

// standsIn is who stands in for the absent member of a role: of the absence, or else of
// the role; 0: nobody who is there.
func (f *Facts) standsIn(r Role) int64 {
	for _, deputy := range []int64{f.Absent[r.Member].Deputy, r.Deputy} {
		if deputy != r.Member && f.Present(deputy) {
			return deputy
		}
	}
	return 0
}

func (f *Facts) person(id int64) Person { return Person{ID: id, Name: f.Members[id].Name} }

// needs is what a customer's tier requires. A tier of which nothing is said is as none.
func (f *Facts) needs(a Account) []string {
	if list, said := f.Required[a.Tier]; said {
		return list
	}
	return f.Required[""]
}

func (f *Facts) required(a Account, responsibility string) bool {
	return slices.Contains(f.needs(a), responsibility)
}
