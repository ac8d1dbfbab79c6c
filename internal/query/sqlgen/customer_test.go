package sqlgen_test

import (
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
)

// TestCustomers pins the SQL of what is reckoned about customers, with the standard
// forms alone and with those of the key-account template.
func TestCustomers(t *testing.T) {
	o := orgtest.New(t)
	g := &golden{w: &world{o, o.Catalog(t)}}
	env := sqlgen.Env{Now: now, Member: 1}
	day := calendar.Of(now, g.w.cat.Zone)
	for _, with := range []string{"the standard forms alone", "the key-account template"} {
		if with != "the standard forms alone" {
			cat := o.Install(t, "key_account")
			g.w.cat = cat
		}
		f := g.w.cat.Customers()
		g.add(t, "health, with "+with, env.Health(sqlgen.Health{Customers: f, Day: day, Answers: 180, Due: 90, Old: 14}))
		d := sqlgen.Due{Customers: f, Day: day, Until: day, Days: map[string]int{"b": 30, "a": 14}, Other: 180, Limit: 21}
		for _, d.Kind = range []sqlgen.DueKind{sqlgen.DueContact, sqlgen.DueVisit, sqlgen.DueReview} {
			g.add(t, string(d.Kind)+" due, with "+with, env.Due(d))
		}
		d.Kind, d.Mine, d.After, d.Weekdays, d.Moves = sqlgen.DueContact, 1, &sqlgen.DueKey{Day: day, ID: 7}, true, []calendar.Move{{From: day, To: day + 1}}
		g.add(t, "mine on working days after a cursor, with "+with, env.Due(d))
		g.add(t, "how many, with "+with, env.CountDue(d))
		d.IDs = []int64{1, 2}
		g.add(t, "of certain customers, with "+with, env.Due(d))
	}
	pgtest.Golden(t, "customer.sql", g.text.String())
}

// TestPerformance pins the SQL of what members did.
func TestPerformance(t *testing.T) {
	o := orgtest.New(t)
	g := &golden{w: &world{o, o.Catalog(t)}}
	until := calendar.Of(now, g.w.cat.Zone)
	g.add(t, "what members did in 30 days", sqlgen.Env{Now: now}.Performance(sqlgen.Performance{Catalog: g.w.cat, From: until - 29, Until: until}))
	pgtest.Golden(t, "member.sql", g.text.String())
}
