package calendar_test

import (
	"math/rand/v2"
	"testing"

	"fieldwork/internal/calendar"
)

func day(t *testing.T, s string) calendar.Day {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func days(t *testing.T, list ...string) []calendar.Day {
	t.Helper()
	var out []calendar.Day
	for _, s := range list {
		out = append(out, day(t, s))
	}
	return out
}

// spring is the spring festival of 2026: nine days off, two Saturdays and Sundays
// worked for them.
func spring(t *testing.T) calendar.Working {
	t.Helper()
	return calendar.NewWorking(
		days(t, "2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22", "2026-02-23"),
		days(t, "2026-02-14", "2026-02-28"))
}

func TestNextWorkingDay(t *testing.T) {
	for _, tt := range []struct{ name, from, to string }{
		{"a Thursday stays", "2026-02-12", "2026-02-12"},
		{"a Friday before the holidays stays", "2026-02-13", "2026-02-13"},
		{"a Saturday that makes up for a holiday stays", "2026-02-14", "2026-02-14"},
		{"the first holiday moves past all nine", "2026-02-15", "2026-02-24"},
		{"a holiday in the middle too", "2026-02-18", "2026-02-24"},
		{"a holiday that is a Saturday too", "2026-02-21", "2026-02-24"},
		{"the last holiday moves to the day after", "2026-02-23", "2026-02-24"},
		{"the first day back stays", "2026-02-24", "2026-02-24"},
		{"the second Saturday that makes up stays", "2026-02-28", "2026-02-28"},
		{"its Sunday is off", "2026-03-01", "2026-03-02"},
		{"a Saturday without a word moves to Monday", "2026-03-07", "2026-03-09"},
		{"a Sunday without a word moves to Monday", "2026-03-08", "2026-03-09"},
		{"over the end of a year", "2026-12-26", "2026-12-28"},
	} {
		if got := spring(t).Next(day(t, tt.from)); got != day(t, tt.to) {
			t.Errorf("%s: %s moves to %s, want %s", tt.name, tt.from, got, tt.to)
		}
	}
	if got := (calendar.Working{}).Next(day(t, "2026-02-21")); got != day(t, "2026-02-23") {
		t.Errorf("without holidays a Saturday moves to %s", got)
	}
	before := calendar.NewWorking(days(t, "2026-04-06"), nil)
	for from, to := range map[string]string{"2026-04-03": "2026-04-03", "2026-04-04": "2026-04-07", "2026-04-05": "2026-04-07", "2026-04-06": "2026-04-07"} {
		if got := before.Next(day(t, from)); got != day(t, to) {
			t.Errorf("with a Monday off %s moves to %s, want %s", from, got, to)
		}
	}
	both := calendar.NewWorking(days(t, "2026-04-06"), days(t, "2026-04-06"))
	if !both.On(day(t, "2026-04-06")) {
		t.Error("a day that is both a holiday and made up is worked on")
	}
	var off []calendar.Day
	for d := range calendar.Day(800) {
		off = append(off, d)
	}
	if never := calendar.NewWorking(off, nil); never.Next(3) != 3 || never.Next(700) != 802 {
		t.Errorf("where nobody works for more than a year a day stays: %s, %s", never.Next(3), never.Next(700))
	}
}

// Moves with weekends are the whole of Next, whatever the calendar.
func TestMovesAreAllThatDiffers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var off, on []calendar.Day
		for range r.IntN(40) {
			off = append(off, calendar.Day(r.IntN(120)))
		}
		for range r.IntN(20) {
			on = append(on, calendar.Day(r.IntN(120)))
		}
		w := calendar.NewWorking(off, on)
		moves := map[calendar.Day]calendar.Day{}
		last := calendar.Day(-10)
		for _, m := range w.Moves() {
			if m.From <= last {
				t.Fatal("the moves are not in order")
			}
			moves[m.From], last = m.To, m.From
		}
		for d := calendar.Day(-10); d < 140; d++ {
			want, special := moves[d]
			if !special {
				want = calendar.Working{}.Next(d)
			}
			if got := w.Next(d); got != want || !w.On(got) {
				t.Fatalf("%s moves to %s, and the moves say %s", d, got, want)
			}
		}
	}
}
