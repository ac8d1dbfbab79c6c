package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A report is drawn in both languages and in every format, for whom it was made alone;
// a dashboard draws several on one page.
func TestReportsDrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.acme.Install(t, "key_account")
	w.ask(t, "mei@2", `mutation($m: ID!) { createCustomer(input: {name: "Example Steel", tier: A, industry: ENERGY, region: NORTH, annualRevenue: "1234", owner: $m,
		tasks: [{title: "a", assignee: $m, dueOn: "2025-01-10"}], feedback: [{occurredAt: "2025-01-15T02:00:00Z", channel: PHONE, content: "a", rating: 5, recommend: 10}]}) { customer { id } } }`, vars{"m": w.ids["tom"]})
	a := w.ask(t, "vera", `query($p: ReportParameters) {
		zh: report(id: "satisfaction", parameters: $p) { chart(language: "zh") { name type size url } }
		en: report(id: "market") { chart(language: "en") { name url } }
		png: report(id: "tasks") { chart(format: PNG, kind: PIE) { type url } }
		number: report(id: "sales") { chart(kind: NUMBER) { url } again: chart(kind: NUMBER, language: "zh") { url } total { values } }
		pdf: dashboard(reports: ["tasks", "satisfaction", "workload"], parameters: $p, title: "月报") { results { report { key } } picture(format: PDF) { name type url } }
		page: dashboard(reports: ["tasks", "satisfaction"], parameters: $p, title: "月报") { picture(language: "zh", columns: 1) { url } }
		large: dashboard(reports: ["tasks"], title: "Large") { picture(paper: A3) { url } }
		sheets: report(id: "sales") { spreadsheet { name type url } csv: spreadsheet(format: CSV, language: "zh") { name type url } }
		compared: report(id: "satisfaction", parameters: $p) { spreadsheet(format: CSV) { url } } }`,
		vars{"p": vars{"from": "2025-01-01", "until": "2025-03-31", "compare": "PREVIOUS_PERIOD"}})
	fetch := func(as string, path ...any) (int, string) {
		t.Helper()
		res, body := w.fetch(t, as, http.MethodGet, a.text(append(path, "url")...), nil, nil)
		return res.StatusCode, body
	}
	for _, f := range []struct {
		path   []any
		begins string
		texts  []string
	}{
		{[]any{"zh", "chart"}, "<svg", []string{"满意度", "净推荐值 (n=1)", "满意率 (n=1)", "2025-01-01 – 2025-03-31"}},
		{[]any{"en", "chart"}, "<svg", []string{"Market", "Energy", "North", "Annual revenue", "1,234"}},
		{[]any{"png", "chart"}, "\x89PNG", nil},
		{[]any{"number", "chart"}, "<svg", []string{"1,234"}},
		{[]any{"pdf", "picture"}, "%PDF-", nil},
		{[]any{"large", "picture"}, "<svg", []string{`width="420`, "Large"}},
		{[]any{"sheets", "spreadsheet"}, "PK", nil},
		{[]any{"sheets", "csv"}, "\ufeff客户负责人,年度金额 (CNY),客户数,", []string{"\r\nTom,1234,1,1234,"}},
		{[]any{"compared", "spreadsheet"}, "\ufeffOccurred at,Answers,\"Answers, before\",", []string{"\r\n2025-01,1,"}},
		{[]any{"page", "picture"}, "<svg", []string{"月报", "任务与逾期", "满意度", "Tom"}},
	} {
		status, body := fetch("vera", f.path...)
		if status != http.StatusOK || !strings.HasPrefix(body, f.begins) {
			t.Errorf("%v: %d %.20q", f.path, status, body)
		}
		for _, text := range f.texts {
			if !strings.Contains(body, text) {
				t.Errorf("%v lacks %q", f.path, text)
			}
		}
		if status, _ := fetch("tom", f.path...); status != http.StatusNotFound {
			t.Errorf("%v is given to another member: %d", f.path, status)
		}
	}
	if name := a.text("zh", "chart", "name"); !strings.HasPrefix(name, "满意度_") || !strings.HasSuffix(name, ".svg") {
		t.Errorf("the file is called %q", name)
	}
	bad := w.try(t, "vera", `{ report(id: "satisfaction") { chart(kind: PIE) { url } } dashboard(reports: ["tasks"]) { picture(columns: 9) { url } } }`, nil)
	if len(bad.errors) != 1 || !strings.Contains(bad.raw, `"path":["columns"]`) {
		t.Errorf("nine columns: %s", bad.raw)
	}
	many := w.try(t, "vera", `query($r: [ID!]!) { dashboard(reports: $r) { results { more } } }`, vars{"r": slices.Repeat([]string{"tasks"}, 13)})
	if !strings.Contains(many.raw, "TOO_COSTLY") {
		t.Errorf("thirteen reports: %s", many.raw)
	}
}

