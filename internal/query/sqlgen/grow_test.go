package sqlgen_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// The forms of random expressions, each with a field of every type:
//
//	land <- town <- shop <- sale     references, with children the other way
//	        shop.near                links to shops, with the other side shop.near_to
//	        sale.towns               links to towns
//	        shop.lead                a member
//
// The options of land are other ones.
var (
	forms  = []string{"land", "town", "shop", "sale"}
	counts = map[string]int{"land": 4, "town": 7, "shop": 15, "sale": 60}
)

func ptr[T any](v T) *T { return &v }

func addForms(t testing.TB, o *orgtest.Org) *form.Catalog {
	t.Helper()
	basic := func(options ...string) []form.NewField {
		var opts []form.NewOption
		for _, k := range options {
			opts = append(opts, form.NewOption{Key: k, Labels: form.Label{"en": k}})
		}
		out := []form.NewField{{Key: "state", Kind: "CHOICE", Settings: form.SettingsInput{Options: opts}}, {Key: "tags", Kind: "MULTI_CHOICE", Settings: form.SettingsInput{Options: opts}}}
		for _, f := range [][2]string{{"name", "TEXT"}, {"code", "TEXT"}, {"note", "LONG_TEXT"}, {"size", "INTEGER"}, {"stars", "RATING"}, {"rate", "DECIMAL"}, {"price", "MONEY"}, {"share", "PERCENT"},
			{"open", "BOOLEAN"}, {"due", "DATE"}, {"seen", "DATETIME"}, {"took", "DURATION"}} {
			out = append(out, form.NewField{Key: f[0], Kind: f[1]})
		}
		return out
	}
	refer := func(kind, key, to, inverse string) form.NewField {
		s := form.SettingsInput{To: &to, Inverse: &inverse}
		if kind == "MEMBER" {
			s.To = nil
		}
		return form.NewField{Key: key, Kind: kind, Settings: s}
	}
	const a, b, c, d = "a", "b", "long_key", "x"
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "land", Fields: basic(d, c)},
		form.NewForm{Key: "town", Fields: append(basic(a, b, c, d), refer("REFERENCE", "land", "land", "towns"))},
		form.NewForm{Key: "shop", Fields: append(basic(a, b, c, d), refer("REFERENCE", "town", "town", "shops"), refer("REFERENCES", "near", "shop", "near_to"), refer("MEMBER", "lead", "", "led_shops"))},
		form.NewForm{Key: "sale", Fields: append(basic(a, b, c, d), refer("REFERENCE", "shop", "shop", "sales"), refer("REFERENCES", "towns", "town", ""))},
	)
	if err != nil {
		t.Fatal(err)
	}
	return o.Catalog(t)
}

// typeNames are what computed fields of the types are called: in_text, ...
var typeNames = [types]string{"text", "code", "integer", "number", "boolean", "date", "datetime", "duration"}

// addComputed adds computed fields to the forms, of random expressions that use
// those added before: one of each type, a reference looked up and a rollup.
func addComputed(t testing.TB, o *orgtest.Org, rnd *rand.Rand) *form.Catalog {
	t.Helper()
	add := func(f string, n form.NewField) error {
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, f, n)
		return err
	}
	must := func(f string, n form.NewField) {
		t.Helper()
		if err := add(f, n); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range forms {
		cat := o.Catalog(t)
		for i, name := range typeNames {
			if name == "" {
				continue
			}
			for try := 0; ; try++ {
				g := &grower{Rand: rnd, cat: cat, levels: []*form.Form{cat.Form(key)}, left: 12}
				text := g.grow(i, 1+rnd.IntN(3))
				x, err := cat.Compile(cat.Form(key), text)
				if err != nil || x.Value.Name() != map[int]string{tText: "TEXT", tCode: "TEXT", tInteger: "INTEGER", tNumber: "DECIMAL", tBoolean: "BOOLEAN", tDate: "DATE", tDateTime: "DATETIME", tDuration: "DURATION"}[i] {
					if try > 100 {
						t.Fatalf("no expression of type %s for %s: %s %v", name, key, text, err)
					}
					continue
				}
				must(key, form.NewField{Key: "in_" + name, Kind: "FORMULA", Settings: form.SettingsInput{Expression: &text}})
				break
			}
		}
		if ref := map[string][2]string{"shop": {"town", "land"}, "sale": {"shop", "town"}}[key]; ref[0] != "" {
			must(key, form.NewField{Key: "far", Kind: "LOOKUP", Settings: form.SettingsInput{Via: &ref[0], Field: &ref[1]}})
		}
	}
	must("sale", form.NewField{Key: "far_text", Kind: "LOOKUP", Settings: form.SettingsInput{Via: ptr("shop"), Field: ptr("in_text")}})
	must("town", form.NewField{Key: "shops_number", Kind: "ROLLUP", Settings: form.SettingsInput{Via: ptr("shops"), Function: ptr("SUM"), Field: ptr("in_number"), Where: ptr("in_boolean or open")}})
	must("land", form.NewField{Key: "towns_number", Kind: "ROLLUP", Settings: form.SettingsInput{Via: ptr("towns"), Function: ptr("MAX"), Field: ptr("shops_number")}})
	cat := o.Catalog(t)
	for _, f := range cat.Forms {
		for _, x := range f.Fields {
			if x.Broken != "" {
				t.Fatalf("%s.%s is broken: %s", f.Key, x.Key, x.Broken)
			}
		}
	}
	return cat
}

