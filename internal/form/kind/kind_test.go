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
var usual = kind.Settings{To: "customer", Options: []kind.Option{{Key: "open", Enum: "OPEN"}, {Key: "in_work", Enum: "IN_WORK"}}}

// samples are inputs that a kind must take. A stored kind without samples fails
// the tests below, so that a new kind cannot be forgotten.
var samples = map[string][]any{
	"TEXT":      {"Example Steel", " padded ", "大客户 🏭", `\N`, `{a,"b"}`, "NULL", `\.`, "%_\\'\"", "e\u0301", "a\u200db", strings.Repeat("大", kind.MaxText)},
	"LONG_TEXT": {"two\nlines\r\n\tand a tab", strings.Repeat("客", kind.MaxLongText)},
	"INTEGER":   {json.Number("0"), json.Number("-1"), "5.0", "5e3", json.Number("9007199254740991"), json.Number("-9007199254740991"), 7.0, int64(8), 9},
	"DECIMAL": {json.Number("0"), "0.10", "-0.00", "+5", ".5", "5.", "1e5", "12.50", "1E-12", "0e50", strings.Repeat("9", kind.MaxDigits),
		"-" + strings.Repeat("9", kind.MaxDigits-kind.MaxScale) + "." + strings.Repeat("9", kind.MaxScale), "1.50000000000000000000"},
	"BOOLEAN": {true, false},
	"DATE":    {"0001-01-01", "9999-12-31", "2024-02-29", " 2026-01-31 "},
	"DATETIME": {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-31T09:30:00+08:00", "2026-01-31T09:30:00.120Z",
		"2024-02-29T23:59:59.000001-11:30", "1900-01-01T00:00:00Z"},
	"CHOICE":    {"open", "IN_WORK"},
	"REFERENCE": {"customer_1", "customer_9223372036854775807"},
	"MEMBER":    {"customer_1"},
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
		if len(samples[k.Name()]) == 0 && k.Column() != "" {
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
	if err := db.Control.GetContext(t.Context(), &out, "SELECT ($1::"+k.Column()+")::text", v); err != nil {
		t.Fatalf("PostgreSQL refuses %q as %s: %v", v, k.Column(), err)
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
	case kind.AsIs:
		var v any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return err
		}
		return v
	}
	return text
}

func TestEmptyIsNotZero(t *testing.T) {
	for _, k := range kind.All() {
		if k.Column() == "" {
			continue
		}
		for _, raw := range []any{nil, "", "  ", "\t\n", "\u3000"} {
			v, err := k.Parse(raw, &usual)
			if k.Name() == "BOOLEAN" && raw != nil { // no text is a boolean, not even an empty one
				if fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s of %q: %v, %v; want INVALID", k.Name(), raw, v, err)
				}
				continue
			}
			if v != nil || err != nil {
				t.Errorf("%s of %#v: %#v, %v; want empty", k.Name(), raw, v, err)
			}
		}
	}
}

// TestWrongInputIsRefused gives every kind what is right for none: a fault with
// a message that says what was wrong, and never a panic.
func TestWrongInputIsRefused(t *testing.T) {
	for _, k := range kind.All() {
		for _, raw := range []any{[]any{}, []any{"a"}, map[string]any{}, map[string]any{"eq": "a"}, "\x00", "a\x00b", "\xff", "ab\xc3", "\xed\xa0\x80"} {
			v, err := k.Parse(raw, &usual)
			if err == nil || v != nil || fault.KindOf(err) != fault.Invalid || len(err.Error()) < 10 || len(err.Error()) > 200 {
				t.Errorf("%s of %#v: %#v, %v; want a clear INVALID", k.Name(), raw, v, err)
			}
		}
		if v, err := k.Parse(true, &usual); k.Name() != "BOOLEAN" && (v != nil || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%s of true: %#v, %v; want INVALID", k.Name(), v, err)
		}
		if v, err := k.Parse(json.Number("1"), &usual); k.Name() != "INTEGER" && k.Name() != "DECIMAL" && (v != nil || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%s of 1: %#v, %v; want INVALID", k.Name(), v, err)
		}
	}
}

func TestMessagesStayShortWhenTheInputIsNot(t *testing.T) {
	long := strings.Repeat("长", 100_000)
	for _, k := range kind.All() {
		if _, err := k.Parse(long, &usual); k.Name() != "LONG_TEXT" && (err == nil || len(err.Error()) > 300) {
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
