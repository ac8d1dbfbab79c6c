package plan

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// Found says whether a plan of Record read its record.
func (res *Result) Found() bool { return res.levels[0].n > 0 }

// Append appends the answer as JSON.
func (res *Result) Append(b []byte) []byte {
	b = slices.Grow(b, res.room())
	root := res.plan.root
	if root.groups != nil {
		return res.groups(b, root.groups, 0)
	}
	if root.conn != nil {
		return res.connection(b, root.conn, 0, 0)
	}
	if root.list != nil {
		return root.list.append(b, res, 0)
	}
	if !res.Found() {
		return append(b, "null"...)
	}
	return res.object(b, root.object, 0)
}

// room is about how long the answer is.
func (res *Result) room() int {
	n := 64
	for i, l := range res.plan.levels {
		n += len(res.levels[i].buf) + res.levels[i].n*l.text
	}
	return n
}

// AppendOf appends the record of one number of a plan of Records: its JSON, or
// nothing and false when there is none.
func (res *Result) AppendOf(b []byte, id int64) ([]byte, bool) {
	row, ok := res.levels[0].byID[id]
	if !ok {
		return b, false
	}
	return res.object(b, res.plan.root.object, int(row)), true
}

func (res *Result) object(b []byte, o *object, row int) []byte {
	if len(o.steps) == 0 {
		return append(b, "{}"...)
	}
	r := &res.levels[o.level]
	for i := range o.steps {
		s := &o.steps[i]
		b = append(b, s.before...)
		switch s.kind {
		case stepConst:
			b = append(b, s.form.constant...)
		case stepValue:
			b = s.form.append(b, r.cell(row, s.col))
		case stepTitle:
			if v := r.cell(row, s.col); v != nil {
				b = s.form.append(b, v)
			} else {
				b = append(b, '"')
				b = append(b, s.form.idPrefix...)
				b = append(append(b, r.cell(row, 0)...), '"')
			}
		case stepReferred:
			if child, ok := res.levels[s.object.level].byID[r.id(row, s.col)]; ok {
				b = res.object(b, s.object, int(child))
			} else {
				b = append(b, "null"...)
			}
		case stepConnected:
			b = res.connection(b, s.conn, row, r.id(row, 0))
		case stepGrouped:
			b = res.groups(b, s.groups, row)
		case stepParts:
			if r.cell(row, s.col) == nil {
				b = append(b, "null"...)
				continue
			}
			for j := range s.values {
				b = append(b, s.values[j].before...)
				if p := &s.values[j]; p.kind == stepConst {
					b = append(b, p.form.constant...)
				} else {
					b = p.form.append(b, r.cell(row, p.col))
				}
			}
			if len(s.values) == 0 {
				b = append(b, '{')
			}
			b = append(b, '}')
		case stepOutside:
			if v := res.levels[s.level].made[r.id(row, 0)]; v != nil {
				b = append(b, v...)
			} else {
				b = append(b, "null"...)
			}
		case stepChanges:
			b = s.list.append(b, res, row)
		case stepFiles:
			b = s.appendFiles(b, r.cell(row, s.col))
		case stepValues:
			for j := range s.values {
				b = append(b, s.values[j].before...)
				b = s.values[j].form.append(b, r.cell(row, s.values[j].col))
			}
			if len(s.values) == 0 {
				b = append(b, '{')
			}
			b = append(b, '}')
		}
	}
	return append(b, '}')
}

// window is the rows of one connection: from, to, and whether more follow.
type window struct {
	r        *rows
	from, to int
	more     bool
	back     bool
}

// row is the i-th row of the page in the order of the answer.
func (p window) row(i int) int {
	if p.back { // read from the end
		return p.to - 1 - i
	}
	return p.from + i
}

func (res *Result) window(c *connection, parentRow int) window {
	if c.level < 0 {
		return window{back: c.query.Back}
	}
	r := &res.levels[c.level]
	p := window{r: r, from: 0, to: r.n, back: c.query.Back}
	if res.plan.levels[c.level].kind == children {
		p.from, p.to = int(r.starts[parentRow]), int(r.starts[parentRow+1])
	}
	if p.to-p.from > c.first {
		p.to, p.more = p.from+c.first, true
	}
	return p
}

func (res *Result) connection(b []byte, c *connection, parentRow int, parentID int64) []byte {
	p := res.window(c, parentRow)
	for i := range c.parts {
		part := &c.parts[i]
		b = append(b, part.before...)
		switch {
		case part.cons != nil:
			b = append(b, part.cons...)
		case part.nodes != nil:
			b = append(b, '[')
			for i := range p.to - p.from {
				if i > 0 {
					b = append(b, ',')
				}
				b = res.object(b, part.nodes, p.row(i))
			}
			b = append(b, ']')
		case part.isEdge:
			b = res.edges(b, c, part.edges, p)
		case part.isInfo:
			b = res.info(b, c, part.info, p)
		case part.total:
			b = strconv.AppendInt(b, res.levels[c.count].counts[parentID], 10)
		}
	}
	if len(c.parts) == 0 {
		b = append(b, '{')
	}
	return append(b, '}')
}

