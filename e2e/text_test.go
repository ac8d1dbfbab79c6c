package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// Texts that no database keeps are refused where they stand, wherever texts are kept
// beside records (SEC-31).
func TestTextsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation($m: ID!) { createCustomer(input: {name: "Example Steel", roles: [{responsibility: SALES, member: $m, level: A}]}) { customer { id } } }`, vars{"m": w.ids["tom"]})
	const nul = "a\x00b"
	const over = `mutation($x: String!, $y: ID!, $m: ID!) { handOver(input: {from: $m, rules: [{to: $y}], reason: $x}) { handover { id } } }`
	for _, tt := range []struct{ query, text string }{
		{over, nul},
		{over, strings.Repeat("x", 1001)},
		{`mutation($x: String!) { createReport(input: {form: "customer", label: "x", measures: [{name: "n", function: COUNT, unit: $x}]}) { report { id } } }`, nul},
		{`mutation($x: JSON!) { createReport(input: {form: "customer", label: "x", measures: [{name: "n", function: COUNT}], filter: {name: {eq: $x}}}) { report { id } } }`, nul},
		{`mutation($x: String!) { createReport(input: {form: "customer", label: $x, measures: [{name: "n", function: COUNT}]}) { report { id } } }`, nul},
		{`query($x: String!) { dashboard(reports: ["workload"], title: $x) { picture(format: SVG) { name } } }`, nul},
		{`query($x: String!) { dashboard(reports: ["workload"], title: $x) { picture(format: SVG) { name } } }`, strings.Repeat("长", 201)},
		{`mutation($x: String!) { createDashboard(input: {label: $x, reports: [{report: "workload"}]}) { dashboard { id } } }`, nul},
		{`mutation($x: String!, $m: ID!) { assignTeam(input: {customer: "customer_1", team: [{responsibility: "sales", member: $m, scope: $x}]}) { created { id } } }`, nul},
	} {
		if a := w.try(t, "mei", tt.query, vars{"x": tt.text, "m": w.ids["tom"], "y": w.ids["vera"]}); a.code() != "INVALID" {
			t.Errorf("%s: %s", tt.query, clip(a.raw))
		}
	}
	for _, table := range []string{"handover", "report", "dashboard"} {
		if n := w.sql(t, `SELECT count(*)::text FROM fieldwork.`+table); n != "0" {
			t.Errorf("%s: %s rows", table, n)
		}
	}
}

// Numbers that no record has yet are only that.
func TestNumbersBeyondAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.ask(t, "vera", `{ handovers(member: "member_9223372036854775807", after: "handover_9223372036854775807") { nodes { id } totalCount } }`, nil)
	if n := a.at("handovers", "totalCount"); fmt.Sprint(n) != "0" {
		t.Error(n)
	}
}
