// Package sqlgen is the only package that builds SQL about records by joining
// strings: reads, writes with what they must keep, and the expressions behind
// computed fields, rules and conditions. It joins constants of its own and
// identifiers that come, quoted, from a catalog; every value travels as a
// parameter. It does no I/O.
//
//	first, rest := sqlgen.Env{Now: now}.List(list, columns, 21) // statements, with their parameters
//
// A computed field is written where it is used; what several of them read is
// joined once (join.go). Several levels of a plan can be arms of one statement
// (trip.go), and many records are written by one (many.go). Statements about
// records that are not stored, for forms being filled in, read drafts in place of
// tables (draft.go).
package sqlgen

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// Statement is a text with its parameters.
type Statement struct {
	SQL  string
	Args []any
	// Timely says that parameters are taken from the Env: the statement is another
	// at another moment, or for someone else.
	Timely bool
}

// Env is what computed fields may ask for beyond the records: the moment that
// "today" and "now" are, and who asks.
type Env struct {
	Now    time.Time
	Member int64    // 0: the program itself
	Via    form.Via // through what records are written; "": a request
	// At is the moment as of which everything is read, in the text of a DATETIME
	// column; "": as it is.
	At string
}

// EndOf is the Env as of the end of a day in a time zone; of a day that is not over
// it is e.
func (e Env) EndOf(d calendar.Day, zone *time.Location) Env {
	end := d.Add(1).Begin(zone)
	if e.Now.Before(end) {
		return e
	}
	return e.AsOf(end.Add(-time.Microsecond)) // the last moment that PostgreSQL can tell from the next day
}

// AsOf is the Env as of a moment; as of the zero moment it is e.
func (e Env) AsOf(at time.Time) Env {
	if !at.IsZero() {
		e.Now = at.UTC()
		e.At = e.Now.Format(time.RFC3339Nano)
	}
	return e
}

// Moment is the moment as of which everything is read, zero for as it is.
func (e Env) Moment() time.Time {
	if e.At == "" {
		return time.Time{}
	}
	return e.Now
}

type writer struct {
	env     Env
	cat     *form.Catalog
	seen    map[string]string // parameters of expressions, by type and value
	sql     strings.Builder
	args    []any
	aliases int
	joins   *joins                  // of the columns being written; nil: none
	keys    map[*query.Order]string // keys of an order that are computed beforehand
	search  query.List              // the list that is being written, for how well it finds
	nulls   nulls                   // which records a page is read from
	timely  bool                    // the Env has been asked
	packed  bool                    // numbers too are selected as text, see Trip

	// What is read in place of a table, in a statement about what is not written.
	over      map[*form.Form]string
	overLinks map[*form.Field]string

	past past // what the statement begins with when it reads as of a moment
}

// put adds text. Most of it needs no formatting, which takes longer than all else
// that writing a statement does.
func (w *writer) put(format string, a ...any) {
	if len(a) == 0 {
		w.sql.WriteString(format)
		return
	}
	if text, ok := a[0].(string); ok && len(a) == 1 && format == "%s" {
		w.sql.WriteString(text)
		return
	}
	fmt.Fprintf(&w.sql, format, a...)
}

// arg adds a parameter and returns its placeholder, cast so that PostgreSQL
// never has to guess.
func (w *writer) arg(v any, typ string) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args)) + "::" + typ
}

func (w *writer) alias() string {
	w.aliases++
	return "r" + strconv.Itoa(w.aliases)
}

func (w *writer) done() Statement {
	return Statement{SQL: w.past.with() + w.sql.String(), Args: w.args, Timely: w.timely}
}

// asked is the Env, which from then on the statement depends on.
func (w *writer) asked() Env {
	w.timely = true
	return w.env
}

// Column is a value to select: a field's value, a key of an order, or one part of
// an object.
type Column struct {
	Field *form.Field
	Key   *query.Order // in place of a field: what the order compares, for cursors
	Part  string       // of an object such as an address
}

// selectColumns writes the values of columns as their text, so that the driver
// has nothing to parse. Numbers of records stay integers: they are keys of the
// next level.
func (w *writer) selectColumns(alias string, cols []Column) {
	for i, c := range cols {
		if i > 0 {
			w.put(", ")
		}
		if c.Key != nil {
			w.put("(%s)::text", w.orderKey(alias, c.Key))
			continue
		}
		switch t := c.Field.SQLType(); {
		case c.Part != "": // one of a closed list, see kind.Parts
			w.put("%s->>'%s'", w.value(alias, c.Field), c.Part)
		case c.Field.HasLinkTable():
			w.put("%s", w.links(alias, c.Field))
		case t == "text" || t == "numeric" && !w.packed || c.Field.Target != nil:
			w.sql.WriteString(w.value(alias, c.Field))
		default:
			w.sql.WriteString(w.value(alias, c.Field))
			w.sql.WriteString("::text")
		}
	}
}

