package kind

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fieldwork/internal/fault"

	"golang.org/x/text/unicode/norm"
)

// Email is one address of electronic mail, in lower case, so that the same
// address is the same text. Letters of any script may stand on both sides.
type Email struct{}

func (Email) Name() string       { return "EMAIL" }
func (Email) Column() string     { return "text" }
func (Email) GraphQL() string    { return "String" }
func (Email) Filter() string     { return "TextFilter" }
func (Email) Form() Form         { return AsString }
func (Email) Operators() []Op    { return Text{}.Operators() }
func (Email) Settings() []string { return nil }

// Parse checks the shape of an address, not that there is a mailbox: something
// before the one @, and after it a domain of two labels or more. Quoted names
// and addresses of machines, which nobody types, are refused.
func (Email) Parse(raw any, _ *Settings) (any, error) {
	v, ok, err := line(raw)
	if err != nil || !ok {
		return nil, err
	}
	typed := strings.TrimSpace(v)
	v = lower(typed)
	if len(v) > MaxEmailBytes {
		return nil, invalid("must be at most %d bytes long, is %d", MaxEmailBytes, len(v))
	}
	name, domain, _ := strings.Cut(v, "@")
	labels := strings.Count(domain, ".") + 1
	if !mailbox(name) || !isDomain(domain) || labels < 2 || digitsOnly(domain[strings.LastIndexByte(domain, '.')+1:]) {
		return nil, invalid("%q is not an e-mail address such as mei@example.com", fault.Clip(typed))
	}
	return v, nil
}

// mailbox tells whether s can stand before the @: words with points between.
func mailbox(s string) bool {
	if len(s) > 64 || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		if !wordRune(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r) {
			return false
		}
	}
	return s != ""
}

// isDomain tells whether s is a name of a host: labels of letters, digits and
// inner hyphens with points between.
func isDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 && isASCII(label) || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !wordRune(r) && r != '-' {
				return false
			}
		}
	}
	return true
}

// wordRune tells letters and digits of any script, and the marks upon them.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func digitsOnly(s string) bool { return strings.Trim(s, "0123456789") == "" }

// lower is lower case that stays as it is when it is made lower again.
func lower(s string) string { return norm.NFC.String(strings.ToLower(s)) }
