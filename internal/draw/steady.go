package draw

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// What canvas writes of a PDF differs by the second: the document says when it was
// made, and so does each font within it. Both moments are taken out, so that the
// same pages are the same bytes.
var (
	madeAt  = regexp.MustCompile(`/CreationDate ?\(D:[^)]*\)`)
	streams = regexp.MustCompile(`<</Filter/FlateDecode/Length ([0-9]+)>>stream\n`)
	offsets = regexp.MustCompile(`(?m)^([0-9]{10}) 00000 n `)
	xrefAt  = regexp.MustCompile(`startxref\n([0-9]+)\n`)
)

// steady takes the moments out of a PDF.
func steady(pdf []byte) ([]byte, error) {
	if at := madeAt.FindIndex(pdf); at != nil { // blanks keep what follows where it is
		copy(pdf[at[0]:at[1]], bytes.Repeat([]byte(" "), at[1]-at[0]))
	}
	type move struct{ from, by int }
	var (
		out   bytes.Buffer
		moved []move
		done  int
	)
	for _, m := range streams.FindAllSubmatchIndex(pdf, -1) {
		length, err := strconv.Atoi(string(pdf[m[2]:m[3]]))
		if err != nil || m[0] < done || m[1]+length > len(pdf) {
			continue // within the bytes of a stream
		}
		r, err := zlib.NewReader(bytes.NewReader(pdf[m[1] : m[1]+length]))
		if err != nil {
			continue
		}
		font, err := io.ReadAll(r)
		if err != nil || !timeless(font) {
			continue
		}
		var packed bytes.Buffer
		w := zlib.NewWriter(&packed)
		_, _ = w.Write(font) // a buffer takes all
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("pack a font: %w", err)
		}
		out.Write(pdf[done:m[0]])
		fmt.Fprintf(&out, "<</Filter/FlateDecode/Length %d>>stream\n", packed.Len())
		out.Write(packed.Bytes())
		done = m[1] + length
		moved = append(moved, move{done, out.Len() - done})
	}
	out.Write(pdf[done:])
	shift := func(at int) int {
		by := 0
		for _, m := range moved {
			if at >= m.from {
				by = m.by
			}
		}
		return at + by
	}
	text := out.Bytes()
	start := bytes.LastIndex(text, []byte("\nxref\n"))
	if start < 0 {
		return nil, fmt.Errorf("a PDF has no table of its objects")
	}
	table := offsets.ReplaceAllFunc(text[start:], func(b []byte) []byte {
		at, _ := strconv.Atoi(string(b[:10])) // ten digits
		return fmt.Appendf(nil, "%010d%s", shift(at), b[10:])
	})
	table = xrefAt.ReplaceAllFunc(table, func(b []byte) []byte {
		at, _ := strconv.Atoi(string(xrefAt.FindSubmatch(b)[1]))
		return fmt.Appendf(nil, "startxref\n%d\n", shift(at))
	})
	return append(text[:start:start], table...), nil
}

// timeless sets the time of a TrueType font's last change to that of its making
// and reckons its sums anew; false: it is no such font. The places are those of
// the OpenType specification (tables "Organization of an OpenType font" and head).
func timeless(font []byte) bool {
	const entry, first = 16, 12
	if len(font) < first || binary.BigEndian.Uint32(font) != 0x00010000 {
		return false
	}
	n := int(binary.BigEndian.Uint16(font[4:]))
	for i := range n {
		at := first + i*entry
		if at+entry > len(font) || string(font[at:at+4]) != "head" {
			continue
		}
		from, length := int(binary.BigEndian.Uint32(font[at+8:])), int(binary.BigEndian.Uint32(font[at+12:]))
		if length < 54 || from+length > len(font) {
			return false
		}
		head := font[from : from+length]
		copy(head[28:36], head[20:28])
		clear(head[8:12])
		binary.BigEndian.PutUint32(font[at+4:], sum(head))
		binary.BigEndian.PutUint32(head[8:], 0xB1B0AFBA-sum(font))
		return true
	}
	return false
}

// sum adds up words, the last filled with zeros.
func sum(b []byte) (total uint32) {
	for ; len(b) >= 4; b = b[4:] {
		total += binary.BigEndian.Uint32(b)
	}
	if len(b) > 0 {
		var rest [4]byte
		copy(rest[:], b)
		total += binary.BigEndian.Uint32(rest[:])
	}
	return total
}
