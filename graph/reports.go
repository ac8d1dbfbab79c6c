package graph

import (
	"context"
	"fmt"
	"slices"

	"fieldwork/graph/model"
	"fieldwork/internal/calendar"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/picture"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
	"fieldwork/internal/request"
	"fieldwork/internal/spreadsheet"
)

// reportUses lists the reports that use a field, and counts those of other members.
func (r *Resolver) reportUses(ctx context.Context, x *form.Field) ([]form.Use, int, error) {
	req := request.From(ctx)
	u, err := req.Reports.Get(x.Form.Catalog, func() (*report.Uses, error) { return r.ReportStore.Uses(ctx, req.Actor, x.Form.Catalog) })
	if err != nil {
		return nil, 0, err
	}
	uses, others := u.Of(x)
	return uses, others, nil
}

// allReports are those that the caller may read. They are the request's: nobody
// changes them.
func (r *Resolver) allReports(ctx context.Context) ([]*report.Report, error) {
	req := request.From(ctx)
	return req.Reports.All(req.Catalog, func() ([]*report.Report, error) { return r.ReportStore.All(ctx, req.Actor, req.Catalog) })
}

// readReport reads a report with parameters.
func (r *Resolver) readReport(ctx context.Context, id string, in *model.ReportParameters) (*report.Result, error) {
	req := request.From(ctx)
	def, err := r.ReportStore.Get(ctx, req.Actor, req.Catalog, id)
	if err != nil {
		return nil, err
	}
	p, err := reportParameters(or(in))
	if err != nil {
		return nil, faults(err, "parameters")
	}
	if def.Broken != "" {
		return nil, fault.New(fault.Invalid, "the report cannot be read: %s", def.Broken).At("id")
	}
	ask, err := def.Ask(p, sqlgen.Env{Now: req.Now, Member: req.Actor.MemberID})
	if err != nil {
		return nil, faults(err, "parameters")
	}
	var res *report.Result
	err = r.read(ctx, func(c *pg.Conn) (err error) {
		res, err = ask.Run(ctx, c)
		return err
	})
	if err != nil {
		return nil, faults(err, "parameters")
	}
	return res, nil
}

func reportParameters(in model.ReportParameters) (report.Parameters, error) {
	p := report.Parameters{During: or(in.During), Compare: or(in.Compare), Filter: in.Filter, Members: in.Members, By: string(or(in.By))}
	var bad fault.List
	day := func(text *string, name string) *calendar.Day {
		if text == nil {
			return nil
		}
		d, err := dayArg(text, 0, name)
		_ = bad.Add(err)
		return &d
	}
	p.From, p.Until, p.AsOf = day(in.From, "from"), day(in.Until, "until"), day(in.AsOf, "asOf")
	if in.First != nil {
		if p.First = *in.First; p.First < 1 {
			bad = append(bad, fault.New(fault.Invalid, "must be at least 1").At("first"))
		}
	}
	return p, bad.Err()
}

func reportRow(res *report.Result, row report.Row) *model.ReportRow {
	out := &model.ReportRow{Values: row.Values, Count: row.Count, Before: row.Before, Result: res}
	if row.Before != nil {
		out.Change, out.ChangePercent = row.Change(res.Columns)
	}
	return out
}

func reportRows(res *report.Result) []*model.ReportRow {
	out := make([]*model.ReportRow, len(res.Rows))
	for i, row := range res.Rows {
		out[i] = reportRow(res, row)
	}
	return out
}

// reportTotal reads what all records of a report come to.
func (r *Resolver) reportTotal(ctx context.Context, res *report.Result) (*model.ReportRow, error) {
	var row *report.Row
	err := r.read(ctx, func(c *pg.Conn) (err error) {
		row, err = res.Total(ctx, c)
		return err
	})
	if err != nil || row == nil {
		return nil, err
	}
	out := reportRow(res, *row)
	out.Total = true
	return out, nil
}

func reportLabels(ctx context.Context, row *model.ReportRow, language *string) []string {
	out := make([]string, len(row.Values))
	for i, v := range row.Values {
		col := row.Result.Columns[i]
		switch {
		case !row.Total || col.Measure:
			out[i] = row.Result.Label(col, v, spoken(ctx, language)...)
		case i == 0:
			out[i] = report.TotalLabel(spoken(ctx, language)...)
		}
	}
	return out
}

func reportGroups(d *report.Report) []*model.ReportGroup {
	out := make([]*model.ReportGroup, len(d.GroupBy))
	for i, g := range d.GroupBy {
		out[i] = &model.ReportGroup{Field: g.Field}
		if by := model.DatePeriod(g.By); by != "" {
			out[i].By = &by
		}
	}
	return out
}

