package typed

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Documents kept per schema, and the longest text that is kept.
const (
	keptDocuments = 500
	keptLength    = 32 << 10
)

// documents keeps parsed and validated documents of one schema by their text.
// gqlgen's executor asks it first, so that the gate, which parses and validates
// under limits, is the only parser of the program. A document that is too long
// to keep is handed over through the context.
type documents struct {
	kept *lru.Cache[string, *ast.QueryDocument]
}

func newDocuments() *documents {
	kept, _ := lru.New[string, *ast.QueryDocument](keptDocuments)
	return &documents{kept}
}

type handed struct{}

// Get returns the document of a text.
func (d *documents) Get(ctx context.Context, text string) (*ast.QueryDocument, bool) {
	if doc, ok := ctx.Value(handed{}).(*ast.QueryDocument); ok {
		return doc, true
	}
	return d.kept.Get(text)
}

// Add keeps a document if it is short enough.
func (d *documents) Add(_ context.Context, text string, doc *ast.QueryDocument) {
	if len(text) <= keptLength {
		d.kept.Add(text, doc)
	}
}
