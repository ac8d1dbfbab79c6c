package plan_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/cockroachdb/apd/v3"
)

// TestRandomAggregates compares what PostgreSQL answers to random aggregations, of
// all records and of the children of each of many, with a reading of the same in
// memory. FIELDWORK_RANDOM and FIELDWORK_SEED are those of TestRandomLists.
func TestRandomAggregates(t *testing.T) {
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
			f := cat.Form([]string{"thing", "part", "site"}[rnd.IntN(3)])
			a := r.askAggregate(f)
			var got []map[string]json.RawMessage
			r.decode(r.answer(plan.Aggregate(a.tree(), r.env())), &got)
			r.compareGroups(a, r.m.records[f.Key], got)
			r.savedRows(a)
			r.aggregateChildren(cat.Form("site").Field("things"))
			r.aggregateChildren(cat.Form("thing").Field([]string{"parts", "near", "near_to"}[rnd.IntN(3)]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// askedGroups is an aggregation with what it was made from.
type askedGroups struct {
	query.Aggregation
	filter        map[string]any
	groups, order []any
	typed         bool
}

func (a askedGroups) String() string {
	f, _ := json.Marshal(a.filter)
	g, _ := json.Marshal(a.groups)
	o, _ := json.Marshal(a.order)
	metrics := ""
	for _, m := range a.Metrics {
		metrics += " " + metricName(m)
	}
	return fmt.Sprintf("%s filter %s group by %s order %s metrics%s first %d", a.List.Form.Key, f, g, o, metrics, a.First)
}

func metricName(m query.Metric) string {
	if m.Field == nil {
		return string(m.Function)
	}
	return string(m.Function) + "(" + m.Field.Key + ")"
}

// told says whether records in memory have the field's value, and its order does
// not depend on the collation.
func told(x *form.Field) (known, ordered bool) {
	if x.System && x.Target == nil {
		return false, false
	}
	return true, x.SQLType() != "text" || x.Key == "code" || x.Key == "label" || x.Value.Name() == "CHOICE"
}

func (r *run) askAggregate(f *form.Form) askedGroups {
	a := askedGroups{filter: r.filter(f, 2, false), typed: r.face == query.Typed}
	a.List.Form, a.First = f, query.MaxGroups
	sorted := true
	for range r.IntN(4) {
		g, raw, ordered := r.group(f)
		if !slices.ContainsFunc(a.Groups, g.Same) {
			a.Groups, a.groups, sorted = append(a.Groups, g), append(a.groups, raw), sorted && ordered
		}
	}
	var metrics []query.Metric
	for _, x := range f.Own() {
		for _, fn := range []query.Function{query.CountDistinct, query.Sum, query.Avg, query.Min, query.Max, query.Median} {
			known, ordered := told(x)
			if known && fn.Of(x) && (ordered || fn != query.Min && fn != query.Max) {
				metrics = append(metrics, query.Metric{Function: fn, Field: x})
			}
		}
	}
	for range r.IntN(4) {
		a.Metric(metrics[r.IntN(len(metrics))])
	}
	if sorted { // else groups come in an order that only PostgreSQL knows
		a.First = []int{1, 3, query.MaxGroups}[r.IntN(3)]
		for range r.IntN(3) {
			o := map[string]any{"direction": []string{"ASC", "DESC"}[r.IntN(2)], "nulls": []string{"FIRST", "LAST"}[r.IntN(2)]}
			if i := r.IntN(len(a.groups) + 1); i < len(a.groups) {
				o["group"] = a.groups[i]
			} else {
				m := metrics[r.IntN(len(metrics))]
				o["function"], o["field"] = string(m.Function), m.Field.Key
				if a.typed {
					o["field"] = query.OrderName(m.Field)
				}
			}
			a.order = append(a.order, o)
		}
	}
	var errs [3]error
	a.List.Filter, errs[0] = query.ParseFilter(f, a.filter, r.face, r.m.now)
	parsed, err := query.ParseGroups(f, a.groups, r.face)
	errs[1] = err
	a.Order, errs[2] = query.ParseGroupOrder(f, parsed, a.order, r.face)
	if errs != [3]error{} || !slices.EqualFunc(parsed, a.Groups, query.Group.Same) {
		r.Fatalf("%s is read as %v: %v", a, parsed, errs)
	}
	return a
}

// group makes a key as a client of the face sends it, perhaps of a record that
// references lead to.
func (r *run) group(f *form.Form) (g query.Group, raw map[string]any, ordered bool) {
	if refs := references(f); len(refs) > 0 && len(g.Path) == 0 && r.IntN(3) == 0 {
		x := refs[r.IntN(len(refs))]
		g, raw, ordered = r.group(x.Target)
		g.Path = append([]*form.Field{x}, g.Path...)
		if len(g.Path) > query.MaxGroupPath {
			return r.group(f)
		}
		if r.face == query.Typed {
			return g, map[string]any{"of": map[string]any{x.Name: raw}}, ordered
		}
		raw["field"] = x.Key + "." + raw["field"].(string)
		return g, raw, ordered
	}
	for {
		all := query.Groupable(f)
		g.Field = all[r.IntN(len(all))]
		known, sorted := told(g.Field)
		if !known {
			continue
		}
		raw = map[string]any{"field": g.Field.Key}
		if r.face == query.Typed {
			raw["field"] = query.OrderName(g.Field)
		}
		if query.IsDay(g.Field) {
			g.By = query.Day
			if i := r.IntN(6); i < 5 {
				g.By = []query.DatePeriod{query.Day, query.Week, query.Month, query.Quarter, query.Year}[i]
				raw["by"] = string(g.By)
			}
		}
		return g, raw, sorted
	}
}

func references(f *form.Form) []*form.Field {
	return slices.DeleteFunc(query.Groupable(f), func(x *form.Field) bool { return !x.IsReference() || x.System })
}

// tree asks for everything that an aggregation has.
func (a askedGroups) tree() plan.Groups {
	items := []plan.GroupItem{{Name: "n", What: plan.Size{}}}
	for i, g := range a.Groups {
		item := plan.GroupItem{Name: "k" + strconv.Itoa(i), What: plan.Key{Index: i, Typed: a.typed}}
		if x := g.Field; x.Target != nil {
			object := plan.Object{Form: x.Target, Items: []plan.Item{{Name: "ID", What: plan.Value{Field: x.Target.Field("id")}}}}
			items = append(items, plan.GroupItem{Name: "r" + strconv.Itoa(i), What: plan.Nested{{Name: "of", What: plan.KeyRecord{Index: i, Object: object}}}})
		}
		items = append(items, item)
	}
	for i := range a.Metrics {
		items = append(items, plan.GroupItem{Name: "m" + strconv.Itoa(i), What: plan.Metric{Index: i}})
	}
	return plan.Groups{Query: a.Aggregation, Items: items}
}

// aggregateChildren asks for what the records behind a field come to, for some of
// the records that have it.
func (r *run) aggregateChildren(many *form.Field) {
	a, parents := r.askAggregate(many.Target), r.ask(many.Form)
	top := plan.Object{Form: many.Form, Items: []plan.Item{{Name: "ID", What: plan.Value{Field: many.Form.Field("id")}}, {Name: "Groups", What: plan.Aggregated{Many: many, Groups: a.tree()}}}}
	var got struct {
		Nodes []struct {
			ID     string
			Groups []map[string]json.RawMessage
		}
	}
	r.read(plan.List{Query: parents.List, Parts: []plan.Part{{Name: "Nodes", What: plan.Nodes{Object: top}}}}, &got)
	for _, n := range got.Nodes {
		id, _ := kind.ParseID(many.Form.Key, n.ID)
		r.compareGroups(a, r.m.childrenOf(r.m.find(many.Form.Key, id), many), n.Groups)
	}
}

// memoryGroup is a group in memory: its keys, canonical, and its records.
type memoryGroup struct {
	keys    []*string
	records []*record
}

func (r *run) compareGroups(a askedGroups, from []*record, got []map[string]json.RawMessage) {
	r.Helper()
	groups := r.m.groups(a, from)
	var want, have []string
	for _, g := range groups {
		want = append(want, r.m.showGroup(a, g))
	}
	for _, row := range got {
		have = append(have, r.showRow(a, row))
	}
	if a.sorted() {
		want = want[:min(len(want), a.First)]
	} else {
		slices.Sort(want)
		slices.Sort(have)
	}
	if !slices.Equal(have, want) {
		r.Fatalf("%s\n got %s\nwant %s", a, strings.Join(have, "\n     "), strings.Join(want, "\n     "))
	}
}

func (a askedGroups) sorted() bool {
	return !slices.ContainsFunc(a.Groups, func(g query.Group) bool { _, ordered := told(g.Field); return !ordered })
}

// showRow is a row of an answer in canonical text.
func (r *run) showRow(a askedGroups, row map[string]json.RawMessage) string {
	out := string(row["n"])
	for i, g := range a.Groups {
		k := "k" + strconv.Itoa(i)
		out += " " + k + "=" + r.shown(row[k], func(v string) string {
			switch {
			case g.Field.Target != nil:
				var of struct{ Of struct{ ID string } }
				if err := json.Unmarshal(row["r"+strconv.Itoa(i)], &of); err != nil || of.Of.ID != v {
					r.Fatalf("the record of key %s is %s", v, row["r"+strconv.Itoa(i)])
				}
				return v[strings.LastIndex(v, "_")+1:]
			case g.Field.IsChoice() && a.typed:
				return strings.ToLower(v)
			}
			return canonical(g.Field, v, g.By != "")
		})
	}
	for i, m := range a.Metrics {
		k := "m" + strconv.Itoa(i)
		out += " " + metricName(m) + "=" + r.shown(row[k], func(v string) string {
			switch m.Function {
			case query.CountDistinct:
				return v
			case query.Min, query.Max:
				return canonical(m.Field, v, false)
			}
			if m.Field.SQLType() == "interval" {
				return canonical(m.Field, v, false)
			}
			return reduced(v)
		})
	}
	return out
}

func (r *run) shown(raw json.RawMessage, of func(string) string) string {
	if string(raw) == "null" {
		return "null"
	}
	text := string(raw)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(raw, &text); err != nil {
			r.Fatal(err)
		}
	}
	return of(text)
}

// canonical makes equal values equal texts.
func canonical(x *form.Field, v string, period bool) string {
	switch name := x.Value.Name(); {
	case period:
		return v
	case name == "DATETIME":
		at, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			panic(err)
		}
		return strconv.FormatInt(at.UnixMicro(), 10)
	case name == "DURATION":
		return strconv.FormatInt(micros(v), 10)
	case x.SQLType() == "numeric", x.SQLType() == "bigint":
		return reduced(v)
	}
	return v
}

func reduced(v string) string {
	d, _, err := apd.NewFromString(v)
	if err != nil {
		panic(err)
	}
	d.Reduce(d)
	return d.Text('f')
}

// groups are the groups of records in memory, in their order when that is known.
func (m *memory) groups(a askedGroups, from []*record) []*memoryGroup {
	var out []*memoryGroup
	if len(a.Groups) == 0 {
		return []*memoryGroup{{records: m.list(from, a.filter, query.List{})}}
	}
	byKey := map[string]*memoryGroup{}
	for _, r := range m.list(from, a.filter, query.List{}) {
		for _, keys := range m.combinations(a.Groups, r) {
			name := ""
			for _, k := range keys {
				name += showKey(k) + "\x00"
			}
			if byKey[name] == nil {
				byKey[name] = &memoryGroup{keys: keys}
				out = append(out, byKey[name])
			}
			byKey[name].records = append(byKey[name].records, r)
		}
	}
	slices.SortFunc(out, func(x, y *memoryGroup) int { return m.groupsBefore(a, x, y) })
	return out
}

func showKey(k *string) string {
	if k == nil {
		return "null"
	}
	return *k
}

// combinations are the keys of every group that a record is in.
func (m *memory) combinations(groups []query.Group, r *record) [][]*string {
	out := [][]*string{nil}
	for _, g := range groups {
		to := r
		for _, ref := range g.Path {
			if to != nil {
				to = m.behind(to, ref)
			}
		}
		var next [][]*string
		for _, keys := range out {
			for _, k := range m.keysOf(g, to) {
				next = append(next, append(slices.Clone(keys), k))
			}
		}
		out = next
	}
	return out
}

// keysOf are the keys of a record: one, or one for each item of a list.
func (m *memory) keysOf(g query.Group, r *record) []*string {
	none, x := []*string{nil}, g.Field
	if r == nil {
		return none
	}
	var items []string
	switch v, ok := m.value(r, x); {
	case x.IsLinks():
		for _, id := range r.near {
			items = append(items, number(id))
		}
	case !ok:
	case x.SQLType() == "text[]":
		items = strings.Split(strings.Trim(v, "{}"), ",")
	case query.IsDay(x):
		if day, ok := startOf(g.By, x, v); ok {
			items = []string{day}
		}
	default:
		items = []string{canonical(x, v, false)}
	}
	if len(items) == 0 {
		return none
	}
	var out []*string
	for _, item := range items {
		out = append(out, &item)
	}
	return out
}

// startOf is the first day of the period that a day or moment is in, none where
// the calendar ends.
func startOf(by query.DatePeriod, x *form.Field, v string) (string, bool) {
	d, err := time.Parse(time.DateOnly, v)
	if x.Value.Name() == "DATETIME" {
		d, err = time.Parse(time.RFC3339Nano, v)
		d = d.In(x.Form.Catalog.Zone)
	}
	if err != nil {
		panic(err)
	}
	y, mo, day := d.Date()
	if y < 1 || y > 9999 {
		return "", false
	}
	switch by {
	case query.Week:
		day -= (int(d.Weekday()) + 6) % 7
	case query.Month:
		day = 1
	case query.Quarter:
		mo, day = (mo-1)/3*3+1, 1
	case query.Year:
		mo, day = 1, 1
	}
	return time.Date(y, mo, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), true
}

// groupsBefore orders two groups by an order and then by their keys.
func (m *memory) groupsBefore(a askedGroups, x, y *memoryGroup) int {
	if !a.sorted() {
		return 0
	}
	for _, o := range a.Order {
		var vx, vy *string
		var c func(p, q string) int
		if o.Group >= 0 {
			vx, vy, c = x.keys[o.Group], y.keys[o.Group], keyOrder(a.Groups[o.Group])
		} else {
			vx, vy, c = m.measure(o.Metric, x.records), m.measure(o.Metric, y.records), metricOrder(o.Metric)
		}
		if d := compareNull(vx, vy, c, o.Desc, o.NullsFirst); d != 0 {
			return d
		}
	}
	for i, g := range a.Groups {
		if d := compareNull(x.keys[i], y.keys[i], keyOrder(g), false, false); d != 0 {
			return d
		}
	}
	return 0
}

func compareNull(x, y *string, of func(p, q string) int, desc, nullsFirst bool) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil || y == nil:
		if (x == nil) == nullsFirst {
			return -1
		}
		return 1
	}
	d := of(*x, *y)
	if desc {
		return -d
	}
	return d
}

