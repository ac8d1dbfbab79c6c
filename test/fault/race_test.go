package fault_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
)

// check compares definitions with tables.
func checked(t *testing.T, w *world) {
	t.Helper()
	problems, err := check.Run(context.WithoutCancel(t.Context()), w.org.DB, w.org.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func TestFLT09TwoServersChangeDefinitions(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	w := newWorld(t)
	servers := []*client{w.server(t, "a"), w.server(t, "b")}
	servers[0].must(t, createForms, nil)
	servers[0].must(t, otherForm, nil)
	const (
		archive   = `mutation ($form: String!, $key: String!) { archiveField(input: {form: $form, key: $key}) { change { version } } }`
		restore   = `mutation ($form: String!, $key: String!) { restoreField(input: {form: $form, key: $key}) { change { version } } }`
		relabel   = `mutation ($form: String!, $key: String!) { updateField(input: {form: $form, key: $key, label: "Again", indexed: true}) { change { version } } }`
		expecting = `mutation ($form: String!, $key: String!) { updateField(input: {form: $form, key: $key, label: "Old", expectedVersion: 3}) { change { version } } }`
		newForm   = `mutation ($key: String!) { createForm(input: {key: $key, label: "Made", fields: [{key: "name", kind: TEXT, label: "Name"}]}) { change { version } } }`
	)
	var (
		mu     sync.Mutex
		shared []string // keys of fields that may be archived by anybody
		codes  = map[string]int{}
		wg     sync.WaitGroup
	)
	for i := range 8 {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), uint64(i)))
		here := newClient(t, servers[i%2].url, w.token)
		there := newClient(t, servers[1-i%2].url, w.token)
		wg.Go(func() {
			for round := range 13 {
				formKey, key := []string{"thing", "stuff"}[rnd.IntN(2)], ""
				mu.Lock()
				if len(shared) > 0 {
					key = shared[rnd.IntN(len(shared))]
				}
				mu.Unlock()
				query := []string{addField, addField, archive, restore, relabel, expecting, newForm}[rnd.IntN(7)]
				switch query {
				case addField:
					key = fmt.Sprintf("f%d_%d", i, round)
				case newForm:
					key = fmt.Sprintf("made%d_%d", i, round)
				}
				if key == "" {
					continue
				}
				a, err := here.ask(context.Background(), query, vars{"form": formKey, "key": key})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				codes[a.code]++
				mu.Unlock()
				switch a.code {
				case "", "CONFLICT", "UNAVAILABLE", "NOT_FOUND", "INVALID":
				default:
					t.Errorf("%s %s: %s", query, key, a.raw)
				}
				if a.code != "" {
					continue
				}
				switch query { // what one server confirmed, the other accepts at once
				case addField:
					typed := map[string]string{"thing": "createThing", "stuff": "createStuff"}[formKey]
					accepts(t, there, fmt.Sprintf(`mutation { %s(input: {name: "t%d %d", %s: "x"}) { __typename } }`, typed, i, round, form.Camel(key)))
					accepts(t, there, fmt.Sprintf(`mutation { createRecord(input: {form: %q, values: {name: "g%d %d", %s: "x"}}) { __typename } }`, formKey, i, round, key))
					mu.Lock()
					shared = append(shared, key)
					mu.Unlock()
				case newForm:
					accepts(t, there, fmt.Sprintf(`mutation { createRecord(input: {form: %q, values: {name: "x"}}) { __typename } }`, key))
				}
			}
		})
	}
	wg.Wait()
	t.Logf("answers: %v", codes)
	checked(t, w)
	want := w.count(t, `SELECT version FROM fieldwork.organisation WHERE id = $1`, w.org.Org.ID)
	for _, c := range servers {
		took := eventually(t, 5*time.Second, "the newest version is served", func() bool {
			got := c.must(t, version, vars{"form": "thing"})["form"].(map[string]any)["version"]
			return got == float64(want)
		})
		t.Logf("newest version served after %v", took)
	}
}

