// Package document writes definitions down without anything that belongs to one
// organisation only, reads them, and tells how definitions differ from a document.
//
//	d, err := document.Describe(cat, "customer")     // what definitionDocument answers
//	for _, x := range document.Diff(other, d) { ... } // what applying it there would do
//
// It is pure: it neither loads definitions nor changes them. Package batch applies a
// document, package change keeps one of every version of a form.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// OfAggregate is a saved aggregate as a document.
func OfAggregate(a *form.SavedAggregate) Aggregate {
	return Aggregate{Key: a.Key, Labels: a.Labels, Filter: a.Filter, GroupBy: a.GroupBy, Metrics: a.Metrics}
}

// normalise makes equal aggregates equal documents.
func (d *Aggregate) normalise() {
	for _, part := range []*any{&d.Filter, &d.GroupBy, &d.Metrics} {
		switch v := (*part).(type) {
		case map[string]any:
			if len(v) == 0 {
				*part = nil
			}
		case []any:
			if len(v) == 0 {
				*part = nil
			}
		}
	}
}

// DocumentFormat is the version of what a Document looks like.
const Format = 1

// Document is the definitions of forms without anything that belongs to one
// organisation only: no numbers, no times, no records. Equal definitions are
// equal documents, and equal JSON. What is empty is left out.
type Document struct {
	Format  int    `json:"format"`
	Partial bool   `json:"partial,omitempty"` // says nothing of forms that are not in it
	Forms   []Form `json:"forms"`
}

// Form is one form. In a document that somebody wrote, labels and title
// may be left out: they are then as they are, or what a new form gets.
type Form struct {
	Key          string         `json:"key"`
	Plural       string         `json:"plural,omitempty"`
	Labels       form.Label     `json:"labels,omitempty"`
	PluralLabels form.Label     `json:"pluralLabels,omitempty"`
	Description  form.Label     `json:"description,omitempty"`
	Icon         string         `json:"icon,omitempty"`
	Colour       string         `json:"colour,omitempty"`
	Title        string         `json:"title,omitempty"`
	Archived     bool           `json:"archived,omitempty"`
	Sections     []form.Section `json:"sections,omitempty"`
	Fields       []Field        `json:"fields,omitempty"` // in their order
	Rules        []Rule         `json:"rules,omitempty"`  // by key

	Aggregates []Aggregate `json:"aggregates,omitempty"` // by key
}

// Field is one field.
type Field struct {
	Key      string          `json:"key"`
	Kind     string          `json:"kind"`
	Labels   form.Label      `json:"labels,omitempty"`
	Help     form.Label      `json:"help,omitempty"`
	Required bool            `json:"required,omitempty"`
	Unique   bool            `json:"unique,omitempty"`
	Indexed  bool            `json:"indexed,omitempty"`
	Default  json.RawMessage `json:"default,omitempty"`
	Purpose  string          `json:"purpose,omitempty"`
	Section  string          `json:"section,omitempty"`
	Archived bool            `json:"archived,omitempty"`
	Settings Settings        `json:"settings,omitempty"`
	Options  []Option        `json:"options,omitempty"` // in their order, archived ones last
}

// Settings holds settings by name, in the JSON of SettingsInput.
type Settings map[string]json.RawMessage

// Option is one option of a choice.
type Option struct {
	Key      string     `json:"key"`
	Labels   form.Label `json:"labels,omitempty"`
	Colour   string     `json:"colour,omitempty"`
	Parents  []string   `json:"parents,omitempty"`
	Archived bool       `json:"archived,omitempty"`
}

// Rule is one rule.
type Rule struct {
	Key        string        `json:"key"`
	Kind       form.RuleKind `json:"kind"`
	Expression string        `json:"expression,omitempty"`
	Fields     []string      `json:"fields,omitempty"`
	IgnoreCase bool          `json:"ignoreCase,omitempty"`
	Message    form.Label    `json:"message,omitempty"`
}

// Aggregate is one saved aggregate.
type Aggregate struct {
	Key     string     `json:"key"`
	Labels  form.Label `json:"labels,omitempty"`
	Filter  any        `json:"filter,omitempty"`
	GroupBy any        `json:"groupBy,omitempty"`
	Metrics any        `json:"metrics,omitempty"`
}

// Describe is the document of the forms of those keys, or of all of them in use.
// Faults: NOT_FOUND for a form that is not there.
func Describe(cat *form.Catalog, keys ...string) (Document, error) {
	d := Document{Format: Format, Partial: len(keys) > 0, Forms: []Form{}}
	for i, key := range keys {
		if cat.Form(key) == nil {
			return d, fault.New(fault.NotFound, "there is no form %q", fault.Clip(key)).At("forms", i)
		}
	}
	for _, f := range cat.Forms {
		if len(keys) == 0 && f.ArchivedAt == nil || slices.Contains(keys, f.Key) {
			d.Forms = append(d.Forms, OfForm(f))
		}
	}
	return d, nil
}

// OfForm is the form as a document. A field of a kind that is not known is left
// out.
func OfForm(f *form.Form) Form {
	d := Form{Key: f.Key, Plural: f.Plural, Labels: f.Labels, PluralLabels: f.Plurals, Description: f.Descriptions, Icon: f.Icon, Colour: f.Colour,
		Title: f.TitleKey, Archived: f.ArchivedAt != nil, Sections: f.Sections}
	for _, x := range f.Fields {
		if x.Kind != nil {
			d.Fields = append(d.Fields, OfField(x))
		}
	}
	for _, r := range f.Rules {
		d.Rules = append(d.Rules, Rule{Key: r.Key, Kind: r.Kind, Expression: r.Expression, Fields: r.FieldKeys, IgnoreCase: r.IgnoreCase, Message: r.Message})
	}
	for _, a := range f.Aggregates {
		d.Aggregates = append(d.Aggregates, OfAggregate(a))
	}
	d.normalise()
	return d
}

