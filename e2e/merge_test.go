package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

const mergeRecords = `mutation($in: MergeRecordsInput!) { mergeRecords(input: $in) { record { id values } moved { form field count } } }`

// merging is a world with customers that everything can lead to: references of one
// and of many, to others and among themselves, and child rows in an order.
func merging(t *testing.T) (w *world, create func(form string, values vars) string) {
	t.Helper()
	w = newWorld(t)
	w.ask(t, "mei", `mutation {
		a: addField(input: {form: "customer", key: "above", kind: REFERENCE, settings: {to: "customer", inverse: "below"}}) { field { key } }
		b: addField(input: {form: "customer", key: "partners", kind: REFERENCES, settings: {to: "customer", inverse: "partner_of"}}) { field { key } }
		c: createForm(input: {key: "line", fields: [{key: "text", kind: TEXT}, {key: "place", kind: INTEGER}, {key: "account", kind: REFERENCE, settings: {to: "customer", onDelete: CASCADE}}]}) { form { key } }
		d: addField(input: {form: "customer", key: "lines", kind: CHILDREN, settings: {to: "line", via: "account", rows: true, orderBy: "place"}}) { field { key } }
		e: createForm(input: {key: "deal", fields: [{key: "name", kind: TEXT}, {key: "buyer", kind: REFERENCE, settings: {to: "customer"}}, {key: "seller", kind: REFERENCE, settings: {to: "customer"}}, {key: "others", kind: REFERENCES, settings: {to: "customer"}}]}) { form { key } }
		f: addRule(input: {form: "line", key: "one_text", kind: UNIQUE, fields: ["account", "text"], message: "said before"}) { rule { key } }
	}`, nil)
	return w, func(form string, values vars) string {
		t.Helper()
		return w.ask(t, "mei", `mutation($f: String!, $v: JSON!) { createRecord(input: {form: $f, values: $v}) { record { id } } }`, vars{"f": form, "v": values}).text("createRecord", "record", "id")
	}
}

func from(ids ...string) []any {
	var out []any
	for _, id := range ids {
		out = append(out, vars{"id": id})
	}
	return out
}

