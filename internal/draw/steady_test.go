package draw

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"testing"
)

// A PDF without moments is a sound one: its table leads to its objects, the
// streams are as long as they say, and the fonts add up.
func TestSteady(t *testing.T) {
	t.Parallel()
	page := New(100, 50, White)
	page.Text(Box{X: 10, Y: 10, W: 80, H: 10}, Left, Style{Size: 12, Bold: true}, "大客户管理分工表 Aa")
	page.Text(Box{X: 10, Y: 30, W: 80, H: 10}, Left, Style{Size: 9}, "缺岗 3")
	pdf, err := PDF("Steady", page, page)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(pdf, []byte("CreationDate")) {
		t.Error("it says when it was made")
	}
	start, err := strconv.Atoi(string(xrefAt.FindSubmatch(pdf)[1]))
	if err != nil || !bytes.HasPrefix(pdf[start:], []byte("xref\n")) {
		t.Fatalf("the table is not at %d", start)
	}
	for i, m := range offsets.FindAllSubmatch(pdf[start:], -1) {
		at, _ := strconv.Atoi(string(m[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(pdf[at:], []byte(want)) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	fonts := 0
	for _, m := range streams.FindAllSubmatchIndex(pdf, -1) {
		length, _ := strconv.Atoi(string(pdf[m[2]:m[3]]))
		if !bytes.HasPrefix(pdf[m[1]+length:], []byte("\nendstream")) {
			t.Errorf("the stream at %d is not %d bytes long", m[0], length)
		}
		r, err := zlib.NewReader(bytes.NewReader(pdf[m[1] : m[1]+length]))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if binary.BigEndian.Uint32(b) != 0x00010000 {
			continue
		}
		fonts++
		if sum(b) != 0xB1B0AFBA {
			t.Errorf("the font at %d does not add up", m[0])
		}
		again := bytes.Clone(b)
		if !timeless(again) || !bytes.Equal(again, b) {
			t.Errorf("the font at %d still has a moment", m[0])
		}
	}
	if fonts != 2 {
		t.Errorf("%d fonts, want 2", fonts)
	}
}
