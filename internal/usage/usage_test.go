package usage_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/usage"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestCountsAreWrittenOnceAndAddUp(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	o.Token(t, o.Owner.MemberID)
	var token int64
	if err := o.DB.Control.Get(&token, `SELECT max(id) FROM fieldwork.token`); err != nil {
		t.Fatal(err)
	}
	c := usage.New(o.DB, slog.New(slog.DiscardHandler))
	fields := &usage.Fields{List: []usage.Field{{"task", "title"}, {"task", "status"}}}
	asked := 0
	more := func() []usage.Field { asked++; return []usage.Field{{"task", "due_on"}} }
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 250 {
				c.Count(usage.Use{Org: o.Org.ID, Token: token, Operation: "List", Fields: fields}, nil)
			}
		})
	}
	all.Wait()
	for range 3 {
		c.Count(usage.Use{Org: o.Org.ID, Client: strings.Repeat("客", 300), Operation: "Say", Fields: fields}, more)
	}
	if asked != 1 {
		t.Errorf("asked %d times for what is named outside of the document", asked)
	}
	for range 2 { // the second has nothing to write
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.Count(usage.Use{Org: o.Org.ID, Token: token, Operation: "List", Fields: fields}, nil)
	c.Count(usage.Use{Org: o.Org.ID + 1, Operation: "Elsewhere", Fields: fields}, nil) // no such organisation
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []struct {
		Field, Client, Operation string
		Uses                     int
	}
	if err := o.DB.Control.Select(&got, `SELECT field, left(client, 4) AS client, operation, uses FROM fieldwork.operation_use ORDER BY operation, field`); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		field, client, operation string
		uses                     int
	}{{"status", "test", "List", 1001}, {"title", "test", "List", 1001}, {"due_on", "客客客客", "Say", 3}, {"status", "客客客客", "Say", 3}, {"title", "客客客客", "Say", 3}}
	if len(got) != len(want) {
		t.Fatalf("rows %v", got)
	}
	for i, w := range want {
		if g := got[i]; g.Field != w.field || g.Client != w.client || g.Operation != w.operation || g.Uses != w.uses {
			t.Errorf("row %d is %v, want %v", i, g, w)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	c := usage.New(nil, nil)
	u := usage.Use{Org: 1, Client: "grid", Token: 5, Operation: "List", Fields: &usage.Fields{}}
	b.ReportAllocs()
	for b.Loop() {
		c.Count(u, nil)
	}
}
