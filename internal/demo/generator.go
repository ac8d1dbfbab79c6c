package demo

import (
	"iter"
	"math/rand/v2"
	"time"
)

// firstDay is how many days ago the company's records begin.
const firstDay = 800

// calendar turns days counted from today, and minutes of a day, into the text
// that PostgreSQL takes.
type calendar struct {
	today time.Time // midnight in the organisation's zone
}

func newCalendar(t time.Time, zone *time.Location) calendar {
	y, m, d := t.Date()
	return calendar{time.Date(y, m, d, 0, 0, 0, 0, zone)}
}

// never stands for an empty day.
const never = 1 << 30

// date is the text of a day, nil for never.
func (c calendar) date(day int) any {
	if day == never {
		return nil
	}
	return c.today.AddDate(0, 0, day).Format(time.DateOnly)
}

// moment is the text of a minute of a day, nil for never.
func (c calendar) moment(day, minute int) any {
	if day == never {
		return nil
	}
	return c.at(day, minute).UTC().Format(time.RFC3339)
}

// at is a minute of a day.
func (c calendar) at(day, minute int) time.Time {
	y, m, d := c.today.AddDate(0, 0, day).Date()
	return time.Date(y, m, d, 0, minute, 0, 0, c.today.Location())
}

// workday moves a day of the weekend to the Friday before.
func (c calendar) workday(day int) int {
	switch c.today.AddDate(0, 0, day).Weekday() {
	case time.Saturday:
		return day - 1
	case time.Sunday:
		return day - 2
	}
	return day
}

// generator makes the rows. Its methods are pure: an account's rows depend on
// its number and the options alone, so each table can make the account anew.
type generator struct {
	Options
	calendar
	staff *staff
	codes *numbers // of customers

	firstTeam, firstMember, firstCustomer, firstRole, firstTask, firstFeedback, firstContact, firstReview, firstTeamTemplate int64

	contacts bool // feedback says which contact it is from
}

// The parts of an account have random numbers of their own, so that more text
// in one does not change the others.
const (
	partAccount = iota
	partCustomer
	partRoles
	partTasks
	partFeedback
	partTogether
	parts
)

func (g *generator) random(n, part int) *rand.Rand {
	// The odd factor spreads neighbouring numbers over the seeds.
	return rand.New(rand.NewPCG(g.Seed, (uint64(n)*parts+uint64(part)+1)*0x9e3779b97f4a7c15))
}

// each yields every account with its roles, which are numbered on the way.
func (g *generator) each() iter.Seq2[account, []role] {
	return func(yield func(account, []role) bool) {
		next := g.firstRole
		for n := range g.Customers {
			a := g.account(n)
			roles := g.roles(&a)
			for i := range roles {
				roles[i].id = next
				next++
			}
			if !yield(a, roles) {
				return
			}
		}
	}
}

// rows yields what f makes of every account.
func (g *generator) rows(f func(a account, roles []role, emit func([]any) bool) bool) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for a, roles := range g.each() {
			if !f(a, roles, yield) {
				return
			}
		}
	}
}

// phrase is one text in both languages.
type phrase struct{ zh, en string }

func (p phrase) in(zh bool) string {
	if zh {
		return p.zh
	}
	return p.en
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// chance is true in percent of 100 cases.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// between is a number from low to high, both included; low if they cross.
func between(r *rand.Rand, low, high int) int {
	if high <= low {
		return low
	}
	return low + r.IntN(high-low+1)
}

// weighted is the index of one of the weights, each as likely as it is large.
func weighted(r *rand.Rand, weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	x := r.IntN(sum)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return 0
}

// orNil makes the empty value of a column of an empty Go value.
func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
