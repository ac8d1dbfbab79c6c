// Package jsonschema says in JSON Schema (2020-12) what the generic face takes:
// the values of a record, and filters. What a form library needs beside that to
// lay a form out is UI.
//
//	jsonschema.Values(customer, true, "zh")  // of createRecord's values
//	jsonschema.Values(customer, false, "zh") // of updateRecord's set
//	jsonschema.Filter(customer, "zh")        // of the filter of records
//
// A schema accepts what record.Parse and query.ParseFilter accept; tests hold it
// to that with values at random. It takes more than they do where JSON Schema
// cannot say what they ask for:
//
//   - numbers given as text are held to their scale, not to their range, and
//     numbers given as JSON to their range, not to their scale, since readers that
//     compute in floating point get multipleOf wrong; no number is held to 38 digits;
//   - the range of days, moments and durations, and numbers of ids beyond 64 bits;
//   - telephone numbers that no network has given, hosts of web addresses, and the
//     lengths in bytes of addresses of mail and web;
//   - patterns with ^ or $ within lines, which not every engine knows;
//   - options that depend on another field, fields that are shown, required or
//     closed to changes by an expression, pickers, and rules: x-fieldwork holds their
//     expressions, and the server judges them;
//   - required fields that choosing a record may fill;
//   - size and depth of a JSON value, of child rows and of filters.
//
// Lengths and patterns look at a text as it came, the server at what it stores:
// in NFC, without spaces around it, lines ending in \n.
//
// It takes less where the server is kinder than the form it documents: an option
// by its name in the typed face, one value for a list of one, a value twice in a
// list, blank text for an empty choice, list, address or place, and blank text
// that is too long.
//
// Expressions, purposes and all else that JSON Schema has no word for stand in
// x-fieldwork of a field. The package is pure: it reads definitions and nothing
// else.
package jsonschema

