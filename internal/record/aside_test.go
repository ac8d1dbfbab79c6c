package record_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
)

// newShifts is a world of shifts that rules of other forms, and their own, count:
// by a reference to the record, by a value, behind a reference and as a whole.
func newShifts(t *testing.T, more ...func(t *testing.T, o *orgtest.Org)) *world {
	t.Helper()
	o := orgtest.New(t)
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	number := func(key string) form.NewField { return form.NewField{Key: key, Kind: "INTEGER"} }
	refer := func(key, to string) form.NewField {
		return form.NewField{Key: key, Kind: "REFERENCE", Settings: form.SettingsInput{To: &to}}
	}
	must(o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "depot", Fields: []form.NewField{number("most"), number("zone")}},
		form.NewForm{Key: "crew", Fields: []form.NewField{number("most"), refer("home", "depot")}},
		form.NewForm{Key: "shift", Fields: []form.NewField{number("hours"), number("zone"), refer("crew", "crew"),
			{Key: "state", Kind: "CHOICE", Default: "on", Settings: form.SettingsInput{Options: []form.NewOption{{Key: "on"}, {Key: "off"}}}}}},
		form.NewForm{Key: "board", Fields: []form.NewField{number("most")}}))
	rule := func(formKey, key, expression string) { addCheck(t, o, formKey, key, expression) }
	rule("crew", "hours", `sum(forms.shift: hours where crew = this and state = "on") <= most`)
	rule("depot", "zone", `count(forms.shift where zone = this.zone and state = "on") <= most`)
	rule("depot", "home", `count(forms.shift where crew.home = this and state = "on") <= most + 2`)
	rule("board", "all", `count(forms.shift where state = "on") <= most`)
	rule("shift", "longer", `count(forms.shift where zone = this.zone and hours > this.hours) <= 4`)
	for _, f := range more {
		f(t, o)
	}
	w := &world{Org: o, cat: o.Catalog(t)}
	w.by = record.Call{By: o.Owner, Now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	for i := range 3 {
		w.Insert(t, w.cat.Form("depot"), map[string]string{"most": "4", "zone": strconv.Itoa(i)})
		w.Insert(t, w.cat.Form("crew"), map[string]string{"most": "12", "home": strconv.Itoa(i + 1)})
	}
	w.Insert(t, w.cat.Form("board"), map[string]string{"most": "10"})
	return w
}

// shiftsKept are what the rules of newShifts ask, in SQL.
var shiftsKept = map[string]string{
	"crew.hours":   `SELECT c.id FROM org_acme.crew c WHERE (SELECT sum(hours) FROM org_acme.shift s WHERE s.crew = c.id AND state = 'on' AND archived_at IS NULL) > c.most`,
	"depot.zone":   `SELECT d.id FROM org_acme.depot d WHERE (SELECT count(*) FROM org_acme.shift s WHERE s.zone = d.zone AND state = 'on' AND archived_at IS NULL) > d.most`,
	"depot.home":   `SELECT d.id FROM org_acme.depot d WHERE (SELECT count(*) FROM org_acme.shift s JOIN org_acme.crew c ON c.id = s.crew WHERE c.home = d.id AND state = 'on' AND s.archived_at IS NULL) > d.most + 2`,
	"board.all":    `SELECT b.id FROM org_acme.board b WHERE (SELECT count(*) FROM org_acme.shift WHERE state = 'on' AND archived_at IS NULL) > b.most`,
	"shift.longer": `SELECT s.id FROM org_acme.shift s WHERE archived_at IS NULL AND (SELECT count(*) FROM org_acme.shift o WHERE o.zone = s.zone AND o.hours > s.hours AND archived_at IS NULL) > 4`,
}

