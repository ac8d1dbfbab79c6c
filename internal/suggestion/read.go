package suggestion

import (
	"context"
	"slices"
	"strings"

	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// How many candidates of a gap are told: unless something else is said, and at most.
const (
	DefaultCandidates = 5
	MaxCandidates     = 20
)

// Ask is a question for suggestions: the customers whose gaps are to be filled, the
// responsibilities and the day are those of the division table.
type Ask struct {
	Division   division.Ask
	Gaps       int // told at most
	Candidates int // of each, told at most
}

// severities, the most pressing first.
var severities = []division.Severity{division.High, division.Medium, division.Low}

// Read finds suggestions, by a fixed number of statements. Gaps come by severity, then
// in the order of the list. Faults: those of division.Read.
func (a Ask) Read(ctx context.Context, c *pg.Conn, by org.Actor) (*Suggestions, error) {
	r := &reader{ctx: ctx, c: c, ask: a, cat: a.Division.Catalog}
	gaps, err := r.read()
	if err == nil {
		err = r.refusals(by)
	}
	if err != nil {
		return nil, err
	}
	out := &Suggestions{AsOf: a.Division.Day, Largest: r.facts.largest, Total: len(gaps), Gaps: []Gap{}}
	slices.SortStableFunc(gaps, func(x, y division.Gap) int {
		return slices.Index(severities, x.Severity) - slices.Index(severities, y.Severity)
	})
	for _, g := range gaps[:min(len(gaps), a.Gaps)] {
		out.Gaps = append(out.Gaps, r.facts.gap(g, a.Candidates))
	}
	return out, nil
}

type reader struct {
	ctx   context.Context
	c     *pg.Conn
	ask   Ask
	cat   *form.Catalog
	facts facts
}

// read reads the facts of all customers and the gaps of those that were asked for.
func (r *reader) read() ([]division.Gap, error) {
	all := r.ask.Division
	all.List = query.List{Form: all.List.Form}
	all.Wants = division.Wants{Workload: true, Gaps: true}
	t, facts, err := division.ReadFacts(r.ctx, r.c, all)
	if err != nil {
		return nil, err
	}
	at := all.Env.Moment()
	r.facts.Facts, r.facts.points, r.facts.settings, r.facts.ending = facts, map[int64]float64{}, SettingsOf(r.cat, at), division.SettingsOf(r.cat, at).EndingDays
	for _, w := range t.Workload {
		r.facts.points[w.Member.ID] = w.Points
		r.facts.largest = max(r.facts.largest, w.Points)
	}
	gaps := t.Gaps
	if l := r.ask.Division.List; l.Filter != nil || l.Search != "" || len(l.Order) > 0 {
		some := r.ask.Division
		some.Wants = division.Wants{Gaps: true}
		if t, err = division.Read(r.ctx, r.c, some); err != nil {
			return nil, err
		}
		gaps = t.Gaps
	}
	for _, step := range []func() error{r.profiles, r.regions} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.facts.index()
	return gaps, nil
}

// mostProfiles is how many profiles are read.
const mostProfiles = 50_000

// profiles reads what members know and where they work, and who those are of whom
// nothing else is known.
func (r *reader) profiles() error {
	r.facts.profiles = map[int64]Profile{}
	who := r.cat.Purpose("PROFILE_MEMBER")
	if who == nil || !who.IsReference() || !who.Stored() || !who.Target.IsMember() {
		return nil
	}
	regions, skills := who.Form.StoredAs("PROFILE_REGIONS", "text[]"), who.Form.StoredAs("PROFILE_SKILLS", "text[]")
	cols := []sqlgen.Column{{Field: who}}
	for _, x := range []*form.Field{regions, skills} {
		if x != nil {
			cols = append(cols, sqlgen.Column{Field: x})
		}
	}
	var unknown []int64
	err := r.list(query.List{Form: who.Form}, cols, mostProfiles, func(v []pg.Value) {
		id, _ := v[0].(int64)
		if id == 0 {
			return
		}
		p, rest := r.facts.profiles[id], v[1:]
		if regions != nil {
			p.Regions, rest = append(p.Regions, options(rest[0])...), rest[1:]
		}
		if skills != nil {
			p.Skills = append(p.Skills, options(rest[0])...)
		}
		r.facts.profiles[id] = p
		if _, known := r.facts.Members[id]; !known {
			unknown = append(unknown, id)
		}
	})
	if err != nil || len(unknown) == 0 {
		return err
	}
	s := r.ask.Division.Env.DivisionMembers(sqlgen.Division{Customers: r.ask.Division.List.Form, Day: r.ask.Division.Day})
	return r.c.Query(r.ctx, s.SQL, append([]any{sqlgen.Numbers(unknown)}, s.Args[1:]...), func(v []pg.Value) error {
		m := division.Member{Name: text(v[1])}
		m.Active, _ = v[2].(bool)
		r.facts.Members[v[0].(int64)] = m
		return nil
	})
}

// regions reads where customers are.
func (r *reader) regions() error {
	r.facts.regions = map[int64]string{}
	f := r.ask.Division.List.Form
	x := f.StoredAs("CUSTOMER_REGION", "text")
	if x == nil {
		return nil
	}
	return r.list(query.List{Form: f}, []sqlgen.Column{{Field: f.Field("id")}, {Field: x}}, division.MostCustomers, func(v []pg.Value) {
		if region := text(v[1]); region != "" {
			r.facts.regions[v[0].(int64)] = region
		}
	})
}

func (r *reader) list(l query.List, cols []sqlgen.Column, most int, row func(v []pg.Value)) error {
	s, _ := r.ask.Division.Env.List(l, cols, most) // without an order there is no rest
	return r.c.Query(r.ctx, s.SQL, s.Args, func(v []pg.Value) error { row(v); return nil })
}

// refusals reads what was refused. They lie beyond the reach of the organisation's role.
func (r *reader) refusals(by org.Actor) error {
	r.facts.refused = map[refused]string{}
	return r.c.InTx(r.ctx, func() error {
		if err := r.c.AsOwner(r.ctx); err != nil {
			return err
		}
		err := r.c.Query(r.ctx, selectRefusals, []any{by.OrgID, r.ask.Division.List.Form.Key}, func(v []pg.Value) error {
			r.facts.refused[refused{v[0].(int64), text(v[1]), v[2].(int64)}] = text(v[3])
			return nil
		})
		if err != nil {
			return err
		}
		return r.c.AsBefore(r.ctx)
	})
}

func options(v pg.Value) []string { return kind.Elements(text(v)) }

// text is a value that came as text. It is a copy: the driver's is gone with the row.
func text(v pg.Value) string {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []byte:
		return string(v)
	}
	return ""
}
