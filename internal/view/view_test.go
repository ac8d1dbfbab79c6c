package view_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/view"

	"github.com/goccy/go-yaml"
	"github.com/jmoiron/sqlx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const written = `
- form: customer
  key: strategic
  label: {en: Strategic accounts, zh: 战略客户}
  description: {en: Tier A, zh: A 级}
  icon: star
  columns: [{field: name, width: 240}, {field: owner.name, hidden: true}]
  filter: {tier: {eq: a}, annual_revenue: {gte: 1000000}}
  orderBy: [{field: annual_revenue, direction: DESC}]
  groupBy: [{field: region}]
- form: task
  key: board
  label: {en: Board, zh: 看板}
  layout: BOARD
  settings: {board: status, sum: estimate_hours}
`

// TestEnsure: views that a template writes down are made once, and what became of
// them since stays.
func TestEnsure(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	var views []view.New
	if err := yaml.UnmarshalWithOptions([]byte(written), &views, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	cat, store := o.Catalog(t), view.NewStore(o.DB)
	ensure := func(views ...view.New) error {
		return o.DB.InTx(t.Context(), func(tx *sqlx.Tx) error { return view.Ensure(t.Context(), tx, cat, views...) })
	}
	for range 2 {
		if err := ensure(views...); err != nil {
			t.Fatal(err)
		}
	}
	got := of(t, store, o, cat.Form("customer"))
	if len(got) != 1 || got[0].Key != "strategic" || !got[0].Shared() || got[0].Layout != view.Table || got[0].Broken != "" || got[0].Labels["zh"] != "战略客户" ||
		got[0].Descriptions["en"] != "Tier A" || *got[0].Columns[0].Width != 240 || got[0].Columns[1].Is != cat.Form("member").Field("name") ||
		fmt.Sprint(got[0].Filter) != "map[annual_revenue:map[gte:1000000] tier:map[eq:a]]" {
		t.Errorf("made: %+v", got)
	}
	hidden := "changed"
	if _, err := store.Update(t.Context(), o.Owner, cat, view.At{ID: got[0].IDText(), Version: 1}, view.Update{Icon: &hidden}); err != nil {
		t.Fatal(err)
	}
	if err := ensure(views...); err != nil {
		t.Fatal(err)
	}
	if got := of(t, store, o, cat.Form("customer")); len(got) != 1 || got[0].Icon != "changed" || got[0].Version != 2 {
		t.Errorf("after a change and once more: %+v", got)
	}
	err := ensure(views[0], view.New{Form: "task", Key: "bad", Labels: form.Label{"en": "x"}, Definition: view.Definition{OrderBy: []view.Order{{Field: "nothing"}}}}, view.New{Form: "task", Labels: form.Label{"en": "x"}})
	var bad fault.List
	if other := bad.Add(err); other != nil || len(bad) != 2 || fmt.Sprint(bad[0].Path, bad[1].Path) != "[1 orderBy 0 field] [2 key]" {
		t.Errorf("faults: %v %v", other, bad)
	}
}

func of(t *testing.T, s *view.Store, o *orgtest.Org, f *form.Form) []*view.View {
	t.Helper()
	all, err := s.All(t.Context(), o.Owner)
	if err != nil {
		t.Fatal(err)
	}
	out, err := all.Of(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLimits: so many views, and no more, of a form, shared and of a member.
func TestLimits(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	cat, store := o.Catalog(t), view.NewStore(o.DB)
	add := func(ctx context.Context, n view.New) error {
		_, err := store.Create(ctx, o.Owner, cat, n)
		return err
	}
	for _, shared := range []bool{true, false} {
		for range view.MaxShared {
			if err := add(t.Context(), view.New{Form: "task", Labels: form.Label{"en": "x"}, Shared: shared}); err != nil {
				t.Fatal(err)
			}
		}
		err := add(t.Context(), view.New{Form: "task", Labels: form.Label{"en": "x"}, Shared: shared})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("one too many: %v", err)
		}
		if err := add(t.Context(), view.New{Form: "role", Labels: form.Label{"en": "x"}, Shared: shared}); err != nil {
			t.Errorf("of another form: %v", err)
		}
	}
	err := o.DB.InTx(t.Context(), func(tx *sqlx.Tx) error {
		return view.Ensure(t.Context(), tx, cat, view.New{Form: "task", Key: "late", Labels: form.Label{"en": "x"}})
	})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("one too many of a template: %v", err)
	}
	if err := add(t.Context(), view.New{Form: "role", Key: "view_1000", Labels: form.Label{"en": "x"}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a key like one that is made up: %v", err)
	}
	columns := slices.Repeat([]view.Column{{Field: "title"}}, view.MaxColumns+1)
	if err := add(t.Context(), view.New{Form: "role", Labels: form.Label{"en": "x"}, Definition: view.Definition{Columns: columns}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too many columns: %v", err)
	}
}
