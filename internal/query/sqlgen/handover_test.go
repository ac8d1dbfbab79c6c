package sqlgen_test

import (
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
)

// TestHandover pins the SQL of what members hold, with the forms of the key-account
// template and where fields of a purpose are missing.
func TestHandover(t *testing.T) {
	o := orgtest.New(t)
	g := &golden{w: &world{o, o.Install(t, "key_account")}}
	env := sqlgen.Env{Now: now, Member: 1}
	statements := func(with string) {
		h := sqlgen.Handover{Catalog: g.w.cat, Member: 7, Day: calendar.Of(now, g.w.cat.Zone), Limit: 10, Hold: true}
		for _, part := range sqlgen.HandoverParts {
			if s := env.HandoverHeld(h, part); s.SQL != "" {
				g.add(t, string(part)+", with "+with, s)
			}
		}
		g.add(t, "roles of anybody, with "+with, env.HandoverRoles(h, nil, []int64{1, 2}))
		g.add(t, "seats of a team template, with "+with, sqlgen.TeamSeats(sqlgen.SeatTemplate(g.w.cat), 3))
		g.add(t, "teams one after the other, with "+with, sqlgen.TeamAlone(g.w.cat.Customers(), 3))
		h.Hold = false
		g.add(t, "roles of receivers, with "+with, env.HandoverRoles(h, []int64{8, 9}, []int64{1, 2}))
	}
	statements("the key-account template")
	for _, x := range [][2]string{{"role", "level"}, {"role", "scope"}, {"role", "deputy"}, {"role", "ends_on"}, {"task", "customer"}, {"feedback", "status"}, {"review", "held_on"}, {"customer", "owner"}, {"team_seat", "level"}, {"team_seat", "scope"}} {
		var err error
		if g.w.cat, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, x[0], x[1]); err != nil {
			t.Fatal(err)
		}
	}
	statements("fewer fields")
	cat, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "team_seat", "member")
	if err != nil {
		t.Fatal(err)
	}
	if x := sqlgen.SeatTemplate(cat); x != nil {
		t.Errorf("seats without members are found by %s", x.Key)
	}
	pgtest.Golden(t, "handover.sql", g.text.String())
}
