package e2e_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const suggestionsOf = `query($f: CustomerFilter, $r: [String!]) { suggestions(filter: $f, responsibilities: $r, first: 200, candidates: 20) { largestPoints totalCount gaps {
	customer { id name region } responsibility kind severity level startsOn others refused
	candidates { member { id } name score points regions skilled held earlier state parts { key weight value contribution } } } } }`

// staffed is a world with four members beside its own, each of whom has held sales.
func staffed(t *testing.T) (w *world, north string) {
	t.Helper()
	w = newWorld(t)
	w.acme.Install(t, "key_account")
	customer := func(name, region, tier string, roles ...any) string {
		in := map[string]any{"name": name, "tier": tier, "roles": roles}
		if region != "" {
			in["region"] = region
		}
		return w.ask(t, "mei", `mutation($in: CreateCustomerInput!) { createCustomer(input: $in) { customer { id } } }`, vars{"in": in}).text("createCustomer", "customer", "id")
	}
	role := func(what, who, level string, more ...string) any {
		out := map[string]any{"responsibility": what, "member": w.ids[who], "level": level}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	for _, name := range []string{"Ann", "Ben", "Cai", "Dan"} {
		w.ids[strings.ToLower(name)] = w.ask(t, "olga", `mutation($n: String!, $e: String!) { createMember(input: {name: $n, email: $e}) { member { id } } }`,
			vars{"n": name, "e": strings.ToLower(name) + "@acme.example"}).text("createMember", "member", "id")
	}
	customer("North One", "NORTH", "A", role("SALES", "ann", "A"), role("ACCOUNT_MANAGER", "tom", "A"), role("FINANCE", "tom", "A"))
	customer("North Two", "NORTH", "C", role("SALES", "ann", "R"))
	customer("South One", "SOUTH", "B", role("SALES", "ben", "A"), role("DELIVERY", "dan", "S"))
	customer("East One", "EAST", "D", role("SALES", "dan", "A", "endsOn", "2020-01-01"))
	north = customer("North Three", "NORTH", "B", role("DELIVERY", "ben", "R", "endsOn", "2021-01-01"), role("ACCOUNT_MANAGER", "tom", "A"))
	w.ask(t, "mei", `mutation($m: ID!) { createMemberProfile(input: {member: $m, regions: [NORTH], skills: [SALES, LEGAL]}) { memberProfile { id } } }`, vars{"m": w.ids["cai"]})
	return w, north
}

// What every part of a suggestion says can be reckoned from other answers.
func TestSuggestionsReproduce(t *testing.T) {
	t.Parallel()
	w, north := staffed(t)
	only := vars{"f": map[string]any{"id": map[string]any{"eq": north}}, "r": []string{"sales"}}
	a := w.ask(t, "tom", suggestionsOf, only)
	load := map[string]float64{}
	largest := 0.0
	for _, m := range w.ask(t, "tom", `{ divisionTable { workload { member { id } points } } }`, nil).at("divisionTable", "workload").([]any) {
		m := m.(map[string]any)
		p := float(m["points"])
		load[m["member"].(map[string]any)["id"].(string)] = p
		largest = max(largest, p)
	}
	if got := float(a.at("suggestions", "largestPoints")); got != largest {
		t.Errorf("largestPoints is %v, the workload has %v", got, largest)
	}
	if n := len(a.at("suggestions", "gaps").([]any)); n != 1 || a.text("suggestions", "gaps", 0, "kind") != "MISSING" || a.text("suggestions", "gaps", 0, "level") != "a" {
		t.Fatal(a.raw)
	}
	order := []string{}
	last := 2.0
	for _, c := range a.at("suggestions", "gaps", 0, "candidates").([]any) {
		c := c.(map[string]any)
		id := c["member"].(map[string]any)["id"].(string)
		order = append(order, c["name"].(string))
		roles := w.ask(t, "tom", `query($m: ID!) { member(id: $m) { roles { nodes { responsibility level startsOn endsOn customer { id region } } } profiles { nodes { regions skills } } } }`, vars{"m": id})
		held, earlier, regions, skills := 0, 0, map[string]int{}, []any{}
		for _, r := range roles.at("member", "roles", "nodes").([]any) {
			r := r.(map[string]any)
			of := r["customer"].(map[string]any)
			if r["responsibility"] == "SALES" {
				held++
			}
			if of["id"] == north {
				earlier++
			}
			if r["endsOn"] == nil && (r["level"] == "A" || r["level"] == "R") {
				regions[fmt.Sprint(of["region"])]++
			}
		}
		for _, p := range roles.at("member", "profiles", "nodes").([]any) {
			p := p.(map[string]any)
			regions = map[string]int{"NORTH": len(p["regions"].([]any))}
			skills = p["skills"].([]any)
		}
		want := map[string]float64{"LOAD": 1 - load[id]/largest, "REGION": truth(regions["NORTH"] > 0), "SKILL": truth(slices.Contains(skills, any("SALES")) || len(skills) == 0 && held > 0), "EARLIER": truth(earlier > 0)}
		weights := map[string]float64{"LOAD": 0.4, "REGION": 0.25, "SKILL": 0.2, "EARLIER": 0.15}
		sum := 0.0
		for _, p := range c["parts"].([]any) {
			p := p.(map[string]any)
			key := p["key"].(string)
			if math.Abs(float(p["value"])-want[key]) > 1e-4 || float(p["weight"]) != weights[key] || math.Abs(float(p["contribution"])-weights[key]*want[key]) > 1e-4 {
				t.Errorf("%s: %v, want a value of %v", c["name"], p, want[key])
			}
			sum += weights[key] * want[key]
		}
		if score := float(c["score"]); math.Abs(score-sum) > 1e-3 || score > last {
			t.Errorf("%s: score %v, want %v, and at most %v", c["name"], score, sum, last)
		}
		last = float(c["score"])
		if float(c["points"]) != load[id] || float(c["held"]) != float64(held) || float(c["earlier"]) != float64(earlier) || c["skilled"] != (len(skills) > 0) {
			t.Errorf("%s: %v, want %v points, %d held, %d earlier", c["name"], c, load[id], held, earlier)
		}
	}
	// Cai has no load, is of the north and skilled; Ben has worked there; Ann is of the north; Dan has only held it.
	if got := strings.Join(order, " "); got != "Cai Ben Ann Dan" {
		t.Errorf("the order is %s: %s", got, a.raw)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// suggested are the names of the candidates for sales on a customer, and their states.
func (w *world) suggested(t *testing.T, customer string) (names []string, states map[string]string, refused float64) {
	t.Helper()
	a := w.ask(t, "tom", suggestionsOf, vars{"f": map[string]any{"id": map[string]any{"eq": customer}}, "r": []string{"sales"}})
	states = map[string]string{}
	if len(a.at("suggestions", "gaps").([]any)) == 0 {
		return nil, states, 0
	}
	for _, c := range a.at("suggestions", "gaps", 0, "candidates").([]any) {
		c := c.(map[string]any)
		names = append(names, c["name"].(string))
		states[c["name"].(string)] = c["state"].(string)
	}
	slices.Sort(names)
	return names, states, float(a.at("suggestions", "gaps", 0, "refused"))
}

// A question takes as many statements with few gaps as with many.
func TestSuggestionStatements(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t)
	count := func() (statements int, gaps float64) {
		t.Helper()
		w.ask(t, "tom", suggestionsOf, nil)
		w.first.statements()
		a := w.ask(t, "tom", suggestionsOf, nil)
		return len(w.first.statements()), float(a.at("suggestions", "totalCount"))
	}
	few, before := count()
	for i := range 6 {
		w.ask(t, "mei", `mutation($n: String!) { createCustomer(input: {name: $n, tier: A}) { customer { id } } }`, vars{"n": fmt.Sprint("More ", i)})
	}
	many, after := count()
	if many != few || after != before+6*8 {
		t.Errorf("%d statements for %v gaps, %d for %v", few, before, many, after)
	}
}

// A member who was refused does not come back for the same state, and does for another.
func TestRefusedSuggestions(t *testing.T) {
	t.Parallel()
	w, north := staffed(t)
	const refuse = `mutation($in: RefuseSuggestionInput!) { refuseSuggestion(input: $in) { refused } }`
	expect := func(what, want string, hidden float64) {
		t.Helper()
		names, _, refused := w.suggested(t, north)
		if got := strings.Join(names, " "); got != want || refused != hidden {
			t.Errorf("%s: %s and %v refused, want %s and %v", what, got, refused, want, hidden)
		}
	}
	expect("before", "Ann Ben Cai Dan", 0)
	_, states, _ := w.suggested(t, north)
	in := func(more vars) vars {
		all := vars{"customer": north, "responsibility": "sales", "member": w.ids["cai"], "state": states["Cai"], "reason": "on parental leave soon"}
		for k, v := range more {
			all[k] = v
		}
		return vars{"in": all}
	}
	w.ask(t, "tom", refuse, in(nil))
	expect("refused", "Ann Ben Dan", 1)
	// Load elsewhere changes nothing that the suggestion rests on.
	w.ask(t, "mei", `mutation($m: ID!) { createCustomer(input: {name: "West", tier: A, roles: [{responsibility: LEGAL, member: $m, level: A}]}) { customer { id } } }`, vars{"m": w.ids["cai"]})
	expect("with more load", "Ann Ben Dan", 1)
	w.ask(t, "tom", refuse, in(vars{"refused": false, "state": nil}))
	expect("taken back", "Ann Ben Cai Dan", 0)
	w.ask(t, "tom", refuse, in(nil))
	expect("refused again", "Ann Ben Dan", 1)
	// Somebody takes the responsibility, and leaves it: another state.
	r := w.ask(t, "mei", `mutation($c: ID!, $m: ID!) { createRole(input: {customer: $c, responsibility: SALES, member: $m, level: A}) { role { id } } }`, vars{"c": north, "m": w.ids["ann"]})
	if names, _, _ := w.suggested(t, north); names != nil {
		t.Errorf("there is no gap, and %v are suggested", names)
	}
	w.ask(t, "mei", `mutation($id: ID!) { updateRole(input: {id: $id, version: 1, set: {startsOn: "2020-01-01", endsOn: "2020-02-01"}}) { role { id } } }`, vars{"id": r.text("createRole", "role", "id")})
	expect("in another state", "Ann Ben Cai Dan", 0)
	// And the same state again: the refusal holds once more.
	w.ask(t, "mei", `mutation($id: ID!) { deleteRole(input: {id: $id, version: 2}) { id } }`, vars{"id": r.text("createRole", "role", "id")})
	expect("in the state before", "Ann Ben Dan", 1)

	for as, want := range map[string]string{"vera": "FORBIDDEN[input]", "bea": "NOT_FOUND[input customer]"} {
		if as == "bea" {
			w.withBeta(t)
		}
		if a := w.try(t, as, refuse, in(nil)); coded(a) != want {
			t.Errorf("%s: %s", as, a.raw)
		}
	}
	for want, bad := range map[string]vars{"NOT_FOUND[input responsibility]": {"responsibility": "cook"}, "NOT_FOUND[input member]": {"member": "member_999"}, "NOT_FOUND[input customer]": {"customer": "customer_999"}, "INVALID[input state]": {"state": "x"}} {
		if a := w.try(t, "tom", refuse, in(bad)); coded(a) != want {
			t.Errorf("want %s: %s", want, a.raw)
		}
	}
}

// coded are the codes and paths of an answer's errors.
func coded(a *answer) string {
	var out []string
	for _, e := range a.errors {
		m := e["extensions"].(map[string]any)
		out = append(out, fmt.Sprint(m["code"], m["path"]))
	}
	return strings.Join(out, " ")
}

const applySuggestions = `mutation($in: ApplySuggestionsInput!) { applySuggestions(input: $in) { count records { id ... on Role { member { name } responsibility level startsOn customer { name } createdBy { name } } } errors { row code path details } } }`

// Suggestions are applied all together or not at all, once, and only as they were seen.
func TestApplySuggestions(t *testing.T) {
	t.Parallel()
	w, north := staffed(t)
	_, states, _ := w.suggested(t, north)
	item := func(more vars) map[string]any {
		all := vars{"customer": north, "responsibility": "sales", "member": w.ids["cai"], "state": states["Cai"]}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	apply := func(as string, more vars, items ...any) *answer {
		t.Helper()
		in := vars{"items": items}
		for k, v := range more {
			in[k] = v
		}
		return w.try(t, as, applySuggestions, vars{"in": in})
	}
	roles := func() string {
		var n string
		if err := w.acme.DB.Control.Get(&n, `SELECT count(*) || ' ' || coalesce(sum(id), 0) FROM org_acme.role`); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := roles()
	a := apply("tom", nil, item(nil), item(vars{"responsibility": "cook", "state": nil}), item(vars{"level": "z", "state": nil, "on": "2030-01-01"}), item(vars{"state": "stale"}), item(vars{"member": "member_999", "state": nil}))
	got := []string{}
	for _, e := range a.at("applySuggestions", "errors").([]any) {
		e := e.(map[string]any)
		got = append(got, fmt.Sprint(e["row"], e["code"], e["path"]))
	}
	if s := strings.Join(got, ";"); s != "1INVALID[input items 1 responsibility];2INVALID[input items 2 level];3CONFLICT[input items 3 state];4NOT_FOUND[input items 4 member]" {
		t.Errorf("%s: %s", s, a.raw)
	}
	if after := roles(); after != before || float(a.at("applySuggestions", "count")) != 0 {
		t.Errorf("something was written: %s, before %s", after, before)
	}
	if a := apply("vera", nil, item(nil)); coded(a) != "FORBIDDEN[input]" {
		t.Error(a.raw)
	}
	w.withBeta(t)
	if a := apply("bea", nil, item(vars{"state": nil})); !strings.Contains(a.raw, "NOT_FOUND") {
		t.Error(a.raw)
	}
	key := vars{"idempotencyKey": "once", "on": "2026-02-01"}
	first := apply("tom", key, item(nil), item(vars{"responsibility": "after_sales", "state": nil, "member": w.ids["ann"], "level": "r", "on": "2026-03-01"}))
	if first.errors != nil || float(first.at("applySuggestions", "count")) != 2 || fmt.Sprint(first.at("applySuggestions", "errors")) != "[]" {
		t.Fatal(first.raw)
	}
	one, two := first.at("applySuggestions", "records", 0).(map[string]any), first.at("applySuggestions", "records", 1).(map[string]any)
	delete(one, "id")
	delete(two, "id")
	if got := fmt.Sprint(one, two); got != "map[createdBy:map[name:Tom] customer:map[name:North Three] level:A member:map[name:Cai] responsibility:SALES startsOn:2026-02-01] "+
		"map[createdBy:map[name:Tom] customer:map[name:North Three] level:R member:map[name:Ann] responsibility:AFTER_SALES startsOn:2026-03-01]" {
		t.Error(got)
	}
	after := roles()
	if again := apply("tom", key, item(nil), item(vars{"responsibility": "after_sales", "state": nil, "member": w.ids["ann"], "level": "r", "on": "2026-03-01"})); again.errors != nil || roles() != after || float(again.at("applySuggestions", "count")) != 2 {
		t.Errorf("done twice: %s", again.raw)
	}
	if late := apply("tom", nil, item(nil)); !strings.Contains(late.raw, `"CONFLICT"`) || roles() != after {
		t.Errorf("a gap that is filled is filled again: %s", late.raw)
	}
	if names, _, _ := w.suggested(t, north); names != nil {
		t.Errorf("the gap is filled, and %v are suggested", names)
	}
}

// Of those who fill the same gap at once as they saw it, one does.
func TestApplySuggestionsAtOnce(t *testing.T) {
	t.Parallel()
	w, north := staffed(t)
	_, states, _ := w.suggested(t, north)
	var all sync.WaitGroup
	var given, late atomic.Int64
	for i := range 6 {
		all.Go(func() {
			who := []string{"Cai", "Dan"}[i%2]
			a := w.try(t, "mei", applySuggestions, vars{"in": vars{"items": []any{vars{"customer": north, "responsibility": "sales", "member": w.ids[strings.ToLower(who)], "state": states[who]}}}})
			switch {
			case strings.Contains(a.raw, `"count":1`):
				given.Add(1)
			case strings.Contains(a.raw, `"CONFLICT"`):
				late.Add(1)
			}
		})
	}
	all.Wait()
	if given.Load() != 1 || late.Load() != 5 {
		t.Errorf("%d were given the role and %d were late", given.Load(), late.Load())
	}
}

// Who is absent, or holds it already, is not suggested; each kind of gap says what is to
// be given and from when; weights are settings.
func TestSuggestionsByKind(t *testing.T) {
	t.Parallel()
	w, north := staffed(t)
	today := w.ask(t, "tom", `{ divisionTable { asOf } }`, nil).text("divisionTable", "asOf")
	w.ask(t, "mei", `mutation($m: ID!, $d: Date!) { createAbsence(input: {member: $m, fromOn: $d, toOn: $d}) { absence { id } } }`, vars{"m": w.ids["ben"], "d": today})
	w.ask(t, "mei", `mutation($c: ID!, $m: ID!) { createRole(input: {customer: $c, responsibility: SALES, member: $m, level: R}) { role { id } } }`, vars{"c": north, "m": w.ids["dan"]})
	names, _, _ := w.suggested(t, north)
	if got := strings.Join(names, " "); got != "Ann Cai Dan" { // Dan may become accountable
		t.Errorf("no accountable: %s", got)
	}
	all := w.ask(t, "tom", suggestionsOf, nil)
	total := float(all.at("suggestions", "totalCount"))
	if gaps := w.ask(t, "tom", `{ divisionTable { gaps { kind } } }`, nil).at("divisionTable", "gaps").([]any); float64(len(gaps)) != total {
		t.Errorf("%v gaps, the table has %d", total, len(gaps))
	}
	if a := w.ask(t, "tom", `{ suggestions { totalCount gaps { candidates { name } } } }`, nil); float(a.at("suggestions", "totalCount")) != total || len(a.at("suggestions", "gaps").([]any)) != int(min(total, 20)) {
		t.Error(a.raw)
	}
	rank, seen := map[string]int{"HIGH": 0, "MEDIUM": 1, "LOW": 2}, map[string]string{}
	last := 0
	for _, g := range all.at("suggestions", "gaps").([]any) {
		g := g.(map[string]any)
		if n := rank[g["severity"].(string)]; n < last {
			t.Error("gaps are not by severity")
		} else {
			last = n
		}
		seen[g["kind"].(string)] = fmt.Sprint(g["level"], g["startsOn"] == today)
	}
	if fmt.Sprint(seen) != "map[ABSENT:rtrue MISSING:atrue NO_ACCOUNTABLE:atrue]" {
		t.Error(seen)
	}
	w.ask(t, "mei", `mutation { updateSuggestionSettings(input: {loadWeight: 0, regionWeight: 3, skillWeight: 1, earlierWeight: 0}) { settings { regionWeight } } }`, nil)
	a := w.ask(t, "tom", suggestionsOf, vars{"f": map[string]any{"id": map[string]any{"eq": north}}, "r": []string{"sales"}})
	scores := map[string]float64{}
	for _, c := range a.at("suggestions", "gaps", 0, "candidates").([]any) {
		scores[c.(map[string]any)["name"].(string)] = float(c.(map[string]any)["score"])
	}
	if fmt.Sprint(scores) != "map[Ann:1 Cai:1 Dan:1]" && fmt.Sprint(scores) != "map[Ann:1 Cai:1 Dan:0.25]" {
		t.Error(scores)
	}
	for want, set := range map[string]string{"INVALID[input loadWeight]": "loadWeight: -1", "INVALID[input skillWeight]": "skillWeight: 101, loadWeight: 1"} {
		if b := w.try(t, "mei", `mutation { updateSuggestionSettings(input: {`+set+`}) { settings { regionWeight } } }`, nil); coded(b) != want {
			t.Error(b.raw)
		}
	}
	if b := w.try(t, "mei", `mutation { updateSuggestionSettings(input: {reset: true, loadWeight: 0, regionWeight: 0, skillWeight: 0, earlierWeight: 0}) { settings { regionWeight } } }`, nil); coded(b) != "INVALID[input loadWeight]" {
		t.Error(b.raw)
	}
	for _, q := range []string{`{ suggestions(candidates: 21) { totalCount } }`, `{ suggestions(candidates: 0) { totalCount } }`, `{ suggestions(first: 201) { totalCount } }`, `{ suggestions(responsibilities: ["cook"]) { totalCount } }`} {
		if w.try(t, "tom", q, nil).errors == nil {
			t.Errorf("%s is answered", q)
		}
	}
}
