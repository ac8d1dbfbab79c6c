package typed

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/late"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/request"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// exec is one operation being run.
type exec struct {
	shaped.Operation
	roots shaped.Roots
}

// Exec runs the operation in ctx.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	x := s.exec(op, request.From(ctx))
	typ := operationRoot(op.Operation.Operation)
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{typ})
	ours := 0
	for _, f := range fields {
		if _, ok := x.roots[typ+"."+f.Name]; ok || isIntrospection(f) {
			ours++
		}
	}
	if ours == 0 { // generated code takes the whole operation
		next := x.Fixed.Exec(late.With(ctx, x.Collector(ctx)))
		total := plan.Cost(0)
		for _, f := range fields {
			total = total.Plus(x.rootCost(f))
		}
		return func(ctx context.Context) *graphql.Response {
			graphql.RegisterExtension(ctx, "cost", int64(total))
			if total > shaped.MaxCost {
				x.Report(ctx, tooCostly(total))
				return &graphql.Response{Data: []byte("null")}
			}
			return next(late.With(ctx, x.Collector(ctx)))
		}
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		x.Ctx = ctx
		return &graphql.Response{Data: x.run(ctx, typ, fields)}
	}
}

func (s *Schema) exec(op *graphql.OperationContext, req *request.Request) *exec {
	return &exec{shaped.Operation{Schema: &s.known, Op: op, Req: req}, s.roots}
}

func tooCostly(c plan.Cost) error {
	return fault.New(fault.TooCostly, "the request may return %d records, and at most %d are allowed: ask for smaller pages or fewer levels", c, shaped.MaxCost)
}

// run answers an operation with shaped root fields, in the order asked for.
func (x *exec) run(ctx context.Context, typ string, fields []graphql.CollectedField) []byte {
	todo := make([]shaped.Prepared, len(fields))
	total, failed := plan.Cost(0), false
	for i, f := range fields {
		prepare, ok := x.roots[typ+"."+f.Name]
		if !ok {
			total = total.Plus(x.rootCost(f))
			continue
		}
		p, err := x.prepare(ctx, typ, f, prepare)
		if err != nil {
			x.Report(x.fieldContext(ctx, typ, f), err)
			failed = true
			// A query goes on with its other fields; a mutation must not begin.
			p.Run = nil
		}
		todo[i], total = p, total.Plus(p.Cost)
	}
	graphql.RegisterExtension(ctx, "cost", int64(total))
	if total > shaped.MaxCost {
		x.Report(ctx, tooCostly(total))
		return []byte("null")
	}
	if failed && typ == "Mutation" {
		return []byte("null")
	}
	a := &answer{b: make([]byte, 0, firstAnswer)}
	if err := x.runAll(ctx, typ, fields, todo, a); err != nil {
		x.Report(ctx, err)
		return []byte("null")
	}
	if a.null {
		return []byte("null")
	}
	return append(a.b, '}')
}

// firstAnswer is the room that an answer begins with.
const firstAnswer = 4 << 10

// answer is the data of an operation, as far as it is written.
type answer struct {
	b    []byte
	null bool // null has reached the root: nothing else can show
}

// name begins the i-th field.
func (a *answer) name(i int, alias string) {
	a.b = append(a.b, "{,"[min(i, 1)], '"')
	a.b = append(append(a.b, alias...), '"', ':') // aliases are names: nothing to escape
}

// value ends a field whose value should have been written behind from; without
// one it is null.
func (a *answer) value(from int, f graphql.CollectedField) {
	switch {
	case len(a.b) > from:
	case f.Definition.Type.NonNull:
		a.null = true
	default:
		a.b = append(a.b, "null"...)
	}
}

