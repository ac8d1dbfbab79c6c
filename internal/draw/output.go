package draw

import (
	"bytes"
	"fmt"
	"image/png"

	"github.com/tdewolff/canvas"
	"github.com/tdewolff/canvas/renderers/pdf"
	"github.com/tdewolff/canvas/renderers/rasterizer"
)

// PNG is the page as dots, so many to a millimetre: 6 are 152 to an inch.
func (p *Page) PNG(dots float64) ([]byte, error) {
	r := rasterizer.New(p.W, p.H, canvas.DPMM(dots), canvas.LinearColorSpace{})
	p.render(r, fonts())
	r.Close()
	var b bytes.Buffer
	if err := png.Encode(&b, r.Image); err != nil {
		return nil, fmt.Errorf("write a PNG: %w", err)
	}
	return b.Bytes(), nil
}

// PDF is pages as one document. There must be at least one.
func PDF(title string, pages ...*Page) ([]byte, error) {
	var b bytes.Buffer
	w := pdf.New(&b, pages[0].W, pages[0].H, &pdf.Options{Compress: true, SubsetFonts: true})
	own := copied()
	w.SetInfo(Clean(title), "", "", "", "Fieldwork")
	for i, p := range pages {
		if i > 0 {
			w.NewPage(p.W, p.H)
		}
		p.render(w, own)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write a PDF: %w", err)
	}
	return steady(b.Bytes())
}
