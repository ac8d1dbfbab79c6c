package expr

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

type kind int

const (
	end    kind = iota
	word        // a name or a keyword
	quoted      // a name in backquotes, never a keyword
	number
	text // with escapes resolved
	sign
)

type token struct {
	kind kind
	pos  int
	text string
}

// String is the token in a message.
func (t token) String() string {
	switch t.kind {
	case end:
		return "the end"
	case text:
		return fmt.Sprintf("the text %q", fault.Clip(t.text))
	}
	return fault.Clip(t.text)
}

var (
	signs  = []string{"==", "!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "&", "(", ")", ",", ".", ":"}
	spoken = map[string]string{"==": "=", "<>": "!="} // one spelling each from here on
)

// lex cuts a text into tokens, of which the last is an end.
func lex(src string) ([]token, *Error) {
	var out []token
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRuneInString(src[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t, n, problem := scan(src[i:], r)
		if problem != "" {
			return nil, errorAt(src, i, "%s", problem)
		}
		t.pos = i
		out = append(out, t)
		i += n
	}
	return append(out, token{kind: end, pos: len(src)}), nil
}

// scan reads the token that s starts with, and says how long it is.
func scan(s string, r rune) (t token, n int, problem string) {
	switch {
	case starts(r):
		n = len(s) - len(strings.TrimLeftFunc(s, continues))
		return token{kind: word, text: s[:n]}, n, ""
	case r == '`':
		n = strings.IndexByte(s[1:], '`')
		if n < 1 {
			return t, 0, "a name in backquotes is not closed or empty"
		}
		return token{kind: quoted, text: s[1 : n+1]}, n + 2, ""
	case r == '"' || r == '\'':
		return scanText(s)
	case r >= '0' && r <= '9':
		return scanNumber(s)
	}
	for _, x := range signs {
		if strings.HasPrefix(s, x) {
			t = token{kind: sign, text: x}
			if y, ok := spoken[x]; ok {
				t.text = y
			}
			return t, len(x), ""
		}
	}
	return t, 0, fmt.Sprintf("unexpected character %q%s", r, instead(r))
}

func starts(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func continues(r rune) bool {
	return starts(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// instead is the advice for a character of another keyboard or language.
func instead(r rune) string {
	switch {
	case r == '!':
		return "; write not"
	case r == '|':
		return "; write or"
	case strings.ContainsRune("“”„‘’「」", r):
		return `; write "`
	case r == '×':
		return "; write *"
	case r == '÷':
		return "; write /"
	case r > 0xFF00 && r < 0xFF5F: // the full-width forms of ASCII
		return "; write " + string(r-0xFEE0)
	}
	return ""
}

func scanText(s string) (t token, n int, problem string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return token{kind: text, text: b.String()}, i + 1, ""
		case s[i] != '\\':
			b.WriteByte(s[i])
		case i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '"', '\'', '\\':
				b.WriteByte(s[i])
			default:
				return t, 0, `in a text a backslash goes before ", ', n or another backslash only`
			}
		}
	}
	return t, 0, "a text is not closed"
}

// scanNumber reads a decimal. Its text comes without leading zeros.
func scanNumber(s string) (t token, n int, problem string) {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	n = digits(0)
	whole, scale := strings.TrimLeft(s[:n], "0"), 0
	if whole == "" {
		whole = "0"
	}
	value := whole
	if n < len(s) && s[n] == '.' {
		point := n
		n = digits(n + 1)
		if scale = n - point - 1; scale == 0 {
			return t, 0, "expected digits after the point of a number"
		}
		value += s[point:n]
	}
	if next, _ := utf8.DecodeRuneInString(s[n:]); n < len(s) && continues(next) {
		if next == 'e' || next == 'E' {
			return t, 0, "a number is written without an exponent"
		}
		return t, 0, "a number and a name need a space or an operator between them"
	}
	if scale > MaxScale || len(whole)+scale > MaxDigits {
		return t, 0, fmt.Sprintf("a number has at most %d digits, %d of them after the point", MaxDigits, MaxScale)
	}
	return token{kind: number, text: value}, n, ""
}
