// Package typed is an organisation's own GraphQL schema, made executable.
//
// From a catalog package sdl says what the schema is. A Schema answers operations on the
// whole of it: shaped root fields, which packages read, write and customer answer by means
// of package shaped, are all prepared and costed before the first runs, and written
// straight to JSON; every other root field is handed to gqlgen's generated code. The two
// mix in one operation, in the order asked for. Fixed types may hold records (package
// late), and records may hold fixed types (Door in graph/generated).
//
// A Router picks, for each operation, the executor of the caller's organisation
// at its current version from a bounded cache. It holds the gate: limits come
// before parsing, parsing before validation, cost before SQL.
//
// It does not know HTTP, and it holds no SQL. What single root fields do it does not know.
package typed

import (
	"context"
	"fmt"
	"time"

	"fieldwork/graph/generated"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/typed/customer"
	"fieldwork/internal/typed/read"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/typed/write"

	"github.com/vektah/gqlparser/v2/ast"
)

// Schema is one organisation's executable schema at one version. It is
// immutable and safe for concurrent use.
type Schema struct {
	Catalog *form.Catalog
	Weight  int // bytes of SDL, which its memory grows with

	known shaped.Schema
	roots shaped.Roots // answered here
}

// New builds the schema of a catalog. resolvers answer its fixed part.
func New(cat *form.Catalog, db *pg.DB, resolvers generated.ResolverRoot, now time.Time) (*Schema, error) {
	text := sdl.Print(cat, now)
	doc, err := sdl.Load(text)
	if err != nil {
		return nil, fmt.Errorf("schema of organisation %s: %w", cat.OrgKey, err)
	}
	fixed := generated.NewExecutableSchema(generated.Config{Schema: doc, Resolvers: resolvers})
	s := &Schema{Catalog: cat, Weight: len(text), known: shaped.Schema{Catalog: cat, DB: db, Doc: doc, Fixed: fixed}, roots: shaped.Roots{}}
	read.Add(s.roots, cat)
	write.Add(s.roots, cat)
	customer.Add(s.roots, cat)
	return s, nil
}

// Schema is the joined schema.
func (s *Schema) Schema() *ast.Schema { return s.known.Doc }

// Complexity is not used: cost is counted in records, by package plan.
func (s *Schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// operationRoot names the root type of an operation.
func operationRoot(op ast.Operation) string {
	if op == ast.Mutation {
		return "Mutation"
	}
	return "Query"
}
