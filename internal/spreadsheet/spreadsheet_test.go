package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/division/divisiontest"
	"fieldwork/internal/wording"
)

type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func open(t failer, table division.Table, language string) *excelize.File {
	t.Helper()
	f, err := Write(table, Options{Format: XLSX, Language: language, Filter: "x"})
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(f.Content))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// same fails unless a sheet holds what its grid does, each value of its own type.
func same(t failer, book *excelize.File, g grid, head int) {
	t.Helper()
	for y, row := range g.rows {
		for x, want := range row {
			cell := at(x+1, head+1+y)
			got, err := book.GetCellValue(g.name, cell, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			typ, err := book.GetCellType(g.name, cell)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := book.GetCellFormula(g.name, cell); err != nil || formula != "" {
				t.Fatalf("%s %s is a formula: %q %v", g.name, cell, formula, err)
			}
			text := typ == excelize.CellTypeSharedString || typ == excelize.CellTypeInlineString
			ok := true
			switch want := want.(type) {
			case nil:
				ok = got == ""
			case string:
				ok = got == kept(want) && (text || got == "")
			case int:
				ok = got == strconv.Itoa(want) && !text
			case float64:
				ok = near(got, want) && !text
			case share:
				ok = near(got, float64(want)) && !text
			case Amount:
				f, exactly := exact(string(want))
				ok = exactly && number64(got) == f && !text || !exactly && got == string(want) && text
			case calendar.Day:
				ok = number64(got) == float64(want)+25_569 && !text // days since 1900, as Excel counts
			}
			if !ok {
				t.Fatalf("%s %s is %q of type %d, want %T %v", g.name, cell, got, typ, want, want)
			}
		}
	}
}

func number64(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return -1e300
	}
	return f
}

// near compares in the 15 digits that Excel has.
func near(got string, want float64) bool { return math.Abs(number64(got)-want) <= 1e-14*math.Abs(want) }

// kept is what a workbook keeps of a text: at most 32,767 characters that XML can hold.
func kept(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == '\uFFFD' {
			return -1
		}
		return r
	}, s)
}

func TestWorkbookHoldsTheTable(t *testing.T) {
	table := divisiontest.Sample(40, 11)
	for _, language := range []string{"zh", "en"} {
		w := wording.In(language)
		book := open(t, table, language)
		if got := strings.Join(book.GetSheetList(), "|"); got != strings.Join([]string{w.TableSheet, w.Gaps, w.Overlaps, w.Workload}, "|") {
			t.Errorf("the sheets are %s", got)
		}
		same(t, book, tableGrid(table, w), 4)
		same(t, book, gapGrid(table, w), 3)
		same(t, book, overlapGrid(table, w), 3)
		same(t, book, workloadGrid(table, w), 3)
		merged, err := book.GetMergeCells(w.TableSheet)
		if err != nil || len(merged) != 5 || merged[1].GetCellValue() != w.Team || merged[1].GetStartAxis() != "J3" || merged[1].GetEndAxis() != "T3" {
			t.Errorf("merged: %v (%v)", merged, err)
		}
		panes, err := book.GetPanes(w.TableSheet)
		if err != nil || !panes.Freeze || panes.YSplit != 4 || panes.XSplit != 2 {
			t.Errorf("panes: %+v (%v)", panes, err)
		}
		layout, err := book.GetPageLayout(w.TableSheet)
		if err != nil || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 {
			t.Errorf("print: %+v (%v)", layout, err)
		}
		rules, err := book.GetConditionalFormats(w.TableSheet)
		if err != nil || len(rules) != 11+4 {
			t.Errorf("%d columns are coloured (%v)", len(rules), err)
		}
		if got, err := book.GetCellValue(w.TableSheet, "H5"); err != nil || got != "2026-09-27" {
			t.Errorf("a day is shown as %q (%v)", got, err)
		}
	}
}

func TestTextStaysText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := divisiontest.Random(t, 3)
		w := wording.In("zh")
		same(t, open(t, table, "zh"), tableGrid(table, w), 4)
		f, err := Write(table, Options{Format: CSV, Language: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(f.Content), "\ufeff"))).ReadAll()
		if err != nil || len(lines) != len(table.Rows)+1 {
			t.Fatalf("%d lines of %d rows: %v", len(lines), len(table.Rows), err)
		}
		for y, row := range tableGrid(table, w).rows {
			for x, want := range row {
				if _, text := want.(string); text && lines[y+1][x] != "" && strings.ContainsAny(lines[y+1][x][:1], "=+-@\t\r") {
					t.Fatalf("%q could be a formula", lines[y+1][x])
				}
			}
		}
	})
}

func TestGuarded(t *testing.T) {
	for in, want := range map[string]string{"": "", "a=1": "a=1", "=1": "'=1", "-1": "'-1", "+1": "'+1", "@a": "'@a", "\t=1": "'\t=1", " =1": "' =1", "＝1": "'＝1", "'=1": "'=1", "–": "–"} {
		if got := guarded(in); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	table := divisiontest.Sample(2, 2)
	table.Rows[0].Customer.Name = `示例, "甲"`
	table.Rows[0].Customer.Revenue = "-12.50"
	f, err := Write(table, Options{Format: CSV, Language: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	text := string(f.Content)
	if !strings.HasPrefix(text, "\ufeff序号,客户名称,级别,") || !strings.Contains(text, "\r\n1,\"示例, \"\"甲\"\"\",战略,机械制造,华东,-12.50,CNY,2026-09-27,联系人甲,") {
		t.Errorf("the rows are %s", text)
	}
	bare, err := Write(table, Options{Format: CSV, Language: "zh", Plain: true})
	if err != nil || "\ufeff"+string(bare.Content) != text {
		t.Errorf("without the mark: %v", err)
	}
	if f.Name != "大客户管理分工表_2026-11-26.csv" || f.Type != "text/csv; charset=utf-8" {
		t.Errorf("%s of %s", f.Name, f.Type)
	}
}

func TestSameBytes(t *testing.T) {
	one, err := Write(divisiontest.Sample(20, 5), Options{Format: XLSX, Language: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		two, err := Write(divisiontest.Sample(20, 5), Options{Format: XLSX, Language: "zh"})
		if err != nil || !bytes.Equal(one.Content, two.Content) {
			t.Fatalf("the same table is not the same workbook (%v)", err)
		}
	}
	if bytes.Contains(one.Content, []byte(time.Now().Format("2006-01-02T15"))) {
		t.Error("the workbook tells when it was written")
	}
}

func TestEmptyTable(t *testing.T) {
	w := wording.In("en")
	book := open(t, divisiontest.Sample(0, 0), "en")
	if got, err := book.GetCellValue(w.TableSheet, "B4"); err != nil || got != w.Name {
		t.Errorf("the heading is %q (%v)", got, err)
	}
}
