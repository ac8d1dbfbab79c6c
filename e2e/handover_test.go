package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/calendar"
)

const (
	handoverFields = `counts { roles tasks feedback customers contacts reviews total } moves(first: 200) { nodes { part action recordId to { id } field before after } }`
	previewIt      = `mutation($in: PreviewHandoverInput!) { previewHandover(input: $in) { state left { part recordId reason } ` + handoverFields + ` } }`
	handItOver     = `mutation($in: HandOverInput!) { handOver(input: $in) { handover { id also: moves(first: 200) { nodes { successors { id } } } ` + handoverFields + ` } } }`
	undoIt         = `mutation($id: ID!) { undoHandover(input: {id: $id}) { handover { undo { restored skipped { recordId reason } } } } }`
)

// holdings are what the forms of a handover hold that is live, but for who changed it
// last, when, and how often.
const holdings = `SELECT string_agg(x, E'\n' ORDER BY x) FROM (
	SELECT 'role ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text AS x FROM org_acme.role t WHERE archived_at IS NULL
	UNION ALL SELECT 'task ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text FROM org_acme.task t WHERE archived_at IS NULL
	UNION ALL SELECT 'feedback ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text FROM org_acme.feedback t WHERE archived_at IS NULL
	UNION ALL SELECT 'customer ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text FROM org_acme.customer t WHERE archived_at IS NULL
	UNION ALL SELECT 'contact ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text FROM org_acme.contact t WHERE archived_at IS NULL
	UNION ALL SELECT 'review ' || (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text FROM org_acme.review t WHERE archived_at IS NULL) s`

// doubled counts pairs of roles that are the same for one member on some day.
const doubled = `SELECT count(*)::text FROM org_acme.role a JOIN org_acme.role b ON a.id < b.id AND (a.customer, a.responsibility, a.member, a.level, coalesce(a.scope, '')) = (b.customer, b.responsibility, b.member, b.level, coalesce(b.scope, ''))
	AND coalesce(a.starts_on, '-infinity') <= coalesce(b.ends_on, 'infinity') AND coalesce(b.starts_on, '-infinity') <= coalesce(a.ends_on, 'infinity')
	WHERE a.archived_at IS NULL AND b.archived_at IS NULL AND a.member <> $1::bigint`

// sql is the text that a query gives to the database's owner.
func (w *world) sql(t *testing.T, query string, args ...any) string {
	t.Helper()
	var out *string
	if err := w.acme.DB.Control.GetContext(t.Context(), &out, query, args...); err != nil {
		t.Fatal(err)
	}
	if out == nil {
		return ""
	}
	return *out
}

func memberNumber(id string) string { return id[strings.LastIndexByte(id, '_')+1:] }

