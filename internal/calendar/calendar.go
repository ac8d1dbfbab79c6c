// Package calendar counts in days: what a day is in an organisation's time zone,
// and how far one is from another. It knows no records and reads no clock.
//
//	d := calendar.Of(now, zone) // today, there
//	d.Add(30).String()          // "2026-12-26"
package calendar

import (
	"fmt"
	"time"
)

// Day is a day of the calendar, as the number of days since 1970-01-01.
type Day int32

// Of is the day that a moment falls on in a time zone.
func Of(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

// Parse reads a day such as 2026-11-26.
func Parse(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day such as 2026-11-26", s)
	}
	return Of(t, time.UTC), nil
}

// Add is the day n days later.
func (d Day) Add(n int) Day { return d + Day(n) }

// Since is how many days d is after another.
func (d Day) Since(other Day) int { return int(d - other) }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.time().Weekday() }

// Begin is the moment at which the day begins in a time zone.
func (d Day) Begin(zone *time.Location) time.Time {
	y, m, day := d.time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

func (d Day) time() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

// String prints the day as 2026-11-26.
func (d Day) String() string { return string(d.Append(nil)) }

// Append appends what String prints.
func (d Day) Append(b []byte) []byte { return d.time().AppendFormat(b, time.DateOnly) }
