package sqlgen_test

import (
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/query/sqlgen"
)

// TestDuplicatesUseTheirIndexes: among 20,000 records, of which many share a value,
// duplicates are found by the index of each field and nothing is sorted.
func TestDuplicatesUseTheirIndexes(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Forms.AddField(t.Context(), w.Owner, nil, "customer", form.NewField{Key: "phone", Kind: "PHONE"}); err != nil {
		t.Fatal(err)
	}
	w.cat = w.Catalog(t)
	w.DB.Control.MustExecContext(t.Context(), `INSERT INTO org_acme.customer (name, tax_number, phone, code)
		SELECT '示例客户' || i || '有限公司', CASE WHEN i % 2 = 0 THEN 'X ' || i END, '+86138' || lpad((i % 2 * i)::text, 8, '0'), i FROM generate_series(1, 20000) i;
		ANALYZE org_acme.customer`)
	f := w.cat.Form("customer")
	values := []sqlgen.Same{{Field: f.Field("name"), Value: "示例客户 1,234"}, {Field: f.Field("tax_number"), Value: "x1234"}, {Field: f.Field("phone"), Value: "+8613800000000"}}
	s := sqlgen.Duplicates(values, 7, 200)
	if n := w.run(t, s); n != 202 {
		t.Errorf("found %d, want one by name, one by tax number, and 200 of the 10,000 with one telephone number", n)
	}
	plan := w.explain(t, s)
	for _, v := range values {
		if !strings.Contains(plan, "Index Scan Backward using "+v.Field.DuplicateIndex()) {
			t.Errorf("%s is not found by its index", v.Field.Key)
		}
	}
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") {
		t.Error("records are read that do not agree")
	}
	if t.Failed() {
		t.Log(s.SQL + "\n" + plan)
	}
}