func keyOrder(g query.Group) func(p, q string) int {
	x := g.Field
	switch {
	case x.IsChoice():
		place := func(v string) int {
			return slices.IndexFunc(x.Options, func(o *form.Option) bool { return o.Key == v })
		}
		return func(p, q string) int { return place(p) - place(q) }
	case x.Target != nil || x.SQLType() == "numeric" || x.SQLType() == "bigint" || x.SQLType() == "interval":
		return byNumber
	}
	return strings.Compare
}

func byNumber(p, q string) int {
	return rat(p).Cmp(rat(q))
}

func rat(v string) *big.Rat {
	n, ok := new(big.Rat).SetString(v)
	if !ok {
		panic(v + " is not a number")
	}
	return n
}

// metricOrder compares canonical values of a metric.
func metricOrder(m query.Metric) func(p, q string) int {
	if t := m.Field.SQLType(); (m.Function == query.Min || m.Function == query.Max) && (t == "text" || t == "date") {
		return strings.Compare
	}
	return byNumber
}

func (m *memory) showGroup(a askedGroups, g *memoryGroup) string {
	out := strconv.Itoa(len(g.records))
	for i, k := range g.keys {
		out += fmt.Sprintf(" k%d=%s", i, showKey(k))
	}
	for _, metric := range a.Metrics {
		out += " " + metricName(metric) + "=" + showKey(m.measure(metric, g.records))
	}
	return out
}

