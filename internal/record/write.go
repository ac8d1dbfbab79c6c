package record

import (
	"cmp"
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// writer is one mutation of a record being done. What can only be judged when all
// of it is written waits until then: rows may be at odds halfway.
type writer struct {
	Call
	c      *pg.Conn
	look   bool // nothing is written: only what would be said is wanted
	bad    fault.List
	late   []lateChecks
	owners map[*form.Watch]map[int64]bool // records whose rules look at what was written
}

// lateChecks are what one record must keep when everything is written.
type lateChecks struct {
	values Values
	id     int64
	checks []sqlgen.Check
}

// end ends a mutation: err is what stopped it, nil when all is written.
func (w *writer) end(ctx context.Context, err error) error {
	if err == nil {
		err = w.settle(ctx)
	}
	switch k := fault.KindOf(err); {
	case len(w.bad) == 0 || err != nil && (k == fault.Internal || k == fault.Unavailable):
		return err
	case err != nil:
		_ = w.bad.Add(err)
	}
	return w.bad[:min(len(w.bad), maxFaults)]
}

// create writes a record, then its links and rows.
func (w *writer) create(ctx context.Context, v Values) (id int64, err error) {
	in := sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: v.checks(false), Member: w.By.Member()}
	s := w.env().Insert(in)
	err = w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		id = row[0].(int64)
		w.bad = append(w.bad, v.judge(in.Checks, row[1:], w.Language)...)
		return nil
	})
	if err != nil {
		return 0, w.explain(v, err)
	}
	return id, w.rest(ctx, v, id)
}

// update changes a record at a version, or at AnyVersion.
func (w *writer) update(ctx context.Context, v Values, id int64, version int) error {
	in := sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: v.checks(false), Member: w.By.Member()}
	if err := w.watch(ctx, v.Form, []int64{id}); err != nil { // those it may be leaving
		return err
	}
	s := w.env().Update(in, id, version)
	err := touchedBy(ctx, w.c, v.Form, id, version, s, false, func(row []pg.Value) {
		w.bad = append(w.bad, v.judge(in.Checks, row[1:], w.Language)...)
	})
	if err != nil {
		return w.explain(v, err)
	}
	return w.rest(ctx, v, id)
}

