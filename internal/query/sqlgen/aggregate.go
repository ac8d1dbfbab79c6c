package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// Aggregate selects what the records of a list come to, one row for each group:
// its keys, how many records it has, and the metrics, in their order.
func (e Env) Aggregate(a query.Aggregation) Statement {
	w := &writer{env: e, cat: a.List.Form.Catalog}
	if a.Saved != nil {
		w.savedRows(a)
	} else {
		w.aggregation(a, w.table(a.List.Form)+" r", "")
	}
	return w.done()
}

// AggregateChildren selects what the records behind a field come to for each of
// many parents, parent by parent: the first column is the place of the parent in
// the array that parameter 1 is left for. LATERAL keeps the limit per parent, and
// gives one row to parents without any when there are no keys.
func (e Env) AggregateChildren(x *form.Field, a query.Aggregation) Statement {
	w := &writer{env: e, cat: a.List.Form.Catalog}
	w.put("SELECT p.pos, c.* FROM unnest(%s) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (", w.arg(nil, "bigint[]"))
	from, owner := w.many(x, "r")
	w.aggregation(a, from, owner+" = p.id")
	w.put(") c")
	return w.done()
}

func (w *writer) aggregation(a query.Aggregation, from, first string) {
	g := &grouping{writer: w, walked: map[string]string{}, metrics: map[query.Metric]string{}}
	keys := make([]string, len(a.Groups))
	var show []string
	for i, k := range a.Groups {
		keys[i] = g.key(k)
		show = append(show, fmt.Sprintf("%s AS k%d", showKey(k, keys[i]), i+1))
	}
	show = append(show, "count(*) AS n")
	for i, m := range a.Metrics {
		show = append(show, fmt.Sprintf("%s AS m%d", g.showMetric(m), i+1))
	}
	w.put("SELECT %s FROM %s%s", strings.Join(show, ", "), from, g.joins.String())
	w.where(a.List, "r", first)
	if len(keys) == 0 {
		return // one row
	}
	w.put(" GROUP BY %s ORDER BY %s LIMIT %d", strings.Join(keys, ", "), g.wholeOrder(a, keys), a.First)
}

// wholeOrder is the order of groups, with the keys that it does not name.
func (g *grouping) wholeOrder(a query.Aggregation, keys []string) string {
	var order []string
	for _, o := range a.Order {
		order = append(order, g.order(a, keys, o))
	}
	for i, k := range a.Groups {
		if !slices.ContainsFunc(a.Order, func(o query.GroupOrder) bool { return o.Group == i }) {
			order = append(order, g.keyOrder(k, keys[i]))
		}
	}
	return strings.Join(order, ", ")
}

// grouping is what keys are read from besides the records themselves: records
// that references lead to, each joined once, and the items of lists.
type grouping struct {
	*writer
	walked  map[string]string // path of references to alias
	joins   strings.Builder
	metrics map[query.Metric]string // each written once, so that PostgreSQL computes it once
}

// key is what records are grouped by.
func (g *grouping) key(k query.Group) string {
	alias, path := "r", ""
	for _, ref := range k.Path {
		path += "." + ref.Key
		a := g.walked[path]
		if a == "" {
			a = g.alias()
			g.walked[path] = a
			fmt.Fprintf(&g.joins, " LEFT JOIN %s %s ON %s.id = %s", g.table(ref.Target), a, a, g.of(alias, ref))
		}
		alias = a
	}
	x := k.Field
	if x.IsLinks() {
		a := g.alias()
		fmt.Fprintf(&g.joins, " LEFT JOIN %s %s ON %s.record = %s.id", g.linkTable(x), a, a, alias)
		return a + ".target"
	}
	v := g.of(alias, x)
	switch name := x.Value.Name(); {
	case x.SQLType() == "text[]":
		a := g.alias()
		fmt.Fprintf(&g.joins, " LEFT JOIN LATERAL unnest(%s) AS %s (v) ON true", v, a)
		return a + ".v"
	case name == "DATETIME":
		return period(k.By, g.dayOf(v))
	case name == "DATE":
		return period(k.By, v)
	case name == "DURATION":
		return seconds(v)
	case name == "LONG_TEXT", name == "TEXT" && x.Expr != nil:
		return fmt.Sprintf("left(%s, %d)", v, kind.MaxText)
	case x.SQLType() == "numeric": // 1.5 and 1.50 are one group, and it always looks the same
		return "trim_scale(" + v + ")"
	}
	return v
}

