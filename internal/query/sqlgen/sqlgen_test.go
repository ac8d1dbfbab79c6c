package sqlgen_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is the organisation of every kind, and PostgreSQL's word on SQL.
type world struct {
	*orgtest.Org
	cat *form.Catalog
}

func newWorld(t *testing.T) *world {
	t.Helper()
	o := orgtest.EveryKind(t)
	return &world{o, o.Catalog(t)}
}

var errUndo = errors.New("undo")

// run has PostgreSQL prepare and execute a statement under the organisation's
// role, and undo it. It returns the number of rows.
func (w *world) run(t *testing.T, s sqlgen.Statement) int {
	t.Helper()
	n := 0
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		if args[i] = a; a == nil && strings.Contains(s.SQL, fmt.Sprintf("$%d::bigint[]", i+1)) {
			args[i] = "{1,2}" // left for the keys of parents
		}
	}
	err := w.DB.As(t.Context(), w.cat.Role, func(c *pg.Conn) error {
		return c.InTx(t.Context(), func() error {
			if err := c.Query(t.Context(), s.SQL, args, func([]pg.Value) error { n++; return nil }); err != nil {
				return err
			}
			return errUndo
		})
	})
	if !errors.Is(err, errUndo) {
		t.Fatalf("PostgreSQL refuses it: %v\n%s\n%v", err, s.SQL, args)
	}
	return n
}

// golden gathers statements for one golden file, each of them run.
type golden struct {
	w    *world
	text strings.Builder
}

func (g *golden) add(t *testing.T, name string, s sqlgen.Statement) {
	t.Helper()
	g.w.run(t, s)
	fmt.Fprintf(&g.text, "-- %s\n%s\n", name, s.SQL)
	for i, a := range s.Args {
		fmt.Fprintf(&g.text, "--   $%d = %v\n", i+1, a)
	}
	g.text.WriteByte('\n')
}

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func eq(v any) map[string]any { return map[string]any{"eq": v} }

type obj = map[string]any

