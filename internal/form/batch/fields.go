package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/form/kind"
)

// work is something to be done to a field, or not yet: it may need what another
// does.
type work struct {
	path  []any
	check func() error
	do    func() error
}

// newField is a field to be made, without what may speak of others.
func (a *applier) newField(f document.Form, d document.Field) (form.NewField, error) {
	n := form.NewField{Key: d.Key, Kind: d.Kind, Labels: d.Labels, Help: d.Help, Required: d.Required, Unique: d.Unique, Indexed: d.Indexed, Section: d.Section, Purpose: d.Purpose}
	early := document.Settings{}
	for name, v := range d.Settings {
		if !slices.Contains(late, name) {
			early[name] = v
		}
	}
	in, err := early.Input()
	if err != nil {
		return n, fault.Below(err, "settings")
	}
	n.Settings = in
	for _, o := range d.Options {
		n.Settings.Options = append(n.Settings.Options, form.NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour})
	}
	if in.Inverse != nil && in.To != nil {
		n.Settings.InverseLabel = a.labelsOf(*in.To, *in.Inverse)
	}
	if d.Default != nil {
		if n.Default, err = form.DecodeJSON(d.Default); err != nil {
			return n, err
		}
	}
	return n, nil
}

// labelsOf are the labels that the document gives a field.
func (a *applier) labelsOf(form, field string) form.Label {
	for _, f := range a.doc.Forms {
		for _, x := range f.Fields {
			if f.Key == form && x.Key == field {
				return x.Labels
			}
		}
	}
	return nil
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
					return fault.Below(err, w.path...)
				}
				continue
			}
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			if waiting = append(waiting, w); first == nil {
				first = fault.Below(err, w.path...)
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
			if f := a.Cat.Form(d.Key); f.ArchivedAt != nil || f.AnyField(x.Key) != nil {
				continue
			}
			a.fresh[d.Key+"."+x.Key] = true
			n, err := a.newField(d, x)
			if err != nil {
				return fault.Below(err, at(i, "fields", j)...)
			}
			n.Settings.Inverse = nil
			list = append(list, work{at(i, "fields", j),
				func() error { _, err := a.CheckNewField(a.Cat.Form(d.Key), n); return err },
				func() error { _, err := a.AddOne(ctx, a.Cat.Form(d.Key), n, 0); return err }})
		}
	}
	if err := a.all(list); err != nil {
		return err
	}
	return a.tieInverses(ctx)
}

const setSettings = `UPDATE fieldwork.field SET settings = $3 WHERE org_id = $1 AND id = $2`

// late are the settings that may speak of fields which are not there yet; they
// are set when all fields are.
var late = []string{"shownWhen", "requiredWhen", "readOnlyWhen", "defaultExpression", "pick", "dependsOn", "fill", "orderBy", "rows"}

// tieInverses says of the references that were made what is on their other side.
// Where the document has that, it has been made like any field; else it is now.
func (a *applier) tieInverses(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		for j, x := range d.Fields {
			in, err := x.Settings.Input()
			if err != nil {
				return err
			}
			f := a.Cat.Form(d.Key)
			ref := f.AnyField(x.Key)
			if in.Inverse == nil || in.To == nil && ref != nil && ref.Target == nil || ref == nil || !a.fresh[d.Key+"."+x.Key] {
				continue
			}
			ref.Settings.Inverse = *in.Inverse
			b, err := json.Marshal(ref.Settings)
			if err != nil {
				return err
			}
			if _, err := a.Tx.ExecContext(ctx, setSettings, a.Cat.OrgID, ref.ID, b); err != nil {
				return fmt.Errorf("set settings: %w", err)
			}
			if a.Cat.Form(ref.Settings.To).AnyField(*in.Inverse) != nil {
				continue
			}
			if err := a.AddInverse(ctx, f, ref, nil); err != nil {
				return fault.Below(err, at(i, "fields", j)...)
			}
		}
	}
	return nil
}

