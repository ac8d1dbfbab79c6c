package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const tableOf = `query($f: CustomerFilter, $as: Date) { divisionTable(filter: $f, asOf: $as, orderBy: [{field: NAME}]) {
	rows { number customer { name } cells { responsibility state gap { kind } members { name levels deputy { name } } } tasks { open overdue done progress key } lastContact rating openIssues nextReview reviewLate improvements }
	totalCount gaps { customer { name tier } responsibility kind severity since member { name } } overlaps { responsibility kind members { name } } staleRoles { level member { name } }
	workload { member { name } accounts rolesByLevel { accountable responsible } openTasks points openHours utilisation verdict } evenness } }`

// gapsOf are the gaps of an answer, as customer/responsibility/kind.
func gapsOf(a *answer) []string {
	out := []string{}
	for _, g := range a.at("divisionTable", "gaps").([]any) {
		g := g.(map[string]any)
		out = append(out, fmt.Sprintf("%s/%s/%s", g["customer"].(map[string]any)["name"], g["responsibility"], g["kind"]))
	}
	return out
}

// What a tier requires decides which gaps there are, in the very next answer; so do
// coverage records and settings, in this order.
func TestCoverageIsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	acme := ask(`mutation($m: ID!) { createCustomer(input: {name: "Example Steel", tier: A, roles: [
		{responsibility: ACCOUNT_MANAGER, member: $m, level: A}, {responsibility: SALES, member: $m, level: R}]}) { customer { id version } } }`, vars{"m": w.ids["tom"]})
	id := acme.text("createCustomer", "customer", "id")
	missing := func(keys ...string) []string {
		out := []string{}
		for _, k := range keys {
			out = append(out, "Example Steel/"+k+"/MISSING")
		}
		return out
	}
	a := []string{"Example Steel/sales/NO_ACCOUNTABLE"}
	a = append(a, missing("solution", "technical_support", "delivery", "after_sales", "finance", "sponsor")...)
	version := 1
	set := func(tier any) {
		t.Helper()
		ask(`mutation($id: ID!, $v: Int!, $t: CustomerTier) { updateCustomer(input: {id: $id, version: $v, set: {tier: $t}}) { customer { id } } }`, vars{"id": id, "v": version, "t": tier})
		version++
	}
	want := func(gaps []string) {
		t.Helper()
		if got := gapsOf(ask(tableOf, nil)); !slices.Equal(got, gaps) {
			t.Fatalf("gaps %q, want %q", got, gaps)
		}
	}
	want(a)
	set("B")
	want(append([]string{"Example Steel/sales/NO_ACCOUNTABLE"}, missing("technical_support", "after_sales")...))
	set("D")
	want([]string{})
	set(nil)
	want([]string{})
	ask(`mutation { updateDivisionSettings(input: {coverage: [{responsibilities: ["legal", "account_manager"]}], endingDays: 10}) { settings { endingDays coverage { tier responsibilities } } } }`, nil)
	want(missing("legal"))
	parts := ask(`query($id: ID!) { customer(id: $id) { health { parts { key value } } } }`, vars{"id": id}).at("customer", "health", "parts")
	if !strings.Contains(fmt.Sprint(parts), "map[key:COVERAGE value:50]") {
		t.Errorf("health does not require what the table does: %v", parts)
	}
	w.acme.Install(t, "key_account")
	want([]string{}) // the template brings what customers without a tier need
	if _, err := w.acme.DB.Control.Exec(`DELETE FROM org_acme.coverage`); err != nil {
		t.Fatal(err)
	}
	ask(`mutation { createCoverage(input: {responsibility: FINANCE}) { coverage { id } } }`, nil)
	want(missing("finance"))
	set("A")
	want([]string{})

	bad := w.try(t, "olga", `mutation { updateDivisionSettings(input: {endingDays: 0, coverage: [{tier: "a", responsibilities: ["nothing"]}, {tier: "a", responsibilities: []}], tierWeights: [{tier: "x", weight: -1}]}) { settings { endingDays } } }`, nil)
	paths := []string{}
	for _, e := range bad.errors {
		x := e["extensions"].(map[string]any)
		paths = append(paths, fmt.Sprint(x["code"], x["path"]))
	}
	slices.Sort(paths)
	if got := strings.Join(paths, " "); got != "INVALID[input coverage 0 responsibilities 0] INVALID[input coverage 1 tier] INVALID[input endingDays] INVALID[input tierWeights 0 tier] INVALID[input tierWeights 0 weight]" {
		t.Error(got)
	}
	if w.try(t, "tom", `mutation { updateDivisionSettings(input: {endingDays: 5}) { settings { endingDays } } }`, nil).errors[0]["extensions"].(map[string]any)["code"] != "FORBIDDEN" {
		t.Error("a member may set nothing")
	}
}

