package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/jsonschema"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/record"

	compiler "github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/unicode/norm"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func ptr[T any](v T) *T { return &v }

// probes makes forms whose fields have every kind of value with settings of all
// sorts, once optional and once required.
func probes(t *testing.T) *form.Catalog {
	t.Helper()
	o := orgtest.EveryKind(t)
	options := []form.NewOption{{Key: "red", Labels: form.Label{"en": "Red", "zh": "红"}, Colour: "red"}, {Key: "dark_blue", Labels: form.Label{"en": "Dark blue"}}, {Key: "gone"}}
	field := func(key, kind string, s form.SettingsInput) form.NewField {
		return form.NewField{Key: key, Kind: kind, Settings: s}
	}
	var fields []form.NewField
	for _, k := range []string{"TEXT", "LONG_TEXT", "EMAIL", "PHONE", "URL", "INTEGER", "DECIMAL", "PERCENT", "MONEY", "BOOLEAN", "DATE", "DATETIME", "DURATION", "RATING", "PROGRESS",
		"MEMBER", "MEMBERS", "ADDRESS", "LOCATION", "ATTACHMENT", "JSON"} {
		fields = append(fields, field(strings.ToLower(k)+"0", k, form.SettingsInput{}))
	}
	fields = append(fields,
		field("text1", "TEXT", form.SettingsInput{MinLength: ptr(3), MaxLength: ptr(6)}),
		field("text2", "TEXT", form.SettingsInput{Pattern: ptr(`(?i)^[a-c]{2}|x\d+\z`)}),
		field("text3", "TEXT", form.SettingsInput{Pattern: ptr(`^\pL[^a-z\-]?$`), MinLength: ptr(2)}),
		field("text4", "TEXT", form.SettingsInput{Pattern: ptr(`(?m)^a$`)}),
		field("long1", "LONG_TEXT", form.SettingsInput{MinLength: ptr(4), MaxLength: ptr(8)}),
		field("integer1", "INTEGER", form.SettingsInput{Min: ptr("-3"), Max: ptr("7")}),
		field("decimal1", "DECIMAL", form.SettingsInput{Min: ptr("0.5"), Max: ptr("99.5"), Scale: ptr(1)}),
		field("decimal2", "DECIMAL", form.SettingsInput{Scale: ptr(0)}),
		field("date1", "DATE", form.SettingsInput{Min: ptr("2020-01-01")}),
		field("duration1", "DURATION", form.SettingsInput{Max: ptr("P3D")}),
		field("rating1", "RATING", form.SettingsInput{Max: ptr("3")}),
		field("choice0", "CHOICE", form.SettingsInput{Options: options}),
		field("multi0", "MULTI_CHOICE", form.SettingsInput{Options: options}),
		field("multi1", "MULTI_CHOICE", form.SettingsInput{Options: options, MinItems: ptr(2), MaxItems: ptr(2)}),
		field("reference0", "REFERENCE", form.SettingsInput{To: ptr("thing")}),
		field("references0", "REFERENCES", form.SettingsInput{To: ptr("thing"), MaxItems: ptr(2)}),
		field("number0", "AUTO_NUMBER", form.SettingsInput{Pattern: ptr("X-{000}")}),
		field("formula0", "FORMULA", form.SettingsInput{Expression: ptr("integer0 + 1")}),
		field("closed0", "TEXT", form.SettingsInput{ReadOnly: ptr(true)}),
		field("hidden0", "TEXT", form.SettingsInput{ShownWhen: ptr("boolean0 = true")}),
	)
	must := slices.Clone(fields)
	for i := range must {
		if n := &must[i]; n.Kind != "AUTO_NUMBER" && n.Kind != "FORMULA" && n.Key != "closed0" {
			n.Required = true
			if n.Kind == "MEMBERS" || n.Kind == "REFERENCES" {
				n.Settings.OnDelete = ptr("RESTRICT")
			}
		}
	}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "probe", Fields: fields}, form.NewForm{Key: "demand", Fields: must}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"probe", "demand"} {
		for _, x := range []string{"choice0", "multi0", "multi1"} {
			if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, f, x, form.FieldUpdate{Settings: &form.SettingsInput{Options: options[:2]}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "site", "things", form.FieldUpdate{Settings: &form.SettingsInput{Rows: ptr(true)}}); err != nil {
		t.Fatal(err)
	}
	return o.Catalog(t)
}

// compile has a schema read as a program of others would read it, and gives the
// part that a pointer leads to.
func compile(t *testing.T, schema map[string]any) func(pointer string) *compiler.Schema {
	t.Helper()
	b, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := compiler.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := compiler.NewCompiler()
	c.DefaultDraft(compiler.Draft2020)
	if err := c.AddResource("form.json", doc); err != nil {
		t.Fatal(err)
	}
	return func(pointer string) *compiler.Schema {
		t.Helper()
		out, err := c.Compile("form.json" + pointer)
		if err != nil {
			t.Fatalf("%s%s: %v", schema["title"], pointer, err)
		}
		return out
	}
}

// TestMaxRowsIsWhatIsCounted keeps the two limits the same.
func TestMaxRowsIsWhatIsCounted(t *testing.T) {
	if jsonschema.MaxRows != record.MaxRows {
		t.Errorf("%d rows, package record counts %d", jsonschema.MaxRows, record.MaxRows)
	}
}

func TestEverySchemaCompiles(t *testing.T) {
	t.Parallel()
	cat := probes(t)
	for _, f := range cat.Active() {
		for _, create := range []bool{true, false} {
			compile(t, jsonschema.Values(f, create, "zh", "en"))("")
		}
		compile(t, jsonschema.Filter(f, "zh", "en"))("")
		if _, err := json.Marshal(jsonschema.UI(f, "zh", "en")); err != nil {
			t.Error(err)
		}
	}
}

// TestSchemaAcceptsWhatTheServerAccepts gives each field values at random and
// compares what schema and server say of them.
func TestSchemaAcceptsWhatTheServerAccepts(t *testing.T) {
	t.Parallel()
	cat := probes(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 1))}
	taken, refused := map[string]int{}, map[string]int{}
	for _, f := range []*form.Form{cat.Form("probe"), cat.Form("demand"), cat.Form("gauge"), cat.Form("thing")} {
		part := compile(t, jsonschema.Values(f, true, "en"))
		for _, x := range f.Own() {
			s := part("#/properties/" + x.Key)
			for range 500 {
				v := g.value(x)
				wrong := parsed(f, x, v)
				verdict := s.Validate(v)
				if wrong == "" {
					taken[x.KindName()]++
				} else {
					refused[x.KindName()]++
				}
				if (verdict == nil) == (wrong == "") || wrong != "" && moreLenient(x, v, wrong) || wrong == "" && kinder(x, v) {
					continue
				}
				t.Errorf("%s.%s (%s): %s: the server says %q, the schema %v", f.Key, x.Key, x.KindName(), show(v), wrong, verdict)
				break
			}
		}
	}
	for _, k := range kind.All() {
		name := k.Name()
		if closed := kind.IsComputed(k) || name == "AUTO_NUMBER"; taken[name] < 20 && !closed && name != "TEAM" || refused[name] < 20 && name != "TEAM" && name != "JSON" {
			t.Errorf("%s: %d values were taken and %d refused, which tests little", name, taken[name], refused[name])
		}
	}
}

