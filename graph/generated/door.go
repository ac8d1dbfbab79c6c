package generated

import (
	"bytes"
	"context"

	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/suggestion"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Door lets shaped records carry values of fixed types: it writes one such
// value with the generated code. This file is written by hand and stands here
// because that code is not exported.
type Door struct{ ec *executionContext }

// NewDoor opens the door of one operation. es must come from NewExecutableSchema.
func NewDoor(ctx context.Context, es graphql.ExecutableSchema) Door {
	return Door{newExecutionContext(graphql.GetOperationContext(ctx), es.(*executableSchema), make(chan graphql.DeferredResult))}
}

// Form writes a form with the given selection.
func (d Door) Form(ctx context.Context, sel ast.SelectionSet, f *form.Form) []byte {
	var b bytes.Buffer
	d.ec._Form(ctx, sel, f).MarshalGQL(&b)
	return b.Bytes()
}

// Health writes the health of a customer with the given selection.
func (d Door) Health(ctx context.Context, sel ast.SelectionSet, s *health.Score) []byte {
	var b bytes.Buffer
	d.ec._HealthScore(ctx, sel, s).MarshalGQL(&b)
	return b.Bytes()
}

// Division writes the division table with the given selection.
func (d Door) Division(ctx context.Context, sel ast.SelectionSet, t *division.Table) []byte {
	var b bytes.Buffer
	d.ec._DivisionTable(ctx, sel, t).MarshalGQL(&b)
	return b.Bytes()
}

// Suggestions appends suggested assignees with the given selection.
func (d Door) Suggestions(ctx context.Context, sel ast.SelectionSet, s *suggestion.Suggestions, b []byte) []byte {
	out := bytes.NewBuffer(b)
	d.ec._Suggestions(ctx, sel, s).MarshalGQL(out)
	return out.Bytes()
}
