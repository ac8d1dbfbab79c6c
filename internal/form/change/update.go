package change

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"

	"github.com/lib/pq"
)

// UpdateField changes a field in place. Records that are there are not changed
// and not checked again. Faults: NOT_FOUND, INVALID with the path of the
// setting, CONFLICT on another version or when values are not unique.
func (s *Store) UpdateField(ctx context.Context, by org.Actor, expected *int64, formKey, key string, u form.FieldUpdate) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.UpdateField(ctx, formKey, key, u)
	})
}

// UpdateField is the method of Store of that name, as part of a change.
func (e *Edit) UpdateField(ctx context.Context, formKey, key string, u form.FieldUpdate) error {
	f, old, err := e.Field(formKey, key)
	if err != nil {
		return err
	}
	var mine []int64
	if u.Unique == nil && u.Indexed == nil { // a field that this change has made may still be told more
		mine = e.Begun
	}
	if err := e.Idle(ctx, f, key, mine...); err != nil {
		return err
	}
	x, err := e.CheckUpdate(old, u)
	if err != nil {
		return err
	}
	if _, err := e.later(ctx, x, old); err != nil {
		return err
	}
	if x.Filled && (!x.Required || x.ShownWhen != nil) {
		x.Filled = false
		if err := e.DDL(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if err := e.SetIndexes(ctx, f, x, old); err != nil {
		return err
	}
	if err := e.SaveField(ctx, x); err != nil {
		return err
	}
	if u.Settings != nil && u.Settings.Options != nil {
		if err := e.SetOptions(ctx, old, u.Settings.Options); err != nil {
			return err
		}
	}
	if err := e.Reload(ctx); err != nil {
		return err
	}
	e.Note("updateField", formKey, key, StateOf(old), StateOf(e.Cat.Form(formKey).AnyField(key)))
	return nil
}

// SaveField writes the definition of a field.
func (e *Edit) SaveField(ctx context.Context, x *form.Field) error {
	settings, def, err := Stored(x)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, updateField, e.Cat.OrgID, x.ID, x.Labels.JSON(), x.Help.JSON(), x.Required, x.Filled, x.Unique, x.Indexed, def, x.Section, settings); err != nil {
		return fmt.Errorf("update field: %w", err)
	}
	return nil
}

// Stored are settings and default as the metadata hold them.
func Stored(f *form.Field) (settings []byte, def any, err error) {
	if f.Default != nil {
		def = []byte(f.Default)
	}
	settings, err = json.Marshal(f.Settings)
	return settings, def, err
}

// CheckUpdate makes the field that an update leads to, and refuses what makes no
// sense, all at once.
func (e *Edit) CheckUpdate(old *form.Field, u form.FieldUpdate) (*form.Field, error) {
	var bad fault.List
	x := *old
	x.Labels, x.Help = old.Labels.With(u.Labels), old.Help.With(u.Help)
	if len(x.Labels) == 0 {
		_ = bad.Add(fault.New(fault.Invalid, "a field needs a label in at least one language"), "labels")
	}
	_ = bad.Add(u.Labels.Check(form.MaxLabel, "labels"))
	_ = bad.Add(u.Help.Check(form.MaxHelp, "help"))
	if u.Required != nil {
		x.Required = *u.Required
	}
	if u.Unique != nil {
		x.Unique = *u.Unique
	}
	if u.Indexed != nil {
		x.Indexed = *u.Indexed
	}
	if u.Section != nil {
		x.Section = *u.Section
		_ = bad.Add(checkSection(x.Form, x.Section))
	}
	if u.Settings != nil {
		for name, given := range fault.InOrder(map[string]bool{"to": u.Settings.To != nil, "via": u.Settings.Via != nil && old.Kind.Name() == "CHILDREN", "inverse": u.Settings.Inverse != nil, "onDelete": u.Settings.OnDelete != nil}) {
			if given {
				_ = bad.Add(fault.New(fault.Invalid, "the setting %q cannot be changed once the field is made", name), "settings", name)
			}
		}
		e.CheckSettings(&x, *u.Settings, &bad)
	}
	if x.Kind.Name() == "AUTO_NUMBER" {
		x.Unique = true
	}
	CheckIndexes(&x, &bad)
	if len(bad) == 0 && u.Settings != nil {
		_ = bad.Add(e.Cat.CompileField(&x), "settings")
	}
	if u.ClearDefault {
		x.Default = nil
	}
	if len(bad) == 0 && u.Default != nil {
		_ = bad.Add(SetDefault(&x, u.Default))
	} else if len(bad) == 0 && u.Settings != nil {
		// The default that stays must be a value under the new settings, or no record
		// could be made that says nothing.
		if _, err := x.DefaultValue(); err != nil {
			if err = bad.Add(err, "default"); err != nil {
				return nil, err
			}
		}
	}
	return &x, bad.Err()
}

// SetOptions makes a field's options those of the list; others are archived.
func (e *Edit) SetOptions(ctx context.Context, old *form.Field, options []form.NewOption) error {
	if err := e.saveOptions(ctx, old, options); err != nil {
		return err
	}
	keep := make(pq.StringArray, len(options))
	for i, o := range options {
		keep[i] = o.Key
	}
	if _, err := e.Tx.ExecContext(ctx, archiveOptions, e.Cat.OrgID, old.ID, keep); err != nil {
		return fmt.Errorf("archive options: %w", err)
	}
	return nil
}

// saveOptions writes options of a field in their order, in one statement.
func (e *Edit) saveOptions(ctx context.Context, x *form.Field, options []form.NewOption) error {
	if len(options) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(options))
	for i, o := range options {
		rows[i] = map[string]any{"key": o.Key, "label": json.RawMessage(o.Labels.JSON()), "colour": o.Colour, "position": i, "parents": append([]string{}, o.Parents...)}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, upsertOptions, e.Cat.OrgID, x.ID, b); err != nil {
		return fmt.Errorf("save options: %w", err)
	}
	return nil
}

