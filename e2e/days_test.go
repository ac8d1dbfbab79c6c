package e2e_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/calendar"
)

// shift makes what has happened since a moment happen at another one, as if the
// database had had that clock.
func (w *world) shift(t *testing.T, to, since time.Time) {
	t.Helper()
	var sql strings.Builder
	by := fmt.Sprintf("interval '%d microseconds'", to.Sub(since).Microseconds())
	within := fmt.Sprintf("BETWEEN '%s' AND clock_timestamp()", since.UTC().Format(time.RFC3339Nano)) // what was moved to days to come stays there
	move := func(table string, columns ...string) {
		for _, c := range columns {
			fmt.Fprintf(&sql, "UPDATE %s SET %[2]s = %[2]s + %[3]s WHERE %[2]s %[4]s;\n", table, c, by, within)
		}
	}
	for _, f := range w.acme.Catalog(t).Forms {
		move(f.Table(), "created_at", "updated_at", "archived_at")
	}
	move("org_acme.history__", "at")
	move("fieldwork.change", "at")
	for _, c := range []string{"created_at", "updated_at", "archived_at"} { // what comes back when a record is undeleted
		fmt.Fprintf(&sql, "UPDATE org_acme.history__ SET was = jsonb_set(was, '{%[1]s}', to_jsonb((was ->> '%[1]s')::timestamptz + %[2]s)) WHERE (was ->> '%[1]s')::timestamptz %[3]s;\n", c, by, within)
	}
	if _, err := w.acme.DB.Control.ExecContext(t.Context(), sql.String()); err != nil {
		t.Fatal(err)
	}
}

// past makes all that is there happen so many days earlier, the database of which the
// test's is a copy too.
func (w *world) past(t *testing.T, days int) {
	t.Helper()
	since := time.Now().AddDate(0, 0, -2)
	w.shift(t, since.AddDate(0, 0, -days), since)
}

const someone = `{ id name status version }`

// wholeTable is all that a division table says, but for pictures and files.
const wholeTable = `query($as: Date) {
	divisionTable(asOf: $as, first: 200, orderBy: [{field: NAME}]) { asOf totalCount evenness
		rows { number customer { id name tier version owner ` + someone + ` health { score } tasksAggregate { count } } lastContact rating openIssues nextReview reviewLate improvements
			cells { responsibility state required gap { kind severity since member ` + someone + ` } members { member ` + someone + ` name levels absent deputy ` + someone + ` } }
			tasks { open doing overdue done progress key } health { score band confidence trend parts { key weight value contribution } mostToGain } }
		gaps { customer { name tier } responsibility kind severity since member ` + someone + ` }
		overlaps { customer { name } responsibility kind severity members ` + someone + ` }
		staleRoles { customer { name } responsibility level member ` + someone + ` since }
		workload { member ` + someone + ` accounts rolesByLevel { accountable responsible support consulted informed } openTasks overdueTasks points openHours utilisation verdict } }
	some: divisionTable(asOf: $as, first: 3, orderBy: [{field: TIER}], filter: {tier: {in: [A, B]}, tasks: {some: {status: {in: [OPEN, DOING]}}}}, responsibilities: ["sales", "delivery"]) {
		rows { customer { name } cells { state } health { score } } totalCount pageInfo { hasNextPage endCursor } gaps { kind customer { name } } overlaps { kind } workload { points openTasks } evenness } }`

// TestTableOfFiftyDays: the table of a past day is what was answered on that day,
// whatever has been recorded since of anything that it is made of.
func TestTableOfFiftyDays(t *testing.T) {
	t.Parallel()
	seed := setting(t, "FIELDWORK_SEED", historySeed)
	h := newHistory(t, seed)
	var days []calendar.Day
	for ago := 27; ago > -37; ago-- { // not about today, so that no day is mistaken for the time of the test; deleted records are kept for 30 days
		if ago > 1 || ago < -1 {
			days = append(days, h.today.Add(-ago))
		}
	}
	recorded := make(map[calendar.Day]string, len(days))
	for _, d := range days {
		if h.Rand.IntN(6) > 0 { // else it is a quiet day
			h.live(t, d)
		}
		h.at(d, 20)
		recorded[d] = h.w.ask(t, "vera", wholeTable, nil).raw
	}
	h.w.ask(t, "olga", `mutation { updateHealthSettings(input: {}) { settings { trendDays } } }`, nil) // the log is read again, with its moments as they were shifted
	h.Rand.Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
	for _, d := range days[:50] {
		if got := h.w.ask(t, "vera", wholeTable, vars{"as": d.String()}).raw; got != recorded[d] {
			t.Fatalf("%s: %s", d, firstDifference(got, recorded[d]))
		}
	}
	if seed != historySeed { // of which it is known that everything happens
		return
	}
	all := fmt.Sprint(recorded)
	for _, what := range []string{"MISSING", "MEMBER_LEFT", "NO_ACCOUNTABLE", "ABSENT", "ENDING", "TWO_ACCOUNTABLE", `"absent":true`, `"deputy":{`, `"reviewLate":true`, `"improvements":["`, `"verdict":"OVER"`, `"trend":-`, `"level":"A"`} {
		if !strings.Contains(all, what) {
			t.Errorf("%s was never in a table", what)
		}
	}
	var kinds int
	if err := h.w.acme.DB.Control.Get(&kinds, `SELECT count(DISTINCT (form, action)) FROM org_acme.history__ WHERE form = ANY('{customer,role,task,feedback,review,coverage,absence}')`); err != nil || kinds < 30 {
		t.Errorf("only %d of 35 kinds of changes were made (%v)", kinds, err)
	}
}

