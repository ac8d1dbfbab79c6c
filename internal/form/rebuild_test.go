package form_test

import (
	"os"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// A table counts its columns for ever. Fields are converted many times (2,000
// with FIELDWORK_LONG), between
// kinds of one column, of several types, and of a column and a link table, and
// the form still takes records and fields.
func TestTwoThousandConversions(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	to := "customer"
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Unique: true}, {Key: "n", Kind: "INTEGER", Indexed: true, Required: true},
		{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: text("things")}}}},
		form.NewForm{Key: "part", Fields: []form.NewField{{Key: "thing", Kind: "REFERENCE", Settings: form.SettingsInput{To: text("thing")}}, {Key: "others", Kind: "REFERENCES", Settings: form.SettingsInput{To: text("thing")}}}})
	cat = mustChange(t, cat, err)
	o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha'), ('Beta')`)
	o.Insert(t, cat.Form("thing"), map[string]string{"name": "a", "n": "1", "ref": "2"}, map[string]string{"name": "b", "n": "2"}, map[string]string{"name": "c", "n": "3", "ref": "1"})
	o.Insert(t, cat.Form("part"), map[string]string{"thing": "3"})
	// As if there had been many before.
	o.DB.Control.MustExec(`DO $$ BEGIN FOR i IN 1..1100 LOOP ALTER TABLE org_acme.thing ADD COLUMN gone__ int; ALTER TABLE org_acme.thing DROP COLUMN gone__; END LOOP; END $$`)
	rounds := 400
	if os.Getenv("FIELDWORK_LONG") != "" {
		rounds = 2000
	}
	kinds := []string{"TEXT", "DECIMAL", "LONG_TEXT", "INTEGER"}
	var numbers int
	most := 0
	for i := range rounds {
		key, k := "n", kinds[i%4]
		if i%4 == 3 || i > rounds/4 { // three of four use a number, later on
			key, k = "ref", []string{"REFERENCES", "REFERENCE"}[i%2]
			if i%2 == 0 && cat.Form("thing").Field("ref").Kind.Name() == "REFERENCES" || i%2 == 1 && cat.Form("thing").Field("ref").Kind.Name() == "REFERENCE" {
				continue
			}
		}
		now, err := o.Forms.ConvertField(t.Context(), o.Owner, nil, "thing", key, form.Conversion{Kind: k})
		cat = mustChange(t, now, err)
		if i%20 == 19 {
			clean(t, o)
			if err := o.DB.Control.Get(&numbers, `SELECT max(attnum) FROM pg_attribute WHERE attrelid = 'org_acme.thing'::regclass`); err != nil {
				t.Fatal(err)
			}
			most = max(most, numbers)
		}
	}
	if most < 1000 || numbers > 700 {
		t.Errorf("columns are numbered up to %d, at most %d: the table was never made anew", numbers, most)
	}
	t.Logf("columns are numbered up to %d, at most %d", numbers, most)
	clean(t, o)
	cat = o.Catalog(t)
	if got := values(t, o, cat.Form("thing").Field("name")); got != "a b c" {
		t.Errorf("names are %s", got)
	}
	if got := values(t, o, cat.Form("thing").Field("ref")); got != "2 - 1" && got != "{2} - {1}" {
		t.Errorf("references are %s", got)
	}
	if id := o.Insert(t, cat.Form("thing"), map[string]string{"name": "d", "n": "4"}); id[0] != 4 {
		t.Errorf("the next record has number %d", id[0])
	}
	if _, err := o.DB.Control.Exec(`DELETE FROM org_acme.thing WHERE id = 3`); err == nil {
		t.Error("the foreign key of another form is gone")
	}
	clean(t, o)
}

// What a rebuilt table has is what it had.
func TestRebuiltTable(t *testing.T) {
	t.Parallel()
	o := orgtest.EveryKind(t)
	cat := o.Catalog(t)
	for _, key := range []string{"site", "thing", "gauge", "member"} {
		if err := o.Forms.Rebuild(t.Context(), o.Owner, key); err != nil {
			t.Fatal(key, err)
		}
		clean(t, o)
	}
	ids := o.Insert(t, cat.Form("thing"), map[string]string{"name": "x", "serial": "1"})
	if len(ids) != 1 || ids[0] != 1 {
		t.Errorf("ids %v", ids)
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "thing", form.NewField{Key: "more", Kind: "MEMBER"}); err != nil {
		t.Error(err)
	}
	clean(t, o)
}
