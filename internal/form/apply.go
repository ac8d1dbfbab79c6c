package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
)

const setFormPosition = `UPDATE fieldwork.form SET position = $3 WHERE org_id = $1 AND id = $2 AND position <> $3`

// Applying says how a document is applied.
type Applying struct {
	Remove bool // archive what is in use and not in the document; rules are removed
	DryRun bool // do it all, and undo it
}

// Applied is what came of it: the differences that there were and are no more,
// and those that are left, each with its reason or for want of Remove.
type Applied struct {
	Catalog *Catalog // as it is now
	Made    []Difference
	Left    []Difference
}

// errUndo ends a change that is not to be kept.
var errUndo = errors.New("the change is not to be kept")

// Apply makes the organisation's definitions what the document says, in one
// change. Nothing is archived unless Remove says so, nothing is converted, and
// what can only be given when a form or a field is made stays: that is reported,
// and the rest is done. A second time changes nothing, and makes no new version.
// Faults: FORBIDDEN, INVALID and CONFLICT with paths below document.
func (s *Store) Apply(ctx context.Context, by org.Actor, expected *int64, d Document, how Applying) (Applied, error) {
	var out Applied
	cat, err := s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		worked := e.cat.standing()
		before := Diff(e.cat, d)
		a := &applier{edit: e, doc: d, remove: how.Remove, fresh: map[string]bool{}}
		if err := a.run(ctx); err != nil {
			return err
		}
		if err := e.reload(ctx); err != nil {
			return err
		}
		out = Applied{Catalog: e.cat, Left: Diff(e.cat, d)}
		out.Made = settled(before, out.Left)
		if len(e.log) == 0 {
			return errUndo
		}
		if how.DryRun {
			if err := e.breaks(worked, e.cat); err != nil {
				return err
			}
			return errUndo
		}
		return nil
	})
	switch {
	case err == nil:
		out.Catalog = cat
	case errors.Is(err, errUndo):
		out.Catalog, err = Load(ctx, s.db, by.OrgID)
	}
	return out, err
}

// settled is the differences of a that are not in b, by their paths.
func settled(a, b []Difference) []Difference {
	left := map[string]bool{}
	for _, d := range b {
		left[fmt.Sprint(d.Path)] = true
	}
	out := []Difference{}
	for _, d := range a {
		if !left[fmt.Sprint(d.Path)] {
			out = append(out, d)
		}
	}
	return out
}

type applier struct {
	*edit
	doc    Document
	remove bool
	fresh  map[string]bool // form.field that were not there before
}

// late are the settings that may speak of fields which are not there yet; they
// are set when all fields are.
var late = []string{"shownWhen", "requiredWhen", "readOnlyWhen", "defaultExpression", "pick", "dependsOn", "fill", "orderBy", "rows"}

func (a *applier) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{a.forms, a.designs, a.addFields, a.updateFields, a.titles, a.rules, a.archive, a.order} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := a.reload(ctx); err != nil {
			return err
		}
	}
	return nil
}

// at is the path of a part of the document.
func at(i int, more ...any) []any { return append([]any{"document", "forms", i}, more...) }

// under moves the faults of an edit below a path of the document.
func under(err error, path ...any) error {
	for i := len(path) - 1; i >= 0 && err != nil; i-- {
		err = below(err, path[i])
	}
	return err
}

// forms makes the forms that are not there, with the fields that need no others,
// and brings back those that are archived.
func (a *applier) forms(ctx context.Context) error {
	var made []NewForm
	var places []place
	for i, d := range a.doc.Forms {
		switch f := a.cat.Form(d.Key); {
		case f == nil:
			n := NewForm{Key: d.Key, Plural: d.Plural, Labels: d.Labels, Plurals: d.PluralLabels, Descriptions: d.Description, Icon: d.Icon, Colour: d.Colour, Sections: d.Sections}
			p := place{form: i}
			for j, x := range d.Fields {
				a.fresh[d.Key+"."+x.Key] = true
				if (NewField{Kind: x.Kind}).turn() > 0 {
					continue
				}
				nf, err := a.newField(d, x)
				if err != nil {
					return under(err, at(i, "fields", j)...)
				}
				nf.Settings.Inverse = nil // the other side comes when all forms are there
				if n.Fields, p.fields = append(n.Fields, nf), append(p.fields, j); x.Key == d.Title {
					n.Title = d.Title
				}
			}
			made, places = append(made, n), append(places, p)
		case f.ArchivedAt != nil && !d.Archived:
			if err := a.archiveForm(ctx, f.Key, false); err != nil {
				return under(err, at(i)...)
			}
		}
	}
	if len(made) == 0 {
		return nil
	}
	err := a.createForms(ctx, made)
	if len(made) == 1 {
		err = under(err, 0)
	}
	return inDocument(err, places)
}

