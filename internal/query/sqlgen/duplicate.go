package sqlgen

import "fieldwork/internal/form"

// Same is a value of a field that tells of duplicates.
type Same struct {
	Field *form.Field
	Value any
}

// Duplicates selects the records in use, but for one, that agree in any of some
// values: which value, the record's number, and what it holds there. Of each value
// the newest records come first, most of them at the most, since one that many
// share says little; the field's index has them in that order.
func Duplicates(values []Same, except int64, most int) Statement {
	w := &writer{}
	for i, v := range values {
		x := v.Field
		if i > 0 {
			w.put(" UNION ALL ")
		}
		w.put("(SELECT %d::bigint, r.id, r.%s FROM %s r WHERE %s = %s AND r.archived_at IS NULL AND r.id <> %s ORDER BY r.id DESC LIMIT %d)",
			i, x.Column(), x.Form.Table(), x.DuplicateKey("r."+x.Column()), x.DuplicateKey(w.arg(v.Value, "text")), w.arg(except, "bigint"), most)
	}
	return w.done()
}
