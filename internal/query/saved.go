package query

import (
	"slices"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// Saved is what an aggregation is asked beyond its definition when its rows are a
// data source: which of them, and from where on.
type Saved struct {
	Names  []string // of the columns: the keys by their path, then the metrics
	Filter Filter   // of rows, whose fields are those of Columns; nil: all
	Offset int
}

// maxColumn is what PostgreSQL takes for the name of a column, in bytes.
const maxColumn = 63

// maxName is the longest name of a metric.
const maxName = 48

func init() {
	form.ReadAggregates(func(s *form.SavedAggregate) (form.Reading, error) {
		a, err := ParseSaved(s, time.Now())
		if err != nil {
			return form.Reading{}, err
		}
		return a.reading(), nil
	})
}

// ParseSaved reads a saved aggregate. Every fault in it comes at once, below
// filter, groupBy and metrics.
func ParseSaved(s *form.SavedAggregate, now time.Time) (Aggregation, error) {
	a := Aggregation{List: List{Form: s.Form}, First: DefaultGroups, Saved: &Saved{}}
	var bad fault.List
	var err error
	if a.List.Filter, err = ParseFilter(s.Form, s.Filter, Generic, now); err != nil {
		_ = bad.Add(err, "filter") // parsers give nothing but faults
	}
	if a.Groups, err = ParseGroups(s.Form, s.GroupBy, Generic); err != nil {
		_ = bad.Add(err, "groupBy")
	}
	p := &parser{face: Generic}
	for i, g := range a.Groups {
		name := g.name()
		switch {
		case slices.Contains(a.Saved.Names, name):
			p.fail([]any{"groupBy", i}, "a saved aggregate has one period of each date")
		case len(name) > maxColumn:
			p.fail([]any{"groupBy", i, "field"}, "is too long for a saved aggregate: at most %d letters", maxColumn)
		}
		a.Saved.Names = append(a.Saved.Names, name)
	}
	a.metrics(p, s)
	_ = bad.Add(p.bad.Err())
	return a, bad.Err()
}

// metrics reads the metrics of a saved aggregate, each {name, function, field}.
func (a *Aggregation) metrics(p *parser, s *form.SavedAggregate) {
	items := listOf(s.Metrics)
	if len(items) > MaxMetrics {
		p.refuse(fault.TooCostly, []any{"metrics"}, "an aggregation has at most %d metrics", MaxMetrics)
		return
	}
	for i, item := range items {
		at := []any{"metrics", i}
		m, ok := p.parts(item, at, "a metric", "name", "function", "field")
		if !ok {
			continue
		}
		name, _ := m["name"].(string)
		if err := form.CheckKey(name, maxName); err != nil {
			_ = p.bad.Add(err, "metrics", i, "name")
		} else if slices.Contains(a.Saved.Names, name) {
			p.fail(step(at, "name"), "is there already")
		}
		metric, _ := p.metric(s.Form, m, at)
		a.Metrics, a.Saved.Names = append(a.Metrics, metric), append(a.Saved.Names, name)
	}
}

// name is the path of a key, by which it goes as a column.
func (g Group) name() string {
	name := ""
	for _, x := range g.Path {
		name += x.Key + "."
	}
	return name + g.Field.Key
}

// Columns is the rows of a saved aggregate as records of a form, for filters of
// them. Lengths of time are not among its fields: they are computed in seconds.
func (a *Aggregation) Columns(key string) *form.Form {
	out := slices.DeleteFunc(a.columns(), func(x *form.Field) bool { return x.SQLType() == "interval" })
	return a.List.Form.Catalog.Rows(key, out)
}

// columns are the keys and metrics of a saved aggregate, in the order of their names.
func (a *Aggregation) columns() []*form.Field {
	var out []*form.Field
	for i, g := range a.Groups {
		value := g.Field.Value
		switch {
		case g.Field.IsLinks():
			value = kind.Reference{}
		case g.Field.SQLType() == "text[]":
			value = kind.Choice{}
		case g.By != "":
			value = kind.Date{}
		}
		out = append(out, column(g.Field, a.Saved.Names[i], value))
	}
	for i, m := range a.Metrics {
		x, name := m.Field, a.Saved.Names[len(a.Groups)+i]
		switch m.Function {
		case Count, CountDistinct:
			out = append(out, column(nil, name, kind.Integer{}))
		case Min, Max:
			out = append(out, column(x, name, x.Value))
		default:
			if x.SQLType() == "interval" {
				out = append(out, column(x, name, x.Value))
			} else {
				out = append(out, column(nil, name, kind.Decimal{}))
			}
		}
	}
	return out
}

// column is a field of rows with the values of x, which may be nil.
func column(x *form.Field, name string, value kind.Kind) *form.Field {
	c := &form.Field{Key: name, Name: name, Kind: value, Value: value}
	if x != nil {
		c.Settings, c.Options, c.Target = x.Settings, x.Options, x.Target
	}
	return c
}

// ParseRows reads what is asked of the rows of a saved aggregate: a filter by its
// columns, and an order, each {column, direction, nulls}.
func (a *Aggregation) ParseRows(key string, filter, order any, now time.Time) error {
	var bad fault.List
	var err error
	if a.Saved.Filter, err = ParseFilter(a.Columns(key), filter, Generic, now); err != nil {
		_ = bad.Add(err, "filter")
	}
	p := &parser{face: Generic}
	items := listOf(order)
	if len(items) > MaxOrder {
		p.refuse(fault.TooCostly, []any{"orderBy"}, "an order has at most %d keys", MaxOrder)
		items = nil
	}
	for i, item := range items {
		at := []any{"orderBy", i}
		m, ok := p.parts(item, at, "an order", "column", "direction", "nulls")
		if !ok {
			continue
		}
		name, _ := m["column"].(string)
		n := slices.Index(a.Saved.Names, name)
		if n < 0 {
			p.fail(step(at, "column"), "there is no column %q", fault.Clip(name))
			continue
		}
		o := GroupOrder{Group: n, Desc: p.oneOf(m["direction"], "ASC", "DESC", step(at, "direction")), NullsFirst: p.oneOf(m["nulls"], "LAST", "FIRST", step(at, "nulls"))}
		if n >= len(a.Groups) {
			o.Group, o.Metric = -1, a.Metrics[n-len(a.Groups)]
		}
		a.Order = append(a.Order, o)
	}
	_ = bad.Add(p.bad.Err())
	return bad.Err()
}

// reading tells what rules and other definitions must know of a saved aggregate.
func (a *Aggregation) reading() form.Reading {
	columns := a.columns()
	r := form.Reading{Fields: a.fields(), Metrics: columns[len(a.Groups):]}
	for i, g := range a.Groups {
		k := form.SavedKey{Column: columns[i], Path: g.Path}
		if x := g.Field; g.By == "" && !x.IsLinks() && x.SQLType() != "text[]" {
			k.Field = x
		}
		r.Keys = append(r.Keys, k)
	}
	return r
}

// fields lists the fields that an aggregation is made of, each once.
func (a *Aggregation) fields() []*form.Field {
	var out []*form.Field
	add := func(xs ...*form.Field) {
		for _, x := range xs {
			if x != nil && !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	mentioned(a.List.Filter, add)
	for _, g := range a.Groups {
		add(g.Path...)
		add(g.Field)
	}
	for _, m := range a.Metrics {
		add(m.Field)
	}
	return out
}

// mentioned tells the fields that a filter speaks of, of whatever record.
func mentioned(f Filter, tell func(...*form.Field)) {
	switch f := f.(type) {
	case And:
		for _, p := range f {
			mentioned(p, tell)
		}
	case Or:
		mentioned(And(f), tell)
	case Not:
		mentioned(f.F, tell)
	case Cmp:
		tell(f.Field)
	case Within:
		tell(f.Team.ByPurpose("TEAM_PARENT"))
		if f.Mine {
			tell(f.Member.ByPurpose("MEMBER_TEAM"))
		}
	case Through:
		tell(f.Ref)
		mentioned(f.F, tell)
	case Related:
		tell(f.Many)
		mentioned(f.F, tell)
	}
}
