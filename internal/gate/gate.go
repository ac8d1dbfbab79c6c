// Package gate is what a request must pass before anything expensive happens
// to it.
//
// A request goes through in this order, and each step is cheap for the size of
// what the step before let through:
//
//	body, err := gate.DefaultLimits.ReadBody(r.Body) // bytes
//	data, err := gate.DecodeJSON(body)               // strict JSON, UTF-8
//	doc, errs := gate.DefaultLimits.Parse(query)     // tokens, then one pass over the document
//	errs = gate.Validate(schema, doc, nil, 20)       // the rules of GraphQL, until 20 errors
//
// Parse exists because validation is not linear: gqlparser needs 9.8 seconds
// and 1.15 GB for 30 kB of "{id id id ...}". Validate exists because its
// suggestions are not bounded either: every misspelt name is compared with
// every name of the schema, even when nobody will read the thousandth error.
//
// The package does no I/O beyond the body it is given, knows nothing of
// organisations, and does not price a query: cost needs a schema and variables
// and comes after validation.
package gate

import (
	"fmt"
	"io"
	"unicode/utf8"

	"fieldwork/internal/fault"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Limits bound one request and one document. The zero value refuses nearly
// everything; start from DefaultLimits.
//
// "As written" counts the text; "expanded" counts a fragment once for every
// place that spreads it, as the executor will.
type Limits struct {
	Body  int64 // bytes of a request body
	Query int   // bytes of the text of a document

	Tokens     int // as written; also what bounds a literal list
	Name       int // bytes of one name
	Operations int // as written
	Variables  int // definitions, of all operations together
	Fragments  int // definitions
	Spreads    int // named and inline, as written
	Inline     int // inline fragments nested in each other without a field between
	Aliases    int // as written, a field under another name than its own
	Repeats    int // the same response name in one selection, inline fragments included
	Literals   int // nesting of lists and objects in a value, and of lists in a type

	DirectivesHere int // on one field, fragment, variable or operation
	Directives     int // as written

	RootFields    int // of one operation, expanded
	Depth         int // fields within fields, expanded
	Selections    int // fields, fragments and literal values of one operation, expanded
	Introspection int // lists of the schema within each other below __schema or __type, expanded

	// Work is how many steps validation may take, counted by doing what it
	// does without doing anything else (see work.go). The other limits make
	// for clear messages; this one keeps the promise about time.
	Work int
}

// DefaultLimits let through every document a person or a code generator is
// known to write, and keep the slowest accepted document well below 100 ms of
// validation. TestSlowestAccepted and BenchmarkValidate hold the evidence.
var DefaultLimits = Limits{
	Body:  32 << 20,
	Query: 256 << 10,

	Tokens:     15_000,
	Name:       200,
	Operations: 100,
	Variables:  300,
	Fragments:  250,
	Spreads:    1_500,
	Inline:     10,
	Aliases:    300,
	Repeats:    200,
	Literals:   64,

	DirectivesHere: 10,
	Directives:     500,

	RootFields:    50,
	Depth:         20,
	Selections:    20_000,
	Introspection: 3,

	Work: 400_000,
}

// ReadBody reads a whole request body. A body longer than the limit is a fault
// TOO_COSTLY, and the only fault it returns; other errors come from r.
func (l Limits) ReadBody(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, l.Body+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request body: %w", err)
	}
	if int64(len(b)) > l.Body {
		return nil, fault.New(fault.TooCostly, "the request body is longer than %d bytes", l.Body)
	}
	return b, nil
}

const (
	maxErrors  = 20  // of one answer, unless the caller says otherwise
	maxMessage = 500 // bytes: gqlparser quotes whole literals, which may be the whole query
)

// CapErrors keeps the first n errors, 20 if n is not positive, and shortens
// messages longer than 500 bytes, so that the answer to a large mistake stays
// small. The errors of list itself are not changed.
func CapErrors(list gqlerror.List, n int) gqlerror.List {
	if n <= 0 {
		n = maxErrors
	}
	if len(list) > n {
		list = list[:n:n]
	}
	out := make(gqlerror.List, len(list))
	for i, err := range list {
		if len(err.Message) > maxMessage {
			short := *err
			short.Message = clip(err.Message, maxMessage)
			err = &short
		}
		out[i] = err
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// clip shortens text to about n bytes, never within a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// refuse makes the one error of a refusal. A nil position gives no location.
func refuse(code string, pos *ast.Position, format string, args ...any) *gqlerror.Error {
	err := &gqlerror.Error{
		Message:    clip(fmt.Sprintf(format, args...), maxMessage),
		Extensions: map[string]any{"code": code},
	}
	if pos != nil {
		err.Locations = []gqlerror.Location{{Line: pos.Line, Column: pos.Column}}
	}
	return err
}

func tooCostly(pos *ast.Position, format string, args ...any) *gqlerror.Error {
	return refuse(string(fault.TooCostly), pos, format, args...)
}
