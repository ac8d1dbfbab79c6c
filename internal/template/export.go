package template

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/query"
	"fieldwork/internal/report"
	"fieldwork/internal/view"
)

// Export is a template of an organisation's own forms, in JSON: what ReadExport
// reads.
type Export struct {
	Key         string            `json:"key"`
	Label       form.Label        `json:"label"`
	Description form.Label        `json:"description,omitempty"`
	Version     int               `json:"version"`
	Definitions document.Document `json:"definitions"`
	Views       []view.New        `json:"views,omitempty"`
	Reports     []report.New      `json:"reports,omitempty"`
	Dashboards  []dashboard.New   `json:"dashboards,omitempty"`
	Reference   []records         `json:"reference,omitempty"`
	Sample      []records         `json:"sample,omitempty"`
}

// Exporting says what of an organisation goes with a template: forms by their keys, and
// records by their ids.
type Exporting struct{ Forms, Reference, Sample []string }

// Export completes an export with the definitions of forms, their shared views and reports,
// and the records that are named. What is
// archived is left out, and so is what is behind references of forms that are not
// among them. Faults: NOT_FOUND, and INVALID for a reference to a form that is not
// among them and that not every organisation has, and for a record that cannot go with it.
func (s *Store) Export(ctx context.Context, cat *form.Catalog, e Export, what Exporting) (Export, error) {
	keys := what.Forms
	e, err := export(cat, e, keys)
	if err != nil {
		return e, err
	}
	standard, err := Standard()
	if err != nil {
		return e, err
	}
	for i, id := range what.Sample {
		if slices.Contains(what.Reference, id) {
			return e, fault.New(fault.Invalid, "the record is a reference record").At("samples", i)
		}
	}
	now, members := time.Now(), map[int64]int{}
	with := func(under string, ids []string) ([]records, error) {
		w := &carrier{cat: cat, key: e.Key, forms: keys, under: under, now: now, members: members, standard: standard}
		return w.carry(ctx, s.db, ids)
	}
	if e.Reference, err = with("reference", what.Reference); err != nil {
		return e, err
	}
	if e.Sample, err = with("samples", what.Sample); err != nil {
		return e, err
	}
	return e, s.exportShown(ctx, cat, &e, keys)
}

// exportShown adds the shared views, reports and dashboards that would work elsewhere.
func (s *Store) exportShown(ctx context.Context, cat *form.Catalog, e *Export, keys []string) error {
	views, err := s.views.Shared(ctx, cat)
	if err != nil {
		return err
	}
	for _, v := range views {
		if !slices.Contains(keys, v.Form.Key) || v.Broken != "" || v.NamesRecords() {
			continue
		}
		n := v.New()
		if v.HasMadeUpKey() {
			n.Key = "shared_" + n.Key
		}
		e.Views = append(e.Views, n)
	}
	reports, err := s.reports.Shared(ctx, cat)
	if err != nil {
		return err
	}
	going := map[string]string{} // the key of each report that there will be, by what it is here
	about := map[string]bool{}   // whether it is about a form that is exported
	for _, r := range report.BuiltIn(cat) {
		going[r.Key], about[r.Key] = r.Key, r.Form != nil && slices.Contains(keys, r.Form.Key)
	}
	for _, r := range reports {
		if !slices.Contains(keys, r.Form.Key) || r.Broken != "" || r.NamesRecords() {
			continue
		}
		n := r.New()
		if r.HasMadeUpKey() {
			n.Key = "shared_" + n.Key
		}
		going[r.Key], about[r.Key] = n.Key, true
		e.Reports = append(e.Reports, n)
	}
	dashboards, err := s.dashboards.Shared(ctx, cat.OrgID)
	if err != nil {
		return err
	}
	for _, d := range dashboards {
		n := d.New(reports)
		lacks := func(item dashboard.Item) bool { return going[item.Report] == "" }
		if slices.ContainsFunc(n.Items, lacks) || !slices.ContainsFunc(n.Items, func(item dashboard.Item) bool { return about[item.Report] }) {
			continue
		}
		for i, item := range n.Items {
			n.Items[i].Report = going[item.Report]
		}
		if d.HasMadeUpKey() {
			n.Key = "shared_" + n.Key
		}
		e.Dashboards = append(e.Dashboards, n)
	}
	return nil
}

