package record_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

type vars = map[string]any

func listOf(items ...any) any { return items }

func ptr[T any](v T) *T { return &v }

// world is an organisation with a form that has everything a write is judged by:
//
//	job: conditions, rules of each kind, dependent options, a picker, defaults,
//	     copies, links, a number; load is the hours of its worker
//	 └ step: its rows, with a default from the job, and rows of their own: part
type world struct {
	*orgtest.Org
	cat *form.Catalog
	by  record.Call
}

func newWorld(t testing.TB, more ...func(t testing.TB, o *orgtest.Org)) *world {
	t.Helper()
	o := orgtest.New(t)
	expr := func(s string) *string { return &s }
	options := func(keys ...string) []form.NewOption {
		var out []form.NewOption
		for _, k := range keys {
			out = append(out, form.NewOption{Key: k})
		}
		return out
	}
	cities := options("shanghai", "berlin", "other")
	cities[0].Parents, cities[1].Parents = []string{"cn"}, []string{"de"}
	refer := func(key, to, inverse string) form.NewField {
		return form.NewField{Key: key, Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: &inverse, OnDelete: ptr("CASCADE")}}
	}
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "worker", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "level", Kind: "INTEGER"}, {Key: "country", Kind: "CHOICE", Settings: form.SettingsInput{Options: options("cn", "de")}}}},
		form.NewForm{Key: "job", Fields: []form.NewField{
			{Key: "name", Kind: "TEXT", Required: true, Settings: form.SettingsInput{MaxLength: ptr(6)}},
			{Key: "code", Kind: "AUTO_NUMBER", Settings: form.SettingsInput{Pattern: ptr("J-{000}")}},
			{Key: "tag", Kind: "TEXT", Unique: true, Settings: form.SettingsInput{IgnoreCase: ptr(true)}},
			{Key: "kind", Kind: "CHOICE", Default: "big", Settings: form.SettingsInput{Options: options("big", "small")}},
			{Key: "country", Kind: "CHOICE", Settings: form.SettingsInput{Options: options("cn", "de")}},
			{Key: "city", Kind: "CHOICE", Settings: form.SettingsInput{Options: cities, DependsOn: ptr("country")}},
			{Key: "cities", Kind: "MULTI_CHOICE", Settings: form.SettingsInput{Options: cities, DependsOn: ptr("country")}},
			{Key: "worker_level", Kind: "INTEGER", Required: true, Settings: form.SettingsInput{DefaultExpression: expr("if(kind = \"small\", null, 1)")}},
			{Key: "hours", Kind: "INTEGER", Settings: form.SettingsInput{DefaultExpression: expr("worker_level + 1"), Min: ptr("0")}},
			{Key: "limit", Kind: "DECIMAL", Settings: form.SettingsInput{ShownWhen: expr("kind = \"big\""), RequiredWhen: expr("hours > 5")}},
			{Key: "note", Kind: "TEXT", Settings: form.SettingsInput{ReadOnlyWhen: expr("kind = \"small\""), DefaultExpression: expr("name & \"!\"")}},
			{Key: "day", Kind: "DATE", Settings: form.SettingsInput{DefaultExpression: expr("today()")}},
			{Key: "twice", Kind: "FORMULA", Settings: form.SettingsInput{Expression: expr("hours * 2")}},
		}},
		form.NewForm{Key: "step", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Settings: form.SettingsInput{}}, {Key: "hours", Kind: "INTEGER", Required: true}, {Key: "place", Kind: "INTEGER"}, refer("job", "job", "steps")}},
		form.NewForm{Key: "part", Fields: []form.NewField{{Key: "price", Kind: "INTEGER"}, refer("step", "step", "parts")}},
	))
	field := func(formKey string, n form.NewField) { must(o.Forms.AddField(t.Context(), o.Owner, nil, formKey, n)) }
	set := func(formKey, key string, s form.SettingsInput) {
		must(o.Forms.UpdateField(t.Context(), o.Owner, nil, formKey, key, form.FieldUpdate{Settings: &s}))
	}
	rule := func(formKey string, r form.NewRule) { must(o.Forms.AddRule(t.Context(), o.Owner, nil, formKey, r)) }
	worker := refer("worker", "worker", "jobs")
	worker.Settings.Pick, worker.Settings.Fill = expr("level >= this.hours or country = this.country"), &[]kind.Fill{{From: "level", To: "worker_level"}}
	field("job", worker)
	field("job", form.NewField{Key: "helpers", Kind: "REFERENCES", Settings: form.SettingsInput{To: ptr("worker"), RequiredWhen: expr("hours > 7"), Pick: expr("level > 1")}})
	set("job", "steps", form.SettingsInput{Rows: ptr(true), OrderBy: ptr("place")})
	set("step", "parts", form.SettingsInput{Rows: ptr(true)})
	set("step", "name", form.SettingsInput{DefaultExpression: expr("job.name & \"'s\"")})
	rule("job", form.NewRule{Key: "small_is_small", Kind: form.CheckRule, Expression: `kind = "big" or hours < 5`, Fields: []string{"hours"}})
	rule("job", form.NewRule{Key: "load", Kind: form.CheckRule, Expression: `sum(worker.jobs: hours) <= 15`, Fields: []string{"worker"}})
	rule("job", form.NewRule{Key: "steps", Kind: form.CheckRule, Expression: `sum(steps: hours) <= hours * 2`})
	rule("job", form.NewRule{Key: "parts", Kind: form.CheckRule, Expression: `sum(steps: sum(parts: price)) <= 10`})
	rule("job", form.NewRule{Key: "helped", Kind: form.CheckRule, Expression: `count(helpers where country = "de") <= 1`})
	rule("job", form.NewRule{Key: "named", Kind: form.UniqueRule, Fields: []string{"name", "country"}, IgnoreCase: true})
	rule("step", form.NewRule{Key: "within", Kind: form.CheckRule, Expression: `hours <= job.hours`, Fields: []string{"hours"}})
	rule("step", form.NewRule{Key: "places", Kind: form.UniqueRule, Fields: []string{"job", "place"}})
	rule("worker", form.NewRule{Key: "small_jobs", Kind: form.CheckRule, Expression: `count(jobs where kind = "small") <= 1`})
	for _, f := range more {
		f(t, o)
	}
	w := &world{Org: o, cat: o.Catalog(t)}
	w.by = record.Call{By: o.Owner, Now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	for i, c := range []string{"cn", "de", "cn", "de"} {
		w.Insert(t, w.cat.Form("worker"), map[string]string{"name": fmt.Sprint("W", i), "level": fmt.Sprint(i * 3), "country": c})
	}
	return w
}

