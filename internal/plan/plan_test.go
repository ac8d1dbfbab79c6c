package plan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is the organisation of every kind with short ways to say a tree.
type world struct {
	*orgtest.Org
	*testing.T
	cat                     *form.Catalog
	zone, site, thing, part *form.Form
}

func newWorld(t *testing.T) *world {
	t.Helper()
	o := orgtest.EveryKind(t)
	cat := o.Catalog(t)
	return &world{o, t, cat, cat.Form("zone"), cat.Form("site"), cat.Form("thing"), cat.Form("part")}
}

// value is an item that is called like its field.
func value(f *form.Form, key string) plan.Item {
	return plan.Item{Name: f.Field(key).Name, What: plan.Value{Field: f.Field(key)}}
}

func object(f *form.Form, items ...plan.Item) plan.Object { return plan.Object{Form: f, Items: items} }

func referred(f *form.Form, key string, items ...plan.Item) plan.Item {
	x := f.Field(key)
	return plan.Item{Name: x.Name, What: plan.Referred{Field: x, Object: object(x.Target, items...)}}
}

func connected(f *form.Form, key string, l plan.List) plan.Item {
	x := f.Field(key)
	l.Query.Form = x.Target
	return plan.Item{Name: x.Name, What: plan.Connected{Many: x, List: l}}
}

func nodes(f *form.Form, items ...plan.Item) plan.Part {
	return plan.Part{Name: "nodes", What: plan.Nodes{Object: object(f, items...)}}
}

var totalCount = plan.Part{Name: "totalCount", What: plan.TotalCount{}}

func info(parts ...plan.InfoPart) plan.Part {
	return plan.Part{Name: "pageInfo", What: plan.PageInfo{Parts: parts}}
}

func page(q query.List, parts ...plan.Part) *plan.Plan {
	if q.First == 0 {
		q.First = 2
	}
	return plan.PageByLevel(plan.List{Query: q, Parts: parts}, plan.Env{})
}

func first(n int, parts ...plan.Part) plan.List {
	return plan.List{Query: query.List{First: n}, Parts: parts}
}

// run answers a plan and says how many statements that took.
func (w *world) run(p *plan.Plan, ids ...int64) (*plan.Result, int) {
	w.Helper()
	var (
		res *plan.Result
		n   int
	)
	err := w.DB.As(w.Context(), w.cat.Role, func(c *pg.Conn) (err error) {
		if len(ids) > 0 {
			res, err = p.RunFor(w.Context(), c, ids)
		} else {
			res, err = p.Run(w.Context(), c)
		}
		n = c.Statements
		return err
	})
	if err != nil {
		w.Fatalf("%v\n%s", err, p.Explain())
	}
	return res, n
}

func (w *world) json(p *plan.Plan) string {
	w.Helper()
	res, _ := w.run(p)
	return string(res.Append(nil))
}

