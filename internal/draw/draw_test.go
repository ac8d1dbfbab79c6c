package draw_test

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"math"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"fieldwork/internal/draw"
)

var style = draw.Style{Size: 9, Colour: 0x1B2733}

// TestFontHasWhatIsWritten reads the 20,902 Chinese characters of GBK, which hold GB2312's, and
// the signs that pictures use.
func TestFontHasWhatIsWritten(t *testing.T) {
	var all strings.Builder
	for a := byte(0x81); a < 0xFF; a++ {
		for b := byte(0x40); b < 0xFF; b++ {
			s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{a, b})
			if r := []rune(string(s)); err == nil && len(r) == 1 && r[0] >= 0x4E00 && r[0] <= 0x9FA5 {
				all.WriteRune(r[0])
			}
		}
	}
	if n := len([]rune(all.String())); n != 20_902 {
		t.Fatalf("%d characters of GBK were decoded", n)
	}
	for c := ' '; c <= '~'; c++ {
		all.WriteRune(c)
	}
	all.WriteString("▲▼△▽↑↓→←↗↘●○■□◆✓–—·•…¥￥€№×≤≥−★①（）「」《》éüñßÅ")
	if got := draw.Clean(all.String()); got != all.String() {
		for i, r := range []rune(got) {
			if want := []rune(all.String())[i]; r != want {
				t.Errorf("the font lacks %q %U", want, want)
			}
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"e\u0301te\u0301": "été",
		"a\tb\nc":         "a b c",
		"A\u200bB\u202eC": "ABC",
		"客户😀好":            "客户□好",
		"👩\u200d👩\u200d👧": "□",
		"👍🏽":              "□",
		"🇨🇳":              "□",
		"ﬁne":             "fine",
		"بيت":             "□□□",
		"a\xffb":          "a□b",
		"安德烈・布朗":          "安德烈·布朗",
		"full　width ＡＢ":   "full　width ＡＢ",
		strings.Repeat("a\u0300\u0301\u0302\u0303", 2): "àà",
	} {
		if got := draw.Clean(in); got != want || draw.Clean(got) != got {
			t.Errorf("%q is drawn as %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      float64 // in Chinese characters
		lines      int
		want       string
	}{
		{"Chinese breaks anywhere", "一二三四五六七", 3.2, 9, "一二三|四五六|七"},
		{"not before what closes", "一二三，四五。", 3.2, 9, "一二|三，四|五。"},
		{"not after what opens", "一二（三四）", 3.2, 9, "一二|（三|四）"},
		{"English breaks at spaces", "one two three", 3.8, 9, "one two|three"},
		{"long words break inside", "abcdefghijklmnop", 3, 9, "abcde|fghijkl|mnop"},
		{"both", "苏州Example公司", 3.3, 9, "苏州|Examp|le公司"},
		{"a Chinese name after a space stays whole", "Feng 赵小峰", 4.6, 9, "Feng|赵小峰"},
		{"what is longer is no name", "Feng 一二三四五", 4.6, 9, "Feng 一二|三四五"},
		{"what is too much ends in dots", "一二三四五六七", 3.2, 2, "一二三|四五…"},
		{"nothing", "  ", 3, 9, ""},
		{"narrower than a character", "一二", 0.5, 9, "一|二"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(style.Wrap(c.text, c.width*style.Width("一"), c.lines), "|")
			if got != c.want {
				t.Errorf("%q breaks into %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// nasty are texts as people do write them, and as they do not.
var nasty = rapid.Custom(func(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{" ", "，", "（", "）", "\n", "😀", "👩\u200d👧", "\u202e", "e\u0301", "-", "supercalifragilistic", "某某公司", "\x00", "ﷺ", "𠮷"}),
		rapid.StringN(0, 6, -1)), 0, 30).Draw(t, "parts")
	return strings.Join(parts, "")
})

func TestNoTextLeavesItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw.Style{Size: rapid.Float64Range(4, 30).Draw(t, "size"), Bold: rapid.Bool().Draw(t, "bold")}
		width, lines := rapid.Float64Range(0, 80).Draw(t, "width"), rapid.IntRange(1, 5).Draw(t, "lines")
		text := nasty.Draw(t, "text")
		wrapped := s.Wrap(text, width, lines)
		if len(wrapped) > lines {
			t.Fatalf("%d lines, at most %d were asked for", len(wrapped), lines)
		}
		for _, line := range wrapped {
			if w := s.Width(line); w > width+0.001 && len([]rune(line)) > 1 {
				t.Fatalf("line %q is %f wide, want at most %f", line, w, width)
			}
		}
		p := draw.New(100, 100, draw.White)
		p.Text(draw.Box{X: 10, Y: 10, W: width, H: s.Height(lines)}, draw.Align(rapid.IntRange(0, 2).Draw(t, "align")), s, wrapped...)
		for _, at := range p.Placed() {
			if !at.Box.Holds(at.Ink) {
				t.Fatalf("%q at %v leaves %v", at.Text, at.Ink, at.Box)
			}
		}
	})
}

// sample draws one of everything.
func sample() *draw.Page {
	p, t := draw.New(100, 60, draw.White), draw.Light()
	p.Fill(draw.Box{X: 5, Y: 5, W: 40, H: 10}, t.Tint(t.Good), 2)
	p.Frame(draw.Box{X: 50, Y: 5, W: 40, H: 10}, t.Accent, 0.3, 0)
	p.Line(t.Bad, 0.5, draw.Point{X: 5, Y: 50}, draw.Point{X: 30, Y: 40}, draw.Point{X: 60, Y: 55})
	p.Polygon(t.Watch, draw.Point{X: 70, Y: 50}, draw.Point{X: 75, Y: 40}, draw.Point{X: 80, Y: 50})
	p.Ring(draw.Ring{Centre: draw.Point{X: 90, Y: 40}, Inner: 4, Outer: 8, From: 0.1, To: 0.8}, t.Series[1])
	p.Text(draw.Box{X: 5, Y: 5, W: 40, H: 10}, draw.Centre, draw.Style{Size: 10, Bold: true, Colour: t.Ink}, "大客户 <A&B> 喆")
	p.Text(draw.Box{X: 50, Y: 5, W: 40, H: 10}, draw.Right, style, "Key accounts 😀")
	return p
}

func TestOutputs(t *testing.T) {
	one, two := sample(), sample()
	svg := one.SVG()
	if !bytes.Equal(svg, two.SVG()) {
		t.Error("the same page is not the same SVG")
	}
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Errorf("the SVG is not XML: %v", err)
	}
	if !bytes.Contains(svg, []byte("大客户 &lt;A&amp;B&gt;")) || bytes.Contains(svg, []byte("font-family")) {
		t.Error("the SVG lacks its text, or needs a font")
	}
	a, err := one.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.PNG(4)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the same page is not the same PNG (%v)", err)
	}
	img, err := png.Decode(bytes.NewReader(a))
	if err != nil || img.Bounds().Dx() != 400 || img.Bounds().Dy() != 240 {
		t.Fatalf("%v, %v", img.Bounds(), err)
	}
	if got := one.Shapes(); len(got) != 6 || !near(got[2], draw.Box{X: 49.85, Y: 4.85, W: 40.3, H: 10.3}) || !near(got[4], draw.Box{X: 70, Y: 40, W: 10, H: 10}) {
		t.Errorf("the shapes are %v", got)
	}
	if r, g, b, _ := img.At(90*4, 47*4-56).RGBA(); r>>8 != 0xFF || g>>8 != 0xFF || b>>8 != 0xFF {
		t.Errorf("the hole of the ring is %x %x %x", r>>8, g>>8, b>>8)
	}
	doc, err := draw.PDF("大客户", one, two)
	if err != nil {
		t.Fatal(err)
	}
	again, err := draw.PDF("大客户", two, one)
	if err != nil || !bytes.Equal(doc, again) {
		t.Errorf("the same pages are not the same PDF (%v)", err)
	}
	if !bytes.HasPrefix(doc, []byte("%PDF-")) || bytes.Contains(doc, []byte("CreationDate")) || len(doc) > 60_000 || !bytes.Contains(doc, []byte("/Count 2")) {
		t.Errorf("%d bytes of PDF: not of two pages, dated, or with the whole font", len(doc))
	}
}