// change does something random to some form, of which each rule may be broken.
func (w *world) change(t *testing.T, r *rand.Rand) error {
	n := func(n int) any { return json.Number(strconv.Itoa(n)) }
	one := func(formKey string) (id int64) {
		_ = w.DB.Control.GetContext(t.Context(), &id, `SELECT coalesce((SELECT id FROM org_acme.`+formKey+` ORDER BY random() LIMIT 1), 0)`)
		return id
	}
	as := func(do func(c *pg.Conn) error) error { return w.DB.As(t.Context(), w.cat.Role, do) }
	shift := w.cat.Form("shift")
	values := map[string]any{"hours": n(r.IntN(6)), "zone": n(r.IntN(3)), "crew": kind.ID("crew", int64(1+r.IntN(3))), "state": []string{"on", "on", "off"}[r.IntN(3)]}
	if r.IntN(2) == 0 {
		delete(values, []string{"hours", "zone", "crew", "state"}[r.IntN(4)])
	}
	id := one("shift")
	if id == 0 {
		_, err := w.write(t.Context(), shift, values, 0)
		return err
	}
	switch r.IntN(10) {
	case 0:
		_, err := w.write(t.Context(), w.cat.Form("crew"), map[string]any{"most": n(6 + r.IntN(9)), "home": kind.ID("depot", int64(1+r.IntN(3)))}, int64(1+r.IntN(3)))
		return err
	case 1:
		_, err := w.write(t.Context(), w.cat.Form("depot"), map[string]any{"most": n(2 + r.IntN(5)), "zone": n(r.IntN(3))}, int64(1+r.IntN(3)))
		return err
	case 2:
		_, err := w.write(t.Context(), w.cat.Form("board"), map[string]any{"most": n(6 + r.IntN(6))}, 1)
		return err
	case 3:
		archive := r.IntN(2) == 0
		return as(func(c *pg.Conn) error {
			return record.SetArchived(t.Context(), c, w.by, shift, id, record.AnyVersion, archive)
		})
	case 4:
		return as(func(c *pg.Conn) error { return record.Delete(t.Context(), c, w.by, shift, id, record.AnyVersion) })
	case 5:
		b := record.Bulk{Form: shift, Action: record.CreateAll, Face: query.Generic, Skip: r.IntN(2) == 0, Rows: []any{values, values, map[string]any{"hours": n(1)}}}
		if err := b.Parse(); err != nil {
			return err
		}
		return as(func(c *pg.Conn) error { _, err := b.Write(t.Context(), c, w.by); return err })
	case 6, 7:
		_, err := w.write(t.Context(), shift, values, id)
		return err
	}
	_, err := w.write(t.Context(), shift, values, 0)
	return err
}

// TestRulesHoldWhoeverWrites has many writers change what rules count, and the
// records that have the rules, at once: none of what was written breaks one.
func TestRulesHoldWhoeverWrites(t *testing.T) {
	t.Parallel()
	t.Run("over forms", func(t *testing.T) {
		t.Parallel()
		newShifts(t).hold(t, shiftsKept)
	})
	t.Run("over saved aggregates", func(t *testing.T) {
		t.Parallel()
		kept := map[string]string{
			"crew.saved":  `SELECT c.id FROM org_acme.crew c WHERE coalesce((SELECT sum(hours) FROM org_acme.shift s WHERE s.crew = c.id AND state = 'on' AND archived_at IS NULL), 0) >= c.most`,
			"depot.saved": `SELECT d.id FROM org_acme.depot d WHERE (SELECT count(*) FROM org_acme.shift s JOIN org_acme.crew c ON c.id = s.crew WHERE c.most >= 9 AND s.zone = d.zone AND s.archived_at IS NULL) > 3`,
			"board.saved": `SELECT b.id FROM org_acme.board b WHERE (SELECT count(*) FROM org_acme.shift WHERE state = 'on' AND archived_at IS NULL) >= b.most`,
			"shift.saved": `SELECT s.zone FROM org_acme.shift s JOIN org_acme.crew c ON c.id = s.crew WHERE c.most >= 9 AND s.archived_at IS NULL GROUP BY s.zone HAVING sum(hours) > 8`,
		}
		maps.Copy(kept, shiftsKept)
		newShifts(t, savedShifts).hold(t, kept)
	})
}

// savedShifts has rules look at saved aggregates of shifts: by a reference, by one
// behind another, by a value, of all, and of those with a crew that passes a filter.
func savedShifts(t *testing.T, o *orgtest.Org) {
	on := vars{"state": vars{"eq": "on"}}
	count := listOf(vars{"name": "n", "function": "COUNT"}, vars{"name": "hours", "function": "SUM", "field": "hours"})
	for _, a := range []form.NewAggregate{
		{Key: "by_crew", Filter: on, GroupBy: listOf(vars{"field": "crew"})},
		{Key: "by_home", Filter: on, GroupBy: listOf(vars{"field": "crew.home"})},
		{Key: "by_zone", Filter: vars{"crew": vars{"most": vars{"gte": 9}}}, GroupBy: listOf(vars{"field": "zone"})},
		{Key: "in_all", Filter: on},
	} {
		a.Form, a.Metrics = "shift", count
		if _, err := o.Forms.CreateAggregate(t.Context(), o.Owner, nil, a); err != nil {
			t.Fatal(err)
		}
	}
	for of, expression := range map[string]string{
		"crew":  `coalesce(aggregate("by_crew", "hours", this), 0) < most`,
		"depot": `aggregate("by_home", "n", this) <= most + 1 and aggregate("by_zone", "n", zone) <= 3`,
		"board": `aggregate("in_all", "n") < most`,
		"shift": `aggregate("by_zone", "hours", zone) <= 8`,
	} {
		addCheck(t, o, of, "saved", expression)
	}
}

