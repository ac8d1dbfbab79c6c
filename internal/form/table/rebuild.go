package table

import (
	"context"
	"fmt"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
)

const (
	selectKept = `
		SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END || coalesce(' ' || pg_get_expr(adbin, adrelid), '') AS type
		  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		 WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`
	// Constraints of the table but foreign keys.
	selectKeys = `
		SELECT conname AS name, pg_get_constraintdef(oid) AS def FROM pg_constraint
		 WHERE conrelid = to_regclass($1) AND contype IN ('p', 'u', 'c') ORDER BY array_position('{p,u,c}'::"char"[], contype), conname`
	// Foreign keys of the table and of those that lead to it.
	selectLinks = `
		SELECT conname AS name, conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS def, conrelid = to_regclass($1) AS own,
		       CASE WHEN conrelid = to_regclass($1) THEN confrelid ELSE conrelid END::regclass::text AS other
		  FROM pg_constraint WHERE contype = 'f' AND to_regclass($1) IN (conrelid, confrelid) ORDER BY conname`
	selectIndexes = `
		SELECT c.relname AS name, x.indisunique AS uniq, pg_get_indexdef(x.indexrelid) AS def FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
		 WHERE x.indrelid = to_regclass($1) AND x.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
		 ORDER BY c.relname`
	selectTriggers = `SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND tgname <> 'history__'`
)

// Rebuild makes the form's table anew, with everything that belongs to it, under
// a lock. Records keep their numbers and versions.
func (m *Maker) Rebuild(ctx context.Context, f *form.Form) error {
	if err := m.DDL(ctx, `LOCK TABLE %s IN ACCESS EXCLUSIVE MODE`, f.Table()); err != nil {
		return err
	}
	var triggers int
	if err := m.Tx.GetContext(ctx, &triggers, selectTriggers, f.Table()); err != nil {
		return err
	}
	if triggers > 0 { // a job is at work; there is room left for now
		return nil
	}
	p, err := PartsOf(ctx, m.Tx, f)
	if err != nil {
		return err
	}
	r := &Replica{Parts: p, Form: f, Prefix: fmt.Sprintf("rebuild__%d_", f.ID)}
	if err := r.Make(ctx, m); err != nil {
		return err
	}
	if err := m.DDL(ctx, `INSERT INTO %s (%s) SELECT %[2]s FROM %[3]s ORDER BY id`, r.Table(), r.List(), f.Table()); err != nil {
		return err
	}
	for _, stmt := range append(r.IndexStatements(), `ANALYZE `+r.Table()) {
		if err := m.DDL(ctx, "%s", stmt); err != nil {
			return err
		}
	}
	return r.Place(ctx, m, "")
}

// Parts are what makes up a form's table, but for its records.
type Parts struct {
	Columns []struct{ Name, Type string } // in their order; names are quoted
	Keys    []struct{ Name, Def string }
	Indexes []struct {
		Name, Def string
		Uniq      bool
	}
	Links []TableLink `json:"-"` // these may change while the table is being copied
}

// TableLink is a foreign key of the table, or of another that leads to it.
type TableLink struct {
	Name, Table, Def, Other string
	Own                     bool
}

// Selecter reads rows.
type Selecter interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// PartsOf asks PostgreSQL what a form's table is made of.
func PartsOf(ctx context.Context, db Selecter, f *form.Form) (p Parts, err error) {
	for _, q := range []struct {
		into any
		stmt string
	}{{&p.Columns, selectKept}, {&p.Keys, selectKeys}, {&p.Links, selectLinks}, {&p.Indexes, selectIndexes}} {
		if err := db.SelectContext(ctx, q.into, q.stmt, f.Table()); err != nil {
			return p, fmt.Errorf("what form %s consists of: %w", f.Key, err)
		}
	}
	return p, nil
}

// Replica is the table that is to take the place of a form's. All of it is there
// under names of its own but for foreign keys: those would hold up writes of
// other tables by what its records were a moment ago.
type Replica struct {
	Parts
	Form   *form.Form
	Prefix string // of those names; two underscores in it stand in no key of a form
}

