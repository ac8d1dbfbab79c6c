// Package request carries what is known of the request being served from the
// server to the resolvers: who asks, which definitions the answer is checked
// against, and in which language. Stores never look here: they are told.
package request

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/report"
	"fieldwork/internal/view"
)

// Request is one request.
type Request struct {
	ID       string // in the log, and in the answer to errors of ours
	Actor    org.Actor
	SignedIn bool
	From     string   // network address of the caller
	Language string   // wanted for labels; "" for the organisation's own
	Others   []string // languages that would do as well, the best first
	Now      time.Time
	Catalog  *form.Catalog // nil when nobody is signed in

	// Stale is set when the database or a name showed that Catalog is behind the
	// definitions; the request may then be tried once more.
	Stale atomic.Bool
	// Wrote is set when a record was written: whatever comes after, the operation
	// is not run again.
	Wrote atomic.Bool

	// Views are those that the actor may read.
	Views Views
	// Reports are those that the actor may read, and which of them use fields.
	Reports Reports

	once   sync.Once
	counts map[*form.Form]int64
	err    error
}

// Counts returns how many records forms have, counted once for the request.
func (r *Request) Counts(count func() (map[*form.Form]int64, error)) (map[*form.Form]int64, error) {
	r.once.Do(func() { r.counts, r.err = count() })
	return r.counts, r.err
}

// Views are read when somebody asks for them first, and again after they changed.
type Views struct {
	mu   sync.Mutex
	read *view.Views
}

// Get returns the views.
func (v *Views) Get(read func() (*view.Views, error)) (_ *view.Views, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.read == nil {
		v.read, err = read()
	}
	return v.read, err
}

// Forget has the views be read again.
func (v *Views) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.read = nil
}

// Reports are those that the actor may read, and the uses of fields by reports, found
// when somebody asks for them first, and again after they or the definitions changed.
type Reports struct {
	mu   sync.Mutex
	uses *report.Uses
	all  []*report.Report
	of   *form.Catalog // of all
}

// All returns the reports of a catalog. They are read once however often a request asks
// for them: they are many, and all of what they say is checked.
func (r *Reports) All(cat *form.Catalog, read func() ([]*report.Report, error)) ([]*report.Report, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of != cat {
		all, err := read()
		if err != nil {
			return nil, err
		}
		r.all, r.of = all, cat
	}
	return r.all, nil
}

// Get returns the uses in a catalog.
func (r *Reports) Get(cat *form.Catalog, find func() (*report.Uses, error)) (_ *report.Uses, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.uses == nil || r.uses.Catalog != cat {
		r.uses, err = find()
	}
	return r.uses, err
}

// Forget has all of it be found again.
func (r *Reports) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uses, r.all, r.of = nil, nil, nil
}

type key struct{}

// With returns a context that carries r.
func With(ctx context.Context, r *Request) context.Context { return context.WithValue(ctx, key{}, r) }

// From returns the request of ctx; an empty one outside a request.
func From(ctx context.Context) *Request {
	if r, ok := ctx.Value(key{}).(*Request); ok {
		return r
	}
	return &Request{Now: time.Now()}
}
