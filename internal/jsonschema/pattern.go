package jsonschema

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// portable rewrites a pattern of RE2 so that ECMAScript, which JSON Schema asks
// for, reads it alike: (?i), \z, [[:alpha:]] and the like are written out. ok is
// false for what cannot be: ^ and $ within lines.
func portable(pattern string) (_ string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	ok = rewrite(&b, re)
	return b.String(), ok
}

func rewrite(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(`[^\s\S]`)
	case syntax.OpEmptyMatch:
		b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			literal(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		class(b, re.Rune)
	case syntax.OpAnyChar:
		b.WriteString(`[\s\S]`)
	case syntax.OpAnyCharNotNL:
		b.WriteString("[^\n]")
	case syntax.OpBeginText:
		b.WriteByte('^')
	case syntax.OpEndText:
		b.WriteByte('$')
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		b.WriteString(`\B`)
	case syntax.OpCapture:
		return group(b, re.Sub[0], "")
	case syntax.OpStar:
		return group(b, re.Sub[0], "*")
	case syntax.OpPlus:
		return group(b, re.Sub[0], "+")
	case syntax.OpQuest:
		return group(b, re.Sub[0], "?")
	case syntax.OpRepeat:
		times := fmt.Sprintf("{%d,%d}", re.Min, re.Max)
		if re.Max < 0 {
			times = fmt.Sprintf("{%d,}", re.Min)
		}
		return group(b, re.Sub[0], times)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				if !group(b, sub, "") {
					return false
				}
			} else if !rewrite(b, sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			if !rewrite(b, sub) {
				return false
			}
		}
	default: // OpBeginLine, OpEndLine
		return false
	}
	return true
}

func group(b *strings.Builder, re *syntax.Regexp, times string) bool {
	b.WriteString("(?:")
	ok := rewrite(b, re)
	b.WriteString(")" + times)
	return ok
}

// literal writes one character, or all its cases.
func literal(b *strings.Builder, r rune, fold bool) {
	if fold && unicode.SimpleFold(r) != r {
		cases := []rune{r, r}
		for c := unicode.SimpleFold(r); c != r; c = unicode.SimpleFold(c) {
			cases = append(cases, c, c)
		}
		class(b, cases)
		return
	}
	if strings.ContainsRune(`^$\.*+?()[]{}|`, r) {
		b.WriteByte('\\')
	}
	b.WriteRune(r)
}

// class writes pairs of first and last characters. Halves of surrogate pairs are
// no characters of any text.
func class(b *strings.Builder, pairs []rune) {
	b.WriteByte('[')
	put := func(r rune) {
		if strings.ContainsRune(`^\]-[`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	for i := 0; i < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		if lo >= 0xd800 && lo <= 0xdfff {
			lo = 0xe000
		}
		if hi >= 0xd800 && hi <= 0xdfff {
			hi = 0xd7ff
		}
		if lo > hi {
			continue
		}
		put(lo)
		if hi > lo {
			b.WriteByte('-')
			put(hi)
		}
	}
	b.WriteByte(']')
}
