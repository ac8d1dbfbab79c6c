package sqlgen

import (
	"strings"

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
	w.put("SELECT %s FROM (SELECT %s FROM %s r%s", strings.Join(show, ", "), strings.Join(made, ", "), a.List.Form.Table(), in.joins.String())
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
