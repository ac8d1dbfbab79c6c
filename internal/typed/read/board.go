package read

import (
	"context"
	"encoding/json"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/view"

	"github.com/99designs/gqlgen/graphql"
)

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
func viewCounts(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	v, err := x.View(a.Text("view"))
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "view")
	}
	var bad fault.List
	l := query.List{Form: v.Form}
	l.Filter, err = query.ParseFilter(v.Form, a["filter"], query.Generic, x.Req.Now)
	if err = bad.Add(err, "filter"); err != nil {
		return shaped.Prepared{}, err
	}
	_ = bad.Add(l.For(a["search"]), "search")
	if _, err = x.Through(v.IDText(), &l, x.Req.Now); bad.Add(err, "view") != nil {
		return shaped.Prepared{}, err
	}
	b, err := newBoard(v, a)
	if err = bad.Add(err); err != nil {
		return shaped.Prepared{}, err
	}
	if err := bad.Err(); err != nil {
		return shaped.Prepared{}, err
	}
	g := b.groups(l)
	pl := plan.Aggregate(g, x.Env())
	if err := pl.Check(); err != nil {
		return shaped.Prepared{}, err
	}
	return shaped.Prepared{Cost: g.Cost(), Plan: pl, Run: func(ctx context.Context, conn *pg.Conn, out []byte) ([]byte, error) {
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
func newBoard(v *view.View, a shaped.Args) (*board, error) {
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

func (b *board) append(x *shaped.Operation, out []byte, c graphql.CollectedField) []byte {
	fields := graphql.CollectFields(x.Op, c.Selections, []string{"BoardColumn"})
	return shaped.AppendObjects(out, "BoardColumn", fields, len(b.columns), func(i int, f graphql.CollectedField) any {
		return b.columns[i].value(x, f)
	})
}

func (c *column) value(x *shaped.Operation, f graphql.CollectedField) any {
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
		return label(x, c.option, x.Arguments(f).Text("language"))
	case "colour":
		return c.option.Colour
	}
	return c.option.ArchivedAt != nil
}

// label is what people read of an option, in a language or the request's.
func label(x *shaped.Operation, o *form.Option, language string) string {
	wanted := []string{language}
	if language == "" {
		wanted = append([]string{x.Req.Language}, x.Req.Others...)
	}
	if t := o.Labels.In("", append(wanted, x.Catalog.Language)...); t != "" {
		return t
	}
	return o.Key
}
