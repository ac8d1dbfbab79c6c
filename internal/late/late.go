// Package late lets generated code answer with records that it cannot write
// itself.
//
// A resolver of a fixed type returns Of(ctx, id). Nothing is read then: the
// reference, its selection and its path are noted. When the finished answer is
// written, the first reference that is reached has all noted ones read
// together, so that a list of n tokens costs one read of their members, not n.
package late

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Ref stands for one record. It satisfies every stub interface of the schema.
type Ref struct {
	ID   string
	At   time.Time // as of which moment it is read; zero: now
	Sel  ast.SelectionSet
	Path ast.Path
	JSON []byte // nil until read
	c    *Collector
}

// IsMember makes a Ref a member for generated code.
func (*Ref) IsMember() {}

// IsRecord makes a Ref a record.
func (*Ref) IsRecord() {}

// MarshalGQL writes the record; the first of an operation reads them all.
func (r *Ref) MarshalGQL(w io.Writer) {
	if r.JSON == nil {
		r.c.flush()
	}
	_, _ = w.Write(r.JSON)
}

// Collector holds the references of one operation that are not read yet. Fill
// must set the JSON of each.
type Collector struct {
	Fill func(refs []*Ref)

	mu      sync.Mutex
	pending []*Ref
}

func (c *Collector) flush() {
	c.mu.Lock()
	refs := c.pending
	c.pending = nil
	c.mu.Unlock()
	c.Fill(refs)
}

type key struct{}

// With returns a context whose resolvers note references with c.
func With(ctx context.Context, c *Collector) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Of notes a reference for the field that is being resolved.
func Of(ctx context.Context, id string) *Ref { return AsOf(ctx, id, time.Time{}) }

// AsOf notes a reference to a record as it was at a moment; the zero moment is now.
func AsOf(ctx context.Context, id string, at time.Time) *Ref {
	c := ctx.Value(key{}).(*Collector)
	r := &Ref{ID: id, At: at, Sel: graphql.GetFieldContext(ctx).Field.Selections, Path: graphql.GetPath(ctx), c: c}
	c.mu.Lock()
	c.pending = append(c.pending, r)
	c.mu.Unlock()
	return r
}