// place is where a new form and those of its fields that are made with it stand in
// the document.
type place struct {
	form   int
	fields []int
}

// inDocument moves faults of new forms to where those stand in the document.
func inDocument(err error, places []place) error {
	var list fault.List
	if other := list.Add(err); other != nil || err == nil {
		return other
	}
	for _, ft := range list {
		path := slices.Clone(ft.Path)
		if i, ok := first(path); ok && i < len(places) {
			p := places[i]
			path[0] = p.form
			if j, ok := first(path[min(2, len(path)):]); ok && path[1] == "fields" && j < len(p.fields) {
				path[2] = p.fields[j]
			}
		}
		ft.Path = append([]any{"document", "forms"}, path...)
	}
	return list
}

func first(path []any) (int, bool) {
	if len(path) == 0 {
		return 0, false
	}
	i, ok := path[0].(int)
	return i, ok
}

// newField is a field to be made, without what may speak of others.
func (a *applier) newField(f FormDocument, d FieldDocument) (NewField, error) {
	n := NewField{Key: d.Key, Kind: d.Kind, Labels: d.Labels, Help: d.Help, Required: d.Required, Unique: d.Unique, Indexed: d.Indexed, Section: d.Section, Purpose: d.Purpose}
	early := settingsDocument{}
	for name, v := range d.Settings {
		if !slices.Contains(late, name) {
			early[name] = v
		}
	}
	in, err := early.input()
	if err != nil {
		return n, below(err, "settings")
	}
	n.Settings = in
	for _, o := range d.Options {
		n.Settings.Options = append(n.Settings.Options, NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour})
	}
	if in.Inverse != nil && in.To != nil {
		n.Settings.InverseLabel = a.labelsOf(*in.To, *in.Inverse)
	}
	if d.Default != nil {
		if n.Default, err = decodeJSON(d.Default); err != nil {
			return n, err
		}
	}
	return n, nil
}

// labelsOf are the labels that the document gives a field.
func (a *applier) labelsOf(form, field string) Label {
	for _, f := range a.doc.Forms {
		for _, x := range f.Fields {
			if f.Key == form && x.Key == field {
				return x.Labels
			}
		}
	}
	return nil
}

// designs changes what people see of the forms that are there.
func (a *applier) designs(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
		if f == nil || f.ArchivedAt != nil {
			continue
		}
		have := f.Document()
		if d.Labels == nil {
			d.Labels = have.Labels
		}
		was, now := attributes(have, "fields", "rules", "title", "plural", "archived"), attributes(d, "fields", "rules", "title", "plural", "archived")
		if same(was, now) {
			continue
		}
		sections := make([]Section, len(d.Sections))
		for i, s := range d.Sections {
			sections[i] = s
			sections[i].Labels = exactly(f.section(s.Key).Labels, s.Labels)
		}
		u := FormUpdate{Labels: exactly(f.Labels, d.Labels), Plurals: exactly(f.Plurals, d.PluralLabels), Descriptions: exactly(f.Descriptions, d.Description),
			Icon: &d.Icon, Colour: &d.Colour, Sections: sections}
		if err := a.updateForm(ctx, d.Key, u); err != nil {
			return under(err, at(i)...)
		}
	}
	return nil
}

func same(a, b map[string]json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if !sameJSON(v, b[name]) {
			return false
		}
	}
	return true
}

// exactly is what makes the label l the label want: an empty text removes one.
func exactly(l, want Label) Label {
	out := Label{}
	for lang := range l {
		out[lang] = ""
	}
	for lang, t := range want {
		out[lang] = t
	}
	return out
}

// work is something to be done to a field, or not yet: it may need what another
// does.
type work struct {
	path  []any
	check func() error
	do    func() error
}

