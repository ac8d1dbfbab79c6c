package conversion

import (
	"context"
	"fmt"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/kind"

	"github.com/lib/pq"
)

// convertNow converts all values within the transaction of the change. Writers
// wait until it ends, readers only for its last part.
func convertNow(ctx context.Context, e *change.Edit, v *Plan) error {
	f, old, x := v.Old.Form, v.Old, v.New
	tables := f.Table()
	if old.HasLinkTable() {
		tables += ", " + old.LinkTable()
	}
	if err := e.DDL(ctx, `LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE`, tables); err != nil {
		return err
	}
	temp := fmt.Sprintf("pg_temp.convert_%d_%d", x.ID, len(e.Log)) // several in one transaction
	if err := e.DDL(ctx, `CREATE TEMP TABLE %s (id bigint PRIMARY KEY, value text) ON COMMIT DROP`, strings.TrimPrefix(temp, "pg_temp.")); err != nil {
		return err
	}
	sameColumn := old.Stored() && old.Kind.Column() == x.Kind.Column()
	var report form.Failures
	changed := 0
	err := v.ConvertAll(ctx, e.Tx, &report, func(ids []int64, before []string, after []any) error {
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
		_, err := e.Tx.ExecContext(ctx, `INSERT INTO `+temp+` SELECT * FROM unnest($1::bigint[], $2::text[])`, keep, pq.Array(values))
		return err
	})
	if err != nil {
		return err
	}
	if err := v.Refused(report); err != nil {
		return err
	}
	if err := e.DDL(ctx, `ANALYZE %s`, temp); err != nil {
		return err
	}
	x.Filled = old.Filled && old.Stored() && x.Stored()
	if err := e.DropIndexesOf(ctx, old); err != nil {
		return err
	}
	switch {
	case sameColumn && changed > 0:
		err = e.DDL(ctx, `UPDATE %s r SET %s = t.value::%s FROM %s t WHERE t.id = r.id`, f.Table(), x.Column(), x.Kind.Column(), temp)
	case sameColumn:
	case old.Stored() && x.Stored():
		err = alterColumn(ctx, e, x, temp)
	case x.Stored():
		err = linksToColumn(ctx, e, old, x, temp)
	default:
		err = columnToLinks(ctx, e, old, x, temp)
	}
	if err != nil {
		return err
	}
	if err := e.DDL(ctx, `DROP TABLE %s`, temp); err != nil {
		return err
	}
	if x.Stored() {
		if err := e.MakeIndexes(ctx, x); err != nil {
			return err
		}
	}
	return Save(ctx, e, v)
}

// alterColumn changes the type of the column in place. USING takes no subquery
// but a function, which is gone with the transaction's temporary table.
func alterColumn(ctx context.Context, e *change.Edit, x *form.Field, temp string) error {
	typ := x.Kind.Column()
	if err := e.DDL(ctx, `CREATE FUNCTION %s(bigint) RETURNS %s LANGUAGE sql STABLE AS $$ SELECT value::%[2]s FROM %[1]s WHERE id = $1 $$`, temp, typ); err != nil {
		return err
	}
	if err := e.DDL(ctx, `ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s(id)`, x.Form.Table(), x.Column(), typ, temp); err != nil {
		return err
	}
	return e.DDL(ctx, `DROP FUNCTION %s(bigint)`, temp)
}

// columnToLinks moves a reference into a table of links.
func columnToLinks(ctx context.Context, e *change.Edit, old, x *form.Field, temp string) error {
	if err := e.DDL(ctx, `ALTER TABLE %s DROP COLUMN %s`, old.Form.Table(), old.Column()); err != nil {
		return err
	}
	if err := e.AddLinkTable(ctx, x); err != nil {
		return err
	}
	return e.DDL(ctx, `INSERT INTO %s (record, target, position) SELECT id, (value::bigint[])[1], 1 FROM %s`, x.LinkTable(), temp)
}

// linksToColumn moves links, at most one of each record, into a column.
func linksToColumn(ctx context.Context, e *change.Edit, old, x *form.Field, temp string) error {
	if err := e.DDL(ctx, `DROP TABLE %s`, old.LinkTable()); err != nil {
		return err
	}
	if err := e.Room(ctx, x.Form); err != nil {
		return err
	}
	if err := e.DDL(ctx, `ALTER TABLE %s ADD COLUMN %s %s`, x.Form.Table(), x.Column(), x.Kind.Column()); err != nil {
		return err
	}
	if err := e.DDL(ctx, `UPDATE %s r SET %s = t.value::bigint FROM %s t WHERE t.id = r.id`, x.Form.Table(), x.Column(), temp); err != nil {
		return err
	}
	return e.AddForeignKey(ctx, x)
}

// Save writes the new definition.
func Save(ctx context.Context, e *change.Edit, v *Plan) error {
	x, old := v.New, v.Old
	settings, def, err := change.Stored(x)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, convertField, e.Cat.OrgID, x.ID, x.Kind.Name(), x.Required, x.Filled, x.Unique, x.Indexed, def, settings); err != nil {
		return fmt.Errorf("convert field: %w", err)
	}
	if old.Kind.Name() == "AUTO_NUMBER" {
		if _, err := e.Tx.ExecContext(ctx, `DELETE FROM `+e.Cat.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	switch {
	case !kind.IsChoice(x.Kind) && len(old.Options) > 0:
		if _, err := e.Tx.ExecContext(ctx, `DELETE FROM fieldwork.option WHERE org_id = $1 AND field_id = $2`, e.Cat.OrgID, x.ID); err != nil {
			return fmt.Errorf("drop options: %w", err)
		}
	case v.options != nil:
		if err := e.SetOptions(ctx, old, v.options); err != nil {
			return err
		}
	}
	if err := e.Reload(ctx); err != nil {
		return err
	}
	now := e.Cat.Form(x.Form.Key).AnyField(x.Key)
	if now.Broken != "" {
		return fault.New(fault.Conflict, "the field could not be used then: %s", now.Broken).At("kind")
	}
	e.Note("convertField", x.Form.Key, x.Key, change.StateOf(old), change.StateOf(now))
	if v.Back == nil {
		return nil
	}
	return e.RestoreState(ctx, now, *v.Back)
}
