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
// Two other texts are read and written here: cells of spreadsheets (ParseText,
// PrintText), and columns of fields that change their kind (ConvertValue).
//
// It knows values, not fields, tables or organisations, and does no I/O. It is
// long because there are thirty kinds and each is whole in its own file.
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
	// Column is the type of its column; "" for kinds that have none: those kept
	// in link tables (IsLinks, IsFiles), computed ones and CHILDREN.
	Column() string
	// GraphQL is the scalar of its value in the typed face; "" for kinds whose
	// type depends on the field (choices, references, computed kinds) or is a
	// list (ATTACHMENT).
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
	// (nil, nil). A bad value is a fault INVALID without a path, or with the key
	// at fault when the value is an object. Kinds that have no column give what
	// their link tables hold, as the text of a bigint[]; kinds whose values
	// nobody sets refuse every input, null too.
	Parse(raw any, s *Settings) (any, error)
}

// All lists every kind. Reading it is reading the whole list.
func All() []Kind {
	return []Kind{
		Text{}, LongText{}, Email{}, Phone{}, URL{},
		Integer{}, Decimal{}, Percent{}, Money{},
		Boolean{},
		Date{}, DateTime{}, Duration{},
		Choice{}, MultiChoice{},
		Rating{}, Progress{},
		Member{}, Members{}, Team{},
		Reference{}, References{}, Children{},
		Address{}, Location{},
		Attachment{}, AutoNumber{}, JSON{},
		Formula{}, Lookup{}, Rollup{},
	}
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
	AsOptions              // PostgreSQL's array of option keys {a,b}, to a list of enum values
	AsRecords              // PostgreSQL's array of numbers of records {1,2}, to a list of ids
	AsFiles                // PostgreSQL's array of numbers of files {12}, to a list of ids
	AsObject               // a JSON object of the keys that Parts lists
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
	Has        Op = "has"    // a list holds the value
	HasAny     Op = "hasAny" // a list holds one of the values, or more
	HasAll     Op = "hasAll" // a list holds every one of the values
)

var (
	equality = []Op{Eq, Ne, In, NotIn, IsNull}
	ordered  = []Op{Eq, Ne, In, NotIn, IsNull, Lt, Lte, Gt, Gte, Between}
	several  = []Op{Has, HasAny, HasAll, IsNull}
	presence = []Op{IsNull}
)

