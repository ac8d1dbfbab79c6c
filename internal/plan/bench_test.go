package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

// bench is an organisation to measure on.
type bench struct {
	*testing.B
	o   *orgtest.Org
	cat *form.Catalog
}

func (b *bench) sql(format string, args ...any) {
	b.Helper()
	if _, err := b.o.DB.Control.ExecContext(b.Context(), fmt.Sprintf(format, args...)); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) forms(forms ...form.NewForm) {
	b.Helper()
	if _, err := b.o.Forms.CreateForms(b.Context(), b.o.Owner, nil, forms...); err != nil {
		b.Fatal(err)
	}
	b.cat = b.o.Catalog(b)
}

// page measures a page with values of the given fields, plan and all.
func (b *bench) page(name string, f *form.Form, first int, keys ...string) {
	b.Run(name, func(b2 *testing.B) {
		err := b.o.DB.As(b2.Context(), b.cat.Role, func(c *pg.Conn) error {
			var out []byte
			best, building := time.Hour, time.Hour
			for b2.Loop() {
				start := time.Now()
				var items []plan.Item
				for _, k := range keys {
					items = append(items, value(f, k))
				}
				p := plan.Page(plan.List{Query: query.List{Form: f, First: first, Order: []query.Order{{Field: f.Field("name")}}}, Parts: []plan.Part{nodes(f, items...)}}, plan.Env{Now: time.Now().Truncate(24 * time.Hour), Member: 1})
				built := time.Since(start)
				res, err := p.Run(b2.Context(), c)
				if err != nil {
					return err
				}
				out = res.Append(out[:0])
				best, building = min(best, time.Since(start)), min(building, built)
			}
			ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
			b2.ReportMetric(ms(best), "best-ms")
			b2.ReportMetric(ms(building), "plan-ms")
			b2.ReportMetric(float64(len(out)), "bytes")
			return nil
		})
		if err != nil {
			b2.Fatal(err)
		}
	})
}

func newBench(b *testing.B) *bench { return &bench{B: b, o: orgtest.New(b)} }

func set[T any](v T) *T { return &v }

// BenchmarkComputed: a page of 100 of 20,000 records of a form with 24 formulas,
// 45 lookups and 15 references, and of the same form without what is computed.
func BenchmarkComputed(b *testing.B) {
	w := newBench(b)
	const targets, records = 15, 20_000
	var forms []form.NewForm
	stored := []form.NewField{{Key: "name", Kind: "TEXT", Indexed: true}, {Key: "size", Kind: "INTEGER"}, {Key: "price", Kind: "DECIMAL"}, {Key: "due", Kind: "DATE"}}
	wide := form.NewForm{Key: "wide", Title: "name", Fields: stored}
	bare := form.NewForm{Key: "bare", Title: "name", Fields: stored}
	var lookups, formulas []string
	for i := range targets {
		to := fmt.Sprintf("target%d", i)
		forms = append(forms, form.NewForm{Key: to, Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "rank", Kind: "INTEGER"}, {Key: "rate", Kind: "DECIMAL"}}})
		ref := form.NewField{Key: fmt.Sprintf("ref%d", i), Kind: "REFERENCE", Settings: form.SettingsInput{To: &to}}
		wide.Fields, bare.Fields = append(wide.Fields, ref), append(bare.Fields, ref)
		for _, k := range []string{"name", "rank", "rate"} {
			lookups = append(lookups, ref.Key+"_"+k)
			wide.Fields = append(wide.Fields, form.NewField{Key: ref.Key + "_" + k, Kind: "LOOKUP", Settings: form.SettingsInput{Via: &ref.Key, Field: set(k)}})
		}
	}
	for i := range 24 {
		key := fmt.Sprintf("formula%d", i)
		text := []string{`size * price + %[1]d`, `if(due < today(), "late", name & "-%[1]d")`, `round(ref%[2]d_rate * size / 7, 2)`, `add_days(due, size) + %[1]d`}[i%4]
		formulas = append(formulas, key)
		wide.Fields = append(wide.Fields, form.NewField{Key: key, Kind: "FORMULA", Settings: form.SettingsInput{Expression: set(fmt.Sprintf(text+strings.Repeat("%[3]s", 1), i, i%targets, ""))}})
	}
	w.forms(append(forms, wide, bare)...)
	for i := range targets {
		w.sql(`INSERT INTO %s (name, rank, rate) SELECT 'target ' || i, i, i * 1.5 FROM generate_series(1, 1000) i`, w.cat.Form(fmt.Sprintf("target%d", i)).Table())
	}
	for _, key := range []string{"wide", "bare"} {
		cols, vals := "", ""
		for i := range targets {
			cols += fmt.Sprintf(", ref%d", i)
			vals += fmt.Sprintf(", 1 + (i * %d) %% 1000", 2*i+7)
		}
		w.sql(`INSERT INTO %s (name, size, price, due%s) SELECT 'record ' || i, i, i * 0.25, date '2026-01-01' + i %% 700%s FROM generate_series(1, %d) i`, w.cat.Form(key).Table(), cols, vals, records)
	}
	w.sql("ANALYZE")
	var refs []string
	for i := range targets {
		refs = append(refs, fmt.Sprintf("ref%d", i))
	}
	keys := append([]string{"id", "name", "size", "price", "due"}, refs...)
	f := w.cat.Form("wide")
	w.page("bare/stored", w.cat.Form("bare"), 100, keys...)
	w.page("wide/stored", f, 100, keys...)
	w.page("wide/formulas", f, 100, append(keys, formulas...)...)
	w.page("wide/lookups", f, 100, append(keys, lookups...)...)
	w.page("wide/all", f, 100, append(append(keys, lookups...), formulas...)...)
}

