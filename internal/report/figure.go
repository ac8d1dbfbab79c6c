package report

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"fieldwork/internal/calendar"
	"fieldwork/internal/chart"
	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/rhythm"
)

// Figure is a report that is no plain aggregate.
type Figure string

// The figures.
const (
	ReviewCalendar    Figure = "REVIEW_CALENDAR"
	MemberPerformance Figure = "MEMBER_PERFORMANCE"
	Workload          Figure = "WORKLOAD"
)

// lacks says what a figure needs that the organisation has not.
func (f Figure) lacks(cat *form.Catalog) string {
	switch f {
	case Workload:
		if cat.Customers() == nil {
			return missing("CUSTOMER_NAME")
		}
	case MemberPerformance:
		if (sqlgen.Env{}).Performance(sqlgen.Performance{Catalog: cat}).SQL == "" {
			return "no form in use has tasks or feedback of members"
		}
	}
	return ""
}

// check refuses parameters that a figure does not take.
func (f Figure) check(p Parameters, cat *form.Catalog, period *Period) error {
	var bad fault.List
	no := func(given bool, name string) {
		if given {
			bad = append(bad, notTaken().At(name))
		}
	}
	no(p.By != "", "by")
	no(p.Filter != nil && cat.Customers() == nil, "filter")
	no(p.Members != nil && f == ReviewCalendar, "members")
	no(p.Compare != "" && f == ReviewCalendar, "compare")
	if f == MemberPerformance && (period == nil || period.From == nil || period.Until == nil) {
		bad = append(bad, fault.New(fault.Invalid, "what members did is told of a period that begins and ends").At("during"))
	}
	return bad.Err()
}

func notTaken() *fault.Fault { return fault.New(fault.Invalid, "this report does not take it") }

func (a *Asked) figure(ctx context.Context, c *pg.Conn, p *Period, day calendar.Day) (table, error) {
	var t table
	var err error
	switch a.Report.Figure {
	case ReviewCalendar:
		return a.reviews(ctx, c, p)
	case MemberPerformance:
		t, err = a.performance(ctx, c, p)
	default:
		t, err = a.workload(ctx, c, a.loadDay(p, day))
	}
	if err == nil && a.members != nil {
		err = a.choose(ctx, c, &t)
	}
	return t, err
}

// choose leaves the rows of members that the parameter members holds for.
func (a *Asked) choose(ctx context.Context, c *pg.Conn, t *table) error {
	f, chosen := t.columns[0].target, map[any]bool{}
	s, _ := a.Env.List(query.List{Form: f, Filter: a.members}, []sqlgen.Column{{Field: f.Field("id")}}, mostMembers)
	err := c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error { chosen[f.Key+"_"+itoa(v[0].(int64))] = true; return nil })
	t.rows = slices.DeleteFunc(t.rows, func(r Row) bool { return !chosen[r.Values[0]] })
	return err
}

// mostMembers is how many members are chosen from.
const mostMembers = 100_000

// loadDay is the day whose workload is told: the last of a period, but none to come.
func (a *Asked) loadDay(p *Period, day calendar.Day) calendar.Day {
	if p != nil && p.Until != nil {
		day = *p.Until
	}
	return min(day, a.Today)
}

// float is a number that was rounded to a few digits, as text.
func float(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }

// label is a text in both languages that the program speaks.
func label(en, zh string) form.Label { return form.Label{"en": en, "zh": zh} }

// measured is a column of a figure.
func measured(key string, k ColumnKind, unit string, l form.Label) Column {
	return Column{Key: key, Labels: l, Kind: k, Unit: unit, Measure: true, Share: unit == "%", Additive: k == Integer && unit == ""}
}

func (a *Asked) recordColumn(key string, f *form.Form) Column {
	return Column{Key: key, Labels: f.Labels, Kind: Record, target: f}
}

// reviewDays is how far the review calendar looks ahead unless it is told.
const reviewDays = 90

