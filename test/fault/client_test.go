package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/server"
)

// client is one client of the API, with connections of its own.
type client struct {
	url, token string
	http       *http.Client
}

func newClient(t testing.TB, url, token string) *client {
	tr := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(tr.CloseIdleConnections)
	return &client{url: url, token: token, http: &http.Client{Transport: tr, Timeout: time.Minute}}
}

// answer is what came back; code is that of the first error, "" for success.
type answer struct {
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	status        int
	code, outcome string
	raw           string
}

type vars map[string]any

// ask sends an operation. The error is one of the connection.
func (c *client) ask(ctx context.Context, query string, v vars) (a answer, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		return a, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("%w: %s", err, b)
	}
	a.status, a.raw = res.StatusCode, string(b)
	if len(a.Errors) > 0 {
		a.code = fmt.Sprint(a.Errors[0].Extensions["code"])
		a.outcome, _ = a.Errors[0].Extensions["outcome"].(string)
	}
	return a, nil
}

// must sends an operation that has to succeed.
func (c *client) must(t testing.TB, query string, v vars) map[string]any {
	t.Helper()
	a, err := c.ask(context.WithoutCancel(t.Context()), query, v)
	if err != nil || a.code != "" {
		t.Fatalf("%s: %v %s", query, err, a.raw)
	}
	return a.Data
}

const (
	createForms = `mutation { createForm(input: {key: "thing", label: "Thing", fields: [{key: "name", kind: TEXT, unique: true, required: true, label: "Name"}, {key: "note", kind: TEXT, label: "Note"}]}) { form { version } } }`
	otherForm   = `mutation { createForm(input: {key: "stuff", label: "Stuff", plural: "stuffs", fields: [{key: "name", kind: TEXT, label: "Name"}]}) { form { version } } }`
	create      = `mutation ($name: String!) { createThing(input: {name: $name}) { thing { id version } } }`
	update      = `mutation ($id: ID!, $v: Int!, $note: String) { updateThing(input: {id: $id, version: $v, set: {note: $note}}) { thing { version } } }`
	list        = `query ($after: String) { things(first: 100, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }`
	addField    = `mutation ($form: String!, $key: String!) { addField(input: {form: $form, key: $key, kind: TEXT, label: "Added"}) { change { version } } }`
	version     = `query ($form: String!) { form(key: $form) { version } }`
)

// names returns how often each name is stored.
func (c *client) names(t testing.TB) map[string]int {
	t.Helper()
	out, after := map[string]int{}, any(nil)
	for {
		page := c.must(t, list, vars{"after": after})["things"].(map[string]any)
		for _, n := range page["nodes"].([]any) {
			out[n.(map[string]any)["name"].(string)]++
		}
		info := page["pageInfo"].(map[string]any)
		if info["hasNextPage"] != true {
			return out
		}
		after = info["endCursor"]
	}
}

// ledger knows what was sent, acknowledged and refused. It need not be a file:
// the program that keeps it is never killed.
type ledger struct {
	mu                   sync.Mutex
	sent, acked, notDone []string
	longest              time.Duration
	unavailable          int // answers
	connections          int // to the server, lost
}

// write creates a record with a marker that no other has, and enters what came back.
func (l *ledger) write(t testing.TB, c *client, ctx context.Context, marker string) bool {
	l.mu.Lock()
	l.sent = append(l.sent, marker)
	l.mu.Unlock()
	began := time.Now()
	a, err := c.ask(ctx, create, vars{"name": marker})
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest = max(l.longest, took)
	switch {
	case err != nil:
		l.connections++
	case a.code == "":
		l.acked = append(l.acked, marker)
	case a.code != "UNAVAILABLE":
		t.Errorf("write answered %d %s", a.status, a.raw)
	case a.outcome == "NOT_DONE":
		l.notDone = append(l.notDone, marker)
		l.unavailable++
	case a.outcome == "UNKNOWN":
		l.unavailable++
	default:
		t.Errorf("write is UNAVAILABLE without an outcome: %s", a.raw)
	}
	return err == nil && a.code == ""
}

func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// verify compares the ledger with what is stored.
func (l *ledger) verify(t testing.TB, stored map[string]int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.acked {
		if stored[m] != 1 {
			t.Errorf("acknowledged %s is there %d times", m, stored[m])
		}
	}
	for _, m := range l.notDone {
		if stored[m] != 0 {
			t.Errorf("%s was answered NOT_DONE and is there", m)
		}
	}
	for m, n := range stored {
		if n > 1 || !slices.Contains(l.sent, m) {
			t.Errorf("%s is there %d times", m, n)
		}
	}
	t.Logf("sent %d, acknowledged %d, unavailable %d, connection lost %d, longest %v", len(l.sent), len(l.acked), l.unavailable, l.connections, l.longest)
}

// world is an organisation acme in a private database, and servers in this
// process, each with pools of its own.
type world struct {
	org   *orgtest.Org
	token string
	dsn   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dsn := pgtest.DSN(t)
	db := openDB(t, dsn+"&application_name=test")
	o := orgtest.Add(t, db, "acme")
	return &world{org: o, token: o.Token(t, o.Owner.MemberID), dsn: dsn}
}

func openDB(t *testing.T, dsn string) *pg.DB {
	t.Helper()
	db, err := pg.Open(context.WithoutCancel(t.Context()), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// server starts a server whose connections bear a name, and returns a client.
func (w *world) server(t *testing.T, name string) *client {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{DB: openDB(t, w.dsn+"&application_name="+name), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return newClient(t, h.URL, w.token)
}

// count asks PostgreSQL, beside the servers.
func (w *world) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := w.org.DB.Control.Get(&n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}
