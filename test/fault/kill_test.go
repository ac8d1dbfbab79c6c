package fault_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/cluster"
	"fieldwork/internal/pg/pgtest"

	"github.com/jmoiron/sqlx"
)

// prepare makes organisation, form and token on a server with a private
// PostgreSQL, and returns the token.
func prepare(t *testing.T, p *process, data string) string {
	t.Helper()
	command(t, "org", "create", "--data", data, "--key", "acme", "--owner", "olga@acme.example")
	token := command(t, "token", "create", "--data", data, "--org", "acme", "--member", "olga@acme.example")
	newClient(t, p.url, token).must(t, createForms, nil)
	return token
}

// writers creates records from several clients until the returned function is
// called, which waits for them.
func writers(t *testing.T, l *ledger, url, token, prefix string, n int) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	for w := range n {
		c := newClient(t, url, token)
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if !l.write(t, c, context.Background(), fmt.Sprintf("%s w%d n%d", prefix, w, i)) {
					time.Sleep(10 * time.Millisecond) // a client that is refused takes a breath
				}
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

func TestFLT01ServerKilledWhileWriting(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	data := dataFolder(t)
	l := &ledger{}
	token, recovered := "", []time.Duration{}
	var p *process
	for round := range 5 {
		began := time.Now()
		p = serve(t, "--data", data)
		if token == "" {
			token = prepare(t, p, data)
		} else {
			newClient(t, p.url, token).must(t, `{ things(first: 1) { nodes { name } } }`, nil)
			recovered = append(recovered, time.Since(began))
		}
		before := l.acknowledged()
		stop := writers(t, l, p.url, token, fmt.Sprintf("r%d", round), 4)
		at := time.Duration(rnd.IntN(200)) * time.Millisecond
		eventually(t, 20*time.Second, "something is acknowledged", func() bool { return l.acknowledged() > before+4 })
		<-time.After(at) // the random moment
		p.kill()
		stop()
	}
	began := time.Now()
	p = serve(t, "--data", data)
	c := newClient(t, p.url, token)
	c.must(t, `{ things(first: 1) { nodes { name } } }`, nil)
	recovered = append(recovered, time.Since(began))
	l.verify(t, c.names(t))
	if out := command(t, "check", "--data", data); out != "no differences" {
		t.Errorf("check: %s", out)
	}
	t.Logf("start to first success: %v", recovered)
}

func TestFLT02PostgreSQLKilled(t *testing.T) {
	t.Parallel()
	needProc(t)
	seeded(t)
	data := dataFolder(t)
	p := serve(t, "--data", data)
	token := prepare(t, p, data)
	l := &ledger{}
	stop := writers(t, l, p.url, token, "x", 4)
	reader := newClient(t, p.url, token)
	var recovered []time.Duration
	for range 3 {
		before := serversOf(data)
		if len(before) < 2 {
			t.Fatalf("processes of PostgreSQL: %v", before)
		}
		for _, pid := range before {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		killed := time.Now()
		refused := 0
		eventually(t, 30*time.Second, "reads succeed again", func() bool {
			began := time.Now()
			a, err := reader.ask(t.Context(), `{ things(first: 1) { nodes { name } } }`, nil)
			if err != nil {
				t.Fatalf("the server needs no restart: %v", err)
			}
			if a.code != "" && a.code != "UNAVAILABLE" {
				t.Fatalf("a read answered %d %s", a.status, a.raw)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("a read took %v", took)
			}
			if !answers(p.url+"/healthz", 200) {
				t.Error("/healthz does not answer")
			}
			if a.code != "" {
				refused++
			}
			// The first reads may still be served before the signals arrive.
			now := serversOf(data)
			return a.code == "" && len(now) > 0 && !slices.Contains(before, now[0])
		})
		recovered = append(recovered, time.Since(killed))
		t.Logf("%d reads were refused", refused)
		n := l.acknowledged()
		eventually(t, 20*time.Second, "writes succeed again", func() bool { return l.acknowledged() > n })
	}
	stop()
	if l.connections > 0 {
		t.Errorf("%d connections to the server were lost", l.connections)
	}
	if l.longest > 10*time.Second {
		t.Errorf("a write took %v", l.longest)
	}
	l.verify(t, reader.names(t))
	if out := command(t, "check", "--data", data); out != "no differences" {
		t.Errorf("check: %s", out)
	}
	t.Logf("kill to first success: %v", recovered)
}

// FLT-06: a database that is stopped, not dead, says nothing at all. Whoever
// waits for it gives up when its time is over.
func TestFLT06DatabaseSilent(t *testing.T) {
	t.Parallel()
	needProc(t)
	data := dataFolder(t)
	s, err := cluster.Start(t.Context(), cluster.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	db := openDB(t, s.URL("fieldwork"))
	busy := func(ctx context.Context) error {
		return db.As(ctx, "fieldwork", func(c *pg.Conn) error {
			return c.Query(ctx, `SELECT 1`, nil, func([]pg.Value) error { return nil })
		})
	}
	if err := busy(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopped := serversOf(data)
	each := func(sig syscall.Signal) {
		for _, pid := range stopped {
			_ = syscall.Kill(pid, sig)
		}
	}
	each(syscall.SIGSTOP)
	defer each(syscall.SIGCONT)
	limit := time.Second
	var wg sync.WaitGroup
	for name, do := range map[string]func(ctx context.Context) error{
		"a statement of the record pool": busy,
		"the control pool":               db.Ping,
		"a transaction of the control pool": func(ctx context.Context) error {
			return db.InTx(ctx, nothing)
		},
	} {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			began := time.Now()
			err := do(ctx)
			if kind := fault.KindOf(pg.Translate(err)); kind != fault.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began); took > limit+8*time.Second {
				t.Errorf("%s took %v", name, took)
			} else {
				t.Logf("%s gave up after %v", name, took.Round(time.Millisecond))
			}
		})
	}
	wg.Wait()
	each(syscall.SIGCONT)
	took := eventually(t, 10*time.Second, "it serves again", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return busy(ctx) == nil && db.Ping(ctx) == nil
	})
	t.Logf("SIGCONT to first success: %v", took)
}

