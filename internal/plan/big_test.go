package plan_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	write "fieldwork/internal/record"
)

// TestFiveHundredFields: a record with a value in each of 300 columns, each as
// long as it may be, is written in one row and read with 200 computed ones.
func TestFiveHundredFields(t *testing.T) {
	o := orgtest.New(t)
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, bigForm("big", 300, 200)); err != nil {
		t.Fatal(err)
	}
	cat := o.Catalog(t)
	f := cat.Form("big")
	values, items := map[string]any{}, []plan.Item{}
	for _, x := range f.Own() {
		items = append(items, value(f, x.Key))
		if v, ok := map[string]any{"TEXT": strings.Repeat("客", 500), "INTEGER": json.Number("1000"), "DECIMAL": "12345678901234567890123456.123456789012", "DATE": "2026-01-31", "BOOLEAN": true}[x.Kind.Name()]; ok {
			values[x.Key] = v
		}
	}
	if len(values) != 300 || len(items) != 500 {
		t.Fatalf("%d values, %d fields", len(values), len(items))
	}
	v, err := write.Parse(f, values, query.Generic, true)
	if err != nil {
		t.Fatal(err)
	}
	err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		id, err := write.Create(t.Context(), c, write.Call{By: o.Owner, Now: time.Now()}, v)
		if err != nil {
			return err
		}
		res, err := plan.Record(f, id, object(f, items...), plan.Env{Now: time.Now()}).Run(t.Context(), c)
		if err != nil {
			return err
		}
		var got map[string]any
		if err := json.Unmarshal(res.Append(nil), &got); err != nil {
			return err
		}
		for name, v := range got {
			if v == nil {
				t.Errorf("%s is null", name)
			}
		}
		if fmt.Sprintf("%v %v %v %v", got["f1"], got["f2"], got["c0"], got["c2"]) != "1000 12345678901234567890123456.123456789012 12345678901234567890124456.123456789012 2028-10-27" {
			t.Errorf("f1 and so on are %v %v %v %v", got["f1"], got["f2"], got["c0"], got["c2"])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
