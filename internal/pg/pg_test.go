package pg_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

func withUser(t *testing.T, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(name)
	return u.String()
}

func sqlState(code string) error { return &pq.Error{Code: pqerror.Code(code), Message: "x"} }

func TestTranslate(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	tests := []struct {
		name  string
		err   error
		kind  fault.Kind
		stale bool
		lost  bool
	}{
		{name: "column that is not there", err: sqlState("42703"), kind: fault.Internal, stale: true},
		{name: "table that is not there", err: sqlState("42P01"), kind: fault.Internal, stale: true},
		{name: "schema that is not there", err: sqlState("3F000"), kind: fault.Internal, stale: true},
		{name: "plan of another result", err: &pq.Error{Code: "0A000", Message: "cached plan must not change result type"}, kind: fault.Internal, stale: true},
		{name: "something not supported", err: sqlState("0A000"), kind: fault.Internal},
		{name: "serialisation", err: sqlState("40001"), kind: fault.Conflict},
		{name: "deadlock", err: sqlState("40P01"), kind: fault.Conflict},
		{name: "statement cancelled", err: sqlState("57014"), kind: fault.Unavailable},
		{name: "lock not had in time", err: sqlState("55P03"), kind: fault.Unavailable},
		{name: "terminated", err: sqlState("57P01"), kind: fault.Unavailable, lost: true},
		{name: "starting up", err: sqlState("57P03"), kind: fault.Unavailable},
		{name: "too many connections", err: sqlState("53300"), kind: fault.Unavailable},
		{name: "disk full", err: sqlState("53100"), kind: fault.Unavailable},
		{name: "input or output error", err: sqlState("58030"), kind: fault.Unavailable},
		{name: "read only", err: sqlState("25006"), kind: fault.Unavailable},
		{name: "idle too long in a transaction", err: sqlState("25P03"), kind: fault.Unavailable},
		{name: "connection failure", err: sqlState("08006"), kind: fault.Unavailable, lost: true},
		{name: "connection gone", err: driver.ErrBadConn, kind: fault.Unavailable, lost: true},
		{name: "connection closed", err: sql.ErrConnDone, kind: fault.Unavailable},
		{name: "end of stream", err: fmt.Errorf("read: %w", io.EOF), kind: fault.Unavailable, lost: true},
		{name: "nobody listens", err: refused, kind: fault.Unavailable, lost: true},
		{name: "time is up", err: context.DeadlineExceeded, kind: fault.Unavailable},
		{name: "uniqueness stays as it is", err: sqlState("23505"), kind: fault.Internal},
		{name: "permission denied is ours", err: sqlState("42501"), kind: fault.Internal},
		{name: "unknown", err: errors.New("x"), kind: fault.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := pg.Translate(fmt.Errorf("do: %w", tt.err))
			if got := fault.KindOf(err); got != tt.kind {
				t.Errorf("kind %s, want %s", got, tt.kind)
			}
			if got := errors.Is(err, pg.ErrStale); got != tt.stale {
				t.Errorf("stale %t, want %t", got, tt.stale)
			}
			if !errors.Is(err, tt.err) {
				t.Error("the cause is forgotten")
			}
			if got := pg.Lost(err); got != tt.lost {
				t.Errorf("lost %t, want %t", got, tt.lost)
			}
			if again := pg.Translate(err); fault.KindOf(again) != tt.kind {
				t.Errorf("translated twice: %v", again)
			}
		})
	}
	if pg.Translate(nil) != nil || pg.Lost(nil) {
		t.Error("nil is something")
	}
	own := fault.New(fault.NotFound, "x").Because(driver.ErrBadConn)
	if err := pg.Translate(own); err != error(own) {
		t.Errorf("a fault became %v", err)
	}
}

func TestAsWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		sent bool
		want fault.Outcome
	}{
		{"refused before anything was sent", driver.ErrBadConn, false, fault.NotDone},
		{"answer lost", driver.ErrBadConn, true, fault.Unknown},
		{"PostgreSQL says it gave up", sqlState("55P03"), true, fault.NotDone},
		{"time was up", sqlState("57014"), true, fault.NotDone},
		{"the session was ended, wherever it stood", sqlState("57P01"), true, fault.Unknown},
		{"PostgreSQL crashed, wherever it stood", sqlState("57P02"), true, fault.Unknown},
		{"the session was ended before the end was sent", sqlState("57P01"), false, fault.NotDone},
		{"a race is no outage", sqlState("40P01"), true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := errors.AsType[*fault.Fault](pg.AsWrite(pg.Translate(tt.err), tt.sent))
			if f.Outcome != tt.want {
				t.Errorf("outcome %q, want %q", f.Outcome, tt.want)
			}
			g, _ := errors.AsType[*fault.Fault](pg.AsWrite(f, !tt.sent))
			if g.Outcome != tt.want {
				t.Errorf("an outcome that is known became %q", g.Outcome)
			}
		})
	}
}

// A transaction that cannot begin has done nothing, and says so.
func TestTransactionThatCannotBeginIsNotDone(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	err := db.InTx(late, func(*sqlx.Tx) error { return nil })
	if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Kind != fault.Unavailable || f.Outcome != fault.NotDone {
		t.Errorf("err = %#v, want UNAVAILABLE, NOT_DONE", err)
	}
}