// reviews are the customers whose next review is late or due in a period.
func (a *Asked) reviews(ctx context.Context, c *pg.Conn, p *Period) (table, error) {
	cat := a.Report.Form.Catalog
	ask := rhythm.Ask{Catalog: cat, Env: a.Env, Kind: rhythm.Review, Day: a.Today, Until: a.Today.Add(reviewDays), Filter: a.filter, First: MaxRows + 1}
	if p != nil && p.Until != nil {
		ask.Until = *p.Until
	}
	t := table{columns: []Column{
		a.recordColumn("customer", cat.Customers()),
		{Key: "due", Labels: label("Due", "到期日"), Kind: Date, By: "DAY"},
		{Key: "last", Labels: label("Last held", "上次回顾"), Kind: Date, By: "DAY"},
		{Key: "planned", Labels: label("Planned", "已计划"), Kind: Boolean},
		measured("days_late", Integer, "d", label("Days late", "逾期天数")),
	}}
	rhythms, err := rhythm.Load(ctx, c, a.Env, cat)
	if err != nil {
		return t, err
	}
	page, err := rhythm.List(ctx, c, rhythms, ask)
	for _, d := range page.Dues {
		var last any
		if d.Last != nil {
			last = d.Last.String()
		}
		t.rows = append(t.rows, Row{Count: 1, Values: []any{t.columns[0].target.Key + "_" + itoa(d.Customer), d.Due.String(), last, d.Planned, int64(d.Late)}})
	}
	if err != nil {
		return t, err
	}
	all, err := rhythm.Count(ctx, c, rhythms, ask)
	if err != nil {
		return t, err
	}
	ask.Until = min(ask.Until, a.Today-1)
	late, err := rhythm.Count(ctx, c, rhythms, ask)
	t.facts = []Fact{{"due", label("Due", "到期"), int64(all), ""}, {"late", label("Late", "逾期"), int64(late), ""}}
	return t, err
}

// loads are the workloads of members on a day.
func (a *Asked) loads(ctx context.Context, c *pg.Conn, day calendar.Day, filter query.Filter) (*division.Table, error) {
	cat := a.Report.Form.Catalog
	ask := division.Ask{Catalog: cat, Env: a.Env.EndOf(day, cat.Zone), Day: day, List: query.List{Form: cat.Customers(), Filter: filter}, Wants: division.Wants{Workload: true, Evenness: true}}
	return division.Read(ctx, c, ask)
}

func (a *Asked) workload(ctx context.Context, c *pg.Conn, day calendar.Day) (table, error) {
	cat := a.Report.Form.Catalog
	t := table{columns: []Column{
		a.recordColumn("member", cat.Form("member")),
		measured("points", Decimal, "", label("Points", "负荷分")),
		measured("accounts", Integer, "", label("Customers", "负责客户")),
		measured("roles", Integer, "", label("Roles", "分工数")),
		measured("open_tasks", Integer, "", label("Open tasks", "未完成任务")),
		measured("overdue_tasks", Integer, "", label("Overdue tasks", "逾期任务")),
		measured("open_hours", Decimal, "h", label("Open hours", "未完成工时")),
		measured("utilisation", Decimal, "%", label("Utilisation", "利用率")),
		{Key: "verdict", Labels: label("Verdict", "判断"), Kind: Text, Measure: true},
	}}
	d, err := a.loads(ctx, c, day, a.filter)
	if err != nil {
		return t, err
	}
	for _, w := range d.Workload {
		roles := 0
		for _, n := range w.RolesByLevel {
			roles += n
		}
		t.rows = append(t.rows, Row{Values: []any{"member_" + itoa(w.Member.ID), float(w.Points), int64(w.Accounts), int64(roles), int64(w.OpenTasks), int64(w.OverdueTasks),
			float(w.OpenHours), float(100 * w.Utilisation), w.Verdict}})
	}
	t.facts = []Fact{{"evenness", label("Evenness (Gini coefficient)", "均衡度（基尼系数）"), float(d.Evenness), ""}}
	return t, nil
}

