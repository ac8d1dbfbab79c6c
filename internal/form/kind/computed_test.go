package kind_test

import (
	"testing"

	"fieldwork/internal/form/kind"
)

func TestComputedKinds(t *testing.T) {
	const bad = "is computed and cannot be set"
	for _, k := range []kind.Kind{kind.Formula{}, kind.Lookup{}, kind.Rollup{}} {
		checkParse(t, k, []parseCase{{name: "a value", raw: "1", bad: bad}, {name: "nothing", raw: nil, bad: bad}})
		if k.Column() != "" || k.GraphQL() != "" || k.Filter() != "" || k.Operators() != nil {
			t.Errorf("%s says more than that its value's kind decides", k.Name())
		}
	}
}
