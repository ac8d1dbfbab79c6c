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
	wanted := live
	if how == sqlgen.Back {
		wanted = archived
	}
	if err := w.whyNot(ctx, items, touched, wanted); err != nil {
		return err
	}
	return w.rest(ctx, b, false)
}

// one is the write of a single record.
func (w *writer) one(b *batch) sqlgen.Write {
	v := b.items[0].Values
	return sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: b.shapes[0].derived, Checks: b.shapes[0].now, Member: w.By.Member()}
}

// state is which records a write wants.
type state int

const (
	live state = iota
	archived
	either
)

// whyNot says of records that could not be changed why that is.
func (w *writer) whyNot(ctx context.Context, items []*item, touched []bool, wanted state) error {
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
		case now.archived && wanted == live:
			f = fault.New(fault.Conflict, "the record is archived; restore it first").At("id")
		case !now.archived && wanted == archived:
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
	return w.whyNot(ctx, items, gone, either)
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
