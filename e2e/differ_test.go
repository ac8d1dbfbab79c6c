package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"

	"github.com/graphql-go/graphql"
	refast "github.com/graphql-go/graphql/language/ast"
	refparser "github.com/graphql-go/graphql/language/parser"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// organisationQueries is how many queries are sent to one random organisation
// before the next is made.
const organisationQueries = 10_000

// TestAgainstReference compares answers to random queries, on the bytes and in the
// order of the names, with those of another library's executor over the same rows.
// FIELDWORK_RANDOM=n sends n queries, FIELDWORK_SEED=n those of a run that failed,
// which names its seed.
//
// What is wrong with an argument below a root field fails that field before
// anything is read, where the reference finds it record by record: so only what is
// at the root is ever wrong.
func TestAgainstReference(t *testing.T) {
	t.Parallel()
	queries, seed := setting(t, "FIELDWORK_RANDOM", 600), setting(t, "FIELDWORK_SEED", int(time.Now().UnixNano()>>20))
	t.Logf("FIELDWORK_SEED=%d", seed)
	var total counts
	for i := 0; queries > 0 && !t.Failed(); i++ {
		n := min(queries, organisationQueries)
		queries -= n
		t.Run(fmt.Sprintf("organisation %d", i), func(t *testing.T) { againstReference(t, uint64(seed), uint64(i), n, &total) })
	}
	t.Logf("%d queries: %d without errors, %d refused as a whole, %d too costly and not compared; %d kB, %d cursors followed",
		total.sent.Load(), total.good.Load(), total.refused.Load(), total.costly.Load(), total.bytes.Load()>>10, total.followed.Load())
	if n := total.sent.Load(); total.good.Load() < n/2 || total.costly.Load() > n/20 {
		t.Error("most queries should have answers to compare")
	}
}

// counts tell what a run was worth.
type counts struct{ sent, good, refused, costly, bytes, followed atomic.Int64 }

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func againstReference(t *testing.T, seed, organisation uint64, queries int, total *counts) {
	w := newWorld(t)
	rnd := rand.New(rand.NewPCG(seed, organisation))
	randomForms(t, w.acme, rnd)
	randomRecords(t, w, rnd)
	ref := newReference(t, readRows(t, w.acme), w.published(t))
	var next, sent atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for sent.Load() < int64(queries) && !t.Failed() {
				n := next.Add(1)
				c := newComparison(t, w, ref, total)
				c.asker = ref.asker(rand.New(rand.NewPCG(seed, organisation<<32|uint64(n))))
				for range 1 + c.asker.IntN(8) {
					sent.Add(1)
					c.send(c.asker.request(c.learned))
				}
				if n%256 == 0 {
					w.first.statements() // which nobody reads
				}
			}
		})
	}
	wg.Wait()
}

// published is the organisation's schema as clients read it.
func (w *world) published(t *testing.T) *ast.Schema {
	t.Helper()
	status, text := w.sdl(t, w.tokens["olga"])
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(status, err)
	}
	return s
}

// comparison is one document, sent several times with other variables.
type comparison struct {
	*testing.T
	*counts
	w       *world
	ref     *reference
	asker   *asker
	learned learned
	marks   map[string]string // cursors of the reference: those of the program
	valid   bool              // the reference has validated the document
}

func newComparison(t *testing.T, w *world, ref *reference, total *counts) *comparison {
	return &comparison{T: t, w: w, ref: ref, counts: total, learned: learned{}, marks: map[string]string{}}
}

// learned are cursors of the program with those of the reference. One cursor may
// stand for a place in lists of several forms.
type learned map[string][]string

// of is the cursor in lists of a form, "" if there is none.
func (l learned) of(text string, f *form.Form) string {
	for _, mark := range l[text] {
		if id, _ := cutMark(mark); kind.FormOf(id) == f.Key {
			return mark
		}
	}
	return ""
}

