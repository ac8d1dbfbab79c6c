package kind_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// parseCase is one input of a kind's Parse, with the value or the message that
// must come of it.
type parseCase struct {
	name string
	raw  any
	set  kind.Settings
	want any    // a string, or nil for empty
	bad  string // message expected instead of a value
}

func checkParse(t *testing.T, k kind.Kind, tests []parseCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := k.Parse(tt.raw, &tt.set)
			if tt.bad != "" {
				if err == nil || err.Error() != tt.bad || fault.KindOf(err) != fault.Invalid {
					t.Fatalf("got %v, %v; want INVALID %q", got, err, tt.bad)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Fatalf("got %#v, %v; want %#v", got, err, tt.want)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// usual are settings under which every kind takes its samples.
var usual = kind.Settings{To: "customer", Options: []kind.Option{{Key: "open", Enum: "OPEN"}, {Key: "in_work", Enum: "IN_WORK"}, {Key: "null", Enum: "NULL"}}}

type obj = map[string]any

// samples are inputs that a kind must take. A kind without samples fails the
// tests below, so that a new kind cannot be forgotten.
var samples = map[string][]any{
	"TEXT":      {"Example Steel", " padded ", "大客户 🏭", `\N`, `{a,"b"}`, "NULL", `\.`, "%_\\'\"", "e\u0301", "a\u200db", strings.Repeat("🏭", kind.MaxText)},
	"LONG_TEXT": {"two\nlines\r\n\tand a tab", "大客户\n分工表", strings.Repeat("客", kind.MaxLongText)},
	"EMAIL":     {"mei@example.com", " Mei.Wang+crm@Example.COM ", "客户@例子.中国", "a@b-c.de"},
	"PHONE":     {"13800138000", "+86 138 0013 8000", "(021) 6123-4567 转 123", "+1 202-456-1111 ext. 7", "１３８００１３８０００"},
	"URL":       {"https://example.com", "HTTP://Example.COM:8080/A?b=C#D", "https://例子.中国/客户", "http://[2001:DB8::1]/", "https://en.wikipedia.org/wiki/A_(b)?x=%E5%AE%A2"},
	"INTEGER":   {json.Number("0"), json.Number("-1"), "5.0", "5e3", json.Number("9007199254740991"), json.Number("-9007199254740991"), 7.0, int64(8), 9},
	"DECIMAL": {json.Number("0"), "0.10", "-0.00", "+5", ".5", "5.", "1e5", "12.50", "1E-12", "0e50", strings.Repeat("9", kind.MaxDigits),
		"-" + strings.Repeat("9", kind.MaxDigits-kind.MaxScale) + "." + strings.Repeat("9", kind.MaxScale), "1.50000000000000000000"},
	"PERCENT": {"12.5", json.Number("0"), "-100", "0.000001"},
	"MONEY":   {"1200000.50", json.Number("0"), "-0.01", "7.000"},
	"BOOLEAN": {true, false},
	"DATE":    {"0001-01-01", "9999-12-31", "2024-02-29", " 2026-01-31 "},
	"DATETIME": {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-31T09:30:00+08:00", "2026-01-31T09:30:00.120Z",
		"2024-02-29T23:59:59.000001-11:30", "1900-01-01T00:00:00Z"},
	"DURATION":     {"P1DT2H", "PT90M", "PT0S", "-P1DT2H", "P2W", "PT0.000001S", "PT-0.5S", "P1DT-1H", "P100000D", "-PT2400000H"},
	"CHOICE":       {"open", "IN_WORK"},
	"MULTI_CHOICE": {"open", []any{"IN_WORK", "open"}, []any{"null", "open", "null"}},
	"RATING":       {1, json.Number("5"), "3"},
	"PROGRESS":     {0, json.Number("100"), "50"},
	"REFERENCE":    {"customer_1", "customer_9223372036854775807"},
	"MEMBER":       {"customer_1"},
	"TEAM":         {"customer_1"},
	"MEMBERS":      {"customer_1", []any{"customer_2", "customer_1"}},
	"REFERENCES":   {[]any{"customer_9223372036854775807", "customer_1", "customer_1"}},
	"ADDRESS": {obj{"country": "cn", "province": "上海市", "city": "上海市", "district": "浦东新区", "street": "世纪大道 1 号\"", "postcode": "200120"},
		obj{"street": " 1 Main St "}, obj{"city": "Bonn", "street": nil}, obj{"street": "{"}},
	"LOCATION":   {obj{"latitude": json.Number("31.2304"), "longitude": "121.4737", "label": "上海，总部, 2"}, obj{"latitude": -90, "longitude": json.Number("180.00000000")}, obj{"latitude": "1e-8", "longitude": 0}},
	"ATTACHMENT": {"file_12", []any{"file_2", "file_1"}},
	"JSON": {true, "", "客户", json.Number("1e5"), json.Number("-0.0"), json.Number("0.10"), json.Number("12345678901234567890.123456789"), json.Number("1e-400"), json.Number("1.5e308"),
		[]any{}, []any{nil, "a\n\t\x01\x7f\"\\\u2028<&>", 1.5}, obj{}, obj{"bb": json.Number("1"), "a": []any{obj{"": nil}}, "客": false, "b": "e\u0301"}},
}

// refused are the kinds that no value can be given to.
func refused(k kind.Kind) bool {
	return kind.IsComputed(k) || k.Name() == "CHILDREN" || k.Name() == "AUTO_NUMBER"
}

func TestKindsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kind.All() {
		if seen[k.Name()] {
			t.Errorf("two kinds are called %s", k.Name())
		}
		seen[k.Name()] = true
		if kind.ByName(k.Name()) != k {
			t.Errorf("ByName(%q) is another kind", k.Name())
		}
		if len(samples[k.Name()]) == 0 && !refused(k) {
			t.Errorf("kind %s has no samples in this test", k.Name())
		}
	}
	if kind.ByName("COLOUR") != nil {
		t.Error("a kind that is not there was found")
	}
}

// TestParseAndPrintAreInverse stores every sample in a column's type and parses
// what PostgreSQL prints: nothing may be lost on the way.
func TestParseAndPrintAreInverse(t *testing.T) {
	db := pgtest.Open(t)
	for _, k := range kind.All() {
		for _, raw := range samples[k.Name()] {
			t.Run(clip(fmt.Sprintf("%s %v", k.Name(), raw)), func(t *testing.T) {
				v, err := k.Parse(raw, &usual)
				if err != nil || v == nil {
					t.Fatalf("parsed to %v, %v", v, err)
				}
				stored := cast(t, db, k, v)
				again, err := k.Parse(printed(k, stored), &usual)
				if err != nil || !reflect.DeepEqual(again, v) {
					t.Fatalf("stored %v as %q, which parses to %v, %v", v, clip(stored), again, err)
				}
			})
		}
	}
}

// cast has PostgreSQL read a value as the kind's column would and print it.
func cast(t *testing.T, db *pg.DB, k kind.Kind, v any) string {
	t.Helper()
	var out string
	column := k.Column()
	if column == "" {
		column = "bigint[]" // of a link table
	}
	const asISO = "WITH s AS MATERIALIZED (SELECT set_config('intervalstyle', 'iso_8601', false))"
	if err := db.Control.GetContext(t.Context(), &out, asISO+" SELECT ($1::"+column+")::text FROM s", v); err != nil {
		t.Fatalf("PostgreSQL refuses %q as %s: %v", v, column, err)
	}
	return out
}

// printed is what a client reads of a column's text.
func printed(k kind.Kind, text string) any {
	switch k.Form() {
	case kind.AsDateTime:
		return strings.Replace(strings.TrimSuffix(text, "+00"), " ", "T", 1) + "Z"
	case kind.AsRecord:
		return "customer_" + text
	case kind.AsOptions:
		return list(text, "")
	case kind.AsRecords:
		return list(text, "customer_")
	case kind.AsFiles:
		return list(text, "file_")
	case kind.AsIs, kind.AsObject:
		return decoded(text)
	}
	return text
}

func list(array, before string) (out []any) {
	for _, e := range kind.Elements(array) {
		out = append(out, before+e)
	}
	return out
}

func decoded(text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	return v
}

func TestEmptyIsNotZero(t *testing.T) {
	for _, k := range kind.All() {
		if refused(k) {
			continue
		}
		for _, raw := range []any{nil, "", "  ", "\t\n", "\u3000"} {
			v, err := k.Parse(raw, &usual)
			switch {
			case k.Name() == "BOOLEAN" && raw != nil: // no text is a boolean, not even an empty one
				if fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s of %q: %v, %v; want INVALID", k.Name(), raw, v, err)
				}
			case k.Name() == "JSON" && raw != nil: // every text is JSON
				if v == nil || err != nil {
					t.Errorf("%s of %q: %v, %v; want a value", k.Name(), raw, v, err)
				}
			case v != nil || err != nil:
				t.Errorf("%s of %#v: %#v, %v; want empty", k.Name(), raw, v, err)
			}
			cell, _ := raw.(string)
			if v, err := kind.ParseText(k, cell, &usual); v != nil || err != nil {
				t.Errorf("%s of the cell %q: %#v, %v; want empty", k.Name(), cell, v, err)
			}
		}
		if v, err := k.Parse([]any{}, &usual); takesLists(k) && (v != nil || err != nil) {
			t.Errorf("%s of an empty list: %#v, %v; want empty", k.Name(), v, err)
		}
		if v, err := k.Parse(obj{}, &usual); k.Form() == kind.AsObject && (v != nil || err != nil) {
			t.Errorf("%s of an empty object: %#v, %v; want empty", k.Name(), v, err)
		}
	}
}

func takesLists(k kind.Kind) bool {
	return k.Form() == kind.AsOptions || k.Form() == kind.AsRecords || k.Form() == kind.AsFiles
}

// TestWrongInputIsRefused gives every kind what is right for none, or for few: a
// fault with a message that says what was wrong, and never a panic.
func TestWrongInputIsRefused(t *testing.T) {
	numbers := map[string]bool{"INTEGER": true, "DECIMAL": true, "PERCENT": true, "MONEY": true, "RATING": true, "PROGRESS": true}
	for _, k := range kind.All() {
		json1 := k.Name() == "JSON"
		for _, tt := range []struct {
			raw   any
			right bool
		}{
			{[]any{}, json1 || takesLists(k)},
			{[]any{"a"}, json1},
			{[]any{nil}, json1},
			{[]any{""}, json1},
			{[]any{[]any{}}, json1},
			{obj{}, json1 || k.Form() == kind.AsObject},
			{obj{"eq": "a"}, json1},
			{"\x00", false},
			{"a\x00b", false},
			{"\xff", false},
			{"ab\xc3", false},
			{"\xed\xa0\x80", false},
			{true, json1 || k.Name() == "BOOLEAN"},
			{json.Number("1"), json1 || numbers[k.Name()]},
		} {
			v, err := k.Parse(tt.raw, &usual)
			if tt.right {
				if err != nil {
					t.Errorf("%s of %#v: %v", k.Name(), tt.raw, err)
				}
				continue
			}
			if err == nil || v != nil || fault.KindOf(err) != fault.Invalid || len(err.Error()) < 10 || len(err.Error()) > 200 {
				t.Errorf("%s of %#v: %#v, %v; want a clear INVALID", k.Name(), tt.raw, v, err)
			}
			if cell, ok := tt.raw.(string); ok {
				if v, err := kind.ParseText(k, cell, &usual); v != nil || fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s of the cell %q: %#v, %v; want INVALID", k.Name(), cell, v, err)
				}
			}
		}
	}
}

