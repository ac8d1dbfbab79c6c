package rhythm

import (
	"slices"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
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

// DeputyTasks are those of members who are absent on the day and whose absence
// names the member as deputy.
func (d *MyDay) DeputyTasks() (query.List, error) {
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
	absent := object{deputy.Key: d.me(), from.Key: object{"lte": d.Day.String()}, to.Key: object{"gte": d.Day.String()}}
	return d.list(due, object{x.Key: object{x.Target.Fields[absences].Key: object{"some": absent}}, status.Key: object{"in": present(status, "open", "doing")}})
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
