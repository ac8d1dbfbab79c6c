package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const accounts = `query Accounts($n: Int!) {
  customers(first: $n, orderBy: {field: NAME}) {
    totalCount
    nodes {
      name tier owner { name }
      roles(orderBy: {field: LEVEL}) { totalCount nodes { responsibility level member { name team { name } } deputy { name } } }
      tasks(first: 5, filter: {status: {ne: DONE}}, orderBy: {field: DUE_ON}) { nodes { title assignee { name } role { responsibility member { name } } } pageInfo { hasNextPage } }
      feedback(last: 2) { nodes { content member { name } } }
    }
  }
  organisation { key }
  me { name customers { nodes { name } } }
}`

// fill makes customers in the database directly, each with two roles, three
// tasks and a word of feedback.
func (w *world) fill(t *testing.T, from, to int) {
	t.Helper()
	var members [3]int
	for i, name := range []string{"olga", "mei", "tom"} {
		if _, err := fmt.Sscanf(w.ids[name], "member_%d", &members[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{
		`INSERT INTO org_acme.customer (name, tier, owner) SELECT 'Customer ' || lpad(i::text, 5, '0'), 'a', $3::bigint FROM generate_series($1::int, $2::int) i`,
		`INSERT INTO org_acme.role (customer, responsibility, level, member, deputy) SELECT c.id, 'sales', 'a', $4::bigint, $3::bigint FROM org_acme.customer c WHERE c.id BETWEEN $1::int AND $2::int`,
		`INSERT INTO org_acme.role (customer, responsibility, level, member) SELECT c.id, 'legal', 'r', $4::bigint + 0 * $3::bigint FROM org_acme.customer c WHERE c.id BETWEEN $1::int AND $2::int`,
		`INSERT INTO org_acme.task (title, customer, status, assignee, role) SELECT 'Task ' || j, c.id, 'open', $4::bigint + 0 * $3::bigint, (SELECT min(r.id) FROM org_acme.role r WHERE r.customer = c.id) FROM org_acme.customer c, generate_series(1, 3) j WHERE c.id BETWEEN $1::int AND $2::int`,
		`INSERT INTO org_acme.feedback (customer, content, occurred_at, member) SELECT c.id, 'well', now(), $4::bigint + 0 * $3::bigint FROM org_acme.customer c WHERE c.id BETWEEN $1::int AND $2::int`,
	} {
		args := []any{from, to, members[1], members[2]}
		if !strings.Contains(q, "$4") {
			args = args[:3]
		}
		if _, err := w.acme.DB.Control.ExecContext(t.Context(), q, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// A nested query takes as many statements for a thousand customers as for one.
func TestStatementsDoNotGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := ""
	have := 0
	for _, n := range []int{1, 10, 200, 1000} {
		w.fill(t, have+1, n)
		have = n
		w.first.statements()
		a := w.ask(t, "vera", accounts, vars{"n": 200})
		sent := strings.Join(w.first.statements(), "\n")
		if first == "" {
			first = sent
		}
		if sent != first {
			t.Errorf("%d customers take other statements than one:\n%s\n\n%s", n, sent, first)
		}
		nodes := a.at("customers", "nodes").([]any)
		if len(nodes) != min(n, 200) || fmt.Sprint(a.at("customers", "totalCount")) != fmt.Sprint(n) {
			t.Fatalf("%d customers, %v in all", len(nodes), a.at("customers", "totalCount"))
		}
		m := &matcher{names: map[string]string{}}
		want, err := expected(`{"name": "re:^Customer 0", "tier": "A", "owner": {"name": "Mei"}, "roles": {"totalCount": 2, "nodes": [{"responsibility": "SALES", "level": "A", "member": {"name": "Tom", "team": null}, "deputy": {"name": "Mei"}}, {"responsibility": "LEGAL", "deputy": null, ...}]},
			"tasks": {"nodes": [{"title": "Task 1", "assignee": {"name": "Tom"}, "role": {"responsibility": "SALES", "member": {"name": "Tom"}}}, {"title": "Task 2", ...}, {"title": "Task 3", ...}], "pageInfo": {"hasNextPage": false}}, "feedback": {"nodes": [{"content": "well", "member": {"name": "Tom"}}]}}`)
		if err != nil {
			t.Fatal(err)
		}
		for i, node := range nodes {
			if d := m.match(want, node, fmt.Sprintf("customer %d", i)); d != "" {
				t.Fatal(d)
			}
		}
	}
	// All thousand by cursors, five pages, no record twice.
	seen, after := map[string]bool{}, any(nil)
	for range 5 {
		a := w.ask(t, "vera", `query($a: String) { customers(first: 200, after: $a, orderBy: [{field: TIER}, {field: NAME, direction: DESC}]) { nodes { id } pageInfo { endCursor hasNextPage } } }`, vars{"a": after})
		for _, n := range a.at("customers", "nodes").([]any) {
			seen[n.(map[string]any)["id"].(string)] = true
		}
		after = a.at("customers", "pageInfo", "endCursor")
	}
	if len(seen) != 1000 {
		t.Errorf("%d different customers on five pages", len(seen))
	}
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, w) })
}

// manyAtOnce sends more requests than there are connections, each of which
// mixes fixed and shaped roots: none may wait for a second connection while it
// holds one.
func manyAtOnce(t *testing.T, w *world) {
	const query = `{ customers(first: 1) { nodes { name form { recordCount } } } forms { key recordCount } me { name form { recordCount } } tokens { member { name } } record(id: "customer_1") { title } }`
	start := time.Now()
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			b, _ := json.Marshal(map[string]any{"query": query})
			a := post(t, w, call{token: w.tokens["mei"], body: b})
			if a.status != http.StatusOK || len(a.errors) > 0 {
				t.Errorf("%d %s", a.status, clip(a.raw))
			}
		})
	}
	wg.Wait()
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("sixty requests at once took %s", took)
	}
}
