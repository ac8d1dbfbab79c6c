// Package pgtest gives tests a real PostgreSQL: one cluster for the run, and a
// private, migrated database for whoever asks.
//
// "make test" starts the cluster once for all packages (see the program in
// with) and names it in FIELDWORK_TEST_PG; a lone "go test" of one package
// starts one of its own. A package that uses it has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Databases are copies of a migrated template, made in a tenth of a second.
package pgtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldwork/internal/pg"
	"fieldwork/internal/pg/cluster"

	"github.com/jmoiron/sqlx"
)

// Env names the cluster of a test run: the address of its database postgres.
const Env = "FIELDWORK_TEST_PG"

// Start starts a cluster for tests and returns its address and how to end it.
// fsync is off: a test that kills PostgreSQL brings its own.
func Start(ctx context.Context) (dsn string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "fieldwork-test-")
	if err != nil {
		return "", nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // postgres may run under another account
		return "", nil, err
	}
	s, err := cluster.Start(ctx, cluster.Options{Data: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", nil, err
	}
	return s.URL("postgres"), func() {
		_ = s.Discard()
		_ = os.RemoveAll(dir)
	}, nil
}

// Main runs the tests of a package with a cluster at hand.
func Main(m *testing.M) {
	os.Exit(func() int {
		if os.Getenv(Env) == "" {
			dsn, stop, err := Start(context.Background())
			if err != nil {
				fmt.Fprintln(os.Stderr, "pgtest:", err)
				return 1
			}
			defer stop()
			_ = os.Setenv(Env, dsn)
		}
		return m.Run()
	}())
}

// A Template is a database that others are copied from. It is made once for the
// cluster, by whichever package wants it first.
type Template struct {
	Name  string
	Build func(ctx context.Context, db *pg.DB) error // what it holds beyond the control tables
}

var (
	migrated = Template{Name: "migrated"}
	number   atomic.Int64
	made     sync.Map // name -> func() error
)

func (tpl Template) database() string { return "template_" + tpl.Name }

func (tpl Template) ensure() error {
	once, _ := made.LoadOrStore(tpl.Name, sync.OnceValue(func() error { return tpl.make(os.Getenv(Env)) }))
	return once.(func() error)()
}

func (tpl Template) make(dsn string) error {
	admin, err := sqlx.Connect("postgres", dsn)
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := admin.Connx(ctx) // the lock belongs to a session
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(20261124)`); err != nil {
		return err
	}
	var there bool
	if err := conn.GetContext(ctx, &there, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, tpl.database()); err != nil || there {
		return err
	}
	building := tpl.database() + "_building"
	for _, q := range []string{`DROP DATABASE IF EXISTS ` + building, `CREATE DATABASE ` + building} {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	own, err := pg.WithDatabase(dsn, building)
	if err != nil {
		return err
	}
	if err := tpl.fill(ctx, own); err != nil {
		return err
	}
	// Its last connection may still be on its way out.
	_, err = conn.ExecContext(ctx, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1`, building)
	if err == nil {
		_, err = conn.ExecContext(ctx, `ALTER DATABASE `+building+` RENAME TO `+tpl.database())
	}
	return err
}

func (tpl Template) fill(ctx context.Context, dsn string) error {
	db, err := pg.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if _, err := db.Guard(ctx); err != nil || tpl.Build == nil {
		return err
	}
	return tpl.Build(ctx, db)
}

// DSN makes a private, migrated database and returns its address. It is dropped
// when the test ends.
func DSN(t testing.TB) string {
	t.Helper()
	return copyOf(t, migrated)
}

func copyOf(t testing.TB, tpl Template) string {
	t.Helper()
	if os.Getenv(Env) == "" {
		t.Fatal("the package's TestMain must call pgtest.Main")
	}
	if err := tpl.ensure(); err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	dsn := os.Getenv(Env)
	admin, err := sqlx.Connect("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), number.Add(1))
	// Copies of one template exclude each other; PostgreSQL waits five seconds and
	// gives up, so take turns.
	if err := copyTemplate(admin, name, tpl.database()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := sqlx.Connect("postgres", dsn)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = admin.Close() }()
		if _, err := admin.Exec(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	own, err := pg.WithDatabase(dsn, name)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func copyTemplate(admin *sqlx.DB, name, template string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := admin.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(20261125)`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `CREATE DATABASE `+name+` TEMPLATE `+template)
	return err
}

// Open makes a private, migrated database and opens it.
func Open(t testing.TB) *pg.DB {
	t.Helper()
	return open(t, DSN(t))
}

// OpenCopy makes a private copy of a template and opens it.
func OpenCopy(t testing.TB, tpl Template) *pg.DB {
	t.Helper()
	return open(t, copyOf(t, tpl))
}

func open(t testing.TB, dsn string) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Golden compares got with testdata/name, or rewrites that file when the
// package's tests are run with UPDATE_GOLDEN=1.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at the difference, then run with UPDATE_GOLDEN=1\n got: %s\nwant: %s", path, got, want)
	}
}
