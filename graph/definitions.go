package graph

import (
	"context"
	"encoding/json"

	"fieldwork/graph/model"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/record"
	"fieldwork/internal/request"

	"github.com/99designs/gqlgen/graphql"
)

// formPayload is the answer to a change that led to cat.
func (r *Resolver) formPayload(cat *form.Catalog, err error, key, action string) (*model.FormPayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	r.Changed(cat.OrgID, cat.Version)
	return &model.FormPayload{Form: cat.Form(key), Change: changeOf(cat, action)}, nil
}

func (r *Resolver) fieldPayload(cat *form.Catalog, err error, formKey, key, action string) (*model.FieldPayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	r.Changed(cat.OrgID, cat.Version)
	f := cat.Form(formKey)
	for _, x := range f.Fields {
		if x.Key == key {
			return &model.FieldPayload{Form: f, Field: x, Change: changeOf(cat, action)}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "form %q has no field %q", formKey, key)
}

func changeOf(cat *form.Catalog, action string) *model.DefinitionChange {
	c := &model.DefinitionChange{Version: int(cat.Version), Action: action, State: model.DefinitionJobStateDone, Progress: 100}
	if j := cat.Job; j != nil {
		id := jobID(j.ID)
		c.ID, c.State, c.Progress = &id, model.DefinitionJobState(j.State), j.Progress()
	}
	return c
}

func newForm(ctx context.Context, input model.CreateFormInput) form.NewForm {
	n := form.NewForm{Key: input.Key, Plural: or(input.Plural), Labels: labels(ctx, input.Label, input.Labels), Plurals: labels(ctx, input.PluralLabel, input.PluralLabels),
		Descriptions: labels(ctx, nil, input.Description), Icon: or(input.Icon), Colour: or(input.Colour), Sections: sections(ctx, input.Sections), Title: or(input.Title)}
	for _, f := range input.Fields {
		n.Fields = append(n.Fields, newField(ctx, model.AddFieldInput{Key: f.Key, Kind: f.Kind, Label: f.Label, Labels: f.Labels, Help: f.Help, Required: f.Required,
			Unique: f.Unique, Indexed: f.Indexed, Default: f.Default, Section: f.Section, Settings: f.Settings, Purpose: f.Purpose}))
	}
	return n
}

func formUpdate(ctx context.Context, input model.UpdateFormInput) form.FormUpdate {
	return form.FormUpdate{Labels: labels(ctx, input.Label, input.Labels), Plurals: labels(ctx, input.PluralLabel, input.PluralLabels),
		Descriptions: labels(ctx, nil, input.Description), Icon: input.Icon, Colour: input.Colour, Sections: sections(ctx, input.Sections), Title: input.Title}
}

func fieldUpdate(ctx context.Context, input model.UpdateFieldInput) form.FieldUpdate {
	u := form.FieldUpdate{Labels: labels(ctx, input.Label, input.Labels), Help: labels(ctx, nil, input.Help), Required: input.Required, Unique: input.Unique,
		Indexed: input.Indexed, Section: input.Section, Settings: settings(ctx, input.Settings)}
	if d, given := input.Default.ValueOK(); given {
		u.Default, u.ClearDefault = d, d == nil
	}
	return u
}

func newField(ctx context.Context, in model.AddFieldInput) form.NewField {
	n := form.NewField{Key: in.Key, Kind: string(in.Kind), Labels: labels(ctx, in.Label, in.Labels), Help: labels(ctx, nil, in.Help),
		Required: or(in.Required), Unique: or(in.Unique), Indexed: or(in.Indexed), Default: in.Default, After: in.After, Section: or(in.Section), Purpose: string(or(in.Purpose))}
	if s := settings(ctx, in.Settings); s != nil {
		n.Settings = *s
	}
	return n
}

// settings takes over the flat set of names; nil when none were given.
func settings(ctx context.Context, in *model.FieldSettingsInput) *form.SettingsInput {
	if in == nil {
		return nil
	}
	s := &form.SettingsInput{InverseLabel: labels(ctx, nil, in.InverseLabel)}
	plain := *in // what is written alike on both sides
	plain.Options, plain.InverseLabel, plain.Placeholder = nil, nil, nil
	recode(plain, s)
	if in.Placeholder != nil {
		l := labels(ctx, nil, in.Placeholder)
		s.Placeholder = &l
	}
	if in.Options != nil {
		s.Options = []form.NewOption{}
	}
	for _, o := range in.Options {
		s.Options = append(s.Options, form.NewOption{Key: o.Key, Labels: labels(ctx, o.Label, o.Labels), Colour: or(o.Colour), Parents: o.Parents})
	}
	return s
}

// fieldSettings shows what a field adds to its kind.
func fieldSettings(x *form.Field) *model.FieldSettings {
	out := &model.FieldSettings{}
	plain := x.Settings // what is written alike on both sides
	plain.Placeholder = nil
	recode(plain, out)
	for _, lang := range form.Label(x.Settings.Placeholder).Languages() {
		out.Placeholder = append(out.Placeholder, &model.LocalisedText{Language: lang, Text: x.Settings.Placeholder[lang]})
	}
	for _, o := range x.Options {
		if o.ArchivedAt == nil {
			out.Options = append(out.Options, o)
		}
	}
	for _, o := range x.Options {
		if o.ArchivedAt != nil {
			out.Options = append(out.Options, o)
		}
	}
	return out
}

// recordCount counts the records of a form; of all forms in one statement when
// forms are listed.
func (r *Resolver) recordCount(ctx context.Context, f *form.Form) (int, error) {
	req := request.From(ctx)
	if f.ArchivedAt != nil {
		return 0, nil
	}
	listed := false
	for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
		listed = listed || fc.Index != nil
	}
	if !listed {
		n, err := record.Count(ctx, r.DB, f.Catalog, []*form.Form{f})
		if err != nil {
			return 0, err
		}
		return int(n[0]), nil
	}
	n, err := req.Counts(func() (map[*form.Form]int64, error) {
		active := f.Catalog.Active()
		list, err := record.Count(ctx, r.DB, f.Catalog, active)
		out := make(map[*form.Form]int64, len(list))
		for i := range list {
			out[active[i]] = list[i]
		}
		return out, err
	})
	return int(n[f]), err
}

// recode copies what two types of settings have under the same names.
func recode(from, to any) {
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		panic(err) // names and types are those of the schema; a test sets each of them
	}
}
