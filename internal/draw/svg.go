package draw

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"strconv"

	"github.com/tdewolff/canvas"
	"github.com/tdewolff/font"
)

// SVG is the page as a vector picture of its size in millimetres.
func (p *Page) SVG() []byte {
	w := &svg{h: p.H, letters: map[letter]string{}}
	p.render(w, fonts())
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%smm" height="%smm" viewBox="0 0 %s %s">`, num(p.W), num(p.H), num(p.W), num(p.H))
	out.WriteString("\n<defs>\n")
	out.Write(w.defs.Bytes())
	out.WriteString("</defs>\n")
	out.Write(w.body.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// svg writes what a canvas holds. Outlines of letters are definitions that are
// used again: a Chinese letter takes some 500 bytes, its use 30.
type svg struct {
	h          float64
	defs, body bytes.Buffer
	letters    map[letter]string // to ids
}

type letter struct {
	font *canvas.Font
	id   uint16
}

// Size is asked for by canvas.
func (w *svg) Size() (float64, float64) { return 0, w.h }

// RenderPath writes a shape.
func (w *svg) RenderPath(path *canvas.Path, style canvas.Style, m canvas.Matrix) {
	flip := canvas.Identity.Translate(0, w.h).Scale(1, -1)
	fmt.Fprintf(&w.body, `<path d="%s"`, path.Copy().Transform(flip.Mul(m)).ToSVG())
	if style.HasFill() {
		fmt.Fprintf(&w.body, ` fill="%s"`, hex(style.Fill.Color))
	} else {
		w.body.WriteString(` fill="none"`)
	}
	if style.HasStroke() {
		fmt.Fprintf(&w.body, ` stroke="%s" stroke-width="%s" stroke-linecap="round" stroke-linejoin="round"`, hex(style.Stroke.Color), num(style.StrokeWidth))
	}
	w.body.WriteString("/>\n")
}

// RenderText writes letters in the units of the font, which are whole numbers. A
// text is of one face; canvas makes a span of every script in it.
func (w *svg) RenderText(text *canvas.Text, m canvas.Matrix) {
	at := m.Dot(canvas.Point{})
	first, advance := true, int32(0)
	text.WalkSpans(func(_, _ float64, span canvas.TextSpan) {
		if first {
			fmt.Fprintf(&w.body, `<g aria-label="%s" fill="%s" transform="translate(%s %s) scale(%s)">`, escape(text.Text),
				hex(span.Face.Fill.Color), num(at.X), num(w.h-at.Y), strconv.FormatFloat(span.Face.MmPerEm, 'g', 5, 64))
			first = false
		}
		for _, g := range span.Glyphs {
			if id := w.letter(span.Face.Font, g.ID); id != "" {
				fmt.Fprintf(&w.body, `<use href="#%s" x="%d"/>`, id, advance)
			}
			advance += g.XAdvance
		}
	})
	if !first {
		w.body.WriteString("</g>\n")
	}
}

// letter is the id of a letter's outline, empty for one without.
func (w *svg) letter(f *canvas.Font, glyph uint16) string {
	key := letter{f, glyph}
	id, ok := w.letters[key]
	if ok {
		return id
	}
	path := &canvas.Path{}
	// The font is our own: a glyph that cannot be read is as good as an empty one.
	if err := f.GlyphPath(path, glyph, 0, 0, 0, 1, font.NoHinting); err == nil && !path.Empty() {
		id = "g" + strconv.Itoa(len(w.letters))
		fmt.Fprintf(&w.defs, `<path id="%s" d="%s"/>`+"\n", id, path.Transform(canvas.Identity.Scale(1, -1)).ToSVG())
	}
	w.letters[key] = id
	return id
}

// RenderImage is asked for by canvas; pages hold no images.
func (w *svg) RenderImage(image.Image, canvas.Matrix) {}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func num(f float64) string { return strconv.FormatFloat(float64(int64(f*1000+0.5))/1000, 'f', -1, 64) }

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
