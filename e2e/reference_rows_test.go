package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// rows are all records of an organisation, read with the plainest SQL and kept in
// memory, for the reference to answer from.
type rows struct {
	cat  *form.Catalog
	all  map[string][]*row // by form, in the order of their numbers
	byID map[string]*row   // by the id that clients see
}

// row is one record. Its values are by field key and as GraphQL shows them, but
// for references, which are the number of a record, and links, which are many.
type row struct {
	form   *form.Form
	n      int64
	values map[string]any
}

func (r *row) id() string { return fmt.Sprintf("%s_%d", r.form.Key, r.n) }

func (r *row) live() bool { return r.values["archived_at"] == nil }

// randomKinds are the kinds that random forms have fields of.
var randomKinds = []string{"TEXT", "LONG_TEXT", "EMAIL", "URL", "INTEGER", "INTEGER", "DECIMAL", "PERCENT", "MONEY", "RATING", "PROGRESS", "BOOLEAN", "DATE", "DATETIME", "DURATION",
	"CHOICE", "CHOICE", "MULTI_CHOICE", "ADDRESS", "LOCATION", "JSON", "REFERENCE", "REFERENCE", "REFERENCE", "REFERENCES", "MEMBER", "MEMBERS", "FORMULA", "LOOKUP"}

// randomForms makes three to five forms of random fields beside the standard ones.
func randomForms(t *testing.T, o *orgtest.Org, rnd *rand.Rand) {
	t.Helper()
	keys := []string{"ant", "bee", "crab", "duck", "eel"}[:3+rnd.IntN(3)]
	var forms []form.NewForm
	for i, key := range keys {
		f := form.NewForm{Key: key, Title: "name", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "INTEGER", Required: true}}}
		looked := "" // a reference to look a number up through
		for j := range 4 + rnd.IntN(10) {
			x := form.NewField{Kind: randomKinds[rnd.IntN(len(randomKinds))]}
			x.Key = fmt.Sprintf("%s_%d", strings.ToLower(x.Kind), j)
			inverse := fmt.Sprintf("%ss_by_%d", key, j)
			switch x.Kind {
			case "CHOICE", "MULTI_CHOICE":
				for _, o := range []string{"red", "deep_blue", "green", "x1"} {
					x.Settings.Options = append(x.Settings.Options, form.NewOption{Key: o, Labels: form.Label{"en": "A " + o}})
				}
			case "REFERENCE", "REFERENCES":
				to := append([]string{"customer", "task", "team"}, keys[:i+1]...)[rnd.IntN(4+i)]
				if slices.Contains(keys, to) && x.Kind == "REFERENCE" {
					looked = x.Key
				}
				x.Settings.To = &to
				if rnd.IntN(4) > 0 {
					x.Settings.Inverse = &inverse
				}
			case "MEMBER", "MEMBERS":
				if rnd.IntN(2) == 0 {
					x.Settings.Inverse = &inverse
				}
			case "FORMULA":
				text := "n * 2 + 1"
				x.Settings.Expression = &text
			case "LOOKUP":
				if looked == "" {
					continue
				}
				via, n := looked, "n"
				x.Settings.Via, x.Settings.Field = &via, &n
			}
			f.Fields = append(f.Fields, x)
		}
		forms = append(forms, f)
	}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, forms...); err != nil {
		t.Fatal(err)
	}
}

// columnTexts are values of each kind in the text of its column, as records hold them.
var columnTexts = map[string][]string{
	"TEXT":      {"Example Steel", "example", `back\slash "quoted"`, "大客户 🏭", "NULL", " padded ", "{a,b}", "tab\tand <html> &", "\u2028 line"},
	"LONG_TEXT": {"long text", "大客户分工", "%"},
	"EMAIL":     {"a@acme.example", "b@acme.example"},
	"URL":       {"https://example.com/a?b=c&d=<e>"},
	"PHONE":     {"+862161234567"},
	"INTEGER":   {"-9007199254740991", "-1", "0", "1", "2", "3", "9007199254740991"},
	"DECIMAL":   {"-1.5", "0", "0.00", "0.10", "2", "99999999999999999999.999999999999"},
	"PERCENT":   {"0.5", "100"}, "MONEY": {"0.00", "1234567.89"}, "RATING": {"1", "5"}, "PROGRESS": {"0", "50", "100"},
	"BOOLEAN":  {"true", "false"},
	"DATE":     {"0001-01-01", "2026-11-24", "2024-02-29", "9999-12-31"},
	"DATETIME": {"2026-11-24T03:00:00Z", "2026-11-23T15:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.5Z"},
	"DURATION": {"P1D", "PT36H", "PT2M3S"},
	"ADDRESS":  {`{"city": "上海", "street": "1 Example Road"}`, `{"country": "CN"}`},
	"LOCATION": {`{"latitude": 31.2304, "longitude": 121.4737, "label": "Here"}`, `{"latitude": 0, "longitude": -0.5}`},
	"JSON":     {`{"b": [1, {"a": null}], "a": "x"}`, `[]`, `"text"`, `12.50`, `false`},
}

