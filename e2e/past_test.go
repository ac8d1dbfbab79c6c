package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// asOfQueries are asked of the present, and later again as of the moment.
var asOfQueries = []string{
	`query($at: DateTime) { customers(asOf: $at, filter: {tier: {in: [A, B]}}, orderBy: [{field: NAME}], first: 5) { totalCount pageInfo { hasNextPage endCursor }
		nodes { id version title tier owner { name } tasks(orderBy: [{field: TITLE}]) { totalCount nodes { title status participants { nodes { id name } } dependsOn { nodes { title customer { name } } } } } tasksAggregate { count max { progress } } } } }`,
	`query($at: DateTime) { customers(asOf: $at, filter: {archivedAt: {isNull: false}}) { nodes { id archivedAt updatedAt updatedBy { name } } } }`,
	`query($at: DateTime) { customers(asOf: $at, filter: {tasks: {some: {status: {eq: DONE}, participants: {hasAny: ["member_1"]}}}}) { nodes { id } } }`,
	`query($at: DateTime) { tasksAggregate(asOf: $at, groupBy: [{field: STATUS}, {of: {customer: {field: TIER}}}]) { group { status of { customer { tier } } } count avg { progress } } }`,
	`query($at: DateTime) { aggregate(form: "task", asOf: $at, groupBy: [{field: "participants"}], metrics: [{function: SUM, field: "progress"}]) { count group { value } metrics { value } } }`,
	`query($at: DateTime) { records(form: "task", asOf: $at, search: "plan", orderBy: [{field: "customer.name"}, {field: "id"}]) { nodes { id title values } } }`,
}

