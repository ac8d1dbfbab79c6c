package typed

import (
	"context"
	"errors"
	"time"

	"fieldwork/graph/generated"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/late"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/record"
	"fieldwork/internal/request"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// MaxCost bounds the cost of one operation; see plan.Cost.
const MaxCost = 100_000

// exec is one operation being run.
type exec struct {
	s   *Schema
	op  *graphql.OperationContext
	req *request.Request
	ctx context.Context
}

// env is what computed fields may ask for in this operation.
func (x *exec) env() plan.Env { return plan.Env{Now: x.req.Now, Member: x.req.Actor.MemberID} }

// envAt is the Env as of a moment that an argument asOf names: what "today" is
// for computed fields and filters is that moment's day. Without one it is now.
// Faults: INVALID.
func (x *exec) envAt(asOf any) (plan.Env, error) {
	e := x.env()
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

// call is on whose behalf the operation writes.
func (x *exec) call() record.Call {
	return record.Call{By: x.req.Actor, Now: x.req.Now, Language: x.req.Language}
}

// fileURL is where a file is served from, to those who may read it.
func fileURL(n int64) string { return "/files/" + plan.FileID(n) }

// prepared is a shaped root field that has been checked and costed and has not
// touched the database: all fields of an operation are, before the first runs.
type prepared struct {
	cost plan.Cost
	plan *plan.Plan   // of a read, for explain
	also []*plan.Plan // of a search of several forms, one after another, for explain
	// run appends the field's JSON to b. Without one the field is null.
	run func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error)
}

// Exec runs the operation in ctx.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	x := &exec{s: s, op: op, req: request.From(ctx)}
	typ := operationRoot(op.Operation.Operation)
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{typ})
	shaped := 0
	for _, f := range fields {
		if _, ok := s.roots[typ+"."+f.Name]; ok || isIntrospection(f) {
			shaped++
		}
	}
	if shaped == 0 { // generated code takes the whole operation
		next := s.fixed.Exec(late.With(ctx, x.collector(ctx)))
		total := plan.Cost(0)
		for _, f := range fields {
			total = total.Plus(x.rootCost(f))
		}
		return func(ctx context.Context) *graphql.Response {
			graphql.RegisterExtension(ctx, "cost", int64(total))
			if total > MaxCost {
				x.report(ctx, tooCostly(total))
				return &graphql.Response{Data: []byte("null")}
			}
			return next(late.With(ctx, x.collector(ctx)))
		}
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		x.ctx = ctx
		return &graphql.Response{Data: x.run(ctx, typ, fields)}
	}
}

func tooCostly(c plan.Cost) error {
	return fault.New(fault.TooCostly, "the request may return %d records, and at most %d are allowed: ask for smaller pages or fewer levels", c, MaxCost)
}

