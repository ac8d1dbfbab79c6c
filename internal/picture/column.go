package picture

import (
	"math/big"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/draw"
	"fieldwork/internal/health"
)

// column is a column of the picture.
type column struct {
	title   string
	width   float64 // what it would like, in letters
	least   float64 // what it needs; 0: all that it would like
	stretch float64 // how much of the room that is left it takes
	align   draw.Align
	lines   func(s *sheet, r *division.Row, width float64) []line
}

// mostWord is how wide a word may be that no line breaks, in letters.
const mostWord = 10.0

// whole is the width, in letters, of a column in whose texts no word is broken unless it
// is very long; in front of each text there is room for a badge of letters.
func (s *sheet) whole(least float64, of func(r *division.Row, text func(text string, badge int))) float64 {
	style := draw.Style{Size: 72 / 25.4, Bold: true} // the widest there is, at a millimetre to the letter
	widest := 0.0
	for i := range s.table.Rows {
		of(&s.table.Rows[i], func(text string, badge int) {
			widest = max(widest, style.Longest(text)+0.75*float64(badge)+0.7*float64(min(badge, 1)))
		})
	}
	return max(least, min(widest+2*padding+0.2, mostWord))
}

// options is such a width for a column of options.
func (s *sheet) options(least float64, of func(r *division.Row) division.Option) float64 {
	return s.whole(least, func(r *division.Row, text func(string, int)) { text(of(r).Labels.In(s.words.Language), 0) })
}

// group is columns under one heading.
type group struct {
	title   string
	columns []column
}

func groups(s *sheet) []group {
	w := s.words
	contact := s.whole(5, func(r *division.Row, text func(string, int)) { text(r.Customer.Contact, 0) })
	return []group{
		{w.Basics, []column{
			{w.Number, 3.1, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line {
				return []line{{text: strconv.Itoa(r.Number), style: s.soft}}
			}},
			{w.Name, 15, 9, 4, draw.Left, name},
			{w.Tier, s.options(4.8, func(r *division.Row) division.Option { return r.Customer.Tier }), 0, 0, draw.Centre, tier},
			{w.Industry, s.options(6, func(r *division.Row) division.Option { return r.Customer.Industry }), 0, 0, draw.Left, func(s *sheet, r *division.Row, width float64) []line {
				return s.wrap(r.Customer.Industry.Labels.In(s.words.Language), s.body, width, 2)
			}},
			{w.Region, s.options(4.4, func(r *division.Row) division.Option { return r.Customer.Region }), 0, 0, draw.Left, func(s *sheet, r *division.Row, width float64) []line {
				return s.wrap(r.Customer.Region.Labels.In(s.words.Language), s.body, width, 2)
			}},
			{s.revenueTitle(), 7.6, 0, 0, draw.Right, revenue},
			{w.End, 6.8, 0, 0, draw.Centre, contractEnd},
			{w.Contact, contact, contact, 1, draw.Left, func(s *sheet, r *division.Row, width float64) []line {
				return s.wrap(r.Customer.Contact, s.body, width, 2)
			}},
		}},
		{w.Team, team(s)},
		{w.Work, []column{
			{w.KeyTasks, 14, 10, 3, draw.Left, keyTasks},
			{w.Doing, 4, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line { return s.count(r.Tasks.Doing, s.body) }},
			{w.Overdue, 4, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line { return s.count(r.Tasks.Overdue, s.bad) }},
			{w.Progress, 7.5, 6, 1, draw.Left, func(s *sheet, r *division.Row, _ float64) []line {
				if r.Tasks.Progress == nil {
					return s.nothing()
				}
				p := min(max(*r.Tasks.Progress, 0), 100)
				return []line{{bar: &p, text: strconv.FormatFloat(p, 'f', 0, 64) + "%", style: s.body}}
			}},
		}},
		{w.Voice, []column{
			{w.LastContact, 6.8, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line { return s.day(r.LastContact, s.body) }},
			{w.Rating, 4.2, 0, 0, draw.Centre, rating},
			{w.Issues, 4.6, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line { return s.count(r.OpenIssues, s.bad) }},
		}},
		{w.Outlook, []column{
			{w.Health, 5.4, 0, 0, draw.Centre, outlook},
			{w.NextReview, 6.8, 0, 0, draw.Centre, func(s *sheet, r *division.Row, _ float64) []line {
				if r.ReviewLate {
					return s.day(r.NextReview, s.bad)
				}
				return s.day(r.NextReview, s.body)
			}},
			{w.Improvement, 13, 9, 4, draw.Left, func(s *sheet, r *division.Row, width float64) []line {
				return s.listed(r.Improvement, width, 3)
			}},
		}},
	}
}

