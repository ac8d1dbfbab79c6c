package health_test

import (
	"fmt"
	"strconv"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/template"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is an organisation with the key-account template, where it is the 26th of
// November 2026.
type world struct {
	*orgtest.Org
	t    *testing.T
	cat  *form.Catalog
	sent int // statements of the last reading
}

type row = map[string]string

var thatDay, _ = calendar.Parse("2026-11-26")

func newWorld(t *testing.T) *world {
	o := orgtest.New(t)
	cat, err := template.Install(t.Context(), o.Forms, o.Owner, "key_account")
	if err != nil {
		t.Fatal(err)
	}
	return &world{Org: o, t: t, cat: cat}
}

// day is a day so many days ago; at is noon of it.
func day(ago int) string { return thatDay.Add(-ago).String() }
func at(ago int) string  { return day(ago) + "T12:00:00+08:00" }

func (w *world) add(form string, rows ...row) []int64 {
	w.t.Helper()
	return w.Insert(w.t, w.cat.Form(form), rows...)
}

// customers makes customers of 500 days ago.
func (w *world) customers(rows ...row) []string {
	w.t.Helper()
	ids := w.add("customer", rows...)
	w.exec(`UPDATE org_acme.customer SET created_at = $1`, at(500))
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return out
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.Control.ExecContext(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) health(r health.Reader, ids ...string) map[int64]health.Score {
	w.t.Helper()
	var numbers []int64
	for _, id := range ids {
		n, _ := strconv.ParseInt(id, 10, 64)
		numbers = append(numbers, n)
	}
	r.Catalog = w.cat
	if r.Day == 0 {
		r.Day = thatDay
	}
	var out map[int64]health.Score
	err := w.DB.As(w.t.Context(), w.cat.Role, func(c *pg.Conn) (err error) {
		out, err = r.Of(w.t.Context(), c, numbers)
		w.sent = c.Statements
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// one is the health of one customer.
func (w *world) one(id string) health.Score {
	w.t.Helper()
	n, _ := strconv.ParseInt(id, 10, 64)
	s, there := w.health(health.Reader{}, id)[n]
	if !there {
		w.t.Fatalf("customer %s has no health", id)
	}
	return s
}

func (w *world) wants(s health.Score, want map[health.PartKey]float64) {
	w.t.Helper()
	for _, p := range s.Parts {
		v, there := want[p.Key]
		if there != (p.Value != nil) || there && *p.Value != v {
			w.t.Errorf("%s is %s, want %v %v", p.Key, show(p.Value), v, there)
		}
	}
}

func show(v *float64) string {
	if v == nil {
		return "absent"
	}
	return fmt.Sprint(*v)
}

// The example of the package, from records.
func TestTheExampleFromRecords(t *testing.T) {
	w := newWorld(t)
	c := w.customers(row{"name": "Example Steel", "tier": "a"}, row{"name": "Example Glass", "tier": "a"})[0]
	w.add("feedback",
		row{"customer": c, "occurred_at": at(28), "channel": "phone", "content": "a talk", "kind": "note"},
		row{"customer": c, "occurred_at": at(2), "channel": "internal", "content": "not with the customer", "kind": "note", "rating": "4"},
		row{"customer": c, "occurred_at": at(40), "channel": "visit", "content": "a high problem", "kind": "problem", "severity": "high", "status": "doing", "first_response_at": at(39)},
		row{"customer": c, "occurred_at": at(41), "channel": "visit", "content": "it is closed", "kind": "complaint", "severity": "critical", "status": "closed"},
	)
	for i := range 10 {
		task := row{"customer": c, "title": "t", "due_on": day(30 + i), "status": "done", "done_at": at(30 + i)}
		switch {
		case i == 7, i == 8:
			task["done_at"] = at(10)
		case i == 9:
			task["status"] = "open"
			delete(task, "done_at")
		}
		w.add("task", task)
	}
	for _, r := range []string{"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "finance", "sponsor", "legal"} {
		w.add("role", row{"customer": c, "responsibility": r, "member": "1", "level": "r"}, row{"customer": c, "responsibility": r, "member": "1", "level": "a"})
	}
	s := w.one(c)
	w.wants(s, map[health.PartKey]float64{health.Satisfaction: 75, health.Engagement: 50, health.Delivery: 80, health.Service: 70, health.Coverage: 100})
	if *s.Score != 72.5 || s.Band != health.Watch || s.Confidence != 0.9 {
		t.Errorf("the score is %s, %s, %v", show(s.Score), s.Band, s.Confidence)
	}
	// 30 days before, nobody had rated, the last talk was 10 days old, seven of the ten
	// tasks that were due were done, in time, and the problem was not old: the parts
	// were 100, 70, 80 and 100, of a weight of 65.
	if want := 72.5 - (20*100.0+20*70+15*80+10*100)/65; s.Trend == nil || *s.Trend < want-0.001 || *s.Trend > want+0.001 {
		t.Errorf("the trend is %s, want %v", show(s.Trend), want)
	}
	// One more overdue task moves delivery to 8/11 and nothing else.
	w.add("task", row{"customer": c, "title": "late", "due_on": day(1), "status": "doing"})
	w.wants(w.one(c), map[health.PartKey]float64{health.Satisfaction: 75, health.Engagement: 50, health.Delivery: 72.7273, health.Service: 70, health.Coverage: 100})
}

func TestWhatCountsForAPart(t *testing.T) {
	w := newWorld(t)
	n := 0
	contact := func(c, part string) string {
		return strconv.FormatInt(w.add("contact", row{"customer": c, "name": "n", "part": part})[0], 10)
	}
	w.add("member", row{"name": "Gone", "email": "gone@acme.example", "status": "left"})
	for _, tt := range []struct {
		name string
		part health.PartKey
		tier string
		add  func(c string)
		want float64 // -1: absent
	}{
		{"an answer of 179 days ago counts", health.Satisfaction, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(179), "content": "x", "rating": "5"})
		}, 100},
		{"one of 180 days ago does not", health.Satisfaction, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(180), "content": "x", "rating": "5"})
		}, -1},
		{"one of tomorrow does not", health.Satisfaction, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(-1), "content": "x", "rating": "5"})
		}, -1},
		{"an archived one does not", health.Satisfaction, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(1), "content": "x", "rating": "5"})
			w.exec(`UPDATE org_acme.feedback SET archived_at = $2 WHERE customer = $1`, c, at(0))
		}, -1},
		{"a decider's weighs double", health.Satisfaction, "a", func(c string) {
			w.add("feedback", row{"customer": c, "contact": contact(c, "decider"), "occurred_at": at(0), "content": "x", "rating": "5"},
				row{"customer": c, "contact": contact(c, "user"), "occurred_at": at(0), "content": "x", "rating": "1", "recommend": "0"})
		}, 66.6667},
		{"a contact in the future is none", health.Engagement, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(-3), "content": "x", "channel": "visit"})
		}, 0},
		{"one without a channel is one", health.Engagement, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(0), "content": "x"})
		}, 100},
		{"a rhythm of 30 days", health.Engagement, "b", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(60), "content": "x", "channel": "phone"})
		}, 50},
		{"no tier has a rhythm of 180 days", health.Engagement, "", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(180), "content": "x", "channel": "phone"})
		}, 100},
		{"tasks of 90 days ago count", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(90), "status": "open"})
		}, 0},
		{"those of 91 do not", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(91), "status": "open"})
		}, -1},
		{"those of today do not while they are open", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(0), "status": "doing"})
		}, -1},
		{"and do when they are done", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(0), "status": "done", "done_at": at(0)})
		}, 100},
		{"cancelled ones do not", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(5), "status": "cancelled"})
		}, -1},
		{"done without a time is done late", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(5), "status": "done"})
		}, 50},
		{"in time is up to the end of the day there", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(5), "status": "done", "done_at": day(5) + "T23:59:59+08:00"})
		}, 100},
		{"and not after it", health.Delivery, "a", func(c string) {
			w.add("task", row{"customer": c, "title": "t", "due_on": day(5), "status": "done", "done_at": day(4) + "T00:00:00+08:00"})
		}, 50},
		{"an issue of 14 days ago is not old", health.Service, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(14), "content": "x", "kind": "problem", "severity": "low", "status": "open"})
		}, 95},
		{"one of 15 days ago is", health.Service, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(15), "content": "x", "kind": "problem", "severity": "low", "status": "open"})
		}, 85},
		{"one without a status is open", health.Service, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(1), "content": "x", "kind": "complaint"})
		}, 90},
		{"praise is no issue", health.Service, "a", func(c string) {
			w.add("feedback", row{"customer": c, "occurred_at": at(1), "content": "x", "kind": "praise", "status": "open"})
		}, 100},
		{"a role that supports covers nothing", health.Coverage, "d", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "s"})
		}, 0},
		{"nor one that has ended", health.Coverage, "d", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "a", "ends_on": day(1)})
		}, 0},
		{"nor one that is to begin", health.Coverage, "d", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "a", "starts_on": day(-1)})
		}, 0},
		{"nor one of a member who left", health.Coverage, "d", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "2", "level": "a"})
		}, 0},
		{"one from and until today does", health.Coverage, "d", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "a", "starts_on": day(0), "ends_on": day(0)})
		}, 100},
		{"two of four", health.Coverage, "b", func(c string) {
			w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "a"}, row{"customer": c, "responsibility": "sales", "member": "1", "level": "r"},
				row{"customer": c, "responsibility": "legal", "member": "1", "level": "r"})
		}, 50},
		{"a contract of 90 days", health.Commercial, "a", func(c string) {
			w.exec(`UPDATE org_acme.customer SET contract_end = $2 WHERE id = $1`, c, day(-90))
		}, 50},
	} {
		n++
		values := row{"name": fmt.Sprint("Example ", n)}
		if tt.tier != "" {
			values["tier"] = tt.tier
		}
		c := w.customers(values)[0]
		tt.add(c)
		for _, p := range w.one(c).Parts {
			if p.Key == tt.part && (p.Value == nil) != (tt.want < 0) || p.Key == tt.part && p.Value != nil && *p.Value != tt.want {
				t.Errorf("%s: %s is %s, want %v", tt.name, tt.part, show(p.Value), tt.want)
			}
		}
	}
}

