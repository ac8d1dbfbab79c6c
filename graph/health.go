package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"

	"fieldwork/graph/model"
	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/request"
)

// healthOf is the health of customers, in the order of their ids.
func (r *Resolver) healthOf(ctx context.Context, ids []string, day calendar.Day) ([]*model.HealthOfCustomer, error) {
	if len(ids) > query.MaxPage {
		return nil, fault.New(fault.TooCostly, "at most %d at once", query.MaxPage).At("ids")
	}
	req := request.From(ctx)
	cat, env := req.Catalog, sqlgen.Env{Now: req.Now}.EndOf(day, req.Catalog.Zone)
	var numbers []int64
	for _, id := range ids {
		if f, n, ok := cat.Locate(id); ok && f == cat.Customers() {
			numbers = append(numbers, n)
		}
	}
	var scores map[int64]health.Score
	err := r.read(ctx, func(c *pg.Conn) (err error) {
		scores, err = health.Reader{Catalog: cat, Env: env, Day: day}.Of(ctx, c, numbers)
		return err
	})
	out := make([]*model.HealthOfCustomer, len(ids))
	for i, id := range ids {
		out[i] = &model.HealthOfCustomer{ID: id}
		if f, n, ok := cat.Locate(id); ok && f == cat.Customers() {
			if s, there := scores[n]; there {
				out[i].Health = &s
			}
		}
	}
	return out, err
}

// set changes what is set about a concern to what an input says: the names that it
// has, beside those that are set, or in place of them. check refuses what is out of
// bounds.
func (r *Resolver) set(ctx context.Context, concern string, expected *int, input any, reset bool, check func(json.RawMessage) error) (*form.Catalog, error) {
	cat, err := r.Forms.Set(ctx, request.From(ctx).Actor, version(expected), concern, func(now json.RawMessage) (json.RawMessage, error) {
		all, new := map[string]any{}, map[string]any{}
		if !reset && now != nil {
			if err := json.Unmarshal(now, &all); err != nil {
				return nil, err
			}
		}
		text, err := json.Marshal(input)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &new); err != nil {
			return nil, err
		}
		delete(new, "expectedVersion")
		delete(new, "reset")
		maps.Copy(all, new)
		value, err := json.Marshal(all)
		return value, cmp.Or(err, check(value))
	})
	if err != nil {
		return nil, inInput(err)
	}
	if r.Changed != nil {
		r.Changed(cat.OrgID, cat.Version)
	}
	return cat, nil
}

// measure reckons what customers answer.
func (r *Resolver) measure(ctx context.Context, filter any, from, until *string, asked *int) (*health.Measures, error) {
	req := request.From(ctx)
	a, err := health.AnswersOf(req.Catalog)
	if err != nil {
		return nil, err
	}
	a.Env = sqlgen.Env{Now: req.Now, Member: req.Actor.MemberID}
	f, err := query.ParseFilter(a.Form, filter, query.Generic, req.Now)
	if err != nil {
		return nil, faults(err, "filter")
	}
	all := query.And{}
	if f != nil {
		all = append(all, f)
	}
	for _, end := range []struct {
		name string
		text *string
	}{{"from", from}, {"until", until}} {
		d, err := dayArg(end.text, 0, end.name)
		if err != nil {
			return nil, err
		}
		if end.text != nil {
			all = append(all, a.Day(d, end.name == "from"))
		}
	}
	if asked != nil && *asked < 0 {
		return nil, fault.New(fault.Invalid, "must not be negative").At("asked")
	}
	var answers []health.Counted
	err = r.read(ctx, func(c *pg.Conn) (err error) {
		answers, err = a.Count(ctx, c, all)
		return err
	})
	m := health.Measure(answers, asked)
	return &m, err
}
