package fault_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

func nothing(*sqlx.Tx) error { return nil }

func TestFLT03BackendsLost(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	w := newWorld(t)
	c := w.server(t, "victim")
	c.must(t, createForms, nil)
	l := &ledger{}
	stop := writers(t, l, c.url, w.token, "x", 4)
	var (
		readers     sync.WaitGroup
		reads, lost atomic.Int64
		end         = make(chan struct{})
	)
	for range 4 {
		c := newClient(t, c.url, w.token)
		readers.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				a, err := c.ask(context.Background(), `{ things(first: 20) { nodes { name note } totalCount } }`, nil)
				switch {
				case err != nil:
					t.Error(err)
				case a.code == "UNAVAILABLE":
					lost.Add(1)
				case a.code != "":
					t.Errorf("a read answered %d %s", a.status, a.raw)
				}
				reads.Add(1)
			}
		})
	}
	const victims = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'victim' ORDER BY pid`
	kills := 0
	for kills < 60 {
		var pids []int
		if err := w.org.DB.Control.Select(&pids, victims); err != nil {
			t.Fatal(err)
		}
		if len(pids) == 0 {
			continue
		}
		w.count(t, `SELECT pg_terminate_backend($1)::int`, pids[rnd.IntN(len(pids))])
		kills++
		<-time.After(20 * time.Millisecond) // the rate of the fault
	}
	stop()
	close(end)
	readers.Wait()
	t.Logf("%d backends ended, %d reads, %d of them unavailable", kills, reads.Load(), lost.Load())
	if n := lost.Load(); n > int64(kills)/4 {
		t.Errorf("%d reads were given up, though each is tried once more", n)
	}
	for range 20 { // healed
		c.must(t, `{ things(first: 1) { nodes { name } } }`, nil)
		if !l.write(t, c, t.Context(), fmt.Sprintf("healed %d", len(l.sent))) {
			t.Error("a write failed after the last fault")
		}
	}
	l.verify(t, c.names(t))
	checked(t, w)
}

func TestFLT10DefinitionChangeBehindALongRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.server(t, "a")
	c.must(t, createForms, nil)
	reader, err := w.org.DB.Control.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Rollback() }()
	reader.MustExec(`SELECT count(*) FROM org_acme.thing`)

	changed := make(chan answer, 1)
	go func() {
		a, err := newClient(t, c.url, w.token).ask(context.Background(), addField, vars{"form": "thing", "key": "late"})
		if err != nil {
			t.Error(err)
		}
		changed <- a
	}()
	var longest time.Duration
	probe := func(query string, v vars) {
		began := time.Now()
		a, err := c.ask(t.Context(), query, v)
		if err != nil || a.code != "" {
			t.Errorf("%v %s", err, a.raw)
		}
		longest = max(longest, time.Since(began))
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	rounds, waited := 0, 0
	began := time.Now()
	// Until the change has waited for its lock many times over.
	for waited < 5 || rounds < 50 {
		<-tick.C
		probe(create, vars{"name": fmt.Sprint("probe ", rounds)})
		probe(`{ things(first: 5) { nodes { name } } }`, nil)
		waited += w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'`)
		rounds++
		select {
		case a := <-changed:
			if a.code != "UNAVAILABLE" {
				t.Errorf("the change did not wait for the reader: %s", a.raw)
			}
			changed <- a
		default:
		}
		if time.Since(began) > 15*time.Second {
			break
		}
	}
	if waited == 0 {
		t.Error("the change was never seen waiting")
	}
	held := time.Since(began)
	_ = reader.Rollback()
	if a := <-changed; a.code == "" {
		c.must(t, `mutation { createThing(input: {name: "with", late: "field"}) { thing { id } } }`, nil)
	} else if a.code != "UNAVAILABLE" {
		t.Errorf("the change ended with %s", a.raw)
	}
	t.Logf("held %v, %d probes, longest %v", held.Round(time.Millisecond), rounds, longest)
	if longest > 2*time.Second {
		t.Errorf("a request stalled for %v", longest)
	}
	checked(t, w)
}

