package typed_test

import (
	"strings"
	"testing"
	"time"

	"fieldwork/graph"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/typed"
)

// A search of several forms is explained form by form.
func TestExplainSearch(t *testing.T) {
	t.Parallel()
	s, err := typed.New(orgtest.New(t).Catalog(t), nil, &graph.Resolver{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Explain(t.Context(), `{search(text: "example", forms: ["customer", "task"]) {records {nodes {id}}}}`, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out, "-- level 0"); n != 2 || !strings.Contains(out, "SELECT") || strings.Contains(out, "writes one record") {
		t.Errorf("two forms are not explained one after another:\n%s", out)
	}
}
