package expr

import (
	"slices"
	"strings"
)

// How strongly the parts of an expression hold together.
const (
	loosest = iota
	byOr
	byAnd
	byNot
	byCompare
	byJoin
	byTerm
	byFactor
	byMinus
	tightest
)

// Print is the canonical text of a tree. Checked in the same scope it gives the
// same tree, but for the text literals that Fit made options.
func Print(n Node) string {
	var p printer
	p.print(n, loosest)
	return p.String()
}

type printer struct{ strings.Builder }

func binds(n Node) int {
	switch n := n.(type) {
	case Logic:
		if n.And {
			return byAnd
		}
		return byOr
	case Not:
		return byNot
	case Compare, In, Empty:
		return byCompare
	case Arith:
		if n.Op == Add || n.Op == Sub {
			return byTerm
		}
		return byFactor
	case Neg:
		return byMinus
	}
	return tightest
}

// print writes n, in parentheses if it holds less strongly than it must.
func (p *printer) print(n Node, least int) {
	b := binds(n)
	if b < least {
		p.WriteByte('(')
		defer p.WriteByte(')')
	}
	switch n := n.(type) {
	case Not:
		p.WriteString("not ")
		p.print(n.X, byNot)
	case Logic:
		sep := " or "
		if n.And {
			sep = " and "
		}
		p.list(n.Parts, sep, b+1)
	case Compare:
		p.binary(string(n.Op), n.L, n.R, byJoin, byJoin)
	case In:
		p.print(n.X, byJoin)
		p.WriteString(map[bool]string{false: " in (", true: " not in ("}[n.Negate])
		p.list(n.List, ", ", loosest)
		p.WriteByte(')')
	case Empty:
		p.print(n.X, byJoin)
		p.WriteString(map[bool]string{false: " is empty", true: " is not empty"}[n.Negate])
	case Arith:
		p.binary(string(n.Op), n.L, n.R, b, b+1)
	case Neg:
		p.WriteByte('-')
		p.print(n.X, byMinus)
	default:
		p.primary(n)
	}
}

func (p *printer) primary(n Node) {
	switch n := n.(type) {
	case Literal:
		p.literal(n)
	case Ref:
		p.path(n.Level, n.Path, n.Field)
	case Self:
		p.WriteString("this")
	case Call:
		p.WriteString(n.Func + "(")
		p.list(n.Args, ", ", loosest)
		p.WriteByte(')')
	case If:
		same, _ := children(n)
		p.WriteString("if(")
		p.list(same, ", ", loosest)
		p.WriteByte(')')
	case Aggregate:
		p.aggregate(n)
	case Saved:
		p.WriteString(`aggregate("` + n.Of.Key() + `", "` + n.Metric.Key() + `"`)
		for _, k := range n.Keys {
			p.WriteString(", ")
			p.print(k, loosest)
		}
		p.WriteByte(')')
	}
}

func (p *printer) list(nodes []Node, sep string, least int) {
	for i, n := range nodes {
		if i > 0 {
			p.WriteString(sep)
		}
		p.print(n, least)
	}
}

func (p *printer) binary(op string, l, r Node, left, right int) {
	p.print(l, left)
	p.WriteString(" " + op + " ")
	p.print(r, right)
}

func (p *printer) aggregate(n Aggregate) {
	p.WriteString(n.Func + "(")
	if n.From.Many != nil {
		p.path(n.From.Level, n.From.Path, n.From.Many)
	} else {
		p.WriteString("forms." + nameText(n.From.Form.Key()))
	}
	if n.Value != nil {
		p.WriteString(": ")
		p.print(n.Value, loosest)
	}
	if n.Where != nil {
		p.WriteString(" where ")
		p.print(n.Where, loosest)
	}
	p.WriteByte(')')
}

func (p *printer) path(level int, path []Field, last Field) {
	if level > 0 {
		p.WriteString("this.")
	}
	for _, f := range path {
		p.WriteString(nameText(f.Key()) + ".")
	}
	p.WriteString(nameText(last.Key()))
}

// nameText is a name, in backquotes if it would be read as something else.
func nameText(key string) string {
	plain := key != "" && strings.IndexFunc(key, func(r rune) bool { return !continues(r) }) < 0
	if plain && starts([]rune(key)[0]) && !slices.Contains(reserved, strings.ToLower(key)) {
		return key
	}
	return "`" + key + "`"
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (p *printer) literal(n Literal) {
	quoted := `"` + escapes.Replace(n.Value) + `"`
	switch n.T {
	case Null:
		p.WriteString("null")
	case Text, Option:
		p.WriteString(quoted)
	case Date, DateTime, Duration:
		p.WriteString(n.T.String() + "(" + quoted + ")")
	default:
		p.WriteString(n.Value)
	}
}
