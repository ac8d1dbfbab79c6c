package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/org"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Whatever is asked of another organisation's things is answered as if they had
// never been (SEC-11, SEC-19).
func TestOrganisationsAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withBeta(t)
	w.ask(t, "bea", `mutation { createForm(input: {key: "secret_plan", fields: [{key: "name", kind: TEXT}]}) { form { key } } }`, nil)
	w.ask(t, "bea", `mutation { createSecretPlan(input: {name: "s"}) { secretPlan { id } } a: createCustomer(input: {name: "B1"}) { customer { id } } b: createCustomer(input: {name: "B2"}) { customer { id } } }`, nil)
	w.ask(t, "olga", `mutation { createCustomer(input: {name: "A1"}) { customer { id } } }`, nil)
	before := w.dump(t, "org_beta.customer") + w.dump(t, "org_beta.secret_plan") + w.dump(t, "org_beta.member") + w.dump(t, "fieldwork.token WHERE org_id <> 1")
	token := w.ask(t, "bea", `{ tokens { id } }`, nil).text("tokens", 0, "id")
	cursor := w.ask(t, "bea", `{ customers(orderBy: {field: NAME}) { edges { cursor } } }`, nil).text("customers", "edges", 0, "cursor")
	// theirs is of beta, and no id of acme; none never was.
	pairs := []struct{ query, theirs, none string }{
		{`{ node(id: "%s") { id } }`, "customer_2", "customer_77"},
		{`{ record(id: "%s") { id } }`, "secret_plan_1", "public_plan_1"},
		{`{ customer(id: "%s") { id } }`, "customer_2", "customer_77"},
		{`{ recordHistory(id: "%s") { nodes { action } } }`, "customer_2", "customer_77"},
		{`{ recordHistory(id: "%s") { nodes { action } } }`, "secret_plan_1", "public_plan_1"},
		{`{ changes(forms: ["%s"]) { cursor } }`, "secret_plan", "public_plan"},
		{`{ form(key: "%s") { key } }`, "secret_plan", "public_plan"},
		{`{ records(form: "%s") { totalCount } }`, "secret_plan", "public_plan"},
		{`{ __type(name: "%s") { name } }`, "SecretPlan", "PublicPlan"},
		{`{ %s { totalCount } }`, "secretPlans", "publicPlans"},
		{`mutation { updateRecord(input: {id: "%s", version: 1, set: {name: "x"}}) { record { id } } }`, "customer_2", "customer_77"},
		{`mutation { updateCustomer(input: {id: "%s", version: 1, set: {name: "x"}}) { customer { id } } }`, "customer_2", "customer_77"},
		{`mutation { archiveCustomer(input: {id: "%s", version: 1}) { customer { id } } }`, "customer_2", "customer_77"},
		{`mutation { deleteRecord(input: {id: "%s", version: 1}) { id } }`, "secret_plan_1", "public_plan_1"},
		{`mutation { createTask(input: {title: "t", customer: "%s"}) { task { id } } }`, "customer_2", "customer_77"},
		{`mutation { createRecord(input: {form: "%s", values: {name: "x"}}) { record { id } } }`, "secret_plan", "public_plan"},
		{`mutation { addField(input: {form: "%s", key: "x", kind: TEXT}) { field { key } } }`, "secret_plan", "public_plan"},
		{`mutation { addField(input: {form: "customer", key: "x", kind: REFERENCE, settings: {to: "%s"}}) { field { key } } }`, "secret_plan", "public_plan"},
		{`mutation { revokeToken(input: {id: "%s"}) { id } }`, token, "token_99999"},
		{`{ customers(after: "%s") { totalCount } }`, cursor, "WyJ4IixudWxsLDFd"},
	}
	for _, p := range pairs {
		a, b := w.try(t, "olga", fmt.Sprintf(p.query, p.theirs), nil), w.try(t, "olga", fmt.Sprintf(p.query, p.none), nil)
		same := func(s, id string) string { return strings.NewReplacer(id, "ID", "id was", "").Replace(s) }
		if same(a.raw, p.theirs) != same(b.raw, p.none) || a.status != b.status {
			t.Errorf("%s tells theirs from none:\n%d %s\n%d %s", p.query, a.status, a.raw, b.status, b.raw)
		}
	}
	// Where numbers coincide only acme's own is touched.
	w.ask(t, "olga", `mutation { updateCustomer(input: {id: "customer_1", version: 1, set: {name: "A1x"}}) { customer { id } } deleteCustomer(input: {id: "customer_1", version: 2}) { id } }`, nil)
	after := w.dump(t, "org_beta.customer") + w.dump(t, "org_beta.secret_plan") + w.dump(t, "org_beta.member") + w.dump(t, "fieldwork.token WHERE org_id <> 1")
	if before != after {
		t.Errorf("beta has changed:\n%s\n%s", before, after)
	}
}

