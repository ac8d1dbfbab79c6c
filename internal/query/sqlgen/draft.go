package sqlgen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Draft is a record as it would be if it were written.
type Draft struct {
	Write
	ID    int64 // its number; of a new record one below 0, which no record has
	Old   bool  // the record of that number is to be changed
	Level int   // of rows within rows, 0 for the record that is written
	Links []DraftLinks
}

// DraftLinks are the new links of a field: the text of an array of numbers, nil
// for none.
type DraftLinks struct {
	Field   *form.Field
	Targets any
}

// Evaluation is a write that is not done: what it would leave, and what is asked
// of that.
type Evaluation struct {
	Drafts []Draft // parents before their rows
	Gone   map[*form.Form][]int64
	Fields []*form.Field // of the first draft: their values are asked for
	Holds  []*expr.Expr  // of the first draft: conditions
	Owners []*form.Watch // whose rules look at the drafts and at what goes
}

// Evaluate judges a write that is not done. For that, everything that the
// statement reads is read as it would be: the tables of the forms that would be
// written are laid over by what they would hold. It reads, takes no locks and
// numbers nothing.
//
// The rows, of text but for the first two columns: for each draft its place, its
// number, the values and conditions of the first, and whether each of its checks
// is kept; for each owner a place from the number of drafts on, its number, and
// whether each of the rules is kept. There is none of a draft whose record is not
// there.
func (e Env) Evaluate(in Evaluation) Statement {
	o := &overlay{writer: &writer{env: e, cat: in.Drafts[0].Form.Catalog}, in: in}
	o.over, o.overLinks = map[*form.Form]string{}, map[*form.Field]string{}
	last := 0
	for _, d := range in.Drafts {
		last = max(last, d.Level)
	}
	for level := range last + 1 {
		o.level(level)
	}
	width := 0
	var selects []selected
	for i, d := range in.Drafts {
		s := o.asked(i, d)
		width = max(width, len(s.columns))
		selects = append(selects, s)
	}
	for i, by := range in.Owners {
		s := o.owned(len(in.Drafts)+i, by)
		width = max(width, len(s.columns))
		selects = append(selects, s)
	}
	for i, s := range selects {
		if i > 0 {
			o.put(" UNION ALL")
		}
		o.put(" SELECT %d::bigint, r.id", s.place)
		for j := range width {
			if j < len(s.columns) {
				o.put(", (%s)::text", s.columns[j])
			} else {
				o.put(", NULL")
			}
		}
		o.put(" %s", s.from)
	}
	return o.done()
}

// overlay writes the statement of an evaluation.
type overlay struct {
	*writer
	in    Evaluation
	parts int // of WITH
}

// selected is one of the parts that the rows come from.
type selected struct {
	place   int
	columns []string
	from    string
}

// with begins one more part of WITH.
func (o *overlay) with(name, how string) {
	o.put("%s %s AS %s (", map[bool]string{true: "WITH", false: ","}[o.parts == 0], name, how)
	o.parts++
}

// level writes the drafts of one level, which see those of the levels above, and
// lays them over their tables.
func (o *overlay) level(level int) {
	for i, d := range o.in.Drafts {
		if d.Level == level {
			row := o.row(d)
			o.with(fmt.Sprintf("d%d", i), "MATERIALIZED")
			o.put("%s)", row)
		}
	}
	forms, links := o.written(level)
	for _, f := range forms {
		name := fmt.Sprintf("t%d_%d", f.ID, level)
		var ids []int64
		for _, d := range o.in.Drafts {
			if d.Form == f && d.Level <= level && d.Old {
				ids = append(ids, d.ID)
			}
		}
		cols := strings.Join(columnsOf(f), ", ")
		o.with(name, "NOT MATERIALIZED")
		o.put("SELECT %s FROM %s WHERE id <> ALL(%s)", cols, f.Table(), o.arg(Numbers(append(ids, o.in.Gone[f]...)), "bigint[]"))
		for i, d := range o.in.Drafts {
			if d.Form == f && d.Level <= level {
				o.put(" UNION ALL SELECT %s FROM d%d", cols, i)
			}
		}
		o.put(")")
		o.over[f] = name
	}
	for _, x := range links {
		name := fmt.Sprintf("l%d_%d", x.ID, level)
		ids := slices.Clone(o.in.Gone[x.Form])
		var added []string
		for _, d := range o.in.Drafts {
			for _, l := range d.Links {
				if l.Field != x || d.Level > level {
					continue
				}
				ids = append(ids, d.ID)
				if l.Targets != nil {
					added = append(added, fmt.Sprintf("SELECT %s, t.id, t.position::int FROM unnest(%s) WITH ORDINALITY AS t (id, position)",
						o.arg(d.ID, "bigint"), o.arg(l.Targets, "bigint[]")))
				}
			}
		}
		o.with(name, "NOT MATERIALIZED")
		o.put("SELECT record, target, position FROM %s WHERE record <> ALL(%s)", x.LinkTable(), o.arg(Numbers(ids), "bigint[]"))
		for _, s := range added {
			o.put(" UNION ALL %s", s)
		}
		o.put(")")
		o.overLinks[x] = name
	}
}

