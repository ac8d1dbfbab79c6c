package gate

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// relay writes a query as component frameworks do: n components, each with a
// fragment of its own that holds a few fields and the fragments of two more.
func relay(n int) string {
	var b strings.Builder
	b.WriteString("query Page($first: Int) { customers(first: $first) { nodes { id ...C0 } } }\n")
	for i := range n {
		b.WriteString(strings.ReplaceAll("fragment C# on Customer { __typename id name level owner { id name } tasks(first: 5) { nodes { id title } }", "#", strconv.Itoa(i)))
		for child := 2*i + 1; child <= 2*i+2 && child < n; child++ {
			b.WriteString(" ...C" + strconv.Itoa(child))
		}
		b.WriteString(" }\n")
	}
	return b.String()
}

func TestHonestDocuments(t *testing.T) {
	tests := []struct{ name, query string }{
		{"the introspection query of graphql-js", read(t, "introspection.graphql")},
		{"500 distinct fields in one selection", "{wide{" + list(500, "field_#") + "}}"},
		{"a page of 60 components with a fragment each", relay(60)},
		{"a search over 60 types, each asked for the same fields", "{nodes(ids:[\"a\"]){id " + list(60, "...on T#{name wide{id field_1 field_2}}") + "}}"},
		{"50 mutations in one request", "mutation{" + list(50, `m#:updateCustomer(input:{id:"#" name:"x"}){customer{id name}}`) + "}"},
		{"3,000 identifiers in a literal list", "{nodes(ids:[" + list(3000, `"customer_#"`) + "]){id}}"},
		{"a filter with 500 branches, 5 deep", `{customers(filter:{and:[` + times(500, `{not:{not:{name:{in:["a","b"]}}}}`) + `]}){totalCount}}`},
		{"18 levels of fields", "{wide{" + nest(16, "up{", "id", "}") + "}}"},
		{"200 aliases", "{wide{" + list(200, "a#:field_1(a:#)") + "}}"},
		{"40 operations with 40 fragments", list(40, "query Q#{wide{...F#}}") + list(40, "fragment F# on Wide{id field_# up{id}}")},
		{"directives on 200 fields", "query($x:Boolean!){wide{" + list(200, "field_# @include(if:$x)") + "}}"},
		{"100 variables", "query(" + list(100, "$v#:Int=#") + "){wide{" + list(100, "field_#(a:$v#)") + "}}"},
		{"a surrogate pair and a replacement character", `{search(text:"\uD83D\uDE00 � \\ud800"){__typename}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, errs := DefaultLimits.Parse(tt.query)
			if errs != nil {
				t.Fatal(errs)
			}
			if errs := Validate(testSchema(), doc, nil, 0); errs != nil {
				t.Fatal(errs)
			}
		})
	}
}

func TestHostileDocuments(t *testing.T) {
	const costly, invalid, syntax = "TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"
	var bomb, deep strings.Builder
	for i := range 30 {
		fmt.Fprintf(&bomb, "fragment F%d on Wide{...F%d ...F%d} ", i, i+1, i+1)
		fmt.Fprintf(&deep, "fragment F%d on Wide{up{...F%d}} ", i, i+1)
	}
	const last = "fragment F30 on Wide{id}"
	introspect := func(n int, inner string) string {
		return "{__schema{types{" + nest(n, "fields{type{", inner, "}}") + "}}}"
	}
	tests := []struct{ name, query, code, message string }{
		{"30 kB of one field", "{customers{nodes{" + times(10_000, "id") + "}}}", costly, `one selection has "id" more than 200 times`},
		{"1,000 repeats", "{customers{nodes{" + times(1_000, "id") + "}}}", costly, `one selection has "id" more than 200 times`},
		{"a repeat hidden in inline fragments", "{customers{nodes{" + times(201, "...{id}") + "}}}", costly, `one selection has "id" more than 200 times`},
		{"5,000 times the same root field", "{" + times(5_000, "customers{nodes{id}}") + "}", costly, "the query has more than 15000 tokens"},
		{"1,000 times the same root field", "{" + times(1_000, "customers{nodes{id}}") + "}", costly, "an operation has more than 50 fields at its root"},
		{"root fields by fragments", "{" + times(60, "...R") + "} fragment R on Query{wide{id}}", costly, "an operation has more than 50 fields at its root"},
		{"3,000 overlapping fragments in one selection", "{customers{nodes{" + list(3_000, "...Fragment#") + "}}}" + list(3_000, "fragment Fragment# on Customer{id name level}"),
			costly, "the query has more than 15000 tokens"},
		{"1,000 overlapping fragments in one selection", "{customers{nodes{" + list(1_000, "...F#") + "}}}" + list(1_000, "fragment F# on Customer{id}"),
			costly, "the query has more than 250 fragments"},
		{"200 overlapping fragments of objects", "{wide{" + list(200, "...F#") + "}}" + list(200, "fragment F# on Wide{up{up{id field_1 field_2}}}"),
			costly, "the query takes more than 400000 steps to validate: repeat fewer fields and fragments"},
		{"60 x 60 nested inline fragments", "{customers{nodes{" + nest(60, "...on Customer{"+times(60, "...on Customer{id}"), "id", "}") + "}}}", costly, "the query has more than 15000 tokens"},
		{"60 x 30 nested inline fragments", "{customers{nodes{" + nest(60, "...on Customer{"+times(30, "...on Customer{id}"), "id", "}") + "}}}", costly, "inline fragments are nested more than 10 deep"},
		{"60 nested inline fragments", "{wide{" + nest(60, "...{", "id", "}") + "}}", costly, "inline fragments are nested more than 10 deep"},
		{"900 nested inline fragments", "{wide{" + nest(900, "...{", "id", "}") + "}}", costly, "inline fragments are nested more than 10 deep"},
		{"2,000 spreads of one fragment", "{wide{" + times(2_000, "...F") + "}} fragment F on Wide{id}", costly, "the query spreads fragments in more than 1500 places"},
		{"300 kB of unknown directives", "{__typename" + times(100_000, " @a") + "}", costly, "the query is longer than 262144 bytes"},
		{"100 kB of unknown directives", "{__typename" + times(25_000, " @a") + "}", costly, "the query has more than 15000 tokens"},
		{"20 unknown directives on one field", "{__typename" + times(20, " @a") + "}", costly, "more than 10 directives in one place"},
		{"1,000 @include on one field", "query($x:Boolean!){__typename " + times(1_000, "@include(if:$x)") + "}", costly, "more than 10 directives in one place"},
		{"1,000 @include on as many fields", "query($x:Boolean!){wide{" + list(1_000, "field_# @include(if:$x)") + "}}", costly, "the query has more than 500 directives"},
		{"1,000 aliases of a list", "{" + list(1_000, "a#:customers(first:200){nodes{id}}") + "}", costly, "the query has more than 300 aliases"},
		{"1,000 aliases of one cheap field", "{wide{" + list(1_000, "a#:id") + "}}", costly, "the query has more than 300 aliases"},
		{"30 levels", "{wide{" + nest(30, "up{", "id", "}") + "}}", costly, "fields are nested more than 20 deep"},
		{"30 levels by named fragments", "{wide{...F0}}" + deep.String() + last, costly, "fields are nested more than 20 deep"},
		{"a bomb: 30 fragments that spread the next twice", "{wide{...F0}}" + bomb.String() + last, costly, "an operation has more than 20000 selections and values once its fragments are in place"},
		{"a large literal spread often", "{wide{" + times(200, "...F") + "}} fragment F on Wide{field_1(b:[" + times(200, "1") + "])}", costly, "an operation has more than 20000 selections and values once its fragments are in place"},
		{"a circle of two fragments", "{wide{...A}} fragment A on Wide{...B} fragment B on Wide{...A}", invalid, `Cannot spread fragment "A" within itself via "B".`},
		{"a circle of three, met from outside", "{wide{...X}} fragment X on Wide{...A} fragment A on Wide{up{...B}} fragment B on Wide{...{...C}} fragment C on Wide{...A}", invalid, `Cannot spread fragment "A" within itself via "B", "C".`},
		{"a fragment in itself within an inline fragment", "{wide{...A}} fragment A on Wide{...on Wide{...A}}", invalid, `Cannot spread fragment "A" within itself.`},
		{"a circle nobody spreads", "{wide{id}} fragment A on Wide{up{...A}}", invalid, `Cannot spread fragment "A" within itself.`},
		{"introspection four lists deep", introspect(3, "name"), costly, "introspection nests lists of types and fields more than 3 deep"},
		{"introspection eight deep", introspect(8, "name"), costly, "introspection nests lists of types and fields more than 3 deep"},
		{"introspection nested by fragments", "{__schema{types{...A}}} fragment A on __Type{fields{type{...B}}} fragment B on __Type{possibleTypes{...C}} fragment C on __Type{enumValues{name}}",
			costly, "introspection nests lists of types and fields more than 3 deep"},
		{"a value 65 deep", "{search(text:\"\" json:" + nest(65, "[", "1", "]") + "){__typename}}", costly, "a value is nested more than 64 deep"},
		{"a type 65 lists deep", "query($v:" + nest(65, "[", "Int", "]") + "){wide{id}}", costly, "a type nests lists more than 64 deep"},
		{"a million values", "{wide{field_0(b:[" + times(20_000, "1") + "])}}", costly, "the query has more than 15000 tokens"},
		{"a name of 201 bytes", "{wide{" + strings.Repeat("x", 201) + "}}", costly, "a name is longer than 200 bytes"},
		{"an enum value of 201 bytes", "{customers(orderBy:" + strings.Repeat("x", 201) + "){totalCount}}", costly, "a name is longer than 200 bytes"},
		{"301 variables", "query(" + list(301, "$v#:Int") + "){wide{id}}", costly, "the query has more than 300 variables"},
		{"101 operations", list(101, "query Q#{wide{id}}"), costly, "the query has more than 100 operations"},
		{"operations that share repeated work", list(100, "query Q#{wide{...F}}") + "fragment F on Wide{" + times(50, "up{"+list(20, "field_#")+"}") + "}",
			costly, "the query takes more than 400000 steps to validate: repeat fewer fields and fragments"},
		{"a large default used often", "query($v:[Int]=[" + times(5_000, "1") + "]){search(text:\"\" matrix:[" + times(100, "$v") + "]){__typename}}",
			costly, "an operation has more than 20000 selections and values once its fragments are in place"},
		{"a lone surrogate in a literal", `{search(text:"a\ud800b"){__typename}}`, syntax, "lone surrogate in a string"},
		{"a low surrogate first", `{search(text:"日\udc00\ud800"){__typename}}`, syntax, "lone surrogate in a string"},
		{"bytes that are not UTF-8", "{search(text:\"\xff\"){__typename}}", syntax, "the query is not UTF-8"},
		{"not GraphQL", "{", syntax, "Expected Name, found <EOF>"},
		{"deeper than the parser goes", nest(5_000, "{a", "", "}"), syntax, "exceeded maximum nesting depth of 1000"},
		{"nothing", "", invalid, "no operation provided"},
		{"fragments alone", "fragment F on Wide{id}", invalid, "no operation provided"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, errs := DefaultLimits.Parse(tt.query)
			if doc != nil || len(errs) != 1 {
				t.Fatalf("got %v, %v; want one error", doc, errs)
			}
			if errs[0].Extensions["code"] != tt.code || errs[0].Message != tt.message {
				t.Errorf("got %v %q\nwant %v %q", errs[0].Extensions["code"], errs[0].Message, tt.code, tt.message)
			}
		})
	}
}

func TestRefusalSaysWhere(t *testing.T) {
	tests := []struct {
		name, query string
		want        gqlerror.Location
	}{
		{"the repeat that is too many", "{wide{" + times(200, "id") + "\n id}}", gqlerror.Location{Line: 2, Column: 2}},
		{"the outermost field of what is too deep", "{a:wide{id}\n b:wide{" + nest(30, "up{", "id", "}") + "}}", gqlerror.Location{Line: 2, Column: 2}},
		{"the spread that closes a circle", "{wide{...A}}\nfragment A on Wide{\n...A}", gqlerror.Location{Line: 3, Column: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := DefaultLimits.Parse(tt.query)
			if len(errs) != 1 || len(errs[0].Locations) != 1 || errs[0].Locations[0] != tt.want {
				t.Errorf("got %+v, want one error at %v", errs, tt.want)
			}
		})
	}
}

// TestLeftToValidation has what the pass must survive and validation reports.
func TestLeftToValidation(t *testing.T) {
	tests := []struct{ name, query, message string }{
		{"the same fragment name twice", "{wide{...F}} fragment F on Wide{id} fragment F on Wide{up{id}}", `There can be only one fragment named "F".`},
		{"an unknown fragment", "{wide{...F}}", `Unknown fragment "F".`},
		{"an unknown field", "{wide{idd}}", `Cannot query field "idd" on type "Wide". Did you mean "id"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, errs := DefaultLimits.Parse(tt.query)
			if errs != nil {
				t.Fatal(errs)
			}
			errs = Validate(testSchema(), doc, nil, 0)
			if len(errs) != 1 || errs[0].Message != tt.message || errs[0].Extensions["code"] != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("got %v, want %q", errs, tt.message)
			}
		})
	}
}