// envelope is an answer with its data as it came.
type envelope struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// send sends a request and compares its answers.
func (c *comparison) send(r request) {
	body, err := json.Marshal(map[string]any{"query": r.text, "variables": r.vars, "operationName": r.name})
	if err != nil {
		c.Error(err)
		return
	}
	a := post(c.T, c.w, call{token: c.w.tokens["olga"], body: body})
	var got envelope
	if err := json.Unmarshal([]byte(a.raw), &got); err != nil {
		c.Error(err)
		return
	}
	c.sent.Add(1)
	if a.code() == "TOO_COSTLY" && (len(got.Data) == 0 || strings.Contains(got.Errors[0].Message, "request may return")) { // limits are not what this is about
		c.costly.Add(1)
		return
	}
	for _, v := range r.vars {
		if text, ok := v.(string); ok && c.learned[text] != nil {
			c.followed.Add(1)
		}
	}
	want, wantErrors := c.ref.answer(r, c.learned, c.valid)
	c.valid = c.valid || want != nil
	problem := ""
	switch {
	case want == nil || string(want) == "null":
		c.refused.Add(1)
		if len(got.Data) > 0 && string(got.Data) != "null" || len(got.Errors) == 0 {
			problem = "it should be refused"
		}
	case len(got.Data) == 0:
		problem = "it should not be refused"
	default:
		if problem = c.same(got.Data, want); problem == "" && len(wantErrors) != len(got.Errors) {
			problem = fmt.Sprintf("%d errors, want %d", len(got.Errors), len(wantErrors))
		}
		for _, e := range got.Errors {
			if problem == "" && !slices.Contains(wantErrors, fmt.Sprint(e.Path)) {
				problem = fmt.Sprintf("an error at %v", e.Path)
			}
		}
		if len(got.Errors) == 0 {
			c.good.Add(1)
		}
		c.bytes.Add(int64(len(got.Data)))
	}
	if problem != "" {
		vars, _ := json.MarshalIndent(r.vars, "", " ")
		c.Errorf("%s\n%s\noperation %q, variables %s\n got %s\nwant %s %q", problem, r.text, r.name, vars, a.raw, want, wantErrors)
	}
}

// same compares two answers, learns cursors, and says what differs.
func (c *comparison) same(got, want []byte) string {
	g, w := json.NewDecoder(bytes.NewReader(got)), json.NewDecoder(bytes.NewReader(want))
	g.UseNumber()
	w.UseNumber()
	for {
		a, err1 := g.Token()
		b, err2 := w.Token()
		if err1 == io.EOF && err2 == io.EOF {
			return ""
		}
		if err1 != nil || err2 != nil {
			return fmt.Sprintf("%v, %v", err1, err2)
		}
		if mark, ok := b.(string); ok && strings.HasPrefix(mark, cursorMark) {
			text, ok := a.(string)
			if !ok || c.marks[mark] != "" && c.marks[mark] != text {
				return fmt.Sprintf("the cursor %v is not %s", a, mark)
			}
			if c.marks[mark] == "" {
				c.marks[mark], c.learned[text] = text, append(c.learned[text], mark)
			}
			continue
		}
		if a != b {
			return fmt.Sprintf("%v at %d, want %v at %d", a, g.InputOffset(), b, w.InputOffset())
		}
	}
}

// referenceRules are the rules of the reference that keep to the specification of
// September 2025. The one of possible fragment spreads does not (5.5.2.3): within an
// inline fragment without a type on a field that is never null, it takes Customer
// and Customer! for types that nothing can be of at once.
var referenceRules = slices.DeleteFunc(slices.Clone(graphql.SpecifiedRules), func(f graphql.ValidationRuleFn) bool {
	return reflect.ValueOf(f).Pointer() == reflect.ValueOf(graphql.PossibleFragmentSpreadsRule).Pointer()
})

// typeMark is the response name of the type, which the reference is asked for
// everywhere in order to know in which order its answer belongs.
const typeMark = "zz__typename"

// oneAtATime keeps requests to the reference apart: its types are completed when
// they are first used, without a lock.
var oneAtATime sync.Mutex

