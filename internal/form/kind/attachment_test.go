package kind_test

import (
	"testing"

	"fieldwork/internal/form/kind"
)

func TestAttachment(t *testing.T) {
	checkParse(t, kind.Attachment{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "an empty list", raw: []any{}, want: nil},
		{name: "one", raw: "file_12", want: "{12}"},
		{name: "several, in the order given", raw: []any{"file_2", "file_1", "file_2"}, want: "{2,1}"},
		{name: "not a file", raw: "customer_1", bad: `"customer_1" is not the id of a record of form file`},
		{name: "51", raw: numbered("file", 1, 51), bad: "must have at most 50 values, has 51"},
		{name: "more than the field's maximum", raw: numbered("file", 1, 2), set: kind.Settings{MaxItems: ptr(1)}, bad: "must have at most 1 values, has 2"},
		{name: "object", raw: map[string]any{"id": "file_1"}, bad: "expected the id of a record, got an object"},
	})
}
