package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
)

// TestWalkingByText: how texts are ordered is up to the database's collation, so
// page by page is compared with PostgreSQL's own order of all. Long texts that
// begin alike are the same to an order, and their cursors stay short.
func TestWalkingByText(t *testing.T) {
	o := orgtest.EveryKind(t)
	cat := o.Catalog(t)
	f := cat.Form("thing")
	texts := []string{"a", "A", "á", "á", "ä", "b", "B", "Z", "z", "10", "9", "-1", " a", "_", "%", `\`, `'`, `"`, "大客户", "大客", "客户", "分工", "🏭", "ß", "ss", "\u2028", "a\nb", "é"}
	start := strings.Repeat("大", 500)
	texts = append(texts, start, start+"b", start+"a", strings.Repeat("长", 100_000), strings.Repeat("长", 99_999)+"a")
	for i, s := range texts {
		r := map[string]string{"serial": number(int64(i)), "body": s}
		if len(s) < 200 {
			r["name"] = s
		}
		o.Insert(t, f, r)
	}
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		r := &run{T: t, c: c}
		for _, key := range []string{"name", "body"} {
			for i := range 4 {
				a := asked{}
				a.Form, a.First, a.Order = f, 1+i%3, []query.Order{{Field: f.Field(key), Desc: i&1 == 1, NullsFirst: i&2 == 2}}
				q := "SELECT id FROM " + f.Table() + " ORDER BY " + map[string]string{"name": "name", "body": "substr(body, 1, 500)"}[key] +
					[]string{" ASC NULLS LAST, id", " DESC NULLS LAST, id DESC", " ASC NULLS FIRST, id", " DESC NULLS FIRST, id DESC"}[i]
				var want []string
				if err := c.Query(t.Context(), q, nil, func(v []pg.Value) error { want = append(want, fmt.Sprintf("thing_%d", v[0])); return nil }); err != nil {
					return err
				}
				for _, back := range []bool{false, true} {
					if got := r.walk(a, back); !slices.Equal(got, want) {
						t.Errorf("by %s, back %t:\n got %q\nwant %q", q, back, got, want)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
