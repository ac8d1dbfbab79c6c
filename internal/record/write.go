package record

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// writer is one mutation of records being done: of one, or of the rows of a bulk
// write, each with its child rows. Records of a form are written together, level
// by level, by one statement each; what is wrong is noted at the row of the input
// that it is about. What can only be judged when all of it is written waits until
// then: rows may be at odds halfway.
type writer struct {
	Call
	c       *pg.Conn
	look    bool // nothing is written: only what would be said is wanted
	dry     bool // nothing is kept: only what is wrong is wanted
	whole   bool // one record too is written in a transaction of its own
	bad     map[int]fault.List
	stopped map[int]bool // rows that cannot go on
	doubled []doubled
	late    []lateChecks
	owners  map[*form.Watch]*looked // records whose rules look at what is written
	before  map[ruled]bool          // rules of theirs that were not kept before it
	begun   bool                    // something is written
	shapes  map[shapeKey]*shape
	answer  func() Done // of what is written
	replay  *Done       // what an earlier request with the same key did
}

// item is one record being written.
type item struct {
	Values
	id      int64 // 0: not stored yet
	version int   // at which a change wants it, or AnyVersion
	row     int   // of the input
}

func (it *item) old() bool { return it.id != 0 }

// fail notes what is wrong with a row. It is still written as far as it can be,
// so that all that is wrong with it is found.
func (w *writer) fail(row int, bad ...*fault.Fault) {
	if len(bad) == 0 {
		return
	}
	if w.bad == nil {
		w.bad = map[int]fault.List{}
	}
	w.bad[row] = append(w.bad[row], bad...)
}

// stop notes what keeps a row from going on. Other errors are returned.
func (w *writer) stop(row int, err error) error {
	var bad fault.List
	if err = bad.Add(err); err != nil || len(bad) == 0 {
		return err
	}
	if w.stopped == nil {
		w.stopped = map[int]bool{}
	}
	w.stopped[row] = true
	w.fail(row, bad...)
	return nil
}

// going are the records of rows that nothing has stopped.
func (w *writer) going(items []*item) []*item {
	if len(w.stopped) == 0 {
		return items
	}
	return slices.DeleteFunc(slices.Clone(items), func(it *item) bool { return w.stopped[it.row] })
}

// create writes new records of one form, then their links and rows.
func (w *writer) create(ctx context.Context, items []*item) error {
	if items = w.going(items); len(items) == 0 {
		return nil
	}
	if err := w.leave(ctx, items[0].Form, items); err != nil {
		return err
	}
	b := w.together(items)
	s := sqlgen.Statement{}
	if len(items) == 1 {
		s = w.env().Insert(w.one(b))
	} else {
		s = w.env().InsertMany(b.many())
	}
	place := 0
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		items[place].id = row[0].(int64)
		b.judge(w, place, row[1:])
		place++
		return nil
	})
	if err != nil {
		return w.refused(b, nil, err)
	}
	return w.rest(ctx, b, true)
}

// update changes records of one form, with their links and rows. how is what
// becomes of them beside their values.
func (w *writer) update(ctx context.Context, items []*item, how sqlgen.Archive) error {
	if items = w.going(items); len(items) == 0 {
		return nil
	}
	f := items[0].Form
	if err := w.leave(ctx, f, items); err != nil {
		return err
	}
	b := w.together(items)
	if how != sqlgen.Stay {
		b.only(how)
	}
	s := sqlgen.Statement{}
	one := len(items) == 1 && how == sqlgen.Stay
	if one {
		s = w.env().Update(w.one(b), items[0].id, items[0].version)
	} else {
		m := b.many()
		m.Archive = how
		s = w.env().UpdateMany(m)
	}
	touched := make([]bool, len(items))
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		place := 0
		if !one {
			place = int(row[0].(int64)) - 1
		}
		touched[place] = true
		b.judge(w, place, row[1:])
		return nil
	})
	if err != nil {
		return w.refused(b, nil, err)
	}
	if err := w.whyNot(ctx, items, touched, how == sqlgen.Back); err != nil {
		return err
	}
	return w.rest(ctx, b, false)
}

// one is the write of a single record.
func (w *writer) one(b *batch) sqlgen.Write {
	v := b.items[0].Values
	return sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: b.shapes[0].derived, Checks: b.shapes[0].now, Member: w.By.Member()}
}

