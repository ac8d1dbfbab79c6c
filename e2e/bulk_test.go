package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// TestTenThousandRows: as many are taken in one request, and one more is refused
// before anything is asked of PostgreSQL.
func TestTenThousandRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows []any
	for i := range 10_001 {
		rows = append(rows, vars{"name": fmt.Sprint("customer ", i), "tier": "A", "annualRevenue": fmt.Sprint(i, ".50"), "note": strings.Repeat("long ", 40)})
	}
	const q = `mutation($rows: [CreateCustomerInput!]!) { createCustomers(input: {rows: $rows}) { count errors { row message } records { id } } }`
	a := w.try(t, "mei", q, vars{"rows": rows})
	if len(a.errors) != 1 || a.errors[0]["extensions"].(map[string]any)["code"] != "TOO_COSTLY" {
		t.Errorf("10,001 rows: %.300s", a.raw)
	}
	a = w.ask(t, "mei", q, vars{"rows": rows[:10_000]})
	if !strings.Contains(a.raw, `"count":10000,"errors":[]`) || strings.Count(a.raw, `"id":"customer_`) != 10_000 {
		t.Errorf("10,000 rows: %.300s", a.raw)
	}
	var n, different int
	if err := w.acme.DB.Control.QueryRow(`SELECT count(*), count(DISTINCT code) FROM org_acme.customer WHERE name = 'customer ' || floor(annual_revenue)::int AND tier = 'a'`).Scan(&n, &different); err != nil || n != 10_000 || different != n {
		t.Errorf("%d rows of %d numbers are right: %v", n, different, err)
	}
	// Numbers, codes and the answer are in the order of rows.
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM (SELECT name, code, row_number() OVER (ORDER BY id) AS n, row_number() OVER (ORDER BY length(code), code) AS m FROM org_acme.customer) x
		WHERE name = 'customer ' || n - 1 AND n = m`); err != nil || n != 10_000 {
		t.Errorf("%d rows are in order: %v", n, err)
	}
	// All of them taken: each is told.
	a = w.ask(t, "mei", q, vars{"rows": rows[:10_000]})
	if strings.Count(a.raw, `"message":"another record has this value"`) != 10_000 || !strings.Contains(a.raw, `"count":0`) {
		t.Errorf("10,000 again: %.300s", a.raw)
	}
}

// TestBulkWritesOfWideForms: no limit of PostgreSQL on arguments is met.
func TestBulkWritesOfWideForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var fields []any
	row := vars{}
	for i := range 150 {
		fields = append(fields, vars{"key": fmt.Sprint("field", i), "kind": "TEXT"})
		row[fmt.Sprint("field", i)] = fmt.Sprint(i)
	}
	w.ask(t, "mei", `mutation($f: [NewFieldInput!]!) { createForm(input: {key: "wide", fields: $f}) { form { key } } }`, vars{"f": fields})
	a := w.ask(t, "mei", `mutation($rows: [JSON!]!) { createRecords(input: {form: "wide", rows: $rows}) { records { values } } }`, vars{"rows": []any{row, vars{}, row}})
	if strings.Count(a.raw, `"field149":"149"`) != 2 {
		t.Errorf("answered %.500s", a.raw)
	}
	a = w.ask(t, "mei", `mutation($rows: [JSON!]!) { upsertRecords(input: {form: "wide", rows: $rows}) { count errors { message } } }`,
		vars{"rows": []any{vars{"id": "wide_1", "field7": "new"}, vars{"id": "wide_2", "field140": "new"}}})
	if !strings.Contains(a.raw, `"count":2`) {
		t.Errorf("answered %.500s", a.raw)
	}
	var n int
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM org_acme.wide WHERE field7 = 'new' AND field8 = '8' OR field140 = 'new' AND field8 IS NULL`); err != nil || n != 2 {
		t.Errorf("%d rows are right: %v", n, err)
	}
}

