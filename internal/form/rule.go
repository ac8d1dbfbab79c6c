package form

import (
	"cmp"
	"slices"

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

// Watch is a way from a record to those whose rules look at it as one of their
// children, or of their children's children: writing it may break them.
type Watch struct {
	Path  []*Field // references to walk, the first on the record itself
	Rules []*Rule  // that look along it
}

// Owner is the form whose rules look at the record.
func (w *Watch) Owner() *Form { return w.Path[len(w.Path)-1].Target }

// Watchers lists the ways from records of the form to those whose rules look at
// them.
func (f *Form) Watchers() []*Watch { return f.watchers }

// Guards lists the forms whose rules look at records of this form, in a fixed
// order: its own, where they look at other records, and those of its owners.
// Writes of any form that one of them guards wait for each other.
func (f *Form) Guards() []*Form { return f.guards }

// level is a record that part of a rule is about: how to walk from it to the one
// that the rule belongs to. known is false where no way leads back, as from what
// a reference leads to.
type level struct {
	way   []*Field
	known bool
}

// ways finds what an expression goes over: for each list of children that hangs
// together with the record of levels' end, the way back.
func ways(n expr.Node, levels []level, found func(way []*Field)) {
	expr.Walk(n, func(n expr.Node) bool {
		switch n := n.(type) {
		case expr.Ref:
			at := levels[n.Level]
			if x := FieldOf(n.Field); at.known && len(n.Path) == 0 && x.Expr != nil {
				ways(x.Expr.Root, []level{at}, found)
			}
		case expr.Aggregate:
			inside := level{}
			if many := n.From.Many; many != nil && len(n.From.Path) == 0 && levels[n.From.Level].known && FieldOf(many).IsChildren() {
				way := append([]*Field{FieldOf(many).Via}, levels[n.From.Level].way...)
				found(way)
				inside = level{way, true}
			}
			more := append([]level{inside}, levels...)
			ways(n.Value, more, found)
			ways(n.Where, more, found)
			return false
		}
		return true
	})
}

// LooksAside says whether an expression looks at other records of a list.
func (f *Form) LooksAside(e *expr.Expr) bool { return e != nil && f.Catalog.compiler.aggregates(e) }

// settle finds what the rules of all forms mean for writes.
func (c *Catalog) settle() {
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if !r.Aggregate || r.Broken != "" || f.ArchivedAt != nil {
				continue
			}
			f.guard(f)
			ways(r.Expr.Root, []level{{nil, true}}, func(way []*Field) {
				way[0].Form.guard(f)
				way[0].Form.watch(way, r)
			})
		}
	}
	for _, f := range c.Forms {
		slices.SortFunc(f.guards, func(a, b *Form) int { return cmp.Compare(a.ID, b.ID) })
	}
}

func (f *Form) guard(by *Form) {
	if !slices.Contains(f.guards, by) {
		f.guards = append(f.guards, by)
	}
}

func (f *Form) watch(way []*Field, r *Rule) {
	i := slices.IndexFunc(f.watchers, func(w *Watch) bool { return slices.Equal(w.Path, way) })
	if i < 0 {
		i = len(f.watchers)
		f.watchers = append(f.watchers, &Watch{Path: way})
	}
	if w := f.watchers[i]; !slices.Contains(w.Rules, r) {
		w.Rules = append(w.Rules, r)
	}
}

// weightOf is the size of an expression with all computed fields in it.
func weightOf(e *expr.Expr) int {
	n := expr.Size(e.Root)
	expr.Uses(e.Root, func(u expr.Field) { n += FieldOf(u).weight })
	return n
}

// Outer lists the fields of the record being edited that a picker's expression
// looks at.
func Outer(e *expr.Expr) []*Field {
	var out []*Field
	expr.Uses(e.Root, func(u expr.Field) { out = append(out, FieldOf(u)) })
	return out
}
