package e2e_test

import (
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
