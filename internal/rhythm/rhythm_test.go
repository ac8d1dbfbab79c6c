package rhythm_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/rhythm"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type row = map[string]string

// world is an organisation with the key-account template on Thursday, the 12th of
// February 2026, before the spring festival.
type world struct {
	*orgtest.Org
	t   *testing.T
	cat *form.Catalog
}

var today = day("2026-02-12")

func day(s string) calendar.Day {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func newWorld(t *testing.T) *world {
	o := orgtest.New(t)
	cat := o.Install(t, "key_account")
	for _, key := range []string{"rhythm", "coverage"} { // what is not set is the default
		if _, err := o.DB.Control.Exec(`DELETE FROM ` + cat.Form(key).Table()); err != nil {
			t.Fatal(err)
		}
	}
	return &world{o, t, cat}
}

func (w *world) add(form string, rows ...row) []int64 {
	w.t.Helper()
	return w.Insert(w.t, w.cat.Form(form), rows...)
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.Control.ExecContext(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// customer makes a customer on the first of January.
func (w *world) customer(name string, r row) string {
	w.t.Helper()
	r["name"] = name
	id := w.add("customer", r)[0]
	w.exec(`UPDATE org_acme.customer SET created_at = '2026-01-01T09:00:00+08:00' WHERE id = $1`, id)
	return strconv.FormatInt(id, 10)
}

func (w *world) read(f func(c *pg.Conn, r rhythm.Rhythms) error) {
	w.t.Helper()
	err := w.DB.As(w.t.Context(), w.cat.Role, func(c *pg.Conn) error {
		r, err := rhythm.Load(w.t.Context(), c, sqlgen.Env{}, w.cat)
		if err != nil {
			return err
		}
		return f(c, r)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// due is a list as "name last due late", page by page.
func (w *world) due(a rhythm.Ask) string {
	w.t.Helper()
	a.Catalog = w.cat
	if a.Day == 0 {
		a.Day = today
	}
	if a.Until == 0 {
		a.Until = a.Day
	}
	a.First = 2
	var out []string
	w.read(func(c *pg.Conn, r rhythm.Rhythms) error {
		n, err := rhythm.Count(w.t.Context(), c, r, a)
		for more := true; err == nil && more; {
			var p rhythm.Page
			p, err = rhythm.List(w.t.Context(), c, r, a)
			for _, d := range p.Dues {
				var name string
				_ = w.DB.Control.Get(&name, `SELECT name FROM org_acme.customer WHERE id = $1`, d.Customer)
				text := name
				if d.Last != nil {
					text += " " + d.Last.String()[5:]
				}
				text += " " + d.Due.String()[5:]
				if d.Late > 0 {
					text += fmt.Sprint(" late ", d.Late)
				}
				if d.Planned {
					text += " planned"
				}
				out = append(out, text)
				a.After = d.Cursor()
			}
			more = p.More
		}
		if n != len(out) {
			w.t.Errorf("%d are counted, and %d come", n, len(out))
		}
		return err
	})
	return strings.Join(out, "; ")
}

func (w *world) wants(name, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s\n got: %s\nwant: %s", name, got, want)
	}
}

func TestDueCustomers(t *testing.T) {
	w := newWorld(t)
	a, b, d := w.customer("A", row{"tier": "a"}), w.customer("B", row{"tier": "b"}), w.customer("D", row{})
	lost := w.customer("Lost", row{"tier": "a", "status": "lost"})
	said := func(customer, at, channel string) {
		w.add("feedback", row{"customer": customer, "occurred_at": at, "channel": channel, "content": "x"})
	}
	said(a, "2026-01-20T23:30:00+08:00", "phone")
	said(a, "2026-02-10T09:00:00+08:00", "internal")
	said(a, "2026-03-01T09:00:00+08:00", "phone") // to come
	said(b, "2026-01-05T09:00:00+08:00", "visit")
	said(lost, "2026-01-05T09:00:00+08:00", "visit")
	w.wants("contacts", w.due(rhythm.Ask{Kind: rhythm.Contact}), "A 01-20 02-03 late 9; B 01-05 02-04 late 8")
	w.wants("visits", w.due(rhythm.Ask{Kind: rhythm.Visit}), "A 01-31 late 12")
	w.wants("visits by the end of June", w.due(rhythm.Ask{Kind: rhythm.Visit, Until: day("2026-06-30")}), "A 01-31 late 12; B 01-05 04-05")
	w.wants("contacts of the year", w.due(rhythm.Ask{Kind: rhythm.Contact, Until: day("2026-12-31")}), "A 01-20 02-03 late 9; B 01-05 02-04 late 8; D 06-30")
	w.wants("as of a past day", w.due(rhythm.Ask{Kind: rhythm.Contact, Day: day("2026-01-16")}), "A 01-15 late 1")
	w.wants("before they were made", w.due(rhythm.Ask{Kind: rhythm.Contact, Day: day("2025-12-31"), Until: day("2026-12-31")}), "")

	w.add("review", row{"customer": a, "period": "x", "planned_on": "2026-02-08", "status": "planned"}, row{"customer": a, "period": "y", "planned_on": "2026-02-20", "status": "planned"},
		row{"customer": b, "period": "x", "planned_on": "2026-01-10", "held_on": "2026-01-12", "status": "held"}, row{"customer": d, "period": "x", "planned_on": "2026-01-10", "status": "cancelled"})
	w.wants("reviews", w.due(rhythm.Ask{Kind: rhythm.Review, Until: day("2027-12-31")}), "A 02-08 late 4 planned; B 01-12 04-12; D 01-01")
	w.read(func(c *pg.Conn, r rhythm.Rhythms) error {
		var ids []int64
		for _, id := range []string{a, lost} {
			n, _ := strconv.ParseInt(id, 10, 64)
			ids = append(ids, n)
		}
		all, err := rhythm.Of(t.Context(), c, r, rhythm.Ask{Catalog: w.cat, Kind: rhythm.Review, Day: today}, ids)
		if len(all) != 2 || all[ids[0]].Due != day("2026-02-08") || all[ids[1]].Due != day("2026-04-01") {
			t.Errorf("of two customers: %+v", all)
		}
		return err
	})
}

func TestMineAreThoseOfTheMember(t *testing.T) {
	w := newWorld(t)
	w.add("member", row{"name": "Mo", "email": "mo@acme.example", "status": "active"})
	owned, held, supported, ended := w.customer("Owned", row{"tier": "a", "owner": "2"}), w.customer("Held", row{"tier": "a"}), w.customer("Supported", row{"tier": "a"}), w.customer("Ended", row{"tier": "a"})
	w.add("role", row{"customer": held, "member": "2", "responsibility": "sales", "level": "r"}, row{"customer": owned, "member": "1", "responsibility": "sales", "level": "a"},
		row{"customer": supported, "member": "2", "responsibility": "sales", "level": "s"}, row{"customer": ended, "member": "2", "responsibility": "sales", "level": "a", "ends_on": "2026-02-11"})
	w.wants("of Mo", w.due(rhythm.Ask{Kind: rhythm.Contact, Mine: 2}), "Owned 01-15 late 28; Held 01-15 late 28")
	w.wants("of Olga", w.due(rhythm.Ask{Kind: rhythm.Contact, Mine: 1}), "Owned 01-15 late 28")
	w.exec(`UPDATE org_acme.member SET status = 'left' WHERE id = 2`)
	w.wants("of Mo who left", w.due(rhythm.Ask{Kind: rhythm.Contact, Mine: 2}), "Owned 01-15 late 28")
}

// What is due on a day off moves to the working day after it, in the list as in the
// formula.
func TestDueOnWorkingDays(t *testing.T) {
	w := newWorld(t)
	for _, d := range []string{"15", "16", "17", "18", "19", "20", "21", "22", "23"} {
		w.add("calendar_day", row{"day": "2026-02-" + d, "kind": "holiday"})
	}
	w.add("calendar_day", row{"day": "2026-02-14", "kind": "working"}, row{"day": "2026-02-28", "kind": "working"})
	cat, err := w.Forms.Set(t.Context(), w.Owner, nil, rhythm.Setting, func(json.RawMessage) (json.RawMessage, error) { return json.RawMessage(`{"workingDays": true}`), nil })
	if err != nil {
		t.Fatal(err)
	}
	w.cat = cat
	var want []string
	for i := range 40 { // the last contact was 14 days before each day from the 10th of February on
		due := day("2026-02-10").Add(i)
		name := fmt.Sprintf("C%02d", i)
		id := w.customer(name, row{"tier": "a"})
		w.add("feedback", row{"customer": id, "occurred_at": due.Add(-14).String() + "T12:00:00+08:00", "channel": "phone", "content": "x"})
		w.read(func(_ *pg.Conn, r rhythm.Rhythms) error {
			want = append(want, fmt.Sprintf("%s %s %s", name, due.Add(-14).String()[5:], r.Due(rhythm.Contact, "a", due.Add(-14)).String()[5:]))
			return nil
		})
	}
	got := regexp.MustCompile(` late \d+`).ReplaceAllString(w.due(rhythm.Ask{Kind: rhythm.Contact, Day: day("2026-03-21"), Until: day("2026-12-31")}), "")
	w.wants("forty days around the holidays", got, strings.Join(want, "; "))
	for last, due := range map[string]string{"C04 01-31": "02-14", "C05 02-01": "02-24", "C13 02-09": "02-24", "C14 02-10": "02-24", "C18 02-14": "02-28", "C19 02-15": "03-02", "C25 02-21": "03-09"} {
		if !strings.Contains(got, last+" "+due) {
			t.Errorf("%s is not due on %s: %s", last, due, got)
		}
	}
}

func TestRhythmsThatAreSet(t *testing.T) {
	w := newWorld(t)
	w.add("rhythm", row{"tier": "b", "contact_days": "7", "visit_days": "8", "review_days": "9"})
	w.read(func(_ *pg.Conn, r rhythm.Rhythms) error {
		for _, tt := range []struct {
			tier string
			want []int
		}{{"a", []int{14, 30, 90}}, {"b", []int{7, 8, 9}}, {"c", []int{90, 180, 180}}, {"d", []int{180, 365, 365}}, {"", []int{180, 365, 365}}, {"e", []int{180, 365, 365}}} {
			for i, k := range []rhythm.Kind{rhythm.Contact, rhythm.Visit, rhythm.Review} {
				if got := r.Of(k, tt.tier); got != tt.want[i] {
					t.Errorf("%s of %q after %d days, want %d", k, tt.tier, got, tt.want[i])
				}
			}
		}
		return nil
	})
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.read(func(c *pg.Conn, r rhythm.Rhythms) error {
		for _, text := range []string{"x", "ZDEuMg==", "ZDEuMSBvcg", strings.Repeat("Z", 100)} {
			_, err := rhythm.List(t.Context(), c, r, rhythm.Ask{Catalog: w.cat, Kind: rhythm.Visit, First: 1, After: text})
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v", text, err)
			}
		}
		return nil
	})
}
