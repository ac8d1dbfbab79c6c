package team

import (
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/division"
)

// What was done comes back from the list of numbers that is kept with a key.
func TestDoneAsNumbers(t *testing.T) {
	for name, d := range map[string]Done{
		"all of it": {Created: []int64{1, 2}, Kept: []int64{3}, Ended: []int64{4, 5, 6}},
		"only ends": {Ended: []int64{7}},
		"nothing":   {},
	} {
		if got := doneOf(d.numbers()); fmt.Sprint(got) != fmt.Sprint(d) {
			t.Errorf("%s: %v, want %v", name, got, d)
		}
	}
	if got := doneOf(nil); fmt.Sprint(got) != fmt.Sprint(Done{}) {
		t.Errorf("of no numbers there is %v", got)
	}
}

func TestChanges(t *testing.T) {
	work := func(member int64, points float64, verdict string) division.Workload {
		return division.Workload{Member: division.Person{ID: member}, Points: points, Verdict: verdict}
	}
	before := []division.Workload{work(1, 9, "OVER"), work(2, 5, "BALANCED"), work(3, 4, "BALANCED"), work(4, 1, "UNDER")}
	after := []division.Workload{work(1, 9, "BALANCED"), work(5, 7, "BALANCED"), work(2, 3, "BALANCED"), work(4, 1, "UNDER")}
	points := func(w *division.Workload) any {
		if w == nil {
			return "-"
		}
		return w.Points
	}
	var got []string
	for _, c := range Changes(before, after) {
		got = append(got, fmt.Sprintf("%d: %v %v", c.Member, points(c.Before), points(c.After)))
	}
	if text := strings.Join(got, ", "); text != "5: - 7, 2: 5 3, 3: 4 -" { // who only compares otherwise is not among them
		t.Error(text)
	}
	if len(Changes(before, before)) != 0 {
		t.Error("nothing has changed")
	}
}
