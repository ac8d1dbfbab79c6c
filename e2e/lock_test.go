package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// other is somebody else's transaction, and what its requests are waited for by.
type other struct {
	*sqlx.Tx
	t *testing.T
	w *world
}

// begin begins a transaction beside the server that does some statements and holds
// what they lock. It is never the one that PostgreSQL ends for others.
func (w *world) begin(t *testing.T, statements ...string) *other {
	t.Helper()
	tx, err := w.acme.DB.Control.BeginTxx(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	o := &other{tx, t, w}
	o.do(append([]string{`SET LOCAL deadlock_timeout = '1h'`}, statements...)...)
	return o
}

func (o *other) do(statements ...string) {
	o.t.Helper()
	for _, s := range statements {
		if _, err := o.ExecContext(o.t.Context(), s); err != nil {
			o.t.Fatalf("%s: %v", s, err)
		}
	}
}

// waited returns when as many requests wait for it.
func (o *other) waited(n int) {
	o.t.Helper()
	const waiting = `SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() <> pid AND $1 = ANY(pg_blocking_pids(pid))`
	var me, got int
	if err := o.Get(&me, `SELECT pg_backend_pid()`); err != nil {
		o.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); got != n; {
		if err := o.w.acme.DB.Control.Get(&got, waiting, me); err != nil || time.Now().After(end) {
			o.t.Fatalf("%d requests wait, not %d: %v", got, n, err)
		}
	}
}

// TestLocked: who needs what others hold for long is told so, and that nothing was
// done; a reader too.
func TestLocked(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	id := create("customer", vars{"name": "Example Steel"})
	number := strings.TrimPrefix(id, "customer_")
	o := w.begin(t, `SELECT FROM org_acme.customer WHERE id = `+number+` FOR UPDATE`, `LOCK TABLE org_acme.deal IN ACCESS EXCLUSIVE MODE`)
	v := vars{"id": id}
	requests := map[string]string{
		"one":        `mutation($id: ID!) { updateCustomer(input: {id: $id, version: 1, set: {shortName: "S"}}) { customer { id } } }`,
		"with rows":  `mutation($id: ID!) { updateCustomer(input: {id: $id, version: 1, set: {lines: [{text: "a"}]}}) { customer { id } } }`,
		"many":       `mutation($id: ID!) { updateRecords(input: {form: "customer", rows: [{id: $id, set: {short_name: "S"}}], onError: SKIP}) { count } }`,
		"with a key": `mutation($id: ID!) { archiveRecord(input: {id: $id, version: 1, idempotencyKey: "k"}) { record { id } } }`,
		"deleting":   `mutation($id: ID!) { deleteCustomer(input: {id: $id, version: 1}) { id } }`,
		"referring":  `mutation($id: ID!) { createDeal(input: {name: "x", buyer: $id}) { deal { id } } }`,
		"reading":    `query($id: ID!) { customer(id: $id) { id } deals { nodes { id } } }`,
	}
	var wg sync.WaitGroup
	for name, q := range requests {
		wg.Go(func() {
			a := w.try(t, "mei", q, v).want("UNAVAILABLE")
			ext := a.errors[0]["extensions"].(map[string]any)
			if ext["outcome"] != "NOT_DONE" && name != "reading" || fmt.Sprint(ext["retryAfter"]) != "1" || !strings.Contains(a.raw, "others are changing the same records") {
				t.Errorf("%s: %s", name, a.raw)
			}
			if name != "reading" && (a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "1") {
				t.Errorf("%s: status %d, Retry-After %q", name, a.status, a.header.Get("Retry-After"))
			}
		})
	}
	wg.Wait()
	if err := o.Rollback(); err != nil {
		t.Fatal(err)
	}
	var rows string
	if err := w.acme.DB.Control.Get(&rows, `SELECT (SELECT version FROM org_acme.customer WHERE id = $1) || ' ' || (SELECT count(*) FROM org_acme.line) || ' ' || (SELECT count(*) FROM org_acme.deal)`, number); err != nil || rows != "1 0 0" {
		t.Errorf("version, lines and deals are %q: %v", rows, err)
	}
	w.ask(t, "mei", requests["one"], v) // and once more it is done
	w.try(t, "mei", requests["with a key"], v).want("CONFLICT")
}

// TestCircle: a write that waits in a circle with others gives way and is done when
// they are; a merge, which has looked at much, is to be sent again.
func TestCircle(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	kept := create("customer", vars{"name": "Example Steel", "lines": []any{vars{"text": "first"}}})
	lost := create("customer", vars{"name": "Example Steel Ltd", "lines": []any{vars{"text": "second"}}})
	line := func(owner string) string {
		return w.ask(t, "mei", `query($k: ID!) { customer(id: $k) { lines { nodes { id } } } }`, vars{"k": owner}).text("customer", "lines", "nodes", 0, "id")
	}
	first, second := line(kept), line(lost)
	// circle has a request wait for a line, and then somebody for its customer.
	circle := func(line, customer, query string, v vars) *answer {
		t.Helper()
		o := w.begin(t, `UPDATE org_acme.line SET text = text || '!' WHERE id = `+strings.TrimPrefix(line, "line_"))
		var a *answer
		var wg sync.WaitGroup
		wg.Go(func() { a = w.try(t, "mei", query, v) })
		o.waited(1)
		o.do(`UPDATE org_acme.customer SET note = 'theirs' WHERE id = ` + strings.TrimPrefix(customer, "customer_"))
		if err := o.Commit(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		return a
	}
	a := circle(first, kept, `mutation($k: ID!, $l: ID!) { updateCustomer(input: {id: $k, version: 1, set: {shortName: "S", lines: [{id: $l, place: 5}, {text: "new"}]}}) { customer { version note shortName lines { nodes { text } } } } }`,
		vars{"k": kept, "l": first})
	if want := `{"version":2,"note":"theirs","shortName":"S","lines":{"nodes":[{"text":"first!"},{"text":"new"}]}}`; !strings.Contains(a.raw, want) {
		t.Errorf("no %s in %s", want, a.raw)
	}
	a = circle(second, lost, mergeRecords, vars{"in": vars{"into": vars{"id": kept}, "from": from(lost)}}).want("CONFLICT")
	if !strings.Contains(a.raw, "another change got in the way; try again") {
		t.Error(a.raw)
	}
	w.ask(t, "mei", mergeRecords, vars{"in": vars{"into": vars{"id": kept}, "from": from(lost)}})
}

// TestUpsertOfWhatGoes: a row whose record is deleted, or called something else,
// between its being found and its being written makes a record.
func TestUpsertOfWhatGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation { createForm(input: {key: "part", fields: [{key: "code", kind: TEXT, unique: true}, {key: "price", kind: INTEGER}]}) { form { key } } }`, nil)
	w.ask(t, "mei", `mutation { createParts(input: {rows: [{code: "a", price: 1}, {code: "b", price: 1}, {code: "c", price: 1}]}) { count } }`, nil)
	o := w.begin(t, `DELETE FROM org_acme.part WHERE code = 'a'`, `UPDATE org_acme.part SET code = 'other' WHERE code = 'b'`)
	var a, one *answer
	var wg sync.WaitGroup
	wg.Go(func() {
		a = w.try(t, "mei", `mutation { upsertParts(input: {by: ["code"], rows: [{code: "a", price: 2}, {code: "b", price: 2}, {code: "c", price: 2}]}) { count errors { row code path } } }`, nil)
	})
	o.waited(1)
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if !strings.Contains(a.raw, `"upsertParts":{"count":3,"errors":[]}`) {
		t.Error(a.raw)
	}
	o = w.begin(t, `DELETE FROM org_acme.part WHERE code = 'c'`)
	wg.Go(func() {
		one = w.try(t, "mei", `mutation { upsertParts(input: {by: ["code"], rows: [{code: "c", price: 3}]}) { count errors { row code path } } }`, nil)
	})
	o.waited(1)
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if !strings.Contains(one.raw, `"upsertParts":{"count":1,"errors":[]}`) {
		t.Error(one.raw)
	}
	var rows string
	if err := w.acme.DB.Control.Get(&rows, `SELECT string_agg(code || ' ' || price || ' ' || version, ', ' ORDER BY code) FROM org_acme.part`); err != nil || rows != "a 2 1, b 2 1, c 3 1, other 1 1" {
		t.Errorf("there are %q: %v", rows, err)
	}
}

// TestBinRaces: of those who bring a deleted record back, or purge it, at once one
// finds it there; the others are told that it is not.
func TestBinRaces(t *testing.T) {
	t.Parallel()
	w, create := merging(t)
	for range 4 {
		id := create("customer", vars{"name": "Example Steel", "lines": []any{vars{"text": "first"}, vars{"text": "second"}}})
		w.ask(t, "mei", `mutation($i: ID!) { deleteRecord(input: {id: $i, version: 1}) { id } }`, vars{"i": id})
		requests := []string{`purgeRecord(input: {id: $i}) { id }`, `undeleteRecord(input: {id: $i}) { record { id } }`, `undeleteRecord(input: {id: $i}) { record { id } }`, `purgeRecord(input: {id: $i}) { id }`}
		done := make([]bool, len(requests))
		var wg sync.WaitGroup
		for i, q := range requests {
			wg.Go(func() {
				a := w.try(t, "mei", `mutation($i: ID!) { `+q+` }`, vars{"i": id})
				if done[i] = len(a.errors) == 0; !done[i] {
					a.want("NOT_FOUND")
				}
			})
		}
		wg.Wait()
		purged, back := done[0] || done[3], done[1] || done[2]
		if purged == back || done[0] && done[3] || done[1] && done[2] {
			t.Fatalf("done were %v", done)
		}
		var found string
		err := w.acme.DB.Control.Get(&found, `SELECT (SELECT count(*) FROM org_acme.customer WHERE id = $1) || ' ' || (SELECT count(*) FROM org_acme.line WHERE account = $1) || ' ' ||
			(SELECT count(*) FROM org_acme.history__ WHERE form = 'customer' AND record = $1 AND was <> '{}')`, strings.TrimPrefix(id, "customer_"))
		if want := map[bool]string{true: "1 2 1", false: "0 0 0"}[back]; err != nil || found != want {
			t.Fatalf("record, rows and what is known of it are %q, want %q: %v", found, want, err)
		}
		if back {
			w.ask(t, "mei", `mutation($i: ID!) { deleteRecord(input: {id: $i, version: 2}) { id } }`, vars{"i": id}) // its name is free again
		}
	}
}
