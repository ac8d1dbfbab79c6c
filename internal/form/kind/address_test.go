package kind_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

func TestAddress(t *testing.T) {
	checkParse(t, kind.Address{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "no parts", raw: obj{}, want: nil},
		{name: "only blank parts", raw: obj{"city": " ", "street": nil}, want: nil},
		{name: "parts in their order, without outer spaces", raw: obj{"street": " 世纪大道 1 号 ", "city": "上海市", "country": "cn"}, want: `{"country":"CN","city":"上海市","street":"世纪大道 1 号"}`},
		{name: "quotes", raw: obj{"street": `"A"\B`}, want: `{"street":"\"A\"\\B"}`},
		{name: "no country of that code", raw: obj{"country": "UK"}, bad: `country: "UK" is not the two-letter code of a country such as CN`},
		{name: "the name of a country", raw: obj{"country": "China"}, bad: `country: "CHINA" is not the two-letter code of a country such as CN`},
		{name: "unknown key", raw: obj{"city": "Bonn", "zip": "53113"}, bad: "must have no other keys than country, province, city, district, street, postcode"},
		{name: "unknown key without a value", raw: obj{"zip": nil}, bad: "must have no other keys than country, province, city, district, street, postcode"},
		{name: "a number for a text", raw: obj{"postcode": json.Number("53113")}, bad: "postcode: expected text, got a number"},
		{name: "two lines", raw: obj{"street": "a\nb"}, bad: "street: must be one line of text"},
		{name: "200 characters", raw: obj{"city": strings.Repeat("市", 200)}, want: `{"city":"` + strings.Repeat("市", 200) + `"}`},
		{name: "201 characters", raw: obj{"city": strings.Repeat("市", 201)}, bad: "city: must be at most 200 characters long, is 201"},
		{name: "a text", raw: "Bonn", bad: "expected an object of country, province, city, district, street, postcode, got text"},
	})
	_, err := kind.Address{}.Parse(obj{"city": 5}, &kind.Settings{})
	if f, ok := errors.AsType[*fault.Fault](err); !ok || len(f.Path) != 1 || f.Path[0] != "city" {
		t.Errorf("the path of %v is not the part", err)
	}
}

// FuzzAddress holds that addresses and locations are JSON that reads back, with
// none but the known keys.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{`{"city":"Bonn"}`, `{"country":"cn"}`, `{"latitude":1,"longitude":2}`, `{"street":"\u0085"}`, `{"city":"e\u0301"}`, `{"latitude":"1e-8","longitude":-0.0,"label":"\u2028"}`, `null`, `{"city":"\ud800"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range []kind.Kind{kind.Address{}, kind.Location{}} {
			text, ok := again(t, k, decoded(s))
			if !ok {
				continue
			}
			o, ok := decoded(text).(map[string]any)
			for _, name := range kind.Parts(k) {
				delete(o, name)
			}
			if !ok || len(o) > 0 || !utf8.ValidString(text) {
				t.Fatalf("%s of %s is %s", k.Name(), s, text)
			}
		}
	})
}
