// Package query is the language of record lists: filter, order, page; and of what
// they come to: groups and metrics (aggregate.go), also under a name (saved.go).
//
// Its types are values already checked against a catalog: a filter holds
// fields, not names, and arguments in the text of their column. ParseFilter and
// ParseOrder check what a client sent, for the typed face (GraphQL names) and
// the generic one (field keys) by the same code. Package sqlgen writes the
// result as SQL. Neither does I/O.
//
//	f, err := query.ParseFilter(customer, map[string]any{"tier": map[string]any{"eq": "A"}}, query.Typed, today)
//	// query.Cmp{Field: customer.tier, Op: kind.Eq, Args: []string{"a"}}
//
// Logic is two-valued: a comparison with an empty field is false (ne, notIn and
// isNull: true), and not turns exactly that around. A filter behind a reference
// sees a missing record as one whose fields are all empty.
package query

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Filter is a node of a checked filter tree. The set is closed.
type Filter interface{ filter() }

type (
	// And holds if all of its parts hold; an empty one always does.
	And []Filter
	// Or holds if one of its parts holds; an empty one never does.
	Or []Filter
	// Not holds if its part does not.
	Not struct{ F Filter }
	// Cmp compares one field of the record. Args are in the column's text: two
	// for between, from and to of a period for during ("" is open), any number
	// for in and notIn, "true" or "false" for isNull, else one.
	Cmp struct {
		Field *form.Field
		Op    kind.Op
		Args  []string
	}
	// Missing holds for a record that is not there: behind a reference, isNull.
	Missing struct{ Is bool }
	// Through applies a filter to the record that a reference leads to.
	Through struct {
		Ref *form.Field
		F   Filter
	}
	// Related holds if some, none or every live record that Many leads to, children
	// or links, satisfies F.
	Related struct {
		Many  *form.Field
		Which Quantifier
		F     Filter
	}
	// Within holds for teams that are one of Teams or below one; Mine: the team of
	// whoever asks.
	Within struct {
		Team, Member *form.Form
		Teams        []string // numbers
		Mine         bool
	}
	// Me holds for the member who asks.
	Me struct{}
	// Pickable holds for records that a reference may lead to from a record being
	// filled in, which is Form's record of number ID, if that is not 0, with the
	// values of Given in place of its own, in the text of their columns.
	Pickable struct {
		Ref   *form.Field
		ID    int64
		Given map[*form.Field]any
	}
)

// Quantifier says how many children must satisfy a filter.
type Quantifier string

// The quantifiers.
const (
	Some  Quantifier = "some"
	None  Quantifier = "none"
	Every Quantifier = "every"
)

func (And) filter()     {}
func (Or) filter()      {}
func (Not) filter()     {}
func (Cmp) filter()     {}
func (Missing) filter() {}
func (Through) filter() {}
func (Related) filter() {}
func (Within) filter()  {}
func (Me) filter()      {}

func (Pickable) filter() {}

// OnMissing tells what a filter says of a record that is not there, all of
// whose fields are empty. It is a constant of the filter.
func OnMissing(f Filter) bool {
	switch f := f.(type) {
	case And:
		for _, p := range f {
			if !OnMissing(p) {
				return false
			}
		}
		return true
	case Or:
		for _, p := range f {
			if OnMissing(p) {
				return true
			}
		}
		return false
	case Not:
		return !OnMissing(f.F)
	case Cmp:
		switch f.Op {
		case kind.Ne, kind.NotIn:
			return true
		case kind.IsNull:
			return f.Args[0] == "true"
		case kind.HasAll: // no links are all of no records
			return f.Field.IsLinks() && len(f.Args) == 0
		}
		return false
	case Missing:
		return f.Is
	case Within, Me, Pickable:
		return false
	case Through:
		return OnMissing(f.F)
	case Related:
		return f.Which != Some
	}
	return false
}

// Mentions says whether a filter speaks of the given field of the record
// itself, not of related ones.
func Mentions(f Filter, x *form.Field) bool {
	switch f := f.(type) {
	case And:
		for _, p := range f {
			if Mentions(p, x) {
				return true
			}
		}
	case Or:
		return Mentions(And(f), x)
	case Not:
		return Mentions(f.F, x)
	case Cmp:
		return f.Field == x
	}
	return false
}

// Relative says whether a filter speaks of periods relative to today: it then
// means something else tomorrow.
func Relative(f Filter) bool {
	switch f := f.(type) {
	case And:
		return slices.ContainsFunc(f, Relative)
	case Or:
		return slices.ContainsFunc(f, Relative)
	case Not:
		return Relative(f.F)
	case Through:
		return Relative(f.F)
	case Related:
		return Relative(f.F)
	case Cmp:
		return f.Op == kind.During
	}
	return false
}

// Order is one key of an order: a field of the record, or of the one that a path
// of references leads to, which is empty where there is no such record. A choice
// is ordered by the place of its option, a long text by its first MaxText
// characters.
type Order struct {
	Path       []*form.Field
	Field      *form.Field
	Desc       bool
	NullsFirst bool
	Pinyin     bool // texts by the pinyin of their Chinese
	Rank       bool // in place of a field: how well the record is found by the list's search
}

// IsID says whether the key is the record's own id, after which nothing can follow.
func (o *Order) IsID() bool { return !o.Rank && len(o.Path) == 0 && o.Field.IsID() }

// Filled says whether every record has a value of the key.
func (o *Order) Filled() bool { return o.Rank || len(o.Path) == 0 && o.Field.Filled }

// Plain says whether the key is a column of the record, or computed from one, in
// the order of its type.
func (o *Order) Plain() bool { return !o.Rank && !o.Pinyin && len(o.Path) == 0 }

// name tells the key from all others of the form.
func (o *Order) name() string {
	if o.Rank {
		return "*"
	}
	var b strings.Builder
	for _, ref := range o.Path {
		b.WriteString(ref.Key + ".")
	}
	b.WriteString(o.Field.Key)
	if o.Pinyin {
		b.WriteString(" pinyin")
	}
	return b.String()
}

// OrderText tells an order from all others of its form.
func OrderText(order []Order) string {
	var b strings.Builder
	for i := range order {
		fmt.Fprintf(&b, "%s%t%t,", order[i].name(), order[i].Desc, order[i].NullsFirst)
	}
	return b.String()
}

// List is a checked list of records of one form.
type List struct {
	Form   *form.Form
	Filter Filter  // nil: all live records
	Search string  // what the records' texts must hold, see docs/adr/0011; "": anything
	Order  []Order // ties are broken by id, in the direction of the last key
	First  int     // page size
	Back   bool    // the page before Cursor (last, before) instead of the one after it
	Cursor *Cursor // nil: from the start (or the end)
	Offset int     // records skipped, without a cursor
}

// Limits of lists and filters.
const (
	DefaultPage = 20
	MaxPage     = 200
	MaxOffset   = 10_000
	MaxOrder    = 10    // keys of an order
	MaxDepth    = 12    // nesting of a filter
	MaxNodes    = 500   // conditions of a filter
	MaxValues   = 1_000 // values of one in or notIn
	MaxSearch   = 200   // characters that are searched for
)

// LiveOnly says whether the list leaves archived records out: it does unless
// its filter itself speaks of archivedAt.
func (l List) LiveOnly() bool {
	return l.Filter == nil || !Mentions(l.Filter, l.Form.Field("archived_at"))
}

// TieDesc is the direction in which ties are broken by id.
func (l List) TieDesc() bool { return len(l.Order) > 0 && l.Order[len(l.Order)-1].Desc }
