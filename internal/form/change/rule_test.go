package change_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/org"
	"fieldwork/internal/orgtest"
)

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	check := func(expression string, fields ...string) form.NewRule {
		return form.NewRule{Key: "r", Kind: form.CheckRule, Expression: expression, Fields: fields}
	}
	unique := func(fields ...string) form.NewRule {
		return form.NewRule{Key: "r", Kind: form.UniqueRule, Fields: fields}
	}
	index := func(fields ...string) form.NewRule {
		return form.NewRule{Key: "r", Kind: form.IndexRule, Fields: fields}
	}
	with := func(r form.NewRule, change func(r *form.NewRule)) form.NewRule { change(&r); return r }
	for _, tt := range []struct {
		name string
		form string
		rule form.NewRule
		want []string
	}{
		{"no such form", "nothing", check("true"), []string{"NOT_FOUND form"}},
		{"a key that is no name", "gauge", with(check("true"), func(r *form.NewRule) { r.Key = "Not a key" }), []string{"INVALID key"}},
		{"a kind that is none", "gauge", with(check("true"), func(r *form.NewRule) { r.Kind = "SOMETIMES" }), []string{"INVALID kind"}},
		{"a check of nothing", "gauge", check(""), []string{"INVALID expression"}},
		{"a check that is no condition", "gauge", check("size + 1"), []string{"INVALID expression"}},
		{"a check of a field that is not there", "gauge", check("nothing > 1"), []string{"INVALID expression"}},
		{"a check that ignores capital letters", "gauge", with(check("true"), func(r *form.NewRule) { r.IgnoreCase = true }), []string{"INVALID ignoreCase"}},
		{"a message at a field that is not there", "gauge", check("size > 1", "size", "nothing"), []string{"INVALID fields 1"}},
		{"a message at the system's field", "gauge", check("size > 1", "created_at"), []string{"INVALID fields 0"}},
		{"a message without a language", "gauge", with(check("true"), func(r *form.NewRule) { r.Message = form.Label{"": "x"} }), []string{"INVALID message"}},
		{"a message that is too long", "gauge", with(check("true"), func(r *form.NewRule) { r.Message = form.Label{"en": strings.Repeat("x", 501)} }), []string{"INVALID message"}},
		{"unique in nothing", "gauge", unique(), []string{"INVALID fields"}},
		{"unique with an expression", "gauge", with(unique("name"), func(r *form.NewRule) { r.Expression = "true" }), []string{"INVALID expression"}},
		{"unique in what is no single stored value", "gauge", unique("helpers", "tags", "address", "files", "extra", "twice", "thing_state", "name"),
			[]string{"INVALID fields 0", "INVALID fields 1", "INVALID fields 2", "INVALID fields 3", "INVALID fields 4", "INVALID fields 5", "INVALID fields 6"}},
		{"unique in long text and children", "thing", unique("body", "parts"), []string{"INVALID fields 0", "INVALID fields 1"}},
		{"an index over one field", "gauge", index("name"), []string{"INVALID fields"}},
		{"an index over a list and an object", "gauge", index("tags", "address", "name"), []string{"INVALID fields 0", "INVALID fields 1"}},
		{"an index over two texts of any length", "gauge", index("name", "site_url"), []string{"INVALID fields"}},
		{"an index with a message", "gauge", with(index("size", "name"), func(r *form.NewRule) { r.Message = form.Label{"en": "x"} }), []string{"INVALID kind"}},
		{"a field twice", "gauge", unique("name", "name"), []string{"INVALID fields 1"}},
		{"nine fields", "gauge", unique("name", "mail", "phone", "site_url", "share", "price", "amount", "size", "took"), []string{"INVALID fields"}},
		{"all at once", "gauge", form.NewRule{Key: "", Kind: form.UniqueRule, Expression: "x", Fields: []string{"tags"}, Message: form.Label{"EN": "x"}},
			[]string{"INVALID key", "INVALID expression", "INVALID fields 0", "INVALID message"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := o.Forms.AddRule(t.Context(), o.Owner, nil, tt.form, tt.rule)
			formtest.Refused(t, err, tt.want...)
		})
	}
	by := o.Owner
	by.Access = org.Worker
	_, err := o.Forms.AddRule(t.Context(), by, nil, "gauge", check("true"))
	formtest.Refused(t, err, "FORBIDDEN")
	_, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "gauge", check("size > 1 and\n  twice = \"x\" and nothing"))
	var f *fault.Fault
	if !errors.As(err, &f) || f.Details["line"] != 2 || f.Details["column"] == nil || len(f.Details["errors"].([]map[string]any)) != 2 {
		t.Errorf("err = %#v, want both mistakes with their places", err)
	}
	formtest.Clean(t, o)
}

