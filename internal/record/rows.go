package record

import (
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// rest writes links and rows of records and notes what is still to be judged.
func (w *writer) rest(ctx context.Context, b *batch, made bool) error {
	f := b.items[0].Form
	var links, rows []*form.Field
	for _, it := range b.items {
		for _, l := range it.Links {
			if !slices.Contains(links, l.Field) {
				links = append(links, l.Field)
			}
		}
		for _, r := range it.Rows {
			if !slices.Contains(rows, r.Field) {
				rows = append(rows, r.Field)
			}
		}
	}
	named := w.going(b.items) // what is wrong with all their files is told at once
	for _, x := range links {
		if err := w.attach(ctx, x, named); err != nil {
			return err
		}
	}
	for _, x := range links {
		if err := w.link(ctx, x, b); err != nil {
			return err
		}
	}
	for i, it := range b.items {
		if len(b.shapes[i].late) > 0 {
			w.late = append(w.late, lateChecks{it, b.shapes[i].late})
		}
	}
	for _, x := range rows {
		if err := w.rows(ctx, x, b.items, made); err != nil {
			return err
		}
	}
	return w.watch(ctx, f, w.going(b.items))
}

// given are the links that a record is to have by a field.
func (it *item) links(x *form.Field) (Links, bool) {
	i := slices.IndexFunc(it.Links, func(l Links) bool { return l.Field == x })
	if i < 0 {
		return Links{}, false
	}
	return it.Links[i], true
}

// attach checks the files that a field of records is to name: they are there, the
// member may fetch them, and the field takes them. Those it names already stay as
// they are.
func (w *writer) attach(ctx context.Context, x *form.Field, items []*item) error {
	if !kind.IsFiles(x.Kind) {
		return nil
	}
	type named struct{ record, file int64 }
	var records, targets []int64
	at := map[named]*item{}
	for _, it := range items {
		l, _ := it.links(x)
		for _, n := range l.numbers() {
			records, targets = append(records, it.id), append(targets, n)
			at[named{it.id, n}] = it
		}
	}
	if len(targets) == 0 {
		return nil
	}
	bad := map[*item]fault.List{}
	s := sqlgen.Attachable(x, records, targets, w.By.MemberID, !w.look)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		key := named{row[0].(int64), row[1].(int64)}
		it := at[key]
		delete(at, key)
		if already, _ := row[4].(bool); already || it == nil {
			return nil
		}
		l, _ := it.links(x)
		typ, _ := row[2].(string)
		list := bad[it]
		err := list.Add(kind.Attachment{}.CheckFile(typ, row[3].(int64), &x.Settings), append(it.at(x), slices.Index(l.numbers(), key.file))...)
		bad[it] = list
		return err
	})
	if err != nil {
		return w.explain(Values{Form: x.Form}, err)
	}
	for i, n := range targets { // in their order
		if it := at[named{records[i], n}]; it != nil {
			l, _ := it.links(x)
			bad[it] = append(bad[it], fault.New(fault.Invalid, "there is no file %q", kind.FileForm+"_"+kind.Number(n)).At(append(it.at(x), slices.Index(l.numbers(), n))...))
		}
	}
	for _, it := range items {
		if err := w.stop(it.row, bad[it].Err()); err != nil {
			return err
		}
	}
	return nil
}

// link makes the links of a field of records those that are given.
func (w *writer) link(ctx context.Context, x *form.Field, b *batch) error {
	var old, records, targets, places []int64
	for _, it := range w.going(b.items) {
		l, given := it.links(x)
		if given && !it.Create {
			old = append(old, it.id)
		}
		for i, n := range l.numbers() {
			records, targets, places = append(records, it.id), append(targets, n), append(places, int64(i+1))
		}
	}
	if len(old) > 0 {
		s := sqlgen.ClearLinks(x, old)
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			return err
		}
	}
	if len(targets) == 0 {
		return nil
	}
	s := sqlgen.AddLinks(x, records, targets, places)
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	return w.refused(b, x, err)
}

