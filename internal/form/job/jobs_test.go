package job_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
)

func pause(d time.Duration) { <-time.After(d) }

func TestIndexesOfLargeFormsAreBuiltBeside(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 3000)
	wake, _ := formtest.Runner(t, o)
	cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "n", form.FieldUpdate{Unique: new(true), Indexed: new(true)})
	cat = formtest.Must(t, cat, err)
	if x := cat.Form("big").Field("n"); x.Unique || x.Indexed {
		t.Error("the definition promises an index that is not there")
	}
	if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "big", "n"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("another change of the field: %v, want CONFLICT", err)
	}
	formtest.Clean(t, o)
	wake()
	if j := formtest.AwaitJob(t, o, 20*time.Second); j.State != form.JobDone || j.Progress() != 100 {
		t.Fatalf("job %+v", j)
	}
	if x := o.Catalog(t).Form("big").Field("n"); !x.Unique || !x.Indexed {
		t.Error("the definition does not tell of the indexes")
	}
	formtest.Clean(t, o)

	// Values that are not unique.
	if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET name = 'same' WHERE id < 4`); err != nil {
		t.Fatal(err)
	}
	cat, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "name", form.FieldUpdate{Unique: new(true)})
	formtest.Must(t, cat, err)
	wake()
	if j := formtest.AwaitJob(t, o, 20*time.Second); j.State != form.JobFailed || j.Error == "" || j.Failures().Count != 3 || j.Failures().Examples[0].Record != "big_1" {
		t.Fatalf("job %+v, %s", j, j.Report)
	}
	if o.Catalog(t).Form("big").Field("name").Unique {
		t.Error("unique, although it is not")
	}
	formtest.Clean(t, o)

	// A rule over two fields.
	cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "pair", Kind: form.UniqueRule, Fields: []string{"name", "n"}, IgnoreCase: true})
	cat = formtest.Must(t, cat, err)
	if len(cat.Form("big").Rules) != 0 {
		t.Error("the rule is there before its index")
	}
	wake()
	if j := formtest.AwaitJob(t, o, 20*time.Second); j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	if r := o.Catalog(t).Form("big").Rule("pair"); r == nil || r.Broken != "" {
		t.Errorf("rule %+v", r)
	}
	formtest.Clean(t, o)
}

// Undoing a conversion of a large form brings back, in the background, all that
// the field was, or says why not and leaves it as it is.
func TestUndoOfConversionBesideWrites(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 2000, form.NewField{Key: "code", Kind: "TEXT", Unique: true, Indexed: true, Settings: form.SettingsInput{IgnoreCase: new(true)}},
		form.NewField{Key: "state", Kind: "CHOICE", Indexed: true, Default: "b", Settings: form.SettingsInput{Options: formtest.Options("a", "b", "c")}})
	o.DB.Control.MustExec(`UPDATE org_acme.big SET code = 'C' || id, state = 'a'`)
	keep := form.FieldUpdate{Settings: &form.SettingsInput{Options: formtest.Options("a", "b")}} // c is archived
	if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "state", keep); err != nil {
		t.Fatal(err)
	}
	wake, _ := formtest.Runner(t, o)
	convert := func(key, kind string) int64 {
		t.Helper()
		if _, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "big", key, conversion.Input{Kind: kind, ClearDefault: true}); err != nil {
			t.Fatal(err)
		}
		wake()
		if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobDone {
			t.Fatalf("job %+v", j)
		}
		formtest.Clean(t, o)
		return o.Catalog(t).Version
	}
	undo := func(version int64) *form.Job {
		t.Helper()
		cat, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, version)
		if cat = formtest.Must(t, cat, err); cat.Job == nil {
			t.Fatal("it is no job")
		}
		wake()
		j := formtest.AwaitJob(t, o, time.Minute)
		formtest.Clean(t, o)
		return j
	}
	before := formtest.Picture(t, o, "big")
	for _, c := range []struct{ key, kind string }{{"code", "LONG_TEXT"}, {"state", "MULTI_CHOICE"}, {"state", "TEXT"}} {
		version := convert(c.key, c.kind)
		if formtest.Picture(t, o, "big") == before {
			t.Fatal("nothing was changed")
		}
		if j := undo(version); j.State != form.JobDone {
			t.Fatalf("job %+v", j)
		}
		if after := formtest.Picture(t, o, "big"); after != before {
			t.Errorf("after undoing %s to %s\n got: %s\nwant: %s", c.key, c.kind, after, before)
		}
	}
	if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET code = 'c7' WHERE id = 8`); err == nil {
		t.Error("the field is not unique")
	}

	version := convert("code", "LONG_TEXT")
	o.DB.Control.MustExec(`UPDATE org_acme.big SET code = 'c7' WHERE id = 8`)
	if j := undo(version); j.State != form.JobFailed || j.Error == "" || j.Error == "internal error" {
		t.Errorf("job %+v", j)
	}
	if x := o.Catalog(t).Form("big").Field("code"); x.KindName() != "LONG_TEXT" || x.Unique {
		t.Errorf("the field is %s, unique %t", x.KindName(), x.Unique)
	}
}

