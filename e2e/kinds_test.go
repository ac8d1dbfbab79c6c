package e2e_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/gate"
	"fieldwork/internal/pg/pgtest"
)

// wrong is a value that is refused; path is below the field.
type wrong struct{ value, path string }

// sample is a field of one kind with a value, as JSON of the generic face.
type sample struct {
	key, kind, settings string
	value               string // what is written, "" for what nobody writes
	back                string // what is read; "": the value
	typed               string // what is read by selection; "": as in the generic face
	selection           string // below the field in the typed face
	empty               string // what is read of an empty field; "": null
	wrong               []wrong
}

// samples are the fields of the form kit, one of every kind, in the order in
// which they can be made.
var samples = []sample{
	{key: "line", kind: "TEXT", settings: `{"minLength": 2, "maxLength": 20, "pattern": "^[A-Z]", "ignoreCase": true, "placeholder": [{"language": "en", "text": "Say it"}, {"language": "zh", "text": "请填写"}], "width": "HALF"}`,
		value: `"Plain 客户"`, wrong: []wrong{{`1`, ""}, {`"x"`, ""}, {`"plain"`, ""}, {`"A\nb"`, ""}, {`["A"]`, ""}}},
	{key: "lines", kind: "LONG_TEXT", settings: `{"maxLength": 50}`, value: `"Two\nlines"`, wrong: []wrong{{`true`, ""}, {`"` + strings.Repeat("x", 51) + `"`, ""}}},
	{key: "mail", kind: "EMAIL", value: `" Mei@Example.COM "`, back: `"mei@example.com"`, wrong: []wrong{{`"mei"`, ""}, {`"a@b@c.de"`, ""}, {`1`, ""}}},
	{key: "phone", kind: "PHONE", settings: `{"region": "CN"}`, value: `"021 6123 4567"`, back: `"+862161234567"`, wrong: []wrong{{`"12"`, ""}, {`"call me"`, ""}}},
	{key: "site", kind: "URL", value: `"https://example.com/a?b=1"`, wrong: []wrong{{`"javascript:alert(1)"`, ""}, {`"example"`, ""}}},
	{key: "whole", kind: "INTEGER", settings: `{"min": "-5", "max": "100"}`, value: `42`, wrong: []wrong{{`1.5`, ""}, {`101`, ""}, {`"x"`, ""}}},
	{key: "exact", kind: "DECIMAL", settings: `{"scale": 3, "min": "0"}`, value: `"12.500"`, wrong: []wrong{{`"1.2345"`, ""}, {`"-1"`, ""}}},
	{key: "share", kind: "PERCENT", settings: `{"max": "100"}`, value: `"12.5"`, wrong: []wrong{{`"12.5 %"`, ""}, {`101`, ""}}},
	{key: "price", kind: "MONEY", settings: `{"currency": "CNY"}`, value: `"99.90"`, wrong: []wrong{{`"1.999"`, ""}, {`"¥1"`, ""}}},
	{key: "done", kind: "BOOLEAN", value: `true`, wrong: []wrong{{`"yes"`, ""}, {`1`, ""}}},
	{key: "day", kind: "DATE", settings: `{"min": "2020-01-01", "max": "2030-12-31"}`, value: `"2024-02-29"`, wrong: []wrong{{`"2023-02-29"`, ""}, {`"2019-12-31"`, ""}}},
	{key: "moment", kind: "DATETIME", value: `"2024-02-29T09:30:00+08:00"`, back: `"2024-02-29T01:30:00Z"`, wrong: []wrong{{`"2024-02-29"`, ""}, {`"now"`, ""}}},
	{key: "took", kind: "DURATION", value: `"P1DT2H30M"`, wrong: []wrong{{`"1 day"`, ""}, {`90`, ""}}},
	{key: "state", kind: "CHOICE", settings: `{"options": [{"key": "open", "label": "Open", "colour": "green"}, {"key": "in_work"}]}`, value: `"in_work"`, typed: `"IN_WORK"`, wrong: []wrong{{`"nope"`, ""}, {`["open"]`, ""}}},
	{key: "tags", kind: "MULTI_CHOICE", settings: `{"options": [{"key": "a_b"}, {"key": "c"}, {"key": "d"}], "minItems": 1, "maxItems": 2}`, value: `["c", "a_b"]`, back: `["a_b", "c"]`, typed: `["A_B", "C"]`, empty: `[]`,
		wrong: []wrong{{`["nope"]`, ""}, {`["a_b", "c", "d"]`, ""}}},
	{key: "stars", kind: "RATING", settings: `{"max": "10"}`, value: `8`, wrong: []wrong{{`0`, ""}, {`11`, ""}, {`2.5`, ""}}},
	{key: "progress", kind: "PROGRESS", value: `70`, wrong: []wrong{{`101`, ""}, {`-1`, ""}}},
	{key: "lead", kind: "MEMBER", settings: `{"onDelete": "CLEAR", "inverse": "led_kits"}`, value: `"member_1"`, typed: `{"name": "Olga"}`, selection: "{ name }", wrong: []wrong{{`"customer_1"`, ""}, {`1`, ""}}},
	{key: "helpers", kind: "MEMBERS", settings: `{"maxItems": 2}`, value: `["member_2", "member_1"]`, typed: `{"nodes": [{"name": "Olga"}, {"name": "Mei"}]}`, selection: "{ nodes { name } }", empty: `[]`,
		wrong: []wrong{{`["member_1", "member_2", "member_3"]`, ""}, {`["team_1"]`, ""}}},
	{key: "team", kind: "TEAM", value: `"team_1"`, typed: `{"name": "East"}`, selection: "{ name }", wrong: []wrong{{`"member_1"`, ""}}},
	{key: "customer", kind: "REFERENCE", settings: `{"to": "customer", "onDelete": "CASCADE", "inverse": "kits", "pick": "tier is empty", "fill": [{"from": "note", "to": "lines"}]}`, value: `"customer_1"`, typed: `{"name": "Alpha"}`,
		selection: "{ name }", wrong: []wrong{{`"kit_1"`, ""}, {`"customer_2"`, ""}}},
	{key: "others", kind: "REFERENCES", settings: `{"to": "customer", "inverse": "kits_too"}`, value: `["customer_1"]`, typed: `{"nodes": [{"name": "Alpha"}]}`, selection: "{ nodes { name } }", empty: `[]`, wrong: []wrong{{`["kit_1"]`, ""}, {`[""]`, ""}}},
	{key: "rows", kind: "CHILDREN", settings: `{"to": "kit_part", "via": "kit", "rows": true, "orderBy": "place"}`, typed: `{"nodes": []}`, selection: "{ nodes { text } }"},
	{key: "address", kind: "ADDRESS", value: `{"country": "cn", "city": "上海", "street": "示例路1号"}`, back: `{"country": "CN", "city": "上海", "street": "示例路1号"}`, typed: `{"country": "CN", "city": "上海", "postcode": null, "__typename": "Address"}`,
		selection: "{ country city postcode __typename }", wrong: []wrong{{`{"country": "XX"}`, "country"}, {`{"planet": "Earth"}`, ""}, {`"street"`, ""}}},
	{key: "place", kind: "LOCATION", value: `{"latitude": "31.2304", "longitude": 121.4737, "label": "Bund"}`, back: `{"latitude": 31.2304, "longitude": 121.4737, "label": "Bund"}`, typed: `{"latitude": "31.2304", "longitude": "121.4737", "label": "Bund"}`,
		selection: "{ latitude longitude label }", wrong: []wrong{{`{"latitude": 91, "longitude": 0}`, "latitude"}, {`{"latitude": 1}`, ""}}},
	{key: "files", kind: "ATTACHMENT", settings: `{"maxItems": 2, "maxSize": 1000, "types": ["text/plain", "image/*"]}`, value: `["file_1"]`, typed: `[{"id": "file_1", "name": "a.txt", "type": "text/plain", "size": 5, "url": "/files/file_1"}]`,
		selection: "{ id name type size url }", empty: `[]`, wrong: []wrong{{`["file_99"]`, "0"}, {`["kit_1"]`, ""}}},
	{key: "number", kind: "AUTO_NUMBER", settings: `{"pattern": "K-{yyyy}{mm}-{000}", "restart": "MONTH"}`, back: `"re:^K-[0-9]{6}-00[0-9]$"`, wrong: []wrong{{`"K-1"`, ""}}},
	{key: "extra", kind: "JSON", value: `{"a": [1, null, {"b": "c"}]}`, wrong: []wrong{{`{"` + strings.Repeat("x", 70_000) + `": 1}`, ""}}},
	{key: "twice", kind: "FORMULA", settings: `{"expression": "exact * 2", "scale": 1}`, back: `"25.0"`, wrong: []wrong{{`"1"`, ""}}},
	{key: "customer_name", kind: "LOOKUP", settings: `{"via": "customer", "field": "name"}`, back: `"Alpha"`, wrong: []wrong{{`"x"`, ""}}},
	{key: "row_count", kind: "ROLLUP", settings: `{"via": "rows", "function": "COUNT", "where": "text is not empty"}`, back: `0`, empty: `0`, wrong: []wrong{{`1`, ""}}},
	// More settings, and the same kinds once more.
	{key: "city", kind: "CHOICE", settings: `{"options": [{"key": "x", "parents": ["open"]}, {"key": "y"}], "dependsOn": "state", "shownWhen": "done is not empty"}`, value: `"y"`, typed: `"Y"`, wrong: []wrong{{`"z"`, ""}}},
	{key: "why", kind: "TEXT", settings: `{"requiredWhen": "whole > 99", "readOnlyWhen": "whole < -4"}`, value: `"because"`},
	{key: "maker", kind: "MEMBER", settings: `{"defaultExpression": "me()"}`, value: `"member_2"`, typed: `{"name": "Mei"}`, selection: "{ name }"},
	{key: "sum", kind: "ROLLUP", settings: `{"via": "rows", "function": "SUM", "field": "place"}`, back: `0`, empty: `0`},
	{key: "fixed", kind: "TEXT", settings: `{"readOnly": true}`, back: `null`, wrong: []wrong{{`"x"`, ""}}},
}

