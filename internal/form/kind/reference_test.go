package kind_test

import (
	"math"
	"testing"

	"fieldwork/internal/form/kind"
)

func TestReference(t *testing.T) {
	set := kind.Settings{To: "visit_plan"}
	bad := func(id string) string { return `"` + id + `" is not the id of a record of form visit_plan` }
	for _, k := range []kind.Kind{kind.Reference{}, kind.Member{}, kind.Team{}} {
		checkParse(t, k, []parseCase{
			{name: "absent", raw: nil, set: set, want: nil},
			{name: "empty", raw: "", set: set, want: nil},
			{name: "blank cell", raw: " ", set: set, want: nil},
			{name: "id", raw: "visit_plan_12", set: set, want: "12"},
			{name: "largest number", raw: "visit_plan_9223372036854775807", set: set, want: "9223372036854775807"},
			{name: "beyond the largest", raw: "visit_plan_9223372036854775808", set: set, bad: bad("visit_plan_9223372036854775808")},
			{name: "of another form", raw: "plan_12", set: set, bad: bad("plan_12")},
			{name: "of a form whose key starts alike", raw: "visit_plan_a_12", set: set, bad: bad("visit_plan_a_12")},
			{name: "number alone", raw: "12", set: set, bad: bad("12")},
			{name: "zero", raw: "visit_plan_0", set: set, bad: bad("visit_plan_0")},
			{name: "negative", raw: "visit_plan_-1", set: set, bad: bad("visit_plan_-1")},
			{name: "sign", raw: "visit_plan_+1", set: set, bad: bad("visit_plan_+1")},
			{name: "leading zero", raw: "visit_plan_01", set: set, bad: bad("visit_plan_01")},
			{name: "fraction", raw: "visit_plan_1.5", set: set, bad: bad("visit_plan_1.5")},
			{name: "underscore between digits", raw: "visit_plan_1_0", set: set, bad: bad("visit_plan_1_0")},
			{name: "JSON number", raw: 12, set: set, bad: "expected the id of a record, got a number"},
			{name: "object", raw: map[string]any{"id": "visit_plan_12"}, set: set, bad: "expected the id of a record, got an object"},
		})
	}
}

func TestChildren(t *testing.T) {
	const bad = "is the other side of a reference: set it on the child"
	checkParse(t, kind.Children{}, []parseCase{{name: "nothing", raw: nil, bad: bad}, {name: "a list of ids", raw: []any{"task_1"}, bad: bad}})
}

func TestIDs(t *testing.T) {
	for _, form := range []string{"customer", "visit_plan", "a_1"} {
		for _, n := range []int64{1, 10, math.MaxInt64} {
			id := kind.ID(form, n)
			if got, ok := kind.ParseID(form, id); !ok || got != n {
				t.Errorf("%s reads as %d, %t", id, got, ok)
			}
			if got := kind.FormOf(id); got != form {
				t.Errorf("%s is of form %q", id, got)
			}
		}
	}
	for id, form := range map[string]string{"": "", "12": "", "_12": "", "customer": "", "a_b": "a"} {
		if got := kind.FormOf(id); got != form {
			t.Errorf("FormOf(%q) = %q, want %q", id, got, form)
		}
	}
}