// What is made shared later counts for the limit of shared ones too.
func TestSharedOnesHaveAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.ask(t, "mei", `mutation { view: createView(input: {form: "customer", key: "hers", label: "Hers"}) { view { id } }
		report: createReport(input: {form: "customer", key: "hers", label: "Hers", measures: [{name: "n", function: COUNT}]}) { report { id } } }`, nil)
	for _, sql := range []string{
		`INSERT INTO fieldwork.view (org_id, form_id, key, label, layout, definition, position) SELECT org_id, id, 'filler_' || n, '{"en": "x"}', 'TABLE', '{}', n FROM fieldwork.form, generate_series(1, 100) n WHERE key = 'customer' AND org_id = $1`,
		`INSERT INTO fieldwork.report (org_id, form_id, key, label, definition) SELECT org_id, id, 'filler_' || n, '{"en": "x"}', '{}' FROM fieldwork.form, generate_series(1, 200) n WHERE key = 'customer' AND org_id = $1`,
	} {
		if _, err := w.acme.DB.Control.ExecContext(t.Context(), sql, w.acme.Catalog(t).OrgID); err != nil {
			t.Fatal(err)
		}
	}
	const share = `mutation($v: ID!, $r: ID!, $s: Boolean!) { view: updateView(input: {id: $v, version: 1, shared: $s}) { view { version } } report: updateReport(input: {id: $r, version: 1, shared: $s}) { report { version } } }`
	ids := vars{"v": a.text("view", "view", "id"), "r": a.text("report", "report", "id"), "s": true}
	bad := w.try(t, "mei", share, ids)
	if len(bad.errors) == 0 || strings.Count(bad.raw, "at most") != len(bad.errors) || !strings.Contains(bad.raw, `"path":["input","shared"]`) {
		t.Errorf("one more: %s", bad.raw)
	}
	if _, err := w.acme.DB.Control.ExecContext(t.Context(), `WITH v AS (DELETE FROM fieldwork.view WHERE key = 'filler_1') DELETE FROM fieldwork.report WHERE key = 'filler_1'`); err != nil {
		t.Fatal(err)
	}
	if raw := w.ask(t, "mei", share, ids).raw; !strings.Contains(raw, `"version":2`) {
		t.Errorf("where there is room: %s", raw)
	}
}

// What a task took is told of those that were done after they were entered, and the
// points are those of the period's last day.
func TestMemberPerformance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", `mutation($m: ID!) { createCustomer(input: {name: "Example Steel", tier: A, roles: [{responsibility: SALES, member: $m, level: R}], tasks: [
		{title: "a", assignee: $m, dueOn: "2025-01-10", status: DONE, doneAt: "2025-01-09T00:00:00Z"}, {title: "b", assignee: $m, dueOn: "2025-02-10", status: DONE, doneAt: "2025-02-13T06:00:00Z"},
		{title: "before it was entered", assignee: $m, status: DONE, doneAt: "2025-01-01T00:00:00Z"}]}) { customer { id } } }`, vars{"m": w.ids["tom"]})
	w.acme.DB.Control.MustExecContext(t.Context(), `UPDATE org_acme.task SET created_at = '2025-01-02T00:00:00Z'`)
	const truth = `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - created_at) / 86400)::text FROM org_acme.task WHERE done_at >= created_at`
	var days string
	if err := w.acme.DB.Control.GetContext(t.Context(), &days, truth); err != nil {
		t.Fatal(err)
	}
	a := w.ask(t, "vera", `{ then: report(id: "member_performance", parameters: {from: "2025-01-01", until: "2025-03-31"}) { rows { values } }
		now: report(id: "member_performance", parameters: {during: THIS_MONTH}) { rows { values } } divisionTable { workload { points } } }`, nil)
	if got, want := fmt.Sprint(a.at("then", "rows", 0, "values")), fmt.Sprintf("[%s 3 2 50 1.5 %s 0 0 <nil> 0 <nil> <nil>]", w.ids["tom"], days); got != want || days != "24.625" {
		t.Errorf("then %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(a.at("now", "rows", 0, "values")), fmt.Sprintf("[%s 0 0 <nil> <nil> <nil> 0 0 <nil> 0 <nil> 3.2]", w.ids["tom"]); got != want {
		t.Errorf("now %s, want %s", got, want)
	}
}
