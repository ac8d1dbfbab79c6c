package shaped

import (
	"slices"
	"strings"

	"fieldwork/internal/plan"
	"fieldwork/internal/view"

	"github.com/vektah/gqlparser/v2/ast"
)

// MaxCost bounds the cost of one operation; see plan.Cost.
const MaxCost = 100_000

// FixedCost is what a root field of the fixed part costs at least.
const FixedCost = 10

// SomeOf is how long a list of the fixed part is taken to be whose length the
// definitions do not tell.
const SomeOf = 10

// LookCost is what a root field counts for that looks at all customers, as for gaps,
// overlaps and workload.
const LookCost = 500

// DrawCost is what a picture or a file of the table counts for.
const DrawCost = 5_000

// A page of moves counts as a full one, however long it is asked for; of what a
// handover leaves it is not known.
const someMoves, someLeft = 200, 100

// Objects is how many objects of fixed types a field may answer with, itself
// included. round is how often fields or views have been entered above. Records
// below are not entered: package plan counts them. Nor is introspection, which the
// gate bounds.
func (x *Operation) Objects(def *ast.FieldDefinition, name string, sel ast.SelectionSet, round int) plan.Cost {
	if len(sel) == 0 || strings.HasPrefix(name, "__") {
		return 0
	}
	n := plan.Cost(1)
	if name == "moves" {
		n = someMoves / SomeOf
	}
	if def.Type.Elem != nil {
		n = x.length(name, round)
	}
	if name == "fields" || name == "views" {
		round++
	}
	if typ := x.Doc.Types[def.Type.Name()]; typ == nil || typ.IsAbstractType() || slices.Contains(typ.Interfaces, "Record") {
		return n
	}
	return n.Times(plan.Cost(1).Plus(x.below(sel, round)))
}

func (x *Operation) below(sel ast.SelectionSet, round int) plan.Cost {
	c := plan.Cost(0)
	for _, s := range sel {
		switch s := s.(type) {
		case *ast.Field:
			c = c.Plus(x.Objects(s.Definition, s.Name, s.SelectionSet, round))
		case *ast.InlineFragment:
			c = c.Plus(x.below(s.SelectionSet, round))
		case *ast.FragmentSpread:
			c = c.Plus(x.below(s.Definition.SelectionSet, round))
		}
	}
	return c
}

// length is how long a list of definitions is: on the average in the first
// round, where all forms may be asked for, and at most in those after it.
func (x *Operation) length(name string, round int) plan.Cost {
	forms, fields, options, mostFields, mostOptions := 0, 0, 0, 1, 1
	for _, f := range x.Catalog.Forms {
		forms++
		mostFields = max(mostFields, len(f.Fields))
		for _, o := range f.Fields {
			fields++
			options += len(o.Options)
			mostOptions = max(mostOptions, len(o.Options))
		}
	}
	switch {
	case name == "forms":
		return plan.Cost(max(forms, 1))
	case name == "fields" && round > 0:
		return plan.Cost(mostFields)
	case name == "fields":
		return plan.Cost(fields/max(forms, 1) + 1)
	case name == "options" && round > 1:
		return plan.Cost(mostOptions)
	case name == "options":
		return plan.Cost(options/max(fields, 1) + 1)
	case name == "views" && round > 0:
		return view.MaxShared + view.MaxOwn
	case name == "columns" && round > 1:
		return view.MaxColumns
	case name == "left":
		return someLeft
	}
	return SomeOf
}