// TestAsOf: whatever was answered at a moment is answered as of that moment for
// ever after, by lists, counts, filters, links and aggregations, whatever has
// become of the records since; and a record alone is as it is in a list.
func TestAsOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	live := map[string][]string{} // ids by form
	var archived, gone []string
	try := func(as, query string, v vars) *answer {
		t.Helper()
		a := post(t, w, call{token: w.tokens[as], query: query, vars: v})
		if strings.HasPrefix(a.code(), "GRAPHQL") {
			t.Fatal(a.raw)
		}
		return a
	}
	some := func(list []string) any {
		if len(list) == 0 || r.IntN(6) == 0 {
			return nil
		}
		return list[r.IntN(len(list))]
	}
	values := func(form string) vars {
		if form == "customer" {
			return vars{"name": fmt.Sprint("Example ", r.Int64()), "tier": []any{"a", "b", "c", nil}[r.IntN(4)], "owner": some([]string{w.ids["olga"], w.ids["mei"]})}
		}
		v := vars{"title": fmt.Sprint([]string{"plan ", "call "}[r.IntN(2)], r.IntN(1000)), "customer": some(live["customer"]), "status": []string{"open", "doing", "done"}[r.IntN(3)], "progress": r.IntN(101)}
		participants := []any{}
		for _, m := range []string{"olga", "mei", "tom"} {
			if r.IntN(2) == 0 {
				participants = append(participants, w.ids[m])
			}
		}
		v["participants"] = participants
		if d := some(live["task"]); d != nil {
			v["depends_on"] = []any{d}
		}
		return v
	}
	change := func() {
		form := []string{"customer", "task", "task"}[r.IntN(3)]
		if len(live[form]) < 4 || r.IntN(4) == 0 {
			a := try("mei", `mutation($f: String!, $v: JSON!) { createRecord(input: {form: $f, values: $v}) { record { id } } }`, vars{"f": form, "v": values(form)})
			if a.code() == "" { // a task may be to depend on one that went with its customer
				live[form] = append(live[form], a.text("createRecord", "record", "id"))
			}
			return
		}
		i := r.IntN(len(live[form]))
		id := live[form][i]
		switch r.IntN(12) {
		case 0:
			archived = append(archived, id)
			try("olga", `mutation($f: String!, $r: [RecordRowInput!]!) { archiveRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": form, "r": []any{vars{"id": id}}})
		case 1, 4:
			if back := some(archived); back != nil {
				id, form = back.(string), strings.TrimRight(back.(string), "_0123456789")
			}
			try("olga", `mutation($f: String!, $r: [RecordRowInput!]!) { restoreRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": form, "r": []any{vars{"id": id}}})
		case 2:
			try("olga", `mutation($f: String!, $r: [RecordRowInput!]!) { deleteRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": form, "r": []any{vars{"id": id}}})
			live[form] = append(live[form][:i:i], live[form][i+1:]...)
			gone = append(gone, id)
		case 3:
			if id := some(gone); id != nil {
				try("olga", `mutation($id: ID!) { undeleteRecord(input: {id: $id}) { record { id } } }`, vars{"id": id})
			}
		default: // others are changed; tasks that went with their customer are not found
			try("mei", `mutation($f: String!, $r: [JSON!]!) { updateRecords(input: {form: $f, rows: $r, onError: SKIP}) { count } }`,
				vars{"f": form, "r": []any{vars{"id": id, "set": values(form)}}})
		}
	}
	type moment struct {
		at      string
		answers []string
	}
	var moments []moment
	for range 40 {
		for range 1 + r.IntN(10) {
			change()
		}
		var m moment
		if err := w.acme.DB.Control.Get(&m.at, `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`); err != nil {
			t.Fatal(err)
		}
		for _, q := range asOfQueries {
			m.answers = append(m.answers, w.ask(t, "vera", q, nil).raw)
		}
		moments = append(moments, m)
	}
	for i, m := range moments {
		for j, q := range asOfQueries {
			if got := try("vera", q, vars{"at": m.at}).raw; got != m.answers[j] {
				t.Fatalf("moment %d, %s\n%s\n was %s\n got %s", i, m.at, q, m.answers[j], got)
			}
		}
		list := w.ask(t, "vera", `query($at: DateTime) { customers(asOf: $at, first: 200) { nodes { id values owner { name } tasks { nodes { id title } } } } }`, vars{"at": m.at})
		for _, c := range list.at("customers", "nodes").([]any) {
			id := c.(map[string]any)["id"]
			one := w.ask(t, "vera", `query($at: DateTime, $id: ID!) { customer(asOf: $at, id: $id) { id values owner { name } tasks { nodes { id title } } } }`, vars{"at": m.at, "id": id})
			if got, want := fmt.Sprint(one.at("customer")), fmt.Sprint(c); got != want {
				t.Fatalf("%s as of %s\n was %s\n got %s", id, m.at, want, got)
			}
		}
	}
	var kinds int
	if err := w.acme.DB.Control.Get(&kinds, `SELECT count(DISTINCT action) FROM org_acme.history__ WHERE form IN ('customer', 'task')`); err != nil || kinds < 5 {
		t.Errorf("%d kinds of changes were made, want all 5 (%v)", kinds, err)
	}
}

// TestFieldsOfOneLetter: a field may be called as statements call their tables. What
// its records were is told all the same, and so is what they were made with.
func TestFieldsOfOneLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var fields []any
	made := vars{}
	for c := 'a'; c <= 'z'; c++ {
		fields = append(fields, vars{"key": string(c), "kind": "TEXT"})
		made[string(c)] = "made " + string(c)
	}
	w.ask(t, "mei", `mutation($f: [NewFieldInput!]!) { createForm(input: {key: "letter", fields: $f}) { form { key } } }`, vars{"f": fields})
	w.ask(t, "mei", `mutation($v: JSON!) { createRecord(input: {form: "letter", values: $v}) { record { id } } }`, vars{"v": made})
	var at time.Time
	if err := w.acme.DB.Control.Get(&at, `SELECT created_at FROM org_acme.letter`); err != nil {
		t.Fatal(err)
	}
	w.ask(t, "mei", `mutation { updateRecord(input: {id: "letter_1", version: 1, set: {t: "new", r: "new"}}) { record { id } } }`, nil)
	then := w.ask(t, "mei", `query($at: DateTime) { records(form: "letter", asOf: $at) { nodes { values } } aggregate(form: "letter", asOf: $at, groupBy: [{field: "t"}]) { count group { value } } }`,
		vars{"at": at.UTC().Format(time.RFC3339Nano)})
	past := w.ask(t, "mei", `{ recordHistory(id: "letter_1") { nodes { action fields { field after } } } }`, nil)
	for c := 'a'; c <= 'z'; c++ {
		if want := fmt.Sprintf(`"%[1]c":"made %[1]c"`, c); !strings.Contains(then.raw, want) {
			t.Errorf("was %s, want %s", then.raw, want)
		}
		if want := fmt.Sprintf(`{"field":"%[1]c","after":"made %[1]c"}`, c); !strings.Contains(past.raw, want) {
			t.Errorf("history is %s, want %s", past.raw, want)
		}
	}
	if want := `"aggregate":[{"count":1,"group":[{"value":"made t"}]}]`; !strings.Contains(then.raw, want) {
		t.Errorf("was %s, want %s", then.raw, want)
	}
}