// TestHandoverIsWhatWasPreviewed: whatever somebody holds and whatever the rules, what
// is previewed is what is changed, and no more; what stays is what was said to stay;
// the receivers have nothing twice that they did not have twice; and undone, all of it
// is as it was.
func TestHandoverIsWhatWasPreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	cat := w.acme.Install(t, "key_account")
	today := calendar.Of(time.Now(), cat.Zone)
	one := func(list ...any) any { return list[r.IntN(len(list))] }
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	create := func(form string, rows []any) []any {
		t.Helper()
		a := ask(`mutation($f: String!, $r: [JSON!]!) { createRecords(input: {form: $f, rows: $r}) { records { id } errors { message } } }`, vars{"f": form, "r": rows})
		var ids []any
		for _, x := range a.at("createRecords", "records").([]any) {
			ids = append(ids, x.(map[string]any)["id"])
		}
		if len(ids) != len(rows) {
			t.Fatal(clip(a.raw))
		}
		return ids
	}
	tom := memberNumber(w.ids["tom"])
	for range setting(t, "FIELDWORK_RANDOM", 6) {
		w.sql(t, `WITH a AS (DELETE FROM org_acme.customer), b AS (DELETE FROM org_acme.task), c AS (DELETE FROM org_acme.absence) SELECT NULL`)
		who := func() any { return one(w.ids["tom"], w.ids["tom"], w.ids["tom"], w.ids["mei"], w.ids["olga"], nil) }
		some := func(n int, make func(i int) vars) (rows []any) {
			for i := range n {
				rows = append(rows, make(i))
			}
			return rows
		}
		customers := create("customer", some(3, func(i int) vars { return vars{"name": fmt.Sprint("Example ", i), "owner": who()} }))
		create("role", some(25, func(int) vars {
			member := who()
			if member == nil {
				member = w.ids["vera"]
			}
			v := vars{"customer": one(customers...), "responsibility": one("sales", "finance"), "member": member, "level": one("a", "r"), "scope": one(nil, nil, "north"), "deputy": one(nil, w.ids["mei"], w.ids["tom"])}
			if n := r.IntN(30) - 20; r.IntN(2) == 0 {
				v["starts_on"] = today.Add(n).String()
			}
			if n := 11 + r.IntN(20); r.IntN(2) == 0 {
				v["ends_on"] = today.Add(n).String()
			}
			return v
		}))
		create("task", some(20, func(i int) vars {
			return vars{"title": fmt.Sprint("t", i), "customer": one(customers[0], customers[1], nil), "assignee": who(), "status": one("open", "doing", "done", "cancelled")}
		}))
		create("feedback", some(8, func(int) vars {
			return vars{"customer": one(customers...), "member": who(), "occurred_at": "2026-01-01T00:00:00Z", "content": "x", "status": one("open", "doing", "closed", nil)}
		}))
		create("contact", some(4, func(i int) vars {
			return vars{"customer": one(customers...), "name": fmt.Sprint("n", i), "owner": who()}
		}))
		create("review", some(4, func(i int) vars {
			return vars{"customer": one(customers...), "period": fmt.Sprint("p", i), "planned_on": today.String(), "host": who(), "status": one("planned", "held", "cancelled")}
		}))
		if r.IntN(2) == 0 {
			create("absence", []any{vars{"member": w.ids["tom"], "from_on": today.Add(-1).String(), "to_on": today.Add(9).String(), "deputy": one(w.ids["mei"], w.ids["vera"])}})
		}
		var rules []any
		for range 1 + r.IntN(3) {
			rule := vars{}
			if r.IntN(4) == 0 {
				rule["toDeputy"] = true
			} else {
				rule["to"] = one(w.ids["mei"], w.ids["olga"])
			}
			if r.IntN(2) == 0 {
				rule["customers"] = []any{one(customers...)}
			}
			if r.IntN(4) == 0 {
				rule["responsibilities"] = []any{"sales"}
			}
			if r.IntN(4) == 0 {
				rule["parts"] = []any{"ROLES", "TASKS", "REVIEWS"}
			}
			rules = append(rules, rule)
		}
		in := vars{"from": w.ids["tom"], "rules": rules, "on": today.Add(r.IntN(5)).String()}
		before, twice := w.sql(t, holdings), w.sql(t, doubled, tom)
		preview := ask(previewIt, vars{"in": in})
		if now := w.sql(t, holdings); now != before {
			t.Fatal("a preview has changed something")
		}
		if len(preview.at("previewHandover", "moves", "nodes").([]any)) == 0 {
			w.try(t, "olga", handItOver, vars{"in": in}).want("INVALID")
			continue
		}
		last := w.sql(t, `SELECT max(seq)::text FROM org_acme.history__`)
		in["state"] = preview.text("previewHandover", "state")
		done := ask(handItOver, vars{"in": in})
		for _, part := range []string{"counts", "moves"} {
			a, _ := json.Marshal(preview.at("previewHandover", part))
			b, _ := json.Marshal(done.at("handOver", "handover", part))
			if string(a) != string(b) {
				t.Fatalf("%v\npreview %s\ndone    %s", rules, a, b)
			}
		}
		var moved, made []string
		for _, m := range done.at("handOver", "handover", "moves", "nodes").([]any) {
			m := m.(map[string]any)
			moved = append(moved, m["recordId"].(string))
		}
		for _, m := range done.at("handOver", "handover", "also", "nodes").([]any) {
			for _, r := range m.(map[string]any)["successors"].([]any) {
				made = append(made, r.(map[string]any)["id"].(string))
			}
		}
		slices.Sort(moved)
		if got := w.sql(t, `SELECT string_agg(form || '_' || record, ' ' ORDER BY (form || '_' || record) COLLATE "C") FROM org_acme.history__ WHERE seq > $1::bigint AND action <> 'CREATED' AND via = 'HANDOVER'`, last); got != strings.Join(moved, " ") {
			t.Errorf("changed %s\nwere said %s", got, moved)
		}
		slices.Sort(made)
		if got := w.sql(t, `SELECT string_agg(form || '_' || record, ' ' ORDER BY (form || '_' || record) COLLATE "C") FROM org_acme.history__ WHERE seq > $1::bigint AND (action = 'CREATED' OR via <> 'HANDOVER')`, last); got != strings.Join(made, " ") {
			t.Errorf("made, or changed through something else, %s\nwere said %s", got, made)
		}
		var left []string
		for _, l := range preview.at("previewHandover", "left").([]any) {
			left = append(left, l.(map[string]any)["recordId"].(string))
		}
		slices.Sort(left)
		if got := w.sql(t, `SELECT string_agg(x, ' ' ORDER BY x COLLATE "C") FROM (
			SELECT 'role_' || id AS x FROM org_acme.role WHERE member = $1::bigint AND archived_at IS NULL AND coalesce(ends_on, 'infinity') >= $2::date
			UNION ALL SELECT 'task_' || id FROM org_acme.task WHERE assignee = $1::bigint AND status IN ('open', 'doing') UNION ALL SELECT 'feedback_' || id FROM org_acme.feedback WHERE member = $1::bigint AND status <> 'closed'
			UNION ALL SELECT 'customer_' || id FROM org_acme.customer WHERE owner = $1::bigint UNION ALL SELECT 'contact_' || id FROM org_acme.contact WHERE owner = $1::bigint
			UNION ALL SELECT 'review_' || id FROM org_acme.review WHERE host = $1::bigint AND status = 'planned') s`, tom, in["on"]); got != strings.Join(left, " ") {
			t.Errorf("left %s\nwere said %s", got, left)
		}
		if now := w.sql(t, doubled, tom); now != twice {
			t.Errorf("%s pairs of equal roles, %s before: %v", now, twice, rules)
		}
		undone := ask(undoIt, vars{"id": done.text("handOver", "handover", "id")})
		if got := fmt.Sprint(undone.at("undoHandover", "handover", "undo")); got != fmt.Sprintf("map[restored:%d skipped:[]]", len(moved)) {
			t.Errorf("undone: %s, of %d", got, len(moved))
		}
		if now := w.sql(t, holdings); now != before {
			t.Errorf("undone, there is\n%s\nbefore there was\n%s", now, before)
		}
	}
}