// measure is a metric of records, in canonical text.
func (m *memory) measure(metric query.Metric, records []*record) *string {
	var values []string
	for _, r := range records {
		if v, ok := m.value(r, metric.Field); ok {
			values = append(values, canonical(metric.Field, v, false))
		}
	}
	text := func(s string) *string { return &s }
	if metric.Function == query.CountDistinct {
		slices.Sort(values)
		return text(strconv.Itoa(len(slices.Compact(values))))
	}
	if metric.Function == query.Sum {
		sum := new(big.Rat)
		for _, v := range values {
			sum.Add(sum, rat(v))
		}
		return text(reduced(sum.FloatString(kind.MaxScale)))
	}
	if len(values) == 0 {
		return nil
	}
	digits := kind.MaxScale
	if metric.Field.SQLType() == "interval" {
		digits = 0 // microseconds
	}
	slices.SortFunc(values, metricOrder(query.Metric{Function: query.Min, Field: metric.Field}))
	n := len(values)
	switch metric.Function {
	case query.Min:
		return &values[0]
	case query.Max:
		return &values[n-1]
	case query.Median:
		two := rat(values[(n-1)/2])
		two.Add(two, rat(values[n/2]))
		return text(reduced(two.Quo(two, big.NewRat(2, 1)).FloatString(digits)))
	}
	sum := new(big.Rat)
	for _, v := range values {
		sum.Add(sum, rat(v))
	}
	return text(reduced(sum.Quo(sum, big.NewRat(int64(n), 1)).FloatString(digits)))
}