// of is a field of the record of an alias, null where there is no such record.
func (g *grouping) of(alias string, x *form.Field) string {
	if alias == "r" {
		return g.value(alias, x)
	}
	return g.joinedValue(alias, x)
}

func period(by query.DatePeriod, day string) string {
	if by == query.Day {
		return day
	}
	return fmt.Sprintf("date_trunc('%s', %s::timestamp)::date", strings.ToLower(string(by)), day) // one of a closed list
}

// seconds are what lengths of time are computed in: exact, whatever their sum.
func seconds(interval string) string { return "extract(epoch FROM " + interval + ")" }

// showKey is a key as it is selected: text, or the number of a record.
func showKey(k query.Group, key string) string {
	switch t := k.Field.SQLType(); {
	case k.Field.Target != nil, k.By == "" && (t == "text" || t == "text[]" || t == "numeric" || t == "interval"):
		return key
	}
	return key + "::text"
}

// keyOrder is what groups are ordered by: a choice by the place of its option.
func (w *writer) keyOrder(k query.Group, key string) string {
	if !k.Field.IsChoice() {
		return key
	}
	options := make([]string, len(k.Field.Options))
	for i, o := range k.Field.Options {
		options[i] = o.Key
	}
	return fmt.Sprintf("array_position(%s, %s)", w.once(Array(options), "text[]"), key)
}

func (g *grouping) order(a query.Aggregation, keys []string, o query.GroupOrder) string {
	s := ""
	if o.Group >= 0 {
		s = g.keyOrder(a.Groups[o.Group], keys[o.Group])
	} else {
		s = g.metric(o.Metric)
	}
	if o.Desc {
		s += " DESC"
	}
	if o.NullsFirst != o.Desc { // see writer.order
		s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[o.NullsFirst]
	}
	return s
}

func (g *grouping) metric(m query.Metric) string {
	if g.metrics[m] == "" {
		g.metrics[m] = g.writer.metric(m)
	}
	return g.metrics[m]
}

// only leaves out the records of a group that a metric is not of.
func (w *writer) only(c *query.Condition) string {
	if c == nil {
		return ""
	}
	before := w.sql
	w.sql = strings.Builder{}
	w.put(" FILTER (WHERE ")
	w.filter(c.Filter, "r")
	w.put(")")
	text := w.sql.String()
	w.sql = before
	return text
}

// metric is what a group comes to. Nothing goes through floating point: avg and
// percentile_cont of PostgreSQL would, for lengths of time and for medians.
func (w *writer) metric(m query.Metric) string {
	only := w.only(m.If)
	if m.Function == query.Count {
		return "count(*)" + only
	}
	v, digits := w.value("r", m.Field), kind.MaxScale
	if m.Field.SQLType() == "interval" {
		v, digits = seconds(v), 6
	}
	switch m.Function {
	case query.CountDistinct:
		return "count(DISTINCT " + v + ")" + only
	case query.Sum:
		return "coalesce(sum(" + v + ")" + only + ", 0)"
	case query.Avg: // the 30 digits make PostgreSQL divide to more than are kept
		return fmt.Sprintf("trim_scale(round(sum(%[1]s)%[3]s / nullif(count(%[1]s)%[3]s, 0)::numeric(50, 30), %[2]d))", v, digits, only)
	case query.Min:
		return "min(" + v + ")" + only
	case query.Max:
		return "max(" + v + ")" + only
	case query.Median:
		// The mean of the two in the middle, which are one when their number is odd: the
		// last value up to the half and the first beyond it, as long as they are fewer than five billion.
		middle := "percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY " + v + ")" + only
		return fmt.Sprintf("trim_scale(round(((%[1]s)[1]::numeric + (%[1]s)[2]) * 0.5, %[2]d))", middle, digits)
	}
	panic(fmt.Sprintf("sqlgen: metric %q has no SQL", m.Function))
}

// showMetric is a metric as it is selected: text, or a number of records.
func (g *grouping) showMetric(m query.Metric) string {
	s := g.metric(m)
	if m.Function != query.Min && m.Function != query.Max {
		return s
	}
	switch m.Field.SQLType() {
	case "text", "numeric", "interval":
		return s
	}
	return s + "::text"
}
