package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

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

// SettingsInput is what may be said about a field beyond its kind: one flat set
// of names, of which a kind takes those that its method Settings lists and all
// take the common ones. nil is "not said"; an empty text, false or an empty list
// takes away what was said before.
type SettingsInput struct {
	Options      []NewOption `json:"-" yaml:"-"`
	InverseLabel Label       `json:"-" yaml:"-"`
	Clear        []string    `json:"-" yaml:"-"` // names of settings to be taken away, of any type

	MinLength  *int      `json:"minLength,omitempty" yaml:"minLength"`
	MaxLength  *int      `json:"maxLength,omitempty" yaml:"maxLength"`
	Pattern    *string   `json:"pattern,omitempty" yaml:"pattern"`
	Min        *string   `json:"min,omitempty" yaml:"min"`
	Max        *string   `json:"max,omitempty" yaml:"max"`
	Scale      *int      `json:"scale,omitempty" yaml:"scale"`
	To         *string   `json:"to,omitempty" yaml:"to"`
	OnDelete   *string   `json:"onDelete,omitempty" yaml:"onDelete"`
	Via        *string   `json:"via,omitempty" yaml:"via"`
	Inverse    *string   `json:"inverse,omitempty" yaml:"inverse"`
	Region     *string   `json:"region,omitempty" yaml:"region"`
	Currency   *string   `json:"currency,omitempty" yaml:"currency"`
	Restart    *string   `json:"restart,omitempty" yaml:"restart"`
	MinItems   *int      `json:"minItems,omitempty" yaml:"minItems"`
	MaxItems   *int      `json:"maxItems,omitempty" yaml:"maxItems"`
	MaxSize    *int      `json:"maxSize,omitempty" yaml:"maxSize"`
	Types      *[]string `json:"types,omitempty" yaml:"types"`
	Expression *string   `json:"expression,omitempty" yaml:"expression"`
	Field      *string   `json:"field,omitempty" yaml:"field"`
	Function   *string   `json:"function,omitempty" yaml:"function"`
	Where      *string   `json:"where,omitempty" yaml:"where"`

	ShownWhen         *string      `json:"shownWhen,omitempty" yaml:"shownWhen"`
	RequiredWhen      *string      `json:"requiredWhen,omitempty" yaml:"requiredWhen"`
	ReadOnlyWhen      *string      `json:"readOnlyWhen,omitempty" yaml:"readOnlyWhen"`
	ReadOnly          *bool        `json:"readOnly,omitempty" yaml:"readOnly"`
	DefaultExpression *string      `json:"defaultExpression,omitempty" yaml:"defaultExpression"`
	Pick              *string      `json:"pick,omitempty" yaml:"pick"`
	DependsOn         *string      `json:"dependsOn,omitempty" yaml:"dependsOn"`
	Fill              *[]kind.Fill `json:"fill,omitempty" yaml:"fill"`
	OrderBy           *string      `json:"orderBy,omitempty" yaml:"orderBy"`
	Rows              *bool        `json:"rows,omitempty" yaml:"rows"`
	IgnoreCase        *bool        `json:"ignoreCase,omitempty" yaml:"ignoreCase"`
	Placeholder       *Label       `json:"placeholder,omitempty" yaml:"placeholder"`
	Width             *string      `json:"width,omitempty" yaml:"width"`
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
	if err := e.tx.GetContext(ctx, &id, insertField, e.cat.OrgID, f.ID, x.Key, x.Name, n.Kind, x.Labels.json(), x.Help.json(), x.Required, x.Filled,
		x.Unique, x.Indexed, def, x.Purpose, x.Section, x.Standard, settings, place); err != nil {
		return nil, fmt.Errorf("insert field: %w", err)
	}
	x.ID = id
	if err := e.saveOptions(ctx, x, n.Settings.Options); err != nil {
		return nil, err
	}
	if x.Stored() {
		if err := e.addColumn(ctx, f, x); err != nil {
			return nil, err
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
	f.Fields = append(f.Fields, x) // for the checks of fields that follow in the same change
	f.index()
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
	_ = bad.Add(checkLabel(x.Labels, maxLabel, "labels"))
	_ = bad.Add(checkLabel(x.Help, maxHelp, "help"))
	_ = bad.Add(x.Form.checkSection(x.Section))
	if x.Kind = kind.ByName(n.Kind); x.Kind != nil && !kind.IsComputed(x.Kind) {
		x.Value = x.Kind
	}
	if x.Kind == nil {
		_ = bad.Add(fault.New(fault.Invalid, "%q is not a kind of field", clip(n.Kind)), "kind")
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
		e.checkExpressions(x, &bad)
	}
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
		return below(err, "default")
	}
	b, err := json.Marshal(v)
	f.Default = b
	return err
}

// commonSettings are the settings that belong to no kind; some make sense for
// some fields only, see checkCommon.
var commonSettings = map[string]bool{"shownWhen": true, "requiredWhen": true, "readOnlyWhen": true, "readOnly": true, "defaultExpression": true, "pick": true,
	"dependsOn": true, "fill": true, "orderBy": true, "rows": true, "ignoreCase": true, "placeholder": true, "width": true}

// checkSettings takes over the settings that the kind has and refuses others.
func (e *edit) checkSettings(x *Field, in SettingsInput, bad *fault.List) {
	given := in.given()
	for name := range given {
		if !commonSettings[name] && !slices.Contains(x.Kind.Settings(), name) {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s has no setting %q", x.Kind.Name(), name), "settings", name)
		}
	}
	if len(*bad) > 0 {
		return
	}
	in.apply(&x.Settings)
	_ = bad.Add(kind.CheckSettings(x.Kind, &x.Settings), "settings")
	if x.Settings.Inverse != "" {
		_ = bad.Add(CheckKey(x.Settings.Inverse, maxFieldKey), "settings", "inverse")
	}
	x.checkOptions(in.Options, bad)
	e.checkTarget(x, bad)
	if len(*bad) == 0 {
		x.checkCommon(bad)
	}
}

// given are the names of the settings that were said.
func (in SettingsInput) given() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	b, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // texts, numbers and lists always encode
	}
	if in.Options != nil {
		out["options"] = nil
	}
	for _, name := range in.Clear {
		out[name] = json.RawMessage("null")
	}
	return out
}

