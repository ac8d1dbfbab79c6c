// Package spreadsheet writes the division table, and sheets that others put together,
// as a workbook (XLSX) or as plain rows (CSV), in Chinese or English, for those who go
// on working with it.
//
//	f, err := spreadsheet.Write(table, spreadsheet.Options{Format: spreadsheet.XLSX, Language: "zh"})
//
// A workbook of the table has four sheets: the table, gaps, overlaps and workload; CSV has the
// table alone. What a sheet holds is decided once (grid.go) and written twice.
// Numbers are numbers and days are days. Text stays text: in a workbook by the
// type of its cell, in CSV by an apostrophe before what a program could take for
// a formula. The same table gives the same bytes.
package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/wording"
)

// Format is what a spreadsheet is written as.
type Format string

// Formats.
const (
	XLSX Format = "XLSX"
	CSV  Format = "CSV"
)

// Options say how a table is written.
type Options struct {
	Format   Format
	Language string // Chinese or, for all others, English
	Filter   string // which customers it has, in words; empty for all
	Plain    bool   // CSV without the mark that tells Excel of UTF-8
}

// File is a spreadsheet as it is given away.
type File struct {
	Name, Type string
	Content    []byte
}

const (
	csvType  = "text/csv; charset=utf-8"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Write writes a table.
func Write(t division.Table, o Options) (File, error) {
	w := wording.In(o.Language)
	name := fmt.Sprintf("%s_%s", w.Title, t.AsOf)
	if o.Format == CSV {
		content, err := rows(tableGrid(t, w), o.Plain)
		return File{name + ".csv", csvType, content}, err
	}
	content, err := workbook(t, w, o)
	return File{name + ".xlsx", xlsxType, content}, err
}

// rows writes a sheet as RFC 4180 has it.
func rows(g grid, plain bool) ([]byte, error) {
	var b bytes.Buffer
	if !plain {
		b.WriteString("\ufeff")
	}
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	head := make([]string, len(g.columns))
	for i, c := range g.columns {
		head[i] = guarded(c.title)
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, row := range g.rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = plainText(v)
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return guarded(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case share:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case Amount:
		return string(v)
	case calendar.Day:
		return v.String()
	}
	panic(fmt.Sprintf("spreadsheet: no text for %T", v)) // of a grid of our own
}

// guarded keeps programs from taking a text for a formula: they look at the first
// character, some after blanks, and some take wide signs for narrow ones.
func guarded(text string) string {
	rest := strings.TrimLeft(text, " \u3000\u00a0")
	if rest != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(rest)[0]) {
		return "'" + text
	}
	return text
}