func (s sample) readBack() string {
	if s.back != "" {
		return s.back
	}
	return s.value
}

func (s sample) typedBack() string {
	if s.typed != "" {
		return s.typed
	}
	return s.readBack()
}

func (s sample) whenEmpty() string {
	if s.empty != "" {
		return s.empty
	}
	return "null"
}

// enums turns the keys of options into the values of the typed face.
func (s sample) enums(json string) string {
	if s.kind == "CHOICE" || s.kind == "MULTI_CHOICE" {
		return strings.ToUpper(json)
	}
	return json
}

// literal writes JSON as GraphQL does.
func (s sample) literal(t *testing.T, text string) string {
	t.Helper()
	v, err := gate.DecodeJSON([]byte(s.enums(text)))
	if err != nil {
		t.Fatal(err)
	}
	return graphqlOf(v, s.enums("a") == "A")
}

func graphqlOf(v any, bare bool) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = graphqlOf(v[i], bare)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for k, x := range v {
			parts = append(parts, k+": "+graphqlOf(x, bare))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		if bare {
			return v
		}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// makeKit makes the form kit by addField alone, and what it refers to.
func makeKit(t *testing.T, w *world) {
	t.Helper()
	w.ask(t, "mei", `mutation {
		a: createCustomer(input: {name: "Alpha"}) { customer { id } } b: createCustomer(input: {name: "Beta", tier: A}) { customer { id } } c: createTeam(input: {name: "East"}) { team { id } }
		kit: createForm(input: {key: "kit"}) { form { key } }
		row: createForm(input: {key: "kit_part", fields: [{key: "text", kind: TEXT}, {key: "place", kind: INTEGER}, {key: "kit", kind: REFERENCE, settings: {to: "kit"}}]}) { form { key } } }`, nil)
	for _, s := range samples {
		settings := s.settings
		if settings == "" {
			settings = "{}"
		}
		w.ask(t, "mei", `mutation($k: String!, $kind: FieldKind!, $s: FieldSettingsInput) { addField(input: {form: "kit", key: $k, kind: $kind, settings: $s}) { field { key } } }`,
			vars{"k": s.key, "kind": s.kind, "s": raw(settings)})
	}
	if id := w.one(t, "tom", "a.txt", "hello"); id != "file_1" {
		t.Fatal(id)
	}
}

// Every kind of field, made by addField, written and read through both faces.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	makeKit(t, w)
	seen := map[string]bool{}
	for _, s := range samples {
		seen[s.kind] = true
	}
	for _, k := range kind.All() {
		if !seen[k.Name()] {
			t.Errorf("no field of kind %s", k.Name())
		}
	}
	t.Run("schema", func(t *testing.T) {
		_, text := w.sdl(t, w.tokens["vera"])
		pgtest.Golden(t, "kit.graphql", text[strings.Index(text, "type Kit implements"):strings.Index(text, "type KitPart implements")])
	})
	t.Run("settings", func(t *testing.T) { settingsReadBack(t, w) })
	ids := map[string]string{} // by how they were written
	t.Run("written", func(t *testing.T) { ids = writeKits(t, w) })
	if t.Failed() {
		return
	}
	t.Run("read", func(t *testing.T) {
		for how, id := range ids {
			w.readKit(t, how, id, sample.readBack, sample.typedBack)
		}
	})
	empty := w.ask(t, "tom", `mutation { createKit(input: {maker: null}) { kit { id } } }`, nil).text("createKit", "kit", "id")
	t.Run("filtered", func(t *testing.T) { filterKits(t, w, ids["literals"], empty) })
	t.Run("refused", func(t *testing.T) { refuseKits(t, w) })
	t.Run("emptied", func(t *testing.T) {
		for how, id := range ids {
			set := map[string]any{}
			for _, s := range samples {
				if s.value != "" {
					set[camel(s.key)] = nil
				}
			}
			w.ask(t, "tom", `mutation($i: ID!, $s: KitSet!) { updateKit(input: {id: $i, version: 1, set: $s}) { kit { id } } }`, vars{"i": id, "s": set})
			w.readKit(t, how+", emptied", id, func(s sample) string {
				if s.kind == "AUTO_NUMBER" {
					return s.back
				}
				return s.whenEmpty()
			}, nil)
		}
	})
}

