package e2e_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
)

// The table in the answer of assignTeam is the one that is read afterwards, and of two
// equal teams at the same moment one finds the roles of the other.
func TestTeamsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.another(t)
	w.acme.Install(t, "key_account")
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	customer := ask(`mutation { createCustomer(input: {name: "Example Steel", tier: A}) { customer { id } } }`, nil).text("createCustomer", "customer", "id")
	const row = `number tasks { open } cells { responsibility state members { name levels } } lastContact rating openIssues health { score band } nextReview reviewLate improvements`
	const assign = `mutation($c: ID!, $t: [AssignTeamMemberInput!]) { assignTeam(input: {customer: $c, team: $t}) { created { id } kept { id } row { ` + row + ` } gaps { responsibility kind severity since } overlaps { kind members { name } }
		workload { after { member { name } points } } } }`
	team := []any{}
	for _, what := range []string{"account_manager", "sales", "solution", "delivery", "finance"} {
		team = append(team, vars{"responsibility": what, "member": w.ids["tom"], "level": "a"})
	}
	var wg sync.WaitGroup
	var out [2]*answer
	for i, as := range []string{"olga", "mei@2"} {
		wg.Go(func() { out[i] = w.try(t, as, assign, vars{"c": customer, "t": team}) })
	}
	wg.Wait()
	made := 0
	for _, a := range out {
		if a.code() != "" {
			t.Fatal(a.raw)
		}
		made += len(a.at("assignTeam", "created").([]any))
		if n := len(a.at("assignTeam", "created").([]any)) + len(a.at("assignTeam", "kept").([]any)); n != len(team) {
			t.Errorf("%d roles, want %d", n, len(team))
		}
	}
	if got := w.sql(t, `SELECT count(*)::text FROM org_acme.role`); made != len(team) || got != "5" {
		t.Errorf("%d made, %s there, want %d", made, got, len(team))
	}
	last := ask(assign, vars{"c": customer, "t": append(team, vars{"responsibility": "sponsor", "member": w.ids["mei"]})})
	table := ask(`{ divisionTable { rows { `+row+` } gaps { responsibility kind severity since } overlaps { kind members { name } } workload { member { name } points } } }`, nil)
	for _, part := range []struct {
		name       string
		said, seen any
	}{
		{"row", last.at("assignTeam", "row"), table.at("divisionTable", "rows", 0)},
		{"gaps", last.at("assignTeam", "gaps"), table.at("divisionTable", "gaps")},
		{"overlaps", last.at("assignTeam", "overlaps"), table.at("divisionTable", "overlaps")},
		{"workload", last.at("assignTeam", "workload", 0, "after"), table.at("divisionTable", "workload", 1)},
	} {
		said, _ := json.Marshal(part.said)
		seen, _ := json.Marshal(part.seen)
		if string(said) != string(seen) || part.seen == nil {
			t.Errorf("%s: the answer says %s, the table %s", part.name, said, seen)
		}
	}
}

// A handover and a team at the same moment, of the same roles and customer, wait for
// each other and do not stand in each other's way.
func TestTeamWhileHandingOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.another(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	customer := ask(`mutation($m: ID!) { createCustomer(input: {name: "Example Steel", owner: $m, roles: [{responsibility: SALES, member: $m, level: A}, {responsibility: FINANCE, member: $m, level: A}], tasks: [{title: "a", assignee: $m}]}) { customer { id } } }`,
		vars{"m": w.ids["tom"]}).text("createCustomer", "customer", "id")
	for range 8 {
		var wg sync.WaitGroup
		var over, team *answer
		wg.Go(func() {
			over = w.try(t, "olga", handItOver, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}})
		})
		wg.Go(func() {
			team = w.try(t, "mei@2", `mutation($c: ID!, $t: ID!) { assignTeam(input: {customer: $c, replace: true, team: [{responsibility: "sales", member: $t, level: "a"}, {responsibility: "legal", member: $t}]}) { created { id } } }`,
				vars{"c": customer, "t": w.ids["vera"]})
		})
		wg.Wait()
		if over.code() != "" || team.code() != "" {
			t.Fatalf("%s\n%s", clip(over.raw), clip(team.raw))
		}
		ask(undoIt, vars{"id": over.text("handOver", "handover", "id")})
	}
}

// Handovers among the same members at once wait for each other: none is broken off by
// the database, as two that take each other's roles would be.
func TestHandoversInACircle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	members := []string{w.ids["tom"], w.ids["mei"], w.ids["vera"]}
	for i := range 30 {
		w.ask(t, "olga", `mutation($n: String!, $a: ID!, $b: ID!, $c: ID!) { createCustomer(input: {name: $n, roles: [{responsibility: SALES, member: $a, level: A}, {responsibility: FINANCE, member: $b, level: A}, {responsibility: LEGAL, member: $c, level: A}]}) { customer { id } } }`,
			vars{"n": fmt.Sprint("Example ", i), "a": members[0], "b": members[1], "c": members[2]})
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for k := range 4 {
				from, to := members[(i+k)%3], members[(i+k+1+i%2)%3]
				if a := w.try(t, "olga", handItOver, vars{"in": vars{"from": from, "rules": []any{vars{"to": to}}}}); a.code() != "" && a.code() != "INVALID" {
					t.Error(clip(a.raw))
				}
			}
		})
	}
	wg.Wait()
}
