package template_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"fieldwork/graph/model"
	"fieldwork/internal/dashboard"
	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/report"
	"fieldwork/internal/template"
	"fieldwork/internal/view"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// templates are those of the catalogue.
func templates(t *testing.T) map[string]template.Template {
	t.Helper()
	all, err := template.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func install(t *testing.T, o *orgtest.Org, key string, how template.Installing) template.Installed {
	t.Helper()
	done, err := template.NewStore(o.DB, o.Forms).Install(t.Context(), o.Owner, template.Source{Key: key}, how)
	if err != nil {
		t.Fatalf("install %s: %v", key, err)
	}
	return done
}

// employ makes n members more.
func employ(t *testing.T, o *orgtest.Org, n int) {
	t.Helper()
	var rows []any
	for i := range n {
		rows = append(rows, map[string]any{"name": fmt.Sprintf("Member %d", i+1), "email": fmt.Sprintf("member%d@acme.example", i+1)})
	}
	b := &record.Bulk{Form: o.Catalog(t).Form("member"), Action: record.CreateAll, Face: query.Generic, Rows: rows}
	if err := b.Parse(); err != nil {
		t.Fatal(err)
	}
	err := o.DB.As(t.Context(), o.Catalog(t).Role, func(c *pg.Conn) error {
		return c.InTx(t.Context(), func() error {
			done, err := b.Write(t.Context(), c, record.Call{By: o.Owner, Now: time.Now(), Language: "en", Via: form.ViaTemplate})
			if err == nil && len(done.IDs) != n {
				t.Errorf("%d of %d members: %v", len(done.IDs), n, done.Faults)
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shared are the views that everyone reads.
func shared(t *testing.T, o *orgtest.Org) []*view.View {
	t.Helper()
	views, err := view.NewStore(o.DB).Shared(t.Context(), o.Catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	return views
}

// sharedReports are the reports that everyone reads, but for the program's own.
func sharedReports(t *testing.T, o *orgtest.Org) []*report.Report {
	t.Helper()
	reports, err := report.NewStore(o.DB).Shared(t.Context(), o.Catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

// sharedDashboards are the dashboards that everyone reads.
func sharedDashboards(t *testing.T, o *orgtest.Org) []*dashboard.Dashboard {
	t.Helper()
	list, err := dashboard.NewStore(o.DB).Shared(t.Context(), o.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// entry is a template as the organisation sees it.
func entry(t *testing.T, o *orgtest.Org, key string) template.Entry {
	t.Helper()
	all, err := template.NewStore(o.DB, o.Forms).Entries(t.Context(), o.Owner)
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(e template.Entry) bool { return e.Key == key })]
}

// counts are how many live records each form has, but for members.
func counts(t *testing.T, o *orgtest.Org) map[string]int64 {
	t.Helper()
	cat := o.Catalog(t)
	n, err := record.Count(t.Context(), o.DB, cat, cat.Active())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for i, f := range cat.Active() {
		if n[i] > 0 && !f.IsMember() {
			out[f.Key] = n[i]
		}
	}
	return out
}

// sound fails the test when definitions are broken or differ from their tables.
func sound(t *testing.T, o *orgtest.Org) {
	t.Helper()
	for _, f := range o.Catalog(t).Forms {
		for _, x := range f.Fields {
			if x.Broken != "" {
				t.Errorf("%s.%s is broken: %s", f.Key, x.Key, x.Broken)
			}
		}
		for _, r := range f.Rules {
			if r.Broken != "" {
				t.Errorf("rule %s.%s is broken: %s", f.Key, r.Key, r.Broken)
			}
		}
	}
	for _, r := range sharedReports(t, o) {
		if r.Broken != "" {
			t.Errorf("report %s of %s is broken: %s", r.Key, r.Form.Key, r.Broken)
		}
	}
	for _, v := range shared(t, o) {
		if v.Broken != "" {
			t.Errorf("view %s of %s is broken: %s", v.Key, v.Form.Key, v.Broken)
		}
	}
	problems, err := check.Run(t.Context(), o.DB, o.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// Each template can be installed with its sample data in both languages, once more
// without any change, and its sample data removed.
func TestEachTemplate(t *testing.T) {
	t.Parallel()
	for key, tpl := range templates(t) {
		for _, language := range []string{"en", "zh"} {
			t.Run(key+" "+language, func(t *testing.T) {
				t.Parallel()
				o := orgtest.New(t)
				employ(t, o, 4) // some sample records need several members
				if first := install(t, o, key, template.Installing{Language: language}); len(first.Left) > 0 {
					t.Errorf("left %v", first.Left)
				}
				empty := counts(t, o)
				for _, v := range entry(t, o, key).Views {
					if !slices.ContainsFunc(shared(t, o), func(h *view.View) bool { return h.Form.Key == v.Form && h.Key == v.Key && h.Broken == "" }) {
						t.Errorf("there is no view %s of %s", v.Key, v.Form)
					}
				}
				for _, r := range entry(t, o, key).Reports {
					if !slices.ContainsFunc(sharedReports(t, o), func(h *report.Report) bool { return h.Key == r.Key && h.Form.Key == r.Form }) {
						t.Errorf("there is no report %s", r.Key)
					}
				}
				for _, d := range entry(t, o, key).Dashboards {
					if !slices.ContainsFunc(sharedDashboards(t, o), func(h *dashboard.Dashboard) bool { return h.Key == d.Key && len(h.Items) == len(d.Items) }) {
						t.Errorf("there is no dashboard %s", d.Key)
					}
				}
				done := install(t, o, key, template.Installing{Sample: true, Language: language})
				for _, r := range tpl.Sample {
					if done.Records[r.Form] < len(r.Records) {
						t.Errorf("%s: %d of %d sample records", r.Form, done.Records[r.Form], len(r.Records))
					}
				}
				if len(tpl.Sample) == 0 {
					t.Error("no sample data")
				}
				sound(t, o)
				full := counts(t, o)
				again := install(t, o, key, template.Installing{Sample: true, Language: language})
				if again.Catalog.Version != done.Catalog.Version || len(again.Made)+len(again.Left) > 0 || len(differ(full, counts(t, o))) > 0 {
					t.Errorf("installed again: version %d after %d, made %v, left %v", again.Catalog.Version, done.Catalog.Version, again.Made, again.Left)
				}
				removed, err := template.NewStore(o.DB, o.Forms).RemoveSample(t.Context(), o.Owner, key)
				if err != nil || len(removed.Kept) > 0 {
					t.Fatalf("remove: %v, kept %v", err, removed.Kept)
				}
				if d := differ(empty, counts(t, o)); len(d) > 0 {
					t.Errorf("left after removal: %v", d)
				}
			})
		}
	}
}

// Who is alone is not away on the first day: the table would be nothing but gaps.
func TestSampleOfOne(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	install(t, o, "key_account", template.Installing{Sample: true})
	if n := counts(t, o); n["absence"] != 0 || n["role"] == 0 {
		t.Errorf("%d absences and %d roles of the one member", n["absence"], n["role"])
	}
}

// A purpose is of one kind in all templates.
func TestPurposesHaveOneKind(t *testing.T) {
	t.Parallel()
	standard, err := template.Standard()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, tpl := range append(slices.Collect(maps.Values(templates(t))), standard) {
		d, err := tpl.Document()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range d.Forms {
			for _, x := range f.Fields {
				if x.Purpose == "" {
					continue
				}
				if k := kinds[x.Purpose]; k != "" && k != x.Kind {
					t.Errorf("%s is a %s and a %s", x.Purpose, k, x.Kind)
				}
				kinds[x.Purpose] = x.Kind
				if k := form.KindOfPurpose(x.Purpose); k != "" && k != x.Kind {
					t.Errorf("%s.%s is a %s, fields of purpose %s are of kind %s", f.Key, x.Key, x.Kind, x.Purpose, k)
				}
			}
		}
	}
}

func differ(a, b map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for key, n := range b {
		if a[key] != n {
			out[key] = n - a[key]
		}
	}
	for key, n := range a {
		if _, ok := b[key]; !ok {
			out[key] = -n
		}
	}
	return out
}

// All templates stand beside each other in one organisation.
func TestAllTemplatesTogether(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	all := templates(t)
	for _, sample := range []bool{false, true} {
		for key := range all {
			if done := install(t, o, key, template.Installing{Sample: sample}); len(done.Left) > 0 {
				t.Errorf("%s leaves %v", key, done.Left)
			}
		}
		if !sample {
			sound(t, o)
		}
	}
	sound(t, o)
	if n := len(o.Catalog(t).Forms); n > form.MaxForms*3/4 {
		t.Errorf("%d forms leave no room for an organisation's own", n)
	}
	for key := range all {
		removed, err := template.NewStore(o.DB, o.Forms).RemoveSample(t.Context(), o.Owner, key)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		for _, k := range removed.Kept {
			if k.Reason != template.Shared && k.Reason != template.InUse {
				t.Errorf("%s keeps %v", key, k)
			}
		}
	}
	for form, n := range counts(t, o) {
		if form != "coverage" && form != "rhythm" {
			t.Errorf("%d sample records of %s are left", n, form)
		}
	}
}

// Of several who install at once each succeeds, and everything is made once.
func TestInstallAtOnce(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	var (
		wait sync.WaitGroup
		errs [4]error
	)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = template.NewStore(o.DB, o.Forms).Install(t.Context(), o.Owner, template.Source{Key: "visit_plan"}, template.Installing{Sample: true})
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := counts(t, o); n["visit"] != 8 || n["customer"] != 6 {
		t.Errorf("%v records, want 8 visits of 6 customers", n)
	}
	sound(t, o)
}

// Every label and help has both languages, and purposes are those of the schema.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for key, tpl := range templates(t) {
		both := func(l form.Label, must bool, at ...string) {
			if must && len(l) == 0 || len(l) > 0 && (l["en"] == "" || l["zh"] == "") {
				t.Errorf("%s %v: %v", key, at, l)
			}
		}
		both(tpl.Label, true)
		both(tpl.Description, true)
		d, err := tpl.Document()
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if len(tpl.Views) == 0 {
			t.Errorf("%s has no views", key)
		}
		for _, v := range tpl.Views {
			both(v.Labels, true, v.Form, v.Key)
			both(v.Descriptions, false, v.Form, v.Key)
		}
		for _, r := range tpl.Reports {
			both(r.Labels, true, r.Key)
			both(r.Descriptions, false, r.Key)
			for _, m := range r.Measures {
				both(m.Labels, true, r.Key, m.Name)
			}
		}
		if len(tpl.Dashboards) == 0 {
			t.Errorf("%s has no dashboard", key)
		}
		for _, d := range tpl.Dashboards {
			both(d.Labels, true, d.Key)
		}
		for _, f := range d.Forms {
			both(f.Labels, len(f.Title) > 0, f.Key)
			both(f.PluralLabels, len(f.Title) > 0, f.Key)
			both(f.Description, len(f.Title) > 0, f.Key)
			for _, x := range f.Fields {
				both(x.Labels, true, f.Key, x.Key)
				both(x.Help, false, f.Key, x.Key)
				for _, o := range x.Options {
					both(o.Labels, true, f.Key, x.Key, o.Key)
				}
				if p := model.FieldPurpose(x.Purpose); x.Purpose != "" && !p.IsValid() {
					t.Errorf("%s.%s: there is no purpose %q", f.Key, x.Key, x.Purpose)
				}
			}
			for _, r := range f.Rules {
				if r.Kind != "INDEX" {
					both(r.Message, true, f.Key, r.Key)
				}
			}
		}
	}
}
