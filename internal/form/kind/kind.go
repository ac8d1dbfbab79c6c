// Package kind holds the kinds of fields: what a kind's column is in
// PostgreSQL, what it is in GraphQL, how a value is read, checked and printed,
// and which operators it can be filtered by.
//
// One file per kind. A value is text on its way through Go: exactly the text
// that PostgreSQL takes for the column's type ("12.50", "2026-01-31", "true"),
// or nil for empty, which is never a zero value. It becomes JSON by its kind's
// Form only when it is written to an answer.
//
//	v, err := kind.Decimal{}.Parse("1200000.50", settings) // "1200000.50"
//
// It knows values, not fields, tables or organisations, and does no I/O.
package kind

import (
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"

	"golang.org/x/text/unicode/norm"
)

// Kind is one kind of field. The set is closed: All lists it.
type Kind interface {
	// Name is the kind's name in the API and in the metadata.
	Name() string
	// Column is the type of its column; "" for kinds that have none.
	Column() string
	// GraphQL is the scalar of its value in the typed face; "" for kinds whose
	// type depends on the field (CHOICE, MEMBER, REFERENCE, CHILDREN).
	GraphQL() string
	// Filter is the input type of its operators in the typed face; "" as above.
	Filter() string
	// Form says how the column's text becomes JSON.
	Form() Form
	// Operators are the operators that filters on the kind take.
	Operators() []Op
	// Settings names the settings that fields of the kind may have.
	Settings() []string
	// Parse turns a decoded JSON value into the column's text. Empty input is
	// (nil, nil). A bad value is a fault INVALID without a path.
	Parse(raw any, s *Settings) (any, error)
}

// All lists every kind. Reading it is reading the whole list.
func All() []Kind {
	return []Kind{Text{}, LongText{}, Integer{}, Decimal{}, Boolean{}, Date{}, DateTime{}, Choice{}, Member{}, Reference{}, Children{}}
}

// ByName returns the kind of that name, nil if there is none.
func ByName(name string) Kind {
	for _, k := range All() {
		if k.Name() == name {
			return k
		}
	}
	return nil
}

// Form is how the text of a value becomes JSON.
type Form int

// The forms.
const (
	AsString   Form = iota // quoted and escaped
	AsIs                   // already JSON: numbers and booleans
	AsDateTime             // PostgreSQL's timestamptz in UTC, to RFC 3339
	AsOption               // the key of an option, to the enum value of the typed face
	AsRecord               // the number of a record, to its id
)

// Op is an operator of a filter, spelled as clients spell it.
type Op string

// The operators.
const (
	Eq         Op = "eq"
	Ne         Op = "ne"
	In         Op = "in"
	NotIn      Op = "notIn"
	IsNull     Op = "isNull"
	Lt         Op = "lt"
	Lte        Op = "lte"
	Gt         Op = "gt"
	Gte        Op = "gte"
	Between    Op = "between"
	Contains   Op = "contains"
	StartsWith Op = "startsWith"
	EndsWith   Op = "endsWith"
	During     Op = "during"
)

var (
	equality = []Op{Eq, Ne, In, NotIn, IsNull}
	ordered  = []Op{Eq, Ne, In, NotIn, IsNull, Lt, Lte, Gt, Gte, Between}
)

// Settings are what a field adds to its kind. Which of them a kind takes, its
// method Settings says; the rest stay at their zero value.
type Settings struct {
	MinLength *int   `json:"minLength,omitempty" yaml:"minLength"` // characters
	MaxLength *int   `json:"maxLength,omitempty" yaml:"maxLength"` // characters
	Pattern   string `json:"pattern,omitempty" yaml:"pattern"`     // RE2; a value must contain a match
	Min       string `json:"min,omitempty" yaml:"min"`             // in the kind's own text
	Max       string `json:"max,omitempty" yaml:"max"`
	Scale     *int   `json:"scale,omitempty" yaml:"scale"`       // digits after the point
	To        string `json:"to,omitempty" yaml:"to"`             // key of the form referred to
	OnDelete  string `json:"onDelete,omitempty" yaml:"onDelete"` // RESTRICT, CLEAR or CASCADE
	Inverse   string `json:"inverse,omitempty" yaml:"inverse"`   // key of the CHILDREN field on the other side
	Via       string `json:"via,omitempty" yaml:"via"`           // CHILDREN: key of the reference on the child

	Options []Option `json:"-" yaml:"-"` // CHOICE
}

// Option is one value of a choice.
type Option struct {
	Key      string
	Enum     string // its name in the typed face: the key in upper case
	Archived bool
}

// Option returns the option of that key or enum name.
func (s *Settings) Option(name string) (Option, bool) {
	for _, o := range s.Options {
		if o.Key == name || o.Enum == name {
			return o, true
		}
	}
	return Option{}, false
}

// Limits of values, whatever a field's settings say.
const (
	MaxText     = 500     // characters of a TEXT: an index entry must fit 2.7 kB
	MaxLongText = 100_000 // characters of a LONG_TEXT
	MaxInteger  = 1<<53 - 1
	MaxDigits   = 38 // of a DECIMAL, in all
	MaxScale    = 12
)

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// text reads a string and makes it Normal. Blank input is empty.
func text(raw any) (string, bool, error) {
	s, ok := raw.(string)
	if !ok {
		return "", false, invalid("expected text, got %s", describe(raw))
	}
	if strings.TrimSpace(s) == "" {
		return "", false, nil
	}
	s, err := Normal(s)
	return s, err == nil, err
}

// Normal returns text as it is stored, normalised to NFC, so that equal words
// are equal bytes. It refuses what CheckText refuses.
func Normal(s string) (string, error) {
	if err := CheckText(s); err != nil {
		return "", err
	}
	return norm.NFC.String(s), nil
}

// CheckText refuses what PostgreSQL cannot hold as text.
func CheckText(s string) error {
	if !utf8.ValidString(s) {
		return invalid("text is not valid UTF-8")
	}
	if strings.IndexByte(s, 0) >= 0 {
		return invalid("text must not hold the character U+0000")
	}
	return nil
}

// describe names the type of a decoded JSON value for a message.
func describe(raw any) string {
	switch raw.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
