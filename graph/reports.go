package graph

import (
	"context"

	"fieldwork/graph/model"
	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
	"fieldwork/internal/request"
)

// reportOf is a report that the caller may read.
func (r *Resolver) reportOf(ctx context.Context, id string) (*report.Report, error) {
	for _, b := range report.BuiltIn(request.From(ctx).Catalog) {
		if b.Key == id {
			return b, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no such report").At("id")
}

// readReport reads a report with parameters.
func (r *Resolver) readReport(ctx context.Context, id string, in *model.ReportParameters) (*report.Result, error) {
	def, err := r.reportOf(ctx, id)
	if err != nil {
		return nil, err
	}
	req := request.From(ctx)
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
	p := report.Parameters{During: or(in.During), Compare: or(in.Compare), Filter: in.Filter, By: string(or(in.By))}
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
	return reportRow(res, *row), nil
}

func reportLabels(ctx context.Context, row *model.ReportRow, language *string) []string {
	out := make([]string, len(row.Values))
	for i, v := range row.Values {
		out[i] = row.Result.Label(row.Result.Columns[i], v, languages(ctx, language)...)
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
