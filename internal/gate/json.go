package gate

import (
	"encoding/json"

	"fieldwork/internal/fault"
)

// maxNesting bounds arrays and objects within each other. Deep input costs a
// stack frame a level here and in every stage that walks the value.
const maxNesting = 64

// DecodeJSON decodes one JSON text as RFC 8259 has it: objects to
// map[string]any, arrays to []any, numbers to json.Number with their text kept.
//
// It is stricter than encoding/json, which repairs silently what a client
// should hear about: bytes that are not UTF-8, lone surrogates (\ud800), a key
// twice in one object, nesting deeper than 64 and anything after the value are
// faults INVALID. The message says what and at which byte, counted from 0; the
// path leads to the value, {"variables", "input", "name"}. \u0000 is decoded:
// whether a value may hold it is not a matter of syntax.
//
// The result shares no memory with b.
func DecodeJSON(b []byte) (any, error) {
	d := decoder{in: b}
	d.space()
	v, f := d.value(0)
	if f == nil {
		d.space()
		if d.at < len(b) {
			f = d.bad("unexpected %s after the value", d.here())
		}
	}
	if f != nil {
		return nil, f
	}
	return v, nil
}

type decoder struct {
	in   []byte
	at   int
	keys map[string]string // keys met before: rows of a bulk write repeat theirs
	buf  []byte            // for strings with escapes
}

// bad makes a fault at the current byte.
func (d *decoder) bad(format string, args ...any) *fault.Fault {
	return d.badAt(d.at, format, args...)
}

func (d *decoder) badAt(at int, format string, args ...any) *fault.Fault {
	return fault.New(fault.Invalid, "JSON: "+format+" at byte %d", append(args, at)...)
}

func (d *decoder) here() string {
	switch {
	case d.at >= len(d.in):
		return "end"
	case d.in[d.at] > ' ' && d.in[d.at] < 0x7f:
		return "'" + string(d.in[d.at:d.at+1]) + "'"
	default:
		const hex = "0123456789abcdef"
		c := d.in[d.at]
		return "byte 0x" + string([]byte{hex[c>>4], hex[c&15]})
	}
}

func (d *decoder) space() {
	for d.at < len(d.in) {
		switch d.in[d.at] {
		case ' ', '\n', '\t', '\r':
			d.at++
		default:
			return
		}
	}
}

// value decodes the value at d.at, which is not white space.
func (d *decoder) value(depth int) (any, *fault.Fault) {
	if d.at >= len(d.in) {
		return nil, d.bad("unexpected end")
	}
	switch c := d.in[d.at]; {
	case c == '"':
		s, f := d.text()
		if f != nil {
			return nil, f
		}
		return string(s), nil
	case c == '{':
		return d.object(depth + 1)
	case c == '[':
		return d.array(depth + 1)
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case c == 't':
		return true, d.word("true")
	case c == 'f':
		return false, d.word("false")
	case c == 'n':
		return nil, d.word("null")
	}
	return nil, d.bad("unexpected %s", d.here())
}

func (d *decoder) word(w string) *fault.Fault {
	if len(d.in)-d.at < len(w) || string(d.in[d.at:d.at+len(w)]) != w {
		return d.bad("expected %s", w)
	}
	d.at += len(w)
	return nil
}

func (d *decoder) object(depth int) (any, *fault.Fault) {
	if depth > maxNesting {
		return nil, d.bad("nested deeper than %d", maxNesting)
	}
	d.at++
	m := map[string]any{}
	d.space()
	if d.at < len(d.in) && d.in[d.at] == '}' {
		d.at++
		return m, nil
	}
	for {
		if d.at >= len(d.in) || d.in[d.at] != '"' {
			return nil, d.bad("expected a key, found %s", d.here())
		}
		start := d.at
		key, f := d.key()
		if f != nil {
			return nil, f
		}
		d.space()
		if d.at >= len(d.in) || d.in[d.at] != ':' {
			return nil, d.bad("expected ':' after a key, found %s", d.here())
		}
		d.at++
		d.space()
		v, f := d.value(depth)
		if f != nil {
			return nil, f.At(clip(key, maxMessage))
		}
		before := len(m)
		m[key] = v
		if len(m) == before {
			return nil, d.badAt(start, "key %q is given twice", clip(key, 100)).At(clip(key, maxMessage))
		}
		d.space()
		if d.at >= len(d.in) {
			return nil, d.bad("unexpected end in an object")
		}
		switch d.in[d.at] {
		case ',':
			d.at++
			d.space()
		case '}':
			d.at++
			return m, nil
		default:
			return nil, d.bad("expected ',' or '}', found %s", d.here())
		}
	}
}

func (d *decoder) array(depth int) (any, *fault.Fault) {
	if depth > maxNesting {
		return nil, d.bad("nested deeper than %d", maxNesting)
	}
	d.at++
	list := []any{}
	d.space()
	if d.at < len(d.in) && d.in[d.at] == ']' {
		d.at++
		return list, nil
	}
	for {
		v, f := d.value(depth)
		if f != nil {
			return nil, f.At(len(list))
		}
		list = append(list, v)
		d.space()
		if d.at >= len(d.in) {
			return nil, d.bad("unexpected end in an array")
		}
		switch d.in[d.at] {
		case ',':
			d.at++
			d.space()
		case ']':
			d.at++
			return list, nil
		default:
			return nil, d.bad("expected ',' or ']', found %s", d.here())
		}
	}
}

func (d *decoder) number() (any, *fault.Fault) {
	start := d.at
	if d.in[d.at] == '-' {
		d.at++
	}
	switch {
	case d.at < len(d.in) && d.in[d.at] == '0':
		d.at++ // 01 is not a number: the 1 is met as something unexpected
	case d.digits() == 0:
		return nil, d.bad("expected a digit, found %s", d.here())
	}
	if d.at < len(d.in) && d.in[d.at] == '.' {
		d.at++
		if d.digits() == 0 {
			return nil, d.bad("expected a digit, found %s", d.here())
		}
	}
	if d.at < len(d.in) && d.in[d.at]|0x20 == 'e' {
		d.at++
		if d.at < len(d.in) && (d.in[d.at] == '+' || d.in[d.at] == '-') {
			d.at++
		}
		if d.digits() == 0 {
			return nil, d.bad("expected a digit, found %s", d.here())
		}
	}
	return json.Number(d.in[start:d.at]), nil
}

func (d *decoder) digits() int {
	start := d.at
	for d.at < len(d.in) && d.in[d.at] >= '0' && d.in[d.at] <= '9' {
		d.at++
	}
	return d.at - start
}
