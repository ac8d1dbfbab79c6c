package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/query/sqlgen"
)

var dateTime = valueForm{form: kind.AsDateTime}

// change appends one change.
func (c *changeList) change(b []byte, res *Result, row int, items []ChangeItem) []byte {
	r := &res.levels[c.level]
	b = append(b, '{')
	for i, item := range items {
		b = name(b, item.Name, i)
		switch item.What {
		case "action":
			b = appendString(b, r.cell(row, sqlgen.ChangeAction))
		case "via":
			b = appendString(b, r.cell(row, sqlgen.ChangeVia))
		case "at":
			b = dateTime.append(b, r.cell(row, sqlgen.ChangeAt))
		case "version":
			if v := r.cell(row, sqlgen.ChangeVersion); v != nil {
				b = append(b, v...)
			} else {
				b = append(b, "null"...)
			}
		case "by":
			o := c.by[item.By]
			if who, ok := res.levels[o.level].byID[r.id(row, sqlgen.ChangeBy)]; ok {
				b = res.object(b, o, int(who))
			} else {
				b = append(b, "null"...)
			}
		case "id":
			b = appendString(b, c.id(r.cell(row, sqlgen.ChangeRecord)))
		case "title":
			b = c.appendTitle(b, r, row)
		case "mergedInto":
			if into := r.cell(row, sqlgen.ChangeInto); into != nil {
				b = appendString(b, c.id(into))
			} else {
				b = append(b, "null"...)
			}
		case "mergedFrom":
			b = c.appendFrom(b, r.cell(row, sqlgen.ChangeFrom))
		case "fields":
			b = c.values(b, r.cell(row, sqlgen.ChangeWas), r.cell(row, sqlgen.ChangeBecame), item.Fields)
		default:
			b = append(b, item.Constant...)
		}
	}
	return append(b, '}')
}

func (c *changeList) id(number []byte) []byte { return slices.Concat([]byte(c.Form.Key+"_"), number) }

// appendFrom appends the ids of numbers with commas between.
func (c *changeList) appendFrom(b, numbers []byte) []byte {
	b = append(b, '[')
	for i, n := range bytes.Split(numbers, []byte{','}) {
		if len(n) == 0 { // of none
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, c.id(n))
	}
	return append(b, ']')
}

// appendTitle appends what a deleted record was called.
func (c *changeList) appendTitle(b []byte, r *rows, row int) []byte {
	var held map[string]json.RawMessage
	_ = json.Unmarshal(r.cell(row, sqlgen.ChangeWas), &held) // PostgreSQL made it
	for _, x := range c.fields {
		if x.field != c.Form.Title {
			continue
		}
		x.form = c.title
		if v := x.json(held[x.key]); v[0] == '"' {
			return append(b, v...)
		} else if string(v) != "null" {
			return appendString(b, v)
		}
	}
	return appendString(b, c.id(r.cell(row, sqlgen.ChangeRecord)))
}

// values appends the fields that a change changed, in the order of the form.
func (c *changeList) values(b, was, became []byte, items []PartItem) []byte {
	var before, after map[string]json.RawMessage
	_ = json.Unmarshal(was, &before) // PostgreSQL made them
	_ = json.Unmarshal(became, &after)
	b = append(b, '[')
	n := 0
	for _, x := range c.fields {
		from, to := x.json(before[x.key]), x.json(after[x.key])
		if bytes.Equal(from, to) {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for i, item := range items {
			b = name(b, item.Name, i)
			switch item.Part {
			case "field":
				b = appendString(b, []byte(x.key))
			case "label":
				b = append(b, x.label...)
			case "before":
				b = append(b, from...)
			case "after":
				b = append(b, to...)
			default:
				b = append(b, item.Constant...)
			}
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// json is a value as values shows it, of what the history keeps. A value of the
// kind that the field had before it was converted is shown as it was kept.
func (x *changeField) json(kept json.RawMessage) []byte {
	switch empty := len(kept) == 0 || string(kept) == "null"; {
	case empty && x.form.isList():
		return []byte("[]")
	case empty:
		return []byte("null")
	}
	var text string
	var items []json.RawMessage
	isText := json.Unmarshal(kept, &text) == nil
	isList := !isText && json.Unmarshal(kept, &items) == nil
	switch x.form.form {
	case kind.AsIs:
		if isText && x.field.SQLType() != "jsonb" {
			return x.form.append(nil, []byte(text))
		}
	case kind.AsString:
		if !isText && !isList && kept[0] != '{' { // a decimal
			text, isText = string(kept), true
		}
		if isText {
			return appendString(nil, []byte(text))
		}
	case kind.AsDateTime: // 2026-01-31T09:30:00+00:00, and to the column's text
		if t, ok := strings.CutSuffix(text, "+00:00"); ok {
			return x.form.append(nil, []byte(strings.Replace(t, "T", " ", 1)+"+00"))
		}
	case kind.AsRecord:
		if _, err := strconv.ParseInt(string(kept), 10, 64); err == nil {
			return x.form.append(nil, kept)
		}
	case kind.AsOption:
		if _, known := x.form.options[text]; isText && known {
			return x.form.append(nil, []byte(text))
		}
	case kind.AsOptions, kind.AsRecords, kind.AsFiles:
		if !isList {
			break
		}
		out := []byte{'['}
		for i, item := range items {
			if i > 0 {
				out = append(out, ',')
			}
			switch {
			case x.form.form == kind.AsRecords && item[0] != '"':
				out = appendString(out, slices.Concat([]byte(x.form.prefix), item))
			case x.form.form == kind.AsFiles && item[0] != '"':
				out = appendString(out, slices.Concat([]byte(kind.FileForm+"_"), item))
			default:
				out = append(out, item...)
			}
		}
		return append(out, ']')
	}
	return kept
}

func (f *valueForm) isList() bool {
	return f.form == kind.AsOptions || f.form == kind.AsRecords || f.form == kind.AsFiles
}