import (
	"encoding/json"
	"strconv"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Dialect is the version of JSON Schema that all schemas are in.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// MaxRows is how many child rows one mutation writes; package record counts them.
const MaxRows = 1_000

type object = map[string]any

// Values is the schema of the values of a new record of f, or with create false
// of those to be changed, with texts in the first of the languages that has them.
func Values(f *form.Form, create bool, languages ...string) map[string]any {
	w := &writer{languages: languages, defs: object{}}
	out := w.record(f, nil, create)
	out["$schema"] = Dialect
	out["title"] = w.text(f.Labels, f.Key)
	if d := w.text(f.Descriptions, ""); d != "" {
		out["description"] = d
	}
	out["x-fieldwork"] = object{"form": f.Key, "version": f.Catalog.Version}
	if len(w.defs) > 0 {
		out["$defs"] = w.defs
	}
	return out
}

type writer struct {
	languages []string
	defs      object
}

func (w *writer) text(l form.Label, otherwise string) string {
	if t := l.In("", w.languages...); t != "" {
		return t
	}
	return otherwise
}

// record is the schema of a record's values. parent is the field of a child row
// that its parent gives.
func (w *writer) record(f *form.Form, parent *form.Field, create bool) object {
	properties, required := object{}, []string{}
	for _, x := range f.Own() {
		if x == parent {
			continue
		}
		properties[x.Key] = w.field(x, create)
		if must(x) {
			required = append(required, x.Key)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if create && len(required) > 0 {
		out["required"] = required
	}
	return out
}

// must says whether a new record must say something of the field.
func must(x *form.Field) bool {
	if !needed(x) || closed(x) || x.Default != nil || x.DefaultExpr != nil {
		return false
	}
	for _, other := range x.Form.Own() {
		for _, fill := range other.Settings.Fill {
			if fill.To == x.Key {
				return false
			}
		}
	}
	return true
}

// needed says whether the field is never empty.
func needed(x *form.Field) bool { return x.Required && x.ShownWhen == nil }

// closed says whether clients never write the field.
func closed(x *form.Field) bool {
	return x.Settings.ReadOnly || !x.Stored() && !x.HasLinkTable() || x.Kind.Name() == "AUTO_NUMBER"
}

// field is the schema of a field: its value, and what people read.
func (w *writer) field(x *form.Field, create bool) object {
	var out object
	switch {
	case x.IsChildren():
		out = w.children(x, create)
	case closed(x):
		out = w.shape(x)
		out["readOnly"], out["not"] = true, object{} // whatever is given is refused
	default:
		out = w.value(x)
	}
	out["title"] = w.text(x.Labels, x.Key)
	if help := w.text(x.Help, ""); help != "" {
		out["description"] = help
	}
	if d, err := x.DefaultJSON(); err == nil && d != nil {
		out["default"] = d
	}
	out["x-fieldwork"] = w.extra(x)
	return out
}

// shape is the type of a field's value where it is only read.
func (w *writer) shape(x *form.Field) object {
	switch x.Value.Form() {
	case kind.AsIs:
		switch x.Value.Column() {
		case "boolean":
			return object{"type": []string{"boolean", "null"}}
		case "jsonb":
			return object{"type": anything}
		}
		return object{"type": []string{"integer", "null"}}
	case kind.AsOptions, kind.AsRecords, kind.AsFiles:
		return object{"type": []string{"array", "null"}, "items": object{"type": "string"}}
	case kind.AsObject:
		return object{"type": []string{"object", "null"}}
	}
	out := object{"type": []string{"string", "null"}}
	if format := formats[x.Value.Name()]; format != "" {
		out["format"] = format
	}
	return out
}

// children is the schema of the child rows that are saved with their parent;
// other children are refused.
func (w *writer) children(x *form.Field, create bool) object {
	if !x.HasRows() || !create && !x.Settings.Rows {
		return object{"type": "null", "readOnly": true}
	}
	return object{"type": []string{"array", "null"}, "maxItems": MaxRows, "items": object{"$ref": "#/$defs/" + w.row(x, create)}}
}

// row is the name of the schema of a child row. Rows have rows of their own, in
// circles too, so each is there once and the others refer to it.
func (w *writer) row(x *form.Field, create bool) string {
	name := x.Target.Key + "." + x.Via.Key
	if !create {
		name += ".set"
	}
	if _, there := w.defs[name]; there {
		return name
	}
	w.defs[name] = nil // being made
	row := w.record(x.Target, x.Via, create)
	row["title"] = w.text(x.Target.Labels, x.Target.Key)
	if !create {
		// A row without an id is a new one, and must have what new ones must.
		row["properties"].(object)["id"] = object{"type": []string{"string", "null"}, "pattern": idPattern(x.Target.Key, false)}
		if fresh := w.record(x.Target, x.Via, true); fresh["required"] != nil {
			row["if"] = object{"required": []string{"id"}, "properties": object{"id": object{"type": "string"}}}
			row["then"], row["else"] = object{}, object{"required": fresh["required"]}
		}
	}
	w.defs[name] = row
	return name
}

// extra is what JSON Schema has no word for.
func (w *writer) extra(x *form.Field) object {
	out := object{"kind": x.KindName()}
	if x.Purpose != "" {
		out["purpose"] = x.Purpose
	}
	if x.Section != "" {
		out["section"] = x.Section
	}
	if x.Unique {
		out["unique"] = true
	}
	if kind.IsComputed(x.Kind) && x.Value != nil {
		out["value"] = x.Value.Name()
	}
	if x.Target != nil {
		out["form"] = x.Target.Key
	}
	b, err := json.Marshal(x.Settings)
	said := object{}
	if err == nil {
		err = json.Unmarshal(b, &said)
	}
	if err != nil {
		panic(err) // settings are texts, numbers and lists
	}
	for _, name := range []string{"onDelete", "inverse", "placeholder", "to"} { // of the definition, or said elsewhere
		delete(said, name)
	}
	for name, v := range said {
		out[name] = v
	}
	if x.Settings.MaxSize != nil {
		out["maxSize"] = *x.Settings.MaxSize
	}
	if len(x.Options) > 0 {
		out["options"] = w.options(x)
	}
	return out
}

// options are what is known of options that can be chosen beside their title;
// nothing when that is nothing.
func (w *writer) options(x *form.Field) object {
	out := object{}
	for _, o := range x.Options {
		more := object{}
		if o.Colour != "" {
			more["colour"] = o.Colour
		}
		if len(o.Parents) > 0 {
			more["parents"] = o.Parents
		}
		if o.ArchivedAt == nil && len(more) > 0 {
			out[o.Key] = more
		}
	}
	return out
}

func number(text string) any {
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return nil
	}
	return json.Number(text)
}