// all does all of it, each as soon as it can be. When nothing more can be, it
// fails with what the first lacks.
func (a *applier) all(list []work) error {
	for len(list) > 0 {
		var waiting []work
		var first error
		for _, w := range list {
			err := w.check()
			if err == nil {
				err = w.do()
				if err != nil {
					return under(err, w.path...)
				}
				continue
			}
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			if waiting = append(waiting, w); first == nil {
				first = under(err, w.path...)
			}
		}
		if len(waiting) == len(list) {
			return first
		}
		list = waiting
	}
	return nil
}

// addFields adds the fields that are not there, and what is behind references.
func (a *applier) addFields(ctx context.Context) error {
	var list []work
	for i, d := range a.doc.Forms {
		for j, x := range d.Fields {
			if f := a.cat.Form(d.Key); f.ArchivedAt != nil || f.any(x.Key) != nil {
				continue
			}
			a.fresh[d.Key+"."+x.Key] = true
			n, err := a.newField(d, x)
			if err != nil {
				return under(err, at(i, "fields", j)...)
			}
			n.Settings.Inverse = nil
			list = append(list, work{at(i, "fields", j),
				func() error { _, err := a.checkNewField(a.cat.Form(d.Key), n); return err },
				func() error { _, err := a.addOne(ctx, a.cat.Form(d.Key), n, 0); return err }})
		}
	}
	if err := a.all(list); err != nil {
		return err
	}
	return a.tieInverses(ctx)
}

const setSettings = `UPDATE fieldwork.field SET settings = $3 WHERE org_id = $1 AND id = $2`

// tieInverses says of the references that were made what is on their other side.
// Where the document has that, it has been made like any field; else it is now.
func (a *applier) tieInverses(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		for j, x := range d.Fields {
			in, err := x.Settings.input()
			if err != nil {
				return err
			}
			f := a.cat.Form(d.Key)
			ref := f.any(x.Key)
			if in.Inverse == nil || in.To == nil && ref != nil && ref.Target == nil || ref == nil || !a.fresh[d.Key+"."+x.Key] {
				continue
			}
			ref.Settings.Inverse = *in.Inverse
			b, err := json.Marshal(ref.Settings)
			if err != nil {
				return err
			}
			if _, err := a.tx.ExecContext(ctx, setSettings, a.cat.OrgID, ref.ID, b); err != nil {
				return fmt.Errorf("set settings: %w", err)
			}
			if a.cat.Form(ref.Settings.To).any(*in.Inverse) != nil {
				continue
			}
			if err := a.addInverse(ctx, f, ref, nil); err != nil {
				return under(err, at(i, "fields", j)...)
			}
		}
	}
	return nil
}

// updateFields makes the fields that are there what the document says.
func (a *applier) updateFields(ctx context.Context) error {
	var list []work
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
		for j, want := range d.Fields {
			x := f.any(want.Key)
			if x == nil || x.KindName() != want.Kind || f.ArchivedAt != nil {
				continue
			}
			if x.ArchivedAt != nil && !want.Archived && !(x.Via != nil && x.Via.ArchivedAt != nil) {
				if err := a.restoreField(ctx, d.Key, x.Key); err != nil {
					return under(err, at(i, "fields", j)...)
				}
				if err := a.reload(ctx); err != nil {
					return err
				}
				f = a.cat.Form(d.Key)
			}
			if x = f.Field(want.Key); x == nil { // archived, or needs what is not there yet
				if x = f.any(want.Key); x.Broken == "" {
					continue
				}
			}
			u, twice, err := a.update(x, want)
			if err != nil {
				return under(err, at(i, "fields", j)...)
			}
			if u == nil {
				continue
			}
			list = append(list, work{at(i, "fields", j),
				func() error { _, err := a.checkUpdate(a.cat.Form(d.Key).any(x.Key), *u); return err },
				func() error {
					if err := a.updateField(ctx, d.Key, x.Key, *u); err != nil || twice == nil {
						return err
					}
					return a.updateField(ctx, d.Key, x.Key, FieldUpdate{Settings: &SettingsInput{Options: twice}})
				}})
		}
	}
	return a.all(list)
}

