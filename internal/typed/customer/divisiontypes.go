package customer

import (
	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
	"fieldwork/internal/plain"
)

// How the values of the division table are written. The rest of the table, which may
// fail, is for generated code.

func members(c *form.Catalog) *form.Form   { return c.Form("member") }
func customers(c *form.Catalog) *form.Form { return c.Customers() }

var divisionParts = map[string]plain.Field[division.Table]{
	"rows":       plain.Objects(&rowType, func(t *division.Table) []division.Row { return t.Rows }),
	"totalCount": plain.Int(func(t *division.Table) int { return t.Customers }),
	"gaps":       plain.Objects(&gapType, func(t *division.Table) []division.Gap { return t.Gaps }),
	"overlaps":   plain.Objects(&overlapType, func(t *division.Table) []division.Overlap { return t.Overlaps }),
	"staleRoles": plain.Objects(&staleType, func(t *division.Table) []division.StaleRole { return t.Stale }),
	"workload":   plain.Objects(&workloadType, func(t *division.Table) []division.Workload { return t.Workload }),
	"evenness":   plain.Float(func(t *division.Table) *float64 { return &t.Evenness }),
}

var rowType = plain.Type[division.Row]{Name: "DivisionRow", Fields: map[string]plain.Field[division.Row]{
	"customer":     plain.Record(customers, func(r *division.Row) int64 { return r.Customer.ID }),
	"number":       plain.Int(func(r *division.Row) int { return r.Number }),
	"cells":        plain.Objects(&cellType, func(r *division.Row) []division.Cell { return r.Cells }),
	"tasks":        plain.Object(&tasksType, func(r *division.Row) *division.Tasks { return &r.Tasks }),
	"lastContact":  plain.Day(func(r *division.Row) *calendar.Day { return r.LastContact }),
	"rating":       plain.Float(func(r *division.Row) *float64 { return r.Rating }),
	"openIssues":   plain.Int(func(r *division.Row) int { return r.OpenIssues }),
	"health":       plain.Object(&scoreType, func(r *division.Row) *health.Score { return r.Health }),
	"nextReview":   plain.Day(func(r *division.Row) *calendar.Day { return r.NextReview }),
	"reviewLate":   plain.Bool(func(r *division.Row) bool { return r.ReviewLate }),
	"improvements": plain.Texts(func(r *division.Row) []string { return r.Improvement }),
}}

var cellType = plain.Type[division.Cell]{Name: "DivisionCell", Fields: map[string]plain.Field[division.Cell]{
	"responsibility": plain.Text(func(c *division.Cell) string { return c.Responsibility }),
	"state":          plain.Text(func(c *division.Cell) string { return string(c.State) }),
	"required":       plain.Bool(func(c *division.Cell) bool { return c.Required }),
	"gap":            plain.Object(&gapType, func(c *division.Cell) *division.Gap { return c.Gap }),
	"members":        plain.Objects(&cellMemberType, func(c *division.Cell) []division.CellMember { return c.Members }),
}}

var cellMemberType = plain.Type[division.CellMember]{Name: "DivisionCellMember", Fields: map[string]plain.Field[division.CellMember]{
	"member": plain.Record(members, func(m *division.CellMember) int64 { return m.ID }),
	"name":   plain.Text(func(m *division.CellMember) string { return m.Name }),
	"levels": plain.Texts(func(m *division.CellMember) []string { return m.Levels }),
	"absent": plain.Bool(func(m *division.CellMember) bool { return m.Absent }),
	"deputy": plain.Record(members, func(m *division.CellMember) int64 { return numberOf(m.Deputy) }),
}}

var tasksType = plain.Type[division.Tasks]{Name: "DivisionTasks", Fields: map[string]plain.Field[division.Tasks]{
	"open":     plain.Int(func(t *division.Tasks) int { return t.Open }),
	"doing":    plain.Int(func(t *division.Tasks) int { return t.Doing }),
	"overdue":  plain.Int(func(t *division.Tasks) int { return t.Overdue }),
	"done":     plain.Int(func(t *division.Tasks) int { return t.Done }),
	"progress": plain.Float(func(t *division.Tasks) *float64 { return t.Progress }),
	"key":      plain.Texts(func(t *division.Tasks) []string { return t.Key }),
}}

var gapType = plain.Type[division.Gap]{Name: "CoverageGap", Fields: map[string]plain.Field[division.Gap]{
	"customer":       plain.Record(customers, func(g *division.Gap) int64 { return g.CustomerID }),
	"responsibility": plain.Text(func(g *division.Gap) string { return g.Responsibility }),
	"kind":           plain.Text(func(g *division.Gap) string { return g.Kind }),
	"severity":       plain.Text(func(g *division.Gap) string { return string(g.Severity) }),
	"since":          plain.Day(func(g *division.Gap) *calendar.Day { return g.Since }),
	"member":         plain.Record(members, func(g *division.Gap) int64 { return numberOf(g.Member) }),
}}

