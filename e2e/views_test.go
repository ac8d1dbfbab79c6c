package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"
)

// fillViewed makes tasks of all sorts, some archived, some without a value.
func (w *world) fillViewed(t *testing.T) {
	t.Helper()
	w.fill(t, 1, 12)
	w.acme.DB.Control.MustExecContext(t.Context(), `
		UPDATE org_acme.customer SET tier = (ARRAY['a', 'b', 'c', NULL])[1 + id % 4];
		UPDATE org_acme.task SET status = (ARRAY['open', 'doing', 'done', 'cancelled'])[1 + (id * 7) % 4], priority = (ARRAY['urgent', 'low', NULL])[1 + id % 3],
		       estimate_hours = CASE WHEN id % 5 > 0 THEN id * 1.25 END, due_on = current_date + (id % 9)::int - 4, archived_at = CASE WHEN id % 11 = 0 THEN now() END`)
}

// said is one condition, or key of an order, in both faces.
type said struct{ generic, typed any }

func both(generic, typed any) said { return said{generic, typed} }

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// randomFilter is a filter of tasks.
func randomFilter(r *rand.Rand, depth int) said {
	switch n := r.IntN(10); {
	case n < 2 && depth > 0:
		a, b, which := randomFilter(r, depth-1), randomFilter(r, depth-1), pick(r, "and", "or")
		return both(vars{which: []any{a.generic, b.generic}}, vars{which: []any{a.typed, b.typed}})
	case n == 2 && depth > 0:
		a := randomFilter(r, depth-1)
		return both(vars{"not": a.generic}, vars{"not": a.typed})
	case n < 5:
		status, op := pick(r, both("open", "OPEN"), both("done", "DONE")), pick(r, "eq", "ne")
		return both(vars{"status": vars{op: status.generic}}, vars{"status": vars{op: status.typed}})
	case n == 5:
		tier, op := pick(r, both("a", "A"), both("b", "B")), pick(r, "in", "notIn")
		return both(vars{"customer": vars{"tier": vars{op: []any{tier.generic}}}}, vars{"customer": vars{"tier": vars{op: []any{tier.typed}}}})
	case n == 6:
		v := fmt.Sprint(r.IntN(40))
		return both(vars{"estimate_hours": vars{"gte": v}}, vars{"estimateHours": vars{"gte": v}})
	case n == 7:
		v := pick(r, "OVERDUE", "TODAY", "NEXT_30_DAYS")
		return both(vars{"due_on": vars{"during": v}}, vars{"dueOn": vars{"during": v}})
	case n == 8:
		return both(vars{"archived_at": vars{"isNull": false}}, vars{"archivedAt": vars{"isNull": false}})
	}
	f := vars{"title": vars{"contains": fmt.Sprint(1 + r.IntN(3))}}
	return both(f, f)
}

func randomOrder(r *rand.Rand) said {
	generic, typed := []any{}, []any{}
	for range r.IntN(3) {
		direction, nulls := pick(r, "ASC", "DESC"), pick(r, "FIRST", "LAST")
		switch k := pick(r, both("status", "STATUS"), both("estimate_hours", "ESTIMATE_HOURS"), both("due_on", "DUE_ON"), both("customer.tier", "")); k.typed {
		case "":
			generic = append(generic, vars{"field": k.generic, "direction": direction, "nulls": nulls})
			typed = append(typed, vars{"of": vars{"customer": vars{"field": "TIER", "direction": direction, "nulls": nulls}}})
		default:
			generic = append(generic, vars{"field": k.generic, "direction": direction, "nulls": nulls})
			typed = append(typed, vars{"field": k.typed, "direction": direction, "nulls": nulls})
		}
	}
	return both(generic, typed)
}

