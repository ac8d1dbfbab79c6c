package form

import (
	"context"
	"fmt"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maker makes and changes the tables of an organisation within a transaction.
type maker struct {
	tx     *sqlx.Tx
	cat    *Catalog
	making map[string]*newTable // by key of the form; nil unless forms are being made
}

// newTable is the table of a form that is being made. It is made with all of its
// columns at once: one by one they would take most of the time of a new
// organisation.
type newTable struct {
	columns []string
	after   []string // statements that need all tables
	fields  int      // places taken by the form's own fields and those behind references
}

// addColumn adds the column with its constraint. A constant default fills existing
// rows without rewriting the table, and a reference that begins empty is one that
// PostgreSQL does not look for: neither takes longer for many records.
func (m *maker) addColumn(ctx context.Context, f *Form, x *Field) error {
	def := ""
	if x.Filled && x.Default != nil {
		v, err := x.DefaultValue()
		if err != nil {
			return err
		}
		def = " DEFAULT " + pg.Literal(v.(string))
	}
	null, refers := "", ""
	if x.Filled {
		null = " NOT NULL"
	}
	if x.IsReference() {
		refers = fmt.Sprintf("CONSTRAINT %s REFERENCES %s (id) ON DELETE %s", pg.Quote(x.ForeignKey()), x.Target.Table(), onDelete(x))
	}
	if t := m.making[f.Key]; t != nil {
		t.columns, def = append(t.columns, x.Column()+" "+x.Kind.Column()+null), ""
		if refers != "" { // to a table that may not be there yet
			return m.addForeignKey(ctx, x)
		}
	} else if err := m.ddl(ctx, `ALTER TABLE %s ADD COLUMN %s %s%s%s %s`, f.Table(), x.Column(), x.Kind.Column(), def, null, refers); err != nil {
		return err
	}
	if def != "" { // defaults of new records are the program's, so that they can change
		return m.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT`, f.Table(), x.Column())
	}
	return nil
}

// addLinkTable makes the table of a field's links. A link goes with its record,
// and with what it leads to unless the settings restrict that.
func (m *maker) addLinkTable(ctx context.Context, x *Field) error {
	target, action := m.cat.FileTable(), "RESTRICT"
	if x.IsLinks() {
		target = x.Target.Table()
		if x.Settings.OnDelete == "CLEAR" {
			action = "CASCADE"
		}
	} else if err := m.ddl(ctx, `CREATE TABLE IF NOT EXISTS %s (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, type text NOT NULL, size bigint NOT NULL, hash text NOT NULL,
		created_at timestamptz NOT NULL DEFAULT now(), created_by bigint)`, target); err != nil {
		return err
	} else if err := m.ddl(ctx, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, target, pg.Quote(m.cat.Role)); err != nil {
		return err
	}
	if err := m.ddlFor(ctx, x.Form, `CREATE TABLE %s (
		record bigint NOT NULL CONSTRAINT %s REFERENCES %s (id) ON DELETE CASCADE,
		target bigint NOT NULL CONSTRAINT %s REFERENCES %s (id) ON DELETE %s,
		position int NOT NULL,
		CONSTRAINT %s PRIMARY KEY (record, target))`,
		x.LinkTable(), pg.Quote(x.linkOwner()), x.Form.Table(), pg.Quote(x.ForeignKey()), target, action, pg.Quote(x.linkKey())); err != nil {
		return err
	}
	if err := m.ddlFor(ctx, x.Form, `CREATE INDEX %s ON %s (target, record)`, pg.Quote(x.Index()), x.LinkTable()); err != nil {
		return err
	}
	return m.ddlFor(ctx, x.Form, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s; %s`, x.LinkTable(), pg.Quote(m.cat.Role), linkTriggers(x))
}

// numberRecords gives the records that are there their numbers, in the order in
// which they were made.
func (m *maker) numberRecords(ctx context.Context, x *Field) error {
	if err := m.ddl(ctx, `CREATE TABLE IF NOT EXISTS %s (field bigint NOT NULL, period text NOT NULL, last bigint NOT NULL, PRIMARY KEY (field, period))`, m.cat.NumberTable()); err != nil {
		return err
	}
	if err := m.ddl(ctx, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, m.cat.NumberTable(), pg.Quote(m.cat.Role)); err != nil {
		return err
	}
	if m.making[x.Form.Key] != nil {
		return nil
	}
	p, err := kind.ParseNumberPattern(x.Settings.Pattern, x.Settings.Restart)
	if err != nil {
		return err
	}
	var records []struct {
		ID int64     `db:"id"`
		At time.Time `db:"created_at"`
	}
	if err := m.tx.SelectContext(ctx, &records, `SELECT id, created_at FROM `+x.Form.Table()+` ORDER BY created_at, id`); err != nil {
		return err
	}
	last := map[string]int64{}
	ids, numbers := make(pq.Int64Array, len(records)), make(pq.StringArray, len(records))
	for i, r := range records {
		at := r.At.In(m.cat.Zone)
		last[p.Period(at)]++
		ids[i], numbers[i] = r.ID, p.Format(at, last[p.Period(at)])
	}
	if len(records) > 0 {
		if _, err := m.tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s r SET %s = v.number FROM unnest($1::bigint[], $2::text[]) AS v (id, number) WHERE v.id = r.id`, x.Form.Table(), x.Column()), ids, numbers); err != nil {
			return fmt.Errorf("number records: %w", err)
		}
	}
	for period, n := range last {
		if _, err := m.tx.ExecContext(ctx, `INSERT INTO `+m.cat.NumberTable()+` (field, period, last) VALUES ($1, $2, $3)`, x.ID, period, n); err != nil {
			return fmt.Errorf("keep last number: %w", err)
		}
	}
	return nil
}

// wantsIndex says whether the field has an index that is not unique.
func (f *Field) wantsIndex() bool { return f.Stored() && (f.Indexed || f.Target != nil) }

// indexed is what an index of the field goes over.
func (f *Field) indexedBy(unique bool) string {
	col := f.Column()
	if f.Settings.IgnoreCase {
		col = "lower(" + col + ")"
	}
	switch {
	case unique:
		return "(" + col + ")"
	case f.SQLType() == "text[]":
		return "USING gin (" + col + ")"
	}
	return "(" + f.Column() + ", id)"
}

// setIndexes makes the indexes of x what x says, given what it was; nil: new.
func (m *maker) setIndexes(ctx context.Context, f *Form, x, old *Field) error {
	schema := pg.Quote(f.Catalog.Schema)
	hadUnique, hadIndex := old != nil && old.Unique, old != nil && old.wantsIndex()
	if hadUnique && (!x.Unique || x.Settings.IgnoreCase != old.Settings.IgnoreCase) {
		if err := m.ddl(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.UniqueIndex())); err != nil {
			return err
		}
		hadUnique = false
	}
	if x.Unique && !hadUnique {
		if err := m.ddlFor(ctx, f, `CREATE UNIQUE INDEX %s ON %s %s WHERE archived_at IS NULL`, pg.Quote(x.UniqueIndex()), f.Table(), x.indexedBy(true)); err != nil {
			if pg.Code(err) == "23505" {
				return fault.New(fault.Conflict, "some records have the same value, so the field cannot be unique").At("unique").Because(err)
			}
			return err
		}
	}
	if x.wantsIndex() && !hadIndex {
		return m.ddlFor(ctx, f, `CREATE INDEX %s ON %s %s`, pg.Quote(x.Index()), f.Table(), x.indexedBy(false))
	}
	if !x.wantsIndex() && hadIndex {
		return m.ddl(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.Index()))
	}
	return nil
}

func (m *maker) isEmpty(ctx context.Context, f *Form) (bool, error) {
	if m.making[f.Key] != nil {
		return true, nil
	}
	var some bool
	err := m.tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM `+f.Table()+`)`)
	return !some, err
}
