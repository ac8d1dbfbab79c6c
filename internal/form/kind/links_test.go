package kind_test

import (
	"fmt"
	"testing"

	"fieldwork/internal/form/kind"
)

func numbered(form string, from, to int) (out []any) {
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("%s_%d", form, i))
	}
	return out
}

func TestLinks(t *testing.T) {
	set := kind.Settings{To: "member"}
	for _, k := range []kind.Kind{kind.Members{}, kind.References{}} {
		checkParse(t, k, []parseCase{
			{name: "absent", raw: nil, set: set, want: nil},
			{name: "an empty list", raw: []any{}, set: set, want: nil},
			{name: "blank", raw: "", set: set, want: nil},
			{name: "one", raw: "member_7", set: set, want: "{7}"},
			{name: "several, in the order given", raw: []any{"member_2", "member_1"}, set: set, want: "{2,1}"},
			{name: "twice is once", raw: []any{"member_2", "member_1", "member_2"}, set: set, want: "{2,1}"},
			{name: "of another form", raw: []any{"team_1"}, set: set, bad: `"team_1" is not the id of a record of form member`},
			{name: "a number", raw: []any{1}, set: set, bad: "expected the id of a record, got a number"},
			{name: "null among them", raw: []any{"member_1", nil}, set: set, bad: "expected the id of a record, got an empty one"},
			{name: "201", raw: numbered("member", 1, 201), set: set, bad: "must have at most 200 values, has 201"},
			{name: "more than the field's maximum", raw: numbered("member", 1, 3), set: kind.Settings{To: "member", MaxItems: ptr(2)}, bad: "must have at most 2 values, has 3"},
			{name: "a field cannot lift the limit", raw: numbered("member", 1, 201), set: kind.Settings{To: "member", MaxItems: ptr(900)}, bad: "must have at most 200 values, has 201"},
		})
	}
}

func TestWhereValuesAre(t *testing.T) {
	links, files, computed := "", "", ""
	for _, k := range kind.All() {
		switch {
		case kind.IsLinks(k):
			links += k.Name() + " "
		case kind.IsFiles(k):
			files += k.Name() + " "
		case kind.IsComputed(k):
			computed += k.Name() + " "
		}
		if has := k.Column() != ""; has == (kind.IsLinks(k) || kind.IsFiles(k) || kind.IsComputed(k) || k.Name() == "CHILDREN") {
			t.Errorf("%s has the column %q", k.Name(), k.Column())
		}
		if parts := kind.Parts(k); (parts != nil) != (k.Form() == kind.AsObject) {
			t.Errorf("%s has the parts %v", k.Name(), parts)
		}
	}
	if links != "MEMBERS REFERENCES " || files != "ATTACHMENT " || computed != "FORMULA LOOKUP ROLLUP " {
		t.Errorf("links %s, files %s, computed %s", links, files, computed)
	}
}
