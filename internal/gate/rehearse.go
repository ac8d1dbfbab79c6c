package gate

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// What the validator does at one node, in steps of 50 to 100 ns on the
// machine of BenchmarkValidate. Only their proportions matter, and only roughly:
// Limits.Work is tuned with them.
const (
	fieldSteps     = 8
	fragmentSteps  = 10
	directiveSteps = 8
	valueSteps     = 3
	evaluateSteps  = 3 // a literal evaluated, by itself and again by each literal around it
	pairSteps      = 3 // two fields of one response name compared
	flattenSteps   = 4 // a field put where its response name is found

	searchPerStep = 16 // variables passed over while searching one
	bytesPerStep  = 32 // of a literal that is quoted in a message
)

// rehearsal walks a document as gqlparser's validator will and counts the
// steps, without types, rules or messages, until the limit is reached.
//
// Two of the things the validator does are not linear. It walks every fragment
// again from every operation and every fragment that reaches it. And the rule
// that overlapping fields can be merged compares every two fields of the same
// response name and every two fragments that meet, and again within those.
// Formulas that bound this from counts (so many spreads, so many repeats) either
// refuse honest documents or let through products of small numbers, so we count
// the thing itself. The methods follow overlapping_fields_can_be_merged.go of
// gqlparser 2.5.64 step by step, with its memos; the letters are its letters.
//
// Not knowing types, the rehearsal takes all fields as not mutually exclusive
// and all arguments as equal, so it may count more than happens. It may count
// half of what happens where one pair of fragments is compared both as
// exclusive and not.
type rehearsal struct {
	Limits
	left  int
	root  int  // number of the definition being walked from
	inOp  bool // that definition is an operation
	pairs map[[2]string]bool
	mixed map[mixed]bool
	err   *gqlerror.Error
}

// mixed is a set of fields compared with a fragment.
type mixed struct {
	fields   *flat
	fragment string
}

// flat is a selection set with its inline fragments opened.
type flat struct {
	names   []string
	fields  map[string][]*node
	spreads []*node
}

