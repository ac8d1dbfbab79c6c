package division

import (
	"cmp"
	"math"
	"slices"

	"fieldwork/internal/calendar"
	"fieldwork/internal/pg"
)

// tally is the tasks of one customer, as they come.
type tally struct {
	weight, sum float64 // of progress
	key         []keyTask
}

// keyTask is an open task that may be shown.
type keyTask struct {
	due   *calendar.Day
	id    int64
	title string
}

func (a keyTask) compare(b keyTask) int {
	switch {
	case a.due == nil || b.due == nil:
		if (a.due == nil) != (b.due == nil) {
			if a.due == nil {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.id, b.id)
	default:
		return cmp.Or(cmp.Compare(*a.due, *b.due), cmp.Compare(a.id, b.id))
	}
}

// What a task's status is to the table, as sqlgen numbers it.
const (
	taskOpen  = 0
	taskDoing = 1
	taskDone  = 2
)

// tasks reads the tasks of the page's customers once: how far they are, the most
// pressing ones, and, when the page is all there is, what their assignees have to do.
func (r *reader) tasks() error {
	w := r.ask.Wants
	if !w.Tasks && !w.Titles || len(r.shown) == 0 {
		return nil
	}
	load := (w.Workload || w.Evenness) && r.complete && !r.all()
	if load {
		r.facts.Load = map[int64]Load{}
	}
	tallies := make(map[int64]*tally, len(r.shown))
	err := r.query(r.ask.Env.DivisionTasks(r.div, w.Titles), numbers(r.shown), func(v []pg.Value) {
		customer := v[0].(int64)
		n := tallies[customer]
		if n == nil {
			n = &tally{}
			tallies[customer] = n
		}
		status, late, hours, progress := v[2].(int64), v[3].(bool), v[5].(float64), v[6].(float64)
		open := status == taskOpen || status == taskDoing
		r.rows[customer].Tasks.add(status, open && late)
		if status == taskDone {
			progress = 100
		}
		n.weight, n.sum = n.weight+hours, n.sum+hours*progress
		if !open {
			return
		}
		if v[9] != nil {
			n.press(v, r.settings.KeyTasks)
		}
		if who, _ := v[1].(int64); load && who != 0 {
			r.facts.Load[who] = r.facts.Load[who].with(hours*(1-progress/100), late, v[4].(bool))
		}
	})
	for id, n := range tallies {
		t := &r.rows[id].Tasks
		if n.weight > 0 {
			progress := round(exact(n.sum) / exact(n.weight))
			t.Progress = &progress
		}
		for _, k := range n.key {
			t.Key = append(t.Key, k.title)
		}
	}
	for id, l := range r.facts.Load {
		l.Hours, l.Soon = exact(l.Hours), exact(l.Soon)
		r.facts.Load[id] = l
	}
	return err
}

// exact is the sum of decimals with few digits, whatever the order of adding them left
// over.
func exact(sum float64) float64 { return math.Round(sum*1e6) / 1e6 }

func (t *Tasks) add(status int64, overdue bool) {
	switch status {
	case taskOpen:
		t.Open++
	case taskDoing:
		t.Doing++
	case taskDone:
		t.Done++
	}
	if overdue {
		t.Overdue++
	}
}

func (l Load) with(hours float64, late, soon bool) Load {
	l.Open++
	l.Hours += hours
	if late {
		l.Overdue++
	}
	if soon {
		l.Soon += hours
	}
	return l
}

// press takes in a task if it is among the most pressing ones: the first due first,
// those without a day last.
func (n *tally) press(v []pg.Value, most int) {
	k := keyTask{due: dayOf(v[7]), id: v[8].(int64)}
	at, _ := slices.BinarySearchFunc(n.key, k, keyTask.compare)
	if at >= most {
		return
	}
	k.title = text(v[9])
	n.key = slices.Insert(n.key, at, k)
	n.key = n.key[:min(len(n.key), most)]
}
