package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/document"
	"fieldwork/internal/org"
)

// Applying says how a document is applied.
type Applying struct {
	Remove bool // archive what is in use and not in the document; rules and saved aggregates are removed
	DryRun bool // do it all, and undo it
}

// Applied is what came of it: the differences that there were and are no more,
// and those that are left, each with its reason or for want of Remove.
type Applied struct {
	Catalog *form.Catalog // as it is now
	Made    []document.Difference
	Left    []document.Difference
}

// errUndo ends a change that is not to be kept.
var errUndo = errors.New("the change is not to be kept")

// Apply makes the organisation's definitions what the document says, in one
// change. Nothing is archived unless Remove says so, nothing is converted, and
// what can only be given when a form or a field is made stays: that is reported,
// and the rest is done. A second time changes nothing, and makes no new version.
// Faults: FORBIDDEN, INVALID and CONFLICT with paths below document.
func Apply(ctx context.Context, s *change.Store, by org.Actor, expected *int64, d document.Document, how Applying) (Applied, error) {
	var out Applied
	cat, err := s.Change(ctx, by, expected, func(ctx context.Context, e *change.Edit) error {
		worked := change.Standing(e.Cat)
		before := document.Diff(e.Cat, d)
		a := &applier{Edit: e, doc: d, remove: how.Remove, fresh: map[string]bool{}}
		if err := a.run(ctx); err != nil {
			return err
		}
		if err := e.Reload(ctx); err != nil {
			return err
		}
		out = Applied{Catalog: e.Cat, Left: document.Diff(e.Cat, d)}
		out.Made = settled(before, out.Left)
		if len(e.Log) == 0 {
			return errUndo
		}
		if how.DryRun {
			if err := e.Breaks(worked, e.Cat); err != nil {
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
		out.Catalog, err = form.Load(ctx, s.DB, by.OrgID)
	}
	return out, err
}

// settled is the differences of a that are not in b, by their paths.
func settled(a, b []document.Difference) []document.Difference {
	left := map[string]bool{}
	for _, d := range b {
		left[fmt.Sprint(d.Path)] = true
	}
	out := []document.Difference{}
	for _, d := range a {
		if !left[fmt.Sprint(d.Path)] {
			out = append(out, d)
		}
	}
	return out
}

type applier struct {
	*change.Edit
	doc    document.Document
	remove bool
	fresh  map[string]bool // form.field that were not there before
}

func (a *applier) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{a.forms, a.designs, a.addFields, a.updateFields, a.titles, a.dropRules, a.aggregates, a.rules, a.archive, a.order} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := a.Reload(ctx); err != nil {
			return err
		}
	}
	return nil
}

// at is the path of a part of the document.
func at(i int, more ...any) []any { return append([]any{"document", "forms", i}, more...) }

// forms makes the forms that are not there, with the fields that need no others,
// and brings back those that are archived.
func (a *applier) forms(ctx context.Context) error {
	var made []form.NewForm
	var places []place
	for i, d := range a.doc.Forms {
		switch f := a.Cat.Form(d.Key); {
		case f == nil:
			n := form.NewForm{Key: d.Key, Plural: d.Plural, Labels: d.Labels, Plurals: d.PluralLabels, Descriptions: d.Description, Icon: d.Icon, Colour: d.Colour, Sections: d.Sections}
			p := place{form: i}
			for j, x := range d.Fields {
				a.fresh[d.Key+"."+x.Key] = true
				if change.Turn((form.NewField{Kind: x.Kind})) > 0 {
					continue
				}
				nf, err := a.newField(d, x)
				if err != nil {
					return fault.Below(err, at(i, "fields", j)...)
				}
				nf.Settings.Inverse = nil // the other side comes when all forms are there
				if n.Fields, p.fields = append(n.Fields, nf), append(p.fields, j); x.Key == d.Title {
					n.Title = d.Title
				}
			}
			made, places = append(made, n), append(places, p)
		case f.ArchivedAt != nil && !d.Archived:
			if err := a.ArchiveForm(ctx, f.Key, false); err != nil {
				return fault.Below(err, at(i)...)
			}
		}
	}
	if len(made) == 0 {
		return nil
	}
	err := a.CreateForms(ctx, made)
	if len(made) == 1 {
		err = fault.Below(err, 0)
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

// designs changes what people see of the forms that are there.
func (a *applier) designs(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f == nil || f.ArchivedAt != nil {
			continue
		}
		have := document.OfForm(f)
		if d.Labels == nil {
			d.Labels = have.Labels
		}
		was, now := form.Attributes(have, "fields", "rules", "aggregates", "title", "plural", "archived"), form.Attributes(d, "fields", "rules", "aggregates", "title", "plural", "archived")
		if same(was, now) {
			continue
		}
		sections := make([]form.Section, len(d.Sections))
		for i, s := range d.Sections {
			sections[i] = s
			sections[i].Labels = exactly(change.Section(f, s.Key).Labels, s.Labels)
		}
		u := form.FormUpdate{Labels: exactly(f.Labels, d.Labels), Plurals: exactly(f.Plurals, d.PluralLabels), Descriptions: exactly(f.Descriptions, d.Description),
			Icon: &d.Icon, Colour: &d.Colour, Sections: sections}
		if err := a.UpdateForm(ctx, d.Key, u); err != nil {
			return fault.Below(err, at(i)...)
		}
	}
	return nil
}

func same(a, b map[string]json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if !document.SameJSON(v, b[name]) {
			return false
		}
	}
	return true
}

// titles sets the fields that records are called by, when all fields are there.
func (a *applier) titles(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f.ArchivedAt != nil || d.Title == "" || d.Title == f.TitleKey || f.Field(d.Title) == nil {
			continue
		}
		if err := a.UpdateForm(ctx, d.Key, form.FormUpdate{Title: &d.Title}); err != nil {
			return fault.Below(err, at(i)...)
		}
	}
	return nil
}