// TestWholeRecords compares what schema and server say of records with several
// fields and child rows, new ones and changed ones.
func TestWholeRecords(t *testing.T) {
	t.Parallel()
	cat := probes(t)
	tests := []struct {
		name, form, values string
		create, good       bool
	}{
		{"nothing where nothing must be", "probe", `{}`, true, true},
		{"nothing where much must be", "demand", `{}`, true, false},
		{"a change may leave all out", "demand", `{}`, false, true},
		{"a change may not empty what must be", "demand", `{"text0": null}`, false, false},
		{"an unknown key", "probe", `{"nothing": 1}`, true, false},
		{"a system field", "probe", `{"version": 1}`, true, false},
		{"an automatic number, even null", "probe", `{"number0": null}`, true, false},
		{"a computed field", "probe", `{"formula0": 1}`, true, false},
		{"a read-only field", "probe", `{"closed0": "x"}`, true, false},
		{"required", "thing", `{"serial": 1}`, true, true},
		{"required missing", "thing", `{"name": "x"}`, true, false},
		{"rows", "thing", `{"serial": 1, "parts": [{"name": "a"}, {"quantity": 2, "price": "1.5"}]}`, true, true},
		{"no rows", "thing", `{"serial": 1, "parts": null}`, true, true},
		{"a row gives its parent", "thing", `{"serial": 1, "parts": [{"thing": "thing_1"}]}`, true, false},
		{"a new row has no id", "thing", `{"serial": 1, "parts": [{"id": "part_1"}]}`, true, false},
		{"a row with a bad value", "thing", `{"serial": 1, "parts": [{"quantity": "many"}]}`, true, false},
		{"rows within rows", "zone", `{"name": "z", "sites": [{"name": "s", "things": [{"serial": 1, "parts": [{"name": "p"}]}]}]}`, true, true},
		{"a fault within rows within rows", "zone", `{"sites": [{"things": [{"parts": []}]}]}`, true, false},
		{"rows that are not saved with their parent", "thing", `{"parts": []}`, false, false},
		{"kept and new rows", "site", `{"things": [{"id": "thing_1"}, {"serial": 2}]}`, false, true},
		{"a new row that lacks something", "site", `{"things": [{"name": "x"}]}`, false, false},
		{"a row of another form", "site", `{"things": [{"id": "site_1"}]}`, false, false},
		{"a list that is none", "site", `{"things": {}}`, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := cat.Form(tt.form)
			v, err := compiler.UnmarshalJSON(strings.NewReader(tt.values))
			if err != nil {
				t.Fatal(err)
			}
			_, wrong := record.Parse(f, v.(map[string]any), query.Generic, tt.create)
			verdict := compile(t, jsonschema.Values(f, tt.create, "en"))("").Validate(v)
			if (wrong == nil) != tt.good || (verdict == nil) != tt.good {
				t.Errorf("the server says %v, the schema %v", wrong, verdict)
			}
		})
	}
}

