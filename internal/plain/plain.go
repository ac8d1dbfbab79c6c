// Package plain writes values of the schema's fixed types as the JSON that a
// selection asks for, without a call of generated code for each field of each value.
// It is for types whose values come by the thousand: the cells of the division table,
// and what introspection tells. All others are for generated code, which answers the same.
//
// A Type says how each field of it is written. Compile makes one function of a type
// and a selection, which is then called for every value. Records within values are
// holes at first: what each Group is of is known when all values are written, so that
// one read fills all holes of a group.
//
// What a field's arguments say is read once, when it is compiled. Fields have no errors
// here; a type that has fields which may fail has those written by others.
package plain

import (
	"math"
	"slices"
	"strconv"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Compiler makes functions of selections of one operation.
type Compiler struct {
	Op      *graphql.OperationContext
	Catalog *form.Catalog
	Groups  []Group
}

// Group is the records that one field of a selection holds.
type Group struct {
	Form  *form.Form
	Field graphql.CollectedField
}

// Writer holds what is written.
type Writer struct {
	b     []byte
	holes []hole
}

// hole is a record that is to stand before the byte at.
type hole struct {
	at, group int
	id        int64
}

// Write writes a value of type T.
type Write[T any] func(w *Writer, v *T)

// Field makes what writes one field, as it is selected.
type Field[T any] func(c *Compiler, f graphql.CollectedField) Write[T]

// Type is an object type of the schema: how each of its fields is written.
type Type[T any] struct {
	Name   string
	Fields map[string]Field[T]
}

// Compile makes what writes values with a selection.
func (t *Type[T]) Compile(c *Compiler, sel ast.SelectionSet) Write[T] {
	type step struct {
		before string
		write  Write[T]
	}
	var steps []step
	begin := "{\""
	for _, f := range graphql.CollectFields(c.Op, sel, []string{t.Name}) {
		s := step{before: begin + f.Alias + `":`} // aliases are names: nothing to escape
		if f.Name == "__typename" {
			s.before += strconv.Quote(t.Name)
		} else {
			s.write = t.Fields[f.Name](c, f)
		}
		steps = append(steps, s)
		begin = ",\""
	}
	return func(w *Writer, v *T) {
		if len(steps) == 0 {
			w.b = append(w.b, '{')
		}
		for i := range steps {
			w.b = append(w.b, steps[i].before...)
			if steps[i].write != nil {
				steps[i].write(w, v)
			}
		}
		w.b = append(w.b, '}')
	}
}

// scalar is a field that writes what it is given.
func scalar[T any](write Write[T]) Field[T] {
	return func(*Compiler, graphql.CollectedField) Write[T] { return write }
}

// Text is a field that is never null.
func Text[T any](of func(v *T) string) Field[T] {
	return scalar(func(w *Writer, v *T) { w.b = kind.AppendQuoted(w.b, of(v)) })
}

// Named is a text that is null when it is empty.
func Named[T any](of func(v *T) string) Field[T] {
	return scalar(func(w *Writer, v *T) {
		if s := of(v); s != "" {
			w.b = kind.AppendQuoted(w.b, s)
			return
		}
		w.null()
	})
}

// Optional is a text; nil is null.
func Optional[T any](of func(v *T) *string) Field[T] {
	return scalar(func(w *Writer, v *T) {
		if s := of(v); s != nil {
			w.b = kind.AppendQuoted(w.b, *s)
			return
		}
		w.null()
	})
}

// Texts is a list of texts.
func Texts[T any](of func(v *T) []string) Field[T] {
	return scalar(func(w *Writer, v *T) {
		w.b = append(w.b, '[')
		for i, s := range of(v) {
			w.comma(i)
			w.b = kind.AppendQuoted(w.b, s)
		}
		w.b = append(w.b, ']')
	})
}

// Int is a whole number.
func Int[T any](of func(v *T) int) Field[T] {
	return scalar(func(w *Writer, v *T) { w.b = strconv.AppendInt(w.b, int64(of(v)), 10) })
}

// Bool is true or false.
func Bool[T any](of func(v *T) bool) Field[T] {
	return scalar(func(w *Writer, v *T) { w.b = strconv.AppendBool(w.b, of(v)) })
}

// Float is a number; nil is null.
func Float[T any](of func(v *T) *float64) Field[T] {
	return scalar(func(w *Writer, v *T) {
		n := of(v)
		if n == nil {
			w.null()
			return
		}
		format := byte('f')
		if math.Abs(*n) >= 1e21 {
			format = 'e'
		}
		w.b = strconv.AppendFloat(w.b, *n, format, -1, 64)
	})
}

// Day is a day; nil is null.
func Day[T any](of func(v *T) *calendar.Day) Field[T] {
	return scalar(func(w *Writer, v *T) {
		d := of(v)
		if d == nil {
			w.null()
			return
		}
		w.b = append(d.Append(append(w.b, '"')), '"')
	})
}

// Object is a value of another type; nil is null.
func Object[T, U any](t *Type[U], of func(v *T) *U) Field[T] {
	return func(c *Compiler, f graphql.CollectedField) Write[T] {
		write := t.Compile(c, f.Selections)
		return func(w *Writer, v *T) {
			if u := of(v); u != nil {
				write(w, u)
				return
			}
			w.null()
		}
	}
}

// Objects is a list of values of another type.
func Objects[T, U any](t *Type[U], of func(v *T) []U) Field[T] {
	return func(c *Compiler, f graphql.CollectedField) Write[T] {
		write := t.Compile(c, f.Selections)
		return func(w *Writer, v *T) {
			list := of(v)
			w.b = append(w.b, '[')
			for i := range list {
				w.comma(i)
				write(w, &list[i])
			}
			w.b = append(w.b, ']')
		}
	}
}

// Unless makes a field null for values of which null holds.
func Unless[T any](null func(v *T) bool, field Field[T]) Field[T] {
	return func(c *Compiler, f graphql.CollectedField) Write[T] {
		write := field(c, f)
		return func(w *Writer, v *T) {
			if null(v) {
				w.null()
				return
			}
			write(w, v)
		}
	}
}

// Of names a form of a catalog.
type Of func(c *form.Catalog) *form.Form

// Record is the record of a form with that number; 0 is null, as is one that is not
// there.
func Record[T any](which Of, of func(v *T) int64) Field[T] {
	return func(c *Compiler, f graphql.CollectedField) Write[T] {
		g := c.group(which, f)
		return func(w *Writer, v *T) { w.record(g, of(v)) }
	}
}

// Records is a list of such records.
func Records[T, U any](which Of, of func(v *T) []U, id func(u *U) int64) Field[T] {
	return func(c *Compiler, f graphql.CollectedField) Write[T] {
		g := c.group(which, f)
		return func(w *Writer, v *T) {
			list := of(v)
			w.b = append(w.b, '[')
			for i := range list {
				w.comma(i)
				w.record(g, id(&list[i]))
			}
			w.b = append(w.b, ']')
		}
	}
}

func (c *Compiler) group(which Of, f graphql.CollectedField) int {
	c.Groups = append(c.Groups, Group{which(c.Catalog), f})
	return len(c.Groups) - 1
}

func (w *Writer) null() { w.b = append(w.b, "null"...) }

func (w *Writer) comma(i int) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
}