// The table of the day before is what it was, whoever has the roles now; and of a
// handover that is to come the table of today is too.
func TestHandoverKeepsThePast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cat := w.acme.Install(t, "key_account")
	today := calendar.Of(time.Now(), cat.Zone)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	ask(`mutation($m: ID!, $d: ID!) { createCustomer(input: {name: "Example Steel", tier: B, roles: [{responsibility: ACCOUNT_MANAGER, member: $m, level: A}, {responsibility: SALES, member: $m, level: R, deputy: $d},
		{responsibility: AFTER_SALES, member: $d, level: A}]}) { customer { id } } }`, vars{"m": w.ids["tom"], "d": w.ids["mei"]})
	for _, table := range []string{"history__ SET at = at", "role SET created_at = created_at", "customer SET created_at = created_at", "member SET created_at = created_at"} {
		if _, err := w.acme.DB.Control.Exec("UPDATE org_acme." + table + " - interval '10 days'"); err != nil {
			t.Fatal(err)
		}
	}
	table := func(day calendar.Day) string {
		t.Helper()
		a := ask(`query($d: Date!) { divisionTable(asOf: $d) { rows { cells { responsibility state members { name levels } } } gaps { responsibility kind } overlaps { kind } workload { member { name } points } } }`, vars{"d": day.String()})
		text, _ := json.Marshal(a.data)
		return string(text)
	}
	had := table(today.Add(-1))
	if !strings.Contains(had, "Tom") {
		t.Fatal(had)
	}
	future := ask(handItOver, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}, "on": today.Add(7).String()}})
	if now := table(today); now != had {
		t.Errorf("today, a week before, there is\n%s\nyesterday\n%s", now, had)
	}
	if got := w.sql(t, `SELECT string_agg(m.name || ' ' || coalesce((r.starts_on - $1::date)::text, '') || '..' || coalesce((r.ends_on - $1::date)::text, ''), ', ' ORDER BY r.id) FROM org_acme.role r JOIN org_acme.member m ON m.id = r.member`, today.String()); got != "Tom ..6, Tom ..6, Mei .., Mei 7.., Mei 7.." {
		t.Error(got)
	}
	ask(undoIt, vars{"id": future.text("handOver", "handover", "id")})
	ask(handItOver, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}})
	if now := table(today.Add(-1)); now != had {
		t.Errorf("of yesterday there is\n%s\nthere was\n%s", now, had)
	}
	if now := table(today); strings.Contains(now, "Tom") || strings.Count(now, "Mei") < 3 {
		t.Errorf("today there is\n%s", now)
	}
}

