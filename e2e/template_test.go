package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/calendar"
)

const (
	exportIt  = `query($in: ExportTemplateInput!) { exportTemplate(input: $in) }`
	previewOf = `query($d: JSON!) { previewTemplate(template: {document: $d}) { changes { change part dashboard path } left { form dashboard report reason } sampleData { form count } } }`
	installOf = `mutation($d: JSON!) { installTemplate(input: {template: {document: $d}, sampleData: true}) { changes { part path } left { form dashboard reason } records { form count } } }`
	removeOf  = `mutation($t: String!) { removeSampleData(input: {template: $t}) { removed { form count } kept { form record reason } } }`
)

// asText is what an answer says at a place, as JSON.
func asText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestATemplateTravelsWithRecords: an organisation's forms are exported with records
// that it names, and installed, used and removed in another. The document tells of nothing else.
func TestATemplateTravelsWithRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withBeta(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	today := calendar.Of(time.Now(), w.acme.Catalog(t).Zone)
	ask(`mutation {
		a: createForm(input: {key: "site", fields: [{key: "name", kind: TEXT, required: true}, {key: "code", kind: AUTO_NUMBER, settings: {pattern: "S-{000}"}},
			{key: "opened", kind: DATE}, {key: "checked", kind: DATETIME}, {key: "area", kind: DECIMAL}, {key: "closed", kind: BOOLEAN}, {key: "raw", kind: JSON}, {key: "place", kind: ADDRESS},
			{key: "size", kind: CHOICE, default: "small", settings: {options: [{key: "small"}, {key: "large"}, {key: "gone"}]}},
			{key: "keeper", kind: MEMBER}, {key: "crew", kind: MEMBERS}, {key: "customer", kind: REFERENCE, required: true, settings: {to: "customer", inverse: "sites"}},
			{key: "twin", kind: REFERENCE, settings: {to: "site"}}, {key: "near", kind: REFERENCES, settings: {to: "site"}}, {key: "plan", kind: ATTACHMENT}, {key: "secret", kind: TEXT}]}) { form { key } }
		b: createForm(input: {key: "grade", fields: [{key: "name", kind: TEXT, required: true}, {key: "above", kind: REFERENCE, settings: {to: "grade"}}]}) { form { key } }
		c: addField(input: {form: "customer", key: "nickname", kind: TEXT}) { field { key } }
		d: updateField(input: {form: "customer", key: "tier", settings: {options: [{key: "a"}, {key: "b"}, {key: "c"}, {key: "d"}, {key: "vip"}]}}) { field { key } }
	}`, nil)
	create := func(form string, rows ...any) []string {
		t.Helper()
		var ids []string
		a := ask(`mutation($f: String!, $r: [JSON!]!) { createRecords(input: {form: $f, rows: $r}) { records { id } errors { message path } } }`, vars{"f": form, "r": rows})
		list, _ := a.at("createRecords", "records").([]any)
		for _, x := range list {
			ids = append(ids, x.(map[string]any)["id"].(string))
		}
		if len(ids) != len(rows) {
			t.Fatal(clip(a.raw))
		}
		return ids
	}
	customers := create("customer", vars{"name": "Named Ltd", "tier": "vip", "status": "paused", "nickname": "Private", "owner": w.ids["tom"], "contract_end": today.Add(40).String()}, vars{"name": "Unnamed Ltd"})
	others := create("site", vars{"name": "Elsewhere", "customer": customers[0]})
	checked := today.Add(-3).String() + "T09:30:15Z"
	sites := create("site", vars{"name": "First", "customer": customers[0], "opened": today.Add(-300).String(), "checked": checked, "area": "12.50", "closed": true,
		"raw": vars{"en": "x", "zh": "y"}, "place": vars{"city": "Example City", "country": "CN"}, "size": "large", "keeper": w.ids["tom"], "crew": []any{w.ids["vera"], w.ids["tom"]}, "secret": "Hidden"},
		vars{"name": "+5", "customer": customers[0], "size": nil, "keeper": w.ids["vera"]})
	ask(`mutation($a: ID!, $b: ID!, $c: ID!) {
		u: updateSite(input: {id: $a, version: 1, set: {twin: $b, near: [$c, $b, $a]}}) { site { id } }
		v: updateSite(input: {id: $b, version: 1, set: {twin: $a}}) { site { id } }
		w: archiveField(input: {form: "site", key: "secret"}) { field { key } }
	}`, vars{"a": sites[0], "b": sites[1], "c": others[0]})
	grades := create("grade", vars{"name": "Top"}, vars{"name": "Next", "above": "grade_1"})

	in := func(samples ...string) vars {
		return vars{"in": vars{"key": "sites", "labels": []any{vars{"language": "en", "text": "Sites"}}, "forms": []any{"site", "grade"}, "samples": samples, "reference": grades}}
	}
	for _, c := range []struct {
		name, code, message string
		samples             []string
	}{
		{"a member", "INVALID", "members do not go", []string{w.ids["tom"]}},
		{"a record that is not there", "NOT_FOUND", "no such record", []string{"site_99"}},
		{"what is no id", "NOT_FOUND", "no such record", []string{"site"}},
		{"a record of a form that is not exported", "INVALID", `the form "yard" is not exported`, []string{"yard_1"}},
		{"one that must have what does not travel", "INVALID", `must have "customer"`, []string{sites[0]}},
		{"one named twice", "INVALID", "twice", []string{customers[0], customers[0]}},
		{"one that is a reference record", "INVALID", "reference record", []string{grades[0]}},
	} {
		if c.samples[0] == "yard_1" {
			ask(`mutation { a: createForm(input: {key: "yard", fields: [{key: "name", kind: TEXT}]}) { form { key } } }`, nil)
			create("yard", vars{"name": "x"})
		}
		a := w.try(t, "olga", exportIt, in(c.samples...)).want(c.code)
		if e := a.view(0); !strings.Contains(fmt.Sprint(e["message"]), c.message) || !strings.HasPrefix(asText(e["path"]), `["input","samples",`) {
			t.Errorf("%s: %v", c.name, e)
		}
	}
	document := ask(exportIt, in(sites[0], customers[0], sites[1])).at("exportTemplate")
	for _, never := range []string{"Tom", "Vera", "member_", "Unnamed", "Elsewhere", "Private", "Hidden", "secret", "vip", "S-00", customers[0], sites[0]} {
		if text := asText(document); strings.Contains(text, `"`+never) || never != "vip" && strings.Contains(text, never) {
			t.Errorf("the document tells of %q: %s", never, text)
		}
	}

	bea := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "bea", query, v) }
	bea(`mutation { a: createMember(input: {name: "Ben", email: "ben@beta.example"}) { member { id } } b: createCustomer(input: {name: "Own"}) { customer { id } } }`, nil)
	if got := asText(bea(previewOf, vars{"d": document}).at("previewTemplate", "sampleData")); got != `[{"count":1,"form":"customer"},{"count":2,"form":"site"}]` {
		t.Errorf("previewed %s", got)
	}
	if got := asText(bea(installOf, vars{"d": document}).at("installTemplate", "records")); got != `[{"count":1,"form":"customer"},{"count":2,"form":"grade"},{"count":2,"form":"site"}]` {
		t.Errorf("installed %s", got)
	}
	got := asText(bea(`{ sites(orderBy: {field: ID}) { nodes { name code opened checked area closed raw place { city } size keeper { name } crew { nodes { name } } twin { name } near { nodes { name } } plan { name }
		customer { name tier status contractEnd owner { name } } } } grades(orderBy: {field: ID}) { nodes { name above { name } } } }`, nil).data)
	want := asText(vars{"sites": vars{"nodes": []any{
		vars{"name": "First", "code": "S-001", "opened": today.Add(-300).String(), "checked": today.Add(-3).String() + "T09:30:00Z", "area": "12.50", "closed": true, "raw": vars{"en": "x", "zh": "y"},
			"place": vars{"city": "Example City"}, "size": "LARGE", "keeper": vars{"name": "Olga"}, "crew": vars{"nodes": []any{vars{"name": "Olga"}, vars{"name": "Ben"}}}, "twin": vars{"name": "+5"},
			"near": vars{"nodes": []any{vars{"name": "First"}, vars{"name": "+5"}}}, "plan": []any{},
			"customer": vars{"name": "Named Ltd", "tier": nil, "status": "PAUSED", "contractEnd": today.Add(40).String(), "owner": vars{"name": "Olga"}}},
		vars{"name": "+5", "code": "S-002", "opened": nil, "checked": nil, "area": nil, "closed": nil, "raw": nil, "place": nil, "size": nil, "keeper": vars{"name": "Ben"}, "crew": vars{"nodes": []any{}},
			"twin": vars{"name": "First"}, "near": vars{"nodes": []any{}}, "plan": []any{}, "customer": vars{"name": "Named Ltd", "tier": nil, "status": "PAUSED", "contractEnd": today.Add(40).String(), "owner": vars{"name": "Olga"}}},
	}}, "grades": vars{"nodes": []any{vars{"name": "Top", "above": nil}, vars{"name": "Next", "above": vars{"name": "Top"}}}}})
	if got != want {
		t.Errorf("there is\n%s\nwant\n%s", got, want)
	}
	if got := asText(bea(installOf, vars{"d": document}).at("installTemplate")); got != `{"changes":[],"left":[],"records":[]}` {
		t.Errorf("twice makes %s", got)
	}
	if got := asText(bea(removeOf, vars{"t": "sites"}).at("removeSampleData")); got != `{"kept":[],"removed":[{"count":1,"form":"customer"},{"count":2,"form":"site"}]}` {
		t.Errorf("removed %s", got)
	}
	if n := w.sql(t, `SELECT (SELECT string_agg(name, ',') FROM org_beta.customer) || ' ' || (SELECT count(*) FROM org_beta.site) || ' ' || (SELECT count(*) FROM org_beta.grade)`); n != "Own 0 2" {
		t.Errorf("after the removal there is %s", n)
	}
	crafted := document.(map[string]any)
	crafted["sample"] = []any{vars{"form": "member", "records": []any{vars{"name": "Mallory", "email": "mallory@example.com"}}}}
	if e := w.try(t, "bea", installOf, vars{"d": crafted}).want("INVALID").view(0); asText(e["path"]) != `["input","document","sample",0,"form"]` {
		t.Errorf("members in a document: %v", e)
	}
}

