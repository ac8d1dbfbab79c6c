package template_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
	"fieldwork/internal/template"
)

func export(t *testing.T, o *orgtest.Org) string {
	t.Helper()
	e, err := template.NewStore(o.DB, o.Forms).Export(t.Context(), o.Catalog(t), template.Export{Key: "ours", Label: form.Label{"en": "Ours"}, Version: 1}, template.Exporting{Forms: []string{"contact", "ticket", "ticket_part"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is exported from one organisation and installed in another is the same there.
func TestExportMakesTheSameElsewhere(t *testing.T) {
	t.Parallel()
	a, b := orgtest.New(t), orgtest.New(t)
	install(t, a, "service_ticket", template.Installing{})
	if _, err := a.Forms.CreateAggregate(t.Context(), a.Owner, nil, form.NewAggregate{Form: "ticket", Key: "by_customer", Labels: form.Label{"en": "By customer"},
		GroupBy: []any{map[string]any{"field": "customer"}}, Metrics: []any{map[string]any{"name": "tickets", "function": "COUNT"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Forms.AddRule(t.Context(), a.Owner, nil, "ticket", form.NewRule{Key: "few", Kind: form.CheckRule, Expression: `aggregate("by_customer", "tickets", customer) <= 20`}); err != nil {
		t.Fatal(err)
	}
	cat := a.Catalog(t)
	all := append(report.BuiltIn(cat), sharedReports(t, a)...)
	for _, n := range []dashboard.New{
		{Key: "mixed", Labels: form.Label{"en": "Mixed"}, Shared: true, Definition: dashboard.Definition{During: "THIS_YEAR", Items: []dashboard.Item{{Report: "workload"}, {Report: reportID(t, all, "ticket_times"), Kind: report.Line}}}},
		{Key: "of_others", Labels: form.Label{"en": "Others"}, Shared: true, Definition: dashboard.Definition{Items: []dashboard.Item{{Report: "workload"}}}},
	} {
		if _, err := dashboard.NewStore(a.DB).Create(t.Context(), a.Owner, all, n); err != nil {
			t.Fatal(err)
		}
	}
	text := export(t, a)
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	if n, m, k := len(document["views"].([]any)), len(document["reports"].([]any)), len(document["dashboards"].([]any)); n != 8 || m != 3 || k != 2 {
		t.Errorf("%d views, %d reports and %d dashboards are exported, want 8, 3 and 2", n, m, k)
	}
	done, err := template.NewStore(b.DB, b.Forms).Install(t.Context(), b.Owner, template.Source{Document: document}, template.Installing{})
	if err != nil || len(done.Left) > 0 {
		t.Fatalf("%v, left %v", err, done.Left)
	}
	if again := export(t, b); again != text {
		t.Errorf("exported\n%s\ninstalled and exported\n%s", text, again)
	}
}

func reportID(t *testing.T, all []*report.Report, key string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(r *report.Report) bool { return r.Key == key })
	if i < 0 {
		t.Fatalf("there is no report %s", key)
	}
	return all[i].IDText()
}

// Every report of a template can be read of its sample records.
func TestReportsAreRead(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	for key := range templates(t) {
		install(t, o, key, template.Installing{Sample: true})
	}
	cat := o.Catalog(t)
	for _, r := range sharedReports(t, o) {
		asked, err := r.Ask(report.Parameters{}, sqlgen.Env{Now: time.Now()})
		if err != nil {
			t.Errorf("%s: %v", r.Key, err)
			continue
		}
		err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
			res, err := asked.Run(t.Context(), c)
			if err == nil && len(res.Rows) == 0 {
				t.Errorf("%s has no rows of the sample records", r.Key)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", r.Key, err)
		}
	}
}