func reportOrder(d *report.Report) []*model.ReportOrder {
	out := make([]*model.ReportOrder, len(d.OrderBy))
	for i, o := range d.OrderBy {
		out[i] = &model.ReportOrder{Measure: o.Measure, Direction: "ASC"}
		if o.Direction != "" {
			out[i].Direction = o.Direction
		}
	}
	return out
}

// dayText is a day of a period that may be open.
func dayText(p *report.Period, from bool) *string {
	if p == nil {
		return nil
	}
	d := p.Until
	if from {
		d = p.From
	}
	if d == nil {
		return nil
	}
	return some(d.String())
}

// spoken are the languages to look for a text in, without those that nobody said.
func spoken(ctx context.Context, language *string) []string {
	return slices.DeleteFunc(languages(ctx, language), func(l string) bool { return l == "" })
}

// drawReport draws a result and keeps the file.
func (r *Resolver) drawReport(ctx context.Context, res *report.Result, format picture.Format, look report.Look) (*model.File, error) {
	var whole *report.Result
	err := r.read(ctx, func(c *pg.Conn) (err error) {
		whole, err = res.WithTotal(ctx, c, look)
		return err
	})
	if err != nil {
		return nil, err
	}
	page, err := whole.Draw(look)
	if err != nil {
		return nil, err
	}
	return r.keepPage(ctx, res.Report.Labels.In("", look.Languages...), format, page)
}

// writeReport writes a result as a spreadsheet and keeps the file.
func (r *Resolver) writeReport(ctx context.Context, res *report.Result, format spreadsheet.Format, languages []string) (*model.File, error) {
	var total *report.Row
	err := r.read(ctx, func(c *pg.Conn) (err error) {
		total, err = res.Total(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := res.Book(total, languages...).File(fmt.Sprintf("%s_%s", res.Report.Labels.In("", languages...), today(ctx)), format)
	if err != nil {
		return nil, err
	}
	return r.keep(ctx, f.Name, f.Type, f.Content)
}

func (r *Resolver) keepPage(ctx context.Context, title string, format picture.Format, page *draw.Page) (*model.File, error) {
	f, err := picture.Write(page, format, title, fmt.Sprintf("%s_%s", title, today(ctx)))
	if err != nil {
		return nil, err
	}
	return r.keep(ctx, f.Name, f.Type, f.Content)
}

// reportPayload is the answer to a change that led to d.
func reportPayload(req *request.Request, d *report.Report, err error) (*model.ReportPayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	req.Reports.Forget()
	return &model.ReportPayload{Report: d}, nil
}

func newReport(ctx context.Context, in model.CreateReportInput) report.New {
	n := report.New{Form: in.Form, Key: or(in.Key), Labels: labels(ctx, in.Label, in.Labels), Descriptions: labels(ctx, nil, in.Description), Shared: or(in.Shared),
		Definition: report.Definition{Filter: in.Filter, Period: or(in.Period), During: or(in.During), GroupBy: reportGroupsOf(in.GroupBy), Measures: measuresOf(ctx, in.Measures),
			OrderBy: values(in.OrderBy), Chart: report.Chart{Kind: report.Bar}}}
	if in.Chart != nil {
		n.Chart = *in.Chart
	}
	return n
}

func reportUpdate(ctx context.Context, in model.UpdateReportInput) report.Update {
	u := report.Update{Labels: labels(ctx, in.Label, in.Labels), Descriptions: labels(ctx, nil, in.Description), Shared: in.Shared, Period: in.Period,
		GroupBy: reportGroupsOf(in.GroupBy), Measures: measuresOf(ctx, in.Measures), OrderBy: values(in.OrderBy), Chart: in.Chart}
	u.Filter, u.SetFilter = in.Filter.ValueOK()
	u.During, u.SetDuring = in.During.ValueOK()
	return u
}

// reportGroupsOf are the groups of an input; nil stays nil.
func reportGroupsOf(in []*model.RecordGroup) []report.Group {
	if in == nil {
		return nil
	}
	out := make([]report.Group, len(in))
	for i, g := range in {
		out[i] = report.Group{Field: g.Field, By: string(or(g.By))}
	}
	return out
}

// measuresOf are the measures of an input; nil stays nil.
func measuresOf(ctx context.Context, in []*model.ReportMeasureInput) []report.Measure {
	if in == nil {
		return nil
	}
	out := make([]report.Measure, len(in))
	for i, m := range in {
		out[i] = report.Measure{Name: m.Name, Labels: labels(ctx, nil, m.Labels), Function: string(or(m.Function)), Field: or(m.Field), Filter: m.Filter,
			Share: m.Share, Unit: m.Unit, Hidden: or(m.Hidden)}
	}
	return out
}
