package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"fieldwork/internal/spreadsheet"
)

// style is all that the page is drawn by; it loads nothing.
const style = `
:root{color-scheme:light dark;--ink:#1b2733;--soft:#5a6a7a;--line:#e4e9ee;--paper:#fff;--ground:#f4f6f8;--accent:#1f5fa8}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#9aa7b4;--line:#2d3a47;--paper:#18212b;--ground:#10161d;--accent:#7fb2ea}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:60rem;margin:2rem auto;padding:2rem;background:var(--paper);border:1px solid var(--line);border-radius:12px}
h1{margin:0;font-size:1.6rem;overflow-wrap:anywhere}
h2{margin:2rem 0 .5rem;font-size:1rem;color:var(--accent)}
p{margin:.3rem 0;color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(6rem,30%) 1fr;column-gap:.75rem;margin:0}
dt,dd{margin:0;padding:.45rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere;white-space:pre-line}
dt,th{color:var(--soft);font-weight:500}
table{width:100%;border-collapse:collapse}
th,td{padding:.55rem .75rem .55rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
a{color:var(--accent)}
footer{margin-top:2rem;font-size:.85rem}
@media (max-width:40rem){main{margin:0;border:0;border-radius:0;padding:1.25rem}thead{display:none}tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}td{display:block;border:0;padding:.1rem 0}td:first-child{color:var(--soft)}}
@media print{body,main{background:#fff;border:0;margin:0;padding:0}nav{display:none}}
`

// Policy is the Content-Security-Policy of pages: their own style, and nothing else.
var Policy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

const head = `<!DOCTYPE html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
`

var page = template.Must(template.New("page").Parse(head + `<h1>{{.Customer}}</h1>
<p>{{.Organisation}} · {{.AsOf}} {{.Day}}</p>
{{- if .Fields}}
<h2>{{.About}}</h2>
<dl>
{{- range .Fields}}
<dt>{{.Label}}</dt><dd>{{if .Text}}{{.Text}}{{else}}–{{end}}</dd>
{{- end}}
</dl>
{{- end}}
<h2>{{.Heading}}</h2>
{{- if .Team}}
<table>
<thead><tr><th scope="col">{{.Responsibility}}</th><th scope="col">{{.Name}}</th>{{range .Contact}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Team}}
<tr><td>{{.Responsibility}}</td><td>{{.Name}}</td>{{range .Contact}}<td>{{.}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
{{- else}}
<p>{{.Nobody}}</p>
{{- end}}
{{- if .Links}}
<nav><h2>{{.Download}}</h2><p>{{range $i, $l := .Links}}{{if $i}} · {{end}}<a href="{{$l.URL}}">{{$l.Format}}</a>{{end}}</p></nav>
{{- end}}
<footer><p>{{.Private}}</p></footer>
</main>
</body>
</html>
`))

var gone = func() []byte {
	var b bytes.Buffer
	t := template.Must(template.New("gone").Parse(head + `<h1>Not available 无法访问</h1>
<p>There is nothing here: the link is wrong, has expired, or was revoked. Please ask whoever sent it to you.</p>
<p lang="zh">此处没有内容：链接有误、已过期或已被撤销。请联系向您发送链接的人。</p>
</main>
</body>
</html>
`))
	if err := t.Execute(&b, map[string]any{"Language": "en", "Title": "Not available 无法访问", "Style": template.CSS(style)}); err != nil {
		panic(err) // it is all constant
	}
	return b.Bytes()
}()

// Gone is the page of every link that shows nothing, whatever the reason.
func Gone() []byte { return gone }

// Link is where a file of an extract is.
type Link struct {
	Format Format
	URL    string
}

// File is an extract as it is given away.
type File struct {
	Name, Type string
	Content    []byte
}

// Page is the content as a page with links to files.
func (c Content) Page(links []Link) ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, map[string]any{
		"Language": c.words.language, "Title": c.title(), "Style": template.CSS(style), "Customer": c.Customer, "Organisation": c.Organisation, "AsOf": c.words.asOf, "Day": c.Day.String(),
		"About": c.words.about, "Fields": c.Fields, "Heading": c.words.team, "Responsibility": c.words.responsibility, "Name": c.words.name, "Contact": c.Contact, "Team": c.Team,
		"Nobody": c.words.none, "Links": links, "Download": c.words.download, "Private": c.words.private,
	})
	if err != nil {
		return nil, fmt.Errorf("write the page of an extract: %w", err)
	}
	return b.Bytes(), nil
}

// File is the content in a format.
func (c Content) File(f Format) (File, error) {
	name := fmt.Sprintf("%s_%s.%s", c.title(), c.Day, strings.ToLower(string(f)))
	switch f {
	case PDF:
		content, err := c.paper()
		return File{name, "application/pdf", content}, err
	case PNG:
		content, err := c.image()
		return File{name, "image/png", content}, err
	case XLSX:
		content, err := c.workbook()
		return File{name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", content}, err
	}
	return File{}, NotFound()
}

func (c Content) title() string { return c.words.team + " · " + c.Customer }

func (c Content) workbook() ([]byte, error) {
	b := spreadsheet.Book{Title: c.title(), About: c.Organisation + "   " + c.words.asOf + " " + c.Day.String(), Day: c.Day}
	team := spreadsheet.Sheet{Name: c.words.team, Columns: append([]string{c.words.responsibility, c.words.name}, c.Contact...)}
	for _, l := range c.Team {
		row := []any{l.Responsibility, l.Name}
		for _, text := range l.Contact {
			row = append(row, text)
		}
		team.Rows = append(team.Rows, row)
	}
	b.Sheets = append(b.Sheets, team)
	if len(c.Fields) > 0 {
		about := spreadsheet.Sheet{Name: c.words.about, Columns: []string{"", ""}}
		for _, p := range c.Fields {
			about.Rows = append(about.Rows, []any{p.Label, p.Text})
		}
		b.Sheets = append(b.Sheets, about)
	}
	return b.Write()
}
