package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// savedRows selects rows of a saved aggregate: all groups are a table c, with a
// column for each key and metric, that is filtered and ordered like any other.
func (w *writer) savedRows(a query.Aggregation) {
	in := &grouping{writer: w, walked: map[string]string{}, metrics: map[query.Metric]string{}}
	rows := &grouping{writer: w, metrics: map[query.Metric]string{}}
	var made, keys, columns, show []string
	column := func(i int, sql string) string {
		name := `"` + a.Saved.Names[i] + `"` // of keys and points alone
		made = append(made, sql+" AS "+name)
		return "c." + name
	}
	for i, k := range a.Groups {
		keys = append(keys, in.key(k))
		columns = append(columns, column(i, keys[i]))
		show = append(show, showKey(k, columns[i]))
	}
	made, show = append(made, "count(*) AS count__"), append(show, "c.count__")
	for i, m := range a.Metrics {
		rows.metrics[m] = column(len(a.Groups)+i, in.metric(m))
		show = append(show, rows.showMetric(m))
	}
	w.put("SELECT %s FROM (SELECT %s FROM %s r%s", strings.Join(show, ", "), strings.Join(made, ", "), w.table(a.List.Form), in.joins.String())
	w.where(a.List, "r", "")
	if len(keys) > 0 {
		w.put(" GROUP BY %s", strings.Join(keys, ", "))
	}
	w.put(") c")
	if a.Saved.Filter != nil {
		w.put(" WHERE ")
		w.filter(a.Saved.Filter, "c")
	}
	if len(keys) > 0 {
		w.put(" ORDER BY %s", rows.wholeOrder(a, columns))
	}
	w.put(" LIMIT %d OFFSET %d", a.First, a.Saved.Offset)
}

// saved is a metric of one group of a saved aggregate. PostgreSQL counts that group
// alone: it takes the conditions on keys to the records.
func (w *writer) saved(n expr.Saved, levels []string) string {
	saved := form.SavedOf(n.Of)
	a, err := query.ParseSaved(saved, w.asked().Now)
	if err != nil {
		panic(fmt.Sprintf("sqlgen: saved aggregate %s is in a rule and broken: %s", saved.Key, err))
	}
	in := &grouping{writer: w, walked: map[string]string{}, metrics: map[query.Metric]string{}}
	metric := slices.Index(a.Saved.Names, n.Metric.Key()) - len(a.Groups)
	var made, keys, same []string
	for i, k := range a.Groups {
		keys = append(keys, in.key(k))
		made = append(made, fmt.Sprintf("%s AS k%d", keys[i], i+1))
		same = append(same, fmt.Sprintf("c.k%d = %s", i+1, w.typed(n.Keys[i], n.Of.Keys()[i].Type(), levels)))
	}
	made = append(made, in.metric(a.Metrics[metric])+" AS m")
	before := w.sql.String() // what is put belongs inside
	w.sql.Reset()
	w.where(a.List, "r", "")
	where := w.sql.String()
	w.sql.Reset()
	w.sql.WriteString(before)
	from := fmt.Sprintf("(SELECT %s FROM %s r%s%s", strings.Join(made, ", "), w.table(a.List.Form), in.joins.String(), where)
	if len(keys) == 0 {
		return w.number(fmt.Sprintf("(SELECT c.m FROM %s) c)", from), n.Type())
	}
	return w.number(fmt.Sprintf("(SELECT c.m FROM %s GROUP BY %s) c WHERE %s)", from, strings.Join(keys, ", "), strings.Join(same, " AND ")), n.Type())
}
