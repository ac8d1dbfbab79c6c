package jsonschema

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

var (
	anything = []string{"object", "array", "string", "number", "boolean", "null"}
	// formats are annotations: blank text and spaces around are taken too.
	formats = map[string]string{"EMAIL": "email", "URL": "uri", "DATE": "date", "DATETIME": "date-time", "DURATION": "duration"}
)

// value is the schema of what clients may give a field.
func (w *writer) value(x *form.Field) object {
	name, s, must := x.Kind.Name(), x.Settings, needed(x)
	var out object
	switch name {
	case "TEXT", "LONG_TEXT":
		out = text(name, s, must)
	case "EMAIL":
		out = object{"type": "string", "pattern": inLine(email, must)}
	case "PHONE":
		out = object{"type": "string", "pattern": inLine(phone, must)}
	case "URL":
		out = object{"type": "string", "pattern": inLine(webAddress, must)}
	case "DATE":
		out = object{"type": "string", "pattern": around(day, must)}
	case "DATETIME":
		out = object{"type": "string", "pattern": around(moment, must)}
	case "DURATION":
		out = object{"type": "string", "pattern": around(duration, must)}
	case "INTEGER":
		out = whole(must, s.Min, s.Max, -kind.MaxInteger, kind.MaxInteger)
	case "RATING":
		most := kind.DefaultRating
		if n, err := strconv.Atoi(s.Max); err == nil {
			most = min(n, kind.MaxRating)
		}
		out = whole(must, "", "", 1, most)
	case "PROGRESS":
		out = whole(must, "", "", 0, 100)
	case "DECIMAL", "PERCENT", "MONEY":
		out = decimal(name, s, must)
	case "BOOLEAN":
		out = object{"type": "boolean"}
	case "CHOICE":
		out = object{"type": "string", "oneOf": w.choices(x, !must)}
	case "MULTI_CHOICE":
		out = list(object{"type": "string", "oneOf": w.choices(x, false)}, s, len(x.Options), must)
		out["uniqueItems"] = true // by which form libraries know a choice of several
	case "REFERENCE", "MEMBER", "TEAM":
		out = object{"type": "string", "pattern": idPattern(s.To, !must)}
	case "REFERENCES", "MEMBERS":
		out = list(object{"type": "string", "pattern": idPattern(s.To, false)}, s, kind.MaxLinks, must)
	case "ATTACHMENT":
		out = list(object{"type": "string", "pattern": idPattern(kind.FileForm, false)}, s, kind.MaxFiles, must)
	case "ADDRESS":
		out = address(must)
	case "LOCATION":
		out = location(must)
	case "JSON":
		if must {
			return object{"type": anything[:len(anything)-1]}
		}
		return object{"type": anything}
	default:
		return object{}
	}
	if format := formats[name]; format != "" {
		out["format"] = format
	}
	if !must {
		switch t := out["type"].(type) {
		case string:
			out["type"] = []string{t, "null"}
		case []string:
			out["type"] = append(t, "null")
		}
	}
	return out
}

// text is a text with its lengths and pattern, which blank text need not keep
// where it stands for none.
func text(name string, s kind.Settings, must bool) object {
	limit, allowed := kind.MaxText, oneLine
	if name == "LONG_TEXT" {
		limit, allowed = kind.MaxLongText, lines
	}
	if s.MaxLength != nil {
		limit = min(limit, *s.MaxLength)
	}
	out := object{"type": "string", "maxLength": limit, "pattern": allowed}
	rules := object{}
	if s.MinLength != nil && *s.MinLength > 0 {
		rules["minLength"] = *s.MinLength
	}
	if p, ok := portable(s.Pattern); ok && s.Pattern != "" && name == "TEXT" {
		rules["pattern"] = p
	}
	switch {
	case must:
		all := []any{object{"pattern": someText}}
		if p, ok := rules["pattern"]; ok {
			all = append(all, object{"pattern": p})
		}
		if n, ok := rules["minLength"]; ok {
			out["minLength"] = n
		}
		out["allOf"] = all
	case len(rules) > 0:
		out["if"], out["then"] = object{"type": "string", "pattern": someText}, rules
	}
	return out
}