func (res *Result) edges(b []byte, c *connection, parts []edgePart, p window) []byte {
	b = append(b, '[')
	for i := range p.to - p.from {
		if i > 0 {
			b = append(b, ',')
		}
		for j := range parts {
			e := &parts[j]
			b = append(b, e.before...)
			switch {
			case e.node != nil:
				b = res.object(b, e.node, p.row(i))
			case e.cursor:
				b = res.cursor(b, c, p, i)
			default:
				b = append(b, e.cons...)
			}
		}
		if len(parts) == 0 {
			b = append(b, '{')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func (res *Result) info(b []byte, c *connection, parts []infoPart, p window) []byte {
	for j := range parts {
		in := &parts[j]
		b = append(b, in.before...)
		n := p.to - p.from
		switch in.info {
		case HasNextPage:
			b = strconv.AppendBool(b, !p.back && p.more || p.back && c.query.Cursor != nil)
		case HasPreviousPage:
			b = strconv.AppendBool(b, p.back && p.more || !p.back && (c.query.Cursor != nil || c.query.Offset > 0))
		case StartCursor, EndCursor:
			switch {
			case n == 0:
				b = append(b, "null"...)
			case in.info == StartCursor:
				b = res.cursor(b, c, p, 0)
			default:
				b = res.cursor(b, c, p, n-1)
			}
		default:
			b = append(b, in.cons...)
		}
	}
	if len(parts) == 0 {
		b = append(b, '{')
	}
	return append(b, '}')
}

func (res *Result) cursor(b []byte, c *connection, p window, i int) []byte {
	row := p.row(i)
	cur := query.Cursor{ID: p.r.id(row, 0), Values: make([]*string, len(c.keys))}
	for k, col := range c.keys {
		if v := p.r.cell(row, col); v != nil {
			s := string(v)
			cur.Values[k] = &s
		}
	}
	b = append(b, '"')
	b = append(b, cur.Encode(c.query.Order)...)
	return append(b, '"')
}

// append appends the JSON of a column's text, null for none.
func (f *valueForm) append(b, v []byte) []byte {
	if v == nil {
		if f.form == kind.AsOptions || f.form == kind.AsRecords || f.form == kind.AsFiles { // no value is no item
			return append(b, "[]"...)
		}
		return append(b, "null"...)
	}
	switch f.form {
	case kind.AsIs, kind.AsObject:
		return append(b, v...)
	case kind.AsOptions, kind.AsRecords:
		return f.list(b, v)
	case kind.AsFiles:
		return appendFileIDs(b, v)
	case kind.AsString:
		return appendString(b, v)
	case kind.AsDateTime: // 2026-01-31 09:30:00.5+00 to 2026-01-31T09:30:00.5Z
		if len(v) < 22 {
			return appendString(b, v)
		}
		b = append(b, '"')
		b = append(b, v[:10]...)
		b = append(b, 'T')
		b = append(b, v[11:len(v)-3]...)
		return append(b, 'Z', '"')
	case kind.AsRecord:
		b = append(b, '"')
		b = append(b, f.prefix...)
		b = append(b, v...)
		return append(b, '"')
	case kind.AsOption:
		if j, ok := f.options[string(v)]; ok {
			return append(b, j...)
		}
	}
	return append(b, "null"...)
}

// list appends the items of an array as PostgreSQL prints it: keys of options
// and numbers, which need no quotes there.
func (f *valueForm) list(b, v []byte) []byte {
	b = append(b, '[')
	n := 0
	for item := range bytes.SplitSeq(v[1:len(v)-1], []byte{','}) {
		if len(item) == 0 {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		if f.form == kind.AsRecords {
			b = append(b, '"')
			b = append(append(b, f.prefix...), item...)
			b = append(b, '"')
		} else if j, ok := f.options[string(item)]; ok {
			b = append(b, j...)
		} else {
			b = append(b, "null"...)
		}
	}
	return append(b, ']')
}

const hexDigits = "0123456789abcdef"

// appendString appends text, which is valid UTF-8, as a JSON string.
func appendString(b, v []byte) []byte {
	b = append(b, '"')
	from := plainText(v)
	b = append(b, v[:from]...)
	for i := from; i < len(v); i++ {
		c := v[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, v[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, v[from:]...)
	return append(b, '"')
}

// plainText is how many bytes at the front need no escape, in steps of eight: it
// may say fewer, never more. A byte x of a word is 0 exactly where x - 1 borrows
// without x having its highest bit (Hacker's Delight, 6-1).
func plainText(v []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(v); i += 8 {
		x := binary.LittleEndian.Uint64(v[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		if ((x-ones*0x20)&^x|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	return i
}
