// Package check compares the definitions of an organisation with PostgreSQL's own
// catalogs: it is what `fieldwork check` prints, and what tests end with.
//
//	problems, err := check.Run(ctx, db, orgID) // in words; none when all is well
//
// It repairs nothing. What open jobs have made, and promise to make, is accounted for.
package check

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"
)

const (
	// What PostgreSQL has in the schema: tables with their columns.
	selectColumns = `
		SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled
		  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		 WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`
	// Indexes, and constraints with whether they hold.
	selectNames = `
		SELECT i.relname AS name, x.indisvalid AS valid, false AS constraint
		  FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
		UNION ALL
		SELECT conname, convalidated, true FROM pg_constraint
		 WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND contype = 'f'`
	selectGrants = `
		SELECT c.relname FROM pg_class c
		 WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind = 'r'
		   AND c.relname <> 'history__' AND NOT has_table_privilege($2, c.oid, 'SELECT, INSERT, UPDATE, DELETE')`
	selectHistoryOpen = `SELECT has_table_privilege($2, c, 'INSERT, UPDATE, DELETE, TRUNCATE') FROM to_regclass($1) c WHERE c IS NOT NULL`
)

// Run compares the definitions of an organisation with PostgreSQL's own
// catalogs and returns every difference in words; none when all is well.
func Run(ctx context.Context, db *pg.DB, orgID int64) ([]string, error) {
	cat, err := form.Load(ctx, db, orgID)
	if err != nil {
		return nil, err
	}
	c := &checker{tables: map[string]map[string]pgColumn{}, names: map[string]bool{}, missing: map[string]string{}, invalid: map[string]string{}}
	if err := c.read(ctx, db, cat); err != nil {
		return nil, err
	}
	for _, f := range cat.Forms {
		c.form(f)
	}
	c.own()
	if err := c.jobs(ctx, db, cat); err != nil {
		return nil, err
	}
	for name, what := range c.missing {
		c.say("%s (%s) is not there", what, name)
	}
	for name, what := range c.invalid {
		c.say("%s (%s) is not valid", what, name)
	}
	for table, cols := range c.tables {
		if cat.Form(table) == nil {
			c.say("table %s has no form", table)
			continue
		}
		for name := range cols {
			c.say("column %s.%s has no field", table, name)
		}
	}
	for name := range c.names {
		c.say("%s belongs to no field", name)
	}
	sort.Strings(c.out)
	return c.out, nil
}

type pgColumn struct {
	typ    string
	filled bool
}

// checker holds what PostgreSQL has; what a definition accounts for is taken out.
type checker struct {
	tables map[string]map[string]pgColumn
	names  map[string]bool // valid or not
	// Names that definitions speak of, with what they are of: what is not there, and
	// what is not valid.
	missing, invalid map[string]string
	out              []string

	unwatched map[string]bool // tables whose changes are not part of the history
}

func (c *checker) say(format string, a ...any) { c.out = append(c.out, fmt.Sprintf(format, a...)) }

func (c *checker) read(ctx context.Context, db *pg.DB, cat *form.Catalog) error {
	var cols []struct {
		Table  string `db:"table"`
		Column string `db:"column"`
		Type   string `db:"type"`
		Filled bool   `db:"filled"`
	}
	if err := db.Control.SelectContext(ctx, &cols, selectColumns, cat.Schema); err != nil {
		return pg.Translate(err)
	}
	for _, r := range cols {
		if c.tables[r.Table] == nil {
			c.tables[r.Table] = map[string]pgColumn{}
		}
		c.tables[r.Table][r.Column] = pgColumn{r.Type, r.Filled}
	}
	var names []struct {
		Name       string `db:"name"`
		Valid      bool   `db:"valid"`
		Constraint bool   `db:"constraint"`
	}
	if err := db.Control.SelectContext(ctx, &names, selectNames, cat.Schema); err != nil {
		return pg.Translate(err)
	}
	for _, r := range names {
		c.names[r.Name] = r.Valid
	}
	var closed []string
	if err := db.Control.SelectContext(ctx, &closed, selectGrants, cat.Schema, cat.Role); err != nil {
		return pg.Translate(err)
	}
	for _, table := range closed {
		c.say("the organisation's role may not read and write table %s", table)
	}
	var err error
	if c.unwatched, err = table.UnwatchedTables(ctx, db.Control, cat.Schema); err != nil {
		return pg.Translate(err)
	}
	var open []bool
	if err := db.Control.SelectContext(ctx, &open, selectHistoryOpen, cat.HistoryTable(), cat.Role); err != nil {
		return pg.Translate(err)
	}
	if len(open) > 0 && open[0] {
		c.say("the organisation's role may write the history")
	}
	return nil
}

// typeNames of PostgreSQL that differ from those we use in DDL.
var printedType = map[string]string{"timestamptz": "timestamp with time zone"}

