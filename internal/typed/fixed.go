package typed

import (
	"fieldwork/internal/dashboard"
	"fieldwork/internal/plan"
	"fieldwork/internal/report"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// rootCost is what a root field of the fixed part costs. Definitions lead in
// circles (form { fields { form { fields ... } } } }), each round as often as a
// form has fields, so what is selected below counts.
func (x *exec) rootCost(f graphql.CollectedField) plan.Cost {
	objects := x.Objects(f.Definition, f.Name, f.Selections, 0)
	if f.Name == "handovers" { // the page is as long as it is asked for
		if n, ok := shaped.Number(x.Arguments(f)["first"]); ok && n > shaped.SomeOf {
			objects = objects.Times(plan.Cost(n/shaped.SomeOf + 1))
		}
	}
	return max(shaped.FixedCost, objects).Plus(x.reportCost(f)).Plus(lookCost[f.Name])
}

// lookCost is what root fields count for that look at many records, whatever is
// selected: at all that a member holds, or, before a team and after it, at all customers.
var lookCost = map[string]plan.Cost{
	"previewHandover": shaped.LookCost, "handOver": shaped.LookCost, "undoHandover": shaped.LookCost, "assignTeam": 2 * shaped.LookCost,
}

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
		a := x.Arguments(f)
		ids, _ := a["reports"].([]any)
		if reports, typ = plan.Cost(max(len(ids), 1)), "DashboardResult"; a["id"] != nil {
			reports = dashboard.MaxReports
		}
	}
	once, each, rows := plan.Cost(0), plan.Cost(readCost), x.rowsOf(f)
	for _, c := range graphql.CollectFields(x.Op, f.Selections, []string{typ}) {
		switch c.Name {
		case "chart":
			each = each.Plus(shaped.DrawCost)
		case "spreadsheet":
			each = each.Plus(shaped.DrawCost + readCost)
		case "picture":
			once = once.Plus(shaped.DrawCost)
		case "total":
			each = each.Plus(readCost)
		case "rows":
			each = each.Plus(rows)
		case "results":
			for _, r := range graphql.CollectFields(x.Op, c.Selections, []string{"ReportResult"}) {
				each = each.Plus(map[string]plan.Cost{"chart": shaped.DrawCost, "spreadsheet": shaped.DrawCost + readCost, "total": readCost, "rows": rows}[r.Name])
			}
		}
	}
	return once.Plus(each.Times(reports))
}

// rowsOf is how many rows of a report are asked for.
func (x *exec) rowsOf(f graphql.CollectedField) plan.Cost {
	p, _ := x.Arguments(f)["parameters"].(map[string]any)
	n, ok := shaped.Number(p["first"])
	if !ok {
		n = report.DefaultRows
	}
	return plan.Cost(min(max(n, 0), report.MaxRows)) // more is refused
}
