package form

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
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

// NewField is a field to be made.
type NewField struct {
	Key      string
	Kind     string
	Labels   Label
	Help     Label
	Required bool
	Unique   bool
	Indexed  bool
	Default  any     // decoded JSON, as a client writes a value; nil: none
	After    *string // key of the field it comes after; nil: last, "": first
	Section  string
	Purpose  string
	Standard bool
	Settings SettingsInput
}

// NewOption is an option of a CHOICE.
type NewOption struct {
	Key     string   `json:"key"`
	Labels  Label    `json:"labels"`
	Colour  string   `json:"colour,omitempty"`
	Parents []string `json:"parents,omitempty"` // options of the field depended on that it is offered for
}

// AddField adds a field and its column. A required field with a default fills
// the records that are there; without one they stay as they are until they are
// next saved. Faults: NOT_FOUND for the form, INVALID with the path of the
// setting, CONFLICT for a key that is taken or another version.
func (s *Store) AddField(ctx context.Context, by org.Actor, expected *int64, formKey string, n NewField) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		f, err := e.form(formKey, "form")
		if err != nil {
			return err
		}
		return e.addField(ctx, f, n)
	})
}

func (e *edit) addField(ctx context.Context, f *Form, n NewField) error {
	x, err := e.addOne(ctx, f, n, 0)
	if err != nil || x.Settings.Inverse == "" {
		return err
	}
	return e.addInverse(ctx, f, x, n.Settings.InverseLabel)
}

// addOne adds a field without what is on the other side of it, at a place from 1
// or, for 0, as the last.
func (e *edit) addOne(ctx context.Context, f *Form, n NewField, position int) (*Field, error) {
	x, err := e.checkNewField(f, n)
	if err != nil {
		return nil, err
	}
	var id int64
	settings, err := json.Marshal(x.Settings)
	if err != nil {
		return nil, err
	}
	var place *int
	if t := e.making[f.Key]; position > 0 {
		place = &position
	} else if t != nil {
		t.fields++
		place = &t.fields
	}
	var def any
	if x.Default != nil {
		def = []byte(x.Default)
	}
	empty, err := e.isEmpty(ctx, f)
	if err != nil {
		return nil, err
	}
	x.Filled = x.Required && x.Stored() && x.ShownWhen == nil && x.Kind.Name() != "AUTO_NUMBER" && (empty || x.Default != nil)
	later := false
	if e.making[f.Key] == nil && x.Kind.Name() != "AUTO_NUMBER" { // whose numbers all records get now
		if later, err = e.later(ctx, x, &Field{Kind: x.Kind}); err != nil {
			return nil, err
		}
	}
	if err := e.tx.GetContext(ctx, &id, insertField, e.cat.OrgID, f.ID, x.Key, x.Name, n.Kind, x.Labels.json(), x.Help.json(), x.Required, x.Filled,
		x.Unique, x.Indexed, def, x.Purpose, x.Section, x.Standard, settings, place); err != nil {
		return nil, fmt.Errorf("insert field: %w", err)
	}
	x.ID = id
	if err := e.saveOptions(ctx, x, n.Settings.Options); err != nil {
		return nil, err
	}
	if x.Stored() {
		if err := e.room(ctx, f); err != nil {
			return nil, err
		}
		if err := e.addColumn(ctx, f, x); err != nil {
			return nil, err
		}
		if !later {
			if err := e.setIndexes(ctx, f, x, nil); err != nil {
				return nil, err
			}
		}
	}
	if x.HasLinkTable() {
		if err := e.addLinkTable(ctx, x); err != nil {
			return nil, err
		}
	}
	if x.Kind.Name() == "AUTO_NUMBER" {
		if err := e.numberRecords(ctx, x); err != nil {
			return nil, err
		}
	}
	f.Take(x) // for the checks of fields that follow in the same change
	e.note("addField", f.Key, x.Key, nil, x.describe())
	if n.After != nil {
		if err := e.reload(ctx); err != nil {
			return nil, err
		}
		if err := e.move(ctx, e.cat.Form(f.Key), x.Key, *n.After, "after"); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// addInverse adds the CHILDREN field on the other side of a new reference.
func (e *edit) addInverse(ctx context.Context, f *Form, x *Field, labels Label) error {
	if len(labels) == 0 {
		labels = f.Labels
	}
	err := e.addField(ctx, e.cat.Form(x.Settings.To), NewField{Key: x.Settings.Inverse, Kind: "CHILDREN", Labels: labels, Standard: x.Standard,
		Settings: SettingsInput{To: &f.Key, Via: &x.Key}})
	if ft, ok := err.(*fault.Fault); ok {
		moved := *ft // the fault is about the key of the inverse, which is a setting here
		moved.Path = []any{"settings", "inverse"}
		return &moved
	}
	return err
}

// checkNewField makes the field and refuses what makes no sense, all at once.
func (e *edit) checkNewField(f *Form, n NewField) (*Field, error) {
	var bad fault.List
	x := &Field{Form: f, Key: n.Key, Name: Camel(n.Key), Labels: n.Labels, Help: n.Help, Required: n.Required, Unique: n.Unique, Indexed: n.Indexed,
		Section: n.Section, Purpose: n.Purpose, Standard: n.Standard}
	_ = bad.Add(f.checkFieldKey(n.Key, n.Kind, e.fixed), "key")
	if len(x.Labels) == 0 {
		x.Labels = Label{e.cat.Language: n.Key}
	}
	_ = bad.Add(x.Labels.Check(maxLabel, "labels"))
	_ = bad.Add(x.Help.Check(maxHelp, "help"))
	_ = bad.Add(x.Form.checkSection(x.Section))
	_ = bad.Add(f.checkPurpose(n))
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
	_ = bad.Add(f.checkRoom(x.Kind), "form")
	if x.Kind.Name() == "AUTO_NUMBER" {
		x.Unique = true
	}
	e.checkSettings(x, n.Settings, &bad)
	x.checkIndexes(&bad)
	if len(bad) == 0 {
		_ = bad.Add(e.cat.CompileField(x), "settings")
	}
	if len(bad) == 0 && n.Default != nil {
		_ = bad.Add(x.setDefault(n.Default))
	}
	if n.After != nil && *n.After != "" && f.Field(*n.After) == nil {
		_ = bad.Add(fault.New(fault.Invalid, "there is no field %q", fault.Clip(*n.After)), "after")
	}
	return x, bad.Err()
}

// checkIndexes refuses rules that the kind's column cannot carry.
func (f *Field) checkIndexes(bad *fault.List) {
	name := f.Kind.Name()
	column := f.Kind.Column()
	one := column != "" && column != "text[]" && column != "jsonb" && name != "LONG_TEXT"
	for path, can := range map[string]bool{"unique": one, "indexed": one || column == "text[]", "required": (column != "" || f.HasLinkTable()) && name != "AUTO_NUMBER"} {
		if on := map[string]bool{"unique": f.Unique, "indexed": f.Indexed, "required": f.Required}[path]; on && !can {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s cannot be %s", name, path), path)
		}
	}
	if f.Settings.IgnoreCase && column != "text" {
		_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s has no capital letters", name), "settings", "ignoreCase")
	}
}

// setDefault checks a default as a value of the field.
func (f *Field) setDefault(v any) error {
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

// DefaultValue is the field's default as text for its column, nil if it has none.
func (f *Field) DefaultValue() (any, error) {
	if f.Default == nil {
		return nil, nil
	}
	raw, err := decodeJSON(f.Default)
	if err != nil {
		return nil, err
	}
	return f.Kind.Parse(raw, &f.Settings)
}