func (a *applier) rules(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f.ArchivedAt != nil {
			continue
		}
		for j, want := range d.Rules {
			if err := a.rule(ctx, f, want); err != nil {
				return fault.Below(err, at(i, "rules", j)...)
			}
		}
	}
	return nil
}

// dropRules removes rules that the document does not have: before what they look at.
func (a *applier) dropRules(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f.ArchivedAt != nil || !a.remove {
			continue
		}
		for _, r := range f.Rules {
			if slices.ContainsFunc(d.Rules, func(w document.Rule) bool { return w.Key == r.Key }) {
				continue
			}
			if err := a.RemoveRule(ctx, f.Key, r.Key); err != nil {
				return fault.Below(err, at(i, "rules")...)
			}
		}
	}
	return nil
}

func (a *applier) rule(ctx context.Context, f *form.Form, want document.Rule) error {
	r := f.Rule(want.Key)
	if r == nil {
		return a.AddRule(ctx, f, form.NewRule(want))
	}
	have := document.Rule{Key: r.Key, Kind: r.Kind, Expression: r.Expression, Fields: r.FieldKeys, IgnoreCase: r.IgnoreCase, Message: r.Message}
	if have.Kind != want.Kind || same(form.Attributes(have), form.Attributes(want)) {
		return nil
	}
	if want.Fields == nil {
		want.Fields = []string{}
	}
	return a.UpdateRule(ctx, f.Key, r.Key, form.RuleUpdate{Expression: &want.Expression, Fields: want.Fields, IgnoreCase: &want.IgnoreCase, Message: exactly(r.Message, want.Message)})
}

// archive archives what the document has as archived, or has not: of what was
// there before only when that may be removed.
func (a *applier) archive(ctx context.Context) error {
	known := map[string]bool{}
	for _, d := range a.doc.Forms {
		known[d.Key] = true
		f := a.Cat.Form(d.Key)
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
			if err := a.SetArchived(ctx, f, x, true, a.Begun...); err != nil { // also what has just been made
				return err
			}
		}
	}
	if err := a.Reload(ctx); err != nil {
		return err
	}
	var list []work
	for _, f := range a.Cat.Active() {
		gone := a.remove && !a.doc.Partial && !known[f.Key]
		for _, d := range a.doc.Forms {
			gone = gone || d.Key == f.Key && d.Archived && (a.remove || a.isFresh(d))
		}
		if gone && !f.Standard {
			list = append(list, work{[]any{"document", "forms"},
				func() error { // refused before anything is done, while others refer to it
					if err := a.ArchiveForm(ctx, f.Key, true); err != nil {
						return err
					}
					return a.Reload(ctx)
				},
				func() error { return nil }})
		}
	}
	return a.all(list)
}

// isFresh says whether the form was made by this change.
func (a *applier) isFresh(d document.Form) bool {
	return len(d.Fields) > 0 && a.fresh[d.Key+"."+d.Fields[0].Key]
}

// exactly is what makes the label l the label want: an empty text removes one.
func exactly(l, want form.Label) form.Label {
	out := form.Label{}
	for lang := range l {
		out[lang] = ""
	}
	for lang, t := range want {
		out[lang] = t
	}
	return out
}
