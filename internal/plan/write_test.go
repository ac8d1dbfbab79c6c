package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

// TestStringsAreJSON compares the writer of texts with encoding/json's reader.
func TestStringsAreJSON(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	odd := []string{`"`, `\`, "/", "\b", "\f", "\n", "\r", "\t", "\u2028", "\u2029", "<", "&", "🏭", "大客户", "\u007f", "\u0080", "\ufeff", "\U0010ffff", "a", "\u200d"}
	for c := rune(1); c < 0x20; c++ {
		odd = append(odd, string(c))
	}
	check := func(s string) {
		var back string
		b := plan.AppendString([]byte(nil), []byte(s))
		if err := json.Unmarshal(b, &back); err != nil || back != s {
			t.Fatalf("seed %d: %q is written as %s, read as %q, %v", seed, s, b, back, err)
		}
	}
	check("")
	for _, s := range odd {
		check(s)
	}
	for range 20_000 {
		var b strings.Builder
		for range rnd.IntN(12) {
			if rnd.IntN(3) == 0 {
				b.WriteRune(rune(rnd.IntN(0xd800)))
			} else {
				b.WriteString(odd[rnd.IntN(len(odd))])
			}
		}
		check(b.String())
	}
}

// all is a record with a value in every field.
var all = map[string]string{"name": "a\"\\\n\u2028<🏭", "code": "c", "body": "line\n\tline", "serial": "-1", "size": "9007199254740991", "amount_due": "0.10", "checked": "false",
	"due_on": "0001-01-01", "seen_at": "2026-01-31T09:30:00.12Z", "state": "in_work", "lead": "1", "site": "1"}

func TestValuesOfEveryKind(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.site, map[string]string{})
	w.Insert(t, w.thing, all, map[string]string{"serial": "0"})
	var typed []plan.Item
	var fields []*form.Field
	for _, x := range w.thing.Own() {
		if x.Kind.Column() != "" {
			typed, fields = append(typed, value(w.thing, x.Key)), append(fields, x)
		}
	}
	for name, tt := range map[string]struct {
		items []plan.Item
		want  string
	}{
		"typed": {typed, `{"nodes":[{"name":"a\"\\\n` + "\u2028<🏭" + `","code":"c","body":"line\n\tline","serial":-1,"size":9007199254740991,"amountDue":"0.10","checked":false,` +
			`"dueOn":"0001-01-01","seenAt":"2026-01-31T09:30:00.12Z","state":"IN_WORK","lead":"member_1","site":"site_1"},` +
			`{"name":null,"code":null,"body":null,"serial":0,"size":null,"amountDue":null,"checked":null,"dueOn":null,"seenAt":null,"state":null,"lead":null,"site":null}]}`},
		"generic, by key and with keys of options": {[]plan.Item{{Name: "values", What: plan.Values{Fields: fields}}}, `{"nodes":[{"values":{"name":"a\"\\\n` + "\u2028<🏭" + `","code":"c","body":"line\n\tline","serial":-1,"size":9007199254740991,"amount_due":"0.10","checked":false,` +
			`"due_on":"0001-01-01","seen_at":"2026-01-31T09:30:00.12Z","state":"in_work","lead":"member_1","site":"site_1"}},` +
			`{"values":{"name":null,"code":null,"body":null,"serial":0,"size":null,"amount_due":null,"checked":null,"due_on":null,"seen_at":null,"state":null,"lead":null,"site":null}}]}`},
		"system": {[]plan.Item{value(w.thing, "id"), value(w.thing, "version"), value(w.thing, "created_by"), value(w.thing, "archived_at")},
			`{"nodes":[{"id":"thing_1","version":1,"createdBy":null,"archivedAt":null},{"id":"thing_2","version":1,"createdBy":null,"archivedAt":null}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.json(page(query.List{Form: w.thing}, nodes(w.thing, tt.items...))); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestMomentsAreRFC3339(t *testing.T) {
	w := newWorld(t)
	moments := []string{"0001-01-01T00:00:00Z", "1900-01-01T12:00:00.000001Z", "2026-06-30T23:59:59.999999Z", "9999-12-31T23:59:59.9Z"}
	var want []string
	for _, m := range moments {
		w.Insert(t, w.thing, map[string]string{"serial": "1", "seen_at": m})
		want = append(want, `{"seenAt":"`+m+`"}`)
	}
	if got := w.json(page(query.List{Form: w.thing, First: 9}, nodes(w.thing, value(w.thing, "seen_at")))); got != `{"nodes":[`+strings.Join(want, ",")+`]}` {
		t.Errorf("got %s", got)
	}
}

// TestTitles: the text of whatever field is the title, the id where it is empty.
func TestTitles(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.site, map[string]string{})
	w.Insert(t, w.thing, all, map[string]string{"serial": "0"})
	for _, tt := range []struct{ title, language, want string }{
		{"name", "en", `"a\"\\\n` + "\u2028<🏭" + `","thing_2"`},
		{"body", "en", `"line\n\tline","thing_2"`},
		{"serial", "en", `"-1","0"`},
		{"amount_due", "en", `"0.10","thing_2"`},
		{"checked", "en", `"false","thing_2"`},
		{"due_on", "en", `"0001-01-01","thing_2"`},
		{"seen_at", "en", `"2026-01-31T09:30:00.12Z","thing_2"`},
		{"state", "en", `"In work","thing_2"`},
		{"state", "zh", `"进行中","thing_2"`},
		{"state", "zh-TW", `"进行中","thing_2"`},
		{"state", "fr", `"` + map[string]string{"en": "In work", "zh": "进行中"}[w.cat.Language] + `","thing_2"`},
	} {
		cat, err := w.Forms.UpdateForm(t.Context(), w.Owner, nil, "thing", form.FormUpdate{Title: &tt.title})
		if err != nil {
			t.Fatal(err)
		}
		f := cat.Form("thing")
		got := w.json(page(query.List{Form: f}, nodes(f, plan.Item{Name: "t", What: plan.Title{Language: tt.language}})))
		want := `{"nodes":[{"t":` + strings.Replace(tt.want, `","`, `"},{"t":"`, 1) + `}]}`
		if got != want {
			t.Errorf("title %s in %s: got %s, want %s", tt.title, tt.language, got, want)
		}
	}
	w.Insert(t, w.zone, map[string]string{"name": "x"})
	w.zone.Title = nil // a form without a title field shows the id
	if got := w.json(page(query.List{Form: w.zone}, nodes(w.zone, plan.Item{Name: "t", What: plan.Title{}}))); got != `{"nodes":[{"t":"zone_1"}]}` {
		t.Errorf("got %s", got)
	}
}

// TestShapes is the JSON of selections at their edges: everything that GraphQL
// lets a client ask for must come out as JSON.
func TestShapes(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.site, map[string]string{"name": "plant"})
	w.Insert(t, w.thing, map[string]string{"serial": "1", "site": "1"}, map[string]string{"serial": "2"}, map[string]string{"serial": "3"})
	q := query.List{Form: w.thing}
	cursor := query.Cursor{ID: 3}
	before := query.List{Form: w.thing, Back: true, Cursor: &cursor}
	after := query.List{Form: w.thing, Cursor: &query.Cursor{ID: 1}}
	serial, site := value(w.thing, "serial"), object(w.thing, value(w.thing, "serial"))
	everyInfo := info(plan.InfoPart{Name: "next", Info: plan.HasNextPage}, plan.InfoPart{Name: "previous", Info: plan.HasPreviousPage}, plan.InfoPart{Name: "start", Info: plan.StartCursor}, plan.InfoPart{Name: "end", Info: plan.EndCursor})
	edges := func(parts ...plan.EdgePart) plan.Part {
		return plan.Part{Name: "edges", What: plan.Edges{Parts: parts}}
	}
	at := func(id int64) string { return query.Cursor{ID: id, Values: []*string{}}.Encode(nil) }
	nothing := query.List{Form: w.part}
	for _, tt := range []struct {
		name       string
		p          *plan.Plan
		want       string
		statements int
	}{
		{"nothing of a connection", page(q), `{}`, 0},
		{"a constant reads nothing", page(q, plan.Part{Name: "__typename", What: plan.Constant(`"C"`)}), `{"__typename":"C"}`, 0},
		{"nothing of nodes", page(q, nodes(w.thing)), `{"nodes":[{},{}]}`, 1},
		{"nothing of edges", page(q, edges()), `{"edges":[{},{}]}`, 1},
		{"nothing of pageInfo", page(q, info()), `{"pageInfo":{}}`, 0},
		{"nothing of values", page(q, nodes(w.thing, plan.Item{Name: "values", What: plan.Values{}})), `{"nodes":[{"values":{}},{"values":{}}]}`, 1},
		{"nothing of a reference", page(q, nodes(w.thing, referred(w.thing, "site"))), `{"nodes":[{"site":{}},{"site":null}]}`, 2},
		{"nothing of children", page(q, nodes(w.thing, connected(w.thing, "parts", first(2)))), `{"nodes":[{"parts":{}},{"parts":{}}]}`, 1},
		{"nothing of a record", plan.RecordByLevel(w.thing, 1, object(w.thing), plan.Env{}), `{}`, 1},
		{"no records", page(nothing, nodes(w.part, value(w.part, "id")), edges(plan.EdgePart{Name: "cursor", Cursor: true}), everyInfo, totalCount),
			`{"nodes":[],"edges":[],"pageInfo":{"next":false,"previous":false,"start":null,"end":null},"totalCount":0}`, 2},
		{"totalCount alone reads no rows", page(q, totalCount), `{"totalCount":3}`, 1},
		{"totalCount twice is counted once", page(q, totalCount, plan.Part{Name: "n", What: plan.TotalCount{}}), `{"totalCount":3,"n":3}`, 1},
		{"totalCount whatever the page", page(after, totalCount), `{"totalCount":3}`, 1},
		{"pageInfo alone", page(q, everyInfo), `{"pageInfo":{"next":true,"previous":false,"start":"` + at(1) + `","end":"` + at(2) + `"}}`, 1},
		{"what came before needs no rows", page(after, info(plan.InfoPart{Name: "previous", Info: plan.HasPreviousPage})), `{"pageInfo":{"previous":true}}`, 0},
		{"what comes after a page before a cursor needs no rows", page(before, info(plan.InfoPart{Name: "next", Info: plan.HasNextPage})), `{"pageInfo":{"next":true}}`, 0},
		{"an offset has something before it", page(query.List{Form: w.thing, Offset: 1}, info(plan.InfoPart{Name: "previous", Info: plan.HasPreviousPage})), `{"pageInfo":{"previous":true}}`, 0},
		{"a page before a cursor", page(before, nodes(w.thing, serial), everyInfo), `{"nodes":[{"serial":1},{"serial":2}],"pageInfo":{"next":true,"previous":false,"start":"` + at(1) + `","end":"` + at(2) + `"}}`, 1},
		{"the last page", page(query.List{Form: w.thing, Back: true}, nodes(w.thing, serial), everyInfo), `{"nodes":[{"serial":2},{"serial":3}],"pageInfo":{"next":false,"previous":true,"start":"` + at(2) + `","end":"` + at(3) + `"}}`, 1},
		{"edges and nodes together", page(query.List{Form: w.thing, First: 1}, nodes(w.thing, serial), edges(plan.EdgePart{Name: "cursor", Cursor: true}, plan.EdgePart{Name: "node", Node: &site}, plan.EdgePart{Name: "c2", Cursor: true}, plan.EdgePart{Name: "__typename", Constant: []byte(`"E"`)})),
			`{"nodes":[{"serial":1}],"edges":[{"cursor":"` + at(1) + `","node":{"serial":1},"c2":"` + at(1) + `","__typename":"E"}]}`, 1},
		{"aliases of one field", page(query.List{Form: w.thing, First: 1}, nodes(w.thing, plan.Item{Name: "a", What: serial.What}, plan.Item{Name: "b", What: serial.What}, plan.Item{Name: "é\"", What: plan.Constant(`1`)})),
			`{"nodes":[{"a":1,"b":1,"é\"":1}]}`, 1},
		{"nodes under two names", page(query.List{Form: w.thing, First: 1}, plan.Part{Name: "a", What: plan.Nodes{Object: object(w.thing, serial)}}, plan.Part{Name: "b", What: plan.Nodes{Object: object(w.thing, value(w.thing, "id"))}}),
			`{"a":[{"serial":1}],"b":[{"id":"thing_1"}]}`, 1},
		{"a reference under two names", page(query.List{Form: w.thing, First: 1}, nodes(w.thing, referred(w.thing, "site", value(w.site, "name")), plan.Item{Name: "s", What: plan.Referred{Field: w.thing.Field("site"), Object: object(w.site, value(w.site, "id"))}})),
			`{"nodes":[{"site":{"name":"plant"},"s":{"id":"site_1"}}]}`, 2},
		{"there and back", plan.RecordByLevel(w.thing, 1, object(w.thing, referred(w.thing, "site", connected(w.site, "things", first(5, nodes(w.thing, value(w.thing, "id"), referred(w.thing, "site", value(w.site, "id"))))))), plan.Env{}),
			`{"site":{"things":{"nodes":[{"id":"thing_1","site":{"id":"site_1"}}]}}}`, 4},
		{"below a missing reference nothing is asked", plan.RecordByLevel(w.thing, 2, object(w.thing, referred(w.thing, "site", connected(w.site, "things", first(5, nodes(w.thing), totalCount)))), plan.Env{}), `{"site":null}`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, n := w.run(tt.p)
			if got := string(res.Append(nil)); got != tt.want || n != tt.statements || !json.Valid([]byte(got)) {
				t.Errorf("in %d statements, want %d, got\n%s\nwant\n%s", n, tt.statements, got, tt.want)
			}
		})
	}
}

// TestWideForms: a form may have 300 stored fields, all of them asked for at
// once, as values and in an order. The fields are made by hand: one by one
// through the store takes longer than the rest of the tests.
func TestWideForms(t *testing.T) {
	w := newWorld(t)
	wide := form.MaxStoredFields - len(w.part.Own())
	columns := make([]string, wide)
	for i := range columns {
		columns[i] = fmt.Sprintf("ADD COLUMN c%d text", i)
	}
	w.DB.Control.MustExecContext(t.Context(), `INSERT INTO fieldwork.field (org_id, form_id, key, name, kind, label, help, settings, purpose, section, position)
		SELECT $1, $2, 'c' || i, 'c' || i, 'TEXT', '{"en": "C"}', '{}', '{}', '', '', 100 + i FROM generate_series(0, $3 - 1) i`, w.Org.Org.ID, w.part.ID, wide)
	w.DB.Control.MustExecContext(t.Context(), `ALTER TABLE `+w.part.Table()+` `+strings.Join(columns, ", "))
	cat := w.Catalog(t)
	part, thing := cat.Form("part"), cat.Form("thing")
	w.DB.Control.MustExecContext(t.Context(), fmt.Sprintf(`DROP INDEX %s.%s; CREATE INDEX %s ON %s USING gin (%s)`, cat.Schema, w.part.SearchIndex(), part.SearchIndex(), part.Table(), part.SearchTokens("")))
	if problems, err := check.Run(t.Context(), w.DB, w.Org.Org.ID); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	record, want := map[string]string{"thing": "1"}, map[string]any{}
	var items []plan.Item
	for i := range wide {
		key := fmt.Sprintf("c%d", i)
		record[key], want[key] = key+" of 300", key+" of 300"
		items = append(items, value(part, key))
	}
	w.Insert(t, thing, map[string]string{"serial": "1"})
	w.Insert(t, part, record)
	var order []query.Order
	for i := range query.MaxOrder {
		order = append(order, query.Order{Field: part.Field(fmt.Sprintf("c%d", i*20))})
	}
	l := plan.List{Query: query.List{First: 1, Order: order}, Parts: []plan.Part{nodes(part, items...), info(plan.InfoPart{Name: "end", Info: plan.EndCursor})}}
	var got struct {
		Parts struct {
			Nodes    []map[string]any
			PageInfo struct{ End string }
		}
	}
	if err := json.Unmarshal([]byte(w.json(plan.RecordByLevel(thing, 1, object(thing, connected(thing, "parts", l)), plan.Env{}))), &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.Parts.Nodes) != fmt.Sprint([]any{want}) {
		t.Errorf("got %v", got.Parts.Nodes)
	}
	if _, err := query.DecodeCursor(order, got.Parts.PageInfo.End); err != nil {
		t.Error(err)
	}
}
