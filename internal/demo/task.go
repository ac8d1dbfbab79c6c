package demo

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

type task struct {
	kind, status, priority string
	title, result          string
	starts, due, done      int // days
	progress               int
	hours                  string
	assignee, role         int64
	dependsOn              []int   // places among the customer's tasks
	together               []int64 // members who take part
	repeats                int     // days, 0: once
}

var taskKinds = []string{"visit", "training", "problem", "review", "delivery", "collection"}

// taskTeams are the responsibilities that take a kind of task, best first.
var taskTeams = map[string][]string{
	"visit":      {"account_manager", "sales"},
	"training":   {"success", "technical_support", "after_sales"},
	"problem":    {"technical_support", "after_sales"},
	"review":     {"account_manager"},
	"delivery":   {"delivery", "solution", "technical_support"},
	"collection": {"finance", "sales"},
}

// taskCount is about ten per customer, more for the larger.
func taskCount(a account, r *rand.Rand) int {
	n := map[string]int{"a": 20, "b": 14, "c": 8, "d": 4, "": 5}[a.tier]
	return n + []int{-1, 0, 0, 0, 1, 1}[r.IntN(6)]
}

func (g *generator) tasks(a account, roles []role) []task {
	r := g.random(a.n, partTasks)
	v := voice{zh: a.zh}
	out := make([]task, taskCount(a, r))
	for i := range out {
		t := &out[i]
		t.kind = taskKinds[weighted(r, 28, 14, 20, 14, 14, 10)]
		switch {
		case a.status == "prospect": // has bought nothing yet
			t.kind = "visit"
		case i < len(taskKinds) && a.tier == "a":
			t.kind = taskKinds[i] // the strategic ones have every kind
		}
		t.status = []string{"done", "open", "doing", "cancelled"}[weighted(r, 50, 24, 17, 9)]
		if a.status == "lost" {
			t.status = []string{"done", "cancelled"}[weighted(r, 60, 40)]
		}
		t.priority = []string{"urgent", "high", "normal", "low"}[weighted(r, 5, 20, 60, 15)]
		if t.kind == "problem" {
			t.priority = []string{"urgent", "high", "normal"}[weighted(r, 25, 45, 30)]
		}
		t.schedule(r, a)
		if i == 0 && a.slot%10 == 3 && a.status == "active" { // something is due today
			t.status, t.starts, t.due, t.done, t.progress = "open", -between(r, 3, 12), 0, never, 0
		}
		if !chance(r, 8) {
			t.hours = []string{"1", "2", "2.5", "4", "4", "6", "8", "12", "16", "24"}[r.IntN(10)]
		}
		t.assign(r, roles)
		if t.status != "done" && t.status != "cancelled" && i > 0 && chance(r, 15) && out[i-1].status != "cancelled" {
			t.dependsOn = append(t.dependsOn, i-1)
			if i > 1 && out[i-2].status != "cancelled" && chance(r, 30) {
				t.dependsOn = append(t.dependsOn, i-2)
			}
		}
		if days := map[string]int{"visit": a.contactDays, "review": max(a.contactDays, 90)}[t.kind]; days > 0 && chance(r, 40) {
			t.repeats = days
		}
		v.topic = pick(r, topics)
		text := pick(r, taskTexts[t.kind])
		t.title = v.say(text.title)
		switch t.status {
		case "done":
			t.result = v.say(text.result)
		case "cancelled":
			t.result = v.say(pick(r, cancelReasons))
		}
	}
	g.bring(a, roles, out)
	return out
}

// bring has some tasks done together with others who work for the customer.
func (g *generator) bring(a account, roles []role, tasks []task) {
	r := g.random(a.n, partTogether)
	for i := range tasks {
		t := &tasks[i]
		if len(roles) == 0 || t.assignee == 0 || !chance(r, map[string]int{"visit": 45, "review": 60, "training": 40}[t.kind]+5) {
			continue
		}
		for range between(r, 1, 3) {
			if x := pick(r, roles); x.active() && x.member != t.assignee && !slices.Contains(t.together, x.member) {
				t.together = append(t.together, x.member)
			}
		}
	}
}

