// Package pg is how Fieldwork speaks to PostgreSQL: two pools, transactions,
// migrations and the meaning of PostgreSQL's errors.
//
// The control pool (DB.Control) runs as the owner of everything and holds only
// static SQL about organisations, members, tokens and definitions. The record
// pool (DB.As) lends connections whose session role is one organisation's and
// reaches that organisation's schema alone; the role stays on the connection
// and changes only when it moves on to another organisation, and statements
// stay prepared on it. Every statement of the record pool goes through the
// extended protocol, so no text can hold a second statement.
//
//	err := db.As(ctx, org.Role, func(c *pg.Conn) error {
//		return c.Query(ctx, `SELECT id FROM "org_acme"."task" WHERE "status" = $1`, []any{"open"}, func(row []driver.Value) error { ... })
//	})
//
// Records by the thousand are read by Conn.Rows, which takes rows off the
// connection before lib/pq makes values of them (docs/adr/0026-rows.md).
//
// It is not a query builder: SQL text comes from the packages that own it.
package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// DB holds the pools of one database.
type DB struct {
	Control *sqlx.DB // owner of all; control tables and definitions
	records *sql.DB
	dsn     string
	observe func(sql string)
	turns   sync.Map // role -> chan struct{}: what each role holds, see turn
}

// Observe has f called with the text of every statement of the record pool. It
// is for tests that count statements, and must be called before the first.
func (db *DB) Observe(f func(sql string)) { db.observe = f }

// Limits of the pools and of single statements.
const (
	controlConns     = 8
	recordConns      = 24
	connWait         = 5 * time.Second  // longest wait of a request for a connection of the record pool
	connectTime      = 10 * time.Second // longest opening of a connection, unless the address says otherwise
	statementTimeout = 30 * time.Second // longest statement of a request
	lockTimeout      = 5 * time.Second  // longest wait for a lock of a request
)

// Open connects to the database at dsn (a URL or key=value string) and checks
// that it can be used: reachable, UTF-8, and a ctype that knows letters.
func Open(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := config(dsn)
	if err != nil {
		return nil, err
	}
	cc, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	rcfg := cfg.Clone()
	rcfg.Runtime["statement_timeout"] = fmt.Sprint(statementTimeout.Milliseconds())
	rcfg.Runtime["lock_timeout"] = fmt.Sprint(lockTimeout.Milliseconds())
	rcfg.Runtime["idle_in_transaction_session_timeout"] = "60000"
	rc, err := pq.NewConnectorConfig(rcfg)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cc.Dialer(dialer{})
	rc.Dialer(dialer{})
	db := &DB{Control: sqlx.NewDb(sql.OpenDB(&controlConnector{cc}), "postgres"), records: sql.OpenDB(&connector{rc}), dsn: dsn}
	for p, n := range map[*sql.DB]int{db.Control.DB: controlConns, db.records: recordConns} {
		p.SetMaxOpenConns(n)
		p.SetMaxIdleConns(n)
		p.SetConnMaxIdleTime(5 * time.Minute)
	}
	if err := db.check(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// config adds to the caller's address what every connection of ours needs:
// dates and times printed in one way, whatever the server's settings.
func config(dsn string) (pq.Config, error) {
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		return pq.Config{}, fmt.Errorf("database address: %w", err)
	}
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "fieldwork"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTime
	}
	cfg.Runtime["timezone"] = "UTC"
	cfg.Runtime["datestyle"] = "ISO, MDY"
	cfg.Runtime["intervalstyle"] = "iso_8601"
	cfg.Runtime["search_path"] = "pg_catalog" // every name of ours is qualified
	cfg.Runtime["client_min_messages"] = "warning"
	return cfg, nil
}

func (db *DB) check(ctx context.Context) error {
	var d struct {
		Version  int    `db:"version"`
		Encoding string `db:"encoding"`
		Ctype    string `db:"ctype"`
	}
	const q = `SELECT current_setting('server_version_num')::int AS version, pg_encoding_to_char(encoding) AS encoding, datctype AS ctype
	             FROM pg_database WHERE datname = current_database()`
	if err := db.Control.GetContext(ctx, &d, q); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	switch {
	case d.Version < 140000:
		return fmt.Errorf("PostgreSQL %d is too old: version 14 or newer is needed", d.Version/10000)
	case d.Encoding != "UTF8":
		return fmt.Errorf("the database has encoding %s: create it with ENCODING 'UTF8'", d.Encoding)
	case d.Ctype == "C" || d.Ctype == "POSIX":
		return fmt.Errorf("the database has ctype %s, under which no letter beyond ASCII is one: create it with LC_CTYPE 'C.UTF-8' or another UTF-8 locale", d.Ctype)
	}
	return nil
}

// DSN is the address the pools were opened with.
func (db *DB) DSN() string { return db.dsn }

// Ping answers whether the database can be reached now.
func (db *DB) Ping(ctx context.Context) error { return db.Control.PingContext(ctx) }

// Close closes both pools.
func (db *DB) Close() error { return errors.Join(db.Control.Close(), db.records.Close()) }

// InTx runs f in a transaction of the control pool and commits when f returns
// nil. Outages come back as UNAVAILABLE with outcome NOT_DONE, and UNKNOWN when
// the answer to COMMIT itself was lost.
func (db *DB) InTx(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := db.Control.BeginTxx(ctx, nil)
	if err != nil {
		return AsWrite(Translate(err), false)
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return AsWrite(Translate(err), false)
	}
	return translateCommit(tx.Commit())
}

// Quote quotes an identifier for use in SQL text.
func Quote(name string) string { return pq.QuoteIdentifier(name) }

// Literal quotes a string for SQL that takes no parameters (DDL).
func Literal(s string) string { return pq.QuoteLiteral(s) }

// WithDatabase returns dsn with another database name. It understands URLs and
// key=value strings.
func WithDatabase(dsn, name string) (string, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		u, err := url.Parse(dsn)
		if err != nil {
			return "", fmt.Errorf("database address: %w", err)
		}
		u.Path = "/" + name
		return u.String(), nil
	}
	return dsn + " dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "'", nil
}