// TestFilterSchemaAcceptsWhatTheServerAccepts compares filters at random.
func TestFilterSchemaAcceptsWhatTheServerAccepts(t *testing.T) {
	t.Parallel()
	cat := probes(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 2))}
	good, bad := 0, 0
	for _, f := range []*form.Form{cat.Form("probe"), cat.Form("gauge"), cat.Form("thing"), cat.Form("zone"), cat.Form("member")} {
		s := compile(t, jsonschema.Filter(f, "en"))("")
		for range 3000 {
			v := g.filter(f, 2)
			_, err := query.ParseFilter(f, v, query.Generic, time.Now())
			verdict := s.Validate(v)
			if err == nil {
				good++
			} else {
				bad++
			}
			if (err == nil) == (verdict == nil) {
				continue
			}
			if err != nil && slices.ContainsFunc(strings.Split(wrongs(err), "\n"), func(m string) bool {
				return slices.ContainsFunc([]string{"must lie", "must be at", "digits", "whole number", "number that exists", "too long for"}, func(p string) bool { return strings.Contains(m, p) })
			}) {
				continue
			}
			t.Errorf("%s: %s: the server says %v, the schema %v", f.Key, show(v), err, verdict)
			break
		}
	}
	if good < 1000 || bad < 1000 {
		t.Errorf("%d filters were good and %d bad, which tests little", good, bad)
	}
}

func wrongs(err error) string {
	var all fault.List
	_ = all.Add(err)
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.Message
	}
	return strings.Join(out, "\n")
}

