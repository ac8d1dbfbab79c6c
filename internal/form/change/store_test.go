package change_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestFormThatIsRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	before := o.Catalog(t).Version
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "visit", Fields: []form.NewField{
		{Key: "place", Kind: "TEXT"}, {Key: "place", Kind: "TEXT"}, {Key: "Bad", Kind: "NOPE"}, {Key: "to", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("nowhere")}},
	}})
	if fault.KindOf(err) != fault.Conflict {
		t.Fatalf("err = %v, want CONFLICT for the key that is there twice first", err)
	}
	cat := o.Catalog(t)
	if cat.Form("visit") != nil || cat.Version != before {
		t.Error("nothing may be left of it")
	}
	formtest.Clean(t, o)
}

func TestChangeRefusesAnotherVersion(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	seen := o.Catalog(t).Version
	if _, err := o.Forms.AddField(t.Context(), o.Owner, &seen, "task", form.NewField{Key: "colour", Kind: "TEXT"}); err != nil {
		t.Fatal(err)
	}
	_, err := o.Forms.ArchiveField(t.Context(), o.Owner, &seen, "task", "result")
	f, ok := err.(*fault.Fault)
	if !ok || f.Kind != fault.Conflict || f.Details["version"] != seen+1 {
		t.Fatalf("err = %#v, want CONFLICT with the current version", err)
	}
	changes := f.Details["changes"].([]map[string]string)
	if len(changes) != 1 || changes[0]["field"] != "colour" {
		t.Errorf("changes = %v, want what was done since", changes)
	}
}

func TestKeysThatWouldClashAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "visit_plan", Fields: []form.NewField{{Key: "a", Kind: "TEXT"}, {Key: "tier", Kind: "CHOICE",
		Settings: form.SettingsInput{Options: []form.NewOption{{Key: "x"}}}}}}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", "A", "a b", `a"b`, "1a", "_a", "a_", "a__b", "名", "a;drop", "query", "mutation", "form", "forms", "record", "node", "page_info", "member",
		"customer", "customers", "customer_filter", "customer_tier", "create_customer_input", "create_customers_input", "update_customers_row", "customers_payload", "upsert_records_input", "visit_plan_tier", "string", "int", "organisation",
		"a23456789012345678901234567890123456789012"} {
		if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: key}); err == nil {
			t.Errorf("form key %q was taken", key)
		} else if k := fault.KindOf(err); k != fault.Invalid && k != fault.Conflict {
			t.Errorf("form key %q: %v", key, err)
		}
	}
	for _, key := range []string{"", "id", "version", "form", "values", "history", "and", "or", "not", "is_null", "created_at", "archived_at", "idempotency_key", "ctid", "xmin", "tableoid", "name",
		"annual_Revenue", "__typename", "title", `x"; drop table customer; --`, "$1", "%s", "na\u200bme"} {
		if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "customer", form.NewField{Key: key, Kind: "TEXT"}); err == nil {
			t.Errorf("field key %q was taken", key)
		}
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "customer", form.NewField{Key: "ab_c1", Kind: "TEXT"}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "customer", form.NewField{Key: "ab_c_1", Kind: "TEXT"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("err = %v: ab_c1 and ab_c_1 are both abC1", err)
	}
	for _, key := range []string{"true", "false", "null", "A", "a-b"} {
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "customer", form.NewField{Key: "opt", Kind: "CHOICE", Settings: form.SettingsInput{Options: []form.NewOption{{Key: key}}}})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("option key %q: %v", key, err)
		}
	}
	formtest.Clean(t, o)
}

