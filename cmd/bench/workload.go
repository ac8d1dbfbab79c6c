package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// question is one query of the workload.
type question struct {
	name string
	text string   // GraphQL
	ways []string // of the reference
	// draw gives variables, and the parameters that make the reference answer the same.
	draw   func(ctx context.Context, w *world) (func() (variables map[string]any, reference []string), error)
	writes bool // answers differ by ids
	many   bool // both take the same long body, which is drawn anew for each request: see stamp
}

const (
	flat   = `name industry tier status region annualRevenue employees phone email street signedOn expiresOn health remark createdAt`
	nested = flat + `
    roles { nodes { responsibility level duties member { name email } } }
    tasks(first: 10, orderBy: [{field: DUE_ON}]) { nodes { title kind status priority dueOn progress assignee { name } } }
    feedback(first: 5, orderBy: [{field: OCCURRED_AT, direction: DESC}]) { nodes { channel rating content occurredAt member { name } } }`
)

// members are 2 to 201: the owner is 1.
func someMember(r *rand.Rand) int { return 2 + r.IntN(200) }

func randomly(f func(r *rand.Rand, w *world) (map[string]any, []string)) func(context.Context, *world) (func() (map[string]any, []string), error) {
	return func(_ context.Context, w *world) (func() (map[string]any, []string), error) {
		r := rand.New(rand.NewPCG(1, 2))
		return func() (map[string]any, []string) { return f(r, w) }, nil
	}
}

var questions = []question{
	{name: "N1", text: `query N1($id: ID!) { customer(id: $id) { ` + nested + ` } }`, ways: []string{"json", "levels"},
		draw: randomly(func(r *rand.Rand, w *world) (map[string]any, []string) {
			id := fmt.Sprint(1 + r.IntN(w.customers))
			return map[string]any{"id": "customer_" + id}, []string{id}
		})},
	{name: "N50", text: `query N50($after: String) { customers(first: 50, after: $after, filter: {tier: {eq: A}}, orderBy: [{field: ANNUAL_REVENUE, direction: DESC}]) { nodes { ` + nested + ` } } }`,
		ways: []string{"levels", "json"}, draw: drawCursors},
	{name: "L100", text: `query L100($region: CustomerRegion!, $above: Decimal!) { customers(first: 100, filter: {region: {eq: $region}, annualRevenue: {gt: $above}}, orderBy: [{field: ANNUAL_REVENUE, direction: DESC}]) { nodes { ` + flat + ` } } }`,
		ways: []string{"rows", "json"},
		draw: randomly(func(r *rand.Rand, _ *world) (map[string]any, []string) {
			region := []string{"NORTH", "NORTHEAST", "EAST", "CENTRAL", "SOUTH", "SOUTHWEST", "NORTHWEST", "OVERSEAS"}[r.IntN(8)]
			above := fmt.Sprint(10_000 + r.IntN(5_000_000))
			return map[string]any{"region": region, "above": above}, []string{region, above}
		})},
	{name: "F5", text: `query F5($member: ID!) { customers(first: 20, orderBy: [{field: NAME}], filter: {
  tasks: {some: {assignee: {id: {eq: $member}}, status: {eq: OPEN}, dueOn: {lt: "2026-11-23"}}}, feedback: {none: {rating: {lt: 3}}}}) { nodes { ` + flat + ` } } }`,
		ways: []string{"overdue", "rows", "json"},
		draw: randomly(func(r *rand.Rand, _ *world) (map[string]any, []string) {
			id := fmt.Sprint(someMember(r))
			return map[string]any{"member": "member_" + id}, []string{id}
		})},
	{name: "AGG", text: `query AGG { customersAggregate(groupBy: [{field: INDUSTRY}]) { group { industry } count sum { annualRevenue } avg { health } } }`, ways: []string{"json"},
		draw: randomly(func(*rand.Rand, *world) (map[string]any, []string) { return nil, nil })},
	{name: "W1", writes: true, text: `mutation W1($customer: ID!, $title: String!) { createTask(input: {customer: $customer, title: $title}) { task { id customer { name } } } }`, ways: []string{"json"},
		draw: randomly(func(r *rand.Rand, w *world) (map[string]any, []string) {
			id, title := fmt.Sprint(1+r.IntN(w.customers)), fmt.Sprint("Call back ", r.IntN(1_000_000))
			return map[string]any{"customer": "customer_" + id, "title": title}, []string{id, title}
		})},
}

