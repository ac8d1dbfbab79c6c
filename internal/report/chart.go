package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/chart"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
)

// Look says how a result is drawn.
type Look struct {
	Kind      Kind // "": as the report says
	Languages []string
}

// Language is the first of the languages, "" for none.
func (l Look) Language() string {
	if len(l.Languages) == 0 {
		return ""
	}
	return l.Languages[0]
}

// drawing is a result that becomes a chart.
type drawing struct {
	*Result
	look     Look
	keys     []int // places of keys among the columns
	measures []int // places of the measures that are drawn
	chart    chart.Chart
}

// Chart is the result as a chart. A report by one key draws its measures; one by
// several keys draws its first measure by the first two, and further keys are added
// up. Faults: INVALID at kind for what cannot be drawn so.
func (res *Result) Chart(look Look) (chart.Chart, error) {
	d := &drawing{Result: res, look: look}
	if look.Kind == "" {
		d.look.Kind = res.Report.Chart.Kind
	}
	d.chart = chart.Chart{Kind: chart.Kind(d.look.Kind), Title: res.Report.Labels.In("", look.Languages...), Language: look.Language()}
	if res.Report.Figure == ReviewCalendar {
		d.chart.Subtitle = res.subtitle(look.Language())
		return d.calendar(), nil
	}
	for i, col := range res.Columns {
		switch {
		case !col.Measure:
			d.keys = append(d.keys, i)
		case col.numeric() && (len(res.Report.Chart.Measures) == 0 || slices.Contains(res.Report.Chart.Measures, col.Key)):
			d.measures = append(d.measures, i)
		}
	}
	slices.SortStableFunc(d.measures, func(a, b int) int {
		return slices.Index(res.Report.Chart.Measures, res.Columns[a].Key) - slices.Index(res.Report.Chart.Measures, res.Columns[b].Key)
	})
	if len(d.measures) == 0 {
		return d.chart, fault.New(fault.Invalid, "the report has no measure that can be drawn").At("kind")
	}
	if d.look.Kind != Number && (d.look.Kind == Pie || len(d.keys) > 1) {
		d.measures = d.measures[:1]
	}
	if !d.comparing() {
		d.Result = res.alone()
	}
	d.chart.Subtitle = d.subtitle(look.Language())
	if d.look.Kind == Number {
		return d.numbers()
	}
	if len(d.measures) == 1 { // nothing else in the chart says what it shows
		d.chart.Subtitle = strings.Trim(d.name(d.measures[0])+" · "+d.chart.Subtitle, " ·")
	}
	return d.plot()
}

// comparing says whether the chart shows what was before.
func (d *drawing) comparing() bool {
	return d.Compared != nil && (d.look.Kind == Number || len(d.measures) == 1 && len(d.keys) < 2 && (d.look.Kind == Bar || d.look.Kind == Line))
}

// alone is the result without what it is compared with.
func (res *Result) alone() *Result {
	out, asked := *res, *res.Asked
	asked.Compared, out.Asked = nil, &asked
	out.Rows = slices.DeleteFunc(slices.Clone(res.Rows), func(r Row) bool { return r.before })
	return &out
}

// subtitle is the period, what it is compared with, and whether something is missing.
func (res *Result) subtitle(language string) string {
	var words []string
	span := func(p *Period) string {
		from, until := "…", "…"
		if p.From != nil {
			from = p.From.String()
		}
		if p.Until != nil {
			until = p.Until.String()
		}
		return from + " – " + until
	}
	switch {
	case res.Report.Figure == Workload:
		words = append(words, res.loadDay(res.Period, res.Today).String())
	case res.Period != nil:
		words = append(words, span(res.Period))
	}
	if res.Compared != nil {
		words = append(words, in(language, label("compared with ", "对比 "))+span(res.Compared))
	}
	if res.More {
		words = append(words, fmt.Sprintf(in(language, label("the first %d rows", "前 %d 行")), len(res.Rows)))
	}
	return strings.Join(words, " · ")
}

