package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/template"
	"fieldwork/internal/typed/sdl"
)

// How cost grows: with what is selected, with how deep it nests, with the forms of an
// organisation (schema.go), and with how many organisations one server has. With how many records, --customers tells.

// wideFields is how many fields the form has of which more and more are selected.
const wideFields = 100

// widen makes the form and its 10,000 records.
func (w *world) widen(ctx context.Context) error {
	kinds := []string{"TEXT", "INTEGER", "DECIMAL", "DATE", "BOOLEAN"}
	values := []string{"'text ' || r", "r", "round(r::numeric / 7, 2)", "date '2026-01-01' + r::int % 700", "r % 2 = 0"}
	var fields, columns, exprs []string
	for i := range wideFields {
		fields = append(fields, fmt.Sprintf(`{key: "f%d", kind: %s}`, i, kinds[i%len(kinds)]))
		columns, exprs = append(columns, fmt.Sprintf("f%d", i)), append(exprs, values[i%len(values)])
	}
	if _, err := w.graphql(ctx, `mutation { createForm(input: {key: "wide", fields: [`+strings.Join(fields, " ")+`]}) { form { key } } }`, nil); err != nil {
		return err
	}
	_, err := w.db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO org_bench.wide (%s) SELECT %s FROM generate_series(1, 10000) r`, strings.Join(columns, ", "), strings.Join(exprs, ", ")))
	return err
}

// growing are queries without a reference: S is 100 records with more and more
// fields, D a list with more and more levels below it.
func growing() (out []question) {
	for _, n := range []int{5, 20, 50, 100} {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("f%d", i))
		}
		out = append(out, question{name: fmt.Sprintf("S%d", n), text: fmt.Sprintf(`query S($offset: Int) { wides(first: 100, offset: $offset) { nodes { %s } } }`, strings.Join(names, " ")),
			draw: randomly(func(r *rand.Rand, _ *world) (map[string]any, []string) {
				return map[string]any{"offset": 100 * r.IntN(90)}, nil
			})})
	}
	// Five of each, so that every level but the first has a few more than the one above.
	levels := []string{"roles(first: 2)", "member", "tasks(first: 2)", "customer", "feedback(first: 2)"}
	for depth := 1; depth <= 1+len(levels); depth++ {
		inner := "id"
		for i := depth - 2; i >= 0; i-- {
			if strings.Contains(levels[i], "(") {
				inner = fmt.Sprintf("id %s { nodes { %s } }", levels[i], inner)
			} else {
				inner = fmt.Sprintf("id %s { %s }", levels[i], inner)
			}
		}
		out = append(out, question{name: fmt.Sprintf("D%d", depth), text: fmt.Sprintf(`query D($offset: Int) { customers(first: 50, offset: $offset) { nodes { %s } } }`, inner),
			draw: randomly(func(r *rand.Rand, w *world) (map[string]any, []string) {
				return map[string]any{"offset": r.IntN(min(w.customers-50, 9000))}, nil
			})})
	}
	return out
}

// organisations is what a server costs that has n of them.
type organisations struct {
	Count       int     `json:"count"`
	MemoryMB    float64 `json:"memoryMB"`       // resident, when each has been asked
	FirstMs     float64 `json:"firstMs"`        // first request to one, median
	PerSecond   float64 `json:"perSecond"`      // small lists of all in turn, 8 clients
	ChangeMs    float64 `json:"changeMs"`       // addField in one, median
	CreateMs    float64 `json:"createMs"`       // making one, median of those made last
	MemoryEach  float64 `json:"memoryEachKB"`   // resident, for each organisation asked
	BaseMemory  float64 `json:"baseMemoryMB"`   // before the first request
	AllocsSmall float64 `json:"allocsPerSmall"` // of a small list
}

// measureOrganisations makes organisations with the standard forms until there are
// n besides the one under test, and measures a server that has not met them.
func (w *world) measureOrganisations(ctx context.Context, n int, restart func() (*process, error)) (r organisations, err error) {
	r.Count = n
	db, err := pg.Open(ctx, w.dsn)
	if err != nil {
		return r, err
	}
	defer func() { _ = db.Close() }()
	var made []float64
	var tokens []string
	for i := range n {
		token, took, err := organisation(ctx, db, fmt.Sprintf("growth%d", i))
		if err != nil {
			return r, err
		}
		if took > 0 {
			made = append(made, ms(took))
		}
		tokens = append(tokens, token)
	}
	if len(made) > 0 {
		r.CreateMs = median(made[max(0, len(made)-20):])
	}
	if w.fieldwork, err = restart(); err != nil {
		return r, err
	}
	u, err := w.fieldwork.used(ctx)
	if err != nil {
		return r, err
	}
	r.BaseMemory = float64(u.memory) / (1 << 20)
	var list [][]byte
	var first []float64
	own := w.token
	defer func() { w.token = own }()
	for _, token := range tokens {
		body := `{"query":"{ customers(first: 1) { nodes { name } } }"}`
		request := fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", w.fieldwork.addr, token, len(body), body)
		from := time.Now()
		if _, err := once(ctx, w.fieldwork.addr, request); err != nil {
			return r, err
		}
		first = append(first, ms(time.Since(from)))
		list = append(list, request)
	}
	r.FirstMs = median(first)
	if u, err = w.fieldwork.used(ctx); err != nil {
		return r, err
	}
	r.MemoryMB = float64(u.memory) / (1 << 20)
	r.MemoryEach = (r.MemoryMB - r.BaseMemory) * 1024 / float64(n)
	f, _, err := w.round(ctx, w.fieldwork, list, false, 8, 3*time.Second)
	if err != nil {
		return r, err
	}
	r.PerSecond, r.AllocsSmall = f.PerSecond, f.Allocs
	var change []float64
	for i := range 20 {
		w.token = tokens[i*len(tokens)/20]
		from := time.Now()
		if _, err := w.graphql(ctx, fmt.Sprintf(`mutation { addField(input: {form: "customer", key: "more_%d_%d_%d", kind: TEXT}) { field { key } } }`, n, i, from.Unix()), nil); err != nil {
			return r, err
		}
		change = append(change, ms(time.Since(from)))
	}
	r.ChangeMs = median(change)
	return r, nil
}

// organisation is a token for an organisation of that key, and how long making it took: 0
// for one that was there.
func organisation(ctx context.Context, db *pg.DB, key string) (token string, took time.Duration, err error) {
	o, err := org.ByKey(ctx, db, key)
	if err != nil { // not there yet
		from := time.Now()
		forms := change.NewStore(db, sdl.Reserved())
		if o, _, err = template.NewOrganisation(ctx, db, forms, org.New{Key: key, TimeZone: "UTC", Language: "en"}, template.Owner{Name: "Owner", Email: "owner@growth.example"}); err != nil {
			return "", 0, err
		}
		took = time.Since(from)
	}
	store := org.NewStore(db)
	owner, err := store.AccountByEmail(ctx, o.ID, "owner@growth.example")
	if err != nil {
		return "", took, err
	}
	issued, err := store.CreateToken(ctx, org.Program(o.ID, o.Key), owner.ID, "bench", time.Now().AddDate(0, 0, 1))
	return issued.Secret, took, err
}

func (r organisations) line(w io.Writer) {
	fmt.Fprintf(w, "%5d organisations: making one %.0f ms; RSS %.0f MB at the start, %.0f MB when each was asked (%.0f kB each); first request %.1f ms; small lists of all in turn %.0f/s, %.0f allocs; addField %.1f ms\n",
		r.Count, r.CreateMs, r.BaseMemory, r.MemoryMB, r.MemoryEach, r.FirstMs, r.PerSecond, r.AllocsSmall, r.ChangeMs)
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

func median(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// growth measures it all and prints it as it comes.
func (w *world) growth(ctx context.Context, o options, rep *report, out io.Writer) error {
	for _, q := range growing() {
		asked, err := w.prepare(ctx, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		r, err := w.measure(ctx, o, q, asked, 8)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		rep.Results = append(rep.Results, r)
		if !o.json {
			rep.line(out, len(rep.Results)-1)
		}
	}
	schema, err := w.measureSchema(ctx)
	if err != nil {
		return err
	}
	rep.Schema = &schema
	if !o.json {
		schema.line(out)
	}
	for _, n := range o.organisations {
		r, err := w.measureOrganisations(ctx, n, func() (*process, error) {
			w.fieldwork.stop()
			return w.serve(ctx, o)
		})
		if err != nil {
			return fmt.Errorf("%d organisations: %w", n, err)
		}
		rep.Organisations = append(rep.Organisations, r)
		if !o.json {
			r.line(out)
		}
	}
	return nil
}
