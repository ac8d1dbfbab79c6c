package rhythm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// MyDay is what a day asks of a member.
type MyDay struct {
	Catalog *form.Catalog
	Env     sqlgen.Env // as of which moment it is read
	Day     calendar.Day
	Member  int64
}

// Ask is the question for customers of the member that are due by the day.
func (d *MyDay) Ask(k Kind) Ask {
	return Ask{Catalog: d.Catalog, Env: d.Env, Kind: k, Day: d.Day, Until: d.Day, Mine: d.Member}
}

// OverdueTasks are the member's tasks that were due before the day. A list without
// a form has no records.
func (d *MyDay) OverdueTasks() (query.List, error) { return d.tasks("lt") }

// DueTasks are the member's tasks that are due on the day.
func (d *MyDay) DueTasks() (query.List, error) { return d.tasks("eq") }

type object = map[string]any

func (d *MyDay) tasks(op string) (query.List, error) {
	x, due, status := d.taskFields()
	if x == nil {
		return query.List{}, nil
	}
	return d.list(due, object{x.Key: d.me(), due.Key: object{op: d.Day.String()}, status.Key: object{"in": present(status, "open", "doing")}})
}

// DeputyTasks are those of members who are absent on the day and for whom the member
// stands in: as deputy of the absence or, where no deputy of an absence is there, of
// their role on the customer of the task.
func (d *MyDay) DeputyTasks(ctx context.Context, c *pg.Conn) (query.List, error) {
	x, due, status := d.taskFields()
	away := d.Catalog.Purpose("ABSENCE_MEMBER")
	if x == nil || away == nil {
		return query.List{}, nil
	}
	deputy, from, to := away.Form.ByPurpose("ABSENCE_DEPUTY"), away.Form.StoredAs("ABSENCE_FROM", "date"), away.Form.StoredAs("ABSENCE_TO", "date")
	absences := slices.IndexFunc(x.Target.Fields, func(c *form.Field) bool { return c.Via == away && c.Usable() })
	if absences < 0 || deputy == nil || from == nil || to == nil {
		return query.List{}, nil
	}
	a := absence{x.Target.Fields[absences].Key, deputy.Key, object{from.Key: object{"lte": d.Day.String()}, to.Key: object{"gte": d.Day.String()}}}
	l, err := d.list(due, object{x.Key: object{a.list: object{"some": a.with(d.me())}}})
	if err != nil {
		return l, err
	}
	either := query.Or{l.Filter}
	if customer := d.Catalog.ToCustomer("TASK_CUSTOMER"); customer != nil && customer.Form == x.Form {
		roles, err := d.deputyRoles(ctx, c, a)
		if err != nil {
			return query.List{}, err
		}
		for _, r := range roles {
			either = append(either, query.And{query.Cmp{Field: x, Op: kind.Eq, Args: []string{r.member}}, query.Cmp{Field: customer, Op: kind.In, Args: r.customers}})
		}
	}
	if l, err = d.list(due, object{status.Key: object{"in": present(status, "open", "doing")}}); err == nil {
		l.Filter = query.And{l.Filter, either}
	}
	return l, err
}

// absence is how members are asked for by their absences on the day.
type absence struct {
	list   string // key of a member's absences
	deputy string // key of their deputy
	on     object // holds for those of the day
}

// with holds for absences of the day whose deputy a filter holds for.
func (a absence) with(deputy object) object {
	out := maps.Clone(a.on)
	out[a.deputy] = deputy
	return out
}

// stand is a member whose roles on some customers name another one as deputy; numbers.
type stand struct {
	member    string
	customers []string
}

// mostStands is how many roles are read that name one deputy.
const mostStands = 10_000

// deputyRoles are the roles on the day that name the member as deputy, of members who
// are absent and whose absences name nobody who is there.
func (d *MyDay) deputyRoles(ctx context.Context, c *pg.Conn, a absence) (out []stand, err error) {
	customer := d.Catalog.ToCustomer("ROLE_CUSTOMER")
	if customer == nil {
		return nil, nil
	}
	f := customer.Form
	who, deputy := f.ByPurpose("ROLE_MEMBER"), f.ByPurpose("ROLE_DEPUTY")
	if who == nil || deputy == nil {
		return nil, nil
	}
	there := object{"isNull": false, a.list: object{"none": a.on}}
	if status := who.Target.StoredAs("MEMBER_STATUS", "text"); status != nil {
		there[status.Key] = object{"in": present(status, "active")}
	}
	filter := object{deputy.Key: d.me(), who.Key: object{a.list: object{"some": a.on, "none": a.with(there)}}}
	var days []any
	for _, end := range [...][2]string{{"ROLE_START", "lte"}, {"ROLE_END", "gte"}} {
		if x := f.StoredAs(end[0], "date"); x != nil {
			days = append(days, object{"or": []any{object{x.Key: object{"isNull": true}}, object{x.Key: object{end[1]: d.Day.String()}}}})
		}
	}
	filter["and"] = days
	l, err := d.list(f.Field("id"), filter)
	if err != nil {
		return nil, err
	}
	s, _ := d.Env.List(l, []sqlgen.Column{{Field: who}, {Field: customer}}, mostStands)
	err = c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error {
		member, n := fmt.Sprint(v[0]), fmt.Sprint(v[1])
		i := slices.IndexFunc(out, func(s stand) bool { return s.member == member })
		if i < 0 {
			i, out = len(out), append(out, stand{member: member})
		}
		out[i].customers = append(out[i].customers, n)
		return nil
	})
	return out, err
}

// taskFields are the assignee, the due date and the status of tasks; all nil when
// one is not there.
func (d *MyDay) taskFields() (assignee, due, status *form.Field) {
	if assignee = d.Catalog.Purpose("TASK_ASSIGNEE"); assignee == nil {
		return nil, nil, nil
	}
	due, status = assignee.Form.StoredAs("TASK_DUE", "date"), assignee.Form.StoredAs("TASK_STATUS", "text")
	if due == nil || status == nil {
		return nil, nil, nil
	}
	return assignee, due, status
}

// Improvements are the member's that are not done: whose task is not, or that have
// none.
func (d *MyDay) Improvements() (query.List, error) {
	x := d.Catalog.Purpose("IMPROVEMENT_OWNER")
	if x == nil {
		return query.List{}, nil
	}
	filter := object{x.Key: d.me()}
	if task := x.Form.StoredAs("IMPROVEMENT_TASK", "bigint"); task != nil && task.Target != nil {
		if status := task.Target.StoredAs("TASK_STATUS", "text"); status != nil {
			filter["or"] = []any{object{task.Key: object{"isNull": true}}, object{task.Key: object{status.Key: object{"notIn": present(status, "done", "cancelled")}}}}
		}
	}
	order := x.Form.StoredAs("IMPROVEMENT_DUE", "date")
	if order == nil {
		order = x.Form.Field("id")
	}
	return d.list(order, filter)
}

func (d *MyDay) me() object { return object{"id": object{"eq": kind.ID("member", d.Member)}} }

// present are the options that a choice has of those that are meant.
func present(x *form.Field, options ...string) []any {
	var out []any
	for _, o := range options {
		if x.Has(o) {
			out = append(out, o)
		}
	}
	return out
}

func (d *MyDay) list(order *form.Field, filter object) (query.List, error) {
	f, err := query.ParseFilter(order.Form, filter, query.Generic, time.Time{})
	return query.List{Form: order.Form, Filter: f, Order: []query.Order{{Field: order}}}, err
}
