package record

import (
	"context"
	"errors"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
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
}

// Place moves the path of a fault within a record, which begins with the name of a
// field, or with id or version, to where that stands in the input.
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
		var d Done
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
	err := k.ends(it, k.w.create(ctx, []*item{it}))
	return it.id, err
}

// Update changes a record that is still at the given version.
func (k *Work) Update(ctx context.Context, id int64, version int, v Values, at Place) error {
	it := k.add(v, at)
	it.id, it.version = id, version
	return k.ends(it, k.w.update(ctx, []*item{it}, sqlgen.Stay))
}

func (k *Work) add(v Values, at Place) *item {
	it := &item{Values: v, row: len(k.items)}
	k.items, k.places = append(k.items, it), append(k.places, at)
	return it
}

func (k *Work) ends(it *item, err error) error {
	if err == nil && len(k.w.bad[it.row]) > 0 {
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
			moved.Path = k.places[row](slices.Clone(f.Path))
			out = append(out, &moved)
		}
	}
	return out[:min(len(out), maxFaults)]
}
