package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/org"
)

func TestHostileDocumentsEndBeforeAnySQL(t *testing.T) {
	w := newWorld(t)
	var fragments strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&fragments, " fragment F%d on Customer { id name tier note }", i)
	}
	w.taken()
	for name, q := range map[string]string{
		"repeated fields":  `{customers{nodes{` + strings.Repeat("id ", 10_000) + `}}}`,
		"many fragments":   `{customers{nodes{` + strings.Repeat("...F1 ", 3000) + `}}}` + fragments.String(),
		"directives":       `{__typename ` + strings.Repeat("@a ", 100_000) + `}`,
		"aliases":          `{` + strings.Repeat("a: customers{nodes{id}} ", 1000) + `}`,
		"deep":             `{customers{nodes{` + strings.Repeat("tasks{nodes{customer{", 10) + "id" + strings.Repeat("}}}", 10) + `}}}`,
		"costly":           `{customers(first:200){nodes{tasks(first:200){nodes{customer{tasks(first:200){nodes{id}}}}}}}}`,
		"overflowing cost": `{customers(first:200){nodes{tasks(first:200){nodes{dependants(first:200){nodes{dependants(first:200){nodes{dependants(first:200){nodes{dependants(first:200){nodes{id}}}}}}}}}}}}}`,
	} {
		r := w.ask(q, "")
		if len(r.Errors) != 1 || r.Errors[0].Extensions["code"] != "TOO_COSTLY" {
			t.Errorf("%s: want one TOO_COSTLY, got %.300s", name, r.raw)
		}
		if cost, ok := r.Extensions["cost"].(float64); ok && cost < 0 {
			t.Errorf("%s: cost %v", name, cost)
		}
	}
	if s := w.taken(); len(s) > 0 {
		t.Errorf("SQL was run: %q", s)
	}
	r := w.do(`{ customers(first: 10) { nodes { id tasks(first: 5) { nodes { id } } } totalCount } }`, "")
	if want := float64(1 + 10 + 10*(1+1+5)); r.Extensions["cost"] != want {
		t.Errorf("cost %v, want %v", r.Extensions["cost"], want)
	}
}

func TestOwnersCannotBeLockedOutNorTakenOver(t *testing.T) {
	w := newWorld(t)
	_, mei := w.member("Mei", org.Manager)
	tomID, tom := w.member("Tom", org.Worker)
	w.as(mei).refuse(`mutation { setMemberAccess(input: {member: "`+tomID+`", access: MANAGER}) { access } }`, "", "FORBIDDEN input")
	w.as(mei).refuse(`mutation { createToken(input: {member: "member_1"}) { secret } }`, "", "FORBIDDEN input")
	w.as(mei).refuse(`mutation { setPassword(input: {member: "member_1", password: "correct horse"}) { member { id } } }`, "", "FORBIDDEN input")
	w.as(mei).refuse(`mutation { updateMember(input: {id: "member_1", version: 1, set: {email: "mei2@acme.example"}}) { member { id } } }`, "", "FORBIDDEN input")
	w.refuse(`mutation { setMemberAccess(input: {member: "member_1", access: MEMBER}) { access } }`, "", "CONFLICT input.access")
	w.refuse(`mutation { updateMember(input: {id: "member_1", version: 1, set: {status: LEFT}}) { member { id } } }`, "", "CONFLICT input.set.status")
	w.refuse(`mutation { deleteMember(input: {id: "`+tomID+`", version: 1}) { id } }`, "", "INVALID input.id")
	w.as(tom).do(`{ me { id } }`, "")
	w.as(mei).do(`mutation { updateMember(input: {id: "`+tomID+`", version: 1, set: {status: LEFT}}) { member { id } } }`, "")
	w.as(tom).refuse(`{ me { id } }`, "", "UNAUTHENTICATED")
}

func TestPersistedQueries(t *testing.T) {
	w := newWorld(t)
	const q = `{ me { name } }`
	h := sha256.Sum256([]byte(q))
	send := func(query string) reply {
		body, err := json.Marshal(map[string]any{"query": query, "extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hex.EncodeToString(h[:])}}})
		if err != nil {
			t.Fatal(err)
		}
		return w.send("POST", "/graphql", bytes.NewReader(body), map[string]string{"Content-Type": "application/json"})
	}
	if r := send(""); len(r.Errors) != 1 || r.Errors[0].Extensions["code"] != "PERSISTED_QUERY_NOT_FOUND" {
		t.Fatal(r.raw)
	}
	for _, text := range []string{q, ""} {
		if r := send(text); r.at("me.name") != "Olga" {
			t.Fatal(r.raw)
		}
	}
	if r := send(q + " "); len(r.Errors) != 1 || r.Errors[0].Extensions["code"] != "INVALID" {
		t.Errorf("a text with the hash of another was answered with %s", r.raw)
	}
}

func TestSecondServerTakesANewFieldAtOnce(t *testing.T) {
	w := newWorld(t)
	other := w.at(serve(t, w.org))
	other.do(`mutation { createCustomer(input: {name: "A"}) { customer { id } } }`, "")
	for i := range 5 {
		key := fmt.Sprintf("extra%d", i)
		w.do(`mutation { addField(input: {form: "customer", key: "`+key+`", kind: TEXT}) { field { key } } }`, "")
		other.want(fmt.Sprintf(`mutation { updateCustomer(input: {id: "customer_1", version: %d, set: {%s: "x"}}) { customer { %s } } }`, i+1, key, key), "",
			`{"updateCustomer":{"customer":{"`+key+`":"x"}}}`)
		other.want(`{ records(form: "customer", filter: {`+key+`: {eq: "x"}}) { totalCount } customers(filter: {`+key+`: {eq: "x"}}) { totalCount } }`, "",
			`{"records":{"totalCount":1},"customers":{"totalCount":1}}`)
	}
	w.do(`mutation { archiveField(input: {form: "customer", key: "extra0"}) { field { key } } }`, "")
	w.want(`{ customer(id: "customer_1") { extra0 } }`, "", `{"customer":{"extra0":"x"}}`)
	eventually(t, "the other server hears of the archived field", func() bool {
		r := other.ask(`mutation { updateCustomer(input: {id: "customer_1", version: 6, set: {extra0: "y"}}) { customer { version } } }`, "")
		return len(r.Errors) == 1 && r.Errors[0].Extensions["code"] == "GRAPHQL_VALIDATION_FAILED"
	})
}