const historySeed = 3

// firstDifference is where two texts begin to differ.
func firstDifference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-400)
	return fmt.Sprintf("\n got ...%s\nwant ...%s", got[from:min(len(got), i+100)], want[from:min(len(want), i+100)])
}

// history is an organisation whose days pass as a test wants.
type history struct {
	*rand.Rand
	w        *world
	today    calendar.Day // in truth
	zone     *time.Location
	day      calendar.Day        // that is being lived
	ids      map[string][]string // of records by form
	archived []string
	gone     []string
	forms    []string // as often as they are changed
	names    int
}

// newHistory makes an organisation with the key-account template and nine members,
// all of two months ago.
func newHistory(t *testing.T, seed int) *history {
	w := newWorld(t)
	cat := w.acme.Install(t, "key_account")
	h := &history{Rand: rand.New(rand.NewPCG(uint64(seed), 50)), w: w, zone: cat.Zone, today: calendar.Of(time.Now(), cat.Zone), ids: map[string][]string{}}
	t.Logf("FIELDWORK_SEED=%d", seed)
	for form, n := range map[string]int{"customer": 4, "role": 10, "task": 8, "feedback": 5, "review": 3, "improvement": 2, "absence": 2, "coverage": 2, "contact": 1, "member": 1, "rhythm": 1, "calendar_day": 1, "setting": 4} {
		h.forms = append(h.forms, strings.Fields(strings.Repeat(form+" ", n))...)
	}
	slices.Sort(h.forms)
	w.ask(t, "olga", `mutation { updateRhythmSettings(input: {workingDays: true}) { settings { workingDays } } }`, nil)
	for range 5 {
		h.make(t, "member")
	}
	for _, form := range []string{"rhythm", "coverage"} {
		for _, r := range w.ask(t, "olga", `query($f: String!) { records(form: $f, first: 100) { nodes { id } } }`, vars{"f": form}).at("records", "nodes").([]any) {
			h.ids[form] = append(h.ids[form], r.(map[string]any)["id"].(string))
		}
	}
	w.past(t, 60)
	return h
}

// at sets the clock of the servers.
func (h *history) at(d calendar.Day, hour int) {
	now := d.Begin(h.zone).Add(time.Duration(hour) * time.Hour)
	h.w.clock.Store(&now)
}

// live lives a day: what is changed on it, and when, is recorded as of it.
func (h *history) live(t *testing.T, d calendar.Day) {
	h.day = d
	h.at(d, 9)
	began := time.Now()
	for range 8 + h.IntN(16) {
		h.change(t)
	}
	h.w.shift(t, d.Begin(h.zone).Add(9*time.Hour), began)
}

// most is how many records of a form are there at a time.
var most = map[string]int{"customer": 7, "role": 60, "task": 40, "feedback": 30, "review": 20, "improvement": 30, "absence": 12, "coverage": 25, "contact": 12, "calendar_day": 12}

