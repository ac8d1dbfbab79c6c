package kind_test

import (
	"reflect"
	"testing"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg/pgtest"
)

func TestMultiChoice(t *testing.T) {
	set := kind.Settings{Options: []kind.Option{{Key: "north", Enum: "NORTH"}, {Key: "east", Enum: "EAST"}, {Key: "null", Enum: "NULL"}, {Key: "old", Enum: "OLD", Archived: true}}}
	limited := set
	limited.MinItems, limited.MaxItems = ptr(2), ptr(2)
	checkParse(t, kind.MultiChoice{}, []parseCase{
		{name: "absent", raw: nil, set: set, want: nil},
		{name: "an empty list", raw: []any{}, set: set, want: nil},
		{name: "blank", raw: " ", set: set, want: nil},
		{name: "one", raw: "EAST", set: set, want: "{east}"},
		{name: "in the order of the options", raw: []any{"east", "NORTH"}, set: set, want: "{north,east}"},
		{name: "twice is once", raw: []any{"east", "EAST", "east"}, set: set, want: "{east}"},
		{name: "an option called null", raw: []any{"null"}, set: set, want: `{"null"}`},
		{name: "archived", raw: []any{"east", "old"}, set: set, bad: `option "old" is archived and can no longer be chosen`},
		{name: "unknown", raw: []any{"west"}, set: set, bad: `"west" is not one of the options`},
		{name: "a blank among them", raw: []any{"east", ""}, set: set, bad: "expected the key of an option, got an empty one"},
		{name: "null among them", raw: []any{nil}, set: set, bad: "expected the key of an option, got an empty one"},
		{name: "a number among them", raw: []any{1}, set: set, bad: "expected the key of an option, got a number"},
		{name: "fewer than the field's minimum", raw: []any{"east"}, set: limited, bad: "must have at least 2 values, has 1"},
		{name: "none, which is empty", raw: []any{}, set: limited, want: nil},
		{name: "more than the field's maximum", raw: []any{"east", "north", "null"}, set: limited, bad: "must have at most 2 values, has 3"},
		{name: "what comes twice counts once", raw: []any{"east", "north", "east"}, set: limited, want: "{north,east}"},
		{name: "an object", raw: map[string]any{"east": true}, set: set, bad: "expected the key of an option, got an object"},
	})
}

// TestElements reads what PostgreSQL prints.
func TestElements(t *testing.T) {
	db := pgtest.Open(t)
	for _, want := range [][]string{{"a"}, {"a", "b"}, {"null", "NULL"}, {"a b", "{", `"`, `\`, `a\"b`, ",", ""}, {"大客户", "🏭"}} {
		var text string
		for i, sql := 0, "SELECT ARRAY["; i <= len(want); i++ {
			if i == len(want) {
				if err := db.Control.GetContext(t.Context(), &text, sql+"]::text[]::text"); err != nil {
					t.Fatal(err)
				}
				break
			}
			sql += map[bool]string{true: ", "}[i > 0] + "'" + want[i] + "'"
		}
		if got := kind.Elements(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads as %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "{}", "{", "a", `{"`, `{"a`, `{"\`, "{a", "}"} {
		if got := kind.Elements(text); len(got) > 1 {
			t.Errorf("%q reads as %q", text, got)
		}
	}
}