func (w *world) filter(t *testing.T, raw any) query.Filter {
	t.Helper()
	f, err := query.ParseFilter(w.cat.Form("thing"), raw, query.Generic, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func filterOf(t *testing.T, f *form.Form, raw any) query.Filter {
	t.Helper()
	out, err := query.ParseFilter(f, raw, query.Generic, now)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// selectFrom asks for the records of a form that a filter holds for.
func selectFrom(f *form.Form, filter query.Filter) sqlgen.Statement {
	return page(sqlgen.Env{Now: now}.List(query.List{Form: f, Filter: query.And{filter, query.Cmp{Field: f.Field("archived_at"), Op: kind.IsNull, Args: []string{"true"}}}}, columns(f, "id"), 10))
}

// TestFilters pins the SQL of every shape of filter.
func TestFilters(t *testing.T) {
	g := &golden{w: newWorld(t)}
	for _, tt := range []struct {
		name string
		raw  any
	}{
		{"no condition", obj{}},
		{"one condition", obj{"size": eq(1)}},
		{"two conditions on a field", obj{"size": obj{"gte": 1, "lt": 9}}},
		{"or", obj{"or": []any{obj{"size": eq(1)}, obj{"checked": eq(true)}}}},
		{"or of nothing", obj{"or": []any{}}},
		{"not", obj{"not": obj{"size": obj{"gt": 1}}}},
		{"not of nothing", obj{"not": obj{}}},
		{"not equal, which empty fields are too", obj{"size": obj{"ne": 1}}},
		{"one of a list", obj{"name": obj{"in": []any{"a", `b"c\d`, "NULL", "", "{}"}}}},
		{"none of a list", obj{"state": obj{"notIn": []any{"open", "done"}}}},
		{"empty", obj{"size": obj{"isNull": true}}},
		{"not empty", obj{"size": obj{"isNull": false}}},
		{"between", obj{"amount_due": obj{"between": []any{"1.50", "2"}}}},
		{"contains, with what LIKE would take for a pattern", obj{"name": obj{"contains": `50%_\`}}},
		{"starts and ends", obj{"name": obj{"startsWith": "a", "endsWith": "z"}}},
		{"a period of days", obj{"due_on": obj{"during": "THIS_WEEK"}}},
		{"a period of moments", obj{"seen_at": obj{"during": "TODAY"}}},
		{"a period without a start", obj{"due_on": obj{"during": "OVERDUE"}}},
		{"a period without an end", obj{"due_on": obj{"during": "FUTURE"}}},
		{"its own id", obj{"id": obj{"in": []any{"thing_1", "thing_2"}}}},
		{"through a reference", obj{"site": obj{"level": eq(1)}}},
		{"through a reference, holding for none", obj{"site": obj{"level": obj{"ne": 1}}}},
		{"through two references", obj{"site": obj{"zone": obj{"rank": obj{"gt": 1}}}}},
		{"through two references, holding for none", obj{"site": obj{"zone": obj{"rank": obj{"isNull": true}}}}},
		{"no reference", obj{"site": obj{"isNull": true}}},
		{"some reference", obj{"site": obj{"isNull": false}}},
		{"a reference by id needs no join", obj{"site": obj{"id": eq("site_1")}}},
		{"a reference by other ids", obj{"site": obj{"id": obj{"notIn": []any{"site_1"}}}}},
		{"a reference by id and more", obj{"site": obj{"id": eq("site_1"), "level": eq(1)}}},
		{"no reference, or one that", obj{"site": obj{"or": []any{obj{"isNull": true}, obj{"level": eq(1)}}}}},
		{"a member", obj{"created_by": obj{"name": obj{"startsWith": "O"}}}},
		{"some child", obj{"parts": obj{"some": obj{"quantity": eq(1)}}}},
		{"some child at all", obj{"parts": obj{"some": obj{}}}},
		{"no child", obj{"parts": obj{"none": obj{"quantity": eq(1)}}}},
		{"every child", obj{"parts": obj{"every": obj{"quantity": eq(1)}}}},
		{"every child of three conditions", obj{"parts": obj{"every": obj{"quantity": eq(1), "name": eq("a")}, "some": obj{}}}},
		{"children of a reference", obj{"site": obj{"things": obj{"some": obj{"parts": obj{"none": obj{}}}}}}},
	} {
		g.add(t, tt.name, where(g.w, sqlgen.Env{}.Where(g.w.filter(t, tt.raw), "r")))
	}
	pgtest.Golden(t, "where.sql", g.text.String())
}

// where puts a filter into the shortest statement it can stand in.
func where(w *world, s sqlgen.Statement) sqlgen.Statement {
	s.SQL = "SELECT FROM " + w.cat.Form("thing").Table() + " r WHERE " + s.SQL
	return s
}

// arguments are values to compare with, by kind.
var arguments = map[string][2]any{
	"TEXT": {"a", "b'\\"}, "LONG_TEXT": {"a", "b"}, "INTEGER": {-9007199254740991, 9007199254740991}, "DECIMAL": {"0.10", "99999999999999999999999999999999999999"},
	"BOOLEAN": {true, false}, "DATE": {"0001-01-01", "9999-12-31"}, "DATETIME": {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"}, "CHOICE": {"open", "lost"}, "REFERENCE": {"thing_1", "thing_9223372036854775807"},
	"EMAIL": {"a@example.com", "B@example.com"}, "PHONE": {"+8613800138000", ""}, "URL": {"https://example.com/", "x"}, "PERCENT": {"12.5", "0"}, "MONEY": {"0.10", "1"},
	"DURATION": {"P1DT2H", "PT0S"}, "MULTI_CHOICE": {"open", "done"}, "RATING": {"1", "5"}, "PROGRESS": {"0", "100"}, "MEMBERS": {"member_1", "member_2"},
	"REFERENCES": {"site_1", "site_2"}, "AUTO_NUMBER": {"G-001", "x"},
}

// TestEveryOperatorOfEveryKind: whatever a kind offers, PostgreSQL executes.
func TestEveryOperatorOfEveryKind(t *testing.T) {
	w := newWorld(t)
	w.Insert(t, w.cat.Form("gauge"), map[string]string{}, map[string]string{"mail": "a@example.com", "price": "0.10", "took": "P1DT2H", "tags": "{open,done}", "stars": "1", "extra": "{}"})
	w.Insert(t, w.cat.Form("thing"), map[string]string{"serial": "1"}, map[string]string{"serial": "2", "name": "a", "body": "a", "size": "1", "amount_due": "0.10", "checked": "true", "due_on": "2026-11-24", "seen_at": "2026-11-24T00:00:00Z", "state": "open"})
	seen := map[string]bool{}
	fields := append(w.cat.Form("thing").Own(), w.cat.Form("thing").System...)
	for _, x := range append(fields, w.cat.Form("gauge").Own()...) {
		if !x.HasValue() {
			continue
		}
		ops := x.Value.Operators()
		if x.IsID() {
			ops = []kind.Op{kind.Eq, kind.Ne, kind.In, kind.NotIn, kind.IsNull}
		}
		for _, op := range ops {
			two := arguments[x.Value.Name()]
			var args []any
			switch op {
			case kind.IsNull:
				args = []any{true, false}
			case kind.During:
				for _, p := range kind.Periods() {
					args = append(args, p)
				}
			case kind.In, kind.NotIn:
				args = []any{[]any{}, []any{two[0]}, []any{two[0], two[1]}}
			case kind.Between:
				args = []any{[]any{two[0], two[1]}, []any{two[1], two[0]}}
			case kind.HasAny, kind.HasAll:
				args = []any{[]any{}, []any{two[0]}, []any{two[0], two[1]}}
			default:
				args = []any{two[0], two[1]}
			}
			for _, arg := range args {
				raw := obj{x.Key: obj{string(op): arg}}
				yes, no := filterOf(t, x.Form, raw), filterOf(t, x.Form, obj{"not": raw})
				n := w.run(t, selectFrom(x.Form, yes)) + w.run(t, selectFrom(x.Form, no))
				if n != 2 {
					t.Errorf("%s %s %v and its opposite hold for %d of 2 records", x.Key, op, arg, n)
				}
			}
			seen[x.Kind.Name()] = true
		}
	}
	for _, k := range kind.All() {
		if len(k.Operators()) > 0 && !seen[k.Name()] {
			t.Errorf("no field of kind %s was filtered by", k.Name())
		}
	}
}

func TestAnUnknownOperatorIsNeverSilence(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), `operator "soundsLike" has no SQL`) {
			t.Errorf("recovered %v", r)
		}
	}()
	w := newWorld(t)
	s := sqlgen.Env{}.Where(query.Cmp{Field: w.cat.Form("thing").Field("name"), Op: "soundsLike", Args: []string{"a"}}, "r")
	t.Errorf("got %s", s.SQL)
}

func TestArray(t *testing.T) {
	w := newWorld(t)
	for _, values := range [][]string{{}, {""}, {"NULL", "null"}, {`a"b`, `c\d`, `\"`, `\`, `"`}, {"{", "}", ",", "{a,b}", " a ", "\n\t"}, {"大客户", "🏭"}} {
		var got []string
		err := w.DB.Control.SelectContext(t.Context(), &got, "SELECT v FROM unnest($1::text[]) WITH ORDINALITY AS a (v, n) ORDER BY n", sqlgen.Array(values))
		if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", values) {
			t.Errorf("%q reads as %q, %v", values, got, err)
		}
	}
}

// page is the first statement of a list.
func page(first, _ sqlgen.Statement) sqlgen.Statement { return first }
