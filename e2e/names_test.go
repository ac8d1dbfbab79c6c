package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// words are the keywords of GraphQL and SQL, the names that our schema and our
// SQL use, and some that other languages trip over.
var words = distinct(`
	query mutation subscription fragment on type input enum union interface scalar schema directive extend implements repeatable
	true false null skip include deprecated if reason string int float boolean id
	select insert update delete from where group order by having limit offset fetch table column user current_user session_user role
	create drop alter grant revoke primary key foreign references unique check default constraint index view join left right inner outer
	full cross natural lateral union_all except intersect distinct all any some exists in is not and or like ilike similar between case when
	then else end cast array row rows values set into as asc desc nulls first last using with recursive returning window over partition
	analyze analyse verbose collate only system_user localtime current_date authorization binary freeze concurrently tablesample variadic
	begin commit rollback savepoint transaction vacuum do execute prepare cluster
	oid tableoid xmin xmax cmin cmax ctid
	node nodes edge edges cursor page_info page total_count count sum avg min max median after before filter order_by search
	form forms field fields record records member members customer customers organisation me token tokens option kind label title version
	created_at created_by updated_at updated_by archived_at values history data error errors code path message extensions
	eq ne not_in is_null lt lte gt gte contains starts_with ends_with during none every
	r p c pos x keys r1 text date decimal integer json date_time limit_ period period1 typename
	constructor prototype to_string length name class new this function var return func package import go nil len make string1`)

func distinct(list string) []string {
	out := strings.Fields(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// Every word is, as the key of a form, of a field and of an option, either
// refused with a reason or works in everything (SEC-63).
func TestWordsAsNames(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]func(*testing.T, *world){"fields and options": wordsAsFields, "forms": wordsAsForms} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			part(t, w)
			w.ask(t, "olga", `{ __schema { types { name } } }`, nil)
		})
	}
}

// refusedWell says whether an answer is a refusal with a reason.
func refusedWell(a *answer, paths ...string) bool {
	if len(a.errors) == 0 {
		return false
	}
	code := a.code()
	path, _ := a.view(0)["path"].([]any)
	if code != "INVALID" && code != "CONFLICT" || len(path) == 0 || a.errors[0]["message"] == "" {
		a.t.Errorf("refused without a reason: %s", a.raw)
	}
	return true
}

func camel(key string) string {
	parts := strings.Split(key, "_")
	for i := range parts {
		if r := []rune(parts[i]); i > 0 && len(r) > 0 {
			parts[i] = string(unicode.ToUpper(r[0])) + string(r[1:])
		}
	}
	return strings.Join(parts, "")
}

func pascal(key string) string { return strings.ToUpper(key[:1]) + camel(key)[1:] }

