package record_test

import (
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
)

// TestTheListDecidesTheOrderOfRows: also where the field that keeps it is
// required, and whatever a row says of it.
func TestTheListDecidesTheOrderOfRows(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "bill", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}},
		form.NewForm{Key: "line", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "place", Kind: "INTEGER", Required: true},
			{Key: "bill", Kind: "REFERENCE", Required: true, Settings: form.SettingsInput{To: ptr("bill"), Inverse: ptr("lines"), OnDelete: ptr("CASCADE")}}}})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "bill", "lines", form.FieldUpdate{Settings: &form.SettingsInput{Rows: ptr(true), OrderBy: ptr("place")}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := record.Parse(cat.Form("bill"), map[string]any{"name": "b", "lines": []any{map[string]any{"name": "first"}, map[string]any{"name": "second", "place": nil}}}, query.Generic, true)
	if err != nil {
		t.Fatal(err)
	}
	err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		_, err := record.Create(t.Context(), c, record.Call{By: o.Owner, Now: time.Now()}, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := o.DB.Control.Select(&names, `SELECT name FROM org_acme.line ORDER BY place`); err != nil {
		t.Fatal(err)
	}
	if len(names) != 2 || names[0] != "first" || names[1] != "second" {
		t.Errorf("rows are %q", names)
	}
}