// whyNot says of records that could not be changed why that is. archived is
// whether an archived record is what was wanted.
func (w *writer) whyNot(ctx context.Context, items []*item, touched []bool, archived bool) error {
	var ids []int64
	for i, it := range items {
		if !touched[i] {
			ids = append(ids, it.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	type standing struct {
		version  int64
		archived bool
	}
	found := map[int64]standing{}
	q := sqlgen.Standing(items[0].Form, ids)
	err := w.c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error {
		found[row[0].(int64)] = standing{row[1].(int64), row[2].(bool)}
		return nil
	})
	if err != nil {
		return err
	}
	for i, it := range items {
		if touched[i] {
			continue
		}
		now, there := found[it.id]
		f := fault.New(fault.Conflict, "the record was changed meanwhile").At("version")
		switch {
		case !there:
			f = NotFound().At("id")
		case it.version != sqlgen.AnyVersion && int64(it.version) != now.version:
			f = fault.New(fault.Conflict, "the record has moved on from version %d to %d", it.version, now.version).At("version").With("version", now.version)
		case now.archived && !archived:
			f = fault.New(fault.Conflict, "the record is archived; restore it first").At("id")
		case !now.archived && archived:
			f = fault.New(fault.Conflict, "the record is not archived").At("id")
		}
		if err := w.stop(it.row, f); err != nil {
			return err
		}
	}
	return nil
}

// serialise makes writes of forms wait for each other where a rule looks at more
// than one record: each then sees what the one before it has left. The locks are
// those of the forms that have the rules, whoever is written, all taken at once
// and in one order.
func (w *writer) serialise(ctx context.Context, items []*item) error {
	var forms []*form.Form
	for _, it := range items {
		forms = guards(it.Values, forms)
	}
	return w.lock(ctx, forms)
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

// remove deletes records of one form for good.
func (w *writer) remove(ctx context.Context, items []*item) error {
	if items = w.going(items); len(items) == 0 {
		return nil
	}
	f := items[0].Form
	if f.IsMember() {
		for _, it := range items {
			if err := w.stop(it.row, fault.New(fault.Invalid, "members are not deleted, since records name them: set the status to left, or archive the member").At("id")); err != nil {
				return err
			}
		}
		return nil
	}
	if err := w.leave(ctx, f, items); err != nil {
		return err
	}
	var ids, versions sqlgen.List
	places := map[int64]int{}
	for i, it := range items {
		places[it.id] = i
		ids.Add(kind.Number(it.id))
		if it.version == sqlgen.AnyVersion {
			versions.Add(nil)
		} else {
			versions.Add(strconv.Itoa(it.version))
		}
	}
	gone := make([]bool, len(items))
	s := w.env().Delete(f, &ids, &versions, w.By.Member())
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { gone[places[row[0].(int64)]] = true; return nil })
	if code := pg.Code(err); code == "23503" || code == "23001" {
		return &refusal{err: err, blame: func(ctx context.Context) error {
			return w.referred(ctx, f, items, func(*item) *fault.Fault {
				return fault.New(fault.Conflict, "other records refer to this one and may not go with it").At("id")
			})
		}}
	}
	if err != nil {
		return w.explain(Values{Form: f}, err)
	}
	return w.whyNot(ctx, items, gone, true)
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

// errBad ends a transaction because of what was noted at rows.
var errBad = errors.New("rows cannot be written")

// outcome is the error of the write of one record.
func (w *writer) outcome(ctx context.Context, v Values, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		before := len(w.bad[0])
		if err := r.blame(ctx); err != nil {
			return err
		}
		if len(w.bad[0]) == before { // what was in the way is no longer there
			if err = w.explain(v, r.err); fault.KindOf(err) == fault.Internal {
				return err
			}
			_ = w.stop(0, err)
		}
		err = errBad
	}
	switch k := fault.KindOf(err); {
	case errors.Is(err, errBad):
	case len(w.bad) == 0 || k == fault.Internal || k == fault.Unavailable:
		return err
	default:
		w.fail(0, list(err)...)
	}
	return w.bad[0][:min(len(w.bad[0]), maxFaults)]
}

func list(err error) fault.List {
	var out fault.List
	_ = out.Add(err)
	return out
}
