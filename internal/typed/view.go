package typed

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/view"

	"github.com/99designs/gqlgen/graphql"
)

// view reads the view that a root field is asked through. Nothing of it is kept:
// it is as it is now, whatever was compiled for the field before. It is read
// before any connection of records is lent.
func (x *exec) view(id string) (*view.View, error) {
	return view.NewStore(x.s.db).Get(x.ctx, x.req.Actor, x.s.Catalog, id)
}

// through has a list hold the records of a view only, of those that it would hold.
// Relative periods of the view count from now.
func (x *exec) through(id string, l *query.List, now time.Time) (*view.View, error) {
	v, err := x.view(id)
	switch {
	case err != nil:
		return nil, err
	case v.Form != l.Form:
		return nil, view.OfAnotherForm(v, l.Form)
	}
	f, err := v.Which(now)
	switch {
	case err != nil:
		return nil, broken("filter", err)
	case f == nil:
	case l.Filter == nil:
		l.Filter = f
	default:
		l.Filter = query.And{f, l.Filter}
	}
	return v, nil
}

// broken is the fault of a view that cannot be used any more.
func broken(what string, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return fault.New(fault.Invalid, "the view's %s no longer works: %s", what, err)
}

// viewed reads the list of a root field through the view that its arguments name,
// whose order holds unless they say one.
func (s *selector) viewed(a args, l *query.List) error {
	v, err := s.x.through(a.text("view"), l, s.env.Now)
	if err != nil || a["orderBy"] != nil {
		return err
	}
	if l.Order, err = v.Sorted(); err != nil {
		return broken("order", err)
	}
	return nil
}

// board counts the columns of a board.
type board struct {
	by      *form.Field
	sum     *form.Field // nil: none
	columns []*column
}

type column struct {
	option *form.Option // nil: none
	Key    *string
	Count  int
	Sum    json.RawMessage
}

// viewCounts prepares the columns of a board, by an aggregation of its records.
func viewCounts(x *exec, c graphql.CollectedField) (prepared, error) {
	a := arguments(c.Field, x.op.Variables)
	v, err := x.view(a.text("view"))
	if err != nil {
		return prepared{}, fault.Below(err, "view")
	}
	var bad fault.List
	l := query.List{Form: v.Form}
	l.Filter, err = query.ParseFilter(v.Form, a["filter"], query.Generic, x.req.Now)
	if err = bad.Add(err, "filter"); err != nil {
		return prepared{}, err
	}
	_ = bad.Add(l.For(a["search"]), "search")
	if _, err = x.through(v.IDText(), &l, x.req.Now); bad.Add(err, "view") != nil {
		return prepared{}, err
	}
	b, err := newBoard(v, a)
	if err = bad.Add(err); err != nil {
		return prepared{}, err
	}
	if err := bad.Err(); err != nil {
		return prepared{}, err
	}
	g := b.groups(l)
	pl := plan.Aggregate(g, x.env())
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	return prepared{cost: g.Cost(), plan: pl, run: func(ctx context.Context, conn *pg.Conn, out []byte) ([]byte, error) {
		res, err := pl.Run(ctx, conn)
		if err != nil {
			return out, err
		}
		defer res.Free()
		if err := b.read(res.Append(nil)); err != nil {
			return out, err
		}
		return b.append(x, out, c), nil
	}}, nil
}

// newBoard finds the fields of a view's board. Faults are INVALID.
func newBoard(v *view.View, a args) (*board, error) {
	b := &board{by: v.Form.Field(v.Settings.Board)}
	if v.Layout != view.Board {
		return nil, fault.New(fault.Invalid, "the view is no board").At("view")
	}
	if b.by == nil || b.by.KindName() != "CHOICE" {
		return nil, fault.New(fault.Invalid, "the view's board no longer works: form %s has no choice %q", v.Form.Key, v.Settings.Board).At("view")
	}
	key, given := a["sum"].(string)
	if !given {
		key = v.Settings.Sum
	}
	x := v.Form.Field(key)
	switch {
	case x != nil && query.Sum.Of(x):
		b.sum = x
	case given: // the view's own may be gone: what it counts is not
		return nil, fault.New(fault.Invalid, "form %s has no number %q to add up", v.Form.Key, fault.Clip(key)).At("sum")
	}
	return b, nil
}

func (b *board) groups(l query.List) plan.Groups {
	g := plan.Groups{Query: query.Aggregation{List: l, Groups: []query.Group{{Field: b.by}}, First: len(b.by.Options) + 1},
		Items: []plan.GroupItem{{Name: "key", What: plan.Key{}}, {Name: "count", What: plan.Size{}}}}
	if b.sum != nil {
		g.Query.Metrics = []query.Metric{{Function: query.Sum, Field: b.sum}}
		g.Items = append(g.Items, plan.GroupItem{Name: "sum", What: plan.Metric{}})
	}
	return g
}

// read lays what was counted over the options.
func (b *board) read(counted []byte) error {
	var groups []*column
	if err := json.Unmarshal(counted, &groups); err != nil {
		return err
	}
	of := map[string]*column{}
	none := &column{Sum: b.nothing()}
	for _, g := range groups {
		if g.Key == nil {
			none = g
		} else {
			of[*g.Key] = g
		}
	}
	var archived []*column
	b.columns = nil
	for _, o := range b.by.Options {
		g := of[o.Key]
		switch {
		case g == nil && o.ArchivedAt != nil:
			continue
		case g == nil:
			g = &column{Key: &o.Key, Sum: b.nothing()}
		}
		if g.option = o; o.ArchivedAt != nil {
			archived = append(archived, g)
		} else {
			b.columns = append(b.columns, g)
		}
	}
	b.columns = append(slices.Concat(b.columns, archived), none)
	return nil
}

// nothing is the sum of no records.
func (b *board) nothing() json.RawMessage {
	switch {
	case b.sum == nil:
		return nil
	case b.sum.SQLType() == "interval":
		return json.RawMessage(`"PT0S"`)
	}
	return json.RawMessage(`"0"`)
}

func (b *board) append(x *exec, out []byte, c graphql.CollectedField) []byte {
	fields := graphql.CollectFields(x.op, c.Selections, []string{"BoardColumn"})
	return appendObjects(out, "BoardColumn", fields, len(b.columns), func(i int, f graphql.CollectedField) any {
		return b.columns[i].value(x, f)
	})
}

func (c *column) value(x *exec, f graphql.CollectedField) any {
	switch f.Name {
	case "key":
		return c.Key
	case "count":
		return c.Count
	case "sum":
		return c.Sum
	}
	if c.option == nil {
		return map[string]any{"label": nil, "colour": "", "archived": false}[f.Name]
	}
	switch f.Name {
	case "label":
		return x.label(c.option, arguments(f.Field, x.op.Variables).text("language"))
	case "colour":
		return c.option.Colour
	}
	return c.option.ArchivedAt != nil
}

// label is what people read of an option, in a language or the request's.
func (x *exec) label(o *form.Option, language string) string {
	wanted := []string{language}
	if language == "" {
		wanted = append([]string{x.req.Language}, x.req.Others...)
	}
	if t := o.Labels.In("", append(wanted, x.s.Catalog.Language)...); t != "" {
		return t
	}
	return o.Key
}