// performance is what members did in a period, and what they carry at its end.
func (a *Asked) performance(ctx context.Context, c *pg.Conn, p *Period) (table, error) {
	cat := a.Report.Form.Catalog
	t := table{columns: []Column{
		a.recordColumn("member", cat.Form("member")),
		measured("tasks_done", Integer, "", label("Tasks done", "完成任务")),
		measured("due", Integer, "", label("Of them with a due date", "其中有截止日期")),
		measured("on_time_rate", Decimal, "%", label("On time", "准时率")),
		measured("days_late", Decimal, "d", label("Median days late", "延误天数（中位数）")),
		measured("days_to_done", Decimal, "d", label("Median days to done", "完成用时（天，中位数）")),
		measured("contacts", Integer, "", label("Contacts", "沟通次数")),
		measured("ratings", Integer, "", label("Ratings", "评分数")),
		measured("mean_rating", Decimal, "", label("Mean rating", "平均评分")),
		measured("responses", Integer, "", label("First responses", "首次响应数")),
		measured("response_hours", Decimal, "h", label("Median hours to first response", "首次响应（小时，中位数）")),
		measured("points", Decimal, "", label("Points at the end", "期末负荷分")),
	}}
	members := map[int64]*Row{}
	of := func(id int64) *Row {
		if members[id] == nil {
			zero := int64(0)
			members[id] = &Row{Values: []any{"member_" + itoa(id), zero, zero, nil, nil, nil, zero, zero, nil, zero, nil, nil}}
		}
		return members[id]
	}
	end := min(*p.Until, a.Today)
	s := a.Env.Performance(sqlgen.Performance{Catalog: cat, From: *p.From, Until: *p.Until, Customers: a.filter})
	err := c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error {
		row := of(v[0].(int64))
		n := [3]int64{v[2].(int64), v[3].(int64), v[4].(int64)}
		if plain(v[1]) == sqlgen.PerformanceTasks {
			row.Values[1], row.Values[2], row.Values[4], row.Values[5] = n[0], n[1], plain(v[5]), plain(v[6])
			row.Values[3] = percent(rat(n[2]), rat(int64(0)), rat(n[1]))
		} else {
			row.Values[6], row.Values[7], row.Values[9], row.Values[8], row.Values[10] = n[0], n[1], n[2], plain(v[5]), plain(v[6])
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	if cat.Customers() != nil {
		d, err := a.loads(ctx, c, end, a.filter)
		if err != nil {
			return t, err
		}
		for _, w := range d.Workload {
			of(w.Member.ID).Values[11] = float(w.Points)
		}
	}
	for _, row := range members {
		t.rows = append(t.rows, *row)
	}
	slices.SortFunc(t.rows, func(x, y Row) int {
		return cmp.Or(cmp.Compare(y.Values[1].(int64), x.Values[1].(int64)), cmp.Compare(y.Values[6].(int64), x.Values[6].(int64)), cmp.Compare(x.Values[0].(string), y.Values[0].(string)))
	})
	return t, nil
}

// calendar draws how many reviews are due in each month, and how many are late.
func (d *drawing) calendar() chart.Chart {
	language := d.look.Language()
	var days []string
	for _, row := range d.Rows {
		day, _ := calendar.Parse(row.Values[1].(string))
		days = append(days, begin("MONTH", day).String())
	}
	late, due := map[string]float64{}, map[string]float64{}
	for i, row := range d.Rows {
		if row.Values[4].(int64) > 0 {
			late[days[i]]++
		} else {
			due[days[i]]++
		}
	}
	names := []form.Label{label("Late", "逾期"), label("Due", "到期")}
	series := make([]chart.Series, 2)
	for _, month := range between(days, "MONTH", nil, false) {
		d.chart.Categories = append(d.chart.Categories, dateLabel(month, "MONTH"))
		for i, of := range []map[string]float64{late, due} {
			v := of[month]
			series[i].Values = append(series[i].Values, &v)
		}
	}
	for i := range series {
		series[i].Name = in(language, names[i])
	}
	if d.chart.Series = series; d.look.Kind == Number {
		d.chart.Categories, d.chart.Series = nil, nil
		for _, f := range d.Facts {
			d.chart.Series = append(d.chart.Series, chart.Series{Name: in(language, f.Labels), Values: []*float64{float64Of(f.Value)}})
		}
	}
	if d.look.Kind == Pie {
		total := chart.Series{Name: in(language, label("Reviews", "回顾"))}
		for i := range d.chart.Categories {
			v := *series[0].Values[i] + *series[1].Values[i]
			total.Values = append(total.Values, &v)
		}
		d.chart.Series = []chart.Series{total}
	}
	return d.chart
}