// apply takes over what was said. s shares nothing with what it was before: the
// field that is being changed stays as it is for the change log.
func (in SettingsInput) apply(s *kind.Settings) {
	was := attributes(s)
	for name, v := range in.given() {
		was[name] = v
	}
	delete(was, "options")
	for _, name := range in.Clear {
		delete(was, name)
	}
	if in.Placeholder != nil {
		was["placeholder"] = Label(s.Placeholder).with(*in.Placeholder).json()
	}
	out := kind.Settings{Options: s.Options}
	b, err := json.Marshal(was)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // the names are those of Settings
	}
	*s = out
}

// checkCommon refuses common settings that make no sense for the field.
func (f *Field) checkCommon(bad *fault.List) {
	no := func(name, format string, args ...any) {
		_ = bad.Add(fault.New(fault.Invalid, format, args...), "settings", name)
	}
	s := f.Settings
	written := (f.Stored() || f.HasLinkTable()) && f.Kind.Name() != "AUTO_NUMBER"
	for name, on := range map[string]bool{"requiredWhen": s.RequiredWhen != "", "readOnlyWhen": s.ReadOnlyWhen != "", "readOnly": s.ReadOnly,
		"defaultExpression": s.DefaultExpression != ""} {
		if on && !written {
			no(name, "a field of kind %s is not written", f.Kind.Name())
		}
	}
	if s.ReadOnlyWhen != "" && s.ReadOnly {
		no("readOnlyWhen", "the field is read-only at all times")
	}
	if s.DefaultExpression != "" && !f.Stored() {
		no("defaultExpression", "a field of kind %s has none", f.Kind.Name())
	}
	if s.Pick != "" && (f.Target == nil || f.IsChildren() || !written) {
		no("pick", "only references pick a record")
	}
	if s.DependsOn != "" {
		if on := f.Form.Field(s.DependsOn); on == nil || on.Kind.Name() != "CHOICE" || on.System || on.Key == f.Key || !kindIsChoice(f.Kind) {
			no("dependsOn", "the options of a choice depend on another CHOICE of the form")
		} else {
			for i, o := range f.Settings.Options {
				for _, p := range o.Parents {
					if _, ok := on.Settings.Option(p); !ok {
						_ = bad.Add(fault.New(fault.Invalid, "%q is not an option of %s", clip(p), on.Key), "settings", "options", i, "parents")
					}
				}
			}
		}
	}
	for i, fill := range s.Fill {
		if problem := f.badFill(fill); problem != "" {
			_ = bad.Add(fault.New(fault.Invalid, "%s", problem), "settings", "fill", i)
		}
	}
	if (s.Rows || s.OrderBy != "") && !f.IsChildren() {
		no(map[bool]string{true: "rows", false: "orderBy"}[s.Rows], "only CHILDREN have rows")
	} else if s.Rows && !(f.Via.Stored() && f.Via.IsReference()) {
		no("rows", "rows belong to one record, so %s must be a single reference", f.Via.Key)
	} else if s.Rows && f.Target.IsMember() {
		no("rows", "members are made and changed one by one: they have accounts")
	}
	if s.OrderBy != "" && f.Target != nil {
		if x := f.Target.Field(s.OrderBy); x == nil || x.System || x.Kind.Name() != "INTEGER" {
			no("orderBy", "form %q has no INTEGER field %q to keep the order in", f.Target.Key, clip(s.OrderBy))
		}
	}
	_ = bad.Add(checkLabel(s.Placeholder, maxLabel, "placeholder"), "settings")
	switch s.Width {
	case "", "QUARTER", "THIRD", "HALF", "TWO_THIRDS", "FULL":
	default:
		no("width", "must be QUARTER, THIRD, HALF, TWO_THIRDS or FULL")
	}
}

