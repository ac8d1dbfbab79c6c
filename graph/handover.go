package graph

import (
	"context"

	"fieldwork/graph/model"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/handover"
	"fieldwork/internal/pg"
	"fieldwork/internal/record"
	"fieldwork/internal/request"
)

// handoverAsk reads and checks what a handover is to be.
func handoverAsk(ctx context.Context, in model.PreviewHandoverInput) (*handover.Ask, error) {
	req := request.From(ctx)
	var bad fault.List
	named := func(form, id string, path ...any) int64 {
		n, ok := kind.ParseID(form, id)
		if !ok {
			bad = append(bad, record.NotFound().At(path...))
		}
		return n
	}
	a := &handover.Ask{Catalog: req.Catalog, From: named("member", in.From, "from"), Parts: in.Parts}
	var err error
	a.On, err = dayArg(in.On, today(ctx), "on")
	_ = bad.Add(err)
	for i, r := range in.Rules {
		rule := handover.Rule{Responsibilities: r.Responsibilities, Parts: r.Parts}
		if (r.To != nil) == or(r.ToDeputy) {
			bad = append(bad, fault.New(fault.Invalid, "say either to whom, or that it is to the deputy").At("rules", i))
		} else if r.To != nil {
			rule.To = named("member", *r.To, "rules", i, "to")
		}
		if r.Customers != nil {
			rule.Customers = []int64{}
			for j, id := range r.Customers {
				rule.Customers = append(rule.Customers, named(customersKey(req), id, "rules", i, "customers", j))
			}
		}
		a.Rules = append(a.Rules, rule)
	}
	_ = bad.Add(a.Check(today(ctx)))
	return a, bad.Err()
}

func customersKey(req *request.Request) string {
	if f := req.Catalog.Customers(); f != nil {
		return f.Key
	}
	return ""
}

// mutation is one that may come with an idempotency key. Its input is without it.
type mutation struct {
	name  string
	key   *string
	input any
}

// once writes records on behalf of the caller. A request with the key of an earlier
// one has that one's answer.
func once[T any](ctx context.Context, r *Resolver, m mutation, write func(context.Context, *pg.Conn, record.Call) (T, error)) (out T, err error) {
	req := request.From(ctx)
	call := record.Call{By: req.Actor, Now: req.Now, Language: req.Language}
	if m.key != nil {
		if call.Once, err = record.NewOnce(*m.key, m.name, m.input); err != nil {
			return out, inInput(err)
		}
	}
	err = r.DB.As(ctx, req.Catalog.Role, func(c *pg.Conn) error {
		out, err = write(ctx, c, call)
		return err
	})
	if err == nil {
		req.Wrote.Store(true)
	}
	return out, inInput(pg.AsWrite(err, false))
}

// handedOver is the answer to a mutation that did or undid a handover.
func (r *Resolver) handedOver(ctx context.Context, id int64, err error) (*model.HandOverPayload, error) {
	if err != nil {
		return nil, err
	}
	h, err := r.HandoverStore.Get(ctx, request.From(ctx).Actor, id)
	if err != nil {
		return nil, pg.AfterWrite(err)
	}
	return &model.HandOverPayload{Handover: h}, nil
}

// handovers is a page of handovers.
func (r *Resolver) handovers(ctx context.Context, p handover.Page, after *string) (*model.HandoverConnection, error) {
	if after != nil {
		if p.Before = handover.ParseID(*after); p.Before == 0 {
			return nil, fault.New(fault.Invalid, "is not a cursor of this list").At("after")
		}
	}
	list, more, err := r.HandoverStore.List(ctx, request.From(ctx).Actor, p)
	if err != nil {
		return nil, err
	}
	out := &model.HandoverConnection{Edges: []*model.HandoverEdge{}, Nodes: list, Member: p.From, PageInfo: &model.PageInfo{HasNextPage: more, HasPreviousPage: p.Before != 0}}
	for _, h := range list {
		out.Edges = append(out.Edges, &model.HandoverEdge{Cursor: h.ID(), Node: h})
	}
	if n := len(out.Edges); n > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[n-1].Cursor
	}
	return out, nil
}

// moves is a page of what a handover of so many moves does, of which read reads those
// behind a place.
func moves(total int, first *int, after *string, read func(after, first int) ([]handover.Move, error)) (*model.HandoverMoveConnection, error) {
	n, err := pageSize(first)
	if err != nil {
		return nil, err
	}
	begin := 0
	if after != nil {
		if begin = handover.ParseMoveCursor(*after); begin == 0 {
			return nil, fault.New(fault.Invalid, "is not a cursor of this list").At("after")
		}
	}
	list, err := read(begin, n)
	if err != nil {
		return nil, err
	}
	end := begin + len(list)
	out := &model.HandoverMoveConnection{Edges: []*model.HandoverMoveEdge{}, Nodes: pointers(list), TotalCount: total, PageInfo: &model.PageInfo{HasNextPage: end < total, HasPreviousPage: begin > 0}}
	for i, m := range out.Nodes {
		out.Edges = append(out.Edges, &model.HandoverMoveEdge{Cursor: handover.MoveCursor(begin + i + 1), Node: m})
	}
	if len(list) > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = some(handover.MoveCursor(begin+1)), some(handover.MoveCursor(end))
	}
	return out, nil
}

// pointers are the places of a list.
func pointers[T any](in []T) []*T {
	out := make([]*T, len(in))
	for i := range in {
		out[i] = &in[i]
	}
	return out
}