// Rhythms and requirements that are records stand in the place of the defaults.
func TestWhatAnOrganisationHasSet(t *testing.T) {
	w := newWorld(t)
	c := w.customers(row{"name": "Example Steel", "tier": "a"}, row{"name": "Example Glass", "tier": "b"}, row{"name": "Example Paper"})
	for _, id := range c {
		w.add("feedback", row{"customer": id, "occurred_at": at(60), "content": "x", "channel": "phone"})
		w.add("role", row{"customer": id, "responsibility": "legal", "member": "1", "level": "a"})
	}
	w.add("rhythm", row{"tier": "a", "contact_days": "40", "visit_days": "50", "review_days": "60"})
	w.add("coverage", row{"tier": "a", "responsibility": "legal"}, row{"tier": "a", "responsibility": "sales"}, row{"responsibility": "legal"})
	w.wants(w.one(c[0]), map[health.PartKey]float64{health.Engagement: 75, health.Service: 100, health.Coverage: 50})
	w.wants(w.one(c[1]), map[health.PartKey]float64{health.Engagement: 50, health.Service: 100})
	w.wants(w.one(c[2]), map[health.PartKey]float64{health.Engagement: 100, health.Service: 100, health.Coverage: 100})
}

// However many customers, the statements are the same.
func TestAFixedNumberOfStatements(t *testing.T) {
	w := newWorld(t)
	var rows []row
	for i := range 200 {
		rows = append(rows, row{"name": fmt.Sprint("Example ", i), "tier": "c"})
	}
	all := w.customers(rows...)
	if n := len(w.health(health.Reader{}, all[0])); n != 1 {
		t.Fatalf("%d of one customer", n)
	}
	one := w.sent
	if n := len(w.health(health.Reader{}, all...)); n != 200 || w.sent != one || one != 4 {
		t.Errorf("%d customers took %d statements, and one %d", n, w.sent, one)
	}
	if w.health(health.Reader{NoTrend: true}, all...); w.sent != 3 {
		t.Errorf("without the trend it took %d statements", w.sent)
	}
	// On a day before they were made customers have no health, and no trend soon after.
	if got := w.health(health.Reader{Day: thatDay - 501}, all...); len(got) != 0 {
		t.Errorf("%d customers had health before they were made", len(got))
	}
	for _, s := range w.health(health.Reader{Day: thatDay - 480}, all[0]) {
		if s.Trend != nil || s.Score == nil {
			t.Errorf("after 20 days: %+v", s)
		}
	}
	if got := w.health(health.Reader{}, "999999"); len(got) != 0 {
		t.Errorf("a customer that is not there has %v", got)
	}
}

