package sqlgen

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Assignment is a column's new value, in the column's text; nil empties it.
type Assignment struct {
	Field *form.Field
	Value any
}

// Derived is a column whose value PostgreSQL finds: by an expression of the
// field, copied from the record that a reference leads to, or the next number.
type Derived struct {
	Field  *form.Field
	Fill   *form.Field // the reference whose record is copied from
	From   *form.Field // what is copied
	Number *Number     // the next number
}

// Number is how the next number of an AUTO_NUMBER field is made.
type Number struct {
	Period, Prefix, Suffix string
	Width                  int
}

// Write is a record to be written: what a client gave, what follows from it, and
// what it must keep.
type Write struct {
	Form    *form.Form
	Values  []Assignment
	Derived []Derived
	Checks  []Check
	Member  any // who writes, nil for the program
}

// Insert writes one record. Its row holds the record's number and, for each
// check, whether it is kept.
func (e Env) Insert(in Write) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	for i, d := range in.Derived {
		if d.Number != nil {
			w.put("%s n%d AS (INSERT INTO %s AS n (field, period, last) VALUES (%s, %s, 1) ON CONFLICT (field, period) DO UPDATE SET last = n.last + 1 RETURNING last)",
				map[bool]string{true: "WITH", false: ","}[w.sql.Len() == 0], i, w.cat.NumberTable(), w.arg(d.Field.ID, "bigint"), w.arg(d.Number.Period, "text"))
		}
	}
	w.put("INSERT INTO %s AS r (created_by, updated_by", in.Form.Table())
	for _, a := range in.Values {
		w.put(", %s", a.Field.Column())
	}
	for _, d := range in.Derived {
		w.put(", %s", d.Field.Column())
	}
	by, noted := w.by(in.Member)
	if len(in.Derived) == 0 {
		w.put(") VALUES (%s, %s", noted, by)
		for _, a := range in.Values {
			w.put(", %s", w.arg(a.Value, a.Field.Kind.Column()))
		}
		w.put(")")
	} else {
		w.put(") SELECT %s, %s", noted, by)
		for _, a := range in.Values {
			w.put(", d.%s", a.Field.Column())
		}
		for i, d := range in.Derived {
			w.put(", %s", w.derive("d", i, d))
		}
		w.put(" FROM %s", w.blank("d", in))
	}
	w.put(" RETURNING r.id")
	for _, c := range in.Checks {
		w.put(", %s", w.check(c, "r", ""))
	}
	return w.done()
}

// by is the number of the member who writes, and the same for one place of a
// statement where it is also noted for the history: there until the transaction
// ends, so that what goes with the record or follows in other statements is known
// to be of the same hand.
func (w *writer) by(member any) (number, noted string) {
	number = w.arg(member, "bigint")
	return number, fmt.Sprintf("(SELECT %s(%s, %s))", w.cat.WriterFunction(), number, w.arg(string(w.env.Via), "text"))
}

// derive is the value of a derived column of the record of an alias.
func (w *writer) derive(alias string, i int, d Derived) string {
	var options []string
	if d.Number != nil {
		return w.numbered(d, fmt.Sprintf("(SELECT last::text FROM n%d)", i))
	}
	if d.Fill != nil {
		options = append(options, w.filled(d, alias+"."+d.Fill.Column()))
	}
	if d.Field.DefaultExpr != nil {
		options = append(options, w.fitting(d.Field, w.typed(d.Field.DefaultExpr.Root, d.Field.DefaultExpr.Type, []string{alias})))
	}
	return "coalesce(" + strings.Join(options, ", ") + ")"
}

// numbered is a number as its field shows it.
func (w *writer) numbered(d Derived, n string) string {
	return fmt.Sprintf("%s || lpad(%s, greatest(%d, length(%s)), '0') || %s", w.arg(d.Number.Prefix, "text"), n, d.Number.Width, n, w.arg(d.Number.Suffix, "text"))
}

// filled is what the record of a number holds that is to be copied.
func (w *writer) filled(d Derived, id string) string {
	return fmt.Sprintf("(SELECT %s FROM %s f WHERE f.id = %s)", w.value("f", d.From), w.table(d.Fill.Target), id)
}

// copied is what becomes of a field of the record of an alias when its reference
// is given: a copy where that is another record than before.
func (w *writer) copied(d Derived, alias, ref string) string {
	return fmt.Sprintf("CASE WHEN %[1]s.%[2]s IS DISTINCT FROM %[3]s THEN %[4]s ELSE %[1]s.%[5]s END", alias, d.Fill.Column(), ref, w.filled(d, ref), d.Field.Column())
}