// writeKits writes the samples in four ways, and returns the ids.
func writeKits(t *testing.T, w *world) map[string]string {
	generic, typed, literals, keys := map[string]raw{}, map[string]raw{}, []string{}, []string{}
	for _, s := range samples {
		if s.value == "" {
			continue
		}
		generic[s.key], typed[camel(s.key)] = raw(s.value), raw(s.enums(s.value))
		literals = append(literals, camel(s.key)+": "+s.literal(t, s.value))
		plain := sample{}
		keys = append(keys, s.key+": "+plain.literal(t, s.value))
	}
	ids := map[string]string{}
	ids["literals"] = w.ask(t, "tom", `mutation { x: createKit(input: {`+strings.Join(literals, ", ")+`}) { y: kit { id } } }`, nil).text("x", "y", "id")
	ids["variables"] = w.ask(t, "tom", `mutation($v: CreateKitInput!) { x: createKit(input: $v) { y: kit { id } } }`, vars{"v": typed}).text("x", "y", "id")
	ids["generic variables"] = w.ask(t, "tom", `mutation($v: JSON!) { x: createRecord(input: {form: "kit", values: $v}) { y: record { id } } }`, vars{"v": generic}).text("x", "y", "id")
	ids["generic literals"] = w.ask(t, "tom", `mutation { x: createRecord(input: {form: "kit", values: {`+strings.Join(keys, ", ")+`}}) { y: record { id } } }`, nil).text("x", "y", "id")
	return ids
}