var overlapType = plain.Type[division.Overlap]{Name: "CoverageOverlap", Fields: map[string]plain.Field[division.Overlap]{
	"customer":       plain.Record(customers, func(o *division.Overlap) int64 { return o.CustomerID }),
	"responsibility": plain.Named(func(o *division.Overlap) string { return o.Responsibility }),
	"kind":           plain.Text(func(o *division.Overlap) string { return o.Kind }),
	"severity":       plain.Text(func(o *division.Overlap) string { return string(o.Severity) }),
	"members":        plain.Records(members, func(o *division.Overlap) []division.Person { return o.Members }, func(p *division.Person) int64 { return p.ID }),
}}

var staleType = plain.Type[division.StaleRole]{Name: "StaleRole", Fields: map[string]plain.Field[division.StaleRole]{
	"customer":       plain.Record(customers, func(s *division.StaleRole) int64 { return s.CustomerID }),
	"responsibility": plain.Text(func(s *division.StaleRole) string { return s.Responsibility }),
	"level":          plain.Text(func(s *division.StaleRole) string { return s.Level }),
	"member":         plain.Record(members, func(s *division.StaleRole) int64 { return s.Member.ID }),
	"since":          plain.Day(func(s *division.StaleRole) *calendar.Day { return s.Since }),
}}

var workloadType = plain.Type[division.Workload]{Name: "MemberWorkload", Fields: map[string]plain.Field[division.Workload]{
	"member":       plain.Record(members, func(w *division.Workload) int64 { return w.Member.ID }),
	"accounts":     plain.Int(func(w *division.Workload) int { return w.Accounts }),
	"rolesByLevel": plain.Object(&byLevelType, func(w *division.Workload) *[division.Levels]int { return &w.RolesByLevel }),
	"openTasks":    plain.Int(func(w *division.Workload) int { return w.OpenTasks }),
	"overdueTasks": plain.Int(func(w *division.Workload) int { return w.OverdueTasks }),
	"points":       plain.Float(func(w *division.Workload) *float64 { return &w.Points }),
	"openHours":    plain.Float(func(w *division.Workload) *float64 { return &w.OpenHours }),
	"utilisation":  plain.Float(func(w *division.Workload) *float64 { return &w.Utilisation }),
	"verdict":      plain.Text(func(w *division.Workload) string { return w.Verdict }),
}}

func ofLevel(l division.Level) plain.Field[[division.Levels]int] {
	return plain.Int(func(n *[division.Levels]int) int { return n[l] })
}

var byLevelType = plain.Type[[division.Levels]int]{Name: "RolesByLevel", Fields: map[string]plain.Field[[division.Levels]int]{
	"accountable": ofLevel(division.Accountable),
	"responsible": ofLevel(division.Responsible),
	"support":     ofLevel(division.Support),
	"consulted":   ofLevel(division.Consulted),
	"informed":    ofLevel(division.Informed),
}}

var scoreType = plain.Type[health.Score]{Name: "HealthScore", Fields: map[string]plain.Field[health.Score]{
	"score":      plain.Float(func(s *health.Score) *float64 { return s.Score }),
	"band":       plain.Text(func(s *health.Score) string { return string(s.Band) }),
	"confidence": plain.Float(func(s *health.Score) *float64 { return &s.Confidence }),
	"trend":      plain.Float(func(s *health.Score) *float64 { return s.Trend }),
	"parts":      plain.Objects(&partType, func(s *health.Score) []health.Part { return s.Parts }),
	"mostToGain": plain.Named(func(s *health.Score) string {
		if s.MostToGain == nil {
			return ""
		}
		return string(*s.MostToGain)
	}),
}}

var partType = plain.Type[health.Part]{Name: "HealthPart", Fields: map[string]plain.Field[health.Part]{
	"key":          plain.Text(func(p *health.Part) string { return string(p.Key) }),
	"weight":       plain.Float(func(p *health.Part) *float64 { return &p.Weight }),
	"value":        plain.Float(func(p *health.Part) *float64 { return p.Value }),
	"contribution": plain.Float(func(p *health.Part) *float64 { return &p.Contribution }),
}}

// numberOf is the number of a member; 0 for nobody.
func numberOf(p *division.Person) int64 {
	if p == nil {
		return 0
	}
	return p.ID
}