// Of two handovers of one member's work at the same moment one is done; the other
// finds nothing, or that what it saw is no longer so. The same goes for two that undo.
func TestTwoHandoversAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.another(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	ask(`mutation($m: ID!) { createCustomer(input: {name: "Example Steel", roles: [{responsibility: SALES, member: $m, level: A}, {responsibility: FINANCE, member: $m, level: A}], tasks: [{title: "a", assignee: $m}, {title: "b", assignee: $m}]}) { customer { id } } }`,
		vars{"m": w.ids["tom"]})
	both := func(query string, v [2]vars) (codes []string, id string) {
		t.Helper()
		var wg sync.WaitGroup
		var out [2]*answer
		for i, as := range []string{"olga", "mei@2"} {
			wg.Go(func() { out[i] = w.try(t, as, query, v[i]) })
		}
		wg.Wait()
		for i, a := range out {
			codes = append(codes, a.code())
			if a.code() == "" && query == handItOver {
				id = out[i].text("handOver", "handover", "id")
			}
		}
		slices.Sort(codes)
		return codes, id
	}
	for range 5 {
		state := ask(previewIt, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["vera"]}}}}).text("previewHandover", "state")
		codes, id := both(handItOver, [2]vars{{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["vera"]}}, "state": state}}, {"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}}})
		if codes[0] != "" || codes[1] != "CONFLICT" && codes[1] != "INVALID" {
			t.Fatal(codes)
		}
		if got := w.sql(t, `SELECT count(*) FILTER (WHERE ends_on IS NULL) || ' ' || count(DISTINCT member) FILTER (WHERE ends_on IS NULL) || ' ' || (SELECT count(DISTINCT assignee) FROM org_acme.task) FROM org_acme.role WHERE archived_at IS NULL`); got != "2 1 1" {
			t.Errorf("roles, of how many, and tasks: %s, want 2 1 1", got)
		}
		if codes, _ := both(undoIt, [2]vars{{"id": id}, {"id": id}}); !slices.Equal(codes, []string{"", "CONFLICT"}) {
			t.Error(codes)
		}
	}
}

// The number of statements is that of the parts, not of the records.
func TestHandoverOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	customer := ask(`mutation { createCustomer(input: {name: "Example Steel"}) { customer { id } } }`, nil).text("createCustomer", "customer", "id")
	counts := func(n int) (statements [2]int) {
		t.Helper()
		var tasks, roles []any
		for i := range n {
			tasks = append(tasks, vars{"title": fmt.Sprint("t", i), "customer": customer, "assignee": w.ids["tom"]})
			roles = append(roles, vars{"responsibility": "SALES", "customer": customer, "member": w.ids["tom"], "scope": fmt.Sprint(n, " ", i)})
		}
		ask(`mutation($t: [CreateTaskInput!]!, $r: [CreateRoleInput!]!) { createTasks(input: {rows: $t}) { count } createRoles(input: {rows: $r}) { count } }`, vars{"t": tasks, "r": roles})
		w.first.statements()
		done := ask(`mutation($in: HandOverInput!) { handOver(input: $in) { handover { id counts { total } } } }`, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}})
		statements[0] = len(w.first.statements())
		if fmt.Sprint(done.at("handOver", "handover", "counts", "total")) != fmt.Sprint(2*n) {
			t.Fatal(done.raw)
		}
		ask(undoIt, vars{"id": done.text("handOver", "handover", "id")})
		statements[1] = len(w.first.statements())
		if got := w.sql(t, `SELECT (count(*) FILTER (WHERE assignee = $1::bigint))::text FROM org_acme.task`, memberNumber(w.ids["tom"])); got != fmt.Sprint(n) {
			t.Errorf("%s of %d tasks are his again", got, n)
		}
		if _, err := w.acme.DB.Control.Exec(`DELETE FROM org_acme.task; DELETE FROM org_acme.role`); err != nil {
			t.Fatal(err)
		}
		return statements
	}
	few, many := counts(2), counts(1000)
	if few != many || few[0] == 0 {
		t.Errorf("%v statements with few records, %v with many", few, many)
	}
	w.sql(t, `WITH x AS (INSERT INTO org_acme.task (title, assignee, status) SELECT 'many', $1::bigint, 'open' FROM generate_series(1, 10001)) SELECT NULL`, memberNumber(w.ids["tom"]))
	w.try(t, "olga", previewIt, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}}).want("TOO_COSTLY")
	w.sql(t, `WITH x AS (DELETE FROM org_acme.task WHERE id IN (SELECT max(id) FROM org_acme.task)) SELECT NULL`)
	if got := fmt.Sprint(ask(`mutation($in: HandOverInput!) { handOver(input: $in) { handover { counts { tasks } } } }`, vars{"in": vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}}).at("handOver", "handover", "counts", "tasks")); got != "10000" {
		t.Errorf("%s tasks, want 10000", got)
	}
}

