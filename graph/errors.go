package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/request"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// retryAfter is how many seconds a client should wait after UNAVAILABLE.
const retryAfter = 1

// Present is the only place where an error becomes visible to a client. Faults
// pass with their code and path; errors of gqlgen itself pass; everything else
// is logged whole and shown as "internal error" with the request's id.
func Present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		path := graphql.GetPath(ctx)
		if g, ok := errors.AsType[*gqlerror.Error](err); ok {
			if len(g.Path) > 0 {
				path = g.Path
			}
			if g.Unwrap() == nil { // raised by gqlgen: parsing, validation, binding of arguments
				if g.Extensions["code"] == nil {
					g = &gqlerror.Error{Message: g.Message, Path: path, Locations: g.Locations, Extensions: map[string]any{"code": fault.Invalid}}
				}
				return g
			}
		}
		err = pg.Translate(err)
		if errors.Is(err, pg.ErrStale) { // the request is tried once more on newer definitions
			request.From(ctx).Stale.Store(true)
			return show(fault.New(fault.Conflict, "the definitions have changed meanwhile; try again"), path)
		}
		if f, ok := errors.AsType[*fault.Fault](err); ok {
			if f.Kind == fault.Unavailable {
				log.WarnContext(ctx, "unavailable", "request", request.From(ctx).ID, "err", f.Unwrap())
			}
			return show(f, path)
		}
		if errors.Is(err, context.Canceled) {
			return show(fault.New(fault.Unavailable, "the request was cancelled"), path)
		}
		log.ErrorContext(ctx, "internal error", "request", request.From(ctx).ID, "path", path.String(), "err", err)
		return &gqlerror.Error{Message: "internal error", Path: path,
			Extensions: map[string]any{"code": fault.Internal, "requestId": request.From(ctx).ID}}
	}
}

func show(f *fault.Fault, path ast.Path) *gqlerror.Error {
	ext := map[string]any{"code": f.Kind}
	if len(f.Path) > 0 {
		ext["path"] = f.Path
	}
	for k, v := range f.Details {
		ext[k] = v
	}
	if f.Kind == fault.Unavailable {
		if _, ok := ext["retryAfter"]; !ok {
			ext["retryAfter"] = retryAfter
		}
		if f.Outcome != "" {
			ext["outcome"] = f.Outcome
		}
	}
	return &gqlerror.Error{Message: f.Message, Path: path, Extensions: ext}
}

// Recover turns a panic into an error, which Present logs and hides.
func Recover(_ context.Context, v any) error {
	return fmt.Errorf("panic: %v\n%s", v, debug.Stack())
}
