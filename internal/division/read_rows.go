package division

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/coverage"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/rhythm"
)

// people reads roles, what is required, who is absent, the open tasks of members, and
// who all these members are.
func (r *reader) people() error {
	f, w := &r.facts, r.ask.Wants
	if !w.Cells && !w.whole() {
		return nil
	}
	of := f.Customers
	if !w.whole() {
		of = r.shown
	}
	ids := numbers(of)
	who := map[int64]bool{}
	f.NoLevels = r.level() == nil
	err := r.query(r.ask.Env.DivisionRoles(r.div), ids, func(v []pg.Value) {
		role := Role{Responsibility: text(v[1]), Level: r.levelOf(text(v[3])), Scope: strings.TrimSpace(text(v[4])), Start: dayOf(v[5]), End: dayOf(v[6])}
		role.Member, _ = v[2].(int64)
		role.Deputy, _ = v[7].(int64)
		customer := v[0].(int64)
		f.Roles[customer] = append(f.Roles[customer], role)
		who[role.Member], who[role.Deputy] = true, true
	})
	if err != nil {
		return err
	}
	if w.Cells || w.Gaps {
		if err := r.absences(who); err != nil {
			return err
		}
	}
	if err := r.coverage(); err != nil {
		return err
	}
	if err := r.load(ids, who); err != nil {
		return err
	}
	return r.members(who)
}

// all says whether the table is of all customers: tasks of none count then too.
func (r *reader) all() bool { return r.ask.List.Filter == nil && r.ask.List.Search == "" }

// load reads what open tasks members have, unless the tasks of the page have told.
func (r *reader) load(ids []int64, who map[int64]bool) error {
	f, w := &r.facts, r.ask.Wants
	if (w.Workload || w.Evenness) && f.Load == nil {
		f.Load = map[int64]Load{}
		if r.all() {
			ids = nil
		}
		err := r.query(r.ask.Env.DivisionLoad(r.div, r.all()), ids, func(v []pg.Value) {
			f.Load[v[0].(int64)] = Load{Open: count(v[1]), Overdue: count(v[2]), Hours: v[3].(float64), Soon: v[4].(float64)}
		})
		if err != nil {
			return err
		}
	}
	for id := range f.Load {
		who[id] = true
	}
	return nil
}

func (r *reader) absences(who map[int64]bool) error {
	f := &r.facts
	f.Absent = map[int64]Absence{}
	return r.query(r.ask.Env.DivisionAbsences(r.div), nil, func(v []pg.Value) {
		id := v[0].(int64)
		a, known := f.Absent[id]
		from := *dayOf(v[2])
		if !known || from < a.From {
			a.From = from
		}
		if deputy, _ := v[1].(int64); deputy != 0 && a.Deputy == 0 {
			a.Deputy = deputy
		}
		f.Absent[id] = a
		who[a.Deputy] = true
	})
}

func (r *reader) members(who map[int64]bool) error {
	delete(who, 0)
	if len(who) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(who))
	for id := range who {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return r.query(r.ask.Env.DivisionMembers(r.div), ids, func(v []pg.Value) {
		m := Member{Name: text(v[1]), Left: dayOf(v[3])}
		m.Active, _ = v[2].(bool)
		r.facts.Members[v[0].(int64)] = m
	})
}

// mostCoverages is how many records that say what is required are read.
const mostCoverages = 10_000

// coverage reads what is required. Records, if there are any, stand in place of what is
// set.
func (r *reader) coverage() error {
	x := r.ask.Catalog.Purpose("COVERAGE_RESPONSIBILITY")
	required := map[string][]string{}
	if x != nil && x.Stored() && x.SQLType() == "text" {
		cols := []sqlgen.Column{{Field: x}}
		if tier := x.Form.StoredAs("COVERAGE_TIER", "text"); tier != nil {
			cols = append(cols, sqlgen.Column{Field: tier})
		}
		s, _ := r.ask.Env.List(query.List{Form: x.Form}, cols, mostCoverages)
		err := r.query(s, nil, func(v []pg.Value) {
			tier := text(v[len(v)-1])
			if len(v) == 1 {
				tier = ""
			}
			if what := text(v[0]); what != "" {
				required[tier] = append(required[tier], what)
			}
		})
		if err != nil {
			return err
		}
	}
	if len(required) == 0 {
		r.facts.Required = coverage.ByTier(r.settings.Coverage)
		return nil
	}
	for _, tier := range r.tiers() { // a tier of which no record speaks requires nothing
		if required[tier] == nil {
			required[tier] = []string{}
		}
	}
	r.facts.Required = required
	return nil
}

func (r *reader) tiers() []string {
	x := r.ask.List.Form.StoredAs("CUSTOMER_TIER", "text")
	if x == nil {
		return nil
	}
	var out []string
	for _, o := range x.Options {
		out = append(out, o.Key)
	}
	return out
}

