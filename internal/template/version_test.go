package template_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/template"
)

// What a template of the catalogue says changes with its version: organisations that
// have an older one are told by that alone. What it says with those that it needs is
// kept as a hash by key and version.
func TestVersions(t *testing.T) {
	t.Parallel()
	const file = "testdata/versions.golden"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	all, err := template.List()
	if err != nil {
		t.Fatal(err)
	}
	fresh := false
	for _, x := range all {
		says, err := x.Says()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := json.NewEncoder(&text).Encode(says); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s %d ", x.Key, x.Version)
		line := name + fmt.Sprintf("%x", sha256.Sum256(text.Bytes()))[:16]
		switch i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, name) }); {
		case i < 0 && os.Getenv("UPDATE_GOLDEN") != "":
			lines, fresh = append(lines, line), true
		case i < 0:
			t.Errorf("%sis new: run with UPDATE_GOLDEN=1", name)
		case lines[i] != line:
			t.Errorf("%ssays something else than %s has: raise its version, or take the line away if nobody can have that version yet, and run with UPDATE_GOLDEN=1", name, file)
		}
	}
	if fresh {
		slices.Sort(lines)
		if err := os.WriteFile(file, []byte(strings.TrimSpace(strings.Join(lines, "\n"))+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
