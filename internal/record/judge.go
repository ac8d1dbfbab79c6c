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

// lateChecks are what one record must keep when everything is written.
type lateChecks struct {
	*item
	checks []sqlgen.Check
}

// checks lists what a record must keep. Those that need its links, or look at
// other records, which the writing statement does not see, are judged late.
func (v Values) checks() (now, late []sqlgen.Check) {
	add := func(isLate bool, c sqlgen.Check) {
		if isLate {
			late = append(late, c)
		} else {
			now = append(now, c)
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
		if x.RequiredWhen != nil || x.Required && (x.ShownWhen != nil || v.mayLack(x)) {
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
	return now, late
}

// aggregates are the rules that look at other records.
func (v Values) aggregates() []sqlgen.Check {
	var out []sqlgen.Check
	for _, r := range v.Form.Rules {
		if r.Aggregate && r.Broken == "" {
			out = append(out, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
		}
	}
	return out
}

// mayLack says whether a required field is left to PostgreSQL, which may find
// nothing to put there.
func (v Values) mayLack(x *form.Field) bool {
	if _, assigned := v.value(x); assigned || !x.Stored() || v.given[x] {
		return false
	}
	if v.Create {
		return true
	}
	for _, ref := range v.Form.Own() {
		if _, assigned := v.value(ref); assigned && slices.ContainsFunc(ref.Settings.Fill, func(f kind.Fill) bool { return f.To == x.Key }) {
			return true
		}
	}
	return false
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
		switch c.What {
		case sqlgen.KeepsRule:
			bad = append(bad, v.brokenIn(c.Rule, language))
			continue
		case sqlgen.KeepsUnique:
			bad = append(bad, v.broken(c.Rule, fault.Conflict, c.Rule.Text(language)))
			continue
		case sqlgen.IsUnique:
			bad = append(bad, fault.New(fault.Conflict, "another record has this value").At(v.at(c.Field)...))
			continue
		case sqlgen.Exists:
			bad = append(bad, NotFound().At(v.at(c.Field)...))
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

// looked is what a watch has found in a write.
type looked struct {
	at   map[int64][]int // records whose rules look at what was written, with the rows that did
	rows []int           // where they look at whatever record: all that were written
}

// who are the rows that a record's rules look at.
func (l *looked) who(id int64) []int {
	if l.rows != nil {
		return l.rows
	}
	return l.at[id]
}

// watch notes the records whose rules look at some records as they are now.
func (w *writer) watch(ctx context.Context, f *form.Form, items []*item) error {
	if len(items) == 0 {
		return nil
	}
	for _, by := range f.Watchers() {
		if err := w.notice(ctx, by, items); err != nil {
			return err
		}
	}
	return nil
}

// leave notes the records whose rules look at some records before they are written.
// What is not kept already is no fault of the write, which may be a step to mend it.
// In what a write has begun that can no longer be known. What is made leads nowhere before.
func (w *writer) leave(ctx context.Context, f *form.Form, items []*item) error {
	known := !w.begun
	w.begun = true
	for _, by := range f.Watchers() {
		if items[0].old() || known && by.Anywhere() {
			if err := w.notice(ctx, by, items); err != nil {
				return err
			}
		}
		if !known || w.owners[by] == nil {
			continue
		}
		err := w.ask(ctx, by, w.owners[by].ids(nil), func(id int64, broken []*form.Rule) {
			for _, r := range broken {
				if w.before == nil {
					w.before = map[ruled]bool{}
				}
				w.before[ruled{r, id}] = true
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// notice notes what one watch finds.
func (w *writer) notice(ctx context.Context, by *form.Watch, items []*item) error {
	ids, rows := make([]int64, len(items)), map[int64]int{}
	for i, it := range items {
		ids[i], rows[it.id] = it.id, it.row
	}
	if w.owners == nil {
		w.owners = map[*form.Watch]*looked{}
	}
	l := w.owners[by]
	if l == nil {
		l = &looked{at: map[int64][]int{}}
		w.owners[by] = l
	}
	if by.Anywhere() {
		for _, it := range items {
			l.rows = append(l.rows, it.row)
		}
	}
	s := sqlgen.Owners(by, ids)
	return w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		owner := row[0].(int64)
		list := l.at[owner]
		if !by.Anywhere() {
			if who := rows[row[1].(int64)]; len(list) == 0 || list[len(list)-1] != who {
				list = append(list, who)
			}
		}
		l.at[owner] = list
		return nil
	})
}

// ruled is a rule of one record.
type ruled struct {
	rule *form.Rule
	id   int64
}

// ids are the records that were found, but for some, in order.
func (l *looked) ids(but func(id int64) bool) []int64 {
	var out []int64
	for id := range l.at {
		if but == nil || !but(id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// ask tells which rules of a watch some records do not keep.
func (w *writer) ask(ctx context.Context, by *form.Watch, ids []int64, tell func(id int64, broken []*form.Rule)) error {
	if len(ids) == 0 {
		return nil
	}
	checks := make([]sqlgen.Check, len(by.Rules))
	for i, r := range by.Rules {
		checks[i] = sqlgen.Check{What: sqlgen.KeepsRule, Rule: r}
	}
	s := w.env().Judge(by.Owner(), ids, checks)
	return w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		var broken []*form.Rule
		for i, r := range by.Rules {
			if ok, _ := row[1+i].(bool); !ok {
				broken = append(broken, r)
			}
		}
		tell(row[0].(int64), broken)
		return nil
	})
}

// settle judges what could not be judged before everything was written.
func (w *writer) settle(ctx context.Context) error {
	type record struct {
		form *form.Form
		id   int64
	}
	done := map[record]bool{}
	late := map[*form.Form][]lateChecks{}
	var forms []*form.Form
	for _, l := range w.late {
		if w.stopped[l.row] {
			continue
		}
		done[record{l.Form, l.id}] = true
		if late[l.Form] == nil {
			forms = append(forms, l.Form)
		}
		late[l.Form] = append(late[l.Form], l)
	}
	for _, f := range forms {
		if err := w.settleForm(ctx, f, late[f]); err != nil {
			return err
		}
	}
	for by, l := range w.owners {
		// Its own checks have all the rules of a record that look at others.
		ids := l.ids(func(id int64) bool { return done[record{by.Owner(), id}] })
		err := w.ask(ctx, by, ids, func(id int64, broken []*form.Rule) {
			seen := map[int]bool{}
			for _, who := range l.who(id) {
				if seen[who] || w.stopped[who] {
					continue
				}
				seen[who] = true
				for _, r := range broken {
					if !w.before[ruled{r, id}] && (by.Direct() || !w.says(who, r)) {
						w.fail(who, brokenAt(r, id, w.Language))
					}
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// says tells whether it is said of a row already that its own record does not keep a rule.
func (w *writer) says(row int, r *form.Rule) bool {
	return says(w.bad[row], r.Key)
}

func says(bad fault.List, rule any) bool {
	return slices.ContainsFunc(bad, func(f *fault.Fault) bool { return f.Details["rule"] == rule && f.Details["record"] == nil })
}

// settleForm judges records of one form, all by one statement.
func (w *writer) settleForm(ctx context.Context, f *form.Form, late []lateChecks) error {
	var all []sqlgen.Check
	at := map[sqlgen.Check]int{}
	ids, by := make([]int64, len(late)), map[int64][]lateChecks{}
	for i, l := range late {
		ids[i] = l.id
		by[l.id] = append(by[l.id], l)
		for _, c := range l.checks {
			if _, ok := at[c]; !ok {
				at[c] = len(all)
				all = append(all, c)
			}
		}
	}
	s := w.env().Judge(f, ids, all)
	return w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		for _, l := range by[row[0].(int64)] {
			kept := make([]pg.Value, 1, len(l.checks)+1)
			kept[0] = row[0]
			for _, c := range l.checks {
				kept = append(kept, row[1+at[c]])
			}
			if l.given == nil { // nothing was given that a fault could be at
				w.fail(l.row, brokenOf(l.checks, kept, w.Language)...)
			} else {
				w.fail(l.row, l.judge(l.checks, kept[1:], w.Language)...)
			}
		}
		return nil
	})
}

// brokenOf are the rules that a record does not keep, given its number and the
// outcome of each: they are said of that record, not of a field that was given.
func brokenOf(rules []sqlgen.Check, row []pg.Value, language string) fault.List {
	var bad fault.List
	for i, c := range rules {
		if ok, _ := row[1+i].(bool); !ok {
			bad = append(bad, brokenAt(c.Rule, row[0].(int64), language))
		}
	}
	return bad
}

// brokenAt is the fault of a rule that some other record does not keep.
func brokenAt(r *form.Rule, id int64, language string) *fault.Fault {
	return fault.New(fault.Invalid, "%s", r.Text(language)).With("rule", r.Key).With("record", kind.ID(r.Form.Key, id))
}