// filter is a filter that is mostly right, with one or two conditions.
func (g *generator) filter(f *form.Form, depth int) any {
	switch g.IntN(30) {
	case 0:
		return nil
	case 1:
		return g.junk(1)
	}
	out := map[string]any{}
	all := append(slices.Clone(f.System), f.Own()...)
	for range 1 + g.IntN(2) {
		x := all[g.IntN(len(all))]
		var v any
		switch n := g.IntN(20); {
		case n < 3 && depth > 0:
			out[g.one("and", "or", "not")] = g.maybeList(func() any { return g.filter(f, depth-1) })
			continue
		case n == 3:
			out[g.one("isNull", "nothing", "within", "withinMine", "me")] = g.one2any(nil, true, "team_1")
			continue
		case x.IsMany() && depth > 0:
			v = map[string]any{g.one("some", "none", "every", "all"): g.filter(x.Target, depth-1)}
			if x.IsLinks() && g.IntN(2) == 0 {
				v = map[string]any{g.one("has", "hasAny", "hasAll"): g.maybeList(func() any { return g.id(x.Target.Key) })}
			}
		case x.IsReference() && depth > 0:
			v = g.filter(x.Target, depth-1)
			if g.IntN(3) == 0 {
				v = map[string]any{"isNull": g.IntN(2) == 0}
			}
		case x.HasValue() && x.Value != nil && len(x.Value.Operators()) > 0:
			ops := x.Value.Operators()
			op := ops[g.IntN(len(ops))]
			value := func() any {
				if op == kind.During {
					return g.one("TODAY", "OVERDUE", "SOON")
				}
				if op == kind.IsNull {
					return g.one2any(true, false, nil, "yes")
				}
				y := *x
				y.Kind = x.Value
				return g.value(&y)
			}
			v = map[string]any{string(op): g.maybeList(value)}
			if op == kind.Eq || op == kind.IsNull || g.IntN(2) == 0 {
				v = map[string]any{string(op): value()}
			}
			if g.IntN(15) == 0 {
				v = map[string]any{"like": value()}
			}
		default:
			v = g.one2any(nil, map[string]any{}, map[string]any{"isNull": true})
		}
		out[x.Key] = v
	}
	return out
}

func (g *generator) one2any(list ...any) any { return list[g.IntN(len(list))] }

func (g *generator) maybeList(item func() any) any {
	if g.IntN(3) == 0 {
		return item()
	}
	out := []any{}
	for range g.IntN(4) {
		out = append(out, item())
	}
	return out
}

// parsed is what the server says of a value for a field, "" for a good one.
func parsed(f *form.Form, x *form.Field, v any) string {
	_, err := record.Parse(f, map[string]any{x.Key: v}, query.Generic, true)
	var all fault.List
	_ = all.Add(err)
	for _, ft := range all {
		if len(ft.Path) > 0 && ft.Path[0] == x.Key {
			return ft.Message
		}
	}
	return ""
}

// moreLenient lists what the server refuses and JSON Schema cannot: see the
// package comment.
func moreLenient(x *form.Field, v any, wrong string) bool {
	_, isText := v.(string)
	_, isNumber := v.(json.Number)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(wrong, p) })
	}
	switch x.KindName() {
	case "INTEGER", "RATING", "PROGRESS":
		return isText && has("must lie between", "must be at", "whole number", "too long for a number", "digits")
	case "DECIMAL", "PERCENT", "MONEY":
		return isText && has("must be at", "too long for a number", "digits") || isNumber && has("digits", "too long for a number")
	case "LOCATION":
		return has("must lie between", "digits", "too long for a number")
	case "DATE", "DATETIME", "DURATION":
		return has("must not be", "must lie", "must be at", "6 digits")
	case "PHONE":
		return has("not a number that exists", "not a telephone number")
	case "URL", "EMAIL":
		return has("bytes", "not a web address", "not an e-mail address")
	case "TEXT", "LONG_TEXT":
		if text, _ := v.(string); norm.NFC.String(text) != text || strings.Contains(text, "\r\n") {
			return true
		}
		return x.Settings.Pattern == "(?m)^a$" && has("form that is asked for")
	case "JSON":
		return has("levels deep", "bytes of JSON", "characters")
	}
	return false
}

