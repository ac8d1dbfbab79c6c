package spreadsheet

import (
	"bytes"
	"fmt"
	"time"

	"github.com/xuri/excelize/v2"

	"fieldwork/internal/calendar"
	"fieldwork/internal/wording"
)

// Book is a workbook that others put together.
type Book struct {
	Title, About string
	Day          calendar.Day
	Sheets       []Sheet
}

// Sheet is a list of rows under headings. A value is nil, a string, an int, a float64,
// an Amount or a calendar.Day.
type Sheet struct {
	Name    string
	Columns []string
	Rows    [][]any
	Foot    []any // below the rows of a workbook, and no part of them; nil: none
}

func (s Sheet) grid() grid {
	g := grid{name: s.Name, frozen: 1, rows: s.Rows, foot: s.Foot}
	for _, title := range s.Columns {
		g.columns = append(g.columns, column{title, usual})
	}
	return g
}

// File is the workbook or, as CSV, its first sheet, under a name.
func (k Book) File(name string, f Format) (File, error) {
	if f == CSV {
		content, err := rows(k.Sheets[0].grid(), false)
		return File{name + ".csv", csvType, content}, err
	}
	content, err := k.Write()
	return File{name + ".xlsx", xlsxType, content}, err
}

// Write writes the workbook. The same book gives the same bytes.
func (k Book) Write() ([]byte, error) {
	b := &book{file: excelize.NewFile(), styles: map[string]int{}}
	defer func() { _ = b.file.Close() }()
	b.about(k.Title, k.Day)
	for i, s := range k.Sheets {
		g := s.grid()
		b.add(i, g)
		b.sheet(g, wording.Words{}, k.Title, k.About)
	}
	return b.bytes()
}

// about names the workbook, and a day as the moment it was made.
func (b *book) about(title string, day calendar.Day) {
	made := day.Begin(time.UTC).Format(time.RFC3339)
	b.do(b.file.SetDocProps(&excelize.DocProperties{Title: title, Creator: "Fieldwork", LastModifiedBy: "Fieldwork", Created: made, Modified: made}))
}

// add makes the i-th sheet.
func (b *book) add(i int, g grid) {
	if i == 0 {
		b.do(b.file.SetSheetName("Sheet1", g.name))
		return
	}
	_, err := b.file.NewSheet(g.name)
	b.do(err)
}

// bytes is the workbook as a file.
func (b *book) bytes() ([]byte, error) {
	if b.err != nil {
		return nil, fmt.Errorf("write a workbook: %w", b.err)
	}
	var out bytes.Buffer
	if _, err := b.file.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	return out.Bytes(), nil
}
