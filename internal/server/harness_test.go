package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/org"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/server"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a running server with an organisation acme and the token of its owner.
type world struct {
	t   *testing.T
	org *orgtest.Org
	url string
	tok string // of the caller

	mu         sync.Mutex
	statements []string // of the record pool since they were last taken
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	o := orgtest.New(t)
	w := &world{t: t, org: o}
	o.DB.Observe(func(sql string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.statements = append(w.statements, sql)
	})
	w.url = serve(t, o)
	w.tok = o.Token(t, o.Owner.MemberID)
	return w
}

// serve starts one more server on the organisation's database.
func serve(t *testing.T, o *orgtest.Org) string {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{DB: o.DB, Log: slog.New(slog.DiscardHandler), Origins: []string{"https://app.example"}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

func (w *world) as(tok string) *world { return &world{t: w.t, org: w.org, url: w.url, tok: tok} }

func (w *world) at(url string) *world { return &world{t: w.t, org: w.org, url: url, tok: w.tok} }

// taken returns the statements since the last call.
func (w *world) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.statements
	w.statements = nil
	return out
}

type reply struct {
	Data       map[string]any `json:"data"`
	Errors     []replyError   `json:"errors"`
	Extensions map[string]any `json:"extensions"`
	status     int
	raw        string
}

type replyError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// ask sends an operation; vars is JSON or "".
func (w *world) ask(query, vars string) reply {
	w.t.Helper()
	body := map[string]any{"query": query}
	if vars != "" {
		body["variables"] = json.RawMessage(vars)
	}
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(http.MethodPost, "/graphql", bytes.NewReader(b), map[string]string{"Content-Type": "application/json"})
}

func (w *world) send(method, path string, body io.Reader, headers map[string]string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.tok != "" {
		req.Header.Set("Authorization", "Bearer "+w.tok)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := reply{status: res.StatusCode, raw: string(b)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/") {
		if err := json.Unmarshal(b, &r); err != nil {
			w.t.Fatalf("answer is not JSON: %v\n%s", err, b)
		}
	}
	return r
}

// want asks and compares the data with JSON.
func (w *world) want(query, vars, data string) reply {
	w.t.Helper()
	r := w.ask(query, vars)
	if len(r.Errors) > 0 {
		w.t.Fatalf("%s\nerrors: %s", query, r.raw)
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(data), &want); err != nil {
		w.t.Fatalf("bad expectation: %v", err)
	}
	if !reflect.DeepEqual(r.Data, want) {
		w.t.Fatalf("%s\n got %s\nwant %s", query, r.raw, data)
	}
	return r
}

// do asks and wants no error.
func (w *world) do(query, vars string) reply {
	w.t.Helper()
	r := w.ask(query, vars)
	if len(r.Errors) > 0 {
		w.t.Fatalf("%s\nerrors: %s", query, r.raw)
	}
	return r
}

// refuse asks and wants errors with exactly these codes and input paths, each
// as "CODE path.path".
func (w *world) refuse(query, vars string, want ...string) reply {
	w.t.Helper()
	r := w.ask(query, vars)
	var got []string
	for _, e := range r.Errors {
		s, _ := e.Extensions["code"].(string)
		if p, ok := e.Extensions["path"].([]any); ok {
			s += " " + dotted(p)
		}
		got = append(got, s)
	}
	if !reflect.DeepEqual(got, want) {
		w.t.Fatalf("%s\n got %q\nwant %q\n%s", query, got, want, r.raw)
	}
	return r
}

func dotted(path []any) string {
	var parts []string
	for _, p := range path {
		b, _ := json.Marshal(p)
		parts = append(parts, strings.Trim(string(b), `"`))
	}
	return strings.Join(parts, ".")
}

// id digs the string at a dotted path out of the data.
func (r reply) at(path string) any {
	var v any = r.Data
	for part := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

// member adds a member with the given access and returns a token of theirs.
func (w *world) member(name string, access org.Access) (id, token string) {
	w.t.Helper()
	id = w.do(`mutation($n: String, $e: String) { createMember(input: {name: $n, email: $e}) { member { id } } }`,
		`{"n":"`+name+`","e":"`+strings.ToLower(name)+`@acme.example"}`).at("createMember.member.id").(string)
	if access != org.Worker {
		w.do(`mutation($m: ID!, $a: MemberAccess!) { setMemberAccess(input: {member: $m, access: $a}) { access } }`, `{"m":"`+id+`","a":"`+string(access)+`"}`)
	}
	token = w.do(`mutation($m: ID!) { createToken(input: {member: $m}) { secret } }`, `{"m":"`+id+`"}`).at("createToken.secret").(string)
	return id, token
}

// eventually polls until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-ctx.Done():
			t.Fatalf("did not come: %s", what)
		case <-tick.C:
		}
	}
}
