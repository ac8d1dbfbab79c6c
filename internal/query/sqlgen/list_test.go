package sqlgen_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

func columns(f *form.Form, keys ...string) []sqlgen.Column {
	var out []sqlgen.Column
	for _, k := range keys {
		out = append(out, sqlgen.Column{Field: f.Field(k)})
	}
	return out
}

// TestOrdersAndCursors pins ORDER BY and the condition of a cursor for every
// direction, place of empty fields, and way to read.
func TestOrdersAndCursors(t *testing.T) {
	g := &golden{w: newWorld(t)}
	f := g.w.cat.Form("thing")
	by := func(key string, desc, first bool) query.Order {
		return query.Order{Field: f.Field(key), Desc: desc, NullsFirst: first}
	}
	v := func(s string) *string { return &s }
	add := func(name string, l query.List) {
		t.Helper()
		l.Form = f
		first, rest := sqlgen.Env{}.List(l, columns(f, "id"), 3)
		g.add(t, name, first)
		if rest.SQL != "" {
			g.add(t, name+", and then", rest)
		}
	}
	for _, key := range []string{"size", "due_on"} { // without an index and with one
		for _, desc := range []bool{false, true} {
			for _, first := range []bool{false, true} {
				for _, back := range []bool{false, true} {
					order := []query.Order{by(key, desc, first)}
					v := func(s string) *string {
						if key == "due_on" {
							s = "2026-11-24"
						}
						return &s
					}
					name := fmt.Sprintf("%s %s, nulls %s, %s", key, map[bool]string{true: "descending", false: "ascending"}[desc], map[bool]string{true: "first", false: "last"}[first], map[bool]string{true: "backward", false: "forward"}[back])
					add(name+", from the start", query.List{Order: order, Back: back})
					add(name+", from a value", query.List{Order: order, Back: back, Cursor: &query.Cursor{Values: []*string{v("5")}, ID: 7}})
					add(name+", from an empty field", query.List{Order: order, Back: back, Cursor: &query.Cursor{Values: []*string{nil}, ID: 7}})
				}
			}
		}
	}
	add("no order", query.List{})
	add("no order, backward, from a record", query.List{Back: true, Cursor: &query.Cursor{ID: 7}})
	add("a column without empty fields", query.List{Order: []query.Order{by("serial", false, true), by("created_at", true, false)}})
	add("a choice goes by the place of its option", query.List{Order: []query.Order{by("state", false, false)}, Cursor: &query.Cursor{Values: []*string{v("2")}, ID: 7}})
	add("a long text goes by its beginning", query.List{Order: []query.Order{by("body", false, false)}, Cursor: &query.Cursor{Values: []*string{v("a")}, ID: 7}})
	three := []query.Order{by("checked", true, false), by("due_on", false, true), by("name", true, true)}
	add("three keys", query.List{Order: three, Cursor: &query.Cursor{Values: []*string{v("true"), nil, v("a'b")}, ID: 7}})
	add("three keys, backward", query.List{Order: three, Back: true, Cursor: &query.Cursor{Values: []*string{v("true"), nil, v("a'b")}, ID: 7}})
	site, zone := f.Field("site"), g.w.cat.Form("site").Field("zone")
	behind := query.Order{Path: []*form.Field{site, zone}, Field: g.w.cat.Form("zone").Field("rank")}
	add("a field of a record two references away", query.List{Order: []query.Order{behind}})
	add("a field of a record two references away, after a record without", query.List{Order: []query.Order{behind}, Cursor: &query.Cursor{Values: []*string{nil}, ID: 7}})
	pinyin := []query.Order{{Field: f.Field("name"), Pinyin: true, Desc: true}, by("id", false, false)}
	add("pinyin", query.List{Order: pinyin})
	add("pinyin, after a record", query.List{Order: pinyin, Cursor: &query.Cursor{Values: []*string{v("重庆"), v("7")}, ID: 7}})
	rank := []query.Order{{Rank: true, Desc: true}}
	add("found", query.List{Search: "华东 gang", Order: rank, Filter: g.w.filter(t, obj{"size": obj{"lt": 5}})})
	add("found, after a record", query.List{Search: "华东 gang", Order: rank, Cursor: &query.Cursor{Values: []*string{v("1")}, ID: 7}})
	add("nothing follows the id", query.List{Order: []query.Order{by("size", false, false), by("id", true, false), by("name", false, false)}, Cursor: &query.Cursor{Values: []*string{v("5"), v("7"), v("x")}, ID: 7}})
	add("an offset", query.List{Order: []query.Order{by("size", true, false)}, Offset: 20})
	pgtest.Golden(t, "order.sql", g.text.String())
}