// Without the template, the defaults hold, and a field that is gone takes its part
// along.
func TestAPartGoesWithItsField(t *testing.T) {
	o := orgtest.New(t)
	w := &world{Org: o, t: t, cat: o.Catalog(t)}
	c := w.customers(row{"name": "Example Steel", "tier": "d", "contract_end": day(-180)})[0]
	w.add("task", row{"customer": c, "title": "t", "due_on": day(3), "status": "open"})
	w.add("feedback", row{"customer": c, "occurred_at": at(0), "content": "x", "rating": "5", "recommend": "8"})
	w.add("role", row{"customer": c, "responsibility": "account_manager", "member": "1", "level": "a"})
	want := map[health.PartKey]float64{health.Satisfaction: 75, health.Engagement: 100, health.Delivery: 0, health.Service: 100, health.Coverage: 100, health.Commercial: 100}
	w.wants(w.one(c), want)
	for _, tt := range []struct {
		form, field string
		part        health.PartKey
	}{{"customer", "contract_end", health.Commercial}, {"feedback", "severity", ""}, {"feedback", "kind", health.Service}, {"task", "done_at", ""}, {"task", "due_on", health.Delivery},
		{"role", "level", ""}, {"role", "responsibility", health.Coverage}, {"customer", "tier", ""}, {"feedback", "recommend", ""}, {"feedback", "rating", health.Satisfaction}} {
		w.exec(`UPDATE fieldwork.field x SET archived_at = now() FROM fieldwork.form f WHERE f.id = x.form_id AND f.key = $1 AND x.key = $2`, tt.form, tt.field)
		w.cat = o.Catalog(t)
		if tt.field == "recommend" {
			want[health.Satisfaction] = 100
		}
		delete(want, tt.part)
		w.wants(w.one(c), want)
	}
}