// MoveField puts a field behind another, or first when after is "". Faults:
// NOT_FOUND, INVALID for a field to come after that is not there.
func (s *Store) MoveField(ctx context.Context, by org.Actor, expected *int64, formKey, key, after string) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.MoveField(ctx, formKey, key, after)
	})
}

// MoveField is the method of Store of that name, as part of a change.
func (e *Edit) MoveField(ctx context.Context, formKey, key, after string) error {
	f, _, err := e.Field(formKey, key)
	if err != nil {
		return err
	}
	before := After(f.AnyField(key))
	if err := e.move(ctx, f, key, after, "after"); err != nil {
		return err
	}
	e.Note("moveField", formKey, key, map[string]any{"after": before}, map[string]any{"after": after})
	return nil
}

func (e *Edit) move(ctx context.Context, f *form.Form, key, after, path string) error {
	order := make([]*form.Field, 0, len(f.Fields))
	var moved *form.Field
	for _, x := range f.Fields {
		if x.Key == key {
			moved = x
		} else {
			order = append(order, x)
		}
	}
	at := 0
	if after != "" {
		i := slices.IndexFunc(order, func(x *form.Field) bool { return x.Key == after })
		if i < 0 {
			return fault.New(fault.Invalid, "there is no other field %q to come after", fault.Clip(after)).At(path)
		}
		at = i + 1
	}
	for i, x := range slices.Insert(order, at, moved) {
		if err := e.Place(ctx, x, i+1); err != nil {
			return err
		}
	}
	return nil
}

// Place puts a field at a place of its form, from 1.
func (e *Edit) Place(ctx context.Context, x *form.Field, at int) error {
	if _, err := e.Tx.ExecContext(ctx, setPosition, e.Cat.OrgID, x.ID, at); err != nil {
		return fmt.Errorf("move field: %w", err)
	}
	return nil
}

// ArchiveField hides a field and keeps its column; standard fields too. The
// title field of a form cannot be archived. Faults: NOT_FOUND, INVALID.
func (s *Store) ArchiveField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.ArchiveField(ctx, formKey, key)
	})
}

// ArchiveField is the method of Store of that name, as part of a change.
func (e *Edit) ArchiveField(ctx context.Context, formKey, key string) error {
	f, x, err := e.Field(formKey, key)
	if err != nil {
		return err
	}
	if f.Title == x {
		return fault.New(fault.Invalid, "%q is the title of the form's records: choose another title first", key).At("key")
	}
	if x.Purpose == "MEMBER_EMAIL" || x.Purpose == "MEMBER_STATUS" {
		return fault.New(fault.Invalid, "%q decides who may sign in and cannot be archived", key).At("key")
	}
	return e.SetArchived(ctx, f, x, true)
}

// RestoreField brings an archived field back with its values. Faults: NOT_FOUND.
func (s *Store) RestoreField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.RestoreField(ctx, formKey, key)
	})
}

// RestoreField is the method of Store of that name, as part of a change.
func (e *Edit) RestoreField(ctx context.Context, formKey, key string) error {
	f, err := e.Form(formKey, "form")
	if err != nil {
		return err
	}
	for _, x := range f.Fields {
		if x.Key == key && x.ArchivedAt != nil {
			return e.SetArchived(ctx, f, x, false)
		}
	}
	return fault.New(fault.NotFound, "form %q has no archived field %q", formKey, fault.Clip(key)).At("key")
}

// SetArchived archives a field or brings it back, whatever it is for; but are jobs that
// are in nobody's way.
func (e *Edit) SetArchived(ctx context.Context, f *form.Form, x *form.Field, archive bool, but ...int64) error {
	if err := e.Idle(ctx, f, x.Key, but...); err != nil {
		return err
	}
	action := map[bool]string{true: "archiveField", false: "restoreField"}[archive]
	if x.Filled { // new records will not have a value
		if err := e.DDL(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if _, err := e.Tx.ExecContext(ctx, archiveField, e.Cat.OrgID, x.ID, archive); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	before := StateOf(x)
	now := *before
	now.Archived = archive
	e.Note(action, f.Key, x.Key, before, now)
	return nil
}

// Field returns a usable field of the form's own, or NOT_FOUND at its path.
func (e *Edit) Field(formKey, key string) (*form.Form, *form.Field, error) {
	f, err := e.Form(formKey, "form")
	if err != nil {
		return nil, nil, err
	}
	x := f.Field(key)
	if x == nil || x.System {
		return nil, nil, fault.New(fault.NotFound, "form %q has no field %q", formKey, fault.Clip(key)).At("key")
	}
	return f, x, nil
}
