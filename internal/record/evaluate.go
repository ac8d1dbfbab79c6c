package record

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// MaxDrafts is how many records, child rows included, one evaluation takes.
const MaxDrafts = 200

// Evaluation is what a write would say and leave, were it done now.
type Evaluation struct {
	Form   *form.Form
	Fields []FieldEvaluation // of the form's own, in their order
	Faults fault.List        // all of them, at the paths of the values; none: the write would be taken
	Broken []*form.Rule      // rules that are not kept
}

// FieldEvaluation is what is known of one field of a form that is being filled in.
type FieldEvaluation struct {
	Field                     *form.Field
	Shown, Required, ReadOnly bool
	Value                     any      // as JSON by key
	Options                   []string // of a choice that depends on another: what may be chosen now; nil for other fields
	Faults                    fault.List
}

// Evaluate says what Create, or for a number above 0 Update, would say of these
// values by field key, and what the record would then be. It parses and judges by
// the same code as those, writes nothing and takes no locks, so that what it says
// holds until somebody else writes. Faults: NOT_FOUND and CONFLICT for the record
// that is edited, TOO_COSTLY for too many child rows; what is wrong with the
// values is no error but the answer.
func Evaluate(ctx context.Context, db *pg.DB, by Call, f *form.Form, raw map[string]any, id int64) (*Evaluation, error) {
	p := &parser{face: query.Generic}
	v := p.record(f, raw, id == 0, spot{path: []any{}})
	e := &evaluator{Call: by, bad: p.bad, read: map[string]bool{}}
	for _, ft := range p.bad {
		if ft.Kind == fault.TooCostly || ft.Kind == fault.Internal {
			return nil, ft
		}
		e.read[pathKey(ft.Path)] = true
	}
	var out *Evaluation
	err := db.As(ctx, f.Catalog.Role, func(c *pg.Conn) (err error) {
		e.c = c
		out, err = e.run(ctx, v, id)
		return err
	})
	return out, err
}

// evaluator is one evaluation being done.
type evaluator struct {
	Call
	c      *pg.Conn
	in     sqlgen.Evaluation
	values []Values // of each draft
	bad    fault.List
	read   map[string]bool // paths whose values could not be read: what else is wrong with them follows from that
	broken []*form.Rule
}

func pathKey(path []any) string { return fmt.Sprintf("%q", path) }

func (e *evaluator) run(ctx context.Context, v Values, id int64) (*Evaluation, error) {
	f := v.Form
	if id != 0 {
		if err := e.editable(ctx, f, id); err != nil {
			return nil, err
		}
	}
	if err := e.add(ctx, v, id, 0); err != nil {
		return nil, err
	}
	out := &Evaluation{Form: f}
	for _, x := range f.Own() {
		out.Fields = append(out.Fields, FieldEvaluation{Field: x})
		if x.HasValue() {
			e.in.Fields = append(e.in.Fields, x)
		}
		for _, c := range []*expr.Expr{x.ShownWhen, x.RequiredWhen, x.ReadOnlyWhen} {
			if c != nil {
				e.in.Holds = append(e.in.Holds, c)
			}
		}
	}
	e.watch()
	first, err := e.ask(ctx)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, NotFound().At("id")
	}
	out.fill(e.in.Drafts[0], first)
	e.bad = e.bad[:min(len(e.bad), maxFaults)]
	out.Faults, out.Broken = e.bad, e.broken
	for i := range out.Fields {
		x := &out.Fields[i]
		for _, ft := range e.bad {
			if len(ft.Path) > 0 && ft.Path[0] == x.Field.Key {
				x.Faults = append(x.Faults, ft)
			}
		}
	}
	return out, nil
}

// editable refuses records that Update would refuse whatever the values.
func (e *evaluator) editable(ctx context.Context, f *form.Form, id int64) error {
	archived, found := false, false
	s := sqlgen.Standing(f, []int64{id})
	err := e.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { archived, found = row[2].(bool), true; return nil })
	switch {
	case err != nil:
		return err
	case !found:
		return NotFound().At("id")
	case archived:
		return fault.New(fault.Conflict, "the record is archived; restore it first").At("id")
	}
	return nil
}