// value is a field's value: its column, or what it is computed from.
func (w *writer) value(alias string, f *form.Field) string {
	if f.Expr == nil {
		return alias + "." + f.Column()
	}
	if !plain(f) {
		if j := w.shared(alias, f, false); j != "" {
			return j + ".v"
		}
	}
	return w.computed(alias, f)
}

// links is the list of a field's links as text, in their order: numbers of
// records, or what is to be shown of files.
func (w *writer) links(alias string, f *form.Field) string {
	if f.IsLinks() {
		return fmt.Sprintf("(SELECT array_agg(l.target ORDER BY l.position)::text FROM %s l WHERE l.record = %s.id)", w.linkTable(f), alias)
	}
	return fmt.Sprintf("(SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'type', f.type, 'size', f.size) ORDER BY l.position)::text"+
		" FROM %s l JOIN %s f ON f.id = l.target WHERE l.record = %s.id)", w.linkTable(f), f.Form.Catalog.FileTable(), alias)
}

// many is how the records that x leads to, under the given alias, hang together
// with theirs: what to read from, and the number of the record they belong to.
func (w *writer) many(x *form.Field, alias string) (from, owner string) {
	table := w.table(x.Target) + " " + alias
	links, end, start := "", "target", "record"
	switch {
	case x.IsLinks():
		links = w.linkTable(x)
	case x.Via.IsLinks():
		links, end, start = w.linkTable(x.Via), "record", "target"
	default:
		return table, alias + "." + x.Via.Column()
	}
	return fmt.Sprintf("%s %s_l JOIN %s ON %s.id = %s_l.%s", links, alias, table, alias, alias, end), fmt.Sprintf("%s_l.%s", alias, start)
}

// orderKey is what an order compares.
func (w *writer) orderKey(alias string, o *query.Order) string {
	if k := w.keys[o]; k != "" {
		return k
	}
	if o.Rank {
		return w.rank(alias)
	}
	key := w.behind(alias, o.Path, func(alias string) string { return w.fieldKey(alias, o.Field) })
	if o.Pinyin {
		key += ` COLLATE "zh-x-icu"`
	}
	return key
}

// behind is what is read of the record that a path of references leads to, null
// where there is none.
func (w *writer) behind(alias string, path []*form.Field, read func(alias string) string) string {
	if len(path) == 0 {
		return read(alias)
	}
	a := w.alias()
	return fmt.Sprintf("(SELECT %s FROM %s %s WHERE %s.id = %s)", w.behind(a, path[1:], read), w.table(path[0].Target), a, a, w.value(alias, path[0]))
}

// fieldKey is what an order by a field compares: a choice by the place of its
// option, a text of any length by its beginning, because a cursor must carry
// what is compared, and anything else by its value.
func (w *writer) fieldKey(alias string, f *form.Field) string {
	switch name := f.Value.Name(); {
	case name == "LONG_TEXT", name == "TEXT" && f.Expr != nil:
		return fmt.Sprintf("left(%s, %d)", w.value(alias, f), kind.MaxText)
	case name != "CHOICE":
		return w.value(alias, f)
	}
	keys := make([]string, len(f.Options))
	for i, o := range f.Options {
		keys[i] = o.Key
	}
	return fmt.Sprintf("array_position(%s, %s)", w.arg(Array(keys), "text[]"), w.value(alias, f))
}

func orderType(o *query.Order) string {
	if o.Rank || o.Field.Value.Name() == "CHOICE" {
		return "integer"
	}
	return o.Field.SQLType()
}

// List selects a page of records: one row each. rest, when it has a text, selects
// what follows the rows of the first statement, and is needed only where those are
// fewer than limit.
func (e Env) List(l query.List, cols []Column, limit int) (first, rest Statement) {
	before, after := split(l)
	w := e.writer(l.Form)
	w.rows(l, cols, limit, before)
	if after != whole {
		v := e.writer(l.Form)
		l.Cursor = nil
		v.rows(l, cols, limit, after)
		rest = v.done()
	}
	return w.done(), rest
}

func (e Env) writer(f *form.Form) *writer { return &writer{env: e, cat: f.Catalog} }

func (w *writer) rows(l query.List, cols []Column, limit int, n nulls) {
	w.nulls, w.search = n, l
	w.put("SELECT ")
	joins := w.columns("r", cols)
	w.page(l, w.table(l.Form)+" r", nil, "", joins, limit)
	w.nulls = whole
}

// ByID selects one record. Parameter 1 is its number.
func (e Env) ByID(f *form.Form, id int64, cols []Column) Statement {
	w := e.writer(f)
	w.records(f, cols, "= "+w.arg(id, "bigint"))
	return w.done()
}

// ByIDs selects records by their numbers, in any order. Parameter 1 is left for
// the array of numbers.
func (e Env) ByIDs(f *form.Form, cols []Column) Statement {
	w := e.writer(f)
	w.records(f, cols, fmt.Sprintf("= ANY(%s)", w.arg(nil, "bigint[]")))
	return w.done()
}

