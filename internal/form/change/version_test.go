package change_test

import (
	"encoding/json"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/orgtest"
)

// TestFormsAreKnownAsTheyWere changes a form and reads every version of it back.
func TestFormsAreKnownAsTheyWere(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	was := map[int64]string{}
	note := func() {
		cat := o.Catalog(t)
		was[cat.Version] = show(document.OfForm(cat.Form("thing")))
	}
	note()
	first := o.Catalog(t).Version
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		note()
	}
	must(o.Forms.AddField(t.Context(), o.Owner, nil, "thing", form.NewField{Key: "more", Kind: "TEXT", After: new("")}))
	must(o.Forms.AddField(t.Context(), o.Owner, nil, "zone", form.NewField{Key: "more", Kind: "TEXT"})) // of another form
	must(o.Forms.UpdateField(t.Context(), o.Owner, nil, "thing", "state", form.FieldUpdate{Settings: &form.SettingsInput{Options: []form.NewOption{{Key: "done"}}}}))
	must(o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", "more"))
	must(o.Forms.AddField(t.Context(), o.Owner, nil, "zone", form.NewField{Key: "thing", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("thing"), Inverse: new("zones")}}))
	same := "Thing"
	must(o.Forms.UpdateForm(t.Context(), o.Owner, nil, "thing", form.FormUpdate{Labels: form.Label{"en": same}}))
	must(o.Forms.UpdateForm(t.Context(), o.Owner, nil, "thing", form.FormUpdate{Labels: form.Label{"en": same}})) // changes nothing
	f := o.Catalog(t).Form("thing")
	for version, want := range was {
		d, err := o.Forms.At(t.Context(), f, version)
		if err != nil || d == nil || show(d) != want {
			t.Errorf("at version %d: %v, %s\nwant %s", version, err, show(d), want)
		}
	}
	versions, err := o.Forms.Versions(t.Context(), f, 100)
	if err != nil {
		t.Fatal(err)
	}
	var own int
	for _, v := range versions {
		if int64(v.Version) > first {
			own++
			if v.MemberID != o.Owner.MemberID {
				t.Errorf("version %d is by %d", v.Version, v.MemberID)
			}
		}
	}
	if own != 5 || versions[0].Version < versions[1].Version {
		t.Errorf("%d versions of its own, want 5: %s", own, show(versions))
	}
	if d, err := o.Forms.At(t.Context(), f, 0); err != nil || d != nil {
		t.Errorf("before there was anything: %v, %v", d, err)
	}
}

// TestOldOrganisationsGetVersionsWithTheirNextChange begins with forms that were
// made before versions were kept.
func TestOldOrganisationsGetVersionsWithTheirNextChange(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	if _, err := o.DB.Control.Exec(`DELETE FROM fieldwork.form_version`); err != nil {
		t.Fatal(err)
	}
	before := o.Catalog(t)
	if d, err := o.Forms.At(t.Context(), before.Form("task"), before.Version); err != nil || show(d) != show(document.OfForm(before.Form("task"))) {
		t.Errorf("without any version, now: %v, %s", err, show(d))
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "task", form.NewField{Key: "more", Kind: "TEXT"}); err != nil {
		t.Fatal(err)
	}
	now := o.Catalog(t)
	for key, versions := range map[string]int{"task": 2, "customer": 1} {
		d, err := o.Forms.At(t.Context(), now.Form(key), before.Version)
		if err != nil || show(d) != show(document.OfForm(before.Form(key))) {
			t.Errorf("%s before: %v, %s", key, err, show(d))
		}
		list, err := o.Forms.Versions(t.Context(), now.Form(key), 10)
		if err != nil || len(list) != versions {
			t.Errorf("%s: %v, %s", key, err, show(list))
		}
	}
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
