package sqlgen_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// TestRandomExpressions compares what PostgreSQL makes of random expressions
// with a reading of the same tree in memory, for every record of a form.
// FIELDWORK_RANDOM=n runs n expressions, FIELDWORK_SEED=n those of a run that
// failed, which names its seed.
func TestRandomExpressions(t *testing.T) {
	cases, seed := setting(t, "FIELDWORK_RANDOM", 600), setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	o := orgtest.New(t)
	cat := addForms(t, o)
	m, rnd := newMemory(cat), rand.New(rand.NewPCG(uint64(seed), 0))
	m.fill(t, o, cat, rnd)
	cat = addComputed(t, o, rnd)
	r := &randomExpressions{T: t, cat: cat, m: m, reasons: map[string]int{}}
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		r.c = c
		const batch = 20
		for at := 0; at < cases && r.wrong < 20; at += batch {
			f := cat.Form(forms[at/batch%len(forms)])
			var fields []*form.Field
			for i := at; i < at+batch; i++ {
				if x := r.grow(f, rand.New(rand.NewPCG(uint64(seed), uint64(i+1)))); x != nil {
					fields = append(fields, x)
				}
			}
			r.compare(f, fields)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d expressions, %d values of which %d null, %d refused: %v", r.done, r.values, r.nulls, r.refused, r.reasons)
	if r.refused*5 > cases {
		t.Errorf("%d of %d expressions are refused", r.refused, cases)
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

type randomExpressions struct {
	*testing.T
	cat                                 *form.Catalog
	c                                   *pg.Conn
	m                                   *memory
	done, refused, values, nulls, wrong int
	reasons                             map[string]int
}

func (r *randomExpressions) grow(f *form.Form, rnd *rand.Rand) *form.Field {
	g := &grower{Rand: rnd, cat: r.cat, levels: []*form.Form{f}, left: 60}
	text := g.grow(rnd.IntN(types), 1+rnd.IntN(6))
	x, err := r.cat.Compile(f, text)
	if err != nil {
		r.refused++
		r.reasons[cut(err.Error(), 40)]++
		return nil
	}
	if rnd.IntN(8) == 0 {
		x.Settings.Scale = ptr(rnd.IntN(kind.MaxScale))
	}
	return x
}

func (r *randomExpressions) env() sqlgen.Env { return sqlgen.Env{Now: r.m.now, Member: r.m.member} }

// compare reads fields of every record of f at once; when PostgreSQL refuses
// that, each by itself.
func (r *randomExpressions) compare(f *form.Form, fields []*form.Field) {
	cols := []sqlgen.Column{{Field: f.Field("id")}}
	for _, x := range fields {
		cols = append(cols, sqlgen.Column{Field: x})
	}
	s := page(r.env().List(query.List{Form: f}, cols, query.MaxPage))
	rows := map[int64][]string{}
	err := r.c.Query(r.Context(), s.SQL, s.Args, func(row []pg.Value) error {
		var texts []string
		for _, v := range row[1:] {
			switch v := v.(type) {
			case nil:
				texts = append(texts, "null")
			case []byte:
				texts = append(texts, string(v))
			default:
				texts = append(texts, fmt.Sprint(v))
			}
		}
		rows[row[0].(int64)] = texts
		return nil
	})
	switch {
	case err != nil && len(fields) == 1:
		r.fail(fields[0], "PostgreSQL fails: %v\n%s", err, s.SQL)
		return
	case err != nil:
		for _, x := range fields {
			r.compare(f, []*form.Field{x})
		}
		return
	}
	for i, x := range fields {
		r.done++
		for _, rec := range r.m.rows[f.Key] {
			if rec.archived {
				continue
			}
			want, got := print(r.m.computed(x, rec)), rows[rec.id][i]
			r.values++
			if want == "null" {
				r.nulls++
			}
			if got != want {
				r.fail(x, "record %d\n got %s\nwant %s\n%s", rec.id, cut(got, 300), cut(want, 300), r.env().ByIDs(f, []sqlgen.Column{{Field: x}}).SQL)
				break
			}
		}
	}
}

func (r *randomExpressions) fail(x *form.Field, format string, args ...any) {
	r.wrong++
	r.Errorf("%s: %s\n%s", x.Form.Key, x.Settings.Expression, fmt.Sprintf(format, args...))
}
