package sqlgen

import (
	"strings"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// An index serves an order only if it has the empty fields at the same end, and a
// comparison with a cursor only if no "or is null" stands beside it. So a page by
// a field that may be empty is read from the records that have it and from those
// that have not, by a statement each; the second is asked when the first comes to
// an end, which a page rarely does.

// nulls says which records a page is read from, by the first key of its order.
type nulls int

const (
	whole   nulls = iota // all
	filled               // those that have a value
	empties              // those that have none
)

// split says from which records to read first and which follow; after is whole
// when none do.
func split(l query.List) (before, after nulls) {
	if len(l.Order) == 0 || l.Offset > 0 {
		return whole, whole
	}
	x := l.Order[0].Field
	if !l.Order[0].Plain() {
		return whole, whole
	}
	if name := x.Value.Name(); x.Filled || x.Expr != nil || !x.Indexed && !x.Unique || name == "CHOICE" || name == "LONG_TEXT" {
		return whole, whole
	}
	if l.Filter != nil && needs(l.Filter, l) {
		return filled, whole
	}
	desc, nullsFirst := direction(&l.Order[0], l.Back)
	atEmpty := l.Cursor != nil && l.Cursor.Values[0] == nil
	switch {
	case l.Cursor == nil && nullsFirst == desc: // an index has them there
		return whole, whole
	case nullsFirst && (l.Cursor == nil || atEmpty):
		return empties, filled
	case nullsFirst:
		return filled, whole
	case atEmpty:
		return empties, whole
	}
	return filled, empties
}

// needs says whether a filter holds only for records that have a value of the
// list's first key.
func needs(f query.Filter, l query.List) bool {
	switch f := f.(type) {
	case query.And:
		for _, p := range f {
			if needs(p, l) {
				return true
			}
		}
	case query.Cmp:
		if f.Field != l.Order[0].Field {
			return false
		}
		switch f.Op {
		case kind.Ne, kind.NotIn:
			return false
		case kind.IsNull:
			return f.Args[0] == "false"
		}
		return true
	}
	return false
}

// hasValue says whether every record of the page has a value of the i-th key.
func (w *writer) hasValue(l query.List, i int) bool {
	return l.Order[i].Filled() || i == 0 && w.nulls == filled
}

// beyond keeps the records after the cursor: those that are equal in the first
// i keys and beyond it in the next, for every i, the id last. Where no key can be
// empty and all go one way, that is a comparison of rows, which an index serves.
func (w *writer) beyond(l query.List, alias string) {
	type key struct {
		expr, val       string
		less            bool
		filled, isFirst bool // has a value in every record; nulls come first
	}
	var keys []key
	rows := true
	for i := range l.Order {
		o := &l.Order[i]
		if o.IsID() {
			break
		}
		if i == 0 && w.nulls == empties {
			continue
		}
		k := key{expr: w.orderKey(alias, o), filled: w.hasValue(l, i)}
		if v := l.Cursor.Values[i]; v != nil {
			k.val = w.arg(*v, orderType(o))
		}
		k.less, k.isFirst = direction(o, l.Back)
		rows = rows && k.filled && k.val != "" && k.less == tieDesc(l)
		keys = append(keys, k)
	}
	sign := map[bool]string{true: "<", false: ">"}
	id := w.arg(l.Cursor.ID, "bigint")
	if rows {
		var left, right []string
		for _, k := range keys {
			left, right = append(left, k.expr), append(right, k.val)
		}
		w.put("(%s) %s (%s)", strings.Join(append(left, alias+".id"), ", "), sign[tieDesc(l)], strings.Join(append(right, id), ", "))
		return
	}
	if k := keys[0]; k.filled && k.val != "" { // a bound that an index serves
		w.put("%s %s= %s AND ", k.expr, sign[k.less], k.val)
	}
	equal := ""
	w.put("(")
	for _, k := range keys {
		switch {
		case k.val == "" && k.isFirst:
			w.put("(%s%s IS NOT NULL) OR ", equal, k.expr)
		case k.val == "":
			// nothing comes after empty fields that are last
		case k.isFirst || k.filled:
			w.put("(%s%s %s %s) OR ", equal, k.expr, sign[k.less], k.val)
		default:
			w.put("(%s(%s %s %s OR %s IS NULL)) OR ", equal, k.expr, sign[k.less], k.val, k.expr)
		}
		if k.val == "" {
			equal += k.expr + " IS NULL AND "
		} else {
			equal += k.expr + " = " + k.val + " AND "
		}
	}
	w.put("(%s%s.id %s %s))", equal, alias, sign[tieDesc(l)], id)
}
