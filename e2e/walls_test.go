package e2e_test

import (
	"strings"
	"testing"
)

// What another organisation, or another member, keeps beside records is as if it were
// not there, and viewers keep nothing (SEC-19).
func TestWhatIsKeptBesideRecordsIsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withBeta(t)
	const (
		report    = `mutation($s: Boolean) { createReport(input: {form: "customer", label: "x", shared: $s, measures: [{name: "n", function: COUNT}]}) { report { id } } }`
		dashboard = `mutation($r: ID!, $s: Boolean) { createDashboard(input: {label: "x", shared: $s, reports: [{report: $r}]}) { dashboard { id } } }`
		extract   = `mutation($c: ID!) { createExtract(input: {customer: $c}) { extract { id } } }`
	)
	ids := func(owner, from, to string, shared bool) vars {
		c := w.ask(t, owner, `mutation($m: ID!) { createCustomer(input: {name: "Example Steel", roles: [{responsibility: SALES, member: $m, level: A}]}) { customer { id } } }`, vars{"m": from}).text("createCustomer", "customer", "id")
		r := w.ask(t, owner, report, vars{"s": shared}).text("createReport", "report", "id")
		d := w.ask(t, owner, dashboard, vars{"r": r, "s": shared}).text("createDashboard", "dashboard", "id")
		h := w.ask(t, owner, `mutation($f: ID!, $t: ID!) { handOver(input: {from: $f, rules: [{to: $t}]}) { handover { id } } }`, vars{"f": from, "t": to}).text("handOver", "handover", "id")
		x := w.ask(t, owner, extract, vars{"c": c}).text("createExtract", "extract", "id")
		return vars{"c": c, "r": r, "d": d, "h": h, "x": x}
	}
	w.ask(t, "bea", `mutation { createMember(input: {name: "B", email: "b@beta.example"}) { member { id } } }`, nil)
	members := w.ask(t, "bea", `{ members { nodes { id } } }`, nil).at("members", "nodes").([]any)
	id := func(i int) string { return members[i].(map[string]any)["id"].(string) }
	of := ids("bea", id(0), id(1), true)
	own := ids("mei", w.ids["mei"], w.ids["vera"], false)
	tests := []string{
		`query($r: ID!) { report(id: $r) { rows { values } } }`,
		`query($r: ID!) { dashboard(reports: [$r]) { results { rows { values } } } }`,
		`query($d: ID!) { dashboard(id: $d) { results { rows { values } } } }`,
		`mutation($r: ID!) { updateReport(input: {id: $r, version: 1, shared: true}) { report { id } } }`,
		`mutation($r: ID!) { deleteReport(input: {id: $r, version: 1}) { id } }`,
		`mutation($d: ID!) { updateDashboard(input: {id: $d, version: 1, columns: 2}) { dashboard { id } } }`,
		`mutation($d: ID!) { deleteDashboard(input: {id: $d, version: 1}) { id } }`,
		`mutation($r: ID!) { createDashboard(input: {label: "x", reports: [{report: $r}]}) { dashboard { id } } }`,
	}
	apart := append([]string{
		`mutation($h: ID!) { undoHandover(input: {id: $h}) { handover { id } } }`,
		`query($h: ID!) { handover(id: $h) { id } }`,
		`mutation($x: ID!) { revokeExtract(input: {id: $x}) { extract { id } } }`,
	}, tests...)
	gone := vars{"r": "report_99999", "d": "dashboard_99999", "h": "handover_99999", "x": "extract_99999", "c": "customer_99999"}
	kept := func() string {
		return w.dump(t, "fieldwork.report") + w.dump(t, "fieldwork.dashboard") + w.dump(t, "fieldwork.handover") + w.dump(t, "fieldwork.extract")
	}
	before := kept()
	same := func(as, query string, there vars) {
		t.Helper()
		pick := func(v vars) vars {
			for name := range v {
				if strings.Contains(query, "$"+name+":") {
					return vars{name: v[name]}
				}
			}
			return nil
		}
		a, b := w.try(t, as, query, pick(there)), w.try(t, as, query, pick(gone))
		if got, want := a.raw, b.raw; got != want {
			t.Errorf("%s: %s\n%s\n%s", as, query, clip(got), clip(want))
		}
	}
	for _, query := range apart {
		same("olga", query, of)
	}
	for _, query := range tests { // a manager's own are nobody else's, an owner's neither
		same("olga", query, own)
	}
	for _, query := range []string{report, strings.Replace(dashboard, "$r: ID!, ", "", 1), extract} {
		query = strings.Replace(query, "report: $r", `report: "workload"`, 1)
		if a := w.try(t, "vera", query, vars{"c": own["c"]}); a.code() != "FORBIDDEN" {
			t.Errorf("%s: %s", query, clip(a.raw))
		}
	}
	for query, v := range map[string]vars{
		`mutation($h: ID!) { undoHandover(input: {id: $h}) { handover { id } } }`:                                                                       {"h": own["h"]},
		`mutation($m: ID!, $t: ID!) { previewHandover(input: {from: $m, rules: [{to: $t}]}) { state } }`:                                                {"m": w.ids["vera"], "t": w.ids["tom"]},
		`mutation($m: ID!, $t: ID!) { handOver(input: {from: $m, rules: [{to: $t}]}) { handover { id } } }`:                                             {"m": w.ids["vera"], "t": w.ids["tom"]},
		`mutation($c: ID!, $m: ID!) { assignTeam(input: {customer: $c, team: [{responsibility: "sales", member: $m}]}) { created { id } } }`:            {"c": own["c"], "m": w.ids["tom"]},
		`mutation($c: ID!, $m: ID!) { refuseSuggestion(input: {customer: $c, responsibility: "sales", member: $m, refused: false}) { refused } }`:       {"c": own["c"], "m": w.ids["tom"]},
		`mutation($c: ID!, $m: ID!) { applySuggestions(input: {items: [{customer: $c, responsibility: "sales", member: $m}]}) { errors { message } } }`: {"c": own["c"], "m": w.ids["tom"]},
	} {
		if a := w.try(t, "vera", query, v); a.code() != "FORBIDDEN" {
			t.Errorf("%s: %s", query, clip(a.raw))
		}
	}
	if after := kept(); after != before {
		t.Errorf("something was kept:\n%s\n%s", before, after)
	}
}