// updateFields makes the fields that are there what the document says.
func (a *applier) updateFields(ctx context.Context) error {
	var list []work
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		for j, want := range d.Fields {
			x := f.AnyField(want.Key)
			if x == nil || x.KindName() != want.Kind || f.ArchivedAt != nil {
				continue
			}
			if x.ArchivedAt != nil && !want.Archived && !(x.Via != nil && x.Via.ArchivedAt != nil) {
				if err := a.RestoreField(ctx, d.Key, x.Key); err != nil {
					return fault.Below(err, at(i, "fields", j)...)
				}
				if err := a.Reload(ctx); err != nil {
					return err
				}
				f = a.Cat.Form(d.Key)
			}
			if x = f.Field(want.Key); x == nil { // archived, or needs what is not there yet
				if x = f.AnyField(want.Key); x.Broken == "" {
					continue
				}
			}
			u, twice, err := a.update(x, want)
			if err != nil {
				return fault.Below(err, at(i, "fields", j)...)
			}
			if u == nil {
				continue
			}
			list = append(list, work{at(i, "fields", j),
				func() error { _, err := a.CheckUpdate(a.Cat.Form(d.Key).AnyField(x.Key), *u); return err },
				func() error {
					if err := a.UpdateField(ctx, d.Key, x.Key, *u); err != nil || twice == nil {
						return err
					}
					return a.UpdateField(ctx, d.Key, x.Key, form.FieldUpdate{Settings: &form.SettingsInput{Options: twice}})
				}})
		}
	}
	return a.all(list)
}

// update is what makes x the field that is wanted, nil for nothing. Options that
// are made to be archived at once need a second list, without them.
func (a *applier) update(x *form.Field, want document.Field) (u *form.FieldUpdate, twice []form.NewOption, err error) {
	have := document.OfField(x)
	have.Normalise()
	if want.Labels == nil {
		want.Labels = have.Labels
	}
	made := a.fresh[x.Form.Key+"."+x.Key]
	if made { // said when it was made; a job may be building the indexes
		want.Unique, want.Indexed = have.Unique, have.Indexed
	}
	now := form.Attributes(want, "settings", "options", "purpose", "archived")
	options, twice, differ := a.options(x, want)
	settings, err := settingsTo(x.KindName(), have.Settings, want.Settings)
	if err != nil {
		return nil, nil, fault.Below(err, "settings")
	}
	if same(form.Attributes(have, "settings", "options", "purpose", "archived"), now) && settings == nil && !differ {
		return nil, nil, nil
	}
	u = &form.FieldUpdate{Labels: exactly(x.Labels, want.Labels), Help: exactly(x.Help, want.Help), Required: &want.Required,
		Section: &want.Section, ClearDefault: want.Default == nil, Settings: settings}
	if !made {
		u.Unique, u.Indexed = &want.Unique, &want.Indexed
	}
	if want.Default != nil {
		if u.Default, err = form.DecodeJSON(want.Default); err != nil {
			return nil, nil, err
		}
	}
	if differ {
		if u.Settings == nil {
			u.Settings = &form.SettingsInput{}
		}
		u.Settings.Options = options
	}
	return u, twice, nil
}

// settingsTo is what makes settings those that are wanted, but for what is given when
// a field is made; nil for nothing.
func settingsTo(kindName string, have, want document.Settings) (*form.SettingsInput, error) {
	said := document.Settings{}
	var gone []string
	for name, v := range want {
		if !document.IsFixed(kindName, name) && !document.SameJSON(have[name], v) {
			said[name] = v
		}
	}
	for name := range have {
		if !document.IsFixed(kindName, name) && want[name] == nil {
			gone = append(gone, name)
		}
	}
	if len(said)+len(gone) == 0 {
		return nil, nil
	}
	in, err := said.Input()
	if in.Placeholder != nil {
		var was form.Label
		_ = json.Unmarshal(have["placeholder"], &was) // none is empty
		all := exactly(was, *in.Placeholder)
		in.Placeholder = &all
	}
	in.Clear = gone
	return &in, err
}

// options are all live options of a field as they are to be, and whether that
// changes anything. Options that go stay, at the end, unless they may be removed.
func (a *applier) options(x *form.Field, want document.Field) (now, twice []form.NewOption, differ bool) {
	if !kind.IsChoice(x.Kind) {
		return nil, nil, false
	}
	remove := a.remove || a.fresh[x.Form.Key+"."+x.Key]
	have := map[string]*form.Option{}
	for _, o := range x.Options {
		have[o.Key] = o
	}
	known := map[string]bool{}
	var made []form.NewOption
	for _, o := range want.Options {
		known[o.Key] = true
		n := form.NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents}
		if n.Labels == nil {
			n.Labels = form.Label{}
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
			now = append(now, form.NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents})
		}
	}
	var live []form.NewOption
	for _, o := range x.Options {
		if o.ArchivedAt == nil {
			live = append(live, form.NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents})
		}
	}
	if made != nil {
		return append(slices.Clip(now), made...), now, true
	}
	return now, nil, !slices.EqualFunc(live, now, func(a, b form.NewOption) bool {
		return a.Key == b.Key && string(a.Labels.JSON()) == string(b.Labels.JSON()) && a.Colour == b.Colour && slices.Equal(a.Parents, b.Parents)
	})
}
