package division_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/template"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var thatDay, _ = calendar.Parse("2026-11-26")

// world is an organisation where it is the 26th of November 2026.
type world struct {
	*orgtest.Org
	t    *testing.T
	cat  *form.Catalog
	sent int // statements of the last reading
}

type row = map[string]string

func newWorld(t *testing.T) *world {
	o := orgtest.New(t)
	cat, err := template.Install(t.Context(), o.Forms, o.Owner, "key_account")
	if err != nil {
		t.Fatal(err)
	}
	return &world{Org: o, t: t, cat: cat}
}

func (w *world) add(form string, rows ...row) []string {
	w.t.Helper()
	var out []string
	for _, id := range w.Insert(w.t, w.cat.Form(form), rows...) {
		out = append(out, fmt.Sprint(id))
	}
	return out
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.Control.ExecContext(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// customers makes customers of 400 days ago.
func (w *world) customers(rows ...row) []string {
	w.t.Helper()
	ids := w.add("customer", rows...)
	w.exec(`UPDATE org_acme.customer SET created_at = $1`, thatDay.Add(-400).String()+"T12:00:00+08:00")
	return ids
}

func (w *world) read(wants division.Wants) *division.Table {
	w.t.Helper()
	order, err := query.ParseOrder(w.cat.Customers(), []any{map[string]any{"field": "NAME"}}, query.Typed)
	if err != nil {
		w.t.Fatal(err)
	}
	var out *division.Table
	err = w.DB.As(w.t.Context(), w.cat.Role, func(c *pg.Conn) (err error) {
		out, err = division.Read(w.t.Context(), c, division.Ask{Catalog: w.cat, Env: sqlgen.Env{}, Day: thatDay, List: query.List{Form: w.cat.Customers(), Order: order, First: 50}, Wants: wants})
		w.sent = c.Statements
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func day(n int) string { return thatDay.Add(n).String() }

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// Tasks of 2 h half done, 6 h done, and one without an estimate (4 h) at 25 %, with one
// that was cancelled: (2 x 50 + 6 x 100 + 4 x 25) / 12 = 66.6667.
func TestRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customers(row{"name": "Example Steel", "tier": "a", "annual_revenue": "1200.50", "industry": "energy", "contract_end": day(9)}, row{"name": "Nothing Yet", "tier": "d"})
	w.add("task", row{"customer": c[0], "title": "second", "status": "doing", "estimate_hours": "2", "progress": "50", "due_on": day(0)},
		row{"customer": c[0], "title": "finished", "status": "done", "estimate_hours": "6", "progress": "10", "due_on": day(-5)},
		row{"customer": c[0], "title": "first", "status": "open", "progress": "25", "due_on": day(-1)},
		row{"customer": c[0], "title": "dropped", "status": "cancelled", "estimate_hours": "100", "due_on": day(-9)})
	feedback := func(at int, more row) {
		t.Helper()
		r := row{"customer": c[0], "content": "said", "occurred_at": day(at) + "T08:00:00+08:00", "kind": "note", "status": "closed"}
		for k, v := range more {
			r[k] = v
		}
		w.add("feedback", r)
	}
	feedback(-20, row{"channel": "visit", "rating": "5"})
	feedback(-179, row{"channel": "phone", "rating": "2"})
	feedback(-180, row{"channel": "phone", "rating": "1"})
	feedback(-2, row{"channel": "internal", "kind": "complaint", "status": "doing"})
	feedback(-3, row{"channel": "internal", "kind": "problem", "status": "closed"})
	feedback(1, row{"channel": "visit", "rating": "1"})
	held := w.add("review", row{"customer": c[0], "period": "Q2", "planned_on": day(-60), "held_on": day(-60), "status": "held"}, row{"customer": c[0], "period": "Q3", "planned_on": day(-30), "held_on": day(-30), "status": "held"})
	w.add("improvement", row{"review": held[0], "content": "older"}, row{"review": held[1], "content": "call back"}, row{"review": held[1], "content": "send offers"})
	w.add("contact", row{"customer": c[0], "name": "Other", "primary": "false"}, row{"customer": c[0], "name": "Primary", "primary": "true"})

	got := w.read(division.Everything)
	steel, nothing := got.Rows[0], got.Rows[1]
	for what, v := range map[string][2]string{
		"tasks":             {show(steel.Tasks), `{"Open":1,"Doing":1,"Overdue":1,"Done":1,"Progress":66.6667,"Key":["first","second"]}`},
		"last contact":      {steel.LastContact.String(), day(-20)},
		"rating":            {fmt.Sprint(*steel.Rating, steel.OpenIssues), "3.5 1"},
		"next review":       {fmt.Sprint(steel.NextReview, steel.ReviewLate), day(60) + " false"},
		"improvements":      {strings.Join(steel.Improvement, ","), "call back,send offers"},
		"customer":          {fmt.Sprint(steel.Customer.Name, steel.Customer.Tier.Key, steel.Customer.Industry.Key, steel.Customer.Revenue, steel.Customer.Currency, steel.Customer.ContractEnd, steel.Customer.Contact), fmt.Sprint("Example Steelaenergy1200.50CNY", day(9), "Primary")},
		"nothing":           {show(nothing.Tasks) + fmt.Sprint(nothing.LastContact == nil, nothing.Rating == nil, nothing.OpenIssues), `{"Open":0,"Doing":0,"Overdue":0,"Done":0,"Progress":null,"Key":null}true true 0`},
		"review of nothing": {fmt.Sprint(nothing.NextReview, nothing.ReviewLate), day(-35) + " true"},
	} {
		if v[0] != v[1] {
			t.Errorf("%s: %s, want %s", what, v[0], v[1])
		}
	}
	if steel.Health == nil || steel.Health.Band == "" {
		t.Errorf("health %+v", steel.Health)
	}
	w.add("review", row{"customer": c[0], "period": "Q4", "planned_on": day(-1), "status": "planned"}, row{"customer": c[0], "period": "x", "planned_on": day(-9), "status": "cancelled"})
	if r := w.read(division.Wants{Rows: true, Reviews: true}).Rows[0]; r.NextReview.String() != day(-1) || !r.ReviewLate {
		t.Errorf("a planned review is the next: %s", r.NextReview)
	}
}

// One more overdue task changes the tasks of its customer, and the load of its
// assignee; nothing else of the table.
func TestOneTaskChangesWhatItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.add("member", row{"name": "Ann", "email": "ann@acme.example", "status": "active"}, row{"name": "Bob", "email": "bob@acme.example", "status": "active"})
	c := w.customers(row{"name": "Example Steel", "tier": "c"}, row{"name": "Example Tea", "tier": "d"})
	w.add("role", row{"customer": c[0], "responsibility": "account_manager", "member": m[0], "level": "a"}, row{"customer": c[1], "responsibility": "account_manager", "member": m[1], "level": "a"})
	w.add("task", row{"customer": c[0], "title": "old", "status": "open", "assignee": m[1], "due_on": day(3)})
	before := w.read(division.Everything)
	statements := w.sent
	w.add("task", row{"customer": c[0], "title": "new", "status": "open", "assignee": m[0], "due_on": day(-1), "estimate_hours": "8", "progress": "25"})
	after := w.read(division.Everything)
	if w.sent != statements {
		t.Errorf("%d statements, and %d with one more task", statements, w.sent)
	}
	if got := show(after.Workload[0]); got != `{"Member":{"ID":2,"Name":"Ann"},"Accounts":1,"RolesByLevel":[1,0,0,0,0],"OpenTasks":1,"OverdueTasks":1,"Points":1,"OpenHours":6,"Utilisation":0.0375,"Verdict":"BALANCED"}` {
		t.Error(got)
	}
	// (4 x 0 + 8 x 25) / 12
	if got := show(after.Rows[0].Tasks); got != `{"Open":2,"Doing":0,"Overdue":1,"Done":0,"Progress":16.6667,"Key":["new","old"]}` {
		t.Error(got)
	}
	after.Rows[0].Tasks, after.Workload[0] = before.Rows[0].Tasks, before.Workload[0]
	after.Rows[0].Health, before.Rows[0].Health = nil, nil // a task that is late counts there
	if show(before) != show(after) {
		t.Errorf("something else has changed:\n%s\n%s", show(before), show(after))
	}
}

// Where forms of the template are not there, and fields are missing, what remains is
// figured by the defaults.
func TestWithoutTheTemplate(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	w := &world{Org: o, t: t, cat: o.Catalog(t)}
	m := w.add("member", row{"name": "Ann", "email": "ann@acme.example", "status": "active"})
	c := w.customers(row{"name": "Example Steel", "tier": "c"})
	w.add("role", row{"customer": c[0], "responsibility": "after_sales", "member": m[0], "level": "a"})
	got := w.read(division.Everything)
	if len(got.Gaps) != 1 || got.Gaps[0].Kind != division.Missing || got.Gaps[0].Responsibility != "account_manager" || got.Gaps[0].Since.String() != day(-400) {
		t.Errorf("gaps %s", show(got.Gaps))
	}
	if got.Rows[0].NextReview.String() != day(-220) {
		t.Errorf("next review %s", got.Rows[0].NextReview)
	}
	for _, x := range [][2]string{{"role", "level"}, {"role", "scope"}, {"role", "ends_on"}, {"customer", "tier"}, {"task", "due_on"}, {"task", "assignee"}, {"feedback", "channel"}} {
		var err error
		if w.cat, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, x[0], x[1]); err != nil {
			t.Fatal(err)
		}
	}
	w.add("role", row{"customer": c[0], "responsibility": "account_manager", "member": m[0]})
	if got = w.read(division.Everything); len(got.Gaps) != 0 || got.Workload[0].Points != 1.6 {
		t.Errorf("without levels and tiers: %s", show(got))
	}
}

// An absence without a deputy is a gap, with one it is none, and a leaver's role is a
// gap that names who left and when.
func TestAbsenceAndLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.add("member", row{"name": "Ann", "email": "ann@acme.example", "status": "active"}, row{"name": "Bob", "email": "bob@acme.example", "status": "active"})
	c := w.customers(row{"name": "Example Tea", "tier": "d"})
	w.add("role", row{"customer": c[0], "responsibility": "account_manager", "member": m[0], "level": "a"})
	gap := func() string {
		t.Helper()
		got := w.read(division.Wants{Gaps: true}).Gaps
		if len(got) == 0 {
			return ""
		}
		return fmt.Sprint(got[0].Kind, " ", got[0].Since, " ", show(got[0].Member))
	}
	away := w.add("absence", row{"member": m[0], "from_on": day(-4), "to_on": day(0)})
	if got := gap(); got != "ABSENT "+day(-4)+" null" {
		t.Errorf("absent: %q", got)
	}
	w.exec(`UPDATE org_acme.absence SET deputy = $1 WHERE id = $2`, m[1], away[0])
	if got := gap(); got != "" {
		t.Errorf("with a deputy: %q", got)
	}
	cells := w.read(division.Wants{Rows: true, Cells: true}).Rows[0].Cells[0]
	if cells.State != division.Filled || cells.Members[0].Deputy == nil || cells.Members[0].Deputy.Name != "Bob" {
		t.Errorf("the deputy is shown: %s", show(cells))
	}
	w.exec(`UPDATE org_acme.absence SET deputy = NULL, to_on = $1`, day(-1))
	if got := gap(); got != "" {
		t.Errorf("back again: %q", got)
	}
	w.exec(`UPDATE org_acme.member SET status = 'left' WHERE id = $1`, m[0])
	if got := gap(); !strings.HasPrefix(got, "MEMBER_LEFT ") || !strings.HasSuffix(got, `{"ID":2,"Name":"Ann"}`) {
		t.Errorf("left: %q", got)
	}
}
