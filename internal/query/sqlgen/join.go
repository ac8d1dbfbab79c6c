package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Computed columns often walk the same references, many lookups through one and
// formulas over them, and often use the same computed fields. What the columns of
// a statement use more than once is read or computed once for each row, by a join
// behind the page; anything else where it is used. What no column uses is never
// joined.

// joins are what the columns of one statement use.
type joins struct {
	used  map[use]int
	alias map[use]string  // what it is joined as
	from  map[string]bool // aliases of records that are joined, and of the row itself
	done  map[use]bool    // joined
	sql   strings.Builder
}

// use is a field of the record of an alias: a reference that is walked, or what a
// computed field comes to.
type use struct {
	alias string
	field *form.Field
	walk  bool
}

// columns writes the columns to select from the record of an alias and returns
// the joins that they need.
func (w *writer) columns(alias string, cols []Column) string {
	j := &joins{used: map[use]int{}, alias: map[use]string{}, from: map[string]bool{alias: true}, done: map[use]bool{}}
	computed := 0
	for _, c := range cols {
		x := c.Field
		if c.Key != nil && !c.Key.Rank && len(c.Key.Path) == 0 {
			x = c.Key.Field
		}
		if x != nil && x.Expr != nil {
			computed++
			j.field(alias, x)
		}
	}
	if computed > 1 {
		j.from = map[string]bool{alias: true}
		w.joins = j
		defer func() { w.joins = nil }()
	}
	w.selectColumns(alias, cols)
	return j.sql.String()
}

// again counts a use and says whether it is the first.
func (j *joins) again(u use) (first bool) {
	if j.used[u]++; j.used[u] == 1 {
		j.alias[u] = fmt.Sprintf("j%d", len(j.alias)+1)
		return true
	}
	return false
}

// field counts what a computed field of the record of an alias uses.
func (j *joins) field(alias string, x *form.Field) {
	if x.Expr == nil || !j.from[alias] {
		return
	}
	if plain(x) || j.again(use{alias, x, false}) { // computed once, however often it is used
		j.node(x.Expr.Root, []string{alias})
	}
}

// plain says whether a field is but a field of a record that references lead to.
func plain(x *form.Field) bool {
	_, ok := x.Expr.Root.(expr.Ref)
	return ok
}

func (j *joins) node(n expr.Node, levels []string) {
	switch n := n.(type) {
	case expr.Ref:
		j.walk(levels[n.Level], n.Path, form.FieldOf(n.Field))
	case expr.Aggregate:
		if last := len(n.From.Path) - 1; last >= 0 {
			j.walk(levels[n.From.Level], n.From.Path[:last], form.FieldOf(n.From.Path[last]))
		}
	}
	same, inside := expr.Children(n)
	for _, c := range same {
		j.node(c, levels)
	}
	for _, c := range inside {
		j.node(c, append([]string{""}, levels...))
	}
}

func (j *joins) walk(alias string, path []expr.Field, x *form.Field) {
	for _, p := range path {
		if !j.from[alias] {
			return
		}
		at := use{alias, form.FieldOf(p), true}
		if j.again(at) {
			j.from[j.alias[at]] = true
			j.field(alias, at.field)
		}
		alias = j.alias[at]
	}
	j.field(alias, x)
}

// shared is the alias of a use that is joined, "" when it is to be written where
// it is. OFFSET 0 keeps PostgreSQL from looking for a better order of many joins,
// which takes longer than all of them, and from computing twice what is used twice.
func (w *writer) shared(alias string, x *form.Field, walk bool) string {
	j, u := w.joins, use{alias, x, walk}
	if j == nil || !j.from[alias] || j.used[u] < 2 {
		return ""
	}
	a := j.alias[u]
	if j.done[u] {
		return a
	}
	j.done[u] = true
	if walk {
		key := w.value(alias, x) // which may join something before this
		j.from[a] = true
		fmt.Fprintf(&j.sql, " LEFT JOIN LATERAL (SELECT %[1]s.* FROM %[2]s %[1]s WHERE %[1]s.id = %[3]s OFFSET 0) %[1]s ON true", a, w.table(x.Target), key)
	} else {
		fmt.Fprintf(&j.sql, " CROSS JOIN LATERAL (SELECT %s AS v OFFSET 0) %s", w.computed(alias, x), a)
	}
	return a
}

// joinedValue is the value of a field of a joined record, null where there is no
// such record.
func (w *writer) joinedValue(alias string, x *form.Field) string {
	v := w.value(alias, x)
	if x.Expr == nil || plain(x) {
		return v
	}
	return fmt.Sprintf("CASE WHEN %s.id IS NOT NULL THEN %s END", alias, v)
}

// page writes what a page of records is selected from: the rows, of those behind
// owner for a page of children, and what is joined to them. With joins, and where
// no index has the order, the page is a query of its own: PostgreSQL would compute
// what is selected, texts of dates and numbers too, of every record that it sorts
// or skips. The order survives the joins, each of which is a nested loop.
func (w *writer) page(l query.List, from string, owner *form.Field, first, joins string, limit int) {
	apart := joins != "" || !ordered(l, owner)
	w.put(" FROM ")
	if apart {
		w.put("(SELECT r.* FROM ")
	}
	w.put("%s", from)
	w.keysOnce(l, "r")
	w.where(l, "r", first)
	w.order(l, "r")
	w.limit(l, limit)
	w.keys = nil
	if apart {
		w.put(") r%s", joins)
	}
}

// ordered says whether an index has the order of a page from its start.
func ordered(l query.List, owner *form.Field) bool {
	switch {
	case l.Offset > 0:
		return false
	case len(l.Order) == 0 || l.Order[0].IsID():
		return true
	case !l.Order[0].Plain():
		return false
	}
	x := l.Order[0].Field
	if owner == nil && (x.Indexed || x.Unique) {
		return true
	}
	return slices.ContainsFunc(l.Form.Rules, func(r *form.Rule) bool {
		return r.Kind == form.IndexRule && slices.Contains(r.Fields, x) && (owner == nil || r.Fields[0] == owner.Via)
	})
}

// keysOnce adds keys of an order that are more than a column to what is selected
// from, when a cursor compares them several times.
func (w *writer) keysOnce(l query.List, alias string) {
	if l.Cursor == nil {
		return
	}
	keys := map[*query.Order]string{}
	var parts []string
	for i := range l.Order {
		o := &l.Order[i]
		if o.IsID() {
			break
		}
		if o.Rank || len(o.Path) > 0 || o.Field.Expr != nil {
			keys[o] = fmt.Sprintf("k.k%d", len(keys)+1)
			parts = append(parts, fmt.Sprintf("%s AS k%d", w.orderKey(alias, o), len(keys)))
		}
	}
	if len(parts) > 0 {
		w.put(" CROSS JOIN LATERAL (SELECT %s OFFSET 0) k", strings.Join(parts, ", "))
		w.keys = keys
	}
}
