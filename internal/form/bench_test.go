package form_test

import (
	"fmt"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// BenchmarkAddField is one change of definitions in an organisation of a dozen
// forms.
func BenchmarkAddField(b *testing.B) {
	o := orgtest.EveryKind(b)
	i := 0
	for b.Loop() {
		i++
		if _, err := o.Forms.AddField(b.Context(), o.Owner, nil, "thing", form.NewField{Key: fmt.Sprintf("more%d", i), Kind: "TEXT"}); err != nil {
			b.Fatal(err)
		}
		if i%200 == 0 {
			b.StopTimer()
			o, i = orgtest.EveryKind(b), 0
			b.StartTimer()
		}
	}
}
