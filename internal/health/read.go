package health

import (
	"context"
	"math"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/rhythm"
)

// Reader reads the health of an organisation's customers on a day.
type Reader struct {
	Catalog *form.Catalog
	Env     sqlgen.Env // as of which moment records are read
	Day     calendar.Day
	NoTrend bool // the score of an earlier day is not wanted, and not read
}

// Of is the health of customers by number; one that is not there has none. However
// many they are, it takes two statements for what the organisation has set, one for
// the day, and one for the earlier day of the trend.
func (r Reader) Of(ctx context.Context, c *pg.Conn, customers []int64) (map[int64]Score, error) {
	f := r.Catalog.Customers()
	if f == nil || len(customers) == 0 {
		return nil, nil
	}
	s := SettingsOf(r.Catalog, r.Env.Moment())
	b := basis{env: r.Env, customers: f, settings: s}
	var err error
	if b.rhythms, err = rhythm.Load(ctx, c, r.Env, r.Catalog); err != nil {
		return nil, err
	}
	if b.required, err = loadRequirements(ctx, c, r.Env, r.Catalog); err != nil {
		return nil, err
	}
	out, err := b.scores(ctx, c, customers, r.Day)
	if err != nil || r.NoTrend {
		return out, err
	}
	before, err := b.scores(ctx, c, customers, r.Day.Add(-s.TrendDays))
	for id, now := range out {
		if was, there := before[id]; there && was.Score != nil && now.Score != nil {
			trend := round(*now.Score - *was.Score)
			now.Trend = &trend
			out[id] = now
		}
	}
	return out, err
}

// basis is what the facts of a day are read and judged by.
type basis struct {
	env       sqlgen.Env
	customers *form.Form
	settings  Settings
	rhythms   rhythm.Rhythms
	required  requirements
}

// scores judges the customers that were there on a day.
func (b basis) scores(ctx context.Context, c *pg.Conn, customers []int64, day calendar.Day) (map[int64]Score, error) {
	s := b.env.Health(sqlgen.Health{Customers: b.customers, Day: day, Answers: b.settings.AnswerDays, Due: b.settings.DeliveryDays, Old: b.settings.OldDays})
	facts := map[int64]*gathered{}
	err := c.Query(ctx, s.SQL, append([]any{sqlgen.Numbers(customers)}, s.Args[1:]...), func(row []pg.Value) error {
		id := row[0].(int64)
		if facts[id] == nil {
			facts[id] = &gathered{}
		}
		facts[id].add(row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Score, len(facts))
	for id, g := range facts {
		if g.there && g.Made <= day {
			out[id] = Judge(b.facts(g), b.settings, day)
		}
	}
	return out, nil
}

// gathered are facts as they come in.
type gathered struct {
	Facts
	there   bool
	covered []string
}

// add takes in a row, whose columns sqlgen.Health tells of.
func (g *gathered) add(row []pg.Value) {
	what, _ := row[1].(string)
	key, _ := row[2].(string)
	key = strings.Clone(key) // it is the driver's
	number := func(i int) int { n, _ := row[i].(int64); return int(n) }
	some := func(i int) *int {
		if n, ok := row[i].(int64); ok {
			v := int(n)
			return &v
		}
		return nil
	}
	day := func(i int) *calendar.Day {
		if n, ok := row[i].(int64); ok && n > math.MinInt32 && n < math.MaxInt32 {
			d := calendar.Day(n)
			return &d
		}
		return nil
	}
	switch what {
	case sqlgen.HealthCustomer:
		g.there, g.Tier, g.Made, g.ContractEnd = true, key, calendar.Day(number(3)), day(4)
	case sqlgen.HealthContact:
		g.LastContact = day(3)
	case sqlgen.HealthAnswer:
		g.Answers = append(g.Answers, Answer{Age: number(3), Decider: key == "decider", Rating: some(4), Recommend: some(5), Count: number(6)})
	case sqlgen.HealthTasks:
		g.Tasks = Tasks{OnTime: number(3), Late: number(4), All: number(6)}
	case sqlgen.HealthIssue:
		g.Issues = append(g.Issues, Issue{Severity: key, Old: number(3) == 1, Count: number(6)})
	case sqlgen.HealthCovered:
		g.covered = append(g.covered, key)
	}
}

// facts adds what the organisation has set to what was read of a customer.
func (b basis) facts(g *gathered) Facts {
	f := g.Facts
	f.ContactDays = b.rhythms.Of(rhythm.Contact, f.Tier)
	need := b.required.of(f.Tier)
	f.Required = len(need)
	for _, key := range g.covered {
		if need[key] {
			f.Covered++
		}
	}
	cat := b.customers.Catalog
	said := cat.ToCustomer("FEEDBACK_CUSTOMER")
	f.NoContacts = said == nil || said.Form.StoredAs("FEEDBACK_TIME", "timestamptz") == nil
	f.NoIssues = f.NoContacts || said.Form.StoredAs("FEEDBACK_KIND", "text") == nil || said.Form.StoredAs("FEEDBACK_STATUS", "text") == nil
	if roles := cat.ToCustomer("ROLE_CUSTOMER"); roles == nil || roles.Form.StoredAs("ROLE_RESPONSIBILITY", "text") == nil {
		f.Required = 0
	}
	return f
}
