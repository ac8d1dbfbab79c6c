package graph

import (
	"context"
	"time"

	"fieldwork/graph/model"
	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/late"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/request"
	"fieldwork/internal/rhythm"
)

// recordRef is a reference to a record of a form, read when the answer is written.
func recordRef(ctx context.Context, f *form.Form, id int64) model.Record {
	return recordRefAsOf(ctx, f, id, time.Time{})
}

// recordRefAsOf is a reference to a record as it was at a moment; the zero moment is now.
func recordRefAsOf(ctx context.Context, f *form.Form, id int64, at time.Time) model.Record {
	if f == nil {
		return nil
	}
	return late.AsOf(ctx, kind.ID(f.Key, id), at)
}

// read runs f on a connection to records, and once more when that is lost.
func (r *Resolver) read(ctx context.Context, f func(c *pg.Conn) error) error {
	role := request.From(ctx).Catalog.Role
	err := r.DB.As(ctx, role, f)
	if pg.Lost(err) {
		err = r.DB.As(ctx, role, f)
	}
	return err
}

// today is the day that it is for the organisation.
func today(ctx context.Context) calendar.Day {
	req := request.From(ctx)
	return calendar.Of(req.Now, req.Catalog.Zone)
}

// dayArg is the day that an optional argument says; INVALID at its name.
func dayArg(text *string, otherwise calendar.Day, name string) (calendar.Day, error) {
	if text == nil {
		return otherwise, nil
	}
	d, err := calendar.Parse(*text)
	if err != nil {
		return d, fault.New(fault.Invalid, "is not a day such as 2026-11-26").At(name)
	}
	return d, nil
}

// pastDay is the day that an optional argument says, which is not to come.
func pastDay(ctx context.Context, text *string, name string) (calendar.Day, error) {
	d, err := dayArg(text, today(ctx), name)
	if err == nil && d > today(ctx) {
		err = fault.New(fault.Invalid, "is a day to come").At(name)
	}
	return d, err
}

// pageSize is what first says.
func pageSize(first *int) (int, error) {
	switch {
	case first == nil:
		return query.DefaultPage, nil
	case *first < 1:
		return 0, fault.New(fault.Invalid, "must be at least 1").At("first")
	case *first > query.MaxPage:
		return 0, fault.New(fault.TooCostly, "a page has at most %d records", query.MaxPage).At("first")
	}
	return *first, nil
}

// dues is a page of customers that are due.
func (r *Resolver) dues(ctx context.Context, a rhythm.Ask, first *int, after *string) (*model.DueConnection, error) {
	var err error
	if a.First, err = pageSize(first); err != nil {
		return nil, err
	}
	a.After = or(after)
	var page rhythm.Page
	err = r.read(ctx, func(c *pg.Conn) error {
		rhythms, err := rhythm.Load(ctx, c, a.Env, a.Catalog)
		if err == nil {
			page, err = rhythm.List(ctx, c, rhythms, a)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &model.DueConnection{Edges: []*model.DueEdge{}, Nodes: []*rhythm.Due{}, Ask: a, PageInfo: &model.PageInfo{HasNextPage: page.More, HasPreviousPage: a.After != ""}}
	for i := range page.Dues {
		d := &page.Dues[i]
		out.Edges, out.Nodes = append(out.Edges, &model.DueEdge{Cursor: d.Cursor(), Node: d}), append(out.Nodes, d)
	}
	if n := len(out.Edges); n > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[n-1].Cursor
	}
	return out, nil
}

func (r *Resolver) countDue(ctx context.Context, a rhythm.Ask) (n int, err error) {
	err = r.read(ctx, func(c *pg.Conn) error {
		rhythms, err := rhythm.Load(ctx, c, a.Env, a.Catalog)
		if err == nil {
			n, err = rhythm.Count(ctx, c, rhythms, a)
		}
		return err
	})
	return n, err
}

// dayRecords is a list of a day, of which nothing is read yet.
func dayRecords(d *rhythm.MyDay, list func(*rhythm.MyDay) (query.List, error), first *int) (*model.DayRecords, error) {
	l, err := list(d)
	if err == nil {
		l.First, err = pageSize(first)
	}
	return &model.DayRecords{List: l, Env: d.Env}, err
}

// listed are the records of a list.
func (r *Resolver) listed(ctx context.Context, d *model.DayRecords) ([]model.Record, error) {
	out, l := []model.Record{}, d.List
	if l.Form == nil {
		return out, nil
	}
	s, rest := d.Env.List(l, []sqlgen.Column{{Field: l.Form.Field("id")}}, l.First)
	err := r.read(ctx, func(c *pg.Conn) error {
		out = out[:0]
		add := func(row []pg.Value) error {
			if len(out) < l.First {
				out = append(out, recordRefAsOf(ctx, l.Form, row[0].(int64), d.Env.Moment()))
			}
			return nil
		}
		err := c.Query(ctx, s.SQL, s.Args, add)
		if err == nil && rest.SQL != "" && len(out) < l.First {
			err = c.Query(ctx, rest.SQL, rest.Args, add)
		}
		return err
	})
	return out, err
}

func (r *Resolver) countListed(ctx context.Context, d *model.DayRecords) (n int, err error) {
	if d.List.Form == nil {
		return 0, nil
	}
	s := d.Env.Count(d.List)
	err = r.read(ctx, func(c *pg.Conn) error {
		return c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { n = int(row[0].(int64)); return nil })
	})
	return n, err
}