func kindIsChoice(k kind.Kind) bool { return k.Name() == "CHOICE" || k.Name() == "MULTI_CHOICE" }

// badFill says why what a chosen record holds cannot be copied; "" when it can.
func (f *Field) badFill(fill kind.Fill) string {
	if !f.IsReference() || !f.Stored() {
		return "only a reference copies from the record that is chosen"
	}
	to, from := f.Form.Field(fill.To), f.Target.Field(fill.From)
	switch {
	case from == nil || !from.HasValue() || from.HasLinkTable():
		return fmt.Sprintf("form %q has no value %q to copy", f.Target.Key, clip(fill.From))
	case to == nil || to.System || !to.Stored() || to.Kind.Name() == "AUTO_NUMBER" || to.Key == f.Key:
		return fmt.Sprintf("form %q has no field %q to copy to", f.Form.Key, clip(fill.To))
	case to.SQLType() != from.SQLType() || to.Target != from.Target:
		return fmt.Sprintf("%s holds other values than %s", to.Key, from.Key)
	}
	for _, o := range from.Settings.Options {
		if _, ok := to.Settings.Option(o.Key); to.IsChoice() && !ok {
			return fmt.Sprintf("%s has no option %q, which %s has", to.Key, o.Key, from.Key)
		}
	}
	if to.IsChoice() && !from.IsChoice() {
		return fmt.Sprintf("%s takes its options only", to.Key)
	}
	return ""
}

// checkExpressions compiles the expressions of a field that is being made or
// changed, as if the catalog had it already.
func (e *edit) checkExpressions(x *Field, bad *fault.List) {
	k := &compiler{cat: e.cat, state: map[*Field]int{}}
	old := x.Form.byKey[x.Key]
	x.Form.byKey[x.Key] = x
	defer func() {
		if delete(x.Form.byKey, x.Key); old != nil {
			x.Form.byKey[x.Key] = old
		}
	}()
	if kind.IsComputed(x.Kind) {
		x.Expr, x.weight, x.depth = nil, 0, 0
		if err := k.compute(x); err != nil {
			_ = bad.Add(expressionFault(err), "settings", x.wrongSetting())
			return
		}
	}
	if path, err := k.conditions(x); err != nil {
		_ = bad.Add(expressionFault(err), "settings", path)
	}
}

// expressionFault is INVALID with the place of the first mistake, and all of
// them in details.
func expressionFault(err error) error {
	list, ok := errors.AsType[expr.Errors](err)
	if one, is := errors.AsType[*expr.Error](err); !ok && is {
		list = expr.Errors{one}
	}
	if len(list) == 0 {
		return fault.New(fault.Invalid, "%s", err.Error())
	}
	all := make([]map[string]any, len(list))
	for i, e := range list {
		all[i] = map[string]any{"line": e.Line, "column": e.Column, "message": e.Message}
	}
	return fault.New(fault.Invalid, "%s", list[0].Message).With("line", list[0].Line).With("column", list[0].Column).With("errors", all)
}