func near(a, b draw.Box) bool {
	return math.Abs(a.X-b.X)+math.Abs(a.Y-b.Y)+math.Abs(a.W-b.W)+math.Abs(a.H-b.H) < 1e-6
}

// A long line is drawn in pieces that join, and in good time.
func TestLongLine(t *testing.T) {
	const n = 2_000
	points := make([]draw.Point, n)
	for i := range points {
		points[i] = draw.Point{X: 1 + 98*float64(i)/n, Y: 10 + float64(i%7)}
	}
	p := draw.New(100, 30, draw.White)
	p.Line(draw.Light().Accent, 0.5, points...)
	shapes := p.Shapes()[1:]
	if first, last := shapes[0], shapes[len(shapes)-1]; math.Abs(first.X-0.75) > 1e-6 || math.Abs(last.X+last.W-points[n-1].X-0.25) > 1e-6 {
		t.Errorf("it goes from %v to %v", first, last)
	}
	for i, s := range shapes[1:] {
		if before := shapes[i]; math.Abs(before.X+before.W-0.25-(s.X+0.25)) > 1e-6 {
			t.Errorf("%v does not join %v", s, before)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	want := sample().SVG()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p := sample()
			if _, err := p.PNG(2); err != nil {
				t.Error(err)
			}
			if _, err := draw.PDF("x", p); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(p.SVG(), want) {
				t.Error("pages drawn at once differ")
			}
		})
	}
	wg.Wait()
}

func TestColour(t *testing.T) {
	for in, want := range map[string]draw.Colour{"#1f5fA8": 0x1F5FA8, "#000000": 0} {
		if got, ok := draw.ParseColour(in); !ok || got != want {
			t.Errorf("%s is %06x, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "red", "#12345", "#12345g", "1234567"} {
		if _, ok := draw.ParseColour(in); ok {
			t.Errorf("%q is a colour", in)
		}
	}
	if got := draw.Colour(0x204060).Mix(0x406080, 0.5); got != 0x305070 {
		t.Errorf("mixed: %06x", got)
	}
	if got := draw.Colour(0xFF0000).Grey(); got != 0x4C4C4C {
		t.Errorf("grey: %06x", got)
	}
}
