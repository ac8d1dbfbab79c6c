package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var (
	catalogOnce sync.Once
	catalog     *form.Catalog
)

// thing is the form of every kind (see orgtest.EveryKind). Its catalog outlives
// the database it came from.
func thing(t testing.TB) *form.Form {
	t.Helper()
	catalogOnce.Do(func() { catalog = orgtest.EveryKind(t).Catalog(t) })
	if catalog == nil {
		t.Fatal("there is no catalog")
	}
	return catalog.Form("thing")
}

// now is a Tuesday; in Shanghai, the organisation's zone, it is already the 25th.
var now = time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)

func decode(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// show prints a filter for people to compare.
func show(f query.Filter) string {
	list := func(parts []query.Filter, sep, empty string) string {
		out := make([]string, len(parts))
		for i, p := range parts {
			out[i] = show(p)
		}
		if len(out) == 0 {
			return empty
		}
		return "(" + strings.Join(out, sep) + ")"
	}
	switch f := f.(type) {
	case nil:
		return "nil"
	case query.And:
		return list(f, " and ", "all")
	case query.Or:
		return list(f, " or ", "none")
	case query.Not:
		return "not " + show(f.F)
	case query.Cmp:
		return fmt.Sprintf("%s.%s %s %q", f.Field.Form.Key, f.Field.Key, f.Op, f.Args)
	case query.Missing:
		return fmt.Sprintf("missing %t", f.Is)
	case query.Through:
		return fmt.Sprintf("%s -> %s", f.Ref.Key, show(f.F))
	case query.Related:
		return fmt.Sprintf("%s %s: %s", f.Which, f.Many.Key, show(f.F))
	}
	return fmt.Sprintf("%T", f)
}

// faults prints the faults in err, one a line: kind unless INVALID, path, message.
func faults(err error) string {
	var l fault.List
	if err == nil || l.Add(err) != nil {
		return fmt.Sprintf("no faults: %v", err)
	}
	var out []string
	for _, f := range l {
		steps := make([]string, len(f.Path))
		for i, s := range f.Path {
			steps[i] = fmt.Sprint(s)
		}
		line := strings.Join(steps, ".") + ": " + f.Message
		if f.Kind != fault.Invalid {
			line = string(f.Kind) + " " + line
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func hasKind(err error, k fault.Kind) bool {
	l, ok := errors.AsType[fault.List](err)
	if !ok {
		return fault.KindOf(err) == k
	}
	for _, f := range l {
		if f.Kind == k {
			return true
		}
	}
	return false
}
