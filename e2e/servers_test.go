package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// What one server has confirmed, another takes on its very next request, in
// every place where a name can stand.
func TestTheOtherServerKnowsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "tom@2", `mutation { createCustomer(input: {name: "A"}) { customer { id } } }`, nil)
	version := 1
	uses := []func(n string) string{
		func(n string) string { return `{ customers { nodes { ` + n + ` } } }` },
		func(n string) string { return `{ customers(filter: {` + n + `: {isNull: true}}) { totalCount } }` },
		func(n string) string {
			return `{ records(form: "customer", filter: {` + n + `: {isNull: true}}) { totalCount } }`
		},
		func(n string) string {
			return `{ records(form: "customer", orderBy: {field: "` + n + `"}) { totalCount } }`
		},
		func(n string) string { return `{ record(id: "customer_1") { values(fields: ["` + n + `"]) } }` },
		func(n string) string {
			version++
			return fmt.Sprintf(`mutation { updateCustomer(input: {id: "customer_1", version: %d, set: {%s: "x"}}) { customer { %s } } }`, version-1, n, n)
		},
		func(n string) string {
			version++
			return fmt.Sprintf(`mutation { updateRecord(input: {id: "customer_1", version: %d, set: {%s: "x"}}) { record { ... on Customer { %s } } } }`, version-1, n, n)
		},
		func(n string) string {
			return `mutation { updateField(input: {form: "customer", key: "` + n + `", label: "x"}) { field { label } } }`
		},
	}
	for i, use := range uses {
		key := "extra" + string(rune('a'+i))
		w.ask(t, "mei", `mutation { addField(input: {form: "customer", key: "`+key+`", kind: TEXT}) { field { key } } }`, nil)
		w.ask(t, map[bool]string{true: "tom@2", false: "mei@2"}[i < 7], use(key), nil)
	}
	// A new form, and records of it, by every way.
	for i, use := range []string{`mutation { createF#(input: {name: "x"}) { f# { id } } }`, `mutation { createRecord(input: {form: "f#", values: {name: "x"}}) { record { id } } }`,
		`{ f#s { totalCount } }`, `{ records(form: "f#") { totalCount } }`} {
		w.ask(t, "mei", fmt.Sprintf(`mutation { createForm(input: {key: "f%d", fields: [{key: "name", kind: TEXT}]}) { form { key } } }`, i), nil)
		w.ask(t, "tom@2", strings.ReplaceAll(use, "#", fmt.Sprint(i)), nil)
	}
	// A record made over there, read here before any notification.
	w.ask(t, "mei@2", `mutation { createForm(input: {key: "g", fields: [{key: "name", kind: TEXT}]}) { form { key } } createRecord(input: {form: "customer", values: {name: "B"}}) { record { id } } }`, nil)
	w.ask(t, "tom@2", `mutation { createG(input: {name: "x"}) { g { id } } }`, nil)
	w.ask(t, "tom", `{ record(id: "g_1") { id } node(id: "g_1") { ... on G { name } } }`, nil)
}

// Two servers change one record and one organisation at once: exactly one of
// those who saw the same version wins, and nothing is lost.
func TestTwoServersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "tom", `mutation { createCustomer(input: {name: "A"}) { customer { id } } }`, nil)
	w.ask(t, "tom@2", `{ me { name } }`, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, shaped := 0, 0
	for i := range 10 {
		as := []string{"mei", "mei@2"}[i%2]
		wg.Go(func() {
			a := w.try(t, as, fmt.Sprintf(`mutation { updateCustomer(input: {id: "customer_1", version: 1, set: {note: "%d"}}) { customer { version } } }`, i), nil)
			b := w.try(t, as, fmt.Sprintf(`mutation { addField(input: {form: "customer", key: "n%d", kind: INTEGER, expectedVersion: 2}) { change { version } } }`, i), nil)
			mu.Lock()
			defer mu.Unlock()
			if a.code() == "" {
				won++
			} else {
				a.want("CONFLICT")
			}
			if b.code() == "" {
				shaped++
			} else {
				b.want("CONFLICT")
			}
		})
	}
	wg.Wait()
	if won != 1 || shaped != 1 {
		t.Errorf("%d updates of one version went through, %d changes of one definition", won, shaped)
	}
}
