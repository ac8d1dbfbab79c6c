package sqlgen_test

import (
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// aggregation reads an aggregation of the generic face.
func aggregation(t *testing.T, f *form.Form, filter, groups, metrics, order any) query.Aggregation {
	t.Helper()
	a := query.Aggregation{List: query.List{Form: f}, First: query.DefaultGroups}
	var err error
	if filter != nil {
		a.List.Filter = filterOf(t, f, filter)
	}
	if a.Groups, err = query.ParseGroups(f, groups, query.Generic); err != nil {
		t.Fatal(err)
	}
	if a.Metrics, err = query.ParseMetrics(f, metrics); err != nil {
		t.Fatal(err)
	}
	if a.Order, err = query.ParseGroupOrder(f, a.Groups, order, query.Generic); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAggregates pins the SQL of aggregations.
func TestAggregates(t *testing.T) {
	g := &golden{w: newWorld(t)}
	w := g.w
	env := sqlgen.Env{Now: now, Member: 1}
	thing, gauge := w.cat.Form("thing"), w.cat.Form("gauge")
	by := func(field string) obj { return obj{"field": field} }
	metric := func(fn, field string) obj { return obj{"function": fn, "field": field} }
	small := obj{"size": obj{"lt": 5}}
	for _, tt := range []struct {
		name                           string
		form                           *form.Form
		filter, groups, metrics, order any
	}{
		{"the number of all", thing, nil, nil, nil, nil},
		{"by a choice: count, sum, average", thing, nil, by("state"), []any{metric("SUM", "amount_due"), metric("AVG", "size")}, nil},
		{"of those that a filter holds for", thing, small, by("checked"), nil, nil},
		{"smallest, largest, different", thing, nil, nil, []any{metric("MIN", "name"), metric("MAX", "due_on"), metric("MIN", "seen_at"), metric("MAX", "amount_due"), metric("COUNT_DISTINCT", "lead")}, nil},
		{"the median", thing, nil, nil, metric("MEDIAN", "size"), nil},
		{"lengths of time", gauge, nil, by("took"), []any{metric("SUM", "took"), metric("AVG", "took"), metric("MEDIAN", "took"), metric("MAX", "took")}, nil},
		{"by fields of other records, each joined once", w.cat.Form("part"), nil, []any{by("thing.site.name"), by("thing.state"), by("thing.site.zone.rank"), by("thing")}, nil, nil},
		{"by periods", thing, nil, []any{obj{"field": "due_on", "by": "WEEK"}, obj{"field": "seen_at", "by": "MONTH"}, by("due_on"), obj{"field": "site.opened_on", "by": "YEAR"}}, nil, nil},
		{"by the items of lists", gauge, nil, []any{by("tags"), by("helpers"), by("thing.site")}, metric("SUM", "price"), nil},
		{"by numbers and long texts", thing, nil, []any{by("amount_due"), by("size"), by("body")}, nil, nil},
		{"computed fields", gauge, nil, []any{by("twice"), by("thing_state")}, []any{metric("SUM", "parts_price"), metric("MAX", "site_count")}, nil},
		{"in an order", thing, nil, []any{by("state"), by("lead")}, metric("SUM", "size"),
			[]any{obj{"function": "SUM", "field": "size", "direction": "DESC"}, obj{"group": by("state"), "direction": "DESC", "nulls": "FIRST"}, obj{"function": "COUNT", "nulls": "FIRST"}}},
	} {
		g.add(t, tt.name, env.Aggregate(aggregation(t, tt.form, tt.filter, tt.groups, tt.metrics, tt.order)))
	}
	of := aggregation(t, thing, small, by("state"), nil, nil)
	open := &query.Condition{Filter: filterOf(t, thing, obj{"state": obj{"eq": "open"}, "site": obj{"name": obj{"ne": "a"}}})}
	for _, m := range []query.Metric{{Function: query.Count}, {Function: query.CountDistinct, Field: thing.Field("lead")}, {Function: query.Sum, Field: thing.Field("size")},
		{Function: query.Avg, Field: thing.Field("size")}, {Function: query.Median, Field: thing.Field("size")}, {Function: query.Min, Field: thing.Field("name")}, {Function: query.Max, Field: thing.Field("due_on")}} {
		m.If = open
		of.Metric(m)
	}
	of.Metric(query.Metric{Function: query.Count})
	g.add(t, "metrics of those records of a group that a condition holds for", env.Aggregate(of))
	site := w.cat.Form("site")
	g.add(t, "of the children of many parents, all together", env.AggregateChildren(site.Field("things"), aggregation(t, thing, small, nil, metric("AVG", "size"), nil)))
	g.add(t, "of the children of many parents, by a field", env.AggregateChildren(site.Field("things"), aggregation(t, thing, nil, by("lead.name"), nil, nil)))
	g.add(t, "along links", env.AggregateChildren(gauge.Field("sites"), aggregation(t, site, nil, by("zone"), nil, nil)))
	rows := func(f *form.Form, filter, groups, metrics, of any, order ...any) query.Aggregation {
		a, err := query.ParseSaved(&form.SavedAggregate{Form: f, Filter: filter, GroupBy: groups, Metrics: metrics}, now)
		if err == nil {
			err = a.ParseRows("rows", of, order, now)
		}
		if err != nil {
			t.Fatal(err)
		}
		a.Saved.Offset = 20
		return a
	}
	named := func(name, fn, field string) obj { return obj{"name": name, "function": fn, "field": field} }
	g.add(t, "saved: rows by what they come to and by a record", env.Aggregate(rows(thing, small, []any{by("lead"), by("state"), obj{"field": "seen_at", "by": "MONTH"}}, []any{named("total", "SUM", "amount_due"), obj{"name": "things", "function": "COUNT"}},
		obj{"total": obj{"gt": "40"}, "lead": obj{"name": obj{"eq": "a"}}, "not": obj{"state": obj{"eq": "open"}}}, obj{"column": "total", "direction": "DESC"}, obj{"column": "state"})))
	g.add(t, "saved: all in one row", env.Aggregate(rows(thing, nil, nil, []any{named("largest", "MAX", "due_on")}, obj{"largest": obj{"isNull": false}})))
	pgtest.Golden(t, "aggregate.sql", g.text.String())
}

// TestEveryMetricOfEveryField: whatever an aggregation can be asked for, PostgreSQL
// computes, of all records and for each of many parents.
func TestEveryMetricOfEveryField(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.cat.Form("gauge"), map[string]string{}, map[string]string{"mail": "a@example.com", "price": "0.10", "took": "P1DT2H", "tags": "{open,done}", "stars": "1", "extra": "{}"})
	w.Insert(t, w.cat.Form("thing"), map[string]string{"serial": "1"}, map[string]string{"serial": "2", "name": "a", "body": "a", "size": "1", "amount_due": "0.10", "checked": "true", "due_on": "2026-11-24", "seen_at": "2026-11-24T00:00:00Z", "state": "open"})
	functions := []query.Function{query.Count, query.CountDistinct, query.Sum, query.Avg, query.Min, query.Max, query.Median}
	env := sqlgen.Env{Now: now, Member: 1}
	had := map[query.Function]int{}
	for _, key := range []string{"thing", "gauge"} {
		f := w.cat.Form(key)
		var all []query.Metric
		for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
			for _, fn := range functions {
				if !fn.Of(x) {
					continue
				}
				had[fn]++
				all = append(all, query.Metric{Function: fn, Field: x})
			}
		}
		for _, x := range query.Groupable(f) {
			periods := []query.DatePeriod{""}
			if query.IsDay(x) {
				periods = []query.DatePeriod{query.Day, query.Week, query.Month, query.Quarter, query.Year}
			}
			for _, p := range periods {
				a := query.Aggregation{List: query.List{Form: f}, Groups: []query.Group{{Field: x, By: p}}, Metrics: all, First: 10,
					Order: []query.GroupOrder{{Group: 0, Desc: true}, {Group: -1, Metric: all[len(all)-1], NullsFirst: true}}}
				if n := w.run(t, env.Aggregate(a)); n < 1 || n > 4 {
					t.Errorf("%s by %s %s: %d groups", key, x.Key, p, n)
				}
			}
		}
		for _, m := range all {
			if n := w.run(t, env.Aggregate(query.Aggregation{List: query.List{Form: f}, Metrics: []query.Metric{m}})); n != 1 {
				t.Errorf("%s of %s: %d rows", m.Function, m.Field.Key, n)
			}
		}
		if many := w.cat.Form("site").Field(key + "s"); many != nil {
			a := query.Aggregation{List: query.List{Form: f}, Metrics: all}
			if n := w.run(t, env.AggregateChildren(many, a)); n != 2 {
				t.Errorf("%d rows for two parents", n)
			}
		}
	}
	for _, fn := range functions[1:] {
		if had[fn] == 0 {
			t.Errorf("nothing has %s", fn)
		}
	}
}
