package e2e_test

import (
	"strings"
	"testing"

	"fieldwork/internal/pg/pgtest"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// The schema of an organisation that has just been made, as text. A change of it
// is a change of the contract.
func TestStandardSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, text := w.sdl(t, w.tokens["vera"])
	pgtest.Golden(t, "standard.graphql", text)
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "acme", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	for name, def := range s.Types {
		if strings.HasPrefix(name, "__") || def.BuiltIn {
			continue
		}
		if n := strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"); n != "" {
			t.Errorf("type %s", name)
		}
	}
	// Introspection tells the same: every type with its fields and descriptions.
	a := w.ask(t, "vera", `{ __schema { queryType { name } mutationType { name } subscriptionType { name }
		types { name kind description fields(includeDeprecated: true) { name description type { name kind ofType { name kind ofType { name kind ofType { name } } } } args { name defaultValue } } inputFields { name } enumValues { name description } interfaces { name } possibleTypes { name } } } }`, nil)
	seen := map[string]map[string]any{}
	for _, v := range a.at("__schema", "types").([]any) {
		m := v.(map[string]any)
		seen[m["name"].(string)] = m
	}
	for name, def := range s.Types {
		m := seen[name]
		if m == nil {
			if !def.BuiltIn && !strings.HasPrefix(name, "__") {
				t.Errorf("introspection has no type %s", name)
			}
			continue
		}
		if text, _ := m["description"].(string); text != def.Description && !def.BuiltIn {
			t.Errorf("%s is described as %q, want %q", name, text, def.Description)
		}
		fields, _ := m["fields"].([]any)
		count := 0
		for _, f := range def.Fields {
			if def.Kind == ast.Object && !strings.HasPrefix(f.Name, "__") {
				count++
			}
		}
		if def.Kind == ast.Object && len(fields) != count && !strings.HasPrefix(name, "__") {
			t.Errorf("%s has %d fields, want %d", name, len(fields), count)
		}
	}
	for name, m := range seen {
		possible, _ := m["possibleTypes"].([]any)
		for _, p := range possible {
			if of := p.(map[string]any)["name"].(string); s.Types[of].Kind != ast.Object {
				t.Errorf("%s may be a %s, which is no type of objects", name, of)
			}
		}
	}
	customer := a.at("__schema", "types")
	for _, v := range customer.([]any) {
		m := v.(map[string]any)
		if m["name"] != "Customer" {
			continue
		}
		for _, f := range m["fields"].([]any) {
			f := f.(map[string]any)
			if f["name"] == "annualRevenue" && (f["description"] != "Annual revenue" || f["type"].(map[string]any)["name"] != "Decimal") {
				t.Errorf("annualRevenue: %v", f)
			}
		}
	}
}

// Labels hold any text: the schema still parses and tells them as they are
// (SEC-26).
func TestLabelsOfAllKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	texts := []string{`say "x"`, `back\slash`, `*/ -- ; drop`, `"""`, "two\nlines\r\nthree", "tab\tand \x01\x1f\x7f", "<script>alert(1)</script> &amp;", "😀 客户 \u2028 \u200f \ufeff", "#{x} ${y} %s {{7*7}}", `\u0041`, "", " "}
	const add = `mutation($k: String!, $t: String!) { addField(input: {form: "customer", key: $k, kind: CHOICE, label: $t, help: [{language: "en", text: $t}], section: $t, settings: {options: [{key: "a", label: $t, colour: $t}]}}) { field { label help labels { text } settings { options { label } } } } }`
	for i, text := range texts {
		key := "label" + string(rune('a'+i))
		a := w.ask(t, "mei", add, vars{"k": key, "t": text})
		if text == "" {
			continue
		}
		if a.at("addField", "field", "label") != text || a.at("addField", "field", "help") != text || a.at("addField", "field", "settings", "options", 0, "label") != text {
			t.Errorf("%q is told as %s", text, a.raw)
		}
		a = w.ask(t, "vera", `{ __type(name: "Customer") { fields { name description } } e: __type(name: "CustomerLabel`+string(rune('a'+i))+`") { enumValues { description } } }`, nil)
		found := false
		for _, f := range a.at("__type", "fields").([]any) {
			f := f.(map[string]any)
			found = found || f["name"] == key && f["description"] == text
		}
		if !found || a.at("e", "enumValues", 0, "description") != text {
			t.Errorf("%q is described as %s", text, clip(a.raw))
		}
	}
	_, text := w.sdl(t, w.tokens["vera"])
	if _, err := gqlparser.LoadSchema(&ast.Source{Name: "acme", Input: text}); err != nil {
		t.Error(err)
	}
	for text, code := range map[string]string{"nul \x00": "INVALID", strings.Repeat("x", 10_000): "INVALID", strings.Repeat("客", 200): "", strings.Repeat("客", 201): "INVALID"} {
		if a := w.try(t, "mei", `mutation($t: String!) { updateField(input: {form: "customer", key: "name", label: $t}) { field { key } } }`, vars{"t": text}); a.code() != code {
			t.Errorf("a label of %d bytes: %q, want %q: %s", len(text), a.code(), code, a.raw)
		}
	}
	a := w.ask(t, "vera", `{ customers { nodes { labela } } }`, nil)
	_ = a
}
