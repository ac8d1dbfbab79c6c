package handover

import (
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/query/sqlgen"
)

// on is the day of the handover.
const on = calendar.Day(1000)

func at(n int) *calendar.Day {
	d := on.Add(n)
	return &d
}

// role is a role of the customer 1, of the leaver when nothing else is said.
func role(id int64, what string, more ...func(*Held)) Held {
	h := Held{Part: sqlgen.HeldRoles, ID: id, Customer: 1, Member: 10, Responsibility: what, Level: "a"}
	for _, f := range more {
		f(&h)
	}
	return h
}

func from(n int) func(*Held)          { return func(h *Held) { h.Start = at(n) } }
func until(n int) func(*Held)         { return func(h *Held) { h.End = at(n) } }
func of(member int64) func(*Held)     { return func(h *Held) { h.Member = member } }
func customer(id int64) func(*Held)   { return func(h *Held) { h.Customer = id } }
func deputy(member int64) func(*Held) { return func(h *Held) { h.Deputy = member } }
func level(letter string) func(*Held) { return func(h *Held) { h.Level = letter } }
func scope(text string) func(*Held)   { return func(h *Held) { h.Scope = text } }
func held(part Part, id int64, on int64) Held {
	return Held{Part: part, ID: id, Customer: on, Member: 10}
}

// said is what becomes of each record, in short.
func said(moves []Move, left []Left) string {
	var out []string
	for _, m := range moves {
		s := fmt.Sprintf("%d>%d %s", m.Record, m.To, m.Action)
		for _, d := range m.spans {
			s += fmt.Sprintf(" %d..", d.first.Since(on))
			if d.last != nil {
				s += fmt.Sprint(d.last.Since(on))
			}
		}
		out = append(out, s)
	}
	for _, l := range left {
		out = append(out, fmt.Sprintf("%d stays: %s", l.Record, l.Reason))
	}
	return strings.Join(out, ", ")
}