// written are the forms and link tables that drafts down to a level write, and the
// forms of records that are gone.
func (o *overlay) written(level int) (forms []*form.Form, links []*form.Field) {
	for _, d := range o.in.Drafts {
		if d.Level > level {
			continue
		}
		if !slices.Contains(forms, d.Form) {
			forms = append(forms, d.Form)
		}
		for _, l := range d.Links {
			if !slices.Contains(links, l.Field) {
				links = append(links, l.Field)
			}
		}
	}
	for f := range o.in.Gone {
		if !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	slices.SortFunc(forms, func(a, b *form.Form) int { return cmp.Compare(a.ID, b.ID) })
	return forms, links
}

// columnsOf are the columns of a form's table that expressions may read.
func columnsOf(f *form.Form) []string {
	var out []string
	for _, x := range f.System {
		out = append(out, x.Column())
	}
	for _, x := range f.Fields {
		if x.Stored() && f.Field(x.Key) == x {
			out = append(out, x.Column())
		}
	}
	return out
}

// row selects the draft as it would be stored.
func (o *overlay) row(d Draft) string {
	given := map[*form.Field]any{}
	for _, a := range d.Values {
		given[a.Field] = a.Value
	}
	derived := map[*form.Field]Derived{}
	for _, x := range d.Derived {
		derived[x.Field] = x
	}
	by := o.arg(d.Member, "bigint")
	system := map[string]string{"id": o.arg(d.ID, "bigint"), "version": "1", "created_at": "now()", "created_by": by, "updated_at": "now()", "updated_by": by, "archived_at": "NULL::timestamptz"}
	if d.Old {
		system["version"], system["created_at"], system["created_by"], system["archived_at"] = "q.version + 1", "q.created_at", "q.created_by", "q.archived_at"
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, x := range d.Form.System {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(system[x.Key] + " AS " + x.Column())
	}
	for _, x := range d.Form.Fields {
		if !x.Stored() || d.Form.Field(x.Key) != x {
			continue
		}
		from, is := derived[x]
		v, ok := given[x]
		value := "q." + x.Column()
		switch {
		case is && from.Number != nil: // the number that would be next
			value = o.next(from)
		case is && d.Old:
			value = o.copied(from, "q", o.arg(given[from.Fill], from.Fill.Kind.Column()))
		case is:
			value = o.derive("q", 0, from)
		case ok:
			value = o.arg(v, x.Kind.Column())
		}
		b.WriteString(", " + value + " AS " + x.Column())
	}
	if d.Old {
		return fmt.Sprintf("%s FROM %s q WHERE q.id = %s", b.String(), d.Form.Table(), system["id"])
	}
	return b.String() + " FROM " + o.blank("q", d.Write)
}

// next is the next number of an AUTO_NUMBER field, which is not taken.
func (o *overlay) next(d Derived) string {
	n := fmt.Sprintf("(SELECT (coalesce(max(last), 0) + 1)::text FROM %s WHERE field = %s AND period = %s)",
		o.cat.NumberTable(), o.arg(d.Field.ID, "bigint"), o.arg(d.Number.Period, "text"))
	return o.numbered(d, n)
}

// asked is what is asked of a draft.
func (o *overlay) asked(i int, d Draft) selected {
	s := selected{place: i, from: fmt.Sprintf("FROM d%d r", i)}
	if d.Old {
		s.from += fmt.Sprintf(" JOIN %s o ON o.id = r.id", d.Form.Table())
	}
	if i == 0 {
		for _, x := range o.in.Fields {
			if x.HasLinkTable() {
				s.columns = append(s.columns, fmt.Sprintf("SELECT array_agg(l.target ORDER BY l.position) FROM %s l WHERE l.record = r.id", o.linkTable(x)))
			} else {
				s.columns = append(s.columns, o.value("r", x))
			}
		}
		for _, e := range o.in.Holds {
			s.columns = append(s.columns, "("+o.condition(e, "r")+") IS TRUE")
		}
	}
	for _, c := range d.Checks {
		s.columns = append(s.columns, o.check(c, "r", "o"))
	}
	return s
}

// owned is what is asked of the records whose rules look at the drafts: those
// that they would lead to, and those that they lead to now. A rule that is not kept
// now already is no fault of the write, as far as writer.leave knows of it.
func (o *overlay) owned(place int, by *form.Watch) selected {
	stored := tables{(*form.Form).Table, (*form.Field).LinkTable}
	var written, judged []int64
	for _, d := range o.in.Drafts {
		if d.Form == by.Of {
			written = append(written, d.ID)
		}
		if d.Form == by.Owner() {
			judged = append(judged, d.ID)
		}
	}
	then := o.owners(by, written, false, tables{o.table, o.linkTable})
	now := o.owners(by, append(written, o.in.Gone[by.Of]...), false, stored)
	s := selected{place: place}
	s.from = fmt.Sprintf("FROM %s r WHERE r.id IN ((%s) UNION (%s)) AND r.id <> ALL(%s)", o.table(by.Owner()), then, now, o.arg(Numbers(judged), "bigint[]"))
	first := o.in.Drafts[0]
	forgives := (first.Old || by.Anywhere()) && first.Form == by.Of
	if forgives {
		now = o.owners(by, []int64{first.ID}, false, stored)
	}
	for _, r := range by.Rules {
		c := Check{What: KeepsRule, Rule: r}
		kept := o.check(c, "r", "")
		if forgives {
			forms, links := o.over, o.overLinks
			o.over, o.overLinks = nil, nil
			kept = fmt.Sprintf("%s OR r.id IN (%s) AND NOT (%s)", kept, now, o.check(c, "r", ""))
			o.over, o.overLinks = forms, links
		}
		s.columns = append(s.columns, kept)
	}
	return s
}

// table is the form's table as the statement is to see it.
func (w *writer) table(f *form.Form) string {
	if name := w.over[f]; name != "" {
		return name
	}
	if w.env.At != "" {
		return w.tableThen(f)
	}
	return f.Table()
}

// linkTable is the table of a field's links as the statement is to see it.
func (w *writer) linkTable(x *form.Field) string {
	if name := w.overLinks[x]; name != "" {
		return name
	}
	if w.env.At != "" {
		return w.linksThen(x)
	}
	return x.LinkTable()
}

// exists says whether the records that a reference or links lead to are there.
func (w *writer) exists(alias string, x *form.Field) string {
	target := w.table(x.Target)
	if x.HasLinkTable() {
		return fmt.Sprintf("NOT EXISTS (SELECT FROM %s l WHERE l.record = %s.id AND NOT EXISTS (SELECT FROM %s t WHERE t.id = l.target))", w.linkTable(x), alias, target)
	}
	return fmt.Sprintf("(%[1]s.%[2]s IS NULL OR EXISTS (SELECT FROM %[3]s t WHERE t.id = %[1]s.%[2]s))", alias, x.Column(), target)
}

// alone says whether no other live record has the same values.
func (w *writer) alone(alias string, fields []*form.Field, folds func(x *form.Field) bool) string {
	t := w.alias()
	same := make([]string, len(fields))
	for i, x := range fields {
		pattern := "%[1]s.%[3]s = %[2]s.%[3]s"
		if folds(x) {
			pattern = "lower(%[1]s.%[3]s) = lower(%[2]s.%[3]s)"
		}
		same[i] = fmt.Sprintf(pattern, t, alias, x.Column())
	}
	return fmt.Sprintf("NOT EXISTS (SELECT FROM %[1]s %[2]s WHERE %[2]s.archived_at IS NULL AND %[2]s.id <> %[3]s.id AND %[4]s)",
		w.table(fields[0].Form), t, alias, strings.Join(same, " AND "))
}

// pickable asks the picker's expression with the draft as the record around it. A
// new record has its defaults where nothing was given.
func (w *writer) pickable(f query.Pickable, alias string) {
	if w.cat == nil {
		w.cat = f.Ref.Form.Catalog
	}
	d := Draft{ID: f.ID, Old: f.ID != 0, Write: Write{Form: f.Ref.Form}}
	for _, x := range f.Ref.Form.Fields { // in one order, so that statements stay prepared
		if v, given := f.Given[x]; given {
			d.Values = append(d.Values, Assignment{x, v})
		} else if !d.Old && x.DefaultExpr != nil && x.Stored() && x.Form.Field(x.Key) == x {
			d.Derived = append(d.Derived, Derived{Field: x})
		}
	}
	o := &overlay{writer: w}
	a := w.alias()
	w.put("EXISTS (SELECT FROM (%s) %s WHERE (%s) IS TRUE)", o.row(d), a, w.condition(f.Ref.Pick, alias, a))
}
