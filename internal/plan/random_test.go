package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

// TestRandomLists compares what PostgreSQL answers to random filters, orders and
// pages with a reading of the same in memory. FIELDWORK_RANDOM=n runs n cases,
// FIELDWORK_SEED=n the cases of a run that failed, which names its seed.
func TestRandomLists(t *testing.T) {
	cases, seed := setting(t, "FIELDWORK_RANDOM", 120), setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	o := orgtest.EveryKind(t)
	cat := addComputed(t, o)
	m := fill(t, o, cat, rand.New(rand.NewPCG(uint64(seed), 0)))
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		for i := 1; i <= cases && !t.Failed(); i++ {
			rnd := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
			g := &generator{Rand: rnd, face: []query.Face{query.Typed, query.Generic}[rnd.IntN(2)], m: m}
			m.face = g.face
			r := &run{T: t, generator: g, c: c}
			r.lists(cat.Form([]string{"thing", "part", "site"}[rnd.IntN(3)]))
			r.children(cat)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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

// run is one case.
type run struct {
	*testing.T
	*generator
	c *pg.Conn
}

// asked is a list with what it was made from, for comparing and for messages.
type asked struct {
	query.List
	filter map[string]any
	order  []any
}

func (r *run) ask(f *form.Form) asked {
	a := asked{filter: r.filter(f, 3, false), order: r.order(f)}
	a.Form, a.First = f, []int{1, 2, 3, 7, query.MaxPage}[r.IntN(5)]
	var err1, err2 error
	a.Filter, err1 = query.ParseFilter(f, a.filter, r.face, r.m.now)
	a.Order, err2 = query.ParseOrder(f, a.order, r.face)
	err3 := a.For(r.search(f))
	if err1 != nil || err2 != nil || err3 != nil {
		r.Fatalf("%s is refused: %v, %v, %v", a, err1, err2, err3)
	}
	return a
}

func (a asked) String() string {
	f, _ := json.Marshal(a.filter)
	o, _ := json.Marshal(a.order)
	return a.Form.Key + " filter " + string(f) + " order " + string(o) + " search " + strconv.Quote(a.Search) + " pages of " + strconv.Itoa(a.First)
}

// answer is a connection as clients read it.
type answer struct {
	Nodes []struct{ ID string }
	Edges []struct {
		Cursor string
		Node   struct{ ID string }
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
	TotalCount int
}

func (p answer) ids() []string {
	out := []string{}
	for _, n := range p.Nodes {
		out = append(out, n.ID)
	}
	return out
}

// everything are the parts of a connection that answer holds.
func everything(f *form.Form) []plan.Part {
	id := plan.Object{Form: f, Items: []plan.Item{{Name: "ID", What: plan.Value{Field: f.Field("id")}}}}
	return []plan.Part{
		{Name: "Nodes", What: plan.Nodes{Object: id}},
		{Name: "Edges", What: plan.Edges{Parts: []plan.EdgePart{{Name: "Cursor", Cursor: true}, {Name: "Node", Node: &id}}}},
		{Name: "PageInfo", What: plan.PageInfo{Parts: []plan.InfoPart{{Name: "HasNextPage", Info: plan.HasNextPage}, {Name: "HasPreviousPage", Info: plan.HasPreviousPage},
			{Name: "StartCursor", Info: plan.StartCursor}, {Name: "EndCursor", Info: plan.EndCursor}}}},
		{Name: "TotalCount", What: plan.TotalCount{}},
	}
}

// read answers a list into v, in both ways that a plan can travel.
func (r *run) read(l plan.List, v any) {
	r.Helper()
	answer := r.answer(plan.PageByLevel(l, r.env()))
	if trip := r.answer(plan.PageInOneTrip(l, r.env())); trip != answer {
		r.Fatalf("by level %s\nin one trip %s\n%s", answer, trip, plan.PageInOneTrip(l, r.env()).Explain())
	}
	r.decode(answer, v)
}

func (r *run) answer(p *plan.Plan) string {
	r.Helper()
	res, err := p.Run(r.Context(), r.c)
	if err != nil {
		r.Fatalf("%v\n%s", err, p.Explain())
	}
	defer res.Free()
	return string(res.Append(nil))
}

func (r *run) decode(answer string, v any) {
	r.Helper()
	if err := json.Unmarshal([]byte(answer), v); err != nil {
		r.Fatalf("%v in %s", err, answer)
	}
}

// env is the moment that records in memory are read at.
func (r *run) env() plan.Env {
	if r.generator == nil {
		return plan.Env{}
	}
	return plan.Env{Now: r.m.now}
}

func (r *run) page(l query.List) answer {
	r.Helper()
	var p answer
	r.read(plan.List{Query: l, Parts: everything(l.Form)}, &p)
	r.check(p, l)
	return p
}

// check holds what is true of every page.
func (r *run) check(p answer, l query.List) {
	r.Helper()
	ids := p.ids()
	ok := len(ids) == len(p.Edges) && len(ids) <= l.First && (len(ids) > 0) == (p.PageInfo.StartCursor != nil) && (len(ids) > 0) == (p.PageInfo.EndCursor != nil)
	for i, e := range p.Edges {
		ok = ok && e.Node.ID == ids[i]
	}
	if ok && len(ids) > 0 {
		ok = *p.PageInfo.StartCursor == p.Edges[0].Cursor && *p.PageInfo.EndCursor == p.Edges[len(ids)-1].Cursor
	}
	if !ok {
		r.Errorf("the page is at odds with itself: %+v", p)
	}
}

func ids(records []*record) []string {
	out := []string{}
	for _, r := range records {
		out = append(out, kind.ID(r.form.Key, r.id))
	}
	return out
}

// lists walks a random list forward and backward, page by page, and from places
// in its middle.
func (r *run) lists(f *form.Form) {
	a := r.ask(f)
	want := ids(r.m.list(r.m.records[f.Key], a.filter, a.List))
	forward, backward := r.walk(a, false), r.walk(a, true)
	for name, got := range map[string][]string{"forward": forward, "backward": backward} {
		if !slices.Equal(got, want) {
			r.Fatalf("%s\n%s: %q\nwant: %q", a, name, got, want)
		}
	}
	l := a.List
	l.Offset = r.IntN(len(want) + 2)
	p := r.page(l)
	if from := min(l.Offset, len(want)); !slices.Equal(p.ids(), want[from:min(from+l.First, len(want))]) || p.TotalCount != len(want) || p.PageInfo.HasPreviousPage != (l.Offset > 0) {
		r.Fatalf("%s\nfrom %d: %+v\nwant: %q", a, l.Offset, p, want)
	}
	if len(p.Edges) == 0 {
		return
	}
	i := r.IntN(len(p.Edges)) // any record's cursor is a place to read from, both ways
	at := l.Offset + i
	l.Offset, l.Cursor = 0, r.cursor(a, p.Edges[i].Cursor)
	after := r.page(l)
	l.Back = true
	before := r.page(l)
	if !slices.Equal(after.ids(), want[at+1:min(at+1+l.First, len(want))]) || !slices.Equal(before.ids(), want[max(0, at-l.First):at]) {
		r.Fatalf("%s\nafter %s: %q\nbefore it: %q\nof: %q", a, want[at], after.ids(), before.ids(), want)
	}
}

func (r *run) cursor(a asked, text string) *query.Cursor {
	c, err := query.DecodeCursor(a.Order, text)
	if err != nil {
		r.Fatalf("%s: %v", a, err)
	}
	return c
}

// walk reads all pages from one end to the other and returns the ids in the
// order of the list.
func (r *run) walk(a asked, back bool) []string {
	l := a.List
	l.Back = back
	out := []string{}
	for pages := 0; ; pages++ {
		p := r.page(l)
		more, came := p.PageInfo.HasNextPage, p.PageInfo.HasPreviousPage
		next := p.PageInfo.EndCursor
		if back {
			out = append(p.ids(), out...)
			more, came, next = came, more, p.PageInfo.StartCursor
		} else {
			out = append(out, p.ids()...)
		}
		if came != (pages > 0) || len(out) > p.TotalCount || !more && len(out) != p.TotalCount {
			r.Fatalf("%s\npage %d, back %t: %+v", a, pages, back, p)
		}
		if !more {
			return out
		}
		if len(p.Edges) != l.First {
			r.Fatalf("%s\na page of %d, though more follow", a, len(p.Edges))
		}
		l.Cursor = r.cursor(a, *next)
	}
}

// children reads sites with a page of their things, each with a page of its
// parts and the records it refers to.
func (r *run) children(cat *form.Catalog) {
	site, thing := cat.Form("site"), cat.Form("thing")
	sites, things, parts := r.ask(site), r.ask(thing), r.ask(cat.Form("part"))
	for _, a := range []*asked{&things, &parts} {
		a.First, a.Back = 1+r.IntN(4), r.IntN(3) == 0
	}
	var from *record // the place of a cursor in things
	if r.IntN(2) == 0 {
		if p := r.page(things.List); len(p.Edges) > 0 {
			e := p.Edges[r.IntN(len(p.Edges))]
			n, _ := kind.ParseID("thing", e.Node.ID)
			from, things.Cursor = r.m.find("thing", n), r.cursor(things, e.Cursor)
		}
	}
	ref := func(f *form.Form, key string, items ...plan.Item) plan.Item {
		x := f.Field(key)
		return plan.Item{Name: key, What: plan.Referred{Field: x, Object: plan.Object{Form: x.Target, Items: append(items, plan.Item{Name: "ID", What: plan.Value{Field: x.Target.Field("id")}})}}}
	}
	below := plan.Object{Form: thing, Items: []plan.Item{
		ref(thing, "site", ref(site, "zone")), ref(thing, "lead"),
		{Name: "parts", What: plan.Connected{Many: thing.Field("parts"), List: plan.List{Query: parts.List, Parts: everything(parts.Form)}}},
	}}
	top := plan.Object{Form: site, Items: []plan.Item{
		{Name: "ID", What: plan.Value{Field: site.Field("id")}},
		{Name: "things", What: plan.Connected{Many: site.Field("things"), List: plan.List{Query: things.List, Parts: append(everything(thing), plan.Part{Name: "More", What: plan.Nodes{Object: below}})}}},
	}}
	var got, want any
	var typed struct{ Nodes []struct{ Things answer } }
	tree := plan.List{Query: sites.List, Parts: []plan.Part{{Name: "Nodes", What: plan.Nodes{Object: top}}}}
	r.read(tree, &got)
	r.read(tree, &typed)
	for _, n := range typed.Nodes {
		r.check(n.Things, things.List)
	}
	all := r.m.list(r.m.records["site"], sites.filter, sites.List)
	want = map[string]any{"Nodes": r.want(all[:min(len(all), sites.First)], func(s *record) map[string]any {
		return map[string]any{"ID": kind.ID("site", s.id), "things": r.wantPage(things, r.m.childrenOf(s, site.Field("things")), from, func(th *record) map[string]any {
			return map[string]any{"site": r.wantRef(th, "site", "zone"), "lead": r.wantRef(th, "lead"),
				"parts": r.wantPage(parts, r.m.childrenOf(th, thing.Field("parts")), nil, nil)}
		})}
	})}
	if strip(got); !reflect.DeepEqual(got, want) {
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		r.Fatalf("%s\n%s from %v, back %t\n%s back %t\n got %s\nwant %s", sites, things, from, things.Back, parts, parts.Back, g, w)
	}
}

func (r *run) want(records []*record, node func(*record) map[string]any) []any {
	out := []any{}
	for _, rec := range records {
		out = append(out, node(rec))
	}
	return out
}

func (r *run) wantRef(rec *record, key string, next ...string) any {
	to := r.m.behind(rec, rec.form.Field(key))
	if to == nil {
		return nil
	}
	out := map[string]any{"ID": kind.ID(to.form.Key, to.id)}
	if len(next) > 0 {
		out[next[0]] = r.wantRef(to, next[0], next[1:]...)
	}
	return out
}

// wantPage is the page of one parent, from the place of a record on, without
// cursors.
func (r *run) wantPage(a asked, of []*record, from *record, more func(*record) map[string]any) any {
	all := r.m.list(of, a.filter, a.List)
	rest := all
	if from != nil {
		rest = slices.DeleteFunc(slices.Clone(all), func(c *record) bool {
			side := r.m.before(a.List, c, from)
			return side == 0 || (side > 0) == a.Back
		})
	}
	n := min(len(rest), a.First)
	cut := rest[:n]
	if a.Back {
		cut = rest[len(rest)-n:]
	}
	id := func(c *record) map[string]any { return map[string]any{"ID": kind.ID(c.form.Key, c.id)} }
	more1, more2 := len(rest) > n, from != nil
	if a.Back {
		more1, more2 = more2, more1
	}
	out := map[string]any{"Nodes": r.want(cut, id), "Edges": r.want(cut, func(c *record) map[string]any { return map[string]any{"Node": id(c)} }),
		"PageInfo": map[string]any{"HasNextPage": more1, "HasPreviousPage": more2}, "TotalCount": float64(len(all))}
	if more != nil {
		out["More"] = r.want(cut, more)
	}
	return out
}

// strip takes cursors, which are opaque, out of an answer.
func strip(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			strip(e)
		}
	case map[string]any:
		for _, name := range []string{"Cursor", "StartCursor", "EndCursor"} {
			delete(v, name)
		}
		for _, e := range v {
			strip(e)
		}
	}
}
