package plan_test

import (
	"encoding/json"
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
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// pools are the values of fields, few enough to meet often. Texts that are
// ordered have letters from a to z only, on whose order all collations agree.
var pools = map[string][]string{
	"name":     {"Example Steel", "example steel", "EXAMPLE", "100%", "100", "a_b", "aXb", `back\slash`, `'quote"`, "大客户", "大客", "客户 🏭", "重庆钢铁 Café", "KA-0042", "NULL", " padded ", "{a,b}", "tab\tand\nline"},
	"code":     {"a", "ab", "abc", "b", "ba", "z", "zz"},
	"label":    {"x", "ax", "abx", "bax", "zx", "zzx"},
	"body":     {"long\ntext", "Long", "大客户分工", "%"},
	"state":    {"open", "in_work", "done", "lost"},
	"BOOLEAN":  {"true", "false"},
	"EMAIL":    {"olga@acme.example", "m0@acme.example", "m2@acme.example"},
	"PHONE":    {"+442079460001", "+862161234567"},
	"RATING":   {"1", "5"},
	"PROGRESS": {"0", "100"},
	"INTEGER":  {"-9007199254740991", "-2", "-1", "0", "1", "2", "3", "10", "9007199254740991"},
	"DECIMAL":  {"-1.5", "0", "0.00", "0.1", "0.10", "2", "10", "99999999999999999999.999999999999"},
	"DURATION": {"P1D", "PT36H", "PT0S", "P-1D", "PT-2S"},
	"DATE":     {"0001-01-01", "2025-12-31", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-30", "9999-12-31"},
	"DATETIME": {"0001-01-01T00:00:00Z", "2026-11-23T15:59:59.999999Z", "2026-11-23T16:00:00Z", "2026-11-24T03:00:00Z", "2026-11-24T16:00:00Z", "9999-12-31T23:59:59.999999Z"},
}

func pool(x *form.Field) []string {
	if p, ok := pools[x.Key]; ok {
		return p
	}
	switch x.Value.Name() {
	case "TEXT", "LONG_TEXT":
		return pools["name"]
	case "AUTO_NUMBER":
		return pools["code"]
	case "MONEY", "PERCENT":
		return pools["DECIMAL"]
	case "CHOICE", "MULTI_CHOICE":
		var keys []string
		for _, o := range x.Options {
			keys = append(keys, o.Key)
		}
		return keys
	}
	return pools[x.Value.Name()]
}

// fill inserts random records into an organisation of every kind, about a fifth
// of the fields empty and a tenth of the records archived.
func fill(t *testing.T, o *orgtest.Org, cat *form.Catalog, rnd *rand.Rand) *memory {
	t.Helper()
	m := &memory{records: map[string][]*record{}, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	m.records["member"] = []*record{{form: cat.Form("member"), id: 1, values: map[string]string{"name": "Olga", "email": "olga@acme.example", "status": "active"}}}
	for _, of := range []struct {
		form string
		n    int
	}{{"member", 3}, {"zone", 4}, {"site", 8}, {"thing", 60}, {"part", 120}} {
		f := cat.Form(of.form)
		for i := range of.n {
			r := &record{form: f, values: map[string]string{}}
			for _, x := range f.Own() {
				if v, ok := m.draw(f, x, i, rnd); ok {
					r.values[x.Key] = v
				}
			}
			r.id = o.Insert(t, f, r.values)[0]
			r.archived = rnd.IntN(10) == 0
			m.records[f.Key] = append(m.records[f.Key], r)
		}
	}
	m.link(t, o, cat, rnd)
	m.archive(t, o, cat)
	return m
}

// draw makes a value of a field, none when it is to be empty.
func (m *memory) draw(f *form.Form, x *form.Field, i int, rnd *rand.Rand) (string, bool) {
	switch {
	case x.Key == "email":
		return "m" + strconv.Itoa(i) + "@acme.example", true
	case x.Key == "status":
		return "active", true
	case x.Kind.Column() == "" || !x.Required && rnd.IntN(5) == 0:
		return "", false
	case f.Key == "member" && x.Key != "name":
		return "", false
	case x.Target != nil:
		all := m.records[x.Target.Key]
		return number(all[rnd.IntN(len(all))].id), true
	}
	p := pool(x)
	if x.Value.Name() == "MULTI_CHOICE" {
		p = slices.DeleteFunc(p, func(string) bool { return rnd.IntN(2) == 0 })
		return "{" + strings.Join(p, ",") + "}", len(p) > 0
	}
	return p[rnd.IntN(len(p))], true
}

func (m *memory) archive(t *testing.T, o *orgtest.Org, cat *form.Catalog) {
	t.Helper()
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		for _, records := range m.records {
			for _, r := range records {
				if r.archived {
					s := sqlgen.Env{}.SetArchived(r.form, r.id, 1, true, nil)
					if n, err := c.Exec(t.Context(), s.SQL, s.Args); err != nil || n != 1 {
						t.Errorf("archived %d records: %v", n, err)
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

// generator makes filters and orders as clients of a face send them.
type generator struct {
	*rand.Rand
	face query.Face
	m    *memory
}

func (g *generator) name(x *form.Field) string {
	if g.face == query.Typed {
		return x.Name
	}
	return x.Key
}

// filter makes a filter on records of f. behind says whether it stands behind a
// reference, where isNull may ask for the record itself.
func (g *generator) filter(f *form.Form, depth int, behind bool) map[string]any {
	out := map[string]any{}
	for range g.IntN(3) + g.IntN(2) {
		switch n := g.IntN(12); {
		case n < 2 && depth > 0:
			parts := make([]any, g.IntN(3))
			for i := range parts {
				parts[i] = g.filter(f, depth-1, behind)
			}
			out[[]string{"and", "or"}[n]] = parts
		case n == 2 && depth > 0:
			out["not"] = g.filter(f, depth-1, behind)
		case n == 3 && behind:
			out["isNull"] = g.IntN(2) == 0
		default:
			g.condition(f, depth, out)
		}
	}
	return out
}

func (g *generator) condition(f *form.Form, depth int, out map[string]any) {
	fields := append([]*form.Field{f.Field("id"), f.Field("archived_at"), f.Field("created_by")}, f.Own()...)
	x := fields[g.IntN(len(fields))]
	switch {
	case x.IsMany() && depth > 0:
		inner := map[string]any{}
		if x.IsLinks() && g.IntN(2) == 0 {
			id := func() any { return kind.ID(x.Target.Key, 1+g.Int64N(60)) }
			switch g.IntN(4) {
			case 0:
				inner["isNull"] = g.IntN(2) == 0
			case 1:
				inner["has"] = id()
			case 2:
				inner["hasAny"] = []any{id(), id(), id()}[:g.IntN(4)]
			case 3:
				inner["hasAll"] = []any{id(), id()}[:g.IntN(3)]
			}
		}
		for _, which := range []string{"some", "none", "every"} {
			if g.IntN(2) == 0 {
				inner[which] = g.filter(x.Target, depth-1, false)
			}
		}
		out[g.name(x)] = inner
	case x.IsReference() && depth > 0:
		out[g.name(x)] = g.filter(x.Target, depth-1, true)
	case x.Target == nil || x.IsID():
		ops := map[string]any{}
		for range 1 + g.IntN(2) {
			op := g.operator(x)
			ops[string(op)] = g.argument(x, op)
		}
		out[g.name(x)] = ops
	}
}

// operator picks one whose answer does not depend on the collation.
func (g *generator) operator(x *form.Field) kind.Op {
	ops := x.Value.Operators()
	if x.Key == "archived_at" {
		return kind.IsNull
	}
	if x.IsID() {
		ops = []kind.Op{kind.Eq, kind.Ne, kind.In, kind.NotIn, kind.IsNull}
	}
	for {
		switch op := ops[g.IntN(len(ops))]; op {
		case kind.Lt, kind.Lte, kind.Gt, kind.Gte, kind.Between:
			if x.Value.Column() != "text" || x.Key == "code" || x.Key == "label" {
				return op
			}
		default:
			return op
		}
	}
}

func (g *generator) argument(x *form.Field, op kind.Op) any {
	switch op {
	case kind.IsNull:
		return g.IntN(2) == 0
	case kind.During:
		return kind.Periods()[g.IntN(len(kind.Periods()))]
	case kind.In, kind.NotIn, kind.HasAny, kind.HasAll:
		out := make([]any, g.IntN(4))
		for i := range out {
			out[i] = g.value(x)
		}
		return out
	case kind.Between:
		return []any{g.value(x), g.value(x)}
	case kind.Contains, kind.StartsWith, kind.EndsWith:
		s := []rune(g.value(x).(string))
		from := g.IntN(len(s) + 1)
		return string(s[from : from+g.IntN(len(s)-from+1)])
	}
	return g.value(x)
}

// value makes a value to compare with, as JSON has it.
func (g *generator) value(x *form.Field) any {
	if x.IsID() {
		return kind.ID(x.Form.Key, 1+g.Int64N(20))
	}
	p := pool(x)
	if len(p) == 0 {
		panic("no values for " + x.Form.Key + "." + x.Key)
	}
	v := p[g.IntN(len(p))]
	switch {
	case x.Value.Name() == "BOOLEAN":
		return v == "true"
	case x.Value.Form() == kind.AsIs:
		return json.Number(v)
	case x.IsChoice() && g.face == query.Typed:
		o, _ := x.Settings.Option(v)
		return o.Enum
	}
	return v
}

// order makes an order by up to three fields, of the records or of those behind
// references.
func (g *generator) order(f *form.Form) []any {
	out := []any{}
	for range g.IntN(4) {
		out = append(out, g.orderKey(f, 3))
	}
	return out
}

func (g *generator) orderKey(f *form.Form, steps int) map[string]any {
	var fields, refs []*form.Field
	for _, x := range query.Orderable(f) {
		if x.IsReference() && g.m.records[x.Target.Key] != nil {
			refs = append(refs, x)
		}
		if x.Key == "code" || x.Key == "label" || x.Value.Column() != "text" && x.Value.Name() != "DATETIME" || x.Key == "seen_at" || x.Value.Name() == "CHOICE" {
			fields = append(fields, x)
		}
	}
	if steps > 0 && len(refs) > 0 && g.IntN(3) == 0 {
		ref := refs[g.IntN(len(refs))]
		o := g.orderKey(ref.Target, steps-1)
		if g.face == query.Typed {
			return map[string]any{"of": map[string]any{ref.Name: o}}
		}
		o["field"] = ref.Key + "." + o["field"].(string)
		return o
	}
	x := fields[g.IntN(len(fields))]
	name := x.Key
	if g.face == query.Typed {
		name = query.OrderName(x)
	}
	o := map[string]any{"field": name}
	if g.IntN(2) == 0 {
		o["direction"] = []string{"ASC", "DESC"}[g.IntN(2)]
	}
	if g.IntN(2) == 0 {
		o["nulls"] = []string{"FIRST", "LAST"}[g.IntN(2)]
	}
	if (x.Key == "code" || x.Key == "label") && g.IntN(3) == 0 { // letters from a to z come in one order only
		o["collation"] = "PINYIN"
	}
	return o
}
