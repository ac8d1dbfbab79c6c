package fault_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
)

// logged is an entry of the log of changes.
type logged struct {
	Version int64
	Action  string
	Form    string
	Field   *string
	Before  *loggedState
	After   *loggedState
}

// loggedState is some of what the log says of a field or rule.
type loggedState struct {
	Key, Kind                           string
	Required, Unique, Indexed, Archived bool
}

// verify looks at everything when all has come to rest.
func (e *evolving) verify(t *testing.T, db *pg.DB, dsn string) {
	c := newClient(t, e.url.Load().(string), e.owner)
	states := map[string]int{}
	eventually(t, 3*time.Minute, "all changes in the background end", func() bool {
		clear(states)
		open := 0
		for _, v := range c.must(t, `{ definitionJobs { state endedAt } }`, nil)["definitionJobs"].([]any) {
			j := v.(map[string]any)
			states[j["state"].(string)]++
			if j["endedAt"] == nil {
				open++
			}
		}
		return open == 0
	})
	t.Logf("jobs: %v", states)
	var broken []string
	if err := db.Control.Select(&broken, `SELECT action || ' ' || form || '.' || field || ' ' || input FROM fieldwork.job WHERE error = 'internal error'`); err != nil || len(broken) > 0 {
		t.Errorf("%v; jobs that failed for no reason: %q", err, broken)
	}
	if out := command(t, "check", "--db", dsn); out != "no differences" {
		t.Errorf("check: %s", out)
	}
	a, err := c.ask(t.Context(), definitions, nil)
	if err != nil || a.code != "" {
		t.Fatalf("%v %s", err, a.raw)
	}
	forms := readDefinitions(t, a)
	e.verifyLog(t, e.log(t, c), forms)
	for _, f := range forms {
		if !f.Standard {
			e.verifyRecords(t, db, f)
		}
		if f.ArchivedAt == nil {
			e.useAll(t, c, f, forms)
		}
	}
}