func team(s *sheet) []column {
	out := make([]column, len(s.table.Columns))
	for i, c := range s.table.Columns {
		need := s.whole(4.4, func(r *division.Row, text func(string, int)) {
			if i >= len(r.Cells) {
				return
			}
			for _, m := range r.Cells[i].Members {
				text(m.Name, len(m.Levels))
			}
		})
		like := need
		if need > 4.4 { // somebody is there
			like = max(7, need)
		}
		out[i] = column{c.Labels.In(s.words.Language), like, need, 1.5, draw.Left, func(s *sheet, r *division.Row, width float64) []line {
			if i >= len(r.Cells) {
				return nil
			}
			return s.members(r.Cells[i], width)
		}}
	}
	return out
}

func name(s *sheet, r *division.Row, width float64) []line {
	return s.wrap(r.Customer.Name, s.strong, width, 3)
}

func tier(s *sheet, r *division.Row, width float64) []line {
	t := r.Customer.Tier
	text := t.Labels.In(s.words.Language)
	if text == "" {
		return s.nothing()
	}
	c, ok := draw.ParseColour(t.Colour)
	if !ok {
		c = s.theme.Accent
	}
	if s.grey {
		c = c.Grey()
	}
	out := s.wrap(text, s.body, width, 2)
	for i := range out {
		out[i].style.Colour, out[i].style.Bold = c.Mix(s.theme.Ink, 0.35), true
		out[i].text = out[i].style.Fit(out[i].text, width)
	}
	return out
}

// revenueTitle names the currency where all amounts are in one.
func (s *sheet) revenueTitle() string {
	if s.currency == "" {
		return s.words.Revenue
	}
	return s.words.Revenue + " " + s.currency
}

// oneCurrency is the currency of all amounts, empty when they differ.
func oneCurrency(rows []division.Row) string {
	one := ""
	for _, r := range rows {
		switch c := r.Customer.Currency; {
		case c == "" || r.Customer.Revenue == "" || c == one:
		case one == "":
			one = c
		default:
			return ""
		}
	}
	return one
}

func revenue(s *sheet, r *division.Row, _ float64) []line {
	amount := whole(r.Customer.Revenue)
	if amount == "" {
		return s.nothing()
	}
	if c := r.Customer.Currency; c != "" && s.currency == "" {
		return []line{{text: c, style: s.soft}, {text: amount, style: s.body}}
	}
	return []line{{text: amount, style: s.body}}
}

// whole is a decimal without its fraction, in groups of three.
func whole(decimal string) string {
	n, ok := new(big.Rat).SetString(decimal)
	if !ok || decimal == "" {
		return ""
	}
	digits := n.FloatString(0)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// contractEnd warns of contracts that end within a month.
func contractEnd(s *sheet, r *division.Row, _ float64) []line {
	end := r.Customer.ContractEnd
	switch {
	case end == nil || end.Since(s.table.AsOf) > 30:
		return s.day(end, s.body)
	case end.Since(s.table.AsOf) < 0:
		return s.day(end, s.bad)
	}
	return s.day(end, s.watch)
}

func keyTasks(s *sheet, r *division.Row, width float64) []line {
	return s.listed(r.Tasks.Key, width, 4)
}

func rating(s *sheet, r *division.Row, _ float64) []line {
	if r.Rating == nil {
		return s.nothing()
	}
	style := s.body
	if *r.Rating < 3 {
		style = s.bad
	}
	return []line{{text: strconv.FormatFloat(*r.Rating, 'f', 1, 64), style: style}}
}

func outlook(s *sheet, r *division.Row, _ float64) []line {
	h := r.Health
	if h == nil || h.Score == nil {
		return s.nothing()
	}
	style := s.strong
	style.Colour = s.band(h.Band)
	small := s.small
	small.Colour = style.Colour
	if h.Band == health.Unknown {
		return []line{{text: s.words.Term(string(h.Band)), style: small}}
	}
	text := strconv.FormatFloat(*h.Score, 'f', 0, 64)
	if h.Trend != nil {
		text += " " + arrow(*h.Trend)
	}
	return []line{{text: text, style: style}, {text: s.words.Term(string(h.Band)), style: small}}
}

// arrow shows where a score goes: what moves less than two points stays.
func arrow(trend float64) string {
	switch {
	case trend >= 2:
		return "↑"
	case trend <= -2:
		return "↓"
	}
	return "→"
}

func (s *sheet) band(band health.Band) draw.Colour {
	switch band {
	case health.Healthy:
		return s.theme.Good
	case health.Watch:
		return s.theme.Watch
	case health.AtRisk:
		return s.theme.Risk
	case health.Critical:
		return s.theme.Bad
	}
	return s.theme.Faint
}

func (s *sheet) day(d *calendar.Day, style draw.Style) []line {
	if d == nil {
		return s.nothing()
	}
	return []line{{text: d.String(), style: style}}
}

func (s *sheet) count(n int, style draw.Style) []line {
	if n == 0 {
		return s.nothing()
	}
	return []line{{text: strconv.Itoa(n), style: style}}
}

func (s *sheet) nothing() []line { return []line{{text: "–", style: s.faint}} }
