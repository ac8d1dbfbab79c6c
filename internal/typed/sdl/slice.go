package sdl

import (
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/schema"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// Slice prints a part of an organisation's schema that is a schema itself, for clients
// that want types of some forms only: the fixed part, those forms, and the members, whom
// every record names. What leads to other forms is left out. Faults: NOT_FOUND for keys
// that no form has.
func Slice(cat *form.Catalog, keys []string, now time.Time) (string, error) {
	var unknown []string
	chosen := map[string]bool{"member": true}
	for _, k := range keys {
		if f := cat.Form(k); f == nil || f.ArchivedAt != nil {
			unknown = append(unknown, k)
		}
		chosen[k] = true
	}
	if len(unknown) > 0 {
		return "", fault.New(fault.NotFound, "there is no form of the key %s", fault.Clip(strings.Join(unknown, ", "))).At("forms")
	}
	p := &printer{cat: cat, now: now}
	for _, f := range cat.Active() {
		if chosen[f.Key] {
			p.form(f)
		}
	}
	if f := cat.Customers(); f != nil && chosen[f.Key] {
		p.division()
		p.suggestions()
	}
	doc, err := parser.ParseSchemas(append(schema.Fixed(), &ast.Source{Name: "forms", Input: p.b.String()})...)
	if err != nil {
		return "", err
	}
	prune(doc)
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return b.String(), nil
}

// prune takes out what is of types that are not there, until nothing is.
func prune(doc *ast.SchemaDocument) {
	scalars := map[string]bool{"Int": true, "Float": true, "String": true, "Boolean": true, "ID": true}
	for more := true; more; {
		more = false
		known := map[string]bool{}
		for _, d := range doc.Definitions {
			known[d.Name] = true
		}
		is := func(t *ast.Type) bool { return known[t.Name()] || scalars[t.Name()] }
		for _, list := range []*ast.DefinitionList{&doc.Definitions, &doc.Extensions} {
			for _, d := range *list {
				d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
					gone := !is(f.Type)
					f.Arguments = slices.DeleteFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool {
						missing := !is(a.Type)
						gone = gone || missing && a.Type.NonNull // nobody could ask for it
						return missing
					})
					return gone
				})
				d.Types = slices.DeleteFunc(d.Types, func(name string) bool { return !known[name] })
			}
			*list = slices.DeleteFunc(*list, func(d *ast.Definition) bool {
				gone := len(d.Fields)+len(d.Types)+len(d.EnumValues) == 0 && d.Kind != ast.Scalar
				more = more || gone
				return gone
			})
		}
	}
}