// update is what makes x the field that is wanted, nil for nothing. Options that
// are made to be archived at once need a second list, without them.
func (a *applier) update(x *Field, want FieldDocument) (u *FieldUpdate, twice []NewOption, err error) {
	have := x.document()
	have.normalise()
	if want.Labels == nil {
		want.Labels = have.Labels
	}
	now := attributes(want, "settings", "options", "purpose", "archived")
	options, twice, differ := a.options(x, want)
	settings, err := change(x.KindName(), have.Settings, want.Settings)
	if err != nil {
		return nil, nil, below(err, "settings")
	}
	if same(attributes(have, "settings", "options", "purpose", "archived"), now) && settings == nil && !differ {
		return nil, nil, nil
	}
	u = &FieldUpdate{Labels: exactly(x.Labels, want.Labels), Help: exactly(x.Help, want.Help), Required: &want.Required, Unique: &want.Unique, Indexed: &want.Indexed,
		Section: &want.Section, ClearDefault: want.Default == nil, Settings: settings}
	if want.Default != nil {
		if u.Default, err = decodeJSON(want.Default); err != nil {
			return nil, nil, err
		}
	}
	if differ {
		if u.Settings == nil {
			u.Settings = &SettingsInput{}
		}
		u.Settings.Options = options
	}
	return u, twice, nil
}

// change is what makes settings those that are wanted, but for what is given when
// a field is made; nil for nothing.
func change(kindName string, have, want settingsDocument) (*SettingsInput, error) {
	said := settingsDocument{}
	var gone []string
	for name, v := range want {
		if !isFixed(kindName, name) && !sameJSON(have[name], v) {
			said[name] = v
		}
	}
	for name := range have {
		if !isFixed(kindName, name) && want[name] == nil {
			gone = append(gone, name)
		}
	}
	if len(said)+len(gone) == 0 {
		return nil, nil
	}
	in, err := said.input()
	if in.Placeholder != nil {
		var was Label
		_ = json.Unmarshal(have["placeholder"], &was) // none is empty
		all := exactly(was, *in.Placeholder)
		in.Placeholder = &all
	}
	in.Clear = gone
	return &in, err
}

// options are all live options of a field as they are to be, and whether that
// changes anything. Options that go stay, at the end, unless they may be removed.
func (a *applier) options(x *Field, want FieldDocument) (now, twice []NewOption, differ bool) {
	if !kindIsChoice(x.Kind) {
		return nil, nil, false
	}
	remove := a.remove || a.fresh[x.Form.Key+"."+x.Key]
	have := map[string]*Option{}
	for _, o := range x.Options {
		have[o.Key] = o
	}
	known := map[string]bool{}
	var made []NewOption
	for _, o := range want.Options {
		known[o.Key] = true
		n := NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents}
		if n.Labels == nil {
			n.Labels = Label{}
		}
		old := have[o.Key]
		switch {
		case o.Archived && old == nil:
			made = append(made, n)
			continue
		case o.Archived && (remove || old.ArchivedAt != nil):
			continue
		}
		now = append(now, n)
	}
	for _, o := range x.Options {
		if !known[o.Key] && o.ArchivedAt == nil && !remove {
			now = append(now, NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents})
		}
	}
	var live []NewOption
	for _, o := range x.Options {
		if o.ArchivedAt == nil {
			live = append(live, NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents})
		}
	}
	if made != nil {
		return append(slices.Clip(now), made...), now, true
	}
	return now, nil, !slices.EqualFunc(live, now, func(a, b NewOption) bool {
		return a.Key == b.Key && string(a.Labels.json()) == string(b.Labels.json()) && a.Colour == b.Colour && slices.Equal(a.parents(), b.parents())
	})
}

// titles sets the fields that records are called by, when all fields are there.
func (a *applier) titles(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
		if f.ArchivedAt != nil || d.Title == "" || d.Title == f.TitleKey || f.Field(d.Title) == nil {
			continue
		}
		if err := a.updateForm(ctx, d.Key, FormUpdate{Title: &d.Title}); err != nil {
			return under(err, at(i)...)
		}
	}
	return nil
}

func (a *applier) rules(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
		if f.ArchivedAt != nil {
			continue
		}
		known := map[string]bool{}
		for j, want := range d.Rules {
			known[want.Key] = true
			if err := a.rule(ctx, f, want); err != nil {
				return under(err, at(i, "rules", j)...)
			}
		}
		for _, r := range f.Rules {
			if a.remove && !known[r.Key] {
				if err := a.removeRule(ctx, f.Key, r.Key); err != nil {
					return under(err, at(i, "rules")...)
				}
			}
		}
	}
	return nil
}

