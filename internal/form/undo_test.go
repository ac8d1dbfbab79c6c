package form_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
)

// picture is what people see of a form's definition, for comparing.
func picture(t *testing.T, o *orgtest.Org, key string) string {
	t.Helper()
	f := o.Catalog(t).Form(key)
	type option struct {
		Key, Colour string
		Labels      form.Label
		Archived    bool
	}
	type field struct {
		Key, Kind, Section, Default string
		Labels, Help                form.Label
		Required, Unique, Indexed   bool
		Settings                    any
		Options                     []option
		Archived                    bool
	}
	var fields []field
	for _, x := range f.Fields {
		y := field{x.Key, x.KindName(), x.Section, string(x.Default), x.Labels, x.Help, x.Required, x.Unique, x.Indexed, x.Settings, nil, x.ArchivedAt != nil}
		for _, p := range x.Options {
			y.Options = append(y.Options, option{p.Key, p.Colour, p.Labels, p.ArchivedAt != nil})
		}
		fields = append(fields, y)
	}
	b, err := json.Marshal(map[string]any{"labels": f.Labels, "icon": f.Icon, "title": f.TitleKey, "archived": f.ArchivedAt != nil, "fields": fields, "rules": len(f.Rules)})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUndoPutsDefinitionsBack(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	to := "customer"
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{
		{Key: "name", Kind: "TEXT", Indexed: true}, {Key: "code", Kind: "TEXT", Unique: true, Labels: form.Label{"en": "Code", "zh": "编码"}},
		{Key: "state", Kind: "CHOICE", Required: true, Default: "a", Settings: form.SettingsInput{Options: options("a", "b", "c")}},
		{Key: "amount", Kind: "DECIMAL", Settings: form.SettingsInput{Min: text("0")}}, {Key: "mood", Kind: "TEXT"},
		{Key: "customer", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: text("things")}}}})
	cat = mustChange(t, cat, err)
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha')`); err != nil {
		t.Fatal(err)
	}
	o.Insert(t, cat.Form("thing"), map[string]string{"name": "n1", "code": "7", "state": "b", "amount": "5", "mood": "Very Good", "customer": "1"}, map[string]string{"name": "n2", "code": "8", "state": "a"})
	no, label := false, "Status"
	_ = label
	for name, do := range map[string]func() (*form.Catalog, error){
		"labels, settings, options, indexes": func() (*form.Catalog, error) {
			return o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "state", form.FieldUpdate{Labels: form.Label{"en": "Status", "de": "Zustand"}, Required: &no, Indexed: yes(), ClearDefault: true,
				Settings: &form.SettingsInput{Options: options("c", "d", "a"), Width: text("HALF")}})
		},
		"unique taken away": func() (*form.Catalog, error) {
			return o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "code", form.FieldUpdate{Unique: &no, Help: form.Label{"en": "help"}})
		},
		"moved": func() (*form.Catalog, error) {
			return o.Forms.MoveField(t.Context(), o.Owner, nil, "thing", "amount", "")
		},
		"archived": func() (*form.Catalog, error) {
			return o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", "mood")
		},
		"form changed": func() (*form.Catalog, error) {
			return o.Forms.UpdateForm(t.Context(), o.Owner, nil, "thing", form.FormUpdate{Labels: form.Label{"en": "Thing!"}, Icon: text("x"), Title: text("code")})
		},
		"form archived": func() (*form.Catalog, error) {
			return o.Forms.ArchiveForm(t.Context(), o.Owner, nil, "thing", true)
		},
		"converted": func() (*form.Catalog, error) {
			return o.Forms.ConvertField(t.Context(), o.Owner, nil, "thing", "amount", form.Conversion{Kind: "TEXT"})
		},
		"text to choice": func() (*form.Catalog, error) {
			return o.Forms.ConvertField(t.Context(), o.Owner, nil, "thing", "mood", form.Conversion{Kind: "CHOICE"})
		},
		"reference to references": func() (*form.Catalog, error) {
			return o.Forms.ConvertField(t.Context(), o.Owner, nil, "thing", "customer", form.Conversion{Kind: "REFERENCES"})
		},
		"rule added": func() (*form.Catalog, error) {
			return o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "r", Kind: form.UniqueRule, Fields: []string{"name", "code"}})
		},
		"several at once": func() (*form.Catalog, error) {
			cat, _, err := o.Forms.ChangeAll(t.Context(), o.Owner, nil, false, []form.Step{
				form.StepMoveField("thing", "mood", ""), form.StepUpdateField("thing", "name", form.FieldUpdate{Labels: form.Label{"en": "Name"}}), form.StepArchiveField("thing", "amount"),
				form.StepUpdateForm("thing", form.FormUpdate{Icon: text("star")})})
			return cat, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := picture(t, o, "thing")
			x := o.Catalog(t).Form("thing").Field("mood")
			mood := values(t, o, x)
			cat, err := do()
			cat = mustChange(t, cat, err)
			if picture(t, o, "thing") == before {
				t.Fatal("nothing was changed")
			}
			_, _, err = o.Forms.Undo(t.Context(), o.Owner, nil, cat.Version)
			if err != nil {
				t.Fatal(err)
			}
			if after := picture(t, o, "thing"); after != before {
				// options that came since stay, archived
				if name != "labels, settings, options, indexes" {
					t.Errorf("after undoing\n got: %s\nwant: %s", after, before)
				}
			}
			if got := values(t, o, o.Catalog(t).Form("thing").Field("mood")); got != mood {
				t.Errorf("values are %s, want %s", got, mood)
			}
			clean(t, o)
		})
	}
	state := o.Catalog(t).Form("thing").Field("state")
	gone := ""
	for _, p := range state.Options {
		if p.ArchivedAt != nil {
			gone += p.Key
		}
	}
	if len(state.Options) != 4 || gone != "d" || state.Labels["de"] != "" || !state.Required || state.Indexed || string(state.Default) != `"a"` {
		t.Errorf("state is %+v", state)
	}

	// What was added is archived; undoing that brings it back; and so on.
	cat, err = o.Forms.AddField(t.Context(), o.Owner, nil, "thing", form.NewField{Key: "more", Kind: "TEXT"})
	cat = mustChange(t, cat, err)
	added := cat.Version
	for i := range 3 {
		cat, _, err = o.Forms.Undo(t.Context(), o.Owner, nil, cat.Version)
		cat = mustChange(t, cat, err)
		if x := cat.Form("thing").Field("more"); (x != nil) != (i == 1) {
			t.Errorf("%d: more is %v", i, x)
		}
	}
	if _, _, err := o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", "more"); err != nil {
		t.Fatal(err)
	}
	purged := o.Catalog(t).Version
	for _, v := range []int64{added, purged} {
		if _, _, err := o.Forms.Undo(t.Context(), o.Owner, nil, v); fault.KindOf(err) != fault.Conflict {
			t.Errorf("undoing version %d after purging: %v", v, err)
		}
	}
	if _, _, err := o.Forms.Undo(t.Context(), o.Owner, nil, 1<<40); fault.KindOf(err) != fault.NotFound {
		t.Errorf("undoing what never was: %v", err)
	}
	// Changed again since.
	cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "name", form.FieldUpdate{Labels: form.Label{"en": "1"}})
	first := mustChange(t, cat, err).Version
	cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "name", form.FieldUpdate{Labels: form.Label{"en": "2"}})
	second := mustChange(t, cat, err).Version
	_, _, err = o.Forms.Undo(t.Context(), o.Owner, nil, first)
	if f, _ := err.(*fault.Fault); f == nil || f.Kind != fault.Conflict || f.Details["version"] != second {
		t.Errorf("err = %v, want CONFLICT that names version %d", err, second)
	}
	clean(t, o)
}

func TestBatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	version := o.Catalog(t).Version
	steps := []form.Step{
		form.StepCreateForm(form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "TEXT"}}}),
		form.StepAddField("thing", form.NewField{Key: "twice", Kind: "FORMULA", Settings: form.SettingsInput{Expression: text("length(n) * 2")}}),
		form.StepArchiveField("thing", "twice"), // or what follows would break it
		form.StepConvertField("thing", "n", form.Conversion{Kind: "INTEGER"}),
		form.StepAddRule("thing", form.NewRule{Key: "positive", Kind: form.CheckRule, Expression: "n > 0"}),
	}
	cat, done, err := o.Forms.ChangeAll(t.Context(), o.Owner, nil, true, steps)
	cat = mustChange(t, cat, err)
	if len(done) != 5 || cat.Form("thing").Field("n").Kind.Name() != "INTEGER" {
		t.Errorf("a dry run shows %v", done)
	}
	if now := o.Catalog(t); now.Version != version || now.Form("thing") != nil {
		t.Error("a dry run has left something")
	}
	_, _, err = o.Forms.ChangeAll(t.Context(), o.Owner, nil, false, append(steps, form.StepMoveField("thing", "n", "nowhere")))
	if f, _ := err.(*fault.Fault); f == nil || f.Kind != fault.Invalid || fmt.Sprint(f.Path) != "[5 moveField after]" {
		t.Errorf("err = %#v", err)
	}
	if o.Catalog(t).Form("thing") != nil {
		t.Error("a batch that failed has left something")
	}
	cat, _, err = o.Forms.ChangeAll(t.Context(), o.Owner, &version, false, steps)
	if cat = mustChange(t, cat, err); cat.Version != version+1 {
		t.Errorf("version %d, want one more than %d", cat.Version, version)
	}
	clean(t, o)
	// What is broken in between may stand at the end, what is broken at the end not.
	if _, _, err = o.Forms.ChangeAll(t.Context(), o.Owner, nil, false, []form.Step{form.StepArchiveField("thing", "n"), form.StepRestoreField("thing", "n")}); err != nil {
		t.Error(err)
	}
	if _, _, err = o.Forms.ChangeAll(t.Context(), o.Owner, nil, false, []form.Step{form.StepArchiveField("thing", "n")}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("err = %v, want CONFLICT for the rule", err)
	}
	clean(t, o)
}