// TestSamplesAfterAHandoverGo: what somebody has done with sample records and undone
// leaves nothing that keeps them.
func TestSamplesAfterAHandoverGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	install := `mutation { installTemplate(input: {template: {key: "key_account"}, sampleData: true}) { records { count } } }`
	for _, undone := range []bool{true, false} {
		ask(install, nil)
		if n := w.sql(t, `SELECT count(*) FROM org_acme.task__depends_on`); n != "1" {
			t.Errorf("%s tasks depend on others", n)
		}
		task, waiting := w.sql(t, `SELECT 'task_' || target FROM org_acme.task__depends_on`), w.sql(t, `SELECT 'task_' || record FROM org_acme.task__depends_on`)
		title, due := w.sql(t, `SELECT title FROM org_acme.task WHERE 'task_' || id = $1`, task), w.sql(t, `SELECT due_on::text FROM org_acme.task WHERE 'task_' || id = $1`, task)
		done := ask(handItOver, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}})
		if len(done.at("handOver", "handover", "moves", "nodes").([]any)) < 10 {
			t.Fatal(clip(done.raw))
		}
		if undone {
			ask(undoIt, vars{"id": done.text("handOver", "handover", "id")})
			change := func(set vars) {
				t.Helper()
				ask(`mutation($r: [JSON!]!) { updateRecords(input: {form: "task", rows: $r}) { count } }`, vars{"r": []any{vars{"id": task, "set": set}}})
			}
			change(vars{"title": "Other", "depends_on": []any{waiting}, "due_on": nil})
			ask(`mutation { archiveRecords(input: {form: "contact", rows: [{id: "contact_1"}]}) { count } }`, nil)
			change(vars{"title": title, "depends_on": nil, "due_on": due})
			ask(`mutation { restoreRecords(input: {form: "contact", rows: [{id: "contact_1"}]}) { count } }`, nil)
		}
		a := ask(removeOf, vars{"t": "key_account"})
		if kept := a.at("removeSampleData", "kept").([]any); undone != (len(kept) == 0) {
			t.Errorf("undone %v, and kept is %s", undone, asText(kept))
		}
		if n := w.sql(t, `SELECT (SELECT count(*) FROM org_acme.role) + (SELECT count(*) FROM org_acme.customer)`); undone != (n == "0") {
			t.Errorf("undone %v, and there are %s roles and customers", undone, n)
		}
	}
}
