package report

import (
	"cmp"
	"context"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// ColumnKind is what the values of a column are.
type ColumnKind string

// The kinds of columns, with their values.
const (
	Text    ColumnKind = "TEXT"    // string
	Option  ColumnKind = "OPTION"  // string: its key
	Record  ColumnKind = "RECORD"  // string: the id
	Date    ColumnKind = "DATE"    // string: the first day of the period
	Boolean ColumnKind = "BOOLEAN" // bool
	Integer ColumnKind = "INTEGER" // int64
	Decimal ColumnKind = "DECIMAL" // string
)

// Column is a key of the groups or a measure.
type Column struct {
	Key      string
	Labels   form.Label
	Kind     ColumnKind
	Unit     string
	By       string // of a date: the period
	Measure  bool
	Additive bool // a measure whose values of groups can be added up
	Share    bool // a measure in per cent, whose change is in points

	field  *form.Field // of a key of an aggregate
	target *form.Form  // of records
}

// numeric says whether the column's values can be drawn.
func (c Column) numeric() bool { return c.Measure && (c.Kind == Integer || c.Kind == Decimal) }

// Row is what one group comes to, in the order of the columns.
type Row struct {
	Values []any
	Before []any // in the period that is compared with; nil: nothing is compared
	Count  int   // records of the group
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

// percent is (of - less) / per in per cent, nil where there is none.
func percent(of, less, per *big.Rat) any {
	if of == nil || less == nil || per == nil || per.Sign() == 0 {
		return nil
	}
	x := new(big.Rat).Sub(of, less)
	return decimal(x.Quo(x.Mul(x, big.NewRat(100, 1)), per), shareDigits)
}

// shareDigits is how many digits shares are rounded to, as all measures of health are.
const shareDigits = 4

// plain is a value of the driver as text, nil for none. It is a copy.
func plain(v pg.Value) any {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		return strings.Clone(v)
	case []byte:
		return string(v)
	}
	return nil
}

// value is a value of the driver as the column has it.
func (c Column) value(v pg.Value) any {
	x := plain(v)
	switch text, isText := x.(string); {
	case x == nil:
		return nil
	case c.Kind == Record:
		return c.target.Key + "_" + itoa(x.(int64))
	case c.Kind == Boolean && isText:
		return text == "true"
	case c.Kind == Integer && isText:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case c.Kind == Decimal && !isText:
		return itoa(x.(int64))
	}
	return x
}

// rat is a number of a row, nil for what is none.
func rat(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case string:
		if x, ok := new(big.Rat).SetString(v); ok {
			return x
		}
	}
	return nil
}

