package gate

import (
	"unicode/utf16"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

// maxKeys bounds the table of known keys, maxKey what is worth keeping there.
const (
	maxKeys = 512
	maxKey  = 64
)

func (d *decoder) key() (string, *fault.Fault) {
	b, f := d.text()
	if f != nil {
		return "", f
	}
	if known, ok := d.keys[string(b)]; ok { // no allocation
		return known, nil
	}
	key := string(b)
	if len(key) <= maxKey && len(d.keys) < maxKeys {
		if d.keys == nil {
			d.keys = make(map[string]string, 16)
		}
		d.keys[key] = key
	}
	return key, nil
}

// plain says which bytes stand for themselves in a string and need no look at
// their neighbours.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text decodes the string at d.at. The result is valid until the next call.
func (d *decoder) text() ([]byte, *fault.Fault) {
	d.at++
	start := d.at
	high := false // some byte is not ASCII
	in := d.in
	i := start
	for ; i < len(in); i++ {
		c := in[i]
		if plain[c] {
			continue
		}
		if c >= utf8.RuneSelf {
			high = true
			continue
		}
		break
	}
	d.at = i
	if high {
		if f := d.utf8(start, i); f != nil {
			return nil, f
		}
	}
	if i < len(in) && in[i] == '"' {
		d.at++
		return in[start:i], nil
	}
	return d.escaped(start)
}

// escaped goes on where text met something other than a closing quote.
func (d *decoder) escaped(start int) ([]byte, *fault.Fault) {
	d.buf = append(d.buf[:0], d.in[start:d.at]...)
	for d.at < len(d.in) {
		c := d.in[d.at]
		switch {
		case c == '"':
			d.at++
			return d.buf, nil
		case c == '\\':
			if f := d.escape(); f != nil {
				return nil, f
			}
		case c < ' ':
			return nil, d.bad("control character 0x%02x in a string", c)
		default:
			from := d.at
			for d.at < len(d.in) && (plain[d.in[d.at]] || d.in[d.at] >= utf8.RuneSelf) {
				d.at++
			}
			if f := d.utf8(from, d.at); f != nil {
				return nil, f
			}
			d.buf = append(d.buf, d.in[from:d.at]...)
		}
	}
	return nil, d.bad("unexpected end in a string")
}

func (d *decoder) escape() *fault.Fault {
	if d.at+1 >= len(d.in) {
		d.at = len(d.in)
		return d.bad("unexpected end in a string")
	}
	c := d.in[d.at+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return d.unicode()
	default:
		return d.bad("unknown escape in a string")
	}
	d.buf = append(d.buf, c)
	d.at += 2
	return nil
}

func (d *decoder) unicode() *fault.Fault {
	r, ok := hex4(d.in, d.at)
	if !ok {
		return d.bad(`\u needs four hexadecimal digits`)
	}
	width := 6
	if utf16.IsSurrogate(r) {
		low, ok := hex4(d.in, d.at+6)
		r = utf16.DecodeRune(r, low)
		if !ok || r == utf8.RuneError { // a pair never stands for U+FFFD
			return d.bad("lone surrogate in a string")
		}
		width = 12
	}
	d.buf = utf8.AppendRune(d.buf, r)
	d.at += width
	return nil
}

// hex4 reads \uXXXX at i.
func hex4(in []byte, i int) (rune, bool) {
	if i+6 > len(in) || in[i] != '\\' || in[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range in[i+2 : i+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// utf8 refuses in[from:to] unless it is UTF-8, and points at the first byte
// that is not.
func (d *decoder) utf8(from, to int) *fault.Fault {
	if utf8.Valid(d.in[from:to]) {
		return nil
	}
	for from < to {
		r, n := utf8.DecodeRune(d.in[from:to])
		if r == utf8.RuneError && n == 1 {
			break
		}
		from += n
	}
	return d.badAt(from, "not UTF-8 in a string")
}