// kinder lists what the server takes beyond what it documents.
func kinder(x *form.Field, v any) bool {
	switch v := v.(type) {
	case string:
		o, ok := x.Settings.Option(v)
		blank := strings.TrimSpace(v) == ""
		name := x.KindName()
		return ok && o.Key != v || kind.Parts(x.Kind) != nil && blank || x.HasLinkTable() || name == "MULTI_CHOICE" || name == "CHOICE" && blank ||
			norm.NFC.String(v) != v || strings.Contains(v, "\r\n") || blank && len(v) > 5
	case []any:
		seen := map[string]bool{}
		for _, item := range v {
			text, _ := item.(string)
			if kinder(x, text) && x.KindName() == "MULTI_CHOICE" && text != "" {
				if o, ok := x.Settings.Option(text); ok && o.Key != text {
					return true
				}
			}
			if seen[text] {
				return true
			}
			seen[text] = true
		}
	case map[string]any:
		for _, part := range v {
			if text, _ := part.(string); norm.NFC.String(text) != text || len(strings.TrimSpace(text)) != len(text) {
				return true
			}
		}
	}
	return false
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

type generator struct{ *rand.Rand }

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

// value is a value for a field: as its kind takes them, nearly so, or of another
// kind.
func (g *generator) value(x *form.Field) any {
	switch g.IntN(10) {
	case 0:
		return g.junk(2)
	case 1:
		return nil
	}
	switch x.KindName() {
	case "TEXT", "LONG_TEXT":
		return g.text()
	case "EMAIL":
		return g.pad(g.one("mei", "a.b", "a..b", ".a", "李", "x+y", "", "a b", "a\tb") + g.one("@", "@", "") + g.one("example.com", "例子.公司", "a", "a..b", "-a.com", "a-b.co", "a.1"))
	case "PHONE":
		return g.pad(g.one("+86", "", "0") + g.one("13800138000", "13800138000", "1380013800", "21 6123 4567", "abc", "10-6552-9988") + g.one("", "", " ext. 12", "转8"))
	case "URL":
		return g.pad(g.one("http", "HTTPS", "ftp", "") + g.one("://", "://", ":", "") + g.one("example.com", "a@b.com", "[::1]", "例.公司:80", "", "a b") + g.one("", "/", "/x?y#z", "/a b", "/<", "?q=@"))
	case "INTEGER", "RATING", "PROGRESS", "DECIMAL", "PERCENT", "MONEY":
		return g.number()
	case "BOOLEAN":
		return g.IntN(2) == 0
	case "DATE":
		return g.pad(g.date())
	case "DATETIME":
		return g.pad(g.date() + g.one("T", "T", "t", " ") + g.one("09:30:00", "9:30:00", "23:59:59", "24:00:00", "09:30", "09:60:00", "9:3:00") + g.one("", ".5", ",123456789", ".") + g.one("Z", "+08:00", "-24:60", "+0800", "z", "", "+25:00"))
	case "DURATION":
		d := g.one("", "", "-", "+") + "P" + g.one("", "2W", "-1W") + g.one("", "3D", "1.5D", "-2D") + g.one("", "T", "T4H", "T5M", "T1H30M", "T6S", "T-7.25S", "T8,1234567S", "T8.10000000S", "T.5S", "T5M4H")
		return g.pad(g.one(d, d, d, d, "P1Y", "1D", "P"))
	case "CHOICE":
		return g.option(x)
	case "MULTI_CHOICE":
		return g.list(func() any { return g.option(x) })
	case "REFERENCE", "MEMBER", "TEAM", "CHILDREN":
		return g.id(x.Settings.To)
	case "MEMBERS", "REFERENCES":
		return g.list(func() any { return g.id(x.Settings.To) })
	case "ATTACHMENT":
		return g.list(func() any { return g.id("file") })
	case "ADDRESS":
		return g.object(kind.Parts(x.Kind), func(name string) any {
			if name == "country" {
				return g.one("CN", "cn", "ZZ", "CHN", "", " de ", "Xx")
			}
			return g.text()
		})
	case "LOCATION":
		return g.object(kind.Parts(x.Kind), func(name string) any {
			if name == "label" {
				return g.text()
			}
			return g.number()
		})
	}
	return g.junk(3)
}

func (g *generator) pad(s string) string {
	return g.one("", "", "", " ", "\u3000") + s + g.one("", "", "", " ", "\u00a0", "\n")
}

func (g *generator) text() any {
	switch g.IntN(12) {
	case 0:
		return strings.Repeat(g.one("a", "字", "é"), g.one2(1, 199, 200, 201, 499, 500, 501))
	case 1:
		return g.one("", " ", "\t", "\u3000 ", "      ", "\n")
	}
	var b strings.Builder
	for range g.IntN(9) {
		b.WriteString(g.one("a", "B", "c", "x", "1", "9", " ", "-", "é", "é", "字", "\n", "\r\n", "\r", "\t", "\x01", "\u2028", "\u0085", "😀", "\u200b"))
	}
	return b.String()
}

func (g *generator) one2(list ...int) int { return list[g.IntN(len(list))] }

func (g *generator) number() any {
	n := g.one("", "-", "") + g.one("0", "1", "3", "7", "8", "99", "100", "101", "9007199254740991", "9007199254740992", "123456789012345678901234567890", "5e0", "50e-1", "1E2", "5e-1", "00") +
		g.one("", "", "", ".0", ".5", ".25", ".250", ".123456789", ".", ".1234567890123")
	if g.IntN(2) == 0 {
		return g.pad(g.one("", "", "+") + g.one(n, n, n, "1,000", "x", ".5", "1e", "NaN", "--1", "1-2", ".", "0x1"))
	}
	if json.Valid([]byte(n)) {
		return json.Number(n)
	}
	return json.Number("4")
}

func (g *generator) date() string {
	if g.IntN(3) > 0 {
		return time.Date(1990+g.IntN(60), 1, 1+g.IntN(366), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return fmt.Sprintf("%s-%s-%s", g.one("0000", "0001", "0004", "0100", "0400", "1900", "2000", "2023", "2024", "9999", "10000", "26"), g.one("01", "02", "04", "12", "13", "00", "2"), g.one("00", "01", "28", "29", "30", "31", "32", "9"))
}

func (g *generator) option(x *form.Field) any {
	if len(x.Options) == 0 || g.IntN(6) == 0 {
		return g.one("nothing", "", " ", "RED", "Red")
	}
	return x.Options[g.IntN(len(x.Options))].Key
}

func (g *generator) id(to string) any {
	return g.one(to, to, to, "customer", "") + g.one("_", "_", "") + g.one("1", "12", "0", "01", "-1", "x", "", "1 ")
}

func (g *generator) list(item func() any) any {
	if g.IntN(8) == 0 {
		return item()
	}
	out := []any{}
	for range g.IntN(5) {
		out = append(out, item())
	}
	return out
}

func (g *generator) object(names []string, part func(string) any) any {
	out := map[string]any{}
	for _, name := range names {
		switch g.IntN(5) {
		case 0:
		case 1:
			out[name] = g.junk(1)
		default:
			out[name] = part(name)
		}
	}
	if g.IntN(10) == 0 {
		out["other"] = nil
	}
	return out
}

func (g *generator) junk(depth int) any {
	switch n := g.IntN(7); {
	case n == 0:
		return nil
	case n == 1:
		return g.IntN(2) == 0
	case n == 2:
		return g.number()
	case n < 5 || depth == 0:
		return g.text()
	case n == 5:
		return g.list(func() any { return g.junk(depth - 1) })
	}
	return g.object([]string{"a", "b"}, func(string) any { return g.junk(depth - 1) })
}
