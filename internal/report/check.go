package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// question is a definition that was checked: what is read, and where each measure is
// found in what comes back.
type question struct {
	query.Aggregation
	period   *form.Field
	measures []read // one for each measure of the definition
}

// read is where a measure comes from: a metric, or measures before it.
type read struct {
	metric        int // of the aggregation; -1: a share
	of, less, per int // measures; less -1: none
}

// check finds every fault in the definition, each with the path of the input.
func (r *Report) check(now time.Time) fault.List {
	_, bad := r.question(now)
	return bad
}

func (r *Report) question(now time.Time) (q question, bad fault.List) {
	f := r.Form
	q.List.Form = f
	fail := func(format string, args ...any) *fault.Fault { return fault.New(fault.Invalid, format, args...) }
	var err error
	q.List.Filter, err = query.ParseFilter(f, r.Filter, query.Generic, now)
	_ = bad.Add(err, "filter")
	if r.Period != "" {
		if q.period = dayField(f, r.Period); q.period == nil {
			bad = append(bad, fail("form %s has no day or moment %q", f.Key, fault.Clip(r.Period)).At("period"))
		}
	}
	if r.During != "" {
		if !ValidPeriod(r.During) {
			bad = append(bad, fail("%q is not a period such as THIS_QUARTER", fault.Clip(r.During)).At("during"))
		} else if r.Period == "" {
			bad = append(bad, fail("a report without a period is of no period").At("during"))
		}
	}
	groups := make([]any, len(r.GroupBy))
	for i, g := range r.GroupBy {
		part := map[string]any{"field": g.Field}
		if g.By != "" {
			part["by"] = g.By
		}
		groups[i] = part
	}
	q.Groups, err = query.ParseGroups(f, groups, query.Generic)
	_ = bad.Add(err, "groupBy")
	if len(r.Measures) == 0 || len(r.Measures) > MaxMeasures {
		bad = append(bad, fail("a report has 1 to %d measures", MaxMeasures).At("measures"))
		return q, bad
	}
	for i := range r.Measures {
		bad = append(bad, r.addRead(&q, i, now)...)
	}
	bad = append(bad, r.order(&q)...)
	return q, append(bad, r.checkChart()...)
}

// addRead checks a measure.
func (r *Report) addRead(q *question, i int, now time.Time) (bad fault.List) {
	m := r.Measures[i]
	fail := func(name, format string, args ...any) {
		bad = append(bad, fault.New(fault.Invalid, format, args...).At("measures", i, name))
	}
	if err := form.CheckKey(m.Name, maxKey); err != nil {
		_ = bad.Add(err, "measures", i, "name")
	} else if r.measure(m.Name) < i {
		fail("name", "is there already")
	}
	if err := m.Labels.Check(maxLabel, "labels"); err != nil {
		_ = bad.Add(err, "measures", i)
	}
	if m.Unit != nil {
		if len([]rune(*m.Unit)) > maxUnit {
			fail("unit", "must be at most %d characters long", maxUnit)
		}
		_ = bad.Add(kind.CheckText(*m.Unit), "measures", i, "unit")
	}
	if m.Share != nil {
		if m.Function != "" || m.Field != "" || m.Filter != nil {
			fail("share", "a share has no function, field or filter of its own")
		}
		before := func(name, key string) int {
			n := r.measure(key)
			if n < 0 || n >= i || r.Measures[n].Share != nil || !r.counts(n, q) {
				bad = append(bad, fault.New(fault.Invalid, "must be a measure before it that is a number and no share").At("measures", i, "share", name))
			}
			return n
		}
		s := read{metric: -1, of: before("of", m.Share.Of), per: before("per", m.Share.Per), less: -1}
		if m.Share.Less != "" {
			s.less = before("less", m.Share.Less)
		}
		q.measures = append(q.measures, s)
		return bad
	}
	metric := map[string]any{"function": m.Function}
	if m.Field != "" {
		metric["field"] = m.Field
	}
	parsed, err := query.ParseMetrics(q.List.Form, []any{metric})
	for _, f := range faultsOf(err) { // its path begins with the number of the metric
		f.Path = f.Path[1:]
		bad = append(bad, f.At("measures", i))
	}
	if m.Filter != nil {
		filter, err := query.ParseFilter(q.List.Form, m.Filter, query.Generic, now)
		_ = bad.Add(err, "measures", i, "filter")
		if parsed != nil {
			parsed[0].If = &query.Condition{Filter: filter}
		}
	}
	s := read{metric: -1, of: -1, less: -1, per: -1}
	if parsed != nil {
		s.metric = q.Metric(parsed[0])
	}
	q.measures = append(q.measures, s)
	return bad
}