func whole(must bool, least, most string, min, max int) object {
	out := object{"type": []string{"integer", "string"}, "minimum": min, "maximum": max, "pattern": around(numeral(0), must)}
	if n := number(least); n != nil {
		out["minimum"] = n
	}
	if n := number(most); n != nil {
		out["maximum"] = n
	}
	return out
}

func decimal(name string, s kind.Settings, must bool) object {
	scale := kind.MaxScale
	if s.Scale != nil {
		scale = *s.Scale
	} else if name == "MONEY" {
		scale = kind.DefaultScale
	}
	out := object{"type": []string{"string", "number"}, "pattern": around(numeral(scale), must)}
	if n := number(s.Min); n != nil {
		out["minimum"] = n
	}
	if n := number(s.Max); n != nil {
		out["maximum"] = n
	}
	return out
}

// choices are the options that can be chosen, and none of them where the field
// may be empty.
func (w *writer) choices(x *form.Field, none bool) []any {
	out := []any{}
	for _, o := range x.Options {
		if o.ArchivedAt == nil {
			out = append(out, object{"const": o.Key, "title": w.text(o.Labels, o.Key)})
		}
	}
	if none {
		out = append(out, object{"const": nil, "title": "—"})
	}
	return out
}

// list is a list of at most limit values. An empty one is none, which least does
// not bind.
func list(items object, s kind.Settings, limit int, must bool) object {
	if s.MaxItems != nil {
		limit = min(limit, *s.MaxItems)
	}
	out := object{"type": "array", "items": items, "maxItems": limit}
	least := 0
	if s.MinItems != nil {
		least = *s.MinItems
	}
	switch {
	case must:
		out["minItems"] = max(least, 1)
	case least > 1:
		out["if"], out["then"] = object{"type": "array", "minItems": 1}, object{"minItems": least}
	}
	return out
}

func address(must bool) object {
	properties := object{}
	for _, name := range kind.Parts(kind.Address{}) {
		properties[name] = part()
	}
	properties["country"] = object{"type": []string{"string", "null"}, "pattern": inLine(countries(), false)}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if must {
		out["not"] = empty(kind.Parts(kind.Address{}))
	}
	return out
}

func location(must bool) object {
	degrees := func(most int) object {
		return object{"type": []string{"number", "string", "null"}, "minimum": -most, "maximum": most, "pattern": around(numeral(8), false)}
	}
	out := object{"type": "object", "additionalProperties": false,
		"properties": object{"latitude": degrees(90), "longitude": degrees(180), "label": part()}}
	full := object{"required": []string{"latitude", "longitude"}, "properties": object{"latitude": object{"not": nothing()}, "longitude": object{"not": nothing()}}}
	if must {
		out["required"], out["allOf"] = full["required"], []any{object{"properties": full["properties"]}}
		return out
	}
	out["if"], out["then"] = object{"type": "object", "not": empty(kind.Parts(kind.Location{}))}, full
	return out
}

// part is a short text of an object. Spaces around it do not count, which
// maxLength cannot say.
func part() object {
	return object{"type": []string{"string", "null"}, "maxLength": kind.MaxPart, "pattern": oneLine}
}

// empty holds for objects all of whose parts are empty.
func empty(parts []string) object {
	properties := object{}
	for _, name := range parts {
		properties[name] = nothing()
	}
	return object{"properties": properties}
}

// nothing holds for null and blank text.
func nothing() object {
	return object{"type": []string{"null", "string"}, "pattern": "^" + blanks + "*$"}
}

