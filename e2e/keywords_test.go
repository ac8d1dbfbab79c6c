package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// graphQLWords are words of GraphQL's grammar and of what clients expect at the
// top of answers.
var graphQLWords = strings.Fields(`query mutation subscription fragment on type input enum union interface scalar schema directive extend implements
	repeatable true false null group count order node id data errors name fields`)

// keywords are those of the PostgreSQL that the tests run on.
func keywords(t *testing.T, o *orgtest.Org, categories string) []string {
	t.Helper()
	var out []string
	if err := o.DB.Control.SelectContext(t.Context(), &out, `SELECT word FROM pg_get_keywords() WHERE position(catcode::text IN $1) > 0 OR $1 = '' ORDER BY word`, categories); err != nil {
		t.Fatal(err)
	}
	return append(out, graphQLWords...)
}

// accepted makes forms of those keys whose key is accepted; the rest must be
// refused with a reason.
func accepted(t *testing.T, o *orgtest.Org, forms []form.NewForm) (made []form.NewForm) {
	t.Helper()
	for len(forms) > 0 {
		_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, forms...)
		if err == nil {
			return forms
		}
		var bad fault.List
		if other := bad.Add(err); other != nil {
			t.Fatal(other)
		}
		gone := map[string]bool{}
		for _, f := range bad {
			if k := f.Kind; k != fault.Invalid && k != fault.Conflict || f.Message == "" {
				t.Fatalf("refused at %v: %v", f.Path, f)
			}
			path := f.Path
			if len(forms) == 1 {
				path = append([]any{0}, path...)
			}
			n := &forms[path[0].(int)]
			if path[1] == "fields" {
				gone[n.Key+"."+n.Fields[path[2].(int)].Key] = true
			} else {
				gone[n.Key] = true
			}
		}
		if len(gone) == 0 {
			t.Fatal("refused for no reason")
		}
		forms = slices.DeleteFunc(forms, func(n form.NewForm) bool { return gone[n.Key] })
		for i := range forms {
			n := &forms[i]
			n.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(x form.NewField) bool { return gone[n.Key+"."+x.Key] })
		}
	}
	return nil
}

// Every keyword of PostgreSQL and GraphQL is, as the key of a field, refused with
// a reason or works in everything, through both faces.
func TestKeywordsAsFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := keywords(t, w.acme, "")
	slices.Sort(all)
	all = slices.Compact(all)
	var forms []form.NewForm
	for part := range slices.Chunk(all, 200) {
		n := form.NewForm{Key: fmt.Sprintf("part%d", len(forms))}
		for _, word := range part {
			n.Fields = append(n.Fields, form.NewField{Key: word, Kind: "TEXT"})
		}
		forms = append(forms, n)
	}
	asked := len(all)
	forms = accepted(t, w.acme, forms)
	taken := 0
	for _, n := range forms {
		values, typed, filter, generic := vars{}, vars{}, vars{}, vars{}
		var sel strings.Builder
		for _, x := range n.Fields {
			taken++
			values[x.Key], typed[camel(x.Key)] = "v of "+x.Key, "v of "+x.Key
			filter[camel(x.Key)], generic[x.Key] = vars{"eq": "v of " + x.Key}, vars{"startsWith": "V OF " + x.Key}
			fmt.Fprintf(&sel, " %s", camel(x.Key))
		}
		typ, one, many := pascal(n.Key), n.Key, n.Key+"s"
		a := w.ask(t, "tom", fmt.Sprintf(`mutation($t: Create%sInput!, $v: JSON!) { typed: create%s(input: $t) { %s { id %s values } } generic: createRecord(input: {form: %q, values: $v}) { record { id version values } } }`,
			typ, typ, one, sel.String(), n.Key), vars{"t": typed, "v": values})
		for _, x := range n.Fields {
			if want := "v of " + x.Key; a.at("typed", one, camel(x.Key)) != want || a.at("typed", one, "values", x.Key) != want || a.at("generic", "record", "values", x.Key) != want {
				t.Errorf("%s comes back as %v", x.Key, a.at("typed", one, camel(x.Key)))
			}
		}
		id := a.text("generic", "record", "id")
		a = w.ask(t, "tom", fmt.Sprintf(`query($f: %sFilter, $g: JSON) { typed: %s(filter: $f) { totalCount nodes { %s } } generic: records(form: %q, filter: $g) { totalCount } }`, typ, many, sel.String(), n.Key),
			vars{"f": filter, "g": generic})
		if fmt.Sprintf("%v %v", a.at("typed", "totalCount"), a.at("generic", "totalCount")) != "2 2" {
			t.Errorf("filtered by every word: %s", clip(a.raw))
		}
		for part := range slices.Chunk(n.Fields, 15) {
			var orders strings.Builder
			for i, x := range part {
				fmt.Fprintf(&orders, ` t%d: %s(first: 1, orderBy: {field: %s}) { edges { cursor } } g%d: records(form: %q, first: 1, orderBy: {field: %q, direction: DESC}) { nodes { id } }`, i, many, strings.ToUpper(x.Key), i, n.Key, x.Key)
			}
			w.ask(t, "tom", "{"+orders.String()+"}", nil)
		}
		a = w.ask(t, "tom", `mutation($id: ID!, $v: JSON!) { updateRecord(input: {id: $id, version: 1, set: $v}) { record { version } } }`, vars{"id": id, "v": values})
		if fmt.Sprint(a.at("updateRecord", "record", "version")) != "2" {
			t.Error(clip(a.raw))
		}
	}
	t.Logf("%d of %d words are keys of fields", taken, asked)
	if taken < asked*19/20 {
		t.Errorf("only %d of %d words are taken", taken, asked)
	}
}