func TestCancelledJobLeavesNothing(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 3000)
	for _, start := range []func() error{
		func() error {
			_, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "big", "n", conversion.Input{Kind: "INTEGER"})
			return err
		},
		func() error {
			_, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "n", form.FieldUpdate{Unique: new(true)})
			return err
		},
	} {
		if err := start(); err != nil {
			t.Fatal(err)
		}
		jobs, err := o.Forms.Jobs(t.Context(), o.Owner, form.JobWaiting)
		if err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		if _, err := o.Forms.CancelJob(t.Context(), o.Owner, jobs[0].ID); err != nil {
			t.Fatal(err)
		}
		wake, stop := formtest.Runner(t, o)
		wake()
		if j := formtest.AwaitJob(t, o, 20*time.Second); j.State != form.JobCancelled {
			t.Errorf("job %+v", j)
		}
		stop()
		if _, err := o.Forms.CancelJob(t.Context(), o.Owner, jobs[0].ID); fault.KindOf(err) != fault.Conflict {
			t.Errorf("cancelled twice: %v", err)
		}
		formtest.Clean(t, o)
	}
}

// TestConversionBesideWrites converts a field of a large form, and back and
// elsewhere, while others write it, with runners that are ended at any moment.
func TestConversionBesideWrites(t *testing.T) {
	t.Parallel()
	const n = 10_000
	to := "customer"
	o := formtest.Large(t, n, form.NewField{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to}})
	o.Forms.AtOnce = 100
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.customer (name) SELECT 'c' || i FROM generate_series(1, 50) i`); err != nil {
		t.Fatal(err)
	}
	if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET ref = id % 50 + 1`); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i, step := range []struct{ field, kind, write string }{
		{"n", "INTEGER", `UPDATE org_acme.big SET n = $2::text WHERE id = $1`},
		{"n", "DECIMAL", `UPDATE org_acme.big SET n = $2::bigint WHERE id = $1`},
		{"n", "TEXT", `UPDATE org_acme.big SET n = $2::numeric WHERE id = $1`},
		{"ref", "REFERENCES", `UPDATE org_acme.big SET ref = $2 % 50 + 1 WHERE id = $1`},
		{"ref", "REFERENCE", `WITH gone AS (DELETE FROM org_acme.big__ref WHERE record = $1) INSERT INTO org_acme.big__ref (record, target, position) SELECT $1, $2 % 50 + 1, 1 ON CONFLICT (record, target) DO UPDATE SET position = 1`},
	} {
		if step.kind == "INTEGER" {
			if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "n", form.FieldUpdate{Indexed: new(true)}); err != nil {
				t.Fatal(err)
			}
			wake, stop := formtest.Runner(t, o)
			wake()
			formtest.AwaitJob(t, o, 20*time.Second)
			stop()
		}
		if _, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "big", step.field, conversion.Input{Kind: step.kind}); err != nil {
			t.Fatal(err)
		}
		// Writers go on until the column is another; what they wrote last counts.
		ctx, end := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		last := make([]map[int64]int64, 2)
		for w := range last {
			last[w] = map[int64]int64{}
			writers.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, uint64(i*10+w)))
				for ctx.Err() == nil {
					id, v := rnd.Int64N(n/2)*2+1+int64(w), rnd.Int64N(1_000_000) // each its own half
					if _, err := o.DB.Control.ExecContext(context.WithoutCancel(ctx), step.write, id, v); err != nil {
						return // the column is another now
					}
					last[w][id] = v
				}
			})
		}
		rnd := rand.New(rand.NewPCG(seed, uint64(i)))
		var j *form.Job
		for tries, until := 0, time.Now().Add(time.Minute); ; tries++ {
			wake, stop := formtest.Runner(t, o)
			wake()
			if pause(time.Duration(50+rnd.IntN(600)) * time.Millisecond); tries > 2 {
				end() // and it is to come to an end
				formtest.AwaitJob(t, o, time.Minute)
			}
			stop()
			jobs, err := o.Forms.Jobs(t.Context(), o.Owner, "")
			if err != nil {
				t.Fatal(err)
			}
			if j = jobs[0]; j.EndedAt != nil {
				break
			}
			formtest.Clean(t, o)
			if time.Now().After(until) {
				t.Fatalf("never done: %+v", j)
			}
		}
		end()
		writers.Wait()
		if j.State != form.JobDone {
			t.Fatalf("%s to %s: %+v", step.field, step.kind, j)
		}
		x := o.Catalog(t).Form("big").Field(step.field)
		if x == nil || x.Kind.Name() != step.kind {
			t.Fatalf("field %+v", x)
		}
		formtest.Clean(t, o)
		col := x.Column() + "::text"
		if x.HasLinkTable() {
			col = fmt.Sprintf("(SELECT string_agg(target::text, ',') FROM %s l WHERE l.record = r.id)", x.LinkTable())
		}
		var rows []struct {
			ID    int64
			Value *string
		}
		if err := o.DB.Control.Select(&rows, fmt.Sprintf(`SELECT id, %s AS value FROM org_acme.big r ORDER BY id`, col)); err != nil {
			t.Fatal(err)
		}
		wrong, written := 0, 0
		for _, r := range rows {
			v, ok := last[(r.ID-1)%2][r.ID]
			if !ok {
				if r.Value == nil {
					wrong++
				}
				continue
			}
			written++
			want := fmt.Sprint(v)
			if step.field == "ref" {
				want = fmt.Sprint(v%50 + 1)
			}
			if r.Value == nil || *r.Value != want {
				if wrong++; wrong < 4 {
					t.Errorf("%s to %s: record %d has %v, want %s", step.field, step.kind, r.ID, r.Value, want)
				}
			}
		}
		if wrong > 0 || len(rows) != n {
			t.Errorf("%s to %s: %d of %d records are wrong", step.field, step.kind, wrong, len(rows))
		}
		t.Logf("%s to %s: %d records were written meanwhile", step.field, step.kind, written)
	}
}