// checkTarget finds the form a reference refers to, or the reference behind
// children.
func (e *edit) checkTarget(x *Field, bad *fault.List) {
	name := x.Kind.Name()
	x.Settings.To = fixedTarget(x.Kind, x.Settings.To)
	switch name {
	case "REFERENCE", "MEMBER", "TEAM", "CHILDREN", "REFERENCES", "MEMBERS":
	default:
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
		if via == nil || via.Target == nil || via.Target.Key != x.Form.Key || !via.Stored() && !via.IsLinks() || via.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %q has no reference %q to form %q", x.Target.Key, clip(x.Settings.Via), x.Form.Key), "settings", "via")
		}
		x.Via = via
		return
	}
	if x.Settings.OnDelete == "" {
		x.Settings.OnDelete = "RESTRICT"
		if x.IsLinks() {
			x.Settings.OnDelete = "CLEAR"
		}
	}
	if x.Settings.OnDelete == "CASCADE" && x.Form.IsMember() {
		_ = bad.Add(fault.New(fault.Invalid, "members are never deleted, so they cannot go with another record"), "settings", "onDelete")
	}
	if x.Required && x.Settings.OnDelete == "CLEAR" {
		_ = bad.Add(fault.New(fault.Invalid, "a required reference cannot be cleared when its record is deleted"), "settings", "onDelete")
	}
}

func (f *Field) checkOptions(options []NewOption, bad *fault.List) {
	if !kindIsChoice(f.Kind) {
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
		kept = append(kept, kind.Option{Key: o.Key, Enum: enumName(o.Key), Parents: o.Parents})
	}
	if options != nil {
		f.Settings.Options = kept
	}
}