// Lists through a view are those of its filter and order given by hand, in both
// faces, by one and the same document for all views and all that is said beside,
// on two servers, right after each change of a view.
func TestListsThroughViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fillViewed(t)
	rounds, seed := setting(t, "FIELDWORK_RANDOM", 120), setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	type kept struct {
		id            string
		version       int
		filter, order said
	}
	views := make([]kept, 3)
	for i := range views {
		views[i] = kept{id: w.ask(t, "mei", `mutation { createView(input: {form: "task", label: "x", shared: true}) { view { id } } }`, nil).text("createView", "view", "id"),
			version: 1, filter: both(nil, nil), order: both([]any{}, []any{})}
	}
	const part = `{ totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage } }`
	for round := range rounds {
		v := &views[r.IntN(len(views))]
		if r.IntN(3) == 0 {
			v.filter, v.order = randomFilter(r, 2), randomOrder(r)
			if r.IntN(6) == 0 {
				v.filter = both(nil, nil)
			}
			w.ask(t, pick(r, "mei", "mei@2"), `mutation($id: ID!, $v: Int!, $f: JSON, $o: [RecordOrder!]) { updateView(input: {id: $id, version: $v, filter: $f, orderBy: $o}) { view { broken } } }`,
				vars{"id": v.id, "v": v.version, "f": v.filter.generic, "o": v.order.generic})
			v.version++
		}
		given, order := both(nil, nil), both(nil, nil)
		if r.IntN(2) == 0 {
			given = randomFilter(r, 1)
		}
		if r.IntN(3) == 0 {
			order = randomOrder(r)
		}
		through := w.ask(t, pick(r, "vera", "vera@2"), `query($v: ID, $f: TaskFilter, $g: JSON, $o: [TaskOrder!], $p: [RecordOrder!], $n: Int) {
			typed: tasks(view: $v, filter: $f, orderBy: $o, first: $n) `+part+` generic: records(form: "task", view: $v, filter: $g, orderBy: $p, first: $n) `+part+`
			count: tasksAggregate(view: $v, filter: $f) { count } rows: aggregate(form: "task", view: $v, filter: $g) { count } }`,
			vars{"v": v.id, "f": given.typed, "g": given.generic, "o": order.typed, "p": order.generic, "n": 7})
		if order.typed == nil {
			order = v.order
		}
		all := both(conjoined(v.filter.generic, given.generic), conjoined(v.filter.typed, given.typed))
		byHand := w.ask(t, "vera", `query($f: TaskFilter, $g: JSON, $o: [TaskOrder!], $p: [RecordOrder!], $n: Int) {
			typed: tasks(filter: $f, orderBy: $o, first: $n) `+part+` generic: records(form: "task", filter: $g, orderBy: $p, first: $n) `+part+`
			count: tasksAggregate(filter: $f) { count } rows: aggregate(form: "task", filter: $g) { count } }`,
			vars{"f": all.typed, "g": all.generic, "o": order.typed, "p": order.generic, "n": 7})
		if !reflect.DeepEqual(through.data, byHand.data) || !reflect.DeepEqual(through.at("typed"), through.at("generic")) {
			t.Fatalf("round %d: view %v with %v ordered %v:\n%s\nby hand:\n%s", round, v.filter.generic, given.generic, order.generic, clip(through.raw), clip(byHand.raw))
		}
	}
}

// conjoined is the filter that asks for both, of which either may be none.
func conjoined(a, b any) any {
	var list []any
	for _, f := range []any{a, b} {
		if f != nil {
			list = append(list, f)
		}
	}
	return vars{"and": list}
}