// readKit reads a record through both faces.
func (w *world) readKit(t *testing.T, how, id string, generic, typed func(sample) string) {
	t.Helper()
	var fields, all []string
	for _, s := range samples {
		fields = append(fields, camel(s.key)+s.selection)
		if s.kind != "CHILDREN" {
			all = append(all, s.key)
		}
	}
	a := w.ask(t, "vera", `query($i: ID!, $f: [String!]) { kit(id: $i) { `+strings.Join(fields, " ")+` } record(id: $i) { values(fields: $f) } records(form: "kit", filter: {id: {eq: "`+id+`"}}) { nodes { values(fields: $f) } } }`, vars{"i": id, "f": all})
	m := &matcher{names: map[string]string{}}
	check := func(s sample, face, want string, got any) {
		t.Helper()
		v, err := expected(want)
		if err != nil {
			t.Fatal(s.key, err)
		}
		if d := m.match(v, got, s.key); d != "" {
			t.Errorf("%s, %s: %s", how, face, d)
		}
	}
	for _, s := range samples {
		if typed != nil {
			check(s, "typed", typed(s), a.at("kit", camel(s.key)))
		}
		if s.kind != "CHILDREN" {
			check(s, "generic", generic(s), a.at("record", "values", s.key))
			check(s, "in a list", generic(s), a.at("records", "nodes", 0, "values", s.key))
		}
	}
}