// The words that PostgreSQL reserves, and GraphQL's, as keys of forms.
func TestKeywordsAsForms(t *testing.T) {
	t.Parallel()
	all := keywords(t, orgtest.New(t), "RT")
	slices.Sort(all)
	all = slices.Compact(all)
	taken, asked := 0, len(all)
	for _, part := range slices.Collect(slices.Chunk(all, 80)) { // an organisation has at most 100 forms
		w := newWorld(t)
		var forms []form.NewForm
		for _, word := range part {
			forms = append(forms, form.NewForm{Key: word, Fields: []form.NewField{{Key: word, Kind: "TEXT"}, {Key: "rank", Kind: "INTEGER"}}})
		}
		forms = accepted(t, w.acme, forms)
		taken += len(forms)
		for ten := range slices.Chunk(forms, 10) {
			var writes, reads strings.Builder
			for i, n := range ten {
				one, typ, many := camel(n.Key), pascal(n.Key), camel(n.Key+"s")
				fmt.Fprintf(&writes, ` t%d: create%s(input: {rank: 1}) { %s { id } } g%d: createRecord(input: {form: %q, values: {rank: 2}}) { record { id } }`, i, typ, one, i, n.Key)
				fmt.Fprintf(&reads, ` t%d: %s(filter: {rank: {gte: 1}}, orderBy: [{field: RANK, direction: DESC}]) { totalCount nodes { __typename rank } } g%d: records(form: %q, filter: {rank: {lt: 2}}, orderBy: [{field: "rank"}]) { totalCount }`, i, many, i, n.Key)
			}
			w.ask(t, "tom", "mutation {"+writes.String()+"}", nil)
			a := w.ask(t, "tom", "{"+reads.String()+"}", nil)
			for i, n := range ten {
				if got := fmt.Sprintf("%v %v %v", a.at(fmt.Sprintf("t%d", i), "totalCount"), a.at(fmt.Sprintf("t%d", i), "nodes", 0, "rank"), a.at(fmt.Sprintf("g%d", i), "totalCount")); got != "2 2 1" || a.at(fmt.Sprintf("t%d", i), "nodes", 0, "__typename") != pascal(n.Key) {
					t.Errorf("form %s: %s", n.Key, got)
				}
			}
		}
	}
	t.Logf("%d of %d words are keys of forms", taken, asked)
	if taken < asked/2 {
		t.Errorf("only %d of %d words are taken", taken, asked)
	}
}