// addColumn adds the column with its constraint and indexes. A constant default
// fills existing rows without rewriting the table.
func (e *edit) addColumn(ctx context.Context, f *Form, x *Field) error {
	if err := e.room(ctx, f); err != nil {
		return err
	}
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
	if t := e.making[f.Key]; t != nil {
		t.columns, def = append(t.columns, x.Column()+" "+x.Kind.Column()+null), ""
	} else if err := e.ddl(ctx, `ALTER TABLE %s ADD COLUMN %s %s%s%s`, f.Table(), x.Column(), x.Kind.Column(), def, null); err != nil {
		return err
	}
	if def != "" { // defaults of new records are the program's, so that they can change
		if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if x.Target != nil && x.IsReference() {
		action := map[string]string{"RESTRICT": "RESTRICT", "CLEAR": "SET NULL", "CASCADE": "CASCADE"}[x.Settings.OnDelete]
		if err := e.ddlFor(ctx, f, `ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s`,
			f.Table(), quote(x.ForeignKey()), x.Column(), x.Target.Table(), action); err != nil {
			return err
		}
	}
	return e.setIndexes(ctx, f, x, nil)
}

// addLinkTable makes the table of a field's links. A link goes with its record,
// and with what it leads to unless the settings restrict that.
func (e *edit) addLinkTable(ctx context.Context, x *Field) error {
	target, action := e.cat.FileTable(), "RESTRICT"
	if x.IsLinks() {
		target = x.Target.Table()
		if x.Settings.OnDelete == "CLEAR" {
			action = "CASCADE"
		}
	} else if err := e.ddl(ctx, `CREATE TABLE IF NOT EXISTS %s (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, type text NOT NULL, size bigint NOT NULL, hash text NOT NULL,
		created_at timestamptz NOT NULL DEFAULT now(), created_by bigint)`, target); err != nil {
		return err
	} else if err := e.ddl(ctx, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, target, quote(e.cat.Role)); err != nil {
		return err
	}
	if err := e.ddlFor(ctx, x.Form, `CREATE TABLE %s (
		record bigint NOT NULL CONSTRAINT %s REFERENCES %s (id) ON DELETE CASCADE,
		target bigint NOT NULL CONSTRAINT %s REFERENCES %s (id) ON DELETE %s,
		position int NOT NULL,
		CONSTRAINT %s PRIMARY KEY (record, target))`,
		x.LinkTable(), quote(x.linkOwner()), x.Form.Table(), quote(x.ForeignKey()), target, action, quote(x.linkKey())); err != nil {
		return err
	}
	if err := e.ddlFor(ctx, x.Form, `CREATE INDEX %s ON %s (target, record)`, quote(x.Index()), x.LinkTable()); err != nil {
		return err
	}
	return e.ddlFor(ctx, x.Form, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, x.LinkTable(), quote(e.cat.Role))
}

// numberRecords gives the records that are there their numbers, in the order in
// which they were made.
func (e *edit) numberRecords(ctx context.Context, x *Field) error {
	if err := e.ddl(ctx, `CREATE TABLE IF NOT EXISTS %s (field bigint NOT NULL, period text NOT NULL, last bigint NOT NULL, PRIMARY KEY (field, period))`, e.cat.NumberTable()); err != nil {
		return err
	}
	if err := e.ddl(ctx, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, e.cat.NumberTable(), quote(e.cat.Role)); err != nil {
		return err
	}
	if e.making[x.Form.Key] != nil {
		return nil
	}
	p, err := kind.ParseNumberPattern(x.Settings.Pattern, x.Settings.Restart)
	if err != nil {
		return err
	}
	var records []struct {
		ID int64     `db:"id"`
		At time.Time `db:"created_at"`
	}
	if err := e.tx.SelectContext(ctx, &records, `SELECT id, created_at FROM `+x.Form.Table()+` ORDER BY created_at, id`); err != nil {
		return err
	}
	last := map[string]int64{}
	ids, numbers := make(pq.Int64Array, len(records)), make(pq.StringArray, len(records))
	for i, r := range records {
		at := r.At.In(e.cat.Zone)
		last[p.Period(at)]++
		ids[i], numbers[i] = r.ID, p.Format(at, last[p.Period(at)])
	}
	if len(records) > 0 {
		if _, err := e.tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s r SET %s = v.number FROM unnest($1::bigint[], $2::text[]) AS v (id, number) WHERE v.id = r.id`, x.Form.Table(), x.Column()), ids, numbers); err != nil {
			return fmt.Errorf("number records: %w", err)
		}
	}
	for period, n := range last {
		if _, err := e.tx.ExecContext(ctx, `INSERT INTO `+e.cat.NumberTable()+` (field, period, last) VALUES ($1, $2, $3)`, x.ID, period, n); err != nil {
			return fmt.Errorf("keep last number: %w", err)
		}
	}
	return nil
}

// wantsIndex says whether the field has an index that is not unique.
func (f *Field) wantsIndex() bool { return f.Stored() && (f.Indexed || f.Target != nil) }

// indexed is what an index of the field goes over.
func (f *Field) indexedBy(unique bool) string {
	col := f.Column()
	if f.Settings.IgnoreCase {
		col = "lower(" + col + ")"
	}
	switch {
	case unique:
		return "(" + col + ")"
	case f.SQLType() == "text[]":
		return "USING gin (" + col + ")"
	}
	return "(" + f.Column() + ", id)"
}

// setIndexes makes the indexes of x what x says, given what it was; nil: new.
func (e *edit) setIndexes(ctx context.Context, f *Form, x, old *Field) error {
	schema := quote(f.Catalog.Schema)
	hadUnique, hadIndex := old != nil && old.Unique, old != nil && old.wantsIndex()
	if hadUnique && (!x.Unique || x.Settings.IgnoreCase != old.Settings.IgnoreCase) {
		if err := e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.UniqueIndex())); err != nil {
			return err
		}
		hadUnique = false
	}
	if x.Unique && !hadUnique {
		if err := e.ddlFor(ctx, f, `CREATE UNIQUE INDEX %s ON %s %s WHERE archived_at IS NULL`, quote(x.UniqueIndex()), f.Table(), x.indexedBy(true)); err != nil {
			if pg.Code(err) == "23505" {
				return fault.New(fault.Conflict, "some records have the same value, so the field cannot be unique").At("unique").Because(err)
			}
			return err
		}
	}
	if x.wantsIndex() && !hadIndex {
		return e.ddlFor(ctx, f, `CREATE INDEX %s ON %s %s`, quote(x.Index()), f.Table(), x.indexedBy(false))
	}
	if !x.wantsIndex() && hadIndex {
		return e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.Index()))
	}
	return nil
}

func (e *edit) isEmpty(ctx context.Context, f *Form) (bool, error) {
	if e.making[f.Key] != nil {
		return true, nil
	}
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