func (l Limits) rehearse(defs definitions) *gqlerror.Error {
	r := rehearsal{Limits: l, left: l.Work, pairs: map[[2]string]bool{}, mixed: map[mixed]bool{}}
	for i, def := range defs.all() {
		r.root, r.inOp = i+1, i < len(defs.operations)
		r.walk(def.set)
		r.within(def.set)
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// spend reports whether n more steps are allowed. Every loop asks, so that the
// rehearsal stops soon after the answer is no.
func (r *rehearsal) spend(n int, pos *ast.Position) bool {
	if r.err != nil {
		return false
	}
	if r.left -= n; r.left < 0 {
		r.err = tooCostly(pos, "the query takes more than %d steps to validate: repeat fewer fields and fragments", r.Work)
		return false
	}
	return true
}

func (r *rehearsal) walk(s *set) {
	if s == nil {
		return
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		if !r.spend(n.steps, n.pos) {
			return
		}
		switch n.kind {
		case field:
			r.walk(n.sub)
			if r.inOp {
				r.within(n.sub)
			}
		case inline:
			r.walk(n.sub)
			r.within(n.sub)
		case spread:
			if n.def != nil && n.def.root != r.root {
				n.def.root = r.root
				r.walk(n.def.set)
			}
		}
	}
}

func (r *rehearsal) within(s *set) {
	f := r.flatten(s)
	if f == nil || !r.spend(len(f.names), nil) {
		return
	}
	for _, name := range f.names { // (A)
		list := f.fields[name]
		for i, a := range list {
			for _, b := range list[i+1:] {
				if !r.conflict(a, b) {
					return
				}
			}
		}
	}
	for i, a := range f.spreads {
		r.fieldsAndFragment(f, a) // (B)
		for _, b := range f.spreads[i+1:] {
			if !r.fragments(a, b) { // (C)
				return
			}
		}
	}
}

func (r *rehearsal) fieldsAndFragment(f *flat, s *node) bool {
	if !r.spend(1, s.pos) {
		return false
	}
	key := mixed{f, s.name}
	if r.mixed[key] {
		return true
	}
	r.mixed[key] = true
	if s.def == nil {
		return r.spend(pairSteps, s.pos)
	}
	g := r.flatten(s.def.set)
	if g == nil || f == g {
		return r.err == nil
	}
	if !r.spend(pairSteps, s.pos) || !r.between(f, g) { // (D)
		return false
	}
	for _, next := range g.spreads { // (E)
		if !r.fieldsAndFragment(f, next) {
			return false
		}
	}
	return true
}

func (r *rehearsal) fragments(a, b *node) bool {
	if !r.spend(1, b.pos) {
		return false
	}
	if a.name == b.name {
		return true
	}
	key := [2]string{min(a.name, b.name), max(a.name, b.name)}
	if r.pairs[key] {
		return true
	}
	r.pairs[key] = true
	if !r.spend(2*pairSteps, b.pos) {
		return false
	}
	if a.def == nil || b.def == nil {
		return true
	}
	f, g := r.flatten(a.def.set), r.flatten(b.def.set)
	if f == nil || g == nil || !r.between(f, g) { // (F)
		return r.err == nil
	}
	for _, next := range g.spreads { // (G)
		if !r.fragments(a, next) {
			return false
		}
	}
	for _, next := range f.spreads {
		if !r.fragments(next, b) {
			return false
		}
	}
	return true
}

func (r *rehearsal) between(f, g *flat) bool {
	if !r.spend(len(f.names), nil) {
		return false
	}
	for _, name := range f.names {
		others := g.fields[name]
		for _, a := range f.fields[name] {
			for _, b := range others {
				if !r.conflict(a, b) {
					return false
				}
			}
		}
	}
	return true
}

func (r *rehearsal) conflict(a, b *node) bool {
	steps := pairSteps
	if a.args == b.args {
		steps += a.args*a.args + 2*min(a.values, b.values)
	}
	if !r.spend(steps, b.pos) {
		return false
	}
	f, g := r.flatten(a.sub), r.flatten(b.sub)
	if f == nil || g == nil {
		return r.err == nil
	}
	if !r.spend(pairSteps, b.pos) || !r.between(f, g) { // (H)
		return false
	}
	for _, s := range g.spreads { // (I)
		if !r.fieldsAndFragment(f, s) {
			return false
		}
	}
	for _, s := range f.spreads {
		if !r.fieldsAndFragment(g, s) {
			return false
		}
	}
	for _, s := range f.spreads { // (J)
		for _, t := range g.spreads {
			if !r.fragments(s, t) {
				return false
			}
		}
	}
	return true
}

// flatten returns nil for an empty set, and when the rehearsal is over.
func (r *rehearsal) flatten(s *set) *flat {
	if s == nil || r.err != nil {
		return nil
	}
	if s.flat != nil {
		return s.flat
	}
	f := &flat{fields: make(map[string][]*node, len(s.nodes))}
	if !r.open(f, s) {
		return nil
	}
	s.flat = f
	return f
}

func (r *rehearsal) open(f *flat, s *set) bool {
	if s == nil {
		return true
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		if !r.spend(flattenSteps, n.pos) {
			return false
		}
		switch n.kind {
		case field:
			list := append(f.fields[n.name], n)
			if len(list) > r.Repeats {
				r.err = tooCostly(n.pos, "one selection has %q more than %d times", n.name, r.Repeats)
				return false
			}
			if len(list) == 1 {
				f.names = append(f.names, n.name)
			}
			f.fields[n.name] = list
		case inline:
			if !r.open(f, n.sub) {
				return false
			}
		case spread:
			f.spreads = append(f.spreads, n)
		}
	}
	return true
}