func (h *history) change(t *testing.T) {
	t.Helper()
	form := h.forms[h.IntN(len(h.forms))]
	if form == "setting" {
		h.set(t)
		return
	}
	list := h.ids[form]
	if len(list) < 4 || len(list) < most[form] && h.IntN(2) == 0 {
		h.make(t, form)
		return
	}
	id := list[h.IntN(len(list))]
	row := []any{vars{"id": id}}
	switch n := h.IntN(14); {
	case n == 0 && form != "rhythm" && form != "member":
		h.archived = append(h.archived, id)
		h.try(t, `mutation($f: String!, $r: [RecordRowInput!]!) { archiveRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": form, "r": row})
	case n < 3 && len(h.archived) > 0:
		id = h.archived[h.IntN(len(h.archived))]
		h.try(t, `mutation($f: String!, $r: [RecordRowInput!]!) { restoreRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": formOf(id), "r": []any{vars{"id": id}}})
	case n == 3 && form != "rhythm" && form != "member":
		h.gone = append(h.gone, id)
		h.ids[form] = slices.DeleteFunc(list, func(other string) bool { return other == id })
		h.try(t, `mutation($f: String!, $r: [RecordRowInput!]!) { deleteRecords(input: {form: $f, rows: $r}) { count } }`, vars{"f": form, "r": row})
	case n == 4 && len(h.gone) > 0:
		i := h.IntN(len(h.gone))
		id = h.gone[i]
		h.gone = slices.Delete(h.gone, i, i+1)
		h.ids[formOf(id)] = append(h.ids[formOf(id)], id)
		h.try(t, `mutation($id: ID!) { undeleteRecord(input: {id: $id}) { record { id } } }`, vars{"id": id})
	case n == 5 && form != "rhythm" && form != "member":
		into := one(h, list...) // itself is refused
		h.try(t, `mutation($a: RecordRowInput!, $b: RecordRowInput!) { mergeRecords(input: {into: $a, from: [$b], fillBlanks: true}) { record { id } } }`, vars{"a": vars{"id": into}, "b": vars{"id": id}})
	case n < 10 && form == "review":
		version := h.try(t, `query($id: ID!) { review(id: $id) { version } }`, vars{"id": id})
		if r, there := version.at("review").(object); there {
			h.try(t, `mutation($id: ID!, $v: Int!, $m: ID) { holdReview(input: {review: $id, version: $v, improvements: [{content: "better", owner: $m}]}) { review { id } } }`, vars{"id": id, "v": r["version"], "m": h.ref("member", true)})
		}
	default: // what is gone is not found; the others are changed
		rows := []any{}
		for _, i := range h.Perm(len(list))[:1+h.IntN(min(3, len(list)))] {
			set := h.values(form)
			for _, key := range slices.Sorted(maps.Keys(set)) {
				if len(set) > 1 && h.IntN(2) == 0 {
					delete(set, key)
				}
			}
			rows = append(rows, vars{"id": list[i], "set": set})
		}
		h.try(t, `mutation($f: String!, $r: [JSON!]!) { updateRecords(input: {form: $f, rows: $r, onError: SKIP}) { count } }`, vars{"f": form, "r": rows})
	}
}

// set changes what is set apart from records.
func (h *history) set(t *testing.T) {
	concern := one(h, "Health", "Division", "Rhythm")
	var in vars
	switch concern {
	case "Health":
		in = vars{"satisfactionWeight": h.IntN(50), "coverageWeight": 1 + h.IntN(40), "watchFrom": 50 + h.IntN(20), "answerDays": 5 + h.IntN(60), "lateFactor": one(h, 0.25, 0.5, 1), "trendDays": 5 + h.IntN(40)}
	case "Division":
		in = vars{"endingDays": 1 + h.IntN(40), "crowdedAbove": 1 + h.IntN(3), "noTierWeight": h.IntN(5), "horizonDays": 1 + h.IntN(30), "ratingDays": 2 + h.IntN(30),
			"coverage": []any{vars{"tier": one[any](h, "a", nil), "responsibilities": one(h, []any{"sales"}, []any{"sales", "delivery"})}}}
	default:
		in = vars{"workingDays": h.IntN(2) == 0}
	}
	if h.IntN(3) == 0 && concern != "Rhythm" {
		in = vars{"reset": true}
	}
	h.w.ask(t, "olga", fmt.Sprintf(`mutation($in: Update%[1]sSettingsInput!) { update%[1]sSettings(input: $in) { settings { __typename } } }`, concern), vars{"in": in})
}

func formOf(id string) string { return id[:strings.LastIndexByte(id, '_')] }

// try asks for a change that may be refused, but must be understood.
func (h *history) try(t *testing.T, query string, v vars) *answer {
	t.Helper()
	a := post(t, h.w, call{token: h.w.tokens["olga"], query: query, vars: v})
	if strings.HasPrefix(a.code(), "GRAPHQL") {
		t.Fatal(a.raw)
	}
	return a
}

func (h *history) make(t *testing.T, form string) {
	t.Helper()
	a := h.try(t, `mutation($f: String!, $v: JSON!) { createRecord(input: {form: $f, values: $v}) { record { id } } }`, vars{"f": form, "v": h.values(form)})
	if a.code() == "" { // what it refers to may be gone
		h.ids[form] = append(h.ids[form], a.text("createRecord", "record", "id"))
	}
}

// one is one of some values.
func one[T any](h *history, list ...T) T { return list[h.IntN(len(list))] }

// ref is a record of a form; sometimes none where that may be.
func (h *history) ref(form string, optional bool) any {
	list := h.ids[form]
	if len(list) == 0 || optional && h.IntN(4) == 0 {
		return nil
	}
	return list[h.IntN(len(list))]
}

// date is a day from so many days before the day to so many after it, and sometimes
// none.
func (h *history) date(from, to int) any {
	if h.IntN(4) == 0 {
		return nil
	}
	return h.day.Add(from + h.IntN(to-from+1)).String()
}

// moment is a moment of the day or a few days before.
func (h *history) moment(days int) string {
	return h.day.Add(-h.IntN(days + 1)).Begin(h.zone).Add(time.Duration(h.IntN(9)) * time.Hour).Format(time.RFC3339)
}

func (h *history) values(form string) vars {
	h.names++
	tier := one[any](h, "a", "b", "c", "d", nil)
	what := one(h, "account_manager", "sales", "technical_support", "after_sales", "delivery")
	switch form {
	case "member":
		return vars{"name": fmt.Sprint("Member ", h.names), "email": fmt.Sprintf("m%d@acme.example", h.names), "status": one(h, "active", "active", "left")}
	case "customer":
		return vars{"name": fmt.Sprint("Example ", h.names), "tier": tier, "owner": h.ref("member", true), "contract_end": h.date(-60, 200)}
	case "contact":
		return vars{"name": fmt.Sprint("Contact ", h.names), "customer": h.ref("customer", false), "part": one[any](h, "decider", "user", nil), "primary": h.IntN(2) == 0}
	case "role":
		return vars{"customer": h.ref("customer", false), "member": h.ref("member", false), "responsibility": what, "level": one(h, "a", "a", "r", "r", "s", "c", "i"),
			"scope": one[any](h, "north", nil, nil), "starts_on": h.date(-30, 5), "ends_on": one(h, nil, h.date(-3, 30)), "deputy": h.ref("member", true)}
	case "task":
		v := vars{"title": fmt.Sprint("task ", h.names), "customer": h.ref("customer", true), "assignee": h.ref("member", true), "status": one(h, "open", "open", "doing", "done", "done", "cancelled"),
			"due_on": h.date(-10, 20), "progress": h.IntN(101), "estimate_hours": one[any](h, nil, "0.25", "12.5", "60"), "done_at": nil}
		if v["status"] == "done" && h.IntN(5) > 0 {
			v["done_at"] = h.moment(3)
		}
		return v
	case "feedback":
		v := vars{"customer": h.ref("customer", false), "contact": h.ref("contact", true), "occurred_at": h.moment(8), "channel": one(h, "visit", "phone", "internal"), "kind": one(h, "note", "complaint", "problem"),
			"content": "said", "rating": one[any](h, nil, 1, 3, 5), "recommend": one[any](h, nil, 2, 8, 10), "severity": one[any](h, nil, "critical", "high", "low"), "status": one(h, "open", "doing", "closed"), "closed_at": nil}
		if v["status"] == "closed" && h.IntN(3) > 0 {
			v["closed_at"] = h.moment(0)
		}
		return v
	case "review":
		held := one(h, nil, h.date(-10, 0))
		return vars{"customer": h.ref("customer", false), "period": fmt.Sprint("period ", h.names), "planned_on": h.day.Add(h.IntN(40) - 10).String(), "held_on": held, "status": one(h, "planned", "held", "cancelled")}
	case "improvement":
		return vars{"review": h.ref("review", false), "content": fmt.Sprint("better ", h.names), "owner": h.ref("member", true)}
	case "absence":
		return vars{"member": h.ref("member", false), "from_on": h.day.Add(-h.IntN(4)).String(), "to_on": h.day.Add(h.IntN(6)).String(), "deputy": h.ref("member", true)}
	case "coverage":
		return vars{"tier": tier, "responsibility": what}
	case "rhythm":
		return vars{"contact_days": 1 + h.IntN(20), "visit_days": 30, "review_days": 1 + h.IntN(60)}
	default:
		return vars{"day": h.day.Add(h.IntN(30)).String(), "kind": one(h, "holiday", "working")}
	}
}
