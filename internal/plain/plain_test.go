package plain_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/plain"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

type leaf struct {
	name string
	n    int
}

type tree struct {
	leaf   *leaf
	leaves []leaf
	words  []string
	ratio  *float64
	day    *calendar.Day
	owner  int64
}

var leafType = plain.Type[leaf]{Name: "Leaf", Fields: map[string]plain.Field[leaf]{
	"name":  plain.Text(func(l *leaf) string { return l.name }),
	"maybe": plain.Named(func(l *leaf) string { return l.name }),
	"n":     plain.Int(func(l *leaf) int { return l.n }),
	"even":  plain.Bool(func(l *leaf) bool { return l.n%2 == 0 }),
	"owner": plain.Record(member, func(l *leaf) int64 { return int64(l.n) }),
}}

var treeType = plain.Type[tree]{Name: "Tree", Fields: map[string]plain.Field[tree]{
	"leaf":   plain.Object(&leafType, func(t *tree) *leaf { return t.leaf }),
	"leaves": plain.Objects(&leafType, func(t *tree) []leaf { return t.leaves }),
	"words":  plain.Texts(func(t *tree) []string { return t.words }),
	"ratio":  plain.Float(func(t *tree) *float64 { return t.ratio }),
	"day":    plain.Day(func(t *tree) *calendar.Day { return t.day }),
	"owner":  plain.Record(member, func(t *tree) int64 { return t.owner }),
	"owners": plain.Records(member, func(t *tree) []leaf { return t.leaves }, func(l *leaf) int64 { return int64(l.n) }),
}}

func member(*form.Catalog) *form.Form { return nil }

const sdl = `type Query { tree: Tree }
type Tree { leaf: Leaf leaves: [Leaf!]! words: [String!]! ratio: Float day: String owner: Member owners: [Member]! }
type Leaf { name: String! maybe: String n: Int! even: Boolean! owner: Member }
type Member { id: ID! name: String! }`

// write answers { tree SELECTION }; records are shown as their number with how they are
// selected, and those from 90 on are not there. read is what was read of each group.
func write(t *testing.T, selection string, v *tree) (answer string, read []string) {
	t.Helper()
	s := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	doc, errs := gqlparser.LoadQueryWithRules(s, `query { tree `+selection+` }`, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	op := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{}}
	c := &plain.Compiler{Op: op}
	w := plain.NewWriter(0, 0)
	treeType.Compile(c, doc.Operations[0].SelectionSet[0].(*ast.Field).SelectionSet)(w, v)
	b := w.Fill([]byte("data:"), c.Groups, func(g plain.Group, ids []int64) plain.Read {
		read = append(read, fmt.Sprint(g.Field.Alias, ids))
		return func(b []byte, id int64) ([]byte, bool) {
			if id >= 90 {
				return b, false
			}
			return fmt.Appendf(b, `{"id":%d,"by":%q}`, id, g.Field.Alias), true
		}
	})
	text, found := strings.CutPrefix(string(b), "data:")
	if !found || !json.Valid([]byte(text)) {
		t.Fatalf("wrote %s", b)
	}
	return text, read
}

func TestValues(t *testing.T) {
	ratio, day := 0.1, calendar.Day(20783)
	v := &tree{leaf: &leaf{"a \"quoted\" 客户\n\x01", 2}, leaves: []leaf{{"b", 3}, {"", 4}}, words: []string{"x", "y"}, ratio: &ratio, day: &day}
	for selection, want := range map[string]string{
		`{ leaf { name } }`:                  `{"leaf":{"name":"a \"quoted\" 客户\n\u0001"}}`,
		`{ leaves { maybe n even } words }`:  `{"leaves":[{"maybe":"b","n":3,"even":false},{"maybe":null,"n":4,"even":true}],"words":["x","y"]}`,
		`{ ratio day __typename }`:           `{"ratio":0.1,"day":"2026-11-26","__typename":"Tree"}`,
		`{ a: leaf { x: n } b: leaf { n } }`: `{"a":{"x":2},"b":{"n":2}}`,
		`{ leaf { n } ...f leaf { even } } } fragment f on Tree { leaf { name: n } `: `{"leaf":{"n":2,"name":2,"even":true}}`,
		`{ ratio @skip(if: true) day @include(if: true) }`:                           `{"day":"2026-11-26"}`,
		`{ ratio @skip(if: true) }`:                                                  `{}`,
	} {
		if got, _ := write(t, selection, v); got != want {
			t.Errorf("%s:\n%s, want\n%s", selection, got, want)
		}
	}
	if got, _ := write(t, `{ leaf { n } ratio day leaves { n } words }`, &tree{}); got != `{"leaf":null,"ratio":null,"day":null,"leaves":[],"words":[]}` {
		t.Errorf("of nothing: %s", got)
	}
}

func TestNumbersAreExactAndValid(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 1e6: "1000000", -2.5: "-2.5", 1e20: "100000000000000000000", 1e21: "1e+21", 0.0001: "0.0001", 1e-9: "0.000000001"} {
		if got, _ := write(t, `{ ratio }`, &tree{ratio: &n}); got != `{"ratio":`+want+`}` {
			t.Errorf("%v is written %s", n, got)
		}
	}
}

// Each group is read once, each number once, and what is not there is null.
func TestRecordsFillTheirPlaces(t *testing.T) {
	v := &tree{leaves: []leaf{{"", 7}, {"", 95}, {"", 7}, {"", 0}, {"", 3}}, owner: 7}
	got, read := write(t, `{ owner { id } owners { name } leaves { boss: owner { name } } leaf { owner { id } } }`, v)
	want := `{"owner":{"id":7,"by":"owner"},"owners":[{"id":7,"by":"owners"},null,{"id":7,"by":"owners"},null,{"id":3,"by":"owners"}],` +
		`"leaves":[{"boss":{"id":7,"by":"boss"}},{"boss":null},{"boss":{"id":7,"by":"boss"}},{"boss":null},{"boss":{"id":3,"by":"boss"}}],"leaf":null}`
	if got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if want := []string{"owner[7]", "owners[3 7 95]", "boss[3 7 95]"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
}
