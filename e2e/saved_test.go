package e2e_test

import (
	"strings"
	"testing"
)

// TestDamagedSavedAggregate: a saved aggregate that cannot be read is broken alone,
// says why, and can be put right.
func TestDamagedSavedAggregate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation {
		a: createSavedAggregate(input: {form: "task", key: "work", groupBy: [{field: "assignee"}], metrics: [{name: "tasks", function: COUNT}]}) { change { version } }
		b: createSavedAggregate(input: {form: "task", key: "other"}) { change { version } } }`, nil)
	if _, err := w.acme.DB.Control.Exec(`UPDATE fieldwork.aggregate SET group_by = '[{"field": "nothing"}, 5]', metrics = '7' WHERE key = 'work'`); err != nil {
		t.Fatal(err)
	}
	w.ask(t, "mei", `mutation { updateSavedAggregate(input: {key: "other", label: "Other"}) { change { version } } }`, nil) // nothing stands in its way
	a := w.ask(t, "mei", `{ savedAggregates { key broken groupBy { field } metrics { name } } savedAggregate(key: "other") { count } tasks { totalCount } }`, nil)
	if why, _ := a.at("savedAggregates", 1, "broken").(string); !strings.Contains(why, "nothing") || a.at("savedAggregates", 0, "broken") != nil {
		t.Errorf("got %v", a.at("savedAggregates"))
	}
	w.try(t, "mei", `{ savedAggregate(key: "work") { count } }`, nil).want("INVALID")
	w.ask(t, "mei", `mutation { updateSavedAggregate(input: {key: "work", groupBy: [{field: "assignee"}], metrics: []}) { change { version } } }`, nil)
	if a := w.ask(t, "mei", `{ savedAggregates { broken } savedAggregate(key: "work") { count } }`, nil); a.at("savedAggregates", 1, "broken") != nil {
		t.Errorf("still broken: %v", a.at("savedAggregates"))
	}
}

// TestUndoSavedAggregates: each change of a saved aggregate can be undone.
func TestUndoSavedAggregates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := func() string {
		var s string
		if err := w.acme.DB.Control.Get(&s, `SELECT coalesce(json_agg(json_build_array(key, label, filter, group_by, metrics) ORDER BY key), '[]')::text FROM fieldwork.aggregate`); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, change := range []string{
		`createSavedAggregate(input: {form: "task", key: "work", label: "Work", groupBy: [{field: "due_on", by: MONTH}], metrics: [{name: "tasks", function: COUNT}]}) { change { version } }`,
		`updateSavedAggregate(input: {key: "work", labels: [{language: "zh", text: "工作"}], filter: {progress: {gt: 5}}, groupBy: [], metrics: []}) { change { version } }`,
		`removeSavedAggregate(input: {key: "work"}) { change { version } }`,
	} {
		before := shown()
		a := w.ask(t, "mei", `mutation { x: `+change+` }`, nil)
		if shown() == before {
			t.Fatalf("%s changes nothing", change)
		}
		w.ask(t, "mei", `mutation ($v: Int!) { undoChange(input: {version: $v}) { change { version } } }`, vars{"v": a.at("x", "change", "version")})
		want := strings.ReplaceAll(before, `null, `, `{}, `) // no filter is all records either way
		if got := strings.ReplaceAll(shown(), `null, `, `{}, `); got != want {
			t.Errorf("%s undone:\n got %s\nwant %s", change, got, want)
		}
		w.ask(t, "mei", `mutation { x: `+change+` }`, nil)
	}
}
