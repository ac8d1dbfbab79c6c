package typed

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

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// divisionRoot is the division table: a fixed type, asked for by filters and orders of
// the organisation's own customers. Organisations without customers have none.
const divisionRoot = "divisionTable"

// division prints the root field, and the customers that the fixed types hold.
func (p *printer) division() {
	f := p.cat.Customers()
	if f == nil {
		return
	}
	for _, typ := range []string{"DivisionRow", "CoverageGap", "CoverageOverlap", "StaleRole", "GapSuggestion"} {
		p.put("extend type %s {\n  \"The customer; null when not visible.\"\n  customer: %s\n}\n", typ, f.Type)
	}
	p.put("extend type Query {\n  \"\"\"\n  The division-of-labour table of a day, today if left out: a page of the customers that match, and gaps, overlaps and workload of\n"+
		"  all of them. responsibilities are keys of the columns wanted (NOT_FOUND for one that there is not): cells, gaps, overlaps and stale roles are of\n"+
		"  these. first is 20 unless said and 200 at most (TOO_COSTLY). INVALID for a day to come. A past day is as its records were when it\n  ended, those behind customer and members too, and so are settings.\n  \"\"\"\n"+
		"  %s(search: String, filter: %[2]sFilter, responsibilities: [String!], asOf: Date, orderBy: [%[2]sOrder!], first: Int, after: String): DivisionTable!\n}\n", divisionRoot, f.Type)
}

// divisionCost is what figuring gaps, overlaps or workload counts for: it looks at all
// customers.
const divisionCost = 500

func (x *exec) divisionTable(f *form.Form, c graphql.CollectedField) (prepared, error) {
	ask, err := x.divisionAsk(f, c)
	if err != nil {
		return prepared{}, err
	}
	cost := plan.Cost(fixedCost)
	if w := ask.Wants; w.Gaps || w.Overlaps || w.Stale || w.Workload || w.Evenness {
		cost = cost.Plus(divisionCost)
	}
	if ask.Wants.Rows {
		cost = cost.Plus(plan.Cost(ask.List.First).Times(2))
	}
	cost = cost.Plus(plan.Cost(drawCost).Times(plan.Cost(x.drawn(c.Selections))))
	fixed := x.ctx
	return prepared{cost: cost, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		t, err := division.Read(ctx, conn, ask)
		if err != nil {
			return b, err
		}
		a := arguments(c.Field, x.op.Variables)
		t.Search, _ = a["search"].(string)
		t.Filtered = a["filter"] != nil
		w, groups := x.writeDivision(fixed, c, t)
		if w == nil {
			return b, nil
		}
		var lost error
		b = w.Fill(b, groups, func(g plain.Group, ids []int64) plain.Read {
			read, err := x.records(ctx, conn, recordsOf{g.Form, g.Field, ask.Env}, ids)
			if pg.Lost(err) {
				lost = err
			} else if err != nil {
				x.report(graphql.WithPathContext(fixed, graphql.NewPathWithField(g.Field.Alias)), err)
			}
			return read
		})
		return b, lost
	}}, nil
}

// cellBytes is about what a row of the table takes for each column.
const cellBytes = 128

