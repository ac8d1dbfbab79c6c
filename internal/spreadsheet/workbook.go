package spreadsheet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/wording"
)

// A number of Excel has 15 digits; what has more stays text rather than change.
const digits = 15

// book is a workbook being written. The first failure is kept: all that follows
// does nothing.
type book struct {
	file   *excelize.File
	err    error
	styles map[string]int
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func workbook(t division.Table, w wording.Words, o Options) ([]byte, error) {
	b := &book{file: excelize.NewFile(), styles: map[string]int{}}
	defer func() { _ = b.file.Close() }()
	b.about(w.Title, t.AsOf)
	filter := o.Filter
	if filter == "" {
		filter = w.All
	}
	about := fmt.Sprintf("%s   %s %s   %s%s", t.Organisation, w.AsOf, t.AsOf, w.Filter, filter)
	for i, g := range []grid{tableGrid(t, w), gapGrid(t, w), overlapGrid(t, w), workloadGrid(t, w)} {
		b.add(i, g)
		title := w.Title
		if i > 0 {
			title += " · " + g.name
		}
		b.sheet(g, w, title, about)
	}
	return b.bytes()
}

// sheet writes a title, what it is about, the headings and the rows.
func (b *book) sheet(g grid, w wording.Words, title, about string) {
	b.text(g.name, at(1, 1), title)
	b.style(g.name, at(1, 1), at(1, 1), "title")
	b.text(g.name, at(1, 2), about)
	b.style(g.name, at(1, 2), at(1, 2), "about")
	head := 3
	if len(g.groups) > 0 {
		b.groups(g, head)
		head++
	}
	for i, c := range g.columns {
		b.text(g.name, at(i+1, head), c.title)
	}
	last := at(len(g.columns), head+max(len(g.rows), 1))
	b.style(g.name, at(1, head), at(len(g.columns), head), "head")
	for y, row := range g.rows {
		for x, v := range row {
			b.value(g.name, at(x+1, head+1+y), v)
		}
	}
	for x, v := range g.foot {
		cell := at(x+1, head+1+len(g.rows))
		b.value(g.name, cell, v)
		b.style(g.name, cell, cell, footOf(kindOf(g.rows, x)))
	}
	for i, c := range g.columns {
		from, to := at(i+1, head+1), at(i+1, head+len(g.rows))
		if len(g.rows) > 0 {
			b.style(g.name, from, to, kindOf(g.rows, i))
			b.do(b.colours(g.name, from+":"+to, c.look, w))
		}
		letters, err := excelize.ColumnNumberToName(i + 1)
		b.do(err)
		b.do(b.file.SetColWidth(g.name, letters, letters, width(g, i)))
	}
	b.do(b.file.AutoFilter(g.name, at(1, head)+":"+last, nil))
	b.do(b.file.SetPanes(g.name, &excelize.Panes{Freeze: true, XSplit: g.frozen, YSplit: head, TopLeftCell: at(g.frozen+1, head+1), ActivePane: "bottomRight"}))
	b.print(g, head)
}

func (b *book) groups(g grid, line int) {
	from := 1
	for _, x := range g.groups {
		to := from + x.span - 1
		b.text(g.name, at(from, line), x.title)
		b.style(g.name, at(from, line), at(to, line), "group")
		if x.span > 1 {
			b.do(b.file.MergeCell(g.name, at(from, line), at(to, line)))
		}
		from = to + 1
	}
}

// print sets paper up: A3 landscape, as wide as one page, headings on each.
func (b *book) print(g grid, head int) {
	yes, paper, one, many, wide := true, 8, 1, 0, "landscape"
	b.do(b.file.SetSheetProps(g.name, &excelize.SheetPropsOptions{FitToPage: &yes}))
	b.do(b.file.SetPageLayout(g.name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &wide, FitToWidth: &one, FitToHeight: &many}))
	b.do(b.file.SetHeaderFooter(g.name, &excelize.HeaderFooterOptions{OddFooter: "&C&P / &N"}))
	b.do(b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: g.name, RefersTo: fmt.Sprintf("'%s'!$1:$%d", g.name, head)}))
}

// at is the name of a cell, counted from 1.
func at(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // a division table has neither 16,384 columns nor a million rows
	}
	return name
}

func (b *book) value(sheet, cell string, v any) {
	switch v := v.(type) {
	case nil:
	case string:
		b.text(sheet, cell, v)
	case Amount:
		if f, ok := exact(string(v)); ok {
			b.do(b.file.SetCellValue(sheet, cell, f))
		} else {
			b.text(sheet, cell, string(v))
		}
	case share:
		b.do(b.file.SetCellValue(sheet, cell, float64(v)))
	case calendar.Day:
		b.do(b.file.SetCellValue(sheet, cell, v.Begin(time.UTC)))
	default:
		b.do(b.file.SetCellValue(sheet, cell, v))
	}
}

// text writes text that is never anything else. Characters that XML cannot hold go.
func (b *book) text(sheet, cell, text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	b.do(b.file.SetCellStr(sheet, cell, text))
}

// exact is a decimal as a number, where a number can hold it.
func exact(decimal string) (float64, bool) {
	f, err := strconv.ParseFloat(decimal, 64)
	return f, err == nil && len(strings.Trim(strings.ReplaceAll(decimal, ".", ""), "-0")) <= digits
}

