package record_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
)

// TestBulkWritesAreAsWritesOneByOne has random rows written by one bulk request
// and one by one in another organisation of the same forms: the tables and what is
// said of each row must be the same.
func TestBulkWritesAreAsWritesOneByOne(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	one := newTwin(t, orgtest.New(t))
	many := newTwin(t, orgtest.New(t))
	var ids []int64 // of records that both have; numbers differ
	pairs := map[int64]int64{}
	for round := range 25 {
		n := 1 + rnd.IntN(30)
		action := []record.Action{record.CreateAll, record.CreateAll, record.UpdateAll, record.ArchiveAll, record.RestoreAll}[rnd.IntN(5)]
		if len(ids) < 5 {
			action = record.CreateAll
		}
		var left, right []any
		picked := rnd.Perm(len(ids))
		for i := range n {
			a, b := map[string]any{}, map[string]any{}
			if action != record.CreateAll {
				if i >= len(picked) {
					break
				}
				id := ids[picked[i]]
				a["id"], b["id"] = kind.ID("gadget", id), kind.ID("gadget", pairs[id])
			}
			switch action {
			case record.CreateAll:
				a = gadget(rnd, true)
				b = a
			case record.UpdateAll:
				// What another row gives up is free one by one and not in bulk: no two
				// rounds use the same unique values.
				set := gadget(rnd, false)
				if _, ok := set["code"]; ok {
					set["code"] = fmt.Sprint("u", round, "_", rnd.IntN(4))
				}
				if _, ok := set["maker"]; ok {
					set["day"] = fmt.Sprintf("21%02d-01-%02d", round, 1+rnd.IntN(3))
				} else {
					delete(set, "day")
				}
				a["set"] = set
				b["set"] = a["set"]
			}
			left, right = append(left, a), append(right, b)
		}
		wrote, said := one.oneByOne(t, action, left)
		done := many.bulk(t, action, right)
		if got := told(done.Faults); !slices.Equal(got, said) {
			t.Fatalf("action %d of %v:\none by one %q\nin bulk    %q", action, left, said, got)
		}
		if action == record.CreateAll {
			if len(wrote) != len(done.IDs) {
				t.Fatalf("%d and %d were written", len(wrote), len(done.IDs))
			}
			for i, id := range wrote {
				ids = append(ids, id)
				pairs[id] = done.IDs[i]
			}
		}
		a, b := one.rows(t), many.rows(t)
		if !slices.Equal(a, b) {
			t.Fatalf("after action %d of %v:\none by one\n%s\nin bulk\n%s", action, left, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
	if len(ids) < 20 {
		t.Errorf("only %d records were made", len(ids))
	}
}

// twin is one of two organisations that have the same forms.
type twin struct {
	*orgtest.Org
	form *form.Form
}

func newTwin(t *testing.T, o *orgtest.Org) *twin {
	t.Helper()
	text := func(key string) form.NewField { return form.NewField{Key: key, Kind: "TEXT"} }
	options := []form.NewOption{{Key: "small"}, {Key: "large"}}
	kinds := []form.NewOption{{Key: "tiny", Parents: []string{"small"}}, {Key: "huge", Parents: []string{"large"}}, {Key: "any"}}
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil,
		form.NewForm{Key: "maker", Fields: []form.NewField{text("name"), {Key: "rank", Kind: "INTEGER"}}},
		form.NewForm{Key: "gadget", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Required: true},
			{Key: "code", Kind: "TEXT", Unique: true, Settings: form.SettingsInput{IgnoreCase: ptr(true)}},
			{Key: "maker", Kind: "REFERENCE", Settings: form.SettingsInput{To: ptr("maker"), Fill: &[]kind.Fill{{From: "rank", To: "rank"}}}},
			{Key: "rank", Kind: "INTEGER"},
			{Key: "number", Kind: "AUTO_NUMBER", Settings: form.SettingsInput{Pattern: ptr("G-{000}")}},
			{Key: "size", Kind: "CHOICE", Default: "small", Settings: form.SettingsInput{Options: options}},
			{Key: "kind", Kind: "CHOICE", Settings: form.SettingsInput{Options: kinds, DependsOn: ptr("size")}},
			{Key: "price", Kind: "DECIMAL"}, {Key: "cost", Kind: "DECIMAL", Settings: form.SettingsInput{DefaultExpression: ptr("price * 0.5")}},
			{Key: "note", Kind: "TEXT", Settings: form.SettingsInput{ShownWhen: ptr(`size = "large"`), RequiredWhen: ptr("price > 90")}},
			{Key: "sealed", Kind: "TEXT", Settings: form.SettingsInput{ReadOnlyWhen: ptr("price > 50")}},
			{Key: "tags", Kind: "MULTI_CHOICE", Settings: form.SettingsInput{Options: options}},
			{Key: "makers", Kind: "REFERENCES", Settings: form.SettingsInput{To: ptr("maker"), Inverse: ptr("made")}},
			{Key: "day", Kind: "DATE"}, {Key: "at", Kind: "DATETIME"}, {Key: "raw", Kind: "JSON"}}},
		form.NewForm{Key: "part", Fields: []form.NewField{{Key: "name", Kind: "TEXT", Unique: true}, {Key: "weight", Kind: "INTEGER"},
			{Key: "gadget", Kind: "REFERENCE", Required: true, Settings: form.SettingsInput{To: ptr("gadget"), Inverse: ptr("parts"), OnDelete: ptr("CASCADE")}}}})
	if err != nil {
		t.Fatal(err)
	}
	rows := form.FieldUpdate{Settings: &form.SettingsInput{Rows: ptr(true)}}
	if _, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "gadget", "parts", rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range []form.NewRule{
		{Key: "profit", Kind: "CHECK", Expression: "cost <= price", Fields: []string{"cost"}, Message: form.Label{"en": "no profit"}},
		{Key: "light", Kind: "CHECK", Expression: "sum(parts: weight) <= 10", Message: form.Label{"en": "too heavy"}},
		{Key: "once", Kind: "UNIQUE", Fields: []string{"maker", "day"}, Message: form.Label{"en": "once a day"}},
	} {
		if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "gadget", r); err != nil {
			t.Fatal(err)
		}
	}
	tw := &twin{o, o.Catalog(t).Form("gadget")}
	for i := range 3 {
		v, err := record.Parse(tw.form.Catalog.Form("maker"), map[string]any{"name": fmt.Sprint("m", i), "rank": fmt.Sprint(i)}, query.Generic, true)
		if err != nil {
			t.Fatal(err)
		}
		tw.as(t, func(c *pg.Conn) error {
			_, err := record.Create(t.Context(), c, tw.call(), v)
			return err
		})
	}
	return tw
}

