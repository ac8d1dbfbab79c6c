package record

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
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

// parsed is a row as far as it can be known without asking PostgreSQL.
type parsed struct {
	raw     map[string]any
	values  Values
	id      int64
	version int
	done    bool // values are those of the record's id
}

// Row is the record that a row is about and the fields that it gives a value.
func (b *Bulk) Row(i int) (id int64, given []*form.Field) {
	return b.parsed[i].id, b.parsed[i].values.Given()
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

// Parse checks what can be checked of the rows beforehand. Faults of the request
// as a whole: TOO_COSTLY.
func (b *Bulk) Parse() error {
	if len(b.Rows) > MaxBulk {
		return fault.New(fault.TooCostly, "a request writes at most %d records, and this one has %d: send them in several", MaxBulk, len(b.Rows)).At("rows")
	}
	b.bad = map[int]fault.List{}
	b.parsed = make([]parsed, len(b.Rows))
	for i, raw := range b.Rows {
		m, ok := raw.(map[string]any)
		if !ok {
			b.bad[i] = fault.List{fault.New(fault.Invalid, "expected an object")}
			continue
		}
		p := &b.parsed[i]
		p.raw, p.version = m, sqlgen.AnyVersion
		switch b.Action {
		case CreateAll:
			b.values(i, p, nil)
		case UpsertAll:
			b.identify(i, p, "id")
		case UpdateAll:
			set, _ := m["set"].(map[string]any)
			b.identify(i, p, "id", "version", "set")
			if set == nil {
				b.fail(i, fault.New(fault.Invalid, "expected an object of values by field").At("set"))
			} else {
				p.raw = set
				b.values(i, p, []any{"set"})
			}
		default:
			b.identify(i, p, "id", "version")
			p.values, p.done = Values{Form: b.Form}, true
		}
		if err := b.tooMany(); err != nil {
			return err
		}
	}
	if b.Action != UpsertAll || len(b.By) == 0 {
		b.distinct()
	}
	return nil
}

func (b *Bulk) tooMany() error {
	if b.children > MaxBulk {
		return fault.New(fault.TooCostly, "a request writes at most %d child rows", MaxBulk).At("rows")
	}
	return nil
}

func (b *Bulk) fail(row int, bad ...*fault.Fault) { b.bad[row] = append(b.bad[row], bad...) }

// identify reads which record a row is about, and of which version.
func (b *Bulk) identify(row int, p *parsed, names ...string) {
	m := p.raw
	if b.Action != UpsertAll {
		for name := range m {
			if !slices.Contains(names, name) {
				b.fail(row, fault.New(fault.Invalid, "a row has %v and no %q", names, fault.Clip(name)).At(name))
			}
		}
	} else if _, given := m["id"]; given {
		rest := make(map[string]any, len(m))
		for name, value := range m {
			if name != "id" {
				rest[name] = value
			}
		}
		p.raw = rest
	}
	switch id := m["id"].(type) {
	case string:
		var ok bool
		if p.id, ok = kind.ParseID(b.Form.Key, id); !ok {
			b.fail(row, NotFound().At("id"))
		}
		if len(b.By) > 0 {
			b.fail(row, fault.New(fault.Invalid, "records are found by other fields here: leave the id out").At("id"))
		}
	default:
		if m["id"] != nil || b.Action != UpsertAll {
			b.fail(row, fault.New(fault.Invalid, "expected the id of a record").At("id"))
		}
	}
	if v, given := m["version"]; given && v != nil && b.Action != UpsertAll {
		n, err := kind.Integer{}.Parse(v, &kind.Settings{})
		text, _ := n.(string)
		if p.version, _ = strconv.Atoi(text); err != nil || p.version < 1 {
			b.fail(row, fault.New(fault.Invalid, "a version is a whole number from 1").At("version"))
		}
	}
}

// values parses the values of a row, for its record or a new one.
func (b *Bulk) values(row int, p *parsed, path []any) {
	q := &b.parser
	q.face, q.rows, q.bad = b.Face, 0, nil
	p.values = q.record(b.Form, p.raw, b.Action == CreateAll || b.Action == UpsertAll && p.id == 0, spot{})
	p.done = true
	b.children += q.rows
	if len(q.bad) > 0 {
		b.fail(row, inRow(q.bad, path)...)
	}
}

// distinct refuses a record that an earlier row is about.
func (b *Bulk) distinct() {
	seen := map[int64]bool{}
	for i := range b.parsed {
		if id := b.parsed[i].id; id != 0 && seen[id] {
			b.fail(i, fault.New(fault.Conflict, "an earlier row is about the same record").At("id"))
		} else if id != 0 {
			seen[id] = true
		}
	}
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
		if pg.Code(err) == pg.Deadlock && races < maxRaces { // new keys, met in another order
			races++
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

// claim locks the records that there are in one order, whatever that of the rows is:
// several requests about the same records wait for each other, and none in a circle.
func (b *Bulk) claim(ctx context.Context, w *writer, items []*item) error {
	var ids []int64
	for _, it := range items {
		if it.old() {
			ids = append(ids, it.id)
		}
	}
	if len(ids) < 2 {
		return nil
	}
	s := sqlgen.Claim(b.Form, ids)
	if b.Action == DeleteAll {
		s = sqlgen.Hold(b.Form, ids)
	}
	return w.c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil })
}

// match finds the records that the rows of an upsert are about, and parses their
// values for those or for new ones.
func (b *Bulk) match(ctx context.Context, c *pg.Conn) error {
	if b.Action != UpsertAll {
		return nil
	}
	if len(b.By) > 0 {
		if err := b.find(ctx, c); err != nil {
			return err
		}
	}
	for i := range b.parsed {
		if p := &b.parsed[i]; !p.done && len(b.bad[i]) == 0 {
			b.values(i, p, nil)
			if err := b.tooMany(); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved says whether an upsert now finds other records: somebody has just made
// those that it was about to make.
func (b *Bulk) moved(ctx context.Context, c *pg.Conn) (bool, error) {
	if b.Action != UpsertAll || len(b.By) == 0 {
		return false, nil
	}
	before := make([]int64, len(b.parsed))
	for i := range b.parsed {
		before[i] = b.parsed[i].id
	}
	if err := b.find(ctx, c); err != nil {
		return false, err
	}
	for i, id := range before {
		if b.parsed[i].id != id {
			return true, nil
		}
	}
	return false, nil
}

// find looks up records by the fields that the upsert goes by.
func (b *Bulk) find(ctx context.Context, c *pg.Conn) error {
	folds := func(x *form.Field) bool { return x.Settings.IgnoreCase }
	for _, r := range b.Form.Rules {
		if len(b.By) > 1 && isKey(r, b.By) {
			folds = r.Folds
		}
	}
	lists := make([]*sqlgen.List, len(b.By))
	for k := range lists {
		lists[k] = &sqlgen.List{}
	}
	var rows []int
	values := make([]any, len(b.By))
	for i := range b.parsed {
		p := &b.parsed[i]
		if len(b.bad[i]) > 0 {
			continue
		}
		for k, x := range b.By {
			v, err := x.Kind.Parse(p.raw[Name(b.Face, x)], &x.Settings)
			if err == nil && v == nil {
				err = fault.New(fault.Invalid, "a value is required: records are found by it")
			}
			if err != nil {
				var bad fault.List
				if err = bad.Add(err, Name(b.Face, x)); err != nil {
					return err
				}
				b.fail(i, bad...)
				break
			}
			values[k] = v
		}
		if len(b.bad[i]) > 0 {
			continue
		}
		for k := range lists {
			lists[k].Add(values[k])
		}
		rows = append(rows, i)
	}
	found := make(map[int]int64, len(rows))
	s := sqlgen.Matching(b.Form, b.By, lists, folds)
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { found[rows[row[0].(int64)-1]] = row[1].(int64); return nil })
	if err != nil {
		return err
	}
	taken := map[int64]bool{}
	for _, i := range rows {
		p := &b.parsed[i]
		id := found[i]
		if id != 0 && taken[id] {
			b.fail(i, fault.New(fault.Conflict, "an earlier row is about the same record").At(Name(b.Face, b.By[0])))
			continue
		}
		taken[id] = true
		p.done = p.done && p.id == id
		p.id = id
	}
	return nil
}

// isKey says whether a rule keeps just these fields unique.
func isKey(r *form.Rule, by []*form.Field) bool {
	if r.Kind != form.UniqueRule || r.Broken != "" || len(r.Fields) != len(by) {
		return false
	}
	return !slices.ContainsFunc(by, func(x *form.Field) bool { return !slices.Contains(r.Fields, x) })
}

// Keys are the fields that an upsert may go by: one that is unique, or all of a
// rule that keeps them unique together. Faults: INVALID.
func Keys(f *form.Form, names []string, face query.Face) ([]*form.Field, error) {
	if len(names) == 0 || len(names) == 1 && names[0] == "id" {
		return nil, nil
	}
	var out []*form.Field
	for i, name := range names {
		x := f.Field(name)
		if face == query.Typed {
			x = f.Named(name)
		}
		if x == nil || x.System || !x.Stored() || slices.Contains(out, x) {
			return nil, fault.New(fault.Invalid, "form %s has no field %q that a record can be found by", f.Key, fault.Clip(name)).At(i)
		}
		out = append(out, x)
	}
	if len(out) == 1 && out[0].Unique || slices.ContainsFunc(f.Rules, func(r *form.Rule) bool { return isKey(r, out) }) {
		return out, nil
	}
	return nil, fault.New(fault.Invalid, "records are found by a field that is unique, or by the fields of a rule that keeps them unique")
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
