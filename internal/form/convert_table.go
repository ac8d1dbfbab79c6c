package form

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// convertNow converts all values within the transaction of the change. Writers
// wait until it ends, readers only for its last part.
func (e *edit) convertNow(ctx context.Context, v *conversion) error {
	f, old, x := v.old.Form, v.old, v.new
	tables := f.Table()
	if old.HasLinkTable() {
		tables += ", " + old.LinkTable()
	}
	if err := e.ddl(ctx, `LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE`, tables); err != nil {
		return err
	}
	temp := fmt.Sprintf("pg_temp.convert_%d_%d", x.ID, len(e.log)) // several in one transaction
	if err := e.ddl(ctx, `CREATE TEMP TABLE %s (id bigint PRIMARY KEY, value text) ON COMMIT DROP`, strings.TrimPrefix(temp, "pg_temp.")); err != nil {
		return err
	}
	sameColumn := old.Stored() && old.Kind.Column() == x.Kind.Column()
	var report Failures
	changed := 0
	err := v.convertAll(ctx, e.tx, &report, func(ids []int64, before []string, after []any) error {
		var keep pq.Int64Array
		var values []any
		for i, id := range ids {
			if !sameColumn && after[i] != nil || sameColumn && after[i] != before[i] {
				keep, values = append(keep, id), append(values, after[i])
			}
		}
		changed += len(keep)
		if len(keep) == 0 {
			return nil
		}
		_, err := e.tx.ExecContext(ctx, `INSERT INTO `+temp+` SELECT * FROM unnest($1::bigint[], $2::text[])`, keep, pq.Array(values))
		return err
	})
	if err != nil {
		return err
	}
	if err := v.refused(report); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ANALYZE %s`, temp); err != nil {
		return err
	}
	x.Filled = old.Filled && old.Stored() && x.Stored()
	if err := e.dropIndexesOf(ctx, old); err != nil {
		return err
	}
	switch {
	case sameColumn && changed > 0:
		err = e.ddl(ctx, `UPDATE %s r SET %s = t.value::%s FROM %s t WHERE t.id = r.id`, f.Table(), x.Column(), x.Kind.Column(), temp)
	case sameColumn:
	case old.Stored() && x.Stored():
		err = e.alterColumn(ctx, x, temp)
	case x.Stored():
		err = e.linksToColumn(ctx, old, x, temp)
	default:
		err = e.columnToLinks(ctx, old, x, temp)
	}
	if err != nil {
		return err
	}
	if err := e.ddl(ctx, `DROP TABLE %s`, temp); err != nil {
		return err
	}
	if x.Stored() {
		if err := e.makeIndexes(ctx, x); err != nil {
			return err
		}
	}
	return e.saveConversion(ctx, v)
}

// alterColumn changes the type of the column in place. USING takes no subquery
// but a function, which is gone with the transaction's temporary table.
func (e *edit) alterColumn(ctx context.Context, x *Field, temp string) error {
	typ := x.Kind.Column()
	if err := e.ddl(ctx, `CREATE FUNCTION %s(bigint) RETURNS %s LANGUAGE sql STABLE AS $$ SELECT value::%[2]s FROM %[1]s WHERE id = $1 $$`, temp, typ); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s(id)`, x.Form.Table(), x.Column(), typ, temp); err != nil {
		return err
	}
	return e.ddl(ctx, `DROP FUNCTION %s(bigint)`, temp)
}

// columnToLinks moves a reference into a table of links.
func (e *edit) columnToLinks(ctx context.Context, old, x *Field, temp string) error {
	if err := e.ddl(ctx, `ALTER TABLE %s DROP COLUMN %s`, old.Form.Table(), old.Column()); err != nil {
		return err
	}
	if err := e.addLinkTable(ctx, x); err != nil {
		return err
	}
	return e.ddl(ctx, `INSERT INTO %s (record, target, position) SELECT id, (value::bigint[])[1], 1 FROM %s`, x.LinkTable(), temp)
}