func (a *applier) rule(ctx context.Context, f *Form, want RuleDocument) error {
	r := f.Rule(want.Key)
	if r == nil {
		return a.addRule(ctx, f, NewRule(want))
	}
	have := RuleDocument{Key: r.Key, Kind: r.Kind, Expression: r.Expression, Fields: r.FieldKeys, IgnoreCase: r.IgnoreCase, Message: r.Message}
	if have.Kind != want.Kind || same(attributes(have), attributes(want)) {
		return nil
	}
	if want.Fields == nil {
		want.Fields = []string{}
	}
	return a.updateRule(ctx, f.Key, r.Key, RuleUpdate{Expression: &want.Expression, Fields: want.Fields, IgnoreCase: &want.IgnoreCase, Message: exactly(r.Message, want.Message)})
}

// archive archives what the document has as archived, or has not: of what was
// there before only when that may be removed.
func (a *applier) archive(ctx context.Context) error {
	known := map[string]bool{}
	for _, d := range a.doc.Forms {
		known[d.Key] = true
		f := a.cat.Form(d.Key)
		if f.ArchivedAt != nil {
			continue
		}
		fields := map[string]bool{} // by key, whether archived
		for _, x := range d.Fields {
			fields[x.Key] = x.Archived
		}
		for _, x := range f.Fields {
			archived, listed := fields[x.Key]
			if x.ArchivedAt != nil || listed && !archived || !a.remove && !(listed && a.fresh[d.Key+"."+x.Key]) || x.Purpose == "MEMBER_EMAIL" || x.Purpose == "MEMBER_STATUS" {
				continue
			}
			if err := a.setArchived(ctx, f, x, true); err != nil {
				return err
			}
		}
	}
	if err := a.reload(ctx); err != nil {
		return err
	}
	var list []work
	for _, f := range a.cat.Active() {
		gone := a.remove && !a.doc.Partial && !known[f.Key]
		for _, d := range a.doc.Forms {
			gone = gone || d.Key == f.Key && d.Archived && (a.remove || a.isFresh(d))
		}
		if gone && !f.Standard {
			list = append(list, work{[]any{"document", "forms"},
				func() error { // refused before anything is done, while others refer to it
					if err := a.archiveForm(ctx, f.Key, true); err != nil {
						return err
					}
					return a.reload(ctx)
				},
				func() error { return nil }})
		}
	}
	return a.all(list)
}

// isFresh says whether the form was made by this change.
func (a *applier) isFresh(d FormDocument) bool {
	return len(d.Fields) > 0 && a.fresh[d.Key+"."+d.Fields[0].Key]
}

// order puts the fields of each form, and the forms, in the order of the document.
// What is not in it keeps its place.
func (a *applier) order(ctx context.Context) error {
	var forms []string
	for _, d := range a.doc.Forms {
		forms = append(forms, d.Key)
		f := a.cat.Form(d.Key)
		var have, want []string
		for _, x := range f.Fields {
			have = append(have, x.Key)
		}
		for _, x := range d.Fields {
			want = append(want, x.Key)
		}
		order := arranged(have, want)
		if slices.Equal(order, have) || f.ArchivedAt != nil {
			continue
		}
		for i, key := range order {
			after := ""
			if i > 0 {
				after = order[i-1]
			}
			x := f.any(key)
			if x.after() == after && x.Position == i+1 {
				continue
			}
			if _, err := a.tx.ExecContext(ctx, setPosition, a.cat.OrgID, x.ID, i+1); err != nil {
				return fmt.Errorf("move field: %w", err)
			}
			if x.after() != after {
				a.note("moveField", f.Key, key, map[string]any{"after": x.after()}, map[string]any{"after": after})
			}
		}
	}
	var have []string
	for _, f := range a.cat.Forms {
		have = append(have, f.Key)
	}
	order := arranged(have, forms)
	if slices.Equal(order, have) {
		return nil
	}
	for i, key := range order {
		if _, err := a.tx.ExecContext(ctx, setFormPosition, a.cat.OrgID, a.cat.Form(key).ID, i+1); err != nil {
			return fmt.Errorf("move form: %w", err)
		}
	}
	a.note("moveForms", "", "", have, order)
	return nil
}

// arranged is have with those that are in want in its order, in their places.
func arranged(have, want []string) []string {
	var known []string
	for _, key := range want {
		if slices.Contains(have, key) {
			known = append(known, key)
		}
	}
	out := slices.Clone(have)
	next := 0
	for i, key := range out {
		if slices.Contains(known, key) {
			out[i] = known[next]
			next++
		}
	}
	return out
}