// lookAside adds rules that count what does not belong to their record.
func lookAside(t testing.TB, o *orgtest.Org) {
	t.Helper()
	must := func(_ *form.Catalog, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.Forms.AddField(t.Context(), o.Owner, nil, "worker", form.NewField{Key: "busy", Kind: "ROLLUP", Settings: form.SettingsInput{Via: ptr("jobs"), Function: ptr("SUM"), Field: ptr("hours")}}))
	addCheck(t, o, "job", "busy", `worker.busy <= 14`)
	addCheck(t, o, "job", "crowd", `count(forms.job where country = this.country and hours > this.hours) <= 5`)
	addCheck(t, o, "worker", "own_jobs", `count(forms.job where this = worker and hours < 3) <= 1`)
	addCheck(t, o, "worker", "like", `sum(forms.job: hours where worker_level = this.level and note is not empty) <= 15`)
	addCheck(t, o, "worker", "dear", `count(forms.part where price > this.level) <= 3 or country = "de"`)
	addCheck(t, o, "step", "help", `count(job.helpers where level > 3) <= 0 or hours < 2`)
	addCheck(t, o, "job", "levels", `sum(steps: job.worker.level where hours > 0) <= 12`)
	must(o.Forms.CreateAggregate(t.Context(), o.Owner, nil, form.NewAggregate{Form: "job", Key: "by_place", GroupBy: listOf(vars{"field": "country"}, vars{"field": "worker.country"}),
		Metrics: listOf(vars{"name": "hours", "function": "SUM", "field": "hours"}), Filter: vars{"kind": vars{"eq": "big"}, "steps": vars{"none": vars{"hours": vars{"gt": 2}}}}}))
	addCheck(t, o, "job", "saved", `aggregate("by_place", "hours", country, worker.country) <= 6`)
	addCheck(t, o, "worker", "saved", `coalesce(aggregate("by_place", "hours", "cn", country), 0) <= 3 + level`)
}