// filterKits asks by every operator of every kind, through both faces: full has
// the samples, empty nothing.
func filterKits(t *testing.T, w *world, full, empty string) {
	both := []string{full, empty}
	a := w.ask(t, "vera", `query($i: ID!) { record(id: $i) { values } }`, vars{"i": full})
	for _, s := range samples {
		k := kind.ByName(s.kind)
		ops, value := k.Operators(), a.at("record", "values", s.key)
		switch {
		case s.key == "twice":
			ops = kind.Decimal{}.Operators()
		case s.key == "customer_name":
			ops = kind.Text{}.Operators()
		case s.kind == "ROLLUP", s.key == "fixed":
			continue // the same in both records
		}
		ask := func(condition map[string]any, want ...string) {
			t.Helper()
			typed := condition
			if s.kind == "CHOICE" || s.kind == "MULTI_CHOICE" {
				b, _ := json.Marshal(condition)
				up := strings.ToUpper(string(b))
				for op := range condition {
					up = strings.ReplaceAll(up, strings.ToUpper(`"`+op+`"`), `"`+op+`"`)
				}
				typed = map[string]any{}
				if err := json.Unmarshal([]byte(strings.NewReplacer("TRUE", "true", "FALSE", "false").Replace(up)), &typed); err != nil {
					t.Fatal(err)
				}
			}
			in := map[string]any{"id": map[string]any{"in": both}}
			f, g := map[string]any{camel(s.key): typed, "and": in}, map[string]any{s.key: condition, "and": in}
			x := w.try(t, "vera", `query($f: KitFilter, $g: JSON) { t: kits(filter: $f, orderBy: {field: ID}) { nodes { id } } g: records(form: "kit", filter: $g, orderBy: {field: "id"}) { nodes { id } } }`, vars{"f": f, "g": g})
			if len(x.errors) > 0 {
				t.Errorf("%s %v: %s", s.key, condition, clip(x.raw))
				return
			}
			for _, face := range []string{"t", "g"} {
				var got []string
				for _, n := range x.at(face, "nodes").([]any) {
					got = append(got, n.(map[string]any)["id"].(string))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %s %v finds %v, want %v", face, s.key, condition, got, want)
				}
			}
		}
		switch s.kind {
		case "CHILDREN":
			ask(map[string]any{"some": map[string]any{}})
			ask(map[string]any{"none": map[string]any{}}, full, empty)
		case "REFERENCE", "MEMBER", "TEAM":
			ask(map[string]any{"id": map[string]any{"eq": value}}, full)
			ask(map[string]any{"id": map[string]any{"ne": value}}, empty)
			ask(map[string]any{"name": map[string]any{"in": []any{"Olga", "Mei", "Alpha", "East"}}}, full)
			ask(map[string]any{"isNull": true}, empty)
		case "REFERENCES", "MEMBERS":
			ask(map[string]any{"some": map[string]any{"name": map[string]any{"in": []any{"Olga", "Alpha"}}}}, full)
			ask(map[string]any{"every": map[string]any{"name": map[string]any{"eq": "nobody"}}}, empty)
		}
		for _, op := range ops {
			list, _ := value.([]any)
			if s.kind == "AUTO_NUMBER" { // the other record has the next one
				switch op {
				case kind.Gt:
					ask(map[string]any{string(op): value}, empty)
					continue
				case kind.Gte:
					ask(map[string]any{string(op): value}, both...)
					continue
				case kind.IsNull:
					ask(map[string]any{string(op): true})
					continue
				}
			}
			switch op {
			case kind.Eq, kind.Lte, kind.Gte, kind.Contains, kind.StartsWith, kind.EndsWith:
				ask(map[string]any{string(op): value}, full)
			case kind.In, kind.HasAny, kind.HasAll:
				if list == nil {
					list = []any{value}
				}
				ask(map[string]any{string(op): list}, full)
			case kind.Has:
				ask(map[string]any{string(op): list[0]}, full)
			case kind.Between:
				ask(map[string]any{string(op): []any{value, value}}, full)
			case kind.Ne:
				ask(map[string]any{string(op): value}, empty)
			case kind.NotIn:
				ask(map[string]any{string(op): []any{value}}, empty)
			case kind.Lt, kind.Gt:
				ask(map[string]any{string(op): value})
			case kind.During:
				ask(map[string]any{string(op): "OVERDUE"}, full)
				ask(map[string]any{string(op): "FUTURE"})
			case kind.IsNull:
				ask(map[string]any{string(op): true}, empty)
				ask(map[string]any{string(op): false}, full)
			default:
				t.Errorf("%s: nobody asks by %s", s.kind, op)
			}
		}
	}
}

