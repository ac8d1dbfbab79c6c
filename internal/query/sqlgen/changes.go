package sqlgen

import (
	"fieldwork/internal/form"
)

// Snapshot selects which transactions are over at this moment.
func Snapshot() Statement { return Statement{SQL: "SELECT pg_current_snapshot()::text"} }

// Since is which changes are wanted: those of transactions that were not over at
// one moment and are at another, in the order of the table of changes.
type Since struct {
	Forms []string
	From  string // a snapshot
	To    string // another; "": that of the statement
	After *Place // where the page begins
}

// Place is where a change of a record stands in that order.
type Place struct {
	Tx     string
	Form   string
	Record int64
}

// Changed selects records that changed: rows of transaction, form and number, of the
// snapshot that To is then, and of the record that it was merged into. Of the changes of a record the last is there.
// There is a row of the snapshot alone, so that it is known when there are none;
// it has no snapshot where From is later than the statement.
//
// A transaction that is over in a snapshot was seen whole by who read under it, one
// that is not was not seen at all, whatever the order in which transactions began
// and ended. What is over in one and not in the other is what is new, exactly.
func Changed(cat *form.Catalog, s Since, limit int) Statement {
	w := &writer{cat: cat}
	w.put("WITH t AS MATERIALIZED (SELECT %s AS since, coalesce(%s, pg_current_snapshot()) AS now)", w.arg(s.From, "pg_snapshot"), w.arg(orNil(s.To), "pg_snapshot"))
	w.put(" SELECT c.tx, c.form, c.record, CASE WHEN pg_snapshot_xmax(t.since) <= pg_snapshot_xmax(pg_current_snapshot()) THEN t.now::text END, c.merged_into" +
		" FROM t LEFT JOIN LATERAL (SELECT h.tx::text, h.form, h.record, h.merged_into FROM ")
	w.put("%s h WHERE h.tx >= pg_snapshot_xmin(t.since) AND h.tx < pg_snapshot_xmax(t.now) AND NOT pg_visible_in_snapshot(h.tx, t.since) AND pg_visible_in_snapshot(h.tx, t.now)",
		cat.HistoryTable())
	w.put(" AND h.form = ANY(%s)", w.arg(Array(s.Forms), "text[]"))
	if s.After != nil {
		w.put(" AND (h.tx, h.form, h.record) > (%s, %s, %s)", w.arg(s.After.Tx, "xid8"), w.arg(s.After.Form, "text"), w.arg(s.After.Record, "bigint"))
	}
	w.put(" AND NOT EXISTS (SELECT FROM %s l WHERE l.form = h.form AND l.record = h.record AND l.tx > h.tx AND l.tx < pg_snapshot_xmax(t.now)"+
		" AND NOT pg_visible_in_snapshot(l.tx, t.since) AND pg_visible_in_snapshot(l.tx, t.now))", cat.HistoryTable())
	w.put(" ORDER BY h.tx, h.form, h.record LIMIT %d) c ON true", limit)
	return w.done()
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
