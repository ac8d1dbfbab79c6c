package form

import (
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/expr"
)

// RuleKind is what a rule asks of records.
type RuleKind string

// The kinds of rules.
const (
	CheckRule  RuleKind = "CHECK"  // an expression that is never false
	UniqueRule RuleKind = "UNIQUE" // fields that no two live records share
)

// Rule is something that every record of a form keeps. It is judged when a
// record is written; what is there already stays until it is written next.
type Rule struct {
	Form       *Form
	ID         int64
	Key        string
	Kind       RuleKind
	Expression string   // CHECK
	FieldKeys  []string // UNIQUE: what must differ; CHECK: where its message belongs
	IgnoreCase bool     // UNIQUE: capital and small letters are the same
	Message    Label    // what people read when it is broken
	Position   int

	Fields    []*Field
	Expr      *expr.Expr // CHECK
	Aggregate bool       // CHECK: looks at other records of a list
	Broken    string     // why it cannot be judged, "" when it can
}

// Index names the index behind a UNIQUE rule.
func (r *Rule) Index() string { return "rule_" + strconv.FormatInt(r.ID, 10) + "_is_unique" }

// RuleByConstraint returns the UNIQUE rule that an index belongs to.
func (c *Catalog) RuleByConstraint(name string) *Rule {
	digits, ok := strings.CutPrefix(name, "rule_")
	if !ok {
		return nil
	}
	digits, _, _ = strings.Cut(digits, "_")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if r.ID == id {
				return r
			}
		}
	}
	return nil
}

// Text is the rule's message, or its expression where it has none.
func (r *Rule) Text(language string) string {
	if t := r.Message.In(language, r.Form.Catalog.Language); t != "" {
		return t
	}
	return "does not keep the rule " + r.Key + ": " + r.Expression
}

// Watches lists the references of child records that an aggregate of the rule
// goes over: writing such a child may break the rule.
func (r *Rule) Watches() []*Field {
	var out []*Field
	if r.Expr == nil {
		return nil
	}
	watches(r.Expr, r.Form, &out)
	return out
}

func watches(e *expr.Expr, f *Form, out *[]*Field) {
	expr.Walk(e.Root, func(n expr.Node) bool {
		if a, ok := n.(expr.Aggregate); ok && a.From.Many != nil && len(a.From.Path) == 0 {
			if x := FieldOf(a.From.Many); x.Form == f && x.Via != nil && x.Via.Stored() && !slices.Contains(*out, x.Via) {
				*out = append(*out, x.Via)
			}
		}
		return true
	})
	for _, u := range expr.Fields(e.Root) {
		if x := FieldOf(u); x.Expr != nil && x.Form == f {
			watches(x.Expr, f, out)
		}
	}
}

// Watchers lists the references of the form to records whose rules look at
// records of this form.
func (f *Form) Watchers() []*Field { return f.watchers }

// Serial says whether writes of the form wait for each other, because a rule
// looks at other records.
func (f *Form) Serial() bool { return f.serial }

// LooksAside says whether an expression looks at other records of a list.
func (f *Form) LooksAside(e *expr.Expr) bool { return e != nil && f.Catalog.compiler.aggregates(e) }

// settle finds what the rules of all forms mean for writes.
func (c *Catalog) settle() {
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if !r.Aggregate || r.Broken != "" {
				continue
			}
			f.serial = true
			for _, via := range r.Watches() {
				via.Form.serial = true
				if !slices.Contains(via.Form.watchers, via) {
					via.Form.watchers = append(via.Form.watchers, via)
				}
			}
		}
	}
}

// Outer lists the fields of the record being edited that a picker's expression
// looks at.
func Outer(e *expr.Expr) []*Field {
	var out []*Field
	expr.Uses(e.Root, func(u expr.Field) { out = append(out, FieldOf(u)) })
	return out
}