// write creates a record, or changes one of a number above 0.
func (w *world) write(ctx context.Context, f *form.Form, raw map[string]any, id int64) (int64, error) {
	v, err := record.Parse(f, raw, query.Generic, id == 0)
	if err != nil {
		return 0, err
	}
	err = w.DB.As(ctx, w.cat.Role, func(c *pg.Conn) error {
		if id != 0 {
			version := 0
			err := c.Query(ctx, "SELECT version::bigint FROM "+f.Table()+" WHERE id = $1::bigint", []any{id}, func(row []pg.Value) error { version = int(row[0].(int64)); return nil })
			if err != nil {
				return err
			}
			return record.Update(ctx, c, w.by, id, version, v)
		}
		id, err = record.Create(ctx, c, w.by, v)
		return err
	})
	return id, err
}

// job makes random values: mostly good ones, so that some are taken.
func job(r *rand.Rand, steps []int64) map[string]any {
	out := map[string]any{}
	pick := func(key string, often float64, values ...any) {
		if r.Float64() < often {
			out[key] = values[r.IntN(len(values))]
		}
	}
	number := func(n int) any { return json.Number(strconv.Itoa(r.IntN(n))) }
	pick("name", 0.97, "a", "A", "b")
	if _, named := out["name"]; named && r.IntN(12) > 0 {
		out["name"] = fmt.Sprintf("n%d", r.IntN(3000))
	}
	pick("name", 0.03, nil, "far too long")
	pick("tag", 0.1, "x", "X", "y", "z", "ä", nil, "w", "v", "u")
	pick("kind", 0.4, "big", "small", "small", nil)
	pick("country", 0.6, "cn", "de", "cn", "de", nil)
	pick("city", 0.3, "shanghai", "berlin", "other", nil, "nowhere")
	pick("cities", 0.2, []any{"shanghai"}, []any{"other", "berlin"}, []any{}, nil)
	pick("worker_level", 0.1, number(5), nil)
	pick("hours", 0.4, number(5), number(10), nil, json.Number("-1"))
	pick("limit", 0.3, "1.5", json.Number("2"), nil)
	pick("note", 0.2, "n", nil)
	pick("day", 0.1, "2026-01-31", "2026-02-30", nil)
	pick("worker", 0.5, "worker_1", "worker_2", "worker_3", "worker_4", "worker_3", "worker_4", nil)
	pick("worker", 0.02, "worker_99")
	pick("helpers", 0.3, []any{"worker_2", "worker_4"}, []any{"worker_3"}, []any{"worker_4", "worker_3"}, []any{"worker_2"}, []any{}, nil)
	pick("helpers", 0.02, []any{"worker_98"}, []any{"worker_1"})
	pick("twice", 0.01, number(3))
	pick("code", 0.01, "J-001")
	if r.IntN(3) == 0 {
		rows := []any{}
		r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for i := range r.IntN(4) {
			row := map[string]any{}
			if r.IntN(9) > 0 {
				row["hours"] = number(4)
			}
			if r.IntN(4) == 0 {
				row["name"] = "s"
			}
			if i < len(steps) && r.IntN(2) == 0 {
				row["id"] = kind.ID("step", steps[i])
			}
			if r.IntN(3) == 0 {
				var parts []any
				for range r.IntN(3) {
					parts = append(parts, map[string]any{"price": number(6)})
				}
				row["parts"] = parts
			}
			rows = append(rows, row)
		}
		out["steps"] = rows
	}
	return out
}