// linksToColumn moves links, at most one of each record, into a column.
func (e *edit) linksToColumn(ctx context.Context, old, x *Field, temp string) error {
	if err := e.ddl(ctx, `DROP TABLE %s`, old.LinkTable()); err != nil {
		return err
	}
	if err := e.room(ctx, x.Form); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ALTER TABLE %s ADD COLUMN %s %s`, x.Form.Table(), x.Column(), x.Kind.Column()); err != nil {
		return err
	}
	if err := e.ddl(ctx, `UPDATE %s r SET %s = t.value::bigint FROM %s t WHERE t.id = r.id`, x.Form.Table(), x.Column(), temp); err != nil {
		return err
	}
	return e.addForeignKey(ctx, x)
}

// addForeignKey makes the constraint of a reference.
func (m *maker) addForeignKey(ctx context.Context, x *Field) error {
	return m.ddlFor(ctx, x.Form, `ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s`,
		x.Form.Table(), pg.Quote(x.ForeignKey()), x.Column(), x.Target.Table(), onDelete(x))
}

func onDelete(x *Field) string {
	return map[string]string{"RESTRICT": "RESTRICT", "CLEAR": "SET NULL", "CASCADE": "CASCADE"}[x.Settings.OnDelete]
}

// dropIndexesOf drops the indexes of a column that is to be converted, its
// field's own and those of rules: another type may not have them, and values
// that change one by one may meet each other on the way.
func (m *maker) dropIndexesOf(ctx context.Context, x *Field) error {
	schema := pg.Quote(m.cat.Schema)
	if x.Stored() {
		if err := m.dropTextIndexes(ctx, x.Form); err != nil {
			return err
		}
	}
	if x.Unique {
		if err := m.ddl(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.UniqueIndex())); err != nil {
			return err
		}
	}
	if x.wantsIndex() {
		if err := m.ddl(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.Index())); err != nil {
			return err
		}
	}
	for _, r := range x.indexRules() {
		if err := m.dropRuleIndex(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// makeIndexes makes all indexes of a stored field anew.
func (m *maker) makeIndexes(ctx context.Context, x *Field) error {
	if err := m.setIndexes(ctx, x.Form, x, nil); err != nil {
		return err
	}
	for _, r := range x.indexRules() {
		if err := m.addRuleIndex(ctx, r.with(x)); err != nil {
			return err
		}
	}
	return nil
}

// indexRules are the rules with an index that the field is part of.
func (f *Field) indexRules() []*Rule {
	var out []*Rule
	for _, r := range f.Form.Rules {
		if r.Kind != CheckRule && slices.Contains(r.FieldKeys, f.Key) {
			out = append(out, r)
		}
	}
	return out
}

// with is the rule over x in the place of the field of its key.
func (r *Rule) with(x *Field) *Rule {
	out := *r
	out.Fields = slices.Clone(r.Fields)
	for i, y := range out.Fields {
		if y.Key == x.Key {
			out.Fields[i] = x
		}
	}
	return &out
}

// saveConversion writes the new definition.
func (e *edit) saveConversion(ctx context.Context, v *conversion) error {
	x, old := v.new, v.old
	settings, def, err := x.stored()
	if err != nil {
		return err
	}
	if _, err := e.tx.ExecContext(ctx, convertField, e.cat.OrgID, x.ID, x.Kind.Name(), x.Required, x.Filled, x.Unique, x.Indexed, def, settings); err != nil {
		return fmt.Errorf("convert field: %w", err)
	}
	if old.Kind.Name() == "AUTO_NUMBER" {
		if _, err := e.tx.ExecContext(ctx, `DELETE FROM `+e.cat.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	switch {
	case !kind.IsChoice(x.Kind) && len(old.Options) > 0:
		if _, err := e.tx.ExecContext(ctx, `DELETE FROM fieldwork.option WHERE org_id = $1 AND field_id = $2`, e.cat.OrgID, x.ID); err != nil {
			return fmt.Errorf("drop options: %w", err)
		}
	case v.options != nil:
		if err := e.setOptions(ctx, old, v.options); err != nil {
			return err
		}
	}
	if err := e.reload(ctx); err != nil {
		return err
	}
	now := e.cat.Form(x.Form.Key).any(x.Key)
	if now.Broken != "" {
		return fault.New(fault.Conflict, "the field could not be used then: %s", now.Broken).At("kind")
	}
	e.note("convertField", x.Form.Key, x.Key, old.describe(), now.describe())
	if v.Back == nil {
		return nil
	}
	return e.restoreState(ctx, now, *v.Back)
}