// samples are the values of fields. No two of a field are equal and printed
// differently, such as P1D and PT24H: which of them is the least is open. Texts that are ordered are of letters from a
// to z, on whose order all collations agree.
var samples = map[string][]string{
	"name":     {"Example Steel", "example", "100%", `a\_b'"`, "大客户", "客户 🏭 x", " padded ", "{a,b}", "tab\tand\nline", "12", " -3.50\n", "\u300012", "+7", "1e5", "\v1", "NaN", "00012345678901234567890123456789012345678", "P1D", "2026-01-31"},
	"code":     {"a", "ab", "abc", "b", "ba", "z", "zz"},
	"note":     {"long\ntext, long text", "大客户分工大客户", "%", "a"},
	"INTEGER":  {"-9007199254740991", "-3", "-1", "0", "1", "2", "3", "10", "31", "9007199254740991", "3652059", "119999"},
	"RATING":   {"1", "2", "3", "5"},
	"DECIMAL":  {"-1.5", "0", "0.10", "2", "3", "0.5", "99999999999999999999999999.999999999999", "-0.000000000001", "12345678901234567890123456789012345678"},
	"MONEY":    {"0.00", "0.01", "19.90", "1000000.00", "-7.25"},
	"PERCENT":  {"0", "12.5", "100", "33.333"},
	"DATE":     {"0001-01-01", "0001-02-01", "2024-02-29", "2026-11-24", "2026-12-31", "2027-01-31", "9999-12-01", "9999-12-31"},
	"DATETIME": {"0001-01-01T00:00:00Z", "2026-11-23T15:59:59.999999Z", "2026-11-23T16:00:00Z", "2026-11-24T03:00:00.5Z", "2027-01-31T20:00:00Z", "9999-12-31T15:59:59Z", "9999-12-31T23:59:59.999999Z"},
	"DURATION": {"PT0S", "P1D", "PT36H", "PT30M", "P1DT2H3M4.5S", "P-1D", "PT-0.000001S", "P100000D", "P-100000D", "PT2400001H"},
	"BOOLEAN":  {"true", "false"},
}