func faultsOf(err error) fault.List {
	var l fault.List
	_ = l.Add(err) // parsers give nothing but faults
	return l
}

// counts says whether a measure is a number. Of one that is faulty itself nothing more
// is said.
func (r *Report) counts(i int, q *question) bool {
	if q.measures[i].metric < 0 {
		return true
	}
	m := q.Metrics[q.measures[i].metric]
	return m.Function != query.Min && m.Function != query.Max || query.Sum.Of(m.Field)
}

// order reads the order of rows. Shares are no part of it: they are reckoned of rows.
func (r *Report) order(q *question) (bad fault.List) {
	for i, o := range r.OrderBy {
		n := r.measure(o.Measure)
		switch {
		case n < 0 || r.Measures[n].Share != nil:
			bad = append(bad, fault.New(fault.Invalid, "must be a measure that is no share").At("orderBy", i, "measure"))
		case o.Direction != "" && o.Direction != "ASC" && o.Direction != "DESC":
			bad = append(bad, fault.New(fault.Invalid, "expected ASC or DESC").At("orderBy", i, "direction"))
		case q.measures[n].metric >= 0: // one that is faulty itself is no order
			q.Order = append(q.Order, query.GroupOrder{Group: -1, Metric: q.Metrics[q.measures[n].metric], Desc: o.Direction == "DESC"})
		}
	}
	if len(r.OrderBy) > query.MaxOrder {
		bad = append(bad, fault.New(fault.Invalid, "an order has at most %d keys", query.MaxOrder).At("orderBy"))
	}
	return bad
}

func (r *Report) checkChart() (bad fault.List) {
	if !r.Chart.Kind.Valid() {
		bad = append(bad, fault.New(fault.Invalid, "expected BAR, STACKED, LINE, PIE, HEAT_MAP or NUMBER").At("chart", "kind"))
	}
	for i, name := range r.Chart.Measures {
		if n := r.measure(name); n < 0 || r.Measures[n].Hidden {
			bad = append(bad, fault.New(fault.Invalid, "there is no measure %q", fault.Clip(name)).At("chart", "measures", i))
		}
	}
	if !slices.ContainsFunc(r.Measures, func(m Measure) bool { return !m.Hidden }) {
		bad = append(bad, fault.New(fault.Invalid, "some measure must be shown").At("measures"))
	}
	return bad
}

// Asked is a report with its parameters, checked.
type Asked struct {
	Report   *Report
	Today    calendar.Day // or the past day that is asked about
	Period   *Period      // nil: all times
	Compared *Period      // nil: nothing
	First    int
	Env      sqlgen.Env

	q       question
	filter  query.Filter // of the customers of a figure
	members query.Filter // of the members of a figure
}

