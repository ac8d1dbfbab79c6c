package e2e_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
)

type object = map[string]any

// tableAround is what the table says before and after a task changes.
const tableAround = `{ divisionTable(first: 200, orderBy: [{field: NAME}]) { totalCount evenness
	rows { number customer { id name } lastContact rating openIssues nextReview reviewLate improvements
		cells { responsibility state gap { kind severity since } members { name levels absent } }
		tasks { open doing overdue done progress key } health { score band confidence trend parts { key weight value contribution } mostToGain } }
	gaps { customer { name } responsibility kind severity since } overlaps { customer { name } responsibility kind severity } staleRoles { customer { name } responsibility level since }
	workload { member { id } accounts rolesByLevel { accountable responsible support consulted informed } openTasks overdueTasks points openHours utilisation verdict } } }`

// ofTasks is what of the table tasks may move: of the rows of their customers, and of
// the workload of their assignees.
var (
	ofTasks     = []string{"tasks", "health"}
	ofAssignees = []string{"openTasks", "overdueTasks", "openHours", "utilisation", "verdict"}
)

// without is the table without what the tasks of some customers and assignees move.
func without(t object, customers, assignees []any) string {
	t = maps.Clone(t)
	cut := func(list string, id func(object) any, ids []any, names []string) {
		var out []any
		for _, x := range t[list].([]any) {
			x := maps.Clone(x.(object))
			if slices.Contains(ids, id(x)) {
				for _, name := range names {
					delete(x, name)
				}
			}
			out = append(out, x)
		}
		t[list] = out
	}
	cut("rows", func(x object) any { return idOf(x["customer"]) }, customers, ofTasks)
	cut("workload", func(x object) any { return idOf(x["member"]) }, assignees, ofAssignees)
	return fmt.Sprint(t)
}

// rowOf is the row of a customer; nil if there is none.
func rowOf(t object, customer any) object {
	for _, x := range t["rows"].([]any) {
		if x := x.(object); idOf(x["customer"]) == customer {
			return x
		}
	}
	return nil
}

// kept are some of the values of an object.
func kept(x object, names ...string) string {
	out := object{}
	for _, name := range names {
		out[name] = x[name]
	}
	return fmt.Sprint(out)
}

// partOf is the value of a part of a row's health; nil where it is absent.
func partOf(row object, key string) any {
	for _, p := range row["health"].(object)["parts"].([]any) {
		if p := p.(object); p["key"] == key {
			return p["value"]
		}
	}
	return nil
}

// addsUp says what is wrong with a score and its parts; "" if nothing.
func addsUp(row object) string {
	h := row["health"].(object)
	sum, weighed, weights := 0.0, 0.0, 0.0
	for _, p := range h["parts"].([]any) {
		p := p.(object)
		sum += float(p["contribution"])
		if p["value"] != nil {
			weighed, weights = weighed+float(p["weight"])*float(p["value"]), weights+float(p["weight"])
		}
	}
	if score := float(h["score"]); math.Abs(sum-score) > 0.01 || math.Abs(weighed/weights-score) > 0.01 {
		return fmt.Sprintf("the parts add up to %v, and weigh %v, not %v", sum, weighed/weights, score)
	}
	return ""
}

// TestOneTaskMovesWhatItIsOf: a change of one task changes of the table what its
// definition says, and nothing else: counts of its customer, work of its assignee,
// and of health the part delivery, by the documented amount.
func TestOneTaskMovesWhatItIsOf(t *testing.T) {
	t.Parallel()
	h := newHistory(t, setting(t, "FIELDWORK_SEED", historySeed))
	for ago := 12; ago > 3; ago-- {
		h.live(t, h.today.Add(-ago))
	}
	h.day = h.today
	h.at(h.today, 23)
	m := &mover{h: h}
	m.before = m.table(t)
	for i := range 60 {
		m.look()
		if i%3 == 0 {
			m.overdue(t)
		} else {
			m.change(t, one(h, taskChanges...))
		}
		m.before = m.after
	}
}

// mover moves one task after the other.
type mover struct {
	h                  *history
	before, after      object
	customers, members []any // in the table before: customers, and members with points, which do not come from tasks
}

func (m *mover) table(t *testing.T) object {
	t.Helper()
	return m.h.w.ask(t, "vera", tableAround, nil).at("divisionTable").(object)
}

func (m *mover) look() {
	m.customers, m.members = nil, []any{nil}
	for _, x := range m.before["workload"].([]any) {
		if x := x.(object); float(x["points"]) > 0 {
			m.members = append(m.members, idOf(x["member"]))
		}
	}
	for _, x := range m.before["rows"].([]any) {
		m.customers = append(m.customers, idOf(x.(object)["customer"]))
	}
}

func idOf(v any) any {
	if v == nil {
		return nil
	}
	return v.(object)["id"]
}

