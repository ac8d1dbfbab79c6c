package sqlgen

import (
	"fmt"

	"fieldwork/internal/form"
)

// inBin is what holds for the change of an alias by which a record was deleted
// that can be brought back.
func inBin(cat *form.Catalog, h string) string {
	return fmt.Sprintf("%[1]s.action = 'DELETED' AND %[1]s.was <> '{}' AND %[1]s.at > now() - interval '"+form.Kept+"'"+
		" AND NOT EXISTS (SELECT FROM %[2]s l WHERE l.form = %[1]s.form AND l.record = %[1]s.record AND l.seq > %[1]s.seq)", h, cat.HistoryTable())
}

// Bin selects the changes by which records of a form were deleted that can be
// brought back, as History does, the last one first. Parameter 1 holds one number,
// whatever it is.
func Bin(f *form.Form, after int64, limit int) Statement {
	w := &writer{cat: f.Catalog}
	w.put("SELECT p.pos, h.seq, h.at::text, h.by, h.via, h.action, h.version::bigint, h.was::text, h.became::text, h.record, ")
	w.put(merged, "h")
	w.put(" FROM unnest(%s) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT * FROM %s c WHERE c.form = %s AND ", w.arg(nil, "bigint[]"), f.Catalog.HistoryTable(), w.arg(f.Key, "text"))
	w.put("%s", inBin(f.Catalog, "c"))
	if after != 0 {
		w.put(" AND c.seq < %s", w.arg(after, "bigint"))
	}
	w.put(" ORDER BY c.seq DESC LIMIT %d) h ORDER BY h.seq DESC", limit)
	return w.done()
}

// DeletedWith selects a deleted record that can be brought back, and what else was
// deleted in the same transaction: rows of form, number and values.
func DeletedWith(f *form.Form, id int64) Statement {
	w := &writer{cat: f.Catalog}
	table := f.Catalog.HistoryTable()
	w.put("SELECT o.form, o.record, o.was::text FROM %s h JOIN %[1]s o ON o.tx = h.tx AND o.action = 'DELETED' WHERE h.form = %s AND h.record = %s AND %s ORDER BY o.seq",
		table, w.arg(f.Key, "text"), w.arg(id, "bigint"), inBin(f.Catalog, "h"))
	return w.done()
}

// HoldBin makes those wait for each other, until the transaction ends, who bring
// deleted records of an organisation back or purge them.
func HoldBin(cat *form.Catalog) Statement {
	return Statement{SQL: "SELECT pg_advisory_xact_lock(hashtextextended('fieldwork bin', $1::bigint))", Args: []any{cat.OrgID}}
}

// Undelete stores a record as it was when it was deleted, with its number. What a
// reference led to and is gone is left out where the reference gives way to that;
// fields that are filled by now and were not have their defaults. Its row says
// whether all was stored.
func (e Env) Undelete(f *form.Form, kept string, defaults string, member any) Statement {
	w := &writer{env: e, cat: f.Catalog}
	number, noted := w.by(member)
	values := w.arg(kept, "jsonb")
	row := fmt.Sprintf("%s::jsonb || %s || jsonb_build_object('version', (%[2]s ->> 'version')::int + 1, 'updated_at', now(), 'updated_by', %[3]s)", w.arg(defaults, "jsonb"), values, number)
	for _, x := range f.Fields {
		if x.Kind != nil && x.IsReference() && x.Target != nil && x.Settings.OnDelete == "CLEAR" {
			key := w.arg(x.Key, "text")
			row += fmt.Sprintf(" || CASE WHEN EXISTS (SELECT FROM %s g WHERE g.id = (%s ->> %s)::bigint) THEN '{}' ELSE jsonb_build_object(%[3]s, NULL) END", x.Target.Table(), values, key)
		}
	}
	w.put("INSERT INTO %[1]s SELECT (q.was).* FROM (SELECT %[2]s(NULL::%[1]s, %[3]s) AS was OFFSET 0) q RETURNING %[4]s", f.Table(), f.Catalog.WasFunction(), row, noted)
	return w.done()
}

// Relink adds the links that a record had, as far as they lead anywhere.
func Relink(x *form.Field, id int64, targets string) Statement {
	w := &writer{}
	target := x.Form.Catalog.FileTable()
	if x.IsLinks() {
		target = x.Target.Table()
	}
	w.put("INSERT INTO %s (record, target, position) SELECT %s, t.id::bigint, t.position FROM jsonb_array_elements_text(%s) WITH ORDINALITY AS t (id, position) JOIN %s g ON g.id = t.id::bigint",
		x.LinkTable(), w.arg(id, "bigint"), w.arg(targets, "jsonb"), target)
	return w.done()
}

// Purge takes the values of a deleted record out of the history; its row is the
// number of changes that held some. It is done by the owner of the tables.
func Purge(f *form.Form, id int64) Statement {
	w := &writer{}
	w.put("UPDATE %s h SET was = '{}', became = '{}' WHERE h.form = %s AND h.record = %s AND (h.was <> '{}' OR h.became <> '{}') AND NOT EXISTS (SELECT FROM %s r WHERE r.id = h.record)",
		f.Catalog.HistoryTable(), w.arg(f.Key, "text"), w.arg(id, "bigint"), f.Table())
	return w.done()
}