func TestRulesAreMadeChangedAndRemoved(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	thing := o.Catalog(t).Form("thing")
	o.Insert(t, thing, map[string]string{"name": "a", "code": "1", "serial": "1"}, map[string]string{"name": "A", "code": "1", "serial": "1"}, map[string]string{"name": "a", "serial": "1"})
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
	}
	must(o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "once", Kind: form.UniqueRule, Fields: []string{"name", "code"}, Message: form.Label{"en": "Twice", "zh": "重复"}}))
	_, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "once", Kind: form.CheckRule, Expression: "true"})
	formtest.Refused(t, err, "CONFLICT key")
	_, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "twice", Kind: form.UniqueRule, Fields: []string{"name", "code"}, IgnoreCase: true})
	formtest.Refused(t, err, "CONFLICT fields")
	yes, no := true, false
	_, err = o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "once", form.RuleUpdate{IgnoreCase: &yes})
	formtest.Refused(t, err, "CONFLICT fields")
	_, err = o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "once", form.RuleUpdate{Fields: []string{}})
	formtest.Refused(t, err, "INVALID fields")
	_, err = o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "nothing", form.RuleUpdate{})
	formtest.Refused(t, err, "NOT_FOUND key")
	must(o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "once", form.RuleUpdate{Fields: []string{"name", "code", "site"}, IgnoreCase: &no, Message: form.Label{"zh": ""}}))
	r := o.Catalog(t).Form("thing").Rule("once")
	if !slices.Equal(r.FieldKeys, []string{"name", "code", "site"}) || len(r.Message) != 1 || r.Message["en"] != "Twice" {
		t.Errorf("the rule is %+v", r)
	}
	must(o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "small", Kind: form.CheckRule, Expression: "count(parts) < 3"}))
	expression := "size <"
	_, err = o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "small", form.RuleUpdate{Expression: &expression})
	formtest.Refused(t, err, "INVALID expression")
	for i := range form.MaxRules - 2 {
		if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: fmt.Sprintf("r%d", i), Kind: form.CheckRule, Expression: "true"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "more", Kind: form.CheckRule, Expression: "true"})
	formtest.Refused(t, err, "INVALID form")
	must(o.Forms.RemoveRule(t.Context(), o.Owner, nil, "thing", "once"))
	_, err = o.Forms.RemoveRule(t.Context(), o.Owner, nil, "thing", "once")
	formtest.Refused(t, err, "NOT_FOUND key")
	var log []string
	if err := o.DB.Control.SelectContext(t.Context(), &log, `SELECT action || ' ' || (before IS NOT NULL) || ' ' || (after IS NOT NULL) FROM fieldwork.change WHERE action LIKE '%Rule' AND coalesce(after, before)->>'key' = 'once' ORDER BY version`); err != nil {
		t.Fatal(err)
	}
	if want := []string{"addRule false true", "updateRule true true", "removeRule true false"}; !slices.Equal(log, want) {
		t.Errorf("the log says %q, want %q", log, want)
	}
}

