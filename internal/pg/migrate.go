package pg

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the number of the advisory lock under which one of several
// servers that start at once migrates while the others wait.
const migrationLock = 7_208_113_042_761

// Migrate brings the control tables to the version of this program. Each step
// is one transaction, so that a crash leaves whole steps only and the next
// start goes on. Safe to run from several servers at once.
func (db *DB) Migrate(ctx context.Context, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	if err := db.makeSchema(ctx); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db.Control.DB, files,
		goose.WithSessionLocker(locker), goose.WithTableName("fieldwork.migration"), goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // steps are made side by side, so a lower number may come later
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range done {
		log.InfoContext(ctx, "migrated", "step", m.Source.Path, "took", m.Duration)
	}
	return nil
}

// makeSchema makes the schema that the table of migrations lives in. Two
// servers may try at once: IF NOT EXISTS still races, so the loser's error of
// a duplicate counts as success.
func (db *DB) makeSchema(ctx context.Context) error {
	_, err := db.Control.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS fieldwork`)
	if err != nil && Code(err) != "23505" && Code(err) != "42P06" {
		return fmt.Errorf("create schema fieldwork: %w", Translate(err))
	}
	return nil
}

// Guard revokes from PUBLIC the functions with which text inside SQL could
// change the session's role or run a query of its own. It needs a superuser and
// must be repeated after a database was moved; what could not be revoked is
// returned by name, for the server to say at start.
func (db *DB) Guard(ctx context.Context) (open []string, err error) {
	const stillOpen = `
		SELECT p.oid::regprocedure::text
		  FROM pg_proc p
		 WHERE p.pronamespace = 'pg_catalog'::regnamespace
		   AND (p.proname = 'set_config' OR p.proname LIKE '%_to_xml%' OR p.proname IN ('ts_stat', 'ts_rewrite', 'lo_import', 'lo_export', 'database_to_xml'))
		   AND has_function_privilege('public', p.oid, 'EXECUTE')
		 ORDER BY 1`
	if err := db.Control.SelectContext(ctx, &open, stillOpen); err != nil {
		return nil, fmt.Errorf("look for functions to revoke: %w", err)
	}
	var left []string
	for _, f := range open {
		// The name comes from PostgreSQL's own catalog, printed by regprocedure.
		if _, err := db.Control.ExecContext(ctx, "REVOKE EXECUTE ON FUNCTION "+f+" FROM PUBLIC"); err != nil {
			left = append(left, f)
		}
	}
	if len(open) > len(left) { // a REVOKE without the right to it only warns, so look again
		left = nil
		if err := db.Control.SelectContext(ctx, &left, stillOpen); err != nil {
			return nil, fmt.Errorf("look for functions to revoke: %w", err)
		}
	}
	return left, nil
}
