// Package dashboard shows several reports together: read on one connection, drawn on
// one page. Which ones is said in a request, or kept: as rows of fieldwork.dashboard,
// shared or a member's own, as reports are.
//
//	d, err := store.Get(ctx, actor, "dashboard_3")
//	ask, err := dashboard.Ask(d.Items, reports, parameters, env) // what cannot be read is left out
//	result, err := ask.Run(ctx, conn)
//	page, err := result.Draw(report.Look{Language: "zh"}, d.Columns)
//
// What reports are and come to is package report's; the package reads no records.
package dashboard

import (
	"cmp"
	"context"
	"slices"

	"fieldwork/internal/chart"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
)

// MaxReports is how many reports a dashboard has at most.
const MaxReports = 12

// Item is a report on a dashboard.
type Item struct {
	Report string      `json:"report" yaml:"report"`       // its id; in a template its key
	Kind   report.Kind `json:"kind,omitempty" yaml:"kind"` // of its chart; "": as the report says
}

// LeftOut is a report that could not be read, and why.
type LeftOut struct{ ID, Reason string }

// Asked are the reports of a dashboard with parameters, checked.
type Asked struct {
	reports []*report.Asked
	kinds   []report.Kind
	left    []LeftOut
}

// Ask finds the reports of items among those that somebody may read, and checks
// parameters for them; each takes those that fit. With strict one that is not there, or
// cannot be read, is a fault at its place: NOT_FOUND or INVALID; else it is left out.
// Faults of parameters are those of report.Ask.
func Ask(items []Item, reports []*report.Report, strict bool, p report.Parameters, env sqlgen.Env) (*Asked, error) {
	var bad fault.List
	out := &Asked{}
	for i, item := range items {
		at := slices.IndexFunc(reports, func(r *report.Report) bool { return r.IDText() == item.Report })
		switch {
		case at < 0 && strict:
			bad = append(bad, fault.New(fault.NotFound, "there is no such report").At("reports", i))
			continue
		case at < 0:
			out.left = append(out.left, LeftOut{item.Report, "there is no such report"})
			continue
		}
		r := reports[at]
		switch {
		case r.Broken != "" && strict:
			bad = append(bad, fault.New(fault.Invalid, "the report cannot be read: %s", r.Broken).At("reports", i))
			continue
		case r.Broken != "":
			out.left = append(out.left, LeftOut{item.Report, r.Broken})
			continue
		}
		a, err := r.Ask(r.Fitting(p), env)
		if err = bad.Add(err, "parameters"); err != nil {
			return nil, err
		}
		out.reports, out.kinds = append(out.reports, a), append(out.kinds, item.Kind)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// Result is a dashboard that was read.
type Result struct {
	Title   string // "": none was given
	Columns int    // 0: as many as suit
	Results []*report.Result
	LeftOut []LeftOut

	kinds []report.Kind
}

// Run reads the reports on one connection.
func (a *Asked) Run(ctx context.Context, c *pg.Conn) (*Result, error) {
	out := &Result{Results: []*report.Result{}, LeftOut: append([]LeftOut{}, a.left...), kinds: a.kinds}
	for i, asked := range a.reports {
		res, err := asked.Run(ctx, c)
		if err == nil {
			res, err = res.WithTotal(ctx, c, report.Look{Kind: a.kinds[i]})
		}
		if err != nil {
			return nil, err
		}
		out.Results = append(out.Results, res)
	}
	return out, nil
}

// Paper is what a dashboard is drawn on.
type Paper struct {
	Columns int  // 0: as many as the dashboard says
	Large   bool // A3, else A4
}

// Draw draws the reports on one page. Faults: INVALID for a report that cannot be drawn, or nothing to draw.
func (r *Result) Draw(look report.Look, paper Paper) (*draw.Page, error) {
	if len(r.Results) == 0 {
		return nil, fault.New(fault.Invalid, "there is no report to draw")
	}
	page := chart.Dashboard{Title: r.Title, AsOf: r.Results[0].Today.String(), Columns: cmp.Or(paper.Columns, r.Columns), Large: paper.Large, Language: look.Language()}
	for i, res := range r.Results {
		c, err := res.Chart(report.Look{Kind: r.kinds[i], Languages: look.Languages})
		if err != nil {
			return nil, err
		}
		page.Charts = append(page.Charts, c)
	}
	return chart.Page(page)
}