// TestLists pins the statements of whole levels.
func TestLists(t *testing.T) {
	g := &golden{w: newWorld(t)}
	thing, part := g.w.cat.Form("thing"), g.w.cat.Form("part")
	small := g.w.filter(t, obj{"size": obj{"lt": 5}})
	var all []sqlgen.Column
	for _, x := range query.Orderable(thing) {
		all = append(all, sqlgen.Column{Field: x}, sqlgen.Column{Key: &query.Order{Field: x}})
	}
	archived := g.w.filter(t, obj{"archived_at": obj{"isNull": false}})
	five := "5"
	deep := query.List{Form: part, Filter: query.Cmp{Field: part.Field("quantity"), Op: "gt", Args: []string{"0"}}, Order: []query.Order{{Field: part.Field("quantity")}},
		Cursor: &query.Cursor{Values: []*string{&five}, ID: 7}}
	g.add(t, "a page", page(sqlgen.Env{}.List(query.List{Form: thing, Filter: small}, columns(thing, "id", "name"), 21)))
	g.add(t, "every column as a value and as the key of an order", page(sqlgen.Env{}.List(query.List{Form: thing}, all, 1)))
	g.add(t, "archived records when the filter speaks of them", page(sqlgen.Env{}.List(query.List{Form: thing, Filter: archived}, columns(thing, "id"), 1)))
	g.add(t, "a filter without conditions leaves no trace", page(sqlgen.Env{}.List(query.List{Form: thing, Filter: query.And{}}, columns(thing, "id"), 1)))
	g.add(t, "one record", sqlgen.Env{}.ByID(thing, 5, columns(thing, "id", "amount_due", "site")))
	g.add(t, "records by number", sqlgen.Env{}.ByIDs(thing, columns(thing, "id", "checked")))
	g.add(t, "children of many parents", sqlgen.Env{}.Children(g.w.cat.Form("thing").Field("parts"), query.List{Form: part}, columns(part, "id", "price"), 6))
	g.add(t, "children after a cursor", sqlgen.Env{}.Children(g.w.cat.Form("thing").Field("parts"), deep, columns(part, "id"), 6))
	g.add(t, "children before a cursor", sqlgen.Env{}.Children(g.w.cat.Form("thing").Field("parts"), query.List{Form: part, Order: deep.Order, Cursor: deep.Cursor, Back: true}, columns(part, "id"), 6))
	g.add(t, "children after an offset", sqlgen.Env{}.Children(g.w.cat.Form("thing").Field("parts"), query.List{Form: part, Offset: 2}, columns(part, "id"), 6))
	g.add(t, "the number of records, whatever the page", sqlgen.Env{}.Count(query.List{Form: thing, Filter: small, Cursor: &query.Cursor{ID: 7}, Offset: 3}))
	g.add(t, "the number of children, whatever the page", sqlgen.Env{}.CountChildren(g.w.cat.Form("thing").Field("parts"), deep))
	g.add(t, "the live records of forms", sqlgen.CountAll([]*form.Form{thing, part}))
	g.add(t, "holding records", sqlgen.Hold(thing, []int64{5}))
	g.add(t, "records that a reference of others holds", sqlgen.Holding(thing.Field("site"), []int64{5}, []int64{6}))
	g.add(t, "records that links of others hold", sqlgen.Holding(g.w.cat.Form("gauge").Field("sites"), []int64{5}, []int64{6}))
	g.add(t, "records that hold what they were made with", sqlgen.AsMade(g.w.cat.Form("gauge"), []int64{5}))
	g.add(t, "the standing of a record", sqlgen.Standing(thing, []int64{5}))
	member := g.w.cat.Form("member")
	g.add(t, "an account", sqlgen.Accounts(member, []int64{1}, member.ByPurpose("MEMBER_EMAIL"), member.ByPurpose("MEMBER_STATUS")))
	pgtest.Golden(t, "list.sql", g.text.String())
}