func (r *reader) level() *form.Field {
	if x := r.ask.Catalog.ToCustomer("ROLE_CUSTOMER"); x != nil {
		return x.Form.StoredAs("ROLE_LEVEL", "text")
	}
	return nil
}

// levelOf is the level of an option. Where roles have no levels all are responsible; an
// option that the product does not know only informs.
func (r *reader) levelOf(key string) Level {
	if r.facts.NoLevels {
		return Responsible
	}
	if i := slices.Index(letters[:], strings.ToUpper(key)); i >= 0 {
		return Level(i)
	}
	return Informed
}

// outlook reads what is shown of the customers of the page besides roles and tasks.
func (r *reader) outlook() error {
	w, e, ids, at := r.ask.Wants, r.ask.Env, numbers(r.shown), r.rows
	if len(ids) == 0 {
		return nil
	}
	for _, step := range []struct {
		wanted bool
		read   func() error
	}{
		{w.Feedback, func() error {
			return r.query(e.DivisionFeedback(r.div), ids, func(v []pg.Value) {
				row := at[v[0].(int64)]
				row.LastContact, row.Rating, row.OpenIssues = dayOf(v[1]), rounded(v[2]), count(v[3])
			})
		}},
		{w.Reviews, func() error { return r.reviews(ids, at) }},
		{w.Improvements, func() error {
			return r.query(e.DivisionImprovements(r.div), ids, func(v []pg.Value) {
				row := at[v[0].(int64)]
				row.Improvement = append(row.Improvement, text(v[1]))
			})
		}},
		{w.Contacts, func() error {
			return r.query(e.DivisionContacts(r.div), ids, func(v []pg.Value) { at[v[0].(int64)].Customer.Contact = text(v[1]) })
		}},
		{w.Health, r.health},
	} {
		if step.wanted {
			if err := step.read(); err != nil {
				return err
			}
		}
	}
	return nil
}

func count(v pg.Value) int { return int(v.(int64)) }

func rounded(v pg.Value) *float64 {
	n, ok := v.(float64)
	if !ok {
		return nil
	}
	n = round(n)
	return &n
}

// reviews fills in when customers are reviewed next: as planned, or else by the rhythm
// after the last one, or after the customer was made.
func (r *reader) reviews(ids []int64, at map[int64]*Row) error {
	rhythms, err := rhythm.Load(r.ctx, r.c, r.ask.Env, r.ask.Catalog)
	if err != nil {
		return err
	}
	type review struct{ planned, held *calendar.Day }
	known := map[int64]review{}
	err = r.query(r.ask.Env.DivisionReviews(r.div), ids, func(v []pg.Value) { known[v[0].(int64)] = review{dayOf(v[1]), dayOf(v[2])} })
	for _, a := range r.shown {
		row, v := at[a.ID], known[a.ID]
		row.NextReview = v.planned
		if v.planned == nil {
			last := a.Made
			if v.held != nil {
				last = *v.held
			}
			due := rhythms.Due(rhythm.Review, a.Tier, last)
			row.NextReview = &due
		}
		row.ReviewLate = *row.NextReview < r.ask.Day
	}
	return err
}

// details are the fields of a customer that only pictures show; nil where it has none.
func (r *reader) details() []*form.Field {
	f := r.ask.List.Form
	if !r.ask.Wants.Details {
		return nil
	}
	return []*form.Field{f.StoredAs("CUSTOMER_INDUSTRY", "text"), f.StoredAs("CUSTOMER_REGION", "text"), f.StoredAs("CUSTOMER_REVENUE", "numeric"), f.StoredAs("CONTRACT_END", "date")}
}

// set takes in the values of those of the details that there are.
func (c *Customer) set(fields []*form.Field, v []pg.Value) {
	for i, x := range fields {
		if x == nil {
			continue
		}
		switch s := text(v[0]); i {
		case 0:
			c.Industry = option(x, s)
		case 1:
			c.Region = option(x, s)
		case 2:
			c.Revenue, c.Currency = s, x.Settings.Currency
		case 3:
			if d, err := calendar.Parse(s); err == nil {
				c.ContractEnd = &d
			}
		}
		v = v[1:]
	}
}

// option is a chosen option with what people read for it.
func option(x *form.Field, key string) Option {
	out := Option{Key: key}
	if x != nil {
		for _, o := range x.Options {
			if o.Key == key {
				out.Labels, out.Colour = o.Labels, o.Colour
			}
		}
	}
	return out
}

// Cursor is the place behind the n-th row.
func Cursor(n int, list string) string { return strconv.Itoa(n) + "." + list }

// ParseCursor takes apart what Cursor put together. Faults: INVALID.
func ParseCursor(text string) (n int, list string, err error) {
	number, list, found := strings.Cut(text, ".")
	n, err = strconv.Atoi(number)
	if err != nil || !found || n < 1 || n > 1<<30 || fmt.Sprint(n) != number {
		return 0, "", fault.New(fault.Invalid, "is not a cursor of this list; cursors belong to one order").At("after")
	}
	return n, list, nil
}
