package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

// Values that another package makes are asked for once for all records of a level,
// each record once, and not at all where there are none.
func TestValuesFromOutside(t *testing.T) {
	w := newWorld(t)
	sites := w.Insert(t, w.site, map[string]string{"name": "a"}, map[string]string{"name": "b"})
	for i, site := range []int64{sites[0], sites[0], sites[1], 0} {
		r := map[string]string{"serial": fmt.Sprint(i)}
		if site != 0 {
			r["site"] = fmt.Sprint(site)
		}
		w.Insert(t, w.thing, r)
	}
	var asked [][]int64
	score := plan.Item{Name: "score", What: plan.Outside{Name: "score", Each: 3, Make: func(_ context.Context, _ *pg.Conn, ids []int64) (map[int64][]byte, error) {
		asked = append(asked, slices.Sorted(slices.Values(ids)))
		return map[int64][]byte{sites[0]: []byte(`{"of":1}`)}, nil
	}}}
	tree := plan.List{Query: query.List{Form: w.thing, First: 10}, Parts: []plan.Part{nodes(w.thing, referred(w.thing, "site", score, value(w.site, "name")))}}
	if got := tree.Cost(); got != 51 {
		t.Errorf("the cost is %d", got)
	}
	run := func(p *plan.Plan) (out string, err error) {
		err = w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
			res, err := p.Run(t.Context(), c)
			if err == nil {
				out = string(res.Append(nil))
				res.Free()
			}
			return err
		})
		return out, err
	}
	const want = `{"nodes":[{"site":{"score":{"of":1},"name":"a"}},{"site":{"score":{"of":1},"name":"a"}},{"site":{"score":null,"name":"b"}},{"site":null}]}`
	p := plan.Page(tree, plan.Env{})
	for range 2 { // the second uses the room of the first
		asked = nil
		if got, err := run(p); err != nil || got != want || len(asked) != 1 || !slices.Equal(asked[0], sites) {
			t.Fatalf("%v %s\nwant %s\nasked for %v", err, got, want, asked)
		}
	}
	if text := p.Explain(); !strings.Contains(text, "things.site.score, for the rows of level 1\n-- made of the numbers") {
		t.Errorf("it explains itself as %s", text)
	}
	asked = nil
	none := plan.List{Query: query.List{Form: w.part, First: 10}, Parts: []plan.Part{nodes(w.part, referred(w.part, "thing", referred(w.thing, "site", score)))}}
	if got, err := run(plan.Page(none, plan.Env{})); err != nil || got != `{"nodes":[]}` || asked != nil {
		t.Errorf("of no records: %v %s, asked for %v", err, got, asked)
	}
	broken := errors.New("broken")
	bad := plan.Item{Name: "x", What: plan.Outside{Name: "x", Make: func(context.Context, *pg.Conn, []int64) (map[int64][]byte, error) { return nil, broken }}}
	if _, err := run(plan.Record(w.site, sites[0], object(w.site, bad), plan.Env{})); !errors.Is(err, broken) {
		t.Errorf("an error is %v", err)
	}
}
