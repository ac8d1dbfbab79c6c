package kind_test

import (
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form/kind"
)

func notADay(s string) string { return `"` + s + `" is not a day such as 2026-01-31` }
func notAMoment(s string) string {
	return `"` + s + `" is not a moment such as 2026-01-31T09:30:00Z`
}

func TestDate(t *testing.T) {
	var tests []parseCase
	for name, s := range map[string]string{"infinity": "infinity", "minus infinity": "-infinity", "year 0": "0000-01-01", "no day at all": "0000-00-00", "before Christ": "4714-01-01 BC",
		"year 10000": "10000-01-01", "year 300000": "300000-01-01", "February 30": "2026-02-30", "leap day of a common year": "2025-02-29", "month 13": "2026-13-01", "one digit": "2026-1-1",
		"American": "01/31/2026", "a moment": "2026-01-31T00:00:00Z", "word of PostgreSQL": "today", "two-digit year": "26-01-31", "digits of another script": "２０２６-01-01"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: notADay(s)})
	}
	checkParse(t, kind.Date{}, append(tests, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "first day", raw: "0001-01-01", want: "0001-01-01"},
		{name: "last day", raw: "9999-12-31", want: "9999-12-31"},
		{name: "leap day", raw: "2024-02-29", want: "2024-02-29"},
		{name: "spaces around", raw: " 2026-01-31\n", want: "2026-01-31"},
		{name: "number", raw: 20260131, bad: "expected a date as text, got a number"},
		{name: "before the field's minimum", raw: "2025-12-31", set: kind.Settings{Min: "2026-01-01"}, bad: "must not be before 2026-01-01"},
		{name: "after the field's maximum", raw: "2026-01-02", set: kind.Settings{Max: "2026-01-01"}, bad: "must not be after 2026-01-01"},
		{name: "at both ends", raw: "2026-01-01", set: kind.Settings{Min: "2026-01-01", Max: "2026-01-01"}, want: "2026-01-01"},
	}...))
}

func TestDateTime(t *testing.T) {
	const years = "must lie in the years 1 to 9999"
	var tests []parseCase
	for name, s := range map[string]string{"infinity": "infinity", "a day": "2026-01-31", "no offset": "2026-01-31T09:30:00", "as PostgreSQL prints": "2026-01-31 09:30:00+00",
		"before Christ": "0044-03-15T12:00:00Z BC", "year 10000": "10000-01-01T00:00:00Z", "leap second": "2026-06-30T23:59:60Z", "hour 24": "2026-01-31T24:00:00Z", "word of PostgreSQL": "now"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: notAMoment(s)})
	}
	checkParse(t, kind.DateTime{}, append(tests, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: "", want: nil},
		{name: "kept in UTC", raw: "2026-01-31T09:30:00+08:00", want: "2026-01-31T01:30:00Z"},
		{name: "the day changes with the offset", raw: "2026-01-01T00:30:00+08:00", want: "2025-12-31T16:30:00Z"},
		{name: "fraction without trailing zeros", raw: "2026-01-31T09:30:00.500Z", want: "2026-01-31T09:30:00.5Z"},
		{name: "beyond microseconds is cut off", raw: "2026-01-31T09:30:00.1234569Z", want: "2026-01-31T09:30:00.123456Z"},
		{name: "first moment", raw: "0001-01-01T00:00:00Z", want: "0001-01-01T00:00:00Z"},
		{name: "last moment", raw: "9999-12-31T23:59:59.999999Z", want: "9999-12-31T23:59:59.999999Z"},
		{name: "year 0", raw: "0000-12-31T23:59:59Z", bad: years},
		{name: "year 0 by its offset", raw: "0001-01-01T00:00:00+00:01", bad: years},
		{name: "year 10000 by its offset", raw: "9999-12-31T23:59:59-00:01", bad: years},
		{name: "number", raw: 1769851800, bad: "expected a date as text, got a number"},
	}...))
}

// FuzzDate holds that a parsed day or moment is exactly the text that
// PostgreSQL's date and timestamptz read, within the years 1 to 9999.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"", "2026-01-31", "0000-00-00", "infinity", "2026-01-31T09:30:00Z", "2026-01-31T9:30:00Z", "2026-01-31T09:30:00,5Z", "2026-01-31T09:30:00.9999999+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-02-29"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := (kind.Date{}).Parse(s, &kind.Settings{}); err == nil && v != nil {
			if d, err := time.Parse(time.DateOnly, v.(string)); err != nil || d.Year() < 1 || d.Format(time.DateOnly) != v {
				t.Fatalf("%q was parsed to the day %q", s, v)
			}
		}
		if v, err := (kind.DateTime{}).Parse(s, &kind.Settings{}); err == nil && v != nil {
			text := v.(string)
			d, err := time.Parse("2006-01-02T15:04:05.999999Z", text)
			if err != nil || d.Year() < 1 || d.Year() > 9999 || len(text) > len("2006-01-02T15:04:05.999999Z") || strings.Contains(text, ",") {
				t.Fatalf("%q was parsed to the moment %q", s, text)
			}
			if again, err := (kind.DateTime{}).Parse(text, &kind.Settings{}); err != nil || again != v {
				t.Fatalf("%q is %q and then %v, %v", s, text, again, err)
			}
		}
	})
}

