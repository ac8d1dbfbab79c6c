package report

import (
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// Period is the days from the first to the last, either of them nil where it is open.
type Period struct{ From, Until *calendar.Day }

// Comparison says what a period is compared with.
type Comparison string

// The comparisons.
const (
	Previous Comparison = "PREVIOUS_PERIOD"
	LastYear Comparison = "SAME_PERIOD_LAST_YEAR"
)

// Valid says whether there is such a comparison.
func (c Comparison) Valid() bool { return c == Previous || c == LastYear }

// ValidPeriod says whether there is a period of that name, such as THIS_QUARTER.
func ValidPeriod(name string) bool {
	_, ok := relative(name, 0)
	return ok
}

// Parameters are what is asked of a report beside its definition.
type Parameters struct {
	During      string // a relative period, or
	From, Until *calendar.Day
	Compare     Comparison    // "": nothing
	Filter      any           // beside that of the report; of figures, of customers
	Members     any           // filter of the members that figures have rows of
	By          string        // the period of date groups in place of the report's
	First       int           // rows; 0: DefaultRows
	AsOf        *calendar.Day // a past day as it was when it ended
}

// period is the period that is asked for, nil for all times. today is a day of the
// organisation's zone.
func (p Parameters) period(during string, today calendar.Day) (*Period, error) {
	switch {
	case p.During != "" && (p.From != nil || p.Until != nil):
		return nil, fault.New(fault.Invalid, "a period is said by during, or by from and until").At("during")
	case p.From != nil && p.Until != nil && *p.From > *p.Until:
		return nil, fault.New(fault.Invalid, "must not be before from").At("until")
	case p.From != nil || p.Until != nil:
		out := &Period{p.From, p.Until}
		return out, out.check("from")
	case p.During != "":
		during = p.During
	}
	if during == "" {
		return nil, nil
	}
	out, ok := relative(during, today)
	if !ok {
		return nil, fault.New(fault.Invalid, "%q is not a period such as THIS_QUARTER", fault.Clip(during)).At("during")
	}
	return out, nil
}

// relative is a period that is said relative to a day.
func relative(name string, today calendar.Day) (*Period, bool) {
	from, to, ok := kind.Period(name, today.Begin(time.UTC))
	p := &Period{}
	if from != nil {
		d := calendar.Of(*from, time.UTC)
		p.From = &d
	}
	if to != nil {
		d := calendar.Of(*to, time.UTC) - 1
		p.Until = &d
	}
	return p, ok
}

// compared is the period that another one is compared with. Whole months have as many
// whole months before them; other periods have as many days.
func (p *Period) compared(c Comparison) (*Period, error) {
	if p == nil || p.From == nil || p.Until == nil {
		return nil, fault.New(fault.Invalid, "only a period that begins and ends is compared").At("compare")
	}
	from, until := *p.From, *p.Until
	whole := wholeMonths(from, until)
	back := whole
	if c == LastYear {
		back = 12
	}
	switch {
	case whole > 0: // until the end of a month, however long
		from, until = addMonths(from, -back), addMonths(until+1, -back)-1
	case c == LastYear:
		from, until = addMonths(from, -12), addMonths(until, -12)
	default:
		days := until.Since(from) + 1
		from, until = from.Add(-days), until.Add(-days)
	}
	out := &Period{&from, &until}
	return out, out.check("compare")
}

// The days that periods may have: others are mistakes, and some no calendar has.
var (
	firstDay, _ = calendar.Parse("1000-01-01")
	lastDay, _  = calendar.Parse("9000-12-31")
)

func (p *Period) check(name string) error {
	for _, d := range []*calendar.Day{p.From, p.Until} {
		if d != nil && (*d < firstDay || *d > lastDay) {
			return fault.New(fault.Invalid, "a period lies between %s and %s", firstDay, lastDay).At(name)
		}
	}
	return nil
}

// wholeMonths is how many calendar months a period is, 0 if it is no number of them.
func wholeMonths(from, until calendar.Day) int {
	y, m, d := date(from)
	z, n, e := date(until + 1)
	if d != 1 || e != 1 {
		return 0
	}
	return (z-y)*12 + int(n) - int(m)
}

// addMonths is the same day of another month, or its last one.
func addMonths(d calendar.Day, n int) calendar.Day {
	y, m, day := date(d)
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return calendar.Of(first, time.UTC).Add(min(day, last) - 1)
}

func date(d calendar.Day) (int, time.Month, int) { return d.Begin(time.UTC).Date() }

// begin is the first day of the calendar's period that a day is in.
func begin(by string, d calendar.Day) calendar.Day {
	y, m, _ := date(d)
	first := func(m time.Month) calendar.Day {
		return calendar.Of(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	}
	switch by {
	case "WEEK":
		return d.Add(-(int(d.Weekday()) + 6) % 7)
	case "MONTH":
		return first(m)
	case "QUARTER":
		return first((m-1)/3*3 + 1)
	case "YEAR":
		return first(1)
	}
	return d
}

// next is the first day of the period after the one that begins on a day.
func next(by string, d calendar.Day) calendar.Day { return later(by, d, 1) }

// months are those of the calendar's periods that are made of months.
var months = map[string]int{"MONTH": 1, "QUARTER": 3, "YEAR": 12}

// later is the first day of the n-th period after the one that begins on a day.
func later(by string, d calendar.Day, n int) calendar.Day {
	switch m := months[by]; {
	case m > 0:
		return addMonths(d, m*n)
	case by == "WEEK":
		return d.Add(7 * n)
	}
	return d.Add(n)
}

// periods is how many periods the one that begins on day d is after that of day from.
func periods(by string, from, d calendar.Day) int {
	switch m := months[by]; {
	case m > 0:
		return wholeMonths(from, d-1) / m
	case by == "WEEK":
		return d.Since(from) / 7
	}
	return d.Since(from)
}
