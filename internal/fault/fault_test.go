package fault_test

import (
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
