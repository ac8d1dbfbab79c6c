package record_test

import (
	"context"
	"fmt"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
)

// Several writes are one: rules are judged when all of it is written, faults stand
// where each write says, and nothing is left of a work that fails.
func TestWorkIsDoneTogetherOrNotAtAll(t *testing.T) {
	o := orgtest.New(t)
	cat, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "customer", form.NewRule{Key: "two_tasks", Kind: form.CheckRule, Expression: "count(tasks) >= 2", Fields: []string{"name"}})
	if err != nil {
		t.Fatal(err)
	}
	customers, tasks := cat.Form("customer"), cat.Form("task")
	parse := func(f *form.Form, create bool, raw map[string]any) record.Values {
		t.Helper()
		v, err := record.Parse(f, raw, query.Generic, create)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	at := func(name string) record.Place {
		return func(path []any) []any { return append([]any{name}, path...) }
	}
	call := record.Call{By: o.Owner}
	do := func(call record.Call, f func(ctx context.Context, w *record.Work) error) (ids []int64, err error) {
		t.Helper()
		err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
			ids, err = record.Do(t.Context(), c, call, []*form.Form{customers, tasks}, func(w *record.Work) error { return f(t.Context(), w) })
			return err
		})
		return ids, err
	}
	customer := func(name string, n int) func(ctx context.Context, w *record.Work) error {
		return func(ctx context.Context, w *record.Work) error {
			id, err := w.Create(ctx, parse(customers, true, map[string]any{"name": name}), at("customer"))
			for i := 0; i < n && err == nil; i++ {
				_, err = w.Create(ctx, parse(tasks, true, map[string]any{"title": "t", "customer": fmt.Sprint("customer_", id)}), at("task"))
			}
			return err
		}
	}
	wants := func(what string, err error, kind fault.Kind, path string) {
		t.Helper()
		var list fault.List
		if other := list.Add(err); other != nil || len(list) != 1 || list[0].Kind != kind || fmt.Sprint(list[0].Path) != path {
			t.Errorf("%s: %v %v, want %s at %s", what, other, list, kind, path)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := o.DB.Control.Get(&n, `SELECT (SELECT count(*) FROM org_acme.customer) * 100 + (SELECT count(*) FROM org_acme.task)`); err != nil {
			t.Fatal(err)
		}
		return n
	}
	_, err = do(call, customer("A", 1))
	wants("one task is too few", err, fault.Invalid, "[customer name]")
	if n := count(); n != 0 {
		t.Errorf("records are left: %d", n)
	}
	call.Once = &record.Once{Key: "k", Input: []byte("x")}
	first, err := do(call, customer("A", 2))
	if err != nil || len(first) != 3 || count() != 102 {
		t.Fatalf("%v %v, %d", first, err, count())
	}
	again, err := do(call, customer("A", 2))
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) || count() != 102 {
		t.Errorf("the same again: %v %v, %d", again, err, count())
	}
	call.Once = nil
	_, err = do(call, customer("A", 2))
	wants("a name that is taken", err, fault.Conflict, "[customer name]")
	_, err = do(call, func(ctx context.Context, w *record.Work) error {
		if _, err := w.Create(ctx, parse(tasks, true, map[string]any{"title": "t"}), at("first")); err != nil {
			return err
		}
		_, err := w.Create(ctx, parse(tasks, true, map[string]any{"title": "t", "customer": "customer_999"}), at("second"))
		return err
	})
	wants("a customer that is not there", err, fault.NotFound, "[second customer]")
	_, err = do(call, func(ctx context.Context, w *record.Work) error {
		return w.Update(ctx, first[0], 7, parse(customers, false, map[string]any{"tier": "a"}), at("customer"))
	})
	wants("a version that is not the current one", err, fault.Conflict, "[customer version]")
	if n := count(); n != 102 {
		t.Errorf("records are left: %d", n)
	}
	viewer := call
	viewer.By.Access = "VIEWER"
	_, err = do(viewer, customer("B", 2))
	wants("who only reads", err, fault.Forbidden, "[]")
}

