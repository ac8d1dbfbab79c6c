package fault_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"fieldwork/internal/fault"
)

func TestWith(t *testing.T) {
	first := fault.New(fault.Conflict, "the record has moved on").With("version", 2)
	tests := []struct {
		name string
		got  *fault.Fault
		want map[string]any
	}{
		{"one more detail", first.With("record", "task_1"), map[string]any{"version": 2, "record": "task_1"}},
		{"another one of a name it has", first.With("version", 3), map[string]any{"version": 3}},
		{"the fault it is a copy of stays", first, map[string]any{"version": 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !maps.Equal(tt.got.Details, tt.want) {
				t.Fatalf("got %v, want %v", tt.got.Details, tt.want)
			}
		})
	}
}

func TestBelow(t *testing.T) {
	outage := errors.New("outage")
	if err := fault.Below(nil, "input"); err != nil {
		t.Errorf("nothing has become %v", err)
	}
	if err := fault.Below(outage, "input"); err != outage {
		t.Errorf("an outage has become %v", err)
	}
	bad := fault.List{fault.New(fault.Invalid, "one").At("a"), fault.New(fault.Conflict, "two").At("b", 2)}
	var moved fault.List
	if err := fault.Below(fmt.Errorf("while parsing: %w", bad), "input", "set"); !errors.As(err, &moved) || len(moved) != 2 {
		t.Fatalf("two faults have become %v", err)
	}
	if got := fmt.Sprint(moved[0].Path, moved[1].Path); got != "[input set a] [input set b 2]" {
		t.Errorf("the faults are at %s", got)
	}
	if got := fmt.Sprint(bad[0].Path); got != "[a]" {
		t.Errorf("the fault itself has moved to %s", got)
	}
}
