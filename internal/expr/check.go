package expr

import (
	"cmp"
	"slices"
)

// checker gives names and types to a tree. A method that returns no Node has
// told why, so that nothing is said twice of what stands around it.
type checker struct {
	text   string
	scope  Scope
	levels []Record // from Scope.This inwards
	errs   Errors
	nodes  int
	full   bool // it is enough: too many errors or nodes
}

func (c *checker) err() error {
	slices.SortStableFunc(c.errs, func(a, b *Error) int { return cmp.Compare(a.Pos, b.Pos) })
	switch len(c.errs) {
	case 0:
		return nil
	case 1:
		return c.errs[0]
	}
	return c.errs
}

// fail returns nil, for a method to hand on. The first operand of between is
// checked twice and its errors are told once.
func (c *checker) fail(pos int, format string, args ...any) Node {
	e := errorAt(c.text, pos, format, args...)
	same := func(x *Error) bool { return *x == *e }
	if !c.full && !slices.ContainsFunc(c.errs, same) {
		c.errs = append(c.errs, e)
	}
	c.full = c.full || len(c.errs) == MaxErrors
	return nil
}

func (c *checker) tooLarge(pos int) Node {
	c.fail(pos, "an expression has at most %d parts", MaxNodes)
	c.full = true
	return nil
}

func (c *checker) check(t *tree) Node {
	if c.full {
		return nil
	}
	if c.nodes++; c.nodes > MaxNodes {
		return c.tooLarge(t.pos)
	}
	switch t.what {
	case isText:
		return Literal{t.word, Text}
	case isNumber:
		return numberLiteral(t.word)
	case isBoolean:
		return Literal{t.word, Boolean}
	case isNull:
		return Literal{"", Null}
	case isPath:
		return c.ref(t.path)
	case isCall:
		return c.call(t)
	case isAggregate:
		return c.aggregate(t)
	case isArith:
		return c.arith(t)
	case isNeg:
		if x := c.want(t.args[0], "minus", Number, Duration); x != nil {
			return Neg{x}
		}
		return nil
	}
	return c.condition(t)
}

func numberLiteral(s string) Node {
	t := Number
	if len(s) <= 18 && !slices.Contains([]byte(s), '.') { // a bigint holds every number of 18 digits
		t = Integer
	}
	return Literal{s, t}
}

// condition checks the nodes that are always true or false.
func (c *checker) condition(t *tree) Node {
	switch t.what {
	case isNot:
		if x := c.want(t.args[0], "not", Boolean); x != nil {
			return Not{x}
		}
	case isLogic:
		if parts := c.all(t.args, func(a *tree) Node { return c.want(a, t.word, Boolean) }); parts != nil {
			return Logic{t.word == "and", parts}
		}
	case isEmpty:
		if x := c.check(t.args[0]); x != nil {
			return Empty{x, t.negate}
		}
	case isCompare:
		if xs := c.all(t.args, c.check); xs != nil {
			return c.compare(t.pos, Op(t.word), t.args, xs)
		}
	case isIn:
		return c.in(t)
	case isBetween:
		return c.between(t)
	}
	return nil
}

// all checks several trees, every one of them, and is nil if one is wrong.
func (c *checker) all(ts []*tree, check func(*tree) Node) []Node {
	out := make([]Node, len(ts))
	good := true
	for i, t := range ts {
		out[i] = check(t)
		good = good && out[i] != nil
	}
	if !good {
		return nil
	}
	return out
}

// want checks a tree that must be of one of the types; who is what wants it.
// A written text becomes a date or duration if one is wanted.
func (c *checker) want(t *tree, who string, types ...Type) Node {
	n := c.check(t)
	if n == nil {
		return nil
	}
	if soft(n) && !slices.Contains(types, Text) {
		problem := ""
		for _, w := range types {
			if !hardens(w) || w == Option {
				continue
			}
			h, p := harden(n, w, nil)
			if p == "" {
				return h
			}
			problem = cmp.Or(problem, p)
		}
		if problem != "" && hardens(types[0]) {
			return c.fail(t.pos, "%s", problem)
		}
	}
	if n.Type().fits(types...) {
		return n
	}
	hint := ""
	if slices.Contains(types, Text) {
		hint = "; text(...) makes a text of a value"
	}
	return c.fail(t.pos, "%s wants %s, not %s%s", who, either(types), n.Type().phrase(), hint)
}

func (c *checker) compare(pos int, op Op, ts []*tree, xs []Node) Node {
	for i, x := range xs {
		if x.Type() == Null && (op == Eq || op == Ne) {
			return Empty{xs[1-i], op == Ne}
		}
	}
	say := func(a, b Type) string {
		return "cannot compare " + a.phrase() + " with " + b.phrase() + compareHint(a, b)
	}
	t, ok := c.unify(joint{pos: pos, trees: ts, say: say}, xs)
	if !ok {
		return nil
	}
	switch {
	case t == Options:
		return c.fail(pos, "cannot compare several options; use has(field, \"option\")")
	case op != Eq && op != Ne && t != Null && !t.ordered():
		return c.fail(pos, "%s has no order: use = or !=", t.phrase())
	}
	return Compare{op, xs[0], xs[1]}
}

func compareHint(a, b Type) string {
	pair := []Type{a, b}
	both := func(x, y Type) bool { return slices.Contains(pair, x) && slices.Contains(pair, y) }
	switch {
	case both(Date, DateTime):
		return "; use date(...)"
	case slices.Contains(pair, Options):
		return `; use has(field, "option")`
	case both(Option, Text):
		return "; use text(...)"
	case both(Reference, Text):
		return "; name a field of the record"
	case both(Number, Text), both(Integer, Text):
		return "; use number(...) or text(...)"
	}
	return ""
}

func (c *checker) in(t *tree) Node {
	if len(t.args) == 1 {
		return c.fail(t.pos, "in needs at least one value in its parentheses")
	}
	xs := c.all(t.args, c.check)
	if xs == nil {
		return nil
	}
	say := func(a, b Type) string {
		return "cannot look for " + a.phrase() + " among values of which one is " + b.phrase() + compareHint(a, b)
	}
	switch typ, ok := c.unify(joint{pos: t.pos, trees: t.args, say: say}, xs); {
	case !ok:
		return nil
	case typ == Options:
		return c.fail(t.pos, `in does not take several options; use has(field, "option")`)
	}
	return In{xs[0], xs[1:], t.negate}
}

// between is written as two comparisons. Its first operand is checked for each
// of them anew, so that the limit of nodes counts what the tree really holds.
func (c *checker) between(t *tree) Node {
	var parts []Node
	for i, op := range []Op{Gte, Lte} {
		ts := []*tree{t.args[0], t.args[i+1]}
		if xs := c.all(ts, c.check); xs != nil {
			if n := c.compare(t.pos, op, ts, xs); n != nil {
				parts = append(parts, n)
			}
		}
	}
	switch {
	case len(parts) < 2:
		return nil
	case t.negate:
		return Not{Logic{true, parts}}
	}
	return Logic{true, parts}
}
