package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// Where writes a filter on records of table alias, as it stands behind WHERE.
func (e Env) Where(f query.Filter, alias string) Statement {
	w := &writer{env: e}
	w.filter(f, alias)
	return w.done()
}

func (w *writer) filter(f query.Filter, alias string) {
	switch f := f.(type) {
	case query.And:
		w.join(f, alias, " AND ", "true")
	case query.Or:
		w.join(f, alias, " OR ", "false")
	case query.Not: // of empty fields too: not is the exact opposite
		w.put("(")
		w.filter(f.F, alias)
		w.put(") IS NOT TRUE")
	case query.Cmp:
		w.cmp(f, alias)
	case query.Missing: // here the record is there; for the other case see through
		w.put("%t", !f.Is)
	case query.Through:
		w.through(f, alias)
	case query.Related:
		w.related(f, alias)
	case query.Within:
		w.within(f, alias)
	case query.Me:
		w.put("%s.id = %s", alias, w.arg(w.asked().Member, "bigint"))
	case query.Pickable:
		w.pickable(f, alias)
	default:
		panic(fmt.Sprintf("sqlgen: filter %T has no SQL", f))
	}
}

func (w *writer) join(parts []query.Filter, alias, sep, empty string) {
	if len(parts) == 0 {
		w.put("%s", empty)
		return
	}
	w.put("(")
	for i, p := range parts {
		if i > 0 {
			w.put("%s", sep)
		}
		w.filter(p, alias)
	}
	w.put(")")
}

// through asks about the record behind a reference. What the filter says of a
// missing record is known beforehand, so no outer join is needed.
func (w *writer) through(f query.Through, alias string) {
	col := w.value(alias, f.Ref)
	switch inner := f.F.(type) {
	case query.Missing:
		w.put("%s IS %s", col, map[bool]string{true: "NULL", false: "NOT NULL"}[inner.Is])
		return
	case query.Me:
		w.put("%s = %s", col, w.arg(w.asked().Member, "bigint"))
		return
	case query.Cmp: // the id stands in the reference itself
		if inner.Field.IsID() {
			inner.Field = f.Ref
			w.cmp(inner, alias)
			return
		}
	}
	a := w.alias()
	onMissing := query.OnMissing(f.F)
	if onMissing {
		w.put("(%s IS NULL OR ", col)
	}
	w.put("EXISTS (SELECT FROM %s %s WHERE %s.id = %s AND ", w.table(f.Ref.Target), a, a, col)
	w.filter(f.F, a)
	w.put(")")
	if onMissing {
		w.put(")")
	}
}

func (w *writer) related(f query.Related, alias string) {
	a := w.alias()
	from, owner := w.many(f.Many, a)
	if f.Which != query.Some {
		w.put("NOT ")
	}
	w.put("EXISTS (SELECT FROM %s WHERE %s = %s.id AND %s.archived_at IS NULL AND ", from, owner, alias, a)
	if f.Which == query.Every {
		w.put("(")
	}
	w.filter(f.F, a)
	if f.Which == query.Every {
		w.put(") IS NOT TRUE")
	}
	w.put(")")
}

// within walks down the tree of teams. UNION without ALL ends also where teams
// are in a circle.
func (w *writer) within(f query.Within, alias string) {
	from := "false"
	if !f.Mine {
		from = fmt.Sprintf("id = ANY(%s)", w.arg(Array(f.Teams), "bigint[]"))
	} else {
		if mine := f.Member.ByPurpose("MEMBER_TEAM"); mine != nil && mine.Target == f.Team {
			from = fmt.Sprintf("id = (SELECT m.%s FROM %s m WHERE m.id = %s)", mine.Column(), w.table(f.Member), w.arg(w.asked().Member, "bigint"))
		}
	}
	table, parent := w.table(f.Team), f.Team.ByPurpose("TEAM_PARENT").Column()
	w.put("%[1]s.id IN (WITH RECURSIVE t AS (SELECT id FROM %[2]s WHERE %[3]s UNION SELECT c.id FROM %[2]s c JOIN t ON c.%[4]s = t.id) SELECT id FROM t)",
		alias, table, from, parent)
}

