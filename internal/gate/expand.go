package gate

import (
	"fmt"
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// size is what a selection set comes to once its fragments are expanded. It is
// computed once per fragment: thirty fragments that spread the next one twice
// are sixty additions, not 2^30 visits.
type size struct {
	selections int // fields, fragments and values; saturates
	fields     int // at its own level; saturates
	depth      int // of fields within fields
	lists      int // of the schema within each other
	deepest    *ast.Position
}

type expansion struct {
	Limits
	path []*definition // fragments being measured
}

// expand refuses circles of fragments, and operations that are too large or
// too deep once their fragments are in place.
func (l Limits) expand(defs definitions) *gqlerror.Error {
	x := expansion{Limits: l}
	for _, def := range defs.all() {
		if err := x.measure(def, def.pos); err != nil {
			return err
		}
	}
	for _, op := range defs.operations {
		switch m := op.measured; {
		case m.depth > l.Depth:
			return tooCostly(m.deepest, "fields are nested more than %d deep", l.Depth)
		case m.fields > l.RootFields:
			return tooCostly(op.pos, "an operation has more than %d fields at its root", l.RootFields)
		case m.selections > l.Selections:
			return tooCostly(op.pos, "an operation has more than %d selections and values once its fragments are in place", l.Selections)
		}
	}
	return nil
}

func (x *expansion) measure(def *definition, from *ast.Position) *gqlerror.Error {
	switch {
	case def.done:
		return nil
	case def.open:
		return x.circle(def, from)
	}
	def.open = true
	x.path = append(x.path, def)
	var err *gqlerror.Error
	def.measured, err = x.set(def.set)
	x.path = x.path[:len(x.path)-1]
	def.done = true
	return err
}

// circle says what gqlparser's rule says; nothing after this pass has to cope
// with circles.
func (x *expansion) circle(def *definition, pos *ast.Position) *gqlerror.Error {
	var via []string
	for i := len(x.path) - 1; i >= 0 && x.path[i] != def; i-- {
		via = append([]string{`"` + x.path[i].name + `"`}, via...)
	}
	message := fmt.Sprintf(`Cannot spread fragment "%s" within itself`, def.name)
	if len(via) > 0 {
		message += " via " + strings.Join(via, ", ")
	}
	return refuse(errcode.ValidationFailed, pos, "%s.", message)
}

func (x *expansion) set(s *set) (size, *gqlerror.Error) {
	var total size
	if s == nil {
		return total, nil
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		one, err := x.node(n)
		if err != nil {
			return total, err
		}
		total.selections = add(total.selections, one.selections)
		total.fields = add(total.fields, one.fields)
		total.lists = max(total.lists, one.lists)
		if one.depth > total.depth {
			total.depth, total.deepest = one.depth, one.deepest
		}
	}
	return total, nil
}

func (x *expansion) node(n *node) (size, *gqlerror.Error) {
	if n.kind == spread {
		if n.def == nil {
			return size{selections: 1}, nil // validation says that it is unknown
		}
		if err := x.measure(n.def, n.pos); err != nil {
			return size{}, err
		}
		m := n.def.measured
		m.selections = add(m.selections, 1)
		return m, nil
	}
	m, err := x.set(n.sub)
	if err != nil {
		return m, err
	}
	m.selections = add(m.selections, 1+n.values)
	if n.kind == inline {
		return m, nil
	}
	m.fields = 1
	m.depth++
	if m.deepest == nil || m.depth > x.Depth {
		m.deepest = n.pos // the outermost field that holds too much
	}
	if n.schema && m.lists > x.Introspection {
		return m, tooCostly(n.pos, "introspection nests lists of types and fields more than %d deep", x.Introspection)
	}
	if n.list {
		m.lists++
	}
	return m, nil
}

// add saturates: sums of a hostile document pass any integer.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