// runAll runs the fields one after the other. Shaped ones that follow each other
// share a connection, which is given back before a fixed one: a resolver may need
// one too, and whoever waits for a second while holding one can wait for ever.
// When a query loses its connection, the field it was at is tried once more on
// another. A mutation is never repeated.
func (x *exec) runAll(ctx context.Context, typ string, fields []graphql.CollectedField, todo []shaped.Prepared, a *answer) error {
	at, retry := 0, typ == "Query"
	ours := func() bool {
		_, ok := x.roots[typ+"."+fields[at].Name]
		return ok
	}
	run := func(c *pg.Conn) error {
		for ; at < len(fields) && ours() && !a.null; at++ {
			f, before := fields[at], len(a.b)
			a.name(at, f.Alias)
			from := len(a.b)
			if todo[at].Run != nil {
				b, err := x.shapedRoot(ctx, c, typ, f, todo[at], a.b)
				if retry && pg.Lost(err) {
					a.b = a.b[:before]
					return err
				}
				if a.b = b; err != nil {
					x.Report(x.fieldContext(ctx, typ, f), err)
				}
			}
			a.value(from, f)
		}
		return nil
	}
	for at < len(fields) && !a.null {
		if !ours() {
			a.name(at, fields[at].Alias)
			from := len(a.b)
			a.b = append(a.b, x.fixedRoot(ctx, fields[at])...)
			a.value(from, fields[at])
			at++
			continue
		}
		err := x.DB.As(ctx, x.Catalog.Role, run)
		switch {
		case err == nil:
		case retry && at < len(fields) && pg.Lost(err):
			retry = false
		case typ == "Mutation": // only lending a connection can have failed
			err = pg.AsWrite(err, false)
			if at == 0 {
				return err
			}
			x.Report(x.fieldContext(ctx, typ, fields[at]), err) // this field was not done, those before it were
			a.null = true
			return nil
		default:
			return err
		}
	}
	return nil
}

func (x *exec) fieldContext(ctx context.Context, typ string, f graphql.CollectedField) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: typ, Field: f})
}

// prepare calls a root's preparation; a panic there fails the field alone.
func (x *exec) prepare(ctx context.Context, typ string, f graphql.CollectedField, r shaped.Root) (p shaped.Prepared, err error) {
	defer func() {
		if v := recover(); v != nil {
			p, err = shaped.Prepared{}, x.Op.Recover(ctx, v)
		}
	}()
	x.Ctx = x.fieldContext(ctx, typ, f)
	return r(&x.Operation, f)
}

// shapedRoot runs one root field, which appends its value to b. What it appends
// with an error is what the field shows beside it.
func (x *exec) shapedRoot(ctx context.Context, c *pg.Conn, typ string, f graphql.CollectedField, p shaped.Prepared, b []byte) (out []byte, err error) {
	ctx = x.fieldContext(ctx, typ, f)
	defer func() {
		if v := recover(); v != nil {
			out, err = b, x.Op.Recover(ctx, v)
		}
	}()
	out, err = p.Run(ctx, c, b)
	if len(out) <= len(b) {
		return b, err
	}
	if typ == "Mutation" {
		x.Req.Wrote.Store(true)
	}
	return out, err
}

// fixedRoot runs one root field in generated code, as an operation of its own,
// and returns the value of the field, or nil if null reached the root.
func (x *exec) fixedRoot(ctx context.Context, f graphql.CollectedField) []byte {
	if isIntrospection(f) {
		return x.introspected(f)
	}
	one := *f.Field
	one.SelectionSet = f.Selections // merged from all places that select it
	one.Directives = nil            // skip and include are decided
	def := *x.Op.Operation
	def.SelectionSet = ast.SelectionSet{&one}
	sub := &graphql.OperationContext{ // never copied as a whole: it holds a lock and a cache by address
		RawQuery: x.Op.RawQuery, Variables: x.Op.Variables, OperationName: x.Op.OperationName, Doc: x.Op.Doc,
		Extensions: x.Op.Extensions, Headers: x.Op.Headers, Operation: &def,
		DisableIntrospection: x.Op.DisableIntrospection, RecoverFunc: x.Op.RecoverFunc,
		ResolverMiddleware: x.Op.ResolverMiddleware, RootResolverMiddleware: x.Op.RootResolverMiddleware, Stats: x.Op.Stats,
	}
	ctx = late.With(graphql.WithOperationContext(ctx, sub), x.Collector(ctx))
	data := x.Fixed.Exec(ctx)(ctx).Data
	if string(data) == "null" {
		return nil
	}
	return data[len(f.Alias)+4 : len(data)-1] // {"alias":value}: aliases are names, so the prefix is exact
}
