package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Requests that ask for too much are refused before any statement, in little
// time, with a small answer (SEC-35 to 44).
func TestTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "vera", `{ me { name } }`, nil)
	nest := func(n int, first string) string {
		return "{ customers" + first + " { nodes { id " + strings.Repeat("tasks"+first+" { nodes { id customer { id ", n) + strings.Repeat("} } } ", n) + "} } }"
	}
	times := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	big := make([]string, 1001)
	for i := range big {
		big[i] = fmt.Sprint("n", i)
	}
	var deep any = vars{"name": vars{"eq": "x"}}
	for range 20 {
		deep = vars{"not": deep}
	}
	var wide []any
	for range 600 {
		wide = append(wide, vars{"name": vars{"eq": "x"}})
	}
	tests := []struct {
		name, query string
		vars        vars
		codes       string
	}{
		{"depth", nest(30, ""), nil, "TOO_COSTLY"},
		{"depth by fragments", "{ customers { nodes { ...F0 } } }" + times(40, " fragment F# on Customer { tasks { nodes { customer { ...G# } } } } fragment G# on Customer { id ...F#1 }"), nil, "TOO_COSTLY GRAPHQL_VALIDATION_FAILED"},
		{"a thousand aliases", "{" + times(1000, " a#: customers(first: 200) { nodes { id } }") + "}", nil, "TOO_COSTLY"},
		{"a thousand cheap ones", "{" + times(1000, " a#: __typename") + "}", nil, "TOO_COSTLY"},
		{"a hundred sign-ins", "mutation {" + times(100, ` a#: signIn(input: {email: "x", password: "x"}) { token }`) + "}", nil, "TOO_COSTLY"},
		{"one field ten thousand times", "{ customers { nodes {" + strings.Repeat(" id", 10_000) + " } } }", nil, "TOO_COSTLY"},
		{"one list five thousand times", "{" + strings.Repeat(" customers { nodes { id } }", 5000) + "}", nil, "TOO_COSTLY"},
		{"three thousand fragments", "{ customers { nodes {" + times(3000, " ...F#") + " } } }" + times(3000, " fragment F# on Customer { id }"), nil, "TOO_COSTLY"},
		{"inline fragments within each other", "{ customers { nodes {" + strings.Repeat(" ... on Customer {", 60) + " id" + strings.Repeat("}", 60) + " } } }", nil, "TOO_COSTLY"},
		{"circular fragments", "{ customers { nodes { ...A } } } fragment A on Customer { ...B } fragment B on Customer { ...A }", nil, "GRAPHQL_VALIDATION_FAILED TOO_COSTLY"},
		{"a fragment within itself", "{ customers { nodes { ...A } } } fragment A on Customer { ... { ...A } }", nil, "GRAPHQL_VALIDATION_FAILED TOO_COSTLY"},
		{"a fragment twice", "{ customers { nodes { ...A } } } fragment A on Customer { id } fragment A on Customer { name }", nil, "GRAPHQL_VALIDATION_FAILED"},
		{"a hundred thousand directives", "{ __typename" + strings.Repeat(" @a", 100_000) + " }", nil, "TOO_COSTLY"},
		{"a thousand includes", "query($x: Boolean!) { __typename" + strings.Repeat(" @include(if: $x)", 1000) + " }", vars{"x": true}, "TOO_COSTLY"},
		{"rows of a report over and over", "{ report(id: \"workload\", parameters: {first: 1000}) {" + times(200, " a#: rows { values labels }") + " } }", nil, "TOO_COSTLY"},
		{"rows of a dashboard over and over", "{ dashboard(reports: [\"workload\", \"tasks\"]) { results {" + times(280, " a#: rows { values }") + " a: columns { key } } b: results {" + times(280, " b#: rows { labels }") + " } } }", nil, "TOO_COSTLY"},
		{"what many handovers did over and over", "{ handovers(first: 200) { nodes {" + times(5, " a#: moves { nodes { recordId } }") + " } } }", nil, "TOO_COSTLY"},
		{"200 to the sixth", nest(3, "(first: 200)"), nil, "TOO_COSTLY"},
		{"200 to the tenth", nest(5, "(first: 200)"), nil, "TOO_COSTLY"},
		{"two billion", "{ customers(first: 2147483647) { totalCount } }", nil, "TOO_COSTLY"},
		{"more than 32 bits", "{ customers(first: 99999999999) { totalCount } }", nil, "GRAPHQL_VALIDATION_FAILED INVALID TOO_COSTLY"},
		{"more than 64 bits", "{ customers(first: 99999999999999999999) { totalCount } }", nil, "GRAPHQL_VALIDATION_FAILED INVALID TOO_COSTLY"},
		{"more than 32 bits, by variable", "query($n: Int) { customers(first: $n) { totalCount } }", vars{"n": 99999999999}, "GRAPHQL_VALIDATION_FAILED INVALID TOO_COSTLY"},
		{"a fraction, by variable", "query($n: Int) { customers(first: $n) { totalCount } }", vars{"n": 1.5}, "GRAPHQL_VALIDATION_FAILED INVALID"},
		{"zero, by default", "query($n: Int = 0) { customers(first: $n) { totalCount } }", nil, "INVALID"},
		{"a thousand and one values", "query($v: [String!]) { customers(filter: {name: {in: $v}}) { totalCount } }", vars{"v": big}, "TOO_COSTLY"},
		{"six hundred branches", "query($v: JSON) { records(form: \"customer\", filter: $v) { totalCount } }", vars{"v": vars{"or": wide}}, "TOO_COSTLY"},
		{"a deep filter", "query($v: JSON) { records(form: \"customer\", filter: $v) { totalCount } }", vars{"v": deep}, "TOO_COSTLY"},
		{"eleven keys", `{ customers(orderBy: [` + strings.Repeat(`{field: NAME}`, 11) + `]) { totalCount } }`, nil, "TOO_COSTLY"},
		{"introspection in circles (SEC-45)", "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", nil, "TOO_COSTLY"},
		{"definitions in circles", `{ form(key: "customer") ` + strings.Repeat("{ fields { form ", 8) + "{ key }" + strings.Repeat(" } }", 8) + " }", nil, "TOO_COSTLY"},
		{"definitions in circles, from a record", `{ customers { nodes { form ` + strings.Repeat("{ fields { form ", 7) + "{ key }" + strings.Repeat(" } }", 7) + " } } }", nil, "TOO_COSTLY"},
		{"definitions in circles, after a mutation", `mutation { updateForm(input: {form: "customer", label: "x"}) { form ` + strings.Repeat("{ fields { form ", 7) + "{ key }" + strings.Repeat(" } }", 7) + " } }", nil, "TOO_COSTLY"},
		{"every record with its definitions", `{ customers(first: 200) { nodes { tasks(first: 10) { nodes { form { fields { key settings { options { key labels { text } } } } } } } } } }`, nil, "TOO_COSTLY"},
		{"a mutation that reads too much", `mutation { createCustomer(input: {name: "x"}) { customer { tasks(first: 200) { nodes { customer { tasks(first: 200) { nodes { customer { tasks(first: 200) { nodes { id } } } } } } } } } } }`, nil, "TOO_COSTLY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.first.statements()
			start := time.Now()
			a := w.try(t, "tom", tt.query, tt.vars)
			took := time.Since(start)
			if !strings.Contains(tt.codes, a.code()) || a.code() == "" {
				t.Errorf("code %q, want %s: %s", a.code(), tt.codes, clip(a.raw))
			}
			if n := len(w.first.statements()); n > 0 {
				t.Errorf("%d statements", n)
			}
			if len(a.raw) > 20_000 || took > 2*time.Second { // generous: the race detector, and other tests beside
				t.Errorf("%d bytes after %s", len(a.raw), took)
			}
			if ext, ok := a.body["extensions"].(map[string]any); ok && strings.HasPrefix(fmt.Sprint(ext["cost"]), "-") {
				t.Errorf("cost %v", ext["cost"])
			}
		})
	}
	var n int
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM org_acme.customer`); err != nil || n != 0 {
		t.Errorf("%d records were made: %v", n, err)
	}
}

// What an operation may cost is told with every answer.
func TestCostIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range map[string]string{
		`{ customers(first: 3) { nodes { id tasks(first: 2) { nodes { id } } } } }`: "13", // 1 + 3 * (1 + 1 + 2)
		`{ customers(first: 3) { totalCount } }`:                                    "11",
		`{ customers { nodes { id } } }`:                                            "21",
		`{ me { name } organisation { key } }`:                                      "20",
		`{ customers(first: 3) { nodes { id } } organisation { key } }`:             "14",
		`{ customers(first: 3) { nodes { form { key } } } }`:                        "4",
		`{ form(key: "customer") { key label } }`:                                   "10",
		`{ report(id: "workload", parameters: {first: 7}) { rows { values } } }`:    "518",  // 1 + 10 + 500 + 7
		`{ handovers(first: 25) { nodes { moves { nodes { recordId } } } } }`:       "6633", // (1 + 10 * (1 + 20 * (1 + 10))) * 3
	} {
		a := w.ask(t, "vera", query, nil)
		ext, _ := a.body["extensions"].(map[string]any)
		if fmt.Sprint(ext["cost"]) != want {
			t.Errorf("%s costs %v, want %s", query, ext["cost"], want)
		}
	}
	// What looks at much counts for it, whatever is selected and whoever is refused.
	for query, want := range map[string]string{
		`mutation($m: ID!) { previewHandover(input: {from: $m, rules: [{to: $m}]}) { state } }`:                                                     "510",
		`mutation($m: ID!) { handOver(input: {from: $m, rules: [{to: $m}]}) { handover { id } } }`:                                                  "510",
		`mutation($m: ID!) { assignTeam(input: {customer: $m, team: [{member: $m, responsibility: "sales"}]}) { workload { before { points } } } }`: "1021",
	} {
		a := w.try(t, "vera", query, vars{"m": w.ids["tom"]})
		if ext, _ := a.body["extensions"].(map[string]any); fmt.Sprint(ext["cost"]) != want || a.code() == "" {
			t.Errorf("%s costs %v, want %s: %s", query, ext["cost"], want, clip(a.raw))
		}
	}
	// All definitions with everything about them are affordable.
	w.ask(t, "vera", `{ forms { key labels { text } fields { key labels { text } settings { options { key labels { text } } } form { key } } recordCount } }`, nil)
}
