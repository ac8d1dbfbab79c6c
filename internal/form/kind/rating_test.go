package kind_test

import (
	"encoding/json"
	"testing"

	"fieldwork/internal/form/kind"
)

func TestRating(t *testing.T) {
	checkParse(t, kind.Rating{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "one star", raw: json.Number("1"), want: "1"},
		{name: "five stars", raw: "5", want: "5"},
		{name: "six of five", raw: 6, bad: "must be at most 5"},
		{name: "six of ten", raw: 6, set: kind.Settings{Max: "10"}, want: "6"},
		{name: "a field cannot lift the limit", raw: 11, set: kind.Settings{Max: "99"}, bad: "must be at most 10"},
		{name: "no star is no rating", raw: 0, bad: "must be at least 1"},
		{name: "half a star", raw: 2.5, bad: "must be a whole number"},
		{name: "boolean", raw: true, bad: "expected a number, got a boolean"},
	})
}

func TestProgress(t *testing.T) {
	checkParse(t, kind.Progress{}, []parseCase{
		{name: "absent is not nothing", raw: nil, want: nil},
		{name: "nothing done", raw: json.Number("0"), want: "0"},
		{name: "all done", raw: "100.0", want: "100"},
		{name: "more than all", raw: 101, bad: "must be at most 100"},
		{name: "less than nothing", raw: -1, bad: "must be at least 0"},
		{name: "between", raw: "12.5", bad: "must be a whole number"},
		{name: "list", raw: []any{1}, bad: "expected a number, got a list"},
	})
}
