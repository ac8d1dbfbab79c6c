package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

// A customer that is read as of a moment has the health of that day.
func TestHealthAsOfAMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ask(t, "mei", `mutation { createCustomer(input: {name: "Example Steel", tier: A}) { customer { id } } }`, nil).text("createCustomer", "customer", "id")
	if _, err := w.acme.DB.Control.ExecContext(t.Context(), `UPDATE org_acme.customer SET created_at = now() - interval '20 days'`); err != nil {
		t.Fatal(err)
	}
	at := time.Now().AddDate(0, 0, -4)
	zone := w.acme.Catalog(t).Zone
	a := w.ask(t, "vera", `query($id: ID!, $at: DateTime!, $day: Date!) { then: customer(id: $id, asOf: $at) { health { score } } day: customer(id: $id) { health(asOf: $day) { score } } now: customer(id: $id) { health { score } } }`,
		vars{"id": id, "at": at.UTC().Format(time.RFC3339), "day": at.In(zone).Format(time.DateOnly)})
	then, day, now := a.at("then", "health", "score"), a.at("day", "health", "score"), a.at("now", "health", "score")
	if then == nil || then != day || then == now {
		t.Errorf("the score is %v as of the moment, %v of the day, and %v now", then, day, now)
	}
}

// The health of a past day is what it was on that day, however it is asked for and
// whatever was changed since.
func TestHealthOfAPastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.acme.Install(t, "key_account")
	id := w.ask(t, "olga", `mutation($m: ID!) { createCustomer(input: {name: "Example Steel", tier: D, roles: [{responsibility: ACCOUNT_MANAGER, member: $m, level: A}]}) { customer { id } } }`,
		vars{"m": w.ids["tom"]}).text("createCustomer", "customer", "id")
	w.past(t, 10)
	day := time.Now().AddDate(0, 0, -5)
	w.clock.Store(&day)
	const score = `{ score band confidence trend parts { key weight value contribution } mostToGain }`
	const today = `query($id: ID!) { divisionTable { rows { health ` + score + ` } } customer(id: $id) { health ` + score + ` } customerHealth(ids: [$id]) { health ` + score + ` } }`
	recorded := w.ask(t, "vera", today, vars{"id": id})
	was := fmt.Sprint(recorded.at("customer", "health"))
	for _, same := range []any{recorded.at("divisionTable", "rows", 0, "health"), recorded.at("customerHealth", 0, "health")} {
		if fmt.Sprint(same) != was {
			t.Errorf("on the day: %v, want %s", same, was)
		}
	}
	w.clock.Store(nil)
	w.ask(t, "olga", `mutation($id: ID!) { updateCustomer(input: {id: $id, version: 1, set: {tier: A}}) { customer { id } } }`, vars{"id": id})
	rhythm := w.ask(t, "olga", `{ rhythms(filter: {tier: {eq: D}}) { nodes { id version } } }`, nil).at("rhythms", "nodes", 0).(map[string]any)
	w.ask(t, "olga", `mutation($id: ID!, $v: Int!) { updateRhythm(input: {id: $id, version: $v, set: {contactDays: 3}}) { rhythm { id } } }`, vars{"id": rhythm["id"], "v": rhythm["version"]})
	w.ask(t, "olga", `mutation($c: ID!) { createTask(input: {customer: $c, title: "entered late", dueOn: "2020-01-01"}) { task { id } } }`, vars{"c": id})
	w.ask(t, "olga", `mutation { createCoverage(input: {tier: D, responsibility: LEGAL}) { coverage { id } } }`, nil)
	zone := w.acme.Catalog(t).Zone
	then := w.ask(t, "vera", `query($id: ID!, $day: Date!, $at: DateTime!) { divisionTable(asOf: $day) { rows { health `+score+` customer { tier health `+score+` } } } customer(id: $id) { health(asOf: $day) `+score+` }
		customerHealth(ids: [$id], asOf: $day) { health `+score+` } then: customer(id: $id, asOf: $at) { health `+score+` } }`,
		vars{"id": id, "day": day.In(zone).Format(time.DateOnly), "at": day.UTC().Format(time.RFC3339)})
	for _, path := range [][]any{{"divisionTable", "rows", 0, "health"}, {"divisionTable", "rows", 0, "customer", "health"}, {"customer", "health"}, {"customerHealth", 0, "health"}, {"then", "health"}} {
		if got := fmt.Sprint(then.at(path...)); got != was {
			t.Errorf("%v:\n got %s\nwant %s", path, got, was)
		}
	}
	if got := then.at("divisionTable", "rows", 0, "customer", "tier"); got != "D" {
		t.Errorf("the customer of that day has tier %v", got)
	}
	if now := fmt.Sprint(w.ask(t, "vera", today, vars{"id": id}).at("customer", "health")); now == was {
		t.Errorf("nothing has changed: %s", now)
	}
}
