package kind_test

import (
	"encoding/json"
	"strings"
	"testing"

	"fieldwork/internal/form/kind"
)

func nested(depth int) any {
	v := any("x")
	for range depth {
		v = []any{v}
	}
	return v
}

func TestJSON(t *testing.T) {
	checkParse(t, kind.JSON{}, []parseCase{
		{name: "null is empty", raw: nil, want: nil},
		{name: "an empty text is a value", raw: "", want: `""`},
		{name: "an empty list is a value", raw: []any{}, want: "[]"},
		{name: "an empty object is a value", raw: obj{}, want: "{}"},
		{name: "null inside", raw: []any{nil}, want: "[null]"},
		{name: "short keys first, then by bytes, as jsonb", raw: obj{"b": true, "aa": 1, "a": false}, want: `{"a":false,"b":true,"aa":1}`},
		{name: "numbers are exact", raw: json.Number("12345678901234567890.10"), want: "12345678901234567890.10"},
		{name: "powers are written out", raw: json.Number("1.5e3"), want: "1500"},
		{name: "there is no minus zero", raw: json.Number("-0"), want: "0"},
		{name: "the largest float64", raw: 1.7976931348623157e308, want: "17976931348623157" + strings.Repeat("0", 292)},
		{name: "a number that would be too long", raw: json.Number("1e801"), bad: "must not hold a number of more than 800 characters"},
		{name: "a number that would fill the disk", raw: json.Number("1e131000"), bad: "must not hold a number of more than 800 characters"},
		{name: "many numbers that would be long", raw: []any(manyNumbers(100)), bad: "must be at most 65536 bytes of JSON"},
		{name: "32 levels", raw: nested(32), want: strings.Repeat("[", 32) + `"x"` + strings.Repeat("]", 32)},
		{name: "33 levels", raw: nested(33), bad: "must be at most 32 levels deep"},
		{name: "64 kB", raw: strings.Repeat("a", 65534), want: `"` + strings.Repeat("a", 65534) + `"`},
		{name: "more", raw: strings.Repeat("a", 65535), bad: "must be at most 65536 bytes of JSON"},
		{name: "the character NUL in a text", raw: []any{"a\x00"}, bad: "text must not hold the character U+0000"},
		{name: "the character NUL in a key", raw: obj{"\x00": 1}, bad: "text must not hold the character U+0000"},
		{name: "a key that is no text", raw: obj{"\xff": 1}, bad: "text is not valid UTF-8"},
		{name: "something else", raw: struct{}{}, bad: "expected JSON, got a value of another type"},
	})
}

func manyNumbers(n int) (out []any) {
	for range n {
		out = append(out, json.Number("1e799"))
	}
	return out
}

// FuzzJSON holds that what is stored is JSON of bounded size and depth, equal to
// what came in, and written in one way only.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"null", `""`, "[1,2.50,-0,1e5,1e-5]", `{"a":{"b":[]},"":"\u0000"}`, `"\ud83c\udfed\u007f\u2028"`, "1e400", strings.Repeat("[", 40) + strings.Repeat("]", 40), `{"b":1,"a":1,"aa":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, ok := again(t, kind.JSON{}, decoded(s))
		if ok && (!json.Valid([]byte(text)) || len(text) > kind.MaxJSONBytes) {
			t.Fatalf("%q is %q", s, text)
		}
	})
}
