package report

import (
	"testing"

	"fieldwork/internal/calendar"
)

func day(t *testing.T, text string) calendar.Day {
	t.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestComparedPeriods(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		from, until                 string
		with                        Comparison
		comparedFrom, comparedUntil string
	}{
		{"a month before a month, however long", "2025-03-01", "2025-03-31", Previous, "2025-02-01", "2025-02-28"},
		{"a quarter before a quarter", "2026-01-01", "2026-03-31", Previous, "2025-10-01", "2025-12-31"},
		{"a year", "2024-01-01", "2024-12-31", Previous, "2023-01-01", "2023-12-31"},
		{"two months", "2025-03-01", "2025-04-30", Previous, "2025-01-01", "2025-02-28"},
		{"a week before a week", "2025-03-03", "2025-03-09", Previous, "2025-02-24", "2025-03-02"},
		{"as many days", "2025-03-01", "2025-03-15", Previous, "2025-02-14", "2025-02-28"},
		{"one day", "2025-03-01", "2025-03-01", Previous, "2025-02-28", "2025-02-28"},
		{"the same month of last year ends when that did", "2024-02-01", "2024-02-29", LastYear, "2023-02-01", "2023-02-28"},
		{"and begins so", "2025-02-01", "2025-02-28", LastYear, "2024-02-01", "2024-02-29"},
		{"the same days of last year", "2025-03-03", "2025-03-09", LastYear, "2024-03-03", "2024-03-09"},
		{"a leap day has none", "2024-02-29", "2024-03-01", LastYear, "2023-02-28", "2023-03-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, until := day(t, tt.from), day(t, tt.until)
			got, err := (&Period{&from, &until}).compared(tt.with)
			if err != nil || got.From.String() != tt.comparedFrom || got.Until.String() != tt.comparedUntil {
				t.Errorf("%s to %s (%v), want %s to %s", got.From, got.Until, err, tt.comparedFrom, tt.comparedUntil)
			}
		})
	}
	first, last := day(t, "1000-01-01"), day(t, "9000-12-31")
	if _, err := (&Period{&first, &last}).compared(Previous); err == nil {
		t.Error("a period before all calendars is compared")
	}
	from := day(t, "2025-01-01")
	for _, p := range []*Period{nil, {From: &from}, {Until: &from}} {
		if _, err := p.compared(Previous); err == nil {
			t.Errorf("a period without end is compared: %v", p)
		}
	}
}

func TestPeriodsOfTheCalendar(t *testing.T) {
	for _, tt := range []struct{ by, day, begin, next string }{
		{"DAY", "2025-03-09", "2025-03-09", "2025-03-10"},
		{"WEEK", "2025-03-09", "2025-03-03", "2025-03-10"}, // a Sunday
		{"WEEK", "2025-03-10", "2025-03-10", "2025-03-17"}, // a Monday
		{"MONTH", "2024-02-29", "2024-02-01", "2024-03-01"},
		{"QUARTER", "2025-12-31", "2025-10-01", "2026-01-01"},
		{"YEAR", "2025-12-31", "2025-01-01", "2026-01-01"},
	} {
		from := begin(tt.by, day(t, "2019-05-17"))
		if n := periods(tt.by, from, begin(tt.by, day(t, tt.day))); later(tt.by, from, n) != begin(tt.by, day(t, tt.day)) {
			t.Errorf("%s of %s is no %d periods after %s", tt.by, tt.day, n, from)
		}
		if got := begin(tt.by, day(t, tt.day)); got.String() != tt.begin || next(tt.by, got).String() != tt.next {
			t.Errorf("%s of %s begins %s, then %s", tt.by, tt.day, got, next(tt.by, got))
		}
	}
}

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		of, less, per any
		want          any
	}{
		{int64(2), int64(1), int64(4), "25"}, {int64(1), int64(0), int64(3), "33.3333"}, {int64(0), int64(2), int64(3), "-66.6667"},
		{int64(1), int64(0), int64(0), nil}, {nil, int64(0), int64(1), nil}, {"4000.50", int64(0), "10000.00", "40.005"}, {int64(0), int64(1), int64(10_000_000), "0"},
	} {
		if got := percent(rat(tt.of), rat(tt.less), rat(tt.per)); got != tt.want {
			t.Errorf("(%v - %v) / %v is %v, want %v", tt.of, tt.less, tt.per, got, tt.want)
		}
	}
}