func export(cat *form.Catalog, e Export, keys []string) (Export, error) {
	if err := form.CheckKey(e.Key, 40); err != nil {
		return e, fault.Below(err, "key")
	}
	if e.Version < 1 {
		return e, fault.New(fault.Invalid, "a version is a whole number from 1").At("version")
	}
	if len(keys) == 0 {
		return e, fault.New(fault.Invalid, "a template has at least one form").At("forms")
	}
	d, err := document.Describe(cat, keys...)
	if err != nil {
		return e, err
	}
	for i := range d.Forms {
		f := &d.Forms[i]
		defined := cat.Form(f.Key)
		if f.Archived {
			return e, fault.New(fault.Invalid, "form %q is archived", f.Key).At("forms")
		}
		var fields []document.Field
		for _, x := range f.Fields {
			of := defined.Field(x.Key)
			if of == nil {
				continue // archived or broken
			}
			if of.Target != nil && !slices.Contains(keys, of.Target.Key) {
				if of.IsChildren() {
					continue
				}
				if !of.Target.Standard && of.Expr == nil {
					return e, fault.New(fault.Invalid, "%s.%s refers to form %q: export that too", f.Key, x.Key, of.Target.Key).At("forms")
				}
			}
			x.Options = slices.DeleteFunc(slices.Clone(x.Options), func(o document.Option) bool { return o.Archived })
			fields = append(fields, x)
		}
		f.Fields = fields
		if err := exportSaved(defined, f, keys); err != nil {
			return e, err
		}
	}
	e.Definitions = d
	return e, nil
}

// ReadExport reads an exported template from decoded JSON. Faults: INVALID with
// paths below document.
func ReadExport(raw any) (Template, error) {
	var e struct {
		Export
		Definitions any `json:"definitions"`
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return Template{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(&e); err != nil {
		return Template{}, fault.New(fault.Invalid, "is not an exported template: %s", strings.TrimPrefix(err.Error(), "json: ")).At("document")
	}
	if err := form.CheckKey(e.Key, 40); err != nil {
		return Template{}, fault.Below(err, "document", "key")
	}
	all, err := Catalogue()
	if err != nil {
		return Template{}, err
	}
	if _, taken := all[e.Key]; taken {
		return Template{}, fault.New(fault.Invalid, "the catalogue has a template %q: give this one another key", e.Key).At("document", "key")
	}
	if e.Version < 1 {
		return Template{}, fault.New(fault.Invalid, "a version is a whole number from 1").At("document", "version")
	}
	for i := range e.Views {
		if v := &e.Views[i]; v.Layout == "" {
			v.Layout = view.Table
		}
	}
	d, err := document.Read(e.Definitions)
	if err != nil {
		var bad fault.List
		if err := bad.Add(err, "document", "definitions"); err != nil {
			return Template{}, err
		}
		for _, f := range bad { // which says document itself
			f.Path = slices.Delete(f.Path, 2, min(3, len(f.Path)))
		}
		return Template{}, bad
	}
	for under, list := range fault.InOrder(map[string][]records{"reference": e.Reference, "sample": e.Sample}) {
		if err := checkCarried(list); err != nil {
			return Template{}, fault.Below(err, "document", under)
		}
	}
	return Template{Key: e.Key, Label: e.Label, Description: e.Description, Version: e.Version, Definitions: &d, Views: e.Views, Reports: e.Reports, Dashboards: e.Dashboards,
		Reference: e.Reference, Sample: e.Sample}, nil
}

// exportSaved takes out the saved aggregates of a form that would not work elsewhere.
// Faults: INVALID for a rule that looks at one that is not exported.
func exportSaved(defined *form.Form, d *document.Form, keys []string) error {
	d.Aggregates = slices.DeleteFunc(d.Aggregates, func(a document.Aggregate) bool {
		return !travels(defined.Catalog.Aggregate(a.Key), keys)
	})
	for _, g := range defined.Catalog.Active() {
		for _, a := range g.Aggregates {
			if travels(a, keys) {
				continue
			}
			for _, r := range a.Rules() {
				if r.Form == defined {
					return fault.New(fault.Invalid, "the rule %s.%s looks at the saved aggregate %q of form %q, which is not exported", defined.Key, r.Key, a.Key, g.Key).At("forms")
				}
			}
		}
	}
	return nil
}

// travels says whether a saved aggregate would work where forms are exported to.
func travels(a *form.SavedAggregate, keys []string) bool {
	if a == nil || a.Broken != "" || !slices.Contains(keys, a.Form.Key) {
		return false
	}
	parsed, err := query.ParseSaved(a, time.Now())
	if err != nil || query.NamesRecords(parsed.List.Filter) {
		return false
	}
	return !slices.ContainsFunc(a.Used(), func(x *form.Field) bool {
		return !slices.Contains(keys, x.Form.Key) && !x.Standard || x.Target != nil && !slices.Contains(keys, x.Target.Key) && !x.Target.Standard
	})
}