func TestLengthsOfTime(t *testing.T) {
	for seconds, want := range map[string]string{
		"0": "PT0S", "0.000000": "PT0S", "1": "PT1S", "59.500000": "PT59.5S", "60": "PT1M", "3600": "PT1H", "86400": "P1D", "90061.000001": "P1DT1H1M1.000001S",
		"-1": "PT-1S", "-0.25": "PT-0.25S", "-86400": "P-1D", "-93600": "P-1DT-2H", "-60.5": "PT-1M-0.5S", "0.000001": "PT0.000001S", "86400.5": "P1DT0.5S",
		"8640000000000000000000000": "P100000000000000000000D",
	} {
		if got := string(plan.AppendLength(nil, seconds)); got != `"`+want+`"` {
			t.Errorf("%s seconds are %s, want %s", seconds, got, want)
		}
	}
}

// An aggregation costs a count of its list, its metrics, and its groups with the
// records that are their keys.
func TestCostOfAggregates(t *testing.T) {
	w := newWorld(t)
	groups := func(first int, metrics ...query.Metric) plan.Groups {
		a := query.Aggregation{List: query.List{Form: w.thing}, First: first, Metrics: metrics}
		if first > 0 {
			a.Groups = []query.Group{{Field: w.thing.Field("site")}}
		}
		return plan.Groups{Query: a, Items: []plan.GroupItem{{Name: "n", What: plan.Size{}}}}
	}
	site := plan.GroupItem{Name: "group", What: plan.Nested{{Name: "site", What: plan.KeyRecord{Object: object(w.site, referred(w.site, "zone", value(w.zone, "name")))}}}}
	size := w.thing.Field("size")
	metrics := []query.Metric{{Function: query.Sum, Field: size}, {Function: query.Median, Field: size}, {Function: query.CountDistinct, Field: size}}
	with := groups(50, metrics...)
	with.Items = append(with.Items, site)
	below := plan.List{Query: query.List{Form: w.site, First: 20}, Parts: []plan.Part{nodes(w.site, plan.Item{Name: "things", What: plan.Aggregated{Many: w.site.Field("things"), Groups: with}})}}
	for _, tt := range []struct {
		name      string
		got, want plan.Cost
	}{
		{"all records", groups(0).Cost(), 10 + 1},
		{"groups", groups(100).Cost(), 10 + 100},
		{"metrics", groups(0, metrics...).Cost(), 10 + 1 + 10 + 10 + 1},
		{"records as keys", with.Cost(), 10 + 21 + 50*(1+2)},
		{"below each of a page", below.Cost(), 1 + 20*(1+181)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}
