package sqlgen

import (
	"fmt"

	"fieldwork/internal/form"
)

// Hold selects what Standing does and keeps everybody from changing the records,
// and from referring to them, until the transaction ends.
func Hold(f *form.Form, ids []int64) Statement {
	s := Standing(f, ids)
	s.SQL += " ORDER BY id FOR UPDATE"
	return s
}

// Claim selects records and keeps everybody else from changing them until the
// transaction ends. They are locked in the order of their numbers, so that whoever
// claims some of them waits, and never in a circle.
func Claim(f *form.Form, ids []int64) Statement {
	w := &writer{}
	w.put("SELECT r.id FROM %s r WHERE r.id = ANY(%s) ORDER BY r.id FOR NO KEY UPDATE", f.Table(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// Leading selects the records that lead to some records by a field, and holds
// them: number, whether it is archived, and the numbers that it leads to as the
// text of an array. They come in the order of the records they lead to and then,
// where order is not nil, in that of their places.
func Leading(x, order *form.Field, ids []int64) Statement {
	w := &writer{}
	to := w.arg(Numbers(ids), "bigint[]")
	if x.IsLinks() {
		w.put("SELECT r.id, r.archived_at IS NOT NULL, (SELECT array_agg(l.target ORDER BY l.position)::text FROM %[1]s l WHERE l.record = r.id) FROM %[2]s r WHERE r.id IN (SELECT record FROM %[1]s WHERE target = ANY(%[3]s)) ORDER BY r.id",
			x.LinkTable(), x.Form.Table(), to)
	} else {
		place := ""
		if order != nil {
			place = fmt.Sprintf("r.%s, ", order.Column())
		}
		w.put("SELECT r.id, r.archived_at IS NOT NULL, ARRAY[r.%[1]s]::text FROM %[2]s r WHERE r.%[1]s = ANY(%[3]s) ORDER BY array_position(%[3]s, r.%[1]s), %[4]sr.id",
			x.Column(), x.Form.Table(), to, place)
	}
	w.put(" FOR UPDATE OF r")
	return w.done()
}

// Merged notes in the history of the transaction which records were merged into one,
// of which it may not have told anything yet. It is done by the owner of the tables.
func Merged(f *form.Form, into int64, from []int64, member int64, via form.Via) Statement {
	w := &writer{}
	key, kept, gone := w.arg(f.Key, "text"), w.arg(into, "bigint"), w.arg(Numbers(from), "bigint[]")
	w.put("WITH gone AS (UPDATE %[1]s SET merged_into = %[3]s WHERE tx = pg_current_xact_id() AND form = %[2]s AND record = ANY(%[4]s))"+
		" INSERT INTO %[1]s AS h (form, record, by, via, action, version, merged_from) SELECT %[2]s, id, %[5]s, %[6]s, 'UPDATED', version, %[4]s FROM %[7]s WHERE id = %[3]s"+
		" ON CONFLICT (tx, form, record) DO UPDATE SET merged_from = excluded.merged_from",
		f.Catalog.HistoryTable(), key, kept, gone, w.arg(member, "bigint"), w.arg(string(via), "text"), f.Table())
	return w.done()
}

// LastPlace selects the last place among the child rows of a record.
func LastPlace(via, order *form.Field, id int64) Statement {
	w := &writer{}
	w.put("SELECT coalesce(max(%s), 0)::bigint FROM %s WHERE %s = %s AND archived_at IS NULL", order.Column(), via.Form.Table(), via.Column(), w.arg(id, "bigint"))
	return w.done()
}

// Redirect has archived records, or those of an archived field, lead to another
// record by a reference.
func (e Env) Redirect(x *form.Field, ids []int64, to, member any) Statement {
	w := &writer{env: e, cat: x.Form.Catalog}
	_, noted := w.by(member)
	w.put("UPDATE %s SET %s = %s, version = version + 1, updated_at = now(), updated_by = %s WHERE id = ANY(%s)",
		x.Form.Table(), x.Column(), w.arg(to, "bigint"), noted, w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// Held selects of records their number and, for each field, what it holds as text,
// null for nothing.
func Held(f *form.Form, fields []*form.Field, ids []int64) Statement {
	w := &writer{}
	w.put("SELECT r.id")
	for _, x := range fields {
		if x.HasLinkTable() {
			w.put(", (SELECT array_agg(l.target ORDER BY l.position)::text FROM %s l WHERE l.record = r.id)", x.LinkTable())
		} else {
			w.put(", r.%s::text", x.Column())
		}
	}
	to := w.arg(Numbers(ids), "bigint[]")
	w.put(" FROM %s r WHERE r.id = ANY(%s)", f.Table(), to)
	return w.done()
}