// run answers an operation with shaped root fields, in the order asked for.
func (x *exec) run(ctx context.Context, typ string, fields []graphql.CollectedField) []byte {
	todo := make([]prepared, len(fields))
	total, failed := plan.Cost(0), false
	for i, f := range fields {
		prepare, ok := x.s.roots[typ+"."+f.Name]
		if !ok {
			total = total.Plus(x.rootCost(f))
			continue
		}
		p, err := x.prepare(ctx, typ, f, prepare)
		if err != nil {
			x.report(x.fieldContext(ctx, typ, f), err)
			failed = true
			// A query goes on with its other fields; a mutation must not begin.
			p.run = nil
		}
		todo[i], total = p, total.Plus(p.cost)
	}
	graphql.RegisterExtension(ctx, "cost", int64(total))
	if total > MaxCost {
		x.report(ctx, tooCostly(total))
		return []byte("null")
	}
	if failed && typ == "Mutation" {
		return []byte("null")
	}
	a := &answer{b: make([]byte, 0, firstAnswer)}
	if err := x.runAll(ctx, typ, fields, todo, a); err != nil {
		x.report(ctx, err)
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
func (x *exec) runAll(ctx context.Context, typ string, fields []graphql.CollectedField, todo []prepared, a *answer) error {
	at, retry := 0, typ == "Query"
	shaped := func() bool {
		_, ok := x.s.roots[typ+"."+fields[at].Name]
		return ok
	}
	run := func(c *pg.Conn) error {
		for ; at < len(fields) && shaped() && !a.null; at++ {
			f, before := fields[at], len(a.b)
			a.name(at, f.Alias)
			from := len(a.b)
			if todo[at].run != nil {
				b, err := x.shapedRoot(ctx, c, typ, f, todo[at], a.b)
				if retry && pg.Lost(err) {
					a.b = a.b[:before]
					return err
				}
				if a.b = b; err != nil {
					x.report(x.fieldContext(ctx, typ, f), err)
				}
			}
			a.value(from, f)
		}
		return nil
	}
	for at < len(fields) && !a.null {
		if !shaped() {
			a.name(at, fields[at].Alias)
			from := len(a.b)
			a.b = append(a.b, x.fixedRoot(ctx, fields[at])...)
			a.value(from, fields[at])
			at++
			continue
		}
		err := x.s.db.As(ctx, x.s.Catalog.Role, run)
		switch {
		case err == nil:
		case retry && at < len(fields) && pg.Lost(err):
			retry = false
		case typ == "Mutation": // only lending a connection can have failed
			err = pg.AsWrite(err, false)
			if at == 0 {
				return err
			}
			x.report(x.fieldContext(ctx, typ, fields[at]), err) // this field was not done, those before it were
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
func (x *exec) prepare(ctx context.Context, typ string, f graphql.CollectedField, r root) (p prepared, err error) {
	defer func() {
		if v := recover(); v != nil {
			p, err = prepared{}, x.op.Recover(ctx, v)
		}
	}()
	x.ctx = x.fieldContext(ctx, typ, f)
	return r(x, f)
}

// shapedRoot runs one root field, which appends its value to b. What it appends
// with an error is what the field shows beside it.
func (x *exec) shapedRoot(ctx context.Context, c *pg.Conn, typ string, f graphql.CollectedField, p prepared, b []byte) (out []byte, err error) {
	ctx = x.fieldContext(ctx, typ, f)
	defer func() {
		if v := recover(); v != nil {
			out, err = b, x.op.Recover(ctx, v)
		}
	}()
	out, err = p.run(ctx, c, b)
	if len(out) <= len(b) {
		return b, err
	}
	if typ == "Mutation" {
		x.req.Wrote.Store(true)
	}
	return out, err
}

// report adds errors to the answer: every fault of a list on its own.
func (x *exec) report(ctx context.Context, err error) {
	if errors.Is(err, pg.ErrStale) {
		x.req.Stale.Store(true)
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

// fixedRoot runs one root field in generated code, as an operation of its own,
// and returns the value of the field, or nil if null reached the root.
func (x *exec) fixedRoot(ctx context.Context, f graphql.CollectedField) []byte {
	if isIntrospection(f) {
		return x.introspected(f)
	}
	one := *f.Field
	one.SelectionSet = f.Selections // merged from all places that select it
	one.Directives = nil            // skip and include are decided
	def := *x.op.Operation
	def.SelectionSet = ast.SelectionSet{&one}
	sub := &graphql.OperationContext{ // never copied as a whole: it holds a lock and a cache by address
		RawQuery: x.op.RawQuery, Variables: x.op.Variables, OperationName: x.op.OperationName, Doc: x.op.Doc,
		Extensions: x.op.Extensions, Headers: x.op.Headers, Operation: &def,
		DisableIntrospection: x.op.DisableIntrospection, RecoverFunc: x.op.RecoverFunc,
		ResolverMiddleware: x.op.ResolverMiddleware, RootResolverMiddleware: x.op.RootResolverMiddleware, Stats: x.op.Stats,
	}
	ctx = late.With(graphql.WithOperationContext(ctx, sub), x.collector(ctx))
	data := x.s.fixed.Exec(ctx)(ctx).Data
	if string(data) == "null" {
		return nil
	}
	return data[len(f.Alias)+4 : len(data)-1] // {"alias":value}: aliases are names, so the prefix is exact
}

// form writes the fixed type Form for a record: the same for all of its form.
func (x *exec) form(f *form.Form, c graphql.CollectedField) []byte {
	ctx := graphql.WithFieldContext(x.ctx, &graphql.FieldContext{Object: f.Type, Field: c})
	return generated.NewDoor(ctx, x.s.fixed).Form(ctx, c.Selections, f)
}

// collector fills references that fixed types hold to records, all of one
// operation and selection at once. Records that are not there are null.
func (x *exec) collector(ctx context.Context) *late.Collector {
	return x.collectorOn(ctx, func(read func(*pg.Conn) error) error {
		err := x.s.db.As(ctx, x.s.Catalog.Role, read)
		if pg.Lost(err) {
			err = x.s.db.As(ctx, x.s.Catalog.Role, read)
		}
		return err
	})
}

// collectorOn is a collector that reads on the connection that lend lends: whoever
// holds one already must not ask for another.
func (x *exec) collectorOn(ctx context.Context, lend func(read func(*pg.Conn) error) error) *late.Collector {
	return &late.Collector{Fill: func(refs []*late.Ref) {
		x.ctx = ctx
		type group struct {
			form  *form.Form
			first ast.Selection // with the length, tells selections of one document apart
			n     int
			at    time.Time
		}
		groups := map[group][]*late.Ref{}
		for _, r := range refs {
			r.JSON = []byte("null")
			if f, _, ok := x.s.Catalog.Locate(r.ID); ok && len(r.Sel) > 0 {
				g := group{f, r.Sel[0], len(r.Sel), r.At}
				groups[g] = append(groups[g], r)
			}
		}
		for g, refs := range groups {
			if err := x.fill(ctx, lend, g.form, refs); err != nil {
				for _, r := range refs {
					x.report(graphql.WithPathContext(ctx, graphql.NewPathWithField(lastName(r.Path))), err)
				}
			}
		}
	}}
}

func lastName(p ast.Path) string {
	for i := len(p) - 1; i >= 0; i-- {
		if n, ok := p[i].(ast.PathName); ok {
			return string(n)
		}
	}
	return ""
}

func (x *exec) fill(ctx context.Context, lend func(read func(*pg.Conn) error) error, f *form.Form, refs []*late.Ref) error {
	s := x.selector(plan.Cost(len(refs)))
	s.env = s.env.AsOf(refs[0].At)
	o := s.object(f, refs[0].Sel, nil)
	if err := s.result(); err != nil {
		return err
	}
	if o.Cost().Times(plan.Cost(len(refs))).Plus(s.extra) > MaxCost {
		return fault.New(fault.TooCostly, "the request may return more than %d records", MaxCost)
	}
	ids := make([]int64, len(refs))
	for i, r := range refs {
		_, ids[i], _ = x.s.Catalog.Locate(r.ID)
	}
	pl := plan.Records(f, o, s.env)
	if err := pl.Check(); err != nil {
		return err
	}
	return lend(func(c *pg.Conn) error {
		res, err := pl.RunFor(ctx, c, ids)
		if err != nil {
			return err
		}
		for i, r := range refs {
			if b, ok := res.AppendOf(nil, ids[i]); ok {
				r.JSON = b
			}
		}
		return nil
	})
}
