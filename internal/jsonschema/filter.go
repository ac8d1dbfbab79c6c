package jsonschema

import (
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// Filter is the schema of the generic filter on records of f: conditions on its
// fields by key, joined by and, or and not, and on the records that they lead to.
func Filter(f *form.Form, languages ...string) map[string]any {
	w := &filterWriter{writer{languages: languages, defs: object{}}}
	out := object{"$schema": Dialect, "title": w.text(f.Labels, f.Key), "anyOf": []any{object{"type": "null"}, ref(w.form(f, true))},
		"x-fieldwork": object{"form": f.Key, "version": f.Catalog.Version, "maxDepth": query.MaxDepth, "maxConditions": query.MaxNodes}}
	out["$defs"] = w.defs
	return out
}

type filterWriter struct{ writer }

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// orNull takes null too, which says nothing.
func orNull(name string) object { return object{"anyOf": []any{object{"type": "null"}, ref(name)}} }

// orOne takes a list or, for a list of one, its item.
func orOne(item object) object {
	return object{"anyOf": []any{object{"type": "null"}, item, object{"type": "array", "items": item}}}
}

// form is the name of the schema of filters on records of f. Behind a reference
// a filter may also ask whether there is a record.
func (w *filterWriter) form(f *form.Form, root bool) string {
	name := f.Key
	if !root {
		name += ".reference"
	}
	if _, there := w.defs[name]; there {
		return name
	}
	w.defs[name] = nil // being made
	properties := object{"and": orOne(ref(name)), "or": orOne(ref(name)), "not": orNull(name)}
	if !root {
		properties["isNull"] = object{"type": []string{"boolean", "null"}}
	} else {
		properties["isNull"] = object{"type": "null"}
	}
	if f.IsTeam() {
		id := object{"type": "string", "pattern": idPattern(f.Key, false)}
		properties["within"] = object{"anyOf": []any{object{"type": "null"}, id, object{"type": "array", "items": id, "maxItems": query.MaxValues}}}
		properties["withinMine"] = object{"type": []string{"boolean", "null"}}
	}
	if query.KnowsMe(f) {
		properties["me"] = object{"type": []string{"boolean", "null"}}
	}
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
		p := w.field(x)
		p["title"] = w.text(x.Labels, x.Key)
		properties[x.Key] = p
	}
	w.defs[name] = object{"type": "object", "title": w.text(f.Labels, f.Key), "properties": properties, "additionalProperties": false}
	return name
}

func (w *filterWriter) field(x *form.Field) object {
	switch {
	case x.IsMany():
		return orNull2(w.many(x))
	case x.IsReference():
		return orNull(w.form(x.Target, false))
	}
	return ref(w.operators(x))
}

// orNull2 is orNull for a schema in place. The conditions of a list itself must be
// an object.
func orNull2(s object) object {
	s["type"] = []string{"object", "null"}
	return s
}

// many is the schema of conditions on a list of records.
func (w *filterWriter) many(x *form.Field) object {
	of := w.form(x.Target, true)
	properties := object{}
	for _, q := range []query.Quantifier{query.Some, query.None, query.Every} {
		properties[string(q)] = orNull(of)
	}
	if x.IsLinks() {
		id := object{"type": "string", "pattern": idPattern(x.Target.Key, false)}
		for _, op := range x.Kind.Operators() {
			properties[string(op)] = operand(op, id)
		}
	}
	return object{"properties": properties, "additionalProperties": false}
}

// operators is the name of the schema of conditions on a value. Fields of one
// kind share it, choices have one each.
func (w *filterWriter) operators(x *form.Field) string {
	name := strings.ToLower(x.Value.Name())
	switch {
	case x.IsID():
		name = "id." + x.Form.Key
	case x.IsChoice():
		name = x.Form.Key + "." + x.Key
	}
	if _, there := w.defs[name]; there {
		return name
	}
	ops := x.Value.Operators()
	if x.IsID() {
		ops = []kind.Op{kind.Eq, kind.Ne, kind.In, kind.NotIn, kind.IsNull}
	}
	value := w.compared(x)
	properties := object{}
	for _, op := range ops {
		properties[string(op)] = operand(op, value)
	}
	w.defs[name] = object{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	return name
}

// operand is the schema of an operator's argument.
func operand(op kind.Op, value object) object {
	null := object{"type": "null"}
	switch op {
	case kind.IsNull:
		return object{"type": []string{"boolean", "null"}}
	case kind.During:
		periods := []any{nil}
		for _, p := range kind.Periods() {
			periods = append(periods, p)
		}
		return object{"enum": periods}
	case kind.In, kind.NotIn, kind.HasAny, kind.HasAll:
		return object{"anyOf": []any{null, value, object{"type": "array", "items": value, "maxItems": query.MaxValues}}}
	case kind.Between:
		return object{"anyOf": []any{null, object{"type": "array", "items": value, "minItems": 2, "maxItems": 2}}}
	}
	return object{"anyOf": []any{null, value}}
}

// compared is the schema of one value to compare with. The rules for new values
// do not bind it: one may ask for anything of the right kind.
func (w *filterWriter) compared(x *form.Field) object {
	free := *x
	free.Kind, free.Required, free.ShownWhen = x.Value, true, nil
	scale := kind.MaxScale
	free.Settings = kind.Settings{To: x.Settings.To, Scale: &scale}
	if x.IsChoice() {
		keys := []string{}
		for _, o := range x.Options { // archived ones too, and by their names in the typed face
			keys = append(keys, o.Key, o.Enum)
		}
		return object{"enum": keys}
	}
	switch x.Value.Name() {
	case "RATING":
		return whole(true, "", "", 1, kind.MaxRating)
	case "INTEGER":
		return whole(true, "", "", -kind.MaxInteger, kind.MaxInteger)
	}
	if x.Value.Column() == "text" && x.Value.Form() == kind.AsString {
		return object{"type": "string", "maxLength": 4 * kind.MaxText, "pattern": "^[^\u0000]*$"}
	}
	out := w.value(&free)
	delete(out, "format") // spaces around are taken too
	return out
}
