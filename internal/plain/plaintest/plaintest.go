// Package plaintest compares types that package plain writes with the schema.
package plaintest

import (
	"maps"
	"slices"
	"testing"

	"fieldwork/internal/plain"

	"github.com/vektah/gqlparser/v2/ast"
)

// Check fails when a type is not written with exactly the fields that its definition has,
// and more.
func Check[T any](t *testing.T, find func(string) *ast.Definition, typ plain.Type[T], more ...string) {
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