func (m *memory) fill(t testing.TB, o *orgtest.Org, cat *form.Catalog, rnd *rand.Rand) {
	t.Helper()
	m.rows["member"] = []*row{{form: cat.Form("member"), id: 1, values: map[string]any{"name": "Olga", "email": "olga@acme.example", "status": "active"}}}
	for _, key := range forms {
		f := cat.Form(key)
		for range counts[key] {
			r := &row{form: f, values: map[string]any{}, links: map[string][]int64{}, archived: rnd.IntN(8) == 0}
			texts := map[string]string{}
			for _, x := range f.Own() {
				if !x.Stored() || rnd.IntN(4) == 0 {
					continue
				}
				var ok bool
				if texts[x.Key], ok = m.draw(x, r, rnd); !ok {
					delete(texts, x.Key)
				}
			}
			r.id = o.Insert(t, f, texts)[0]
			m.rows[key] = append(m.rows[key], r)
		}
	}
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		for _, key := range forms {
			for _, r := range m.rows[key] {
				for _, x := range r.form.Own() {
					if !x.IsLinks() {
						continue
					}
					for _, to := range m.rows[x.Target.Key] {
						if rnd.IntN(6) == 0 {
							r.links[x.Key] = append(r.links[x.Key], to.id)
						}
					}
					s := sqlgen.AddLinks(x, r.id, strings.ReplaceAll(strings.Trim(fmt.Sprint(r.links[x.Key]), "[]"), " ", ","))
					s.Args[1] = "{" + s.Args[1].(string) + "}"
					if _, err := c.Exec(t.Context(), s.SQL, s.Args); err != nil {
						return err
					}
				}
				if r.archived {
					s := sqlgen.Env{}.SetArchived(r.form, r.id, 1, true, nil)
					if _, err := c.Exec(t.Context(), s.SQL, s.Args); err != nil {
						return err
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

// draw makes a value of a field, as text for its column and as it is evaluated.
func (m *memory) draw(x *form.Field, r *row, rnd *rand.Rand) (string, bool) {
	pick := func(from []string) string { return from[rnd.IntN(len(from))] }
	switch {
	case x.Target != nil:
		all := m.rows[x.Target.Key]
		id := all[rnd.IntN(len(all))].id
		r.values[x.Key] = id
		return strconv.FormatInt(id, 10), true
	case x.Key == "state":
		v := x.Options[rnd.IntN(len(x.Options))].Key
		r.values[x.Key] = v
		return v, true
	case x.Key == "tags":
		var list []string
		for _, o := range x.Options {
			if rnd.IntN(2) == 0 {
				list = append(list, o.Key)
			}
		}
		if len(list) == 0 {
			return "", false
		}
		r.values[x.Key] = list
		return print(list), true
	}
	from, ok := samples[x.Key]
	if !ok {
		from = samples[x.Kind.Name()]
	}
	v := pick(from)
	switch x.Kind.Name() {
	case "INTEGER", "RATING", "DECIMAL", "MONEY", "PERCENT":
		r.values[x.Key] = readNum(v)
	case "BOOLEAN":
		r.values[x.Key] = v == "true"
	case "DATE":
		r.values[x.Key] = readDay(v)
	case "DATETIME":
		r.values[x.Key] = readMoment(v)
	case "DURATION":
		r.values[x.Key] = readLength(v)
	default:
		r.values[x.Key] = v
	}
	return v, true
}

// grower grows the text of a random expression that nearly always is one.
type grower struct {
	*rand.Rand
	cat    *form.Catalog
	levels []*form.Form // the innermost last
	left   int          // nodes to come
}

// What is grown: types, with texts that can be ordered apart.
const (
	tText = iota
	tCode
	tInteger
	tNumber
	tBoolean
	tDate
	tDateTime
	tDuration
	tOption
	tOptions
	tReference
	types
)

var fieldsOf = [types][]string{tText: {"name", "note", "code"}, tCode: {"code"}, tInteger: {"size", "stars"}, tNumber: {"rate", "price", "share"}, tBoolean: {"open"},
	tDate: {"due"}, tDateTime: {"seen"}, tDuration: {"took"}, tOption: {"state"}, tOptions: {"tags"}}

func (g *grower) of(from ...string) string { return from[g.IntN(len(from))] }

// field is a field of the innermost record or of this, behind up to two
// references.
func (g *grower) field(t int) string {
	name, at := "", g.levels[len(g.levels)-1]
	if g.IntN(3) == 0 {
		name, at = "this.", g.levels[0]
	}
	for range g.IntN(3) {
		ref := map[string]string{"town": "land", "shop": "town", "sale": "shop"}[at.Key]
		if ref == "" {
			break
		}
		if at.Field("far") != nil && g.IntN(3) == 0 {
			ref = "far"
		}
		name, at = name+ref+".", at.Field(ref).Target
	}
	if t == tReference {
		return name + map[string]string{"land": "id", "town": g.of("land", "id"), "shop": g.of("town", "lead", "id"), "sale": g.of("shop", "id")}[at.Key]
	}
	if key := "in_" + typeNames[t]; at.Field(key) != nil && g.IntN(3) == 0 {
		return name + key
	}
	if key := map[string]string{"land": "towns_number", "town": "shops_number"}[at.Key]; t == tNumber && key != "" && at.Field(key) != nil && g.IntN(3) == 0 {
		return name + key
	}
	if t == tText && at.Field("far_text") != nil && g.IntN(3) == 0 {
		return name + "far_text"
	}
	return name + g.of(fieldsOf[t]...)
}

func (g *grower) literal(t int) string {
	switch t {
	case tText:
		return g.of(`""`, `"a\"b\\\n'"`, `"大客户"`, `" 12.50 "`, `"a"`, `"12"`)
	case tCode:
		return g.of(`"a"`, `"ab"`, `"zz"`)
	case tInteger:
		return g.of("0", "1", "2", "7", "-1", "31", "1000", "999999999999999999", "119988")
	case tNumber:
		return g.of("0.0", "0.50", "12.5", "3.000", "12345678901234567890", "0.000000000001", "99999999999999999999999999999999999999")
	case tBoolean:
		return g.of("true", "false")
	case tDate:
		return `date("` + g.of(samples["DATE"]...) + `")`
	case tDateTime:
		return `datetime("` + g.of(samples["DATETIME"]...) + `")`
	case tDuration:
		return `duration("` + g.of("PT0S", "P1DT2H", "PT36H", "PT0.5S", "P999999999D", "PT87000000H", "P3652059D") + `")`
	}
	return ""
}

func (g *grower) leaf(t int) string {
	switch n := g.IntN(30); {
	case n == 0:
		return "null"
	case n < 10:
		if s := g.literal(t); s != "" {
			return s
		}
	}
	if t == tReference && g.IntN(4) == 0 {
		return g.of("this", "me()")
	}
	return g.field(t)
}

func (g *grower) source() (text string, of *form.Form) {
	name, at := "", g.levels[len(g.levels)-1]
	if g.IntN(3) == 0 {
		name, at = "this.", g.levels[0]
	}
	if g.IntN(4) == 0 {
		ref := map[string]string{"town": "land", "shop": "town", "sale": "shop"}[at.Key]
		if ref != "" {
			name, at = name+ref+".", at.Field(ref).Target
		}
	}
	if g.IntN(8) == 0 {
		f := g.of("land", "town", "shop")
		return "forms." + f, g.cat.Form(f)
	}
	many := map[string][]string{"land": {"towns"}, "town": {"shops"}, "shop": {"near", "near_to", "sales"}, "sale": {"towns"}}[at.Key]
	key := g.of(many...)
	return name + key, at.Field(key).Target
}

func (g *grower) aggregate(f string, t, d int) string {
	src, of := g.source()
	g.levels = append(g.levels, of)
	defer func() { g.levels = g.levels[:len(g.levels)-1] }()
	out := f + "(" + src
	if f != "count" {
		out += ": " + g.grow(t, d)
	}
	if g.IntN(2) == 0 {
		out += " where " + g.grow(tBoolean, d)
	}
	return out + ")"
}

func (g *grower) grow(t, depth int) string {
	if g.left--; depth == 0 || g.left < 0 || g.IntN(7) == 0 {
		return g.leaf(t)
	}
	d := depth - 1
	a := func() string { return g.grow(t, d) }
	is := func(t int) string { return g.grow(t, d) }
	call := func(f string, args ...string) string { return f + "(" + strings.Join(args, ", ") + ")" }
	pair := func(op string, l, r string) string { return "(" + l + " " + op + " " + r + ")" }
	if g.IntN(5) == 0 {
		switch n := g.IntN(6); {
		case n == 0:
			return call("if", is(tBoolean), a(), a())
		case n == 1:
			return call("if", is(tBoolean), a(), is(tBoolean), a(), g.leaf(t))
		case n == 2:
			return call("coalesce", a(), a())
		case n == 3 && len(g.levels) < 4:
			return g.aggregate("first", t, d)
		case t == tText || t == tBoolean || t >= tOption:
			return a()
		case n == 4 && len(g.levels) < 4:
			return g.aggregate(g.of("min", "max"), t, d)
		default:
			return call(g.of("least", "greatest"), a(), a(), a())
		}
	}
	n := g.IntN(12)
	switch t {
	case tText:
		any := func() string { return is(g.IntN(tOptions + 1)) }
		switch {
		case n < 3:
			return call("concat", any(), any(), any())
		case n < 5:
			return pair("&", any(), any())
		case n < 6:
			return call("text", any())
		case n < 7:
			return call("replace", a(), a(), a())
		case n < 9:
			return call(g.of("left", "right"), a(), is(tInteger))
		case n < 10:
			return call("mid", a(), is(tInteger), is(tInteger))
		}
		return call(g.of("upper", "lower", "trim"), a())
	case tCode:
		return call("left", g.field(tCode), is(tInteger))
	case tInteger:
		switch {
		case n < 4:
			return pair(g.of("+", "-", "*", "%"), a(), a())
		case n == 4:
			return call(g.of("floor", "ceil", "round"), is(tNumber))
		case n == 5:
			return call("length", is(tText))
		case n == 6:
			return call(g.of("year", "month", "day", "quarter", "weekday"), is(g.IntN(2)+tDate))
		case n == 7:
			t := g.IntN(2) + tDate
			return call("days_between", is(t), is(t))
		case n == 8:
			return pair("-", is(tDate), is(tDate))
		case n == 9:
			return g.of("-", "abs") + "(" + a() + ")"
		case len(g.levels) > 3:
			return a()
		case n == 10:
			return g.aggregate("count", t, d)
		}
		return g.aggregate("sum", t, d)
	case tNumber:
		either := func() string { return is(g.IntN(2) + tInteger) }
		switch {
		case n < 3:
			return pair(g.of("+", "-", "*", "%"), a(), either())
		case n < 6:
			return pair("/", either(), either())
		case n == 6:
			return call("round", either(), strconv.Itoa(g.IntN(13)))
		case n == 7:
			return call("number", is(tText))
		case n == 8:
			return call("hours", is(tDuration))
		case n == 9:
			return call("hours_between", is(tDateTime), is(tDateTime))
		case n == 10 && len(g.levels) < 4:
			return g.aggregate(g.of("avg", "sum"), t, d)
		}
		return g.of("-", "abs") + "(" + a() + ")"
	case tBoolean:
		return g.boolean(n, d)
	case tDate:
		switch {
		case n < 3:
			return call(g.of("add_days", "add_months"), a(), is(tInteger))
		case n < 6:
			return pair(g.of("+", "-"), a(), is(tInteger))
		case n == 6:
			return pair("+", is(tInteger), a())
		case n < 9:
			return call(g.of("start_of_month", "end_of_month"), a())
		case n < 11:
			return call("date", is(tDateTime))
		}
		return "today()"
	case tDateTime:
		switch {
		case n < 4:
			return call(g.of("add_days", "add_months"), a(), is(tInteger))
		case n < 9:
			return pair(g.of("+", "-"), a(), is(tDuration))
		case n < 10:
			return pair("+", is(tDuration), a())
		}
		return "now()"
	case tDuration:
		switch {
		case n < 5:
			return pair("-", is(tDateTime), is(tDateTime))
		case n < 6:
			return "-(" + a() + ")"
		}
		return pair(g.of("+", "-"), a(), a())
	}
	return g.leaf(t)
}

func (g *grower) boolean(n, d int) string {
	is := func(t int) string { return g.grow(t, d) }
	switch n {
	case 0:
		return "(not " + is(tBoolean) + ")"
	case 1, 2:
		op := g.of(" and ", " or ")
		return "(" + is(tBoolean) + op + is(tBoolean) + op + is(tBoolean) + ")"
	case 3:
		return "(" + is(g.IntN(types)) + g.of(" is empty)", " is not empty)")
	case 4, 5:
		t := g.IntN(tOption)
		return "(" + is(t) + g.of(" in (", " not in (") + is(t) + ", " + g.of("null", is(t)) + ", " + is(t) + "))"
	case 6:
		return "(" + is(tReference) + g.of(" = ", " != ") + is(tReference) + ")"
	case 7:
		return "(" + g.field(tOption) + g.of(" = ", " != ") + g.of(`"x"`, `"long_key"`, g.leaf(tOption)) + ")"
	case 8:
		return "has(" + g.leaf(tOptions) + `, "x")`
	case 9:
		return g.of("contains", "starts_with", "ends_with") + "(" + is(tText) + ", " + is(tText) + ")"
	}
	t := []int{tText, tCode, tInteger, tNumber, tDate, tDateTime, tDuration}[g.IntN(7)]
	if t == tText {
		return "(" + is(t) + g.of(" = ", " != ") + is(t) + ")"
	}
	if g.IntN(6) == 0 {
		return "(" + is(t) + " between " + is(t) + " and " + is(t) + ")"
	}
	return "(" + is(t) + g.of(" = ", " != ", " < ", " <= ", " > ", " >= ") + is(t) + ")"
}

func newMemory(cat *form.Catalog) *memory {
	return &memory{rows: map[string][]*row{}, now: time.Date(2026, 11, 24, 17, 30, 0, 123456000, time.UTC), zone: cat.Zone, member: 1}
}
