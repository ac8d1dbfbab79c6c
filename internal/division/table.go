// Package division is the division-of-labour table (大客户管理分工表): who is
// responsible for what on which customer on a day, how far the tasks are, what the
// customer says, where nobody is responsible and who has too much to do.
//
//	t, err := division.Read(ctx, conn, division.Ask{Catalog: cat, Day: day, List: list, Wants: division.Everything})
//
// Read loads facts by a fixed number of statements, only those that are wanted, and
// figures the table by pure functions of facts, settings and the day (gap.go,
// overlap.go, cell.go, workload.go). Forms and fields are found by purpose; what an
// organisation does not keep is empty, and where it has no coverage records its
// settings say what is required.
//
// Pictures of the table, health and rhythms are for other packages, and so is what
// the API looks like.
package division

import (
	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
)

// Table is the division table on a day. Rows are one page of the customers that
// were asked for; gaps, overlaps and workload are about all of them.
type Table struct {
	AsOf         calendar.Day
	Organisation string
	Search       string // the words that customers were searched for
	Filtered     bool   // whether they had to meet conditions
	Columns      []Column
	Rows         []Row
	Customers    int // all of them, not only this page
	More         bool
	Cursors      []string // of the rows, if wanted
	Gaps         []Gap
	Overlaps     []Overlap
	Stale        []StaleRole
	Workload     []Workload
	Evenness     float64         // Gini coefficient of the members' points, 0 to 1
	Bands        health.Settings // by what the health of the rows has its band
}

// Column is one responsibility: an option of the role form's choice.
type Column struct {
	Key    string
	Labels form.Label
}

// Row is one customer.
type Row struct {
	Number      int // from 1, through all pages
	Customer    Customer
	Cells       []Cell // one for each column of the table
	Tasks       Tasks
	LastContact *calendar.Day
	Rating      *float64 // 1 to 5, mean of the last 180 days
	OpenIssues  int      // complaints and problems that are not closed
	Health      *health.Score
	NextReview  *calendar.Day
	ReviewLate  bool
	Improvement []string // what the latest review that was held asks for
}

// Customer is what the table shows of a customer. Choices are an option's key
// with its labels; what the organisation has no field for is empty.
type Customer struct {
	ID          int64
	Name        string
	Tier        Option
	Industry    Option
	Region      Option
	Revenue     string // decimal, empty if not known
	Currency    string
	ContractEnd *calendar.Day
	Contact     string // name of the primary contact
}

// Option is a chosen option.
type Option struct {
	Key    string
	Labels form.Label
	Colour string
}

// State of a cell.
type State string

// States of a cell.
const (
	Filled      State = "FILLED"
	IsGap       State = "GAP"
	IsOverlap   State = "OVERLAP"
	NotRequired State = "NOT_REQUIRED"
)

// Cell is what members do for one responsibility on one customer.
type Cell struct {
	Responsibility string
	State          State
	Gap            *Gap // of state GAP, or of a lesser gap where somebody is there
	Members        []CellMember
	Required       bool
}

// CellMember is a member in a cell.
type CellMember struct {
	ID     int64
	Name   string
	Levels []string // of A R S C I, in this order
	Absent bool     // on the day of the table
	Deputy *Person  // who stands in: of the absence, or else of the role
}

// Person is a member by number and name.
type Person struct {
	ID   int64
	Name string
}

// Severity of a gap or an overlap.
type Severity string

// Severities.
const (
	High   Severity = "HIGH"
	Medium Severity = "MEDIUM"
	Low    Severity = "LOW"
)

// Gap is a responsibility that nobody, or nobody who is there, carries.
type Gap struct {
	CustomerID     int64
	Customer       string
	Responsibility string
	Kind           string // MISSING, MEMBER_LEFT, NO_ACCOUNTABLE, ABSENT or ENDING
	Severity       Severity
	Since          *calendar.Day
	Member         *Person // who left
}

// Overlap is a responsibility that more carry than should.
type Overlap struct {
	CustomerID     int64
	Customer       string
	Responsibility string // empty for CONCENTRATION
	Kind           string // TWO_ACCOUNTABLE, DUPLICATE, CROWDED or CONCENTRATION
	Severity       Severity
	Members        []Person
}

// StaleRole is a role that a member who left still holds where another is there.
type StaleRole struct {
	CustomerID     int64
	Customer       string
	Responsibility string
	Level          string // A, R, S, C or I
	Member         Person
	Since          *calendar.Day // when the member left, if known
}

// Tasks is how far a customer's tasks are.
type Tasks struct {
	Open     int // status open
	Doing    int
	Overdue  int
	Done     int
	Progress *float64 // 0 to 100, weighted by estimates; nil without tasks
	Key      []string // titles of the most pressing open tasks, at most three
}

// Workload is how much a member has to do.
type Workload struct {
	Member       Person
	Accounts     int
	RolesByLevel [5]int // A R S C I
	OpenTasks    int
	OverdueTasks int
	Points       float64
	OpenHours    float64
	Utilisation  float64 // 1: all of the capacity of the next 28 days
	Verdict      string  // OVER, BALANCED or UNDER
}
