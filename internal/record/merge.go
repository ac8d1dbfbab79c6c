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
	"fieldwork/internal/query/sqlgen"
)

// MaxMerged is how many records one request merges into another.
const MaxMerged = 50

// Merge makes several records of one form one: whatever leads to those in From
// leads to Into afterwards, in every form and in archived records too, and they
// are deleted. That is what PostgreSQL's foreign keys vouch for: a deletion that
// left a reference would fail, and who comes later finds nothing to refer to
// (docs/adr/0013).
type Merge struct {
	Form       *form.Form
	Into       Versioned
	From       []Versioned
	Set        Values // of the kept record
	FillBlanks bool   // what the kept record lacks is taken from the others, in their order
	DryRun     bool   // nothing is kept
}

// Versioned is a record at a version, or at AnyVersion.
type Versioned struct {
	ID      int64
	Version int
}

// Moved counts the records that led to a merged one by a field.
type Moved struct {
	Form  string `json:"form"`
	Field string `json:"field"`
	Count int    `json:"count"`
}

// merger is a merge being done.
type merger struct {
	Merge
	*writer
	from  []int64
	items map[*form.Form]map[int64]*item // records that are to lead elsewhere
	count int                            // of what leads to merged records
	about map[int]*item                  // by row
	moved []Moved
}

// Write merges. Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT for a version or
// for a value that must be unique, TOO_COSTLY. What is wrong with a record that
// would lead to the kept one is told at the merged one it leads to, with that
// record in the details.
func (m Merge) Write(ctx context.Context, c *pg.Conn, by Call) ([]Moved, error) {
	if err := m.check(by); err != nil {
		return nil, err
	}
	w := &writer{Call: by, c: c, dry: m.DryRun}
	g := &merger{Merge: m, writer: w, items: map[*form.Form]map[int64]*item{}, about: map[int]*item{}}
	touched := []*item{{Values: m.Set, id: m.Into.ID}}
	for i, f := range m.From {
		g.from = append(g.from, f.ID)
		touched = append(touched, &item{Values: Values{Form: m.Form}, id: f.ID, row: 1 + i})
	}
	for _, x := range leading(m.Form) {
		touched = append(touched, &item{Values: Values{Form: x.Form}}) // for the locks of its rules
	}
	w.answer = func() Done { return Done{IDs: []int64{m.Into.ID}, Moved: g.moved} }
	err := w.inStep(ctx, m.Form, touched, func() error { return g.write(ctx) })
	switch {
	case err == nil && w.replay != nil:
		return w.replay.Moved, nil
	case err == nil, m.DryRun && errors.Is(err, errBad) && len(w.bad) == 0:
		return g.moved, nil
	}
	return nil, g.refusal(ctx, err)
}

func (m Merge) check(by Call) error {
	if err := mayWrite(by.By, m.Form); err != nil {
		return err
	}
	switch {
	case m.Form.IsMember():
		return fault.New(fault.Invalid, "members are not merged: they sign in, and what they did stays theirs; set the status to left").At("into", "id")
	case len(m.From) == 0:
		return fault.New(fault.Invalid, "name at least one record to be merged").At("from")
	case len(m.From) > MaxMerged:
		return fault.New(fault.TooCostly, "a request merges at most %d records", MaxMerged).At("from")
	}
	seen := map[int64]bool{m.Into.ID: true}
	for i, f := range m.From {
		if seen[f.ID] {
			return fault.New(fault.Invalid, "is named before").At("from", i, "id")
		}
		seen[f.ID] = true
	}
	return nil
}

// leading are the fields by which records may lead to those of f, archived ones
// too: their columns stay.
func leading(f *form.Form) []*form.Field {
	var out []*form.Field
	for _, g := range f.Catalog.Forms {
		for _, x := range g.Fields {
			if x.Kind != nil && x.Target == f && (x.IsLinks() || x.IsReference() && x.Stored()) {
				out = append(out, x)
			}
		}
	}
	return out
}

func (g *merger) write(ctx context.Context) error {
	if err := g.hold(ctx); err != nil {
		return err
	}
	if err := g.fill(ctx); err != nil {
		return err
	}
	for _, x := range leading(g.Form) {
		if err := g.find(ctx, x); err != nil {
			return err
		}
	}
	if err := g.redirect(ctx); err != nil {
		return err
	}
	var gone []*item
	for i, id := range g.from {
		gone = append(gone, &item{Values: Values{Form: g.Form}, id: id, version: AnyVersion, row: 1 + i})
	}
	if err := g.remove(ctx, gone); err != nil {
		return err
	}
	if len(g.Set.Assign) > 0 || len(g.Set.Links) > 0 || len(g.Set.Rows) > 0 {
		// Last, since what it takes over from the others must be unique among those left.
		if err := g.update(ctx, []*item{{Values: g.Set, id: g.Into.ID, version: AnyVersion}}, sqlgen.Stay); err != nil {
			return err
		}
	}
	return g.note(ctx)
}

