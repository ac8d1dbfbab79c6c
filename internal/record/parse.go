package record

import (
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Limits of what one mutation writes beside its record.
const (
	MaxRows  = 1_000 // child rows, all levels together
	maxLevel = 4     // of rows within rows
)

// Values are checked values of a record, with the names that the client used.
type Values struct {
	Form   *form.Form
	Create bool
	Assign []sqlgen.Assignment
	Links  []Links
	Rows   []Rows

	face  query.Face
	given map[*form.Field]bool
	mark  []byte // which fields are given and assigned, see shape
	path  []any  // where the values stand in the input, for child rows
	// parent is the reference of a child row to the record it is written with.
	parent *form.Field
}

// Given are the fields that the client gave values of, in the order of the form.
func (v Values) Given() []*form.Field {
	var out []*form.Field
	for _, x := range v.Form.Own() {
		if v.given[x] {
			out = append(out, x)
		}
	}
	return out
}

// Links are the new links of a field: the text of an array of numbers, nil for
// none.
type Links struct {
	Field   *form.Field
	Targets any
}

// Rows are the child rows that a record is to have, in their order.
type Rows struct {
	Field *form.Field // CHILDREN
	Items []Row
}

// Row is one child row: the record of that number with new values, or for 0 a
// new one.
type Row struct {
	ID     int64
	Values Values
}

// Name is what clients of a face call a field.
func Name(face query.Face, x *form.Field) string {
	if face == query.Typed {
		return x.Name
	}
	return x.Key
}

// at is the client's path to a field.
func (v Values) at(x *form.Field) []any {
	return append(v.path[:len(v.path):len(v.path)], Name(v.face, x))
}

// Parse checks the values for a record of f, given by the face's names. For a
// new record, fields that are left out take their defaults and required ones
// must be there; for a change, what is left out stays. Every fault is INVALID
// with the field's name as its path; TOO_COSTLY for too many child rows.
func Parse(f *form.Form, raw map[string]any, face query.Face, create bool) (Values, error) {
	p := &parser{face: face}
	v := p.record(f, raw, create, spot{})
	return v, p.bad.Err()
}

type parser struct {
	face query.Face
	own  map[*form.Form][]*form.Field // what Own answers: forms do not change meanwhile
	rows int
	bad  fault.List
}

// maxFaults bounds the answer to an input in which everything is wrong.
const maxFaults = 100

func (p *parser) add(err error, path []any) {
	if len(p.bad) >= maxFaults {
		return
	}
	if err = p.bad.Add(err, path...); err != nil {
		p.bad = append(p.bad, fault.New(fault.Internal, "the value cannot be checked").Because(err).At(path...))
	}
}

// spot is where values stand: their path in the input, and for a child row the
// fields that its parent and its place in the list decide.
type spot struct {
	path          []any
	parent, order *form.Field
}

func (p *parser) record(f *form.Form, raw map[string]any, create bool, at spot) Values {
	v := Values{Form: f, Create: create, face: p.face, given: make(map[*form.Field]bool, len(raw)), path: at.path, parent: at.parent}
	known := 0
	own, ok := p.own[f]
	if !ok {
		own = f.Own()
		if p.own == nil {
			p.own = map[*form.Form][]*form.Field{}
		}
		p.own[f] = own
	}
	filled := p.filled(f, own, raw)
	v.Assign = make([]sqlgen.Assignment, 0, len(raw))
	v.mark = make([]byte, 0, len(own)+1)
	for _, x := range own {
		v.mark = append(v.mark, 0)
		mark := &v.mark[len(v.mark)-1]
		value, given := raw[Name(p.face, x)]
		if given {
			known++
			v.given[x] = true
			*mark = 1
		}
		if x == at.order {
			continue
		}
		if x == at.parent {
			if given {
				p.add(fault.New(fault.Invalid, "is given by the record that the row belongs to"), v.at(x))
			}
			continue
		}
		assigned, linked := len(v.Assign), len(v.Links)
		p.field(&v, x, value, given, filled[x])
		if len(v.Assign) > assigned {
			if *mark |= 2; v.Assign[assigned].Value != nil {
				*mark |= 4
			}
		}
		if len(v.Links) > linked {
			*mark |= 8
		}
	}
	if known < len(raw) {
		for name := range raw {
			x := f.Field(name)
			if p.face == query.Typed {
				x = f.Named(name)
			}
			if x == nil || x.System {
				p.add(fault.New(fault.Invalid, "form %s has no field %q that can be written", f.Key, fault.Clip(name)), append(at.path[:len(at.path):len(at.path)], name))
			}
		}
	}
	return v
}

// filled are the fields that will be copied from a record that is chosen.
func (p *parser) filled(f *form.Form, own []*form.Field, raw map[string]any) map[*form.Field]bool {
	var out map[*form.Field]bool
	for _, x := range own {
		if len(x.Settings.Fill) == 0 || raw[Name(p.face, x)] == nil {
			continue
		}
		if out == nil {
			out = map[*form.Field]bool{}
		}
		for _, fill := range x.Settings.Fill {
			out[f.Field(fill.To)] = true
		}
	}
	return out
}

// field checks one field: what was given for it, or what stands for nothing.
func (p *parser) field(v *Values, x *form.Field, raw any, given, filled bool) {
	switch {
	case x.IsChildren():
		if given && raw != nil {
			p.children(v, x, raw, v.at(x))
		}
		return
	case x.Settings.ReadOnly && given:
		p.add(fault.New(fault.Invalid, "is read-only"), v.at(x))
		return
	case !x.Stored() && !x.HasLinkTable(), x.Kind.Name() == "AUTO_NUMBER":
		if given {
			_, err := x.Kind.Parse(raw, &x.Settings)
			p.add(err, v.at(x))
		}
		return
	}
	var (
		value any
		err   error
	)
	switch {
	case given:
		value, err = x.Kind.Parse(raw, &x.Settings)
	case !v.Create:
		return
	case x.Default != nil && !filled:
		value, err = x.DefaultValue()
	}
	if err == nil && value == nil && x.Required && x.ShownWhen == nil && (given || !filled && x.DefaultExpr == nil) {
		err = fault.New(fault.Invalid, "a value is required")
	}
	if err != nil {
		p.add(err, v.at(x))
		return
	}
	switch {
	case x.HasLinkTable():
		if given || value != nil {
			v.Links = append(v.Links, Links{x, value})
		}
	case given || value != nil:
		v.Assign = append(v.Assign, sqlgen.Assignment{Field: x, Value: value})
	}
}

// children checks the child rows of a record.
func (p *parser) children(v *Values, x *form.Field, raw any, path []any) {
	items, ok := raw.([]any)
	switch {
	case !x.HasRows():
		_, err := x.Kind.Parse(raw, &x.Settings)
		p.add(err, path)
		return
	case !ok:
		p.add(fault.New(fault.Invalid, "expected a list of rows"), path)
		return
	case !v.Create && !x.Settings.Rows:
		p.add(fault.New(fault.Invalid, "these records are changed one by one: the field does not save rows with their parent"), path)
		return
	case len(v.path)/2 >= maxLevel:
		p.add(fault.New(fault.TooCostly, "rows nest at most %d deep", maxLevel), path)
		return
	}
	if p.rows += len(items); p.rows > MaxRows {
		p.add(fault.New(fault.TooCostly, "a mutation writes at most %d child rows", MaxRows), path)
		return
	}
	rows := Rows{Field: x}
	seen := map[int64]bool{}
	for i, item := range items {
		at := append(path[:len(path):len(path)], i)
		m, ok := item.(map[string]any)
		if !ok {
			p.add(fault.New(fault.Invalid, "expected an object of values"), at)
			continue
		}
		row := Row{}
		if id, given := m["id"]; given && id != nil {
			text, _ := id.(string)
			if row.ID, ok = kind.ParseID(x.Target.Key, text); !ok || v.Create || seen[row.ID] {
				p.add(fault.New(fault.Invalid, "%s is not the id of another row of this record", printed(id)), append(at, "id"))
				continue
			}
			seen[row.ID] = true
		}
		rest := make(map[string]any, len(m))
		for name, value := range m {
			if name != "id" {
				rest[name] = value
			}
		}
		order := x.Target.Field(x.Settings.OrderBy)
		row.Values = p.record(x.Target, rest, row.ID == 0, spot{at, x.Via, order})
		if order != nil {
			row.Values.set(order, fmt.Sprint(i+1))
		}
		rows.Items = append(rows.Items, row)
	}
	v.Rows = append(v.Rows, rows)
}

func printed(v any) string { return fmt.Sprintf("%q", fault.Clip(fmt.Sprint(v))) }

// set gives a field a value of the program's, in place of any other.
func (v *Values) set(x *form.Field, value any) {
	v.mark = append(v.mark, 's')
	for i, a := range v.Assign {
		if a.Field == x {
			v.Assign[i].Value = value
			return
		}
	}
	v.Assign = append(v.Assign, sqlgen.Assignment{Field: x, Value: value})
}

// value is what a field is assigned; ok is false when it is not.
func (v Values) value(x *form.Field) (value any, ok bool) {
	for _, a := range v.Assign {
		if a.Field == x {
			return a.Value, true
		}
	}
	return nil, false
}

// Of are values of the program's own for a record of f, none as yet: what is given
// with Give must be what the column can hold.
func Of(f *form.Form, create bool) Values {
	return Values{Form: f, Create: create, face: query.Generic}
}

// Give has a field be given a value, in the column's text, as if by a client.
func (v *Values) Give(x *form.Field, value any) {
	if v.given == nil {
		v.given = map[*form.Field]bool{}
	}
	v.given[x] = true
	v.mark = fmt.Appendf(v.mark, "m%d%t", x.ID, value == nil)
	if x.HasLinkTable() {
		v.Links = append(v.Links, Links{x, value})
		return
	}
	v.Assign = append(v.Assign, sqlgen.Assignment{Field: x, Value: value})
}
