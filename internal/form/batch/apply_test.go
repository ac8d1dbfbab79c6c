package batch_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/document"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/typed/sdl"
)

func exported(t *testing.T, o *orgtest.Org, keys ...string) string {
	t.Helper()
	d, err := document.Describe(o.Catalog(t), keys...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// read reads a document as it comes from a client.
func read(t *testing.T, text string) document.Document {
	t.Helper()
	var raw any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	d, err := document.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// designed adds to the forms of EveryKind whatever a definition can say.
func designed(t *testing.T) *orgtest.Org {
	t.Helper()
	o := orgtest.EveryKind(t)
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, by := t.Context(), o.Owner
	must(o.Forms.CreateForms(ctx, by, nil,
		// Each needs the other, and what is computed comes first.
		form.NewForm{Key: "alpha", Title: "total_text", Colour: "blue", Icon: "star", Labels: form.Label{"en": "Alpha", "zh": "甲"}, Plurals: form.Label{"en": "Alphas"},
			Descriptions: form.Label{"en": "First"}, Sections: []form.Section{{Key: "top", Labels: form.Label{"en": "Top"}, Columns: 2}, {Key: "rest"}},
			Fields: []form.NewField{
				{Key: "total_text", Kind: "TEXT", Section: "top", Unique: true, Settings: form.SettingsInput{IgnoreCase: new(true), MinLength: new(2), Placeholder: &form.Label{"zh": "请输入"}, Width: new("HALF")}},
				{Key: "level", Kind: "CHOICE", Default: "low", Settings: form.SettingsInput{Options: []form.NewOption{{Key: "low", Labels: form.Label{"en": "Low", "zh": "低"}, Colour: "red"}, {Key: "high", Labels: form.Label{"en": "High"}}, {Key: "none", Labels: form.Label{"en": "None"}}}}},
				{Key: "limit", Kind: "INTEGER", Required: true, Default: 3, Settings: form.SettingsInput{Min: new("0"), Max: new("10")}},
				{Key: "beta", Kind: "REFERENCE", Section: "rest", Settings: form.SettingsInput{To: new("beta"), Inverse: new("alphas"), OnDelete: new("CLEAR")}},
				{Key: "beta_name", Kind: "LOOKUP", Settings: form.SettingsInput{Via: new("beta"), Field: new("name")}},
			}},
		form.NewForm{Key: "beta", Fields: []form.NewField{
			{Key: "name", Kind: "TEXT", Help: form.Label{"en": "What it is called"}},
			{Key: "alpha", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("alpha")}},
			{Key: "place", Kind: "INTEGER"},
			{Key: "kind", Kind: "CHOICE", Settings: form.SettingsInput{Options: []form.NewOption{{Key: "a", Parents: []string{"low"}}, {Key: "b"}}}},
			{Key: "parent_level", Kind: "CHOICE", Settings: form.SettingsInput{Options: []form.NewOption{{Key: "low"}, {Key: "high"}}}},
			{Key: "spare", Kind: "TEXT"},
		}}))
	settings := func(formKey, key string, s form.SettingsInput) {
		t.Helper()
		must(o.Forms.UpdateField(ctx, by, nil, formKey, key, form.FieldUpdate{Settings: &s}))
	}
	must(o.Forms.AddField(ctx, by, nil, "alpha", form.NewField{Key: "betas", Kind: "CHILDREN", After: new(""), Settings: form.SettingsInput{To: new("beta"), Via: new("alpha"), Rows: new(true), OrderBy: new("place")}}))
	must(o.Forms.AddField(ctx, by, nil, "alpha", form.NewField{Key: "sum", Kind: "ROLLUP", After: new("betas"), Settings: form.SettingsInput{Via: new("betas"), Function: new("SUM"), Field: new("place"), Where: new("place > 1")}}))
	must(o.Forms.AddField(ctx, by, nil, "alpha", form.NewField{Key: "twice", Kind: "FORMULA", After: new(""), Settings: form.SettingsInput{Expression: new("sum * 2")}}))
	settings("beta", "kind", form.SettingsInput{DependsOn: new("parent_level")})
	settings("alpha", "limit", form.SettingsInput{ReadOnlyWhen: new("sum > 5"), DefaultExpression: new("2 + 1")})
	settings("alpha", "level", form.SettingsInput{ShownWhen: new("twice > 1"), Options: []form.NewOption{{Key: "high", Labels: form.Label{"en": "High"}}, {Key: "low", Labels: form.Label{"en": "Low", "zh": "低"}, Colour: "red"}}})
	settings("alpha", "beta", form.SettingsInput{Pick: new("place > this.limit"), Fill: &[]kind.Fill{{From: "place", To: "limit"}}})
	must(o.Forms.ArchiveField(ctx, by, nil, "beta", "spare"))
	must(o.Forms.AddField(ctx, by, nil, "customer", form.NewField{Key: "beta", Kind: "REFERENCE", After: new("name"), Settings: form.SettingsInput{To: new("beta"), Inverse: new("customers")}}))
	must(o.Forms.UpdateField(ctx, by, nil, "beta", "customers", form.FieldUpdate{Labels: form.Label{"zh": "客户们"}}))
	must(o.Forms.UpdateForm(ctx, by, nil, "task", form.FormUpdate{Labels: form.Label{"de": "Aufgabe", "zh": ""}, Sections: []form.Section{{Key: "main", Columns: 1}}}))
	must(o.Forms.UpdateField(ctx, by, nil, "task", "result", form.FieldUpdate{Section: new("main")}))
	must(o.Forms.AddRule(ctx, by, nil, "alpha", form.NewRule{Key: "limited", Kind: form.CheckRule, Expression: "sum <= limit * 100", Message: form.Label{"en": "Too much"}}))
	must(o.Forms.AddRule(ctx, by, nil, "beta", form.NewRule{Key: "once", Kind: form.UniqueRule, Fields: []string{"name", "place"}, IgnoreCase: true}))
	return o
}

// TestDocumentMakesAnotherOrganisationTheSame exports, applies to a new
// organisation and exports again: documents and schemas are equal, definitions and
// tables too, and a second time changes nothing.
func TestDocumentMakesAnotherOrganisationTheSame(t *testing.T) {
	t.Parallel()
	o := designed(t)
	want := exported(t, o)
	p := orgtest.Add(t, o.DB, "beta")
	d := read(t, want)

	dry, err := batch.Apply(t.Context(), p.Forms, p.Owner, nil, d, batch.Applying{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Catalog(t).Version; v != p.Org.Version || dry.Catalog.Version != v || len(dry.Made) == 0 {
		t.Errorf("a dry run leaves version %d, was %d; %d differences", v, p.Org.Version, len(dry.Made))
	}
	start := time.Now()
	got, err := batch.Apply(t.Context(), p.Forms, p.Owner, &p.Org.Version, d, batch.Applying{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("applied %d differences in %s, a document of %d bytes", len(got.Made), time.Since(start), len(want))
	if len(got.Left) > 0 {
		t.Errorf("left: %s", show(got.Left))
	}
	if show(got.Made) != show(dry.Made) {
		t.Errorf("the dry run said %s\nmade %s", show(dry.Made), show(got.Made))
	}
	if have := exported(t, p); have != want {
		t.Errorf("the documents differ:\n%s", firstDifference(have, want))
	}
	now := time.Now()
	if have, want := sdl.Print(p.Catalog(t), now), sdl.Print(o.Catalog(t), now); have != want {
		t.Errorf("the schemas differ:\n%s", firstDifference(have, want))
	}
	if got.Catalog.Version != p.Org.Version+1 {
		t.Errorf("version %d, want one more than %d", got.Catalog.Version, p.Org.Version)
	}
	again, err := batch.Apply(t.Context(), p.Forms, p.Owner, nil, d, batch.Applying{Remove: true})
	if err != nil || len(again.Made)+len(again.Left) > 0 || again.Catalog.Version != got.Catalog.Version {
		t.Errorf("a second time: %v, %s, version %d", err, show(again.Made), again.Catalog.Version)
	}
	formtest.Clean(t, o)
	formtest.Clean(t, p)
}

// TestDocumentChangesWhatIsThere applies a document over forms that have moved
// away from it, and then removes what is in the way.
func TestDocumentChangesWhatIsThere(t *testing.T) {
	t.Parallel()
	o := designed(t)
	want := exported(t, o)
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, by := t.Context(), o.Owner
	no, yes := false, true
	must(o.Forms.UpdateForm(ctx, by, nil, "alpha", form.FormUpdate{Labels: form.Label{"fr": "Alphe", "zh": ""}, Colour: new(""), Sections: []form.Section{{Key: "other"}}}))
	must(o.Forms.UpdateField(ctx, by, nil, "alpha", "total_text", form.FieldUpdate{Labels: form.Label{"fr": "Texte"}, Unique: &no, Indexed: &yes,
		Settings: &form.SettingsInput{MinLength: new(1), MaxLength: new(9), Placeholder: &form.Label{"zh": "", "fr": "Ici"}, Width: new("FULL"), IgnoreCase: &no}}))
	must(o.Forms.UpdateField(ctx, by, nil, "alpha", "level", form.FieldUpdate{ClearDefault: true, Settings: &form.SettingsInput{ShownWhen: new(""), Options: []form.NewOption{{Key: "none"}, {Key: "new"}, {Key: "low", Labels: form.Label{"fr": "Bas"}}}}}))
	must(o.Forms.UpdateField(ctx, by, nil, "beta", "kind", form.FieldUpdate{Settings: &form.SettingsInput{DependsOn: new("")}}))
	must(o.Forms.MoveField(ctx, by, nil, "alpha", "beta", ""))
	must(o.Forms.RestoreField(ctx, by, nil, "beta", "spare"))
	must(o.Forms.AddField(ctx, by, nil, "beta", form.NewField{Key: "extra", Kind: "TEXT", After: new("")}))
	must(o.Forms.RemoveRule(ctx, by, nil, "beta", "once"))
	must(o.Forms.UpdateRule(ctx, by, nil, "alpha", "limited", form.RuleUpdate{Expression: new("sum < 3"), Message: form.Label{"en": ""}}))
	must(o.Forms.AddRule(ctx, by, nil, "alpha", form.NewRule{Key: "more", Kind: form.CheckRule, Expression: "limit > 0"}))
	must(o.Forms.CreateForms(ctx, by, nil, form.NewForm{Key: "gamma", Fields: []form.NewField{{Key: "beta", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("beta")}}}}))
	must(o.Forms.CreateForms(ctx, by, nil, form.NewForm{Key: "delta", Fields: []form.NewField{{Key: "gamma", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("gamma")}}}}))

	d := read(t, want)
	got, err := batch.Apply(ctx, o.Forms, by, nil, d, batch.Applying{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range got.Left {
		if !x.Destructive && x.Path[len(x.Path)-1] != "optionOrder" {
			t.Errorf("left: %s", show(x))
		}
	}
	var left []string
	for _, x := range got.Left {
		left = append(left, strings.Join(x.Path, "."))
	}
	slices.Sort(left)
	if have := strings.Join(left, " "); have != "alpha.fields.level.options.new alpha.fields.level.options.none.archived alpha.rules.more beta.fields.extra beta.fields.spare.archived delta gamma" {
		t.Errorf("left: %s", have)
	}
	got, err = batch.Apply(ctx, o.Forms, by, nil, d, batch.Applying{Remove: true})
	if err != nil || len(got.Left) > 0 {
		t.Fatalf("%v, left: %s", err, show(got.Left))
	}
	cat := o.Catalog(t)
	if cat.Form("gamma").ArchivedAt == nil || cat.Form("beta").Field("extra") != nil || cat.Form("alpha").Rule("more") != nil {
		t.Error("what is not in the document is still in use")
	}
	// What was archived is left out of the comparison: it is there, but not in use.
	have := document.Form{}
	for _, f := range []string{"alpha", "task", "customer"} {
		have = document.OfForm(cat.Form(f))
		have.Fields = slices.DeleteFunc(have.Fields, func(x document.Field) bool { return x.Archived })
		for i := range have.Fields {
			have.Fields[i].Options = slices.DeleteFunc(have.Fields[i].Options, func(o document.Option) bool { return o.Key == "new" })
		}
		i := slices.IndexFunc(d.Forms, func(x document.Form) bool { return x.Key == f })
		if a, b := show(have), show(d.Forms[i]); a != b {
			t.Errorf("%s differs: %s", f, firstDifference(a, b))
		}
	}
	formtest.Clean(t, o)
}

func TestDocumentOfAnotherKindIsAConflict(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	d := read(t, `{"format": 1, "partial": true, "forms": [{"key": "customer", "plural": "clients", "fields": [{"key": "region", "kind": "INTEGER"}, {"key": "name", "kind": "TEXT", "required": true, "unique": true, "purpose": "TASK_TITLE", "settings": {"maxLength": 50}}]}]}`)
	got, err := batch.Apply(t.Context(), o.Forms, o.Owner, nil, d, batch.Applying{})
	if err != nil {
		t.Fatal(err)
	}
	conflicts := map[string]bool{}
	for _, x := range got.Left {
		if x.Conflict != "" {
			conflicts[strings.Join(x.Path, ".")] = true
		}
	}
	if !conflicts["customer.plural"] || !conflicts["customer.fields.region.kind"] || !conflicts["customer.fields.name.purpose"] || len(conflicts) != 3 {
		t.Errorf("conflicts: %v", conflicts)
	}
	if x := o.Catalog(t).Form("customer").Field("name"); *x.Settings.MaxLength != 50 {
		t.Error("the rest must be done")
	}
	formtest.Clean(t, o)
}

func TestBadDocumentsAreRefusedWithTheirPlaces(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	for text, path := range map[string]string{
		`[]`:                         "[document]",
		`{"format": 2, "forms": []}`: "[document format]",
		`{"format": 1, "forms": [{"key": "a", "colr": ""}]}`:                                                        "[document]",
		`{"format": 1, "forms": [{"key": "a", "fields": [{"key": "x", "kind": "NOPE"}]}]}`:                          "[document forms 0 fields 0 kind]",
		`{"format": 1, "forms": [{"key": "a"}, {"key": "a"}]}`:                                                      "[document forms 1 key]",
		`{"format": 1, "forms": [{"key": "a", "fields": [{"key": "x", "kind": "TEXT", "settings": {"nope": 1}}]}]}`: "[document forms 0 fields 0 settings]",
		`{"format": 1, "forms": [{"key": "ok"}, {"key": "A"}]}`:                                                     "[document forms 1 key]",
		`{"format": 1, "forms": [{"key": "ok"}, {"key": "b", "fields": [{"key": "f", "kind": "FORMULA", "settings": {"expression": "1"}}, {"key": "x", "kind": "REFERENCE", "settings": {"to": "nowhere"}}]}]}`: "[document forms 1 fields 1 settings to]",
		`{"format": 1, "forms": [{"key": "b", "fields": [{"key": "f", "kind": "FORMULA", "settings": {"expression": "g + 1"}}, {"key": "g", "kind": "FORMULA", "settings": {"expression": "f + 1"}}]}]}`:        "[document forms 0 fields 0 settings expression]",
		`{"format": 1, "partial": true, "forms": [{"key": "task", "fields": [{"key": "result", "kind": "LONG_TEXT", "settings": {"shownWhen": "nope = 1"}}]}]}`:                                                 "[document forms 0 fields 0 settings shownWhen]",
		`{"format": 1, "partial": true, "forms": [{"key": "task", "rules": [{"key": "r", "kind": "CHECK", "expression": "nope"}]}]}`:                                                                            "[document forms 0 rules 0 expression]",
	} {
		before := o.Catalog(t).Version
		var raw any
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			t.Fatal(err)
		}
		d, err := document.Read(raw)
		if err == nil {
			_, err = batch.Apply(t.Context(), o.Forms, o.Owner, nil, d, batch.Applying{})
		}
		var list fault.List
		if other := list.Add(err); other != nil || len(list) == 0 || list[0].Kind != fault.Invalid || fmt.Sprint(list[0].Path) != path {
			t.Errorf("%s: %v at %v, want INVALID at %s", text, err, list, path)
			for _, f := range list {
				t.Log(f.Path, f.Message)
			}
		}
		if v := o.Catalog(t).Version; v != before {
			t.Errorf("%s: version %d, was %d", text, v, before)
		}
	}
	formtest.Clean(t, o)
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	part := func(s string) string { return s[max(0, min(i, len(s))-200):min(len(s), i+200)] }
	return part(a) + "\n-----\n" + part(b)
}