// TestStaleRowsTellWhatIs: each CONFLICT of versions of a bulk update comes with what
// the fields of its row hold now, on both faces; rows that nothing is wrong with are
// written, and a repeated request says nothing of a record that has moved on since.
func TestStaleRowsTellWhatIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation { createCustomers(input: {rows: [{name: "First", tier: A}, {name: "Second", tier: B}, {name: "Third"}]}) { count } }`, nil)
	const typed = `mutation { updateCustomers(input: {onError: SKIP, idempotencyKey: "once", rows: [
		{id: "customer_1", version: 7, set: {tier: C, name: "Other"}}, {id: "customer_2", version: 8, set: {note: "new"}},
		{id: "customer_3", version: 1, set: {note: "written"}}, {id: "customer_99", version: 1, set: {note: "new"}}]}) { count errors { row code path details } } }`
	a := w.ask(t, "mei", typed, nil)
	want := `{"updateCustomers":{"count":1,"errors":[` +
		`{"row":0,"code":"CONFLICT","path":["input","rows",0,"version"],"details":{"current":{"name":"First","tier":"A"},"version":1}},` +
		`{"row":1,"code":"CONFLICT","path":["input","rows",1,"version"],"details":{"current":{"note":null},"version":1}},` +
		`{"row":3,"code":"NOT_FOUND","path":["input","rows",3,"id"],"details":null}]}}`
	if !strings.Contains(a.raw, want) {
		t.Errorf("answered %s, want %s", a.raw, want)
	}
	a = w.ask(t, "mei", `mutation { updateRecords(input: {form: "customer", rows: [{id: "customer_1", version: 7, set: {tier: "c"}}]}) { count errors { details } } }`, nil)
	if want := `{"count":0,"errors":[{"details":{"current":{"tier":"a"},"version":1}}]}`; !strings.Contains(a.raw, want) {
		t.Errorf("answered %s, want %s", a.raw, want)
	}
	w.ask(t, "mei", `mutation { updateCustomer(input: {id: "customer_1", version: 1, set: {name: "Renamed"}}) { customer { id } } }`, nil)
	a = w.ask(t, "mei", typed, nil)
	if !strings.Contains(a.raw, `"details":{"version":1}`) || !strings.Contains(a.raw, `"details":{"current":{"note":null},"version":1}`) {
		t.Errorf("a repeated request answered %s", a.raw)
	}
	var n int
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM org_acme.customer WHERE (id, name, version) IN ((1, 'Renamed', 2), (2, 'Second', 1), (3, 'Third', 2)) AND (note IS NOT NULL) = (id = 3)`); err != nil || n != 3 {
		t.Errorf("%d records are right: %v", n, err)
	}
}

// TestWhoCanOnlySignInSendsLittle: the room that bulk writes need is for members.
func TestWhoCanOnlySignInSendsLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := []byte(`{"query":"mutation { signIn(input: {email: \"x\", password: \"x\"}) { token } }","variables":{"v":"` + strings.Repeat("x", 2<<20) + `"}}`)
	if a := post(t, w, call{body: body}); a.status != 413 {
		t.Errorf("answered %d %.300s", a.status, a.raw)
	}
}

// TestBulkWritesInAnyOrder: requests about the same records, each in an order of its
// own, wait for each other, and none is refused.
func TestBulkWritesInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows []any
	for i := range 60 {
		rows = append(rows, vars{"name": fmt.Sprint("customer ", i)})
	}
	a := w.ask(t, "mei", `mutation($rows: [CreateCustomerInput!]!) { createCustomers(input: {rows: $rows}) { errors { row } records { id } } }`, vars{"rows": rows})
	var ids []string
	for _, r := range a.at("createCustomers", "records").([]any) {
		ids = append(ids, r.(map[string]any)["id"].(string))
	}
	w.ask(t, "olga", `mutation { addField(input: {form: "customer", key: "number", kind: TEXT, unique: true}) { field { key } } }`, nil)
	type request struct {
		query string
		rows  []any
	}
	random := rand.New(rand.NewPCG(7, 8))
	var requests []request
	for n := range 24 {
		var rows []any
		for _, i := range random.Perm(len(ids)) {
			if n%2 == 0 {
				rows = append(rows, vars{"id": ids[i], "set": vars{"note": fmt.Sprint(n)}})
			} else {
				rows = append(rows, vars{"name": fmt.Sprint("new ", i), "number": fmt.Sprint(i), "note": fmt.Sprint(n)})
			}
		}
		query := `mutation($rows: [UpdateCustomersRow!]!) { updateCustomers(input: {rows: $rows}) { count errors { row code message } } }`
		if n%2 == 1 {
			query = `mutation($rows: [CustomerRow!]!) { upsertCustomers(input: {by: ["number"], rows: $rows}) { count errors { row code message } } }`
		}
		requests = append(requests, request{query, rows})
	}
	var all sync.WaitGroup
	for _, r := range requests {
		all.Go(func() {
			if a := w.try(t, "mei", r.query, vars{"rows": r.rows}); len(a.errors) > 0 || !strings.Contains(a.raw, `"count":60,"errors":[]`) {
				t.Errorf("%.60s: %.300s", r.query, a.raw)
			}
		})
	}
	all.Wait()
	var notes, made int
	if err := w.acme.DB.Control.QueryRow(`SELECT count(DISTINCT note), count(*) FROM org_acme.customer WHERE number IS NOT NULL`).Scan(&notes, &made); err != nil || notes != 1 || made != len(ids) {
		t.Errorf("%d records with %d notes were made: %v", made, notes, err)
	}
	if err := w.acme.DB.Control.Get(&notes, `SELECT count(DISTINCT note) FROM org_acme.customer WHERE name LIKE 'customer %'`); err != nil || notes != 1 {
		t.Errorf("records hold what %d requests wrote: %v", notes, err)
	}
}
