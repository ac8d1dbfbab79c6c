package sqlgen

import (
	"fmt"
	"strings"
	"time"

	"fieldwork/internal/form"
)

// Files that may be removed are those that no link leads to, of whatever field;
// visible are those that a record names which can be read, and one's own.

// InsertFile writes what is known of a file and returns its number.
func InsertFile(cat *form.Catalog, name, typ string, size int64, hash string, member any) Statement {
	w := &writer{}
	w.put("INSERT INTO %s (name, type, size, hash, created_by) VALUES (%s, %s, %s, %s, %s) RETURNING id",
		cat.FileTable(), w.arg(name, "text"), w.arg(typ, "text"), w.arg(size, "bigint"), w.arg(hash, "text"), w.arg(member, "bigint"))
	return w.done()
}

// VisibleFile selects a file by its number if the member may fetch it: name,
// type, size, hash, and when it was made.
func VisibleFile(cat *form.Catalog, id, member int64) Statement {
	w := &writer{}
	w.put("SELECT f.name, f.type, f.size, f.hash, f.created_at FROM %s f WHERE f.id = %s AND ", cat.FileTable(), w.arg(id, "bigint"))
	w.fileVisible(cat, member)
	return w.done()
}

// Attachable selects, of files that a field of records is to name, those that the
// member may fetch: number of the record and of the file, type, size, and whether
// the record's field names it already. When held, they stay until the transaction
// ends.
func Attachable(x *form.Field, records, targets []int64, member int64, hold bool) Statement {
	w := &writer{}
	w.put("SELECT p.record, f.id, f.type, f.size, EXISTS (SELECT FROM %s l WHERE l.target = f.id AND l.record = p.record) FROM unnest(%s, %s) AS p (record, target) JOIN %s f ON f.id = p.target WHERE ",
		x.LinkTable(), w.arg(Numbers(records), "bigint[]"), w.arg(Numbers(targets), "bigint[]"), x.Form.Catalog.FileTable())
	w.fileVisible(x.Form.Catalog, member)
	if hold {
		w.put(" FOR KEY SHARE OF f")
	}
	return w.done()
}

// fileVisible is the condition on the files f that the member may fetch them.
func (w *writer) fileVisible(cat *form.Catalog, member int64) {
	w.put("(f.created_by = %s", w.arg(member, "bigint"))
	for _, f := range cat.Active() {
		for _, x := range f.Own() {
			if x.HasLinkTable() && !x.IsLinks() {
				w.put(" OR EXISTS (SELECT FROM %s l WHERE l.target = f.id)", x.LinkTable())
			}
		}
	}
	w.put(")")
}

// DropFiles deletes what is known of files older than a moment that nothing names.
func DropFiles(cat *form.Catalog, before time.Time) Statement {
	w := &writer{}
	var none strings.Builder
	for _, f := range cat.Forms {
		for _, x := range f.Fields {
			if x.Kind != nil && x.HasLinkTable() && !x.IsLinks() {
				fmt.Fprintf(&none, " AND NOT EXISTS (SELECT FROM %s l WHERE l.target = f.id)", x.LinkTable())
			}
		}
	}
	w.put("DELETE FROM %s f WHERE f.created_at < %s%s", cat.FileTable(), w.arg(before.UTC().Format(time.RFC3339), "timestamptz"), none.String())
	return w.done()
}

// FileOfHash selects whether some file has that content.
func FileOfHash(cat *form.Catalog, hash string) Statement {
	w := &writer{}
	w.put("SELECT EXISTS (SELECT FROM %s WHERE hash = %s)", cat.FileTable(), w.arg(hash, "text"))
	return w.done()
}
