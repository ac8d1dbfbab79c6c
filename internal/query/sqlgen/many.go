package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/form"
)

// Many are records of one form that one statement writes: new ones, or with IDs
// changes of those that are there. Their columns are those that any of them has
// a value for. Each list holds one element for each record, in their order.
type Many struct {
	Form    *form.Form
	N       int
	Given   []Given
	Derived []DerivedOfSome
	Checks  []Check
	Member  any // who writes, nil for the program

	IDs      *List
	Versions *List // at which records must still be; null for any
	Archive  Archive
}

// Given is a column with the values that clients gave. A change leaves the field
// as it is in records that are not among Some.
type Given struct {
	Field  *form.Field
	Values *List
	Some   *List // of booleans; nil: all
}

// DerivedOfSome is a column whose value PostgreSQL finds for some records.
type DerivedOfSome struct {
	Derived
	Some *List // of booleans; nil: all
}

// Archive is what a change does to records beside their values.
type Archive int

// What may be done. Stay and Away are of live records, Back of archived ones.
const (
	Stay Archive = iota
	Away         // they are archived
	Back         // they are restored
)

// Columns that a list of records has beside those of fields, whose keys hold
// letters, digits and underscores alone.
const (
	placeColumn   = `"?n"` // from 1
	idColumn      = `"?id"`
	versionColumn = `"?version"`
)

// listed are the records, as rows to read from: their places, what was given, and
// in a new one nothing for the other fields.
func (w *writer) listed(alias string, in Many) string {
	var lists, names, columns []string
	add := func(l *List, typ, name string) {
		value := "s." + name
		if elem, is := strings.CutSuffix(typ, "[]"); is { // lists of lists would be taken for one
			typ, value = "text", fmt.Sprintf("s.%s::%s[] AS %s", name, elem, name)
		}
		lists, names, columns = append(lists, w.arg(l.String(), typ+"[]")), append(names, name), append(columns, value)
	}
	if in.IDs != nil {
		add(in.IDs, "bigint", idColumn)
		add(in.Versions, "bigint", versionColumn)
	}
	for i, g := range in.Given {
		add(g.Values, g.Field.Kind.Column(), g.Field.Column())
		if g.Some != nil {
			add(g.Some, "boolean", givenColumn(i))
		}
	}
	for i, d := range in.Derived {
		if d.Some != nil {
			add(d.Some, "boolean", derivedColumn(i))
		}
	}
	if in.IDs == nil && len(in.Derived) > 0 { // expressions look at the whole record
		columns = append(columns, "NULL::bigint AS id")
		for _, x := range append(in.Form.System[1:len(in.Form.System):len(in.Form.System)], in.Form.Fields...) {
			if x.Stored() && in.Form.Field(x.Key) == x && in.given(x) < 0 {
				columns = append(columns, fmt.Sprintf("NULL::%s AS %s", x.Kind.Column(), x.Column()))
			}
		}
	}
	columns = append(columns, "s."+placeColumn)
	from := ""
	if len(lists) == 0 {
		from = fmt.Sprintf("generate_series(1::bigint, %s) AS s (%s)", w.arg(int64(in.N), "bigint"), placeColumn)
	} else {
		from = fmt.Sprintf("unnest(%s) WITH ORDINALITY AS s (%s, %s)", strings.Join(lists, ", "), strings.Join(names, ", "), placeColumn)
	}
	return fmt.Sprintf("(SELECT %s FROM %s) %s", strings.Join(columns, ", "), from, alias)
}

func givenColumn(i int) string   { return fmt.Sprintf(`"?g%d"`, i) }
func derivedColumn(i int) string { return fmt.Sprintf(`"?d%d"`, i) }

// given is the place of a field's values, or -1.
func (in Many) given(x *form.Field) int {
	return slices.IndexFunc(in.Given, func(g Given) bool { return g.Field == x })
}

// columns are the fields that are written.
func (in Many) columns() []*form.Field {
	var out []*form.Field
	for _, g := range in.Given {
		out = append(out, g.Field)
	}
	for _, d := range in.Derived {
		if !slices.Contains(out, d.Field) {
			out = append(out, d.Field)
		}
	}
	return out
}