// style gives the chart the unit and digits of its measures, if they share them.
func (d *drawing) style(measures ...int) {
	for i, m := range measures {
		col := d.Columns[m]
		digits, unit := col.digits(), unitIn(d.look.Language(), col.Unit)
		if col.currency() { // whole units of it: charts have little room
			digits = 0
		}
		digits = min(digits, d.mostDigits(m))
		d.chart.Decimals = max(d.chart.Decimals, digits)
		switch {
		case i == 0:
			d.chart.Unit = unit
		case d.chart.Unit != unit:
			d.chart.Unit = ""
		}
	}
}

// mostDigits is how many digits after the point some value of a column has.
func (d *drawing) mostDigits(m int) int {
	most := 0
	look := func(values []any) {
		if values != nil {
			if text, ok := values[m].(string); ok {
				_, digits, _ := strings.Cut(text, ".")
				most = max(most, len(strings.TrimRight(digits, "0")))
			}
		}
	}
	for _, row := range d.Rows {
		look(row.Values)
		look(row.Before)
	}
	if d.total != nil {
		look(d.total.Values)
		look(d.total.Before)
	}
	return most
}

// name is what a measure is called, with the number of answers it is made of.
func (d *drawing) name(m int) string {
	col := d.Columns[m]
	text := col.Labels.In("", d.look.Languages...)
	if text == "" {
		text = col.Key
	}
	of := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Key == d.Report.Answers[col.Key] })
	if of < 0 {
		return text
	}
	n := int64(0)
	for _, row := range d.Rows {
		answers, _ := row.Values[of].(int64)
		n += answers
	}
	return fmt.Sprintf("%s (n=%d)", text, n)
}

func float64Of(v any) *float64 {
	x := rat(v)
	if x == nil {
		return nil
	}
	f, _ := x.Float64()
	return &f
}

// numbers draws the total of each measure, beside what it was.
func (d *drawing) numbers() (chart.Chart, error) {
	d.style(d.measures...)
	row := d.total
	if row == nil {
		row = &Row{Values: d.sum(false)}
		if d.Compared != nil {
			row.Before = d.sum(true)
		}
	}
	for _, m := range d.measures {
		d.chart.Series = append(d.chart.Series, chart.Series{Name: d.name(m), Values: []*float64{float64Of(row.Values[m])}})
		if row.Before != nil {
			d.chart.Before = append(d.chart.Before, float64Of(row.Before[m]))
		}
	}
	return d.chart, nil
}

// sum adds up the counts of a figure.
func (d *drawing) sum(before bool) []any {
	out := make([]any, len(d.Columns))
	for i, col := range d.Columns {
		if !col.numeric() || !col.Additive {
			continue
		}
		sum := rat(int64(0))
		for _, row := range d.Rows {
			v := row.Values
			if before {
				v = row.Before
			}
			if x := rat(v[i]); x != nil {
				sum.Add(sum, x)
			}
		}
		out[i] = decimal(sum, maxDigits)
	}
	return out
}

// plot draws measures by the first key, or one by the first two.
func (d *drawing) plot() (chart.Chart, error) {
	d.style(d.measures...)
	across, along := 0, -1 // key of the categories, key of the series
	if len(d.keys) > 1 && d.look.Kind != Pie {
		across, along = 0, 1
		if d.look.Kind == HeatMap {
			across, along = 1, 0
		}
	}
	if drawn := map[bool]int{true: 2, false: 1}[along >= 0]; len(d.keys) > drawn && !d.Columns[d.measures[0]].Additive {
		return d.chart, fault.New(fault.Invalid, "%s cannot be added up over further keys", d.Columns[d.measures[0]].Key).At("kind")
	}
	if along >= 0 {
		d.grid(d.keys[across], d.keys[along])
	} else {
		d.bySelf(across)
	}
	return d.chart, nil
}

// axis are the values of a key that are drawn, in their order.
type axis struct {
	names []string
	at    map[any]int
}

