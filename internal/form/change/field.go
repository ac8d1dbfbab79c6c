package change

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
)

const (
	insertField = `
		INSERT INTO fieldwork.field (org_id, form_id, key, name, kind, label, help, required, filled, is_unique, indexed, default_value, purpose, section, standard, settings, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, coalesce($17, (SELECT max(position) + 1 FROM fieldwork.field WHERE org_id = $1 AND form_id = $2), 1))
		RETURNING id`
	updateField = `
		UPDATE fieldwork.field
		   SET label = $3, help = $4, required = $5, filled = $6, is_unique = $7, indexed = $8, default_value = $9, section = $10, settings = $11
		 WHERE org_id = $1 AND id = $2`
	setPosition   = `UPDATE fieldwork.field SET position = $3 WHERE org_id = $1 AND id = $2 AND position <> $3`
	archiveField  = `UPDATE fieldwork.field SET archived_at = CASE WHEN $3 THEN now() END, filled = false WHERE org_id = $1 AND id = $2`
	upsertOptions = `
		INSERT INTO fieldwork.option (org_id, field_id, key, label, colour, position, parents)
		SELECT $1, $2, o.key, o.label, o.colour, o.position, o.parents
		  FROM jsonb_to_recordset($3) AS o (key text, label jsonb, colour text, position int, parents text[])
		ON CONFLICT (org_id, field_id, key) DO UPDATE
		   SET label = excluded.label, colour = excluded.colour, position = excluded.position, parents = excluded.parents, archived_at = NULL`
	archiveOptions = `UPDATE fieldwork.option SET archived_at = coalesce(archived_at, now()) WHERE org_id = $1 AND field_id = $2 AND NOT key = ANY ($3)`
)

// AddField adds a field and its column. A required field with a default fills
// the records that are there; without one they stay as they are until they are
// next saved. Faults: NOT_FOUND for the form, INVALID with the path of the
// setting, CONFLICT for a key that is taken or another version.
func (s *Store) AddField(ctx context.Context, by org.Actor, expected *int64, formKey string, n form.NewField) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		f, err := e.Form(formKey, "form")
		if err != nil {
			return err
		}
		return e.AddField(ctx, f, n)
	})
}

// AddField is the method of Store of that name, as part of a change.
func (e *Edit) AddField(ctx context.Context, f *form.Form, n form.NewField) error {
	x, err := e.AddOne(ctx, f, n, 0)
	if err != nil || x.Settings.Inverse == "" {
		return err
	}
	return e.AddInverse(ctx, f, x, n.Settings.InverseLabel)
}

