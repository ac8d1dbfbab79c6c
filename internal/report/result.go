package report

import (
	"cmp"
	"context"
	"math/big"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Row is what one group comes to, in the order of the columns.
type Row struct {
	Values []any
	Before []any // in the period that is compared with; nil: nothing is compared
	Count  int   // records of the group

	before bool // the group is only in the period that is compared with
}

// Fact is a number that goes with a result as a whole.
type Fact struct {
	Key    string
	Labels form.Label
	Value  any
	Unit   string
}

// Result is a report that was read.
type Result struct {
	*Asked
	Columns []Column
	Rows    []Row
	Facts   []Fact
	More    bool // there are more groups than rows

	titles map[string]string // of records, by id
	total  *Row              // once it was read
}

// Run reads the report: one statement, one more for what is compared, and one for each
// form whose records are keys. A figure takes those of its package. Faults: TOO_COSTLY
// for a comparison of too many groups.
func (a *Asked) Run(ctx context.Context, c *pg.Conn) (*Result, error) {
	res := &Result{Asked: a, titles: map[string]string{}}
	t, err := a.table(ctx, c, a.Period, a.Today)
	if err != nil {
		return nil, err
	}
	res.Columns, res.Rows, res.Facts = t.columns, t.rows, t.facts
	if len(res.Rows) > a.First {
		res.Rows, res.More = res.Rows[:a.First], true
	}
	if a.Compared != nil {
		if err := res.compare(ctx, c); err != nil {
			return nil, err
		}
	}
	res.fill()
	return res, res.loadTitles(ctx, c)
}

// table is what a period comes to.
type table struct {
	columns []Column
	rows    []Row
	facts   []Fact
}

func (a *Asked) table(ctx context.Context, c *pg.Conn, p *Period, day calendar.Day) (table, error) {
	if a.Report.Figure != "" {
		return a.figure(ctx, c, p, day)
	}
	return a.aggregate(ctx, c, a.q.Groups, p)
}

// aggregate reads the groups of a period, of no groups all records as one.
func (a *Asked) aggregate(ctx context.Context, c *pg.Conn, groups []query.Group, p *Period) (table, error) {
	q := a.q.within(p)
	q.Groups, q.First = groups, MaxRows+1
	if a.Compared == nil {
		q.First = a.First + 1
	}
	t := table{columns: a.columns(groups)}
	s := a.Env.Aggregate(q)
	err := c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error {
		row := Row{Values: make([]any, 0, len(t.columns)), Count: int(v[len(groups)].(int64))}
		for i := range groups {
			row.Values = append(row.Values, t.columns[i].value(v[i]))
		}
		row.Values = a.measures(row.Values, t.columns[len(groups):], v[len(groups)+1:])
		t.rows = append(t.rows, row)
		return nil
	})
	return t, err
}

// measures appends what is shown of the metrics of a row.
func (a *Asked) measures(out []any, columns []Column, metrics []pg.Value) []any {
	for i, m := range a.Report.Measures {
		if m.Hidden {
			continue
		}
		col := columns[0]
		columns = columns[1:]
		s := a.q.measures[i]
		if s.metric >= 0 {
			out = append(out, col.value(metrics[s.metric]))
			continue
		}
		of := func(n int) *big.Rat {
			if n < 0 {
				return new(big.Rat)
			}
			return rat(plain(metrics[a.q.measures[n].metric]))
		}
		out = append(out, percent(of(s.of), of(s.less), of(s.per)))
	}
	return out
}

// columns are those of the groups and of the measures that are shown.
func (a *Asked) columns(groups []query.Group) []Column {
	var out []Column
	for _, g := range groups {
		col := keyColumn(g)
		col.period = g.Field == a.q.period && len(g.Path) == 0
		out = append(out, col)
	}
	for i, m := range a.Report.Measures {
		if m.Hidden {
			continue
		}
		col := Column{Key: m.Name, Labels: m.Labels, Kind: Decimal, Unit: "%", Measure: true, Share: true}
		if n := a.q.measures[i].metric; n >= 0 {
			col.of(a.q.Metrics[n])
		}
		if m.Unit != nil {
			col.Unit = *m.Unit
		}
		out = append(out, col)
	}
	return out
}

// loadTitles reads what the records are called that are keys.
func (res *Result) loadTitles(ctx context.Context, c *pg.Conn) error {
	wanted := map[*form.Form][]int64{}
	for i, col := range res.Columns {
		if col.Kind != Record {
			continue
		}
		for _, row := range res.Rows {
			id, _ := row.Values[i].(string)
			if _, known := res.titles[id]; known || id == "" {
				continue
			}
			res.titles[id] = id
			if f, n, ok := res.Report.Form.Catalog.Locate(id); ok {
				wanted[f] = append(wanted[f], n)
			}
		}
	}
	for f, ids := range wanted {
		if f.Title == nil || !f.Title.Usable() {
			continue
		}
		s := res.Env.ByIDs(f, []sqlgen.Column{{Field: f.Field("id")}, {Field: f.Title}})
		err := c.Query(ctx, s.SQL, append([]any{sqlgen.Numbers(ids)}, s.Args[1:]...), func(v []pg.Value) error {
			if t, ok := plain(v[1]).(string); ok && t != "" {
				res.titles[f.Key+"_"+itoa(v[0].(int64))] = t
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Total is what all records of the period come to together; nil for a figure.
func (a *Asked) Total(ctx context.Context, c *pg.Conn) (*Row, error) {
	if a.Report.Figure != "" {
		return nil, nil
	}
	own := *a
	own.q.Order = nil
	t, err := own.aggregate(ctx, c, nil, a.Period)
	if err != nil || len(t.rows) == 0 {
		return nil, err
	}
	row := t.rows[0]
	if a.Compared != nil {
		before, err := own.aggregate(ctx, c, nil, a.Compared)
		if err != nil || len(before.rows) == 0 {
			return nil, err
		}
		row.Before = before.rows[0].Values
		row.Before = append(make([]any, len(a.q.Groups)), row.Before...)
	}
	row.Values = append(make([]any, len(a.q.Groups)), row.Values...)
	return &row, nil
}

// WithTotal is the result with its total, if a chart needs that. A result may be drawn
// several times at once, so it stays as it is.
func (res *Result) WithTotal(ctx context.Context, c *pg.Conn, look Look) (*Result, error) {
	if kind := cmp.Or(look.Kind, res.Report.Chart.Kind); kind != Number || res.total != nil {
		return res, nil
	}
	out := *res
	var err error
	out.total, err = res.Total(ctx, c)
	return &out, err
}
