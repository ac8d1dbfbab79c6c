package graph

import (
	"context"

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
	return &model.FormPayload{Form: cat.Form(key), Change: change(cat, action)}, nil
}

func (r *Resolver) fieldPayload(cat *form.Catalog, err error, formKey, key, action string) (*model.FieldPayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	r.Changed(cat.OrgID, cat.Version)
	f := cat.Form(formKey)
	for _, x := range f.Fields {
		if x.Key == key {
			return &model.FieldPayload{Form: f, Field: x, Change: change(cat, action)}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "form %q has no field %q", formKey, key)
}

func change(cat *form.Catalog, action string) *model.DefinitionChange {
	return &model.DefinitionChange{Version: int(cat.Version), Action: action}
}

func newField(ctx context.Context, in model.AddFieldInput) form.NewField {
	n := form.NewField{Key: in.Key, Kind: string(in.Kind), Labels: labels(ctx, in.Label, in.Labels), Help: labels(ctx, nil, in.Help),
		Required: or(in.Required), Unique: or(in.Unique), Indexed: or(in.Indexed), Default: in.Default, After: in.After, Section: or(in.Section)}
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
	s := &form.SettingsInput{MinLength: in.MinLength, MaxLength: in.MaxLength, Pattern: in.Pattern, Min: in.Min, Max: in.Max, Scale: in.Scale,
		To: in.To, Via: in.Via, Inverse: in.Inverse, InverseLabel: labels(ctx, nil, in.InverseLabel)}
	if in.OnDelete != nil {
		on := string(*in.OnDelete)
		s.OnDelete = &on
	}
	if in.Options != nil {
		s.Options = []form.NewOption{}
	}
	for _, o := range in.Options {
		s.Options = append(s.Options, form.NewOption{Key: o.Key, Labels: labels(ctx, o.Label, o.Labels), Colour: or(o.Colour)})
	}
	return s
}

// fieldSettings shows what a field adds to its kind.
func fieldSettings(x *form.Field) *model.FieldSettings {
	s := x.Settings
	out := &model.FieldSettings{MinLength: s.MinLength, MaxLength: s.MaxLength, Pattern: some(s.Pattern), Min: some(s.Min), Max: some(s.Max),
		Scale: s.Scale, To: some(s.To), Inverse: some(s.Inverse), Via: some(s.Via)}
	if s.OnDelete != "" {
		on := model.OnDelete(s.OnDelete)
		out.OnDelete = &on
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