// rows makes the live child records of parents those that are given: listed ones
// are changed, new ones made, and the others deleted. made says that the parents
// are new, so that they have none.
func (w *writer) rows(ctx context.Context, x *form.Field, parents []*item, made bool) error {
	via := x.Via
	had := map[int64][]int64{} // of each parent
	parents = slices.DeleteFunc(slices.Clone(w.going(parents)), func(it *item) bool { return it.rowsOf(x) == nil })
	if !made {
		ids := make([]int64, len(parents))
		for i, it := range parents {
			ids[i] = it.id
		}
		s := sqlgen.Rows(via, ids)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			had[row[1].(int64)] = append(had[row[1].(int64)], row[0].(int64))
			return nil
		})
		if err != nil {
			return err
		}
	}
	var gone, kept, fresh []*item
	for _, parent := range parents {
		left := had[parent.id]
		var bad fault.List
		var mine, more []*item
		for _, row := range parent.rowsOf(x).Items {
			it := &item{Values: row.Values, id: row.ID, version: sqlgen.AnyVersion, row: parent.row}
			switch i := slices.Index(left, row.ID); {
			case row.ID == 0:
				it.set(via, kind.Number(parent.id))
				more = append(more, it)
			case i >= 0:
				left = slices.Delete(left, i, i+1)
				mine = append(mine, it)
			default:
				bad = append(bad, NotFound().At(append(row.Values.path, "id")...))
			}
		}
		if len(bad) > 0 {
			if err := w.stop(parent.row, bad); err != nil {
				return err
			}
			continue
		}
		for _, id := range left {
			gone = append(gone, &item{Values: Values{Form: via.Form, path: parent.at(x)}, id: id, row: parent.row})
		}
		kept, fresh = append(kept, mine...), append(fresh, more...)
	}
	if err := w.drop(ctx, via.Form, gone); err != nil {
		return err
	}
	if err := w.moveAside(ctx, x, kept); err != nil {
		return err
	}
	kept = slices.DeleteFunc(kept, func(it *item) bool { return len(it.given) == 0 && len(it.Assign) == 0 && len(it.Rows) == 0 })
	if err := w.update(ctx, kept, sqlgen.Stay); err != nil {
		return err
	}
	return w.create(ctx, fresh)
}

// rowsOf are the child rows that a record is to have by a field; nil: they stay.
func (it *item) rowsOf(x *form.Field) *Rows {
	i := slices.IndexFunc(it.Rows, func(r Rows) bool { return r.Field == x })
	if i < 0 {
		return nil
	}
	return &it.Rows[i]
}

// drop deletes child rows that are left out.
func (w *writer) drop(ctx context.Context, f *form.Form, gone []*item) error {
	if len(gone) == 0 {
		return nil
	}
	if err := w.leave(ctx, f, gone); err != nil {
		return err
	}
	ids := make([]int64, len(gone))
	for i, it := range gone {
		ids[i] = it.id
	}
	s := sqlgen.DeleteAll(f, ids)
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	if code := pg.Code(err); code == "23503" || code == "23001" {
		return &refusal{err: err, blame: func(ctx context.Context) error {
			return w.referred(ctx, f, gone, func(it *item) *fault.Fault {
				return fault.New(fault.Conflict, "a row that is left out is referred to by other records").At(it.path...)
			})
		}}
	}
	return err
}

// moveAside takes rows that are kept from their places where no two may have the
// same: they get their new ones one after the other.
func (w *writer) moveAside(ctx context.Context, x *form.Field, kept []*item) error {
	order := x.Target.Field(x.Settings.OrderBy)
	if order == nil || !isUnique(order) || len(kept) == 0 {
		return nil
	}
	ids := make([]int64, len(kept))
	for i, it := range kept {
		ids[i] = it.id
	}
	s := sqlgen.MoveAside(order, ids)
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	return err
}

func isUnique(x *form.Field) bool {
	return x.Unique || slices.ContainsFunc(x.Form.Rules, func(r *form.Rule) bool { return r.Kind == form.UniqueRule && slices.Contains(r.Fields, x) })
}
