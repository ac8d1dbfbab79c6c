package record

import (
	"context"
	"errors"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// AnyVersion is the version of a record that may be changed whatever its version.
const AnyVersion = sqlgen.AnyVersion

// MaxBulk is how many records one bulk write takes, and how many child rows all of
// them together.
const MaxBulk = 10_000

// Action is what a bulk write does with its rows.
type Action int

// The actions. Rows are, in this order: values; id, version and set; values with
// an id or what finds the record; and id and version for the others.
const (
	CreateAll Action = iota
	UpdateAll
	UpsertAll
	ArchiveAll
	RestoreAll
	DeleteAll
)

// Bulk is a write of many records of one form, in one transaction. Each row is
// parsed and judged as a write of that record alone, and what is wrong with it is
// told with its number, from 0. A row that has a value which must be unique in
// common with one before it is refused; a rule that looks at other records sees
// what all rows leave, and is said of every row that it sees.
type Bulk struct {
	Form   *form.Form
	Action Action
	Face   query.Face
	Rows   []any
	By     []*form.Field // what an upsert finds a record by; none: its id
	Skip   bool          // rows that cannot be written are left out; else nothing is written
	// Before finds what else is wrong with rows, in the transaction in which they are
	// about to be written; nil: nothing.
	Before func(ctx context.Context, c *pg.Conn) ([]RowFault, error)

	parser   parser
	children int // rows of all rows
	parsed   []parsed
	bad      map[int]fault.List
	lost     []doubled
}

// Done is what a bulk write did.
type Done struct {
	IDs    []int64 // of the records written, in the order of rows
	Faults []RowFault
	Moved  []Moved // by a merge
}

// RowFault is something wrong with one row.
type RowFault struct {
	Row int
	*fault.Fault
}

// maxTries is how often a bulk write begins anew: once for each thing that is
// found to be wrong with rows only when others have been left out.
const maxTries = 50

// maxRaces is how often a write begins anew because others were in the way.
const maxRaces = 5

// Write writes the rows. When rows are at fault nothing is written, or with Skip
// only the others; the faults are in the answer. Other errors are those of the
// request as a whole.
func (b *Bulk) Write(ctx context.Context, c *pg.Conn, by Call) (Done, error) {
	if err := mayWrite(by.By, b.Form); err != nil {
		return Done{}, err
	}
	races := 0
	for range maxTries {
		w := &writer{Call: by, c: c, whole: b.Before != nil}
		if err := b.match(ctx, c); err != nil {
			return Done{}, err
		}
		items, active := b.items()
		w.dry = !b.Skip && (len(b.bad) > 0 || len(b.lost) > 0)
		if len(items) == 0 && by.Once == nil {
			return b.done(nil, active), nil
		}
		w.answer = func() Done { return b.done(items, active) }
		err := w.inStep(ctx, b.Form, items, func() error {
			if err := b.before(ctx, w); err != nil {
				return err
			}
			return b.write(ctx, w, items)
		})
		if pg.Code(err) == pg.Deadlock && races < maxRaces || errors.Is(err, errGone) { // new keys, met in another order
			if races++; races > maxRaces {
				return Done{}, fault.New(fault.Conflict, "others are making and deleting the same records; try again").At("rows")
			}
			continue
		}
		r, refused := errors.AsType[*refusal](err)
		if refused && races < maxRaces {
			moved, err := b.moved(ctx, c)
			if err != nil {
				return Done{}, err
			}
			if moved {
				races++
				continue
			}
		}
		if refused {
			// Of the others it is not known yet what else is wrong with them.
			before := w.bad
			w.bad = nil
			if err := r.blame(ctx); err != nil {
				return Done{}, err
			}
			for row, bad := range w.bad {
				w.bad[row] = append(before[row], bad...)
			}
			for i, d := range w.doubled {
				w.doubled[i].bad = append(before[d.row][:len(before[d.row]):len(before[d.row])], d.bad...)
			}
		}
		found := len(w.bad) > 0 || len(w.doubled) > 0
		for row, bad := range w.bad {
			b.fail(row, inRow(bad, b.under())...)
		}
		for _, d := range w.doubled {
			d.bad = inRow(d.bad, b.under())
			b.lost = append(b.lost, d)
		}
		switch {
		case err == nil && w.replay != nil:
			return *w.replay, nil
		case err == nil:
			return b.done(items, active), nil
		case refused && !found: // what was in the way has gone meanwhile
			if races++; races > maxRaces {
				return Done{}, w.explain(Values{Form: b.Form, face: b.Face}, r.err)
			}
		case refused:
		case !errors.Is(err, errBad):
			return Done{}, err
		case !found || !b.Skip && len(b.lost) == 0:
			_, active = b.items()
			return b.done(nil, active), nil
		}
	}
	return Done{}, fault.New(fault.Conflict, "the rows stand in each other's way too often: send fewer at once").At("rows")
}

// under is where values stand in a row.
func (b *Bulk) under() []any {
	if b.Action == UpdateAll {
		return []any{"set"}
	}
	return nil
}

// inRow moves faults of values where values stand in a row; those of the record
// stand beside.
func inRow(bad fault.List, path []any) fault.List {
	if len(path) == 0 {
		return bad
	}
	out := make(fault.List, len(bad))
	for i, f := range bad {
		if len(f.Path) == 0 || len(f.Path) == 1 && (f.Path[0] == "id" || f.Path[0] == "version") {
			out[i] = f
		} else {
			out[i] = f.At(path...)
		}
	}
	return out
}

// before asks what else is wrong with rows of which nothing is known to be.
func (b *Bulk) before(ctx context.Context, w *writer) error {
	if b.Before == nil {
		return nil
	}
	bad, err := b.Before(ctx, w.c)
	for _, f := range bad {
		if len(b.bad[f.Row]) == 0 {
			w.fail(f.Row, f.Fault)
		}
	}
	return err
}

// write writes rows that may still be written.
func (b *Bulk) write(ctx context.Context, w *writer, items []*item) error {
	if err := b.claim(ctx, w, items); err != nil {
		return err
	}
	switch b.Action {
	case ArchiveAll:
		return w.update(ctx, items, sqlgen.Away)
	case RestoreAll:
		return w.update(ctx, items, sqlgen.Back)
	case DeleteAll:
		return w.remove(ctx, items)
	}
	var old, made []*item
	for _, it := range items {
		if it.old() {
			old = append(old, it)
		} else {
			made = append(made, it)
		}
	}
	if err := w.update(ctx, old, sqlgen.Stay); err != nil {
		return err
	}
	return w.create(ctx, made)
}

// errGone ends an upsert of which others would be found by now: some are gone, or
// called something else.
var errGone = errors.New("what was found is no longer what would be found")

// claim locks the records that there are in one order, whatever that of the rows is:
// several requests about the same records wait for each other, and none in a circle.
func (b *Bulk) claim(ctx context.Context, w *writer, items []*item) error {
	var ids []int64
	for _, it := range items {
		if it.old() {
			ids = append(ids, it.id)
		}
	}
	found := b.Action == UpsertAll && len(b.By) > 0
	if len(ids) == 0 || len(ids) == 1 && !found {
		return nil
	}
	s := sqlgen.Claim(b.Form, ids)
	if b.Action == DeleteAll {
		s = sqlgen.Hold(b.Form, ids)
	}
	err := w.c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil })
	if err != nil || !found {
		return err
	}
	moved, err := b.moved(ctx, w.c)
	if moved {
		return errGone
	}
	return err
}

