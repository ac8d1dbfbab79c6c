package plan_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// This part of the independent reading says what a search finds, in Go where the
// program has PostgreSQL do it.

// searches are texts that random searches are made of, besides parts of values.
var searches = []string{"dkh", "dakehu", "kehu", "kh", "cq", "chongqing", "zhongqing", "gangtie", "42", "0042", "钢", "钢铁", "户", "大户", "CAFE", "café", "ex st", "steel ex", "!!", "%", "Olga@acme", "m1"}

func (g *generator) search(f *form.Form) string {
	if g.IntN(2) == 0 {
		return ""
	}
	word := func() string {
		pool := searches
		if g.IntN(2) == 0 {
			pool = pools[[]string{"name", "code", "body"}[g.IntN(3)]]
		}
		s := []rune(pool[g.IntN(len(pool))])
		from := 0
		if g.IntN(3) == 0 {
			from = g.IntN(len(s))
		}
		return string(s[from : from+1+g.IntN(len(s)-from)])
	}
	if g.IntN(4) == 0 {
		return word() + " " + word()
	}
	return word()
}

func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isSign says whether a character is of a script without spaces.
func isSign(r rune) bool {
	return r == '々' || r == '〇' || r >= 'ぁ' && r <= 'ヿ' && r != '・' || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

func isLetter(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 0xbf && r < 0x2000 && r != '×' && r != '÷' || r >= 0x1f000 && r < 0x20000
}

// split are the words of a folded text, and the runs of its signs.
func split(folded string) (words, runs []string) {
	words = strings.FieldsFunc(folded, func(r rune) bool { return !isLetter(r) })
	runs = strings.FieldsFunc(folded, func(r rune) bool { return !isSign(r) })
	return words, runs
}

// pairs are the neighbours in a run of signs.
func pairs(run string) (out []string) {
	s := []rune(run)
	for i := 1; i < len(s); i++ {
		out = append(out, string(s[i-1:i+1]))
	}
	return out
}

// spoken are the syllables of a run from each of its signs on, whole and by their
// first letters.
func spoken(run string) (out []string) {
	whole, first := "", ""
	s := []rune(strings.ReplaceAll(run, "重庆", "崇庆")) // in a name that is no zhòng
	for i := len(s) - 1; i >= 0; i-- {
		p := pinyin.SinglePinyin(s[i], pinyin.NewArgs())[0]
		whole, first = p+whole, p[:1]+first
		out = append(out, whole, first)
	}
	return out
}

// found says whether all of a search stands in texts.
func found(search string, isTitle bool, texts ...string) bool {
	words, runs := split(fold(search))
	if len(words)+len(runs) == 0 {
		return false
	}
	begins := func(word string) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			have, signs := split(fold(text))
			for _, w := range have {
				have = append(have, strings.TrimLeft(w, "0"))
				if len(w) >= 7 && len(w) <= 15 && strings.Trim(w, "0123456789") == "" {
					for _, n := range []int{4, 8, 10, 11} {
						have = append(have, w[max(0, len(w)-n):])
					}
				}
			}
			if isTitle && text == texts[0] {
				for _, run := range signs {
					have = append(have, spoken(run)...)
				}
			}
			return slices.ContainsFunc(have, func(w string) bool { return strings.HasPrefix(w, word) })
		})
	}
	stands := func(signs string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(fold(text), signs) })
	}
	for _, w := range words {
		if !begins(w) {
			return false
		}
	}
	for _, run := range runs {
		if len([]rune(run)) == 1 && !stands(run) {
			return false
		}
		for _, p := range pairs(run) {
			if !stands(p) {
				return false
			}
		}
	}
	return true
}

// texts are what is searched of a record, the title first.
func (m *memory) texts(r *record) []string {
	title, _ := m.value(r, r.form.Title)
	out := []string{title}
	for _, x := range r.form.Own() {
		switch x.Kind.Name() {
		case "TEXT", "LONG_TEXT", "EMAIL", "PHONE":
			if v, ok := m.value(r, x); ok && x != r.form.Title {
				out = append(out, v)
			}
		}
	}
	return out
}

func (m *memory) found(search string, r *record) bool {
	return search == "" || found(search, true, m.texts(r)...)
}

// rank is how well a record is found.
func (m *memory) rank(search string, r *record) int {
	title := m.texts(r)[0]
	switch {
	case strings.HasPrefix(strings.ToLower(title), strings.ToLower(search)):
		return 2
	case found(search, true, title):
		return 1
	}
	return 0
}

// TestPinyin holds the program's table against the library that it is from.
func TestPinyin(t *testing.T) {
	o := orgtest.New(t)
	var got []sql.NullString
	if err := o.DB.Control.SelectContext(t.Context(), &got, `SELECT fieldwork_expr.pinyin(i) FROM generate_series(19967, 40960) i`); err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		want := pinyin.SinglePinyin(rune(19967+i), pinyin.NewArgs())
		in := i > 0 && i < len(got)-1 && len(want) > 0
		if in != p.Valid || in && p.String != want[0] {
			t.Fatalf("%c: %v, want %v", 19967+i, p, want)
		}
	}
}
