package record

import (
	"cmp"
	"context"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// found is a record that leads to a merged one.
type found struct {
	id       int64
	archived bool
	to       []int64
}

// find notes the records that lead to merged ones by a field, and what they are to
// lead to. Those that no list shows are redirected at once: nobody judges them.
func (g *merger) find(ctx context.Context, x *form.Field) error {
	order, last, err := g.places(ctx, x)
	if err != nil {
		return err
	}
	var all []found
	s := sqlgen.Leading(x, order, g.from)
	err = g.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		all = append(all, found{row[0].(int64), row[1].(bool), Links{Targets: string([]byte(row[2].(string)))}.numbers()})
		return nil
	})
	if err != nil || len(all) == 0 {
		return err
	}
	g.moved = append(g.moved, Moved{x.Form.Key, x.Key, len(all)})
	if g.count += len(all); g.count > MaxBulk {
		return fault.New(fault.TooCostly, "more than %d records lead to those that are to be merged", MaxBulk).At("from")
	}
	shown := x.Usable() && x.Form.ArchivedAt == nil
	for _, r := range all {
		if !shown || r.archived || x.Form == g.Form && slices.Contains(g.from, r.id) {
			if err := g.quietly(ctx, x, r); err != nil {
				return err
			}
			continue
		}
		it := g.item(x, r)
		to := g.instead(x, r)
		switch {
		case x.IsLinks() && len(to) == 0:
			it.Give(x, nil)
		case x.IsLinks():
			it.Give(x, sqlgen.Numbers(to))
		case len(to) == 0 && x.Required:
			if err := g.stop(it.row, fault.New(fault.Invalid, "the record would lead to itself, and a value is required").At(it.at(x)...)); err != nil {
				return err
			}
		case len(to) == 0:
			it.Give(x, nil)
		default:
			it.Give(x, kind.Number(to[0]))
			if order != nil {
				last++
				it.set(order, kind.Number(last))
			}
		}
	}
	return nil
}

// places is the field that keeps child rows in order, nil if x leads from none,
// and the last place that the kept record's rows have.
func (g *merger) places(ctx context.Context, x *form.Field) (order *form.Field, last int64, err error) {
	for _, y := range g.Form.Own() {
		if y.IsChildren() && y.Via == x {
			order = cmp.Or(order, x.Form.Field(y.Settings.OrderBy))
		}
	}
	if order == nil {
		return nil, 0, nil
	}
	s := sqlgen.LastPlace(x, order, g.Into.ID)
	err = g.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { last = row[0].(int64); return nil })
	return order, last, err
}

// item is a record's change, one for all fields by which it leads to merged ones.
func (g *merger) item(x *form.Field, r found) *item {
	if g.items[x.Form] == nil {
		g.items[x.Form] = map[int64]*item{}
	}
	it := g.items[x.Form][r.id]
	if it == nil {
		at := slices.IndexFunc(g.from, func(id int64) bool { return slices.Contains(r.to, id) })
		row := 1 + len(g.From) + len(g.about)
		it = &item{Values: Values{Form: x.Form, face: query.Generic, path: []any{"from", at}}, id: r.id, version: AnyVersion, row: row}
		g.items[x.Form][r.id], g.about[row] = it, it
	}
	return it
}

// instead is what a record is to lead to: the kept record in the place of merged
// ones, once, and not from itself.
func (g *merger) instead(x *form.Field, r found) []int64 {
	var to []int64
	for _, id := range r.to {
		if slices.Contains(g.from, id) {
			id = g.Into.ID
		}
		if !slices.Contains(to, id) && (id != r.id || x.Form != g.Form || slices.Contains(r.to, id)) {
			to = append(to, id)
		}
	}
	return to
}

// quietly has a record lead elsewhere that is archived, or is merged itself, or by
// a field that is archived.
func (g *merger) quietly(ctx context.Context, x *form.Field, r found) error {
	to := g.instead(x, r)
	if !x.IsLinks() {
		var value any
		if len(to) > 0 {
			value = to[0]
		}
		s := g.env().Redirect(x, []int64{r.id}, value, g.By.Member())
		_, err := g.c.Exec(ctx, s.SQL, s.Args)
		return err
	}
	s := sqlgen.ClearLinks(x, []int64{r.id})
	if _, err := g.c.Exec(ctx, s.SQL, s.Args); err != nil || len(to) == 0 {
		return err
	}
	var records, places []int64
	for i := range to {
		records, places = append(records, r.id), append(places, int64(i+1))
	}
	s = sqlgen.AddLinks(x, records, to, places)
	_, err := g.c.Exec(ctx, s.SQL, s.Args)
	return err
}

// redirect changes the records that were found, form by form.
func (g *merger) redirect(ctx context.Context) error {
	for _, f := range g.Form.Catalog.Forms {
		var items []*item
		for _, it := range g.items[f] {
			items = append(items, it)
		}
		slices.SortFunc(items, func(a, b *item) int { return cmp.Compare(a.row, b.row) })
		if err := g.update(ctx, items, sqlgen.Stay); err != nil {
			return err
		}
	}
	return nil
}