func TestKindsThatTakeNoValueSayWhy(t *testing.T) {
	for _, k := range kind.All() {
		for _, raw := range []any{"1", json.Number("1"), []any{}, nil} {
			if _, err := k.Parse(raw, &usual); refused(k) && (err == nil || len(err.Error()) < 10) {
				t.Errorf("%s of %#v: %v", k.Name(), raw, err)
			}
		}
	}
}

// TestCellsAreReadBack holds that a cell written by PrintText, from what Parse
// gives and from what PostgreSQL prints, is the same value for ParseText.
func TestCellsAreReadBack(t *testing.T) {
	db := pgtest.Open(t)
	for _, k := range kind.All() {
		for _, raw := range samples[k.Name()] {
			t.Run(clip(fmt.Sprintf("%s %v", k.Name(), raw)), func(t *testing.T) {
				v, err := k.Parse(raw, &usual)
				if err != nil {
					t.Fatal(err)
				}
				for _, column := range []string{v.(string), cast(t, db, k, v)} {
					cell := kind.PrintText(k, column)
					if again, err := kind.ParseText(k, cell, &usual); err != nil || again != v {
						t.Errorf("%q prints as %q and reads as %#v, %v", clip(column), clip(cell), again, err)
					}
				}
			})
		}
	}
}

