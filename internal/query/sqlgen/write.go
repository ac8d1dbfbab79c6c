package sqlgen

import "fieldwork/internal/form"

// Assignment is a column's new value, in the column's text; nil empties it.
type Assignment struct {
	Field *form.Field
	Value any
}

// Insert writes one record and returns its number. member is who writes, nil
// for the program.
func Insert(f *form.Form, values []Assignment, member any) Statement {
	w := &writer{}
	w.put("INSERT INTO %s (created_by, updated_by", f.Table())
	for _, a := range values {
		w.put(", %s", a.Field.Column())
	}
	by := w.arg(member, "bigint")
	w.put(") VALUES (%s, %s", by, by)
	for _, a := range values {
		w.put(", %s", w.arg(a.Value, a.Field.Kind.Column()))
	}
	w.put(") RETURNING id")
	return w.done()
}

// Update changes one live record if it is still at the given version, and
// returns nothing; no row is touched otherwise. A version is compared as bigint,
// so that one which no record can have is none, not an error of PostgreSQL.
func Update(f *form.Form, id int64, version int, values []Assignment, member any) Statement {
	w := &writer{}
	w.put("UPDATE %s SET ", f.Table())
	for _, a := range values {
		w.put("%s = %s, ", a.Field.Column(), w.arg(a.Value, a.Field.Kind.Column()))
	}
	w.put("version = version + 1, updated_at = now(), updated_by = %s WHERE id = %s AND version = %s AND archived_at IS NULL",
		w.arg(member, "bigint"), w.arg(id, "bigint"), w.arg(int64(version), "bigint"))
	return w.done()
}

// SetArchived archives a live record or restores an archived one, if it is still
// at the given version.
func SetArchived(f *form.Form, id int64, version int, archive bool, member any) Statement {
	w := &writer{}
	to, is := "NULL", "IS NOT NULL"
	if archive {
		to, is = "now()", "IS NULL"
	}
	w.put("UPDATE %s SET archived_at = %s, version = version + 1, updated_at = now(), updated_by = %s WHERE id = %s AND version = %s AND archived_at %s",
		f.Table(), to, w.arg(member, "bigint"), w.arg(id, "bigint"), w.arg(int64(version), "bigint"), is)
	return w.done()
}

// Delete removes a record for good, if it is still at the given version.
func Delete(f *form.Form, id int64, version int) Statement {
	w := &writer{}
	w.put("DELETE FROM %s WHERE id = %s AND version = %s", f.Table(), w.arg(id, "bigint"), w.arg(int64(version), "bigint"))
	return w.done()
}

// Standing selects the version of a record and whether it is archived.
func Standing(f *form.Form, id int64) Statement {
	w := &writer{}
	w.put("SELECT version::bigint, archived_at IS NOT NULL FROM %s WHERE id = %s", f.Table(), w.arg(id, "bigint"))
	return w.done()
}

// CountAll counts the live records of several forms: rows of place and count.
func CountAll(forms []*form.Form) Statement {
	w := &writer{}
	for i, f := range forms {
		if i > 0 {
			w.put(" UNION ALL ")
		}
		w.put("SELECT %d::bigint, count(*) FROM %s WHERE archived_at IS NULL", i, f.Table())
	}
	return w.done()
}

// Account selects what decides whether a member may sign in: address and
// whether the member is active.
func Account(f *form.Form, id int64, email, status *form.Field) Statement {
	w := &writer{}
	w.put("SELECT %s, archived_at IS NULL AND %s = 'active' FROM %s WHERE id = %s", email.Column(), status.Column(), f.Table(), w.arg(id, "bigint"))
	return w.done()
}
