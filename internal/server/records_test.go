package server_test

import (
	"fmt"
	"testing"
)

const nested = `{ customers(first: 200, orderBy: [{field: NAME}]) { nodes { name owner { name }
	roles { nodes { responsibility level member { name } } }
	tasks(first: 5, orderBy: [{field: DUE_ON}]) { nodes { title assignee { name team { name } } } }
	feedback(first: 3) { nodes { content member { name } } } } pageInfo { hasNextPage } } }`

func TestNestedQueryTakesOneStatementPerLevel(t *testing.T) {
	w := newWorld(t)
	var first int
	have := 0
	for _, n := range []int{1, 10, 1000} {
		if _, err := w.org.DB.Control.Exec(fmt.Sprintf(`
			INSERT INTO org_acme.customer (name, owner) SELECT 'c' || lpad(n::text, 5, '0'), 1 FROM generate_series(%d, %d) n`, have+1, n)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.org.DB.Control.Exec(`
			INSERT INTO org_acme.role (customer, responsibility, level, member) SELECT id, 'sales', 'a', 1 FROM org_acme.customer;
			INSERT INTO org_acme.task (customer, title, status, assignee) SELECT id, 't', 'open', 1 FROM org_acme.customer, generate_series(1, 3);
			INSERT INTO org_acme.feedback (customer, content, occurred_at, member) SELECT id, 'f', now(), 1 FROM org_acme.customer`); err != nil {
			t.Fatal(err)
		}
		have = n
		w.taken()
		r := w.do(nested, "")
		if got := len(r.at("customers.nodes").([]any)); got != min(n, 200) {
			t.Fatalf("%d customers: got %d", n, got)
		}
		statements := w.taken()
		if first == 0 {
			first = len(statements)
		}
		if len(statements) != first || first != 6 {
			t.Errorf("%d customers: %d statements, want 6 whatever their number:\n%q", n, len(statements), statements)
		}
	}
}

func TestRecordsAreWrittenAndReadBack(t *testing.T) {
	w := newWorld(t)
	w.want(`mutation { createCustomer(input: {name: "Example Steel", tier: A, annualRevenue: "1200000.10", owner: "member_1", contractEnd: "2027-01-31"}) {
		customer { id version title tier status annualRevenue contractEnd owner { name } createdBy { name } archivedAt } } }`, "",
		`{"createCustomer":{"customer":{"id":"customer_1","version":1,"title":"Example Steel","tier":"A","status":"ACTIVE","annualRevenue":"1200000.10",
		  "contractEnd":"2027-01-31","owner":{"name":"Olga"},"createdBy":{"name":"Olga"},"archivedAt":null}}}`)
	w.want(`mutation { updateRecord(input: {id: "customer_1", version: 1, set: {tier: "b", note: "line\nbreak \"quoted\"", owner: null}}) {
		record { version ... on Customer { tier note owner { id } annualRevenue } values(fields: ["tier", "owner"]) } } }`, "",
		`{"updateRecord":{"record":{"version":2,"tier":"B","note":"line\nbreak \"quoted\"","owner":null,"annualRevenue":"1200000.10","values":{"tier":"b","owner":null}}}}`)
	w.refuse(`mutation { updateCustomer(input: {id: "customer_1", version: 1, set: {tier: C}}) { customer { id } } }`, "", "CONFLICT input.version")
	w.want(`mutation { archiveCustomer(input: {id: "customer_1", version: 2}) { customer { version } } }`, "", `{"archiveCustomer":{"customer":{"version":3}}}`)
	w.want(`{ customers { totalCount } archived: customers(filter: {archivedAt: {isNull: false}}) { totalCount } customer(id: "customer_1") { name } }`, "",
		`{"customers":{"totalCount":0},"archived":{"totalCount":1},"customer":{"name":"Example Steel"}}`)
	w.refuse(`mutation { updateCustomer(input: {id: "customer_1", version: 3, set: {tier: C}}) { customer { id } } }`, "", "CONFLICT input.id")
	w.want(`mutation { restoreRecord(input: {id: "customer_1", version: 3}) { record { version } } }`, "", `{"restoreRecord":{"record":{"version":4}}}`)
	w.want(`mutation { deleteRecord(input: {id: "customer_1", version: 4}) { id } }`, "", `{"deleteRecord":{"id":"customer_1"}}`)
	w.refuse(`{ customer(id: "customer_1") { id } }`, "", "NOT_FOUND id")
}

func TestAllFaultsOfAnInputComeAtOnceAndNothingIsWritten(t *testing.T) {
	w := newWorld(t)
	w.refuse(`mutation { createCustomer(input: {annualRevenue: "1.234", contractEnd: "2026-02-30", owner: "customer_1"}) { customer { id } } }`, "",
		"INVALID input.name", "INVALID input.annualRevenue", "INVALID input.contractEnd", "INVALID input.owner")
	w.refuse(`mutation { createRecord(input: {form: "customer", values: {annual_revenue: "1.234", contract_end: "2026-02-30", owner: "customer_1", nope: 1}}) { record { id } } }`, "",
		"INVALID input.values.name", "INVALID input.values.annual_revenue", "INVALID input.values.contract_end", "INVALID input.values.owner", "INVALID input.values.nope")
	w.refuse(`mutation($v: JSON!) { createRecord(input: {form: "customer", values: $v}) { record { id } } }`, `{"v":{"name":"a\u0000b"}}`, "INVALID input.values.name")
	// The second of two mutations is wrong: the first must not have been written.
	w.refuse(`mutation { a: createCustomer(input: {name: "A"}) { customer { id } } b: createCustomer(input: {}) { customer { id } } }`, "", "INVALID input.name")
	w.refuse(`mutation { createCustomer(input: {name: "A", owner: "member_99"}) { customer { id } } }`, "", "NOT_FOUND input.owner")
	w.want(`{ customers { totalCount } }`, "", `{"customers":{"totalCount":0}}`)
	w.do(`mutation { createCustomer(input: {name: "A"}) { customer { id } } }`, "")
	w.refuse(`mutation { createCustomer(input: {name: "A"}) { customer { id } } }`, "", "CONFLICT input.name")
}

func TestTypedAndGenericFaceAgree(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.do(fmt.Sprintf(`mutation { createCustomer(input: {name: "c%d", tier: %s, annualRevenue: "%d"%s}) { customer { id } } }`, i, []string{"A", "B"}[i%2], i*10,
			[]string{"", `, owner: "member_1"`}[i%2]), "")
	}
	w.do(`mutation { createTask(input: {title: "t", customer: "customer_2", dueOn: "2020-01-01"}) { task { id } } }`, "")
	for _, c := range []struct{ name, typed, generic, want string }{
		{"comparison", `{annualRevenue: {gte: "30"}, tier: {eq: A}}`, `{annual_revenue: {gte: "30"}, tier: {eq: "a"}}`, `["c4","c6"]`},
		{"or", `{or: [{name: {eq: "c1"}}, {name: {endsWith: "5"}}]}`, `{or: [{name: {eq: "c1"}}, {name: {endsWith: "5"}}]}`, `["c1","c5"]`},
		{"not of an empty reference", `{not: {owner: {name: {eq: "Olga"}}}, annualRevenue: {lt: 30}}`, `{not: {owner: {name: {eq: "Olga"}}}, annual_revenue: {lt: 30}}`, `["c0","c2"]`},
		{"no reference", `{owner: {isNull: true}, annualRevenue: {gt: 30}}`, `{owner: {isNull: true}, annual_revenue: {gt: 30}}`, `["c4","c6"]`},
		{"children", `{tasks: {some: {dueOn: {during: OVERDUE}}}}`, `{tasks: {some: {due_on: {during: "OVERDUE"}}}}`, `["c1"]`},
		{"no children", `{tasks: {none: {}}, name: {in: ["c1", "c2"]}}`, `{tasks: {none: {}}, name: {in: ["c1", "c2"]}}`, `["c2"]`},
		{"a percent sign is a letter", `{name: {contains: "%"}}`, `{name: {contains: "%"}}`, `[]`},
		{"nothing said", `{}`, `{}`, `["c0","c1","c2","c3","c4","c5","c6"]`},
	} {
		q := fmt.Sprintf(`{ typed: customers(filter: %s, orderBy: [{field: NAME}]) { nodes { name } }
			generic: records(form: "customer", filter: %s, orderBy: [{field: "name"}]) { nodes { ... on Customer { name } } } }`, c.typed, c.generic)
		r := w.do(q, "")
		for _, face := range []string{"typed", "generic"} {
			got := "["
			for i, n := range r.at(face + ".nodes").([]any) {
				if i > 0 {
					got += ","
				}
				got += fmt.Sprintf("%q", n.(map[string]any)["name"])
			}
			if got += "]"; got != c.want {
				t.Errorf("%s, %s face: got %s, want %s", c.name, face, got, c.want)
			}
		}
	}
	w.refuse(`{ records(form: "customer", filter: {name: {eq: "x", typo: 1}, nope: {eq: 1}, tier: {eq: "z"}, annual_revenue: {gt: {a: 1}}}) { totalCount } }`, "",
		"INVALID filter.annual_revenue.gt", "INVALID filter.name.typo", "INVALID filter.nope", "INVALID filter.tier.eq")
	w.refuse(`{ records(form: "nope") { totalCount } }`, "", "NOT_FOUND form")
	w.refuse(`{ customers { nodes { values(fields: ["name", "ctid", "*"]) } } }`, "", "INVALID nodes.values.fields.1", "INVALID nodes.values.fields.2")
}

