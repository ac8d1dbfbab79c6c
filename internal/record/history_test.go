package record_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/table"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// ledger is an organisation whose records change in every way there is: lines go
// with their bill, notes outlive it, and both lead to lists of records.
func ledger(t *testing.T) (*orgtest.Org, *form.Catalog) {
	t.Helper()
	o := orgtest.New(t)
	refer := func(key, to, onDelete, inverse string) form.NewField {
		s := form.SettingsInput{To: &to, OnDelete: &onDelete}
		if inverse != "" {
			s.Inverse = &inverse
		}
		return form.NewField{Key: key, Kind: "REFERENCE", Settings: s}
	}
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "bill", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "amount", Kind: "DECIMAL"}, {Key: "due_at", Kind: "DATETIME"},
			{Key: "extra", Kind: "JSON"}, {Key: "takes", Kind: "DURATION"}, {Key: "watchers", Kind: "MEMBERS"}}},
		form.NewForm{Key: "line", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "place", Kind: "INTEGER"}, refer("bill", "bill", "CASCADE", "lines"),
			{Key: "like", Kind: "REFERENCES", Settings: form.SettingsInput{To: ptr("line"), OnDelete: ptr("CLEAR")}}}},
		form.NewForm{Key: "note", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, refer("bill", "bill", "CLEAR", ""),
			{Key: "about", Kind: "REFERENCES", Settings: form.SettingsInput{To: ptr("bill"), OnDelete: ptr("CLEAR")}}}})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "bill", "lines", form.FieldUpdate{Settings: &form.SettingsInput{Rows: ptr(true), OrderBy: ptr("place")}})
	if err != nil {
		t.Fatal(err)
	}
	return o, cat
}

// rows is what an organisation's tables hold: by form and number, the values by
// column and by field of links.
type rows map[string]map[string]any

// stored reads all records of a form's table, with their links.
func stored(t *testing.T, o *orgtest.Org, cat *form.Catalog, forms ...string) rows {
	t.Helper()
	out := rows{}
	for _, key := range forms {
		var list []struct {
			ID  int64  `db:"id"`
			Row []byte `db:"row"`
		}
		if err := o.DB.Control.Select(&list, `SELECT id, to_jsonb(r) AS row FROM `+cat.Form(key).Table()+` r`); err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			out[fmt.Sprintf("%s_%d", key, r.ID)] = decoded(t, r.Row)
		}
		for _, x := range cat.Form(key).Fields {
			if !x.HasLinkTable() {
				continue
			}
			for _, r := range list {
				var links []byte
				if err := o.DB.Control.Get(&links, `SELECT coalesce(jsonb_agg(target ORDER BY position), '[]') FROM `+x.LinkTable()+` WHERE record = $1`, r.ID); err != nil {
					t.Fatal(err)
				}
				var v any
				if err := json.Unmarshal(links, &v); err != nil {
					t.Fatal(err)
				}
				out[fmt.Sprintf("%s_%d", key, r.ID)][x.Key] = v
			}
		}
	}
	return out
}

