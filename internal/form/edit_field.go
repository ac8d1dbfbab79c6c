package form

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"

	"github.com/lib/pq"
)

// FieldUpdate is a change of a field; nil leaves things as they are. Labels are
// set language by language, an empty text removes one. Options, when given, are
// the whole list: those that are missing are archived, not lost.
type FieldUpdate struct {
	Labels       Label
	Help         Label
	Required     *bool
	Unique       *bool
	Indexed      *bool
	Default      any
	ClearDefault bool
	Section      *string
	Settings     *SettingsInput
}

// UpdateField changes a field in place. Records that are there are not changed
// and not checked again. Faults: NOT_FOUND, INVALID with the path of the
// setting, CONFLICT on another version or when values are not unique.
func (s *Store) UpdateField(ctx context.Context, by org.Actor, expected *int64, formKey, key string, u FieldUpdate) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		return e.updateField(ctx, formKey, key, u)
	})
}

func (e *edit) updateField(ctx context.Context, formKey, key string, u FieldUpdate) error {
	f, old, err := e.field(formKey, key)
	if err != nil {
		return err
	}
	var mine []int64
	if u.Unique == nil && u.Indexed == nil { // a field that this change has made may still be told more
		mine = e.begun
	}
	if err := e.idle(ctx, f, key, mine...); err != nil {
		return err
	}
	x, err := e.checkUpdate(old, u)
	if err != nil {
		return err
	}
	if _, err := e.later(ctx, x, old); err != nil {
		return err
	}
	if x.Filled && (!x.Required || x.ShownWhen != nil) {
		x.Filled = false
		if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if err := e.setIndexes(ctx, f, x, old); err != nil {
		return err
	}
	if err := e.saveField(ctx, x); err != nil {
		return err
	}
	if u.Settings != nil && u.Settings.Options != nil {
		if err := e.setOptions(ctx, old, u.Settings.Options); err != nil {
			return err
		}
	}
	if err := e.reload(ctx); err != nil {
		return err
	}
	e.note("updateField", formKey, key, old.describe(), e.cat.Form(formKey).any(key).describe())
	return nil
}

// saveField writes the definition of a field.
func (e *edit) saveField(ctx context.Context, x *Field) error {
	settings, def, err := x.stored()
	if err != nil {
		return err
	}
	if _, err := e.tx.ExecContext(ctx, updateField, e.cat.OrgID, x.ID, x.Labels.json(), x.Help.json(), x.Required, x.Filled, x.Unique, x.Indexed, def, x.Section, settings); err != nil {
		return fmt.Errorf("update field: %w", err)
	}
	return nil
}

// stored are settings and default as the metadata hold them.
func (f *Field) stored() (settings []byte, def any, err error) {
	if f.Default != nil {
		def = []byte(f.Default)
	}
	settings, err = json.Marshal(f.Settings)
	return settings, def, err
}

func (e *edit) checkUpdate(old *Field, u FieldUpdate) (*Field, error) {
	var bad fault.List
	x := *old
	x.Labels, x.Help = old.Labels.With(u.Labels), old.Help.With(u.Help)
	if len(x.Labels) == 0 {
		_ = bad.Add(fault.New(fault.Invalid, "a field needs a label in at least one language"), "labels")
	}
	_ = bad.Add(u.Labels.Check(maxLabel, "labels"))
	_ = bad.Add(u.Help.Check(maxHelp, "help"))
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
		_ = bad.Add(x.Form.checkSection(x.Section))
	}
	if u.Settings != nil {
		for name, given := range map[string]bool{"to": u.Settings.To != nil, "via": u.Settings.Via != nil && old.Kind.Name() == "CHILDREN", "inverse": u.Settings.Inverse != nil, "onDelete": u.Settings.OnDelete != nil} {
			if given {
				_ = bad.Add(fault.New(fault.Invalid, "the setting %q cannot be changed once the field is made", name), "settings", name)
			}
		}
		e.checkSettings(&x, *u.Settings, &bad)
	}
	if x.Kind.Name() == "AUTO_NUMBER" {
		x.Unique = true
	}
	x.checkIndexes(&bad)
	if len(bad) == 0 && u.Settings != nil {
		_ = bad.Add(e.cat.CompileField(&x), "settings")
	}
	if u.ClearDefault {
		x.Default = nil
	}
	if len(bad) == 0 && u.Default != nil {
		_ = bad.Add(x.setDefault(u.Default))
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

func (e *edit) setOptions(ctx context.Context, old *Field, options []NewOption) error {
	if err := e.saveOptions(ctx, old, options); err != nil {
		return err
	}
	keep := make(pq.StringArray, len(options))
	for i, o := range options {
		keep[i] = o.Key
	}
	if _, err := e.tx.ExecContext(ctx, archiveOptions, e.cat.OrgID, old.ID, keep); err != nil {
		return fmt.Errorf("archive options: %w", err)
	}
	return nil
}

// saveOptions writes options of a field in their order, in one statement.
func (e *edit) saveOptions(ctx context.Context, x *Field, options []NewOption) error {
	if len(options) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(options))
	for i, o := range options {
		rows[i] = map[string]any{"key": o.Key, "label": json.RawMessage(o.Labels.json()), "colour": o.Colour, "position": i, "parents": append([]string{}, o.Parents...)}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	if _, err := e.tx.ExecContext(ctx, upsertOptions, e.cat.OrgID, x.ID, b); err != nil {
		return fmt.Errorf("save options: %w", err)
	}
	return nil
}

// MoveField puts a field behind another, or first when after is "". Faults:
// NOT_FOUND, INVALID for a field to come after that is not there.
func (s *Store) MoveField(ctx context.Context, by org.Actor, expected *int64, formKey, key, after string) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		return e.moveField(ctx, formKey, key, after)
	})
}

