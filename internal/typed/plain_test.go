package typed

import (
	"maps"
	"slices"
	"testing"

	"fieldwork/internal/plain"
	"fieldwork/schema"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestPlainTypesHaveEveryField compares what is written by hand with the schema. What
// only the organisation's part adds is the records.
func TestPlainTypesHaveEveryField(t *testing.T) {
	doc, err := parser.ParseSchemas(schema.Fixed()...)
	if err != nil {
		t.Fatal(err)
	}
	check(t, doc.Definitions.ForName, rowType, "customer")
	check(t, doc.Definitions.ForName, cellType)
	check(t, doc.Definitions.ForName, cellMemberType)
	check(t, doc.Definitions.ForName, tasksType)
	check(t, doc.Definitions.ForName, gapType, "customer")
	check(t, doc.Definitions.ForName, overlapType, "customer")
	check(t, doc.Definitions.ForName, staleType, "customer")
	check(t, doc.Definitions.ForName, workloadType)
	check(t, doc.Definitions.ForName, byLevelType)
	check(t, doc.Definitions.ForName, scoreType)
	check(t, doc.Definitions.ForName, partType)

	meta, err := parser.ParseSchema(validator.Prelude)
	if err != nil {
		t.Fatal(err)
	}
	check(t, meta.Definitions.ForName, schemaType)
	check(t, meta.Definitions.ForName, typeType)
	check(t, meta.Definitions.ForName, fieldType)
	check(t, meta.Definitions.ForName, inputValueType)
	check(t, meta.Definitions.ForName, enumValueType)
	check(t, meta.Definitions.ForName, directiveType)
}

func check[T any](t *testing.T, find func(string) *ast.Definition, typ plain.Type[T], more ...string) {
	t.Helper()
	def := find(typ.Name)
	if def == nil {
		t.Fatalf("the schema has no %s", typ.Name)
	}
	want := more
	for _, f := range def.Fields {
		want = append(want, f.Name)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(typ.Fields)); !slices.Equal(got, want) {
		t.Errorf("%s has the fields %q, and is written with %q", typ.Name, want, got)
	}
}