// wordsAsFields makes one form with a field of each word that is not refused, and
// a choice whose options are the words.
func wordsAsFields(t *testing.T, w *world) {
	good := append([]string(nil), words...)
	refused := map[string]bool{}
	for {
		fields := make([]vars, len(good))
		for i, word := range good {
			fields[i] = vars{"key": word, "kind": "TEXT"}
		}
		a := w.try(t, "mei", `mutation($f: [NewFieldInput!]!) { createForm(input: {key: "words", plural: "wordses", fields: $f}) { form { fields { key name } } } }`, vars{"f": fields})
		if !refusedWell(a) {
			break
		}
		bad := map[string]bool{}
		for i := range a.errors {
			path, _ := a.view(i)["path"].([]any)
			if len(path) != 4 || path[3] != "key" {
				t.Fatalf("refused at %v: %s", path, a.raw)
			}
			n, _ := path[2].(json.Number).Int64()
			bad[good[n]], refused[good[n]] = true, true
		}
		good = slices.DeleteFunc(good, func(word string) bool { return bad[word] })
	}
	if len(good) < len(words)*3/4 || !refused["ctid"] || !refused["id"] || !refused["version"] || !refused["and"] || refused["select"] || refused["group"] {
		t.Errorf("refused: %v", refused)
	}
	values, typed, filter := vars{}, vars{}, vars{}
	var sel, orders strings.Builder
	for i, word := range good {
		text := "v of " + word
		values[word], typed[camel(word)] = text, text
		filter[camel(word)] = vars{"eq": text}
		fmt.Fprintf(&sel, " %s", camel(word))
		fmt.Fprintf(&orders, ` o%d: wordses(first: 1, orderBy: {field: %s, direction: DESC}) { edges { cursor } nodes { %s } }`, i%40, strings.ToUpper(word), camel(word))
		if i%40 == 39 || i == len(good)-1 {
			w.ask(t, "tom", "{"+orders.String()+"}", nil)
			orders.Reset()
		}
	}
	a := w.ask(t, "tom", `mutation($t: CreateWordsInput!) { createWords(input: $t) { words {`+sel.String()+` values } } }`, vars{"t": typed})
	for _, word := range good {
		if want := "v of " + word; a.at("createWords", "words", camel(word)) != want || a.at("createWords", "words", "values", word) != want {
			t.Errorf("%s comes back as %v and %v", word, a.at("createWords", "words", camel(word)), a.at("createWords", "words", "values", word))
		}
	}
	w.ask(t, "tom", `mutation($v: JSON!) { createRecord(input: {form: "words", values: $v}) { record { id } } }`, vars{"v": values})
	a = w.ask(t, "tom", `query($f: WordsFilter) { wordses(filter: $f) { totalCount nodes {`+sel.String()+` } } }`, vars{"f": filter})
	if fmt.Sprint(a.at("wordses", "totalCount")) != "2" {
		t.Errorf("filtered by every word: %s", clip(a.raw))
	}
	generic := vars{}
	for _, word := range good {
		generic[word] = vars{"contains": "OF " + word}
	}
	a = w.ask(t, "tom", `query($f: JSON) { records(form: "words", filter: $f) { totalCount } }`, vars{"f": generic})
	if fmt.Sprint(a.at("records", "totalCount")) != "2" {
		t.Errorf("generic: %s", clip(a.raw))
	}
	a = w.ask(t, "tom", `mutation($t: WordsSet!) { updateWords(input: {id: "words_1", version: 1, set: $t}) { words { version } } }`, vars{"t": typed})
	if fmt.Sprint(a.at("updateWords", "words", "version")) != "2" {
		t.Error(clip(a.raw))
	}
	wordsAsOptions(t, w)
}

func wordsAsOptions(t *testing.T, w *world) {
	options := []vars{}
	for _, word := range append(words, "a1", "a_1") {
		if word == "true" || word == "false" || word == "null" || strings.HasSuffix(word, "_") {
			a := w.try(t, "mei", `mutation($o: [FieldOptionInput!]) { addField(input: {form: "words", key: "bad", kind: CHOICE, settings: {options: $o}}) { field { key } } }`, vars{"o": []vars{{"key": word}}})
			if !refusedWell(a) {
				t.Errorf("option %s is taken", word)
			}
			continue
		}
		options = append(options, vars{"key": word})
	}
	w.ask(t, "mei", `mutation($o: [FieldOptionInput!]) { addField(input: {form: "words", key: "pick0", kind: CHOICE, settings: {options: $o}}) { field { key } } }`, vars{"o": options})
	var q strings.Builder
	for i, o := range options {
		key := o["key"].(string)
		fmt.Fprintf(&q, ` a%d: wordses(filter: {pick0: {in: [%s]}}) { totalCount }`, i%40, strings.ToUpper(key))
		if i%40 == 39 || i == len(options)-1 {
			w.ask(t, "tom", "{"+q.String()+"}", nil)
			q.Reset()
		}
		if i%10 == 0 {
			a := w.ask(t, "tom", fmt.Sprintf(`mutation { createWords(input: {pick0: %s}) { words { pick0 values(fields: ["pick0"]) } } }`, strings.ToUpper(key)), nil)
			if a.at("createWords", "words", "pick0") != strings.ToUpper(key) || a.at("createWords", "words", "values", "pick0") != key {
				t.Error(a.raw)
			}
		}
	}
}

