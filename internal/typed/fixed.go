package typed

import (
	"slices"
	"strings"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/plan"
	"fieldwork/internal/report"
	"fieldwork/internal/view"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// fixedCost is what a root field of the fixed part costs at least.
const fixedCost = 10

// someOf is how long a list of the fixed part is taken to be whose length the
// definitions do not tell.
const someOf = 10

// rootCost is what a root field of the fixed part costs. Definitions lead in
// circles (form { fields { form { fields ... } } } }), each round as often as a
// form has fields, so what is selected below counts.
func (x *exec) rootCost(f graphql.CollectedField) plan.Cost {
	objects := x.objects(f.Definition, f.Name, f.Selections, 0)
	if f.Name == "handovers" { // the page is as long as it is asked for
		if n, ok := number(arguments(f.Field, x.op.Variables)["first"]); ok && n > someOf {
			objects = objects.Times(plan.Cost(n/someOf + 1))
		}
	}
	return max(fixedCost, objects).Plus(x.reportCost(f)).Plus(lookCost[f.Name])
}

// lookCost is what root fields count for that look at many records, whatever is
// selected: at all that a member holds, or, before a team and after it, at all customers.
var lookCost = map[string]plan.Cost{
	"previewHandover": divisionCost, "handOver": divisionCost, "undoHandover": divisionCost, "assignTeam": 2 * divisionCost,
}

// A page of moves counts as a full one, however long it is asked for; of what a
// handover leaves it is not known.
const someMoves, someLeft = 200, 100

// readCost is what reading a report counts for: it looks at all records of a form, and
// again at those of the period that they are compared with.
const readCost = 500

// reportCost is what a root field of reports counts for beside its objects, each
// picture included. A dashboard reads as many reports as it names.
func (x *exec) reportCost(f graphql.CollectedField) plan.Cost {
	reports, typ := plan.Cost(1), "ReportResult"
	switch f.Name {
	default:
		return 0
	case "report":
	case "dashboard":
		a := arguments(f.Field, x.op.Variables)
		ids, _ := a["reports"].([]any)
		if reports, typ = plan.Cost(max(len(ids), 1)), "DashboardResult"; a["id"] != nil {
			reports = dashboard.MaxReports
		}
	}
	once, each, rows := plan.Cost(0), plan.Cost(readCost), x.rowsOf(f)
	for _, c := range graphql.CollectFields(x.op, f.Selections, []string{typ}) {
		switch c.Name {
		case "chart":
			each = each.Plus(drawCost)
		case "spreadsheet":
			each = each.Plus(drawCost + readCost)
		case "picture":
			once = once.Plus(drawCost)
		case "total":
			each = each.Plus(readCost)
		case "rows":
			each = each.Plus(rows)
		case "results":
			for _, r := range graphql.CollectFields(x.op, c.Selections, []string{"ReportResult"}) {
				each = each.Plus(map[string]plan.Cost{"chart": drawCost, "spreadsheet": drawCost + readCost, "total": readCost, "rows": rows}[r.Name])
			}
		}
	}
	return once.Plus(each.Times(reports))
}

// rowsOf is how many rows of a report are asked for.
func (x *exec) rowsOf(f graphql.CollectedField) plan.Cost {
	p, _ := arguments(f.Field, x.op.Variables)["parameters"].(map[string]any)
	n, ok := number(p["first"])
	if !ok {
		n = report.DefaultRows
	}
	return plan.Cost(min(max(n, 0), report.MaxRows)) // more is refused
}

// objects is how many objects of fixed types a field may answer with, itself
// included. round is how often fields or views have been entered above. Records
// below are not entered: package plan counts them. Nor is introspection, which the
// gate bounds.
func (x *exec) objects(def *ast.FieldDefinition, name string, sel ast.SelectionSet, round int) plan.Cost {
	if len(sel) == 0 || strings.HasPrefix(name, "__") {
		return 0
	}
	n := plan.Cost(1)
	if name == "moves" {
		n = someMoves / someOf
	}
	if def.Type.Elem != nil {
		n = x.length(name, round)
	}
	if name == "fields" || name == "views" {
		round++
	}
	if typ := x.s.doc.Types[def.Type.Name()]; typ == nil || typ.IsAbstractType() || slices.Contains(typ.Interfaces, "Record") {
		return n
	}
	return n.Times(plan.Cost(1).Plus(x.below(sel, round)))
}

func (x *exec) below(sel ast.SelectionSet, round int) plan.Cost {
	c := plan.Cost(0)
	for _, s := range sel {
		switch s := s.(type) {
		case *ast.Field:
			c = c.Plus(x.objects(s.Definition, s.Name, s.SelectionSet, round))
		case *ast.InlineFragment:
			c = c.Plus(x.below(s.SelectionSet, round))
		case *ast.FragmentSpread:
			c = c.Plus(x.below(s.Definition.SelectionSet, round))
		}
	}
	return c
}

// length is how long a list of definitions is: on the average in the first
// round, where all forms may be asked for, and at most in those after it.
func (x *exec) length(name string, round int) plan.Cost {
	forms, fields, options, mostFields, mostOptions := 0, 0, 0, 1, 1
	for _, f := range x.s.Catalog.Forms {
		forms++
		mostFields = max(mostFields, len(f.Fields))
		for _, o := range f.Fields {
			fields++
			options += len(o.Options)
			mostOptions = max(mostOptions, len(o.Options))
		}
	}
	switch {
	case name == "forms":
		return plan.Cost(max(forms, 1))
	case name == "fields" && round > 0:
		return plan.Cost(mostFields)
	case name == "fields":
		return plan.Cost(fields/max(forms, 1) + 1)
	case name == "options" && round > 1:
		return plan.Cost(mostOptions)
	case name == "options":
		return plan.Cost(options/max(fields, 1) + 1)
	case name == "views" && round > 0:
		return view.MaxShared + view.MaxOwn
	case name == "columns" && round > 1:
		return view.MaxColumns
	case name == "left":
		return someLeft
	}
	return someOf
}