// leadsTo counts the rows of acme that lead to a customer, by any foreign key.
func (w *world) leadsTo(t *testing.T, id string) (n int) {
	t.Helper()
	var parts []string
	err := w.acme.DB.Control.Select(&parts, `SELECT format('SELECT 1 FROM %s WHERE %I = $1', c.conrelid::regclass, a.attname)
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND c.confrelid = 'org_acme.customer'::regclass AND a.attname <> 'record'`) // that is whose link it is
	if err != nil || len(parts) < 7 {
		t.Fatalf("%d foreign keys: %v", len(parts), err)
	}
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM (`+strings.Join(parts, ` UNION ALL `)+`) x`, strings.TrimPrefix(id, "customer_")); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMerge: every kind of link follows, once, and a dry run tells the same.
func TestMerge(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	kept := create("customer", vars{"name": "Example Steel", "lines": []any{vars{"text": "first"}}})
	lost := create("customer", vars{"name": "Example Steel Ltd", "tax_number": "X1", "above": kept, "partners": []any{kept}, "lines": []any{vars{"text": "second"}, vars{"text": "third"}}})
	other := create("customer", vars{"name": "Another", "above": lost, "partners": []any{lost, kept}})
	w.ask(t, "mei", `mutation($k: ID!, $v: JSON!) { updateRecord(input: {id: $k, version: 1, set: $v}) { record { id } } }`, vars{"k": kept, "v": vars{"above": lost, "partners": []any{lost, other}}})
	deal := create("deal", vars{"name": "both", "buyer": lost, "seller": lost, "others": []any{other, lost, kept}})
	away := create("deal", vars{"name": "archived", "buyer": lost, "others": []any{lost}})
	w.ask(t, "mei", `mutation($i: ID!) { archiveRecord(input: {id: $i, version: 1}) { record { id } } }`, vars{"i": away})
	create("feedback", vars{"customer": lost, "content": "hello", "occurred_at": "2026-01-01T00:00:00Z", "channel": "visit", "kind": "note"})

	in := vars{"into": vars{"id": kept, "version": 2}, "from": []any{vars{"id": lost, "version": 1}}, "set": vars{"name": "Example Steel Ltd"}, "fillBlanks": true, "dryRun": true, "idempotencyKey": "m"}
	w.try(t, "vera", mergeRecords, vars{"in": in}).want("FORBIDDEN")
	dry := w.ask(t, "mei", mergeRecords, vars{"in": in})
	if n := w.leadsTo(t, lost); n == 0 || !strings.Contains(dry.raw, `"name":"Example Steel"`) {
		t.Errorf("a dry run wrote: %d, %s", n, dry.raw)
	}
	delete(in, "dryRun")
	done := w.ask(t, "mei", mergeRecords, vars{"in": in})
	if a, b := fmt.Sprint(dry.at("mergeRecords", "moved")), fmt.Sprint(done.at("mergeRecords", "moved")); a != b || len(done.at("mergeRecords", "moved").([]any)) != 7 {
		t.Errorf("told %s, did %s", a, b)
	}
	if again := w.ask(t, "mei", mergeRecords, vars{"in": in}); again.raw != done.raw {
		t.Errorf("repeated: %s, not %s", again.raw, done.raw)
	}
	if n := w.leadsTo(t, lost); n != 0 {
		t.Errorf("%d rows lead to what was merged", n)
	}
	values := done.at("mergeRecords", "record", "values").(map[string]any)
	if values["name"] != "Example Steel Ltd" || values["tax_number"] != "X1" || values["above"] != nil || fmt.Sprint(values["partners"]) != fmt.Sprint([]any{other}) {
		t.Errorf("kept %v", values)
	}
	a := w.ask(t, "mei", `query($d: ID!, $a: ID!, $k: ID!) { deal: record(id: $d) { values } away: record(id: $a) { values archivedAt }
		customer(id: $k) { lines { nodes { text place } } feedback { nodes { content } } below { nodes { name } } partnerOf { nodes { name } } } }`, vars{"d": deal, "a": away, "k": kept})
	for _, want := range []string{
		fmt.Sprintf(`"buyer":%q`, kept), fmt.Sprintf(`"seller":%q`, kept), fmt.Sprintf(`"others":[%q,%q]`, other, kept), fmt.Sprintf(`"others":[%q]`, kept),
		`{"text":"first","place":1},{"text":"second","place":2},{"text":"third","place":3}`, `"content":"hello"`, `"below":{"nodes":[{"name":"Another"}]}`, `"partnerOf":{"nodes":[{"name":"Another"}]}`,
	} {
		if !strings.Contains(a.raw, want) {
			t.Errorf("no %s in %s", want, a.raw)
		}
	}
	w.mergeIsTold(t, kept, lost)
	// It can be brought back, alone.
	w.try(t, "mei", `mutation($i: ID!) { undeleteRecord(input: {id: $i}) { record { id } } }`, vars{"i": lost}).want("CONFLICT") // its name is taken
	w.ask(t, "mei", `mutation($k: ID!) { updateRecord(input: {id: $k, version: 4, set: {name: "Renamed"}}) { record { id } } }`, vars{"k": kept})
	back := w.ask(t, "mei", `mutation($i: ID!) { undeleteRecord(input: {id: $i}) { record { values } } }`, vars{"i": lost})
	if n := w.leadsTo(t, lost); n != 0 || !strings.Contains(back.raw, `"tax_number":"X1"`) {
		t.Errorf("brought back %s with %d references", back.raw, n)
	}
}

// mergeIsTold says that both histories tell of a merge, on both faces, and so do the
// bin and SQL.
func (w *world) mergeIsTold(t *testing.T, kept, lost string) {
	t.Helper()
	a := w.ask(t, "mei", `query($k: ID!, $l: ID!) {
		kept: customer(id: $k) { history(first: 1) { nodes { action mergedInto mergedFrom fields { field } } } }
		generic: record(id: $k) { history { nodes { mergedFrom } } }
		lost: recordHistory(id: $l) { edges { node { action mergedInto mergedFrom } } }
		bin: deletedRecords(form: "customer") { nodes { id mergedInto } } }`, vars{"k": kept, "l": lost})
	for _, want := range []string{
		fmt.Sprintf(`"kept":{"history":{"nodes":[{"action":"UPDATED","mergedInto":null,"mergedFrom":[%q],"fields":[`, lost),
		fmt.Sprintf(`"generic":{"history":{"nodes":[{"mergedFrom":[%q]},{"mergedFrom":[]}`, lost),
		fmt.Sprintf(`"lost":{"edges":[{"node":{"action":"DELETED","mergedInto":%q,"mergedFrom":[]}},{"node":{"action":"CREATED","mergedInto":null,"mergedFrom":[]}}]}`, kept),
		fmt.Sprintf(`"bin":{"nodes":[{"id":%q,"mergedInto":%q}]}`, lost, kept),
	} {
		if !strings.Contains(a.raw, want) {
			t.Errorf("no %s in %s", want, a.raw)
		}
	}
	var told string
	if err := w.acme.DB.Control.Get(&told, `SELECT string_agg(record || ' ' || coalesce(merged_into::text, '-') || ' ' || coalesce(merged_from::text, '-'), ', ' ORDER BY record)
		FROM org_acme.history__ WHERE form = 'customer' AND (merged_into IS NOT NULL OR merged_from IS NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	k, l := strings.TrimPrefix(kept, "customer_"), strings.TrimPrefix(lost, "customer_")
	if want := fmt.Sprintf("%s - {%s}, %s %s -", k, l, l, k); told != want {
		t.Errorf("the history holds %q, want %q", told, want)
	}
}

// TestMergeOfNothingElse: where nothing is set and nothing leads to what is merged,
// the kept record has a change all the same, and changes tells where the other went.
func TestMergeOfNothingElse(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	kept := create("customer", vars{"name": "Example Steel"})
	lost, other := create("customer", vars{"name": "Example Steel Ltd"}), create("customer", vars{"name": "Another"})
	start := w.ask(t, "mei", `{ changes { cursor } }`, nil).text("changes", "cursor")
	w.ask(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": kept}, "from": from(lost, other)}})
	a := w.ask(t, "tom", `query($k: ID!, $s: String!) { record(id: $k) { version history { nodes { action version by { name } mergedFrom fields { field } } } }
		changes(since: $s) { nodes { id deleted mergedInto } } }`, vars{"k": kept, "s": start})
	for _, want := range []string{
		fmt.Sprintf(`"version":1,"history":{"nodes":[{"action":"UPDATED","version":1,"by":{"name":"Mei"},"mergedFrom":[%q,%q],"fields":[]},{"action":"CREATED"`, lost, other),
		fmt.Sprintf(`{"id":%q,"deleted":false,"mergedInto":null}`, kept),
		fmt.Sprintf(`{"id":%q,"deleted":true,"mergedInto":%q}`, lost, kept),
		fmt.Sprintf(`{"id":%q,"deleted":true,"mergedInto":%q}`, other, kept),
	} {
		if !strings.Contains(a.raw, want) {
			t.Errorf("no %s in %s", want, a.raw)
		}
	}
	// Brought back, it is there; what it went through stays in its history.
	w.ask(t, "mei", `mutation($i: ID!) { undeleteRecord(input: {id: $i}) { record { id } } }`, vars{"i": lost})
	b := w.ask(t, "mei", `query($l: ID!, $s: String!) { record(id: $l) { history { nodes { action mergedInto } } } changes(since: $s) { nodes { id deleted mergedInto } } }`, vars{"l": lost, "s": start})
	for _, want := range []string{
		fmt.Sprintf(`{"action":"RESTORED","mergedInto":null},{"action":"DELETED","mergedInto":%q}`, kept),
		fmt.Sprintf(`{"id":%q,"deleted":false,"mergedInto":null}`, lost),
	} {
		if !strings.Contains(b.raw, want) {
			t.Errorf("no %s in %s", want, b.raw)
		}
	}
}

// TestMergeRefused: what is wrong is told at the merged record, and nothing is written.
func TestMergeRefused(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	kept := create("customer", vars{"name": "Example Steel", "lines": []any{vars{"text": "same"}}})
	lost := create("customer", vars{"name": "Example Steel Ltd", "lines": []any{vars{"text": "same"}}})
	other := create("customer", vars{"name": "Another"})
	try := func(into vars, list []any, code, path string) map[string]any {
		t.Helper()
		a := w.try(t, "mei", mergeRecords, vars{"in": vars{"into": into, "from": list}}).want(code)
		if got := fmt.Sprint(a.view(0)["path"]); got != path {
			t.Errorf("at %s, want %s: %s", got, path, a.raw)
		}
		return a.view(0)
	}
	if v := try(vars{"id": kept}, from(lost), "CONFLICT", "[input from 0 account]"); v["record"] != "line_2" || v["message"] != "said before" {
		t.Errorf("told %v", v)
	}
	if v := try(vars{"id": kept, "version": 7}, from(lost), "CONFLICT", "[input into version]"); fmt.Sprint(v["version"]) != "1" {
		t.Errorf("told %v", v)
	}
	// What is stale comes with what it holds now, each of several.
	a := w.try(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": kept, "version": 7}, "from": []any{vars{"id": other}, vars{"id": lost, "version": 7}}, "set": vars{"name": "New"}}})
	for i, want := range []struct{ path, name string }{{"[input into version]", "Example Steel"}, {"[input from 1 version]", "Example Steel Ltd"}} {
		v := a.view(i)
		now, _ := v["current"].(map[string]any)
		if v["code"] != "CONFLICT" || fmt.Sprint(v["path"]) != want.path || fmt.Sprint(v["version"]) != "1" || now["name"] != want.name || now["tier"] != nil || len(now) < 10 {
			t.Errorf("fault %d: %v, want the record as it is at %s", i, v, want.path)
		}
	}
	if v := try(vars{"id": kept}, []any{vars{"id": lost, "version": 7}}, "CONFLICT", "[input from 0 version]"); v["current"] == nil {
		t.Errorf("told %v", v)
	}
	try(vars{"id": kept}, from(kept), "INVALID", "[input from 0 id]")
	try(vars{"id": kept}, from(lost, lost), "INVALID", "[input from 1 id]")
	try(vars{"id": kept}, from("customer_999"), "NOT_FOUND", "[input from 0 id]")
	try(vars{"id": kept}, from("line_1"), "INVALID", "[input from 0 id]")
	try(vars{"id": kept}, []any{}, "INVALID", "[input from]")
	try(vars{"id": w.ids["tom"]}, from(w.ids["vera"]), "INVALID", "[input into id]")
	// A rule that two of the moved rows break at the kept record is told once.
	many := create("customer", vars{"name": "Many", "lines": []any{vars{"text": "one"}, vars{"text": "two"}}})
	w.ask(t, "mei", `mutation { createSavedAggregate(input: {form: "line", key: "lines_of", groupBy: [{field: "account"}], metrics: [{name: "n", function: COUNT}]}) { savedAggregate { key } } }`, nil)
	w.ask(t, "mei", `mutation($e: String!) { addRule(input: {form: "customer", key: "few", kind: CHECK, expression: $e}) { rule { key } } }`,
		vars{"e": `name != "Another" or coalesce(aggregate("lines_of", "n", this), 0) <= 1`})
	if v := try(vars{"id": other}, from(many), "INVALID", "[input]"); v["record"] != other || v["rule"] != "few" {
		t.Errorf("told %v", v)
	}
	if a := w.try(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": other}, "from": from(many)}}); len(a.errors) != 1 {
		t.Errorf("told %d times: %s", len(a.errors), a.raw)
	}
	if n := w.leadsTo(t, lost); n != 1 {
		t.Errorf("%d rows lead to what was not merged", n)
	}
}

// TestMergeRaces: two merges of each other leave one record, and a reference that
// comes while its record is merged follows or finds nothing.
func TestMergeRaces(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	for i := range 5 {
		a, b := create("customer", vars{"name": fmt.Sprint("a", i)}), create("customer", vars{"name": fmt.Sprint("b", i)})
		var both sync.WaitGroup
		codes := make([]string, 8)
		both.Go(func() {
			codes[0] = w.try(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": a}, "from": from(b)}}).code()
		})
		both.Go(func() {
			codes[1] = w.try(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": b}, "from": from(a)}}).code()
		})
		for k := 2; k < len(codes); k++ {
			both.Go(func() {
				codes[k] = w.try(t, "mei", `mutation($v: JSON!) { createRecord(input: {form: "deal", values: $v}) { record { id } } }`, vars{"v": vars{"buyer": []string{a, b}[k%2]}}).code()
			})
		}
		both.Wait()
		if (codes[0] == "") == (codes[1] == "") || codes[0]+codes[1] != "NOT_FOUND" {
			t.Errorf("merges answered %q", codes[:2])
		}
		made := 0
		for _, code := range codes[2:] {
			switch code {
			case "":
				made++
			case "NOT_FOUND":
			default:
				t.Errorf("a reference answered %q", code)
			}
		}
		if n := w.leadsTo(t, a) + w.leadsTo(t, b); n != made {
			t.Errorf("%d references, %d were made", n, made)
		}
	}
}