// serialise makes writes of forms wait for each other where a rule looks at more
// than one record: each then sees what the one before it has left. The locks are
// those of the forms that have the rules, whoever is written, all taken at once
// and in one order.
func (w *writer) serialise(ctx context.Context, v Values) error {
	for _, f := range guards(v, nil) {
		s := sqlgen.Serialise(f)
		if err := w.c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// guards are the forms whose rules look at the record and its rows, by number.
func guards(v Values, out []*form.Form) []*form.Form {
	for _, f := range v.Form.Guards() {
		if i, found := slices.BinarySearchFunc(out, f, func(a, b *form.Form) int { return cmp.Compare(a.ID, b.ID) }); !found {
			out = slices.Insert(out, i, f)
		}
	}
	for _, r := range v.Rows {
		out = guards(Values{Form: r.Field.Target}, out) // those that go too
		for _, row := range r.Items {
			out = guards(row.Values, out)
		}
	}
	return out
}

// rest writes links and rows of a record and notes what is still to be judged.
func (w *writer) rest(ctx context.Context, v Values, id int64) error {
	var bad fault.List
	for _, l := range v.Links {
		if err := bad.Add(w.attach(ctx, v, l, id)); err != nil {
			return err
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	for _, l := range v.Links {
		if err := w.link(ctx, v, l, id); err != nil {
			return err
		}
	}
	if checks := v.checks(true); len(checks) > 0 {
		w.late = append(w.late, lateChecks{v, id, checks})
	}
	for _, r := range v.Rows {
		if err := w.rows(ctx, v, r, id); err != nil {
			return err
		}
	}
	return w.watch(ctx, v.Form, []int64{id})
}

// attach checks the files that a field is to name: they are there, the member may
// fetch them, and the field takes them. Those it names already stay as they are.
func (w *writer) attach(ctx context.Context, v Values, l Links, id int64) error {
	if !kind.IsFiles(l.Field.Kind) || l.Targets == nil {
		return nil
	}
	var bad fault.List
	targets := l.Targets.(string)
	found := map[string]bool{}
	s := sqlgen.Attachable(l.Field, targets, id, w.By.MemberID, !w.look)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		typ, _ := row[1].(string)
		number := kind.Number(row[0].(int64))
		found[number] = true
		if already, _ := row[3].(bool); already {
			return nil
		}
		return bad.Add(kind.Attachment{}.CheckFile(typ, row[2].(int64), &l.Field.Settings), append(v.at(l.Field), place(targets, number))...)
	})
	if err != nil {
		return w.explain(v, err)
	}
	for i, number := range kind.Elements(targets) {
		if !found[number] {
			bad = append(bad, fault.New(fault.Invalid, "there is no file %q", kind.FileForm+"_"+number).At(append(v.at(l.Field), i)...))
		}
	}
	return bad.Err()
}

// place is where an element stands in the text of an array.
func place(array, element string) int { return slices.Index(kind.Elements(array), element) }

func (w *writer) link(ctx context.Context, v Values, l Links, id int64) error {
	if !v.Create {
		s := sqlgen.ClearLinks(l.Field, id)
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			return w.explain(v, err)
		}
	}
	if l.Targets == nil {
		return nil
	}
	s := sqlgen.AddLinks(l.Field, id, l.Targets.(string))
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	return w.explain(v, err)
}

// rows makes the live child records of a parent those that are given: listed
// ones are changed, new ones made, and the others deleted.
func (w *writer) rows(ctx context.Context, v Values, r Rows, parent int64) error {
	via := r.Field.Via
	var gone []int64
	s := sqlgen.Rows(via, parent)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { gone = append(gone, row[0].(int64)); return nil })
	if err != nil {
		return err
	}
	var bad fault.List
	for _, row := range r.Items {
		if row.ID == 0 {
			continue
		}
		if i := slices.Index(gone, row.ID); i >= 0 {
			gone = slices.Delete(gone, i, i+1)
		} else {
			bad = append(bad, NotFound().At(append(row.Values.path, "id")...))
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if len(gone) > 0 {
		if err := w.watch(ctx, via.Form, gone); err != nil {
			return err
		}
		s := sqlgen.DeleteAll(r.Field.Target, gone)
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			if code := pg.Code(err); code == "23503" || code == "23001" {
				return fault.New(fault.Conflict, "a row that is left out is referred to by other records").At(v.at(r.Field)...).Because(err)
			}
			return err
		}
	}
	if err := w.moveAside(ctx, r); err != nil {
		return err
	}
	for _, row := range r.Items {
		if row.ID != 0 {
			if len(row.Values.given) > 0 || len(row.Values.Assign) > 0 {
				err = w.update(ctx, row.Values, row.ID, sqlgen.AnyVersion)
			}
		} else {
			row.Values.set(via, kind.Number(parent))
			_, err = w.create(ctx, row.Values)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// moveAside takes rows that are kept from their places where no two may have the
// same: they get their new ones one after the other.
func (w *writer) moveAside(ctx context.Context, r Rows) error {
	order := r.Field.Target.Field(r.Field.Settings.OrderBy)
	if order == nil || !isUnique(order) {
		return nil
	}
	var ids []int64
	for _, row := range r.Items {
		if row.ID != 0 {
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	s := sqlgen.MoveAside(order, ids)
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	return err
}

func isUnique(x *form.Field) bool {
	return x.Unique || slices.ContainsFunc(x.Form.Rules, func(r *form.Rule) bool { return r.Kind == form.UniqueRule && slices.Contains(r.Fields, x) })
}

// derived are the columns that PostgreSQL fills: by default expressions, copies
// of what a chosen record holds, and next numbers.
func (w *writer) derived(v Values) []sqlgen.Derived {
	var out []sqlgen.Derived
	has := map[*form.Field]bool{}
	for _, x := range v.Form.Own() {
		if value, ok := v.value(x); !ok || len(x.Settings.Fill) == 0 || !x.IsReference() || v.Create && value == nil {
			continue
		}
		for _, fill := range x.Settings.Fill {
			to, from := v.Form.Field(fill.To), x.Target.Field(fill.From)
			if to == nil || from == nil || has[to] || v.given[to] {
				continue
			}
			has[to] = true
			out = append(out, sqlgen.Derived{Field: to, Fill: x, From: from})
		}
	}
	if !v.Create {
		return out
	}
	for _, x := range v.Form.Own() {
		if _, assigned := v.value(x); assigned || has[x] || v.given[x] {
			continue
		}
		if x.Kind.Name() == "AUTO_NUMBER" {
			if n := w.number(x); n != nil {
				out = append(out, sqlgen.Derived{Field: x, Number: n})
			}
		} else if x.DefaultExpr != nil && x.Stored() {
			out = append(out, sqlgen.Derived{Field: x})
		}
	}
	return out
}

// number is how the next number of an AUTO_NUMBER field is made at this moment.
func (w *writer) number(x *form.Field) *sqlgen.Number {
	p, err := kind.ParseNumberPattern(x.Settings.Pattern, x.Settings.Restart)
	if err != nil {
		return nil // checked when the field was defined
	}
	at := w.Now.In(x.Form.Catalog.Zone)
	return &sqlgen.Number{Period: p.Period(at), Prefix: p.Prefix(at), Suffix: p.Suffix(at), Width: p.Width()}
}

// checks lists what a record must keep. late are those that need its links, or
// look at other records, which the writing statement does not see.
func (v Values) checks(late bool) []sqlgen.Check {
	var out []sqlgen.Check
	add := func(when bool, c sqlgen.Check) {
		if when == late {
			out = append(out, c)
		}
	}
	for _, r := range v.Form.Rules {
		if r.Expr != nil && r.Broken == "" {
			add(r.Aggregate, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
		}
	}
	for _, x := range v.Form.Own() {
		links := x.HasLinkTable()
		if !x.Stored() && !links {
			continue
		}
		given := v.given[x]
		value, _ := v.value(x)
		some := given && (value != nil || links)
		if x.ShownWhen != nil && some {
			add(links || v.Form.LooksAside(x.ShownWhen), sqlgen.Check{What: sqlgen.IsShown, Field: x})
		}
		if x.RequiredWhen != nil || x.Required && (x.ShownWhen != nil || v.mayLack(x)) {
			add(links || v.Form.LooksAside(x.RequiredWhen) || v.Form.LooksAside(x.ShownWhen), sqlgen.Check{What: sqlgen.IsFilled, Field: x})
		}
		if x.ReadOnlyWhen != nil && given {
			switch {
			case v.Create && some, !v.Create && links:
				add(links || v.Form.LooksAside(x.ReadOnlyWhen), sqlgen.Check{What: sqlgen.IsOpen, Field: x})
			case !v.Create:
				add(false, sqlgen.Check{What: sqlgen.StaysClosed, Field: x})
			}
		}
		if on := v.Form.Field(x.Settings.DependsOn); on != nil && x.IsChoice() && (given || v.given[on]) {
			add(false, sqlgen.Check{What: sqlgen.FitsOption, Field: x})
		}
		if x.Pick != nil && v.touches(x) {
			add(links || v.Form.LooksAside(x.Pick), sqlgen.Check{What: sqlgen.FitsPick, Field: x})
		}
		if given && v.Form.IsTeam() && x.Purpose == "TEAM_PARENT" {
			add(true, sqlgen.Check{What: sqlgen.IsTree, Field: x})
		}
	}
	return out
}

// aggregates are the rules that look at other records.
func (v Values) aggregates() []sqlgen.Check {
	var out []sqlgen.Check
	for _, r := range v.Form.Rules {
		if r.Aggregate && r.Broken == "" {
			out = append(out, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
		}
	}
	return out
}

// mayLack says whether a required field is left to PostgreSQL, which may find
// nothing to put there.
func (v Values) mayLack(x *form.Field) bool {
	if _, assigned := v.value(x); assigned || !x.Stored() || v.given[x] {
		return false
	}
	if v.Create {
		return true
	}
	for _, ref := range v.Form.Own() {
		if _, assigned := v.value(ref); assigned && slices.ContainsFunc(ref.Settings.Fill, func(f kind.Fill) bool { return f.To == x.Key }) {
			return true
		}
	}
	return false
}

// touches says whether a reference, or a field that its picker looks at, was given.
func (v Values) touches(x *form.Field) bool {
	if v.given[x] || v.Create {
		return true
	}
	for _, m := range form.Outer(x.Pick) {
		if v.given[m] {
			return true
		}
	}
	return false
}

// judge turns the outcome of checks into faults.
func (v Values) judge(checks []sqlgen.Check, kept []pg.Value, language string) fault.List {
	var bad fault.List
	for i, c := range checks {
		if ok, _ := kept[i].(bool); ok {
			continue
		}
		switch c.What {
		case sqlgen.KeepsRule:
			bad = append(bad, v.brokenIn(c.Rule, language))
			continue
		case sqlgen.KeepsUnique:
			bad = append(bad, v.broken(c.Rule, fault.Conflict, c.Rule.Text(language)))
			continue
		case sqlgen.IsUnique:
			bad = append(bad, fault.New(fault.Conflict, "another record has this value").At(v.at(c.Field)...))
			continue
		case sqlgen.Exists:
			bad = append(bad, NotFound().At(v.at(c.Field)...))
			continue
		}
		message := map[sqlgen.What]string{
			sqlgen.IsShown:     "is not shown here and takes no value",
			sqlgen.IsFilled:    "a value is required",
			sqlgen.IsOpen:      "is read-only here",
			sqlgen.StaysClosed: "is read-only here",
			sqlgen.FitsOption:  "is not offered for the option it depends on",
			sqlgen.FitsPick:    "is not one of the records that may be chosen here",
			sqlgen.IsTree:      "a team cannot be below itself",
		}[c.What]
		bad = append(bad, fault.New(fault.Invalid, "%s", message).At(v.at(c.Field)...))
	}
	return bad
}

func (v Values) brokenIn(r *form.Rule, language string) *fault.Fault {
	return v.broken(r, fault.Invalid, r.Text(language))
}

// broken is the fault of a rule that is not kept, at the first of its fields.
func (v Values) broken(r *form.Rule, k fault.Kind, message string) *fault.Fault {
	f := fault.New(k, "%s", message).With("rule", r.Key)
	if len(r.Fields) > 0 {
		return f.At(v.at(r.Fields[0])...)
	}
	return f.At(v.path...)
}

// watch notes the records whose rules look at records of f as they are now.
func (w *writer) watch(ctx context.Context, f *form.Form, ids []int64) error {
	for _, by := range f.Watchers() {
		s := sqlgen.Owners(by.Path, ids)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			if w.owners == nil {
				w.owners = map[*form.Watch]map[int64]bool{}
			}
			if w.owners[by] == nil {
				w.owners[by] = map[int64]bool{}
			}
			w.owners[by][row[0].(int64)] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settle judges what could not be judged before everything was written.
func (w *writer) settle(ctx context.Context) error {
	type record struct {
		form *form.Form
		id   int64
	}
	done := map[record]bool{}
	for _, l := range w.late {
		done[record{l.values.Form, l.id}] = true
		s := w.env().Judge(l.values.Form, []int64{l.id}, l.checks)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			if l.values.given == nil { // nothing was given that a fault could be at
				w.brokenOf(l.checks, row)
			} else {
				w.bad = append(w.bad, l.values.judge(l.checks, row[1:], w.Language)...)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for by, owners := range w.owners {
		checks := make([]sqlgen.Check, len(by.Rules))
		for i, r := range by.Rules {
			checks[i] = sqlgen.Check{What: sqlgen.KeepsRule, Rule: r}
		}
		var ids []int64
		for id := range owners {
			if !done[record{by.Owner(), id}] { // its own checks have all its rules that look at others
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		s := w.env().Judge(by.Owner(), ids, checks)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			w.brokenOf(checks, row)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// brokenOf notes the rules that a record does not keep, given its number and the
// outcome of each: they are said of that record, not of a field that was given.
func (w *writer) brokenOf(rules []sqlgen.Check, row []pg.Value) {
	for i, c := range rules {
		if ok, _ := row[1+i].(bool); !ok {
			w.bad = append(w.bad, fault.New(fault.Invalid, "%s", c.Rule.Text(w.Language)).With("rule", c.Rule.Key).
				With("record", kind.ID(c.Rule.Form.Key, row[0].(int64))))
		}
	}
}

// alone says whether one statement does the whole write, so that it needs no
// transaction around it.
func (v Values) alone() bool {
	return len(v.Links) == 0 && len(v.Rows) == 0 && len(v.Form.Watchers()) == 0 && len(v.checks(false)) == 0 && len(v.checks(true)) == 0
}