func (w *writer) records(f *form.Form, cols []Column, which string) {
	w.put("SELECT ")
	joins := w.columns("r", cols)
	w.put(" FROM %s r%s WHERE r.id %s", w.table(f), joins, which)
}

// Children selects a page of child records for each of many parents, parent by
// parent: the first column is the place of the parent in the array that
// parameter 1 is left for. LATERAL keeps the limit per parent: a plain
// "= ANY($1) LIMIT n" would let one busy parent starve the rest. The nested loop
// that LATERAL with LIMIT forces keeps both orders, so nothing is sorted again.
func (e Env) Children(x *form.Field, l query.List, cols []Column, limit int) Statement {
	w := e.writer(l.Form)
	w.children(x, l, cols, limit, fmt.Sprintf("unnest(%s) WITH ORDINALITY AS p (id, pos)", w.arg(nil, "bigint[]")))
	return w.done()
}

func (w *writer) children(x *form.Field, l query.List, cols []Column, limit int, parents string) {
	w.search = l
	w.put("SELECT p.pos, c.* FROM %s CROSS JOIN LATERAL (SELECT ", parents)
	joins := w.columns("r", cols)
	from, owner := w.many(x, "r")
	w.page(l, from, x, owner+" = p.id", joins, limit)
	w.put(") c")
}

// Count counts the records of a list, whatever its page.
func (e Env) Count(l query.List) Statement {
	w := e.writer(l.Form)
	w.count(l)
	return w.done()
}

func (w *writer) count(l query.List) {
	l.Cursor = nil
	w.put("SELECT count(*) FROM %s r", w.table(l.Form))
	w.where(l, "r", "")
}

// CountChildren counts child records by parent: rows of parent and count, none
// for parents without any. Parameter 1 is left for the array of parents.
func (e Env) CountChildren(x *form.Field, l query.List) Statement {
	w := e.writer(l.Form)
	w.countChildren(x, l, fmt.Sprintf("= ANY(%s)", w.arg(nil, "bigint[]")))
	return w.done()
}

func (w *writer) countChildren(x *form.Field, l query.List, parents string) {
	l.Cursor = nil
	from, owner := w.many(x, "r")
	w.put("SELECT %s, count(*) FROM %s", owner, from)
	w.where(l, "r", owner+" "+parents)
	w.put(" GROUP BY 1")
}

func (w *writer) where(l query.List, alias, first string) {
	sep := " WHERE "
	and := func() { w.put("%s", sep); sep = " AND " }
	if first != "" {
		and()
		w.put("%s", first)
	}
	if l.LiveOnly() {
		and()
		w.put("%s.archived_at IS NULL", alias)
	}
	if l.Search != "" {
		and()
		w.put("%s @@ %s", l.Form.SearchTokens(alias), w.searchFor(l.Search, false))
	}
	if f := l.Filter; f != nil {
		if a, ok := f.(query.And); !ok || len(a) > 0 {
			and()
			w.filter(f, alias)
		}
	}
	if w.nulls != whole {
		and()
		w.put("%s IS %sNULL", w.orderKey(alias, &l.Order[0]), map[nulls]string{filled: "NOT "}[w.nulls])
	}
	if l.Cursor != nil {
		and()
		w.beyond(l, alias)
	}
}

func (w *writer) limit(l query.List, limit int) {
	w.put(" LIMIT %d", limit)
	if l.Offset > 0 {
		w.put(" OFFSET %d", l.Offset)
	}
}

// direction is the order to read in: turned around for a page before a cursor.
func direction(o *query.Order, back bool) (desc, nullsFirst bool) {
	if back {
		return !o.Desc, !o.NullsFirst
	}
	return o.Desc, o.NullsFirst
}

func (w *writer) order(l query.List, alias string) {
	w.put(" ORDER BY ")
	for i := range l.Order {
		o := &l.Order[i]
		if o.IsID() { // nothing can follow a unique key
			break
		}
		if i == 0 && w.nulls == empties {
			continue
		}
		desc, nullsFirst := direction(o, l.Back)
		w.put("%s", w.orderKey(alias, o))
		if desc {
			w.put(" DESC")
		}
		// PostgreSQL's own default is nulls last ascending, first descending. A
		// column without nulls needs no word, so that a plain index serves.
		if nullsFirst != desc && !w.hasValue(l, i) {
			w.put("%s", map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[nullsFirst])
		}
		w.put(", ")
	}
	w.put("%s.id", alias)
	if tieDesc(l) {
		w.put(" DESC")
	}
}

// tieDesc is the direction of the id: that of the last key before it, or of the
// id itself when the order names it.
func tieDesc(l query.List) bool {
	desc := l.TieDesc()
	for _, o := range l.Order {
		if o.IsID() {
			desc = o.Desc
			break
		}
	}
	return desc != l.Back
}

// Array prints a PostgreSQL array literal.
func Array(values []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		for j := 0; j < len(v); j++ {
			if v[j] == '"' || v[j] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(v[j])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}
