// Package picture draws the division table (模板图): pages of A4 or A3 to print,
// to hang up and to paste into slides, in Chinese and English.
//
//	f, err := picture.Render(table, picture.Options{Format: picture.PNG, Paper: picture.A3, Language: "zh"})
//
// A PDF has all pages. PNG and SVG have one, chosen by its number: a page has the
// proportions of a slide and can be read there, while one tall picture of
// everything would be scaled down until nobody can.
//
// The package decides what stands where; package draw does the drawing, package
// division knows what is so. Columns have a width they would like (column.go) and
// are stretched or squeezed together with the letters until they fill the paper;
// a row is as high as its fullest cell (cell.go), which has few lines, so that
// every row fits on a page. Nothing is drawn outside its cell.
package picture

import (
	"fmt"

	"fieldwork/internal/division"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
	"fieldwork/internal/wording"
)

// Format is what a picture is written as.
type Format string

// Formats.
const (
	SVG Format = "SVG"
	PNG Format = "PNG"
	PDF Format = "PDF"
)

// Paper is the size of a page, on its long side.
type Paper string

// Papers.
const (
	A4 Paper = "A4"
	A3 Paper = "A3"
)

// Theme is the choice of colours.
type Theme string

// Themes.
const (
	Light Theme = "LIGHT"
	Print Theme = "PRINT" // greys
)

// Options say how a table is drawn.
type Options struct {
	Format   Format
	Paper    Paper
	Language string // Chinese or, for all others, English
	Theme    Theme  // LIGHT where empty
	Page     int    // of PNG and SVG, from 1; 0 is 1
	Filter   string // which customers are shown, in words; empty for all
}

// File is a picture as it is given away.
type File struct {
	Name, Type string
	Content    []byte
}

// dots of a PNG to the millimetre: 152 to the inch, A3 is 2520 wide.
const dots = 6

// Render draws a table. Faults: INVALID for a page that there is not.
func Render(t division.Table, o Options) (File, error) {
	pages := layOut(t, o)
	name := fmt.Sprintf("%s_%s", wording.In(o.Language).Title, t.AsOf)
	if o.Format == PDF {
		content, err := draw.PDF(wording.In(o.Language).Title, pages...)
		return File{name + ".pdf", "application/pdf", content}, err
	}
	n := max(o.Page, 1)
	if o.Page < 0 || n > len(pages) {
		return File{}, fault.New(fault.Invalid, "there are pages 1 to %d", len(pages)).At("page")
	}
	if len(pages) > 1 {
		name += fmt.Sprintf("_%d", n)
	}
	if o.Format == SVG {
		return File{name + ".svg", "image/svg+xml", pages[n-1].SVG()}, nil
	}
	content, err := pages[n-1].PNG(dots)
	return File{name + ".png", "image/png", content}, err
}

// Write writes a page that was drawn elsewhere. The name has no ending yet.
func Write(p *draw.Page, format Format, title, name string) (File, error) {
	switch format {
	case PDF:
		content, err := draw.PDF(title, p)
		return File{name + ".pdf", "application/pdf", content}, err
	case PNG:
		content, err := p.PNG(dots)
		return File{name + ".png", "image/png", content}, err
	}
	return File{name + ".svg", "image/svg+xml", p.SVG()}, nil
}