// schedule sets the days and the progress that fit the status.
func (t *task) schedule(r *rand.Rand, a account) {
	window := min(365, a.age) - 2 // days back that the record allows, at least 18
	t.done = never
	length := between(r, 3, 25)
	switch t.status {
	case "done":
		t.due = -between(r, 1, window-5)
		t.starts = max(t.due-length, -window)
		if late := [...]int{good: 10, fair: 30, poor: 55}[a.mood]; chance(r, late) {
			t.done = min(t.due+between(r, 1, 14), -1)
		} else if chance(r, 6) { // ahead of a day still to come
			t.due = between(r, 0, 10)
			t.done = -between(r, 1, 6)
			t.starts = max(t.done-length, -window)
		} else {
			t.done = max(t.due-r.IntN(6), t.starts)
		}
		t.done = max(t.done, t.starts)
		t.progress = 100
	case "open":
		overdue := [...]int{good: 12, fair: 25, poor: 45}[a.mood]
		switch weighted(r, overdue, 5, 92-overdue, 3) {
		case 0:
			t.due = -between(r, 1, min(40, window-5))
		case 1:
			t.due = 0
		case 2:
			t.due = between(r, 1, 90)
		default:
			t.due = never
		}
		t.starts = between(r, -10, 10)
		if t.due != never {
			t.starts = max(t.due-length, -window)
		}
	case "doing":
		t.due = between(r, -min(20, window-5), 45)
		t.starts = max(min(t.due-length, -1), -window)
		t.progress = 5 * between(r, 1, 19)
	case "cancelled":
		t.due = between(r, -window+5, 30)
		t.starts = max(t.due-length, -window)
		t.progress = 10 * between(r, 0, 5)
	}
}

// assign gives the task to whoever holds the fitting role today, also to one
// who has left, because that is how it is when nobody hands over.
func (t *task) assign(r *rand.Rand, roles []role) {
	if chance(r, 2) && t.status == "open" {
		return // nobody has taken it yet
	}
	var some []role
	for _, resp := range taskTeams[t.kind] {
		var fit []role
		for _, x := range roles {
			if x.active() && (x.level == "a" || x.level == "r") {
				if x.responsibility == resp {
					fit = append(fit, x)
				}
				some = append(some, x)
			}
		}
		if len(fit) > 0 {
			some = fit
			break
		}
	}
	if len(some) == 0 {
		return
	}
	x := pick(r, some)
	t.assignee = x.member
	if !chance(r, 10) {
		t.role = x.id
	}
}

// voice says phrases in the language of a customer, about a topic.
type voice struct {
	zh    bool
	topic phrase
}

func (v voice) say(p phrase) string {
	s := strings.ReplaceAll(p.in(v.zh), "{topic}", v.topic.in(v.zh))
	if v.zh || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// every is a rhythm in words.
func (v voice) every(days int) any {
	if days == 0 {
		return nil
	}
	if v.zh {
		return "每" + strconv.Itoa(days) + "天"
	}
	return "every " + strconv.Itoa(days) + " days"
}

var taskKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"title", "customer", "role", "kind", "assignee", "status", "priority", "starts_on", "due_on", "done_at",
	"progress", "estimate_hours", "repeats", "result"}

func (g *generator) taskRows() iter.Seq[[]any] {
	next := g.firstTask
	return g.rows(func(a account, roles []role, emit func([]any) bool) bool {
		for i, t := range g.tasks(a, roles) {
			made := max(min(t.starts, 0)-1-i%4, -a.age)
			created := g.moment(made, 18*60+i)
			changed, version := created, 1
			switch {
			case t.done != never:
				changed, version = g.moment(t.done, 10*60+i*17%420), 3
			case t.status == "doing":
				changed, version = g.moment(max(made, -1-i%6), 19*60), 2
			case t.status == "cancelled":
				changed, version = g.moment(max(made, min(t.due, -1)), 19*60), 2
			}
			var done any
			if t.done != never {
				done = changed
			}
			by := orNil(a.owner)
			if !emit([]any{next, version, created, by, changed, by,
				t.title, a.id, orNil(t.role), t.kind, orNil(t.assignee), t.status, t.priority, g.date(t.starts), g.date(t.due), done,
				t.progress, orNil(t.hours), voice{zh: a.zh}.every(t.repeats), orNil(t.result)}) {
				return false
			}
			next++
		}
		return true
	})
}

// participantRows are the links of tasks to members who take part.
func (g *generator) participantRows() iter.Seq[[]any] {
	next := g.firstTask
	return g.rows(func(a account, roles []role, emit func([]any) bool) bool {
		for _, t := range g.tasks(a, roles) {
			for i, m := range t.together {
				if !emit([]any{next, m, i + 1}) {
					return false
				}
			}
			next++
		}
		return true
	})
}

// dependencyRows are the links of tasks to those that must be done before.
func (g *generator) dependencyRows() iter.Seq[[]any] {
	next := g.firstTask
	return g.rows(func(a account, roles []role, emit func([]any) bool) bool {
		first := next
		for _, t := range g.tasks(a, roles) {
			for i, d := range t.dependsOn {
				if !emit([]any{next, first + int64(d), i + 1}) {
					return false
				}
			}
			next++
		}
		return true
	})
}