// refuseKits sends what must be refused, each alone and then all of it at once.
func refuseKits(t *testing.T, w *world) {
	for _, s := range samples {
		for _, bad := range s.wrong {
			want := "[input values " + strings.TrimSpace(s.key+" "+bad.path) + "]"
			a := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { createRecord(input: {form: "kit", values: $v}) { record { id } } }`, vars: vars{"v": map[string]raw{s.key: raw(bad.value)}}})
			if len(a.errors) != 1 || a.code() != "INVALID" || fmt.Sprint(a.view(0)["path"]) != want {
				t.Errorf("%s %s: %s, want INVALID at %s", s.key, clip(bad.value), clip(a.raw), want)
			}
			a = post(t, w, call{token: w.tokens["tom"], query: `mutation($v: CreateKitInput!) { createKit(input: $v) { kit { id } } }`, vars: vars{"v": map[string]raw{camel(s.key): raw(s.enums(bad.value))}}})
			if c := a.code(); c != "INVALID" && c != "GRAPHQL_VALIDATION_FAILED" || c == "INVALID" && fmt.Sprint(a.view(0)["path"]) != "[input "+strings.TrimSpace(camel(s.key)+" "+bad.path)+"]" {
				t.Errorf("%s %s: %s", s.key, clip(bad.value), clip(a.raw))
			}
		}
	}
	values := map[string]raw{}
	for _, s := range samples {
		if len(s.wrong) > 0 && s.kind != "ATTACHMENT" && s.wrong[0].value != "" {
			values[s.key] = raw(s.wrong[0].value)
		}
	}
	a := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { createRecord(input: {form: "kit", values: $v}) { record { id } } }`, vars: vars{"v": values}})
	if len(a.errors) != min(len(values), 20) {
		t.Errorf("%d of %d wrong values are told: %s", len(a.errors), len(values), a.raw)
	}
}

