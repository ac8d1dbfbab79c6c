package typed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fieldwork/graph"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/request"
	"fieldwork/internal/typed"

	"github.com/99designs/gqlgen/graphql"
)

// asker sends operations to a router, as the owner of an organisation.
type asker struct {
	o      *orgtest.Org
	router *typed.Router
}

func TestMain(m *testing.M) { pgtest.Main(m) }

func newAsker(t testing.TB) *asker {
	t.Helper()
	o := orgtest.New(t)
	present := graph.Present(slog.New(slog.DiscardHandler))
	cache := typed.NewCache(o.DB, &graph.Resolver{DB: o.DB, Forms: o.Forms}, typed.Configure(present, graph.Recover))
	cache.Listening(true)
	router, err := typed.NewRouter(cache, present)
	if err != nil {
		t.Fatal(err)
	}
	return &asker{o, router}
}

// ask returns the data of the answer, which must have no errors.
func (a *asker) ask(t testing.TB, query string, variables map[string]any) json.RawMessage {
	t.Helper()
	req := &request.Request{Actor: a.o.Owner, SignedIn: true, Now: time.Now()}
	ctx := request.With(graphql.StartOperationTrace(context.WithoutCancel(t.Context())), req)
	op, errs := a.router.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		t.Fatal(errs)
	}
	next, ctx := a.router.DispatchOperation(ctx, op)
	res := next(ctx)
	if len(res.Errors) > 0 {
		t.Fatal(res.Errors)
	}
	return res.Data
}

// BenchmarkAnswer is of operations from their text to JSON. Allocations are what to
// look at: the database is in the time.
func BenchmarkAnswer(b *testing.B) {
	a := newAsker(b)
	var rows []string
	for i := range 50 {
		rows = append(rows, fmt.Sprintf(`{name: "Customer %d", tier: %s}`, i, []string{"A", "B"}[i%2]))
	}
	a.ask(b, `mutation {createCustomers(input: {rows: [`+strings.Join(rows, " ")+`]}) {count}}`, nil)
	for _, c := range []struct {
		name, query string
		variables   map[string]any
	}{
		{"record", `query($id: ID!) {customer(id: $id) {id name tier createdBy {name}}}`, map[string]any{"id": "customer_1"}},
		{"list", `query($first: Int) {customers(filter: {tier: {eq: B}}, orderBy: [{field: NAME}], first: $first) {nodes {id name tasks(first: 3) {nodes {title}}}}}`, map[string]any{"first": json.Number("20")}},
		{"generic", `{records(form: "customer", first: 20) {nodes {id values}}}`, nil},
		{"two", `{a: customer(id: "customer_1") {name} b: customers(first: 1) {nodes {name}}}`, nil},
		{"aggregate", `{customersAggregate(groupBy: [{field: TIER}]) {count group {tier}}}`, nil},
		{"health", `{customers(first: 5) {nodes {health {score}}}}`, nil},
		{"division", `{divisionTable(first: 20) {rows {customer {name} cells {state members {member {name}}}}}}`, nil},
		{"duplicates", `{duplicates(form: "customer", values: {name: "Customer 1"}) {record {id} score matched {field value}}}`, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.ask(b, c.query, c.variables)
			}
		})
	}
	b.Run("update", func(b *testing.B) {
		b.ReportAllocs()
		version := 1
		for b.Loop() {
			a.ask(b, `mutation($v: Int!) {updateCustomer(input: {id: "customer_1", version: $v, set: {shortName: "x"}}) {customer {id version name}}}`,
				map[string]any{"v": json.Number(fmt.Sprint(version))})
			version++
		}
	})
}

func BenchmarkBuildSchema(b *testing.B) {
	o := orgtest.New(b)
	cat := o.Catalog(b)
	for b.Loop() {
		if _, err := typed.New(cat, o.DB, &graph.Resolver{}, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