// trees are plans of every shape.
func (w *world) trees() map[string]*plan.Plan {
	open := query.Cmp{Field: w.thing.Field("state"), Op: "eq", Args: []string{"open"}}
	bySize := []query.Order{{Field: w.thing.Field("size"), Desc: true}, {Field: w.thing.Field("state")}}
	things := plan.List{Query: query.List{First: 5, Filter: open, Order: bySize}, Parts: []plan.Part{
		nodes(w.thing, value(w.thing, "name"), referred(w.thing, "lead", value(w.cat.Form("member"), "name")), connected(w.thing, "parts", first(3, nodes(w.part, value(w.part, "name")), totalCount)))}}
	cursor := plan.Part{Name: "edges", What: plan.Edges{Parts: []plan.EdgePart{{Name: "cursor", Cursor: true}}}}
	node := object(w.thing, value(w.thing, "name"))
	whole := plan.Part{Name: "edges", What: plan.Edges{Parts: []plan.EdgePart{{Name: "cursor", Cursor: true}, {Name: "node", Node: &node}}}}
	lead := func(fields ...string) plan.Item {
		var items []plan.Item
		for _, f := range fields {
			items = append(items, value(w.cat.Form("member"), f))
		}
		return referred(w.thing, "lead", items...)
	}
	more := connected(w.site, "things", first(3, nodes(w.thing, lead("email", "name"), referred(w.thing, "site", value(w.site, "name")))))
	more.Name = "more"
	led := object(w.site, connected(w.site, "things", first(2, nodes(w.thing, lead("name"), value(w.thing, "size")))), more)
	return map[string]*plan.Plan{
		"leads_together":             page(query.List{Form: w.site}, nodes(w.site, led.Items...)),
		"leads_together_in_one_trip": plan.RecordInOneTrip(w.site, 5, led, plan.Env{}),
		"nested":                     page(query.List{Form: w.site}, nodes(w.site, value(w.site, "name"), referred(w.site, "zone", value(w.zone, "name")), connected(w.site, "things", things))),
		"record":                     plan.RecordByLevel(w.thing, 5, object(w.thing, value(w.thing, "id"), value(w.thing, "amount_due"), referred(w.thing, "site", referred(w.site, "zone", value(w.zone, "rank")))), plan.Env{}),
		"record_in_one_trip":         plan.RecordInOneTrip(w.thing, 5, object(w.thing, value(w.thing, "id"), value(w.thing, "amount_due"), connected(w.thing, "parts", first(3, nodes(w.part, value(w.part, "price")), totalCount)), referred(w.thing, "site", referred(w.site, "zone", value(w.zone, "rank")))), plan.Env{}),
		"records":                    plan.Records(w.thing, object(w.thing, plan.Item{Name: "title", What: plan.Title{Language: "en"}}), plan.Env{}),
		"total_alone":                page(query.List{Form: w.thing, Filter: open, Order: bySize}, totalCount),
		"info_alone":                 page(query.List{Form: w.thing, Order: bySize}, info(plan.InfoPart{Name: "hasNextPage", Info: plan.HasNextPage}, plan.InfoPart{Name: "endCursor", Info: plan.EndCursor})),
		"cursors_alone":              page(query.List{Form: w.thing, Order: bySize}, cursor),
		"one_level_for_all":          page(query.List{Form: w.thing, Order: bySize}, nodes(w.thing, value(w.thing, "size")), whole, totalCount, info(plan.InfoPart{Name: "hasNextPage", Info: plan.HasNextPage})),
		"twice_with_other_pages":     page(query.List{Form: w.site}, nodes(w.site, connected(w.site, "things", first(1, totalCount)), connected(w.site, "things", first(9, nodes(w.thing, value(w.thing, "id")))))),
		"values":                     page(query.List{Form: w.part}, nodes(w.part, plan.Item{Name: "values", What: plan.Values{Fields: []*form.Field{w.part.Field("thing"), w.part.Field("price")}}}, value(w.part, "price"))),
	}
}

func TestExplain(t *testing.T) {
	w := newWorld(t)
	for name, p := range w.trees() {
		t.Run(name, func(t *testing.T) {
			pgtest.Golden(t, name+".sql", p.Explain())
			if n := strings.Count("\n"+p.Explain(), "\n-- level"); n != p.Statements() && p.Statements() != 1 {
				t.Errorf("%d levels are explained, %d counted", n, p.Statements())
			}
		})
	}
}

// TestStatementsDoNotDependOnRecords: a plan takes as many statements as it has
// levels, whether there is one record on each or hundreds.
func TestStatementsDoNotDependOnRecords(t *testing.T) {
	w := newWorld(t)
	trees := w.trees()
	for name, p := range trees {
		if _, n := w.run(p, 1, 2); n > p.Statements() {
			t.Errorf("%s of nothing takes %d statements of at most %d", name, n, p.Statements())
		}
	}
	if _, n := w.run(trees["nested"]); n != 1 {
		t.Errorf("a list without records asks %d times, though nothing can be below it", n)
	}
	for _, copies := range []int{1, 100} {
		w.populate(copies)
		for name, p := range trees {
			if _, n := w.run(p, 1, 2, 3, 4, 5, 6, 7); n != p.Statements() {
				t.Errorf("with %d copies %s takes %d statements, not %d", copies, name, n, p.Statements())
			}
		}
	}
}

// populate inserts n records of each form that refer to each other.
func (w *world) populate(n int) {
	w.Helper()
	for range n {
		zone := w.Insert(w.T, w.zone, map[string]string{"name": "north", "rank": "1"})[0]
		site := w.Insert(w.T, w.site, map[string]string{"name": "plant", "zone": number(zone)})[0]
		thing := map[string]string{"name": "pump", "serial": "1", "size": "3", "state": "open", "lead": "1", "site": number(site)}
		for _, id := range w.Insert(w.T, w.thing, thing, thing, thing, thing, thing) {
			w.Insert(w.T, w.part, map[string]string{"name": "nut", "thing": number(id)}, map[string]string{"name": "bolt", "thing": number(id)})
		}
	}
}

