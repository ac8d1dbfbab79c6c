package calendar

import (
	"slices"
	"time"
)

// Working says which days are worked on: Monday to Friday without holidays, and
// days at a weekend that make up for those. The zero value knows weekends only.
//
//	w := calendar.NewWorking(holidays, makeUp)
//	w.Next(due) // due, or the first day after it that is worked on
type Working struct{ special map[Day]bool } // days that have a say of their own: whether they are worked on

// NewWorking is the calendar with these holidays and make-up days. A day that is
// both is worked on.
func NewWorking(holidays, makeUp []Day) Working {
	w := Working{special: make(map[Day]bool, len(holidays)+len(makeUp))}
	for _, d := range holidays {
		w.special[d] = false
	}
	for _, d := range makeUp {
		w.special[d] = true
	}
	return w
}

// On says whether a day is worked on.
func (w Working) On(d Day) bool {
	if on, special := w.special[d]; special {
		return on
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// longestBreak is how far Next looks: where nobody works for longer, days stay.
const longestBreak = 366

// Next is the day itself if it is worked on, or the first one after it that is.
func (w Working) Next(d Day) Day {
	for i := range longestBreak {
		if w.On(d.Add(i)) {
			return d.Add(i)
		}
	}
	return d
}

// Move is a day with the working day that it moves to.
type Move struct{ From, To Day }

// Moves lists the days that Next moves elsewhere than weekends alone would say, in
// their order: finitely many, so that a database can be told of them. Only a
// special day and a weekend right before one can be such.
func (w Working) Moves() []Move {
	var out []Move
	seen := map[Day]bool{}
	for s := range w.special {
		for _, d := range []Day{s - 2, s - 1, s} {
			if to := w.Next(d); !seen[d] && to != (Working{}).Next(d) {
				out = append(out, Move{d, to})
			}
			seen[d] = true
		}
	}
	slices.SortFunc(out, func(a, b Move) int { return int(a.From - b.From) })
	return out
}
