package kind_test

import (
	"testing"

	"fieldwork/internal/form/kind"
)

func TestChoice(t *testing.T) {
	set := kind.Settings{Options: []kind.Option{{Key: "open", Enum: "OPEN"}, {Key: "in_work", Enum: "IN_WORK"}, {Key: "lost", Enum: "LOST", Archived: true}}}
	checkParse(t, kind.Choice{}, []parseCase{
		{name: "absent", raw: nil, set: set, want: nil},
		{name: "empty", raw: "", set: set, want: nil},
		{name: "blank cell", raw: "  ", set: set, want: nil},
		{name: "by key", raw: "in_work", set: set, want: "in_work"},
		{name: "by enum name", raw: "IN_WORK", set: set, want: "in_work"},
		{name: "neither key nor enum name", raw: "In_Work", set: set, bad: `"In_Work" is not one of the options`},
		{name: "archived", raw: "LOST", set: set, bad: `option "lost" is archived and can no longer be chosen`},
		{name: "unknown", raw: "constructor", set: set, bad: `"constructor" is not one of the options`},
		{name: "no options at all", raw: "open", bad: `"open" is not one of the options`},
		{name: "number", raw: 1, set: set, bad: "expected the key of an option, got a number"},
		{name: "list", raw: []any{"open"}, set: set, bad: "expected the key of an option, got a list"},
	})
}