func (e *edit) moveField(ctx context.Context, formKey, key, after string) error {
	f, _, err := e.field(formKey, key)
	if err != nil {
		return err
	}
	before := f.any(key).after()
	if err := e.move(ctx, f, key, after, "after"); err != nil {
		return err
	}
	e.note("moveField", formKey, key, map[string]any{"after": before}, map[string]any{"after": after})
	return nil
}

func (e *edit) move(ctx context.Context, f *Form, key, after, path string) error {
	order := make([]*Field, 0, len(f.Fields))
	var moved *Field
	for _, x := range f.Fields {
		if x.Key == key {
			moved = x
		} else {
			order = append(order, x)
		}
	}
	at := 0
	if after != "" {
		i := slices.IndexFunc(order, func(x *Field) bool { return x.Key == after })
		if i < 0 {
			return fault.New(fault.Invalid, "there is no other field %q to come after", fault.Clip(after)).At(path)
		}
		at = i + 1
	}
	for i, x := range slices.Insert(order, at, moved) {
		if _, err := e.tx.ExecContext(ctx, setPosition, e.cat.OrgID, x.ID, i+1); err != nil {
			return fmt.Errorf("move field: %w", err)
		}
	}
	return nil
}

// ArchiveField hides a field and keeps its column; standard fields too. The
// title field of a form cannot be archived. Faults: NOT_FOUND, INVALID.
func (s *Store) ArchiveField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		return e.archiveField(ctx, formKey, key)
	})
}

func (e *edit) archiveField(ctx context.Context, formKey, key string) error {
	f, x, err := e.field(formKey, key)
	if err != nil {
		return err
	}
	if f.Title == x {
		return fault.New(fault.Invalid, "%q is the title of the form's records: choose another title first", key).At("key")
	}
	if x.Purpose == "MEMBER_EMAIL" || x.Purpose == "MEMBER_STATUS" {
		return fault.New(fault.Invalid, "%q decides who may sign in and cannot be archived", key).At("key")
	}
	return e.setArchived(ctx, f, x, true)
}

// RestoreField brings an archived field back with its values. Faults: NOT_FOUND.
func (s *Store) RestoreField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		return e.restoreField(ctx, formKey, key)
	})
}

func (e *edit) restoreField(ctx context.Context, formKey, key string) error {
	f, err := e.form(formKey, "form")
	if err != nil {
		return err
	}
	for _, x := range f.Fields {
		if x.Key == key && x.ArchivedAt != nil {
			return e.setArchived(ctx, f, x, false)
		}
	}
	return fault.New(fault.NotFound, "form %q has no archived field %q", formKey, fault.Clip(key)).At("key")
}

func (e *edit) setArchived(ctx context.Context, f *Form, x *Field, archive bool, but ...int64) error {
	if err := e.idle(ctx, f, x.Key, but...); err != nil {
		return err
	}
	action := map[bool]string{true: "archiveField", false: "restoreField"}[archive]
	if x.Filled { // new records will not have a value
		if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if _, err := e.tx.ExecContext(ctx, archiveField, e.cat.OrgID, x.ID, archive); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	before := x.describe()
	now := *before
	now.Archived = archive
	e.note(action, f.Key, x.Key, before, now)
	return nil
}

// field returns a usable field of the form's own, or NOT_FOUND at its path.
func (e *edit) field(formKey, key string) (*Form, *Field, error) {
	f, err := e.form(formKey, "form")
	if err != nil {
		return nil, nil, err
	}
	x := f.Field(key)
	if x == nil || x.System {
		return nil, nil, fault.New(fault.NotFound, "form %q has no field %q", formKey, fault.Clip(key)).At("key")
	}
	return f, x, nil
}

func enumName(key string) string { return strings.ToUpper(key) }

func decodeJSON(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