func TestMeasures(t *testing.T) {
	w := newWorld(t)
	c := w.customers(row{"name": "Example Steel"}, row{"name": "Example Glass"})
	for i, r := range []row{{"rating": "5", "recommend": "10"}, {"rating": "4", "recommend": "9"}, {"rating": "4"}, {"rating": "2", "recommend": "6"}, {"recommend": "7"}, {"recommend": "0"}, {}, {"rating": "1"}} {
		r["customer"], r["occurred_at"], r["content"] = c[i/7], at(i), "x"
		w.add("feedback", r)
	}
	a, err := health.AnswersOf(w.cat)
	if err != nil {
		t.Fatal(err)
	}
	measure := func(asked *int, filter query.Filter) health.Measures {
		t.Helper()
		var n []health.Counted
		if err := w.DB.As(t.Context(), w.cat.Role, func(conn *pg.Conn) (err error) {
			n, err = a.Count(t.Context(), conn, filter)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return health.Measure(n, asked)
	}
	m := measure(ptr(28), nil)
	// Ratings 5 4 4 2 1, recommendations 10 9 6 7 0: two for, two against.
	if m.Answers != 7 || m.Ratings != 5 || *m.MeanRating != 3.2 || *m.CSAT != 60 || m.Recommendations != 5 || *m.NPS != 0 || *m.ResponseRate != 0.25 {
		t.Errorf("of all: %+v", m)
	}
	m = measure(nil, query.And{a.Day(thatDay-2, true), a.Day(thatDay-1, false)})
	if m.Answers != 2 || m.Ratings != 2 || *m.MeanRating != 4 || *m.CSAT != 100 || *m.NPS != 100 || m.ResponseRate != nil {
		t.Errorf("of two days: %+v", m)
	}
	if m = measure(ptr(0), a.Day(thatDay+9, true)); m.Answers != 0 || m.MeanRating != nil || m.CSAT != nil || m.NPS != nil || m.ResponseRate != nil {
		t.Errorf("of none: %+v", m)
	}
}
