package kind_test

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"fieldwork/internal/form/kind"

	"github.com/cockroachdb/apd/v3"
)

func TestInteger(t *testing.T) {
	const range53 = "must lie between -9007199254740991 and 9007199254740991"
	checkParse(t, kind.Integer{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank cell is absent, not zero", raw: "  ", want: nil},
		{name: "zero is a value", raw: json.Number("0"), want: "0"},
		{name: "minus zero is zero", raw: json.Number("-0"), want: "0"},
		{name: "text", raw: " 42 ", want: "42"},
		{name: "leading zeros", raw: "007", want: "7"},
		{name: "a fraction of nothing", raw: json.Number("5.0"), want: "5"},
		{name: "power of ten", raw: json.Number("5e3"), want: "5000"},
		{name: "from a variable's default", raw: 5.0, want: "5"},
		{name: "fraction", raw: json.Number("5.5"), bad: "must be a whole number"},
		{name: "small fraction", raw: "5e-1", bad: "must be a whole number"},
		{name: "2^53 - 1", raw: json.Number("9007199254740991"), want: "9007199254740991"},
		{name: "2^53", raw: json.Number("9007199254740992"), bad: range53},
		{name: "2^63", raw: json.Number("9223372036854775808"), bad: range53},
		{name: "-2^63", raw: json.Number("-9223372036854775808"), bad: range53},
		{name: "1e100", raw: json.Number("1e100"), bad: range53},
		{name: "1e131071", raw: json.Number("1e131071"), bad: `"1e131071" is not a number`},
		{name: "1e99999999999", raw: json.Number("1e99999999999"), bad: `"1e99999999999" is not a number`},
		{name: "below the field's minimum", raw: "-1", set: kind.Settings{Min: "0"}, bad: "must be at least 0"},
		{name: "above the field's maximum", raw: "11", set: kind.Settings{Max: "10"}, bad: "must be at most 10"},
		{name: "at the ends of the range", raw: "10", set: kind.Settings{Min: "10", Max: "10"}, want: "10"},
		{name: "words", raw: "about 5", bad: `"about 5" is not a number`},
		{name: "boolean", raw: true, bad: "expected a number, got a boolean"},
	})
}

func TestDecimal(t *testing.T) {
	const digits = "must have at most 38 digits"
	checkParse(t, kind.Decimal{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank cell is absent, not zero", raw: "  ", want: nil},
		{name: "zero is a value", raw: json.Number("0"), want: "0"},
		{name: "minus zero is zero", raw: "-0.00", want: "0.00"},
		{name: "zero with a power is zero", raw: "0e50", want: "0"},
		{name: "trailing zero kept", raw: "0.10", want: "0.10"},
		{name: "plain notation", raw: json.Number("1.2e3"), want: "1200"},
		{name: "small power", raw: json.Number("1e-12"), want: "0.000000000001"},
		{name: "no digit before the point", raw: ".5", want: "0.5"},
		{name: "twelve digits after the point", raw: "1.123456789012", want: "1.123456789012"},
		{name: "thirteen digits after the point", raw: "1.1234567890123", bad: "must have at most 12 digits after the point"},
		{name: "zeros beyond the scale are no digits", raw: "1.500", set: kind.Settings{Scale: ptr(1)}, want: "1.5"},
		{name: "beyond the field's scale", raw: "1.55", set: kind.Settings{Scale: ptr(1)}, bad: "must have at most 1 digits after the point"},
		{name: "whole amounts only", raw: "1.00", set: kind.Settings{Scale: ptr(0)}, want: "1"},
		{name: "38 digits", raw: strings.Repeat("9", 38), want: strings.Repeat("9", 38)},
		{name: "39 digits", raw: strings.Repeat("9", 39), bad: digits},
		{name: "38 digits by a power", raw: "1e37", want: "1" + strings.Repeat("0", 37)},
		{name: "39 digits by a power", raw: "1e38", bad: digits},
		{name: "200 digits", raw: strings.Repeat("9", 200), bad: "is too long for a number"},
		{name: "1e131071", raw: json.Number("1e131071"), bad: `"1e131071" is not a number`},
		{name: "1e99999", raw: json.Number("1e99999"), bad: digits},
		{name: "1e-16383", raw: json.Number("1e-16383"), bad: digits},
		{name: "NaN", raw: "NaN", bad: `"NaN" is not a number`},
		{name: "a NaN that is a float", raw: math.NaN(), bad: `"NaN" is not a number`},
		{name: "Infinity", raw: "-Infinity", bad: `"-Infinity" is not a number`},
		{name: "an infinity that is a float", raw: math.Inf(1), bad: `"+Inf" is not a number`},
		{name: "a large float", raw: 1e300, bad: "is too long for a number"},
		{name: "thousands separator", raw: "1,200", bad: `"1,200" is not a number`},
		{name: "hexadecimal", raw: "0x10", bad: `"0x10" is not a number`},
		{name: "underscores", raw: "1_000", bad: `"1_000" is not a number`},
		{name: "digits of another script", raw: "١٢", bad: `"١٢" is not a number`},
		{name: "full-width digits", raw: "１２", bad: `"１２" is not a number`},
		{name: "only a sign", raw: "-", bad: `"-" is not a number`},
		{name: "only a point", raw: ".", bad: `"." is not a number`},
		{name: "only a power", raw: "e5", bad: `"e5" is not a number`},
		{name: "two points", raw: "1.2.3", bad: `"1.2.3" is not a number`},
		{name: "two signs", raw: "--1", bad: `"--1" is not a number`},
		{name: "space inside", raw: "1 2", bad: `"1 2" is not a number`},
		{name: "below the field's minimum", raw: "-0.01", set: kind.Settings{Min: "0"}, bad: "must be at least 0"},
		{name: "above the field's maximum", raw: "100.01", set: kind.Settings{Max: "100"}, bad: "must be at most 100"},
		{name: "list", raw: []any{json.Number("1")}, bad: "expected a number, got a list"},
	})
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// FuzzNumber holds that a parsed number is plain decimal notation of the value
// that came in, within the digits that PostgreSQL and our answers can bear.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"", "0", "-0", "1e5", "1e131071", "1e-16383", "NaN", "Infinity", "9223372036854775808", "0.10", ".5", "5.", "+", "1e", "00.00e-2", "1e+05", strings.Repeat("9", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range []kind.Kind{kind.Integer{}, kind.Decimal{}} {
			v, err := k.Parse(s, &kind.Settings{})
			if err != nil || v == nil {
				continue
			}
			text := v.(string)
			if !plainNumber.MatchString(text) || text == "-0" {
				t.Fatalf("%s of %q is %q", k.Name(), s, text)
			}
			whole, after, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
			if len(whole)+len(after) > kind.MaxDigits+1 || len(after) > kind.MaxScale || k.Name() == "INTEGER" && after != "" {
				t.Fatalf("%s of %q is %q, too many digits", k.Name(), s, text)
			}
			in, _, err1 := apd.NewFromString(strings.TrimSpace(s))
			out, _, err2 := apd.NewFromString(text)
			if err1 != nil || err2 != nil || in.Cmp(out) != 0 {
				t.Fatalf("%s of %q is %q, another number (%v, %v)", k.Name(), s, text, err1, err2)
			}
			if again, err := k.Parse(text, &kind.Settings{}); err != nil || again != v {
				t.Fatalf("%s of %q is %q and then %v, %v", k.Name(), s, text, again, err)
			}
		}
	})
}
