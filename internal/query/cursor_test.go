package query_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// keys are what an order's key of each kind looks like when PostgreSQL prints it.
var keys = map[string][]string{
	"TEXT":      {"", "a", `q"\'%_`, "大客户\n\t\u2028<&>", strings.Repeat("\x01", kind.MaxText)},
	"LONG_TEXT": {"a", strings.Repeat("客", kind.MaxText)},
	"INTEGER":   {"0", "-9007199254740991", "9007199254740991"},
	"DECIMAL":   {"0.00", "-12.50", strings.Repeat("9", kind.MaxDigits)},
	"BOOLEAN":   {"true", "false"},
	"DATE":      {"0001-01-01", "9999-12-31"},
	"DATETIME":  {"0001-01-01 00:00:00+00", "2026-01-31 09:30:00.5+00", "9999-12-31 23:59:59.999999+00"},
	"CHOICE":    {"1", "500"},
	"REFERENCE": {"1", "9223372036854775807"},
	"MEMBER":    {"1"},
}

// printed are the texts that a decoded cursor may hold for each kind, all of
// which PostgreSQL reads.
var printed = map[string]*regexp.Regexp{
	"INTEGER":   regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})$`),
	"DECIMAL":   regexp.MustCompile(`^-?[0-9]{1,38}(\.[0-9]{1,12})?$`),
	"BOOLEAN":   regexp.MustCompile(`^(true|false)$`),
	"DATE":      regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`),
	"DATETIME":  regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$`),
	"CHOICE":    regexp.MustCompile(`^(0|-?[1-9][0-9]{0,9})$`),
	"REFERENCE": regexp.MustCompile(`^(0|-?[1-9][0-9]{0,18})$`),
}

func checkPrinted(t *testing.T, x *form.Field, v string) {
	t.Helper()
	name := x.Kind.Name()
	switch name {
	case "TEXT", "LONG_TEXT":
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			t.Errorf("a %s in a cursor is %q", name, v)
		}
		return
	case "MEMBER":
		name = "REFERENCE"
	}
	if !printed[name].MatchString(v) {
		t.Errorf("a %s in a cursor is %q", name, v)
	}
	if name == "DATE" || name == "DATETIME" {
		if d, err := time.Parse(map[string]string{"DATE": time.DateOnly, "DATETIME": time.RFC3339Nano}[name], v); err != nil || d.Year() < 1 {
			t.Errorf("a %s in a cursor is %q: %v", name, v, err)
		}
	}
}

func TestCursorsRoundTrip(t *testing.T) {
	for _, x := range query.Orderable(thing(t)) {
		for _, desc := range []bool{false, true} {
			order := []query.Order{{Field: x, Desc: desc, NullsFirst: desc}}
			for _, v := range append(keys[x.Kind.Name()], "\x00nil") {
				in := query.Cursor{Values: []*string{&v}, ID: math.MaxInt64}
				if v == "\x00nil" {
					in.Values[0] = nil
				}
				out, err := query.DecodeCursor(order, in.Encode(order))
				if err != nil {
					t.Errorf("%s at %.40q: %v", x.Key, v, err)
					continue
				}
				if x.Kind.Name() == "DATETIME" && out.Values[0] != nil { // comes back in another spelling of the same moment
					*out.Values[0] = strings.Replace(strings.TrimSuffix(*out.Values[0], "Z"), "T", " ", 1) + "+00"
				}
				if !reflect.DeepEqual(*out, in) {
					t.Errorf("%s at %.40q comes back as %.40q, %d", x.Key, v, *out.Values[0], out.ID)
				}
			}
		}
	}
}

func TestCursorOfTheLongestOrder(t *testing.T) {
	f := thing(t)
	order := make([]query.Order, query.MaxOrder)
	in := query.Cursor{Values: make([]*string, query.MaxOrder), ID: 1}
	longest := strings.Repeat("\x01", kind.MaxText) // six bytes each in JSON
	for i := range order {
		order[i].Field, in.Values[i] = f.Field("name"), &longest
	}
	if _, err := query.DecodeCursor(order, in.Encode(order)); err != nil {
		t.Error(err)
	}
}

func TestCursorsOfNoOrder(t *testing.T) {
	in := query.Cursor{ID: 7}
	if out, err := query.DecodeCursor(nil, in.Encode(nil)); err != nil || out.ID != 7 || len(out.Values) != 0 {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestCursorsBelongToOneOrder(t *testing.T) {
	f := thing(t)
	one := "1"
	by := func(key string, desc, first bool) query.Order {
		return query.Order{Field: f.Field(key), Desc: desc, NullsFirst: first}
	}
	orders := [][]query.Order{nil, {by("size", false, false)}, {by("size", true, false)}, {by("size", false, true)}, {by("serial", false, false)},
		{by("size", false, false), by("serial", false, false)}, {by("serial", false, false), by("size", false, false)}}
	for i, a := range orders {
		cursor := query.Cursor{ID: 1, Values: []*string{&one, &one}[:len(a)]}.Encode(a)
		for j, b := range orders {
			if _, err := query.DecodeCursor(b, cursor); (err == nil) != (i == j) {
				t.Errorf("a cursor of order %d under order %d: %v", i, j, err)
			}
		}
	}
}

// forge makes a cursor whose parts after the signature are any JSON.
func forge(t testing.TB, order []query.Order, rest string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(query.Cursor{}.Encode(order))
	if err != nil {
		t.Fatal(err)
	}
	sig, _, _ := strings.Cut(string(b), ",")
	return base64.RawURLEncoding.EncodeToString([]byte(sig + "," + rest))
}

func TestForgedCursorsAreRefused(t *testing.T) {
	f := thing(t)
	size := []query.Order{{Field: f.Field("size")}}
	tests := map[string]string{
		"nothing":               "",
		"no base64":             "!!!",
		"padding":               forge(t, size, `["1"],1]`) + "=",
		"no JSON":               base64.RawURLEncoding.EncodeToString([]byte("hello")),
		"an object":             base64.RawURLEncoding.EncodeToString([]byte("{}")),
		"another signature":     base64.RawURLEncoding.EncodeToString([]byte(`["zzzzzz",["1"],1]`)),
		"a part too few":        forge(t, size, `["1"]]`),
		"a part too many":       forge(t, size, `["1"],1,1]`),
		"no values":             forge(t, size, `null,1]`),
		"a value too few":       forge(t, size, `[],1]`),
		"a value too many":      forge(t, size, `["1","2"],1]`),
		"a value that is none":  forge(t, size, `[1],1]`),
		"an object for values":  forge(t, size, `{},1]`),
		"a text for the id":     forge(t, size, `["1"],"1"]`),
		"a fraction for the id": forge(t, size, `["1"],1.5]`),
		"an id beyond int64":    forge(t, size, `["1"],9223372036854775808]`),
		"a word for a number":   forge(t, size, `["x"],1]`),
		"SQL for a number":      forge(t, size, `["1); drop table x; --"],1]`),
		"a large cursor":        forge(t, size, `["`+strings.Repeat("1", 40_000)+`"],1]`),
		"a huge cursor":         strings.Repeat("A", 10<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := query.DecodeCursor(size, text)
			if c != nil || fault.KindOf(err) != fault.Invalid || err.Error() != "is not a cursor of this list; cursors belong to one order" {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

// TestForgedValuesAreRefusedOrReadable: what PostgreSQL would not take for the
// column is refused or written anew.
func TestForgedValuesAreRefusedOrReadable(t *testing.T) {
	odd := []string{"", " ", "\x00", "a\x00b", "5.0", "5e3", " 5", "\u00a05", "+5", "007", "99999999999", "99999999999999999999", "NaN", "Infinity", "1e131071", "0x10", "1_000",
		"infinity", "today", "2026-02-30", "0000-01-01", "\u30002026-01-31", "2026-01-31 09:30:00,5+00", "2026-01-31 9:30:00+00", "2026-01-31T09:30:00.123456789", "2026-01-31 09:30:00+08:00",
		"10000-01-01 00:00:00+00", "0001-01-01 00:00:00+00 BC", "t", "TRUE", "open", "thing_1"}
	for _, x := range query.Orderable(thing(t)) {
		order := []query.Order{{Field: x}}
		for _, v := range odd {
			quoted, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			c, err := query.DecodeCursor(order, forge(t, order, `[`+string(quoted)+`],1]`))
			if err == nil {
				checkPrinted(t, x, *c.Values[0])
			}
		}
	}
}

// FuzzDecodeCursor holds that no text makes DecodeCursor panic, and that a
// cursor it accepts holds only what PostgreSQL reads as the columns' types.
func FuzzDecodeCursor(f *testing.F) {
	var order []query.Order
	for _, x := range query.Orderable(thing(f))[:10] {
		order = append(order, query.Order{Field: x})
	}
	f.Add([]byte(`[null,null,null,null,null,null,null,null,null,null],1]`), 0)
	for i, o := range order {
		for _, v := range keys[o.Field.Kind.Name()] {
			quoted, err := json.Marshal(v)
			if err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(`[`+string(quoted)+`],1]`), i)
		}
	}
	f.Fuzz(func(t *testing.T, rest []byte, i int) {
		under := order
		if i >= 0 && i < len(order) {
			under = order[i : i+1]
		}
		for _, text := range []string{string(rest), base64.RawURLEncoding.EncodeToString(rest), forge(t, under, string(rest))} {
			c, err := query.DecodeCursor(under, text)
			if err != nil {
				continue
			}
			for k, v := range c.Values {
				if v != nil {
					checkPrinted(t, under[k].Field, *v)
				}
			}
		}
	})
}
