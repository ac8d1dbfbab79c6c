package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestChangesMissNothing lets members write at random, some in transactions of
// several statements, while a client follows the changes with small pages. At the
// end the client has exactly what is there.
func TestChangesMissNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const follow = `query($since: String) { changes(since: $since, forms: ["task", "customer"], first: 7) { nodes { id deleted record { version title } } cursor hasMore } }`
	cursor := w.ask(t, "vera", follow, nil).text("changes", "cursor")
	have := map[string]string{}
	seen := func() (more bool) {
		a := w.ask(t, "vera", follow, vars{"since": cursor})
		page := a.data.(map[string]any)["changes"].(map[string]any)
		for _, n := range page["nodes"].([]any) {
			n := n.(map[string]any)
			if r, ok := n["record"].(map[string]any); ok {
				have[n["id"].(string)] = fmt.Sprint(r["version"], r["title"])
			} else if delete(have, n["id"].(string)); n["deleted"] != true {
				t.Errorf("%v is neither there nor deleted", n)
			}
		}
		cursor = page["cursor"].(string)
		return page["hasMore"].(bool)
	}
	var writers sync.WaitGroup
	for k := range 4 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(k)))
			for i := range 60 {
				n, m := 1+r.IntN(20), 1+r.IntN(10)
				var text string
				switch r.IntN(6) {
				case 0:
					text = fmt.Sprintf(`mutation { createCustomer(input: {name: "c%d", tasks: [{title: "a%d"}, {title: "b"}]}) { customer { id } } }`, i, k)
				case 1:
					text = fmt.Sprintf(`mutation { createTask(input: {title: "t%d", dependsOn: ["task_%d"]}) { task { id } } }`, i, n)
				case 2:
					text = fmt.Sprintf(`mutation { deleteTask(input: {id: "task_%d", version: %d}) { id } }`, n, 1+r.IntN(3))
				case 3:
					text = fmt.Sprintf(`mutation { deleteCustomer(input: {id: "customer_%d", version: %d}) { id } }`, m, 1+r.IntN(3))
				case 4:
					text = fmt.Sprintf(`mutation { updateCustomer(input: {id: "customer_%d", version: %d, set: {name: "k%d"}}) { customer { id } } }`, m, 1+r.IntN(3), i)
				default:
					text = fmt.Sprintf(`mutation { updateTask(input: {id: "task_%d", version: %d, set: {title: "u%d", dependsOn: ["task_%d"]}}) { task { id } } }`, n, 1+r.IntN(3), i, 1+r.IntN(20))
				}
				w.try(t, "mei", text, nil) // most are refused: a record that is gone, another version
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for seen() {
		}
	}
	there := map[string]string{}
	for _, list := range []string{"tasks", "customers"} {
		after := any(nil)
		for more := true; more; {
			a := w.ask(t, "vera", `query($after: String) { `+list+`(first: 200, after: $after) { nodes { id version title } pageInfo { hasNextPage endCursor } } }`, vars{"after": after})
			page := a.data.(map[string]any)[list].(map[string]any)
			for _, n := range page["nodes"].([]any) {
				n := n.(map[string]any)
				there[n["id"].(string)] = fmt.Sprint(n["version"], n["title"])
			}
			info := page["pageInfo"].(map[string]any)
			more, after = info["hasNextPage"].(bool), info["endCursor"]
		}
	}
	if len(there) == 0 {
		t.Fatal("nothing was written")
	}
	for id, v := range there {
		if have[id] != v {
			t.Errorf("%s is %q, the client has %q", id, v, have[id])
		}
	}
	for id := range have {
		if there[id] == "" {
			t.Errorf("%s is gone, and the client has it", id)
		}
	}
	w.sound(t)
}