// OfField is a field of a known kind as a document.
func OfField(f *form.Field) Field {
	d := Field{Key: f.Key, Kind: f.Kind.Name(), Labels: f.Labels, Help: f.Help, Required: f.Required, Unique: f.Unique, Indexed: f.Indexed,
		Default: f.Default, Purpose: f.Purpose, Section: f.Section, Archived: f.ArchivedAt != nil}
	if f.Via != nil && f.ArchivedAt == f.Via.ArchivedAt {
		d.Archived = false // it only goes with its reference
	}
	b, err := json.Marshal(f.Settings)
	if err == nil {
		err = json.Unmarshal(b, &d.Settings)
	}
	if err != nil {
		panic(err) // settings are texts, numbers and lists
	}
	if kind.IsChoice(f.Kind) {
		for _, o := range f.Options {
			d.Options = append(d.Options, Option{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents, Archived: o.ArchivedAt != nil})
		}
	}
	return d
}

// normalise makes equal definitions equal documents.
func (d *Form) normalise() {
	for i := range d.Fields {
		d.Fields[i].Normalise()
	}
	slices.SortStableFunc(d.Rules, func(a, b Rule) int { return strings.Compare(a.Key, b.Key) })
	for i := range d.Aggregates {
		d.Aggregates[i].normalise()
	}
	slices.SortStableFunc(d.Aggregates, func(a, b Aggregate) int { return strings.Compare(a.Key, b.Key) })
}

// Normalise makes equal fields equal documents.
func (d *Field) Normalise() {
	var b bytes.Buffer
	if json.Compact(&b, d.Default) == nil {
		d.Default = b.Bytes()
	}
	if len(d.Default) == 0 || string(d.Default) == "null" {
		d.Default = nil
	}
	k := kind.ByName(d.Kind)
	if k == nil {
		return
	}
	settings := Settings{}
	for name, v := range d.Settings {
		// What compiling adds to a field is not its definition.
		if known := form.CommonSettings[name] || slices.Contains(k.Settings(), name); !known && (name == "to" || name == "currency") {
			continue
		}
		switch string(v) {
		case `null`, `""`, `false`, `[]`, `{}`:
		default:
			settings[name] = v
		}
	}
	if slices.Contains(k.Settings(), "onDelete") && settings["onDelete"] == nil {
		settings["onDelete"] = json.RawMessage(`"RESTRICT"`)
		if kind.IsLinks(k) {
			settings["onDelete"] = json.RawMessage(`"CLEAR"`)
		}
	}
	d.Settings = settings
	d.Unique = d.Unique || d.Kind == "AUTO_NUMBER"
	slices.SortStableFunc(d.Options, func(a, b Option) int {
		switch {
		case a.Archived != b.Archived:
			return map[bool]int{true: 1, false: -1}[a.Archived]
		case a.Archived:
			return strings.Compare(a.Key, b.Key)
		}
		return 0
	})
}

// Read reads a document from decoded JSON. What it holds is checked when
// it is applied; here only that it is one. Faults: INVALID.
func Read(raw any) (Document, error) {
	var d Document
	b, err := json.Marshal(raw)
	if err != nil {
		return d, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return d, fault.New(fault.Invalid, "is not a document of definitions: %s", strings.TrimPrefix(err.Error(), "json: ")).At("document")
	}
	if d.Format != Format {
		return d, fault.New(fault.Invalid, "format must be %d", Format).At("document", "format")
	}
	var bad fault.List
	seen := map[string]bool{}
	once := func(what, key string, at ...any) {
		if id := fmt.Sprint(at[:len(at)-1]...) + " " + key; key == "" || seen[id] {
			_ = bad.Add(fault.New(fault.Invalid, "every %s needs a key of its own, not %q", what, fault.Clip(key)), append(at, "key")...)
		} else {
			seen[id] = true
		}
	}
	for i := range d.Forms {
		f := &d.Forms[i]
		once("form", f.Key, "document", "forms", i)
		if f.Plural == "" {
			f.Plural = f.Key + "s"
		}
		for j, x := range f.Fields {
			at := []any{"document", "forms", i, "fields", j}
			once("field", x.Key, at...)
			if kind.ByName(x.Kind) == nil {
				_ = bad.Add(fault.New(fault.Invalid, "%q is not a kind of field", fault.Clip(x.Kind)), append(at, "kind")...)
			}
			if _, err := x.Settings.Input(); err != nil {
				_ = bad.Add(err, append(at, "settings")...)
			}
			for o, option := range x.Options {
				once("option", option.Key, append(at, "options", o)...)
			}
		}
		for j, r := range f.Rules {
			once("rule", r.Key, "document", "forms", i, "rules", j)
		}
		for j, a := range f.Aggregates {
			once("saved aggregate", a.Key, "document", "forms", i, "aggregates", j)
		}
		f.normalise()
	}
	return d, bad.Err()
}

// Input is the settings as they are said to the store.
func (s Settings) Input() (form.SettingsInput, error) {
	var in form.SettingsInput
	b, err := json.Marshal(map[string]json.RawMessage(s))
	if err != nil {
		return in, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fault.New(fault.Invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return in, nil
}
