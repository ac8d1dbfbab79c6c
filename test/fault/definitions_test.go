package fault_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fieldwork/internal/pg"
	"fieldwork/internal/pg/cluster"
)

// evolving is an organisation whose definitions are changed by several members
// while servers and PostgreSQL are killed.
type evolving struct {
	url    atomic.Value // of the server that is up, or will be
	killed sync.Map     // addresses of servers that were killed
	owner  string       // its token
	member string       // id of the owner

	mu     sync.Mutex
	acked  map[int64]acknowledged // by version
	dry    int
	stored map[string][]int64 // by form, the records that were acknowledged
	codes  map[string]map[string]int
	faults int
}

type acknowledged struct {
	change
	raw string
}

// refusals are the codes that a change or write may be answered with here.
var refusals = []string{"", "INVALID", "NOT_FOUND", "CONFLICT", "TOO_COSTLY", "UNAVAILABLE"}

// ask sends an operation to the server that is up. What was lost with a server
// that was killed is no answer: ok is false.
func (e *evolving) ask(t *testing.T, token, what, query string, v vars) (a answer, ok bool) {
	url := e.url.Load().(string)
	c := newClient(t, url, token)
	defer c.http.CloseIdleConnections()
	a, err := c.ask(context.Background(), query, v)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.codes[what] == nil {
		e.codes[what] = map[string]int{}
	}
	if err != nil {
		e.codes[what]["lost"]++
		if _, dead := e.killed.Load(url); !dead {
			e.complain(t, "%s: a server that was not killed: %v", what, err)
		}
		return a, false
	}
	e.codes[what][a.code]++
	in, _ := json.Marshal(v)
	switch {
	case !slices.Contains(refusals, a.code):
		e.complain(t, "%s %s: %s", what, in, a.raw)
	case a.code == "UNAVAILABLE" && strings.HasPrefix(query, "mutation") && a.outcome == "":
		e.complain(t, "%s %s: UNAVAILABLE without an outcome: %s", what, in, a.raw)
	}
	return a, true
}

// complain is an error of the test, of which the first few are enough.
func (e *evolving) complain(t *testing.T, format string, args ...any) {
	if e.faults++; e.faults <= 20 {
		t.Errorf(format, args...)
	}
}

// breathe is what a client does that finds nobody.
func breathe() { <-time.After(30 * time.Millisecond) }

// shape changes definitions until ctx ends.
func (e *evolving) shape(ctx context.Context, t *testing.T, token string, rnd *rand.Rand) {
	s := &shaper{rnd: rnd, undo: e.someVersion}
	for i := 0; ctx.Err() == nil; i++ {
		if i%4 == 0 || len(s.forms) == 0 {
			a, ok := e.ask(t, token, "read definitions", definitions, nil)
			if !ok || a.code != "" {
				breathe()
				continue
			}
			s.forms = readDefinitions(t, a)
		}
		c := s.next()
		a, ok := e.ask(t, token, c.name, c.query(), vars{"input": c.input})
		if ok && a.code == "" {
			e.enter(t, c, a)
		} else if !ok || a.code == "UNAVAILABLE" {
			breathe()
		}
		if s.chance(1) {
			e.cancel(t, token)
		}
	}
}

// enter keeps a change that was acknowledged.
func (e *evolving) enter(t *testing.T, c change, a answer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	made, ok := a.Data[c.name].(map[string]any)["change"].(map[string]any)
	if !ok {
		e.dry++
		return
	}
	v := int64(made["version"].(float64))
	if other, twice := e.acked[v]; twice {
		e.complain(t, "version %d was given to two changes: %v and %v", v, other.input, c.input)
	}
	e.acked[v] = acknowledged{c, a.raw}
}

func (e *evolving) someVersion() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	var last int64
	for v := range e.acked {
		last = max(last, v)
	}
	for v := range e.acked { // in no order
		if v > last-25 {
			return v
		}
	}
	return 0
}

// cancel gives up a change in the background, if there is one.
func (e *evolving) cancel(t *testing.T, token string) {
	a, ok := e.ask(t, token, "read jobs", `{ definitionJobs(state: RUNNING) { id } }`, nil)
	if !ok || a.code != "" {
		return
	}
	for _, j := range a.Data["definitionJobs"].([]any) {
		e.ask(t, token, "cancelJob", `mutation ($id: ID!) { cancelJob(input: {id: $id}) { job { state } } }`, vars{"id": j.(map[string]any)["id"]})
		return
	}
}

const createRecord = `mutation ($form: String!, $values: JSON!) { createRecord(input: {form: $form, values: $values}) { record { id } } }`

// write makes records of all forms until ctx ends.
func (e *evolving) write(ctx context.Context, t *testing.T, rnd *rand.Rand) {
	s := &shaper{rnd: rnd}
	for i := 0; ctx.Err() == nil; i++ {
		if i%5 == 0 || len(s.forms) == 0 {
			a, ok := e.ask(t, e.owner, "read definitions", definitions, nil)
			if !ok || a.code != "" {
				breathe()
				continue
			}
			s.forms = readDefinitions(t, a)
		}
		f, k := pick(s, s.own(false)), serial.Add(1)
		a, ok := e.ask(t, e.owner, "createRecord", createRecord, vars{"form": f.Key, "values": f.values(k, e.member, nil)})
		if ok && a.code == "" {
			e.mu.Lock()
			e.stored[f.Key] = append(e.stored[f.Key], k)
			e.mu.Unlock()
		}
		<-time.After(5 * time.Millisecond) // the rate
	}
}

