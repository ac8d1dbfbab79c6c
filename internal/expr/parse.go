package expr

import (
	"slices"
	"strings"
)

// tree is an expression as it was written, before names mean anything.
type tree struct {
	what   what
	pos    int
	word   string // operator, function or literal
	negate bool
	args   []*tree
	path   path  // of isPath and isAggregate
	value  *tree // of isAggregate, or nil
	where  *tree // of isAggregate, or nil
}

type what int

const (
	isText what = iota
	isNumber
	isBoolean
	isNull
	isPath
	isNot
	isLogic
	isCompare
	isIn
	isEmpty
	isBetween
	isArith
	isNeg
	isCall
	isAggregate
)

// path is a dotted name. Its root is "" (a bare name), "this" or "forms".
type path struct {
	pos   int
	root  string
	names []name
}

type name struct {
	pos  int
	text string
}

// reserved are the keywords that cannot be a bare name; empty and if can, since
// they are looked for only where no name can stand.
var reserved = []string{"and", "or", "not", "in", "is", "between", "true", "false", "null", "this", "forms", "where"}

var aggregates = []string{"count", "sum", "avg", "min", "max", "first"}

// parser reads tokens by recursive descent. Once something is wrong it stands
// at the end, where every loop stops, so that no step needs to ask.
type parser struct {
	src    string
	tokens []token
	at     int
	depth  int
	nodes  int
	err    *Error
}

func parse(src string) (*tree, error) {
	if err := checkText(src); err != nil {
		return nil, err
	}
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 1 {
		return nil, errorAt(src, 0, "the expression is empty")
	}
	p := &parser{src: src, tokens: tokens}
	t := p.or()
	if p.tok().kind != end {
		p.fail(p.tok().pos, "unexpected %s after the end of the expression", p.tok())
	}
	if p.err != nil {
		return nil, p.err
	}
	return t, nil
}

func (p *parser) tok() token { return p.tokens[p.at] }

func (p *parser) fail(pos int, format string, args ...any) {
	if p.err == nil {
		p.err = errorAt(p.src, pos, format, args...)
	}
	p.at = len(p.tokens) - 1
}

// next moves on and returns the token passed.
func (p *parser) next() token {
	t := p.tok()
	p.at = min(p.at+1, len(p.tokens)-1)
	return t
}

// sign says whether one of the signs comes next.
func (p *parser) sign(s ...string) bool {
	return p.tok().kind == sign && slices.Contains(s, p.tok().text)
}

func (p *parser) keyword(w string) bool {
	return p.tok().kind == word && strings.EqualFold(p.tok().text, w)
}

// take passes a sign or keyword if it comes next.
func (p *parser) take(s string) bool {
	if !p.sign(s) && !p.keyword(s) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(s, where string) {
	if !p.take(s) {
		p.fail(p.tok().pos, "expected %s %s, found %s", s, where, p.tok())
	}
}

func (p *parser) node(t tree) *tree {
	if p.nodes++; p.nodes > MaxNodes {
		p.fail(t.pos, "an expression has at most %d parts", MaxNodes)
	}
	return &t
}

// deeper reads what stands inside something else.
func (p *parser) deeper(read func() *tree) *tree {
	if p.depth++; p.depth > MaxDepth {
		p.fail(p.tok().pos, "an expression nests at most %d deep", MaxDepth)
	}
	defer func() { p.depth-- }()
	return read()
}

func (p *parser) or() *tree  { return p.logic("or", p.and) }
func (p *parser) and() *tree { return p.logic("and", p.not) }

func (p *parser) logic(op string, part func() *tree) *tree {
	t := part()
	if !p.keyword(op) {
		return t
	}
	all := p.node(tree{what: isLogic, pos: p.tok().pos, word: op, args: []*tree{t}})
	for p.take(op) {
		all.args = append(all.args, part())
	}
	return all
}

func (p *parser) not() *tree {
	if !p.keyword("not") {
		return p.comparison()
	}
	pos := p.next().pos
	return p.node(tree{what: isNot, pos: pos, args: []*tree{p.deeper(p.not)}})
}

func (p *parser) comparison() *tree {
	t := p.join()
	pos := p.tok().pos
	switch {
	case p.sign("=", "!=", "<", "<=", ">", ">="):
		op := p.next().text
		t = p.node(tree{what: isCompare, pos: pos, word: op, args: []*tree{t, p.join()}})
	case p.take("is"):
		negate := p.take("not")
		p.expect("empty", "after is")
		t = p.node(tree{what: isEmpty, pos: pos, negate: negate, args: []*tree{t}})
	case p.keyword("not"), p.keyword("in"), p.keyword("between"):
		t = p.membership(t)
	default:
		return t
	}
	if p.sign("=", "!=", "<", "<=", ">", ">=") || p.keyword("is") || p.keyword("in") || p.keyword("between") {
		p.fail(p.tok().pos, "comparisons do not chain: use and, or parentheses")
	}
	return t
}

// membership reads [not] in (...) and [not] between ... and ... behind t.
func (p *parser) membership(t *tree) *tree {
	pos := p.tok().pos
	negate := p.take("not")
	if p.take("between") {
		low := p.join()
		p.expect("and", "between the two ends of between")
		return p.node(tree{what: isBetween, pos: pos, negate: negate, args: []*tree{t, low, p.join()}})
	}
	if !p.take("in") {
		p.fail(p.tok().pos, "expected in or between after not, found %s", p.tok())
	}
	p.expect("(", "after in")
	return p.node(tree{what: isIn, pos: pos, negate: negate, args: append([]*tree{t}, p.list("in")...)})
}

// list reads values up to the closing parenthesis; the opening one is passed.
func (p *parser) list(of string) []*tree {
	var out []*tree
	if p.take(")") {
		return nil
	}
	for {
		out = append(out, p.deeper(p.or))
		if !p.take(",") {
			p.expect(")", "or , in the list of "+of)
			return out
		}
	}
}

func (p *parser) join() *tree {
	t := p.terms()
	if !p.sign("&") {
		return t
	}
	all := p.node(tree{what: isCall, pos: p.tok().pos, word: "concat", args: []*tree{t}})
	for p.take("&") {
		all.args = append(all.args, p.terms())
	}
	return all
}

func (p *parser) terms() *tree   { return p.arith(p.factors, "+", "-") }
func (p *parser) factors() *tree { return p.arith(p.minus, "*", "/", "%") }

func (p *parser) arith(operand func() *tree, ops ...string) *tree {
	t := operand()
	for p.sign(ops...) {
		op := p.next()
		t = p.node(tree{what: isArith, pos: op.pos, word: op.text, args: []*tree{t, operand()}})
	}
	return t
}

func (p *parser) minus() *tree {
	if !p.sign("-") {
		return p.primary()
	}
	pos := p.next().pos
	return p.node(tree{what: isNeg, pos: pos, args: []*tree{p.deeper(p.minus)}})
}