// Ask checks parameters. Faults: INVALID and TOO_COSTLY, each at its parameter; INVALID
// at id for a report that cannot be read.
func (r *Report) Ask(p Parameters, env sqlgen.Env) (*Asked, error) {
	if r.Broken != "" {
		return nil, fault.New(fault.Invalid, "the report cannot be read: %s", r.Broken).At("id")
	}
	a := &Asked{Report: r, First: cmp.Or(p.First, DefaultRows), Env: env}
	zone := r.Form.Catalog.Zone
	a.Today = calendar.Of(env.Now, zone)
	var bad fault.List
	if p.AsOf != nil {
		switch {
		case *p.AsOf > a.Today:
			bad = append(bad, fault.New(fault.Invalid, "is a day to come").At("asOf"))
		case *p.AsOf < a.Today: // as it was when the day ended
			a.Env, a.Today = env.EndOf(*p.AsOf, r.Form.Catalog.Zone), *p.AsOf
		}
	}
	if p.First < 0 || p.First > MaxRows {
		bad = append(bad, fault.New(fault.TooCostly, "a report has 1 to %d rows", MaxRows).At("first"))
	}
	var err error
	a.Period, err = p.period(r.During, a.Today)
	_ = bad.Add(err)
	if err == nil && p.Compare != "" {
		a.Compared, err = a.Period.compared(p.Compare)
		_ = bad.Add(err)
	}
	if r.Figure != "" {
		_ = bad.Add(r.Figure.check(p, r.Form.Catalog, a.Period))
		cat := r.Form.Catalog
		if f := cat.Customers(); f != nil {
			a.filter, err = query.ParseFilter(f, p.Filter, query.Generic, a.Env.Now)
			_ = bad.Add(err, "filter")
		}
		a.members, err = query.ParseFilter(cat.Form("member"), p.Members, query.Generic, a.Env.Now)
		_ = bad.Add(err, "members")
		return a, bad.Err()
	}
	if p.Members != nil {
		bad = append(bad, notTaken().At("members"))
	}
	if a.Period != nil && r.Period == "" {
		bad = append(bad, fault.New(fault.Invalid, "the report is of no period").At("during"))
	}
	own := *r
	if p.By != "" {
		own.GroupBy = slices.Clone(r.GroupBy)
		for i, x := range own.GroupBy {
			if isDate(r.Form, x.Field) {
				own.GroupBy[i].By = p.By
			}
		}
		if !r.dated() {
			bad = append(bad, fault.New(fault.Invalid, "the report is not grouped by a date").At("by"))
		}
	}
	more, err := query.ParseFilter(r.Form, p.Filter, query.Generic, a.Env.Now)
	_ = bad.Add(err, "filter")
	q, faults := own.question(a.Env.Now)
	bad = append(bad, faults...)
	if more != nil {
		q.List.Filter = both(q.List.Filter, more)
	}
	a.q = q
	return a, bad.Err()
}

// Fitting are those of parameters for several reports that mean something to this one: a
// report of no period takes none, one that is not grouped by a date no other parts of
// it, and what cannot be compared, or has no period, is not.
func (r *Report) Fitting(p Parameters) Parameters {
	if r.Figure == "" && r.Period == "" {
		p.During, p.From, p.Until, p.Compare = "", nil, nil, ""
	}
	if r.Figure == ReviewCalendar || p.During == "" && p.From == nil && p.Until == nil && r.During == "" {
		p.Compare = ""
	}
	if !r.dated() {
		p.By = ""
	}
	if r.Figure == "" || r.Figure == ReviewCalendar {
		p.Members = nil
	}
	return p
}

// dated says whether the report is grouped by a date.
func (r *Report) dated() bool {
	for _, g := range r.GroupBy {
		if isDate(r.Form, g.Field) {
			return true
		}
	}
	return false
}

// isDate says whether a path leads to a day or a moment.
func isDate(f *form.Form, path string) bool {
	_, x, err := query.ParsePath(f, path)
	return err == nil && query.IsDay(x)
}

func both(a, b query.Filter) query.Filter {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return query.And{a, b}
}

// within is what is read of a period.
func (q question) within(p *Period) query.Aggregation {
	a := q.Aggregation
	if p == nil || q.period == nil {
		return a
	}
	zone := a.List.Form.Catalog.Zone
	text := func(d calendar.Day) string {
		if q.period.Value.Name() == "DATETIME" {
			return d.Begin(zone).UTC().Format(time.RFC3339)
		}
		return d.String()
	}
	if p.From != nil {
		a.List.Filter = both(a.List.Filter, query.Cmp{Field: q.period, Op: kind.Gte, Args: []string{text(*p.From)}})
	}
	if p.Until != nil {
		a.List.Filter = both(a.List.Filter, query.Cmp{Field: q.period, Op: kind.Lt, Args: []string{text(*p.Until + 1)}})
	}
	return a
}

func number(text string) json.Number { return json.Number(text) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// idPrefix begins the ids of reports that are kept.
const idPrefix = "report_"

// dayField is the day or moment of that key, nil if there is none.
func dayField(f *form.Form, key string) *form.Field {
	for _, x := range query.Groupable(f) {
		if x.Key == key && query.IsDay(x) {
			return x
		}
	}
	return nil
}
