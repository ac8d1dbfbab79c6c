package e2e_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"
)

// kinds is a form with a field of every kind that has a column.
const kinds = `mutation { createForm(input: {key: "sample", fields: [
  {key: "one_line", kind: TEXT, settings: {maxLength: 40}}, {key: "many_lines", kind: LONG_TEXT}, {key: "whole_number", kind: INTEGER}, {key: "amount_paid", kind: DECIMAL},
  {key: "is_paid", kind: BOOLEAN}, {key: "on_day", kind: DATE}, {key: "at_time", kind: DATETIME}, {key: "pick_one", kind: CHOICE, settings: {options: [{key: "a_b"}, {key: "c"}]}},
  {key: "for_member", kind: MEMBER}, {key: "for_customer", kind: REFERENCE, settings: {to: "customer"}}, {key: "strict", kind: TEXT, settings: {pattern: "(a+)+$"}}] }) { form { key } } }`

// raw is JSON as it is written.
type raw = json.RawMessage

// cases are values as clients may send them: what comes back, or the code.
var cases = []struct {
	key, value string // JSON
	want       string // JSON, "" for a fault INVALID
	code       string
}{
	{"one_line", `"plain"`, `"plain"`, ""},
	{"one_line", `"  kept  "`, `"  kept  "`, ""},
	{"one_line", `""`, `null`, ""},
	{"one_line", `"   "`, `null`, ""},
	{"one_line", `null`, `null`, ""},
	{"one_line", `"' or 1=1 -- \" \\ $$ % _ \\% {a,b} NULL \\N"`, `"' or 1=1 -- \" \\ $$ % _ \\% {a,b} NULL \\N"`, ""},
	{"one_line", `"😀 客户 \u200f"`, `"😀 客户 \u200f"`, ""},
	{"one_line", `"a\u2028b"`, "", "INVALID"},
	{"one_line", `"e\u0301"`, `"é"`, ""},
	{"one_line", `"\u0001"`, "", "INVALID"},
	{"one_line", `"a\tb"`, "", "INVALID"},
	{"one_line", `"a\u0000b"`, "", "INVALID"},
	{"one_line", `"12345678901234567890123456789012345678901"`, "", "INVALID"},
	{"many_lines", `"a\r\n\tb"`, `"a\n\tb"`, ""},
	{"many_lines", `"` + strings.Repeat("x", 100_000) + `"`, `"` + strings.Repeat("x", 100_000) + `"`, ""},
	{"many_lines", `"` + strings.Repeat("x", 100_001) + `"`, "", "INVALID"},
	{"whole_number", `0`, `0`, ""},
	{"whole_number", `-0`, `0`, ""},
	{"whole_number", `5.0`, `5`, ""},
	{"whole_number", `9007199254740991`, `9007199254740991`, ""},
	{"whole_number", `-9007199254740991`, `-9007199254740991`, ""},
	{"whole_number", `9007199254740992`, "", "INVALID"},
	{"whole_number", `9223372036854775808`, "", "INVALID"},
	{"whole_number", `1.5`, "", "INVALID"},
	{"amount_paid", `"0.10"`, `"0.10"`, ""},
	{"amount_paid", `12.50`, `"12.50"`, ""},
	{"amount_paid", `1e3`, `"1000"`, ""},
	{"amount_paid", `"-0.00"`, `"0.00"`, ""},
	{"amount_paid", `"99999999999999999999999999.999999999999"`, `"99999999999999999999999999.999999999999"`, ""},
	{"amount_paid", `"NaN"`, "", "INVALID"},
	{"amount_paid", `"Infinity"`, "", "INVALID"},
	{"amount_paid", `1e131071`, "", "INVALID"},
	{"amount_paid", `1e-16383`, "", "INVALID"},
	{"amount_paid", `"1,000"`, "", "INVALID"},
	{"amount_paid", `"` + strings.Repeat("9", 200) + `"`, "", "INVALID"},
	{"is_paid", `true`, `true`, ""},
	{"is_paid", `false`, `false`, ""},
	{"on_day", `"2024-02-29"`, `"2024-02-29"`, ""},
	{"on_day", `"0001-01-01"`, `"0001-01-01"`, ""},
	{"on_day", `"9999-12-31"`, `"9999-12-31"`, ""},
	{"on_day", `"2026-02-29"`, "", "INVALID"},
	{"on_day", `"infinity"`, "", "INVALID"},
	{"on_day", `"0000-00-00"`, "", "INVALID"},
	{"on_day", `"4714-01-01 BC"`, "", "INVALID"},
	{"on_day", `"300000-01-01"`, "", "INVALID"},
	{"at_time", `"2026-01-31T09:30:00+08:00"`, `"2026-01-31T01:30:00Z"`, ""},
	{"at_time", `"2026-01-31T09:30:00.123456Z"`, `"2026-01-31T09:30:00.123456Z"`, ""},
	{"at_time", `"9999-12-31T23:59:59Z"`, `"9999-12-31T23:59:59Z"`, ""},
	{"at_time", `"0001-01-01T00:00:00+01:00"`, "", "INVALID"},
	{"at_time", `"now"`, "", "INVALID"},
	{"at_time", `"2026-01-31"`, "", "INVALID"},
	{"for_member", `"member_1"`, `"member_1"`, ""},
	{"for_member", `"customer_1"`, "", "INVALID"},
	{"for_member", `"member_01"`, "", "INVALID"},
	{"for_member", `"member_99999"`, "", "NOT_FOUND"},
	{"for_member", `"member_9223372036854775807"`, "", "NOT_FOUND"},
	{"for_member", `"member_9223372036854775808"`, "", "INVALID"},
	{"for_customer", `"customer_1"`, `"customer_1"`, ""},
	{"for_customer", `"customer_1 "`, "", "INVALID"},
	{"strict", `"` + strings.Repeat("a", 400) + `!"`, "", "INVALID"},
	{"strict", `"aaa"`, `"aaa"`, ""},
}