// Table is the replica's until it is in its place.
func (r *Replica) Table() string {
	return pg.Quote(r.Form.Catalog.Schema) + "." + pg.Quote(r.Prefix+"new")
}

func (r *Replica) name(kind string, i int) string { return fmt.Sprintf("%s%s_%d", r.Prefix, kind, i) }

// List is the columns as they stand in statements.
func (r *Replica) List() string {
	names := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// Make makes the table without records and without indexes but the primary key's.
func (r *Replica) Make(ctx context.Context, m *Maker) error {
	stmts := []string{
		fmt.Sprintf(`CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)`, r.Table(), r.Form.Table()),
		fmt.Sprintf(`GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, r.Table(), pg.Quote(m.Cat.Role)),
	}
	for i, k := range r.Keys {
		stmts = append(stmts, fmt.Sprintf(`ALTER TABLE %s ADD CONSTRAINT %s %s`, r.Table(), pg.Quote(r.name("key", i)), k.Def))
	}
	for _, stmt := range stmts {
		if err := m.DDL(ctx, "%s", stmt); err != nil {
			return err
		}
	}
	return nil
}

// IndexStatements make the indexes that are not there yet.
func (r *Replica) IndexStatements() []string {
	var out []string
	for i, x := range r.Indexes {
		_, tail, _ := strings.Cut(x.Def, " USING ") // no name before it holds that
		word := ""
		if x.Uniq {
			word = "UNIQUE "
		}
		out = append(out, fmt.Sprintf(`CREATE %sINDEX IF NOT EXISTS %s ON %s USING %s`, word, pg.Quote(r.name("index", i)), r.Table(), tail))
	}
	return out
}

// Place puts the table in the place of the form's, which nobody reads or writes
// meanwhile, and is the last of it. Foreign keys are made anew; with the suffix
// NOT VALID that looks at no record, and they hold for writes all the same.
func (r *Replica) Place(ctx context.Context, m *Maker, suffix string) error {
	table := r.Form.Table()
	var sequence string
	var next int64
	if err := m.Tx.GetContext(ctx, &sequence, `SELECT pg_get_serial_sequence($1, 'id')`, table); err != nil {
		return err
	}
	if err := m.Tx.GetContext(ctx, &next, `SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM `+sequence); err != nil {
		return err
	}
	var stmts []string
	for _, l := range r.Links {
		if !l.Own {
			stmts = append(stmts, fmt.Sprintf(`ALTER TABLE %s DROP CONSTRAINT %s`, l.Table, pg.Quote(l.Name)))
		}
	}
	stmts = append(stmts, `DROP TABLE `+table, fmt.Sprintf(`ALTER TABLE %s RENAME TO %s`, r.Table(), pg.Quote(r.Form.Key)),
		fmt.Sprintf(`ALTER TABLE %s ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (RESTART %d)`, table, next))
	for i, k := range r.Keys {
		stmts = append(stmts, fmt.Sprintf(`ALTER TABLE %s RENAME CONSTRAINT %s TO %s`, table, pg.Quote(r.name("key", i)), pg.Quote(k.Name)))
	}
	for i, x := range r.Indexes {
		stmts = append(stmts, fmt.Sprintf(`ALTER INDEX %s.%s RENAME TO %s`, pg.Quote(m.Cat.Schema), pg.Quote(r.name("index", i)), pg.Quote(x.Name)))
	}
	for _, l := range r.Links {
		stmts = append(stmts, fmt.Sprintf(`ALTER TABLE %s ADD CONSTRAINT %s %s%s`, l.Table, pg.Quote(l.Name), strings.TrimSuffix(l.Def, " NOT VALID"), l.suffix(suffix)))
	}
	stmts = append(stmts, recordTrigger(m.Cat, r.Form.Key))
	for _, stmt := range stmts {
		if err := m.DDL(ctx, "%s", stmt); err != nil {
			return err
		}
	}
	return nil
}

// suffix is the one given, and that of a key that did not hold yet.
func (l TableLink) suffix(given string) string {
	if strings.HasSuffix(l.Def, " NOT VALID") {
		return " NOT VALID"
	}
	return given
}