// TestWrites pins the statements that change records.
func TestWrites(t *testing.T) {
	g := &golden{w: newWorld(t)}
	f := g.w.cat.Form("thing")
	var values []sqlgen.Assignment
	for _, x := range f.Own() {
		text := map[string]any{"TEXT": `a'b"c\`, "LONG_TEXT": "line\nline", "INTEGER": "1", "DECIMAL": "0.10", "BOOLEAN": "true", "DATE": "2026-11-24", "DATETIME": "2026-11-24T09:30:00Z", "CHOICE": "open"}[x.Kind.Name()]
		if x.Kind.Column() != "" {
			values = append(values, sqlgen.Assignment{Field: x, Value: text}) // nil for references
		}
	}
	serial := []sqlgen.Assignment{{Field: f.Field("serial"), Value: "1"}}
	g.add(t, "insert with a value of every kind", sqlgen.Env{}.Insert(sqlgen.Write{Form: f, Values: values, Member: int64(1)}))
	g.add(t, "insert by the program", sqlgen.Env{}.Insert(sqlgen.Write{Form: f, Values: serial, Member: nil}))
	g.add(t, "insert nothing", sqlgen.Env{}.Insert(sqlgen.Write{Form: g.w.cat.Form("part"), Values: nil, Member: nil}))
	g.add(t, "update", sqlgen.Env{}.Update(sqlgen.Write{Form: f, Values: values[:2], Member: int64(1)}, 5, 2))
	g.add(t, "update nothing", sqlgen.Env{}.Update(sqlgen.Write{Form: f, Values: nil, Member: nil}, 5, 2))
	g.add(t, "archive", sqlgen.Env{}.SetArchived(f, 5, 2, true, int64(1)))
	g.add(t, "restore", sqlgen.Env{}.SetArchived(f, 5, 2, false, nil))
	g.add(t, "delete", sqlgen.Env{}.Delete(f, list("5"), list("2"), int64(1)))
	many := sqlgen.Many{Form: f, N: 2, Member: int64(1), Given: []sqlgen.Given{{Field: f.Field("serial"), Values: list("1", "2")}, {Field: f.Field("name"), Values: list(`a"b\`, nil)}}}
	g.add(t, "insert several", sqlgen.Env{}.InsertMany(many))
	g.add(t, "insert several without values", sqlgen.Env{}.InsertMany(sqlgen.Many{Form: g.w.cat.Form("part"), N: 3}))
	some := &sqlgen.List{}
	some.Is(true)
	some.Is(false)
	many.IDs, many.Versions, many.Given[1].Some = list("1", "2"), list(nil, "2"), some
	g.add(t, "update several", sqlgen.Env{}.UpdateMany(many))
	pgtest.Golden(t, "write.sql", g.text.String())
}

// TestAVersionThatNoRecordHas is none, not an error: clients send any number.
func TestAVersionThatNoRecordHas(t *testing.T) {
	w := newWorld(t)
	f := w.cat.Form("thing")
	for _, version := range []int{-1, 1 << 31, 1<<53 - 1} {
		w.run(t, sqlgen.Env{}.Update(sqlgen.Write{Form: f, Values: nil, Member: nil}, 1, version))
		w.run(t, sqlgen.Env{}.SetArchived(f, 1, version, true, nil))
		w.run(t, sqlgen.Env{}.Delete(f, list("1"), list(strconv.Itoa(version)), nil))
	}
}

// TestForgedCursorsNeverMakePostgreSQLFail: what DecodeCursor lets through,
// PostgreSQL takes, whoever made it.
func TestForgedCursorsNeverMakePostgreSQLFail(t *testing.T) {
	w := newWorld(t)
	f := w.cat.Form("thing")
	odd := []string{"", " ", "a", "5.0", "5e3", " 5", "\u00a05", "+5", "007", "-1", "99999999999", "99999999999999999999", "9223372036854775807", "NaN", "1e131071", "1e37", strings.Repeat("9", 38),
		"infinity", "today", "2026-02-29", "2024-02-29", "0001-01-01", "\u30002026-01-31", "2026-01-31 09:30:00,5+00", "2026-01-31 9:30:00+00", "2026-01-31T09:30:00.1234567", "9999-12-31 23:59:59.9999999+00",
		"true", "t", "open", "a\u2028b", "\u0000", "a\ufffd", strings.Repeat("x", 40_000)}
	accepted := 0
	for _, x := range query.Orderable(f) {
		order := []query.Order{{Field: x}}
		for _, v := range odd {
			for _, id := range []string{"-9223372036854775808", "0", "9223372036854775807"} {
				c, err := query.DecodeCursor(order, forge(t, order, v, id))
				if err != nil {
					continue
				}
				accepted++
				w.run(t, page(sqlgen.Env{}.List(query.List{Form: f, Order: order, Cursor: c}, columns(f, "id"), 1)))
			}
		}
	}
	if accepted < 100 {
		t.Errorf("only %d cursors were let through", accepted)
	}
}

func forge(t *testing.T, order []query.Order, value, id string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(query.Cursor{}.Encode(order))
	if err != nil {
		t.Fatal(err)
	}
	sig, _, _ := strings.Cut(string(b), ",")
	quoted, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(sig + ",[" + string(quoted) + "]," + id + "]"))
}

// TestValuesAreNeverInTheText: whatever a client sends travels as a parameter.
func TestValuesAreNeverInTheText(t *testing.T) {
	w := newWorld(t)
	const odd = `x'); DROP TABLE thing; --`
	f := w.cat.Form("thing")
	v := odd
	l := query.List{Form: f, Order: []query.Order{{Field: f.Field("name")}}, Cursor: &query.Cursor{Values: []*string{&v}, ID: 1},
		Filter: w.filter(t, obj{"or": []any{obj{"name": obj{"in": []any{odd}, "eq": odd, "contains": odd}}, obj{"parts": obj{"some": obj{"name": eq(odd)}}}, obj{"site": obj{"name": obj{"ne": odd}}}}})}
	for _, s := range []sqlgen.Statement{page(sqlgen.Env{}.List(l, columns(f, "id"), 1)), sqlgen.Env{}.Count(l), sqlgen.Env{}.Insert(sqlgen.Write{Form: f, Values: []sqlgen.Assignment{{Field: f.Field("name"), Value: odd}, {Field: f.Field("serial"), Value: "1"}}, Member: nil})} {
		w.run(t, s)
		if strings.Contains(s.SQL, "DROP") || strings.Contains(s.SQL, "'") {
			t.Errorf("a value is in the text: %s", s.SQL)
		}
	}
}

func list(values ...any) *sqlgen.List {
	l := &sqlgen.List{}
	for _, v := range values {
		l.Add(v)
	}
	return l
}
