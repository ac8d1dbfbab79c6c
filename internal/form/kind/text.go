package kind

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is one line of text: names, codes, titles. It can be indexed and unique,
// so it is short: MaxText characters are at most MaxTextBytes bytes.
type Text struct{}

func (Text) Name() string       { return "TEXT" }
func (Text) Column() string     { return "text" }
func (Text) GraphQL() string    { return "String" }
func (Text) Filter() string     { return "TextFilter" }
func (Text) Form() Form         { return AsString }
func (Text) Settings() []string { return []string{"minLength", "maxLength", "pattern"} }
func (Text) Operators() []Op {
	return []Op{Eq, Ne, In, NotIn, IsNull, Lt, Lte, Gt, Gte, Between, Contains, StartsWith, EndsWith}
}

// Parse keeps inner and outer spaces of a text that has other characters too.
// Line breaks, tabs and other control characters are refused.
func (Text) Parse(raw any, s *Settings) (any, error) {
	v, ok, err := line(raw)
	if err != nil || !ok {
		return nil, err
	}
	return s.checkText(v, MaxText)
}

// LongText is text of any number of lines: notes, contents, results.
type LongText struct{}

func (LongText) Name() string       { return "LONG_TEXT" }
func (LongText) Column() string     { return "text" }
func (LongText) GraphQL() string    { return "String" }
func (LongText) Filter() string     { return "TextFilter" }
func (LongText) Form() Form         { return AsString }
func (LongText) Settings() []string { return []string{"minLength", "maxLength"} }
func (LongText) Operators() []Op    { return Text{}.Operators() }

// Parse ends lines with \n alone, as browsers send \r\n. Control characters
// other than the line break and the tab are refused.
func (LongText) Parse(raw any, s *Settings) (any, error) {
	if raw == nil {
		return nil, nil
	}
	v, ok, err := text(raw)
	if err != nil || !ok {
		return nil, err
	}
	v = strings.ReplaceAll(v, "\r\n", "\n")
	for _, r := range v {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return nil, invalid("text must not hold the control character %U", r)
		}
	}
	return s.checkText(v, MaxLongText)
}

// line reads one line of text, in NFC. Absent and blank input is not ok.
func line(raw any) (string, bool, error) {
	if raw == nil {
		return "", false, nil
	}
	v, ok, err := text(raw)
	if err != nil || !ok {
		return "", false, err
	}
	for _, r := range v {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return "", false, invalid("must be one line of text")
		case unicode.IsControl(r):
			return "", false, invalid("text must not hold the control character %U", r)
		}
	}
	return v, true, nil
}

// checkText holds a text to the field's limits, and to a limit of the kind.
func (s *Settings) checkText(v string, limit int) (any, error) {
	n := utf8.RuneCountInString(v)
	if s.MaxLength != nil && *s.MaxLength < limit {
		limit = *s.MaxLength
	}
	if n > limit {
		return nil, invalid("must be at most %d characters long, is %d", limit, n)
	}
	if s.MinLength != nil && n < *s.MinLength {
		return nil, invalid("must be at least %d characters long, is %d", *s.MinLength, n)
	}
	if s.Pattern != "" {
		re, err := regexp.Compile(s.Pattern) // checked when the field was defined
		if err != nil {
			return nil, err
		}
		if !re.MatchString(v) {
			return nil, invalid("does not have the form that is asked for (%s)", s.Pattern)
		}
	}
	return v, nil
}