// items are the rows that may still be written: those that nothing is wrong with,
// but for what a row before them has.
func (b *Bulk) items() ([]*item, map[int]bool) {
	after := map[int][]doubled{}
	for _, d := range b.lost {
		after[d.row] = append(after[d.row], d)
	}
	room := make([]item, 0, len(b.parsed))
	items := make([]*item, 0, len(b.parsed))
	active := make(map[int]bool, len(b.parsed))
	for i := range b.parsed {
		if len(b.bad[i]) > 0 || slices.ContainsFunc(after[i], func(d doubled) bool { return d.stands(active) }) {
			continue
		}
		p := &b.parsed[i]
		active[i] = true
		room = append(room, item{Values: p.values, id: p.id, version: p.version, row: i})
		items = append(items, &room[len(room)-1])
	}
	return items, active
}

// stands says whether one of the rows before is among those that are written.
func (d doubled) stands(active map[int]bool) bool {
	return slices.ContainsFunc(d.before, func(row int) bool { return active[row] })
}

// done is the answer, when some rows were written.
func (b *Bulk) done(items []*item, active map[int]bool) Done {
	var out Done
	for _, it := range items {
		out.IDs = append(out.IDs, it.id)
	}
	bad := make(map[int]fault.List, len(b.bad))
	for row, list := range b.bad {
		bad[row] = list
	}
	for _, d := range b.lost {
		if !d.stands(active) {
			continue
		}
		for _, f := range d.bad {
			if !slices.ContainsFunc(bad[d.row], func(g *fault.Fault) bool { return g.Message == f.Message && slices.Equal(g.Path, f.Path) }) {
				bad[d.row] = append(bad[d.row][:len(bad[d.row]):len(bad[d.row])], f)
			}
		}
	}
	rows := make([]int, 0, len(bad))
	for row := range bad {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	for _, row := range rows {
		for _, f := range bad[row][:min(len(bad[row]), maxFaults)] {
			if len(out.Faults) < MaxBulk {
				out.Faults = append(out.Faults, RowFault{row, f})
			}
		}
	}
	return out
}
