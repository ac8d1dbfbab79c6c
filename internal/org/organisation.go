package org

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// Organisation is one organisation of the server.
type Organisation struct {
	ID       int64  `db:"id"`
	Key      string `db:"key"`
	Role     string `db:"role"` // PostgreSQL session role
	Name     string `db:"name"`
	TimeZone string `db:"time_zone"`
	Language string `db:"language"`
	Version  int64  `db:"version"` // of its definitions
}

// Schema is the PostgreSQL schema that holds the organisation's records.
func (o Organisation) Schema() string { return "org_" + o.Key }

// New is an organisation to be made.
type New struct {
	Key      string
	Name     string
	TimeZone string // IANA name; "": UTC
	Language string // "": en
}

const (
	insertOrganisation = `
		INSERT INTO fieldwork.organisation (key, role, name, time_zone, language)
		VALUES ($1, $2, $3, $4, $5) RETURNING id, key, role, name, time_zone, language, version`
	selectByKey = `SELECT id, key, role, name, time_zone, language, version FROM fieldwork.organisation WHERE key = $1`
	selectByID  = `SELECT id, key, role, name, time_zone, language, version FROM fieldwork.organisation WHERE id = $1`
	selectAll   = `SELECT id, key, role, name, time_zone, language, version FROM fieldwork.organisation ORDER BY key`
)

var keyRule = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// Insert makes an organisation in tx: its row, its schema, and the role that
// reaches nothing but that schema. Faults: INVALID, CONFLICT with the path of
// the input.
func Insert(ctx context.Context, tx *sqlx.Tx, n New) (Organisation, error) {
	if len(n.Key) > 40 || !keyRule.MatchString(n.Key) {
		return Organisation{}, fault.New(fault.Invalid, "an organisation's key starts with a letter and has at most 40 small letters, digits and single underscores between them").At("key")
	}
	if n.Name == "" {
		n.Name = n.Key
	}
	if n.Language == "" {
		n.Language = "en"
	}
	if n.TimeZone == "" {
		n.TimeZone = "UTC"
	}
	if _, err := time.LoadLocation(n.TimeZone); err != nil || n.TimeZone == "Local" {
		return Organisation{}, fault.New(fault.Invalid, "%q is not a time zone such as Asia/Shanghai", n.TimeZone).At("timeZone")
	}
	// Roles belong to the whole server, keys to one database: a random tail keeps
	// two databases of one server apart. "org_" + 40 + "_" + 12 stays below 63.
	tail := make([]byte, 6)
	if _, err := rand.Read(tail); err != nil {
		return Organisation{}, err
	}
	role := "org_" + n.Key + "_" + hex.EncodeToString(tail)
	var o Organisation
	err := tx.GetContext(ctx, &o, insertOrganisation, n.Key, role, n.Name, n.TimeZone, n.Language)
	if pg.Constraint(err) == "organisation_key_is_taken" {
		return o, fault.New(fault.Conflict, "there already is an organisation %q", n.Key).At("key")
	}
	if err != nil {
		return o, fmt.Errorf("insert organisation: %w", pg.Translate(err))
	}
	for _, ddl := range append(roleDDL(role), "CREATE SCHEMA "+pg.Quote(o.Schema()), "GRANT USAGE ON SCHEMA "+pg.Quote(o.Schema())+" TO "+pg.Quote(role)) {
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return o, fmt.Errorf("%s: %w", ddl, err)
		}
	}
	return o, nil
}

// roleDDL makes a role that cannot log in, inherits nothing and that the
// server's own role may take.
func roleDDL(role string) []string {
	return []string{
		"CREATE ROLE " + pg.Quote(role) + " NOLOGIN NOINHERIT NOCREATEDB NOCREATEROLE",
		"GRANT " + pg.Quote(role) + " TO CURRENT_USER",
	}
}

// EnsureRoles makes the roles that are missing, as they are after the database
// was restored on another server, and grants them their schemas and tables.
func EnsureRoles(ctx context.Context, db *pg.DB) error {
	var missing []Organisation
	const q = `SELECT id, key, role, name, time_zone, language, version FROM fieldwork.organisation o
	            WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = o.role)`
	if err := db.Control.SelectContext(ctx, &missing, q); err != nil {
		return fmt.Errorf("look for missing roles: %w", err)
	}
	for _, o := range missing {
		schema, role := pg.Quote(o.Schema()), pg.Quote(o.Role)
		err := db.InTx(ctx, func(tx *sqlx.Tx) error {
			for _, ddl := range append(roleDDL(o.Role), "GRANT USAGE ON SCHEMA "+schema+" TO "+role,
				"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+role) {
				if _, err := tx.ExecContext(ctx, ddl); err != nil {
					return fmt.Errorf("%s: %w", ddl, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ByKey returns the organisation of that key, or NOT_FOUND.
func ByKey(ctx context.Context, db *pg.DB, key string) (Organisation, error) {
	return one(ctx, db, selectByKey, key)
}

// ByID returns the organisation of that number, or NOT_FOUND.
func ByID(ctx context.Context, db *pg.DB, id int64) (Organisation, error) {
	return one(ctx, db, selectByID, id)
}

func one(ctx context.Context, db *pg.DB, q string, arg any) (Organisation, error) {
	var o Organisation
	err := db.Control.GetContext(ctx, &o, q, arg)
	if pg.IsNoRows(err) {
		return o, fault.New(fault.NotFound, "there is no organisation %v", arg)
	}
	return o, pg.Translate(err)
}

// List returns all organisations by key.
func List(ctx context.Context, db *pg.DB) ([]Organisation, error) {
	var out []Organisation
	err := db.Control.SelectContext(ctx, &out, selectAll)
	return out, pg.Translate(err)
}
