package graph

import (
	"cmp"
	"context"
	"unicode/utf8"

	"fieldwork/graph/model"
	"fieldwork/internal/dashboard"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/picture"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
	"fieldwork/internal/request"
)

// wanted are the reports that a request names, by themselves or as a dashboard.
type wanted struct {
	ids        []string
	id         *string
	parameters *model.ReportParameters
	title      *string
}

// readDashboard reads several reports.
func (r *Resolver) readDashboard(ctx context.Context, w wanted) (*dashboard.Result, error) {
	if err := checkTitle(or(w.title)); err != nil {
		return nil, err
	}
	d, err := r.dashboardOf(ctx, w)
	if err != nil {
		return nil, err
	}
	req := request.From(ctx)
	p, err := reportParameters(or(w.parameters))
	if err != nil {
		return nil, faults(err, "parameters")
	}
	if p.During == "" && p.From == nil && p.Until == nil {
		p.During = d.During
	}
	p.Compare = cmp.Or(p.Compare, d.Compare)
	all, err := r.allReports(ctx)
	if err != nil {
		return nil, err
	}
	ask, err := dashboard.Ask(d.Items, all, w.id == nil, p, sqlgen.Env{Now: req.Now, Member: req.Actor.MemberID})
	if err != nil {
		return nil, faults(err)
	}
	var res *dashboard.Result
	err = r.read(ctx, func(c *pg.Conn) (err error) {
		res, err = ask.Run(ctx, c)
		return err
	})
	if err != nil {
		return nil, faults(err, "parameters")
	}
	res.Title, res.Columns = or(w.title), d.Columns
	if w.title == nil && w.id != nil {
		res.Title = text(d.Labels, ctx, nil, d.Key)
	}
	return res, nil
}

// checkTitle refuses a title that is too long, or no text: files are named by it.
func checkTitle(title string) error {
	if utf8.RuneCountInString(title) > dashboard.MaxTitle {
		return fault.New(fault.Invalid, "must be at most %d characters long", dashboard.MaxTitle).At("title")
	}
	var bad fault.List
	_ = bad.Add(kind.CheckText(title), "title")
	return bad.Err()
}

// dashboardOf is the dashboard that is named, or one of the reports that are.
func (r *Resolver) dashboardOf(ctx context.Context, w wanted) (*dashboard.Dashboard, error) {
	switch {
	case (w.ids == nil) == (w.id == nil):
		return nil, fault.New(fault.Invalid, "say reports, or the id of a dashboard").At("reports")
	case w.id != nil:
		return r.DashboardStore.Get(ctx, request.From(ctx).Actor, *w.id)
	case len(w.ids) == 0 || len(w.ids) > dashboard.MaxReports:
		return nil, fault.New(fault.TooCostly, "a dashboard has 1 to %d reports", dashboard.MaxReports).At("reports")
	}
	d := &dashboard.Dashboard{}
	for _, id := range w.ids {
		d.Items = append(d.Items, dashboard.Item{Report: id})
	}
	return d, nil
}

// drawDashboard draws several and keeps the file.
func (r *Resolver) drawDashboard(ctx context.Context, d *dashboard.Result, format picture.Format, paper dashboard.Paper, look report.Look) (*model.File, error) {
	page, err := d.Draw(look, paper)
	if err != nil {
		return nil, err
	}
	return r.keepPage(ctx, cmp.Or(d.Title, "dashboard"), format, page)
}

func dashboardReports(d *dashboard.Dashboard) []*model.DashboardReport {
	out := make([]*model.DashboardReport, len(d.Items))
	for i, item := range d.Items {
		out[i] = &model.DashboardReport{Report: item.Report}
		if item.Kind != "" {
			out[i].Kind = &item.Kind
		}
	}
	return out
}

// dashboardItems are the reports of an input; nil stays nil.
func dashboardItems(in []*model.DashboardReportInput) []dashboard.Item {
	if in == nil {
		return nil
	}
	out := make([]dashboard.Item, len(in))
	for i, x := range in {
		out[i] = dashboard.Item{Report: x.Report, Kind: or(x.Kind)}
	}
	return out
}

func (r *Resolver) createDashboard(ctx context.Context, in model.CreateDashboardInput) (*model.DashboardPayload, error) {
	req := request.From(ctx)
	all, err := r.allReports(ctx)
	if err != nil {
		return nil, err
	}
	d, err := r.DashboardStore.Create(ctx, req.Actor, all, dashboard.New{Key: or(in.Key), Labels: labels(ctx, in.Label, in.Labels), Shared: or(in.Shared),
		Definition: dashboard.Definition{Items: dashboardItems(in.Reports), Columns: or(in.Columns), During: or(in.During), Compare: or(in.Compare)}})
	if err != nil {
		return nil, inInput(err)
	}
	return &model.DashboardPayload{Dashboard: d}, nil
}

func (r *Resolver) updateDashboard(ctx context.Context, in model.UpdateDashboardInput) (*model.DashboardPayload, error) {
	req := request.From(ctx)
	all, err := r.allReports(ctx)
	if err != nil {
		return nil, err
	}
	u := dashboard.Update{Labels: labels(ctx, in.Label, in.Labels), Items: dashboardItems(in.Reports), Columns: in.Columns}
	u.During, u.SetDuring = in.During.ValueOK()
	u.Compare, u.SetCompare = in.Compare.ValueOK()
	d, err := r.DashboardStore.Update(ctx, req.Actor, all, dashboard.At{ID: in.ID, Version: in.Version}, u)
	if err != nil {
		return nil, inInput(err)
	}
	return &model.DashboardPayload{Dashboard: d}, nil
}