func (w *world) dump(t *testing.T, table string) string {
	t.Helper()
	var out string
	if err := w.acme.DB.Control.GetContext(t.Context(), &out, "SELECT coalesce(json_agg(x ORDER BY x::text), '[]')::text FROM (SELECT t::text AS x FROM "+strings.Replace(table, " WHERE", " t WHERE", 1)+
		map[bool]string{true: "", false: " t"}[strings.Contains(table, " WHERE")]+") s"); err != nil {
		t.Fatal(err)
	}
	return out
}

// The organisation is the credential's, whatever else a request says (SEC-20).
func TestCredentialsChooseTheOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withBeta(t)
	a := post(t, w, call{token: w.tokens["olga"], query: `{ organisation { key } }`,
		header: map[string]string{"X-Org": "beta", "X-Role": "org_beta", "Cookie": "session=" + w.tokens["bea"], "X-Forwarded-For": "1.2.3.4"}})
	if a.text("organisation", "key") != "acme" {
		t.Error(a.raw)
	}
	for name, token := range map[string]string{"nonsense": "x", "another prefix": "fx_" + strings.Repeat("a", 43), "one that never was": "fw_" + strings.Repeat("a", 43),
		"cut": w.tokens["olga"][:40], "longer": w.tokens["olga"] + "A", "huge": "fw_" + strings.Repeat("a", 10_000), "another case": strings.ToUpper(w.tokens["olga"])} {
		a := post(t, w, call{token: token, query: `{ me { name } }`})
		if a.want("UNAUTHENTICATED"); a.status != http.StatusUnauthorized || a.errors[0]["message"] != "the token is not valid, or no longer" || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.first.url+"/graphql", strings.NewReader(`{"query":"{ me { name } }"}`))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + w.tokens["olga"], "Bearer " + w.tokens["bea"]}}
	if a := send(t, r).want("INVALID"); a.status != http.StatusBadRequest {
		t.Errorf("two credentials: %d", a.status)
	}
	r, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, w.first.url+"/graphql?query={me{name}}&token="+w.tokens["olga"], nil)
	if a := send(t, r); a.code() != "UNAUTHENTICATED" {
		t.Errorf("a token in the address is taken: %s", a.raw)
	}
	r, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, w.first.url+"/graphql?query={me{name}}", nil)
	r.SetBasicAuth("olga", w.tokens["olga"])
	if a := send(t, r); a.code() != "UNAUTHENTICATED" || a.status != http.StatusUnauthorized {
		t.Errorf("Basic: %s", a.raw)
	}
}

// Tokens that expire or end are refused on the next request, here and on every
// other server within moments (SEC-55, SEC-56).
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expired, err := org.NewStore(w.acme.DB).CreateToken(t.Context(), org.Program(w.acme.Org.ID, "acme"), w.acme.Owner.MemberID, "old", time.Now().Add(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	w.tokens["old"] = expired.Secret
	w.refusedSoon(t, "old")
	w.refusedSoon(t, "old@2")

	a := w.ask(t, "tom", `mutation { createToken(input: {name: "x"}) { secret token { id } } }`, nil)
	w.tokens["extra"] = a.text("createToken", "secret")
	w.ask(t, "extra", `{ me { name } }`, nil)
	w.ask(t, "extra@2", `{ me { name } }`, nil)
	w.ask(t, "tom@2", `mutation($id: ID!) { revokeToken(input: {id: $id}) { id } }`, vars{"id": a.text("createToken", "token", "id")})
	w.try(t, "extra@2", `{ me { name } }`, nil).want("UNAUTHENTICATED")
	w.refusedSoon(t, "extra")

	w.ask(t, "tom", `mutation { setPassword(input: {password: "correct horse"}) { member { id } } }`, nil)
	for _, name := range []string{"s1", "s2"} {
		w.tokens[name] = w.ask(t, "nobody", `mutation { signIn(input: {organisation: "acme", email: "tom@acme.example", password: "correct horse"}) { token } }`, nil).text("signIn", "token")
		w.ask(t, name+"@2", `{ me { name } }`, nil)
	}
	w.ask(t, "s1", `mutation { setPassword(input: {current: "correct horse", password: "battery staple"}) { member { id } } }`, nil)
	w.ask(t, "s1", `{ me { name } }`, nil) // the session it was done in stays
	w.try(t, "s2", `{ me { name } }`, nil).want("UNAUTHENTICATED")
	w.refusedSoon(t, "s2@2")
	w.ask(t, "s1", `mutation { signOut { done } }`, nil)
	w.try(t, "s1", `{ me { name } }`, nil).want("UNAUTHENTICATED")
	w.refusedSoon(t, "s1@2")

	w.ask(t, "tom", `{ me { name } }`, nil)
	w.ask(t, "tom@2", `{ me { name } }`, nil)
	w.ask(t, "mei", `mutation($id: ID!) { updateRecord(input: {id: $id, version: 1, set: {status: "left"}}) { record { version } } }`, vars{"id": w.ids["tom"]})
	w.try(t, "tom", `{ me { name } }`, nil).want("UNAUTHENTICATED")
	w.refusedSoon(t, "tom@2")
	w.ask(t, "mei@2", `mutation($id: ID!) { updateMember(input: {id: $id, version: 2, set: {status: ACTIVE}}) { member { id } } }`, vars{"id": w.ids["tom"]})
	w.ask(t, "tom@2", `{ me { name } }`, nil)
}

// refusedSoon waits until a token is refused.
func (w *world) refusedSoon(t *testing.T, as string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		if w.try(t, as, `{ me { name } }`, nil).code() == "UNAUTHENTICATED" {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("the token of %s still works after 5 s", as)
			return
		case <-every.C:
		}
	}
}

