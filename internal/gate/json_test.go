package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

func TestDecodeJSON(t *testing.T) {
	type object = map[string]any
	type array = []any
	tests := []struct {
		name, in string
		want     any
	}{
		{"a request", `{"query":"{a}","variables":{"x":[1,true,null]}}`, object{"query": "{a}", "variables": object{"x": array{json.Number("1"), true, nil}}}},
		{"white space everywhere", " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n", object{"a": array{json.Number("1"), json.Number("2")}, "b": object{}}},
		{"nothing in it", `[[],{},""]`, array{array{}, object{}, ""}},
		{"numbers keep their text", `[0,-0,0.10,1e5,1E+05,-1.5e-7,123456789012345678901234567890]`, array{
			json.Number("0"), json.Number("-0"), json.Number("0.10"), json.Number("1e5"), json.Number("1E+05"), json.Number("-1.5e-7"), json.Number("123456789012345678901234567890")}},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9"`, "\"\\/\b\f\n\r\té"},
		{"text around escapes", `"大\n客户"`, "大\n客户"},
		{"a surrogate pair", `"\ud83d\ude00\uD83D\uDE00"`, "😀😀"},
		{"a NUL is for later to refuse", `"\u0000"`, "\x00"},
		{"U+FFFD that was meant", `"� \ufffd"`, "� �"},
		{"an empty key", `{"":1}`, object{"": json.Number("1")}},
		{"the same key in two objects", `[{"a":1},{"a":2}]`, array{object{"a": json.Number("1")}, object{"a": json.Number("2")}}},
		{"64 levels", nest(64, "[", "", "]"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeJSON([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != nil && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	tests := []struct {
		name, in, message string
		path              []any
	}{
		{"nothing", "", "unexpected end at byte 0", nil},
		{"white space", "  ", "unexpected end at byte 2", nil},
		{"a second value", `{} {}`, "unexpected '{' after the value at byte 3", nil},
		{"a lone surrogate", `{"variables":{"input":{"name":"a\ud800"}}}`, "lone surrogate in a string at byte 32", []any{"variables", "input", "name"}},
		{"two high surrogates", `"\ud800\ud800"`, "lone surrogate in a string at byte 1", nil},
		{"a low surrogate first", `["\udc00\ud800"]`, "lone surrogate in a string at byte 2", []any{0}},
		{"a surrogate pair cut short", `"\ud83d\ude0"`, "lone surrogate in a string at byte 1", nil},
		{"a lone surrogate in a key", `{"a":{"\ud800":1}}`, "lone surrogate in a string at byte 7", []any{"a"}},
		{"not UTF-8", "{\"a\":[\"x\", \"例\xff\"]}", "not UTF-8 in a string at byte 15", []any{"a", 1}},
		{"not UTF-8 after an escape", "\"\\n\xc3\"", "not UTF-8 in a string at byte 3", nil},
		{"a surrogate in UTF-8", "\"\xed\xa0\x80\"", "not UTF-8 in a string at byte 1", nil},
		{"not UTF-8 outside of a string", "\xff", "unexpected byte 0xff at byte 0", nil},
		{"a byte order mark", "\ufeff{}", "unexpected byte 0xef at byte 0", nil},
		{"a key twice", `{"variables":{"input":{"name":1,"name":2}}}`, `key "name" is given twice at byte 32`, []any{"variables", "input", "name"}},
		{"a key twice, once by an escape", `{"a":1,"\u0061":2}`, `key "a" is given twice at byte 7`, []any{"a"}},
		{"65 levels", nest(65, "[", "", "]"), "nested deeper than 64 at byte 64", nil},
		{"a million levels", strings.Repeat(`{"a":`, 1e6), "nested deeper than 64 at byte 320", nil},
		{"a comma too many", `[1,]`, "unexpected ']' at byte 3", []any{1}},
		{"a comma too many in an object", `{"a":1,}`, "expected a key, found '}' at byte 7", nil},
		{"a key that is no string", `{a:1}`, "expected a key, found 'a' at byte 1", nil},
		{"no colon", `{"a" 1}`, "expected ':' after a key, found '1' at byte 5", nil},
		{"no comma", `[1 2]`, "expected ',' or ']', found '2' at byte 3", nil},
		{"a leading zero", `01`, "unexpected '1' after the value at byte 1", nil},
		{"a sign alone", `-`, "expected a digit, found end at byte 1", nil},
		{"a plus", `+1`, "unexpected '+' at byte 0", nil},
		{"no digit after the point", `1.`, "expected a digit, found end at byte 2", nil},
		{"no digit before the point", `.5`, "unexpected '.' at byte 0", nil},
		{"no exponent", `1e+`, "expected a digit, found end at byte 3", nil},
		{"not a number", `NaN`, "unexpected 'N' at byte 0", nil},
		{"half a word", `tru`, "expected true at byte 0", nil},
		{"a comment", `/* x */ 1`, "unexpected '/' at byte 0", nil},
		{"a line break in a string", "\"a\nb\"", "control character 0x0a in a string at byte 2", nil},
		{"an unknown escape", `"\x"`, "unknown escape in a string at byte 1", nil},
		{"half an escape", `"\u12"`, `\u needs four hexadecimal digits at byte 1`, nil},
		{"a string without end", `"abc`, "unexpected end in a string at byte 4", nil},
		{"a string that ends in a backslash", `"abc\`, "unexpected end in a string at byte 5", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodeJSON([]byte(tt.in))
			f, ok := errors.AsType[*fault.Fault](err)
			if !ok || f.Kind != fault.Invalid || !strings.HasSuffix(f.Message, tt.message) {
				t.Fatalf("got %v, want INVALID %q", err, tt.message)
			}
			if tt.path != nil && !reflect.DeepEqual(f.Path, tt.path) {
				t.Errorf("path %v, want %v", f.Path, tt.path)
			}
		})
	}
}

func TestDecodeJSONSharesNoMemory(t *testing.T) {
	b := []byte(`{"key":"text"}`)
	got, err := DecodeJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	copy(b, bytes.Repeat([]byte("x"), len(b)))
	if !reflect.DeepEqual(got, map[string]any{"key": "text"}) {
		t.Errorf("got %v", got)
	}
}

// FuzzDecodeJSON compares with encoding/json, which accepts more: what we
// refuse and it accepts must be one of our exceptions, found another way.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{a}","variables":{"x":[1,true,null,-1.5e+7]}}`, `"\ud83d\ude00"`, `"\ud800x"`, "\"\xff例\"", `{"a":1,"a":2}`,
		`{"a":{"\u0061":[{},[]]}}`, nest(64, "[", "", "]"), nest(66, "[", "", "]"), ` [ 0 , 01 ] `, `"\/\b\f\n\r\t\u0000"`, `tru`, `{"a":}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeJSON(b)
		var want any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		wantErr := d.Decode(&want)
		if wantErr == nil {
			if _, err := d.Token(); err != io.EOF {
				wantErr = errors.New("more after the value")
			}
		}
		switch {
		case err == nil && wantErr != nil:
			t.Fatalf("we accept %q, encoding/json says %v", b, wantErr)
		case err == nil && !reflect.DeepEqual(got, want):
			t.Fatalf("%q: got %#v, encoding/json has %#v", b, got, want)
		case err == nil && stricter(b):
			t.Fatalf("we accept %q", b)
		case err != nil && wantErr == nil && !stricter(b):
			t.Fatalf("we refuse %q: %v", b, err)
		case err != nil && fault.KindOf(err) != fault.Invalid:
			t.Fatalf("not a fault INVALID: %v", err)
		}
	})
}

var surrogate = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)

// stricter reports whether b, which is JSON, has what only we refuse.
func stricter(b []byte) bool {
	if !utf8.Valid(b) {
		return true
	}
	for _, m := range surrogate.FindAll(b, -1) {
		if len(m) == 6 {
			return true
		}
	}
	type level struct {
		keys  map[string]bool // nil for an array
		isKey bool
	}
	var stack []level
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	for {
		tok, err := d.Token()
		if err != nil {
			return false
		}
		top := len(stack) - 1
		switch tok {
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
			continue
		}
		if top >= 0 && stack[top].keys != nil {
			if stack[top].isKey = !stack[top].isKey; stack[top].isKey {
				key := tok.(string)
				if stack[top].keys[key] {
					return true
				}
				stack[top].keys[key] = true
				continue
			}
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		}
		if len(stack) > maxNesting {
			return true
		}
	}
}

func TestReadBody(t *testing.T) {
	l := Limits{Body: 4}
	if b, err := l.ReadBody(strings.NewReader("1234")); err != nil || string(b) != "1234" {
		t.Errorf("got %q, %v", b, err)
	}
	_, err := l.ReadBody(strings.NewReader("12345"))
	if fault.KindOf(err) != fault.TooCostly || err.Error() != "the request body is longer than 4 bytes" {
		t.Errorf("got %v, want TOO_COSTLY", err)
	}
	_, err = l.ReadBody(io.MultiReader(strings.NewReader("1"), broken{}))
	if err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want an error that is no fault", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
