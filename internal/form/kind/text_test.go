package kind_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fieldwork/internal/form/kind"
)

func TestText(t *testing.T) {
	checkParse(t, kind.Text{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank is absent", raw: " \t", want: nil},
		{name: "ideographic space is blank too", raw: "\u3000", want: nil},
		{name: "outer spaces of a text are kept", raw: " a ", want: " a "},
		{name: "an accent written apart is written together", raw: "Cafe\u0301", want: "Caf\u00e9"},
		{name: "Chinese and emoji", raw: "客户🏭", want: "客户🏭"},
		{name: "what looks like NULL is text", raw: "NULL", want: "NULL"},
		{name: "500 characters of four bytes", raw: strings.Repeat("🏭", 500), want: strings.Repeat("🏭", 500)},
		{name: "501 characters", raw: strings.Repeat("a", 501), bad: "must be at most 500 characters long, is 501"},
		{name: "the field's own limit", raw: "客户名", set: kind.Settings{MaxLength: ptr(2)}, bad: "must be at most 2 characters long, is 3"},
		{name: "a field cannot lift the limit", raw: strings.Repeat("a", 501), set: kind.Settings{MaxLength: ptr(900)}, bad: "must be at most 500 characters long, is 501"},
		{name: "characters are counted when they are together", raw: "e\u0301", set: kind.Settings{MaxLength: ptr(1)}, want: "\u00e9"},
		{name: "too short", raw: "a", set: kind.Settings{MinLength: ptr(2)}, bad: "must be at least 2 characters long, is 1"},
		{name: "the pattern matches", raw: "A-1", set: kind.Settings{Pattern: `^[A-Z]-\d$`}, want: "A-1"},
		{name: "the pattern does not match", raw: "a", set: kind.Settings{Pattern: `^\d+$`}, bad: `does not have the form that is asked for (^\d+$)`},
		{name: "empty does not have to match", raw: "", set: kind.Settings{Pattern: `^\d+$`, MinLength: ptr(3)}, want: nil},
		{name: "number", raw: 5, bad: "expected text, got a number"},
		{name: "list", raw: []any{"a"}, bad: "expected text, got a list"},
		{name: "object", raw: map[string]any{}, bad: "expected text, got an object"},
		{name: "boolean", raw: false, bad: "expected text, got a boolean"},
		{name: "the character NUL", raw: "a\x00", bad: "text must not hold the character U+0000"},
		{name: "two lines", raw: "a\nb", bad: "must be one line of text"},
		{name: "a line break at the end", raw: "a\r\n", bad: "must be one line of text"},
		{name: "the line separator of Unicode", raw: "a\u2028b", bad: "must be one line of text"},
		{name: "a tab", raw: "a\tb", bad: "text must not hold the control character U+0009"},
		{name: "a bell", raw: "a\ab", bad: "text must not hold the control character U+0007"},
		{name: "delete", raw: "a\x7f", bad: "text must not hold the control character U+007F"},
		{name: "a control character of the second set", raw: "a\u009b", bad: "text must not hold the control character U+009B"},
		{name: "joined emoji", raw: "👩\u200d🏭", want: "👩\u200d🏭"},
		{name: "bytes that are no text", raw: "a\xff", bad: "text is not valid UTF-8"},
	})
}

func TestLongText(t *testing.T) {
	checkParse(t, kind.LongText{}, []parseCase{
		{name: "lines", raw: "a\nb", want: "a\nb"},
		{name: "lines of Windows", raw: "a\r\nb\r\n", want: "a\nb\n"},
		{name: "a tab", raw: "a\tb", want: "a\tb"},
		{name: "a carriage return alone", raw: "a\rb", bad: "text must not hold the control character U+000D"},
		{name: "an escape", raw: "\x1b[31mred", bad: "text must not hold the control character U+001B"},
		{name: "a line of Windows counts once", raw: "a\r\nb", set: kind.Settings{MaxLength: ptr(3)}, want: "a\nb"},
		{name: "100,000 characters", raw: strings.Repeat("长", 100_000), want: strings.Repeat("长", 100_000)},
		{name: "one more", raw: strings.Repeat("长", 100_001), bad: "must be at most 100000 characters long, is 100001"},
		{name: "the field's own limit", raw: "abc", set: kind.Settings{MaxLength: ptr(2)}, bad: "must be at most 2 characters long, is 3"},
		{name: "the character NUL", raw: "\x00", bad: "text must not hold the character U+0000"},
	})
}

// TestPatternsTakeLinearTime is SEC-33: what would hang a backtracking engine.
func TestPatternsTakeLinearTime(t *testing.T) {
	for _, p := range []string{`^(a+)+$`, `^(.*)*x$`, `^(a|a)*$`} {
		if _, err := (kind.Text{}).Parse(strings.Repeat("a", 499)+"!", &kind.Settings{Pattern: p}); err == nil {
			t.Errorf("%s matched", p)
		}
	}
}

// FuzzText holds that what was parsed is stored as it is: parsing changes it no
// more, and PostgreSQL has nothing to refuse.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", " ", "a", "e\u0301", "\u1100\u1161\u11a8", "a" + strings.Repeat("\u0300", 40), "\x00", "\xff", "\u2028", "客户"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := kind.Text{}.Parse(s, &kind.Settings{})
		if err != nil || v == nil {
			return
		}
		text := v.(string)
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > kind.MaxText || len(text) > kind.MaxTextBytes || strings.ContainsAny(text, "\r\n\t\u2028") {
			t.Fatalf("%q was parsed to %q", s, text)
		}
		if again, err := (kind.Text{}).Parse(text, &kind.Settings{}); err != nil || again != v {
			t.Fatalf("%q parses to %q and then to %v, %v", s, text, again, err)
		}
	})
}