// TestRandomChangesKeepDefinitionsAndTablesTogether changes definitions from
// several members at once and compares with PostgreSQL's catalogs at the end.
func TestRandomChangesKeepDefinitionsAndTablesTogether(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	kinds := []string{"TEXT", "LONG_TEXT", "INTEGER", "DECIMAL", "BOOLEAN", "DATE", "DATETIME", "CHOICE", "MEMBER", "REFERENCE"}
	var wg sync.WaitGroup
	for worker := range 3 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(worker)))
			for i := range 25 {
				key := fmt.Sprintf("f%d", rnd.IntN(12))
				kind := kinds[rnd.IntN(len(kinds))]
				n := form.NewField{Key: key, Kind: kind, Required: rnd.IntN(3) == 0, Indexed: kind != "LONG_TEXT" && rnd.IntN(3) == 0, Unique: kind != "LONG_TEXT" && rnd.IntN(5) == 0}
				switch kind {
				case "CHOICE":
					n.Settings.Options = []form.NewOption{{Key: "a"}, {Key: "b"}}
				case "REFERENCE":
					n.Settings.To, n.Settings.Inverse = new("customer"), new(fmt.Sprintf("inv%d", rnd.IntN(20)))
				}
				var err error
				yes := rnd.IntN(2) == 0
				switch rnd.IntN(6) {
				case 0, 1:
					_, err = o.Forms.AddField(t.Context(), o.Owner, nil, "task", n)
				case 2:
					_, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, "task", key)
				case 3:
					_, err = o.Forms.RestoreField(t.Context(), o.Owner, nil, "task", key)
				case 4:
					_, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "task", key, form.FieldUpdate{Required: &yes, Unique: &yes, Indexed: &yes})
				case 5:
					_, err = o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: fmt.Sprintf("g%dx%d", worker, i), Fields: []form.NewField{n}})
				}
				if k := fault.KindOf(err); err != nil && k == fault.Internal {
					t.Errorf("%v", err)
				}
			}
		})
	}
	wg.Wait()
	formtest.Clean(t, o)
}

func TestDamagedDefinitionDisablesItsFieldOnly(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	if _, err := o.DB.Control.Exec(`UPDATE fieldwork.field SET kind = 'GONE' WHERE org_id = $1 AND key = 'region'`, o.Org.ID); err != nil {
		t.Fatal(err)
	}
	cat := o.Catalog(t)
	if x := cat.Form("customer").Field("region"); x != nil {
		t.Error("the damaged field must not be usable")
	}
	if cat.Form("customer").Field("name") == nil {
		t.Error("other fields must stay usable")
	}
	problems, err := check.Run(t.Context(), o.DB, o.Org.ID)
	if err != nil || len(problems) == 0 {
		t.Errorf("check finds %v, %v; it must name the damaged field", problems, err)
	}
}

func TestFormTakes300StoredFields(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	n := form.NewForm{Key: "wide"}
	for i := range form.MaxStoredFields {
		n.Fields = append(n.Fields, form.NewField{Key: fmt.Sprintf("f%d", i), Kind: "TEXT"})
	}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, n); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "wide", form.NewField{Key: "more", Kind: "TEXT"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("err = %v, want INVALID for the 301st", err)
	}
}

// TestFieldsOfAFormMayNameLaterOnes: what a setting names may stand further down
// in the list; what stands nowhere is refused at the field that names it.
func TestFieldsOfAFormMayNameLaterOnes(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	visit := func(key, filled string) form.NewForm {
		return form.NewForm{Key: key, Fields: []form.NewField{
			{Key: "double", Kind: "FORMULA", Settings: form.SettingsInput{Expression: new("price * 2")}},
			{Key: "customer", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("customer"), Fill: &[]kind.Fill{{From: "name", To: filled}}}},
			{Key: "price", Kind: "INTEGER"},
			{Key: "customer_name", Kind: "TEXT"},
		}}
	}
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, visit("visit", "customer_name"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(cat.Form("visit").Fields); n != 4 {
		t.Errorf("the form has %d fields, want 4", n)
	}
	_, err = o.Forms.CreateForms(t.Context(), o.Owner, nil, visit("trip", "nowhere"))
	list, ok := err.(fault.List)
	if !ok || len(list) != 1 || fmt.Sprint(list[0].Path) != "[fields 1 settings fill 0]" {
		t.Errorf("err = %v (%#v), want one fault, at the field that fills nowhere", err, list)
	}
	formtest.Clean(t, o)
}
