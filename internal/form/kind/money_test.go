package kind_test

import (
	"encoding/json"
	"testing"

	"fieldwork/internal/form/kind"
)

func TestPercent(t *testing.T) {
	checkParse(t, kind.Percent{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "12.5 is 12.5 %", raw: json.Number("12.5"), want: "12.5"},
		{name: "more than all", raw: "250", want: "250"},
		{name: "the sign is for cells", raw: "12.5%", bad: `"12.5%" is not a number`},
		{name: "scale", raw: "12.55", set: kind.Settings{Scale: ptr(1)}, bad: "must have at most 1 digits after the point"},
		{name: "minimum", raw: "-1", set: kind.Settings{Min: "0"}, bad: "must be at least 0"},
		{name: "maximum", raw: "100.1", set: kind.Settings{Max: "100"}, bad: "must be at most 100"},
		{name: "boolean", raw: true, bad: "expected a number, got a boolean"},
	})
}

func TestMoney(t *testing.T) {
	checkParse(t, kind.Money{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "nothing is an amount", raw: json.Number("0"), want: "0"},
		{name: "exact", raw: "90071992547409930.10", want: "90071992547409930.10"},
		{name: "two digits after the point unless the field says otherwise", raw: "0.001", bad: "must have at most 2 digits after the point"},
		{name: "zeros beyond say nothing", raw: "0.1000", want: "0.1"},
		{name: "a currency with three", raw: "0.001", set: kind.Settings{Scale: ptr(3), Currency: "KWD"}, want: "0.001"},
		{name: "a currency with none", raw: "0.5", set: kind.Settings{Scale: ptr(0), Currency: "JPY"}, bad: "must have at most 0 digits after the point"},
		{name: "minimum", raw: "-0.01", set: kind.Settings{Min: "0"}, bad: "must be at least 0"},
		{name: "the sign is for cells", raw: "¥5", bad: `"¥5" is not a number`},
		{name: "an object", raw: map[string]any{"amount": "5"}, bad: "expected a number, got an object"},
	})
}

func TestCodes(t *testing.T) {
	for code, want := range map[string]bool{"CNY": true, "EUR": true, "JPY": true, "XCG": true, "cny": false, "DEM": false, "XAU": false, "XXX": false, "": false, "   ": false, "Y C": false, "CNYEUR": false} {
		if got := kind.IsCurrency(code); got != want {
			t.Errorf("%q is a currency: %t", code, got)
		}
	}
	for code, want := range map[string]bool{"CN": true, "DE": true, "TW": true, "GB": true, "cn": false, "UK": false, "SU": false, "XK": false, "": false, "  ": false, "CHN": false} {
		if got := kind.IsCountry(code); got != want {
			t.Errorf("%q is a country: %t", code, got)
		}
	}
}
