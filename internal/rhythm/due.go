package rhythm

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Ask is a question for customers that are due.
type Ask struct {
	Catalog *form.Catalog
	Env     sqlgen.Env // as of which moment records and settings are read
	Kind    Kind
	Day     calendar.Day // today, or the past day that is asked about
	Until   calendar.Day // the last day that counts
	Filter  query.Filter // only customers that it holds for; nil: all
	Mine    int64        // only customers of this member: its own, or with an active A or R; 0: all
	First   int
	After   string // a cursor
}

// Due is a customer that is due. Moved days and planned ones are as they come out.
type Due struct {
	Customer int64
	Last     *calendar.Day // when it was done last; nil: never
	Due      calendar.Day
	Planned  bool      // a review that was planned for that day
	Late     int       // days, 0 when it is not late
	At       time.Time // the moment that it was asked as of; zero: now
}

// Cursor is the place of a due customer in the list.
func (d Due) Cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "d%d.%d", d.Due, d.Customer))
}

func parseCursor(text string) (*sqlgen.DueKey, error) {
	var k sqlgen.DueKey
	b, err := base64.RawURLEncoding.DecodeString(text[:min(len(text), 60)])
	if err == nil {
		_, err = fmt.Sscanf(string(b), "d%d.%d", &k.Day, &k.ID)
	}
	if err != nil || (Due{Due: k.Day, Customer: k.ID}).Cursor() != text {
		return nil, fault.New(fault.Invalid, "is not a cursor of this list").At("after")
	}
	return &k, nil
}

// Page is a page of customers that are due.
type Page struct {
	Dues []Due
	More bool
}

// List reads a page of the customers that are due, the longest due first. Customers
// that are lost are not looked after. Faults: INVALID for a cursor.
func List(ctx context.Context, c *pg.Conn, r Rhythms, a Ask) (Page, error) {
	d, err := a.question(r)
	if err != nil || d.Customers == nil {
		return Page{}, err
	}
	d.Limit = a.First + 1
	dues, err := a.read(ctx, c, d)
	p := Page{Dues: dues}
	if len(dues) > a.First {
		p.Dues, p.More = dues[:a.First], true
	}
	return p, err
}

// Count is how many customers are due.
func Count(ctx context.Context, c *pg.Conn, r Rhythms, a Ask) (n int, err error) {
	a.After = ""
	d, err := a.question(r)
	if err != nil || d.Customers == nil {
		return 0, err
	}
	s := a.Env.CountDue(d)
	err = c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { n = int(row[0].(int64)); return nil })
	return n, err
}

// Of is when each of some customers is due, whether that is soon or not, by number.
func Of(ctx context.Context, c *pg.Conn, r Rhythms, a Ask, customers []int64) (map[int64]Due, error) {
	out := make(map[int64]Due, len(customers))
	a.After = ""
	d, err := a.question(r)
	if err != nil || d.Customers == nil || len(customers) == 0 {
		return out, err
	}
	d.IDs, d.Limit = customers, len(customers)
	dues, err := a.read(ctx, c, d)
	for _, x := range dues {
		out[x.Customer] = x
	}
	return out, err
}

func (a Ask) question(r Rhythms) (sqlgen.Due, error) {
	d := sqlgen.Due{Customers: a.Catalog.Customers(), Kind: a.Kind, Day: a.Day, Until: a.Until, Other: other[a.Kind], Weekdays: r.Weekdays, Filter: a.Filter, Mine: a.Mine, Days: map[string]int{}}
	for tier, days := range r.ByTier {
		d.Days[tier] = days[a.Kind]
	}
	if r.Weekdays {
		d.Moves = r.Calendar.Moves()
	}
	var err error
	if a.After != "" {
		d.After, err = parseCursor(a.After)
	}
	return d, err
}

func (a Ask) read(ctx context.Context, c *pg.Conn, d sqlgen.Due) ([]Due, error) {
	var out []Due
	s := a.Env.Due(d)
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		x := Due{Customer: row[0].(int64), Due: calendar.Day(row[2].(int64)), Planned: row[3].(bool), At: a.Env.Moment()}
		if last, ok := row[1].(int64); ok {
			day := calendar.Day(last)
			x.Last = &day
		}
		x.Late = max(0, d.Day.Since(x.Due))
		out = append(out, x)
		return nil
	})
	return out, err
}