// Every value is stored and told, or refused, alike through both faces, by
// variables and by literals (SEC-31, 32, 33).
func TestFacesAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", kinds, nil)
	w.ask(t, "mei", `mutation { createCustomer(input: {name: "C"}) { customer { id } } }`, nil)
	for _, c := range cases {
		generic := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { x: createRecord(input: {form: "sample", values: $v}) { record { values } } }`,
			vars: vars{"v": map[string]raw{c.key: raw(c.value)}}})
		name := camel(c.key)
		typed := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: CreateSampleInput!) { x: createSample(input: $v) { sample { values } } }`,
			vars: vars{"v": map[string]raw{name: raw(c.value)}}})
		if c.want == "" {
			if generic.code() != c.code || typed.code() != c.code {
				t.Errorf("%s %s: %s and %s, want %s", c.key, clip(c.value), clip(generic.raw), clip(typed.raw), c.code)
				continue
			}
			g, y := generic.view(0), typed.view(0)
			if g["message"] != y["message"] || fmt.Sprint(g["path"]) != "[input values "+c.key+"]" || fmt.Sprint(y["path"]) != "[input "+name+"]" {
				t.Errorf("%s %s: %v and %v", c.key, clip(c.value), g, y)
			}
			continue
		}
		if len(generic.errors)+len(typed.errors) > 0 {
			t.Errorf("%s %s: %s and %s", c.key, clip(c.value), clip(generic.raw), clip(typed.raw))
			continue
		}
		want, err := expected(strings.ReplaceAll(c.want, "...", ""))
		if err != nil {
			t.Fatal(err)
		}
		g, y := generic.at("x", "record", "values", c.key), typed.at("x", "sample", "values", c.key)
		if !reflect.DeepEqual(g, want) || !reflect.DeepEqual(y, want) {
			t.Errorf("%s %s comes back as %s and %s, want %s", c.key, clip(c.value), show(g), show(y), clip(c.want))
		}
	}
	t.Run("numbers in the document", func(t *testing.T) { numbersInDocuments(t, w) })
	t.Run("types that validation knows", func(t *testing.T) { typesAgree(t, w) })
	t.Run("reads", func(t *testing.T) { readsAgree(t, w) })
}

// numbersInDocuments sends numbers as literals and as defaults of variables: they
// never pass through floating point.
func numbersInDocuments(t *testing.T, w *world) {
	const digits = "12345678901234567890.123456789012"
	for name, q := range map[string]string{
		"typed literal":   `mutation { x: createSample(input: {amountPaid: ` + digits + `}) { y: sample { values(fields: ["amount_paid"]) } } }`,
		"generic literal": `mutation { x: createRecord(input: {form: "sample", values: {amount_paid: ` + digits + `}}) { y: record { values(fields: ["amount_paid"]) } } }`,
		"typed default":   `mutation($a: Decimal = ` + digits + `) { x: createSample(input: {amountPaid: $a}) { y: sample { values(fields: ["amount_paid"]) } } }`,
		"input default":   `mutation($i: CreateSampleInput! = {amountPaid: ` + digits + `}) { x: createSample(input: $i) { y: sample { values(fields: ["amount_paid"]) } } }`,
		"generic default": `mutation($v: JSON! = {amount_paid: ` + digits + `}) { x: createRecord(input: {form: "sample", values: $v}) { y: record { values(fields: ["amount_paid"]) } } }`,
		"variable inside": `mutation($a: JSON = ` + digits + `) { x: createRecord(input: {form: "sample", values: {amount_paid: $a}}) { y: record { values(fields: ["amount_paid"]) } } }`,
	} {
		a := w.ask(t, "tom", q, nil)
		if got := a.at("x", "y", "values", "amount_paid"); got != digits {
			t.Errorf("%s: %v, want %s", name, got, digits)
		}
	}
	w.try(t, "tom", `mutation { createSample(input: {wholeNumber: 9007199254740993}) { sample { id } } }`, nil).want("INVALID")
	w.try(t, "tom", `mutation($n: Integer = 9007199254740993) { createSample(input: {wholeNumber: $n}) { sample { id } } }`, nil).want("INVALID")
}