// kindOf is the style of a column: that of its first value.
func kindOf(rows [][]any, column int) string {
	for _, row := range rows {
		switch row[column].(type) {
		case calendar.Day:
			return "day"
		case Amount:
			return "amount"
		case share:
			return "share"
		case float64:
			return "number"
		case int:
			return "count"
		case string:
			return "text"
		}
	}
	return "text"
}

// footOf is the style of a total below a column of a style.
func footOf(style string) string {
	if style == "amount" || style == "number" || style == "count" {
		return "total " + style
	}
	return "total text"
}

// width is a width for a column that shows most of it, in digits.
func width(g grid, column int) float64 {
	most := wide(g.columns[column].title)
	for _, row := range g.rows {
		for _, line := range strings.Split(plainText(row[column]), "\n") {
			most = max(most, wide(line))
		}
	}
	return float64(min(max(most+3, 6), 36))
}

func wide(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}

func (b *book) style(sheet, from, to, name string) {
	id, ok := b.styles[name]
	if !ok {
		look, known := styles()[name]
		if !known {
			b.do(errors.New("no style " + name))
			return
		}
		var err error
		id, err = b.file.NewStyle(look)
		b.do(err)
		b.styles[name] = id
	}
	b.do(b.file.SetCellStyle(sheet, from, to, id))
}

func styles() map[string]*excelize.Style {
	edge := []excelize.Border{{Type: "bottom", Color: "E4E9EE", Style: 1}}
	cell := func(horizontal, format string) *excelize.Style {
		s := &excelize.Style{Border: edge, Alignment: &excelize.Alignment{Horizontal: horizontal, Vertical: "center", WrapText: true}}
		if format != "" {
			s.CustomNumFmt = &format
		}
		return s
	}
	filled := func(colour string, font *excelize.Font) *excelize.Style {
		return &excelize.Style{Font: font, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}},
			Border: []excelize.Border{{Type: "bottom", Color: "C3CDD6", Style: 1}, {Type: "left", Color: "FFFFFF", Style: 1}}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}}
	}
	total := func(horizontal, format string) *excelize.Style {
		s := cell(horizontal, format)
		s.Font, s.Border = &excelize.Font{Bold: true, Color: "1B2733"}, []excelize.Border{{Type: "top", Color: "1B2733", Style: 1}}
		return s
	}
	return map[string]*excelize.Style{
		"total text": total("left", "@"), "total count": total("center", "0"), "total number": total("center", "0.0"), "total amount": total("right", "#,##0.00"),
		"title":  {Font: &excelize.Font{Bold: true, Size: 18, Color: "1B2733"}},
		"about":  {Font: &excelize.Font{Color: "5A6A7A"}},
		"group":  filled("1F5FA8", &excelize.Font{Bold: true, Color: "FFFFFF"}),
		"head":   filled("F1F5F8", &excelize.Font{Bold: true, Color: "1B2733"}),
		"text":   cell("left", "@"),
		"count":  cell("center", "0"),
		"number": cell("center", "0.0"),
		"amount": cell("right", "#,##0.00"),
		"share":  cell("right", "0%"),
		"day":    cell("center", "yyyy-mm-dd"),
	}
}

// colours are rules, so that they go on to hold when a reader changes a cell.
func (b *book) colours(sheet, cells string, l look, w wording.Words) error {
	paint := func(ink, ground string) (*int, error) {
		s := &excelize.Style{Font: &excelize.Font{Color: ink, Bold: true}}
		if ground != "" {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{ground}}
		}
		id, err := b.file.NewConditionalStyle(s)
		return &id, err
	}
	bad, err := paint("C8372D", "FAE7E6")
	b.do(err)
	watch, err := paint("8A6700", "F8F2E0")
	b.do(err)
	good, err := paint("2E8B57", "")
	b.do(err)
	begins := func(word string, style *int) excelize.ConditionalFormatOptions {
		return excelize.ConditionalFormatOptions{Type: "text", Criteria: "begins with", Value: word, Format: style}
	}
	compare := func(criteria, value string, style *int) excelize.ConditionalFormatOptions {
		return excelize.ConditionalFormatOptions{Type: "cell", Criteria: criteria, Value: value, Format: style, StopIfTrue: true}
	}
	var rules []excelize.ConditionalFormatOptions
	switch l {
	case roles:
		rules = append(rules, begins(w.Gap, bad), begins(w.Overlap, watch), begins(w.Term("NO_ACCOUNTABLE"), bad), begins(w.Term("ABSENT"), bad), begins(w.Term("ENDING"), watch))
	case alarm:
		rules = append(rules, compare(">", "0", bad))
	case score:
		blank, err := paint("9AA7B4", "")
		b.do(err)
		rules = append(rules, excelize.ConditionalFormatOptions{Type: "blanks", Format: blank, StopIfTrue: true}, compare("<", "60", bad), compare("<", "80", watch), compare(">=", "80", good))
	case bar:
		rules = append(rules, excelize.ConditionalFormatOptions{Type: "data_bar", Criteria: "=", MinType: "num", MinValue: "0", MaxType: "num", MaxValue: "1", BarColor: "#8FB3DC", BarSolid: true})
	default:
		return nil
	}
	return b.file.SetConditionalFormat(sheet, cells, rules)
}