func TestValuesAreTextAndSmallEnoughForAnIndex(t *testing.T) {
	for _, k := range kind.All() {
		for _, raw := range samples[k.Name()] {
			v, err := k.Parse(raw, &usual)
			text, ok := v.(string)
			if err != nil || !ok {
				t.Errorf("%s of %v is %T, %v; want text", k.Name(), raw, v, err)
			}
			if indexed := len(k.Operators()) > 1 && k.Name() != "LONG_TEXT"; indexed && len(text) > 2600 {
				t.Errorf("%s of %v has %d bytes", k.Name(), clip(fmt.Sprint(raw)), len(text))
			}
		}
	}
	if kind.MaxTextBytes > 2600 || kind.MaxURLBytes > 2600 || kind.MaxEmailBytes > 2600 {
		t.Error("an indexed text may be too long")
	}
}

// TestSettingsAreSettings holds that every name a kind gives is a setting in
// JSON and in YAML, and none of the common ones.
func TestSettingsAreSettings(t *testing.T) {
	common := map[string]bool{"shownWhen": true, "requiredWhen": true, "readOnlyWhen": true, "readOnly": true, "defaultExpression": true, "pick": true,
		"dependsOn": true, "fill": true, "orderBy": true, "rows": true, "ignoreCase": true, "placeholder": true, "width": true}
	there := map[string]bool{"options": true}
	for f := range reflect.TypeFor[kind.Settings]().Fields() {
		name, omit, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Name != "Options" && (omit != "omitempty" || f.Tag.Get("yaml") != name || !strings.EqualFold(name, f.Name)) {
			t.Errorf("field %s is %q in JSON and %q in YAML", f.Name, f.Tag.Get("json"), f.Tag.Get("yaml"))
		}
		there[name] = true
	}
	used := map[string]bool{}
	for _, k := range kind.All() {
		for _, name := range k.Settings() {
			if !there[name] || common[name] {
				t.Errorf("%s takes %s, which is no setting of a kind", k.Name(), name)
			}
			used[name] = true
		}
	}
	for name := range there {
		if name != "-" && !used[name] && !common[name] {
			t.Errorf("no kind takes %s", name)
		}
	}
}

func TestMessagesStayShortWhenTheInputIsNot(t *testing.T) {
	long := strings.Repeat("长", 100_000)
	for _, k := range kind.All() {
		if _, err := k.Parse(long, &usual); k.Name() != "LONG_TEXT" && k.Name() != "JSON" && (err == nil || len(err.Error()) > 300) {
			t.Errorf("%s of a long text: %v", k.Name(), err)
		}
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60]
	}
	return s
}
