package batch_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/check"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
)

func TestUndoPutsDefinitionsBack(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	to := "customer"
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{
		{Key: "name", Kind: "TEXT", Indexed: true}, {Key: "code", Kind: "TEXT", Unique: true, Labels: form.Label{"en": "Code", "zh": "编码"}},
		{Key: "state", Kind: "CHOICE", Required: true, Default: "a", Settings: form.SettingsInput{Options: formtest.Options("a", "b", "c")}},
		{Key: "amount", Kind: "DECIMAL", Settings: form.SettingsInput{Min: new("0")}}, {Key: "mood", Kind: "TEXT"},
		{Key: "customer", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: new("things")}}}})
	cat = formtest.Must(t, cat, err)
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha')`); err != nil {
		t.Fatal(err)
	}
	o.Insert(t, cat.Form("thing"), map[string]string{"name": "n1", "code": "7", "state": "b", "amount": "5", "mood": "Very Good", "customer": "1"}, map[string]string{"name": "n2", "code": "8", "state": "a"})
	no, label := false, "Status"
	_ = label
	for name, do := range map[string]func() (*form.Catalog, error){
		"labels, settings, options, indexes": func() (*form.Catalog, error) {
			return o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "state", form.FieldUpdate{Labels: form.Label{"en": "Status", "de": "Zustand"}, Required: &no, Indexed: new(true), ClearDefault: true,
				Settings: &form.SettingsInput{Options: formtest.Options("c", "d", "a"), Width: new("HALF")}})
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
			return o.Forms.UpdateForm(t.Context(), o.Owner, nil, "thing", form.FormUpdate{Labels: form.Label{"en": "Thing!"}, Icon: new("x"), Title: new("code")})
		},
		"form archived": func() (*form.Catalog, error) {
			return o.Forms.ArchiveForm(t.Context(), o.Owner, nil, "thing", true)
		},
		"converted": func() (*form.Catalog, error) {
			return conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", "amount", conversion.Input{Kind: "TEXT"})
		},
		"text to choice": func() (*form.Catalog, error) {
			return conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", "mood", conversion.Input{Kind: "CHOICE"})
		},
		"reference to references": func() (*form.Catalog, error) {
			return conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", "customer", conversion.Input{Kind: "REFERENCES"})
		},
		"rule added": func() (*form.Catalog, error) {
			return o.Forms.AddRule(t.Context(), o.Owner, nil, "thing", form.NewRule{Key: "r", Kind: form.UniqueRule, Fields: []string{"name", "code"}})
		},
		"several at once": func() (*form.Catalog, error) {
			cat, _, err := batch.Run(t.Context(), o.Forms, o.Owner, nil, false, []batch.Step{
				batch.MoveField("thing", "mood", ""), batch.UpdateField("thing", "name", form.FieldUpdate{Labels: form.Label{"en": "Name"}}), batch.ArchiveField("thing", "amount"),
				batch.UpdateForm("thing", form.FormUpdate{Icon: new("star")})})
			return cat, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := formtest.Picture(t, o, "thing")
			x := o.Catalog(t).Form("thing").Field("mood")
			mood := formtest.Values(t, o, x)
			cat, err := do()
			cat = formtest.Must(t, cat, err)
			if formtest.Picture(t, o, "thing") == before {
				t.Fatal("nothing was changed")
			}
			_, _, err = batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version)
			if err != nil {
				t.Fatal(err)
			}
			if after := formtest.Picture(t, o, "thing"); after != before {
				// options that came since stay, archived
				if name != "labels, settings, options, indexes" {
					t.Errorf("after undoing\n got: %s\nwant: %s", after, before)
				}
			}
			if got := formtest.Values(t, o, o.Catalog(t).Form("thing").Field("mood")); got != mood {
				t.Errorf("values are %s, want %s", got, mood)
			}
			formtest.Clean(t, o)
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
	cat = formtest.Must(t, cat, err)
	added := cat.Version
	for i := range 3 {
		cat, _, err = batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version)
		cat = formtest.Must(t, cat, err)
		if x := cat.Form("thing").Field("more"); (x != nil) != (i == 1) {
			t.Errorf("%d: more is %v", i, x)
		}
	}
	if _, _, err := o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", "more"); err != nil {
		t.Fatal(err)
	}
	purged := o.Catalog(t).Version
	for _, v := range []int64{added, purged} {
		if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, v); fault.KindOf(err) != fault.Conflict {
			t.Errorf("undoing version %d after purging: %v", v, err)
		}
	}
	if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, 1<<40); fault.KindOf(err) != fault.NotFound {
		t.Errorf("undoing what never was: %v", err)
	}
	// Changed again since.
	cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "name", form.FieldUpdate{Labels: form.Label{"en": "1"}})
	first := formtest.Must(t, cat, err).Version
	cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "name", form.FieldUpdate{Labels: form.Label{"en": "2"}})
	second := formtest.Must(t, cat, err).Version
	_, _, err = batch.Undo(t.Context(), o.Forms, o.Owner, nil, first)
	if f, _ := err.(*fault.Fault); f == nil || f.Kind != fault.Conflict || f.Details["version"] != second {
		t.Errorf("err = %v, want CONFLICT that names version %d", err, second)
	}
	formtest.Clean(t, o)
}

func TestBatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	version := o.Catalog(t).Version
	steps := []batch.Step{
		batch.CreateForm(form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "TEXT"}}}),
		batch.AddField("thing", form.NewField{Key: "twice", Kind: "FORMULA", Settings: form.SettingsInput{Expression: new("length(n) * 2")}}),
		batch.ArchiveField("thing", "twice"), // or what follows would break it
		batch.ConvertField("thing", "n", conversion.Input{Kind: "INTEGER"}),
		batch.AddRule("thing", form.NewRule{Key: "positive", Kind: form.CheckRule, Expression: "n > 0"}),
	}
	cat, done, err := batch.Run(t.Context(), o.Forms, o.Owner, nil, true, steps)
	cat = formtest.Must(t, cat, err)
	if len(done) != 5 || cat.Form("thing").Field("n").Kind.Name() != "INTEGER" {
		t.Errorf("a dry run shows %v", done)
	}
	if now := o.Catalog(t); now.Version != version || now.Form("thing") != nil {
		t.Error("a dry run has left something")
	}
	_, _, err = batch.Run(t.Context(), o.Forms, o.Owner, nil, false, append(steps, batch.MoveField("thing", "n", "nowhere")))
	if f, _ := err.(*fault.Fault); f == nil || f.Kind != fault.Invalid || fmt.Sprint(f.Path) != "[5 moveField after]" {
		t.Errorf("err = %#v", err)
	}
	if o.Catalog(t).Form("thing") != nil {
		t.Error("a batch that failed has left something")
	}
	cat, _, err = batch.Run(t.Context(), o.Forms, o.Owner, &version, false, steps)
	if cat = formtest.Must(t, cat, err); cat.Version != version+1 {
		t.Errorf("version %d, want one more than %d", cat.Version, version)
	}
	formtest.Clean(t, o)
	// What is broken in between may stand at the end, what is broken at the end not.
	if _, _, err = batch.Run(t.Context(), o.Forms, o.Owner, nil, false, []batch.Step{batch.ArchiveField("thing", "n"), batch.RestoreField("thing", "n")}); err != nil {
		t.Error(err)
	}
	if _, _, err = batch.Run(t.Context(), o.Forms, o.Owner, nil, false, []batch.Step{batch.ArchiveField("thing", "n")}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("err = %v, want CONFLICT for the rule", err)
	}
	formtest.Clean(t, o)
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
			s.Options = formtest.Options("a", "b", "c")
		case "REFERENCE", "REFERENCES":
			s.To = &to
			if rnd.IntN(2) == 0 {
				s.Inverse = new(fmt.Sprintf("inv%d", rnd.IntN(30)))
			}
		case "AUTO_NUMBER":
			s.Pattern = new("N-{000}")
		case "FORMULA":
			s.Expression = new(fmt.Sprintf("f%d", rnd.IntN(14)))
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
			cat, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", key, conversion.Input{Kind: k, Settings: n.Settings, Clear: rnd.IntN(2) == 0})
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
				cat, _, err = batch.Undo(t.Context(), o.Forms, o.Owner, nil, versions[max(len(versions)-1-rnd.IntN(3), 0)])
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
		problems, err := check.Run(t.Context(), o.DB, o.Org.ID)
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
	formtest.Clean(t, o)
}
