package form

import (
	"encoding/json"

	"fieldwork/internal/form/kind"
)

// Attributes are those of a part of a document in JSON, without those that are
// compared apart.
func Attributes(part any, apart ...string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	b, err := json.Marshal(part)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // documents always encode
	}
	for _, name := range apart {
		delete(out, name)
	}
	return out
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

// commonSettings are the settings that belong to no kind; some make sense for
// some fields only, see checkCommon.
var CommonSettings = map[string]bool{"shownWhen": true, "requiredWhen": true, "readOnlyWhen": true, "readOnly": true, "defaultExpression": true, "pick": true,
	"dependsOn": true, "fill": true, "orderBy": true, "rows": true, "ignoreCase": true, "placeholder": true, "width": true}

// Given are the names of the settings that were said.
func (in SettingsInput) Given() map[string]json.RawMessage {
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

// Apply takes over what was said. s shares nothing with what it was before: the
// field that is being changed stays as it is for the change log.
func (in SettingsInput) Apply(s *kind.Settings) {
	was := Attributes(s)
	for name, v := range in.Given() {
		was[name] = v
	}
	delete(was, "options")
	for _, name := range in.Clear {
		delete(was, name)
	}
	if in.Placeholder != nil {
		was["placeholder"] = Label(s.Placeholder).With(*in.Placeholder).JSON()
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
