package expr

import (
	"slices"
	"strings"
)

// joint is a place where several values must be of one type.
type joint struct {
	pos   int
	trees []*tree
	say   func(a, b Type) string // what is wrong with these two
	texts bool                   // options among texts become texts
}

// unify brings the nodes to one type, changing them in place if they go
// together: written texts become what the others are. Whole numbers among
// numbers stay as they are.
func (c *checker) unify(j joint, nodes []Node) (Type, bool) {
	lead := leading(nodes)
	options := unionOptions(nodes)
	hard := slices.Clone(nodes)
	var record Record
	for i, n := range nodes {
		t := n.Type()
		switch {
		case t == Null:
		case t.numeric() && lead.numeric():
			lead = max(lead, t) // Number is after Integer
		case soft(n) && hardens(lead):
			h, problem := harden(n, lead, options)
			if problem != "" && lead == Option && j.texts {
				return c.unifyTexts(j, nodes)
			}
			if problem != "" {
				c.fail(j.trees[i].pos, "%s", problem)
				return lead, false
			}
			hard[i] = h
		case t != lead:
			if j.texts && (lead == Option && t == Text || lead == Text && t == Option) {
				return c.unifyTexts(j, nodes)
			}
			c.fail(j.pos, "%s", j.say(lead, t))
			return lead, false
		case t == Reference && record == nil:
			record = RecordOf(n)
		case t == Reference && !sameRecord(record, RecordOf(n)):
			c.fail(j.pos, "a record of %s and one of %s are never the same", keyOf(record), keyOf(RecordOf(n)))
			return lead, false
		}
	}
	copy(nodes, hard)
	return lead, true
}

// leading is the type that the others must follow: the first that is not a
// written text.
func leading(nodes []Node) Type {
	lead := Null
	for _, n := range nodes {
		switch t := n.Type(); {
		case t == Null:
		case !soft(n):
			return t
		case lead == Null:
			lead = t
		}
	}
	return lead
}

// unifyTexts makes texts of options. Nothing but the two may be there.
func (c *checker) unifyTexts(j joint, nodes []Node) (Type, bool) {
	for i, n := range nodes {
		switch t := n.Type(); t {
		case Null, Text:
		case Option:
			nodes[i] = Call{Func: "text", Args: []Node{n}, T: Text}
		default:
			c.fail(j.pos, "%s", j.say(Text, t))
			return Text, false
		}
	}
	return Text, true
}

// arith checks + - * / %.
func (c *checker) arith(t *tree) Node {
	xs := c.all(t.args, c.check)
	if xs == nil {
		return nil
	}
	op := Op(t.word)
	for i, x := range xs {
		as := written(x, op, xs[1-i].Type())
		if as == Text {
			continue
		}
		h, problem := harden(x, as, nil)
		if problem != "" {
			return c.fail(t.args[i].pos, "%s", problem)
		}
		xs[i] = h
	}
	l, r := xs[0].Type(), xs[1].Type()
	typ := calculated(op, l, r)
	if typ == Null {
		hint := ""
		if op == Add && (l == Text || r == Text) {
			hint = "; texts are joined with &"
		}
		return c.fail(t.pos, "%s does not work on %s and %s%s", op, l.phrase(), r.phrase(), hint)
	}
	return Arith{op, xs[0], xs[1], typ}
}

// written is the type that a written text has beside an operand of type other:
// Text if it stays one.
func written(n Node, op Op, other Type) Type {
	l, ok := n.(Literal)
	switch {
	case !ok || l.T != Text || op != Add && op != Sub:
	case other == DateTime || other == Duration:
		if strings.HasPrefix(strings.ToUpper(l.Value), "P") {
			return Duration
		}
		return DateTime
	case other == Date && op == Sub:
		return Date
	}
	return Text
}

// calculated is the type of l op r; Null if the two do not go together. A null
// is taken for whatever goes with the other side.
func calculated(op Op, l, r Type) Type {
	if l == Null && r == Null {
		return calculated(op, Integer, Integer)
	}
	if l == Null || r == Null {
		for _, t := range []Type{max(l, r), Integer, Duration} { // Null is the least
			if got := calculated(op, nonNull(l, t), nonNull(r, t)); got != Null {
				return got
			}
		}
		return Null
	}
	switch {
	case l.numeric() && r.numeric():
		if op == Div {
			return Number
		}
		return max(l, r)
	case op != Add && op != Sub:
		return Null
	case l == Duration && r == Duration:
		return Duration
	case l == Date && r == Integer, l == DateTime && r == Duration:
		return l
	case op == Add && (l == Integer && r == Date || l == Duration && r == DateTime):
		return r
	case op == Sub && l == Date && r == Date:
		return Integer
	case op == Sub && l == DateTime && r == DateTime:
		return Duration
	}
	return Null
}

func nonNull(t, or Type) Type {
	if t == Null {
		return or
	}
	return t
}