func TestPeriod(t *testing.T) {
	tests := []struct{ name, today, period, from, to string }{
		{"a day", "2026-11-24", "TODAY", "2026-11-24", "2026-11-25"},
		{"the day before the first of a year", "2026-01-01", "YESTERDAY", "2025-12-31", "2026-01-01"},
		{"tomorrow is a leap day", "2024-02-28", "TOMORROW", "2024-02-29", "2024-03-01"},
		{"a week starts on Monday", "2026-11-25", "THIS_WEEK", "2026-11-23", "2026-11-30"},
		{"Monday is the first day of its week", "2026-11-23", "THIS_WEEK", "2026-11-23", "2026-11-30"},
		{"Sunday is the last day of its week", "2026-11-29", "THIS_WEEK", "2026-11-23", "2026-11-30"},
		{"a week across a new year", "2027-01-01", "THIS_WEEK", "2026-12-28", "2027-01-04"},
		{"last week", "2026-11-29", "LAST_WEEK", "2026-11-16", "2026-11-23"},
		{"next week", "2026-11-23", "NEXT_WEEK", "2026-11-30", "2026-12-07"},
		{"a month of 29 days", "2024-02-29", "THIS_MONTH", "2024-02-01", "2024-03-01"},
		{"last month from its 31st day", "2026-03-31", "LAST_MONTH", "2026-02-01", "2026-03-01"},
		{"next month from the 31st of January", "2026-01-31", "NEXT_MONTH", "2026-02-01", "2026-03-01"},
		{"last month in January", "2026-01-15", "LAST_MONTH", "2025-12-01", "2026-01-01"},
		{"next month in December", "2026-12-15", "NEXT_MONTH", "2027-01-01", "2027-02-01"},
		{"first quarter", "2026-03-31", "THIS_QUARTER", "2026-01-01", "2026-04-01"},
		{"second quarter", "2026-04-01", "THIS_QUARTER", "2026-04-01", "2026-07-01"},
		{"fourth quarter", "2026-12-31", "THIS_QUARTER", "2026-10-01", "2027-01-01"},
		{"last quarter across a year", "2026-02-10", "LAST_QUARTER", "2025-10-01", "2026-01-01"},
		{"next quarter across a year", "2026-11-24", "NEXT_QUARTER", "2027-01-01", "2027-04-01"},
		{"this year", "2026-12-31", "THIS_YEAR", "2026-01-01", "2027-01-01"},
		{"last year from a leap day", "2024-02-29", "LAST_YEAR", "2023-01-01", "2024-01-01"},
		{"next year from a leap day", "2024-02-29", "NEXT_YEAR", "2025-01-01", "2026-01-01"},
		{"seven days up to today", "2026-03-03", "LAST_7_DAYS", "2026-02-25", "2026-03-04"},
		{"thirty days up to today", "2024-03-01", "LAST_30_DAYS", "2024-02-01", "2024-03-02"},
		{"ninety days up to today", "2026-03-31", "LAST_90_DAYS", "2026-01-01", "2026-04-01"},
		{"seven days from today", "2026-12-28", "NEXT_7_DAYS", "2026-12-28", "2027-01-04"},
		{"thirty days from today", "2026-11-24", "NEXT_30_DAYS", "2026-11-24", "2026-12-24"},
		{"ninety days from today", "2026-11-24", "NEXT_90_DAYS", "2026-11-24", "2027-02-22"},
		{"overdue is before today", "2026-11-24", "OVERDUE", "", "2026-11-24"},
		{"the future is after today", "2026-12-31", "FUTURE", "2027-01-01", ""},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.period] = true
		t.Run(tt.name, func(t *testing.T) {
			today, err := time.Parse(time.DateOnly, tt.today)
			if err != nil {
				t.Fatal(err)
			}
			from, to, ok := kind.Period(tt.period, today)
			if !ok || day(from) != tt.from || day(to) != tt.to {
				t.Fatalf("got %s to %s, %t; want %s to %s", day(from), day(to), ok, tt.from, tt.to)
			}
		})
	}
	for _, p := range kind.Periods() {
		if !covered[p] {
			t.Errorf("period %s is not tested", p)
		}
	}
	for _, p := range []string{"", "today", "LAST_8_DAYS", "LAST__DAYS", "THIS_DECADE"} {
		if _, _, ok := kind.Period(p, time.Now()); ok {
			t.Errorf("%q is a period", p)
		}
	}
}

// TestPeriodEndsAtMidnightOfTheZone: days of 23 and 25 hours are days.
func TestPeriodEndsAtMidnightOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for day, hours := range map[int]float64{28: 24, 29: 23} { // the clock goes forward on 2026-03-29
		from, to, _ := kind.Period("TODAY", time.Date(2026, 3, day, 0, 0, 0, 0, zone))
		if got := to.Sub(*from).Hours(); got != hours || to.Hour() != 0 {
			t.Errorf("March %d has %v hours, want %v", day, got, hours)
		}
	}
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}
