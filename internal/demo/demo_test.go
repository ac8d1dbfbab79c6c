package demo_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/demo"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/cluster"
	"fieldwork/internal/template"
)

var size = flag.Int("size", 0, "also load so many customers and say how long it takes")

var today = time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)

var server *cluster.Server

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "demo-test-")
	if err == nil {
		defer os.RemoveAll(folder)
		err = os.Chmod(folder, 0o755) // postgres may run as another account
	}
	if err == nil {
		server, err = cluster.Start(ctx, cluster.Options{Data: folder})
	}
	if err == nil {
		defer server.Discard()
		err = prepare(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// prepare makes the database that the tests copy.
func prepare(ctx context.Context) error {
	db, err := pg.Open(ctx, server.URL("fieldwork"))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx, slog.New(slog.DiscardHandler))
}

var databases int

// open returns a migrated database of the test's own.
func open(t *testing.T) (*pg.DB, *change.Store) {
	t.Helper()
	databases++
	name := fmt.Sprintf("demo_%d", databases)
	if err := server.CreateDatabaseFrom(t.Context(), name, "fieldwork"); err != nil {
		t.Fatal(err)
	}
	db, err := pg.Open(t.Context(), server.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, change.NewStore(db, form.Reserved{})
}

func ensure(t *testing.T, opt demo.Options) (*pg.DB, *change.Store, org.Organisation) {
	t.Helper()
	db, forms := open(t)
	o, err := demo.Ensure(t.Context(), db, forms, opt)
	if err != nil {
		t.Fatal(err)
	}
	return db, forms, o
}

// ask returns the rows of a query whose rows are one text each. In the query
// {today} stands for the day of the tests and org. for the demo's schema.
func ask(t *testing.T, db *pg.DB, query string) []string {
	t.Helper()
	query = strings.NewReplacer("{today}", today.Format("DATE '2006-01-02'"), "org.", "org_demo.").Replace(query)
	var out []string
	if err := db.Control.SelectContext(t.Context(), &out, query); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return out
}

func one(t *testing.T, db *pg.DB, query string) string {
	t.Helper()
	out := ask(t, db, query)
	if len(out) != 1 {
		t.Fatalf("%d rows, want 1\n%s", len(out), query)
	}
	return out[0]
}

var formKeys = []string{"team", "member", "customer", "role", "task", "feedback", "contact", "review", "improvement", "absence", "team_template", "team_seat", "member_profile"}

// checksum covers every column of every row, and the accounts.
func checksum(t *testing.T, db *pg.DB) string {
	t.Helper()
	var sums []string
	for _, f := range append([]string{"task__participants", "task__depends_on", "number__"}, formKeys...) {
		sums = append(sums, one(t, db, `SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text)) FROM org.`+f+` x`))
	}
	sums = append(sums, one(t, db, `SELECT md5(string_agg(x::text, E'\n' ORDER BY id)) FROM fieldwork.member x`))
	return strings.Join(sums, " ")
}

func TestSameSeedSameRows(t *testing.T) {
	opt := demo.Options{Seed: 7, Today: today}
	a, forms, _ := ensure(t, opt)
	b, _, _ := ensure(t, opt)
	before := checksum(t, a)
	if got := checksum(t, b); got != before {
		t.Errorf("the same options gave\n%s\nand\n%s", before, got)
	}
	c, _, _ := ensure(t, demo.Options{Seed: 8, Today: today})
	if checksum(t, c) == before {
		t.Error("another seed gave the same rows")
	}
	t.Run("a second Ensure changes nothing", func(t *testing.T) {
		if _, err := demo.Ensure(t.Context(), a, forms, demo.Options{Customers: 100}); err != nil {
			t.Fatal(err)
		}
		if got := checksum(t, a); got != before {
			t.Error("rows changed")
		}
	})
}

func TestEnsureAtOnce(t *testing.T) {
	db, forms := open(t)
	var (
		wait sync.WaitGroup
		orgs [4]org.Organisation
		errs [4]error
	)
	for i := range orgs {
		wait.Go(func() { orgs[i], errs[i] = demo.Ensure(t.Context(), db, forms, demo.Options{Today: today}) })
	}
	wait.Wait()
	for i := range orgs {
		if errs[i] != nil || orgs[i].ID != orgs[0].ID || orgs[i].Key != demo.Key {
			t.Errorf("server %d: %v, %v", i, orgs[i], errs[i])
		}
	}
	if got := one(t, db, `SELECT (SELECT count(*) FROM fieldwork.organisation) || ' ' || (SELECT count(*) FROM org.customer)`); got != "1 60" {
		t.Errorf("organisations and customers: %s, want 1 60", got)
	}
}

func TestEnsureResumes(t *testing.T) {
	db, forms := open(t)
	if _, _, err := template.NewOrganisation(t.Context(), db, forms, org.New{Key: demo.Key}, template.Owner{Name: "Someone", Email: "owner@demo.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Ensure(t.Context(), db, forms, demo.Options{Today: today}); err != nil {
		t.Fatal(err)
	}
	if got := one(t, db, `SELECT count(*) FROM org.customer`); got != "60" {
		t.Errorf("%s customers, want 60", got)
	}
}

func TestLoad(t *testing.T) {
	db, forms := open(t)
	o, actor, err := template.NewOrganisation(t.Context(), db, forms, org.New{Key: "other"}, template.Owner{Name: "Own", Email: "me@own.example"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := demo.Load(t.Context(), db, o, demo.Options{Customers: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got demo.Counts
	if err := db.Control.GetContext(t.Context(), &got, `SELECT (SELECT count(*) FROM org_other.team) teams, (SELECT count(*) FROM org_other.member WHERE id <> $1) members, (SELECT count(*) FROM org_other.customer) customers,
		(SELECT count(*) FROM org_other.role) roles, (SELECT count(*) FROM org_other.task) tasks, (SELECT count(*) FROM org_other.feedback) feedback`, actor.MemberID); err != nil {
		t.Fatal(err)
	}
	if got != n || n.Customers != 10 {
		t.Errorf("Load says %+v, the tables hold %+v", n, got)
	}
	t.Run("numbers go on after the loaded ones", func(t *testing.T) {
		var id int64
		if err := db.Control.GetContext(t.Context(), &id, `INSERT INTO org_other.customer (name) VALUES ('New') RETURNING id`); err != nil || id != 11 {
			t.Errorf("the next customer has number %d (%v), want 11", id, err)
		}
	})

	t.Run("and so do codes", func(t *testing.T) {
		var same bool
		if err := db.Control.GetContext(t.Context(), &same, `SELECT sum(last) = 10 FROM org_other.number__`); err != nil || !same {
			t.Errorf("the last numbers do not add up to 10 (%v)", err)
		}
	})

	refused := []struct {
		name string
		opt  demo.Options
		kind fault.Kind
		text string
	}{
		{"twice", demo.Options{}, fault.Conflict, "the organisation already has customers"},
		{"fewer than none", demo.Options{Customers: -1}, fault.Invalid, "there can be 1 to 100000 demo customers"},
		{"more than a form holds tasks for", demo.Options{Customers: 100_001}, fault.Invalid, "there can be 1 to 100000 demo customers"},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			_, err := demo.Load(t.Context(), db, o, tt.opt)
			if err == nil || err.Error() != tt.text || fault.KindOf(err) != tt.kind {
				t.Errorf("err = %v, want %s %q", err, tt.kind, tt.text)
			}
		})
	}
	t.Run("members but no customers", func(t *testing.T) {
		if _, err := db.Control.ExecContext(t.Context(), `DELETE FROM org_other.customer`); err != nil {
			t.Fatal(err)
		}
		_, err := demo.Load(t.Context(), db, o, demo.Options{})
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "already has some of the demo data") {
			t.Errorf("err = %v, want a CONFLICT", err)
		}
	})
}

// TestLarge measures; run it with -args -size 20000.
func TestLarge(t *testing.T) {
	if *size == 0 {
		t.Skip("no -size")
	}
	db, forms := open(t)
	o, _, err := template.NewOrganisation(t.Context(), db, forms, org.New{Key: "demo", TimeZone: "Asia/Shanghai"}, template.Owner{Name: "Own", Email: "owner@demo.example"})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n, err := demo.Load(t.Context(), db, o, demo.Options{Customers: *size, Today: today})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v in %s", n, time.Since(began).Round(time.Millisecond))
	checkRows(t, db)
}
