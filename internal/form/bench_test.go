package form_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/server"
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
// that has not met it, for which its catalog is read and its schema built. The
// other organisations have the standard forms. It takes some minutes.
func BenchmarkBesideOthers(b *testing.B) {
	for _, others := range []int{0, 1000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			db := pgtest.Open(b)
			o := orgtest.Add(b, db, "acme")
			var made []time.Duration
			for i := range others {
				began := time.Now()
				orgtest.Add(b, db, fmt.Sprintf("other%d", i))
				made = append(made, time.Since(began))
			}
			first := make([]time.Duration, 20)
			token := o.Token(b, o.Owner.MemberID)
			for i := range first {
				first[i] = firstRequest(b, o, token)
			}
			var each []time.Duration
			for b.Loop() {
				if len(each)%250 == 0 { // a form has room for 300
					b.StopTimer()
					f := form.NewForm{Key: fmt.Sprintf("form%d", len(each)/250), Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}}
					if _, err := o.Forms.CreateForms(b.Context(), o.Owner, nil, f); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				began := time.Now()
				if _, err := o.Forms.AddField(b.Context(), o.Owner, nil, fmt.Sprintf("form%d", len(each)/250), form.NewField{Key: fmt.Sprintf("more%d", len(each)), Kind: "TEXT"}); err != nil {
					b.Fatal(err)
				}
				each = append(each, time.Since(began))
			}
			b.ReportMetric(middle(first, 0.5), "first-ms")
			for _, n := range []int{10, 1000} {
				if others >= n { // the median of the ten up to it
					b.ReportMetric(middle(made[n-10:n], 0.5), fmt.Sprintf("org%d-ms", n))
				}
			}
			b.ReportMetric(middle(each, 0.5), "p50-ms")
			b.ReportMetric(middle(each, 0.99), "p99-ms")
		})
	}
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

// middle is a quantile in milliseconds.
func middle(all []time.Duration, q float64) float64 {
	all = slices.Clone(all)
	slices.SortFunc(all, cmp.Compare)
	return all[int(float64(len(all)-1)*q)].Seconds() * 1e3
}