// add adds a record that would be written, and its rows.
func (e *evaluator) add(ctx context.Context, v Values, id int64, level int) error {
	if len(e.in.Drafts) >= MaxDrafts {
		return fault.New(fault.TooCostly, "at most %d records are evaluated at once, child rows included", MaxDrafts).At("values")
	}
	w := &writer{Call: e.Call, c: e.c, look: true}
	now, late := v.checks()
	d := sqlgen.Draft{ID: id, Old: id > 0, Level: level,
		Write: sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: slices.Concat(now, late, v.kept()), Member: e.By.Member()}}
	if id == 0 {
		d.ID = -int64(len(e.in.Drafts)) - 1
	}
	for _, l := range v.Links {
		d.Links = append(d.Links, sqlgen.DraftLinks{Field: l.Field, Targets: l.Targets})
		if err := w.attach(ctx, l.Field, []*item{{Values: v, id: d.ID}}); err != nil {
			return err
		}
	}
	e.bad = append(e.bad, w.bad[0]...)
	e.in.Drafts, e.values = append(e.in.Drafts, d), append(e.values, v)
	for _, r := range v.Rows {
		if err := e.rows(ctx, r, d, level+1); err != nil {
			return err
		}
	}
	return nil
}

// rows adds the child rows that a record would have, and notes those that would
// go.
func (e *evaluator) rows(ctx context.Context, r Rows, parent sqlgen.Draft, level int) error {
	via := r.Field.Via
	var gone []int64
	if parent.Old {
		s := sqlgen.RowsNow(via, []int64{parent.ID})
		if err := e.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { gone = append(gone, row[0].(int64)); return nil }); err != nil {
			return err
		}
	}
	for _, row := range r.Items {
		if row.ID == 0 {
			row.Values.set(via, kind.Number(parent.ID))
		} else if i := slices.Index(gone, row.ID); i >= 0 {
			gone = slices.Delete(gone, i, i+1)
		} else {
			e.bad = append(e.bad, NotFound().At(append(row.Values.path, "id")...))
			continue
		}
		if err := e.add(ctx, row.Values, row.ID, level); err != nil {
			return err
		}
	}
	if e.in.Gone == nil {
		e.in.Gone = map[*form.Form][]int64{}
	}
	e.in.Gone[via.Form] = append(e.in.Gone[via.Form], gone...)
	return nil
}

// watch lists the rules of other records that the write may break.
func (e *evaluator) watch() {
	var forms []*form.Form
	for _, d := range e.in.Drafts {
		if !slices.Contains(forms, d.Form) {
			forms = append(forms, d.Form)
		}
	}
	for f := range e.in.Gone {
		if !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	for _, f := range forms {
		e.in.Owners = append(e.in.Owners, f.Watchers()...)
	}
}

// ask runs the statement, judges all that it answers and returns the answer for
// the first draft.
func (e *evaluator) ask(ctx context.Context) (first []pg.Value, err error) {
	asked := len(e.in.Fields) + len(e.in.Holds)
	s := e.env().Evaluate(e.in)
	err = e.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		place, rest := int(row[0].(int64)), texts(row[2:])
		if place >= len(e.in.Drafts) {
			rules := e.in.Owners[place-len(e.in.Drafts)].Rules
			checks := make([]sqlgen.Check, len(rules))
			for i, r := range rules {
				checks[i] = sqlgen.Check{What: sqlgen.KeepsRule, Rule: r}
			}
			for _, ft := range brokenOf(checks, append([]pg.Value{row[1]}, kept(rest)...), e.Language) {
				if e.in.Owners[place-len(e.in.Drafts)].Direct() || !says(e.bad, ft.Details["rule"]) {
					e.bad = append(e.bad, ft)
				}
			}
			e.note(checks, rest)
			return nil
		}
		if place == 0 {
			first, rest = rest[:asked], rest[asked:]
		}
		checks := e.in.Drafts[place].Checks
		for _, ft := range e.values[place].judge(checks, kept(rest), e.Language) {
			if !e.read[pathKey(ft.Path)] {
				e.bad = append(e.bad, ft)
			}
		}
		e.note(checks, rest)
		return nil
	})
	return first, err
}

// note keeps which rules are broken.
func (e *evaluator) note(checks []sqlgen.Check, answers []pg.Value) {
	for i, c := range checks {
		if c.Rule != nil && answers[i] != "true" && !slices.Contains(e.broken, c.Rule) {
			e.broken = append(e.broken, c.Rule)
		}
	}
}