// AddOne adds a field without what is on the other side of it, at a place from 1
// or, for 0, as the last.
func (e *Edit) AddOne(ctx context.Context, f *form.Form, n form.NewField, position int) (*form.Field, error) {
	x, err := e.CheckNewField(f, n)
	if err != nil {
		return nil, err
	}
	var id int64
	settings, err := json.Marshal(x.Settings)
	if err != nil {
		return nil, err
	}
	var place *int
	if t := e.Making[f.Key]; position > 0 {
		place = &position
	} else if t != nil {
		t.Fields++
		place = &t.Fields
	}
	var def any
	if x.Default != nil {
		def = []byte(x.Default)
	}
	empty, err := e.IsEmpty(ctx, f)
	if err != nil {
		return nil, err
	}
	x.Filled = x.Required && x.Stored() && x.ShownWhen == nil && x.Kind.Name() != "AUTO_NUMBER" && (empty || x.Default != nil)
	later := false
	if e.Making[f.Key] == nil && x.Kind.Name() != "AUTO_NUMBER" { // whose numbers all records get now
		if later, err = e.later(ctx, x, &form.Field{Kind: x.Kind}); err != nil {
			return nil, err
		}
	}
	if err := e.Tx.GetContext(ctx, &id, insertField, e.Cat.OrgID, f.ID, x.Key, x.Name, n.Kind, x.Labels.JSON(), x.Help.JSON(), x.Required, x.Filled,
		x.Unique, x.Indexed, def, x.Purpose, x.Section, x.Standard, settings, place); err != nil {
		return nil, fmt.Errorf("insert field: %w", err)
	}
	x.ID = id
	if err := e.saveOptions(ctx, x, n.Settings.Options); err != nil {
		return nil, err
	}
	if x.Stored() {
		if err := e.Room(ctx, f); err != nil {
			return nil, err
		}
		if err := e.AddColumn(ctx, f, x); err != nil {
			return nil, err
		}
		if !later {
			if err := e.SetIndexes(ctx, f, x, nil); err != nil {
				return nil, err
			}
		}
	}
	if x.HasLinkTable() {
		if err := e.AddLinkTable(ctx, x); err != nil {
			return nil, err
		}
	}
	if x.Kind.Name() == "AUTO_NUMBER" {
		if err := e.NumberRecords(ctx, x); err != nil {
			return nil, err
		}
	}
	f.Take(x) // for the checks of fields that follow in the same change
	e.Note("addField", f.Key, x.Key, nil, StateOf(x))
	if n.After != nil {
		if err := e.Reload(ctx); err != nil {
			return nil, err
		}
		if err := e.move(ctx, e.Cat.Form(f.Key), x.Key, *n.After, "after"); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// AddInverse adds the CHILDREN field on the other side of a new reference.
func (e *Edit) AddInverse(ctx context.Context, f *form.Form, x *form.Field, labels form.Label) error {
	if len(labels) == 0 {
		labels = f.Labels
	}
	err := e.AddField(ctx, e.Cat.Form(x.Settings.To), form.NewField{Key: x.Settings.Inverse, Kind: "CHILDREN", Labels: labels, Standard: x.Standard,
		Settings: form.SettingsInput{To: &f.Key, Via: &x.Key}})
	if ft, ok := err.(*fault.Fault); ok {
		moved := *ft // the fault is about the key of the inverse, which is a setting here
		moved.Path = []any{"settings", "inverse"}
		return &moved
	}
	return err
}

// CheckNewField makes the field and refuses what makes no sense, all at once.
func (e *Edit) CheckNewField(f *form.Form, n form.NewField) (*form.Field, error) {
	var bad fault.List
	x := &form.Field{Form: f, Key: n.Key, Name: form.Camel(n.Key), Labels: n.Labels, Help: n.Help, Required: n.Required, Unique: n.Unique, Indexed: n.Indexed,
		Section: n.Section, Purpose: n.Purpose, Standard: n.Standard}
	_ = bad.Add(f.CheckFieldKey(n.Key, n.Kind, e.fixed), "key")
	if len(x.Labels) == 0 {
		x.Labels = form.Label{e.Cat.Language: n.Key}
	}
	_ = bad.Add(x.Labels.Check(form.MaxLabel, "labels"))
	_ = bad.Add(x.Help.Check(form.MaxHelp, "help"))
	_ = bad.Add(checkSection(x.Form, x.Section))
	_ = bad.Add(checkPurpose(f, n))
	if x.Kind = kind.ByName(n.Kind); x.Kind != nil && !kind.IsComputed(x.Kind) {
		x.Value = x.Kind
	}
	if x.Kind == nil {
		_ = bad.Add(fault.New(fault.Invalid, "%q is not a kind of field", fault.Clip(n.Kind)), "kind")
		return nil, bad
	}
	if n.Key == "title" && f.TitleKey != "title" {
		_ = bad.Add(fault.New(fault.Invalid, "%q is reserved: every record has a title, which is the form's title field", n.Key), "key")
	}
	_ = bad.Add(checkRoom(f, x.Kind), "form")
	if x.Kind.Name() == "AUTO_NUMBER" {
		x.Unique = true
	}
	e.CheckSettings(x, n.Settings, &bad)
	CheckIndexes(x, &bad)
	if len(bad) == 0 {
		_ = bad.Add(e.Cat.CompileField(x), "settings")
	}
	if len(bad) == 0 && n.Default != nil {
		_ = bad.Add(SetDefault(x, n.Default))
	}
	if n.After != nil && *n.After != "" && f.Field(*n.After) == nil {
		_ = bad.Add(fault.New(fault.Invalid, "there is no field %q", fault.Clip(*n.After)), "after")
	}
	return x, bad.Err()
}

// CheckIndexes refuses rules that the kind's column cannot carry.
func CheckIndexes(f *form.Field, bad *fault.List) {
	name := f.Kind.Name()
	column := f.Kind.Column()
	one := column != "" && column != "text[]" && column != "jsonb" && name != "LONG_TEXT"
	for path, can := range fault.InOrder(map[string]bool{"unique": one, "indexed": one || column == "text[]", "required": (column != "" || f.HasLinkTable()) && name != "AUTO_NUMBER"}) {
		if on := map[string]bool{"unique": f.Unique, "indexed": f.Indexed, "required": f.Required}[path]; on && !can {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s cannot be %s", name, path), path)
		}
	}
	if f.Settings.IgnoreCase && column != "text" {
		_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s has no capital letters", name), "settings", "ignoreCase")
	}
}

// SetDefault checks a default as a value of the field.
func SetDefault(f *form.Field, v any) error {
	if !f.Stored() || f.Kind.Name() == "AUTO_NUMBER" {
		return fault.New(fault.Invalid, "a field of kind %s has no default", f.Kind.Name()).At("default")
	}
	if f.Target != nil {
		return fault.New(fault.Invalid, "a field of kind %s has no constant default", f.Kind.Name()).At("default")
	}
	if _, err := f.Kind.Parse(v, &f.Settings); err != nil {
		return fault.Below(err, "default")
	}
	b, err := json.Marshal(v)
	f.Default = b
	return err
}