// Patterns are read alike by RE2 and by ECMAScript with its u flag, so special
// characters stand for themselves instead of by an escape.
const (
	blanks   = "[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
	spaces   = "[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
	someText = "[^\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
	// Blank text is none and may hold any of them.
	oneLine = "^(?:[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*|" + blanks + "*)$"
	lines   = "^(?:(?:[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*|" + blanks + "*)$"

	letter     = `\p{L}\p{M}\p{Nd}`
	email      = "[" + letter + "!#$%&'*+/=?^_`{|}~\\-]+(?:\\.[" + letter + "!#$%&'*+/=?^_`{|}~\\-]+)*@" + label + `(?:\.` + label + ")+"
	label      = "[" + letter + "](?:[" + letter + `\-]*[` + letter + "])?"
	webAddress = "[hH][tT][tT][pP][sS]?://[^\u0000- <>\"\\\\`\u007f-\u00a0\u2028\u2029@/?#]+(?:[/?#][^\u0000- <>\"\\\\`\u007f-\u00a0\u2028\u2029]*)?"
	phone      = "[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\\p{Nd}[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*"

	leap     = "(?:0[48]|[2468][048]|[13579][26])"
	monthDay = `(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))`
	day      = `(?:(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-` + monthDay + `|(?:[0-9]{2}` + leap + `|` + leap + `00)-02-29)`
	// A moment in the year 0 may lie in the year 1 of UTC.
	moment   = `(?:[0-9]{4}-` + monthDay + `|(?:[0-9]{2}` + leap + `|(?:00|` + leap + `)00)-02-29)T(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.,][0-9]+)?(?:Z|[+\-](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60))`
	lengthOf = `[+\-]?[0-9]+`
	seconds  = lengthOf + `(?:[.,](?:[0-9]{1,6}0*))?S`
	ofTime   = `T(?:` + lengthOf + `H(?:` + lengthOf + `M)?(?:` + seconds + `)?|` + lengthOf + `M(?:` + seconds + `)?|` + seconds + `)`
	ofDays   = `(?:` + lengthOf + `W(?:` + lengthOf + `D)?|` + lengthOf + `D)`
	duration = `[+\-]?P(?:` + ofDays + `(?:` + ofTime + `)?|` + ofTime + `)`
)

// around is a text of a form with spaces around it; blank text too, unless there
// must be some.
func around(shape string, must bool) string { return spaced(shape, blanks, must) }

// inLine is around for kinds that are one line of text, their spaces too.
func inLine(shape string, must bool) string { return spaced(shape, spaces, must) }

func spaced(shape, space string, must bool) string {
	if must {
		return "^" + space + "*(?:" + shape + ")" + space + "*$"
	}
	return "^(?:" + space + "*(?:" + shape + ")" + space + "*|" + blanks + "*)$"
}

// numeral is a number as text, with at most scale digits after the point that are
// not zeros; with a power of ten it may have any.
func numeral(scale int) string {
	after := `0+`
	if scale > 0 {
		after = `[0-9]{1,` + strconv.Itoa(scale) + `}0*`
	}
	return `[+\-]?(?:[0-9]+\.?|[0-9]*\.` + after + `|(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+\-]?[0-9]+)`
}

// idPattern is the form of ids of records of a form.
func idPattern(form string, blank bool) string {
	if blank {
		return "^(?:" + form + "_[1-9][0-9]*|" + blanks + "*)$"
	}
	return "^" + form + "_[1-9][0-9]*$"
}

// countries is the pattern of the codes of countries, in letters of any case.
var countries = sync.OnceValue(func() string {
	var all []string
	for a := 'A'; a <= 'Z'; a++ {
		var second []byte
		for b := 'A'; b <= 'Z'; b++ {
			if kind.IsCountry(string(a) + string(b)) {
				second = append(second, byte(b), byte(b-'A'+'a'))
			}
		}
		if len(second) > 0 {
			slices.Sort(second)
			all = append(all, "["+string(a)+strings.ToLower(string(a))+"]["+string(second)+"]")
		}
	}
	return strings.Join(all, "|")
})