// A rule of a form holds for handovers too: what it refuses is named, and nothing is
// done. What can no longer be put back because its field is gone is told.
func TestHandoverKeepsRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cat := w.acme.Install(t, "key_account")
	today := calendar.Of(time.Now(), cat.Zone)
	ask := func(query string, v vars) *answer { t.Helper(); return w.ask(t, "olga", query, v) }
	made := ask(`mutation($t: ID!, $m: ID!, $d: Date!) { createCustomer(input: {name: "Example Steel", owner: $t, roles: [{responsibility: SALES, member: $t, level: A}]}) { customer { id } }
		createTasks(input: {rows: [{title: "call", assignee: $m}, {title: "call", assignee: $t}, {title: "write", assignee: $t}]}) { records { id } } createAbsence(input: {member: $m, fromOn: $d, toOn: $d}) { absence { id } } }`,
		vars{"t": w.ids["tom"], "m": w.ids["mei"], "d": today.String()})
	ask(`mutation { addRule(input: {form: "task", key: "once", kind: UNIQUE, fields: ["title", "assignee"], message: "One such task is enough"}) { rule { key } } }`, nil)
	in := vars{"from": w.ids["tom"], "rules": []any{vars{"to": w.ids["mei"]}}}
	before := w.sql(t, holdings)
	if got := fmt.Sprint(ask(`mutation($in: PreviewHandoverInput!) { previewHandover(input: $in) { absentReceivers { name } } }`, vars{"in": in}).at("previewHandover", "absentReceivers")); got != "[map[name:Mei]]" {
		t.Errorf("absent are %s", got)
	}
	refused := w.try(t, "olga", handItOver, vars{"in": in}).want("CONFLICT")
	if v := refused.view(0); v["record"] != made.text("createTasks", "records", 1, "id") || v["message"] != "One such task is enough" || fmt.Sprint(v["path"]) != "[input]" {
		t.Errorf("%v", v)
	}
	if got := w.sql(t, `SELECT count(*)::text FROM fieldwork.handover`); got != "0" || w.sql(t, holdings) != before {
		t.Errorf("%s handovers are kept of one that was refused", got)
	}
	in["rules"] = []any{vars{"to": w.ids["olga"]}}
	id := ask(handItOver, vars{"in": in}).text("handOver", "handover", "id")
	ask(`mutation { removeRule(input: {form: "task", key: "once"}) { form { key } } }`, nil)
	ask(`mutation { archiveField(input: {form: "task", key: "assignee"}) { field { key } } }`, nil)
	undo := ask(undoIt, vars{"id": id}).at("undoHandover", "handover", "undo")
	if got := fmt.Sprint(undo); got != fmt.Sprintf("map[restored:2 skipped:[map[reason:UNDEFINED recordId:%s] map[reason:UNDEFINED recordId:%s]]]", made.text("createTasks", "records", 1, "id"), made.text("createTasks", "records", 2, "id")) {
		t.Error(got)
	}
	if got := w.sql(t, `SELECT (owner = $1::bigint)::text FROM org_acme.customer`, memberNumber(w.ids["tom"])); got != "true" {
		t.Error("the customer is not put back")
	}
}