// becomes is what a field of the listed record of an alias is to hold, where old
// is the alias of the record as it was, "" for a new one.
func (w *writer) becomes(in Many, x *form.Field, alias, old string) string {
	rest := fmt.Sprintf("NULL::%s", x.Kind.Column())
	if old != "" {
		rest = old + "." + x.Column()
	}
	if i := in.given(x); i >= 0 {
		value := alias + "." + x.Column()
		if some := in.Given[i].Some; some == nil || old == "" {
			rest = value
		} else {
			rest = fmt.Sprintf("CASE WHEN %s.%s THEN %s ELSE %s END", alias, givenColumn(i), value, rest)
		}
	}
	for i, d := range in.Derived {
		if d.Field != x {
			continue
		}
		var value string
		switch {
		case d.Number != nil:
			value = w.numbered(d.Derived, fmt.Sprintf("((SELECT last FROM n%d) + %s.%s)::text", i, alias, placeColumn))
		case old != "":
			value = w.copied(d.Derived, old, alias+"."+d.Fill.Column())
		default:
			value = w.derive(alias, i, d.Derived)
		}
		if d.Some == nil {
			return value
		}
		rest = fmt.Sprintf("CASE WHEN %s.%s THEN %s ELSE %s END", alias, derivedColumn(i), value, rest)
	}
	return rest
}

// InsertMany writes new records. Its rows hold, in the order of the records, what
// Insert's does.
func (e Env) InsertMany(in Many) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	for i, d := range in.Derived {
		if d.Number != nil {
			w.put("%s n%d AS (INSERT INTO %s AS n (field, period, last) VALUES (%s, %s, %[6]s) ON CONFLICT (field, period) DO UPDATE SET last = n.last + %[6]s RETURNING last - %[6]s AS last)",
				map[bool]string{true: "WITH", false: ","}[w.sql.Len() == 0], i, w.cat.NumberTable(), w.arg(d.Field.ID, "bigint"), w.arg(d.Number.Period, "text"), w.arg(int64(in.N), "bigint"))
		}
	}
	w.put("INSERT INTO %s AS r (created_by, updated_by", in.Form.Table())
	cols := in.columns()
	for _, x := range cols {
		w.put(", %s", x.Column())
	}
	by, noted := w.by(in.Member)
	w.put(") SELECT %s, %s", noted, by)
	for _, x := range cols {
		w.put(", %s", w.becomes(in, x, "d", ""))
	}
	// Rows are made, numbered and answered in the order in which the list is read.
	w.put(" FROM %s RETURNING r.id", w.listed("d", in))
	for _, c := range in.Checks {
		w.put(", %s", w.check(c, "r", ""))
	}
	return w.done()
}

// UpdateMany changes records that are live, or archived ones that it brings back,
// and still at their versions. Its rows hold the place of a record that was
// changed, from 1, and, for each check, whether it is kept.
func (e Env) UpdateMany(in Many) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	w.put("UPDATE %s AS r SET ", in.Form.Table())
	for _, x := range in.columns() {
		w.put("%s = %s, ", x.Column(), w.becomes(in, x, "d", "r"))
	}
	switch in.Archive {
	case Away:
		w.put("archived_at = now(), ")
	case Back:
		w.put("archived_at = NULL, ")
	}
	_, noted := w.by(in.Member)
	w.put("version = r.version + 1, updated_at = now(), updated_by = %s FROM %s", noted, w.listed("d", in))
	old := ""
	if slices.ContainsFunc(in.Checks, func(c Check) bool { return c.What == StaysClosed }) {
		old = "o" // the record as it was; the version keeps the two one
		w.put(" JOIN %s o ON o.id = d.%s", in.Form.Table(), idColumn)
	}
	w.put(" WHERE %s RETURNING d.%s", in.changes(), placeColumn)
	for _, c := range in.Checks {
		w.put(", %s", w.check(c, "r", old))
	}
	return w.done()
}

// changes is the condition on a record r that a listed one d changes it.
func (in Many) changes() string {
	is := "IS NULL"
	if in.Archive == Back {
		is = "IS NOT NULL"
	}
	return fmt.Sprintf("r.id = d.%s AND (d.%s IS NULL OR r.version = d.%[2]s) AND r.archived_at %s", idColumn, versionColumn, is)
}

// Clashes asks of records that could not be written, for each, its place and
// whether it keeps each check against what is stored.
func (e Env) Clashes(in Many) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	w.put("SELECT q.%s", placeColumn)
	for _, c := range in.Checks {
		w.put(", %s", w.check(c, "q", ""))
	}
	var fields []*form.Field
	for _, c := range in.Checks {
		fields = append(fields, c.fields()...)
	}
	w.put(" FROM %s", w.candidates("q", in, fields))
	return w.done()
}

