package graph

import (
	"context"
	"slices"

	"fieldwork/graph/model"
	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
	"fieldwork/internal/request"
	"fieldwork/internal/team"

	"github.com/99designs/gqlgen/graphql"
)

// teamAsk reads and checks which team is to be assigned.
func teamAsk(ctx context.Context, in model.AssignTeamInput) (*team.Ask, error) {
	req := request.From(ctx)
	var bad fault.List
	named := func(f *form.Form, id string, path ...any) int64 {
		if of, n, ok := req.Catalog.Locate(id); ok && of == f {
			return n
		}
		bad = append(bad, record.NotFound().At(path...))
		return 0
	}
	members := req.Catalog.Form("member")
	a := &team.Ask{Catalog: req.Catalog, Customer: named(req.Catalog.Customers(), in.Customer, "customer"), Replace: or(in.Replace)}
	var err error
	a.On, err = dayArg(in.On, today(ctx), "on")
	_ = bad.Add(err)
	if in.Template != nil {
		var f *form.Form
		if x := sqlgen.SeatTemplate(req.Catalog); x != nil {
			f = x.Target
		}
		a.Template = named(f, *in.Template, "template")
	}
	if in.Team != nil {
		a.Seats = []team.Seat{}
	}
	for i, s := range in.Team {
		seat := team.Seat{Responsibility: s.Responsibility, Level: or(s.Level), Scope: or(s.Scope), Member: named(members, s.Member, "team", i, "member")}
		if s.Deputy != nil {
			seat.Deputy = named(members, *s.Deputy, "team", i, "deputy")
		}
		a.Seats = append(a.Seats, seat)
	}
	if len(bad) == 0 {
		_ = bad.Add(a.Check(today(ctx)))
	}
	return a, bad.Err()
}

// assignTeam assigns a team and reads what is selected of the table before and after it.
func (r *Resolver) assignTeam(ctx context.Context, a *team.Ask, in model.AssignTeamInput) (*model.AssignTeamPayload, error) {
	selected := graphql.CollectAllFields(ctx)
	load := func() ([]division.Workload, error) {
		if !slices.Contains(selected, "workload") {
			return nil, nil
		}
		t, err := r.table(ctx, a, nil, division.Wants{Workload: true})
		if err != nil {
			return nil, err
		}
		return t.Workload, nil
	}
	before, err := load()
	if err != nil {
		return nil, err
	}
	m := mutation{name: "assignTeam", key: in.IdempotencyKey}
	in.IdempotencyKey = nil
	m.input = in
	done, err := once(ctx, r, m, a.Do)
	if err != nil {
		return nil, err
	}
	out := &model.AssignTeamPayload{Done: done}
	after, err := load()
	if err != nil {
		return nil, pg.AfterWrite(err)
	}
	out.Workload = team.Changes(before, after)
	if !slices.ContainsFunc(selected, func(name string) bool { return name == "row" || name == "gaps" || name == "overlaps" }) {
		return out, nil
	}
	only := query.Cmp{Field: a.Catalog.Customers().Field("id"), Op: kind.Eq, Args: []string{kind.Number(a.Customer)}}
	t, err := r.table(ctx, a, only, division.Wants{Rows: true, Cells: true, Tasks: true, Titles: true, Feedback: true, Reviews: true, Improvements: true, Health: true, Gaps: true, Overlaps: true})
	if err != nil {
		return nil, pg.AfterWrite(err)
	}
	out.Gaps, out.Overlaps = pointers(t.Gaps), pointers(t.Overlaps)
	if len(t.Rows) > 0 {
		out.Row = &t.Rows[0]
	}
	return out, nil
}

// table is the division table of the day that a team is assigned from.
func (r *Resolver) table(ctx context.Context, a *team.Ask, of query.Filter, wants division.Wants) (t *division.Table, err error) {
	req := request.From(ctx)
	ask := division.Ask{Catalog: a.Catalog, Env: sqlgen.Env{Now: req.Now, Member: req.Actor.MemberID}, Day: a.On, List: query.List{Form: a.Catalog.Customers(), Filter: of, First: 1}, Wants: wants}
	err = r.read(ctx, func(c *pg.Conn) error {
		t, err = division.Read(ctx, c, ask)
		return err
	})
	return t, err
}

// roles are references to roles by number.
func roles(ctx context.Context, ids []int64) []model.Record {
	out := make([]model.Record, len(ids))
	for i, id := range ids {
		out[i] = recordRef(ctx, sqlgen.Holder(request.From(ctx).Catalog, sqlgen.HeldRoles).Form, id)
	}
	return out
}
