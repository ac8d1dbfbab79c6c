package kind

import (
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
)

// Date is a day without a time, 0001-01-01 to 9999-12-31.
type Date struct{}

func (Date) Name() string       { return "DATE" }
func (Date) Column() string     { return "date" }
func (Date) GraphQL() string    { return "Date" }
func (Date) Filter() string     { return "DateFilter" }
func (Date) Form() Form         { return AsString }
func (Date) Operators() []Op    { return append(ordered[:len(ordered):len(ordered)], During) }
func (Date) Settings() []string { return []string{"min", "max"} }

// Parse takes a day as YYYY-MM-DD.
func (Date) Parse(raw any, s *Settings) (any, error) {
	t, ok, err := moment(raw)
	if err != nil || !ok {
		return nil, err
	}
	d, err := time.Parse(time.DateOnly, t)
	if err != nil || d.Year() < 1 {
		return nil, invalid("%q is not a day such as 2026-01-31", fault.Clip(t))
	}
	if s.Min != "" && t < s.Min { // equal length, so text order is day order
		return nil, invalid("must not be before %s", s.Min)
	}
	if s.Max != "" && t > s.Max {
		return nil, invalid("must not be after %s", s.Max)
	}
	return t, nil
}

// DateTime is a moment, to the microsecond, in the years 1 to 9999.
type DateTime struct{}

func (DateTime) Name() string       { return "DATETIME" }
func (DateTime) Column() string     { return "timestamptz" }
func (DateTime) GraphQL() string    { return "DateTime" }
func (DateTime) Filter() string     { return "DateTimeFilter" }
func (DateTime) Form() Form         { return AsDateTime }
func (DateTime) Operators() []Op    { return Date{}.Operators() }
func (DateTime) Settings() []string { return nil }

// Parse takes RFC 3339 with an offset; the value is kept in UTC.
func (DateTime) Parse(raw any, _ *Settings) (any, error) {
	t, ok, err := moment(raw)
	if err != nil || !ok {
		return nil, err
	}
	d, err := time.Parse(time.RFC3339Nano, t)
	if err != nil {
		return nil, invalid("%q is not a moment such as 2026-01-31T09:30:00Z", fault.Clip(t))
	}
	d = d.UTC().Truncate(time.Microsecond)
	if d.Year() < 1 || d.Year() > 9999 {
		return nil, invalid("must lie in the years 1 to 9999")
	}
	return d.Format("2006-01-02T15:04:05.999999Z07:00"), nil
}

func moment(raw any) (string, bool, error) {
	if raw == nil {
		return "", false, nil
	}
	s, ok := raw.(string)
	if !ok {
		return "", false, invalid("expected a date as text, got %s", describe(raw))
	}
	s = strings.TrimSpace(s)
	return s, s != "", nil
}

// Periods are the values of the operator during, relative to today in the
// organisation's time zone. OVERDUE is every day before today.
func Periods() []string {
	return []string{"TODAY", "YESTERDAY", "TOMORROW", "THIS_WEEK", "LAST_WEEK", "NEXT_WEEK", "THIS_MONTH", "LAST_MONTH", "NEXT_MONTH",
		"THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR", "NEXT_YEAR",
		"LAST_7_DAYS", "LAST_30_DAYS", "LAST_90_DAYS", "NEXT_7_DAYS", "NEXT_30_DAYS", "NEXT_90_DAYS", "OVERDUE", "FUTURE"}
}

// Period returns the days of a period as [from, to), either of them nil when
// the period is open on that side. Weeks start on Monday. LAST_n_DAYS are the n
// days up to and with today, NEXT_n_DAYS the n days from today.
func Period(name string, today time.Time) (from, to *time.Time, ok bool) {
	day := func(t time.Time, years, months, days int) *time.Time { d := t.AddDate(years, months, days); return &d }
	week := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	month := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, today.Location())
	quarter := time.Date(today.Year(), (today.Month()-1)/3*3+1, 1, 0, 0, 0, 0, today.Location())
	year := time.Date(today.Year(), 1, 1, 0, 0, 0, 0, today.Location())
	switch name {
	case "TODAY":
		return &today, day(today, 0, 0, 1), true
	case "YESTERDAY":
		return day(today, 0, 0, -1), &today, true
	case "TOMORROW":
		return day(today, 0, 0, 1), day(today, 0, 0, 2), true
	case "THIS_WEEK":
		return &week, day(week, 0, 0, 7), true
	case "LAST_WEEK":
		return day(week, 0, 0, -7), &week, true
	case "NEXT_WEEK":
		return day(week, 0, 0, 7), day(week, 0, 0, 14), true
	case "THIS_MONTH":
		return &month, day(month, 0, 1, 0), true
	case "LAST_MONTH":
		return day(month, 0, -1, 0), &month, true
	case "NEXT_MONTH":
		return day(month, 0, 1, 0), day(month, 0, 2, 0), true
	case "THIS_QUARTER":
		return &quarter, day(quarter, 0, 3, 0), true
	case "LAST_QUARTER":
		return day(quarter, 0, -3, 0), &quarter, true
	case "NEXT_QUARTER":
		return day(quarter, 0, 3, 0), day(quarter, 0, 6, 0), true
	case "THIS_YEAR":
		return &year, day(year, 1, 0, 0), true
	case "LAST_YEAR":
		return day(year, -1, 0, 0), &year, true
	case "NEXT_YEAR":
		return day(year, 1, 0, 0), day(year, 2, 0, 0), true
	case "OVERDUE":
		return nil, &today, true
	case "FUTURE":
		return day(today, 0, 0, 1), nil, true
	}
	for _, n := range []int{7, 30, 90} {
		switch name {
		case "LAST_" + strconv.Itoa(n) + "_DAYS":
			return day(today, 0, 0, 1-n), day(today, 0, 0, 1), true
		case "NEXT_" + strconv.Itoa(n) + "_DAYS":
			return &today, day(today, 0, 0, n), true
		}
	}
	return nil, nil, false
}
