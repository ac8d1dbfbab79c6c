package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"fieldwork/internal/form"
)

// No selection meets a limit of PostgreSQL, however wide or deep it is: 300 stored
// and 199 computed fields, as many of them under as long aliases as may be, and
// twelve levels of records below one; in one trip where the answer is small, level
// by level where it may be large.
func TestWideAndDeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	makeWide(t, w)
	ref := newReference(t, readRows(t, w.acme), w.published(t))

	var everything strings.Builder
	aliases := 0
	for i, x := range ref.cat.Form("wide").Own() {
		switch {
		case x.Target != nil:
			continue
		case aliases < 300 && i%3 < 2: // what the gate lets through, each longer than a name of PostgreSQL
			aliases++
			fmt.Fprintf(&everything, "%s: ", "a"+strconv.Itoa(i)+strings.Repeat("_", 190))
		}
		everything.WriteString(x.Name + " ")
		if x.KindName() == "ADDRESS" {
			everything.WriteString("{ city street } ")
		}
	}
	if aliases != 300 {
		t.Fatalf("%d aliases", aliases)
	}
	wide := "fragment F on Wide { id title " + everything.String() + "}"
	deep := func(first, depth int) string { // through a list and a reference, six times
		text := "n"
		for range depth {
			text = fmt.Sprintf("id kids(first: %d) { nodes { id parent { %s } } }", first, text)
		}
		return "wide(id: \"wide_1\") { " + text + " }"
	}
	for name, query := range map[string]string{
		"a record":                  `{ wide(id: "wide_14") { ...F parent { ...F parent { ...F } } kids(first: 2) { totalCount edges { cursor node { ...F } } pageInfo { endCursor hasNextPage } } } } ` + wide,
		"a page":                    `{ wides(first: 200, orderBy: {field: N, direction: DESC}) { nodes { ...F parent { ...F } } pageInfo { endCursor } } } ` + wide,
		"a page of pages":           `{ wides(last: 7) { nodes { ...F kids(first: 5) { nodes { ...F } } } } } ` + wide,
		"the generic face":          `{ records(form: "wide", first: 3) { nodes { ...F } } node(id: "wide_1") { ...F } } ` + wide,
		"twelve levels":             "{ " + deep(1, 6) + " }",
		"twelve levels, many":       "{ " + deep(3, 6) + " }",
		"twelve levels, references": "{ wide(id: \"wide_14\") { " + strings.Repeat("n parent { ", 12) + "id" + strings.Repeat(" }", 12) + " } }",
	} {
		t.Run(name, func(t *testing.T) {
			var total counts
			newComparison(t, w, ref, &total).send(request{text: query, refText: query, vars: vars{}})
			if total.good.Load() != 1 {
				t.Error("there is no answer to compare")
			}
		})
	}
}

// makeWide makes a form of 300 stored fields and 199 computed ones, with records
// of which fourteen are a chain.
func makeWide(t *testing.T, w *world) {
	t.Helper()
	kinds := []string{"TEXT", "INTEGER", "DECIMAL", "DATE", "BOOLEAN", "DATETIME", "LONG_TEXT", "JSON", "ADDRESS", "DURATION"}
	to, inverse, expression := "wide", "kids", "n * 2 + 1"
	f := form.NewForm{Key: "wide", Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "INTEGER"},
		{Key: "parent", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: &inverse}}}}
	for i := range 297 {
		f.Fields = append(f.Fields, form.NewField{Key: "f" + strconv.Itoa(i), Kind: kinds[i%len(kinds)]})
	}
	for i := range 199 { // with the children, as many fields as a form may have
		f.Fields = append(f.Fields, form.NewField{Key: "c" + strconv.Itoa(i), Kind: "FORMULA", Settings: form.SettingsInput{Expression: &expression}})
	}
	if _, err := w.acme.Forms.CreateForms(t.Context(), w.acme.Owner, nil, f); err != nil {
		t.Fatal(err)
	}
	made, rnd := w.acme.Catalog(t).Form("wide"), rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		values := map[string]string{}
		for _, x := range made.Own() {
			if v, ok := randomValue(x, nil, rnd); ok && (x.Key == "n" || rnd.IntN(9) > 0) {
				values[x.Key] = v
			}
		}
		switch {
		case i == 0:
		case i < 14:
			values["parent"] = strconv.Itoa(i)
		default:
			values["parent"] = strconv.Itoa(1 + rnd.IntN(14))
		}
		w.acme.Insert(t, made, values)
	}
}
