package e2e_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/form/check"
)

// Kinds change while others write through another server: no write fails for the
// change, and none goes astray.
func TestConversionsUnderWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.another(t)
	w.ask(t, "mei", `mutation { createForm(input: {key: "thing", fields: [{key: "name", kind: TEXT}, {key: "n", kind: TEXT, indexed: true}]}) { form { key } } }`, nil)
	ctx, end := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	var mu sync.Mutex
	want := map[string]string{}
	for k := range 3 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				n := fmt.Sprint(k*100_000 + i)
				// The generic face takes a number and a text alike.
				a := w.try(t, "tom@2", `mutation($v: JSON!) { createRecord(input: {form: "thing", values: $v}) { record { id } } }`, vars{"v": map[string]any{"name": "x", "n": n}})
				if a.code() == "INVALID" {
					continue // a boolean is no number
				}
				if a.code() != "" {
					t.Errorf("a write failed: %s", a.raw)
					return
				}
				mu.Lock()
				want[a.text("createRecord", "record", "id")] = n
				mu.Unlock()
			}
		})
	}
	for i := range 12 {
		kind := []string{"INTEGER", "DECIMAL", "TEXT", "LONG_TEXT"}[i%4]
		w.ask(t, "mei", `mutation($k: FieldKind!) { convertField(input: {form: "thing", key: "n", kind: $k}) { field { kind } } }`, vars{"k": kind})
	}
	end()
	writers.Wait()
	var rows []struct {
		ID int64
		N  string
	}
	if err := w.acme.DB.Control.Select(&rows, `SELECT id, n FROM org_acme.thing`); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if id := fmt.Sprintf("thing_%d", r.ID); want[id] != r.N {
			t.Errorf("%s holds %s, want %s", id, r.N, want[id])
		}
	}
	if len(rows) != len(want) || len(rows) == 0 {
		t.Errorf("%d records, %d were acknowledged", len(rows), len(want))
	}
	t.Logf("%d records were written meanwhile", len(rows))
	if problems, err := check.Run(t.Context(), w.acme.DB, w.acme.Org.ID); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// Operations of clients that use a field are told of, whatever way they use it.
func TestOperationsThatUseAField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		query string
		v     vars
	}{
		{`query Selected { customers { nodes { industry } } }`, nil},
		{`query InFragment { customers { nodes { ...f } } } fragment f on Customer { industry }`, nil},
		{`query Filtered { customers(filter: {industry: {isNull: true}}) { totalCount } }`, nil},
		{`query Nested { roles(filter: {customer: {industry: {isNull: false}}}) { totalCount } }`, nil},
		{`query Ordered { customers(orderBy: [{field: INDUSTRY}]) { totalCount } }`, nil},
		{`query ByVariable($f: CustomerFilter) { customers(filter: $f) { totalCount } }`, vars{"f": map[string]any{"and": []any{map[string]any{"industry": map[string]any{"isNull": true}}}}}},
		{`mutation Written($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } } }`, vars{"i": map[string]any{"name": "A", "industry": nil}}},
		{`query Grouped { customersAggregate(groupBy: {field: INDUSTRY}) { count } }`, nil},
		{`query GroupedBehind($by: [TaskGroup!]) { tasksAggregate(groupBy: $by) { count } }`, vars{"by": map[string]any{"of": map[string]any{"customer": map[string]any{"field": "INDUSTRY"}}}}},
		{`query Counted { customersAggregate { countDistinct { industry } } }`, nil},
		{`query Other { customers { nodes { name } } }`, nil},
	} {
		for i := range 3 {
			if c.v["i"] != nil { // names are unique
				c.v["i"].(map[string]any)["name"] = fmt.Sprint("A", i)
			}
			w.ask(t, "tom", c.query, c.v)
		}
	}
	if err := w.first.server.Usage().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for until := time.Now().Add(5 * time.Second); len(got) < 10 && time.Now().Before(until); {
		got = map[string]bool{}
		a := w.ask(t, "mei", `mutation { previewFieldChange(input: {form: "customer", key: "industry", action: ARCHIVE}) { usedBy { kind name client lastUsedAt } warnings } }`, nil)
		for _, u := range a.at("previewFieldChange", "usedBy").([]any) {
			if u := u.(map[string]any); u["kind"] == "OPERATION" {
				got[u["name"].(string)] = true
				if u["client"] != "test" || u["lastUsedAt"] == nil {
					t.Errorf("use %v", u)
				}
			}
		}
	}
	for _, name := range []string{"Selected", "InFragment", "Filtered", "Nested", "Ordered", "ByVariable", "Written", "Grouped", "GroupedBehind", "Counted"} {
		if !got[name] {
			t.Errorf("%s is not told of: %v", name, got)
		}
	}
	if got["Other"] {
		t.Error("an operation that does not use it is told of")
	}
	var uses int
	if err := w.acme.DB.Control.Get(&uses, `SELECT uses FROM fieldwork.operation_use WHERE form = 'customer' AND field = 'industry' AND operation = 'Selected'`); err != nil || uses != 3 {
		t.Errorf("%d uses, %v", uses, err)
	}
}

// What a change did is undone through the API.
func TestUndoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation { createForm(input: {key: "thing", fields: [{key: "name", kind: TEXT}, {key: "mood", kind: TEXT}]}) { form { key } } }`, nil)
	w.ask(t, "mei", `mutation { a: createThing(input: {name: "a", mood: "Very good"}) { thing { id } } }`, nil)
	a := w.ask(t, "mei", `mutation { convertField(input: {form: "thing", key: "mood", kind: CHOICE}) { change { version } } }`, nil)
	version := a.at("convertField", "change", "version")
	if a := w.ask(t, "tom", `{ things { nodes { mood } } }`, nil); a.at("things", "nodes", 0, "mood") != "VERY_GOOD" {
		t.Errorf("converted: %s", a.raw)
	}
	const undo = `mutation($v: Int!) { undoChange(input: {version: $v}) { change { action version } changes { action form field } forms { fields { key kind } } } }`
	if a := w.try(t, "tom", undo, vars{"v": version}); a.code() != "FORBIDDEN" {
		t.Errorf("a member may undo: %s", a.raw)
	}
	a = w.ask(t, "mei", undo, vars{"v": version})
	if a.at("undoChange", "forms", 0, "fields", 1, "kind") != "TEXT" {
		t.Errorf("undone: %s", a.raw)
	}
	if a := w.ask(t, "tom", `{ things { nodes { mood } } }`, nil); a.at("things", "nodes", 0, "mood") != "Very good" {
		t.Errorf("undone: %s", a.raw)
	}
	if a := w.try(t, "mei", undo, vars{"v": version}); a.code() != "CONFLICT" {
		t.Errorf("undone twice: %s", a.raw)
	}
}