func (c *checker) form(f *form.Form) {
	cols, ok := c.tables[f.Key]
	if !ok {
		c.say("form %s has no table", f.Key)
		return
	}
	for name, typ := range map[string]string{"id": "bigint", "version": "integer", "created_at": "timestamptz", "created_by": "bigint",
		"updated_at": "timestamptz", "updated_by": "bigint", "archived_at": "timestamptz"} {
		c.column(cols, f.Key, name, typ, name != "created_by" && name != "updated_by" && name != "archived_at")
	}
	c.name(f.Key+"_pkey", "the primary key of form "+f.Key)
	c.watched(f.Key)
	for _, x := range f.Fields {
		where := "field " + f.Key + "." + x.Key
		if x.Broken != "" {
			c.say("%s is broken: %s", where, x.Broken)
		}
		if x.Kind == nil {
			delete(cols, x.Key)
			continue
		}
		if x.HasLinkTable() {
			c.links(x, where)
		}
		if !x.Stored() {
			continue
		}
		c.column(cols, f.Key, x.Key, x.Kind.Column(), x.Filled)
		if x.Target != nil {
			c.name(x.ForeignKey(), "the foreign key of "+where)
		}
		if x.Unique {
			c.name(x.UniqueIndex(), "the unique index of "+where)
		}
		if x.WantsIndex() {
			c.name(x.Index(), "the index of "+where)
		}
	}
	if f.ArchivedAt != nil { // nothing keeps up what it had
		c.textIndexes(f)
	} else {
		c.name(f.SearchIndex(), "the search index of form "+f.Key)
		for _, x := range f.Own() {
			if x.Telling() != "" {
				c.name(x.DuplicateIndex(), "the index for duplicates of field "+f.Key+"."+x.Key)
			}
		}
	}
	for _, r := range f.Rules {
		if r.Broken != "" {
			c.say("rule %s.%s is broken: %s", f.Key, r.Key, r.Broken)
		}
		if r.Kind != form.CheckRule {
			c.name(r.Index(), "the index of rule "+f.Key+"."+r.Key)
		}
	}
}

// links accounts for the table of a field's links.
func (c *checker) links(x *form.Field, where string) {
	cols, ok := c.tables[x.LinkTableName()]
	delete(c.tables, x.LinkTableName())
	if !ok {
		c.say("%s has no table of links", where)
		return
	}
	for name, typ := range map[string]string{"record": "bigint", "target": "bigint", "position": "integer"} {
		c.column(cols, x.LinkTableName(), name, typ, true)
	}
	c.watched(x.LinkTableName())
	c.name(x.ForeignKey(), "the foreign key of "+where)
	c.name(x.LinkOwner(), "the foreign key of the links of "+where)
	c.name(x.LinkKey(), "the primary key of the links of "+where)
	c.name(x.Index(), "the index of "+where)
}

// textIndexes accounts for a form whose indexes over texts are being built or not
// needed, and for those of its earlier definitions.
func (c *checker) textIndexes(f *form.Form) {
	if f == nil {
		return
	}
	for _, x := range table.TextIndexes(f) {
		delete(c.missing, x.Name)
		delete(c.invalid, x.Name)
	}
	for name := range c.names {
		if slices.ContainsFunc(table.TextPrefixes(f), func(p string) bool { return strings.HasPrefix(name, p) }) {
			delete(c.names, name)
		}
	}
}

// own accounts for what is the program's in every organisation.
func (c *checker) own() {
	if _, ok := c.tables[form.HistoryTableName]; !ok {
		c.say("there is no table %s", form.HistoryTableName)
	} else {
		delete(c.tables, form.HistoryTableName)
		c.name("history___pkey", "the primary key of "+form.HistoryTableName)
		c.name("history__tx", "the index of "+form.HistoryTableName)
		c.name("history__bin", "the index of deleted records of "+form.HistoryTableName)
		c.name("history__at", "the index of moments of "+form.HistoryTableName)
	}
	for table, key := range map[string]string{form.FileTableName: "file___pkey", form.NumberTableName: "number___pkey"} {
		if _, ok := c.tables[table]; ok {
			delete(c.tables, table)
			c.name(key, "the primary key of "+table)
		}
	}
}

func (c *checker) watched(table string) {
	if c.unwatched[table] {
		c.say("changes of table %s are not part of the history", table)
	}
}

func (c *checker) column(cols map[string]pgColumn, table, name, typ string, filled bool) {
	if p, ok := printedType[typ]; ok {
		typ = p
	}
	have, ok := cols[name]
	delete(cols, name)
	switch {
	case !ok:
		c.say("field %s.%s has no column", table, name)
	case have.typ != typ:
		c.say("column %s.%s is of type %s, not %s", table, name, have.typ, typ)
	case have.filled != filled:
		c.say("column %s.%s: NOT NULL is %t, the definition says %t", table, name, have.filled, filled)
	}
}

func (c *checker) name(name, what string) {
	valid, ok := c.names[name]
	delete(c.names, name)
	if !ok {
		c.missing[name] = what
	} else if !valid {
		c.invalid[name] = what
	}
}
