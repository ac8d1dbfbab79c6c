package fault_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

const (
	createOnce = `mutation ($name: String!, $key: String!) { createThing(input: {name: $name, idempotencyKey: $key}) { thing { id } } }`
	upsertOne  = `mutation ($name: String!, $note: String) { upsertThings(input: {by: ["name"], rows: [{name: $name, note: $note}]}) { count errors { message } } }`
	createMany = `mutation ($rows: [CreateThingInput!]!, $key: String) { createThings(input: {rows: $rows, idempotencyKey: $key}) { count records { id } errors { message } } }`
)

// FLT-04, FLT-13: whatever happened to a request with an idempotency key, sending
// it again has it done once. The server is killed at a random moment while bulk
// requests run; of each, all rows are there or none, and after it has been sent
// again all are, once.
func TestFLT13BulkInterrupted(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	data := dataFolder(t)
	p := serve(t, "--data", data)
	token := prepare(t, p, data)
	const size, rounds = 400, 4
	rows := func(round, n int) []any {
		var out []any
		for i := range size {
			out = append(out, vars{"name": fmt.Sprintf("r%d n%d i%d", round, n, i)})
		}
		return out
	}
	sent := map[[2]int]bool{}
	for round := range rounds {
		first := make(chan struct{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		for worker := range 2 {
			c := newClient(t, p.url, token)
			wg.Go(func() {
				for n := worker; ; n += 2 {
					mu.Lock()
					sent[[2]int{round, n}] = true
					mu.Unlock()
					if a, err := c.ask(context.Background(), createMany, vars{"rows": rows(round, n), "key": fmt.Sprint(round, "/", n)}); err != nil {
						return
					} else if a.code != "" {
						t.Errorf("answered %s", a.raw)
						return
					}
					if n == 0 {
						close(first)
					}
				}
			})
		}
		<-first
		<-time.After(time.Duration(rnd.IntN(150)) * time.Millisecond) // the random moment
		p.kill()
		wg.Wait()
		p = serve(t, "--data", data)
	}
	c := newClient(t, p.url, token)
	whole := 0
	perRequest := map[[2]int]int{}
	for name, n := range c.names(t) {
		var key [2]int
		if _, err := fmt.Sscanf(name, "r%d n%d", &key[0], &key[1]); err != nil || n != 1 {
			t.Fatalf("%q is there %d times: %v", name, n, err)
		}
		perRequest[key]++
	}
	for key, n := range perRequest {
		if n != size {
			t.Errorf("of request %v there are %d of %d rows", key, n, size)
		}
		whole++
	}
	for key := range sent {
		v := vars{"rows": rows(key[0], key[1]), "key": fmt.Sprint(key[0], "/", key[1])}
		a := c.must(t, createMany, v)["createThings"].(map[string]any)
		b := c.must(t, createMany, v)["createThings"].(map[string]any)
		if a["count"] != float64(size) || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("request %v sent again: %.200v and %.200v", key, a, b)
		}
	}
	if n := len(c.names(t)); n != size*len(sent) {
		t.Errorf("%d records, and %d were asked for", n, size*len(sent))
	}
	t.Logf("%d requests, %d of them done before they were sent again", len(sent), whole)
	if out := command(t, "check", "--data", data); out != "no differences" {
		t.Errorf("check: %s", out)
	}
}

// FLT-23: of requests that come together with one key, one is done; the others
// have its answer or are told that they came too early. Of upserts that come
// together one makes the record and the others change it.
func TestFLT23OneKeyManyRequests(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	p := serve(t, "--data", data)
	token := prepare(t, p, data)
	for round := range 5 {
		ids := make(chan string, 30)
		var wg sync.WaitGroup
		for range cap(ids) {
			c := newClient(t, p.url, token)
			wg.Go(func() {
				a, err := c.ask(context.Background(), createOnce, vars{"name": fmt.Sprint("once ", round), "key": fmt.Sprint("k", round)})
				switch {
				case err != nil:
					t.Error(err)
				case a.code == "CONFLICT" && fmt.Sprint(a.Errors[0].Extensions["path"]) == "[input idempotencyKey]":
				case a.code != "":
					t.Errorf("answered %s", a.raw)
				default:
					ids <- fmt.Sprint(a.Data)
				}
			})
		}
		wg.Wait()
		close(ids)
		first := ""
		for id := range ids {
			if first == "" {
				first = id
			} else if id != first {
				t.Errorf("two answers: %s and %s", first, id)
			}
		}
		if first == "" {
			t.Error("nobody was answered")
		}
	}
	var wg sync.WaitGroup
	for i := range 40 {
		c := newClient(t, p.url, token)
		wg.Go(func() {
			a, err := c.ask(context.Background(), upsertOne, vars{"name": "of all", "note": fmt.Sprint(i)})
			if err != nil || a.code != "" || a.Data["upsertThings"].(map[string]any)["count"] != 1.0 {
				t.Errorf("an upsert: %v %s", err, a.raw)
			}
		})
	}
	wg.Wait()
	for name, n := range newClient(t, p.url, token).names(t) {
		if n != 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
}
