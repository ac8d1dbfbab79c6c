package job_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/server"
	"fieldwork/internal/typed/sdl"
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

// BenchmarkBesideOthers is what others in the same database cost an
// organisation: one change of its definitions, and the first request to a server
// that has not met it, for which its catalog is read and its schema built. Two
// organisations take turns, so that what else the machine does hits both: one
// alone, one beside 1,000 with the standard forms, each with a PostgreSQL of its
// own, for roles are common to all databases of one. It takes some minutes.
func BenchmarkBesideOthers(b *testing.B) {
	const others = 1000
	alone, _ := aside(b, 0)
	beside, made := aside(b, others)
	sides := []*side{alone, beside}
	for range 40 {
		for _, s := range sides {
			s.first = append(s.first, firstRequest(b, s.o, s.token))
		}
	}
	for _, s := range sides {
		s.seen = s.blocks(b)
	}
	for b.Loop() {
		for _, s := range sides {
			s.addField(b)
		}
	}
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	for i, name := range []string{"alone", "beside"} {
		b.ReportMetric(quantile(sides[i].first, 0.5), name+"-first-ms")
		b.ReportMetric(quantile(sides[i].each, 0.5), name+"-p50-ms")
		b.ReportMetric(quantile(sides[i].each, 0.99), name+"-p99-ms")
		b.ReportMetric((sides[i].blocks(b)-sides[i].seen)/float64(b.N), name+"-blocks")
	}
	for _, n := range []int{20, others} { // the median of the twenty up to it
		b.ReportMetric(quantile(made[n-20:n], 0.5), fmt.Sprintf("org%d-ms", n))
	}
}

// side is an organisation that is measured.
type side struct {
	o           *orgtest.Org
	token, dsn  string
	first, each []time.Duration
	seen        float64 // blocks, before the first change
}

// aside makes an organisation beside others in a PostgreSQL of its own, and tells
// how long each of the others took.
func aside(b *testing.B, others int) (s *side, made []time.Duration) {
	b.Helper()
	dsn, stop, err := pgtest.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	open := func() *pg.DB {
		db, err := pg.Open(b.Context(), dsn)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		return db
	}
	db := open()
	if err := db.Migrate(b.Context(), slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Guard(b.Context()); err != nil {
		b.Fatal(err)
	}
	o := orgtest.Add(b, db, "acme")
	for i := range others {
		began := time.Now()
		orgtest.Add(b, db, fmt.Sprintf("other%d", i))
		made = append(made, time.Since(began))
	}
	db.Control.MustExec(`VACUUM ANALYZE`) // as it is some minutes later
	_ = db.Close()
	o.DB = open() // connections that have not seen the others
	o.Forms = change.NewStore(o.DB, sdl.Reserved())
	return &side{o: o, token: o.Token(b, o.Owner.MemberID), dsn: dsn}, made
}

// blocks is how many blocks PostgreSQL has looked at.
func (s *side) blocks(b *testing.B) (n float64) {
	b.Helper()
	_ = s.o.DB.Close() // what its connections have counted is known when they end
	db, err := pg.Open(b.Context(), s.dsn)
	if err == nil {
		err = db.Control.Get(&n, `SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()`)
	}
	if err != nil {
		b.Fatal(err)
	}
	s.o.DB, s.o.Forms = db, change.NewStore(db, sdl.Reserved())
	b.Cleanup(func() { _ = db.Close() })
	return n
}

// addField adds a field, to a new form when the last is full.
func (s *side) addField(b *testing.B) {
	b.Helper()
	n := len(s.each)
	key := fmt.Sprintf("form%d", n/250)
	if n%250 == 0 {
		if _, err := s.o.Forms.CreateForms(b.Context(), s.o.Owner, nil, form.NewForm{Key: key, Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}}); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	if _, err := s.o.Forms.AddField(b.Context(), s.o.Owner, nil, key, form.NewField{Key: fmt.Sprintf("more%d", n), Kind: "TEXT"}); err != nil {
		b.Fatal(err)
	}
	s.each = append(s.each, time.Since(began))
}

// firstRequest is the time of the first request to a new server.
func firstRequest(b *testing.B, o *orgtest.Org, token string) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	s, err := server.New(ctx, server.Config{DB: o.DB, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewBufferString(`{"query": "{ customers(first: 1) { nodes { name } } }"}`))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	began := time.Now()
	s.Handler().ServeHTTP(w, r)
	took := time.Since(began)
	if !strings.HasPrefix(w.Body.String(), `{"data":{"customers":{"nodes":[]}}`) {
		b.Fatalf("%d %s", w.Code, w.Body)
	}
	return took
}

// quantile is in milliseconds.
func quantile(all []time.Duration, q float64) float64 {
	all = slices.Clone(all)
	slices.SortFunc(all, cmp.Compare)
	return all[int(float64(len(all)-1)*q)].Seconds() * 1e3
}

// BenchmarkBesideWrites changes the definition of a form of 1,000,000 records
// while somebody writes every millisecond, and tells the longest that a write took.
func BenchmarkBesideWrites(b *testing.B) {
	const n = 1_000_000
	o := formtest.Large(b, n)
	wake, _ := formtest.Runner(b, o)
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
		{"index", update("n", form.FieldUpdate{Indexed: new(true)})},
		{"unique", update("n", form.FieldUpdate{Unique: new(true)})},
		{"unique that ignores case", update("n", form.FieldUpdate{Settings: &form.SettingsInput{IgnoreCase: new(true)}})},
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
		{"new reference", add(form.NewField{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("customer")}})},
		{"new required field with a default", add(form.NewField{Key: "size", Kind: "INTEGER", Indexed: true, Required: true, Default: json.Number("7")})},
		{"conversion", func() error {
			_, err := conversion.Convert(b.Context(), o.Forms, o.Owner, nil, "big", "n", conversion.Input{Kind: "INTEGER"})
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
					if j := formtest.AwaitJob(b, o, 10*time.Minute); err != nil || j.State != form.JobDone {
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
