package record

import (
	"context"
	"slices"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// batch is records of one form that are written together.
type batch struct {
	items  []*item
	shapes []*shape
	laid   *sqlgen.Many
	member any
	how    sqlgen.Archive
	at     map[sqlgen.Check]int // where a check's outcome stands, of many
}

// shape is what follows from which fields a record is given, whatever their
// values: most rows of a bulk write have the same few.
type shape struct {
	now, late []sqlgen.Check
	derived   []sqlgen.Derived
}

type shapeKey struct {
	form   *form.Form
	create bool
	given  string
}

func (w *writer) shape(v *Values) *shape {
	key := shapeKey{v.Form, v.Create, string(v.mark)}
	if s, ok := w.shapes[key]; ok {
		return s
	}
	s := &shape{}
	s.now, s.late = v.checks()
	s.derived = w.derived(*v)
	if w.shapes == nil {
		w.shapes = map[shapeKey]*shape{}
	}
	w.shapes[key] = s
	return s
}

func (w *writer) together(items []*item) *batch {
	b := &batch{items: items, shapes: make([]*shape, len(items)), member: w.By.Member()}
	for i, it := range items {
		b.shapes[i] = w.shape(&it.Values)
	}
	return b
}

// only says that records are archived or restored and change in nothing else.
// Restored, they count again.
func (b *batch) only(how sqlgen.Archive) {
	b.how = how
	s := &shape{}
	if how == sqlgen.Back {
		s.late = b.items[0].aggregates()
	}
	for i := range b.shapes {
		b.shapes[i] = s
	}
}

// judge notes the outcome of the checks of a record, which are those of its shape
// or, of many, those of all.
func (b *batch) judge(w *writer, place int, kept []pg.Value) {
	checks := b.shapes[place].now
	if len(checks) == 0 {
		return
	}
	it := b.items[place]
	if b.at != nil {
		all := kept
		kept = make([]pg.Value, len(checks))
		for i, c := range checks {
			kept[i] = all[b.at[c]]
		}
	}
	w.fail(it.row, it.judge(checks, kept, w.Language)...)
}

// many lays the records side by side, so that one statement writes them.
func (b *batch) many() sqlgen.Many {
	if b.laid != nil {
		return *b.laid
	}
	m := &sqlgen.Many{Form: b.items[0].Form, N: len(b.items), Member: b.member}
	b.laid = m
	old := b.items[0].old()
	if old {
		m.IDs, m.Versions = &sqlgen.List{}, &sqlgen.List{}
	}
	given, counts := map[*form.Field]int{}, []int{}
	type derivation struct{ field, fill, from *form.Field }
	derived := map[derivation]int{}
	var some [][]bool
	b.at = map[sqlgen.Check]int{}
	var last *shape
	for i, it := range b.items {
		if old {
			m.IDs.Add(kind.Number(it.id))
			if it.version == sqlgen.AnyVersion {
				m.Versions.Add(nil)
			} else {
				m.Versions.Add(strconv.Itoa(it.version))
			}
		}
		for _, a := range it.Assign {
			k, ok := given[a.Field]
			if !ok {
				k = len(m.Given)
				given[a.Field] = k
				m.Given, counts = append(m.Given, sqlgen.Given{Field: a.Field, Values: &sqlgen.List{}, Some: &sqlgen.List{}}), append(counts, 0)
			}
			g := &m.Given[k]
			fill(g, &counts[k], i, old)
			g.Values.Add(a.Value)
			if old {
				g.Some.Is(true)
			}
			counts[k]++
		}
		s := b.shapes[i]
		for _, d := range s.derived {
			key := derivation{d.Field, d.Fill, d.From}
			k, ok := derived[key]
			if !ok {
				k = len(m.Derived)
				derived[key] = k
				m.Derived, some = append(m.Derived, sqlgen.DerivedOfSome{Derived: d}), append(some, make([]bool, len(b.items)))
			}
			some[k][i] = true
		}
		if s == last {
			continue
		}
		last = s
		for _, c := range s.now {
			if _, ok := b.at[c]; !ok {
				b.at[c] = len(m.Checks)
				m.Checks = append(m.Checks, c)
			}
		}
	}
	for k := range m.Given {
		g := &m.Given[k]
		fill(g, &counts[k], len(b.items), old)
		if !old {
			g.Some = nil
		}
	}
	for k := range m.Derived {
		if slices.Contains(some[k], false) {
			l := &sqlgen.List{}
			for _, is := range some[k] {
				l.Is(is)
			}
			m.Derived[k].Some = l
		}
	}
	return *m
}

// fill makes a column's lists as long as the records before it are many.
func fill(g *sqlgen.Given, have *int, want int, old bool) {
	for ; *have < want; *have++ {
		g.Values.Add(nil)
		if old {
			g.Some.Is(false)
		}
	}
}

// numbers are what links lead to.
func (l Links) numbers() []int64 {
	text, ok := l.Targets.(string)
	if !ok {
		return nil
	}
	var out []int64
	for _, s := range kind.Elements(text) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// doubled is a row that cannot be stored if one of some before it is.
type doubled struct {
	row    int
	before []int
	bad    fault.List
}

// refusal is PostgreSQL's no to a statement that writes several records. It names
// one constraint; which rows are to blame, and by what else, is found when the
// transaction has ended.
type refusal struct {
	err   error
	blame func(ctx context.Context) error // notes what is wrong at rows
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// refused is the error of a statement that wrote records, or their links of a
// field.
func (w *writer) refused(b *batch, links *form.Field, err error) error {
	switch code := pg.Code(err); {
	case err == nil:
		return nil
	case code == "23505" || code == "23503" || code == "23502":
	default:
		return w.explain(Values{Form: b.items[0].Form}, err)
	}
	if links != nil {
		linked := w.going(b.items)
		return &refusal{err, func(ctx context.Context) error { return w.dangling(ctx, links, linked) }}
	}
	return &refusal{err, func(ctx context.Context) error { return w.clashes(ctx, b) }}
}

// clashes notes which records cannot be stored beside what is there, and beside
// each other: all of them, by one statement for all checks and one for each thing
// that must be unique.
func (w *writer) clashes(ctx context.Context, b *batch) error {
	m := b.many()
	m.Archive = b.how
	f := m.Form
	m.Checks = nil
	seen := map[sqlgen.Check]bool{}
	add := func(c sqlgen.Check) {
		if !seen[c] {
			seen[c] = true
			m.Checks = append(m.Checks, c)
		}
	}
	for _, g := range m.Given {
		if x := g.Field; x.IsReference() && x != b.items[0].parent {
			add(sqlgen.Check{What: sqlgen.Exists, Field: x})
		}
	}
	for _, d := range m.Derived {
		if d.Field.Filled && d.Number == nil {
			add(sqlgen.Check{What: sqlgen.IsFilled, Field: d.Field})
		}
	}
	unique := (Values{Form: f}).kept()
	for _, c := range unique {
		add(c)
	}
	if len(m.Checks) == 0 {
		return nil
	}
	s := w.env().Clashes(m)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		it := b.items[row[0].(int64)-1]
		return w.stop(it.row, it.judge(m.Checks, row[1:], w.Language).Err())
	})
	if err != nil || len(b.items) == 1 {
		return err
	}
	for _, c := range unique {
		same := map[int64][]int{} // by place of the first, the rows with its values
		s := w.env().Duplicates(m, c)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			it, first := b.items[row[0].(int64)-1], row[1].(int64)
			before := same[first]
			if before == nil {
				before = []int{b.items[first-1].row}
			}
			same[first] = append(before, it.row)
			bad := it.judge([]sqlgen.Check{c}, []pg.Value{false}, w.Language)
			if slices.Contains(before, it.row) { // among its own child rows
				return w.stop(it.row, bad)
			}
			w.doubled = append(w.doubled, doubled{it.row, before, bad})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dangling notes which records link to what is not there.
func (w *writer) dangling(ctx context.Context, x *form.Field, items []*item) error {
	var targets []int64
	for _, it := range items {
		l, _ := it.links(x)
		targets = append(targets, l.numbers()...)
	}
	missing := map[int64]bool{}
	s := sqlgen.Missing(x, targets)
	if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { missing[row[0].(int64)] = true; return nil }); err != nil {
		return err
	}
	for _, it := range items {
		l, _ := it.links(x)
		if slices.ContainsFunc(l.numbers(), func(n int64) bool { return missing[n] }) {
			if err := w.stop(it.row, NotFound().At(it.at(x)...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// referred notes the records that cannot go because others refer to them.
func (w *writer) referred(ctx context.Context, f *form.Form, items []*item, say func(*item) *fault.Fault) error {
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.id
	}
	held := map[int64]bool{}
	for _, s := range sqlgen.Referred(f, ids) {
		if err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { held[row[0].(int64)] = true; return nil }); err != nil {
			return err
		}
	}
	for _, it := range items {
		if held[it.id] || len(held) == 0 { // none: something further down, that would go too, is held
			if err := w.stop(it.row, say(it)); err != nil {
				return err
			}
		}
	}
	return nil
}
