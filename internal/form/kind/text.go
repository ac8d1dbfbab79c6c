package kind

import (
	"regexp"
	"unicode/utf8"
)

// Text is one line of text: names, codes, titles. It can be indexed and unique,
// so it is short.
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
func (Text) Parse(raw any, s *Settings) (any, error) { return parseText(raw, s, MaxText) }

// LongText is text of any number of lines: notes, contents, results.
type LongText struct{}

func (LongText) Name() string       { return "LONG_TEXT" }
func (LongText) Column() string     { return "text" }
func (LongText) GraphQL() string    { return "String" }
func (LongText) Filter() string     { return "TextFilter" }
func (LongText) Form() Form         { return AsString }
func (LongText) Settings() []string { return []string{"minLength", "maxLength"} }
func (LongText) Operators() []Op    { return Text{}.Operators() }

// Parse is Text's with a higher limit.
func (LongText) Parse(raw any, s *Settings) (any, error) { return parseText(raw, s, MaxLongText) }

func parseText(raw any, s *Settings, limit int) (any, error) {
	if raw == nil {
		return nil, nil
	}
	v, ok, err := text(raw)
	if err != nil || !ok {
		return nil, err
	}
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
