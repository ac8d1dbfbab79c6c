package kind_test

import (
	"testing"

	"fieldwork/internal/form/kind"
)

func TestBoolean(t *testing.T) {
	checkParse(t, kind.Boolean{}, []parseCase{
		{name: "absent is neither", raw: nil, want: nil},
		{name: "yes", raw: true, want: "true"},
		{name: "no is a value", raw: false, want: "false"},
		{name: "the word", raw: "true", bad: "expected true or false, got text"},
		{name: "empty text", raw: "", bad: "expected true or false, got text"},
		{name: "one", raw: 1, bad: "expected true or false, got a number"},
	})
}
