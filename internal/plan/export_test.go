package plan

import (
	"math"

	"fieldwork/internal/form"
)

// The two ways to read, whatever the size of the answer.

func PageByLevel(l List, env Env) *Plan   { return page(l, env, math.MaxInt64) }
func PageInOneTrip(l List, env Env) *Plan { return page(l, env, 0) }
func RecordByLevel(f *form.Form, id int64, o Object, env Env) *Plan {
	return record(f, id, o, env, math.MaxInt64)
}
func RecordInOneTrip(f *form.Form, id int64, o Object, env Env) *Plan {
	return record(f, id, o, env, 0)
}

// AppendString is the writer of texts, for its tests.
var AppendString = appendString

// AppendLength is the writer of lengths of time, for its tests.
var AppendLength = appendLength

// Rows is how many rows a run read on the level of that name, -1 if there is no
// such level.
func (res *Result) Rows(name string) int {
	for i, l := range res.plan.levels {
		if l.name == name {
			return res.levels[i].n
		}
	}
	return -1
}