// Duplicates asks which of some records that are to be written have the same
// values as one before them: rows of place and of the first place with them.
func (e Env) Duplicates(in Many, c Check) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	folds := func(x *form.Field) bool { return x.Settings.IgnoreCase }
	if c.Rule != nil {
		folds = c.Rule.Folds
	}
	fields := c.fields()
	keys, known := make([]string, len(fields)), make([]string, len(fields))
	for i, x := range fields {
		keys[i], known[i] = "q."+x.Column(), "q."+x.Column()+" IS NOT NULL"
		if folds(x) {
			keys[i] = "lower(" + keys[i] + ")"
		}
	}
	w.put("SELECT p.n, p.first FROM (SELECT q.%[1]s AS n, min(q.%[1]s) OVER (PARTITION BY %[2]s) AS first FROM %[3]s WHERE %[4]s) p WHERE p.first < p.n ORDER BY p.n",
		placeColumn, strings.Join(keys, ", "), w.candidates("q", in, fields), strings.Join(known, " AND "))
	return w.done()
}

// fields are those that a check of PostgreSQL's compares.
func (c Check) fields() []*form.Field {
	if c.Rule != nil {
		return c.Rule.Fields
	}
	return []*form.Field{c.Field}
}

// candidates are the records as they would be stored, as far as some fields go.
func (w *writer) candidates(alias string, in Many, fields []*form.Field) string {
	id, old, from := "0::bigint", "", w.listed("d", in)
	if in.IDs != nil {
		id, old = "r.id", "r"
		from += fmt.Sprintf(" JOIN %s r ON %s", in.Form.Table(), in.changes())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(SELECT d.%s, %s AS id", placeColumn, id)
	done := map[*form.Field]bool{}
	for _, x := range fields {
		if done[x] {
			continue
		}
		done[x] = true
		value := fmt.Sprintf("NULL::%s", x.Kind.Column())
		if !slices.ContainsFunc(in.Derived, func(d DerivedOfSome) bool { return d.Field == x && d.Number != nil }) { // numbers are never given twice
			value = w.becomes(in, x, "d", old)
		}
		fmt.Fprintf(&b, ", %s AS %s", value, x.Column())
	}
	fmt.Fprintf(&b, " FROM %s) %s", from, alias)
	return b.String()
}

// Matching selects the live records that have the values of some fields that rows
// have: rows of place, from 1, and number of the record.
func Matching(f *form.Form, fields []*form.Field, values []*List, folds func(x *form.Field) bool) Statement {
	w := &writer{}
	lists, names, same := make([]string, len(fields)), make([]string, len(fields)), make([]string, len(fields))
	for i, x := range fields {
		lists[i], names[i] = w.arg(values[i].String(), x.Kind.Column()+"[]"), x.Column()
		pattern := "r.%[1]s = s.%[1]s"
		if folds(x) {
			pattern = "lower(r.%[1]s) = lower(s.%[1]s)"
		}
		same[i] = fmt.Sprintf(pattern, x.Column())
	}
	w.put("SELECT s.%s, r.id FROM unnest(%s) WITH ORDINALITY AS s (%s, %[1]s) JOIN %[4]s r ON %[5]s WHERE r.archived_at IS NULL",
		placeColumn, strings.Join(lists, ", "), strings.Join(names, ", "), f.Table(), strings.Join(same, " AND "))
	return w.done()
}

// List is the text of an array, made element by element.
type List struct{ b []byte }

// Add adds a value: text, or nil for null.
func (l *List) Add(v any) {
	s, ok := v.(string)
	if !ok {
		l.raw("NULL")
		return
	}
	l.comma()
	l.b = append(l.b, '"')
	for {
		i := strings.IndexAny(s, `"\`)
		if i < 0 {
			break
		}
		l.b = append(append(l.b, s[:i]...), '\\', s[i])
		s = s[i+1:]
	}
	l.b = append(append(l.b, s...), '"')
}

// Is adds true or false.
func (l *List) Is(v bool) {
	if v {
		l.raw("t")
	} else {
		l.raw("f")
	}
}

func (l *List) raw(s string) {
	l.comma()
	l.b = append(l.b, s...)
}

func (l *List) comma() {
	if len(l.b) == 0 {
		l.b = append(l.b, '{')
	} else {
		l.b = append(l.b, ',')
	}
}

func (l *List) String() string {
	if len(l.b) == 0 {
		return "{}"
	}
	return string(l.b) + "}"
}
