// Package expr is the small language of formulas, rules, conditions, defaults
// and picker filters: text in, a checked and typed tree out.
//
//	e, err := expr.Check(`sum(tasks.hours where status != "done") > 40`, expr.Scope{This: project})
//	// e.Type: Boolean; e.Root: Compare{Gt, Aggregate{"sum", ...}, Literal{"40", Integer}}
//
// A bare name is a field of the record at hand: inside an aggregate, of the
// record aggregated over. `this.` always is the record that the expression
// belongs to. Fields are judged against the Record and Field that the caller
// offers, so a tree holds fields and never names.
//
// The package is pure and does not evaluate: PostgreSQL is the only evaluator,
// and package sqlgen writes the tree as SQL. Whatever the input, Check returns
// a tree within the limits below or an error that says where and why.
//
// It is longer than a package should be because much of it is those errors: the
// people who write formulas are not programmers, and no part of the language
// makes sense in a package without the others.
package expr

import (
	"slices"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

// Limits of an expression. Chains such as a + b + c nest nothing for the writer
// but lean to the left in the tree, which may be MaxNodes deep.
const (
	MaxText   = 4_000 // characters
	MaxDepth  = 50    // parentheses, calls, not and minus inside each other
	MaxNodes  = 500   // nodes of the tree; between counts its first operand twice
	MaxPath   = 5     // references walked by one name
	MaxErrors = 20    // errors told at once
	MaxDigits = 38    // digits of a number
	MaxScale  = 12    // digits after its point
)

// Type is the type of a value.
type Type int

// The types. A reference is of type Reference because Record is the interface.
const (
	Null      Type = iota // the literal null, and what is made of nothing else
	Text                  // text
	Integer               // whole number; goes where a Number is wanted
	Number                // exact decimal
	Boolean               // true or false
	Date                  // day without time
	DateTime              // moment
	Duration              // length of time
	Option                // key of a choice
	Options               // keys of a multiple choice
	Reference             // one record of some form
)

var typeNames = [...]struct{ name, phrase string }{
	Null: {"null", "null"}, Text: {"text", "a text"}, Integer: {"integer", "a whole number"},
	Number: {"number", "a number"}, Boolean: {"boolean", "true or false"}, Date: {"date", "a date"},
	DateTime: {"datetime", "a date and time"}, Duration: {"duration", "a duration"},
	Option: {"option", "an option"}, Options: {"options", "several options"}, Reference: {"record", "a record"},
}

// String is the type's name, as in "datetime".
func (t Type) String() string {
	if t < 0 || int(t) >= len(typeNames) {
		return "unknown"
	}
	return typeNames[t].name
}

// phrase is the type in a sentence, as in "a date and time".
func (t Type) phrase() string {
	if t < 0 || int(t) >= len(typeNames) {
		return "a value of unknown type"
	}
	return typeNames[t].phrase
}

func (t Type) numeric() bool { return t == Integer || t == Number }

// ordered says whether values of the type have a smaller and a greater.
func (t Type) ordered() bool {
	return t.numeric() || t == Text || t == Date || t == DateTime || t == Duration
}

// fits says whether a value of type t may stand where one of the others is wanted.
func (t Type) fits(wanted ...Type) bool {
	return t == Null || slices.Contains(wanted, t) || t == Integer && slices.Contains(wanted, Number)
}

// Record is a type of records, a form, as expressions see it. One that also has
// Keys() []string gets its writers the hint "did you mean ...".
type Record interface {
	Key() string
	Field(key string) Field // nil if there is none
}

// Field is a field of a Record.
type Field interface {
	Key() string
	Type() Type        // Reference for a single reference; not asked if Many
	Options() []string // keys of Option and Options
	Record() Record    // of a reference and of Many: what is on the other side
	Many() bool        // child rows or multi-references: can only be aggregated over
}

// Summary is a saved aggregate as expressions see it: rows of keys and metrics.
type Summary interface {
	Key() string
	Keys() []Field            // what its rows are told apart by
	Metric(name string) Field // nil if there is none
	Metrics() []string        // names
}

// Scope is what an expression may speak of.
type Scope struct {
	This  Record                  // the record it belongs to: bare names, and `this.`
	Outer Record                  // if not nil, `this.` means this one: a picker filters This while Outer is edited
	Form  func(key string) Record // `forms.<key>` and me(); nil: not offered
	// Saved finds a saved aggregate, nil if there is none, and says why one cannot be
	// read; nil: not offered.
	Saved func(key string) (s Summary, broken string)
}

// Expr is a checked expression.
type Expr struct {
	Text    string
	Root    Node
	Type    Type
	Options []string // of type Option and Options: the keys it can have
	Record  Record   // of type Reference: the form referred to
}

// Check reads an expression and judges it. Its error is an *Error, or Errors
// when several types or names are wrong; a mistake in syntax comes alone.
func Check(text string, s Scope) (*Expr, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := &checker{text: text, scope: s, levels: []Record{s.This}}
	n := c.check(root)
	if n != nil && len(c.errs) == 0 && Size(n) > MaxNodes {
		c.tooLarge(0)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return of(text, n), nil
}

func of(text string, n Node) *Expr {
	return &Expr{Text: text, Root: n, Type: n.Type(), Options: OptionsOf(n), Record: RecordOf(n)}
}

// Want fails unless the expression is of one of the types. Null always is, and
// Integer is where Number is wanted. The error has position 0.
func (e *Expr) Want(t ...Type) error {
	if e.Type.fits(t...) {
		return nil
	}
	return errorAt(e.Text, 0, "expected %s, found %s", either(t), e.Type.phrase())
}

// Fit fails unless the value can be put into field f, and makes texts that are
// written in the expression dates or options as f wants them: `"2026-01-31"` is
// a Text by itself and a Date for a date field. The error has position 0.
func (e *Expr) Fit(f Field) error {
	if f.Many() {
		return errorAt(e.Text, 0, "%s holds several records and takes no value", f.Key())
	}
	root := e.Root
	if hardens(f.Type()) && soft(root) {
		n, problem := harden(root, f.Type(), f.Options())
		if problem != "" {
			return errorAt(e.Text, 0, "%s", problem)
		}
		root = n
	}
	t := root.Type()
	if !t.fits(f.Type()) {
		return errorAt(e.Text, 0, "field %s takes %s, not %s", f.Key(), f.Type().phrase(), t.phrase())
	}
	for _, o := range OptionsOf(root) {
		if !slices.Contains(f.Options(), o) {
			return errorAt(e.Text, 0, "%q is not an option of %s", fault.Clip(o), f.Key())
		}
	}
	if t == Reference && !sameRecord(RecordOf(root), f.Record()) {
		return errorAt(e.Text, 0, "field %s takes a record of %s, not of %s",
			f.Key(), keyOf(f.Record()), keyOf(RecordOf(root)))
	}
	*e = *of(e.Text, root)
	return nil
}

func sameRecord(a, b Record) bool { return a != nil && b != nil && a.Key() == b.Key() }

func keyOf(r Record) string {
	if r == nil {
		return "no form"
	}
	return r.Key()
}

// checkText refuses what is too long or no text at all, before any of it is read.
func checkText(text string) *Error {
	if len(text) > MaxText*utf8.UTFMax || utf8.RuneCountInString(text) > MaxText {
		return errorAt("", 0, "an expression has at most %d characters", MaxText)
	}
	for i, r := range text {
		if r == 0 {
			return errorAt(text, i, "an expression cannot hold the character NUL")
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return errorAt(text, i, "an expression is text in UTF-8")
			}
		}
	}
	return nil
}
