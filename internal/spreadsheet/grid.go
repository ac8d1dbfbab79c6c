package spreadsheet

import (
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/health"
	"fieldwork/internal/wording"
)

// grid is a sheet before it is written. A value is nil, a string, an int, a
// float64, an Amount, a share or a calendar.Day.
type grid struct {
	name    string
	groups  []group // none for sheets without a second heading
	columns []column
	rows    [][]any
	foot    []any // below the rows, and no part of them; nil: none
	frozen  int   // columns that stay in sight
}

type group struct {
	title string
	span  int
}

type column struct {
	title string
	look  look
}

// look is how the values of a column are coloured.
type look int

const (
	usual look = iota
	roles      // marks of gaps and overlaps
	alarm      // more than none is bad
	bar
	score // 0 to 100, in bands
)

// Amount is a decimal of any size, share a part of 1 that is shown in per cent.
type (
	Amount string
	share  float64
)

func tableGrid(t division.Table, w wording.Words) grid {
	g := grid{name: w.TableSheet, frozen: 2}
	add := func(title string, columns ...column) {
		if len(columns) > 0 {
			g.groups = append(g.groups, group{title, len(columns)})
			g.columns = append(g.columns, columns...)
		}
	}
	add(w.Basics, column{w.Number, usual}, column{w.Name, usual}, column{w.Tier, usual}, column{w.Industry, usual}, column{w.Region, usual},
		column{w.Revenue, usual}, column{w.Currency, usual}, column{w.End, usual}, column{w.Contact, usual})
	team := make([]column, len(t.Columns))
	for i, c := range t.Columns {
		team[i] = column{c.Labels.In(w.Language), roles}
	}
	add(w.Team, team...)
	add(w.Work, column{w.KeyTasks, usual}, column{w.Open, usual}, column{w.Doing, usual}, column{w.Overdue, alarm}, column{w.Done, usual}, column{w.Progress, bar})
	add(w.Voice, column{w.LastContact, usual}, column{w.Rating, usual}, column{w.Issues, alarm})
	add(w.Outlook, column{w.Health, score}, column{w.Band, usual}, column{w.Trend, usual}, column{w.Confidence, usual}, column{w.NextReview, usual}, column{w.Improvement, usual})
	for _, r := range t.Rows {
		g.rows = append(g.rows, tableRow(t, r, w))
	}
	return g
}

func tableRow(t division.Table, r division.Row, w wording.Words) []any {
	c := r.Customer
	var revenue any
	if c.Revenue != "" {
		revenue = Amount(c.Revenue)
	}
	out := []any{r.Number, c.Name, c.Tier.Labels.In(w.Language), c.Industry.Labels.In(w.Language), c.Region.Labels.In(w.Language),
		revenue, c.Currency, day(c.ContractEnd), c.Contact}
	for i := range t.Columns {
		text := ""
		if i < len(r.Cells) {
			text = cellText(r.Cells[i], w)
		}
		out = append(out, text)
	}
	var progress any
	if r.Tasks.Progress != nil {
		progress = share(*r.Tasks.Progress / 100)
	}
	out = append(out, strings.Join(r.Tasks.Key, "\n"), r.Tasks.Open, r.Tasks.Doing, r.Tasks.Overdue, r.Tasks.Done, progress,
		day(r.LastContact), number(r.Rating), r.OpenIssues)
	if h := r.Health; h != nil && h.Score != nil {
		known := number(h.Score)
		if h.Band == health.Unknown {
			known = nil
		}
		out = append(out, known, w.Term(string(h.Band)), number(h.Trend), share(h.Confidence))
	} else {
		out = append(out, nil, "", nil, nil)
	}
	return append(out, day(r.NextReview), strings.Join(r.Improvement, "\n"))
}

// cellText is who does what, after the mark of a gap or an overlap, so that the
// mark begins the cell.
func cellText(c division.Cell, w wording.Words) string {
	var members []string
	for _, m := range c.Members {
		text := m.Name
		if len(m.Levels) > 0 {
			text += " (" + strings.Join(m.Levels, "") + ")"
		}
		switch {
		case m.Absent && m.Deputy != nil:
			text += " → " + m.Deputy.Name
		case m.Absent:
			text += " [" + w.Absent + "]"
		}
		members = append(members, text)
	}
	mark := ""
	switch {
	case c.State == division.IsOverlap:
		mark = w.Overlap
	case c.Gap != nil && c.Gap.Kind == "MISSING", c.Gap == nil && c.State == division.IsGap:
		mark = w.Gap
	case c.Gap != nil && c.State == division.IsGap:
		mark = w.Gap + " (" + w.Term(c.Gap.Kind) + ")"
	case c.Gap != nil:
		mark = w.Term(c.Gap.Kind)
	}
	text := strings.Join(members, w.Comma)
	if mark != "" && text != "" {
		return mark + w.Colon + text
	}
	return mark + text
}

func gapGrid(t division.Table, w wording.Words) grid {
	g := grid{name: w.Gaps, frozen: 1, columns: []column{{w.Customer, usual}, {w.Responsibility, usual}, {w.Kind, usual}, {w.Severity, usual}, {w.Since, usual}, {w.Member, usual}}}
	for _, x := range t.Gaps {
		member := ""
		if x.Member != nil {
			member = x.Member.Name
		}
		g.rows = append(g.rows, []any{x.Customer, responsibility(t, x.Responsibility, w), w.Term(x.Kind), w.Term(string(x.Severity)), day(x.Since), member})
	}
	return g
}

func overlapGrid(t division.Table, w wording.Words) grid {
	g := grid{name: w.Overlaps, frozen: 1, columns: []column{{w.Customer, usual}, {w.Responsibility, usual}, {w.Kind, usual}, {w.Severity, usual}, {w.Members, usual}}}
	for _, x := range t.Overlaps {
		var members []string
		for _, m := range x.Members {
			members = append(members, m.Name)
		}
		g.rows = append(g.rows, []any{x.Customer, responsibility(t, x.Responsibility, w), w.Term(x.Kind), w.Term(string(x.Severity)), strings.Join(members, w.Comma)})
	}
	return g
}

func workloadGrid(t division.Table, w wording.Words) grid {
	g := grid{name: w.Workload, frozen: 1, columns: []column{{w.Member, usual}, {w.Accounts, usual}}}
	for _, l := range []string{"A", "R", "S", "C", "I"} {
		g.columns = append(g.columns, column{l + " " + w.Levels[l], usual})
	}
	g.columns = append(g.columns, column{w.Open, usual}, column{w.Overdue, alarm}, column{w.Points, usual}, column{w.Hours, usual}, column{w.Utilisation, bar}, column{w.Verdict, usual})
	for _, x := range t.Workload {
		row := []any{x.Member.Name, x.Accounts}
		for _, n := range x.RolesByLevel {
			row = append(row, n)
		}
		g.rows = append(g.rows, append(row, x.OpenTasks, x.OverdueTasks, x.Points, x.OpenHours, share(x.Utilisation), w.Term(x.Verdict)))
	}
	return g
}

// responsibility is the label of a column of the table by its key.
func responsibility(t division.Table, key string, w wording.Words) string {
	for _, c := range t.Columns {
		if c.Key == key {
			return c.Labels.In(w.Language)
		}
	}
	return key
}

func day(d *calendar.Day) any {
	if d == nil {
		return nil
	}
	return *d
}

func number(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}
