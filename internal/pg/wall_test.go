package pg_test

import (
	"fmt"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"

	"github.com/jmoiron/sqlx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// one runs a statement under a role and returns the first column of its first row.
func one(t testing.TB, db *pg.DB, role, query string) (out string, err error) {
	t.Helper()
	err = db.As(t.Context(), role, func(c *pg.Conn) error {
		return c.Query(t.Context(), query, nil, func(row []pg.Value) error {
			if v, ok := row[0].([]byte); ok {
				out = string(v)
			} else {
				out = fmt.Sprint(row[0])
			}
			return nil
		})
	})
	return out, err
}

// SEC-21: an organisation's role stays behind its wall, whatever SQL it runs.
func TestWrongSQLStaysInside(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	acme, beta := orgtest.Add(t, db, "acme"), orgtest.Add(t, db, "beta")
	const denied, syntax = "42501", "42601"
	tests := []struct{ name, sql, code string }{
		{"another organisation's records", `SELECT id FROM "org_beta"."member"`, denied},
		{"another organisation's table, changed", `UPDATE "org_beta"."member" SET version = version + 1`, denied},
		{"another organisation inside an expression", `SELECT (SELECT count(*) FROM "org_beta"."member") FROM "org_acme"."member"`, denied},
		{"another organisation's role", `SELECT set_config('role', '` + beta.Org.Role + `', false)`, denied},
		{"tokens", `SELECT hash FROM fieldwork.token`, denied},
		{"accounts", `UPDATE fieldwork.member SET access = 'OWNER'`, denied},
		{"definitions", `DELETE FROM fieldwork.field`, denied},
		{"migrations", `SELECT count(*) FROM fieldwork.migration`, denied},
		{"role by name", `SELECT set_config('role', 'fieldwork', false)`, denied},
		{"role reset", `SELECT set_config('role', 'none', false)`, denied},
		{"session authorization", `SELECT set_config('session_authorization', 'fieldwork', false)`, denied},
		{"search path", `SELECT set_config('search_path', 'fieldwork', false)`, denied},
		{"settings by update", `UPDATE pg_settings SET setting = 'none' WHERE name = 'role'`, denied},
		{"text run as SQL, to XML", `SELECT query_to_xml('SELECT 1', true, false, '')`, denied},
		{"a table to XML", `SELECT table_to_xml('fieldwork.token', true, false, '')`, denied},
		{"text run as SQL, by text search", `SELECT ts_stat('SELECT ''''::tsvector')`, denied},
		{"a file of the server", `SELECT pg_read_file('/etc/passwd')`, denied},
		{"a folder of the server", `SELECT pg_ls_dir('/')`, denied},
		{"a file as large object", `SELECT lo_import('/etc/passwd')`, denied},
		{"a large object as file", `SELECT lo_export(1, '/tmp/fieldwork_wall')`, denied},
		{"another session ended", `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()`, denied},
		{"a table of its own", `CREATE TABLE "org_acme"."extra" (n int)`, denied},
		{"a table of its own, changed", `ALTER TABLE "org_acme"."member" ADD COLUMN extra int`, "42501"},
		{"a role", `CREATE ROLE wall_jumper`, denied},
		{"a second statement", `SELECT 1; SELECT 2`, syntax},
		{"a second statement, a role", `SELECT 1; RESET ROLE`, syntax},
		{"a transaction closed and another role", `COMMIT; RESET ROLE`, syntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := one(t, db, acme.Org.Role, tt.sql); pg.Code(err) != tt.code {
				t.Fatalf("%q, %v (code %s); want code %s", out, err, pg.Code(err), tt.code)
			} else if fault.KindOf(err) != fault.Internal {
				t.Errorf("shown to the client as %s", fault.KindOf(err))
			}
			if who, err := one(t, db, acme.Org.Role, `SELECT current_user`); err != nil || who != acme.Org.Role {
				t.Fatalf("afterwards the role is %q, %v", who, err)
			}
		})
	}
	t.Run("what other sessions run is hidden", func(t *testing.T) {
		n, err := one(t, db, acme.Org.Role, `SELECT count(*) FROM pg_stat_activity WHERE query NOT IN ('', '<insufficient privilege>')`)
		if err != nil || n != "0" {
			t.Errorf("%s queries can be read, %v", n, err)
		}
	})
}

func TestRolesSwitchOnOneConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	acme, beta := orgtest.Add(t, db, "acme"), orgtest.Add(t, db, "beta")
	const ours = `SELECT pg_backend_pid() || ' ' || current_user || ' ' || count(*) FROM `
	first := ""
	for range 3 {
		for _, o := range []*orgtest.Org{acme, beta} {
			got, err := one(t, db, o.Org.Role, ours+`"org_`+o.Org.Key+`"."member"`)
			if err != nil {
				t.Fatal(err)
			}
			var pid, role string
			var n int
			if _, err := fmt.Sscan(got, &pid, &role, &n); err != nil || role != o.Org.Role || n != 1 {
				t.Fatalf("%q", got)
			}
			if first == "" {
				first = pid
			} else if pid != first {
				t.Fatalf("connection %s after %s", pid, first)
			}
		}
	}
	// The statement stays prepared there, and is judged by who runs it.
	if got, err := one(t, db, beta.Org.Role, ours+`"org_acme"."member"`); pg.Code(err) != "42501" {
		t.Errorf("beta reads acme's by a statement that acme prepared: %q, %v", got, err)
	}
	if got, err := one(t, db, acme.Org.Role, ours+`"org_acme"."member"`); err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestMissingRoleIsNotAnotherRole(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	acme := orgtest.Add(t, db, "acme")
	if _, err := one(t, db, acme.Org.Role, `SELECT 1`); err != nil {
		t.Fatal(err)
	}
	if who, err := one(t, db, "org_nobody", `SELECT current_user`); err == nil {
		t.Fatalf("ran as %s", who)
	}
	if who, err := one(t, db, acme.Org.Role, `SELECT current_user`); err != nil || who != acme.Org.Role {
		t.Errorf("then %q, %v", who, err)
	}
}

func TestOwnerEndsWithTheTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t)
	acme := orgtest.Add(t, db, "acme")
	for _, commit := range []bool{true, false} {
		err := db.As(t.Context(), acme.Org.Role, func(c *pg.Conn) error {
			return c.InTx(t.Context(), func() error {
				if err := c.AsOwner(t.Context()); err != nil {
					return err
				}
				if _, err := c.Exec(t.Context(), `UPDATE fieldwork.member SET active = active`, nil); err != nil {
					return err
				}
				if !commit {
					return fault.New(fault.Conflict, "on purpose")
				}
				return nil
			})
		})
		if (err == nil) != commit {
			t.Fatal(err)
		}
		if who, err := one(t, db, acme.Org.Role, `SELECT current_user`); err != nil || who != acme.Org.Role {
			t.Errorf("after commit %t the role is %q, %v", commit, who, err)
		}
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	db, err := pg.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if left, err := db.Guard(t.Context()); err != nil || len(left) > 0 {
		t.Fatalf("a guarded database: %v, %v", left, err)
	}
	db.Control.MustExec(`GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC`)

	t.Run("without the right to it, it says what is open", func(t *testing.T) {
		other := loginRole(t, db.Control, dsn)
		low, err := pg.Open(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = low.Close() }()
		if left, err := low.Guard(t.Context()); err != nil || len(left) != 1 || left[0] != "set_config(text,text,boolean)" {
			t.Errorf("left open %q, %v", left, err)
		}
	})
	if left, err := db.Guard(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("guarded again: %v, %v", left, err)
	}
	var open bool
	if err := db.Control.Get(&open, `SELECT has_function_privilege('public', 'pg_catalog.set_config(text, text, boolean)', 'EXECUTE')`); err != nil || open {
		t.Errorf("set_config is open: %t, %v", open, err)
	}
}

// loginRole makes an ordinary role and returns dsn for it.
func loginRole(t *testing.T, db *sqlx.DB, dsn string) string {
	t.Helper()
	var name string
	if err := db.Get(&name, `SELECT 'low_' || substr(md5(random()::text), 1, 12)`); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`CREATE ROLE ` + name + ` LOGIN`)
	t.Cleanup(func() { db.MustExec(`DROP ROLE ` + name) })
	return withUser(t, dsn, name)
}