// A table takes as many statements with one customer as with many, pages hold while
// numbers go on, and only what is selected is read.
func TestDivisionTablePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	w.acme.Install(t, "key_account")
	add := func(n int) {
		for i := range n {
			ask(`mutation($n: String!, $m: ID!, $o: ID!) { createCustomer(input: {name: $n, tier: C, roles: [{responsibility: AFTER_SALES, member: $m, level: A}, {responsibility: AFTER_SALES, member: $o, level: A}],
				tasks: [{title: "call", assignee: $m, progress: 50}]}) { customer { id } } }`, vars{"n": fmt.Sprintf("Customer %02d", i+n), "m": w.ids["tom"], "o": w.ids["mei"]})
		}
	}
	count := func(query string) int {
		t.Helper()
		ask(query, nil)
		w.first.statements()
		ask(query, nil)
		return len(w.first.statements())
	}
	add(1)
	one := count(tableOf)
	add(7)
	if many := count(tableOf); many != one {
		t.Errorf("%d statements with one customer, %d with eight", one, many)
	}
	if n := count(`{ divisionTable { rows { number } } }`); n != 1 {
		t.Errorf("%d statements for rows alone", n)
	}
	names, after := []string{}, any(nil)
	for range 4 {
		p := ask(`query($a: String) { divisionTable(first: 3, after: $a, orderBy: [{field: NAME}]) { rows { number customer { name roles { totalCount } } cells { state members { name levels } } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } gaps { kind } } }`, vars{"a": after})
		for _, r := range p.at("divisionTable", "rows").([]any) {
			r := r.(map[string]any)
			names = append(names, fmt.Sprint(r["number"], r["customer"].(map[string]any)["name"]))
		}
		if n := len(p.at("divisionTable", "gaps").([]any)); n != 8 {
			t.Errorf("%d gaps, want those of all customers", n)
		}
		after = p.at("divisionTable", "pageInfo", "endCursor")
		if p.at("divisionTable", "pageInfo", "hasNextPage") == false {
			break
		}
	}
	if got := strings.Join(names, ","); got != "1Customer 01,2Customer 07,3Customer 08,4Customer 09,5Customer 10,6Customer 11,7Customer 12,8Customer 13" {
		t.Error(got)
	}
	for _, q := range []string{`{ divisionTable(responsibilities: ["nothing"]) { asOf } }`, `{ divisionTable(asOf: "2999-01-01") { asOf } }`, `{ divisionTable(after: "1.x") { asOf } }`, `{ divisionTable(first: 201) { asOf } }`} {
		if w.try(t, "olga", q, nil).errors == nil {
			t.Errorf("%s is answered", q)
		}
	}
	d := ask(`{ divisionTable(responsibilities: ["sales", "after_sales"]) { columns { key label(language: "zh") } gaps { kind } overlaps { kind members { name } } workload { member { name } accounts points openTasks openHours verdict } evenness } }`, nil)
	t.Log(d.raw)
	if got := d.at("divisionTable", "overlaps").([]any); len(got) != 8 {
		t.Errorf("%d overlaps", len(got))
	}
	if got := d.at("divisionTable", "gaps").([]any); len(got) != 0 {
		t.Errorf("gaps of columns that were not asked for: %v", got)
	}
}

// The table of a past day is what it was then, whatever was changed since.
func TestDivisionTableOfAPastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	exec := func(sql string) {
		t.Helper()
		if _, err := w.acme.DB.Control.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	made := ask(`mutation($m: ID!) { createCustomer(input: {name: "Example Steel", tier: D, roles: [{responsibility: ACCOUNT_MANAGER, member: $m, level: A}],
		tasks: [{title: "call", progress: 50}]}) { customer { id version roles { nodes { id version } } tasks { nodes { id version } } } } }`, vars{"m": w.ids["tom"]})
	for _, table := range []string{"customer", "role", "task", "member"} {
		exec(`UPDATE org_acme.` + table + ` SET created_at = created_at - interval '10 days'`)
	}
	exec(`UPDATE org_acme.history__ SET at = at - interval '10 days'`)
	const table = `query($as: Date) { divisionTable(asOf: $as) { rows { number cells { state members { name levels } } tasks { open done progress key } lastContact } totalCount gaps { responsibility kind } workload { accounts points openTasks } } }`
	recorded := fmt.Sprint(ask(table, nil).at("divisionTable"))
	node := made.at("createCustomer", "customer", "roles", "nodes", 0).(map[string]any)
	task := made.at("createCustomer", "customer", "tasks", "nodes", 0).(map[string]any)
	ask(`mutation($id: ID!) { deleteRole(input: {id: $id, version: 1}) { id } }`, vars{"id": node["id"]})
	ask(`mutation($id: ID!) { updateTask(input: {id: $id, version: 1, set: {status: DONE, title: "called"}}) { task { id } } }`, vars{"id": task["id"]})
	ask(`mutation { createCustomer(input: {name: "Later"}) { customer { id } } }`, nil)
	if now := ask(table, nil); len(now.at("divisionTable", "gaps").([]any)) != 2 || fmt.Sprint(now.at("divisionTable")) == recorded {
		t.Fatalf("today: %s", now.raw)
	}
	for _, ago := range []int{1, 5, 9} {
		if then := ask(table, vars{"as": time.Now().AddDate(0, 0, -ago).Format(time.DateOnly)}); fmt.Sprint(then.at("divisionTable")) != recorded {
			t.Errorf("%d days ago: %v, want %s", ago, then.at("divisionTable"), recorded)
		}
	}
	if then := ask(table, vars{"as": time.Now().AddDate(0, 0, -20).Format(time.DateOnly)}); len(then.at("divisionTable", "rows").([]any)) != 0 {
		t.Errorf("before anything was made: %s", then.raw)
	}
}
