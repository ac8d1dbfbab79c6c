package job_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
)

// worn makes a form whose columns are numbered beyond n, with records that refer
// to others and are referred to.
func worn(t testing.TB, records, n int) *orgtest.Org {
	t.Helper()
	to, big := "customer", "big"
	o := formtest.Large(t, records, form.NewField{Key: "customer", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to}}, form.NewField{Key: "tags", Kind: "MULTI_CHOICE", Indexed: true, Settings: form.SettingsInput{Options: formtest.Options("a", "b")}},
		form.NewField{Key: "parts", Kind: "REFERENCES", Settings: form.SettingsInput{To: &to}}, form.NewField{Key: "code", Kind: "INTEGER", Unique: true})
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "part", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "big", Kind: "REFERENCE", Settings: form.SettingsInput{To: &big}},
		{Key: "bigs", Kind: "REFERENCES", Settings: form.SettingsInput{To: &big}}}}); err != nil {
		t.Fatal(err)
	}
	o.Forms.AtOnce = int64(records) + 1
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "before", Kind: "REFERENCE", Settings: form.SettingsInput{To: &big}}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "pair", Kind: form.UniqueRule, Fields: []string{"name", "n"}, IgnoreCase: true}); err != nil {
		t.Fatal(err)
	}
	o.Forms.AtOnce = 100
	o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) SELECT 'c' || i FROM generate_series(1, 50) i`)
	o.DB.Control.MustExec(`UPDATE org_acme.big SET customer = id % 40 + 1, tags = '{a}', code = id, before = nullif(id - 1, 0), version = id % 7 + 1`)
	o.DB.Control.MustExec(`INSERT INTO org_acme.big__parts (record, target, position) SELECT id, id % 40 + 1, 1 FROM org_acme.big WHERE id % 100 = 0`)
	o.DB.Control.MustExec(`INSERT INTO org_acme.part (name, big) SELECT 'p' || i, i * $1 FROM generate_series(1, 100) i`, records/100)
	o.DB.Control.MustExec(`INSERT INTO org_acme.part__bigs (record, target, position) SELECT i, i * $1, 1 FROM generate_series(1, 100) i`, records/100)
	wearOut(t, o, n)
	return o
}

// wearOut uses n numbers of columns.
func wearOut(t testing.TB, o *orgtest.Org, n int) {
	t.Helper()
	if _, err := o.DB.Control.Exec(fmt.Sprintf(`DO $$ BEGIN FOR i IN 1..%d LOOP ALTER TABLE org_acme.big ADD COLUMN gone__ int; ALTER TABLE org_acme.big DROP COLUMN gone__; END LOOP; END $$`, n)); err != nil {
		t.Fatal(err)
	}
}

func columnNumbers(t testing.TB, o *orgtest.Org) (n int) {
	t.Helper()
	if err := o.DB.Control.Get(&n, `SELECT max(attnum) FROM pg_attribute WHERE attrelid = 'org_acme.big'::regclass`); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLargeTablesAreMadeAnewBesideWrites has a worn table made anew while others
// write, remove and exchange its records, with runners that are ended at any
// moment and changes of the form in between.
func TestLargeTablesAreMadeAnewBesideWrites(t *testing.T) {
	t.Parallel()
	const n, writers = 25_000, 3
	o := worn(t, n, 1200)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "first", Kind: "INTEGER"}); err != nil {
		t.Fatal(err)
	}
	jobs, err := o.Forms.Jobs(t.Context(), o.Owner, form.JobWaiting)
	if err != nil || len(jobs) != 1 || jobs[0].Action != "rebuild" || jobs[0].Form != "big" || jobs[0].Field != "" || jobs[0].Total != n {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	id := jobs[0].ID
	// A change that takes long waits for it and is done by itself.
	if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "n", form.FieldUpdate{Indexed: new(true)}); err != nil {
		t.Fatal(err)
	}

	// What each writer knows of the records of its own: codes with versions.
	type record struct {
		Code    int64
		Version int
	}
	known := make([]map[int64]record, writers)
	written := make([]int, writers)
	ctx, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for w := range writers {
		known[w] = map[int64]record{}
		for id := int64(1); id <= n; id++ {
			if id%writers == int64(w) {
				known[w][id] = record{id, int(id%7) + 1}
			}
		}
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			pick := func() int64 { return rnd.Int64N(n/writers-1)*writers + int64(w) + writers }
			next := int64(1_000_000 * (w + 1))
			for ctx.Err() == nil {
				written[w]++
				a, b := pick(), pick()
				ra, hasA := known[w][a]
				rb, hasB := known[w][b]
				var err error
				switch action := rnd.IntN(10); {
				case action == 0: // a new record, with a value of its own
					next++
					if err = o.DB.Control.Get(&a, `INSERT INTO org_acme.big (n, name, code, customer) VALUES ($1, 'new', $2, 3) RETURNING id`, fmt.Sprint(next), next); err == nil {
						known[w][a] = record{next, 1}
					}
				case action == 1 && hasA && a%50 != 0:
					if _, err = o.DB.Control.Exec(`WITH loose AS (UPDATE org_acme.big SET before = NULL WHERE before = $1) SELECT`, a); err != nil {
						break
					}
					if _, err = o.DB.Control.Exec(`DELETE FROM org_acme.big WHERE id = $1`, a); err == nil {
						delete(known[w], a)
					}
				case action < 5 && hasA && hasB && a != b: // two records exchange what is unique
					tx := o.DB.Control.MustBegin()
					for _, s := range []struct {
						id   int64
						code any
						by   int
					}{{a, nil, 1}, {b, ra.Code, 1}, {a, rb.Code, 0}} {
						if _, err = tx.Exec(`UPDATE org_acme.big SET code = $2, version = version + $3 WHERE id = $1`, s.id, s.code, s.by); err != nil {
							break
						}
					}
					if err != nil {
						_ = tx.Rollback()
						break
					}
					if err = tx.Commit(); err == nil {
						known[w][a], known[w][b] = record{rb.Code, ra.Version + 1}, record{ra.Code, rb.Version + 1}
					}
				case hasA:
					if _, err = o.DB.Control.Exec(`UPDATE org_acme.big SET customer = $2, version = version + 1 WHERE id = $1`, a, rnd.IntN(40)+1); err == nil {
						known[w][a] = record{ra.Code, ra.Version + 1}
					}
				}
				if err != nil && !strings.Contains(err.Error(), "deadlock") { // of records that were before others
					t.Errorf("a write failed: %v", err)
					return
				}
			}
		})
	}

	rnd := rand.New(rand.NewPCG(seed, 99))
	var j *form.Job
	for tries, until := 0, time.Now().Add(2*time.Minute); ; tries++ {
		wake, stop := formtest.Runner(t, o)
		wake()
		switch pause(time.Duration(50+rnd.IntN(400)) * time.Millisecond); {
		case tries == 1: // the form is changed meanwhile
			if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "meanwhile", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("customer")}}); err != nil {
				t.Fatal(err)
			}
		case tries > 6:
			formtest.AwaitJob(t, o, time.Minute) // the newest is the one that waits
		}
		if tries%2 == 0 { // as if the server had been killed
			o.DB.Control.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1718184043 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		}
		stop()
		var err error
		if j, err = o.Forms.Job(t.Context(), o.Owner, id); err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
		if j.EndedAt != nil {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("never done: %+v", j)
		}
	}
	end()
	all.Wait()
	if j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	wake, _ := formtest.Runner(t, o)
	wake()
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobDone {
		t.Errorf("the index was not built: %+v", j)
	}
	formtest.Clean(t, o)
	if got := columnNumbers(t, o); got > 50 {
		t.Errorf("columns are numbered up to %d", got)
	}
	cat := o.Catalog(t)
	for _, key := range []string{"first", "meanwhile"} {
		if cat.Form("big").Field(key) == nil {
			t.Errorf("the field %s is gone", key)
		}
	}

	var rows []struct {
		ID int64
		record
	}
	if err := o.DB.Control.Select(&rows, `SELECT id, code, version FROM org_acme.big ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	have := map[int64]record{}
	for _, r := range rows {
		if _, twice := have[r.ID]; twice {
			t.Errorf("record %d is there twice", r.ID)
		}
		have[r.ID] = r.record
	}
	want := map[int64]record{}
	for w := range writers {
		for id, r := range known[w] {
			want[id] = r
		}
	}
	wrong := 0
	for id, r := range want {
		if have[id] != r {
			if wrong++; wrong < 5 {
				t.Errorf("record %d is %+v, want %+v", id, have[id], r)
			}
		}
	}
	if wrong > 0 || len(have) != len(want) {
		t.Errorf("%d records are wrong; there are %d, want %d", wrong, len(have), len(want))
	}
	t.Logf("%v writes meanwhile", written)

	// References hold in both directions, as they did.
	for _, c := range []struct{ what, stmt string }{
		{"a customer that records refer to", `DELETE FROM org_acme.customer WHERE id = 5`},
		{"a record that parts refer to", `DELETE FROM org_acme.big WHERE id = 250`},
		{"a record that refers to no customer", `UPDATE org_acme.big SET customer = 999 WHERE id = 50`},
		{"a part of no record", `INSERT INTO org_acme.part (name, big) VALUES ('x', -1)`},
		{"a link to no record", `INSERT INTO org_acme.part__bigs (record, target, position) VALUES (1, -1, 2)`},
		{"a link of no record", `INSERT INTO org_acme.big__parts (record, target, position) VALUES (-1, 1, 2)`},
		{"a record after no other", `UPDATE org_acme.big SET before = -1 WHERE id = 50`},
		{"a code that is taken", `UPDATE org_acme.big SET code = (SELECT code FROM org_acme.big WHERE id = 100) WHERE id = 50`},
		{"a number that is taken", `INSERT INTO org_acme.big (id, n) VALUES (50, 'x')`},
		{"a required field that is empty", `INSERT INTO org_acme.big (n) VALUES (NULL)`},
	} {
		if _, err := o.DB.Control.Exec(c.stmt); err == nil {
			t.Errorf("PostgreSQL takes %s", c.what)
		}
	}
	last := rows[len(rows)-1].ID
	if ids := o.Insert(t, cat.Form("big"), map[string]string{"name": "next", "n": "next"}); ids[0] <= last {
		t.Errorf("the next record has number %d after %d", ids[0], last)
	}
}