// FLT-11: definitions are changed by four members at once, at random and for
// long (12 minutes with FIELDWORK_LONG), while records are written, and servers
// and PostgreSQL are killed. One form has so many records that its changes go on
// in the background.
func TestFLT11LongSequenceOfDefinitionChanges(t *testing.T) {
	t.Parallel()
	needProc(t)
	rnd := seeded(t)
	length := 20 * time.Second
	if os.Getenv("FIELDWORK_LONG") != "" {
		length = 12 * time.Minute
	}
	data := dataFolder(t)
	pgs, err := cluster.Start(t.Context(), cluster.Options{Data: data, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pgs.Stop() })
	dsn := pgs.URL("fieldwork")
	p := serve(t, "--db", dsn)
	db := openDB(t, dsn)
	e := &evolving{acked: map[int64]acknowledged{}, stored: map[string][]int64{}, codes: map[string]map[string]int{}}
	e.url.Store(p.url)
	tokens := e.populate(t, dsn, db)

	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i, token := range tokens {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), uint64(i)))
		all.Go(func() { e.shape(ctx, t, token, rnd) })
	}
	for i := range 2 {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), uint64(i)))
		all.Go(func() { e.write(ctx, t, rnd) })
	}
	servers, kills, crashes := []*process{p}, 0, 0
	defer func() { stop(); all.Wait() }()
	for until := time.Now().Add(length); time.Now().Before(until); {
		<-time.After(time.Duration(500+rnd.IntN(2500)) * time.Millisecond) // the random moment
		fault := rnd.IntN(5)
		if fault < 2 { // PostgreSQL, and of two times one the server too
			crashes++
			before := serversOf(data)
			for _, pid := range before {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			if fault == 0 {
				e.killed.Store(p.url, true)
				p.kill()
			}
			eventually(t, 30*time.Second, "PostgreSQL is there again", func() bool {
				now := serversOf(data)
				return len(now) > 0 && !slices.Contains(before, now[0]) && db.Ping(t.Context()) == nil
			})
		}
		if fault != 1 {
			kills++
			e.killed.Store(p.url, true)
			p.kill()
			p = serve(t, "--db", dsn)
			e.url.Store(p.url)
			servers = append(servers, p)
		}
	}
	stop()
	all.Wait()
	t.Logf("%d changes acknowledged, %d dry runs, %d records; %d times the server was killed, %d times PostgreSQL", len(e.acked), e.dry, e.records(), kills, crashes)
	for what, codes := range e.codes {
		t.Logf("%s: %v", what, codes)
	}
	if len(e.acked) == 0 || e.records() == 0 || kills == 0 {
		t.Error("too little has happened to say anything")
	}
	for name := range inputTypes {
		if len(e.acked) > 1000 && e.codes[name][""] == 0 {
			t.Errorf("no %s was ever acknowledged", name)
		}
	}
	e.verify(t, db, dsn)
	for _, p := range servers {
		for line := range strings.Lines(p.said()) {
			if strings.Contains(line, "level=ERROR") {
				e.complain(t, "a server said: %s", line)
			}
		}
	}
}

// populate makes the organisation and returns the tokens of four members who
// may change its forms.
func (e *evolving) populate(t *testing.T, dsn string, db *pg.DB) (tokens []string) {
	t.Helper()
	command(t, "org", "create", "--db", dsn, "--key", "acme", "--owner", "olga@acme.example")
	e.owner = command(t, "token", "create", "--db", dsn, "--org", "acme", "--member", "olga@acme.example")
	c := newClient(t, e.url.Load().(string), e.owner)
	e.member = c.must(t, `{ me { id } }`, nil)["me"].(map[string]any)["id"].(string)
	c.must(t, `mutation { changeForms(input: {changes: [
		{createForm: {key: "big", plural: "bigs", label: "Big", fields: [{key: "name", kind: TEXT, required: true}, {key: "n", kind: TEXT}, {key: "a", kind: TEXT}, {key: "b", kind: INTEGER}]}},
		{createForm: {key: "form_a", label: "A", fields: [{key: "name", kind: TEXT, unique: true}, {key: "n", kind: INTEGER}]}},
		{createForm: {key: "form_b", label: "B", fields: [{key: "name", kind: TEXT}, {key: "n", kind: TEXT}, {key: "ref", kind: REFERENCE, settings: {to: "big", inverse: "bs"}}]}}]}) { change { version } } }`, nil)
	if _, err := db.Control.Exec(`INSERT INTO org_acme.big (name, n, a, b) SELECT 'w' || i, i::text, (i % 300)::text, i FROM generate_series(1, 21000) i`); err != nil {
		t.Fatal(err)
	}
	serial.Store(max(serial.Load(), 30_000))
	for i := range 4 {
		made := c.must(t, `mutation ($name: String!, $email: String!) { createMember(input: {name: $name, email: $email}) { member { id } } }`, vars{"name": fmt.Sprintf("M%d", i), "email": fmt.Sprintf("m%d@acme.example", i)})
		id := made["createMember"].(map[string]any)["member"].(map[string]any)["id"]
		c.must(t, `mutation ($id: ID!) { setMemberAccess(input: {member: $id, access: MANAGER}) { member { id } } }`, vars{"id": id})
		made = c.must(t, `mutation ($id: ID!) { createToken(input: {member: $id}) { secret } }`, vars{"id": id})
		tokens = append(tokens, made["createToken"].(map[string]any)["secret"].(string))
	}
	return tokens
}

func (e *evolving) records() (n int) {
	for _, ks := range e.stored {
		n += len(ks)
	}
	return n
}