// accepts sends an operation that may have to be repeated, but not be refused.
func accepts(t *testing.T, c *client, query string) {
	t.Helper()
	for range 20 {
		a, err := c.ask(context.Background(), query, nil)
		if err != nil {
			t.Error(err)
			return
		}
		switch a.code {
		case "":
			return
		case "UNAVAILABLE", "CONFLICT":
			continue
		}
		t.Errorf("refused: %s: %s", query, a.raw)
		return
	}
	t.Errorf("never accepted: %s", query)
}

func TestFLT22StaleVersionsAndOppositeOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.server(t, "a")
	c.must(t, createForms, nil)
	make1 := func(name string) string {
		return c.must(t, create, vars{"name": name})["createThing"].(map[string]any)["thing"].(map[string]any)["id"].(string)
	}
	first, second := make1("first"), make1("second")
	var wins, conflicts atomic.Int64
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			a, err := c.ask(context.Background(), update, vars{"id": first, "v": 1, "note": fmt.Sprint(n)})
			switch {
			case err == nil && a.code == "":
				wins.Add(1)
			case err == nil && a.code == "CONFLICT":
				conflicts.Add(1)
			default:
				t.Errorf("%v %s", err, a.raw)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 || conflicts.Load() != 49 {
		t.Errorf("%d win, %d conflicts; want 1 and 49", wins.Load(), conflicts.Load())
	}

	// Writers of pairs in opposite order.
	const read = `query ($id: ID!) { thing(id: $id) { version } }`
	const pair = `mutation ($x: ID!, $xv: Int!, $y: ID!, $yv: Int!) {
		a: updateThing(input: {id: $x, version: $xv, set: {note: "p"}}) { thing { version } }
		b: updateThing(input: {id: $y, version: $yv, set: {note: "p"}}) { thing { version } } }`
	var pairs atomic.Int64
	for n := range 16 {
		x, y := first, second
		if n%2 == 1 {
			x, y = y, x
		}
		c := newClient(t, c.url, w.token)
		wg.Go(func() {
			at := func(id string) any {
				return c.must(t, read, vars{"id": id})["thing"].(map[string]any)["version"]
			}
			for range 8 {
				a, err := c.ask(context.Background(), pair, vars{"x": x, "xv": at(x), "y": y, "yv": at(y)})
				if err != nil {
					t.Error(err)
					continue
				}
				// A payload is never null, so the error of one leaves no data of the
				// other; but fields run in order, and the first error ends the run.
				done := int64(2)
				for _, e := range a.Errors {
					if code := e.Extensions["code"]; code != "CONFLICT" {
						t.Errorf("%s", a.raw)
					}
					done = map[any]int64{"a": 0, "b": 1}[e.Path[0]]
				}
				pairs.Add(done)
			}
		})
	}
	wg.Wait()
	got := w.count(t, `SELECT sum(version) FROM org_acme.thing WHERE name IN ('first', 'second')`)
	if got != 3+int(pairs.Load()) {
		t.Errorf("versions add up to %d after %d acknowledged updates", got, 1+pairs.Load())
	}
}

func TestFLT23UniquenessUnderConcurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.server(t, "a")
	c.must(t, createForms, nil)
	var made, conflicts atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			a, err := c.ask(context.Background(), create, vars{"name": "the one"})
			switch {
			case err == nil && a.code == "":
				made.Add(1)
			case err == nil && a.code == "CONFLICT":
				conflicts.Add(1)
			default:
				t.Errorf("%v %s", err, a.raw)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || conflicts.Load() != 49 {
		t.Errorf("%d made, %d conflicts; want 1 and 49", made.Load(), conflicts.Load())
	}
	if n := w.count(t, `SELECT count(*) FROM org_acme.thing WHERE name = 'the one'`); n != 1 {
		t.Errorf("it is there %d times", n)
	}
}