func TestFigure(t *testing.T) {
	all := []Rule{{To: 20}}
	tests := []struct {
		name  string
		held  []Held
		roles []Held // of receivers
		rules []Rule
		away  int64 // deputy of the leaver's absence
		plain bool  // roles have no dates
		want  string
	}{
		{name: "a role that has begun ends, and the receiver's follows", held: []Held{role(1, "sales"), role(2, "sales", from(-5), until(5))}, rules: all, want: "1>20 SUCCEEDED 0.., 2>20 ENDED"},
		{name: "one that begins on the day or later changes hands", held: []Held{role(1, "sales", from(0)), role(2, "legal", from(30))}, rules: all, want: "1>20 REASSIGNED, 2>20 REASSIGNED"},
		{name: "one without dates changes hands", held: []Held{role(1, "sales")}, rules: all, plain: true, want: "1>20 REASSIGNED"},
		{name: "one of which only the end is known too, whatever the receiver has", held: []Held{role(1, "sales", until(30))}, roles: []Held{role(7, "sales", of(20), until(9))}, rules: all, plain: true, want: "1>20 REASSIGNED"},
		{name: "and is archived when it is there", held: []Held{role(1, "sales", until(9))}, roles: []Held{role(7, "sales", of(20), until(30))}, rules: all, plain: true, want: "1>20 ARCHIVED"},
		{name: "one that ends on the day is followed for that day", held: []Held{role(1, "sales", until(0))}, rules: all, want: "1>20 SUCCEEDED 0..0"},
		{name: "the same role of the receiver's is not doubled", held: []Held{role(1, "sales")}, roles: []Held{role(7, "sales", of(20))}, rules: all, want: "1>20 ENDED"},
		{name: "nor when the leaver's has not begun", held: []Held{role(1, "sales", from(3))}, roles: []Held{role(7, "sales", of(20), from(-9))}, rules: all, want: "1>20 ARCHIVED"},
		{name: "one that ends earlier is followed from its end on", held: []Held{role(1, "sales")}, roles: []Held{role(7, "sales", of(20), until(9))}, rules: all, want: "1>20 SUCCEEDED 10.."},
		{name: "two in a row are as good as one", held: []Held{role(1, "sales", until(30))}, roles: []Held{role(7, "sales", of(20), until(9)), role(8, "sales", of(20), from(10), until(30))}, rules: all, want: "1>20 ENDED"},
		{name: "one that begins later ends what follows", held: []Held{role(1, "sales")}, roles: []Held{role(7, "sales", of(20), from(4))}, rules: all, want: "1>20 SUCCEEDED 0..3"},
		{name: "one in between has two follow", held: []Held{role(1, "sales", until(30))}, roles: []Held{role(7, "sales", of(20), from(4), until(9))}, rules: all, want: "1>20 SUCCEEDED 0..3 10..30"},
		{name: "so it is of one that has not begun", held: []Held{role(1, "sales", from(2))}, roles: []Held{role(7, "sales", of(20), from(4), until(9))}, rules: all, want: "1>20 ARCHIVED 2..3 10.."},
		{name: "one that begins when it is over is nothing to it", held: []Held{role(1, "sales", until(3))}, roles: []Held{role(7, "sales", of(20), from(4))}, rules: all, want: "1>20 SUCCEEDED 0..3"},
		{name: "what is given first counts for what is given next", held: []Held{role(1, "sales", from(3), until(20)), role(2, "sales")}, rules: all, want: "1>20 REASSIGNED, 2>20 SUCCEEDED 0..2 21.."},
		{name: "another level, scope, customer or member is not the same", held: []Held{role(1, "sales"), role(2, "legal"), role(3, "finance"), role(4, "sponsor")},
			roles: []Held{role(6, "sales", of(20), level("r")), role(7, "legal", of(20), scope("north")), role(8, "finance", of(20), customer(2)), role(9, "sponsor", of(30))}, rules: all,
			want: "1>20 SUCCEEDED 0.., 2>20 SUCCEEDED 0.., 3>20 SUCCEEDED 0.., 4>20 SUCCEEDED 0.."},
		{name: "everything else names the receiver", held: []Held{held(sqlgen.HeldTasks, 1, 0), held(sqlgen.HeldFeedback, 2, 1), held(sqlgen.HeldCustomers, 3, 3)}, rules: all,
			want: "1>20 REASSIGNED, 2>20 REASSIGNED, 3>20 REASSIGNED"},
		{name: "the first rule that fits says", held: []Held{role(1, "sales"), role(2, "legal"), role(3, "sales", customer(2)), held(sqlgen.HeldTasks, 4, 2), held(sqlgen.HeldTasks, 5, 0), held(sqlgen.HeldContacts, 6, 1)},
			rules: []Rule{{To: 30, Customers: []int64{2}}, {To: 20, Responsibilities: []string{"sales"}}, {To: 40, Parts: []Part{sqlgen.HeldTasks}}},
			want:  "1>20 SUCCEEDED 0.., 3>30 SUCCEEDED 0.., 4>30 REASSIGNED, 5>40 REASSIGNED, 2 stays: NO_RULE, 6 stays: NO_RULE"},
		{name: "a rule of no customers fits nothing", held: []Held{held(sqlgen.HeldTasks, 1, 0)}, rules: []Rule{{To: 30, Customers: []int64{}}}, want: "1 stays: NO_RULE"},
		{name: "the deputy of the absence comes before that of the role", held: []Held{role(1, "sales", deputy(40)), held(sqlgen.HeldTasks, 2, 1)}, away: 30, rules: []Rule{{}}, want: "1>30 SUCCEEDED 0.., 2>30 REASSIGNED"},
		{name: "without an absence there is that of the role", held: []Held{role(1, "sales", deputy(40)), held(sqlgen.HeldTasks, 2, 1)}, rules: []Rule{{}}, want: "1>40 SUCCEEDED 0.., 2 stays: NO_DEPUTY"},
		{name: "a deputy who is not there is none", held: []Held{role(1, "sales", deputy(99)), role(2, "legal", deputy(10)), role(3, "finance")}, away: 98, rules: []Rule{{}, {To: 20, Responsibilities: []string{"finance"}}},
			want: "3>20 SUCCEEDED 0.., 1 stays: NO_DEPUTY, 2 stays: NO_DEPUTY"},
		{name: "nothing is nothing", rules: all, want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts{From: 10, On: on, Held: tt.held, Roles: tt.roles, Deputy: tt.away, Dated: !tt.plain, There: map[int64]bool{10: true, 20: true, 30: true, 40: true}}
			if got := said(figure(f, tt.rules)); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]int64{"handover_7": 7, "handover_07": 0, "handover_0": 0, "handover_-1": 0, "7": 0, "task_7": 0, "": 0} {
		if got := ParseID(id); got != want {
			t.Errorf("%q is %d, want %d", id, got, want)
		}
	}
	if id := (&Handover{Number: 7}).ID(); id != "handover_7" {
		t.Error(id)
	}
}
