package form

import (
	"fieldwork/internal/expr"
)

// RuleKind is what a rule asks of records.
type RuleKind string

// The kinds of rules.
const (
	CheckRule  RuleKind = "CHECK"  // an expression that is never false
	UniqueRule RuleKind = "UNIQUE" // fields that no two live records share
	IndexRule  RuleKind = "INDEX"  // fields that lists are filtered and ordered by together
)

// Rule is something that every record of a form keeps. It is judged when a
// record is written; what is there already stays until it is written next. An
// INDEX asks nothing of records: it is kept by PostgreSQL, which reads lists by it.
type Rule struct {
	Form       *Form
	ID         int64
	Key        string
	Kind       RuleKind
	Expression string   // CHECK
	FieldKeys  []string // UNIQUE: what must differ; INDEX: what it goes over; CHECK: where its message belongs
	IgnoreCase bool     // UNIQUE: capital and small letters are the same
	Message    Label    // what people read when it is broken
	Position   int

	Fields    []*Field
	Expr      *expr.Expr // CHECK
	Aggregate bool       // CHECK: looks at other records of a list
	Broken    string     // why it cannot be judged, "" when it can
}

// Text is the rule's message; where it has none, what it asks for.
func (r *Rule) Text(language string) string {
	if t := r.Message.In(language, r.Form.Catalog.Language); t != "" {
		return t
	}
	if r.Kind == UniqueRule {
		return "another record has these values"
	}
	return "does not keep the rule " + r.Key + ": " + r.Expression
}

// Folds says whether a UNIQUE rule compares the field without regard to capital
// letters.
func (r *Rule) Folds(x *Field) bool { return r.IgnoreCase && x.SQLType() == "text" }

// Rule returns the rule of that key, broken or not; nil if there is none.
func (f *Form) Rule(key string) *Rule {
	for _, r := range f.Rules {
		if r.Key == key {
			return r
		}
	}
	return nil
}

// LooksAside says whether an expression looks at other records of a list.
func (f *Form) LooksAside(e *expr.Expr) bool { return e != nil && f.Catalog.compiler.aggregates(e) }

// weightOf is the size of an expression with all computed fields in it.
func weightOf(e *expr.Expr) int {
	n := expr.Size(e.Root)
	expr.Uses(e.Root, func(u expr.Field) { n += FieldOf(u).weight })
	e.Saved(func(s expr.Summary) bool {
		for _, x := range SavedOf(s).Reading.Fields {
			n += 1 + x.weight
		}
		return false
	})
	return n
}

// Outer lists the fields of the record being edited that a picker's expression
// looks at.
func Outer(e *expr.Expr) []*Field {
	var out []*Field
	expr.Uses(e.Root, func(u expr.Field) { out = append(out, FieldOf(u)) })
	return out
}