// texts copies what the driver lends, as text; nil stays.
func texts(row []pg.Value) []pg.Value {
	out := make([]pg.Value, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case string:
			out[i] = strings.Clone(v)
		case []byte:
			out[i] = string(v)
		}
	}
	return out
}

// kept reads the outcome of checks.
func kept(answers []pg.Value) []pg.Value {
	out := make([]pg.Value, len(answers))
	for i, v := range answers {
		out[i] = v == "true"
	}
	return out
}

// kept are what PostgreSQL itself sees to when the record is written: that what
// it leads to is there, and that nothing is there twice.
func (v Values) kept() []sqlgen.Check {
	var out []sqlgen.Check
	for _, a := range v.Assign {
		if a.Field.IsReference() && a.Value != nil && a.Field != v.parent {
			out = append(out, sqlgen.Check{What: sqlgen.Exists, Field: a.Field})
		}
	}
	for _, l := range v.Links {
		if l.Targets != nil && l.Field.IsLinks() { // files are looked at more closely
			out = append(out, sqlgen.Check{What: sqlgen.Exists, Field: l.Field})
		}
	}
	for _, x := range v.Form.Own() {
		if x.Unique && x.Stored() && x.Kind.Name() != "AUTO_NUMBER" {
			out = append(out, sqlgen.Check{What: sqlgen.IsUnique, Field: x})
		}
	}
	for _, r := range v.Form.Rules {
		if r.Kind == form.UniqueRule && r.Broken == "" {
			out = append(out, sqlgen.Check{What: sqlgen.KeepsUnique, Rule: r})
		}
	}
	return out
}

// fill reads values and conditions of the record.
func (out *Evaluation) fill(d sqlgen.Draft, row []pg.Value) {
	text := map[*form.Field]string{}
	at := 0
	for i := range out.Fields {
		if x := &out.Fields[i]; x.Field.HasValue() {
			if s, ok := row[at].(string); ok {
				text[x.Field] = s
				x.Value = jsonOf(x.Field, s)
			} else {
				x.Value = empty(x.Field)
			}
			at++
		}
	}
	holds := func(c *expr.Expr, otherwise bool) bool {
		if c == nil {
			return otherwise
		}
		at++
		return row[at-1] == "true"
	}
	for i := range out.Fields {
		x := &out.Fields[i]
		x.Shown = holds(x.Field.ShownWhen, true)
		required := holds(x.Field.RequiredWhen, false)
		x.Required = x.Shown && (x.Field.Required || required)
		closed := holds(x.Field.ReadOnlyWhen, false)
		x.ReadOnly = closed || !x.Field.Writable() && !(x.Field.HasRows() && (!d.Old || x.Field.Settings.Rows))
		if x.Field.Kind.Name() == "AUTO_NUMBER" && !d.Old { // known when it is given
			x.Value = nil
		}
		if on := out.Form.Field(x.Field.Settings.DependsOn); on != nil && x.Field.IsChoice() {
			x.Options = offered(x.Field, text[on])
		}
	}
}

// offered are the options of a field that are offered for an option of the choice
// it depends on; "" for none.
func offered(x *form.Field, on string) []string {
	out := []string{}
	for _, o := range x.Options {
		if o.ArchivedAt == nil && (len(o.Parents) == 0 || slices.Contains(o.Parents, on)) {
			out = append(out, o.Key)
		}
	}
	return out
}

// empty is the JSON of no value.
func empty(x *form.Field) any {
	switch x.Value.Form() {
	case kind.AsOptions, kind.AsRecords, kind.AsFiles:
		return []string{}
	}
	return nil
}

// jsonOf is a value as JSON by key, as values(fields:) of a record shows it.
func jsonOf(x *form.Field, text string) any {
	form := ""
	switch {
	case x.Target != nil:
		form = x.Target.Key
	case kind.IsFiles(x.Kind):
		form = kind.FileForm
	}
	switch x.Value.Form() {
	case kind.AsIs, kind.AsObject:
		return json.RawMessage(text)
	case kind.AsDateTime:
		return kind.PrintText(x.Value, text)
	case kind.AsRecord:
		n, _ := strconv.ParseInt(text, 10, 64)
		return kind.ID(form, n)
	case kind.AsOptions:
		return kind.Elements(text)
	case kind.AsRecords, kind.AsFiles:
		out := kind.Elements(text)
		for i, n := range out {
			out[i] = form + "_" + n
		}
		return out
	}
	return text
}
