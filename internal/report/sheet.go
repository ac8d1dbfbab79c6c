package report

import (
	"fmt"
	"strconv"

	"fieldwork/internal/calendar"
	"fieldwork/internal/spreadsheet"
)

// Book is the result as a workbook: the rows and, if there is one, the total below
// them. What a measure was in the period that is compared with stands beside it.
func (res *Result) Book(total *Row, languages ...string) spreadsheet.Book {
	language := first(languages)
	about := res.subtitle(language)
	for _, f := range res.Facts {
		about += fmt.Sprintf("   %s: %v%s", in(language, f.Labels), f.Value, f.Unit)
	}
	sheet := spreadsheet.Sheet{Name: in(language, label("Report", "报表"))}
	for _, col := range res.Columns {
		name := col.Labels.In("", languages...)
		if name == "" {
			name = col.Key
		}
		if unit := unitIn(language, col.Unit); unit != "" {
			name += " (" + unit + ")"
		}
		sheet.Columns = append(sheet.Columns, name)
		if res.beside(col) {
			sheet.Columns = append(sheet.Columns, name+in(language, label(", before", "（对比期）")))
		}
	}
	for _, row := range res.Rows {
		sheet.Rows = append(sheet.Rows, res.cells(row, languages))
	}
	if total != nil {
		sheet.Foot = res.cells(*total, languages)
		for i, col := range res.Columns {
			if !col.Measure { // keys stand before measures
				sheet.Foot[i] = nil
			}
		}
		if !res.Columns[0].Measure {
			sheet.Foot[0] = TotalLabel(languages...)
		}
	}
	return spreadsheet.Book{Title: res.Report.Labels.In("", languages...), About: about, Day: res.Today, Sheets: []spreadsheet.Sheet{sheet}}
}

// beside says whether a column has one beside it of the period that is compared with.
func (res *Result) beside(col Column) bool { return res.Compared != nil && col.Measure }

func (res *Result) cells(row Row, languages []string) []any {
	var out []any
	for i, col := range res.Columns {
		out = append(out, res.cell(col, row.Values[i], languages))
		if res.beside(col) {
			var before any
			if row.Before != nil {
				before = res.cell(col, row.Before[i], languages)
			}
			out = append(out, before)
		}
	}
	return out
}

// cellDigits is how many digits after the point files have: with more of them,
// spreadsheets would take means for text.
const cellDigits = 4

// cell is a value as spreadsheets have it.
func (res *Result) cell(col Column, v any, languages []string) any {
	switch v := v.(type) {
	case nil:
		if col.Measure {
			return nil
		}
	case int64:
		return int(v)
	case string:
		if col.Kind == Decimal && col.Share {
			f, _ := strconv.ParseFloat(v, 64)
			return f
		}
		if x := rat(v); col.Kind == Decimal && x != nil {
			return spreadsheet.Amount(decimal(x, cellDigits))
		}
		if d, err := calendar.Parse(v); err == nil && col.Kind == Date && (col.By == "" || col.By == "DAY") {
			return d
		}
	}
	return res.Label(col, v, languages...)
}

// unitIn is a unit in a language: those of time have names.
func unitIn(language, unit string) string {
	switch unit {
	case "d":
		return in(language, label("d", "天"))
	case "h":
		return in(language, label("h", "小时"))
	case "s":
		return in(language, label("s", "秒"))
	}
	return unit
}