// decimal is a number with so many digits at most.
func decimal(x *big.Rat, digits int) string {
	s := x.FloatString(digits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// columns are those of the groups and of the measures that are shown.
func (a *Asked) columns(groups []query.Group) []Column {
	var out []Column
	for _, g := range groups {
		out = append(out, keyColumn(g))
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

func keyColumn(g query.Group) Column {
	path := ""
	for _, x := range g.Path {
		path += x.Key + "."
	}
	c := Column{Key: path + g.Field.Key, Labels: g.Field.Labels, Kind: kindOf(g.Field), By: string(g.By), field: g.Field, target: g.Field.Target}
	if g.By != "" {
		c.Kind = Date
	}
	return c
}

func kindOf(x *form.Field) ColumnKind {
	switch t := x.SQLType(); {
	case x.Target != nil:
		return Record
	case x.IsChoice() || t == "text[]":
		return Option
	case t == "boolean":
		return Boolean
	case t == "bigint" || t == "smallint":
		return Integer
	case t == "numeric" || t == "interval":
		return Decimal
	case x.Value.Name() == "DATE":
		return Date
	}
	return Text
}

// of makes the column that of a metric.
func (c *Column) of(m query.Metric) {
	c.Unit, c.Share = "", false
	c.Additive = m.Function == query.Count || m.Function == query.Sum
	switch m.Function {
	case query.Count, query.CountDistinct:
		c.Kind = Integer
		return
	case query.Min, query.Max:
		c.Kind = kindOf(m.Field)
	}
	if m.Field.SQLType() == "interval" {
		c.Unit = "s"
	} else if m.Field.Value.Name() == "MONEY" {
		c.Unit = m.Field.Settings.Currency
	}
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

// compare adds what the rows came to in the other period, and the groups that are only
// there.
func (res *Result) compare(ctx context.Context, c *pg.Conn) error {
	t, err := res.table(ctx, c, res.Compared, *res.Compared.Until)
	if err != nil {
		return err
	}
	if len(t.rows) > MaxRows {
		return fault.New(fault.TooCostly, "at most %d groups are compared: narrow the filter", MaxRows).At("compare")
	}
	before := make(map[string][]any, len(t.rows))
	var order []string
	for _, row := range t.rows {
		key := res.match(row.Values, true)
		before[key] = row.Values
		order = append(order, key)
	}
	for i := range res.Rows {
		row := &res.Rows[i]
		key := res.match(row.Values, false)
		if row.Before = before[key]; row.Before == nil {
			row.Before = res.nothing(row.Values)
		}
		delete(before, key)
	}
	if res.More { // rows that are left out may well be among them
		return nil
	}
	for _, key := range order {
		was, only := before[key]
		if !only {
			continue
		}
		keys := slices.Clone(was)
		for i, col := range res.Columns {
			if !col.Measure {
				keys[i] = res.moved(col, was[i])
			}
		}
		res.Rows = append(res.Rows, Row{Values: res.nothing(keys), Before: was})
	}
	return nil
}

// match is what rows of the two periods are matched by: their keys, days that the
// period goes by moved from the earlier period into the later one.
func (res *Result) match(values []any, earlier bool) string {
	var b strings.Builder
	for i, col := range res.Columns {
		if col.Measure {
			continue
		}
		v := values[i]
		if earlier {
			v = res.moved(col, v)
		}
		switch v := v.(type) {
		case nil:
			b.WriteString("-")
		case string:
			b.WriteString("s" + v)
		case int64:
			b.WriteString("i" + itoa(v))
		case bool:
			b.WriteString("b" + strconv.FormatBool(v))
		}
		b.WriteByte(0)
	}
	return b.String()
}

// moved is the day of the later period that stands at the place of one of the earlier.
func (res *Result) moved(col Column, v any) any {
	text, ok := v.(string)
	if !ok || col.Kind != Date || col.field == nil || col.field != res.q.period {
		return v
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return v
	}
	n := periods(col.By, begin(col.By, *res.Compared.From), d)
	return later(col.By, begin(col.By, *res.Period.From), n).String()
}

// nothing are the keys of a row with measures of no records: counts and sums are 0.
func (res *Result) nothing(values []any) []any {
	out := slices.Clone(values)
	for i, col := range res.Columns {
		switch {
		case !col.Measure:
		case col.Kind == Integer && (col.Additive || res.Report.Figure != "" || res.counted(col.Key)):
			out[i] = int64(0)
		case col.Additive:
			out[i] = "0"
		default:
			out[i] = nil
		}
	}
	return out
}

// counted says whether a measure counts different values.
func (res *Result) counted(name string) bool {
	i := res.Report.measure(name)
	return i >= 0 && res.Report.Measures[i].Function == string(query.CountDistinct)
}

// fill adds the periods of which there are no records to rows that are grouped by
// nothing but the day that the report's period goes by.
func (res *Result) fill() {
	p := res.Period
	if res.More || p == nil || p.From == nil || p.Until == nil || len(res.q.Groups) != 1 || res.q.Groups[0].Field != res.q.period || len(res.Report.OrderBy) > 0 {
		return
	}
	col := res.Columns[0]
	there := map[string]Row{}
	for _, row := range res.Rows {
		day, _ := row.Values[0].(string)
		there[day] = row
	}
	var out []Row
	for d := begin(col.By, *p.From); d <= *p.Until; d = next(col.By, d) {
		row, has := there[d.String()]
		if !has {
			keys := make([]any, len(res.Columns))
			keys[0] = d.String()
			row.Values = res.nothing(keys)
			if res.Compared != nil {
				row.Before = res.nothing(keys)
			}
		}
		if out = append(out, row); len(out) > res.First {
			return // too many to show: only those that have something
		}
	}
	res.Rows = out
}

// Change is how much each measure of a row is more than it was, and by how many per
// cent; nil for keys, and where one of both is missing.
func (row Row) Change(columns []Column) (change, percents []any) {
	change, percents = make([]any, len(columns)), make([]any, len(columns))
	if row.Before == nil {
		return change, percents
	}
	for i, col := range columns {
		now, was := rat(row.Values[i]), rat(row.Before[i])
		if !col.numeric() || now == nil || was == nil {
			continue
		}
		by := new(big.Rat).Sub(now, was)
		if col.Kind == Integer {
			change[i] = by.Num().Int64()
		} else {
			change[i] = decimal(by, maxDigits)
		}
		if was.Sign() != 0 && !col.Share {
			by.Quo(by.Mul(by, big.NewRat(100, 1)), new(big.Rat).Abs(was))
			percents[i] = decimal(by, shareDigits)
		}
	}
	return change, percents
}

// WithTotal reads the total if a chart needs it.
func (res *Result) WithTotal(ctx context.Context, c *pg.Conn, look Look) (err error) {
	if kind := cmp.Or(look.Kind, res.Report.Chart.Kind); kind == Number && res.total == nil {
		res.total, err = res.Total(ctx, c)
	}
	return err
}

// maxDigits is the most digits after the point of any value.
const maxDigits = 12
