package form

import (
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

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
		was["placeholder"] = Label(s.Placeholder).With(*in.Placeholder).json()
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
		if on := f.Form.Field(s.DependsOn); on == nil || on.Kind.Name() != "CHOICE" || on.System || on.Key == f.Key || !kind.IsChoice(f.Kind) {
			no("dependsOn", "the options of a choice depend on another CHOICE of the form")
		} else {
			for i, o := range f.Settings.Options {
				for _, p := range o.Parents {
					if _, ok := on.Settings.Option(p); !ok {
						_ = bad.Add(fault.New(fault.Invalid, "%q is not an option of %s", fault.Clip(p), on.Key), "settings", "options", i, "parents")
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
			no("orderBy", "form %q has no INTEGER field %q to keep the order in", f.Target.Key, fault.Clip(s.OrderBy))
		}
	}
	_ = bad.Add(Label(s.Placeholder).Check(maxLabel, "placeholder"), "settings")
	switch s.Width {
	case "", "QUARTER", "THIRD", "HALF", "TWO_THIRDS", "FULL":
	default:
		no("width", "must be QUARTER, THIRD, HALF, TWO_THIRDS or FULL")
	}
}

// badFill says why what a chosen record holds cannot be copied; "" when it can.
func (f *Field) badFill(fill kind.Fill) string {
	if !f.IsReference() || !f.Stored() {
		return "only a reference copies from the record that is chosen"
	}
	to, from := f.Form.Field(fill.To), f.Target.Field(fill.From)
	switch {
	case from == nil || !from.HasValue() || from.HasLinkTable():
		return fmt.Sprintf("form %q has no value %q to copy", f.Target.Key, fault.Clip(fill.From))
	case to == nil || to.System || !to.Stored() || to.Kind.Name() == "AUTO_NUMBER" || to.Key == f.Key:
		return fmt.Sprintf("form %q has no field %q to copy to", f.Form.Key, fault.Clip(fill.To))
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
		_ = bad.Add(fault.New(fault.Invalid, "there is no form %q", fault.Clip(x.Settings.To)), "settings", "to")
		return
	}
	if name == "CHILDREN" {
		via := x.Target.Field(x.Settings.Via)
		if via == nil || via.Target == nil || via.Target.Key != x.Form.Key || !via.Stored() && !via.IsLinks() || via.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %q has no reference %q to form %q", x.Target.Key, fault.Clip(x.Settings.Via), x.Form.Key), "settings", "via")
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
	if !kind.IsChoice(f.Kind) {
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
		_ = bad.Add(o.Labels.Check(maxLabel, "labels"), "settings", "options", i)
		_ = bad.Add(checkName(o.Colour, "colour"), "settings", "options", i)
		kept = append(kept, kind.Option{Key: o.Key, Enum: enumName(o.Key), Parents: o.Parents})
	}
	if options != nil {
		f.Settings.Options = kept
	}
}
