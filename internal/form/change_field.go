package form

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

const (
	insertField = `
		INSERT INTO fieldwork.field (org_id, form_id, key, name, kind, label, help, required, filled, is_unique, indexed, default_value, purpose, section, standard, settings, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, (SELECT coalesce(max(position), 0) + 1 FROM fieldwork.field WHERE org_id = $1 AND form_id = $2))
		RETURNING id`
	updateField = `
		UPDATE fieldwork.field
		   SET label = $3, help = $4, required = $5, filled = $6, is_unique = $7, indexed = $8, default_value = $9, section = $10, settings = $11
		 WHERE org_id = $1 AND id = $2`
	setPosition  = `UPDATE fieldwork.field SET position = $3 WHERE org_id = $1 AND id = $2 AND position <> $3`
	archiveField = `UPDATE fieldwork.field SET archived_at = CASE WHEN $3 THEN now() END, filled = false WHERE org_id = $1 AND id = $2`
	upsertOption = `
		INSERT INTO fieldwork.option (org_id, field_id, key, label, colour, position)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (org_id, field_id, key) DO UPDATE SET label = $4, colour = $5, position = $6, archived_at = NULL`
	archiveOption = `UPDATE fieldwork.option SET archived_at = coalesce(archived_at, now()) WHERE org_id = $1 AND field_id = $2 AND key = $3`
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

// SettingsInput is what may be said about a field beyond its kind: one flat set
// of names, of which a kind takes those that its method Settings lists. nil is
// "not said".
type SettingsInput struct {
	Options      []NewOption
	MinLength    *int
	MaxLength    *int
	Pattern      *string
	Min          *string
	Max          *string
	Scale        *int
	To           *string
	OnDelete     *string
	Via          *string
	Inverse      *string
	InverseLabel Label
}

// NewOption is an option of a CHOICE.
type NewOption struct {
	Key    string
	Labels Label
	Colour string
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
	x, err := e.checkNewField(f, n)
	if err != nil {
		return err
	}
	var id int64
	settings, err := json.Marshal(x.Settings)
	if err != nil {
		return err
	}
	var def any
	if x.Default != nil {
		def = []byte(x.Default)
	}
	empty, err := e.isEmpty(ctx, f)
	if err != nil {
		return err
	}
	x.Filled = x.Required && x.Kind.Column() != "" && (empty || x.Default != nil)
	if err := e.tx.GetContext(ctx, &id, insertField, e.cat.OrgID, f.ID, x.Key, x.Name, n.Kind, x.Labels.json(), x.Help.json(), x.Required, x.Filled,
		x.Unique, x.Indexed, def, x.Purpose, x.Section, x.Standard, settings); err != nil {
		return fmt.Errorf("insert field: %w", err)
	}
	x.ID = id
	for i, o := range n.Settings.Options {
		if _, err := e.tx.ExecContext(ctx, upsertOption, e.cat.OrgID, id, o.Key, o.Labels.json(), o.Colour, i); err != nil {
			return fmt.Errorf("insert option: %w", err)
		}
	}
	if x.Kind.Column() != "" {
		if err := e.addColumn(ctx, f, x); err != nil {
			return err
		}
	}
	f.Fields = append(f.Fields, x) // for the checks of fields that follow in the same change
	f.index()
	e.note("addField", f.Key, x.Key, nil, map[string]any{"kind": n.Kind, "labels": x.Labels})
	if n.After != nil {
		if err := e.reload(ctx); err != nil {
			return err
		}
		if err := e.move(ctx, e.cat.Form(f.Key), x.Key, *n.After, "after"); err != nil {
			return err
		}
	}
	if x.Settings.Inverse != "" {
		return e.addInverse(ctx, f, x, n.Settings.InverseLabel)
	}
	return nil
}

// addInverse adds the CHILDREN field on the other side of a new reference.
func (e *edit) addInverse(ctx context.Context, f *Form, x *Field, labels Label) error {
	if err := e.reload(ctx); err != nil {
		return err
	}
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
	_ = bad.Add(checkLabel(x.Labels, maxLabel, "labels"))
	_ = bad.Add(checkLabel(x.Help, maxHelp, "help"))
	_ = bad.Add(checkName(x.Section, "section"))
	if x.Kind = kind.ByName(n.Kind); x.Kind == nil {
		_ = bad.Add(fault.New(fault.Invalid, "%q is not a kind of field", clip(n.Kind)), "kind")
		return nil, bad
	}
	if n.Key == "title" && f.TitleKey != "title" {
		_ = bad.Add(fault.New(fault.Invalid, "%q is reserved: every record has a title, which is the form's title field", n.Key), "key")
	}
	stored := 0
	for _, other := range f.Fields {
		if other.Kind != nil && other.Kind.Column() != "" {
			stored++
		}
	}
	if x.Kind.Column() != "" && stored >= MaxStoredFields {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d stored fields, archived ones included", MaxStoredFields), "form")
	}
	if len(f.Fields) >= MaxFields {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d fields", MaxFields), "form")
	}
	e.checkSettings(x, n.Settings, &bad)
	x.checkIndexes(&bad)
	if len(bad) == 0 && n.Default != nil {
		_ = bad.Add(x.setDefault(n.Default))
	}
	if n.After != nil && *n.After != "" && f.Field(*n.After) == nil {
		_ = bad.Add(fault.New(fault.Invalid, "there is no field %q", clip(*n.After)), "after")
	}
	return x, bad.Err()
}

// checkIndexes refuses rules that the kind's column cannot carry.
func (f *Field) checkIndexes(bad *fault.List) {
	name := f.Kind.Name()
	for path, on := range map[string]bool{"unique": f.Unique, "indexed": f.Indexed, "required": f.Required} {
		if on && (name == "CHILDREN" || name == "LONG_TEXT" && path != "required") {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s cannot be %s", name, path), path)
		}
	}
}

// setDefault checks a default as a value of the field.
func (f *Field) setDefault(v any) error {
	if f.Kind.Column() == "" {
		return fault.New(fault.Invalid, "a field of kind %s has no default", f.Kind.Name()).At("default")
	}
	if f.Target != nil {
		return fault.New(fault.Invalid, "a field of kind %s has no constant default", f.Kind.Name()).At("default")
	}
	if _, err := f.Kind.Parse(v, &f.Settings); err != nil {
		return below(err, "default")
	}
	b, err := json.Marshal(v)
	f.Default = b
	return err
}

// checkSettings takes over the settings that the kind has and refuses others.
func (e *edit) checkSettings(x *Field, in SettingsInput, bad *fault.List) {
	allowed := map[string]bool{}
	for _, n := range x.Kind.Settings() {
		allowed[n] = true
	}
	given := map[string]bool{"options": in.Options != nil, "minLength": in.MinLength != nil, "maxLength": in.MaxLength != nil, "pattern": in.Pattern != nil,
		"min": in.Min != nil, "max": in.Max != nil, "scale": in.Scale != nil, "to": in.To != nil, "onDelete": in.OnDelete != nil, "via": in.Via != nil,
		"inverse": in.Inverse != nil}
	for name, on := range given {
		if on && !allowed[name] {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s has no setting %q", x.Kind.Name(), name), "settings", name)
		}
	}
	if len(*bad) > 0 {
		return
	}
	in.apply(&x.Settings)
	checkSettingValues(x.Kind, &x.Settings, bad)
	x.checkOptions(in.Options, bad)
	e.checkTarget(x, bad)
}

// checkTarget finds the form a reference refers to, or the reference behind
// children.
func (e *edit) checkTarget(x *Field, bad *fault.List) {
	name := x.Kind.Name()
	if name == "MEMBER" {
		x.Settings.To = "member"
	}
	if name != "REFERENCE" && name != "MEMBER" && name != "CHILDREN" {
		return
	}
	if x.Settings.To == "" {
		_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s needs the form it leads to", name), "settings", "to")
		return
	}
	x.Target = e.cat.Form(x.Settings.To)
	if x.Target == nil || x.Target.ArchivedAt != nil {
		_ = bad.Add(fault.New(fault.Invalid, "there is no form %q", clip(x.Settings.To)), "settings", "to")
		return
	}
	if name == "CHILDREN" {
		via := x.Target.Field(x.Settings.Via)
		if via == nil || via.Target == nil || via.Target.Key != x.Form.Key || via.Kind.Column() == "" || via.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %q has no reference %q to form %q", x.Target.Key, clip(x.Settings.Via), x.Form.Key), "settings", "via")
		}
		x.Via = via
		return
	}
	if x.Settings.OnDelete == "" {
		x.Settings.OnDelete = "RESTRICT"
	}
	if x.Required && x.Settings.OnDelete == "CLEAR" {
		_ = bad.Add(fault.New(fault.Invalid, "a required reference cannot be cleared when its record is deleted"), "settings", "onDelete")
	}
}