func TestFLT14ListenConnectionLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.server(t, "a"), w.server(t, "b")
	a.must(t, createForms, nil)
	const listener = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'b' AND query LIKE 'LISTEN%'`
	current := func(c *client) float64 {
		return c.must(t, version, vars{"form": "thing"})["form"].(map[string]any)["version"].(float64)
	}
	var slowest time.Duration
	for round := range 6 {
		var pid int
		eventually(t, 10*time.Second, "b listens", func() bool { return w.org.DB.Control.Get(&pid, listener) == nil })
		w.count(t, `SELECT pg_terminate_backend($1)::int`, pid)
		key := fmt.Sprintf("f%d", round)
		a.must(t, addField, vars{"form": "thing", "key": key})
		want := current(a)
		b.must(t, fmt.Sprintf(`mutation { createThing(input: {name: "typed %d", %s: "x"}) { thing { %s } } }`, round, key, key), nil)
		b.must(t, fmt.Sprintf(`mutation { createRecord(input: {form: "thing", values: {name: "generic %d", %s: "x"}}) { record { id } } }`, round, key), nil)
		slowest = max(slowest, eventually(t, 5*time.Second, "b serves the new version", func() bool { return current(b) == want }))
		// A change that b is only told of, if at all, after the loss.
		a.must(t, `mutation ($l: String) { updateForm(input: {form: "thing", label: $l}) { change { version } } }`, vars{"l": key})
		want = current(a)
		slowest = max(slowest, eventually(t, 5*time.Second, "b serves the new label", func() bool { return current(b) == want }))
	}
	t.Logf("behind for at most %v", slowest)
	checked(t, w)
}

func TestFLT21PoolExhausted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.server(t, "a")
	c.must(t, createForms, nil)
	c.must(t, otherForm, nil)
	c.must(t, `{ things(first: 1) { nodes { name } } stuffs(first: 1) { nodes { name } } }`, nil)
	lock, err := w.org.DB.Control.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback() }()
	lock.MustExec(`LOCK TABLE org_acme.thing IN ACCESS EXCLUSIVE MODE`)

	l := &ledger{}
	var wg sync.WaitGroup
	for n := range 40 { // more than the pool has connections
		wg.Go(func() { l.write(t, c, context.Background(), fmt.Sprint("blocked ", n)) })
	}
	eventually(t, 10*time.Second, "all connections wait", func() bool {
		return w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a' AND datname = current_database() AND wait_event_type = 'Lock'`) == 16 // the share of one organisation
	})

	began := time.Now()
	a, err := c.ask(t.Context(), `{ stuffs(first: 1) { nodes { name } } }`, nil)
	if err != nil || a.code != "" && a.code != "UNAVAILABLE" {
		t.Errorf("another form: %v %s", err, a.raw)
	}
	t.Logf("meanwhile a read of another form took %v and answered %q", time.Since(began).Round(time.Millisecond), a.code)
	for _, path := range []string{"/healthz", "/readyz"} {
		if !answers(c.url+path, 200) {
			t.Errorf("%s does not answer", path)
		}
	}
	wg.Wait()
	if len(l.acked) > 0 || l.unavailable != 40 {
		t.Errorf("%d were stored, %d unavailable", len(l.acked), l.unavailable)
	}
	if l.longest > 20*time.Second {
		t.Errorf("a request took %v", l.longest)
	}
	_ = lock.Rollback()
	took := eventually(t, 5*time.Second, "it serves again", func() bool { return l.write(t, c, t.Context(), fmt.Sprint("free ", len(l.sent))) })
	t.Logf("recovered in %v", took)
	l.verify(t, c.names(t))
}

func TestFLT28ClientGoesAway(t *testing.T) {
	rnd := seeded(t) // not parallel: it counts goroutines
	w := newWorld(t)
	c := w.server(t, "a")
	c.must(t, createForms, nil)
	l := &ledger{}
	storm := func(prefix string, n int, patience func() time.Duration) {
		var wg sync.WaitGroup
		for i := range 8 {
			c := newClient(t, c.url, w.token)
			limits := make([]time.Duration, n)
			for k := range limits {
				limits[k] = patience()
			}
			wg.Go(func() {
				for k, limit := range limits {
					ctx, cancel := context.WithTimeout(context.Background(), limit)
					if k%3 == 0 {
						_, _ = c.ask(ctx, `{ things(first: 100) { nodes { name note createdBy { name } } totalCount } me { name } }`, nil)
					} else {
						l.write(t, c, ctx, fmt.Sprintf("%s %d %d", prefix, i, k))
					}
					cancel()
				}
				c.http.CloseIdleConnections()
			})
		}
		wg.Wait()
		c.http.CloseIdleConnections()
	}
	storm("warm", 6, func() time.Duration { return time.Minute })
	quiet := func() int {
		eventually(t, 10*time.Second, "no statement runs, no transaction is open", func() bool {
			return w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a' AND datname = current_database() AND state <> 'idle'`) == 0
		})
		return runtime.NumGoroutine()
	}
	base := quiet()
	storm("gone", 60, func() time.Duration { return time.Duration(rnd.IntN(12000)) * time.Microsecond })
	if l.connections == 0 || len(l.acked) == 0 {
		t.Logf("no mixture: %d gave up, %d were served", l.connections, len(l.acked))
	}
	eventually(t, 15*time.Second, "goroutines are back to base", func() bool {
		c.http.CloseIdleConnections()
		return quiet() <= base+5
	})
	if n := w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a' AND datname = current_database()`); n > 24+8+1 {
		t.Errorf("%d connections", n)
	}
	l.verify(t, c.names(t))
	checked(t, w)
}