// Tries to sign in are counted, by account and by address (SEC-36, SEC-53).
func TestSignInIsTriedTenTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "tom", `mutation { setPassword(input: {password: "correct horse"}) { member { id } } }`, nil)
	const in = `mutation($p: String!) { signIn(input: {email: "tom@acme.example", password: $p}) { token } }`
	for i := range 10 {
		a := post(t, w, call{query: in, vars: vars{"p": "wrong"}, header: map[string]string{"X-Forwarded-For": fmt.Sprint("10.0.0.", i)}})
		a.want("UNAUTHENTICATED")
	}
	a := post(t, w, call{query: in, vars: vars{"p": "correct horse"}}).want("UNAVAILABLE")
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	// With a token it is a field like any other, and each alias counts: 60 in all
	// from one address. Tries beyond an account's ten cost no hash.
	var q strings.Builder
	q.WriteString("mutation($p: String!) {")
	for i := range 49 {
		fmt.Fprintf(&q, ` a%d: signIn(input: {email: "tom@acme.example", password: $p}) { token }`, i)
	}
	w.try(t, "vera", q.String()+"}", vars{"p": "correct horse"}).want("UNAVAILABLE")
	w.try(t, "nobody", `mutation { signIn(input: {email: "other@acme.example", password: "x"}) { token } }`, nil).want("UNAVAILABLE")
}

// The schema's text needs a token, and is what the organisation's schema is.
func TestSchemaText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, token := range []string{"", "fw_x"} {
		if status, _ := w.sdl(t, token); status != http.StatusUnauthorized {
			t.Errorf("with token %q: %d", token, status)
		}
	}
	status, text := w.sdl(t, w.tokens["vera"])
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "acme", Input: text})
	if status != http.StatusOK || err != nil {
		t.Fatal(status, err)
	}
	if s.Types["Customer"] == nil || s.Types["Customer"].Description != "Customer" {
		t.Error("no customers")
	}
	w.ask(t, "mei", `mutation { updateForm(input: {form: "customer", label: "Key account"}) { form { label } } }`, nil)
	if _, text := w.sdl(t, w.tokens["vera"]); !strings.Contains(text, "\"Key account\"\ntype Customer ") {
		t.Error("a new label is not in the schema's text")
	}
	status, text, _ = w.get(t, "/schema.graphql?forms=task", w.tokens["vera"])
	if part, err := gqlparser.LoadSchema(&ast.Source{Name: "task", Input: text}); status != http.StatusOK || err != nil || part.Types["Task"] == nil || part.Types["Customer"] != nil {
		t.Errorf("the schema of tasks alone: %d, %v", status, err)
	}
	if status, text, _ = w.get(t, "/schema.graphql?forms=task,nothing", w.tokens["vera"]); status != http.StatusNotFound || !strings.Contains(text, "nothing") {
		t.Errorf("the schema of a form that there is not: %d %s", status, text)
	}
}

func (w *world) sdl(t *testing.T, token string) (int, string) {
	t.Helper()
	status, text, _ := w.get(t, "/schema.graphql", token)
	return status, text
}