func init() {
	questions = append(questions, question{name: "WB", writes: true, many: true, ways: []string{"rows", "json"},
		text: `mutation WB($rows: [CreateCustomerInput!]!) { createCustomers(input: {rows: $rows}) { count records { id } errors { message } } }`,
		draw: randomly(func(r *rand.Rand, _ *world) (map[string]any, []string) {
			rows := make([]any, 1000)
			for i := range rows {
				rows[i] = newCustomer(r, i, false)
			}
			return map[string]any{"rows": rows}, nil
		})})
}

// mark is what stamp replaces in each request by a number that none had before:
// names of customers are unique.
const mark = "~~~~~~~~"

var stamped atomic.Int64

// stamp makes a request one that was not sent before, in a buffer.
func stamp(buf, request []byte) []byte {
	buf = append(buf[:0], request...)
	number := fmt.Sprintf("%0*d", len(mark), stamped.Add(1))
	for rest := buf; ; {
		i := bytes.Index(rest, []byte(mark))
		if i < 0 {
			return buf
		}
		copy(rest[i:], number)
		rest = rest[i+len(mark):]
	}
}

// newCustomer is the i-th of a request: 15 fields, or for an import 20.
func newCustomer(r *rand.Rand, i int, imported bool) map[string]any {
	of := func(list ...string) string { return list[r.IntN(len(list))] }
	m := map[string]any{
		"name":      fmt.Sprintf("%s %s %s %d", of("Amber", "Birch", "Coral", "Delta", "Ember"), of("Foods", "Logistics", "Medical", "Optics"), mark, i),
		"shortName": fmt.Sprint("C", i), "industry": of("MANUFACTURING", "FINANCE", "RETAIL", "ENERGY", "HEALTHCARE"), "tier": of("A", "B", "C", "D"),
		"status": of("ACTIVE", "PROSPECT", "PAUSED"), "region": of("NORTH", "EAST", "CENTRAL", "SOUTH", "OVERSEAS"),
		"annualRevenue": fmt.Sprintf("%d.%02d", 10_000+r.IntN(9_000_000), r.IntN(100)), "employees": 10 + r.IntN(50_000),
		"phone": fmt.Sprintf("+86 21 %08d", r.IntN(100_000_000)), "email": fmt.Sprintf("contact%d@customer.example", r.IntN(1_000_000)),
		"street":   fmt.Sprintf("%d Harbour Road, District %d", 1+r.IntN(999), 1+r.IntN(16)),
		"signedOn": fmt.Sprintf("20%02d-%02d-%02d", 22+r.IntN(4), 1+r.IntN(12), 1+r.IntN(28)), "expiresOn": fmt.Sprintf("20%02d-%02d-%02d", 26+r.IntN(4), 1+r.IntN(12), 1+r.IntN(28)),
		"health": r.IntN(101), "remark": fmt.Sprintf("Wants a review every quarter; problems go to the regional office first, code %06d.", r.IntN(1_000_000)),
	}
	if imported {
		m["taxNumber"], m["annualSpend"] = fmt.Sprintf("91310000%010d", r.IntN(1_000_000_000)), fmt.Sprintf("%d.50", r.IntN(1_000_000))
		m["contractStart"], m["contractEnd"], m["owner"] = m["signedOn"], m["expiresOn"], fmt.Sprint("member_", someMember(r))
	}
	return m
}

func chosen(names []string) ([]question, error) {
	if len(names) == 0 {
		return questions, nil
	}
	var out []question
	for _, n := range names {
		if strings.EqualFold(n, importName) {
			out = append(out, question{name: importName})
			continue
		}
		i := slices.IndexFunc(questions, func(q question) bool { return strings.EqualFold(q.name, n) })
		if i < 0 {
			return nil, fmt.Errorf("there is no query %q", n)
		}
		out = append(out, questions[i])
	}
	return out, nil
}

