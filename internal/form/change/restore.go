package change

import (
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// RestoreState writes a definition that the field had under its kind.
func (e *Edit) RestoreState(ctx context.Context, old *form.Field, was FieldState) error {
	f, x := old.Form, *old
	x.Labels, x.Help, x.Required, x.Unique, x.Indexed, x.Section = was.Labels, was.Help, was.Required, was.Unique, was.Indexed, was.Section
	x.Default = was.Default
	options := old.Settings.Options
	x.Settings = was.Settings
	x.Settings.Options = options
	if was.Options != nil {
		x.Settings.Options = nil
		for _, o := range was.Options {
			x.Settings.Options = append(x.Settings.Options, kind.Option{Key: o.Key, Enum: form.EnumName(o.Key), Archived: o.Archived, Parents: o.Parents})
		}
	}
	var bad fault.List
	_ = bad.Add(kind.CheckSettings(x.Kind, &x.Settings), "settings")
	e.checkTarget(&x, &bad)
	if len(bad) == 0 {
		checkCommon(&x, &bad)
	}
	CheckIndexes(&x, &bad)
	if len(bad) == 0 {
		_ = bad.Add(e.Cat.CompileField(&x), "settings")
	}
	if len(bad) > 0 {
		return bad
	}
	if _, known := sections(f)[x.Section]; !known && len(f.Sections) > 0 {
		x.Section = ""
	}
	if _, err := e.later(ctx, &x, old); err != nil {
		return err
	}
	if err := e.SetIndexes(ctx, f, &x, old); err != nil {
		return err
	}
	if x.Filled && (!x.Required || x.ShownWhen != nil) {
		x.Filled = false
		if err := e.DDL(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if err := e.SaveField(ctx, &x); err != nil {
		return err
	}
	if was.Options != nil {
		var use []form.NewOption
		var archived []form.NewOption
		for _, o := range was.Options {
			if o.Archived {
				archived = append(archived, o.NewOption)
			} else {
				use = append(use, o.NewOption)
			}
		}
		// Options that came since are archived: records may hold them.
		if err := e.saveOptions(ctx, old, slices.Concat(use, archived)); err != nil {
			return err
		}
		if err := e.SetOptions(ctx, old, use); err != nil {
			return err
		}
	}
	if err := e.Reload(ctx); err != nil {
		return err
	}
	e.Note("updateField", f.Key, x.Key, StateOf(old), StateOf(e.Cat.Form(f.Key).AnyField(x.Key)))
	return nil
}

func sections(f *form.Form) map[string]bool {
	out := map[string]bool{"": true}
	for _, s := range f.Sections {
		out[s.Key] = true
	}
	return out
}
