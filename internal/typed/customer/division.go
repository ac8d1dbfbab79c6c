package customer

import (
	"context"
	"strings"

	"fieldwork/graph/generated"
	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plain"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// table answers divisionTable: a fixed type, asked for by filters and orders of the
// organisation's own customers.
func table(x *shaped.Operation, f *form.Form, c graphql.CollectedField) (shaped.Prepared, error) {
	ask, err := tableAsk(x, f, c)
	if err != nil {
		return shaped.Prepared{}, err
	}
	cost := plan.Cost(shaped.FixedCost)
	if w := ask.Wants; w.Gaps || w.Overlaps || w.Stale || w.Workload || w.Evenness {
		cost = cost.Plus(shaped.LookCost)
	}
	if ask.Wants.Rows {
		cost = cost.Plus(plan.Cost(ask.List.First).Times(2))
	}
	cost = cost.Plus(plan.Cost(shaped.DrawCost).Times(plan.Cost(drawn(x, c.Selections))))
	fixed := x.Ctx
	return shaped.Prepared{Cost: cost, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		t, err := division.Read(ctx, conn, ask)
		if err != nil {
			return b, err
		}
		a := x.Arguments(c)
		t.Search, _ = a["search"].(string)
		t.Filtered = a["filter"] != nil
		w, groups := writeTable(fixed, x, c, t)
		if w == nil {
			return b, nil
		}
		var lost error
		b = w.Fill(b, groups, func(g plain.Group, ids []int64) plain.Read {
			pl, err := x.InsidePlan(shaped.Inside{Form: g.Form, Field: g.Field, Env: ask.Env}, len(ids))
			if err == nil {
				var res *plan.Result
				if res, err = pl.RunFor(ctx, conn, ids); err == nil {
					return res.AppendOf
				}
			}
			if pg.Lost(err) {
				lost = err
			} else {
				x.Report(graphql.WithPathContext(fixed, graphql.NewPathWithField(g.Field.Alias)), err)
			}
			return nil
		})
		return b, lost
	}}, nil
}

// cellBytes is about what a row of the table takes for each column.
const cellBytes = 128

// writeDivision writes the table but for its records; nil when null reaches the root.
func writeTable(ctx context.Context, x *shaped.Operation, c graphql.CollectedField, t *division.Table) (*plain.Writer, []plain.Group) {
	cells := len(t.Rows)*(len(t.Columns)+1) + len(t.Gaps)
	w := plain.NewWriter(cells*cellBytes, cells)
	parts := &plain.Compiler{Op: x.Op, Catalog: x.Catalog}
	door := generated.NewDoor(ctx, x.Fixed)
	begin := byte('{')
	for _, f := range graphql.CollectFields(x.Op, c.Selections, []string{"DivisionTable"}) {
		w.Byte(begin)
		begin = ','
		if field, ok := divisionParts[f.Name]; ok {
			w.Name(f.Alias)
			field(parts, f)(w, t)
			continue
		}
		one := *f.Field
		one.SelectionSet, one.Directives = f.Selections, nil // merged, and decided
		object := door.Division(ctx, ast.SelectionSet{&one}, t)
		if string(object) == "null" {
			return nil, nil
		}
		w.Raw(object[1 : len(object)-1])
	}
	w.Byte('}')
	return w, parts.Groups
}

// divisionAsk reads the arguments and the selection.
func tableAsk(x *shaped.Operation, f *form.Form, c graphql.CollectedField) (division.Ask, error) {
	a := x.Arguments(c)
	ask := division.Ask{Catalog: x.Catalog, Env: x.Env(), Wants: tableWants(x, c.Selections)}
	var bad fault.List
	l := query.List{Form: f}
	var err error
	ask.Day, err = pastDay(x, a["asOf"], "asOf")
	if bad.Add(err) == nil {
		ask.Env = ask.Env.EndOf(ask.Day, x.Catalog.Zone)
	}
	l.Filter, err = query.ParseFilter(f, a["filter"], query.Typed, ask.Env.Now)
	_ = bad.Add(err, "filter")
	l.Order, err = query.ParseOrder(f, a["orderBy"], query.Typed)
	_ = bad.Add(err, "orderBy")
	_ = bad.Add(l.For(a["search"]), "search")
	page := shaped.Args{"first": a["first"]}
	if text, given := a["after"].(string); given {
		n, list, err := division.ParseCursor(text)
		_ = bad.Add(err)
		ask.Before, page["after"] = n, list
	}
	if len(bad) == 0 {
		_ = bad.Add(page.Page(&l))
	}
	ask.List = l
	if keys, given := a["responsibilities"].([]any); given {
		ask.Columns = []string{}
		for _, key := range keys {
			ask.Columns = append(ask.Columns, strings.Clone(key.(string)))
		}
		_, err := division.Columns(x.Catalog, ask.Columns)
		_ = bad.Add(err)
	}
	return ask, bad.Err()
}

// drawn is how many pictures and files are selected of a table.
func drawn(x *shaped.Operation, sel ast.SelectionSet) (n int) {
	for _, c := range graphql.CollectFields(x.Op, sel, []string{"DivisionTable"}) {
		if c.Name == "picture" || c.Name == "spreadsheet" {
			n++
		}
	}
	return n
}

// pastDay is the day that an argument says, today if it was left out.
func pastDay(x *shaped.Operation, v any, name string) (calendar.Day, error) {
	today := calendar.Of(x.Req.Now, x.Catalog.Zone)
	text, given := v.(string)
	if !given {
		return today, nil
	}
	d, err := calendar.Parse(text)
	switch {
	case err != nil:
		return d, fault.New(fault.Invalid, "is not a day such as 2026-11-26").At(name)
	case d > today:
		return d, fault.New(fault.Invalid, "is a day to come").At(name)
	}
	return d, nil
}

// divisionWants is what is selected of a table.
func tableWants(x *shaped.Operation, sel ast.SelectionSet) (w division.Wants) {
	for _, c := range graphql.CollectFields(x.Op, sel, []string{"DivisionTable"}) {
		switch c.Name {
		case "rows":
			w.Rows = true
			rowWants(x, c.Selections, &w)
		case "pageInfo":
			w.Rows, w.Cursors = true, true
		case "gaps":
			w.Gaps = true
		case "overlaps":
			w.Overlaps = true
		case "staleRoles":
			w.Stale = true
		case "workload":
			w.Workload = true
		case "evenness":
			w.Evenness = true
		case "totalCount":
			w.Customers = true
		case "picture", "spreadsheet":
			return division.Everything
		}
	}
	return w
}

func rowWants(x *shaped.Operation, sel ast.SelectionSet, w *division.Wants) {
	for _, c := range graphql.CollectFields(x.Op, sel, []string{"DivisionRow"}) {
		switch c.Name {
		case "cells":
			w.Cells = true
		case "tasks":
			for _, t := range graphql.CollectFields(x.Op, c.Selections, []string{"DivisionTasks"}) {
				w.Titles = w.Titles || t.Name == "key"
				w.Tasks = w.Tasks || t.Name != "key" && t.Name != "__typename"
			}
		case "lastContact", "rating", "openIssues":
			w.Feedback = true
		case "health":
			w.Health = true
		case "nextReview", "reviewLate":
			w.Reviews = true
		case "improvements":
			w.Improvements = true
		}
	}
}
