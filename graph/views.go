package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fieldwork/graph/model"
	"fieldwork/internal/form"
	"fieldwork/internal/form/impact"
	"fieldwork/internal/request"
	"fieldwork/internal/view"
)

// views are all that the caller may read, read once for the request.
func (r *Resolver) views(ctx context.Context) (*view.Views, error) {
	req := request.From(ctx)
	return req.Views.Get(func() (*view.Views, error) { return r.ViewStore.All(ctx, req.Actor) })
}

func (r *Resolver) viewsOf(ctx context.Context, f *form.Form) ([]*view.View, error) {
	vs, err := r.views(ctx)
	if err != nil {
		return nil, err
	}
	return vs.Of(f)
}

// viewPayload is the answer to a change that led to v.
func viewPayload(req *request.Request, v *view.View, err error) (*model.ViewPayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	req.Views.Forget()
	return &model.ViewPayload{View: v}, nil
}

func newView(ctx context.Context, in model.CreateViewInput) view.New {
	return view.New{Form: in.Form, Key: or(in.Key), Labels: labels(ctx, in.Label, in.Labels), Descriptions: labels(ctx, nil, in.Description), Icon: or(in.Icon),
		Shared: or(in.Shared), Layout: or(in.Layout),
		Definition: view.Definition{Settings: or(in.Settings), Columns: values(in.Columns), Filter: in.Filter, OrderBy: values(in.OrderBy), GroupBy: groupsOf(in.GroupBy)}}
}

func viewUpdate(ctx context.Context, in model.UpdateViewInput) view.Update {
	u := view.Update{Labels: labels(ctx, in.Label, in.Labels), Descriptions: labels(ctx, nil, in.Description), Icon: in.Icon, Shared: in.Shared, Layout: in.Layout,
		Settings: in.Settings, Columns: values(in.Columns), OrderBy: values(in.OrderBy), GroupBy: groupsOf(in.GroupBy)}
	u.Filter, u.SetFilter = in.Filter.ValueOK()
	return u
}

// values is a list of values of a list of pointers; nil stays nil.
func values[T any](in []*T) []T {
	if in == nil {
		return nil
	}
	out := make([]T, len(in))
	for i, p := range in {
		out[i] = *p
	}
	return out
}

func viewColumns(v *view.View) []*model.ViewColumn {
	out := make([]*model.ViewColumn, len(v.Columns))
	for i, c := range v.Columns {
		out[i] = &model.ViewColumn{Field: c.Field, Definition: c.Is, Width: c.Width, Hidden: c.Hidden, Broken: some(c.Broken)}
	}
	return out
}

func viewOrder(v *view.View) []*model.ViewOrder {
	out := make([]*model.ViewOrder, len(v.OrderBy))
	for i, o := range v.OrderBy {
		out[i] = &model.ViewOrder{Field: o.Field, Direction: cmp.Or(o.Direction, "ASC"), Nulls: cmp.Or(o.Nulls, "LAST"), Collation: some(o.Collation)}
	}
	return out
}

func viewGroups(v *view.View) []*model.ViewGroup {
	out := make([]*model.ViewGroup, len(v.GroupBy))
	for i, g := range v.GroupBy {
		out[i] = &model.ViewGroup{Field: g.Field}
		if by := model.DatePeriod(g.By); by != "" {
			out[i].By = &by
		}
	}
	return out
}

// groupsOf are the groups of an input; nil stays nil.
func groupsOf(in []*model.RecordGroup) []view.Group {
	if in == nil {
		return nil
	}
	out := make([]view.Group, len(in))
	for i, g := range in {
		out[i] = view.Group{Field: g.Field, By: string(or(g.By))}
	}
	return out
}

// usedBy lists what uses a field, views and reports included.
func (r *Resolver) usedBy(ctx context.Context, x *form.Field) ([]form.Use, error) {
	uses, err := r.Forms.FieldUses(ctx, x)
	if err != nil {
		return nil, err
	}
	vs, err := r.views(ctx)
	if err != nil {
		return nil, err
	}
	more, err := vs.Uses(x)
	if err != nil {
		return nil, err
	}
	reports, _, err := r.reportUses(ctx, x)
	return slices.Concat(uses, more, reports), err
}

// addViews adds to what a change would come to the views and reports that use the
// field. Those of other members are only counted.
func (r *Resolver) addViews(ctx context.Context, p *impact.Report, in model.PreviewFieldChangeInput) error {
	req := request.From(ctx)
	f := req.Catalog.Form(in.Form)
	if f == nil || f.Field(in.Key) == nil {
		return nil
	}
	vs, err := r.views(ctx)
	if err != nil {
		return err
	}
	uses, err := vs.Uses(f.Field(in.Key))
	if err != nil {
		return err
	}
	others, err := r.ViewStore.UsedByOthers(ctx, req.Actor, f.Field(in.Key))
	if err != nil {
		return err
	}
	reports, of, err := r.reportUses(ctx, f.Field(in.Key))
	if err != nil {
		return err
	}
	p.Uses = slices.Concat(p.Uses, uses, reports)
	if in.Action == model.FieldChangeActionArchive || in.Action == model.FieldChangeActionConvert {
		for _, use := range []struct {
			what     string
			n, other int
		}{{"views", len(uses) + others, others}, {"reports", len(reports) + of, of}} {
			if use.n > 0 {
				p.Warnings = append(p.Warnings, fmt.Sprintf("%d %s use the field, %d of them personal ones of other members; they may break.", use.n, use.what, use.other))
			}
		}
	}
	return nil
}