// Many records of a form are written at once; one of them that cannot be stored
// ends the work, and is told where it stands.
func TestWorkWritesMany(t *testing.T) {
	o := orgtest.New(t)
	cat := o.Catalog(t)
	customers := cat.Form("customer")
	name, note := customers.Field("name"), customers.Field("note")
	row := func(i int) record.Place {
		return func(path []any) []any { return append([]any{i}, path...) }
	}
	do := func(via form.Via, f func(ctx context.Context, w *record.Work) error) (ids []int64, err error) {
		t.Helper()
		err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
			ids, err = record.Do(t.Context(), c, record.Call{By: o.Owner, Via: via}, []*form.Form{customers}, func(w *record.Work) error { return f(t.Context(), w) })
			return err
		})
		return ids, err
	}
	named := func(names ...string) (out []record.Change) {
		for i, n := range names {
			v := record.Of(customers, true)
			v.Give(name, n)
			if i > 0 { // records that are given different fields
				v.Give(note, "second")
			}
			out = append(out, record.Change{Values: v, At: row(i)})
		}
		return out
	}
	var made []int64
	ids, err := do(form.ViaHandover, func(ctx context.Context, w *record.Work) (err error) {
		made, err = w.CreateAll(ctx, named("A", "B", "C"))
		w.Answer(77)
		return err
	})
	if err != nil || len(made) != 3 || fmt.Sprint(ids) != "[77]" {
		t.Fatalf("%v %v %v", ids, made, err)
	}
	changed := func(version int) (out []record.Change) {
		for i, id := range made[:2] {
			v := record.Of(customers, false)
			v.Give(note, fmt.Sprint("note ", i))
			out = append(out, record.Change{ID: id, Version: version, Values: v, At: row(i)})
		}
		return out
	}
	_, err = do(form.ViaHandover, func(ctx context.Context, w *record.Work) error {
		if err := w.UpdateAll(ctx, changed(1)); err != nil {
			return err
		}
		return w.ArchiveAll(ctx, []record.Change{{ID: made[2], Version: 1, Values: record.Of(customers, false), At: row(2)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	truth := `SELECT string_agg(name || ':' || coalesce(note, '') || ':' || version || ':' || (archived_at IS NULL), ' ' ORDER BY id) FROM org_acme.customer`
	if err := o.DB.Control.Get(&got, truth); err != nil || got != "A:note 0:2:true B:note 1:2:true C:second:2:false" {
		t.Errorf("%s (%v)", got, err)
	}
	if err := o.DB.Control.Get(&got, `SELECT string_agg(DISTINCT via, ' ') || count(*) FROM org_acme.history__ WHERE form = 'customer'`); err != nil || got != "HANDOVER6" {
		t.Errorf("through %s (%v)", got, err)
	}
	refused := func(what, want string, f func(ctx context.Context, w *record.Work) error) {
		t.Helper()
		_, err := do("", f)
		var list fault.List
		if other := list.Add(err); other != nil || len(list) != 1 || fmt.Sprint(list[0].Kind, list[0].Path) != want {
			t.Errorf("%s: %v %v, want %s", what, other, list, want)
		}
	}
	refused("a name that is taken", "CONFLICT[1 name]", func(ctx context.Context, w *record.Work) error {
		_, err := w.CreateAll(ctx, named("D", "B"))
		return err
	})
	refused("a name twice", "CONFLICT[1 name]", func(ctx context.Context, w *record.Work) error {
		_, err := w.CreateAll(ctx, named("D", "D"))
		return err
	})
	refused("a version that is over", "CONFLICT[1 version]", func(ctx context.Context, w *record.Work) error {
		return w.UpdateAll(ctx, append(changed(2)[:1], changed(1)[1]))
	})
	if err := o.DB.Control.Get(&got, truth); err != nil || got != "A:note 0:2:true B:note 1:2:true C:second:2:false" {
		t.Errorf("what was refused left %s (%v)", got, err)
	}
}
