package change_test

import (
	"os"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
)

// A table counts its columns for ever, up to 1,600. One field is converted again
// and again (2,000 times with FIELDWORK_LONG, which takes 40 seconds), between a
// column and a table of links: the one conversion that takes a new number. The
// table has had 1,500 columns before, so that it would need some 1,660, or 2,500,
// if it were not made anew. What stays a column keeps its number.
func TestTwoThousandConversionsOfOneField(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	to := "customer"
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Unique: true}, {Key: "n", Kind: "INTEGER", Indexed: true, Required: true}, {Key: "mood", Kind: "TEXT"},
		{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: new("things")}}}},
		form.NewForm{Key: "part", Fields: []form.NewField{{Key: "thing", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("thing")}}, {Key: "others", Kind: "REFERENCES", Settings: form.SettingsInput{To: new("thing")}}}})
	cat = formtest.Must(t, cat, err)
	o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha'), ('Beta')`)
	o.Insert(t, cat.Form("thing"), map[string]string{"name": "a", "n": "1", "mood": "good", "ref": "2"}, map[string]string{"name": "b", "n": "2"}, map[string]string{"name": "c", "n": "3", "mood": "bad", "ref": "1"})
	o.Insert(t, cat.Form("part"), map[string]string{"thing": "3"})
	o.DB.Control.MustExec(`DO $$ BEGIN FOR i IN 1..1500 LOOP ALTER TABLE org_acme.thing ADD COLUMN gone__ int; ALTER TABLE org_acme.thing DROP COLUMN gone__; END LOOP; END $$`)
	convert := func(key, kind string) {
		t.Helper()
		now, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", key, conversion.Input{Kind: kind})
		if cat = formtest.Must(t, now, err); cat.Form("thing").Field(key).Kind.Name() != kind {
			t.Fatalf("%s is a %s, not a %s", key, cat.Form("thing").Field(key).Kind.Name(), kind)
		}
	}
	number := func(column string) (n int) {
		t.Helper()
		if err := o.DB.Control.Get(&n, `SELECT coalesce(max(attnum), 0) FROM pg_attribute WHERE attrelid = 'org_acme.thing'::regclass AND ($1::text = '' OR attname = $1)`, column); err != nil {
			t.Fatal(err)
		}
		return n
	}
	rounds := 300
	if os.Getenv("FIELDWORK_LONG") != "" {
		rounds = 2000
	}
	used, most, anew := number(""), 0, 0
	for i := 1; i <= rounds; i++ {
		k, want := "REFERENCES", "{2} - {1}"
		if i%2 == 0 {
			k, want = "REFERENCE", "2 - 1"
		}
		convert("ref", k)
		now := number("")
		if now < used {
			anew++
		}
		used, most = now, max(most, now)
		if i%50 < 2 {
			if got := formtest.Values(t, o, cat.Form("thing").Field("ref")); got != want {
				t.Fatalf("references are %s after %d conversions, want %s", got, i, want)
			}
		}
		if i%100 == 0 {
			formtest.Clean(t, o)
		}
	}
	t.Logf("columns are numbered up to %d, at most %d; the table was made anew %d times", used, most, anew)
	if anew != 1 || used > 1200 || most < 1500 {
		t.Errorf("want it made anew once, and numbers to be low again")
	}
	for key, kinds := range map[string][]string{
		"n":    {"TEXT", "DECIMAL", "LONG_TEXT", "INTEGER", "PERCENT", "TEXT", "INTEGER"},
		"mood": {"CHOICE", "MULTI_CHOICE", "CHOICE", "LONG_TEXT", "TEXT"},
	} {
		at := number(key)
		for _, k := range kinds {
			convert(key, k)
			if got := number(key); got != at {
				t.Errorf("column %s has number %d as %s, had %d", key, got, k, at)
			}
		}
	}
	for key, want := range map[string]string{"name": "a b c", "n": "1 2 3", "mood": "good - bad"} {
		if got := formtest.Values(t, o, cat.Form("thing").Field(key)); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if id := o.Insert(t, cat.Form("thing"), map[string]string{"name": "d", "n": "4"}); id[0] != 4 {
		t.Errorf("the next record has number %d", id[0])
	}
	if _, err := o.DB.Control.Exec(`DELETE FROM org_acme.thing WHERE id = 3`); err == nil {
		t.Error("the foreign key of another form is gone")
	}
	formtest.Clean(t, o)
}

// What a rebuilt table has is what it had.
func TestRebuiltTable(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	cat := o.Catalog(t)
	for _, key := range []string{"site", "thing", "gauge", "member"} {
		if err := formtest.Rebuild(t.Context(), o, key); err != nil {
			t.Fatal(key, err)
		}
		formtest.Clean(t, o)
	}
	ids := o.Insert(t, cat.Form("thing"), map[string]string{"name": "x", "serial": "1"})
	if len(ids) != 1 || ids[0] != 1 {
		t.Errorf("ids %v", ids)
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "thing", form.NewField{Key: "more", Kind: "MEMBER"}); err != nil {
		t.Error(err)
	}
	formtest.Clean(t, o)
}
