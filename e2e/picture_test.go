package e2e_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// The table is drawn and written as it is answered, fetched by whom it was made
// for and by nobody else.
func TestPictureAndSpreadsheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "olga", `mutation($m: ID!) { createCustomer(input: {name: "=示例钢铁", tier: B, roles: [{responsibility: ACCOUNT_MANAGER, member: $m, level: A}]}) { customer { id } } }`, vars{"m": w.ids["tom"]})
	a := w.ask(t, "olga", `{ divisionTable(search: "示例") {
		svg: picture(format: SVG, language: "zh") { name type size url } png: picture(format: PNG, paper: A4, theme: PRINT) { type url } pdf: picture(format: PDF) { type url }
		xlsx: spreadsheet(language: "zh") { type url } csv: spreadsheet(format: CSV, language: "en") { name url } } }`, nil)
	fetch := func(as, name string) (int, string) {
		t.Helper()
		res, body := w.fetch(t, as, http.MethodGet, a.text("divisionTable", name, "url"), nil, nil)
		return res.StatusCode, body
	}
	for name, begins := range map[string]string{"svg": "<svg", "png": "\x89PNG", "pdf": "%PDF-", "xlsx": "PK", "csv": "\ufeffNo.,Name"} {
		if status, body := fetch("olga", name); status != http.StatusOK || !strings.HasPrefix(body, begins) {
			t.Errorf("%s: %d %.20q", name, status, body)
		}
		if status, _ := fetch("tom", name); status != http.StatusNotFound {
			t.Errorf("%s is given to another member: %d", name, status)
		}
	}
	_, svg := fetch("olga", "svg")
	for _, text := range []string{"大客户管理分工表", "=示例钢铁", "“示例”", "acme Ltd", "Tom"} {
		if !strings.Contains(svg, `aria-label="`+text) && !strings.Contains(svg, text) {
			t.Errorf("the picture lacks %q", text)
		}
	}
	if got := strings.Count(svg, `aria-label="缺"`); got != 4 { // sales, technical support, after-sales, and the legend
		t.Errorf("the picture has %d marks of gaps", got)
	}
	_, book := fetch("olga", "xlsx")
	f, err := excelize.OpenReader(bytes.NewReader([]byte(book)))
	if err != nil {
		t.Fatal(err)
	}
	if name, err := f.GetCellValue("分工表", "B5"); err != nil || name != "=示例钢铁" {
		t.Errorf("the workbook has %q (%v)", name, err)
	}
	if rows, err := f.GetRows("缺岗"); err != nil || len(rows) != 3+3 {
		t.Errorf("the workbook has gaps %v (%v)", rows, err)
	}
	if _, rows := fetch("olga", "csv"); !strings.Contains(rows, "'=示例钢铁") {
		t.Errorf("the rows are not guarded: %s", rows)
	}
	bad := w.try(t, "olga", `{ divisionTable { picture(format: PNG, page: 2) { url } } }`, nil)
	if !strings.Contains(bad.raw, `"INVALID"`) || !strings.Contains(bad.raw, `["page"]`) {
		t.Errorf("a page that there is not: %s", bad.raw)
	}
}