// randomRecords makes records of all forms: a fifth of the values is empty, a tenth
// of the records archived, and references lead to either.
func randomRecords(t *testing.T, w *world, rnd *rand.Rand) {
	t.Helper()
	cat := w.acme.Catalog(t)
	numbers := map[string][]int64{}
	for _, id := range w.ids {
		var n int64
		if _, err := fmt.Sscanf(id, "member_%d", &n); err != nil {
			t.Fatal(err)
		}
		numbers["member"] = append(numbers["member"], n)
	}
	slices.Sort(numbers["member"])
	for _, f := range cat.Active() {
		if f.IsMember() {
			continue
		}
		for range 3 + rnd.IntN(12) {
			values := map[string]string{}
			for _, x := range f.Own() {
				if v, ok := randomValue(x, numbers, rnd); ok && (x.Required || rnd.IntN(5) > 0) {
					values[x.Key] = v
				}
				if x.Unique {
					values[x.Key] = fmt.Sprintf("%s %d", values[x.Key], len(numbers[f.Key]))
				}
			}
			numbers[f.Key] = append(numbers[f.Key], w.acme.Insert(t, f, values)...)
		}
	}
	run := func(format string, args ...any) {
		if _, err := w.acme.DB.Control.ExecContext(t.Context(), fmt.Sprintf(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	pick := func(f *form.Form) int64 { return numbers[f.Key][rnd.IntN(len(numbers[f.Key]))] }
	for _, f := range cat.Active() {
		run(`UPDATE %s SET created_by = %d WHERE id %% 3 = 1`, f.Table(), pick(cat.Form("member")))
		if !f.IsMember() {
			run(`UPDATE %s SET archived_at = '2026-01-02 03:04:05.678Z' WHERE id %% 10 = %d`, f.Table(), rnd.IntN(10))
		}
		for _, x := range f.Own() {
			if x.IsReference() && x.Target == f && x.Stored() { // what no record could refer to while it was made
				for range 4 {
					run(`UPDATE %s SET %s = %d WHERE id = %d`, f.Table(), x.Column(), pick(f), pick(f))
				}
			}
			if x.IsLinks() {
				for i := range 2 * len(numbers[f.Key]) {
					run(`INSERT INTO %s (record, target, position) VALUES (%d, %d, %d) ON CONFLICT DO NOTHING`, x.LinkTable(), pick(f), pick(x.Target), i)
				}
			}
		}
	}
}

func randomValue(x *form.Field, numbers map[string][]int64, rnd *rand.Rand) (string, bool) {
	if !x.Stored() {
		return "", false
	}
	if x.Target != nil {
		all := numbers[x.Target.Key]
		if len(all) == 0 {
			return "", false
		}
		return strconv.FormatInt(all[rnd.IntN(len(all))], 10), true
	}
	if x.IsChoice() {
		var keys []string
		for _, o := range x.Options {
			if x.Kind.Name() == "CHOICE" || rnd.IntN(2) == 0 {
				keys = append(keys, o.Key)
			}
		}
		if x.Kind.Name() == "CHOICE" {
			return keys[rnd.IntN(len(keys))], true
		}
		return "{" + strings.Join(keys, ",") + "}", len(keys) > 0
	}
	all := columnTexts[x.Kind.Name()]
	if x.Key == "n" {
		all = []string{"-3", "0", "1", "2", "40"}
	}
	if len(all) == 0 {
		return "", false
	}
	return all[rnd.IntN(len(all))], true
}

// readRows reads every record there is.
func readRows(t *testing.T, o *orgtest.Org) *rows {
	t.Helper()
	d := &rows{cat: o.Catalog(t), all: map[string][]*row{}, byID: map[string]*row{}}
	tx, err := o.DB.Control.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), `SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'iso_8601'`); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.cat.Active() {
		var texts []string
		if err := tx.SelectContext(t.Context(), &texts, `SELECT to_jsonb(r)::text FROM `+f.Table()+` r ORDER BY id`); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			dec := json.NewDecoder(strings.NewReader(text))
			dec.UseNumber()
			var raw map[string]any
			var texts map[string]json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(text), &texts); err != nil {
				t.Fatal(err)
			}
			r := &row{form: f, n: number(raw["id"]), values: map[string]any{}}
			for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
				if x.Stored() || x.System {
					r.values[x.Key] = shown(t, x, raw[x.Key])
				}
				if x.Kind.Name() == "JSON" && raw[x.Key] != nil { // the order of its keys is part of it
					r.values[x.Key] = texts[x.Key]
				}
			}
			d.all[f.Key] = append(d.all[f.Key], r)
			d.byID[r.id()] = r
		}
		for _, x := range f.Own() {
			if !x.IsLinks() {
				continue
			}
			var links []struct{ Record, Target int64 }
			if err := tx.SelectContext(t.Context(), &links, `SELECT record, target FROM `+x.LinkTable()+` ORDER BY position`); err != nil {
				t.Fatal(err)
			}
			for _, l := range links {
				r := d.find(f, l.Record)
				list, _ := r.values[x.Key].([]int64)
				r.values[x.Key] = append(list, l.Target)
			}
		}
	}
	return d
}