type said struct {
	path string
	code fault.Kind
}

func faults(t *testing.T, err error) []said {
	t.Helper()
	var (
		l   fault.List
		out []said
	)
	if other := l.Add(err); other != nil {
		t.Fatalf("no fault of the input: %v", other)
	}
	for _, f := range l {
		out = append(out, said{fmt.Sprint(f.Path), f.Kind})
	}
	return out
}

// TestEvaluateIsTheJudgementOfTheWrite compares, for random values of new and of
// old records, what Evaluate says with what the write then does.
func TestEvaluateIsTheJudgementOfTheWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lookAside)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var ids []int64
	taken, rules := 0, map[string]int{}
	n := 300
	if os.Getenv("FIELDWORK_LONG") != "" {
		n = 1000
	}
	for i := range n {
		id := int64(0)
		var steps []int64
		f := w.cat.Form("job")
		if r.IntN(5) == 0 {
			f, id = w.cat.Form("worker"), int64(1+r.IntN(4))
		} else if len(ids) > 0 && r.IntN(2) == 0 {
			id = ids[r.IntN(len(ids))]
			if err := w.DB.Control.SelectContext(t.Context(), &steps, `SELECT id FROM org_acme.step WHERE job = $1 OR random() < 0.02`, id); err != nil {
				t.Fatal(err)
			}
		}
		raw := job(r, steps)
		if f.Key == "worker" {
			raw = map[string]any{"level": json.Number(strconv.Itoa(r.IntN(10))), "country": []string{"cn", "de"}[r.IntN(2)]}
		}
		say, err := record.Evaluate(t.Context(), w.DB, w.by, f, raw, id)
		text, _ := json.Marshal(raw)
		if err != nil {
			t.Fatalf("%d: evaluate %s of %d: %v", i, text, id, err)
		}
		for _, b := range say.Broken {
			rules[b.Key]++
		}
		done, err := w.write(t.Context(), f, raw, id)
		if (err == nil) != (len(say.Faults) == 0) {
			t.Fatalf("%d: %s of %d\nevaluated: %v %v\nwritten: %v %v", i, text, id, say.Faults.Err(), say.Broken, err, faults(t, err))
		}
		if err != nil {
			foretold := faults(t, say.Faults)
			for _, s := range faults(t, err) {
				if !slices.Contains(foretold, s) {
					t.Fatalf("%d: %s of %d\nevaluated: %v\nwritten: %v %v", i, text, id, foretold, err, s)
				}
			}
			continue
		}
		taken++
		if id == 0 {
			ids = append(ids, done)
		}
		now, err := record.Evaluate(t.Context(), w.DB, w.by, f, map[string]any{}, done)
		if err != nil {
			t.Fatal(err)
		}
		for j, x := range now.Fields {
			a, _ := json.Marshal(say.Fields[j].Value)
			b, _ := json.Marshal(x.Value)
			if x.Field.Key != "code" && string(a) != string(b) {
				t.Errorf("%d: %s of %d: %s was to be %s and is %s", i, text, id, x.Field.Key, a, b)
			}
		}
	}
	t.Logf("%d of %d were taken; rules broken: %v", taken, n, rules)
	if taken < n/6 {
		t.Errorf("only %d writes were taken: the values are too bad to say much", taken)
	}
	w.keepAll(t)
	for _, f := range []string{"job", "step", "worker"} {
		for _, x := range w.cat.Form(f).Rules {
			if rules[x.Key] == 0 {
				t.Logf("rule %s was never broken", x.Key)
			}
		}
	}
}

