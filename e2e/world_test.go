// Package e2e_test speaks to whole servers over HTTP, each test with a private
// database of its own.
//
// What can be told as a conversation is one, in testdata/*.txtar (see
// conversation_test.go); what is about bytes, headers, numbers or two servers
// at once is Go. Every answer, whatever it says, is held to the same rules: see
// check in client_test.go.
package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldwork/internal/blob"
	"fieldwork/internal/file"
	"fieldwork/internal/form/check"
	"fieldwork/internal/org"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/server"
)

// maxFile is the most bytes of a file in these tests.
const maxFile = 1 << 20

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a private database with the organisation acme, and servers on it:
// olga is owner there, mei manager, tom member, vera viewer. withBeta adds the
// organisation beta of bea's, whose member record has the number of olga's.
type world struct {
	acme, beta *orgtest.Org
	tokens     map[string]string
	ids        map[string]string // of members of acme
	first      *node
	folder     string                    // of files, of all servers
	clock      atomic.Pointer[time.Time] // of all servers; nil: the real one

	mu     sync.Mutex
	second *node
	log    strings.Builder
	loud   bool // errors in the log are what the test is about
}

// node is one server with its own pools.
type node struct {
	url    string
	db     *pg.DB
	server *server.Server

	mu  sync.Mutex
	sql []string // statements of the record pool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{acme: orgtest.New(t), folder: t.TempDir(), tokens: map[string]string{}, ids: map[string]string{}}
	w.first = w.serve(t, w.acme.DB)
	w.tokens["olga"] = w.acme.Token(t, w.acme.Owner.MemberID)
	w.ids["olga"] = fmt.Sprintf("member_%d", w.acme.Owner.MemberID)
	accounts := org.NewStore(w.acme.DB)
	for _, m := range []struct {
		name   string
		access org.Access
	}{{"mei", org.Manager}, {"tom", org.Worker}, {"vera", org.Viewer}} {
		a := w.ask(t, "olga", `mutation($n: String!, $e: String!) { createMember(input: {name: $n, email: $e}) { member { id } } }`,
			vars{"n": strings.ToUpper(m.name[:1]) + m.name[1:], "e": m.name + "@acme.example"})
		w.ids[m.name] = a.text("createMember", "member", "id")
		var n int64
		if _, err := fmt.Sscanf(w.ids[m.name], "member_%d", &n); err != nil {
			t.Fatal(err)
		}
		if err := accounts.SetAccess(t.Context(), w.acme.Owner, n, m.access); err != nil {
			t.Fatal(err)
		}
		w.tokens[m.name] = w.acme.Token(t, n)
	}
	t.Cleanup(func() { w.sound(t) })
	return w
}

func (w *world) withBeta(t *testing.T) *world {
	t.Helper()
	w.beta = orgtest.Add(t, w.acme.DB, "beta")
	w.tokens["bea"] = w.beta.Token(t, w.beta.Owner.MemberID)
	return w
}

// serve starts a server on db.
func (w *world) serve(t testing.TB, db *pg.DB) *node {
	t.Helper()
	n := &node{db: db}
	db.Observe(func(sql string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.sql = append(n.sql, sql)
	})
	blobs, err := blob.New(w.folder)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := server.New(ctx, server.Config{DB: db, Files: file.NewStore(db, blobs, maxFile), Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Origins: []string{"https://app.example"}, Now: w.now})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		srv.Close()
		stop()
	})
	n.url, n.server = srv.URL, s
	return n
}

// another returns a second server on the same database.
func (w *world) another(t testing.TB) *node {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.second == nil {
		db, err := pg.Open(t.Context(), w.acme.DB.DSN())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		w.second = w.serve(t, db)
	}
	return w.second
}

// now is when requests are made.
func (w *world) now() time.Time {
	if t := w.clock.Load(); t != nil {
		return *t
	}
	return time.Now()
}

// Write keeps the log of all servers.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// sound checks what must hold at the end of every test: tables are what the
// definitions say, and the log tells of no fault of the program and no secret.
func (w *world) sound(t *testing.T) {
	for _, o := range []*orgtest.Org{w.acme, w.beta} {
		if o == nil {
			continue
		}
		problems, err := check.Run(context.WithoutCancel(t.Context()), o.DB, o.Org.ID)
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", o.Org.Key, p)
		}
	}
	text := w.logged()
	for line := range strings.Lines(text) {
		if strings.Contains(line, " level=ERROR ") && !w.loud {
			t.Errorf("logged: %s", line)
		}
	}
	for name, token := range w.tokens {
		if strings.Contains(text, token) {
			t.Errorf("the log holds the token of %s", name)
		}
	}
	if strings.Contains(text, "correct horse") || strings.Contains(text, "battery staple") {
		t.Error("the log holds a password")
	}
}

// statements empties the list of statements that the node has sent.
func (n *node) statements() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.sql
	n.sql = nil
	return out
}
