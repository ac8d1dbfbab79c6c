package plan

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query/sqlgen"
)

// History is a page of the changes of a record, newest first.
type History struct {
	Form     *form.Form
	Language string // of labels
	First    int
	After    int64 // the change that it comes after; 0: from the newest on
	Bin      bool  // not of one record, but of those that were deleted and can be brought back
	Parts    []HistoryPart
}

func (History) what() {}

// HistoryPart is one name of a page of changes: nodes, edges, pageInfo, or ready
// JSON.
type HistoryPart struct {
	Name     string
	Constant []byte
	Nodes    []ChangeItem
	Edges    []HistoryEdge
	Info     []InfoPart
	What     string // the field's name in the schema
}

// HistoryEdge is one name of an edge: its Cursor, its Node, or ready JSON.
type HistoryEdge struct {
	Name     string
	Cursor   bool
	Node     []ChangeItem
	Constant []byte
}

// ChangeItem is one name of a change: action, at, via, version, by, fields,
// mergedInto, mergedFrom, or ready JSON.
type ChangeItem struct {
	Name     string
	What     string
	Constant []byte
	By       *Object    // by
	Fields   []PartItem // fields: field, label, before, after
}

// EncodeChange is the cursor of a change.
func EncodeChange(seq int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("h" + strconv.FormatInt(seq, 10)))
}

// DecodeChange reads a cursor of EncodeChange. Any other text is a fault INVALID.
func DecodeChange(text string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(text[:min(len(text), 40)])
	if digits, ok := strings.CutPrefix(string(b), "h"); ok && err == nil {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 && EncodeChange(n) == text {
			return n, nil
		}
	}
	return 0, fault.New(fault.Invalid, "is not a cursor of a history")
}

// Cost counts a change as a record, and with its values as two.
func (h History) Cost() Cost {
	each := Cost(0)
	for _, p := range h.Parts {
		for _, items := range append([][]ChangeItem{p.Nodes}, nodesOf(p.Edges)...) {
			if items != nil {
				each = each.Plus(1)
			}
			for _, item := range items {
				if item.By != nil {
					each = each.Plus(item.By.Cost())
				}
				if item.What == "fields" {
					each = each.Plus(1)
				}
			}
		}
	}
	return Cost(1).Plus(each.Times(Cost(h.First)))
}

func nodesOf(edges []HistoryEdge) [][]ChangeItem {
	var out [][]ChangeItem
	for _, e := range edges {
		out = append(out, e.Node)
	}
	return out
}

// changeList writes one page of changes.
type changeList struct {
	History
	level  int
	fields []changeField
	title  valueForm // of a record in the bin
	by     map[*Object]*object
}

// changeField is a field whose values a history shows.
type changeField struct {
	key   string
	label []byte // JSON
	field *form.Field
	form  valueForm
}

// Changes plans the reading of a page of changes of one record, which need not be
// there any more. It is run by RunFor.
func Changes(h History, env Env) *Plan {
	b := &builder{env: env}
	return b.finish(node{list: b.changes(-1, h)}, math.MaxInt64)
}

// changes compiles a page of changes for each row of a level; -1: for the records
// that the plan is run for.
func (b *builder) changes(l int, h History) *changeList {
	out := &changeList{History: h, by: map[*Object]*object{}}
	values := false
	lv := &level{kind: changes, name: h.Form.One + ".history", parent: l, form: h.Form}
	if l >= 0 {
		lv.name, lv.keyCol = b.levels[l].name+".history", b.field(l, h.Form.Field("id"))
	}
	out.level = b.level(lv)
	for _, p := range h.Parts {
		for _, items := range append([][]ChangeItem{p.Nodes}, nodesOf(p.Edges)...) {
			for _, item := range items {
				values = values || item.What == "fields"
				if item.By == nil {
					continue
				}
				out.by[item.By] = b.referred(out.level, sqlgen.ChangeBy, lv.name+".by", *item.By)
			}
		}
	}
	if lv.stmt = sqlgen.History(h.Form, h.After, h.First+1, values); h.Bin {
		lv.stmt = sqlgen.Bin(h.Form, h.After, h.First+1)
		out.title = titleForm(cmp.Or(h.Form.Title, h.Form.Field("id")), h.Language)
	}
	if values || h.Bin {
		out.fields = changeFields(h.Form, h.Language)
	}
	return out
}

func changeFields(f *form.Form, language string) []changeField {
	var out []changeField
	for _, x := range f.Own() {
		if !x.Stored() && !x.HasLinkTable() {
			continue
		}
		label, _ := json.Marshal(cmp.Or(x.Labels.In(language, f.Catalog.Language), x.Key)) // text always encodes
		out = append(out, changeField{x.Key, label, x, formOf(x, false)})
	}
	return out
}

// append appends the changes of the record that a row of the level above holds.
func (c *changeList) append(b []byte, res *Result, parent int) []byte {
	r := &res.levels[c.level]
	from, end := 0, 0
	if parent+1 < len(r.starts) {
		from, end = int(r.starts[parent]), int(r.starts[parent+1])
	}
	more := end-from > c.First
	if more {
		end = from + c.First
	}
	b = append(b, '{')
	for i, p := range c.Parts {
		b = name(b, p.Name, i)
		switch p.What {
		case "nodes":
			b = listOf(b, from, end, func(b []byte, row int) []byte { return c.change(b, res, row, p.Nodes) })
		case "edges":
			b = listOf(b, from, end, func(b []byte, row int) []byte {
				b = append(b, '{')
				for j, e := range p.Edges {
					b = name(b, e.Name, j)
					switch {
					case e.Cursor:
						b = c.cursor(b, r, row)
					case e.Node != nil:
						b = c.change(b, res, row, e.Node)
					default:
						b = append(b, e.Constant...)
					}
				}
				return append(b, '}')
			})
		case "pageInfo":
			b = append(b, '{')
			for j, in := range p.Info {
				b = name(b, in.Name, j)
				switch {
				case in.Info == HasNextPage:
					b = strconv.AppendBool(b, more)
				case in.Info == HasPreviousPage:
					b = strconv.AppendBool(b, c.After != 0)
				case in.Info == 0:
					b = append(b, in.Constant...)
				case from == end:
					b = append(b, "null"...)
				case in.Info == StartCursor:
					b = c.cursor(b, r, from)
				default:
					b = c.cursor(b, r, end-1)
				}
			}
			b = append(b, '}')
		default:
			b = append(b, p.Constant...)
		}
	}
	return append(b, '}')
}

func name(b []byte, name string, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(appendString(b, []byte(name)), ':')
}

func listOf(b []byte, from, end int, item func(b []byte, row int) []byte) []byte {
	b = append(b, '[')
	for row := from; row < end; row++ {
		if row > from {
			b = append(b, ',')
		}
		b = item(b, row)
	}
	return append(b, ']')
}

func (c *changeList) cursor(b []byte, r *rows, row int) []byte {
	return appendString(b, []byte(EncodeChange(r.id(row, sqlgen.ChangeSeq))))
}