// A table that has no numbers left is refused new columns only while it is being
// made anew, which a change begins and does not wait for.
func TestWornTable(t *testing.T) {
	t.Parallel()
	o := worn(t, 500, 1590-10)
	if n := columnNumbers(t, o); n < 1580 || n > 1598 {
		t.Fatalf("columns are numbered up to %d", n)
	}
	add := func(key string) error {
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: key, Kind: "INTEGER"})
		return err
	}
	version := o.Catalog(t).Version
	if err := add("one"); err != nil {
		t.Fatal(err)
	}
	ft, _ := add("two").(*fault.Fault)
	if ft == nil || ft.Kind != fault.Conflict || ft.Details["job"] == nil {
		t.Errorf("err = %v, want CONFLICT with the job", ft)
	}
	// What needs no column is not held up, and can be undone.
	cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "n", form.FieldUpdate{Labels: form.Label{"en": "Number"}})
	cat = formtest.Must(t, cat, err)
	if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version); err != nil {
		t.Error(err)
	}
	formtest.Clean(t, o)

	// One that is given up leaves nothing, and the next change begins another.
	reader := o.DB.Control.MustBegin() // in the way of its end
	reader.MustExec(`LOCK TABLE org_acme.customer IN ACCESS SHARE MODE`)
	wake, stop := formtest.Runner(t, o)
	wake()
	for made, until := false, time.Now().Add(time.Minute); !made; pause(5 * time.Millisecond) {
		if err := o.DB.Control.Get(&made, `SELECT EXISTS (SELECT FROM org_acme.part) AND to_regclass($1) IS NOT NULL`, fmt.Sprintf("org_acme.job__%d_new", ft.Details["job"])); err != nil || time.Now().After(until) {
			t.Fatal("nothing is done: ", err)
		}
	}
	formtest.Clean(t, o)
	if _, err := o.Forms.CancelJob(t.Context(), o.Owner, ft.Details["job"].(int64)); err != nil {
		t.Fatal(err)
	}
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobCancelled {
		t.Errorf("job %+v", j)
	}
	nothingLeft := func() {
		t.Helper()
		var left []string
		if err := o.DB.Control.Select(&left, `SELECT relname FROM pg_class WHERE (relname LIKE 'job%' OR reloptions IS NOT NULL) AND relname <> 'history__at' AND relnamespace = 'org_acme'::regnamespace`); err != nil || len(left) > 0 {
			t.Errorf("%s are left, %v", left, err)
		}
	}
	nothingLeft()
	_ = reader.Rollback()
	formtest.Clean(t, o)
	if err := add("again"); err != nil {
		t.Fatal(err)
	}
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobDone || j.Progress() != 100 {
		t.Fatalf("job %+v", j)
	}
	stop()
	nothingLeft()
	formtest.Clean(t, o)
	if v := o.Catalog(t).Version; v != version+4 {
		t.Errorf("version %d, want %d: the definitions are what they were", v, version+4)
	}
	if err := add("two"); err != nil {
		t.Error(err)
	}
	if n := columnNumbers(t, o); n > 50 {
		t.Errorf("columns are numbered up to %d", n)
	}
}