func addCheck(t testing.TB, o *orgtest.Org, formKey, key, expression string) {
	t.Helper()
	if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, formKey, form.NewRule{Key: key, Kind: form.CheckRule, Expression: expression}); err != nil {
		t.Fatal(err)
	}
}

// hold has many writers at work at once, and then asks for what is broken.
func (w *world) hold(t *testing.T, kept map[string]string) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var wg sync.WaitGroup
	var mu sync.Mutex
	took, refused := 0, map[string]int{}
	for i := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range 60 {
				err := w.change(t, r)
				var l fault.List
				if other := l.Add(err); other != nil || len(l) > 0 && l[0].Kind != fault.Invalid && l[0].Kind != fault.Conflict && l[0].Kind != fault.NotFound {
					t.Error(err)
				}
				mu.Lock()
				if err == nil {
					took++
				}
				for _, f := range l {
					refused[fmt.Sprint(f.Details["rule"])]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("%d were taken; refused by rule: %v", took, refused)
	for rule, sql := range kept {
		var broken []int64
		if err := w.DB.Control.SelectContext(t.Context(), &broken, sql); err != nil || len(broken) > 0 {
			t.Errorf("%s is broken by %v: %v", rule, broken, err)
		}
	}
	w.keepAll(t)
	if took < 50 {
		t.Errorf("only %d writes were taken", took)
	}
}

// TestWhatIsBrokenAlreadyIsNoFault: a rule that comes when records are at odds with
// it keeps nobody from writing elsewhere, nor from making it better step by step; and
// an evaluation says the same.
func TestWhatIsBrokenAlreadyIsNoFault(t *testing.T) {
	t.Parallel()
	w := newShifts(t)
	shift := w.cat.Form("shift")
	var rows []map[string]string
	for i := range 12 {
		rows = append(rows, map[string]string{"hours": "2", "zone": strconv.Itoa(i % 2), "crew": "1", "state": "on"})
	}
	w.DB.Control.MustExec(`UPDATE org_acme.crew SET home = NULL`)
	ids := w.Insert(t, shift, rows...) // 24 hours of 12, 6 shifts of 4 in two zones, 12 in all of 10
	try := func(want string, values map[string]any, id int64) {
		t.Helper()
		say, err := record.Evaluate(t.Context(), w.DB, w.by, shift, values, id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.write(t.Context(), shift, values, id)
		broken := ""
		for _, f := range list(t, err) {
			broken += fmt.Sprint(f.Details["rule"], " of ", f.Details["record"], "; ")
		}
		if broken != want || len(say.Faults) != len(list(t, err)) {
			t.Errorf("%v of %d: broken %q, want %q; evaluated %v", values, id, broken, want, say.Faults)
		}
	}
	n := func(n int) any { return json.Number(strconv.Itoa(n)) }
	try("", map[string]any{"crew": kind.ID("crew", 2)}, ids[11])                           // of a crew that has too many hours
	try("hours of crew_1; ", map[string]any{"crew": kind.ID("crew", 1), "hours": n(1)}, 0) // which is to have more
	w.DB.Control.MustExec(`UPDATE org_acme.crew SET most = 26`)
	try("", map[string]any{"zone": n(2)}, ids[0])                                          // out of a zone that has too many
	try("", map[string]any{"hours": n(3)}, ids[1])                                         // within it
	try("", map[string]any{"state": "off"}, ids[2])                                        // all have too many, and one less
	try("", map[string]any{"crew": kind.ID("crew", 2), "zone": nil, "state": "off"}, 0)    // what is made counts nowhere
	try("zone of depot_2; ", map[string]any{"zone": n(1)}, 0)                              // though of all it would be no fault
	try("hours of crew_1; ", map[string]any{"crew": kind.ID("crew", 1), "hours": n(9)}, 0) // this is new
	w.DB.Control.MustExec(`UPDATE org_acme.depot SET most = 2 WHERE zone = 2`)
	try("", map[string]any{"zone": n(2)}, ids[3])
	try("zone of depot_3; ", map[string]any{"zone": n(2)}, ids[5])
}

func list(t *testing.T, err error) fault.List {
	t.Helper()
	var l fault.List
	if other := l.Add(err); other != nil {
		t.Fatal(other)
	}
	return l
}
