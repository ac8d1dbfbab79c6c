// Package handover gives what a member holds to others: roles that have not ended,
// open tasks and feedback, customers, contacts and planned reviews. What would happen
// can be seen beforehand, is done in one transaction, and can be undone.
//
//	ask := handover.Ask{Catalog: cat, From: leaver, On: day, Rules: []handover.Rule{{To: successor}}}
//	p, err := ask.Preview(ctx, conn, now)  // which records, to whom, and a state
//	ask.State = p.State                    // CONFLICT when it is no longer so
//	id, err := ask.Do(ctx, conn, call)
//	err = store.Undo(ctx, conn, call, cat, id)
//
// Preview and Do read the same facts and have the same pure function judge them
// (figure.go), so that they differ in nothing but that one writes. Records are written
// by package record: rules, history and idempotency keys hold. What a handover changed
// is kept in a control table of its own, in the same transaction (store.go); undoing
// it sets back what still is as it left it (undo.go). Forms are found by the purposes
// of their fields (docs/adr/0022).
package handover

import (
	"slices"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query/sqlgen"
)

// Limits.
const (
	MaxMoves  = 10_000 // records of one handover
	MaxRules  = 100
	maxNamed  = 10_000 // customers that one rule names
	maxReason = 1_000  // bytes
)

// Part is a part of what members hold.
type Part = sqlgen.HandoverPart

// Ask is a handover that is asked for.
type Ask struct {
	Catalog *form.Catalog
	From    int64
	Parts   []Part // nil: all
	Rules   []Rule
	On      calendar.Day
	Reason  string
	State   string // that of the preview; "": whatever it is
}

// Rule says who gets what. The first rule that a record fits is the one.
type Rule struct {
	To               int64    // 0: the deputy
	Customers        []int64  // nil: of any, and of none
	Responsibilities []string // nil: any; else roles alone
	Parts            []Part   // nil: any
}

// Action is what becomes of a record.
type Action string

// The actions.
const (
	Reassigned Action = "REASSIGNED" // it names the receiver
	Succeeded  Action = "SUCCEEDED"  // the role ends, and the receiver's follow
	Ended      Action = "ENDED"      // the role ends: the receiver has it already
	Archived   Action = "ARCHIVED"   // the role, which has not begun, is archived: the receiver has it already, or part of it
)

// Move is what a handover does to one record. JSON names are those it is kept by.
type Move struct {
	Part   Part   `json:"part"`
	Action Action `json:"action"`
	Form   string `json:"form"`
	Record int64  `json:"record"`
	To     int64  `json:"to"`
	// Field is what is changed, from and to these values as the API shows them.
	Field  string  `json:"field,omitempty"`
	Before *string `json:"before,omitempty"`
	After  *string `json:"after,omitempty"`
	// Made are the roles that follow, once they are there.
	Made    []int64 `json:"made,omitempty"`
	Version int     `json:"version,omitempty"` // of an archived record

	held  Held
	spans []span // of the roles that follow
}

// RecordID is the id of the record.
func (m Move) RecordID() string { return kind.ID(m.Form, m.Record) }

// Left is a record that the leaver keeps.
type Left struct {
	Part   Part
	Form   string
	Record int64
	Reason string // NO_RULE or NO_DEPUTY
}

// RecordID is the id of the record.
func (l Left) RecordID() string { return kind.ID(l.Form, l.Record) }

// Preview is what a handover would do.
type Preview struct {
	From   int64
	On     calendar.Day
	Counts Counts
	Moves  []Move
	Left   []Left
	Absent []int64 // receivers who are absent on the day
	State  string
}

// Counts are how many records there are of each part.
type Counts struct {
	Roles     int `json:"roles,omitempty"`
	Tasks     int `json:"tasks,omitempty"`
	Feedback  int `json:"feedback,omitempty"`
	Customers int `json:"customers,omitempty"`
	Contacts  int `json:"contacts,omitempty"`
	Reviews   int `json:"reviews,omitempty"`
}

func (c *Counts) add(p Part) {
	switch p {
	case sqlgen.HeldRoles:
		c.Roles++
	case sqlgen.HeldTasks:
		c.Tasks++
	case sqlgen.HeldFeedback:
		c.Feedback++
	case sqlgen.HeldCustomers:
		c.Customers++
	case sqlgen.HeldContacts:
		c.Contacts++
	case sqlgen.HeldReviews:
		c.Reviews++
	}
}

// Total is how many there are of all parts.
func (c Counts) Total() int {
	return c.Roles + c.Tasks + c.Feedback + c.Customers + c.Contacts + c.Reviews
}

// Check judges what can be judged without records. Faults: INVALID, NOT_FOUND and
// TOO_COSTLY at their places in the input.
func (a *Ask) Check(today calendar.Day) error {
	var bad fault.List
	add := func(k fault.Kind, text string, path ...any) { bad = append(bad, fault.New(k, "%s", text).At(path...)) }
	if a.On < today {
		add(fault.Invalid, "is over: past days stay as they were", "on")
	}
	if len(a.Rules) == 0 {
		add(fault.Invalid, "say who gets what", "rules")
	}
	if len(a.Rules) > MaxRules {
		add(fault.TooCostly, "a handover has at most 100 rules", "rules")
	}
	for i, r := range a.Rules {
		if r.To != 0 && r.To == a.From {
			add(fault.Invalid, "is who hands over", "rules", i, "to")
		}
		if len(r.Customers) > maxNamed {
			add(fault.TooCostly, "a rule names at most 10,000 customers", "rules", i, "customers")
		}
		if r.Responsibilities != nil {
			_, err := division.Columns(a.Catalog, r.Responsibilities)
			_ = bad.Add(err, "rules", i)
		}
	}
	return bad.Err()
}

// checkReason refuses a reason that is too long, or no text.
func (a *Ask) checkReason() error {
	var bad fault.List
	if len(a.Reason) > maxReason {
		return fault.New(fault.Invalid, "is too long").At("reason")
	}
	_ = bad.Add(kind.CheckText(a.Reason), "reason")
	return bad.Err()
}

// forms are those whose records may be handed over.
func (a *Ask) forms() []*form.Form {
	var out []*form.Form
	for _, p := range a.parts() {
		if x := sqlgen.Holder(a.Catalog, p); x != nil && !slices.Contains(out, x.Form) {
			out = append(out, x.Form)
		}
	}
	return out
}

func (a *Ask) parts() []Part {
	if a.Parts == nil {
		return sqlgen.HandoverParts
	}
	return slices.DeleteFunc(slices.Clone(sqlgen.HandoverParts), func(p Part) bool { return !slices.Contains(a.Parts, p) })
}

// dates are the fields that say when roles begin and end: both, or neither.
func (a *Ask) dates() (start, end *form.Field) {
	who := sqlgen.Holder(a.Catalog, sqlgen.HeldRoles)
	if who == nil {
		return nil, nil
	}
	start, end = who.Form.StoredAs("ROLE_START", "date"), who.Form.StoredAs("ROLE_END", "date")
	if start == nil || end == nil {
		return nil, nil
	}
	return start, end
}