func TestNothingThatWorksIsBroken(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.Forms.AddRule(t.Context(), o.Owner, nil, "site", form.NewRule{Key: "few", Kind: form.CheckRule, Expression: "count(things) < 9"}))
	must(o.Forms.AddRule(t.Context(), o.Owner, nil, "part", form.NewRule{Key: "named", Kind: form.CheckRule, Expression: `thing.site.zone.name != "x"`}))
	must(o.Forms.AddField(t.Context(), o.Owner, nil, "gauge", form.NewField{Key: "more", Kind: "FORMULA", Settings: form.SettingsInput{Expression: new("twice + 1")}}))
	for _, tt := range []struct {
		name, form, key string
		usedBy          []string
	}{
		{"of a formula, and of what is computed from it", "gauge", "amount", []string{"gauge.more", "gauge.twice"}},
		{"of a lookup", "thing", "state", []string{"gauge.thing_state"}},
		{"of an aggregate", "part", "price", []string{"gauge.parts_price"}},
		{"the reference behind children that are gone over", "thing", "site", []string{"part.named", "site.few"}},
		{"a step of a path", "site", "zone", []string{"part.named"}},
		{"the end of a path", "zone", "name", []string{"part.named"}},
		{"links that are counted", "gauge", "sites", []string{"gauge.site_count"}},
		{"what nobody uses", "gauge", "stars", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The title of a form cannot be archived, whatever uses it.
			if tt.form == "zone" {
				must(o.Forms.UpdateForm(t.Context(), o.Owner, nil, "zone", form.FormUpdate{Title: new("rank")}))
			}
			_, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, tt.form, tt.key)
			if tt.usedBy == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			formtest.Refused(t, err, "CONFLICT key")
			var f *fault.Fault
			if !errors.As(err, &f) {
				t.Fatal(err)
			}
			var got []string
			for _, u := range f.Details["usedBy"].([]map[string]string) {
				got = append(got, u["form"]+"."+u["field"]+u["rule"])
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.usedBy) {
				t.Errorf("used by %q, want %q: %s", got, tt.usedBy, f.Message)
			}
		})
	}
	_, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "gauge", "twice", form.FieldUpdate{Settings: &form.SettingsInput{Expression: new(`name & "!"`)}})
	formtest.Refused(t, err, "CONFLICT settings") // more adds 1 to it
	_, err = o.Forms.ArchiveForm(t.Context(), o.Owner, nil, "part", true)
	formtest.Refused(t, err, "CONFLICT form")
	formtest.Clean(t, o)
}

// TestListsAreReadByAnIndexRule: PostgreSQL finds a page by the index, in its order.
func TestListsAreReadByAnIndexRule(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
	}
	o.DB.Control.MustExec(`INSERT INTO org_acme.thing (name, state, serial, size) SELECT i, (ARRAY['open', 'done'])[1 + i % 2], i, i * 7919 % 5000 FROM generate_series(1, 5000) i`)
	must(o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "by_size", Kind: form.IndexRule, Fields: []string{"state", "size"}}))
	must(o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "size", form.FieldUpdate{Help: form.Label{"en": "How large."}}))
	o.DB.Control.MustExec(`ANALYZE org_acme.thing`)
	explained := func() string {
		var lines []string
		if err := o.DB.Control.Select(&lines, `EXPLAIN SELECT id FROM org_acme.thing WHERE archived_at IS NULL AND state = 'open' AND size IS NOT NULL ORDER BY size DESC, id DESC LIMIT 20`); err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	r := o.Catalog(t).Form("thing").Rule("by_size")
	if plan := explained(); !strings.Contains(plan, r.Index()) || strings.Contains(plan, "Sort") {
		t.Errorf("not read by the index:\n%s", plan)
	}
	must(conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", "size", conversion.Input{Kind: "DECIMAL"}))
	if plan := explained(); !strings.Contains(plan, r.Index()) {
		t.Errorf("not read by the index after a conversion:\n%s", plan)
	}
	_, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", "size")
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("archived a field of the index: %v, want CONFLICT", err)
	}
	must(o.Forms.UpdateRule(t.Context(), o.Owner, nil, "thing", "by_size", form.RuleUpdate{Fields: []string{"state", "serial"}}))
	must(o.Forms.RemoveRule(t.Context(), o.Owner, nil, "thing", "by_size"))
}