// drawCursors draws places in the list of N50, as a client has them that has
// paged there; the last pages are left out because they are short.
func drawCursors(ctx context.Context, w *world) (func() (map[string]any, []string), error) {
	type edge struct {
		Cursor string
		Node   struct{ ID, AnnualRevenue string }
	}
	var edges []edge
	var after any
	for {
		data, err := w.graphql(ctx, `query($after: String) { customers(first: 200, after: $after, filter: {tier: {eq: A}}, orderBy: [{field: ANNUAL_REVENUE, direction: DESC}]) {
			edges { cursor node { id annualRevenue } } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after})
		if err != nil {
			return nil, err
		}
		var page struct {
			Customers struct {
				Edges    []edge
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := json.Unmarshal(data, &page); err != nil {
			return nil, err
		}
		edges = append(edges, page.Customers.Edges...)
		if after = page.Customers.PageInfo.EndCursor; !page.Customers.PageInfo.HasNextPage {
			break
		}
	}
	if len(edges) < 100 {
		return nil, errors.New("there are too few customers of tier A")
	}
	edges = edges[:len(edges)-60]
	r := rand.New(rand.NewPCG(3, 4))
	return func() (map[string]any, []string) {
		e := edges[r.IntN(len(edges))]
		return map[string]any{"after": e.Cursor}, []string{e.Node.AnnualRevenue, strings.TrimPrefix(e.Node.ID, "customer_")}
	}, nil
}

// requests are prepared bytes: what is drawn is drawn before anything is timed.
type requests struct {
	fieldwork [][]byte
	reference map[string][][]byte // by way
}

const drawn = 1000

// prepare draws parameters and checks that both sides answer the same.
func (w *world) prepare(ctx context.Context, q question) (requests, error) {
	rs := requests{reference: map[string][][]byte{}}
	next, err := q.draw(ctx, w)
	if err != nil {
		return rs, err
	}
	times := drawn
	if q.many {
		times = 10
	}
	for range times {
		variables, params := next()
		body, err := json.Marshal(map[string]any{"query": q.text, "variables": variables})
		if err != nil {
			return rs, err
		}
		rs.fieldwork = append(rs.fieldwork, fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			w.fieldwork.addr, w.token, len(body), body))
		for _, way := range q.ways {
			if q.many {
				rs.reference[way] = append(rs.reference[way], fmt.Appendf(nil, "POST /%s/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", q.name, way, w.reference.addr, len(body), body))
				continue
			}
			rs.reference[way] = append(rs.reference[way], fmt.Appendf(nil, "GET /%s/%s?%s HTTP/1.1\r\nHost: %s\r\n\r\n", q.name, way, url.Values{"x": params}.Encode(), w.reference.addr))
		}
	}
	if q.writes {
		return rs, nil
	}
	for i := range 20 {
		ours, err := once(ctx, w.fieldwork.addr, rs.fieldwork[i])
		if err != nil {
			return rs, err
		}
		for _, way := range q.ways {
			theirs, err := once(ctx, w.reference.addr, rs.reference[way][i])
			if err != nil {
				return rs, fmt.Errorf("reference %s: %w", way, err)
			}
			if !reflect.DeepEqual(ours, theirs) {
				return rs, fmt.Errorf("the reference answers %s otherwise: %s", way, difference(fmt.Sprint(theirs), fmt.Sprint(ours)))
			}
		}
	}
	return rs, nil
}

// once asks one request and decodes the answer, moments in one notation.
func once(ctx context.Context, addr string, request []byte) (any, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	b, err := c.ask(request, nil)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	if v["errors"] != nil || v["data"] == nil {
		return nil, fmt.Errorf("answered %.500s", b)
	}
	delete(v, "extensions")
	return plainly(v), nil
}

func plainly(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = plainly(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plainly(x)
		}
	case string:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999Z07"} {
			if t, err := time.Parse(layout, v); err == nil {
				return t.UTC()
			}
		}
	}
	return v
}

// measure asks both servers in turn, round by round.
func (w *world) measure(ctx context.Context, o options, q question, rs requests, clients int) (result, error) {
	r := result{Query: q.name, Clients: clients}
	run := func(p *process, list [][]byte, d time.Duration) (figures, int, error) {
		return w.round(ctx, p, list, q.many, clients, d)
	}
	best := 0.0
	for _, way := range q.ways { // this also warms up
		f, _, err := run(w.reference, rs.reference[way], max(o.each/2, 500*time.Millisecond))
		if err != nil {
			return r, fmt.Errorf("reference: %w", err)
		}
		if f.PerSecond > best {
			best, r.Way = f.PerSecond, way
		}
	}
	if _, _, err := run(w.fieldwork, rs.fieldwork, max(o.each/2, 500*time.Millisecond)); err != nil {
		return r, err
	}
	var ours, theirs []figures
	for range o.rounds {
		f, bytes, err := run(w.fieldwork, rs.fieldwork, o.each)
		if err != nil {
			return r, err
		}
		ours, r.Bytes = append(ours, f), bytes
		if r.Way == "" {
			continue
		}
		g, _, err := run(w.reference, rs.reference[r.Way], o.each)
		if err != nil {
			return r, fmt.Errorf("reference: %w", err)
		}
		theirs = append(theirs, g)
	}
	r.Fieldwork = medians(ours)
	if len(theirs) > 0 {
		r.Reference = medians(theirs)
		r.Ratio = r.Fieldwork.PerSecond / r.Reference.PerSecond
	}
	return r, nil
}

func medians(list []figures) (m figures) {
	out := reflect.ValueOf(&m).Elem()
	for i := range out.NumField() {
		vals := make([]float64, len(list))
		for j, f := range list {
			vals[j] = reflect.ValueOf(f).Field(i).Float()
		}
		slices.Sort(vals)
		out.Field(i).SetFloat(vals[len(vals)/2])
	}
	return m
}

// round has clients ask for a time, each as soon as it has its answer.
func (w *world) round(ctx context.Context, p *process, list [][]byte, many bool, clients int, d time.Duration) (f figures, bytes int, err error) {
	before, err := p.used(ctx)
	if err != nil {
		return f, 0, err
	}
	dbBefore, _ := cpuOf(w.postmaster, true)
	type outcome struct {
		times []time.Duration
		bytes int
		err   error
	}
	done := make(chan outcome, clients)
	begin := time.Now()
	end := begin.Add(d)
	for i := range clients {
		go func() {
			var out outcome
			defer func() { done <- out }()
			c, err := dial(ctx, p.addr)
			if err != nil {
				out.err = err
				return
			}
			defer func() { _ = c.Close() }()
			var buf, room []byte
			for k := i * len(list) / clients; ; k++ {
				request := list[k%len(list)]
				if many {
					room = stamp(room, request)
					request = room
				}
				from := time.Now()
				if from.After(end) {
					return
				}
				if buf, out.err = c.ask(request, buf); out.err != nil {
					return
				}
				out.times = append(out.times, time.Since(from))
				out.bytes += len(buf)
				if !strings.HasPrefix(string(buf[:min(len(buf), 8)]), `{"data":`) || many && !strings.Contains(string(buf), `"count":1000`) {
					out.err = fmt.Errorf("answered %.300s", buf)
					return
				}
			}
		}()
	}
	var times []time.Duration
	for range clients {
		out := <-done
		err = cmp.Or(err, out.err)
		times = append(times, out.times...)
		bytes += out.bytes
	}
	took := time.Since(begin)
	if err != nil {
		return f, 0, err
	}
	dbAfter, _ := cpuOf(w.postmaster, true)
	after, err := p.used(ctx)
	if err != nil {
		return f, 0, err
	}
	slices.Sort(times)
	n := float64(len(times))
	return figures{PerSecond: n / took.Seconds(), P50: ms(times[len(times)/2]), P99: ms(times[len(times)*99/100]),
		ServerCPU: ms(after.cpu-before.cpu) / n, DatabaseMs: ms(dbAfter-dbBefore) / n,
		Allocs: float64(after.allocs-before.allocs) / n, AllocBytes: float64(after.allocBytes-before.allocBytes) / n, Memory: float64(after.memory) / (1 << 20)}, bytes / len(times), nil
}

// difference is where two texts begin to differ, with what stands around.
func difference(a, b string) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-300)
	return fmt.Sprintf("after %d bytes\n%.600s\nand Fieldwork\n%.600s", at, a[from:], b[from:])
}
