package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form"
)

// A statement that reads as of a moment reads, in place of each table, the table
// as it was then: the records of today that have not changed since, from the table
// itself and by its indexes, and beside them those that have, made of what they
// hold, or held when they were deleted, with what each change since has taken away
// laid over it, the earliest last. The latter are put together once for each form,
// at the beginning of the statement, so the cost grows with what has changed since.
// Filters, orders, cursors, counts and computed fields need know nothing of it.

// past is what a statement begins with.
type past struct {
	texts  []string
	of     map[*form.Form]bool // the forms whose changes are put together
	moment string              // the parameter
}

func (p *past) with() string {
	if len(p.texts) == 0 {
		return ""
	}
	return "WITH " + strings.Join(p.texts, ", ") + " "
}

// Names of what is put together of a form: which of its records have changed
// since, with what was taken from them, and what they were.
func changedName(f *form.Form) string { return `"` + f.Key + `__changed"` }
func thenName(f *form.Form) string    { return `"` + f.Key + `__then"` }

// since puts together what has changed of a form since the moment.
func (w *writer) since(f *form.Form) {
	p := &w.past
	if p.of[f] {
		return
	}
	if p.of == nil {
		p.of, p.moment = map[*form.Form]bool{}, w.arg(w.env.At, "timestamptz")
	}
	p.of[f] = true
	key, history, table := w.arg(f.Key, "text"), f.Catalog.HistoryTable(), f.Table()
	// A change that began before another and ended after it comes later in the
	// history than its moment says: what counts is the order of the history. The
	// row of today is t.*, since t may be a column.
	p.texts = append(p.texts,
		fmt.Sprintf("%s AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was"+
			" FROM (SELECT record, min(seq) AS seq FROM %[2]s WHERE form = %[3]s AND at > %[4]s GROUP BY record) c"+
			" JOIN %[2]s h ON h.form = %[3]s AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record)",
			changedName(f), history, key, p.moment),
		fmt.Sprintf("%s AS MATERIALIZED (SELECT r.* FROM %s c LEFT JOIN %[3]s t ON t.id = c.record CROSS JOIN LATERAL %[4]s(NULL::%[3]s, coalesce(to_jsonb(t.*), '{}') || c.was) r"+
			" WHERE r.created_at <= %[5]s AND (SELECT b.action FROM %[6]s b WHERE b.form = %[7]s AND b.record = c.record AND b.at <= %[5]s ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED')",
			thenName(f), changedName(f), table, f.Catalog.WasFunction(), p.moment, history, key))
}

// tableThen is a form's table as it was.
func (w *writer) tableThen(f *form.Form) string {
	w.since(f)
	return fmt.Sprintf("(SELECT t.* FROM %s t WHERE t.created_at <= %s AND NOT EXISTS (SELECT FROM %s c WHERE c.record = t.id) UNION ALL SELECT * FROM %s)",
		f.Table(), w.past.moment, changedName(f), thenName(f))
}

// linksThen is the table of a field's links as it was.
func (w *writer) linksThen(x *form.Field) string {
	w.since(x.Form)
	key := w.arg(x.Key, "text")
	return fmt.Sprintf("(SELECT t.record, t.target, t.position FROM %s t WHERE NOT EXISTS (SELECT FROM %[2]s c WHERE c.record = t.record AND c.was ? %[3]s)"+
		" UNION ALL SELECT c.record, e.target::bigint, e.position FROM %[2]s c CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(c.was -> %[3]s) WHEN 'array' THEN c.was -> %[3]s ELSE '[]' END)"+
		" WITH ORDINALITY e (target, position))", x.LinkTable(), changedName(x.Form), key)
}