// fitting is a computed value as the field's column takes it. A whole number that
// is too large is empty, so that no default fails; others are rounded as values
// that people give must be.
func (w *writer) fitting(x *form.Field, sql string) string {
	switch x.Kind.Column() {
	case "bigint":
		if !x.IsReference() {
			return fmt.Sprintf("(SELECT CASE WHEN abs(v.n) <= %d THEN v.n::bigint END FROM (SELECT (%s)::numeric AS n) v)", kind.MaxInteger, sql)
		}
	case "numeric":
		scale := kind.MaxScale
		if x.Settings.Scale != nil {
			scale = *x.Settings.Scale
		} else if x.Kind.Name() == "MONEY" {
			scale = kind.DefaultScale
		}
		return fmt.Sprintf("trim_scale(round((%s)::numeric, %d))", sql, scale)
	case "text":
		limit := kind.MaxText
		if x.Kind.Name() == "LONG_TEXT" {
			limit = kind.MaxLongText
		}
		return fmt.Sprintf("nullif(left((%s)::text, %d), '')", sql, limit)
	}
	return fmt.Sprintf("(%s)::%s", sql, x.Kind.Column())
}

// blank is a record that is not stored yet, as a row to read from: what was given,
// and nothing for the other fields.
func (w *writer) blank(alias string, in Write) string {
	var b strings.Builder
	given := map[*form.Field]any{}
	for _, a := range in.Values {
		given[a.Field] = a.Value
	}
	b.WriteString("(SELECT NULL::bigint AS id")
	for _, x := range append(in.Form.System[1:len(in.Form.System):len(in.Form.System)], in.Form.Fields...) {
		if v, ok := given[x]; ok {
			fmt.Fprintf(&b, ", %s AS %s", w.arg(v, x.Kind.Column()), x.Column())
		} else if x.Stored() && in.Form.Field(x.Key) == x {
			fmt.Fprintf(&b, ", NULL::%s AS %s", x.Kind.Column(), x.Column())
		}
	}
	b.WriteString(") " + alias)
	return b.String()
}

// AnyVersion is the version of a record that may be changed whatever its version.
const AnyVersion = math.MinInt

// Update changes one live record if it is still at the given version. Its row holds, for each check, whether it is kept; there is none
// when no record was touched. A version is compared as bigint, so that one which
// no record can have is none, not an error of PostgreSQL.
func (e Env) Update(in Write, id int64, version int) Statement {
	w := &writer{env: e, cat: in.Form.Catalog}
	w.put("UPDATE %s AS r SET ", in.Form.Table())
	given := map[*form.Field]string{}
	for _, a := range in.Values {
		given[a.Field] = w.arg(a.Value, a.Field.Kind.Column())
		w.put("%s = %s, ", a.Field.Column(), given[a.Field])
	}
	for _, d := range in.Derived {
		w.put("%s = %s, ", d.Field.Column(), w.copied(d, "r", given[d.Fill]))
	}
	_, noted := w.by(in.Member)
	w.put("version = r.version + 1, updated_at = now(), updated_by = %s", noted)
	old := ""
	for _, c := range in.Checks {
		if c.What == StaysClosed {
			old = "o" // the record as it was; the version keeps the two one
			w.put(" FROM %s o WHERE o.id = r.id AND ", in.Form.Table())
			break
		}
	}
	if old == "" {
		w.put(" WHERE ")
	}
	w.put("r.id = %s", w.arg(id, "bigint"))
	if version != AnyVersion {
		w.put(" AND r.version = %s", w.arg(int64(version), "bigint"))
	}
	w.put(" AND r.archived_at IS NULL RETURNING true")
	for _, c := range in.Checks {
		w.put(", %s", w.check(c, "r", old))
	}
	return w.done()
}

