package record

import (
	"context"
	"errors"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// Work is several writes of records, of whatever forms but members, that are done
// together or not at all: rules, history and numbers are as of single writes, and
// what can only be judged when all of it is written is judged then.
//
//	ids, err := record.Do(ctx, conn, call, forms, func(w *record.Work) error {
//		task, err := w.Create(ctx, values, place)
//		...
//	})
type Work struct {
	w      *writer
	items  []*item
	places []Place
	answer []int64 // nil: the numbers of the items
}

// Place moves the path of a fault within a record, which begins with the name of a
// field, or with id or version, to where that stands in the input. The faults of a
// record without one, which the input does not speak of, say in their details which
// record and field it is.
type Place func(path []any) []any

// Do does the work of do in one transaction, and returns the numbers of the records
// that it wrote, in their order; of a request that was done before, those that it
// wrote then. do may write records of the given forms. Faults: those of Create and
// Update, moved by each record's Place.
func Do(ctx context.Context, c *pg.Conn, by Call, forms []*form.Form, do func(w *Work) error) ([]int64, error) {
	for _, f := range forms {
		if err := mayWrite(by.By, f); err != nil {
			return nil, err
		}
		if f.IsMember() {
			return nil, errors.New("members are written one by one, with their accounts")
		}
	}
	k := &Work{w: &writer{Call: by, c: c}}
	k.w.answer = func() Done {
		d := Done{IDs: k.answer}
		if d.IDs != nil {
			return d
		}
		for _, it := range k.items {
			d.IDs = append(d.IDs, it.id)
		}
		return d
	}
	err := c.InTx(ctx, func() error {
		if err := k.w.claim(ctx); err != nil || k.w.replay != nil {
			return err
		}
		var looking []*form.Form
		for _, f := range forms {
			looking = guards(Values{Form: f}, looking)
		}
		if err := k.w.lock(ctx, looking); err != nil {
			return err
		}
		if err := do(k); err != nil {
			return err
		}
		if err := k.w.settle(ctx); err != nil {
			return err
		}
		if len(k.w.bad) > 0 {
			return errBad
		}
		return k.w.remember(ctx)
	})
	if err != nil {
		return nil, k.outcome(ctx, err)
	}
	if k.w.replay != nil {
		return k.w.replay.IDs, nil
	}
	return k.w.answer().IDs, nil
}

// Create stores a new record and returns its number. An error ends the work.
func (k *Work) Create(ctx context.Context, v Values, at Place) (int64, error) {
	it := k.add(v, at)
	err := k.end([]*item{it}, k.w.create(ctx, []*item{it}))
	return it.id, err
}

// Update changes a record that is still at the given version.
func (k *Work) Update(ctx context.Context, id int64, version int, v Values, at Place) error {
	it := k.add(v, at)
	it.id, it.version = id, version
	return k.end([]*item{it}, k.w.update(ctx, []*item{it}, sqlgen.Stay))
}

// Change is one of many changes of records: with a number of that record, without
// one of a new record.
type Change struct {
	ID      int64
	Version int
	Values  Values
	At      Place
}

// CreateAll stores new records of one form, all at once, and returns their numbers.
func (k *Work) CreateAll(ctx context.Context, all []Change) ([]int64, error) {
	items := k.addAll(all)
	err := k.end(items, k.w.create(ctx, items))
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.id
	}
	return ids, err
}

// UpdateAll changes records of one form, all at once.
func (k *Work) UpdateAll(ctx context.Context, all []Change) error {
	items := k.addAll(all)
	return k.end(items, k.w.update(ctx, items, sqlgen.Stay))
}

// ArchiveAll takes records of one form out of lists, all at once.
func (k *Work) ArchiveAll(ctx context.Context, all []Change) error {
	items := k.addAll(all)
	return k.end(items, k.w.update(ctx, items, sqlgen.Away))
}

// RestoreAll brings archived records of one form back, all at once.
func (k *Work) RestoreAll(ctx context.Context, all []Change) error {
	items := k.addAll(all)
	return k.end(items, k.w.update(ctx, items, sqlgen.Back))
}

// Answer makes the work's answer numbers of the caller's own, instead of those of
// the records.
func (k *Work) Answer(ids ...int64) { k.answer = ids }

func (k *Work) addAll(all []Change) []*item {
	items := make([]*item, len(all))
	for i, c := range all {
		items[i] = k.add(c.Values, c.At)
		items[i].id, items[i].version = c.ID, c.Version
	}
	return items
}

func (k *Work) add(v Values, at Place) *item {
	it := &item{Values: v, row: len(k.items)}
	k.items, k.places = append(k.items, it), append(k.places, at)
	return it
}

// end ends the work when something is wrong with one of the records.
func (k *Work) end(items []*item, err error) error {
	if err == nil && slices.ContainsFunc(items, func(it *item) bool { return len(k.w.bad[it.row]) > 0 }) {
		return errBad
	}
	return err
}

// outcome is the error of the work, with each fault where it belongs in the input.
func (k *Work) outcome(ctx context.Context, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		if err := r.blame(ctx); err != nil {
			return err
		}
		for _, d := range k.w.doubled { // records of the work that cannot be beside each other
			k.w.fail(d.row, d.bad...)
		}
		last := k.items[len(k.items)-1]
		if len(k.w.bad) == 0 { // what was in the way is no longer there
			err = k.w.explain(last.Values, r.err)
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			_ = k.w.stop(last.row, err)
		}
		err = errBad
	}
	if !errors.Is(err, errBad) {
		return err
	}
	var out fault.List
	for row, it := range k.items {
		for _, f := range k.w.bad[it.row] {
			moved := *f
			if at := k.places[row]; at != nil {
				moved.Path = at(slices.Clone(f.Path))
			} else {
				moved = *it.about(f)
			}
			out = append(out, &moved)
		}
	}
	return out[:min(len(out), maxFaults)]
}

// about is a fault of a record that the input does not speak of.
func (it *item) about(f *fault.Fault) *fault.Fault {
	out := *f
	out.Path = nil
	if len(f.Path) > 0 {
		out = *out.With("field", f.Path[0])
	}
	if it.old() {
		return it.named(&out)
	}
	return &out
}

// named is a fault with the record it is about, unless that is another's rule.
func (it *item) named(f *fault.Fault) *fault.Fault {
	if f.Details["record"] != nil {
		return f
	}
	return f.With("record", kind.ID(it.Form.Key, it.id))
}
