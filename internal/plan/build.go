package plan

import (
	"encoding/json"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query/sqlgen"
)

// builder compiles a tree: it gathers each level's columns while it turns items
// into steps, and writes the statements when all columns are known.
type builder struct {
	env    sqlgen.Env
	levels []*level
	// ends are levels of records referred to with nothing below them, one for each
	// form, whatever refers to them; they come after all others. Until then the
	// place of the i-th is ^i, in the objects of ends too.
	ends    []*level
	endings []*object
}

func (b *builder) level(l *level) int {
	b.levels = append(b.levels, l)
	return len(b.levels) - 1
}

func (b *builder) at(l int) *level {
	if l < 0 {
		return b.ends[^l]
	}
	return b.levels[l]
}

// column returns the place of a column on a level, adding it at first use.
func (b *builder) column(l int, c sqlgen.Column) int {
	at := b.at(l)
	cols := at.cols
	for i, have := range cols {
		if have == c {
			return i
		}
	}
	at.cols = append(cols, c)
	return len(cols)
}

func (b *builder) field(l int, f *form.Field) int { return b.column(l, sqlgen.Column{Field: f}) }

// finish writes the statements.
func (b *builder) finish(root node, size Cost) *Plan {
	for _, o := range b.endings {
		o.level = len(b.levels) + ^o.level
	}
	b.levels = append(b.levels, b.ends...)
	p := &Plan{levels: b.levels, root: root, size: size}
	p.write(b.env)
	return p
}

// write writes the statement of every level that has none, or the one that reads
// all of them.
func (p *Plan) write(env sqlgen.Env) {
	if p.trip = p.inOneTrip(env); p.trip.SQL != "" {
		return
	}
	for _, l := range p.levels {
		if l.stmt.SQL != "" {
			continue
		}
		switch l.kind {
		case one:
			l.stmt = env.ByID(l.form, l.id, l.cols)
		case list:
			l.stmt, l.rest = env.List(l.list, l.cols, l.read)
		case children:
			l.stmt = env.Children(l.many, l.list, l.cols, l.read)
		case referred:
			l.stmt = env.ByIDs(l.form, l.cols)
		case count:
			l.stmt = env.Count(l.list)
		case countChildren:
			l.stmt = env.CountChildren(l.many, l.list)
		case grouped:
			l.stmt = env.Aggregate(l.groups)
		case groupedChildren:
			l.stmt = env.AggregateChildren(l.many, l.groups)
		}
	}
}

func (b *builder) object(l int, o Object) *object {
	// The id is always the first column: it is the key of levels below.
	b.field(l, o.Form.Field("id"))
	out := &object{level: l}
	for i, item := range o.Items {
		s := b.step(l, o.Form, item)
		s.before = before(item.Name, i == 0)
		b.at(l).text += len(s.before) + quotes
		for _, v := range s.values {
			b.at(l).text += len(v.before) + quotes
		}
		out.steps = append(out.steps, s)
	}
	return out
}

// quotes is about what a value has around it.
const quotes = 4

// before is what stands before a value in an object: brace or comma, the name,
// the colon.
func before(name string, first bool) []byte {
	sep := byte(',')
	if first {
		sep = '{'
	}
	key, _ := json.Marshal(name) // a string always encodes
	return append(append([]byte{sep}, key...), ':')
}

func (b *builder) step(l int, f *form.Form, item Item) step {
	switch w := item.What.(type) {
	case Constant:
		return step{kind: stepConst, before: nil, form: valueForm{constant: w}}
	case Value:
		return step{kind: stepValue, col: b.field(l, w.Field), form: formOf(w.Field, true)}
	case Title:
		if f.Title == nil {
			return step{kind: stepValue, col: b.field(l, f.Field("id")), form: formOf(f.Field("id"), true)}
		}
		return step{kind: stepTitle, col: b.field(l, f.Title), form: titleForm(f.Title, w.Language)}
	case Values:
		s := step{kind: stepValues}
		for i, x := range w.Fields {
			s.values = append(s.values, step{kind: stepValue, before: before(x.Key, i == 0), col: b.field(l, x), form: formOf(x, false)})
		}
		return s
	case Parts:
		s := step{kind: stepParts, col: b.field(l, w.Field)}
		for i, p := range w.Items {
			s.values = append(s.values, b.part(l, w.Field, p, i == 0))
		}
		return s
	case Files:
		return step{kind: stepFiles, col: b.field(l, w.Field), files: w.Items, url: w.URL}
	case Outside:
		return step{kind: stepOutside, level: b.outside(l, w)}
	case History:
		return step{kind: stepChanges, list: b.changes(l, w)}
	case Referred:
		key := b.field(l, w.Field)
		return step{kind: stepReferred, col: key, object: b.referred(l, key, b.levels[l].name+"."+w.Field.Name, w.Object)}
	case Connected:
		return step{kind: stepConnected, conn: b.connection(l, w.Many, w.List, b.levels[l].name+"."+w.Many.Name)}
	case Aggregated:
		return step{kind: stepGrouped, groups: b.groups(l, w.Many, w.Groups, b.levels[l].name+"."+w.Many.Name)}
	}
	panic("plan: an item without a value")
}

// referred compiles the records that a column of level l refers to. Those of one
// form that have nothing below them are read together, whatever refers to them.
func (b *builder) referred(l, key int, name string, o Object) *object {
	if !o.flat() {
		return b.object(b.level(&level{kind: referred, name: name, parent: l, keyCol: key, form: o.Form}), o)
	}
	i := slices.IndexFunc(b.ends, func(have *level) bool { return have.form == o.Form })
	if i < 0 {
		i = len(b.ends)
		b.ends = append(b.ends, &level{kind: referred, name: name, parent: l, keyCol: key, form: o.Form})
	} else {
		b.ends[i].name += ", " + name
		b.ends[i].also = append(b.ends[i].also, sqlgen.Key{Level: l, Column: key})
	}
	out := b.object(^i, o)
	b.endings = append(b.endings, out)
	return out
}