func TestFLT17GracefulStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := serve(t, "--db", w.dsn+"&application_name=leaving")
	newClient(t, p.url, w.token).must(t, createForms, nil)

	// Load, by clients that keep their connections and clients that do not.
	var (
		wg     sync.WaitGroup
		served atomic.Int64
		end    = make(chan struct{})
	)
	l := &ledger{}
	for i := range 6 {
		c := newClient(t, p.url, w.token)
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				if i%2 == 0 {
					c.http.CloseIdleConnections()
				}
				before := l.connectionsLost()
				l.write(t, c, context.Background(), fmt.Sprintf("w%d n%d", i, n))
				if l.connectionsLost() > before && !answers(p.url+"/healthz", 200) {
					return // gone: new connections are refused
				}
				served.Add(1)
			}
		})
	}
	eventually(t, 20*time.Second, "load", func() bool { return served.Load() > 50 })

	// One request that is still running when the signal comes.
	held := hold(t, w)
	slow := make(chan error, 1)
	go func() {
		a, err := newClient(t, p.url, w.token).ask(context.Background(), create, vars{"name": "slow"})
		if err == nil && a.code != "" {
			err = fmt.Errorf("%s", a.raw)
		}
		slow <- err
	}()
	eventually(t, 10*time.Second, "the slow request waits in the database", func() bool {
		return w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leaving' AND wait_event = 'advisory'`) == 1
	})

	began := time.Now()
	_ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGTERM)
	unready := eventually(t, 5*time.Second, "unready, and still answering", func() bool { return answers(p.url+"/readyz", 503) })
	eventually(t, 10*time.Second, "closed", func() bool { return !answers(p.url+"/healthz", 200) })
	select {
	case err := <-slow:
		t.Errorf("the slow request did not wait: %v", err)
	default:
	}
	_ = held.Rollback()
	if err := <-slow; err != nil {
		t.Errorf("the running request: %v", err)
	}
	if code := p.exit(30 * time.Second); code != 0 {
		t.Errorf("exit code %d\n%s", code, tail(p.said(), 2000))
	}
	t.Logf("unready after %v, gone after %v", unready, time.Since(began))
	close(end)
	wg.Wait()
	if l.unavailable > 0 {
		t.Logf("%d requests were answered UNAVAILABLE", l.unavailable)
	}
	// Each client may lose at most the one request that found the server gone.
	if l.connections > 6 {
		t.Errorf("%d requests were lost", l.connections)
	}
	next := w.server(t, "next")
	l.sent = append(l.sent, "slow")
	l.verify(t, next.names(t))
}

// hold has creates of things named "slow" wait until the transaction ends.
func hold(t *testing.T, w *world) *sqlx.Tx {
	t.Helper()
	db := w.org.DB.Control
	held, err := db.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	held.MustExec(`SELECT pg_advisory_xact_lock(4711)`)
	db.MustExec(`CREATE FUNCTION org_acme.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$`)
	db.MustExec(`CREATE TRIGGER hold BEFORE INSERT ON org_acme.thing FOR EACH ROW WHEN (NEW.name = 'slow') EXECUTE FUNCTION org_acme.hold()`)
	return held
}

func (l *ledger) connectionsLost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.connections
}

func TestFLT25MigrationInterrupted(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	dsn := pgtest.DSN(t)
	db := openDB(t, dsn)
	db.Control.MustExec(`DROP SCHEMA fieldwork CASCADE`)
	both := func() { // two at once
		t.Helper()
		a, b := launch(t, "migrate", "--db", dsn), launch(t, "migrate", "--db", dsn)
		if x, y := a.exit(time.Minute), b.exit(time.Minute); x != 0 || y != 0 {
			t.Fatalf("exit codes %d, %d\n%s\n%s", x, y, a.said(), b.said())
		}
	}
	for range 4 {
		for range 4 { // killed at random moments, and again from where it was left
			killed(t, rnd, "migrate", "--db", dsn)
		}
		both()
		var steps []string
		if err := db.Control.Select(&steps, `SELECT version_id::text FROM fieldwork.migration ORDER BY version_id`); err != nil {
			t.Fatal(err)
		}
		if n := len(slices.Compact(slices.Clone(steps))); n != len(steps) || n < 2 {
			t.Fatalf("steps %v", steps)
		}
		db.Control.MustExec(`DROP SCHEMA fieldwork CASCADE`)
	}
	both()
	command(t, "org", "create", "--db", dsn, "--key", "acme", "--owner", "olga@acme.example")
	if out := command(t, "check", "--db", dsn); out != "no differences" {
		t.Errorf("check: %s", out)
	}
}

// killed runs a command and kills it within 150 ms.
func killed(t *testing.T, rnd *rand.Rand, args ...string) {
	p := launch(t, args...)
	select {
	case <-p.done:
	case <-time.After(time.Duration(rnd.IntN(150)) * time.Millisecond):
		p.kill()
	}
}
