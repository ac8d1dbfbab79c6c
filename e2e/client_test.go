package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"fieldwork/internal/gate"
)

type vars map[string]any

// answer is an answer of /graphql.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	raw    string
	body   map[string]any
	data   any
	errors []map[string]any
}

// call is a request to be sent.
type call struct {
	on     *node // nil: the first
	token  string
	header map[string]string
	query  string
	vars   map[string]any
	body   []byte // nil: made of query and vars
}

func post(t testing.TB, w *world, c call) *answer {
	t.Helper()
	if c.on == nil {
		c.on = w.first
	}
	if c.body == nil {
		b, err := json.Marshal(map[string]any{"query": c.query, "variables": c.vars})
		if err != nil {
			t.Fatal(err)
		}
		c.body = b
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.on.url+"/graphql", bytes.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	return send(t, r)
}

// send sends a request to /graphql and reads its answer.
func send(t testing.TB, r *http.Request) *answer {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{t: t, status: res.StatusCode, header: res.Header, raw: string(b)}
	if r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return a
	}
	v, err := gate.DecodeJSON(b) // refuses keys given twice
	if err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, b)
	}
	a.body, _ = v.(map[string]any)
	a.data = a.body["data"]
	list, _ := a.body["errors"].([]any)
	for _, e := range list {
		a.errors = append(a.errors, e.(map[string]any))
	}
	a.check()
	return a
}

var codes = regexp.MustCompile(`^(UNAUTHENTICATED|INVALID|NOT_FOUND|FORBIDDEN|CONFLICT|TOO_COSTLY|UNAVAILABLE|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$`)

// insides are what no answer may tell.
var insides = []string{"pq:", "SQLSTATE", "org_acme", "org_beta", "fieldwork.", ".go:", "goroutine", "DETAIL", "constraint"}

// check holds every answer to what all answers owe.
func (a *answer) check() {
	a.t.Helper()
	h := a.header
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
		if h.Get(name) != want {
			a.t.Errorf("header %s is %q, want %q", name, h.Get(name), want)
		}
	}
	if len(h.Get("X-Request-Id")) != 16 || h.Get("Server") != "" {
		a.t.Errorf("X-Request-Id is %q, Server is %q", h.Get("X-Request-Id"), h.Get("Server"))
	}
	if len(a.errors) > 20 || len(a.body) == 0 {
		a.t.Errorf("%d errors in %s", len(a.errors), clip(a.raw))
	}
	for _, e := range a.errors {
		ext, _ := e["extensions"].(map[string]any)
		code, _ := ext["code"].(string)
		if !codes.MatchString(code) {
			a.t.Errorf("an error has code %q: %v", code, e)
		}
		text, _ := e["message"].(string)
		for _, inside := range insides {
			if strings.Contains(text, inside) {
				a.t.Errorf("an error tells of %q: %s", inside, text)
			}
		}
	}
}

// ask sends an operation that must succeed.
func (w *world) ask(t testing.TB, as, query string, v vars) *answer {
	t.Helper()
	a := w.try(t, as, query, v)
	if a.status != http.StatusOK || len(a.errors) > 0 {
		t.Fatalf("%s as %s: status %d: %s", clip(query), as, a.status, clip(a.raw))
	}
	return a
}

// try sends an operation, whatever comes of it.
func (w *world) try(t testing.TB, as, query string, v vars) *answer {
	t.Helper()
	name, second := strings.CutSuffix(as, "@2")
	on := w.first
	if second {
		on = w.another(t)
	}
	return post(t, w, call{on: on, token: w.tokens[name], query: query, vars: v})
}

// at walks into the data.
func (a *answer) at(path ...any) any {
	a.t.Helper()
	v := a.data
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				a.t.Fatalf("no %v in %s", path, clip(a.raw))
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				a.t.Fatalf("no %v in %s", path, clip(a.raw))
			}
			v = l[p]
		}
	}
	return v
}

func (a *answer) text(path ...any) string {
	a.t.Helper()
	s, ok := a.at(path...).(string)
	if !ok {
		a.t.Fatalf("no text at %v in %s", path, clip(a.raw))
	}
	return s
}

// code is the code of the first error, "" without one.
func (a *answer) code() string {
	if len(a.errors) == 0 {
		return ""
	}
	code, _ := a.view(0)["code"].(string)
	return code
}

// view is an error as conversations see it: code, path of the input, message,
// and at, its place in the answer.
func (a *answer) view(i int) map[string]any {
	out := map[string]any{}
	ext, _ := a.errors[i]["extensions"].(map[string]any)
	for k, v := range ext {
		out[k] = v
	}
	out["message"], out["at"] = a.errors[i]["message"], a.errors[i]["path"]
	return out
}

// want checks the code of the only error.
func (a *answer) want(code string) *answer {
	a.t.Helper()
	if a.code() != code {
		a.t.Errorf("code %q, want %q: %s", a.code(), code, clip(a.raw))
	}
	return a
}

func clip(s string) string {
	if len(s) > 1500 {
		return s[:1500] + "…"
	}
	return s
}

// float is a number of an answer; 0 for null.
func float(v any) float64 {
	var f float64
	_, _ = fmt.Sscan(fmt.Sprint(v), &f)
	return f
}
