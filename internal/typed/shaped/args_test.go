package shaped

import (
	"fmt"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/query"
)

// Everything that is wrong with a page is told, and in the same order each time.
func TestPageTellsAllFaultsInOrder(t *testing.T) {
	for range 20 {
		a := Args{"first": 0, "after": "one", "before": "two", "offset": -1}
		err := a.Page(&query.List{})
		bad, ok := err.(fault.List)
		if !ok {
			t.Fatalf("%v", err)
		}
		var at []any
		for _, f := range bad {
			at = append(at, f.Path...)
		}
		if got := fmt.Sprint(at); got != "[first last after before offset]" {
			t.Fatalf("the faults are at %s", got)
		}
	}
}