func (tw *twin) as(t *testing.T, f func(c *pg.Conn) error) {
	t.Helper()
	if err := tw.DB.As(t.Context(), tw.form.Catalog.Role, f); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func (tw *twin) call() record.Call { return record.Call{By: tw.Owner, Now: noon} }

// gadget is a random record: mostly one that can be stored.
func gadget(rnd *rand.Rand, create bool) map[string]any {
	m := map[string]any{}
	maybe := func(key string, p int, values ...any) {
		if rnd.IntN(100) < p {
			m[key] = values[rnd.IntN(len(values))]
		}
	}
	if create {
		m["name"] = []any{"x", `q"\,{}`, "NULL", "\t\\N\n", "ü大", nil}[min(rnd.IntN(30), 5)%6]
		if rnd.IntN(15) > 0 {
			m["name"] = fmt.Sprint(`n"\`, rnd.IntN(1000))
		}
	}
	maybe("code", 50, "a", "A", "b", "c", "D", "d", "e", "f", "g", nil, fmt.Sprint(rnd.IntN(1000)), fmt.Sprint(rnd.IntN(1000)))
	maybe("maker", 40, "maker_1", "maker_2", "maker_3", "maker_3", "maker_9", nil, nil)
	maybe("rank", 20, "7", nil, "x")
	maybe("size", 40, "small", "large", nil)
	maybe("kind", 20, "tiny", "huge", "any")
	maybe("price", 50, "10", "60.5", "95", nil)
	maybe("cost", 20, "1", "200", nil)
	maybe("note", 20, "n", nil)
	maybe("sealed", 20, "s", nil)
	maybe("tags", 30, []any{}, []any{"small"}, []any{"large", "small"})
	maybe("makers", 30, []any{"maker_1"}, []any{"maker_2", "maker_1"}, []any{}, []any{"maker_8"})
	maybe("day", 40, "2026-01-01", "2026-01-02", "2026-01-03", fmt.Sprintf("20%02d-02-03", rnd.IntN(80)+10), nil)
	maybe("at", 20, "2026-01-01T10:00:00+08:00", nil)
	maybe("raw", 20, map[string]any{"a": []any{"{1,2}", nil}}, nil)
	maybe("parts", 25, []any{map[string]any{"name": fmt.Sprint(rnd.IntN(40)), "weight": "3"}, map[string]any{"weight": "4"}}, []any{}, []any{map[string]any{"weight": "11"}}, []any{map[string]any{"name": "same"}, map[string]any{"name": "same"}})
	return m
}

func (tw *twin) bulk(t *testing.T, action record.Action, rows []any) record.Done {
	t.Helper()
	b := record.Bulk{Form: tw.form, Action: action, Face: query.Generic, Rows: rows, Skip: true}
	if err := b.Parse(); err != nil {
		t.Fatal(err)
	}
	var done record.Done
	tw.as(t, func(c *pg.Conn) (err error) {
		done, err = b.Write(t.Context(), c, tw.call())
		return err
	})
	return done
}

// oneByOne writes rows by themselves.
func (tw *twin) oneByOne(t *testing.T, action record.Action, rows []any) (ids []int64, said []string) {
	t.Helper()
	var faults []record.RowFault
	tw.as(t, func(c *pg.Conn) error {
		for i, r := range rows {
			m := r.(map[string]any)
			id := int64(0)
			if text, ok := m["id"].(string); ok {
				id, _ = kind.ParseID("gadget", text)
			}
			var err error
			switch action {
			case record.CreateAll, record.UpdateAll:
				raw := m
				if action == record.UpdateAll {
					raw = m["set"].(map[string]any)
				}
				var v record.Values
				if v, err = record.Parse(tw.form, raw, query.Generic, action == record.CreateAll); err != nil {
					break
				}
				if action == record.CreateAll {
					id, err = record.Create(t.Context(), c, tw.call(), v)
				} else {
					err = record.Update(t.Context(), c, tw.call(), id, record.AnyVersion, v)
				}
			default:
				err = record.SetArchived(t.Context(), c, tw.call(), tw.form, id, record.AnyVersion, action == record.ArchiveAll)
			}
			if err == nil {
				ids = append(ids, id)
				continue
			}
			var list fault.List
			if other := list.Add(err); other != nil {
				return other
			}
			for _, f := range list {
				if len(f.Path) > 0 && f.Path[0] != "id" && action == record.UpdateAll {
					f = f.At("set")
				}
				faults = append(faults, record.RowFault{Row: i, Fault: f})
			}
		}
		return nil
	})
	return ids, told(faults)
}

func told(faults []record.RowFault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, fmt.Sprintf("%04d %s %q %s", f.Row, f.Kind, f.Path, f.Message))
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

// rows are what the tables hold, without what differs: numbers of records and
// times.
func (tw *twin) rows(t *testing.T) []string {
	t.Helper()
	var out []string
	err := tw.DB.Control.Select(&out, `
		SELECT concat_ws('|', g.name, g.code, g.maker, g.rank, g.number, g.size, g.kind, g.price, g.cost, g.note, g.sealed, g.tags, g.day, g.at, g.raw, g.version, g.archived_at IS NULL, g.created_by, g.updated_by,
		         (SELECT string_agg(concat_ws(':', l.target, l.position), ',' ORDER BY l.position) FROM org_acme.gadget__makers l WHERE l.record = g.id),
		         (SELECT string_agg(concat_ws(':', p.name, p.weight, p.version), ',' ORDER BY p.id) FROM org_acme.part p WHERE p.gadget = g.id))
		FROM org_acme.gadget g ORDER BY g.id`)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRowsBeyondTheLimit are refused as a whole.
func TestRowsBeyondTheLimit(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	b := record.Bulk{Form: o.Catalog(t).Form("customer"), Face: query.Generic, Rows: make([]any, record.MaxBulk+1)}
	if f, ok := errors.AsType[*fault.Fault](b.Parse()); !ok || f.Kind != fault.TooCostly {
		t.Errorf("got %v", f)
	}
}