// wordsAsForms makes a form of each word and uses it; the schema must load after
// each.
func wordsAsForms(t *testing.T, w *world) {
	made := 0
	for _, word := range strings.Fields(`query select table user order group type node data from where null filter count cursor edges
		in values fragment on typename class field create_task r key`) {
		a := w.try(t, "mei", `mutation($k: String!) { createForm(input: {key: $k, fields: [{key: "name", kind: TEXT}, {key: "kind", kind: CHOICE, settings: {options: [{key: "a"}]}}]}) { form { key } } }`, vars{"k": word})
		if refusedWell(a) {
			w.ask(t, "mei", `{ me { name } }`, nil)
			continue
		}
		made++
		one, typ := camel(word), pascal(word)
		many := camel(word + "s")
		a = w.ask(t, "tom", fmt.Sprintf(`mutation { a: create%s(input: {name: "x", kind: A}) { %s { id name kind } } b: createRecord(input: {form: "%s", values: {name: "y", kind: "a"}}) { record { id } } }`, typ, one, word), nil)
		id := a.text("a", one, "id")
		a = w.ask(t, "tom", fmt.Sprintf(`{ %s(id: "%s") { name } %s(filter: {kind: {eq: A}, name: {ne: "z"}}, orderBy: [{field: NAME}, {field: ID}]) { totalCount nodes { __typename title } } record(id: "%s") { ... on %s { kind } } records(form: "%s") { totalCount } }`,
			one, id, many, id, typ, word), nil)
		if fmt.Sprint(a.at(many, "totalCount")) != "2" || a.at(many, "nodes", 0, "__typename") != typ || a.at("record", "kind") != "A" {
			t.Errorf("%s: %s", word, a.raw)
		}
	}
	if made < 15 {
		t.Errorf("only %d words were taken as forms", made)
	}
	for _, key := range []string{"query", "record", "member", "page_info", "customer_filter", "customer_tier", "mutation", "subscription", "node", "form", "string"} {
		if !refusedWell(w.try(t, "mei", `mutation($k: String!) { createForm(input: {key: $k}) { form { key } } }`, vars{"k": key})) {
			t.Errorf("a form %s is taken", key)
		}
	}
	a := w.try(t, "mei", `mutation { createForm(input: {key: "tale", plural: "customer"}) { form { key } } }`, nil)
	refusedWell(a)
	a.want("INVALID")
}

// Keys that are no plain names never come near SQL (SEC-25).
func TestKeysThatAreNoNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.first.statements()
	for _, key := range []string{"", `x"; drop table customer; --`, `a"b`, "$1", "%s", "a b", "a\u200bb", "nаme", strings.Repeat("a", 64), "A", "1a", "_x", "__typename", "a__b", "a_", "a-b", "a.b", "a\x00b", "名称", "é"} {
		for _, q := range []string{`mutation($k: String!) { addField(input: {form: "customer", key: $k, kind: TEXT}) { field { key } } }`,
			`mutation($k: String!) { createForm(input: {key: $k}) { form { key } } }`,
			`mutation($k: String!) { createForm(input: {key: "fine", plural: $k, fields: [{key: $k, kind: TEXT}]}) { form { key } } }`,
			`mutation($k: String!) { addField(input: {form: "customer", key: "fine", kind: CHOICE, settings: {options: [{key: $k}]}}) { field { key } } }`,
			`mutation($k: String!) { addField(input: {form: "task", key: "fine", kind: MEMBER, settings: {inverse: $k}}) { field { key } } }`} {
			if key == "" && strings.Contains(q, "inverse") { // none
				continue
			}
			if a := w.try(t, "mei", q, vars{"k": key}); a.code() != "INVALID" {
				t.Errorf("key %q: %s: %s", key, q, a.raw)
			}
		}
	}
	for _, pair := range [][2]string{{"short_name", "CONFLICT"}, {"shortname", ""}, {"annual_revenue", "CONFLICT"}, {"a_1", ""}, {"a1", "INVALID"}} {
		if a := w.try(t, "mei", `mutation($k: String!) { addField(input: {form: "customer", key: $k, kind: TEXT}) { field { key } } }`, vars{"k": pair[0]}); a.code() != pair[1] {
			t.Errorf("key %q: %q, want %q: %s", pair[0], a.code(), pair[1], a.raw)
		}
	}
}