func (f *Field) checkOptions(options []NewOption, bad *fault.List) {
	if f.Kind.Name() != "CHOICE" {
		return
	}
	if len(options) > MaxOptions {
		_ = bad.Add(fault.New(fault.Invalid, "a choice has at most %d options", MaxOptions), "settings", "options")
		return
	}
	if len(options) == 0 && len(f.Settings.Options) == 0 {
		_ = bad.Add(fault.New(fault.Invalid, "a choice needs options"), "settings", "options")
	}
	seen := map[string]bool{}
	var kept []kind.Option
	for i, o := range options {
		_ = bad.Add(checkOptionKey(o.Key), "settings", "options", i, "key")
		if seen[o.Key] {
			_ = bad.Add(fault.New(fault.Invalid, "option %q is there twice", o.Key), "settings", "options", i, "key")
		}
		seen[o.Key] = true
		_ = bad.Add(checkLabel(o.Labels, maxLabel, "labels"), "settings", "options", i)
		_ = bad.Add(checkName(o.Colour, "colour"), "settings", "options", i)
		kept = append(kept, kind.Option{Key: o.Key, Enum: enumName(o.Key)})
	}
	if options != nil {
		f.Settings.Options = kept
	}
}

// addColumn adds the column with its constraint and indexes. A constant default
// fills existing rows without rewriting the table.
func (e *edit) addColumn(ctx context.Context, f *Form, x *Field) error {
	def := ""
	if x.Filled && x.Default != nil {
		v, err := x.DefaultValue()
		if err != nil {
			return err
		}
		def = " DEFAULT " + pg.Literal(v.(string))
	}
	null := ""
	if x.Filled {
		null = " NOT NULL"
	}
	if err := e.ddl(ctx, `ALTER TABLE %s ADD COLUMN %s %s%s%s`, f.Table(), x.Column(), x.Kind.Column(), def, null); err != nil {
		return err
	}
	if def != "" { // defaults of new records are the program's, so that they can change
		if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if x.Target != nil {
		action := map[string]string{"RESTRICT": "RESTRICT", "CLEAR": "SET NULL", "CASCADE": "CASCADE"}[x.Settings.OnDelete]
		if err := e.ddl(ctx, `ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s`,
			f.Table(), quote(x.ForeignKey()), x.Column(), x.Target.Table(), action); err != nil {
			return err
		}
	}
	return e.setIndexes(ctx, f, x, false, false)
}

// setIndexes makes the indexes of x what x says, given which it had.
func (e *edit) setIndexes(ctx context.Context, f *Form, x *Field, hadUnique, hadIndex bool) error {
	schema := quote(f.Catalog.Schema)
	wantIndex := x.Indexed || x.Target != nil
	if x.Unique && !hadUnique {
		if err := e.ddl(ctx, `CREATE UNIQUE INDEX %s ON %s (%s) WHERE archived_at IS NULL`, quote(x.UniqueIndex()), f.Table(), x.Column()); err != nil {
			if pg.Code(err) == "23505" {
				return fault.New(fault.Conflict, "some records have the same value, so the field cannot be unique").At("unique").Because(err)
			}
			return err
		}
	}
	if !x.Unique && hadUnique {
		if err := e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.UniqueIndex())); err != nil {
			return err
		}
	}
	if wantIndex && !hadIndex {
		return e.ddl(ctx, `CREATE INDEX %s ON %s (%s, id)`, quote(x.Index()), f.Table(), x.Column())
	}
	if !wantIndex && hadIndex {
		return e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.Index()))
	}
	return nil
}

func (e *edit) isEmpty(ctx context.Context, f *Form) (bool, error) {
	var some bool
	err := e.tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM `+f.Table()+`)`)
	return !some, err
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
