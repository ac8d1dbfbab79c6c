package kind_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"fieldwork/internal/form/kind"
)

func TestEmail(t *testing.T) {
	var tests []parseCase
	for name, s := range map[string]string{"no at": "mei.example.com", "two ats": "a@b@example.com", "nothing before": "@example.com", "nothing after": "mei@", "one label": "root@localhost",
		"a blank inside": "mei wang@example.com", "a blank in the domain": "mei@exam ple.com", "a name around": "Mei <mei@example.com>", "two addresses": "a@example.com,b@example.com", "quoted": `"mei"@example.com`,
		"empty label": "mei@example..com", "point at the end": "mei@example.com.", "hyphen at the start of a label": "mei@-example.com", "underscore in the domain": "mei@ex_ample.com", "address of a machine": "mei@127.0.0.1",
		"bracketed": "mei@[127.0.0.1]", "point first": ".mei@example.com", "two points": "me..i@example.com", "point before the at": "mei.@example.com", "full-width at": "mei＠example.com", "emoji": "🏭@example.com",
		"no space that can be seen": "mei\u200b@example.com", "ideographic point": "mei@例子。中国", "only a point after": "mei@.", "soft hyphen": "mei@exam\u00adple.com"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: strconv.Quote(s) + " is not an e-mail address such as mei@example.com"})
	}
	long := strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 61)+".", 3) + "com"
	checkParse(t, kind.Email{}, append(tests, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "spaces around", raw: " mei@example.com\u3000", want: "mei@example.com"},
		{name: "lower case on both sides", raw: "Mei.Wang@Example.COM", want: "mei.wang@example.com"},
		{name: "all that may stand in a name", raw: "a!#$%&'*+-/=?^_`{|}~b@example.com", want: "a!#$%&'*+-/=?^_`{|}~b@example.com"},
		{name: "a domain of another script", raw: "客户@例子.中国", want: "客户@例子.中国"},
		{name: "an accent written apart", raw: "rene\u0301@example.com", want: "ren\u00e9@example.com"},
		{name: "254 bytes", raw: long, want: long},
		{name: "255 bytes", raw: long + "a", bad: "must be at most 254 bytes long, is 255"},
		{name: "65 bytes of name", raw: strings.Repeat("a", 65) + "@example.com", bad: `"` + strings.Repeat("a", 40) + `…" is not an e-mail address such as mei@example.com`},
		{name: "a line break inside", raw: "mei@example.com\nBcc: all@example.com", bad: "must be one line of text"},
		{name: "a control character", raw: "mei@exam\x01ple.com", bad: "text must not hold the control character U+0001"},
		{name: "number", raw: 5, bad: "expected text, got a number"},
	}...))
}

// FuzzEmail holds that an address is one line of bounded length without blanks
// or capitals, with one @, and stays as it is when it is parsed again.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"", "mei@example.com", "İ@İ.com", "ǅ@ß.de", "a@b@c.d", "@", "e\u0301@E\u0301.fr", "a@" + strings.Repeat("İ.", 60) + "com", "\u1e9e@ﬀ.com", "Σ@ΑΣ.gr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, ok := again(t, kind.Email{}, s)
		if ok && (len(text) > kind.MaxEmailBytes || strings.Count(text, "@") != 1 || strings.ContainsAny(text, " \t\r\n<>,;\"") || !utf8.ValidString(text)) {
			t.Fatalf("%q was parsed to %q", s, text)
		}
	})
}

// again parses an input, and what came of it once more: it must be the same.
func again(t *testing.T, k kind.Kind, raw any) (string, bool) {
	t.Helper()
	v, err := k.Parse(raw, &usual)
	if err != nil || v == nil {
		return "", false
	}
	text := v.(string)
	back := any(text)
	if k.Form() == kind.AsIs || k.Form() == kind.AsObject {
		back = decoded(text)
	}
	if w, err := k.Parse(back, &usual); err != nil || w != v {
		t.Fatalf("%s of %q is %q and then %v, %v", k.Name(), raw, text, w, err)
	}
	return text, true
}
