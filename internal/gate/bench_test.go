package gate

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// BenchmarkValidate measures, for the largest accepted document of each
// dimension, the pass of this package, gqlparser's own validation to the end
// and Validate, which stops at 20 errors.
func BenchmarkValidate(b *testing.B) {
	schema := testSchema()
	for _, dim := range dimensions {
		text, n := largest(b, dim.doc)
		b.Run(dim.name, func(b *testing.B) {
			pass, whole, ours := time.Hour, time.Hour, time.Hour // the fastest: the machine may be busy
			var errs int
			for b.Loop() {
				start := time.Now()
				doc, list := DefaultLimits.Parse(text)
				pass = min(pass, time.Since(start))
				if list != nil {
					b.Fatal(list)
				}
				start = time.Now()
				errs = len(validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()))
				whole = min(whole, time.Since(start))
				start = time.Now()
				Validate(schema, doc, nil, 0)
				ours = min(ours, time.Since(start))
			}
			ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(n), "size")
			b.ReportMetric(float64(errs), "errors")
			b.ReportMetric(ms(pass), "parse-ms")
			b.ReportMetric(ms(whole), "gqlparser-ms")
			b.ReportMetric(ms(ours), "validate-ms")
		})
	}
}

// bulk is the body of a bulk write of 2,000 records.
func bulk() []byte {
	row := map[string]any{"name": "Example Steel 例", "level": "STRATEGIC", "annualRevenue": json.Number("1200000.50"),
		"tags": []any{"a", "b"}, "active": true, "note": "first line\nsecond \"line\"", "owner": nil}
	rows := make([]any, 2000)
	for i := range rows {
		rows[i] = row
	}
	b, err := json.Marshal(map[string]any{"query": "mutation($rows:[Row!]!){createCustomers(input:$rows){count}}", "variables": map[string]any{"rows": rows}})
	if err != nil {
		panic(err)
	}
	return b
}

func BenchmarkDecodeJSON(b *testing.B) {
	small := []byte(`{"query":"query($id: ID!) { customer(id: $id) { id name level } }","variables":{"id":"customer_12"},"operationName":null}`)
	for name, body := range map[string][]byte{"small query": small, "bulk write": bulk()} {
		b.Run(name+"/gate", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeJSON(body); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/encoding_json", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				d := json.NewDecoder(bytes.NewReader(body))
				d.UseNumber()
				if err := d.Decode(&v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
