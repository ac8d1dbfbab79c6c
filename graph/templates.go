package graph

import (
	"context"
	"maps"
	"slices"

	"fieldwork/graph/model"
	"fieldwork/internal/form/document"
	"fieldwork/internal/template"
)

func templateModel(ctx context.Context, e template.Entry) *model.Template {
	t := &model.Template{Key: e.Key, Label: text(e.Label, ctx, nil, e.Key), Labels: texts(e.Label), Description: some(text(e.Description, ctx, nil, "")),
		Version: e.Version, Upgradable: e.Installed > 0 && e.Installed < e.Version, HasSampleData: len(e.Sample) > 0, SampleDataInstalled: e.Sampled,
		Forms: make([]*model.TemplateForm, len(e.Definitions.Forms))}
	if e.Installed > 0 {
		t.InstalledVersion = &e.Installed
	}
	for i, f := range e.Definitions.Forms {
		t.Forms[i] = templateForm(ctx, f)
	}
	t.Views = make([]*model.TemplateView, len(e.Views))
	for i, v := range e.Views {
		t.Views[i] = &model.TemplateView{Form: v.Form, Key: v.Key, Label: text(v.Labels, ctx, nil, v.Key), Description: some(text(v.Descriptions, ctx, nil, "")), Layout: v.Layout}
	}
	t.Reports = make([]*model.TemplateReport, len(e.Reports))
	for i, r := range e.Reports {
		t.Reports[i] = &model.TemplateReport{Form: r.Form, Key: r.Key, Label: text(r.Labels, ctx, nil, r.Key), Description: some(text(r.Descriptions, ctx, nil, ""))}
	}
	t.Dashboards = make([]*model.TemplateDashboard, len(e.Dashboards))
	for i, d := range e.Dashboards {
		t.Dashboards[i] = &model.TemplateDashboard{Key: d.Key, Label: text(d.Labels, ctx, nil, d.Key), Reports: []string{}}
		for _, item := range d.Items {
			t.Dashboards[i].Reports = append(t.Dashboards[i].Reports, item.Report)
		}
	}
	return t
}

func templateForm(ctx context.Context, f document.Form) *model.TemplateForm {
	out := &model.TemplateForm{Key: f.Key, Label: some(text(f.Labels, ctx, nil, "")), Description: some(text(f.Description, ctx, nil, "")),
		Fields: make([]*model.TemplateField, len(f.Fields))}
	for i, x := range f.Fields {
		y := &model.TemplateField{Key: x.Key, Kind: model.FieldKind(x.Kind), Label: text(x.Labels, ctx, nil, x.Key), Help: some(text(x.Help, ctx, nil, "")), Required: x.Required}
		if x.Purpose != "" {
			p := model.FieldPurpose(x.Purpose)
			y.Purpose = &p
		}
		for _, o := range x.Options {
			y.Options = append(y.Options, text(o.Labels, ctx, nil, o.Key))
		}
		out.Fields[i] = y
	}
	return out
}

func templateSource(in model.TemplateSource) template.Source {
	return template.Source{Key: or(in.Key), Document: in.Document}
}

func templateLeft(list []template.Left) []*model.TemplateLeft {
	out := make([]*model.TemplateLeft, len(list))
	for i, l := range list {
		out[i] = &model.TemplateLeft{Form: some(l.Form), Field: some(l.Field), Option: some(l.Option), Rule: some(l.Rule), View: some(l.View), Report: some(l.Report), Dashboard: some(l.Dashboard), SavedAggregate: some(l.Aggregate), Reason: model.TemplateLeftReason(l.Why)}
	}
	return out
}

func templateRecords(n map[string]int) []*model.TemplateRecords {
	out := []*model.TemplateRecords{}
	for _, key := range slices.Sorted(maps.Keys(n)) {
		if n[key] > 0 {
			out = append(out, &model.TemplateRecords{Form: key, Count: n[key]})
		}
	}
	return out
}

func keptSamples(list []template.Kept) []*model.KeptSample {
	out := make([]*model.KeptSample, len(list))
	for i, k := range list {
		out[i] = &model.KeptSample{Form: k.Form, Record: k.ID, Reason: model.KeptSampleReason(k.Reason)}
	}
	return out
}
