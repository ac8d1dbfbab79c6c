// Package schema holds the fixed part of every organisation's GraphQL schema,
// one file per concept. What gqlgen generates code for lies at the top; what
// package typed answers itself (records, filters) lies in shaped. The stubs are
// read by gqlgen alone.
package schema

import (
	"embed"
	"io/fs"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed *.graphqls shaped/*.graphqls
var files embed.FS

// Fixed returns the sources of the fixed part, in a fixed order.
var Fixed = sync.OnceValue(func() []*ast.Source {
	var out []*ast.Source
	for _, pattern := range []string{"*.graphqls", "shaped/*.graphqls"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			panic(err) // the patterns are constants
		}
		for _, name := range names {
			b, err := files.ReadFile(name)
			if err != nil {
				panic(err) // embedded files can be read
			}
			out = append(out, &ast.Source{Name: name, Input: string(b)})
		}
	}
	return out
})
