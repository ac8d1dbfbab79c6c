// Package shaped is what root fields of the shaped part of a schema have in common.
//
// An Operation asks; each of its root fields is prepared by a Root, all before the first
// runs. A Selector turns what is selected of records, with its arguments, into the tree
// that package plan compiles: for
//
//	customers(first: 20) { nodes { name tasks(first: 5) { nodes { title } } } }
//
// a plan.List of twenty, with a plan.Connected of five below. It tells all that is wrong
// at once, by the names in the answer, and counts what fixed types within records cost.
// Plans are kept by their place in a document (plans.go). Records within values of fixed
// types are read together (inside.go).
//
// Which root fields there are, packages read, write and customer say. SQL is for others.
package shaped

import (
	"context"
	"errors"
	"time"

	"fieldwork/graph/generated"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/request"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Schema is what is known of the schema that an operation runs on.
type Schema struct {
	Catalog *form.Catalog
	DB      *pg.DB
	Doc     *ast.Schema
	Fixed   graphql.ExecutableSchema // generated code, for the fixed part

	// Accounts is told of organisations whose members were written.
	Accounts func(orgID int64)

	plans plans
}

// Operation is one operation being run.
type Operation struct {
	*Schema
	Op  *graphql.OperationContext
	Req *request.Request
	Ctx context.Context // of the root field being prepared
}

// Root prepares the answer to one root field.
type Root func(x *Operation, f graphql.CollectedField) (Prepared, error)

// Roots are root fields by their type and name, as "Query.customers".
type Roots map[string]Root

// Prepared is a shaped root field that has been checked and costed and has not
// touched the database: all fields of an operation are, before the first runs.
type Prepared struct {
	Cost plan.Cost
	Plan *plan.Plan   // of a read, for explain
	Also []*plan.Plan // of a search of several forms, one after another, for explain
	// Run appends the field's JSON to b. Without one the field is null.
	Run func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error)
}

// Env is what computed fields may ask for in this operation.
func (x *Operation) Env() plan.Env { return plan.Env{Now: x.Req.Now, Member: x.Req.Actor.MemberID} }

// envAt is the Env as of a moment that an argument asOf names: what "today" is
// for computed fields and filters is that moment's day. Without one it is now.
// Faults: INVALID.
func (x *Operation) envAt(asOf any) (plan.Env, error) {
	e := x.Env()
	if asOf == nil {
		return e, nil
	}
	at, err := kind.DateTime{}.Parse(asOf, &kind.Settings{})
	if err != nil || at == nil {
		return e, fault.New(fault.Invalid, "is not a moment such as 2026-01-31T09:30:00Z").At("asOf")
	}
	e.At = at.(string)
	e.Now, err = time.Parse(time.RFC3339Nano, e.At)
	return e, err
}

// fileURL is where a file is served from, to those who may read it.
func fileURL(n int64) string { return "/files/" + plan.FileID(n) }

// FormArg finds the active form that an argument names.
func (x *Operation) FormArg(v any, path ...any) (*form.Form, error) {
	key, _ := v.(string)
	f := x.Catalog.Form(key)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(key)).At(path...)
	}
	return f, nil
}

// FixedForm writes the fixed type Form for a record: the same for all of its form.
func (x *Operation) FixedForm(f *form.Form, c graphql.CollectedField) []byte {
	ctx := graphql.WithFieldContext(x.Ctx, &graphql.FieldContext{Object: f.Type, Field: c})
	return generated.NewDoor(ctx, x.Fixed).Form(ctx, c.Selections, f)
}

// Report adds errors to the answer: every fault of a list on its own.
func (x *Operation) Report(ctx context.Context, err error) {
	if errors.Is(err, pg.ErrStale) {
		x.Req.Stale.Store(true)
		err = fault.New(fault.Conflict, "the definitions have changed meanwhile; try again").Because(err)
	}
	if list, ok := errors.AsType[fault.List](err); ok {
		for _, f := range list {
			graphql.AddError(ctx, f)
		}
		return
	}
	graphql.AddError(ctx, err)
}
