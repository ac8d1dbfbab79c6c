// Package fault is the vocabulary of things that go wrong on purpose.
//
// A fault is an error the caller can act on: it has a Kind a program can switch
// on, a message a person can read, and a path to the input that caused it.
// Every other error that reaches the edge of the program is a bug or an outage:
// it is logged in full and shown to the client as "internal error".
//
// It is not a general error library: wrap with fmt.Errorf everywhere else.
package fault

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Kind says what the caller may do about a fault.
type Kind string

// The kinds. They are the error codes of the API, declared in the schema.
const (
	Unauthenticated Kind = "UNAUTHENTICATED" // sign in
	Invalid         Kind = "INVALID"         // fix the input and try again
	NotFound        Kind = "NOT_FOUND"       // absent, or not visible: we do not say which
	Forbidden       Kind = "FORBIDDEN"       // visible, but this action is not allowed
	Conflict        Kind = "CONFLICT"        // someone else was first: reload and try again
	TooCostly       Kind = "TOO_COSTLY"      // ask for less
	Unavailable     Kind = "UNAVAILABLE"     // nothing wrong with the request: try again later
	Internal        Kind = "INTERNAL"        // not the caller's doing
)

// Outcome says what became of a write that ended in UNAVAILABLE.
type Outcome string

// The outcomes of an unavailable write.
const (
	NotDone Outcome = "NOT_DONE" // nothing was written
	Unknown Outcome = "UNKNOWN"  // the answer was lost, or the record could not be read back
)

// Fault is one actionable error. Path addresses the input that caused it, from
// the argument down: {"input", "set", "annualRevenue"} or {"fields", 2}; its
// elements are strings and ints.
type Fault struct {
	Kind    Kind
	Message string
	Path    []any
	Outcome Outcome        // of an UNAVAILABLE write, else ""
	Details map[string]any // more for a program to act on, such as the current version of a CONFLICT
	cause   error
}

// New makes a fault. The message is shown to clients, so never put the text of
// a driver's error in it.
func New(k Kind, format string, args ...any) *Fault {
	err := fmt.Errorf(format, args...)
	return &Fault{Kind: k, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Because returns a copy of f that remembers, for the log alone, what caused it.
func (f *Fault) Because(err error) *Fault {
	g := *f
	g.cause = err
	return &g
}

// At returns a copy of f whose path starts with the given steps.
func (f *Fault) At(path ...any) *Fault {
	g := *f
	g.Path = append(append([]any(nil), path...), f.Path...)
	return &g
}

// With returns a copy of f that carries one more detail, or another one of that name.
func (f *Fault) With(name string, value any) *Fault {
	g := *f
	g.Details = make(map[string]any, len(f.Details)+1)
	maps.Copy(g.Details, f.Details)
	g.Details[name] = value
	return &g
}

func (f *Fault) Error() string { return f.Message }
func (f *Fault) Unwrap() error { return f.cause }

// KindOf returns Internal for every error that holds no fault, so that a
// forgotten mapping hides a message rather than leaks one.
func KindOf(err error) Kind {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Kind
	}
	return Internal
}

// List is several faults of one input, all found at once.
type List []*Fault

func (l List) Error() string {
	if len(l) == 1 {
		return l[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", l[0].Error(), len(l)-1)
}

// Unwrap lets errors.As find the first fault.
func (l List) Unwrap() []error {
	out := make([]error, len(l))
	for i, f := range l {
		out[i] = f
	}
	return out
}

// Add appends the faults in err, each moved below path. A nil error adds
// nothing; an error that is no fault is returned and not added.
func (l *List) Add(err error, path ...any) error {
	if err == nil {
		return nil
	}
	if more, ok := errors.AsType[List](err); ok {
		for _, f := range more {
			*l = append(*l, f.At(path...))
		}
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		*l = append(*l, f.At(path...))
		return nil
	}
	return err
}

// Below returns err with its faults moved below path: one as a Fault, several as a
// List. Nil stays nil, and an error that is no fault stays as it is.
func Below(err error, path ...any) error {
	var l List
	if other := l.Add(err, path...); other != nil {
		return other
	}
	if len(l) == 1 {
		return l[0]
	}
	return l.Err()
}

// Err returns the list as an error, nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// InOrder walks what is checked by name in the order of the names, so that its faults
// always come in the same order.
func InOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// Clip shortens what a client sent for a message.
func Clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