// answer executes a request by the reference. Without data the request is refused.
// Of errors it tells the places. A document that is valid need not be found so again.
func (ref *reference) answer(r request, known learned, valid bool) (data []byte, at []string) {
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	doc, err := refparser.Parse(refparser.ParseParams{Source: r.refText, Options: refparser.ParseOptions{NoLocation: true}})
	if err != nil {
		return nil, []string{err.Error()}
	}
	if !valid || r.wrong {
		if v := graphql.ValidateDocument(&ref.schema, doc, referenceRules); !v.IsValid {
			return nil, []string{fmt.Sprint(v.Errors)}
		}
	}
	w := &orderer{ref: ref, fragments: map[string]*refast.FragmentDefinition{}, vars: map[string]any{}}
	var op *refast.OperationDefinition
	for _, d := range doc.Definitions {
		switch d := d.(type) {
		case *refast.OperationDefinition:
			if r.name == "" || d.Name != nil && d.Name.Value == r.name {
				op = d
			}
		case *refast.FragmentDefinition:
			w.fragments[d.Name.Value] = d
		}
		markTypes(d.(interface{ GetSelectionSet() *refast.SelectionSet }).GetSelectionSet())
	}
	res := graphql.Execute(graphql.ExecuteParams{Schema: ref.schema, AST: doc, OperationName: r.name, Args: r.vars, Root: map[string]any{"learned": known}})
	for _, e := range res.Errors {
		at = append(at, fmt.Sprint(e.Path))
	}
	if res.Data == nil {
		return nil, at
	}
	for _, d := range op.VariableDefinitions {
		if d.DefaultValue != nil {
			w.vars[d.Variable.Name.Value] = d.DefaultValue.GetValue()
		}
	}
	for name, v := range r.vars {
		w.vars[name] = v
	}
	w.value(res.Data, []*refast.SelectionSet{op.SelectionSet})
	return w.b, at
}

func markTypes(set *refast.SelectionSet) {
	if set == nil {
		return
	}
	for _, s := range set.Selections {
		switch s := s.(type) {
		case *refast.Field:
			markTypes(s.SelectionSet)
		case *refast.InlineFragment:
			markTypes(s.SelectionSet)
		}
	}
	set.Selections = append(set.Selections, &refast.Field{Kind: "Field", Name: &refast.Name{Kind: "Name", Value: "__typename"}, Alias: &refast.Name{Kind: "Name", Value: typeMark}})
}

// orderer writes an answer of the reference, which forgets the order of names, in
// the order of CollectFields in the specification (6.3.2).
type orderer struct {
	ref       *reference
	fragments map[string]*refast.FragmentDefinition
	vars      map[string]any
	b         []byte
}

func (w *orderer) value(v any, sets []*refast.SelectionSet) {
	if list, ok := v.([]any); ok {
		w.b = append(w.b, '[')
		for i, e := range list {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.value(e, sets)
		}
		w.b = append(w.b, ']')
		return
	}
	object, ok := v.(map[string]any)
	if !ok || object[typeMark] == nil {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		w.b = append(w.b, b...)
		return
	}
	g := &grouped{orderer: w, typ: object[typeMark].(string), below: map[string][]*refast.SelectionSet{}, spread: map[string]bool{}}
	for _, set := range sets {
		g.collect(set)
	}
	w.b = append(w.b, '{')
	first := true
	for _, name := range g.names {
		if name == typeMark {
			continue
		}
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		w.b = fmt.Appendf(w.b, "%q:", name)
		w.value(object[name], g.below[name])
	}
	w.b = append(w.b, '}')
}

// grouped are the fields selected on one object.
type grouped struct {
	*orderer
	typ    string
	names  []string
	below  map[string][]*refast.SelectionSet
	spread map[string]bool
}

func (g *grouped) collect(set *refast.SelectionSet) {
	for _, s := range set.Selections {
		switch s := s.(type) {
		case *refast.Field:
			if !g.includes(s.Directives) {
				continue
			}
			name := s.Name.Value
			if s.Alias != nil {
				name = s.Alias.Value
			}
			if !slices.Contains(g.names, name) {
				g.names = append(g.names, name)
			}
			if s.SelectionSet != nil {
				g.below[name] = append(g.below[name], s.SelectionSet)
			}
		case *refast.InlineFragment:
			if g.includes(s.Directives) && g.on(s.TypeCondition) {
				g.collect(s.SelectionSet)
			}
		case *refast.FragmentSpread:
			f := g.fragments[s.Name.Value]
			if g.includes(s.Directives) && !g.spread[s.Name.Value] {
				g.spread[s.Name.Value] = true
				if g.on(f.TypeCondition) {
					g.collect(f.SelectionSet)
				}
			}
		}
	}
}

func (g *grouped) on(cond *refast.Named) bool {
	return cond == nil || cond.Name.Value == g.typ || slices.Contains(g.ref.sdl.Types[g.typ].Interfaces, cond.Name.Value)
}

func (g *grouped) includes(list []*refast.Directive) bool {
	for _, d := range list {
		v := d.Arguments[0].Value.GetValue()
		if name, ok := v.(*refast.Name); ok {
			v = g.vars[name.Value]
		}
		if v == (d.Name.Value == "skip") {
			return false
		}
	}
	return true
}
