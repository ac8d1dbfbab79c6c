package sqlgen_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// heavy makes a form whose fields are as large as a definition may be: four of
// nearly as many parts as an expression has, and others made of all four.
func heavy(t *testing.T, w *world, n int) []sqlgen.Column {
	t.Helper()
	f := form.NewForm{Key: "heavy", Fields: []form.NewField{{Key: "size", Kind: "INTEGER"}}}
	add := func(key, text string) {
		f.Fields = append(f.Fields, form.NewField{Key: key, Kind: "FORMULA", Settings: form.SettingsInput{Expression: &text}})
	}
	for i := range 4 {
		var b strings.Builder
		fmt.Fprintf(&b, "size")
		for j := range 247 {
			fmt.Fprintf(&b, " + %d", 1000*i+j)
		}
		add(fmt.Sprintf("h%d", i), b.String())
	}
	for i := range n - 4 {
		add(fmt.Sprintf("all%d", i), fmt.Sprintf("h0 + h1 + h2 + h3 + %d", 10_000+i))
	}
	if _, err := w.Forms.CreateForms(t.Context(), w.Owner, nil, f); err != nil {
		t.Fatal(err)
	}
	w.cat = w.Catalog(t)
	made := w.cat.Form("heavy")
	for _, x := range made.Fields {
		if x.Broken != "" {
			t.Fatalf("%s is broken: %s", x.Key, x.Broken)
		}
	}
	w.Insert(t, made, map[string]string{"size": "1"})
	cols := columns(made, "id")
	for i := range n - 4 {
		cols = append(cols, sqlgen.Column{Field: made.Field(fmt.Sprintf("all%d", i))})
	}
	return append(cols, columns(made, "h0", "h1", "h2", "h3")...)
}

// TestTheLargestFields: what definitions allow, PostgreSQL answers.
func TestTheLargestFields(t *testing.T) {
	w := newWorld(t)
	cols := heavy(t, w, 200)
	f := w.cat.Form("heavy")
	v := "1"
	for _, n := range []int{1, 20, 200} {
		l := query.List{Form: f, Order: []query.Order{{Field: cols[1].Field}}, Cursor: &query.Cursor{Values: []*string{&v}, ID: 0},
			Filter: query.Cmp{Field: cols[1].Field, Op: "gt", Args: []string{"0"}}}
		start := time.Now()
		s := page(sqlgen.Env{}.List(l, cols[:n+1], 10))
		built := time.Since(start)
		start = time.Now()
		if w.run(t, s) != 1 {
			t.Error("the record is not found")
		}
		t.Logf("%d fields: %d bytes, %d parameters, written in %v, answered in %v", n, len(s.SQL), len(s.Args), built, time.Since(start))
	}
}
