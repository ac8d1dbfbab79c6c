package sqlgen_test

import (
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// explain is how PostgreSQL means to run a statement.
func (w *world) explain(t *testing.T, s sqlgen.Statement) string {
	t.Helper()
	var out []string
	err := w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
		return c.Query(t.Context(), "EXPLAIN "+s.SQL, s.Args, func(row []pg.Value) error { out = append(out, fmt.Sprint(row[0])); return nil })
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.SQL)
	}
	return strings.Join(out, "\n")
}

// TestSearchesUseTheirIndex: among 50,000 records nothing of a search looks at all
// of them, whatever stands beside it, and counting does not either.
func TestSearchesUseTheirIndex(t *testing.T) {
	w := newWorld(t)
	w.DB.Control.MustExecContext(t.Context(), `INSERT INTO org_acme.site (name) SELECT 's' || i FROM generate_series(1, 500) i;
		INSERT INTO org_acme.thing (name, code, serial, due_on, site) SELECT '客户' || i, 'c' || i, i, date '2026-01-01' + i % 500, i % 500 + 1 FROM generate_series(1, 50000) i;
		ANALYZE org_acme.thing, org_acme.site`)
	f := w.cat.Form("thing")
	rank := []query.Order{{Rank: true, Desc: true}}
	one := "1"
	page := func(l query.List) sqlgen.Statement {
		l.Form, l.Search = f, "客户123"
		s, _ := sqlgen.Env{}.List(l, columns(f, "id", "name"), 21)
		return s
	}
	for name, s := range map[string]sqlgen.Statement{
		"a page":                  page(query.List{Order: rank}),
		"after a record":          page(query.List{Order: rank, Cursor: &query.Cursor{Values: []*string{&one}, ID: 7}}),
		"in another order":        page(query.List{Order: []query.Order{{Field: f.Field("due_on")}}}),
		"of a field behind":       page(query.List{Order: []query.Order{{Path: []*form.Field{f.Field("site")}, Field: w.cat.Form("site").Field("level")}}}),
		"with a filter":           page(query.List{Order: rank, Filter: query.Cmp{Field: f.Field("size"), Op: "isNull", Args: []string{"true"}}}),
		"how many":                sqlgen.Env{}.Count(query.List{Form: f, Search: "客户123"}),
		"of those of few parents": withKeys(sqlgen.Env{}.Children(w.cat.Form("site").Field("things"), query.List{Form: f, Search: "客户123", Order: rank}, columns(f, "id"), 6), "{1,2}"),
	} {
		t.Run(name, func(t *testing.T) {
			plan := w.explain(t, s)
			if strings.Contains(plan, "Seq Scan on thing") || !strings.Contains(plan, f.SearchIndex()) && name != "of those of few parents" {
				t.Errorf("%s\n%s", s.SQL, plan)
			}
		})
	}
}

func withKeys(s sqlgen.Statement, keys string) sqlgen.Statement {
	s.Args[0] = keys
	return s
}

// TestPinyinWithoutICU: where PostgreSQL has no such collation, whoever asks for
// its order is told so.
func TestPinyinWithoutICU(t *testing.T) {
	w := newWorld(t)
	w.DB.Control.MustExecContext(t.Context(), `DELETE FROM pg_collation WHERE collname = 'zh-x-icu'`)
	f := w.cat.Form("thing")
	s, _ := sqlgen.Env{}.List(query.List{Form: f, Order: []query.Order{{Field: f.Field("name"), Pinyin: true}}}, columns(f, "id"), 21)
	err := w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
		return c.Query(t.Context(), s.SQL, s.Args, func([]pg.Value) error { return nil })
	})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "ICU") {
		t.Errorf("%v, want INVALID", err)
	}
}