// keepAll checks that no live record is at odds with a rule that looks at others.
func (w *world) keepAll(t *testing.T) {
	t.Helper()
	for _, f := range w.cat.Forms {
		var checks []sqlgen.Check
		for _, r := range f.Rules {
			if r.Aggregate {
				checks = append(checks, sqlgen.Check{What: sqlgen.KeepsRule, Rule: r})
			}
		}
		if len(checks) == 0 {
			continue
		}
		var ids []int64
		if err := w.DB.Control.SelectContext(t.Context(), &ids, `SELECT id FROM `+f.Table()+` WHERE archived_at IS NULL`); err != nil {
			t.Fatal(err)
		}
		s := (sqlgen.Env{Now: w.by.Now}).Judge(f, ids, checks)
		err := w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
			return c.Query(t.Context(), s.SQL, s.Args, func(row []pg.Value) error {
				for i, c := range checks {
					if row[1+i] != true {
						t.Errorf("%s_%d does not keep %s: %s", f.Key, row[0], c.Rule.Key, c.Rule.Expression)
					}
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestConcurrentWritesBreakNoRule starts twenty writers at once, round after round,
// of which each alone would be let through and all together would break a rule.
func TestConcurrentWritesBreakNoRule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job, step := w.cat.Form("job"), w.cat.Form("step")
	n := func(i int) any { return json.Number(strconv.Itoa(i)) }
	// together runs writers that begin at once and returns how many were let through.
	together := func(t *testing.T, write func(i int) error) (done int) {
		t.Helper()
		var wg sync.WaitGroup
		begin, errs := make(chan struct{}), make([]error, 20)
		for i := range errs {
			wg.Go(func() {
				<-begin
				errs[i] = write(i)
			})
		}
		close(begin)
		wg.Wait()
		for _, err := range errs {
			if k := fault.KindOf(err); err == nil {
				done++
			} else if k != fault.Invalid && k != fault.Conflict {
				t.Error(err)
			}
		}
		return done
	}
	for round := range 6 {
		worker := w.Insert(t, w.cat.Form("worker"), map[string]string{"level": "9"})[0]
		done := together(t, func(i int) error { // 15 hours at most
			_, err := w.write(t.Context(), job, map[string]any{"name": fmt.Sprintf("%d.%d", round, i), "worker": kind.ID("worker", worker), "hours": n(5)}, 0)
			return err
		})
		if done != 3 {
			t.Errorf("round %d: a worker has %d jobs of 5 hours, and 15 hours at most", round, done)
		}
		parent, err := w.write(t.Context(), job, map[string]any{"name": fmt.Sprintf("p%d", round), "hours": n(4)}, 0)
		if err != nil {
			t.Fatal(err)
		}
		done = together(t, func(i int) error {
			if i%5 == 0 { // half the limit of the job, while others fill it
				_, err := w.write(t.Context(), job, map[string]any{"hours": n(2)}, parent)
				return err
			}
			_, err := w.write(t.Context(), step, map[string]any{"job": kind.ID("job", parent), "hours": n(2), "place": n(i)}, 0)
			return err
		})
		var hours, most int
		if err := w.DB.Control.QueryRowContext(t.Context(), `SELECT (SELECT sum(hours) FROM org_acme.step WHERE job = j.id), 2 * hours FROM org_acme.job j WHERE id = $1`, parent).Scan(&hours, &most); err != nil {
			t.Fatal(err)
		}
		if hours > most || done == 0 {
			t.Errorf("round %d: the steps have %d hours, and the job takes %d", round, hours, most)
		}
		done = together(t, func(i int) error {
			_, err := w.write(t.Context(), job, map[string]any{"name": []string{"same", "SAME"}[i%2], "country": []string{"cn", "de"}[round%2], "hours": n(1), "worker": nil}, 0)
			return err
		})
		if want := map[bool]int{true: 1}[round < 2]; done != want {
			t.Errorf("round %d: %d of one name, want %d", round, done, want)
		}
	}
}
