package gate

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// Parse parses a document under the token limit and checks it in one pass,
// before any validation. It returns a document or exactly one error: TOO_COSTLY
// with the limit that was passed, GRAPHQL_PARSE_FAILED for what is not GraphQL,
// GRAPHQL_VALIDATION_FAILED for fragments that spread each other in a circle
// and for a document without an operation.
//
// The pass is linear in the document, plus at most l.Work steps. What it lets
// through, Validate and everything that expands fragments (gqlgen's complexity,
// the executor) deal with in bounded time.
func (l Limits) Parse(query string) (*ast.QueryDocument, gqlerror.List) {
	doc, err := l.parse(query)
	if err == nil {
		err = l.check(doc)
	}
	if err != nil {
		return nil, gqlerror.List{err}
	}
	return doc, nil
}

// tokenLimit is how gqlparser's message begins when it stops counting tokens.
// It has no type for this; TestHostileDocuments fails if the words change.
const tokenLimit = "exceeded token limit of"

func (l Limits) parse(query string) (*ast.QueryDocument, *gqlerror.Error) {
	if len(query) > l.Query {
		return nil, tooCostly(nil, "the query is longer than %d bytes", l.Query)
	}
	if !utf8.ValidString(query) {
		return nil, refuse(errcode.ParseFailed, nil, "the query is not UTF-8")
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, l.Tokens)
	if err == nil {
		return doc, nil
	}
	var bad *gqlerror.Error
	if !errors.As(err, &bad) {
		bad = gqlerror.Errorf("%s", err)
	}
	if strings.HasPrefix(bad.Message, tokenLimit) {
		return nil, tooCostly(nil, "the query has more than %d tokens", l.Tokens)
	}
	bad.Message = clip(bad.Message, maxMessage)
	errcode.Set(bad, errcode.ParseFailed)
	return nil, bad
}

func (l Limits) check(doc *ast.QueryDocument) *gqlerror.Error {
	if len(doc.Operations) == 0 {
		return refuse(errcode.ValidationFailed, nil, "no operation provided")
	}
	c := census{Limits: l, defaults: map[string]int{}}
	defs, err := c.document(doc)
	if err != nil {
		return err
	}
	if err := l.expand(defs); err != nil {
		return err
	}
	return l.rehearse(defs)
}

// definition is an operation or a fragment, as the later stages see it.
type definition struct {
	name string // of a fragment, else ""
	pos  *ast.Position
	set  *set

	open, done bool // being measured, measured: see expansion
	measured   size
	root       int // the last root it was walked from: see rehearsal
}

// set is a selection set with everything counted that can be counted by
// looking at it alone.
type set struct {
	nodes []node
	flat  *flat // see rehearsal
}

type nodeKind uint8

const (
	field nodeKind = iota
	inline
	spread
)

// node is one selection.
type node struct {
	kind   nodeKind
	name   string // the response name of a field, or the fragment it spreads
	schema bool   // a field that starts introspection
	list   bool   // a field that is a list of the schema below such a field
	pos    *ast.Position
	steps  int // what the validator does at each visit, its children apart
	values int // literal values in its arguments
	args   int
	sub    *set        // nil if it selects nothing
	def    *definition // of the fragment it spreads, nil if unknown
}

// definitions keeps operations first, as gqlparser walks them.
type definitions struct {
	operations, fragments []*definition
}

func (d definitions) all() []*definition {
	return append(d.operations[:len(d.operations):len(d.operations)], d.fragments...)
}