// writeDivision writes the table but for its records; nil when null reaches the root.
func (x *exec) writeDivision(ctx context.Context, c graphql.CollectedField, t *division.Table) (*plain.Writer, []plain.Group) {
	cells := len(t.Rows)*(len(t.Columns)+1) + len(t.Gaps)
	w := plain.NewWriter(cells*cellBytes, cells)
	parts := &plain.Compiler{Op: x.op, Catalog: x.s.Catalog}
	door := generated.NewDoor(ctx, x.s.fixed)
	begin := byte('{')
	for _, f := range graphql.CollectFields(x.op, c.Selections, []string{"DivisionTable"}) {
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

// recordsOf says which records of a form are wanted, and as of when.
type recordsOf struct {
	form  *form.Form
	field graphql.CollectedField
	env   plan.Env
}

// records reads records by number.
func (x *exec) records(ctx context.Context, conn *pg.Conn, g recordsOf, ids []int64) (plain.Read, error) {
	pl, cost, err := x.recordsPlan(g)
	if err != nil {
		return nil, err
	}
	if cost.Times(plan.Cost(len(ids))) > MaxCost {
		return nil, fault.New(fault.TooCostly, "the request may return more than %d records", MaxCost)
	}
	res, err := pl.RunFor(ctx, conn, ids)
	if err != nil {
		return nil, err
	}
	return res.AppendOf, nil
}

// recordsPlan is how records of a form are read with a selection, and what each costs.
func (x *exec) recordsPlan(g recordsOf) (*plan.Plan, plan.Cost, error) {
	key, keep := x.s.plans.key(x, g.form, g.field, "records")
	keep = keep && g.env.At == ""
	if keep {
		if p, ok := x.s.plans.get(key); ok {
			return p.plan, p.cost, nil
		}
	}
	s := x.selector(1)
	s.env = g.env
	o := s.object(g.form, g.field.Selections, nil)
	if err := s.result(); err != nil {
		return nil, 0, err
	}
	pl, cost := plan.Records(g.form, o, g.env), o.Cost().Plus(s.extra)
	if err := pl.Check(); err != nil {
		return nil, 0, err
	}
	if keep && !s.passing && !pl.Timely() {
		x.s.plans.add(key, &planned{pl, cost})
	}
	return pl, cost, nil
}

// divisionAsk reads the arguments and the selection.
func (x *exec) divisionAsk(f *form.Form, c graphql.CollectedField) (division.Ask, error) {
	a := arguments(c.Field, x.op.Variables)
	ask := division.Ask{Catalog: x.s.Catalog, Env: x.env(), Wants: x.divisionWants(c.Selections)}
	var bad fault.List
	l := query.List{Form: f}
	var err error
	ask.Day, err = x.pastDay(a["asOf"], "asOf")
	if bad.Add(err) == nil {
		ask.Env = ask.Env.EndOf(ask.Day, x.s.Catalog.Zone)
	}
	l.Filter, err = query.ParseFilter(f, a["filter"], query.Typed, ask.Env.Now)
	_ = bad.Add(err, "filter")
	l.Order, err = query.ParseOrder(f, a["orderBy"], query.Typed)
	_ = bad.Add(err, "orderBy")
	_ = bad.Add(l.For(a["search"]), "search")
	page := args{"first": a["first"]}
	if text, given := a["after"].(string); given {
		n, list, err := division.ParseCursor(text)
		_ = bad.Add(err)
		ask.Before, page["after"] = n, list
	}
	if len(bad) == 0 {
		_ = bad.Add(page.page(&l))
	}
	ask.List = l
	if keys, given := a["responsibilities"].([]any); given {
		ask.Columns = []string{}
		for _, key := range keys {
			ask.Columns = append(ask.Columns, strings.Clone(key.(string)))
		}
		_, err := division.Columns(x.s.Catalog, ask.Columns)
		_ = bad.Add(err)
	}
	return ask, bad.Err()
}

// drawCost is what a picture or a file of the table counts for.
const drawCost = 5_000

// drawn is how many pictures and files are selected of a table.
func (x *exec) drawn(sel ast.SelectionSet) (n int) {
	for _, c := range graphql.CollectFields(x.op, sel, []string{"DivisionTable"}) {
		if c.Name == "picture" || c.Name == "spreadsheet" {
			n++
		}
	}
	return n
}

// pastDay is the day that an argument says, today if it was left out.
func (x *exec) pastDay(v any, name string) (calendar.Day, error) {
	today := calendar.Of(x.req.Now, x.s.Catalog.Zone)
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
func (x *exec) divisionWants(sel ast.SelectionSet) (w division.Wants) {
	for _, c := range graphql.CollectFields(x.op, sel, []string{"DivisionTable"}) {
		switch c.Name {
		case "rows":
			w.Rows = true
			x.rowWants(c.Selections, &w)
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

func (x *exec) rowWants(sel ast.SelectionSet, w *division.Wants) {
	for _, c := range graphql.CollectFields(x.op, sel, []string{"DivisionRow"}) {
		switch c.Name {
		case "cells":
			w.Cells = true
		case "tasks":
			for _, t := range graphql.CollectFields(x.op, c.Selections, []string{"DivisionTasks"}) {
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