func decoded(t *testing.T, b []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// entry is a row of the table of changes.
type entry struct {
	Form    string `db:"form"`
	Record  int64  `db:"record"`
	Seq     int64  `db:"seq"`
	Action  string `db:"action"`
	By      *int64 `db:"by"`
	Via     string `db:"via"`
	Version *int64 `db:"version"`
	Was     []byte `db:"was"`
	Became  []byte `db:"became"`
}

func entries(t *testing.T, o *orgtest.Org, cat *form.Catalog) []entry {
	t.Helper()
	var out []entry
	if err := o.DB.Control.Select(&out, `SELECT form, record, seq, action, by, via, version, was, became FROM `+cat.HistoryTable()+` ORDER BY seq DESC`); err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares values; of a record that was deleted no empty lists are kept.
func same(a, b any) bool {
	if l, ok := b.([]any); ok && len(l) == 0 && a == nil {
		return true
	}
	return reflect.DeepEqual(a, b)
}

// undo takes a change back.
func (l rows) undo(t *testing.T, e entry) {
	t.Helper()
	id := fmt.Sprintf("%s_%d", e.Form, e.Record)
	switch e.Action {
	case "CREATED":
		delete(l, id)
		return
	case "DELETED":
		if _, there := l[id]; there {
			t.Errorf("%s was deleted in change %d and is there", id, e.Seq)
		}
		l[id] = map[string]any{}
	}
	for k, v := range decoded(t, e.Became) {
		if !same(l[id][k], v) {
			t.Errorf("change %d of %s made %s %v, and it is %v", e.Seq, id, k, v, l[id][k])
		}
	}
	for k, v := range decoded(t, e.Was) {
		l[id][k] = v
	}
}

// TestHistoryLeadsBackToEveryState changes records at random in every way there
// is, keeps what was there after each write, and takes all changes back one by one.
func TestHistoryLeadsBackToEveryState(t *testing.T) {
	t.Parallel()
	o, cat := ledger(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	forms := []string{"bill", "line", "note"}
	type moment struct {
		seq   int64
		at    string
		there rows
	}
	var moments []moment
	done := map[string]int{}
	for i := range 400 {
		there := stored(t, o, cat, forms...)
		last := int64(0)
		if err := o.DB.Control.Get(&last, `SELECT coalesce(max(seq), 0) FROM `+cat.HistoryTable()); err != nil {
			t.Fatal(err)
		}
		var at string
		if err := o.DB.Control.Get(&at, `SELECT clock_timestamp()::text`); err != nil {
			t.Fatal(err)
		}
		moments = append(moments, moment{last, at, there})
		what, err := randomWrite(t.Context(), o, cat, r, there, i)
		if k := fault.KindOf(err); err != nil && k != fault.Conflict && k != fault.NotFound && k != fault.Invalid {
			t.Fatalf("%s: %v", what, err)
		}
		if err == nil {
			done[what]++
		}
	}
	for range 200 {
		m := moments[r.IntN(len(moments))]
		key := forms[r.IntN(len(forms))]
		id := 1 + r.Int64N(40)
		want, there := m.there[fmt.Sprintf("%s_%d", key, id)]
		f := cat.Form(key)
		s := sqlgen.Env{At: m.at}.ByID(f, id, []sqlgen.Column{{Field: f.Field("id")}, {Field: f.Field("version")}, {Field: f.Field("name")}})
		found := false
		err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
			return c.Query(t.Context(), s.SQL, s.Args, func(row []pg.Value) error {
				found = true
				if fmt.Sprint(row[1], row[2]) != fmt.Sprint(want["version"], want["name"]) {
					t.Errorf("%s_%d as of %s is %v, was %v", key, id, m.at, row, want)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if found != there {
			t.Errorf("%s_%d as of %s: there %t, was %t", key, id, m.at, found, there)
		}
	}
	now := stored(t, o, cat, forms...)
	list := entries(t, o, cat)
	for i := len(moments) - 1; i >= 0; i-- {
		for len(list) > 0 && list[0].Seq > moments[i].seq {
			if e := list[0]; e.Action != "UPDATED" && (e.By == nil || *e.By != 1) {
				t.Errorf("change %d of %s_%d, %s: by %v", e.Seq, e.Form, e.Record, e.Action, e.By)
			}
			now.undo(t, list[0])
			list = list[1:]
		}
		want := moments[i].there
		for id, rec := range want {
			for k, v := range rec {
				if !same(now[id][k], v) {
					t.Fatalf("after %d writes %s of %s was %v, the history leads to %v", i, k, id, v, now[id][k])
				}
			}
		}
		if len(now) != len(want) {
			t.Fatalf("after %d writes there were %d records, the history leads to %d", i, len(want), len(now))
		}
	}
	if len(list) != 0 || len(now) != 0 {
		t.Errorf("%d changes and %d records are left", len(list), len(now))
	}
	for _, what := range []string{"create", "rows", "update", "links", "archive", "restore", "delete", "undelete", "many"} {
		if done[what] < 3 {
			t.Errorf("%q was done %d times", what, done[what])
		}
	}
}

// randomWrite does one write of many kinds.
func randomWrite(ctx context.Context, o *orgtest.Org, cat *form.Catalog, r *rand.Rand, there rows, i int) (string, error) {
	var ids [3][]int64
	version := map[string]int{}
	for id, rec := range there {
		for k, key := range []string{"bill", "line", "note"} {
			if strings.HasPrefix(id, key+"_") {
				ids[k] = append(ids[k], int64(rec["id"].(float64)))
				version[id] = int(rec["version"].(float64))
			}
		}
	}
	some := func(k int, key string) any {
		if len(ids[k]) == 0 || r.IntN(4) == 0 {
			return nil
		}
		return fmt.Sprintf("%s_%d", key, ids[k][r.IntN(len(ids[k]))])
	}
	list := func(k int, key string) []any {
		out, seen := []any{}, map[any]bool{}
		for range r.IntN(4) {
			if id := some(k, key); id != nil && !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
		return out
	}
	call := record.Call{By: o.Owner, Now: time.Now()}
	key := []string{"bill", "line", "note"}[r.IntN(3)]
	values := map[string]any{"name": fmt.Sprint("n", r.IntN(5))}
	what := "create"
	switch key {
	case "bill":
		values["amount"], values["due_at"] = fmt.Sprintf("%d.50", r.IntN(9)), time.Unix(r.Int64N(1<<31), 0).UTC().Format(time.RFC3339)
		values["extra"], values["takes"] = map[string]any{"a": r.IntN(3), "b": nil}, "PT3H"
		if r.IntN(2) == 0 {
			values["watchers"] = []any{"member_1"}
		}
		if r.IntN(2) == 0 {
			what = "rows"
			values["lines"] = []any{map[string]any{"name": fmt.Sprint("line", i), "like": list(1, "line")}, map[string]any{"name": "more"}}
		}
	case "line":
		values["bill"], values["like"], values["place"] = some(0, "bill"), list(1, "line"), 1000+i
	case "note":
		values["bill"] = some(0, "bill")
		if r.IntN(2) == 0 {
			what, values["about"] = "links", list(0, "bill")
		}
	}
	k := map[string]int{"bill": 0, "line": 1, "note": 2}[key]
	f := cat.Form(key)
	var err error
	run := func(write func(c *pg.Conn) error) { err = o.DB.As(ctx, cat.Role, write) }
	way := r.IntN(11)
	if way == 10 {
		var gone int64
		err := o.DB.Control.Get(&gone, `SELECT coalesce((SELECT record FROM `+cat.HistoryTable()+` h WHERE form = $1 AND action = 'DELETED'
			AND NOT EXISTS (SELECT FROM `+f.Table()+` r WHERE r.id = h.record) ORDER BY md5(seq::text || $2) LIMIT 1), 0)`, key, i)
		if err != nil {
			return "", err
		}
		return "undelete", o.DB.As(ctx, cat.Role, func(c *pg.Conn) error { return record.Undelete(ctx, c, call, f, gone) })
	}
	if way < 4 || len(ids[k]) == 0 {
		v, perr := record.Parse(f, values, query.Generic, true)
		if perr != nil {
			return what, perr
		}
		run(func(c *pg.Conn) error { _, err := record.Create(ctx, c, call, v); return err })
		return what, err
	}
	n := ids[k][r.IntN(len(ids[k]))]
	if way == 7 && r.IntN(2) == 0 { // few are archived
		for _, id := range ids[k] {
			if there[fmt.Sprintf("%s_%d", key, id)]["archived_at"] != nil {
				n = id
			}
		}
	}
	at := version[fmt.Sprintf("%s_%d", key, n)]
	switch way {
	case 4, 5, 6:
		if what == "create" {
			what = "update"
		}
		if lines, ok := values["lines"].([]any); ok { // keep one of them, in another place
			for id, rec := range there {
				if strings.HasPrefix(id, "line_") && rec["bill"] == float64(n) && rec["archived_at"] == nil {
					values["lines"] = append(lines, map[string]any{"id": id, "name": "kept"})
					break
				}
			}
		}
		v, perr := record.Parse(f, values, query.Generic, false)
		if perr != nil {
			return what, perr
		}
		run(func(c *pg.Conn) error { return record.Update(ctx, c, call, n, at, v) })
	case 7:
		archived := there[fmt.Sprintf("%s_%d", key, n)]["archived_at"] != nil
		if what = "archive"; archived {
			what = "restore"
		}
		run(func(c *pg.Conn) error { return record.SetArchived(ctx, c, call, f, n, at, !archived) })
	case 8:
		what = "delete"
		run(func(c *pg.Conn) error { return record.Delete(ctx, c, call, f, n, at) })
	case 9: // statements of many rows, as bulk writes send them
		what = "many"
		run(func(c *pg.Conn) error {
			return c.InTx(ctx, func() error {
				if _, err := c.Exec(ctx, `UPDATE `+f.Table()+` SET name = name || 'x', version = version + 1, updated_at = now(), updated_by = 1 WHERE id % 2 = 0`, nil); err != nil {
					return err
				}
				_, err := c.Exec(ctx, `INSERT INTO `+f.Table()+` (name, created_by, updated_by) SELECT 'many' || i, 1, 1 FROM generate_series(1, 3) i`, nil)
				return err
			})
		})
	}
	return what, err
}

// TestUndeleteBringsBackWhatWent: the record, what went with it, and its links; not
// what was deleted beside it.
func TestUndeleteBringsBackWhatWent(t *testing.T) {
	t.Parallel()
	o, cat := ledger(t)
	bill, line := cat.Form("bill"), cat.Form("line")
	call := record.Call{By: o.Owner, Now: time.Now()}
	as := func(f func(c *pg.Conn) error) {
		t.Helper()
		if err := o.DB.As(t.Context(), cat.Role, f); err != nil {
			t.Fatal(err)
		}
	}
	v, err := record.Parse(bill, map[string]any{"name": "b", "watchers": []any{"member_1"}, "lines": []any{map[string]any{"name": "l1"}, map[string]any{"name": "l2"}}}, query.Generic, true)
	if err != nil {
		t.Fatal(err)
	}
	as(func(c *pg.Conn) error { _, err := record.Create(t.Context(), c, call, v); return err })
	like, err := record.Parse(line, map[string]any{"like": []any{"line_2"}}, query.Generic, false)
	if err != nil {
		t.Fatal(err)
	}
	as(func(c *pg.Conn) error { return record.Update(t.Context(), c, call, 1, 1, like) })
	before := stored(t, o, cat, "bill", "line")
	as(func(c *pg.Conn) error { return record.Delete(t.Context(), c, call, bill, 1, 1) })
	if left := stored(t, o, cat, "bill", "line"); len(left) != 0 {
		t.Fatalf("left are %v", left)
	}
	err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error { return record.Undelete(t.Context(), c, call, line, 1) })
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("a line without its bill: %v, want CONFLICT", err)
	}
	as(func(c *pg.Conn) error { return record.Undelete(t.Context(), c, call, bill, 1) })
	after := stored(t, o, cat, "bill", "line")
	for id, rec := range before {
		for k, v := range rec {
			if k == "version" {
				v = v.(float64) + 1
			}
			if k != "updated_at" && !reflect.DeepEqual(after[id][k], v) {
				t.Errorf("%s of %s is %v, was %v", k, id, after[id][k], v)
			}
		}
	}
	if len(after) != 3 {
		t.Errorf("there are %d records, want 3", len(after))
	}

	t.Run("not after 30 days", func(t *testing.T) {
		as(func(c *pg.Conn) error { return record.Delete(t.Context(), c, call, bill, 1, 2) })
		o.DB.Control.MustExec(`UPDATE ` + cat.HistoryTable() + ` SET at = at - interval '29 days'`)
		if err := table.ForgetDeleted(t.Context(), o.DB); err != nil {
			t.Fatal(err)
		}
		held := func() (n int) {
			if err := o.DB.Control.Get(&n, `SELECT count(*) FROM `+cat.HistoryTable()+` WHERE was <> '{}'`); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if held() == 0 {
			t.Error("forgotten after 29 days")
		}
		o.DB.Control.MustExec(`UPDATE ` + cat.HistoryTable() + ` SET at = at - interval '2 days'`)
		err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error { return record.Undelete(t.Context(), c, call, bill, 1) })
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("brought back after 31 days: %v, want NOT_FOUND", err)
		}
		if err := table.ForgetDeleted(t.Context(), o.DB); err != nil {
			t.Fatal(err)
		}
		if n := held(); n != 0 {
			t.Errorf("%d changes still hold what was deleted", n)
		}
		if n := len(entries(t, o, cat)); n == 0 {
			t.Error("that they were there is forgotten too")
		}
	})
}