// The columns of a board are what SQL counts, whatever narrows the view.
func TestBoardsCountWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fillViewed(t)
	for _, c := range []struct{ view, given, search, where string }{
		{`null`, `null`, ``, `archived_at IS NULL`},
		{`{estimate_hours: {gte: 10}}`, `null`, ``, `archived_at IS NULL AND estimate_hours >= 10`},
		{`{due_on: {during: OVERDUE}}`, `{customer: {tier: {eq: "a"}}}`, ``, `archived_at IS NULL AND due_on < current_date AND customer IN (SELECT id FROM org_acme.customer WHERE tier = 'a')`},
		{`{archived_at: {isNull: false}}`, `{status: {in: ["open", "done"]}}`, ``, `archived_at IS NOT NULL AND status IN ('open', 'done')`},
		{`{status: {ne: "done"}}`, `null`, `2`, `archived_at IS NULL AND status IS DISTINCT FROM 'done' AND title = 'Task 2'`},
		{`{status: {eq: "done"}}`, `{status: {eq: "open"}}`, ``, `false`},
	} {
		a := w.ask(t, "mei", `mutation { createView(input: {form: "task", label: "x", layout: BOARD, settings: {board: "priority", sum: "estimate_hours"}, filter: `+c.view+`}) { view { id } } }`, nil)
		w.first.statements()
		got := w.ask(t, "mei", `query($v: ID!) { viewCounts(view: $v, search: "`+c.search+`", filter: `+c.given+`) { key count sum } }`, vars{"v": a.text("createView", "view", "id")})
		if n := len(w.first.statements()); n != 1 {
			t.Errorf("%d statements count a board", n)
		}
		var want []any
		for _, key := range []any{"urgent", "high", "normal", "low", nil} {
			var n int
			var sum string
			if err := w.acme.DB.Control.QueryRowxContext(t.Context(), `SELECT count(*), coalesce(sum(estimate_hours), 0)::text FROM org_acme.task WHERE priority IS NOT DISTINCT FROM $1 AND `+c.where, key).Scan(&n, &sum); err != nil {
				t.Fatal(err)
			}
			want = append(want, map[string]any{"key": key, "count": n, "sum": sum})
		}
		if got, want := show(got.at("viewCounts")), show(want); got != want {
			t.Errorf("view %s with %s %s: %s, want %s", c.view, c.given, c.search, got, want)
		}
	}
}

// Of those who saw the same version of a view one changes it; of those who make
// views of one key one makes it; whoever moves views at once leaves them all there.
func TestViewsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ask(t, "mei", `mutation { createView(input: {form: "task", key: "plan", label: "x", shared: true}) { view { id } } }`, nil).text("createView", "view", "id")
	w.ask(t, "olga@2", `{ me { name } }`, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	changed, made := 0, 0
	for i := range 12 {
		as := []string{"mei", "olga@2"}[i%2]
		wg.Go(func() {
			a := w.try(t, as, fmt.Sprintf(`mutation { updateView(input: {id: "%s", version: 1, label: "%d", filter: {title: {eq: "%d"}}}) { view { version } } }`, id, i, i), nil)
			b := w.try(t, as, `mutation { createView(input: {form: "task", key: "same", label: "x", shared: true}) { view { id } } }`, nil)
			w.ask(t, as, `mutation { moveView(input: {id: "`+id+`"}) { view { id } } }`, nil)
			w.ask(t, as, fmt.Sprintf(`mutation { createView(input: {form: "task", key: "k%d", label: "x", shared: true}) { view { id } } }`, i), nil)
			mu.Lock()
			defer mu.Unlock()
			if a.code() == "" {
				changed++
			} else {
				a.want("CONFLICT")
			}
			if b.code() == "" {
				made++
			} else {
				b.want("CONFLICT")
			}
		})
	}
	wg.Wait()
	if changed != 1 || made != 1 {
		t.Errorf("%d changes of one version went through, %d views of one key", changed, made)
	}
	a := w.ask(t, "vera", `{ form(key: "task") { views { key version label filter } } }`, nil)
	if n := len(a.at("form", "views").([]any)); n != 14 {
		t.Errorf("%d views, want 14", n)
	}
	first := a.at("form", "views", 0).(map[string]any)
	if first["key"] != "plan" || fmt.Sprint(first["version"]) != "2" || !reflect.DeepEqual(first["filter"], map[string]any{"title": map[string]any{"eq": first["label"]}}) {
		t.Errorf("the view is %v: some of one change and some of another", first)
	}
}

// Views lead back to their form, and that to its views: such circles cost what they
// may come to, and what a client asks in earnest does not.
func TestViewsInCircles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "tom", `{ forms { key views { id label settings { board start } columns { field width definition { key label kind settings { options { key label } } } } orderBy { field direction } groupBy { field } } defaultView { id } } }`, nil)
	w.try(t, "tom", `{ form(key: "task") { views { form { views { form { views { form { views { id } } } } } } } } }`, nil).want("TOO_COSTLY")
}
