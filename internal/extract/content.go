package extract

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Content is all that a customer is shown, as text.
type Content struct {
	Organisation string
	Customer     string
	Day          calendar.Day
	Fields       []Pair
	Contact      []string // headings
	Team         []Line
	words        words
}

// Pair is a field and its value.
type Pair struct{ Label, Text string }

// Line is what a member does.
type Line struct {
	Responsibility, Name string
	Contact              []string // one for each heading
}

// reader reads the content of an extract.
type reader struct {
	cat  *form.Catalog
	x    Extract
	env  sqlgen.Env
	list query.List // of the one customer
	day  calendar.Day
	ids  []int64 // of members who are named
	out  Content

	named    map[int64]string   // members by number
	contacts map[int64][]string // what they are reached by
	values   []value            // of the customer's fields, in their order
	team     []member
}

// value is a value of the customer; of a field that names a member, who that is.
type value struct {
	text   string
	member int64
}

// member is one who does something for the customer.
type member struct {
	responsibility, name string
	id                   int64
}

func (s *Store) reader(cat *form.Catalog, x Extract, now time.Time) *reader {
	f := cat.Form(x.Form)
	if f == nil || f != cat.Customers() || f.ArchivedAt != nil {
		return nil
	}
	r := &reader{cat: cat, x: x, env: sqlgen.Env{Now: now, Member: x.MemberID}, day: calendar.Of(now, cat.Zone), named: map[int64]string{}, contacts: map[int64][]string{}}
	r.list = query.List{Form: f, Filter: one(f, x.Customer), First: 1}
	return r
}

func one(f *form.Form, id int64) query.Filter {
	return query.Cmp{Field: f.Field("id"), Op: kind.Eq, Args: []string{strconv.FormatInt(id, 10)}}
}

// there says whether there is the customer, and it is not archived.
func (s *Store) there(ctx context.Context, cat *form.Catalog, x Extract) (there bool, err error) {
	r := s.reader(cat, x, time.Now())
	if r == nil {
		return false, nil
	}
	err = s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		q, _ := r.env.List(r.list, []sqlgen.Column{{Field: r.list.Form.Field("id")}}, 1)
		return c.Query(ctx, q.SQL, q.Args, func([]pg.Value) error { there = true; return nil })
	})
	return there, err
}

// Read reads what an extract shows now. Faults: NOT_FOUND when its customer is gone
// or archived.
func (s *Store) Read(ctx context.Context, cat *form.Catalog, x Extract, now time.Time) (Content, error) {
	r := s.reader(cat, x, now)
	if r == nil {
		return Content{}, NotFound()
	}
	o, err := org.ByID(ctx, s.db, x.OrgID)
	if err != nil {
		return Content{}, err
	}
	r.out = Content{Organisation: o.Name, Day: r.day, words: in(r.language())}
	err = s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		for _, step := range []func(context.Context, *pg.Conn) error{r.roles, r.customer, r.people} {
			if err := step(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Content{}, err
	}
	r.write()
	return r.out, nil
}

func (r *reader) language() string { return cmp.Or(r.x.Language, r.cat.Language) }

// roles reads who does what: those who are accountable, responsible or in support.
// Others are asked or told inside the organisation.
func (r *reader) roles(ctx context.Context, c *pg.Conn) error {
	t, err := division.Read(ctx, c, division.Ask{Catalog: r.cat, Env: r.env, Day: r.day, List: r.list, Columns: r.columns(), Wants: division.Wants{Rows: true, Cells: true}})
	if err != nil {
		return err
	}
	if len(t.Rows) == 0 {
		return NotFound()
	}
	r.out.Customer = t.Rows[0].Customer.Name
	for i, cell := range t.Rows[0].Cells {
		for _, m := range cell.Members {
			if slices.ContainsFunc(m.Levels, func(l string) bool { return l == "A" || l == "R" || l == "S" }) {
				r.team = append(r.team, member{t.Columns[i].Labels.In(r.language(), r.cat.Language), m.Name, m.ID})
				r.ids = append(r.ids, m.ID)
			}
		}
	}
	return nil
}

// columns are the responsibilities that are shown, of those that there still are.
func (r *reader) columns() []string {
	if r.x.Responsibilities == nil {
		return nil
	}
	all, _ := division.Columns(r.cat, nil)
	out := []string{}
	for _, key := range r.x.Responsibilities {
		if slices.ContainsFunc(all, func(c division.Column) bool { return c.Key == key }) {
			out = append(out, key)
		}
	}
	return out
}

// customer reads the chosen fields.
func (r *reader) customer(ctx context.Context, c *pg.Conn) error {
	fields := r.x.Fields(r.cat)
	if len(fields) == 0 {
		return nil
	}
	q, _ := r.env.List(r.list, selected(fields), 1)
	return c.Query(ctx, q.SQL, q.Args, func(v []pg.Value) error {
		for i, x := range fields {
			got := value{text: r.text(x, v[i])}
			if got.member, _ = v[i].(int64); x.IsReference() && got.member != 0 {
				r.ids = append(r.ids, got.member)
			}
			r.values = append(r.values, got)
		}
		return nil
	})
}

func selected(fields []*form.Field) []sqlgen.Column {
	out := make([]sqlgen.Column, len(fields))
	for i, x := range fields {
		out[i].Field = x
	}
	return out
}

// people reads what members are called and how they are reached.
func (r *reader) people(ctx context.Context, c *pg.Conn) error {
	f := r.cat.Form("member")
	slices.Sort(r.ids)
	r.ids = slices.Compact(r.ids)
	contact := r.x.Contact(r.cat)
	for ids := range slices.Chunk(r.ids, query.MaxValues) {
		args := make([]string, len(ids))
		for i, id := range ids {
			args[i] = strconv.FormatInt(id, 10)
		}
		l := query.List{Form: f, Filter: query.Cmp{Field: f.Field("id"), Op: kind.In, Args: args}}
		q, _ := r.env.List(l, selected(append([]*form.Field{f.Field("id"), f.ByPurpose("MEMBER_NAME")}, contact...)), len(ids))
		err := c.Query(ctx, q.SQL, q.Args, func(v []pg.Value) error {
			id := v[0].(int64)
			r.named[id] = plain(v[1])
			for i, x := range contact {
				r.contacts[id] = append(r.contacts[id], r.text(x, v[i+2]))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// write puts together what was read.
func (r *reader) write() {
	for i, x := range r.x.Fields(r.cat) {
		if i >= len(r.values) {
			break // the customer went between two statements
		}
		text := r.values[i].text
		if x.IsReference() {
			text = r.named[r.values[i].member]
		}
		r.out.Fields = append(r.out.Fields, Pair{r.label(x), text})
	}
	contact := r.x.Contact(r.cat)
	for _, x := range contact {
		r.out.Contact = append(r.out.Contact, r.label(x))
	}
	for _, m := range r.team {
		line := Line{Responsibility: m.responsibility, Name: m.name, Contact: r.contacts[m.id]}
		if line.Contact == nil {
			line.Contact = make([]string, len(contact))
		}
		r.out.Team = append(r.out.Team, line)
	}
}

func (r *reader) label(x *form.Field) string {
	return cmp.Or(x.Labels.In(r.language(), r.cat.Language), x.Key)
}
