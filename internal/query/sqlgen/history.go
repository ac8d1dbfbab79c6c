package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form"
)

// The columns of a change of a record, after the place of the
// record among those asked for.
const (
	ChangeSeq = iota
	ChangeAt
	ChangeBy
	ChangeVia
	ChangeAction
	ChangeVersion
	ChangeWas    // values before, by field key
	ChangeBecame // and after
	ChangeRecord // the record's number
	ChangeInto   // that of the record that it was merged into
	ChangeFrom   // those of records that were merged into it, with commas between
	ChangeColumns
)

// merged are the columns of what a change of an alias merged.
const merged = "%[1]s.merged_into, array_to_string(%[1]s.merged_from, ',')"

// History selects a page of the changes of records of a form, newest first: for
// each number of parameter 1 in its place, those before the change with number
// after, if that is not 0. Values are left out where they are not wanted.
func History(f *form.Form, after int64, limit int, values bool) Statement {
	w := &writer{cat: f.Catalog}
	ids := w.arg(nil, "bigint[]")
	w.put("SELECT p.pos, h.seq, h.at::text, h.by, h.via, CASE WHEN h.action = 'CREATED' AND EXISTS (SELECT FROM %s e WHERE e.form = h.form AND e.record = h.record AND e.seq < h.seq)"+
		" THEN 'RESTORED' ELSE h.action END, h.version::bigint, ", f.Catalog.HistoryTable())
	if values {
		w.put("h.was::text, (CASE h.action WHEN 'CREATED' THEN %s ELSE h.became END)::text", w.madeWith(f, "h"))
	} else {
		w.put("NULL::text, NULL::text")
	}
	w.put(", h.record, "+merged, "h")
	w.put(" FROM unnest(%s) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT * FROM %s c WHERE c.form = %s AND c.record = p.id",
		ids, f.Catalog.HistoryTable(), w.arg(f.Key, "text"))
	if after != 0 {
		w.put(" AND c.seq < %s", w.arg(after, "bigint"))
	}
	w.put(" ORDER BY c.seq DESC LIMIT %d) h ORDER BY p.pos, h.seq DESC", limit)
	return w.done()
}

// madeWith is what a record held when the change of an alias was done: what it
// holds, with what each later change took away laid over it, the earliest last.
func (w *writer) madeWith(f *form.Form, change string) string {
	return fmt.Sprintf("(%s || coalesce((SELECT jsonb_object_agg(v.key, v.value ORDER BY l.seq DESC) FROM %s l CROSS JOIN LATERAL jsonb_each(l.was) v"+
		" WHERE l.form = %[3]s.form AND l.record = %[3]s.record AND l.seq > %[3]s.seq), '{}'))", w.held(f, change+".record"), f.Catalog.HistoryTable(), change)
}

// held is what a record holds now, as the history keeps it; nothing where it
// is gone. The row is r.*, since r may be a column.
func (w *writer) held(f *form.Form, id string) string {
	out := fmt.Sprintf("coalesce((SELECT to_jsonb(r.*) FROM %s r WHERE r.id = %s), '{}')", f.Table(), id)
	for _, x := range f.Fields {
		if x.Kind != nil && x.HasLinkTable() {
			out += fmt.Sprintf(" || jsonb_build_object(%s, (SELECT jsonb_agg(l.target ORDER BY l.position) FROM %s l WHERE l.record = %s))", w.arg(x.Key, "text"), x.LinkTable(), id)
		}
	}
	return out
}

// AsMade selects, of some records, those that hold what they were made with: of what
// any change since took away, the earliest is what there is now. It knows only records
// whose making the history tells.
func AsMade(f *form.Form, ids []int64) Statement {
	w := &writer{cat: f.Catalog}
	w.put("SELECT p.id FROM unnest(%s) AS p (id) CROSS JOIN LATERAL (SELECT %s AS v) now", w.arg(Numbers(ids), "bigint[]"), w.held(f, "p.id"))
	changes := fmt.Sprintf("%s h WHERE h.form = %s AND h.record = p.id", f.Catalog.HistoryTable(), w.arg(f.Key, "text"))
	w.put(" WHERE EXISTS (SELECT FROM %s AND h.action = 'CREATED')", changes)
	w.put(" AND NOT EXISTS (SELECT FROM (SELECT w.key, (array_agg(w.value ORDER BY h.seq))[1] AS value FROM %s) was"+
		" WHERE coalesce(nullif(was.value, 'null'), '[]') <> coalesce(nullif(now.v -> was.key, 'null'), '[]')) ORDER BY p.id",
		strings.Replace(changes, " h WHERE", " h CROSS JOIN LATERAL jsonb_each(h.was) w WHERE", 1)+" AND w.key NOT IN ('version', 'updated_at', 'updated_by') GROUP BY w.key")
	return w.done()
}
