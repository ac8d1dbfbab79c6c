package form_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// BenchmarkAddField is one change of definitions in an organisation of a dozen
// forms.
func BenchmarkAddField(b *testing.B) {
	o := orgtest.EveryKind(b)
	i := 0
	for b.Loop() {
		i++
		if _, err := o.Forms.AddField(b.Context(), o.Owner, nil, "thing", form.NewField{Key: fmt.Sprintf("more%d", i), Kind: "TEXT"}); err != nil {
			b.Fatal(err)
		}
		if i%200 == 0 {
			b.StopTimer()
			o, i = orgtest.EveryKind(b), 0
			b.StartTimer()
		}
	}
}

// BenchmarkBesideWrites changes the definition of a form of 1,000,000 records
// while somebody writes every millisecond, and tells the longest that a write took.
func BenchmarkBesideWrites(b *testing.B) {
	const n = 1_000_000
	o := large(b, n)
	wake, _ := runner(b, o)
	update := func(key string, u form.FieldUpdate) func() error {
		return func() error {
			_, err := o.Forms.UpdateField(b.Context(), o.Owner, nil, "big", key, u)
			return err
		}
	}
	add := func(x form.NewField) func() error {
		return func() error {
			_, err := o.Forms.AddField(b.Context(), o.Owner, nil, "big", x)
			return err
		}
	}
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"nothing", nil},
		{"wear out", func() error { wearOut(b, o, 1200); return nil }}, // not by the program
		{"new field of a worn table", add(form.NewField{Key: "more", Kind: "TEXT"})},
		{"index", update("n", form.FieldUpdate{Indexed: yes()})},
		{"unique", update("n", form.FieldUpdate{Unique: yes()})},
		{"unique that ignores case", update("n", form.FieldUpdate{Settings: &form.SettingsInput{IgnoreCase: yes()}})},
		{"rule", func() error {
			_, err := o.Forms.AddRule(b.Context(), o.Owner, nil, "big", form.NewRule{Key: "pair", Kind: form.UniqueRule, Fields: []string{"name", "n"}})
			return err
		}},
		{"fields of a rule", func() error {
			_, err := o.Forms.UpdateRule(b.Context(), o.Owner, nil, "big", "pair", form.RuleUpdate{Fields: []string{"n", "name"}})
			return err
		}},
		{"new field", add(form.NewField{Key: "plain", Kind: "TEXT"})},
		{"new field indexed", add(form.NewField{Key: "indexed", Kind: "TEXT", Indexed: true})},
		{"new field unique", add(form.NewField{Key: "once", Kind: "TEXT", Unique: true})},
		{"new reference", add(form.NewField{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: text("customer")}})},
		{"new required field with a default", add(form.NewField{Key: "size", Kind: "INTEGER", Indexed: true, Required: true, Default: json.Number("7")})},
		{"conversion", func() error {
			_, err := o.Forms.ConvertField(b.Context(), o.Owner, nil, "big", "n", form.Conversion{Kind: "INTEGER"})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			ctx, end := context.WithCancel(b.Context())
			var prober sync.WaitGroup
			var longest, sum time.Duration
			writes := 0
			prober.Go(func() {
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for ; ctx.Err() == nil; <-tick.C {
					began := time.Now()
					if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET name = $2 WHERE id = $1`, rand.Int64N(n)+1, fmt.Sprint(rand.Int64())); err != nil {
						b.Error(err)
						return
					}
					d := time.Since(began)
					longest, sum, writes = max(longest, d), sum+d, writes+1
				}
			})
			began := time.Now()
			if c.do == nil {
				pause(5 * time.Second)
			} else {
				if err := c.do(); err != nil {
					end()
					prober.Wait()
					b.Skip(err)
				}
				wake()
				if jobs, err := o.Forms.Jobs(b.Context(), o.Owner, ""); err != nil || len(jobs) > 0 {
					if j := awaitJob(b, o, 10*time.Minute); err != nil || j.State != form.JobDone {
						b.Errorf("job %+v", j)
					}
				}
			}
			took := time.Since(began)
			end()
			prober.Wait()
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-write")
			b.ReportMetric(float64(sum.Microseconds())/1000/float64(max(writes, 1)), "ms/write")
			b.ReportMetric(float64(writes), "writes")
			b.ReportMetric(took.Seconds(), "s-taken")
			b.ReportMetric(0, "ns/op")
		})
	}
}
