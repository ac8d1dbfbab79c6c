// Package typed is an organisation's own GraphQL schema, made executable.
//
// From a catalog it prints the shaped part of the schema (SDL), joins it with
// the fixed part, and answers operations on the whole: root fields of records
// are turned into plans and written straight to JSON; every other root field is
// handed to gqlgen's generated code. The two mix in one operation, in the order
// asked for. Fixed types may hold records (package late), and records may hold
// fixed types (Door in graph/generated).
//
// A Router picks, for each operation, the executor of the caller's organisation
// at its current version from a bounded cache. It holds the gate: limits come
// before parsing, parsing before validation, cost before SQL.
//
// It does not know HTTP, and it holds no SQL.
package typed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldwork/graph/generated"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/schema"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Schema is one organisation's executable schema at one version. It is
// immutable and safe for concurrent use.
type Schema struct {
	Catalog *form.Catalog
	Weight  int // bytes of SDL, which its memory grows with

	db    *pg.DB
	doc   *ast.Schema
	fixed graphql.ExecutableSchema
	roots map[string]root // "Query.customers": answered here
	plans plans

	// accounts is told of organisations whose members were written.
	accounts func(orgID int64)
}

// root prepares the answer to one shaped root field; see prepared.
type root func(x *exec, f graphql.CollectedField) (prepared, error)

// New builds the schema of a catalog. resolvers answer its fixed part.
func New(cat *form.Catalog, db *pg.DB, resolvers generated.ResolverRoot, now time.Time) (*Schema, error) {
	shaped := &ast.Source{Name: "organisation", Input: SDL(cat, now)}
	doc, err := load(shaped)
	if err != nil {
		return nil, fmt.Errorf("schema of organisation %s: %w", cat.OrgKey, err)
	}
	s := &Schema{Catalog: cat, Weight: len(shaped.Input), db: db, doc: doc, roots: genericRoots()}
	s.fixed = generated.NewExecutableSchema(generated.Config{Schema: doc, Resolvers: resolvers})
	for _, f := range cat.Active() {
		s.addRoots(f)
	}
	if f := cat.Customers(); f != nil {
		s.roots["Query."+divisionRoot] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.divisionTable(f, c) }
		s.roots["Query."+suggestionsRoot] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.suggestions(f, c) }
	}
	return s, nil
}

// fixedPart is the parsed fixed part, extensions put into what they extend. All
// organisations share it, and nobody changes it.
var fixedPart = sync.OnceValues(func() (*ast.SchemaDocument, error) {
	doc, err := parser.ParseSchemas(append([]*ast.Source{validator.Prelude}, schema.Fixed()...)...)
	if err != nil {
		return nil, err
	}
	for _, x := range doc.Extensions {
		def := doc.Definitions.ForName(x.Name)
		def.Directives = append(def.Directives, x.Directives...)
		def.Interfaces = append(def.Interfaces, x.Interfaces...)
		def.Fields = append(def.Fields, x.Fields...)
		def.Types = append(def.Types, x.Types...)
		def.EnumValues = append(def.EnumValues, x.EnumValues...)
	}
	doc.Extensions = nil
	return doc, nil
})

// load joins the fixed part with what is given. Only what is extended is copied:
// most of a small organisation's schema is the same for all.
func load(more ...*ast.Source) (*ast.Schema, error) {
	fixed, err := fixedPart()
	if err != nil {
		return nil, err
	}
	shaped, err := parser.ParseSchemas(more...)
	if err != nil {
		return nil, err
	}
	doc := *fixed
	doc.Definitions = slices.Clone(fixed.Definitions)
	for i, def := range doc.Definitions {
		if shaped.Extensions.ForName(def.Name) != nil || def.Name == "Query" || hasDirectives(def) { // Query gets introspection
			doc.Definitions[i] = copyOf(def)
		}
	}
	doc.Directives = slices.Clip(doc.Directives)
	doc.Merge(shaped)
	out, err := validator.ValidateSchemaDocument(&doc)
	if err != nil {
		return nil, err
	}
	delete(out.Directives, "defer") // in gqlparser's prelude; refused once it is gone
	return out, nil
}

// hasDirectives says whether directives stand anywhere in a definition: validating
// notes in each what defines it.
func hasDirectives(def *ast.Definition) bool {
	return len(def.Directives) > 0 ||
		slices.ContainsFunc(def.EnumValues, func(v *ast.EnumValueDefinition) bool { return len(v.Directives) > 0 }) ||
		slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
			return len(f.Directives) > 0 || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return len(a.Directives) > 0 })
		})
}

// copyOf copies what extending or validating a definition changes.
func copyOf(def *ast.Definition) *ast.Definition {
	directives := func(list ast.DirectiveList) ast.DirectiveList {
		out := make(ast.DirectiveList, len(list))
		for i, d := range list {
			own := *d
			out[i] = &own
		}
		return out
	}
	own := *def
	own.Directives = directives(def.Directives)
	own.Interfaces, own.Types = slices.Clip(def.Interfaces), slices.Clip(def.Types)
	own.Fields = make(ast.FieldList, len(def.Fields))
	for i, f := range def.Fields {
		x := *f
		x.Directives = directives(f.Directives)
		x.Arguments = make(ast.ArgumentDefinitionList, len(f.Arguments))
		for j, a := range f.Arguments {
			y := *a
			y.Directives = directives(a.Directives)
			x.Arguments[j] = &y
		}
		own.Fields[i] = &x
	}
	own.EnumValues = make(ast.EnumValueList, len(def.EnumValues))
	for i, v := range def.EnumValues {
		x := *v
		x.Directives = directives(v.Directives)
		own.EnumValues[i] = &x
	}
	return &own
}

// Reserved are the names of the fixed part, which no form may take.
var Reserved = sync.OnceValue(func() form.Reserved {
	sources := append([]*ast.Source{validator.Prelude}, schema.Fixed()...)
	doc, err := parser.ParseSchemas(sources...)
	if err != nil {
		panic(err) // the fixed part is embedded; a test loads it
	}
	out := form.Reserved{Types: map[string]bool{"Query": true, "Mutation": true, "Subscription": true}, Roots: map[string]bool{}}
	for _, list := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, d := range list {
			out.Types[d.Name] = true
			if d.Name != "Query" && d.Name != "Mutation" && d.Name != "Subscription" {
				continue
			}
			for _, f := range d.Fields {
				out.Roots[f.Name] = true
			}
		}
	}
	out.Roots[divisionRoot], out.Roots[suggestionsRoot] = true, true
	return out
})

// Schema is the joined schema.
func (s *Schema) Schema() *ast.Schema { return s.doc }

// Complexity is not used: cost is counted in records, by package plan.
func (s *Schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// SDL prints the whole schema as a document: what the organisation's own
// schema is made of, fixed part first.
func (s *Schema) SDL() string {
	var b strings.Builder
	for _, src := range schema.Fixed() {
		b.WriteString(src.Input)
		b.WriteString("\n")
	}
	b.WriteString(SDL(s.Catalog, time.Now()))
	return b.String()
}

// operationRoot names the root type of an operation.
func operationRoot(op ast.Operation) string {
	if op == ast.Mutation {
		return "Mutation"
	}
	return "Query"
}
