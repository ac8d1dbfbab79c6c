package sdl

import (
	"slices"
	"sync"

	"fieldwork/internal/form"
	"fieldwork/schema"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

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

// Load joins the fixed part with the shaped part of an organisation, as Print prints it.
// Only what is extended is copied: most of a small organisation's schema is the same for
// all.
func Load(shaped string) (*ast.Schema, error) {
	fixed, err := fixedPart()
	if err != nil {
		return nil, err
	}
	own, err := parser.ParseSchemas(&ast.Source{Name: "organisation", Input: shaped})
	if err != nil {
		return nil, err
	}
	doc := *fixed
	doc.Definitions = slices.Clone(fixed.Definitions)
	for i, def := range doc.Definitions {
		if own.Extensions.ForName(def.Name) != nil || def.Name == "Query" || hasDirectives(def) { // Query gets introspection
			doc.Definitions[i] = copyOf(def)
		}
	}
	doc.Directives = slices.Clip(doc.Directives)
	doc.Merge(own)
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
	out.Roots[DivisionRoot], out.Roots[SuggestionsRoot] = true, true
	return out
})