// settingsReadBack compares what fields say of themselves with what was set:
// every setting of the API once.
func settingsReadBack(t *testing.T, w *world) {
	a := w.ask(t, "vera", `{ __type(name: "FieldSettingsInput") { inputFields { name } } out: __type(name: "FieldSettings") { fields { name } }
		form(key: "kit") { fields { key kind broken settings { options { key label colour parents } to onDelete inverse via minLength maxLength pattern min max scale region currency restart minItems maxItems maxSize types expression field function where
		shownWhen requiredWhen readOnlyWhen readOnly defaultExpression pick dependsOn orderBy rows ignoreCase width fill { from to } placeholder { language text } } } } }`, nil)
	got := map[string]map[string]any{}
	for _, f := range a.at("form", "fields").([]any) {
		f := f.(map[string]any)
		if f["broken"] != nil {
			t.Errorf("%v is broken: %v", f["key"], f["broken"])
		}
		got[f["key"].(string)] = f["settings"].(map[string]any)
	}
	covered := map[string]bool{"inverseLabel": true} // becomes the other field's label
	for _, s := range samples {
		if s.settings == "" {
			continue
		}
		v, err := gate.DecodeJSON([]byte(s.settings))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range v.(map[string]any) {
			covered[name] = true
			have := got[s.key][name]
			if name == "options" {
				for i, o := range want.([]any) {
					for part, text := range o.(map[string]any) {
						if !reflect.DeepEqual(have.([]any)[i].(map[string]any)[part], text) {
							t.Errorf("%s: option %d says %v, was set to %v", s.key, i, have.([]any)[i], o)
						}
					}
				}
				continue
			}
			if name == "min" || name == "max" { // numbers are told as numbers
				have, want = fmt.Sprint(have), fmt.Sprint(want)
			}
			if !reflect.DeepEqual(have, want) {
				t.Errorf("%s: %s is %s, was set to %s", s.key, name, show(have), show(want))
			}
		}
	}
	for _, in := range a.at("__type", "inputFields").([]any) {
		if name := in.(map[string]any)["name"].(string); !covered[name] {
			t.Errorf("no field has the setting %s", name)
		}
	}
	if in, out := len(a.at("__type", "inputFields").([]any)), len(a.at("out", "fields").([]any)); in != out+1 {
		t.Errorf("%d settings can be set, %d are told", in, out)
	}
}

// A choice of 500 options is made, relabelled and turned around in one change
// each; the 501st is refused.
func TestManyOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	options := func(n int, label string, back bool) []map[string]any {
		out := make([]map[string]any, n)
		for i := range out {
			out[i] = map[string]any{"key": fmt.Sprintf("o%d", i), "label": fmt.Sprintf("%s %d", label, i), "parents": []string{}}
		}
		if back {
			slices.Reverse(out)
		}
		return out
	}
	const add = `mutation($k: String!, $o: [FieldOptionInput!]) { addField(input: {form: "customer", key: $k, kind: CHOICE, settings: {options: $o}}) { field { settings { options { key } } } } }`
	began := time.Now()
	a := w.ask(t, "mei", add, vars{"k": "many", "o": options(500, "Option", false)})
	if n := len(a.at("addField", "field", "settings", "options").([]any)); n != 500 {
		t.Errorf("%d options", n)
	}
	made := time.Since(began)
	if a := w.try(t, "mei", add, vars{"k": "more", "o": options(501, "Option", false)}); a.code() != "INVALID" || fmt.Sprint(a.view(0)["path"]) != "[input settings options]" {
		t.Errorf("501 options: %s", clip(a.raw))
	}
	w.ask(t, "tom", `mutation { a: createCustomer(input: {name: "First", many: O0}) { customer { id } } b: createCustomer(input: {name: "Last", many: O499}) { customer { id } } c: createCustomer(input: {name: "Gone", many: O300}) { customer { id } } }`, nil)
	const set = `mutation($o: [FieldOptionInput!]) { updateField(input: {form: "customer", key: "many", settings: {options: $o}}) { field { settings { options { key label archivedAt } } } } }`
	began = time.Now()
	back := slices.DeleteFunc(options(500, "Choice", true), func(o map[string]any) bool { return o["key"] == "o300" })
	a = w.ask(t, "mei", set, vars{"o": back})
	t.Logf("500 options made in %s, edited in %s", made.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	list := a.at("updateField", "field", "settings", "options").([]any)
	if first, last := list[0].(map[string]any), list[499].(map[string]any); first["key"] != "o499" || first["label"] != "Choice 499" || last["key"] != "o300" || last["label"] != "Option 300" || last["archivedAt"] == nil {
		t.Errorf("the options are %v to %v", first, last)
	}
	a = w.ask(t, "vera", `{ customers(orderBy: {field: MANY}) { nodes { name many } } gone: customers(filter: {many: {eq: O300}}) { totalCount } }`, nil)
	if fmt.Sprint(a.at("customers", "nodes", 0, "name"), " ", a.at("customers", "nodes", 1, "name"), a.at("gone", "totalCount")) != "Last First1" {
		t.Errorf("ordered by options: %s", a.raw)
	}
}