// BenchmarkFiveHundredFields: 20 fields of a form with 300 stored and 200
// computed ones, all filled, and of a form that has no others.
func BenchmarkFiveHundredFields(b *testing.B) {
	w := newBench(b)
	big, small := bigForm("big", 300, 200), bigForm("small", 20, 0)
	w.forms(small)
	start := time.Now()
	w.forms(big)
	b.Logf("the form of 500 fields was made in %v", time.Since(start))
	for _, key := range []string{"small", "big"} {
		f := w.cat.Form(key)
		var cols, vals []string
		for _, x := range f.Own() {
			if x.Stored() {
				cols = append(cols, x.Column())
				vals = append(vals, map[string]string{"TEXT": "'text ' || i", "INTEGER": "i", "DECIMAL": "i * 0.25", "DATE": "date '2026-01-01' + i % 700", "BOOLEAN": "i % 2 = 0"}[x.Kind.Name()])
			}
		}
		w.sql("INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 20000) i", f.Table(), strings.Join(cols, ", "), strings.Join(vals, ", "))
	}
	w.sql("ANALYZE")
	var keys []string
	for i := range 19 {
		keys = append(keys, fmt.Sprintf("f%d", i+1))
	}
	keys = append(keys, "name")
	for _, n := range []int{20, 100} {
		for _, key := range []string{"small", "big"} {
			w.page(fmt.Sprintf("%s/%d", key, n), w.cat.Form(key), n, keys...)
		}
	}
	var computed []string
	for i := range 10 {
		computed = append(computed, fmt.Sprintf("c%d", i))
	}
	w.page("big/10 of 20 computed", w.cat.Form("big"), 20, append(keys[:10:10], computed...)...)
}

// bigForm has a name, which is indexed, and further fields f1, f2, ... and c0, c1, ...
func bigForm(key string, stored, computed int) form.NewForm {
	f := form.NewForm{Key: key, Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Indexed: true}}}
	kinds := []string{"TEXT", "INTEGER", "DECIMAL", "DATE", "BOOLEAN"}
	for i := 1; i < stored; i++ {
		f.Fields = append(f.Fields, form.NewField{Key: fmt.Sprintf("f%d", i), Kind: kinds[i%len(kinds)]})
	}
	for i := range computed {
		text := []string{"f1 + f2", `name & "x"`, "add_days(f3, f1)", "if(f4, f1, f6)"}[i%4]
		f.Fields = append(f.Fields, form.NewField{Key: fmt.Sprintf("c%d", i), Kind: "FORMULA", Settings: form.SettingsInput{Expression: &text}})
	}
	return f
}

// BenchmarkWays: a list of more and more parents with three lists of five children
// below each and what these refer to, by level and in one trip. It shows from which
// size on the first is faster.
func BenchmarkWays(b *testing.B) {
	w := newBench(b)
	w.forms(form.NewForm{Key: "person", Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}},
		form.NewForm{Key: "top", Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Indexed: true}, {Key: "note", Kind: "TEXT"}, {Key: "size", Kind: "INTEGER"}}})
	for i := range 3 {
		w.forms(form.NewForm{Key: fmt.Sprintf("below%d", i), Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "size", Kind: "INTEGER"},
			{Key: "top", Kind: "REFERENCE", Settings: form.SettingsInput{To: set("top"), Inverse: set(fmt.Sprintf("list%d", i))}},
			{Key: "person", Kind: "REFERENCE", Settings: form.SettingsInput{To: set("person")}}}})
	}
	w.sql(`INSERT INTO %s (name) SELECT 'person ' || i FROM generate_series(1, 200) i`, w.cat.Form("person").Table())
	w.sql(`INSERT INTO %s (name, note, size) SELECT 'top ' || i, repeat('x', 60), i FROM generate_series(1, 5000) i`, w.cat.Form("top").Table())
	for i := range 3 {
		w.sql(`INSERT INTO %s (name, size, top, person) SELECT 'below ' || i, i, 1 + i * 7919 %% 5000, 1 + i * 31 %% 200 FROM generate_series(1, 25000) i`, w.cat.Form(fmt.Sprintf("below%d", i)).Table())
	}
	w.sql("ANALYZE")
	top, person := w.cat.Form("top"), w.cat.Form("person")
	items := []plan.Item{value(top, "id"), value(top, "name"), value(top, "note"), value(top, "size")}
	for i := range 3 {
		below := w.cat.Form(fmt.Sprintf("below%d", i))
		list := plan.List{Query: query.List{Form: below, First: 5}, Parts: []plan.Part{nodes(below, value(below, "name"), value(below, "size"), referred(below, "person", value(person, "name")))}}
		items = append(items, connected(top, fmt.Sprintf("list%d", i), list))
	}
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64} {
		l := plan.List{Query: query.List{Form: top, First: n, Order: []query.Order{{Field: top.Field("name")}}}, Parts: []plan.Part{nodes(top, items...)}}
		for name, p := range map[string]*plan.Plan{"level": plan.PageByLevel(l, plan.Env{}), "trip": plan.PageInOneTrip(l, plan.Env{})} {
			b.Run(fmt.Sprintf("%d records/%s", l.Cost(), name), func(b *testing.B) {
				err := w.o.DB.As(b.Context(), w.cat.Role, func(c *pg.Conn) error {
					for b.Loop() {
						res, err := p.Run(b.Context(), c)
						if err != nil {
							return err
						}
						res.Append(nil)
						res.Free()
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