func number(v any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	return n
}

func (d *rows) find(f *form.Form, n int64) *row { return d.byID[fmt.Sprintf("%s_%d", f.Key, n)] }

// shown is what GraphQL shows of a column's value.
func shown(t *testing.T, x *form.Field, v any) any {
	t.Helper()
	if v == nil {
		if x.Kind.Name() == "MULTI_CHOICE" {
			return []any{}
		}
		return nil
	}
	enum := func(key any) any {
		for _, o := range x.Options {
			if o.Key == key {
				return o.Enum
			}
		}
		t.Fatalf("%s has no option %v", x.Key, key)
		return nil
	}
	switch {
	case x.IsID():
		return fmt.Sprintf("%s_%v", x.Form.Key, v)
	case x.Target != nil:
		return number(v)
	}
	switch x.Kind.Name() {
	case "CHOICE":
		return enum(v)
	case "MULTI_CHOICE":
		out := []any{}
		for _, key := range v.([]any) {
			out = append(out, enum(key))
		}
		return out
	case "DECIMAL", "PERCENT", "MONEY":
		return v.(json.Number).String()
	case "DATETIME":
		m, err := time.Parse(time.RFC3339Nano, v.(string))
		if err != nil {
			t.Fatal(err)
		}
		return m.UTC().Format(time.RFC3339Nano)
	case "LOCATION":
		o := v.(map[string]any)
		for _, part := range []string{"latitude", "longitude"} {
			o[part] = fmt.Sprint(o[part])
		}
	}
	return v
}

// value is what GraphQL shows of a field that is no list of records.
func (d *rows) value(r *row, x *form.Field) any {
	switch x.Kind.Name() {
	case "FORMULA": // n * 2 + 1, in forms that randomForms makes
		return json.Number(strconv.FormatInt(number(r.values["n"])*2+1, 10))
	case "LOOKUP":
		to, ok := r.values[x.Settings.Via].(int64)
		if !ok {
			return nil
		}
		return d.find(r.form.Field(x.Settings.Via).Target, to).values[x.Settings.Field]
	}
	if to, ok := r.values[x.Key].(int64); ok && x.IsReference() {
		return d.find(x.Target, to)
	}
	return r.values[x.Key]
}

// many are the records that a field leads to, archived ones too.
func (d *rows) many(r *row, x *form.Field) []*row {
	var out []*row
	for _, other := range d.all[x.Target.Key] {
		there := false
		switch {
		case x.IsLinks():
			links, _ := r.values[x.Key].([]int64)
			there = slices.Contains(links, other.n)
		case x.Via.IsLinks():
			links, _ := other.values[x.Via.Key].([]int64)
			there = slices.Contains(links, r.n)
		default:
			there = other.values[x.Via.Key] == r.n
		}
		if there {
			out = append(out, other)
		}
	}
	return out
}

// title is what a record is called.
func (d *rows) title(r *row) string {
	x := r.form.Title
	if x == nil || r.values[x.Key] == nil {
		return r.id()
	}
	for _, o := range x.Options {
		if o.Enum == r.values[x.Key] {
			return o.Labels.In(d.cat.Language)
		}
	}
	return fmt.Sprint(r.values[x.Key])
}