var comparison = map[kind.Op]string{kind.Eq: "=", kind.Lt: "<", kind.Lte: "<=", kind.Gt: ">", kind.Gte: ">="}

func (w *writer) cmp(c query.Cmp, alias string) {
	if c.Field.HasLinkTable() {
		w.linked(c, alias)
		return
	}
	col, typ := w.value(alias, c.Field), c.Field.SQLType()
	switch c.Op {
	case kind.Has:
		w.put("%s @> %s", col, w.arg(Array(c.Args), typ))
	case kind.HasAny:
		w.put("%s && %s", col, w.arg(Array(c.Args), typ))
	case kind.HasAll:
		w.put("%s @> %s", col, w.arg(Array(c.Args), typ))
	case kind.Eq, kind.Lt, kind.Lte, kind.Gt, kind.Gte:
		w.put("%s %s %s", col, comparison[c.Op], w.arg(c.Args[0], typ))
	case kind.Ne:
		w.put("%s IS DISTINCT FROM %s", col, w.arg(c.Args[0], typ))
	case kind.In:
		w.put("%s = ANY(%s)", col, w.arg(Array(c.Args), typ+"[]"))
	case kind.NotIn:
		w.put("(%s = ANY(%s)) IS NOT TRUE", col, w.arg(Array(c.Args), typ+"[]"))
	case kind.IsNull:
		w.put("%s IS %s", col, map[bool]string{true: "NULL", false: "NOT NULL"}[c.Args[0] == "true"])
	case kind.Between:
		w.put("%s BETWEEN %s AND %s", col, w.arg(c.Args[0], typ), w.arg(c.Args[1], typ))
	case kind.Contains:
		w.put("%s ILIKE %s", col, w.arg("%"+likeText(c.Args[0])+"%", typ))
	case kind.StartsWith:
		w.put("%s ILIKE %s", col, w.arg(likeText(c.Args[0])+"%", typ))
	case kind.EndsWith:
		w.put("%s ILIKE %s", col, w.arg("%"+likeText(c.Args[0]), typ))
	case kind.During:
		w.during(c, col, typ)
	default:
		panic(fmt.Sprintf("sqlgen: operator %q has no SQL", c.Op))
	}
}

// linked compares a list of links with numbers of records.
func (w *writer) linked(c query.Cmp, alias string) {
	rows := fmt.Sprintf("FROM %s l WHERE l.record = %s.id", w.linkTable(c.Field), alias)
	switch c.Op {
	case kind.IsNull:
		w.put("%sEXISTS (SELECT %s)", map[bool]string{true: "NOT "}[c.Args[0] == "true"], rows)
	case kind.Has, kind.HasAny:
		w.put("EXISTS (SELECT %s AND l.target = ANY(%s))", rows, w.arg(Array(c.Args), "bigint[]"))
	case kind.HasAll: // the numbers differ from each other, and so do the links
		w.put("(SELECT count(*) %s AND l.target = ANY(%s)) = %d", rows, w.arg(Array(c.Args), "bigint[]"), len(c.Args))
	default:
		panic(fmt.Sprintf("sqlgen: operator %q has no SQL for links", c.Op))
	}
}

func (w *writer) during(c query.Cmp, col, typ string) {
	var parts []string
	if c.Args[0] != "" {
		parts = append(parts, col+" >= "+w.arg(c.Args[0], typ))
	}
	if c.Args[1] != "" {
		parts = append(parts, col+" < "+w.arg(c.Args[1], typ))
	}
	w.put("(%s)", strings.Join(parts, " AND "))
}

// likeText escapes what LIKE would take for a pattern.
var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func likeText(s string) string { return likeEscapes.Replace(s) }
