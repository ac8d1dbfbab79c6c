package typed

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/gate"
	"fieldwork/internal/pg"
	"fieldwork/internal/request"
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/usage"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// MaxErrors is how many errors one answer holds at most.
const MaxErrors = 20

// Router is the executor that transports see. Each operation runs on the
// executor that is current for its caller, after it has passed the gate.
type Router struct {
	Cache  *Cache
	Limits gate.Limits
	// Present turns errors into what clients see.
	Present graphql.ErrorPresenterFunc
	// Usage counts which fields operations use; nil: nobody wants to know.
	Usage *usage.Counter

	persisted persisted
	public    *Entry // what can be asked without a token: signIn
}

// NewRouter returns a router over a cache.
func NewRouter(c *Cache, present graphql.ErrorPresenterFunc) (*Router, error) {
	public, err := c.entry(form.Empty())
	if err != nil {
		return nil, err
	}
	return &Router{Cache: c, Limits: gate.DefaultLimits, Present: present, persisted: newPersisted(), public: public}, nil
}

type slot struct{ entry *Entry }

const slotName = "fieldwork.entry"

func (r *Router) entryOf(op *graphql.OperationContext) *Entry {
	return op.Stats.GetExtension(slotName).(slot).entry
}

// CreateOperationContext passes the gate, parses, validates and binds variables.
func (r *Router) CreateOperationContext(ctx context.Context, p *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	req := request.From(ctx)
	if !req.SignedIn {
		return r.publicOperation(ctx, p)
	}
	e, err := r.Cache.Get(ctx, req.Actor.OrgID)
	if err != nil {
		return nil, gqlerror.List{r.Present(ctx, pg.AsWrite(pg.Translate(err), false))}
	}
	if err := r.resolve(ctx, p); err != nil {
		return nil, gqlerror.List{err}
	}
	op, errs := r.create(ctx, e, p)
	if errs == nil || !retryable(errs) {
		return op, errs
	}
	// A name may be unknown because another server has just made it.
	fresh, err := r.Cache.Fresh(ctx, req.Actor.OrgID, e)
	if err != nil || fresh == e {
		return op, errs
	}
	return r.create(ctx, fresh, p)
}

// retryable says whether newer definitions might make the errors go away.
func retryable(errs gqlerror.List) bool {
	return len(errs) > 0 && errs[0].Extensions["code"] == errcode.ValidationFailed
}

func (r *Router) create(ctx context.Context, e *Entry, p *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	doc, errs := r.document(ctx, e, p.Query)
	if errs != nil {
		return nil, errs
	}
	op, errs := e.Exec.CreateOperationContext(context.WithValue(ctx, handed{}, doc), shaped.WithDefaults(p, doc))
	if op != nil {
		op.DisableIntrospection = false
		op.Stats.SetExtension(slotName, slot{e})
		if errs == nil {
			r.count(e, request.From(ctx), op, p.Headers)
		}
	}
	return op, gate.CapErrors(errs, MaxErrors)
}

// document parses and validates a text, or finds it among those that were.
func (r *Router) document(ctx context.Context, e *Entry, text string) (*ast.QueryDocument, gqlerror.List) {
	if doc, ok := e.docs.Get(ctx, text); ok {
		return doc, nil
	}
	doc, errs := r.Limits.Parse(text)
	if errs != nil {
		return nil, errs
	}
	if errs := gate.Validate(e.Schema.known.Doc, doc, rules.NewDefaultRules(), MaxErrors); errs != nil {
		for _, err := range errs {
			errcode.Set(err, errcode.ValidationFailed)
		}
		return nil, errs
	}
	e.docs.Add(ctx, text, doc)
	return doc, nil
}

// publicOperation is what can be asked without a token: a mutation whose only
// root field is signIn. Anything else is UNAUTHENTICATED, whatever it says.
func (r *Router) publicOperation(ctx context.Context, p *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	refused := gqlerror.List{r.Present(ctx, fault.New(fault.Unauthenticated, "send a token as Authorization: Bearer <token>; signIn gives one"))}
	doc, errs := r.Limits.Parse(p.Query)
	if errs != nil {
		return nil, errs
	}
	def := doc.Operations.ForName(p.OperationName)
	if def == nil || def.Operation != ast.Mutation || len(def.SelectionSet) != 1 {
		return nil, refused
	}
	if f, ok := def.SelectionSet[0].(*ast.Field); !ok || f.Name != "signIn" {
		return nil, refused
	}
	return r.create(ctx, r.public, p)
}

// DispatchOperation runs an operation. When it shows that its definitions were
// behind the database's, and nothing was written, it is run once more.
func (r *Router) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	e := r.entryOf(op)
	req := request.From(ctx)
	if req.SignedIn {
		req.Catalog = e.Schema.Catalog
	}
	next, inner := e.Exec.DispatchOperation(ctx, op)
	return func(ctx context.Context) *graphql.Response {
		res := next(ctx)
		if res == nil {
			return nil
		}
		if again := r.again(ctx, e, op, res); again != nil {
			res = again
		}
		res.Errors = gate.CapErrors(res.Errors, MaxErrors)
		return res
	}, inner
}

// again runs an operation on newer definitions, if there are any and its answer
// suggests it: names that were not found, or columns.
func (r *Router) again(ctx context.Context, e *Entry, op *graphql.OperationContext, res *graphql.Response) *graphql.Response {
	req := request.From(ctx)
	if len(res.Errors) == 0 || !req.SignedIn || req.Wrote.Load() || op.Operation.Operation == ast.Mutation && len(op.Operation.SelectionSet) != 1 {
		return nil
	}
	suspicious := req.Stale.Load()
	for _, err := range res.Errors {
		code, _ := err.Extensions["code"].(fault.Kind)
		suspicious = suspicious || code == fault.Invalid || code == fault.NotFound
	}
	if !suspicious {
		return nil
	}
	fresh, err := r.Cache.Fresh(ctx, req.Actor.OrgID, e)
	if err != nil || fresh == e {
		return nil
	}
	req.Stale.Store(false)
	op2, errs := r.create(ctx, fresh, &graphql.RawParams{Query: op.RawQuery, OperationName: op.OperationName, Variables: op.Variables, Extensions: op.Extensions, Headers: op.Headers})
	if errs != nil {
		return nil
	}
	req.Catalog = fresh.Schema.Catalog
	next, inner := fresh.Exec.DispatchOperation(ctx, op2)
	return next(inner)
}

// DispatchError makes the answer to an operation that could not be created.
// Errors of parsing and validation are ready; others have been presented.
func (r *Router) DispatchError(_ context.Context, list gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: gate.CapErrors(list, MaxErrors)}
}

var _ graphql.GraphExecutor = (*Router)(nil)

// Configure sets what every executor needs.
func Configure(present graphql.ErrorPresenterFunc, recoverFunc graphql.RecoverFunc) func(*executor.Executor) {
	return func(e *executor.Executor) {
		e.SetErrorPresenter(present)
		e.SetRecoverFunc(recoverFunc)
	}
}
