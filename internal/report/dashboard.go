package report

import (
	"context"

	"fieldwork/internal/calendar"
	"fieldwork/internal/chart"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// Dashboard is several reports that are read and drawn together.
type Dashboard struct {
	Title   string // "": none was given
	AsOf    calendar.Day
	Results []*Result
}

// AskAll checks parameters for several reports. Each takes those that mean something to
// it: a report of no period takes none, one that is not grouped by a date no other parts
// of it, and what cannot be compared is not. Faults: those of Ask.
func AskAll(reports []*Report, p Parameters, env sqlgen.Env) ([]*Asked, error) {
	if len(reports) == 0 || len(reports) > MaxDashboard {
		return nil, fault.New(fault.TooCostly, "a dashboard has 1 to %d reports", MaxDashboard).At("reports")
	}
	var bad fault.List
	out := make([]*Asked, len(reports))
	for i, r := range reports {
		if r.Broken != "" {
			bad = append(bad, fault.New(fault.Invalid, "the report cannot be read: %s", r.Broken).At("reports", i))
			continue
		}
		var err error
		out[i], err = r.Ask(r.taken(p), env)
		_ = bad.Add(err, "parameters")
	}
	return out, bad.Err()
}

// taken are the parameters that mean something to a report.
func (r *Report) taken(p Parameters) Parameters {
	if r.Figure == "" && r.Period == "" {
		p.During, p.From, p.Until, p.Compare = "", nil, nil, ""
	}
	if r.Figure == ReviewCalendar {
		p.Compare = ""
	}
	if !r.dated() {
		p.By = ""
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

// RunAll reads several reports on one connection.
func RunAll(ctx context.Context, c *pg.Conn, asked []*Asked) ([]*Result, error) {
	out := make([]*Result, len(asked))
	for i, a := range asked {
		var err error
		if out[i], err = a.Run(ctx, c); err == nil {
			err = out[i].WithTotal(ctx, c, Look{})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Draw draws the reports on one page, in columns.
func (d *Dashboard) Draw(look Look, columns int) (*draw.Page, error) {
	page := chart.Dashboard{Title: d.Title, AsOf: d.AsOf.String(), Columns: columns, Language: look.language()}
	if page.Title == "" {
		page.Title = in(page.Language, label("Dashboard", "仪表盘"))
	}
	for _, res := range d.Results {
		c, err := res.Chart(Look{Languages: look.Languages})
		if err != nil {
			return nil, err
		}
		page.Charts = append(page.Charts, c)
	}
	return chart.Page(page)
}