// overdue makes one more task that is overdue.
func (m *mover) overdue(t *testing.T) {
	t.Helper()
	h, now := m.h, m.h.today
	h.names++
	v := vars{"title": fmt.Sprint("late ", h.names), "customer": one(h, m.customers...), "assignee": one(h, m.members...), "status": one(h, "open", "doing"), "due_on": now.Add(-1 - h.IntN(90)).String()}
	var due int // tasks that count for delivery
	err := h.w.acme.DB.Control.Get(&due, `SELECT count(*) FROM org_acme.task WHERE 'customer_' || customer = $1 AND archived_at IS NULL AND status <> 'cancelled'
		AND due_on >= $2 AND (due_on < $3 OR due_on = $3 AND status = 'done')`, v["customer"], now.Add(-90).String(), now.String())
	if err != nil {
		t.Fatal(err)
	}
	h.w.ask(t, "olga", `mutation($v: JSON!) { createRecord(input: {form: "task", values: $v}) { record { id } } }`, vars{"v": v})
	m.after = m.table(t)
	m.unmoved(t, fmt.Sprint(v), []any{v["customer"]}, []any{v["assignee"]})
	was, is := rowOf(m.before, v["customer"]), rowOf(m.after, v["customer"])
	want := 0.0
	if old := partOf(was, "DELIVERY"); old != nil {
		want = float(old) * float64(due) / float64(due+1)
	}
	if value := partOf(is, "DELIVERY"); value == nil || math.Abs(float(value)-want) > 0.001 {
		t.Errorf("one more overdue task beside %d makes delivery %v, want %v", due, value, want)
	}
	for _, name := range []string{"open", "doing", "overdue", "done"} {
		more := 0.0
		if name == "overdue" || name == v["status"] {
			more = 1
		}
		if a, b := float(was["tasks"].(object)[name]), float(is["tasks"].(object)[name]); b != a+more {
			t.Errorf("%v: %s goes from %v to %v", v, name, a, b)
		}
	}
}

// change changes one field of a task.
func (m *mover) change(t *testing.T, c taskChange) {
	t.Helper()
	h := m.h
	all := h.w.ask(t, "vera", `{ tasks(first: 200) { nodes { id customer { id } assignee { id } } } }`, nil).at("tasks", "nodes").([]any)
	all = slices.DeleteFunc(all, func(x any) bool { return !slices.Contains(m.members, idOf(x.(object)["assignee"])) })
	task := all[h.IntN(len(all))].(object)
	value := c.value(m)
	h.w.ask(t, "olga", `mutation($r: [JSON!]!) { updateRecords(input: {form: "task", rows: $r}) { count } }`, vars{"r": []any{vars{"id": task["id"], "set": vars{c.key: value}}}})
	m.after = m.table(t)
	customers, assignees := []any{idOf(task["customer"])}, []any{idOf(task["assignee"])}
	switch c.key {
	case "customer":
		customers = append(customers, value)
	case "assignee":
		assignees = append(assignees, value)
	}
	about := fmt.Sprintf("%s of %v becomes %v", c.key, task, value)
	m.unmoved(t, about, customers, assignees)
	for _, id := range customers {
		was, is := rowOf(m.before, id), rowOf(m.after, id)
		if was == nil { // of none
			continue
		}
		if a, b := kept(was["tasks"].(object), c.tasks...), kept(is["tasks"].(object), c.tasks...); a != b {
			t.Errorf("%s: %s becomes %s", about, a, b)
		}
		if a, b := fmt.Sprint(was["health"]), fmt.Sprint(is["health"]); c.health && a != b {
			t.Errorf("%s: the health changes from %s to %s", about, a, b)
		}
	}
}

// unmoved checks what a task cannot move: all but what is of its customers and
// assignees, and of these the parts of health that are not delivery.
func (m *mover) unmoved(t *testing.T, about string, customers, assignees []any) {
	t.Helper()
	if was, is := without(m.before, customers, assignees), without(m.after, customers, assignees); was != is {
		t.Fatalf("%s: %s", about, firstDifference(is, was))
	}
	for _, x := range m.after["rows"].([]any) {
		is := x.(object)
		if bad := addsUp(is); bad != "" {
			t.Errorf("%s: %s", about, bad)
		}
		was := rowOf(m.before, idOf(is["customer"]))
		for _, key := range []string{"SATISFACTION", "ENGAGEMENT", "SERVICE", "COVERAGE", "COMMERCIAL"} {
			if a, b := partOf(was, key), partOf(is, key); a != b {
				t.Errorf("%s: %s moves from %v to %v", about, key, a, b)
			}
		}
	}
}

// taskChange is a change of one field, and what of its customers' rows it leaves as
// it is.
type taskChange struct {
	key    string
	value  func(m *mover) any
	tasks  []string
	health bool
}

var taskChanges = []taskChange{
	{"title", func(m *mover) any { m.h.names++; return fmt.Sprint("task ", m.h.names) }, []string{"open", "doing", "overdue", "done", "progress"}, true},
	{"progress", func(m *mover) any { return m.h.IntN(101) }, []string{"open", "doing", "overdue", "done", "key"}, true},
	{"estimate_hours", func(m *mover) any { return one[any](m.h, nil, "0.25", "40") }, []string{"open", "doing", "overdue", "done", "key"}, true},
	{"due_on", func(m *mover) any { return m.h.date(-30, 20) }, []string{"open", "doing", "done", "progress"}, false},
	{"status", func(m *mover) any { return one(m.h, "open", "doing", "done", "cancelled") }, nil, false},
	{"done_at", func(m *mover) any { return m.h.moment(20) }, []string{"open", "doing", "overdue", "done", "progress", "key"}, false},
	{"participants", func(m *mover) any { return []any{m.h.ref("member", false)} }, []string{"open", "doing", "overdue", "done", "progress", "key"}, true},
	{"assignee", func(m *mover) any { return one(m.h, m.members...) }, []string{"open", "doing", "overdue", "done", "progress", "key"}, true},
	{"customer", func(m *mover) any { return one(m.h, m.customers...) }, nil, false},
}
