package expr

import "slices"

// Node is a node of a checked tree. The set is closed.
//
// Levels count records outwards from where a node stands: 0 is the record at
// hand, whose fields are the bare names. Each Aggregate around the node, judged
// in its Value or Where, is one level more; with Scope.Outer the edited record
// is one level beyond Scope.This. So under d aggregates Scope.This is level d
// and Scope.Outer level d+1. Only level 0 and `this` can be written.
type Node interface {
	Type() Type
	node()
}

// Op is an operator of Compare and Arith.
type Op string

// The operators.
const (
	Eq  Op = "="
	Ne  Op = "!="
	Lt  Op = "<"
	Lte Op = "<="
	Gt  Op = ">"
	Gte Op = ">="

	Add Op = "+"
	Sub Op = "-"
	Mul Op = "*"
	Div Op = "/"
	Mod Op = "%"
)

type (
	// Literal is a value as PostgreSQL reads it: 12.50, true, 2026-01-31,
	// 2026-01-31T02:00:00Z, P1DT2H, an option's key. Null has Value "".
	Literal struct {
		Value string
		T     Type
	}
	// Ref is a field of the record at Level, or of the one that the references
	// of Path lead to from there. Field is never Many.
	Ref struct {
		Level int
		Path  []Field
		Field Field
	}
	// Self is the record at Level itself: `this`.
	Self struct {
		Level int
		Rec   Record
	}
	// Not holds if X does not.
	Not struct{ X Node }
	// Logic holds if all (And) or some of its two or more Parts hold.
	Logic struct {
		And   bool
		Parts []Node
	}
	// Compare compares two values that are both numbers or of one type. With
	// Null written out, = and != are an Empty instead.
	Compare struct {
		Op   Op
		L, R Node
	}
	// In holds if X is one of List, or with Negate none of them.
	In struct {
		X      Node
		List   []Node
		Negate bool
	}
	// Empty holds if X has no value, or with Negate one.
	Empty struct {
		X      Node
		Negate bool
	}
	// Arith calculates. Div is always of type Number, Date - Date is days.
	Arith struct {
		Op   Op
		L, R Node
		T    Type
	}
	// Neg is a number or duration with the other sign.
	Neg struct{ X Node }
	// Call is a function by its name in lower case. The operator & is concat.
	Call struct {
		Func string
		Args []Node
		T    Type
		Rec  Record // of T Reference
	}
	// If is Thens[i] for the first Conds[i] that holds, or Else.
	If struct {
		Conds, Thens []Node
		Else         Node
		T            Type
	}
	// Aggregate is count, sum, avg, min, max or first over the records of From
	// for which Where holds. Value and Where are judged one level further in.
	// A sum or count of nothing is 0, all others are null.
	Aggregate struct {
		Func  string
		From  Source
		Value Node // nil for count
		Where Node // nil: all records
		T     Type
	}
	// Saved is a metric of a saved aggregate: of the group whose keys are Keys, one
	// for each of the aggregate's, in their order. It is null where there is no such
	// group, and where a key is null.
	Saved struct {
		Of     Summary
		Metric Field
		Keys   []Node
	}
)

// Source is what an Aggregate goes over: the records of Many on the record that
// Path leads to from Level (as seen from the Aggregate, not from inside), or,
// if Many is nil, all records of a whole Form.
type Source struct {
	Level int
	Path  []Field
	Many  Field
	Form  Record
}

// Record is the form of the records gone over.
func (s Source) Record() Record {
	if s.Many != nil {
		return s.Many.Record()
	}
	return s.Form
}

func (Literal) node()   {}
func (Ref) node()       {}
func (Self) node()      {}
func (Not) node()       {}
func (Logic) node()     {}
func (Compare) node()   {}
func (In) node()        {}
func (Empty) node()     {}
func (Arith) node()     {}
func (Neg) node()       {}
func (Call) node()      {}
func (If) node()        {}
func (Aggregate) node() {}
func (Saved) node()     {}

// Type is the type of the node's value.
func (n Literal) Type() Type   { return n.T }
func (n Ref) Type() Type       { return n.Field.Type() }
func (Self) Type() Type        { return Reference }
func (Not) Type() Type         { return Boolean }
func (Logic) Type() Type       { return Boolean }
func (Compare) Type() Type     { return Boolean }
func (In) Type() Type          { return Boolean }
func (Empty) Type() Type       { return Boolean }
func (n Arith) Type() Type     { return n.T }
func (n Call) Type() Type      { return n.T }
func (n If) Type() Type        { return n.T }
func (n Aggregate) Type() Type { return n.T }
func (n Saved) Type() Type     { return n.Metric.Type() }

// Type is that of X; minus null is a number.
func (n Neg) Type() Type {
	if t := n.X.Type(); t != Null {
		return t
	}
	return Number
}

// OptionsOf are the keys that a node of type Option or Options can have, in the
// order of first mention; nil for other types.
func OptionsOf(n Node) []string {
	if t := n.Type(); t != Option && t != Options {
		return nil
	}
	switch n := n.(type) {
	case Literal:
		return []string{n.Value}
	case Ref:
		return n.Field.Options()
	case Aggregate:
		return OptionsOf(n.Value)
	case Saved:
		return n.Metric.Options()
	}
	return unionOptions(results(n))
}

func unionOptions(nodes []Node) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range nodes {
		for _, o := range OptionsOf(n) {
			if !seen[o] {
				seen[o] = true
				out = append(out, o)
			}
		}
	}
	return out
}

// results are the nodes one of which is the value of an If or a coalesce.
func results(n Node) []Node {
	switch n := n.(type) {
	case If:
		return append(slices.Clone(n.Thens), n.Else)
	case Call:
		return n.Args
	}
	return nil
}

// RecordOf is the form that a node of type Reference refers to, else nil.
func RecordOf(n Node) Record {
	if n.Type() != Reference {
		return nil
	}
	switch n := n.(type) {
	case Ref:
		return n.Field.Record()
	case Self:
		return n.Rec
	case Aggregate:
		return RecordOf(n.Value)
	case Saved:
		return n.Metric.Record()
	case Call:
		return n.Rec
	case If:
		for _, r := range results(n) {
			if r.Type() == Reference {
				return RecordOf(r)
			}
		}
	}
	return nil
}