// Settings are what a field adds to its kind. Which of them a kind takes, its
// method Settings says; the rest stay at their zero value. Those of the last
// part are common: fields of any kind may have them, and no kind reads them.
type Settings struct {
	MinLength *int   `json:"minLength,omitempty" yaml:"minLength"` // characters
	MaxLength *int   `json:"maxLength,omitempty" yaml:"maxLength"` // characters
	Pattern   string `json:"pattern,omitempty" yaml:"pattern"`     // RE2, a value must contain a match; AUTO_NUMBER: its template
	Min       string `json:"min,omitempty" yaml:"min"`             // in the kind's own text
	Max       string `json:"max,omitempty" yaml:"max"`
	Scale     *int   `json:"scale,omitempty" yaml:"scale"`       // digits after the point
	To        string `json:"to,omitempty" yaml:"to"`             // key of the form referred to
	OnDelete  string `json:"onDelete,omitempty" yaml:"onDelete"` // RESTRICT, CLEAR or CASCADE
	Inverse   string `json:"inverse,omitempty" yaml:"inverse"`   // key of the CHILDREN field on the other side
	Via       string `json:"via,omitempty" yaml:"via"`           // CHILDREN: key of the reference on the child; LOOKUP, ROLLUP: key of the field to go through

	Region     string   `json:"region,omitempty" yaml:"region"`         // PHONE: ISO 3166 alpha-2 of numbers without +
	Currency   string   `json:"currency,omitempty" yaml:"currency"`     // MONEY: ISO 4217 alpha-3
	Restart    string   `json:"restart,omitempty" yaml:"restart"`       // AUTO_NUMBER: NEVER, YEAR, MONTH or DAY
	MinItems   *int     `json:"minItems,omitempty" yaml:"minItems"`     // of a list that is not empty
	MaxItems   *int     `json:"maxItems,omitempty" yaml:"maxItems"`     // of a list
	MaxSize    *int     `json:"maxSize,omitempty" yaml:"maxSize"`       // ATTACHMENT: bytes of one file
	Types      []string `json:"types,omitempty" yaml:"types"`           // ATTACHMENT: media types such as image/*
	Expression string   `json:"expression,omitempty" yaml:"expression"` // FORMULA
	Field      string   `json:"field,omitempty" yaml:"field"`           // LOOKUP, ROLLUP: key of the field on the other form
	Function   string   `json:"function,omitempty" yaml:"function"`     // ROLLUP: one of Functions
	Where      string   `json:"where,omitempty" yaml:"where"`           // ROLLUP: an expression that tells which records count

	ShownWhen         string            `json:"shownWhen,omitempty" yaml:"shownWhen"`                 // expression
	RequiredWhen      string            `json:"requiredWhen,omitempty" yaml:"requiredWhen"`           // expression
	ReadOnlyWhen      string            `json:"readOnlyWhen,omitempty" yaml:"readOnlyWhen"`           // expression
	ReadOnly          bool              `json:"readOnly,omitempty" yaml:"readOnly"`                   // never written by people
	DefaultExpression string            `json:"defaultExpression,omitempty" yaml:"defaultExpression"` // expression
	Pick              string            `json:"pick,omitempty" yaml:"pick"`                           // expression that limits what a reference's picker offers
	DependsOn         string            `json:"dependsOn,omitempty" yaml:"dependsOn"`                 // key of the choice that the list of options depends on
	Fill              []Fill            `json:"fill,omitempty" yaml:"fill"`                           // what choosing a record copies from it
	OrderBy           string            `json:"orderBy,omitempty" yaml:"orderBy"`                     // CHILDREN: key of the child's integer field that keeps their order
	Rows              bool              `json:"rows,omitempty" yaml:"rows"`                           // CHILDREN: child rows are saved with their parent
	IgnoreCase        bool              `json:"ignoreCase,omitempty" yaml:"ignoreCase"`               // unique and equal without regard to case
	Placeholder       map[string]string `json:"placeholder,omitempty" yaml:"placeholder"`             // language to text
	Width             string            `json:"width,omitempty" yaml:"width"`                         // for the layout of forms

	Options []Option `json:"-" yaml:"-"` // CHOICE, MULTI_CHOICE
}

// Fill copies a field of the record that is chosen to a field of the record
// that chooses it.
type Fill struct {
	From string `json:"from" yaml:"from"` // key on the form referred to
	To   string `json:"to" yaml:"to"`     // key on the form that refers
}

// Option is one value of a choice.
type Option struct {
	Key      string
	Enum     string // its name in the typed face: the key in upper case
	Archived bool
	Parents  []string // keys of the options of DependsOn that it is offered for; none means all
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
	MaxText     = 500     // characters of a TEXT
	MaxLongText = 100_000 // characters of a LONG_TEXT
	MaxInteger  = 1<<53 - 1
	MaxDigits   = 38 // of a DECIMAL, in all
	MaxScale    = 12

	MaxTextBytes  = 4 * MaxText // every text that can be indexed is at most so long: an index entry must fit 2.6 kB
	MaxEmailBytes = 254         // RFC 5321
	MaxURLBytes   = 1000
	MaxPart       = 200       // characters of a part of an ADDRESS, or of the label of a LOCATION
	MaxJSONBytes  = 64 * 1024 // of a JSON without spaces
	MaxJSONDepth  = 32
	MaxRating     = 10
	MaxLinks      = 200     // records of a MEMBERS or REFERENCES
	MaxFiles      = 50      // of an ATTACHMENT
	MaxDays       = 100_000 // of a DURATION, either way
)

// What fields have that do not say otherwise.
const (
	DefaultRating = 5    // max of a RATING
	DefaultRegion = "CN" // of a PHONE
	DefaultScale  = 2    // of a MONEY
)

// FileForm is what the ids of files begin with, as ids of records begin with
// the key of their form.
const FileForm = "file"

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