func (w *Writer) record(group int, id int64) {
	if id == 0 {
		w.null()
		return
	}
	w.holes = append(w.holes, hole{len(w.b), group, id})
}

// Raw writes JSON that others made.
func (w *Writer) Raw(b []byte) { w.b = append(w.b, b...) }

// Byte writes a byte.
func (w *Writer) Byte(b byte) { w.b = append(w.b, b) }

// Name begins a field. Aliases are names: nothing to escape.
func (w *Writer) Name(alias string) { w.b = append(append(append(w.b, '"'), alias...), `":`...) }

// NewWriter has room for about so many bytes and records.
func NewWriter(room, records int) *Writer {
	return &Writer{b: make([]byte, 0, room), holes: make([]hole, 0, records)}
}

// recordBytes is about what a record takes.
const recordBytes = 48

// Bytes is what is written when no type has records.
func (w *Writer) Bytes() []byte { return w.b }

// Read appends the record of a number as JSON; it appends nothing and is false when there
// is none.
type Read func(b []byte, id int64) ([]byte, bool)

// Fill appends all that was written to b. fill reads the records of a group, each
// number once and in order, and returns nil when none of them can be shown.
func (w *Writer) Fill(b []byte, groups []Group, fill func(g Group, ids []int64) Read) []byte {
	ids := make([][]int64, len(groups))
	for _, h := range w.holes {
		ids[h.group] = append(ids[h.group], h.id)
	}
	reads := make([]Read, len(groups))
	for i, g := range groups {
		if len(ids[i]) > 0 {
			slices.Sort(ids[i])
			reads[i] = fill(g, slices.Compact(ids[i]))
		}
	}
	b = slices.Grow(b, len(w.b)+len(w.holes)*recordBytes)
	from := 0
	for _, h := range w.holes {
		b = append(b, w.b[from:h.at]...)
		from = h.at
		there := false
		if read := reads[h.group]; read != nil {
			b, there = read(b, h.id)
		}
		if !there {
			b = append(b, "null"...)
		}
	}
	return append(b, w.b[from:]...)
}
