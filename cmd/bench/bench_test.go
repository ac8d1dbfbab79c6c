package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestMain lets the test's own program be the reference, as the command is.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "reference" {
		fail(reference(os.Args[2], os.Args[3]))
		return
	}
	os.Exit(m.Run())
}

// TestRun goes through all of the benchmark on little data: both sides answer the
// same, and every figure that is printed is one.
func TestRun(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "fieldwork")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "fieldwork/cmd/fieldwork").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	o := options{bin: bin, customers: 800, clients: []int{2}, rounds: 1, each: 100 * time.Millisecond, growth: true, organisations: []int{2}}
	rep, err := run(t.Context(), o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(questions) + len(growing()); len(rep.Results) != want || len(rep.Organisations) != 1 {
		t.Fatalf("%d results, want %d; %d of organisations", len(rep.Results), want, len(rep.Organisations))
	}
	for _, r := range rep.Results {
		if f := r.Fieldwork; f.PerSecond <= 0 || f.P50 <= 0 || f.P99 < f.P50 || f.Allocs <= 0 || r.Bytes <= 0 || r.Way != "" && (r.Ratio <= 0 || r.Reference.PerSecond <= 0) {
			t.Errorf("%+v", r)
		}
	}
	if r := rep.Organisations[0]; r.FirstMs <= 0 || r.PerSecond <= 0 || r.ChangeMs <= 0 || r.CreateMs <= 0 {
		t.Errorf("%+v", r)
	}
}
