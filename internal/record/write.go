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

// writer is one mutation of a record being done.
type writer struct {
	Call
	c *pg.Conn
}

// create writes a record, then its links and rows, and judges what can only be
// judged when all of it is there.
func (w *writer) create(ctx context.Context, v Values) (int64, error) {
	f := v.Form
	in := sqlgen.Write{Form: f, Values: v.Assign, Derived: w.derived(v), Checks: v.checks(false), Member: w.By.Member()}
	var (
		id  int64
		bad fault.List
	)
	s := w.env().Insert(in)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		id = row[0].(int64)
		bad = v.judge(in.Checks, row[1:], w.Language)
		return nil
	})
	if err != nil {
		return 0, explain(v, err)
	}
	if err := bad.Err(); err != nil {
		return 0, err
	}
	return id, w.rest(ctx, v, id)
}

// update changes a record at a version, or at AnyVersion.
func (w *writer) update(ctx context.Context, v Values, id int64, version int) error {
	in := sqlgen.Write{Form: v.Form, Values: v.Assign, Derived: w.derived(v), Checks: v.checks(false), Member: w.By.Member()}
	owners, err := w.owners(ctx, v.Form, []int64{id})
	if err != nil {
		return err
	}
	s := w.env().Update(in, id, version)
	var bad fault.List
	err = touchedBy(ctx, w.c, v.Form, id, version, s, false, func(row []pg.Value) { bad = v.judge(in.Checks, row[1:], w.Language) })
	if err != nil {
		return explain(v, err)
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if err := w.rest(ctx, v, id); err != nil {
		return err
	}
	return w.judgeOwners(ctx, owners)
}

// serialise makes writes of a form whose rules look at other records wait for
// each other: each then sees what the one before it has left.
func (w *writer) serialise(ctx context.Context, f *form.Form) error {
	if !f.Serial() {
		return nil
	}
	s := sqlgen.Serialise(f)
	return w.c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil })
}

