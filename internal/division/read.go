package division

import (
	"context"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// MostCustomers is how many customers gaps, overlaps and workload are figured of.
const MostCustomers = 50_000

// Ask is a question for the table.
type Ask struct {
	Catalog *form.Catalog
	Env     sqlgen.Env
	Day     calendar.Day
	List    query.List // of customers: filter, order and page
	Before  int        // rows on the pages before
	Columns []string   // keys of the responsibilities wanted; nil: all
	Wants   Wants
}

// Wants says what is wanted of the table; what is not is neither read nor figured.
type Wants struct {
	Rows, Cursors                                        bool
	Cells, Tasks, Titles, Feedback, Reviews, Health      bool // of the rows
	Improvements, Contacts, Details                      bool // of the rows, for pictures
	Gaps, Overlaps, Stale, Workload, Evenness, Customers bool // of all customers
}

// Everything is wanted by whoever shows the whole table.
var Everything = Wants{true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true}

// whole says whether all customers are looked at, beyond the page.
func (w Wants) whole() bool { return w.Gaps || w.Overlaps || w.Stale || w.Workload || w.Evenness }

// Columns are the responsibilities of an organisation: the options of its roles. Faults:
// NOT_FOUND at the place of a key that there is not.
func Columns(cat *form.Catalog, keys []string) ([]Column, error) {
	x := cat.Purpose("ROLE_RESPONSIBILITY")
	var all []Column
	if x != nil {
		for _, o := range x.Options {
			if o.ArchivedAt == nil {
				all = append(all, Column{Key: o.Key, Labels: o.Labels})
			}
		}
	}
	if keys == nil {
		return all, nil
	}
	var bad fault.List
	out := make([]Column, 0, len(keys))
	for i, key := range keys {
		at := slices.IndexFunc(all, func(c Column) bool { return c.Key == key })
		if at < 0 {
			bad = append(bad, fault.New(fault.NotFound, "there is no responsibility %q", fault.Clip(key)).At("responsibilities", i))
			continue
		}
		if !slices.ContainsFunc(out, func(c Column) bool { return c.Key == key }) {
			out = append(out, all[at])
		}
	}
	return out, bad.Err()
}

// Read reads the table: a fixed number of statements, however many customers there are.
// Faults: NOT_FOUND for a responsibility, TOO_COSTLY for more than MostCustomers.
func Read(ctx context.Context, c *pg.Conn, a Ask) (*Table, error) {
	t, _, err := ReadFacts(ctx, c, a)
	return t, err
}

// ReadFacts is Read with the facts that the table was figured from, for what else is
// figured of them.
func ReadFacts(ctx context.Context, c *pg.Conn, a Ask) (*Table, *Facts, error) {
	columns, err := Columns(a.Catalog, a.Columns)
	if err != nil {
		return nil, nil, err
	}
	all, _ := Columns(a.Catalog, nil)
	r := &reader{ctx: ctx, c: c, ask: a, settings: SettingsOf(a.Catalog, a.Env.Moment()), t: &Table{AsOf: a.Day, Columns: columns, Bands: health.SettingsOf(a.Catalog, a.Env.Moment())}}
	r.facts = Facts{Day: a.Day, Members: map[int64]Member{}, Roles: map[int64][]Role{}}
	for _, x := range all {
		r.facts.Columns = append(r.facts.Columns, x.Key)
	}
	r.div = sqlgen.Division{Customers: a.List.Form, Day: a.Day, Hours: r.settings.DefaultHours, Horizon: r.settings.HorizonDays, Ratings: r.settings.RatingDays}
	for _, step := range []func() error{r.page, r.customers, r.tasks, r.people, r.outlook, r.figure} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return r.t, &r.facts, nil
}

// reader is a table being read.
type reader struct {
	ctx      context.Context
	c        *pg.Conn
	ask      Ask
	settings Settings
	div      sqlgen.Division
	facts    Facts
	shown    []Account // of the page
	rows     map[int64]*Row
	complete bool // whether the page is all there is
	t        *Table
}

// query runs a statement; one without a text has no rows. ids, if any, are what
// parameter 1 was left for.
func (r *reader) query(s sqlgen.Statement, ids []int64, row func(v []pg.Value)) error {
	if s.SQL == "" {
		return nil
	}
	args := s.Args
	if ids != nil {
		args = append([]any{sqlgen.Numbers(ids)}, args[1:]...)
	}
	return r.c.Query(r.ctx, s.SQL, args, func(v []pg.Value) error {
		row(v)
		return nil
	})
}

// basics are the columns of a customer that everything needs.
func (r *reader) basics() []sqlgen.Column {
	f := r.ask.List.Form
	out := []sqlgen.Column{{Field: f.Field("id")}, {Field: f.Field("created_at")}, {Field: f.ByPurpose("CUSTOMER_NAME")}}
	if x := f.StoredAs("CUSTOMER_TIER", "text"); x != nil {
		out = append(out, sqlgen.Column{Field: x})
	}
	return out
}

func (r *reader) account(v []pg.Value) Account {
	a := Account{ID: v[0].(int64), Name: text(v[2]), Made: momentDay(text(v[1]), r.ask.Catalog.Zone)}
	if r.ask.List.Form.StoredAs("CUSTOMER_TIER", "text") != nil {
		a.Tier = text(v[3])
	}
	return a
}

// page reads the customers of the page.
func (r *reader) page() error {
	l := r.ask.List
	if !r.ask.Wants.Rows {
		return nil
	}
	cols := r.basics()
	details := len(cols)
	fields := r.details()
	for _, x := range fields {
		if x != nil {
			cols = append(cols, sqlgen.Column{Field: x})
		}
	}
	keys := len(cols)
	for i := range l.Order {
		cols = append(cols, sqlgen.Column{Key: &l.Order[i]})
	}
	read := func(v []pg.Value) {
		if len(r.shown) == l.First {
			r.t.More = true
			return
		}
		a := r.account(v)
		r.shown = append(r.shown, a)
		if r.ask.Wants.Cursors {
			r.t.Cursors = append(r.t.Cursors, Cursor(r.ask.Before+len(r.shown), cursorOf(l.Order, a.ID, v[keys:])))
		}
		row := Row{Number: r.ask.Before + len(r.shown), Customer: Customer{ID: a.ID, Name: a.Name}}
		row.Customer.set(fields, v[details:keys])
		row.Customer.Tier = option(l.Form.StoredAs("CUSTOMER_TIER", "text"), a.Tier)
		r.t.Rows = append(r.t.Rows, row)
	}
	first, rest := r.ask.Env.List(l, cols, l.First+1)
	if err := r.query(first, nil, read); err != nil {
		return err
	}
	if rest.SQL != "" && !r.t.More {
		return r.query(rest, nil, read)
	}
	return nil
}

// cursorOf is the place of a customer in the list, whose keys v holds.
func cursorOf(order []query.Order, id int64, v []pg.Value) string {
	c := query.Cursor{ID: id, Values: make([]*string, len(order))}
	for i := range order {
		if v[i] != nil {
			s := text(v[i])
			c.Values[i] = &s
		}
	}
	return c.Encode(order)
}

// customers reads all customers of the filter, if they are wanted.
func (r *reader) customers() error {
	l, w := r.ask.List, r.ask.Wants
	r.facts.Customers = r.shown
	r.rows = make(map[int64]*Row, len(r.t.Rows))
	for i := range r.t.Rows {
		r.rows[r.t.Rows[i].Customer.ID] = &r.t.Rows[i]
	}
	r.complete = w.Rows && l.Cursor == nil && !r.t.More
	r.t.Customers = len(r.shown)
	switch {
	case r.complete:
		return nil
	case !w.whole() && w.Customers:
		return r.query(r.ask.Env.Count(l), nil, func(v []pg.Value) { r.t.Customers = int(v[0].(int64)) })
	case !w.whole():
		return nil
	}
	l.Cursor = nil
	r.facts.Customers = nil
	read := func(v []pg.Value) { r.facts.Customers = append(r.facts.Customers, r.account(v)) }
	first, rest := r.ask.Env.List(l, r.basics(), MostCustomers+1)
	if err := r.query(first, nil, read); err != nil {
		return err
	}
	if rest.SQL != "" {
		if err := r.query(rest, nil, read); err != nil {
			return err
		}
	}
	r.t.Customers = len(r.facts.Customers)
	if len(r.facts.Customers) > MostCustomers {
		return fault.New(fault.TooCostly, "gaps, overlaps and workload are figured of at most %d customers: narrow the filter", MostCustomers).At("filter")
	}
	return nil
}

func numbers(list []Account) []int64 {
	out := make([]int64, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return out
}

// figure is what is figured of the facts.
func (r *reader) figure() error {
	f, w, s := &r.facts, r.ask.Wants, r.settings
	keys := make([]string, len(r.t.Columns))
	for i, c := range r.t.Columns {
		keys[i] = c.Key
	}
	hidden := func(what string) bool { return what != "" && !slices.Contains(keys, what) }
	figure := func(a Account, whole bool) {
		row := r.rows[a.ID]
		if !w.Cells {
			row = nil
		}
		var gaps []Gap
		var overlaps []Overlap
		if row != nil || whole && w.Gaps {
			gaps = slices.DeleteFunc(f.gaps(a, s), func(g Gap) bool { return hidden(g.Responsibility) })
		}
		if row != nil || whole && w.Overlaps {
			overlaps = slices.DeleteFunc(f.overlaps(a, s), func(o Overlap) bool { return hidden(o.Responsibility) })
		}
		if row != nil {
			row.Cells = f.cells(a, keys, gaps, overlaps)
		}
		if whole && w.Gaps {
			r.t.Gaps = append(r.t.Gaps, gaps...)
		}
		if whole && w.Overlaps {
			r.t.Overlaps = append(r.t.Overlaps, overlaps...)
		}
		if whole && w.Stale {
			r.t.Stale = append(r.t.Stale, slices.DeleteFunc(f.stale(a), func(o StaleRole) bool { return hidden(o.Responsibility) })...)
		}
	}
	for _, a := range f.Customers {
		figure(a, true)
	}
	for i, a := range r.shown { // one that was made between two statements is in the page alone
		if w.Cells && r.t.Rows[i].Cells == nil {
			figure(a, false)
		}
	}
	if w.Workload || w.Evenness {
		r.t.Workload, r.t.Evenness = f.workload(s)
	}
	return nil
}

// health fills in how healthy the customers of the page are.
func (r *reader) health() error {
	scores, err := health.Reader{Catalog: r.ask.Catalog, Env: r.ask.Env, Day: r.ask.Day}.Of(r.ctx, r.c, numbers(r.shown))
	for i, a := range r.shown {
		if s, there := scores[a.ID]; there {
			r.t.Rows[i].Health = &s
		}
	}
	return err
}

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

// momentDay is the day of a moment in the text of PostgreSQL.
func momentDay(s string, zone *time.Location) calendar.Day {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999-07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return calendar.Of(t, zone)
		}
	}
	return 0
}

func dayOf(v pg.Value) *calendar.Day {
	n, ok := v.(int64)
	if !ok {
		return nil
	}
	d := calendar.Day(n)
	return &d
}