func TestConstraint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"named", &pq.Error{Constraint: "customer_name_key"}, "customer_name_key"},
		{"wrapped", fmt.Errorf("insert: %w", &pq.Error{Constraint: "customer_name_key"}), "customer_name_key"},
		{"shard of Citus", &pq.Error{Constraint: "customer_name_key_102008"}, "customer_name_key"},
		{"in the message only", &pq.Error{Message: `duplicate key value violates unique constraint "customer_name_key_102008"`}, "customer_name_key"},
		{"short number belongs to the name", &pq.Error{Constraint: "line_2024"}, "line_2024"},
		{"none", &pq.Error{Message: "x"}, ""},
		{"not PostgreSQL's", io.EOF, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := pg.Constraint(tt.err); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestWithDatabase(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://a@h/one?sslmode=disable": "postgres://a@h/two?sslmode=disable",
		"host=h dbname=one":                  "host=h dbname=one dbname='two'",
	} {
		if got, err := pg.WithDatabase(dsn, "two"); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func TestStatementsStayPrepared(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	const count = `SELECT count(*) FROM pg_prepared_statements`
	run := func(n int) {
		t.Helper()
		if got, err := one(t, db, role, fmt.Sprintf(`SELECT %d`, n)); err != nil || got != fmt.Sprint(n) {
			t.Fatalf("%q, %v", got, err)
		}
	}
	prepared := func(want string) {
		t.Helper()
		if got, err := one(t, db, role, count); err != nil || got != want {
			t.Errorf("%s are prepared, %v; want %s", got, err, want)
		}
	}
	run(0)
	run(0)
	prepared("2") // SELECT 0 and the count itself
	for n := range 230 {
		run(n)
	}
	prepared("200") // the least used are closed
	run(0)          // closed, so prepared anew
	prepared("200")
	if _, err := one(t, db, role, `SELECT nonsense`); err == nil {
		t.Error("nonsense was prepared")
	}
	prepared("200")
}

// emptyDatabase makes a database without our schema and returns its address.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	dsn := pgtest.DSN(t)
	db, err := pg.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.Control.MustExec(`DROP SCHEMA fieldwork CASCADE`)
	return dsn
}

func TestMigrateFromSeveralServersAtOnce(t *testing.T) {
	t.Parallel()
	dsn := emptyDatabase(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := pg.Open(t.Context(), dsn)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = db.Close() }()
			for range 2 { // the second finds nothing to do
				if err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	db, err := pg.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var twice int
	if err := db.Control.Get(&twice, `SELECT count(*) FROM (SELECT version_id FROM fieldwork.migration GROUP BY version_id HAVING count(*) > 1) d`); err != nil || twice > 0 {
		t.Errorf("%d steps were taken twice, %v", twice, err)
	}
	orgtest.Add(t, db, "acme") // it works
}

// A transaction that failed must leave nothing behind on its connection: least
// of all something that cancels, later, what another request does there.
func TestFailedTransactionLeavesItsConnectionAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	pid, err := one(t, db, role, `SELECT pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	first, end := context.WithCancel(t.Context())
	defer end()
	err = db.As(first, role, func(c *pg.Conn) error {
		return c.InTx(first, func() error { _, err := c.Exec(first, `SELECT 1/0`, nil); return err })
	})
	if pg.Code(err) != "22012" {
		t.Fatal(err)
	}
	err = db.As(t.Context(), role, func(c *pg.Conn) error {
		end()
		return c.Query(t.Context(), `SELECT pg_backend_pid(), pg_sleep(0.3)`, nil, func(row []pg.Value) error {
			if got := fmt.Sprint(row[0]); got != pid {
				return fmt.Errorf("connection %s after %s", got, pid)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// A part of a transaction that fails is undone, and the rest stands.
func TestTransactionWithin(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	err := db.As(t.Context(), role, func(c *pg.Conn) error {
		insert := func(name string) error {
			_, err := c.Exec(t.Context(), `INSERT INTO org_acme.team (name) VALUES ($1)`, []any{name})
			return err
		}
		return c.InTx(t.Context(), func() error {
			if err := insert("before"); err != nil {
				return err
			}
			err := c.InTx(t.Context(), func() error {
				if err := insert("undone"); err != nil {
					return err
				}
				_, err := c.Exec(t.Context(), `SELECT 1/0`, nil)
				return err
			})
			if pg.Code(err) != "22012" {
				return fmt.Errorf("the part ends with %v", err)
			}
			return c.InTx(t.Context(), func() error { return insert("after") })
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one(t, db, role, `SELECT string_agg(name, ' ' ORDER BY id) FROM org_acme.team`); got != "before after" {
		t.Errorf("the table holds %q, %v", got, err)
	}
}

func TestPanicEndsTheTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	func() {
		defer func() { _ = recover() }()
		_ = db.As(t.Context(), role, func(c *pg.Conn) error {
			return c.InTx(t.Context(), func() error { panic("on purpose") })
		})
	}()
	var open int
	if err := db.Control.Get(&open, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); err != nil || open > 0 {
		t.Errorf("%d transactions are open, %v", open, err)
	}
	if _, err := one(t, db, role, `SELECT 1`); err != nil {
		t.Error(err)
	}
}

// Connections that PostgreSQL ended while they were idle are not lent.
func TestEndedConnectionsAreNotLent(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	admin := beside(t, db)
	for range 5 {
		before, err := one(t, db, role, `SELECT pg_backend_pid()`)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		after, err := one(t, db, role, `SELECT pg_backend_pid()`)
		if err != nil || after == before {
			t.Errorf("connection %s after %s, %v", after, before, err)
		}
		if err := db.InTx(t.Context(), nothing); err != nil {
			t.Errorf("control pool: %v", err)
		}
	}
}

func TestCancelledStatement(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	role := orgtest.Add(t, db, "acme").Org.Role
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := db.As(ctx, role, func(c *pg.Conn) error {
		return c.Query(ctx, `SELECT pg_sleep(30)`, nil, func([]pg.Value) error { return nil })
	})
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	var running int
	if err := db.Control.Get(&running, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'`); err != nil || running > 0 {
		t.Errorf("%d still run, %v", running, err)
	}
	if _, err := one(t, db, role, `SELECT 1`); err != nil {
		t.Error(err)
	}
}

func nothing(*sqlx.Tx) error { return nil }

// beside opens a connection beside the pools of db.
func beside(t *testing.T, db *pg.DB) *sqlx.DB {
	t.Helper()
	admin, err := sqlx.Connect("postgres", db.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	return admin
}