// typesAgree sends values of a wrong JSON type: what the typed face's validation
// refuses, the generic face refuses too.
func typesAgree(t *testing.T, w *world) {
	for key, values := range map[string][]string{
		"one_line": {`1`, `true`, `["x"]`, `{"a": 1}`}, "whole_number": {`true`, `[1]`, `{}`}, "amount_paid": {`true`, `[]`}, "is_paid": {`"true"`, `1`, `"yes"`}, "on_day": {`1`, `true`},
		"at_time": {`1`, `[]`}, "pick_one": {`1`, `"nope"`, `["C"]`, `{}`}, "for_member": {`true`, `{}`, `[]`},
	} {
		for _, v := range values {
			generic := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { createRecord(input: {form: "sample", values: $v}) { record { id } } }`, vars: vars{"v": map[string]raw{key: raw(v)}}})
			typed := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: CreateSampleInput!) { createSample(input: $v) { sample { id } } }`, vars: vars{"v": map[string]raw{camel(key): raw(v)}}})
			if generic.code() != "INVALID" || typed.code() != "INVALID" && typed.code() != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s %s: %s and %s", key, v, generic.raw, typed.raw)
			}
		}
	}
}

// readsAgree asks the same filters and orders of both faces.
func readsAgree(t *testing.T, w *world) {
	filters := []string{
		`{"oneLine": {"contains": "KEPT"}}`, `{"oneLine": {"eq": ""}}`, `{"oneLine": {"isNull": true}}`, `{"oneLine": {"ne": "plain"}}`, `{"oneLine": {"in": ["plain", "é"]}}`, `{"oneLine": {"gte": "a", "lt": "q"}}`,
		`{"wholeNumber": {"gt": 0}}`, `{"wholeNumber": {"between": [-5, 5]}}`, `{"amountPaid": {"eq": "0.1"}}`, `{"amountPaid": {"gte": 12.5}}`, `{"amountPaid": {"notIn": ["1000", 0]}}`, `{"isPaid": {"eq": false}}`, `{"isPaid": {"ne": true}}`,
		`{"onDay": {"lte": "2024-02-29"}}`, `{"onDay": {"during": "OVERDUE"}}`, `{"atTime": {"gt": "2026-01-31T01:30:00Z"}}`, `{"forMember": {"name": {"eq": "Olga"}}}`, `{"forCustomer": {"isNull": false}}`,
		`{"or": [{"strict": {"eq": "aaa"}}, {"not": {"isPaid": {"isNull": true}}}]}`, `{"createdBy": {"name": {"eq": "Tom"}}, "version": {"eq": 1}, "archivedAt": {"isNull": true}}`, `{"id": {"in": ["sample_1", "sample_2", "sample_999"]}}`,
		// and what both refuse
		`{"wholeNumber": {"gt": "x"}}`, `{"onDay": {"during": "SOMETIMES"}}`, `{"onDay": {"eq": "2026-02-30"}}`, `{"amountPaid": {"between": ["1"]}}`, `{"id": {"eq": "task_1"}}`,
	}
	rename := strings.NewReplacer("oneLine", "one_line", "wholeNumber", "whole_number", "amountPaid", "amount_paid", "isPaid", "is_paid", "onDay", "on_day", "atTime", "at_time", "forMember", "for_member",
		"forCustomer", "for_customer", "createdBy", "created_by", "archivedAt", "archived_at")
	for _, f := range filters {
		typed := post(t, w, call{token: w.tokens["vera"], query: `query($f: SampleFilter) { x: samples(filter: $f, first: 100, orderBy: [{field: ON_DAY, direction: DESC}, {field: ONE_LINE, nulls: FIRST}]) { totalCount nodes { id values } } }`, vars: vars{"f": raw(f)}})
		generic := post(t, w, call{token: w.tokens["vera"], query: `query($f: JSON) { x: records(form: "sample", filter: $f, first: 100, orderBy: [{field: "on_day", direction: DESC}, {field: "one_line", nulls: FIRST}]) { totalCount nodes { id values } } }`, vars: vars{"f": raw(rename.Replace(f))}})
		if typed.code() == "GRAPHQL_VALIDATION_FAILED" && generic.code() == "INVALID" {
			continue
		}
		if typed.code() != generic.code() || !reflect.DeepEqual(typed.data, generic.data) {
			t.Errorf("%s: %s\n%s", f, clip(typed.raw), clip(generic.raw))
		}
		if got, want := paths(typed), paths(generic); rename.Replace(got) != want {
			t.Errorf("%s is refused at %s and %s", f, got, want)
		}
	}
}

func paths(a *answer) string {
	var out []string
	for i := range a.errors {
		out = append(out, fmt.Sprint(a.view(i)["path"], a.view(i)["message"]))
	}
	sort.Strings(out)
	return strings.Join(out, ";")
}