// TestRandomEvolution changes a form in every way, with records in it, and holds
// definitions and tables together all the while.
func TestRandomEvolution(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	to := "customer"
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}}); err != nil {
		t.Fatal(err)
	}
	o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) SELECT 'c' || i FROM generate_series(1, 5) i`)
	o.DB.Control.MustExec(`INSERT INTO org_acme.thing (name) SELECT 'r' || i FROM generate_series(1, 20) i`)
	kinds := []string{"TEXT", "LONG_TEXT", "EMAIL", "INTEGER", "DECIMAL", "PERCENT", "MONEY", "RATING", "PROGRESS", "BOOLEAN", "DATE", "DATETIME", "DURATION", "CHOICE", "MULTI_CHOICE", "MEMBER", "MEMBERS",
		"REFERENCE", "REFERENCES", "ADDRESS", "LOCATION", "ATTACHMENT", "AUTO_NUMBER", "JSON", "FORMULA"}
	done := map[string]int{}
	var versions []int64
	for i := range 300 {
		key := fmt.Sprintf("f%d", rnd.IntN(14))
		k := kinds[rnd.IntN(len(kinds))]
		b := func() *bool { v := rnd.IntN(2) == 0; return &v }
		var s form.SettingsInput
		switch k {
		case "CHOICE", "MULTI_CHOICE":
			s.Options = options("a", "b", "c")
		case "REFERENCE", "REFERENCES":
			s.To = &to
			if rnd.IntN(2) == 0 {
				s.Inverse = text(fmt.Sprintf("inv%d", rnd.IntN(30)))
			}
		case "AUTO_NUMBER":
			s.Pattern = text("N-{000}")
		case "FORMULA":
			s.Expression = text(fmt.Sprintf("f%d", rnd.IntN(14)))
		}
		n := form.NewField{Key: key, Kind: k, Settings: s, Required: rnd.IntN(4) == 0, Unique: rnd.IntN(6) == 0, Indexed: rnd.IntN(4) == 0}
		var (
			cat    *form.Catalog
			err    error
			action string
		)
		switch rnd.IntN(13) {
		case 0, 1, 2:
			action = "add"
			cat, err = o.Forms.AddField(t.Context(), o.Owner, nil, "thing", n)
		case 3:
			action = "update"
			cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", key, form.FieldUpdate{Required: b(), Unique: b(), Indexed: b(), Labels: form.Label{"en": fmt.Sprint(i)}})
		case 4:
			action = "archive"
			cat, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", key)
		case 5:
			action = "restore"
			cat, err = o.Forms.RestoreField(t.Context(), o.Owner, nil, "thing", key)
		case 6, 7, 8:
			action = "convert"
			if own := o.Catalog(t).Form("thing").Own(); rnd.IntN(8) > 0 { // mostly what makes sense
				x := own[rnd.IntN(len(own))]
				if key = x.Key; key == "name" {
					continue
				}
				var can []string
				for _, to := range kind.All() {
					if _, ok := kind.Conversion(x.Kind, to); ok {
						can = append(can, to.Name())
					}
				}
				if len(can) > 0 {
					k, s = can[rnd.IntN(len(can))], form.SettingsInput{}
				}
			}
			n.Settings = s
			if k != "REFERENCE" && k != "REFERENCES" {
				n.Settings = s
			}
			n.Settings.To, n.Settings.Inverse, n.Settings.Expression = nil, nil, nil
			cat, err = o.Forms.ConvertField(t.Context(), o.Owner, nil, "thing", key, form.Conversion{Kind: k, Settings: n.Settings, Clear: rnd.IntN(2) == 0})
		case 9:
			action = "purge"
			cat, _, err = o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", key)
		case 10:
			action = "move"
			cat, err = o.Forms.MoveField(t.Context(), o.Owner, nil, "thing", key, fmt.Sprintf("f%d", rnd.IntN(14)))
		case 11:
			action = "rule"
			if r := fmt.Sprintf("r%d", rnd.IntN(3)); rnd.IntN(2) == 0 {
				cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: r, Kind: form.UniqueRule, Fields: []string{key, "name"}, IgnoreCase: rnd.IntN(2) == 0})
			} else {
				cat, err = o.Forms.RemoveRule(t.Context(), o.Owner, nil, "thing", r)
			}
		case 12:
			action = "undo"
			if len(versions) > 0 {
				cat, _, err = o.Forms.Undo(t.Context(), o.Owner, nil, versions[max(len(versions)-1-rnd.IntN(3), 0)])
			}
		}
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("%d: %s %s %s: %v", i, action, key, k, err)
			}
			done[action+" refused"]++
			continue
		}
		if cat == nil {
			continue
		}
		done[action]++
		versions = append(versions, cat.Version)
		if i%10 != 9 {
			continue
		}
		problems, err := form.Check(t.Context(), o.DB, o.Org.ID)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%d: after %s %s: %v %v", i, action, key, problems, err)
		}
		// A record is written and read, with a value where there can be one.
		f := o.Catalog(t).Form("thing")
		r := map[string]string{"name": fmt.Sprintf("n%d", i)}
		for _, x := range f.Own() {
			sample := map[string]string{"text": fmt.Sprintf("t%d", i), "bigint": fmt.Sprint(i), "numeric": fmt.Sprint(i), "boolean": "true", "date": "2026-01-01", "smallint": "1",
				"timestamptz": "2026-01-01 00:00:00+00", "interval": "P1D", "text[]": "{a}", "jsonb": "{}", "point": "(1,2)"}[x.Kind.Column()]
			switch {
			case !x.Stored() || x.Key == "name":
				continue
			case x.Target != nil:
				sample = "1"
			case x.Kind.Name() == "CHOICE":
				sample = "a"
			}
			if x.Filled || x.Required || rnd.IntN(2) == 0 {
				if !x.Unique || x.Kind.Column() == "text" && x.Kind.Name() != "CHOICE" {
					r[x.Key] = sample
				}
			}
		}
		id := int64(0)
		skip := false
		for _, x := range f.Own() {
			skip = skip || x.Filled && r[x.Key] == ""
		}
		if skip {
			continue
		}
		id = o.Insert(t, f, r)[0]
		for _, x := range f.Own() {
			if want := r[x.Key]; want != "" && x.Kind.Column() == "text" {
				var got string
				if err := o.DB.Control.Get(&got, fmt.Sprintf(`SELECT %s FROM %s WHERE id = $1`, x.Column(), f.Table()), id); err != nil || got != want {
					t.Errorf("%d: %s is %q, want %q (%v)", i, x.Key, got, want, err)
				}
			}
		}
	}
	t.Logf("%v", done)
	clean(t, o)
}