// MoveAside gives rows places that no other row has and that none will be given.
func MoveAside(order *form.Field, ids []int64) Statement {
	w := &writer{}
	w.put("UPDATE %s SET %s = -id WHERE id = ANY(%s)", order.Form.Table(), order.Column(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// ClearLinks takes out the links of records.
func ClearLinks(x *form.Field, ids []int64) Statement {
	w := &writer{}
	w.put("DELETE FROM %s WHERE record = ANY(%s)", x.LinkTable(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// AddLinks adds links: of the record of each of some numbers, what it leads to
// and its place among that record's.
func AddLinks(x *form.Field, records, targets, places []int64) Statement {
	w := &writer{}
	w.put("INSERT INTO %s (record, target, position) SELECT l.record, l.target, l.position FROM unnest(%s, %s, %s) AS l (record, target, position)",
		x.LinkTable(), w.arg(Numbers(records), "bigint[]"), w.arg(Numbers(targets), "bigint[]"), w.arg(Numbers(places), "int[]"))
	return w.done()
}

// Missing selects, of the numbers that links are to lead to, those of which there
// is no record.
func Missing(x *form.Field, targets []int64) Statement {
	w := &writer{}
	w.put("SELECT l.id FROM unnest(%s) AS l (id) WHERE NOT EXISTS (SELECT FROM %s t WHERE t.id = l.id)", w.arg(Numbers(targets), "bigint[]"), x.Target.Table())
	return w.done()
}

// Rows selects the live child records of parents, with the parent of each, and
// holds them until the transaction ends.
func Rows(via *form.Field, parents []int64) Statement {
	s := RowsNow(via, parents)
	s.SQL += " FOR UPDATE"
	return s
}

// RowsNow selects the live child records of parents, with the parent of each.
func RowsNow(via *form.Field, parents []int64) Statement {
	w := &writer{}
	w.put("SELECT r.id, r.%[2]s FROM %[1]s r WHERE r.%[2]s = ANY(%[3]s) AND r.archived_at IS NULL ORDER BY r.id", via.Form.Table(), via.Column(), w.arg(Numbers(parents), "bigint[]"))
	return w.done()
}

// DeleteAll removes records for good, whatever their version.
func DeleteAll(f *form.Form, ids []int64) Statement {
	w := &writer{}
	w.put("DELETE FROM %s WHERE id = ANY(%s)", f.Table(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// Numbers prints numbers as the text of an array.
func Numbers(ids []int64) string {
	b := make([]byte, 0, 8*len(ids)+2)
	b = append(b, '{')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, '}'))
}

// SetArchived archives a live record or restores an archived one, if it is still
// at the given version.
func (e Env) SetArchived(f *form.Form, id int64, version int, archive bool, member any) Statement {
	in := Many{Form: f, N: 1, Member: member, IDs: &List{}, Versions: &List{}, Archive: Back}
	if archive {
		in.Archive = Away
	}
	in.IDs.Add(strconv.FormatInt(id, 10))
	in.Versions.Add(strconv.Itoa(version))
	return e.UpdateMany(in)
}

// Delete removes records for good, those that are still at their versions, if they
// have any. Its rows hold the number of each that is gone.
func (e Env) Delete(f *form.Form, ids, versions *List, member any) Statement {
	w := &writer{env: e, cat: f.Catalog}
	_, noted := w.by(member)
	w.put("DELETE FROM %s r USING unnest(%s, %s) AS d (id, version) WHERE r.id = d.id AND (d.version IS NULL OR r.version = d.version) RETURNING r.id, %s",
		f.Table(), w.arg(ids.String(), "bigint[]"), w.arg(versions.String(), "bigint[]"), noted)
	return w.done()
}

// Referred selects, for each field by which records may keep some records of f
// from being deleted, the numbers of those that it keeps.
func Referred(f *form.Form, ids []int64) []Statement {
	var out []Statement
	for _, from := range f.Catalog.Forms {
		for _, x := range from.Fields { // archived ones too: their columns stay
			if x.Target != f || x.Settings.OnDelete != "RESTRICT" {
				continue
			}
			w := &writer{}
			switch {
			case x.IsLinks():
				w.put("SELECT DISTINCT l.target FROM %s l WHERE l.target = ANY(%s)", x.LinkTable(), w.arg(Numbers(ids), "bigint[]"))
			case x.IsReference():
				w.put("SELECT DISTINCT r.%s FROM %s r WHERE r.%[1]s = ANY(%[3]s)", x.Column(), from.Table(), w.arg(Numbers(ids), "bigint[]"))
			default:
				continue
			}
			out = append(out, w.done())
		}
	}
	return out
}

// Holding selects, of records that the field x may lead to, the numbers of those
// that it does lead to from any record but some.
func Holding(x *form.Field, ids, but []int64) Statement {
	w := &writer{}
	if x.IsLinks() {
		w.put("SELECT DISTINCT l.target FROM %s l WHERE l.target = ANY(%s) AND NOT l.record = ANY(%s)",
			x.LinkTable(), w.arg(Numbers(ids), "bigint[]"), w.arg(Numbers(but), "bigint[]"))
	} else {
		w.put("SELECT DISTINCT r.%s FROM %s r WHERE r.%[1]s = ANY(%[3]s) AND NOT r.id = ANY(%[4]s)",
			x.Column(), x.Form.Table(), w.arg(Numbers(ids), "bigint[]"), w.arg(Numbers(but), "bigint[]"))
	}
	return w.done()
}

// Standing selects of records their number, version and whether they are archived.
func Standing(f *form.Form, ids []int64) Statement {
	w := &writer{}
	w.put("SELECT id, version::bigint, archived_at IS NOT NULL FROM %s WHERE id = ANY(%s)", f.Table(), w.arg(Numbers(ids), "bigint[]"))
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

// Accounts selects of members their number and what decides whether they may sign
// in: address and whether the member is active.
func Accounts(f *form.Form, ids []int64, email, status *form.Field) Statement {
	w := &writer{}
	w.put("SELECT id, %s, archived_at IS NULL AND %s = 'active' FROM %s WHERE id = ANY(%s)", email.Column(), status.Column(), f.Table(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}