// flat says whether all that is wanted of the record is in its row as it is stored.
func (o Object) flat() bool {
	stored := func(f *form.Field) bool { return f == nil || f.Expr == nil && !f.HasLinkTable() }
	return !slices.ContainsFunc(o.Items, func(i Item) bool {
		switch w := i.What.(type) {
		case Constant:
			return false
		case Value:
			return !stored(w.Field)
		case Title:
			return !stored(o.Form.Title)
		case Values:
			return slices.ContainsFunc(w.Fields, func(f *form.Field) bool { return !stored(f) })
		}
		return true
	})
}

// part is one name of an object such as an address.
func (b *builder) part(l int, f *form.Field, p PartItem, first bool) step {
	out := step{kind: stepConst, before: before(p.Name, first), form: valueForm{constant: p.Constant}}
	if p.Constant == nil {
		out.kind, out.col = stepValue, b.column(l, sqlgen.Column{Field: f, Part: p.Part})
		if p.Part == "latitude" || p.Part == "longitude" { // Decimal is text in JSON
			out.form.form = kind.AsString
		}
	}
	return out
}

// connection compiles a page: of all records of a form, or for each row of
// level parent the children behind it.
func (b *builder) connection(parent int, ch *form.Field, l List, name string) *connection {
	q := l.Query
	c := &connection{level: -1, count: -1, first: q.First, query: q}
	rows := func() int {
		if c.level >= 0 {
			return c.level
		}
		lv := &level{kind: list, name: name, parent: -1, form: q.Form, list: q, read: q.First}
		if ch != nil {
			lv.kind, lv.parent, lv.many = children, parent, ch
			lv.keyCol = b.field(parent, ch.Form.Field("id"))
		}
		c.level = b.level(lv)
		b.field(c.level, q.Form.Field("id"))
		return c.level
	}
	cursors := func() {
		if c.keys != nil {
			return
		}
		c.keys = []int{}
		lv := rows() // without keys, a cursor is the record's number alone
		for i := range q.Order {
			c.keys = append(c.keys, b.column(lv, sqlgen.Column{Key: &q.Order[i]}))
		}
	}
	for i, p := range l.Parts {
		out := connPart{before: before(p.Name, i == 0)}
		switch w := p.What.(type) {
		case Constant:
			out.cons = w
		case Nodes:
			out.nodes = b.object(rows(), w.Object)
		case Edges:
			out.isEdge = true
			for j, e := range w.Parts {
				ep := edgePart{before: before(e.Name, j == 0), cursor: e.Cursor, cons: e.Constant}
				if e.Node != nil {
					ep.node = b.object(rows(), *e.Node)
				}
				if e.Cursor {
					cursors()
				}
				out.edges = append(out.edges, ep)
			}
			rows() // the number of edges is the number of rows
		case PageInfo:
			out.isInfo = true
			for j, in := range w.Parts {
				if in.Info == StartCursor || in.Info == EndCursor {
					cursors()
				}
				if more := in.Info == HasNextPage && !q.Back || in.Info == HasPreviousPage && q.Back; more {
					b.levels[rows()].read = q.First + 1
				}
				out.info = append(out.info, infoPart{before: before(in.Name, j == 0), info: in.Info, cons: in.Constant})
			}
		case TotalCount:
			out.total = true
			if c.count < 0 {
				lv := &level{kind: count, name: name + ".totalCount", parent: -1, form: q.Form, list: q}
				if ch != nil {
					lv.kind, lv.parent, lv.many = countChildren, parent, ch
					lv.keyCol = b.field(parent, ch.Form.Field("id"))
				}
				c.count = b.level(lv)
			}
		}
		c.parts = append(c.parts, out)
	}
	return c
}

// valueForm is how the text of one column becomes JSON.
type valueForm struct {
	form     kind.Form
	prefix   string            // AsRecord: what stands before the number
	options  map[string][]byte // AsOption: key to ready JSON
	constant []byte            // stepConst
	idPrefix string            // stepTitle: for the id, where the title is empty
}

// formOf is the form of a field's value in the typed face, or in the generic one
// where options go by their keys.
func formOf(f *form.Field, typed bool) valueForm {
	v := valueForm{form: f.Value.Form()}
	switch v.form {
	case kind.AsObject: // where it is not taken apart
		v.form = kind.AsIs
	case kind.AsRecord, kind.AsRecords:
		v.prefix = f.Target.Key + "_"
	case kind.AsOption, kind.AsOptions:
		v.options = map[string][]byte{}
		for _, o := range f.Options {
			name := o.Key
			if typed {
				name = o.Enum
			}
			v.options[o.Key], _ = json.Marshal(name)
		}
	}
	return v
}

// titleForm is the form of a field as the title of its record: always text.
func titleForm(f *form.Field, language string) valueForm {
	v := valueForm{form: f.Value.Form(), idPrefix: f.Form.Key + "_"}
	switch v.form {
	case kind.AsIs:
		v.form = kind.AsString
	case kind.AsOption:
		v.options = map[string][]byte{}
		for _, o := range f.Options {
			text := o.Labels.In(language, f.Form.Catalog.Language)
			if text == "" {
				text = o.Key
			}
			v.options[o.Key], _ = json.Marshal(text)
		}
	}
	return v
}