// log reads the whole log of changes, the first first.
func (e *evolving) log(t *testing.T, c *client) (out []logged) {
	t.Helper()
	after := any(nil)
	for {
		a, err := c.ask(t.Context(), `query ($after: String) { definitionChanges(first: 200, after: $after) { nodes { version action form field before after } pageInfo { endCursor hasNextPage } } }`, vars{"after": after})
		if err != nil || a.code != "" {
			t.Fatalf("%v %s", err, a.raw)
		}
		var page struct {
			Data struct {
				DefinitionChanges struct {
					Nodes    []logged
					PageInfo struct {
						EndCursor   string
						HasNextPage bool
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(a.raw), &page); err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Data.DefinitionChanges.Nodes...)
		if after = page.Data.DefinitionChanges.PageInfo.EndCursor; !page.Data.DefinitionChanges.PageInfo.HasNextPage {
			slices.Reverse(out)
			return out
		}
	}
}

// verifyLog holds the log to what was acknowledged, and the definitions to what
// the log says was done last.
func (e *evolving) verifyLog(t *testing.T, log []logged, forms []formDef) {
	t.Helper()
	at := map[int64][]logged{}
	fields, archived, rules := map[string]logged{}, map[string]bool{}, map[string]bool{}
	for _, l := range log {
		at[l.Version] = append(at[l.Version], l)
		switch {
		case strings.HasPrefix(l.Action, "start:") || l.Action == "moveField":
		case l.Action == "removeRule":
			delete(rules, l.Form+" "+l.Before.Key)
		case strings.HasSuffix(l.Action, "Rule"):
			rules[l.Form+" "+l.After.Key] = true
		case l.Field != nil:
			fields[l.Form+" "+*l.Field] = l
		case l.Action == "createForm", l.Action == "restoreForm", l.Action == "archiveForm":
			archived[l.Form] = l.Action == "archiveForm"
		}
	}
	for v, a := range e.acked {
		if err := a.logged(at[v]); err != nil {
			e.complain(t, "version %d, %s %v: %v, the log has %v", v, a.name, a.input, err, at[v])
		}
	}
	there := map[string]bool{}
	for _, f := range forms {
		if is, ok := archived[f.Key]; ok && is != (f.ArchivedAt != nil) {
			e.complain(t, "form %s: archived is %t, the log says %t", f.Key, !is, is)
		}
		delete(archived, f.Key)
		for _, r := range f.Rules {
			if r.Broken != nil || !rules[f.Key+" "+r.Key] {
				e.complain(t, "rule %s.%s is not in the log, or broken: %v", f.Key, r.Key, r.Broken)
			}
			delete(rules, f.Key+" "+r.Key)
		}
		for _, x := range f.Fields {
			key := f.Key + " " + x.Key
			there[key] = true
			if x.Broken != nil {
				e.complain(t, "field %s is broken: %s", key, *x.Broken)
			}
			l, ok := fields[key]
			if !ok {
				continue // made with its form
			}
			if x.Kind == "CHILDREN" && l.After != nil { // is archived with its reference, without a word
				l.After.Archived = x.ArchivedAt != nil
			}
			if l.After == nil || l.After.Kind != x.Kind || l.After.Required != x.Required || l.After.Unique != x.Unique || l.After.Indexed != x.Indexed || l.After.Archived != (x.ArchivedAt != nil) {
				e.complain(t, "field %s is %+v, the log says %s: %+v", key, x, l.Action, l.After)
			}
		}
	}
	if len(archived)+len(rules) > 0 {
		e.complain(t, "not there, though in the log: forms %v, rules %v", archived, rules)
	}
	for key, l := range fields {
		if l.After != nil && !there[key] {
			e.complain(t, "field %s is not there, the log says %+v", key, l)
		}
	}
}

// logged says what is missing in the log of a change that was acknowledged.
func (a acknowledged) logged(log []logged) error {
	steps := []any{vars{a.name: a.input}}
	if a.name == "changeForms" {
		steps = a.input["changes"].([]any)
	}
	for _, step := range steps {
		for name, input := range step.(vars) {
			in := input.(vars)
			ok := slices.ContainsFunc(log, func(l logged) bool {
				switch name {
				case "undoChange":
					return l.Action == name
				case "createForm":
					return l.Action == name && l.Form == in["key"]
				case "addRule", "updateRule", "removeRule", "archiveForm", "restoreForm", "updateForm":
					return (l.Action == name || l.Action == "start:index") && l.Form == in["form"]
				}
				return (l.Action == name || strings.HasPrefix(l.Action, "start:")) && l.Form == in["form"] && l.Field != nil && *l.Field == in["key"]
			})
			if !ok {
				return fmt.Errorf("%s is missing", name)
			}
		}
	}
	return nil
}

// verifyRecords finds every record that was acknowledged, with its number,
// whatever its field has been in between.
func (e *evolving) verifyRecords(t *testing.T, db *pg.DB, f formDef) {
	t.Helper()
	var rows []struct {
		Name string
		N    *string
	}
	if err := db.Control.Select(&rows, fmt.Sprintf(`SELECT name, n::text AS n FROM org_acme.%q`, f.Key)); err != nil {
		t.Error(err)
		return
	}
	times := map[string]int{}
	for _, r := range rows {
		times[r.Name]++
		if r.N == nil || "w"+*r.N != r.Name {
			e.complain(t, "%s %s has the number %v", f.Key, r.Name, r.N)
		}
	}
	for _, k := range e.stored[f.Key] {
		if n := times[fmt.Sprintf("w%d", k)]; n != 1 {
			e.complain(t, "%s w%d was acknowledged and is there %d times", f.Key, k, n)
		}
	}
	if f.Key == "big" && len(rows) < 21_000 {
		t.Errorf("big has %d records", len(rows))
	}
}

const typeOf = `query ($name: String!) { __type(name: $name) { fields { name args { name type { kind } } type { kind ofType { kind ofType { kind ofType { kind } } } } } } }`

// useAll reads all fields of a form in both faces, and makes a record with a
// value in each.
func (e *evolving) useAll(t *testing.T, c *client, f formDef, forms []formDef) {
	t.Helper()
	var sel strings.Builder
	for _, v := range c.must(t, typeOf, vars{"name": f.TypeName})["__type"].(map[string]any)["fields"].([]any) {
		x := v.(map[string]any)
		typ := x["type"].(map[string]any)
		for typ["ofType"] != nil {
			typ = typ["ofType"].(map[string]any)
		}
		fmt.Fprintf(&sel, " %s", x["name"])
		if k := typ["kind"]; k == "OBJECT" || k == "INTERFACE" || k == "UNION" {
			sel.WriteString(" { __typename }")
		}
	}
	others := map[string]string{}
	for _, o := range forms {
		if o.ArchivedAt == nil {
			for _, n := range c.must(t, `query ($f: String!) { records(form: $f, first: 1) { nodes { id } } }`, vars{"f": o.Key})["records"].(map[string]any)["nodes"].([]any) {
				others[o.Key] = n.(map[string]any)["id"].(string)
			}
		}
	}
	read := func(query string, v vars) {
		if a, err := c.ask(t.Context(), query, v); err != nil || a.code != "" {
			e.complain(t, "read %s: %s: %v %s", f.Key, query, err, a.raw)
		}
	}
	read(fmt.Sprintf(`{ %s(first: 3) { nodes {%s } totalCount } }`, form.Camel(f.Plural), sel.String()), nil)
	read(`query ($f: String!) { records(form: $f, first: 3) { nodes { id version values } } }`, vars{"f": f.Key})
	if f.Standard {
		return
	}
	v := f.values(serial.Add(1), e.member, others)
	if a, err := c.ask(t.Context(), createRecord, vars{"form": f.Key, "values": v}); err != nil || a.code != "" {
		e.complain(t, "write %s %v: %v %s; its fields are %+v", f.Key, v, err, a.raw, f.Fields)
	}
}