func (d *drawing) add(x *axis, col Column, v any) {
	if _, there := x.at[v]; !there {
		x.at[v] = len(x.names)
		x.names = append(x.names, d.Label(col, v, d.look.Languages...))
	}
}

// axis has the values of a key in the order of rows, of days also those between.
func (d *drawing) axis(key int) axis {
	col, x := d.Columns[key], axis{at: map[any]int{}}
	var days []string
	for _, row := range d.Rows {
		if text, ok := row.Values[key].(string); ok && col.Kind == Date {
			days = append(days, text)
		}
	}
	for _, day := range between(days, col.By, d.Period, col.period) {
		d.add(&x, col, day)
	}
	if col.Kind == Option && len(d.keys) > 1 { // in the order of options, not of whatever comes first
		for _, o := range col.field.Options {
			if slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Values[key] == o.Key }) {
				d.add(&x, col, o.Key)
			}
		}
	}
	for _, row := range d.Rows {
		d.add(&x, col, row.Values[key])
	}
	return x
}

// mostBetween is how many periods without records are drawn at most.
const mostBetween = 400

// between are all periods from the first of some days to the last: of the report's own
// period, if the days are those that it goes by.
func between(days []string, by string, p *Period, whole bool) []string {
	if len(days) == 0 {
		return nil
	}
	first, err := calendar.Parse(slices.Min(days))
	last, err2 := calendar.Parse(slices.Max(days))
	if err != nil || err2 != nil {
		return nil
	}
	if whole && p != nil && p.From != nil && p.Until != nil {
		first, last = begin(by, *p.From), *p.Until
	}
	var out []string
	for d := first; d <= last; d = next(by, d) {
		if out = append(out, d.String()); len(out) > mostBetween {
			return nil
		}
	}
	return out
}

// bySelf draws each measure as a series, and what it was beside it.
func (d *drawing) bySelf(across int) {
	x := axis{names: []string{""}}
	if len(d.keys) > 0 {
		x = d.axis(d.keys[across])
	}
	d.chart.Categories = x.names
	cells := func(of func(Row) any) []*float64 { // those of further keys are added up
		out := make([]*float64, len(x.names))
		for _, row := range d.Rows {
			at := 0
			if len(d.keys) > 0 {
				at = x.at[row.Values[d.keys[across]]]
			}
			addTo(&out[at], float64Of(of(row)))
		}
		return out
	}
	for _, m := range d.measures {
		d.chart.Series = append(d.chart.Series, chart.Series{Name: d.name(m), Values: cells(func(r Row) any { return r.Values[m] })})
		if d.comparing() {
			d.chart.Series = append(d.chart.Series, chart.Series{Name: in(d.look.Language(), label("before", "对比期")), Values: cells(func(r Row) any { return r.Before[m] })})
		}
	}
}

func addTo(cell **float64, v *float64) {
	switch {
	case v == nil:
	case *cell == nil:
		*cell = v
	default:
		sum := **cell + *v
		*cell = &sum
	}
}

// grid draws one measure by two keys.
func (d *drawing) grid(across, along int) {
	x, y := d.axis(across), d.axis(along)
	d.chart.Categories = x.names
	for _, name := range y.names {
		d.chart.Series = append(d.chart.Series, chart.Series{Name: name, Values: make([]*float64, len(x.names))})
	}
	for _, row := range d.Rows {
		addTo(&d.chart.Series[y.at[row.Values[along]]].Values[x.at[row.Values[across]]], float64Of(row.Values[d.measures[0]]))
	}
}

// Draw draws the result.
func (res *Result) Draw(look Look) (*draw.Page, error) {
	c, err := res.Chart(look)
	if err != nil {
		return nil, err
	}
	p, err := chart.Draw(c)
	return p, atKind(err)
}

// atKind has a fault of a chart lead to what was asked for.
func atKind(err error) error {
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return fault.New(f.Kind, "%s", f.Message).At("kind")
	}
	return err
}
