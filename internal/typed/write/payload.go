package write

import (
	"context"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// Payload is the selection of a mutation's payload, turned into plans before anything
// is written. What it shows of records is read back through the read path.
type Payload struct {
	typ    string
	fields []graphql.CollectedField
	plans  []*plan.Plan // of the fields that show records; of others nil
	shows  map[string]Showing
	Cost   plan.Cost
}

// Showing is what a field of a payload shows: a record of a form, or a list of them.
type Showing struct {
	form *form.Form
	list bool
	most int
}

// One shows a record.
func One(f *form.Form) Showing { return Showing{form: f, most: 1} }

// ListOf shows at most n records.
func ListOf(f *form.Form, n int) Showing { return Showing{f, true, n} }

// Written are records that a mutation has written, by the field of its payload that
// shows them.
type Written map[string][]int64

// NewPayload reads the selection on what a mutation answers, which shows records in the
// fields of these names.
func NewPayload(x *shaped.Operation, c graphql.CollectedField, shows map[string]Showing) (Payload, error) {
	p := Payload{typ: c.Definition.Type.Name(), Cost: 1, shows: shows}
	p.fields = graphql.CollectFields(x.Op, c.Selections, []string{p.typ})
	p.plans = make([]*plan.Plan, len(p.fields))
	s := x.Selector(1)
	objects := make([]plan.Object, len(p.fields))
	for i, f := range p.fields {
		if show, ok := shows[f.Name]; ok {
			s.Times = plan.Cost(show.most)
			objects[i] = s.Object(show.form, f.Selections, []any{f.Alias})
			p.Cost = p.Cost.Plus(objects[i].Cost().Times(s.Times))
		}
	}
	p.Cost = p.Cost.Plus(s.Extra)
	if err := s.Result(); err != nil {
		return p, err
	}
	for i, f := range p.fields {
		show, ok := shows[f.Name]
		switch {
		case !ok:
			continue
		case show.list:
			p.plans[i] = plan.Records(show.form, objects[i], x.Env())
		default:
			p.plans[i] = plan.Record(show.form, 0, objects[i], x.Env())
		}
		if err := p.plans[i].Check(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Append appends the payload of what is done. other appends fields that show no
// records. When records cannot be read they are stored all the same: the error says
// so, rather than let it look undone.
func (p Payload) Append(ctx context.Context, c *pg.Conn, b []byte, done Written, other func(b []byte, f graphql.CollectedField) []byte) ([]byte, error) {
	b, err := p.read(ctx, c, b, done, other)
	return b, pg.AfterWrite(err)
}

// read is Append of what may not be stored: its error is as it came.
func (p Payload) read(ctx context.Context, c *pg.Conn, b []byte, done Written, other func(b []byte, f graphql.CollectedField) []byte) (_ []byte, failed error) {
	b = shaped.AppendObject(b, p.fields, func(b []byte, i int) []byte {
		f, from := p.fields[i], len(b)
		ids := done[f.Name]
		switch {
		case f.Name == "__typename":
			return append(b, shaped.Constant(p.typ)...)
		case p.plans[i] == nil:
			return other(b, f)
		case p.shows[f.Name].list:
			b, err := appendRecords(ctx, c, p.plans[i], ids, b)
			if err != nil {
				b, failed = append(b[:from], "[]"...), err
			}
			return b
		case len(ids) == 0:
			return append(b, "null"...)
		}
		res, err := p.plans[i].ForRecord(ids[0]).Run(ctx, c)
		if err != nil {
			failed = err
			return append(b, "null"...)
		}
		defer res.Free()
		return res.Append(b)
	})
	return b, failed
}

// appendRecords appends a list of the records of these numbers, but for those that
// somebody else has deleted since.
func appendRecords(ctx context.Context, c *pg.Conn, p *plan.Plan, ids []int64, b []byte) ([]byte, error) {
	if len(ids) == 0 {
		return append(b, "[]"...), nil
	}
	res, err := p.RunFor(ctx, c, ids)
	if err != nil {
		return b, err
	}
	defer res.Free()
	b = append(b, '[')
	first := len(b)
	for _, id := range ids {
		at := len(b)
		if at > first {
			b = append(b, ',')
		}
		var there bool
		if b, there = res.AppendOf(b, id); !there {
			b = b[:at]
		}
	}
	return append(b, ']'), nil
}