// note has the history of the records tell that they were merged.
func (g *merger) note(ctx context.Context) error {
	if err := g.c.AsOwner(ctx); err != nil { // the organisation's role may not write the history
		return err
	}
	s := sqlgen.Merged(g.Form, g.Into.ID, g.from, g.By.MemberID, g.env().Via)
	if _, err := g.c.Exec(ctx, s.SQL, s.Args); err != nil {
		return err
	}
	return g.c.AsBefore(ctx)
}

// hold keeps the records as they are until the transaction ends, and judges their
// versions.
func (g *merger) hold(ctx context.Context) error {
	type standing struct {
		version  int64
		archived bool
	}
	found := map[int64]standing{}
	s := sqlgen.Hold(g.Form, append([]int64{g.Into.ID}, g.from...))
	err := g.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		found[row[0].(int64)] = standing{row[1].(int64), row[2].(bool)}
		return nil
	})
	if err != nil {
		return err
	}
	var bad fault.List
	judge := func(r Versioned, path ...any) {
		now, there := found[r.ID]
		switch {
		case !there:
			bad = append(bad, NotFound().At(append(path, "id")...))
		case r.Version != AnyVersion && int64(r.Version) != now.version:
			bad = append(bad, fault.New(fault.Conflict, "the record has moved on from version %d to %d", r.Version, now.version).At(append(path, "version")...).With("version", now.version))
		case now.archived:
			bad = append(bad, fault.New(fault.Conflict, "the record is archived; restore it first").At(append(path, "id")...))
		}
	}
	judge(g.Into, "into")
	for i, f := range g.From {
		judge(f, "from", i)
	}
	return bad.Err()
}

// fill adds to what is set what the kept record lacks and another has.
func (g *merger) fill(ctx context.Context) error {
	if !g.FillBlanks {
		return nil
	}
	fields := slices.DeleteFunc(slices.Clone(g.Form.Own()), func(x *form.Field) bool { return !x.Writable() || !x.Usable() || g.Set.given[x] })
	held := map[int64][]any{}
	s := sqlgen.Held(g.Form, fields, append([]int64{g.Into.ID}, g.from...))
	err := g.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		values := make([]any, len(fields))
		for i, v := range row[1:] {
			if text, ok := v.(string); ok {
				values[i] = string([]byte(text)) // rows share a buffer
			}
		}
		held[row[0].(int64)] = values
		return nil
	})
	if err != nil {
		return err
	}
	for i, x := range fields {
		if held[g.Into.ID][i] != nil {
			continue
		}
		for _, id := range g.from {
			if v := held[id][i]; v != nil && (x.Target != g.Form || x.HasLinkTable()) { // a reference among them would lead nowhere
				g.Set.Give(x, v)
				break
			}
		}
	}
	return nil
}

// refusal is what is wrong, with the records and at the values it is about.
func (g *merger) refusal(ctx context.Context, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		before := len(g.bad)
		if err := r.blame(ctx); err != nil {
			return err
		}
		if err = errBad; len(g.bad) == before {
			return g.explain(Values{Form: g.Form}, r.err)
		}
	}
	if !errors.Is(err, errBad) {
		return err
	}
	rows := make([]int, 0, len(g.bad))
	for row := range g.bad {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	var out fault.List
	for _, row := range rows {
		for _, f := range g.bad[row] {
			switch it := g.about[row]; {
			case it != nil:
				f = it.named(f)
			case row == 0:
				f = f.At("set")
			default:
				f = &fault.Fault{Kind: f.Kind, Message: f.Message, Path: []any{"from", row - 1, "id"}, Details: f.Details}
			}
			// A rule of one record may look at many that are moved to it: it is told once.
			told := slices.ContainsFunc(out, func(o *fault.Fault) bool {
				return o.Message == f.Message && slices.Equal(o.Path, f.Path) && o.Details["record"] == f.Details["record"]
			})
			if !told && len(out) < maxFaults {
				out = append(out, f)
			}
		}
	}
	// Two of the rows have a value that only one may have.
	for _, d := range g.doubled {
		for _, f := range d.bad {
			if it := g.about[d.row]; it != nil && len(out) < maxFaults {
				out = append(out, it.named(f))
			}
		}
	}
	return out.Err()
}

// versionOf reads a version as a client gives it.
func versionOf(v any) (int, error) {
	if v == nil {
		return AnyVersion, nil
	}
	n, err := kind.Integer{}.Parse(v, &kind.Settings{})
	text, _ := n.(string)
	version, _ := strconv.Atoi(text)
	if err != nil || version < 1 {
		return 0, fault.New(fault.Invalid, "a version is a whole number from 1").At("version")
	}
	return version, nil
}

// ParseVersioned reads {id, version} of a record of f, or of any form when f is
// nil. Faults: NOT_FOUND, INVALID.
func ParseVersioned(cat *form.Catalog, f *form.Form, raw any) (*form.Form, Versioned, error) {
	in, _ := raw.(map[string]any)
	id, _ := in["id"].(string)
	of, n, ok := cat.Locate(id)
	if !ok {
		return nil, Versioned{}, NotFound().At("id")
	}
	if f != nil && of != f {
		return nil, Versioned{}, fault.New(fault.Invalid, "is a record of another form").At("id")
	}
	version, err := versionOf(in["version"])
	return of, Versioned{n, version}, err
}