func TestPagesJoinWithoutLossOrRepetition(t *testing.T) {
	w := newWorld(t)
	if _, err := w.org.DB.Control.Exec(`INSERT INTO org_acme.customer (name, annual_revenue) SELECT 'c' || n, nullif(n % 4, 3) FROM generate_series(1, 23) n`); err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{`{field: ANNUAL_REVENUE}`, `{field: ANNUAL_REVENUE, direction: DESC}`, `{field: ANNUAL_REVENUE, nulls: FIRST}`, `{field: TIER}`, `{field: ID, direction: DESC}`} {
		all := ids(w.do(`{ customers(first: 50, orderBy: [`+order+`]) { nodes { id } } }`, "").at("customers.nodes"))
		for _, way := range []string{"forward", "backward"} {
			var walked []string
			cursor := "null"
			for {
				args := `first: 5, after: ` + cursor
				if way == "backward" {
					args = `last: 5, before: ` + cursor
				}
				r := w.do(`{ customers(`+args+`, orderBy: [`+order+`]) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, "")
				page := ids(r.at("customers.nodes"))
				more, next := "hasNextPage", "endCursor"
				if way == "backward" {
					walked, more, next = append(page, walked...), "hasPreviousPage", "startCursor"
				} else {
					walked = append(walked, page...)
				}
				if r.at("customers.pageInfo."+more) != true {
					break
				}
				cursor = fmt.Sprintf("%q", r.at("customers.pageInfo."+next))
			}
			if fmt.Sprint(walked) != fmt.Sprint(all) {
				t.Errorf("%s %s:\n got %v\nwant %v", order, way, walked, all)
			}
		}
	}
	w.refuse(`{ customers(first: 0, after: "nope", orderBy: [{field: NAME}]) { totalCount } }`, "", "INVALID first", "INVALID after")
	w.refuse(`{ customers(first: 201) { totalCount } }`, "", "TOO_COSTLY first")
	w.refuse(`{ customers(first: 1, last: 1) { totalCount } }`, "", "INVALID last")
}

func ids(nodes any) []string {
	var out []string
	for _, n := range nodes.([]any) {
		out = append(out, n.(map[string]any)["id"].(string))
	}
	return out
}

func TestSelectionsFollowTheSpecification(t *testing.T) {
	w := newWorld(t)
	w.do(`mutation { createCustomer(input: {name: "A", owner: "member_1"}) { customer { id } } }`, "")
	w.want(`query($yes: Boolean!, $n: Int = 1) {
		z: __typename
		forms { key }
		node(id: "customer_1") { __typename id ...R ... on Customer { title again: name name @skip(if: $yes) owner { name } owner { email } } ... on Task { dueOn } }
		customers(first: $n) { edges { node { ...R tasks { nodes { id } totalCount } } } nodes { form { key label(language: "zh") } } pageInfo { hasNextPage } }
		me { name ... on Record { title } }
	} fragment R on Record { title ... on Node { id } createdBy @include(if: $yes) { id } }`, `{"yes": true}`,
		`{"z":"Query","forms":[{"key":"member"},{"key":"team"},{"key":"customer"},{"key":"role"},{"key":"task"},{"key":"feedback"}],
		"node":{"__typename":"Customer","id":"customer_1","title":"A","createdBy":{"id":"member_1"},"again":"A","owner":{"name":"Olga","email":"olga@acme.example"}},
		"customers":{"edges":[{"node":{"title":"A","id":"customer_1","createdBy":{"id":"member_1"},"tasks":{"nodes":[],"totalCount":0}}}],
		"nodes":[{"form":{"key":"customer","label":"客户"}}],"pageInfo":{"hasNextPage":false}},"me":{"name":"Olga","title":"Olga"}}`)
	// Mutations run one after the other, whoever answers them.
	w.want(`mutation { a: createCustomer(input: {name: "B"}) { customer { id } } f: addField(input: {form: "customer", key: "extra", kind: TEXT}) { field { key } }
		b: createCustomer(input: {name: "C"}) { customer { id } } }`, "",
		`{"a":{"customer":{"id":"customer_2"}},"f":{"field":{"key":"extra"}},"b":{"customer":{"id":"customer_3"}}}`)
}
