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

// create writes a record, then its links and rows.
func (w *writer) create(ctx context.Context, v Values) (id int64, err error) {
	now, late := v.checks()
	in := sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: now, Member: w.By.Member()}
	s := w.env().Insert(in)
	err = w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		id = row[0].(int64)
		w.bad = append(w.bad, v.judge(in.Checks, row[1:], w.Language)...)
		return nil
	})
	if err != nil {
		return 0, w.explain(v, err)
	}
	return id, w.rest(ctx, v, id, late)
}

// update changes a record at a version, or at AnyVersion.
func (w *writer) update(ctx context.Context, v Values, id int64, version int) error {
	now, late := v.checks()
	in := sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: now, Member: w.By.Member()}
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
	return w.rest(ctx, v, id, late)
}

// serialise makes writes of forms wait for each other where a rule looks at more
// than one record: each then sees what the one before it has left. The locks are
// those of the forms that have the rules, whoever is written, all taken at once
// and in one order.
func (w *writer) serialise(ctx context.Context, v Values) error {
	return w.lock(ctx, guards(v, nil))
}

func (w *writer) lock(ctx context.Context, forms []*form.Form) error {
	for _, f := range forms {
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
func (w *writer) rest(ctx context.Context, v Values, id int64, late []sqlgen.Check) error {
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
	if len(late) > 0 {
		w.late = append(w.late, lateChecks{v, id, late})
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

// alone says whether one statement does the whole write, so that it needs no
// transaction around it.
func (v Values) alone() bool {
	if len(v.Links) > 0 || len(v.Rows) > 0 || len(v.Form.Watchers()) > 0 {
		return false
	}
	now, late := v.checks()
	return len(now) == 0 && len(late) == 0
}
