package expr

import (
	"slices"
	"strings"
)

func (p *parser) primary() *tree {
	t := p.tok()
	switch t.kind {
	case number:
		p.next()
		return p.node(tree{what: isNumber, pos: t.pos, word: t.text})
	case text:
		p.next()
		return p.node(tree{what: isText, pos: t.pos, word: t.text})
	case quoted:
		return p.node(tree{what: isPath, pos: t.pos, path: p.path()})
	case word:
		return p.named()
	}
	if p.take("(") {
		inner := p.deeper(p.or)
		p.expect(")", "to close the parenthesis")
		return inner
	}
	p.fail(t.pos, "expected a value, found %s", t)
	return &tree{pos: t.pos}
}

// named reads what a word can start: a constant, a call or a path.
func (p *parser) named() *tree {
	t := p.tok()
	w := strings.ToLower(t.text)
	switch {
	case w == "true", w == "false":
		p.next()
		return p.node(tree{what: isBoolean, pos: t.pos, word: w})
	case w == "null":
		p.next()
		return p.node(tree{what: isNull, pos: t.pos})
	case w != "this" && w != "forms" && slices.Contains(reserved, w):
		p.fail(t.pos, "expected a value, found the word %s (a field of this name is written `%s`)", w, w)
	case p.tokens[p.at+1].kind == sign && p.tokens[p.at+1].text == "(": // behind a word there is the end at least
		p.at += 2
		if slices.Contains(aggregates, w) {
			return p.aggregate(w, t.pos)
		}
		return p.node(tree{what: isCall, pos: t.pos, word: w, args: p.list(w)})
	}
	return p.node(tree{what: isPath, pos: t.pos, path: p.path()})
}

// aggregate reads behind the opening parenthesis: source [: value] [where condition].
func (p *parser) aggregate(f string, pos int) *tree {
	if k := p.tok().kind; k != word && k != quoted {
		p.fail(p.tok().pos, "%s goes over records: expected a name such as tasks, found %s", f, p.tok())
	}
	out := tree{what: isAggregate, pos: pos, word: f, path: p.path()}
	if p.take(":") {
		out.value = p.deeper(p.or)
	}
	if p.take("where") {
		out.where = p.deeper(p.or)
	}
	if !p.take(")") {
		p.fail(p.tok().pos, "expected ) to close %s, found %s%s", f, p.tok(), p.aggregateHint(f, out))
	}
	return p.node(out)
}

func (p *parser) aggregateHint(f string, t tree) string {
	switch {
	case t.value != nil || t.where != nil || p.tok().kind == end:
		return ""
	case p.sign(",") && f == "min":
		return "; the smaller of several values is least(a, b)"
	case p.sign(",") && f == "max":
		return "; the greater of several values is greatest(a, b)"
	}
	return "; write " + f + "(tasks: value where condition)"
}

// path reads a dotted name. Behind a point every word is a name.
func (p *parser) path() path {
	t := p.next()
	out := path{pos: t.pos}
	if w := strings.ToLower(t.text); t.kind == word && (w == "this" || w == "forms") {
		out.root = w
	} else {
		out.names = []name{{t.pos, t.text}}
	}
	for p.take(".") {
		t := p.next()
		if t.kind != word && t.kind != quoted {
			p.fail(t.pos, "expected a name after the point, found %s", t)
			return out
		}
		out.names = append(out.names, name{t.pos, t.text})
	}
	return out
}