// rest writes links and rows of a record and judges rules that look at others.
func (w *writer) rest(ctx context.Context, v Values, id int64) error {
	for _, l := range v.Links {
		if err := w.link(ctx, v, l, id); err != nil {
			return err
		}
	}
	var bad fault.List
	for _, r := range v.Rows {
		if err := bad.Add(w.rows(ctx, v, r, id)); err != nil {
			return err
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if checks := v.checks(true); len(checks) > 0 {
		if err := w.judge(ctx, v, []int64{id}, checks); err != nil {
			return err
		}
	}
	return w.judgeWatchers(ctx, v.Form, []int64{id}, v.parent)
}

func (w *writer) link(ctx context.Context, v Values, l Links, id int64) error {
	if !v.Create {
		s := sqlgen.ClearLinks(l.Field, id)
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			return explain(v, err)
		}
	}
	if l.Targets == nil {
		return nil
	}
	s := sqlgen.AddLinks(l.Field, id, l.Targets.(string))
	_, err := w.c.Exec(ctx, s.SQL, s.Args)
	return explain(v, err)
}

// rows makes the live child records of a parent those that are given: listed
// ones are changed, new ones made, and the others deleted.
func (w *writer) rows(ctx context.Context, v Values, r Rows, parent int64) error {
	via := r.Field.Via
	var gone []int64
	s := sqlgen.Rows(via, parent)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { gone = append(gone, row[0].(int64)); return nil })
	if err != nil {
		return err
	}
	var bad fault.List
	for _, row := range r.Items {
		if row.ID == 0 {
			continue
		}
		if i := slices.Index(gone, row.ID); i >= 0 {
			gone = slices.Delete(gone, i, i+1)
		} else {
			bad = append(bad, NotFound().At(append(row.Values.path, "id")...))
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if len(gone) > 0 {
		s := sqlgen.DeleteAll(r.Field.Target, gone)
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			if code := pg.Code(err); code == "23503" || code == "23001" {
				return fault.New(fault.Conflict, "a row that is left out is referred to by other records").At(v.at(r.Field)...).Because(err)
			}
			return err
		}
	}
	for _, row := range r.Items {
		if row.ID != 0 {
			if len(row.Values.given) > 0 || len(row.Values.Assign) > 0 {
				err = w.update(ctx, row.Values, row.ID, sqlgen.AnyVersion)
			}
		} else {
			row.Values.set(via, kind.Number(parent))
			_, err = w.create(ctx, row.Values)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// checks lists what a record must keep. late are those that need its links, or
// look at other records, which the writing statement does not see.
func (v Values) checks(late bool) []sqlgen.Check {
	var out []sqlgen.Check
	add := func(when bool, c sqlgen.Check) {
		if when == late {
			out = append(out, c)
		}
	}
	for _, r := range v.Form.Rules {
		if r.Expr != nil && r.Broken == "" {
			add(r.Aggregate, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
		}
	}
	for _, x := range v.Form.Own() {
		links := x.HasLinkTable()
		if !x.Stored() && !links {
			continue
		}
		given := v.given[x]
		value, _ := v.value(x)
		some := given && (value != nil || links)
		if x.ShownWhen != nil && some {
			add(links || v.Form.LooksAside(x.ShownWhen), sqlgen.Check{What: sqlgen.IsShown, Field: x})
		}
		if x.RequiredWhen != nil || x.Required && x.ShownWhen != nil {
			add(links || v.Form.LooksAside(x.RequiredWhen) || v.Form.LooksAside(x.ShownWhen), sqlgen.Check{What: sqlgen.IsFilled, Field: x})
		}
		if x.ReadOnlyWhen != nil && given {
			switch {
			case v.Create && some, !v.Create && links:
				add(links || v.Form.LooksAside(x.ReadOnlyWhen), sqlgen.Check{What: sqlgen.IsOpen, Field: x})
			case !v.Create:
				add(false, sqlgen.Check{What: sqlgen.StaysClosed, Field: x})
			}
		}
		if on := v.Form.Field(x.Settings.DependsOn); on != nil && x.IsChoice() && (given || v.given[on]) {
			add(false, sqlgen.Check{What: sqlgen.FitsOption, Field: x})
		}
		if x.Pick != nil && v.touches(x) {
			add(links || v.Form.LooksAside(x.Pick), sqlgen.Check{What: sqlgen.FitsPick, Field: x})
		}
		if given && v.Form.IsTeam() && x.Purpose == "TEAM_PARENT" {
			add(true, sqlgen.Check{What: sqlgen.IsTree, Field: x})
		}
	}
	return out
}

// touches says whether a reference, or a field that its picker looks at, was given.
func (v Values) touches(x *form.Field) bool {
	if v.given[x] || v.Create {
		return true
	}
	for _, m := range form.Outer(x.Pick) {
		if v.given[m] {
			return true
		}
	}
	return false
}

// judge turns the outcome of checks into faults.
func (v Values) judge(checks []sqlgen.Check, kept []pg.Value, language string) fault.List {
	var bad fault.List
	for i, c := range checks {
		if ok, _ := kept[i].(bool); ok {
			continue
		}
		if c.What == sqlgen.KeepsRule {
			bad = append(bad, v.brokenIn(c.Rule, language))
			continue
		}
		message := map[sqlgen.What]string{
			sqlgen.IsShown:     "is not shown here and takes no value",
			sqlgen.IsFilled:    "a value is required",
			sqlgen.IsOpen:      "is read-only here",
			sqlgen.StaysClosed: "is read-only here",
			sqlgen.FitsOption:  "is not offered for the option it depends on",
			sqlgen.FitsPick:    "is not one of the records that may be chosen here",
			sqlgen.IsTree:      "a team cannot be below itself",
		}[c.What]
		bad = append(bad, fault.New(fault.Invalid, "%s", message).At(v.at(c.Field)...))
	}
	return bad
}

func (v Values) brokenIn(r *form.Rule, language string) *fault.Fault {
	return v.broken(r, fault.Invalid, r.Text(language))
}

// broken is the fault of a rule that is not kept, at the first of its fields.
func (v Values) broken(r *form.Rule, k fault.Kind, message string) *fault.Fault {
	f := fault.New(k, "%s", message).With("rule", r.Key)
	if len(r.Fields) > 0 {
		return f.At(v.at(r.Fields[0])...)
	}
	return f.At(v.path...)
}

// judge reads whether records keep checks, with all that the transaction has
// written so far.
func (w *writer) judge(ctx context.Context, v Values, ids []int64, checks []sqlgen.Check) error {
	var bad fault.List
	s := w.env().Judge(v.Form, ids, checks)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		bad = append(bad, v.judge(checks, row[1:], w.Language)...)
		return nil
	})
	if err != nil {
		return err
	}
	return bad.Err()
}

// owners are the records whose rules look at records of f as their children,
// by the reference that the children hold.
func (w *writer) owners(ctx context.Context, f *form.Form, ids []int64) (map[*form.Field][]int64, error) {
	var out map[*form.Field][]int64
	for _, via := range f.Watchers() {
		s := sqlgen.Targets(via, ids)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			if out == nil {
				out = map[*form.Field][]int64{}
			}
			out[via] = append(out[via], row[0].(int64))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// judgeWatchers judges the rules of the records that children belong to. A child
// row leaves that to the record it is written with.
func (w *writer) judgeWatchers(ctx context.Context, f *form.Form, ids []int64, parent *form.Field) error {
	owners, err := w.owners(ctx, f, ids)
	if err != nil {
		return err
	}
	delete(owners, parent)
	return w.judgeOwners(ctx, owners)
}

func (w *writer) judgeOwners(ctx context.Context, owners map[*form.Field][]int64) error {
	for via, ids := range owners {
		v := Values{Form: via.Target}
		var checks []sqlgen.Check
		for _, r := range via.Target.Rules {
			if r.Aggregate && r.Broken == "" && slices.Contains(r.Watches(), via) {
				checks = append(checks, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
			}
		}
		var bad fault.List
		s := w.env().Judge(v.Form, ids, checks)
		err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			for i, c := range checks {
				if ok, _ := row[1+i].(bool); !ok { // said of the record it is a rule of, not of a field of this one
					bad = append(bad, fault.New(fault.Invalid, "%s", c.Rule.Text(w.Language)).With("rule", c.Rule.Key).
						With("record", kind.ID(v.Form.Key, row[0].(int64))))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := bad.Err(); err != nil {
			return err
		}
	}
	return nil
}

// alone says whether one statement does the whole write, so that it needs no
// transaction around it.
func (v Values) alone() bool {
	return len(v.Links) == 0 && len(v.Rows) == 0 && len(v.Form.Watchers()) == 0 && len(v.checks(false)) == 0 && len(v.checks(true)) == 0
}
