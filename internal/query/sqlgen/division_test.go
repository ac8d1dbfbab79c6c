package sqlgen_test

import (
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
)

// TestDivision pins the SQL of the division table, with the standard forms alone, with
// those of the key-account template, and where fields of a purpose are missing.
func TestDivision(t *testing.T) {
	o := orgtest.New(t)
	g := &golden{w: &world{o, o.Catalog(t)}}
	env := sqlgen.Env{Now: now, Member: 1}
	statements := func(with string) {
		d := sqlgen.Division{Customers: g.w.cat.Customers(), Day: calendar.Of(now, g.w.cat.Zone), Hours: 4, Horizon: 28, Ratings: 180}
		for _, s := range []struct {
			name string
			s    sqlgen.Statement
		}{{"roles", env.DivisionRoles(d)}, {"members", env.DivisionMembers(d)}, {"absences", env.DivisionAbsences(d)}, {"tasks", env.DivisionTasks(d, true)}, {"tasks without titles", env.DivisionTasks(d, false)},
			{"load", env.DivisionLoad(d, false)}, {"load of all", env.DivisionLoad(d, true)}, {"feedback", env.DivisionFeedback(d)}, {"reviews", env.DivisionReviews(d)}, {"improvements", env.DivisionImprovements(d)}, {"contacts", env.DivisionContacts(d)}} {
			if s.s.SQL != "" {
				g.add(t, s.name+", with "+with, s.s)
			}
		}
	}
	statements("the standard forms alone")
	cat := o.Install(t, "key_account")
	g.w.cat = cat
	statements("the key-account template")
	for _, x := range [][2]string{{"role", "level"}, {"role", "scope"}, {"role", "deputy"}, {"task", "due_on"}, {"task", "estimate_hours"}, {"task", "progress"}, {"feedback", "rating"}, {"feedback", "status"}, {"review", "held_on"}} {
		var err error
		if g.w.cat, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, x[0], x[1]); err != nil {
			t.Fatal(err)
		}
	}
	statements("fewer fields")
	pgtest.Golden(t, "division.sql", g.text.String())
}