func TestValidateStopsAtEnoughErrors(t *testing.T) {
	doc, errs := DefaultLimits.Parse("{wide{" + list(7_000, "feild_#") + "}}")
	if errs != nil {
		t.Fatal(errs)
	}
	if got := len(Validate(testSchema(), doc, nil, 0)); got != 20 {
		t.Errorf("got %d errors, want 20", got)
	}
	if got := len(Validate(testSchema(), doc, nil, 3)); got != 3 {
		t.Errorf("got %d errors, want 3", got)
	}
	if got := Validate(nil, doc, nil, 3); len(got) != 1 {
		t.Errorf("without a schema: got %v, want an error", got)
	}
}

// TestSlowestAccepted keeps the documents of BenchmarkValidate honest: each
// dimension has a size that is accepted and one that is refused, and what
// Validate finds is what gqlparser finds, as far as it goes.
func TestSlowestAccepted(t *testing.T) {
	for _, dim := range dimensions {
		t.Run(dim.name, func(t *testing.T) {
			small, errs := DefaultLimits.Parse(dim.doc(1))
			if errs != nil {
				t.Fatal(errs)
			}
			want := CapErrors(validator.ValidateWithRules(testSchema(), small, nil), 0)
			got := Validate(testSchema(), small, nil, 0)
			if len(got) != len(want) {
				t.Errorf("Validate found %v, gqlparser %v", got, want)
			}
			n := 1
			for errs == nil {
				n *= 2
				_, errs = DefaultLimits.Parse(dim.doc(n))
			}
			if len(errs) != 1 || errs[0].Extensions["code"] != "TOO_COSTLY" {
				t.Errorf("size %d: got %v, want TOO_COSTLY", n, errs)
			}
		})
	}
}

func TestCapErrors(t *testing.T) {
	long := gqlerror.List{{Message: strings.Repeat("例", 1_000)}}
	got := CapErrors(long, 0)
	if len(got[0].Message) > 510 || !strings.HasPrefix(got[0].Message, "例例") || !strings.HasSuffix(got[0].Message, "例…") {
		t.Errorf("message %q", got[0].Message)
	}
	if len(long[0].Message) != 3_000 {
		t.Error("the error of the caller changed")
	}
	var many gqlerror.List
	for range 50 {
		many = append(many, gqlerror.Errorf("no"))
	}
	for n, want := range map[int]int{0: 20, -1: 20, 5: 5, 100: 50} {
		if got := len(CapErrors(many, n)); got != want {
			t.Errorf("CapErrors(50 errors, %d) keeps %d, want %d", n, got, want)
		}
	}
	if CapErrors(nil, 0) != nil {
		t.Error("no errors are some")
	}
}