// TestLimitIsPerParent: one parent with many children starves no other, and
// those without any answer with an empty page.
func TestLimitIsPerParent(t *testing.T) {
	w := newWorld(t)
	const parents = query.MaxPage
	var want strings.Builder
	for i := range parents {
		id := w.Insert(t, w.thing, map[string]string{"serial": number(int64(i))})[0]
		n := map[int]int{0: 50, 1: 0, 2: 1, 3: 3, 4: 4}[i%50]
		var ids []string
		for range n {
			part := w.Insert(t, w.part, map[string]string{"thing": number(id)})[0]
			if len(ids) < 3 {
				ids = append(ids, fmt.Sprintf(`{"id":"part_%d"}`, part))
			}
		}
		fmt.Fprintf(&want, `,{"parts":{"nodes":[%s],"totalCount":%d,"pageInfo":{"more":%t}}}`, strings.Join(ids, ","), n, n > 3)
	}
	l := first(3, nodes(w.part, value(w.part, "id")), totalCount, info(plan.InfoPart{Name: "more", Info: plan.HasNextPage}))
	p := page(query.List{Form: w.thing, First: parents}, nodes(w.thing, connected(w.thing, "parts", l)))
	res, n := w.run(p)
	if got, want := string(res.Append(nil)), `{"nodes":[`+want.String()[1:]+`]}`; got != want || n != 3 {
		t.Errorf("in %d statements got\n%s\nwant\n%s", n, got, want)
	}
}

// TestARecordReferredToIsReadOnce, however many rows refer to it.
func TestARecordReferredToIsReadOnce(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.site, map[string]string{"name": "plant"}, map[string]string{"name": "store"})
	for i := range 60 {
		w.Insert(t, w.thing, map[string]string{"serial": "1", "site": number(int64(i%2 + 1))}, map[string]string{"serial": "2"})
	}
	p := page(query.List{Form: w.thing, First: query.MaxPage}, nodes(w.thing, referred(w.thing, "site", value(w.site, "name"))))
	res, _ := w.run(p)
	if got := [2]int{res.Rows("things"), res.Rows("things.site")}; got != [2]int{120, 2} {
		t.Errorf("read %v rows, want 120 things and 2 sites", got)
	}
	if got, want := string(res.Append(nil)), `{"nodes":[`+strings.Repeat(`,{"site":{"name":"plant"}},{"site":null},{"site":{"name":"store"}},{"site":null}`, 30)[1:]+`]}`; got != want {
		t.Errorf("got %s", got)
	}
}

// TestRecordsComeInAnyOrder: a plan of Records answers by number.
func TestRecordsComeInAnyOrder(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.thing, map[string]string{"serial": "10"}, map[string]string{"serial": "20"}, map[string]string{"serial": "30"})
	p := plan.Records(w.thing, object(w.thing, value(w.thing, "serial")), plan.Env{})
	res, n := w.run(p, 3, 99, 1, 3)
	for id, want := range map[int64]string{1: `{"serial":10}`, 3: `{"serial":30}`} {
		if got, ok := res.AppendOf(nil, id); !ok || string(got) != want {
			t.Errorf("%d: got %s, %t; want %s", id, got, ok, want)
		}
	}
	for _, id := range []int64{2, 99} { // not asked for; not there
		if got, ok := res.AppendOf([]byte("x"), id); ok || string(got) != "x" {
			t.Errorf("%d: got %s, %t; want nothing", id, got, ok)
		}
	}
	if n != 1 {
		t.Errorf("took %d statements", n)
	}
}

func TestRecordThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for _, id := range []int64{5, 0, -1} {
		res, n := w.run(plan.RecordByLevel(w.thing, id, object(w.thing, value(w.thing, "name"), referred(w.thing, "site", value(w.site, "id"))), plan.Env{}))
		if res.Found() || string(res.Append(nil)) != "null" || n != 1 {
			t.Errorf("%d: found %t, %s, %d statements", id, res.Found(), res.Append(nil), n)
		}
	}
}

// TestPlansAreReadOnly: a plan may be run by many at once.
func TestPlansAreReadOnly(t *testing.T) {
	w := newWorld(t)
	w.populate(3)
	p := w.trees()["nested"]
	want := w.json(p)
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			errs <- w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
				res, err := p.Run(t.Context(), c)
				if err == nil && string(res.Append(nil)) != want {
					err = errors.New("another answer")
				}
				return err
			})
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
