package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Arm is one level of a plan, as Trip reads it.
type Arm struct {
	Keys  []Key       // whose rows the level is for; several only where records are referred to
	Form  *form.Form  // of the records
	ID    int64       // without a list: the one record, or 0 for those that keys refer to
	List  *query.List // a page of records
	Many  *form.Field // the page belongs to each row of the level above, by this field
	Count bool        // how many records the list has, in place of them
	Cols  []Column
	Limit int
}

// Key is where the numbers of records stand: a level and a column of its rows.
type Key struct{ Level, Column int }

// Apart says whether a page needs a second statement, see List.
func Apart(l query.List) bool {
	_, after := split(l)
	return after != whole
}

// Trip reads several levels by one statement, for answers so small that the trips
// to the database are what takes time. Every row is the number of its level and
// the level's row in PostgreSQL's binary notation of records, whose columns are
// texts and bigints: those that the statements of the levels have, in their order.
// Rows of a level come as they would from a statement of its own.
func (e Env) Trip(arms []Arm) Statement {
	w := e.writer(arms[0].Form)
	w.packed = true
	for i, a := range arms {
		w.put("%s l%d (", map[bool]string{true: "WITH", false: ","}[i == 0], i)
		for j := range a.columns() {
			if j > 0 {
				w.put(", ")
			}
			w.put("c%d", j)
		}
		w.put(") AS MATERIALIZED (")
		key := func(k Key) int { return k.Column + arms[k.Level].front() } // what stands at the front of rows moves their columns
		var keys []string
		for _, k := range a.Keys {
			keys = append(keys, fmt.Sprintf("SELECT c%d FROM l%d", key(k), k.Level))
		}
		of := "IN (" + strings.Join(keys, " UNION ALL ") + ")"
		switch {
		case a.Count && a.Many != nil:
			w.countChildren(a.Many, *a.List, of)
		case a.Count:
			w.count(*a.List)
		case a.Many != nil:
			w.children(a.Many, *a.List, a.Cols, a.Limit, fmt.Sprintf("(SELECT row_number() OVER () AS pos, c%d AS id FROM l%d) p", key(a.Keys[0]), a.Keys[0].Level))
		case a.List != nil:
			before, _ := split(*a.List)
			w.rows(*a.List, a.Cols, a.Limit, before)
		case len(keys) == 0:
			w.records(a.Form, a.Cols, "= "+w.arg(a.ID, "bigint"))
		default:
			w.records(a.Form, a.Cols, of)
		}
		w.put(")")
	}
	for i := range arms {
		w.put("%s SELECT %d, record_send(l%d) FROM l%d", map[bool]string{false: " UNION ALL"}[i == 0], i, i, i)
	}
	return w.done()
}

// front is how many columns stand before those asked for.
func (a Arm) front() int {
	if a.Many != nil && !a.Count {
		return 1
	}
	return 0
}

// columns is how many columns the rows of a level have.
func (a Arm) columns() int {
	switch {
	case a.Count && a.Many != nil:
		return 2
	case a.Count:
		return 1
	}
	return a.front() + len(a.Cols)
}
