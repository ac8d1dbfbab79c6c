package gate

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed testdata/schema.graphql
var schemaText string

// testSchema is the schema of testdata with a wide form and many types.
var testSchema = sync.OnceValue(func() *ast.Schema {
	var b strings.Builder
	b.WriteString(schemaText)
	b.WriteString("type Wide implements Node {\n id: ID!\n up: Wide\n")
	for i := range 500 {
		fmt.Fprintf(&b, " field_%d(a: Int, b: [Int]): String\n", i)
	}
	b.WriteString("}\n")
	for i := range 60 {
		fmt.Fprintf(&b, "type T%d implements Node { id: ID! wide: Wide peer: T%d name: String }\n", i, (i+1)%60)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: b.String()})
})

// list writes a text n times with its number in place of each #.
func list(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
		b.WriteByte(' ')
	}
	return b.String()
}

func times(n int, text string) string { return strings.Repeat(text+" ", n) }

// nest puts n opening texts before and n closing texts after the middle.
func nest(n int, open, middle, end string) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
}

// dimensions are ways in which a document of size n is hard to validate. The
// largest n that is accepted is the one to measure.
var dimensions = []struct {
	name string
	doc  func(n int) string
}{
	{"distinct fields in one selection", func(n int) string { return "{wide{" + list(n, "field_#") + "}}" }},
	{"every field 200 times", func(n int) string { return "{wide{" + times(200, list(n, "field_#")) + "}}" }},
	{"every field 30 times", func(n int) string { return "{wide{" + times(30, list(n, "field_#")) + "}}" }},
	{"object fields repeated, with fields below", func(n int) string {
		return "{wide{" + times(200, "up{"+list(n, "field_#")+"}") + "}}"
	}},
	{"object fields repeated on two levels", func(n int) string {
		return "{wide{" + times(n, "up{"+times(n, "up{id}")+"}") + "}}"
	}},
	{"object fields repeated on three levels", func(n int) string {
		return "{wide{" + times(n, "up{"+times(n, "up{"+times(n, "up{id}")+"}")+"}") + "}}"
	}},
	{"conflicting arguments, each pair an error", func(n int) string {
		return "{wide{" + list(n, "field_0(a:#) field_1(a:#) field_2(a:#) field_3(a:#) field_4(a:#)") + "}}"
	}},
	{"conflicts below repeated fields", func(n int) string {
		return "{wide{" + list(n, "up{up{field_0(a:#) field_1(a:#) field_2(a:#)}}") + "}}"
	}},
	{"fragments of one field in one selection", func(n int) string {
		return "{wide{" + list(n, "...F#") + "}} " + list(n, "fragment F# on Wide{id}")
	}},
	{"fragments of ten fields in one selection", func(n int) string {
		return "{wide{" + list(n, "...F#") + "}} " + list(n, "fragment F# on Wide{field_0 field_1 field_2 field_3 field_4 field_5 field_6 field_7 field_8 field_9}")
	}},
	{"fragments with a shared object", func(n int) string {
		return "{wide{" + list(n, "...F#") + "}} " + list(n, "fragment F# on Wide{up{up{up{id field_0 field_1}}}}")
	}},
	{"fragments in a chain", func(n int) string {
		return "{wide{...F0}}" + chain(n, "field_0 field_1 field_2 field_3 field_4")
	}},
	{"fragments in two layers", func(n int) string {
		var b strings.Builder
		b.WriteString("{wide{" + list(n, "...A#") + "}}")
		for i := range n {
			fmt.Fprintf(&b, "fragment A%d on Wide{%s}", i, list(n, "...B#"))
		}
		return b.String() + bs(n)
	}},
	{"one large fragment spread by many", func(n int) string {
		return "{wide{" + list(n, "...F#") + "}} " + list(n, "fragment F# on Wide{up{...Big}}") + "fragment Big on Wide{" + list(200, "field_#") + "}"
	}},
	{"fragments under objects of two types", func(n int) string {
		return "{nodes(ids:[]){...on T0{wide{" + list(n, "...F#") + "}} ...on T1{wide{" + list(n, "...F#") + "}} ...on Node{...on T0{wide{" + list(n, "...F#") + "}}}}} " +
			list(n, "fragment F# on Wide{up{id}}")
	}},
	{"inline fragments on 60 types", func(n int) string {
		return "{nodes(ids:[]){" + times(n, list(60, "...on T#{name wide{id}}")) + "}}"
	}},
	{"inline fragments of a disjoint interface", func(n int) string {
		return "{nodes(ids:[]){id " + times(n, "...N") + "}} fragment N on Note{text}"
	}},
	{"inline fragments nested 10 deep", func(n int) string {
		return "{wide{" + times(n, nest(10, "...on Wide{", "id", "}")) + "}}"
	}},
	{"inline fragments nested 10 deep, wide at the bottom", func(n int) string {
		return "{wide{" + nest(10, "...on Wide{field_0 ", list(n, "field_#"), "}") + "}}"
	}},
	{"inline fragments n x n", func(n int) string {
		return "{wide{" + nest(9, "...on Wide{"+times(n, "...on Wide{id}"), "id", "}") + "}}"
	}},
	{"inline fragments in fragments that reach each other", func(n int) string {
		return "{wide{...F0}}" + chain(n, "...on Wide{up{id field_0} up{field_2}}")
	}},
	{"operations that share a fragment", func(n int) string {
		return list(n, "query Q#{wide{...F}}") + "fragment F on Wide{up{up{" + list(40, "field_#") + "} up{" + list(40, "field_#") + "}}}"
	}},
	{"operations that share repeated objects", func(n int) string {
		return list(100, "query Q#{wide{...F}}") + "fragment F on Wide{" + times(n, "up{id}") + "}"
	}},
	{"aliases with object arguments", func(n int) string {
		return "{" + "customers{nodes{" + list(n, "a#:name(language:\"en\" as:{style:\"x\" deep:{style:\"y\" list:[{style:\"z\"}]}})") + "}}}"
	}},
	{"repeated fields with object arguments", func(n int) string {
		return "{customers{nodes{" + times(200, "name(as:{list:["+times(n, `{style:"z"}`)+"]})") + "}}}"
	}},
	{"repeated arguments", func(n int) string {
		return "{customers{nodes{" + times(10, "name("+list(n, "a#:#")+")") + "}}}"
	}},
	{"directives", func(n int) string {
		return "query($x:Boolean!){wide{" + list(n, "field_# @include(if:$x)") + "}}"
	}},
	{"unknown directives", func(n int) string { return "{wide{" + list(n, "field_# @a") + "}}" }},
	{"variables, each used once", func(n int) string {
		return "query(" + list(n, "$v#:Int") + "){wide{" + list(n, "field_#(a:$v#)") + "}}"
	}},
	{"300 variables, the last used often", func(n int) string {
		return "query(" + list(300, "$v#:Int") + "){wide{" + list(30, "field_#(b:["+times(n, "$v299")+"])") + "}}"
	}},
	{"a large default used often", func(n int) string {
		return "query($v:[Int]=[" + times(n, "1") + "]){search(text:\"\" matrix:[" + times(n, "$v") + "]){__typename}}"
	}},
	{"numbers in a list", func(n int) string { return "{wide{field_0(b:[" + times(n, "1") + "])}}" }},
	{"wrong values in a list", func(n int) string { return "{wide{field_0(b:[" + times(n, "x") + "])}}" }},
	{"objects in a list", func(n int) string {
		return "{customers(filter:{and:[" + times(n, `{name:{eq:"x"}}`) + "]}){totalCount}}"
	}},
	{"a filter 60 deep, wide at the bottom", func(n int) string {
		return "{customers(filter:" + nest(60, "{not:", "{name:{in:["+times(n, `"x"`)+"]}}", "}") + "){totalCount}}"
	}},
	{"a long literal of the wrong type in fragments", func(n int) string {
		return "{wide{...F0}}" + chain(n, `field_0(a:"`+strings.Repeat("x", 240_000/max(n, 1))+`")`)
	}},
	{"20 deep, repeated at the bottom", func(n int) string {
		return "{wide{" + nest(17, "up{", times(200, "up{"+list(n, "field_#")+"}"), "}") + "}}"
	}},
	{"unknown fields", func(n int) string { return "{wide{" + list(n, "feild_#") + "}}" }},
	{"unknown types of fragments", func(n int) string {
		return "{wide{" + list(n, "...F#") + "}} " + list(n, "fragment F# on Custommer{id}")
	}},
}

func bs(n int) string { return list(n, "fragment B# on Wide{id field_#}") }

// chain writes n+1 fragments that spread each the next, with more in each.
func chain(n int, more string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "fragment F%d on Wide{...F%d %s} ", i, i+1, more)
	}
	fmt.Fprintf(&b, "fragment F%d on Wide{id}", n)
	return b.String()
}

// largest returns the largest document of a dimension that is accepted.
func largest(t testing.TB, doc func(n int) string) (string, int) {
	t.Helper()
	accepted := func(n int) bool {
		_, errs := DefaultLimits.Parse(doc(n))
		return errs == nil
	}
	if !accepted(1) {
		_, errs := DefaultLimits.Parse(doc(1))
		t.Fatalf("size 1 is refused: %v", errs)
	}
	low, high := 1, 2
	for accepted(high) {
		low, high = high, 2*high
	}
	for high-low > 1 {
		if mid := (low + high) / 2; accepted(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return doc(low), low
}
