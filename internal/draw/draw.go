// Package draw draws what people print and paste: pages of shapes and text, in
// Chinese and English, once, and written as SVG, PNG or PDF. It knows nothing of
// tables, charts or organisations.
//
// All lengths are millimetres from the top left corner of the page; sizes of
// letters are points. Text is drawn into a Box and never leaves it: what does not
// fit ends in "…".
//
//	p := draw.New(420, 297, draw.White)
//	p.Fill(draw.Box{X: 10, Y: 10, W: 60, H: 8}, light.Accent, 1)
//	small := draw.Style{Size: 8, Colour: light.Ink}
//	lines := small.Wrap("某某精密制造(苏州)有限公司", 40, 2)
//	p.Text(draw.Box{X: 10, Y: 20, W: 40, H: small.Height(2)}, draw.Left, small, lines...)
//	svg := p.SVG()
//	png, err := p.PNG(6)
//	pdf, err := draw.PDF("大客户管理分工表", p, q)
//
// The same calls give the same bytes. The font is embedded (folder font); a
// character that it lacks is drawn as a box, □, one for what a reader sees as
// one. SVG has letters as outlines, each kept once, so that it looks the same in
// browsers, slides and editors that have no such font; the text itself stands
// beside them as labels for those who search or cannot see. PDF has the letters
// that are used as a font, and can be searched and copied from.
//
// Pages may be drawn and written by many goroutines, one page by one at a time.
package draw

import (
	"image/color"
	"math"

	"github.com/tdewolff/canvas"
)

// Box is a rectangle on a page.
type Box struct{ X, Y, W, H float64 }

// Inset is the box without a margin on the left and right, and above and below.
func (b Box) Inset(dx, dy float64) Box {
	return Box{b.X + dx, b.Y + dy, max(0, b.W-2*dx), max(0, b.H-2*dy)}
}

// Holds says whether another box lies within this one.
func (b Box) Holds(in Box) bool {
	const slack = 0.01
	return in.X >= b.X-slack && in.Y >= b.Y-slack && in.X+in.W <= b.X+b.W+slack && in.Y+in.H <= b.Y+b.H+slack
}

// Point is a place on a page.
type Point struct{ X, Y float64 }

// Page is one page being drawn.
type Page struct {
	W, H   float64
	drawn  []drawn
	placed []Placed
}

// drawn is a shape, or a text of one font, and where it stands.
type drawn struct {
	path  *canvas.Path
	style canvas.Style
	text  string
	face  Style
	bold  int // which of the fonts
	at    canvas.Matrix
}

// render hands the page to a renderer of canvas, with letters of some fonts.
func (p *Page) render(to canvas.Renderer, with [2]*canvas.Font) {
	for _, d := range p.drawn {
		if d.path != nil {
			to.RenderPath(d.path, d.style, d.at)
		} else {
			to.RenderText(shape(with[d.bold], d.face, d.text), d.at)
		}
	}
}

// Placed is a text as it was drawn: where its letters are and where they belong.
type Placed struct {
	Text     string
	Ink, Box Box
}

// New returns a page of a colour.
func New(w, h float64, paper Colour) *Page {
	p := &Page{W: w, H: h}
	p.Fill(Box{0, 0, w, h}, paper, 0)
	return p
}

// Placed are the texts of the page in the order they were drawn: tests measure them.
func (p *Page) Placed() []Placed { return p.placed }

// Shapes are the boxes of what was drawn but text: tests measure them.
func (p *Page) Shapes() []Box {
	var out []Box
	for _, d := range p.drawn {
		if d.path == nil {
			continue
		}
		b := d.path.Bounds().Transform(d.at)
		edge := 0.0
		if d.style.HasStroke() {
			edge = d.style.StrokeWidth / 2
		}
		out = append(out, Box{b.X0 - edge, p.H - b.Y1 - edge, b.W() + 2*edge, b.H() + 2*edge})
	}
	return out
}

// Fill fills a box, its corners rounded by a radius.
func (p *Page) Fill(b Box, c Colour, radius float64) {
	p.shape(Point{b.X, b.Y + b.H}, rectangle(b, radius), canvas.Style{Fill: paint(c)})
}

// Frame draws the outline of a box, its corners rounded by a radius.
func (p *Page) Frame(b Box, c Colour, width, radius float64) {
	p.shape(Point{b.X, b.Y + b.H}, rectangle(b, radius), stroke(c, width))
}

func rectangle(b Box, radius float64) *canvas.Path {
	if radius = min(radius, b.W/2, b.H/2); radius > 0 {
		return canvas.RoundedRectangle(b.W, b.H, radius)
	}
	return canvas.Rectangle(b.W, b.H)
}

// Line draws a line through points. Its ends and corners are round, so that pieces of
// it join unseen: to make dots of a line takes the square of its points.
func (p *Page) Line(c Colour, width float64, points ...Point) {
	const piece = 50
	for len(points) > piece {
		p.shape(Point{0, p.H}, p.through(points[:piece]), stroke(c, width))
		points = points[piece-1:]
	}
	p.shape(Point{0, p.H}, p.through(points), stroke(c, width))
}

// Polygon fills what lies between points.
func (p *Page) Polygon(c Colour, points ...Point) {
	path := p.through(points)
	path.Close()
	p.shape(Point{0, p.H}, path, canvas.Style{Fill: paint(c)})
}

// through is a path in the coordinates of canvas, whose Y points up.
func (p *Page) through(points []Point) *canvas.Path {
	path := &canvas.Path{}
	for i, at := range points {
		if i == 0 {
			path.MoveTo(at.X, p.H-at.Y)
		} else {
			path.LineTo(at.X, p.H-at.Y)
		}
	}
	return path
}

// Ring is a sector of a ring, or of a disc when Inner is 0. Turns count from the
// top, clockwise: from 0 to 1 is all around.
type Ring struct {
	Centre       Point
	Inner, Outer float64
	From, To     float64
}

// Ring fills a sector of a ring.
func (p *Page) Ring(r Ring, c Colour) {
	turn := min(max(r.To-r.From, 0), 1)
	if turn == 0 || r.Outer <= 0 {
		return
	}
	// A sector is drawn with as many corners as make it look round at any size of
	// print: simpler than arcs, which a full turn and a hole make special cases of.
	n := max(2, int(math.Ceil(turn*min(36*math.Sqrt(r.Outer)+8, 400))))
	points := make([]Point, 0, 2*n+2)
	at := func(radius float64, i int) Point {
		angle := 2 * math.Pi * (r.From + turn*float64(i)/float64(n))
		return Point{r.Centre.X + radius*math.Sin(angle), r.Centre.Y - radius*math.Cos(angle)}
	}
	for i := range n + 1 {
		points = append(points, at(r.Outer, i))
	}
	for i := n; i >= 0; i-- {
		points = append(points, at(r.Inner, i))
	}
	p.Polygon(c, points...)
}

func (p *Page) shape(at Point, path *canvas.Path, style canvas.Style) {
	style.StrokeCapper, style.StrokeJoiner = canvas.ButtCap, canvas.MiterJoin
	if style.HasStroke() {
		style.StrokeCapper, style.StrokeJoiner = canvas.RoundCap, canvas.RoundJoin
	}
	p.drawn = append(p.drawn, drawn{path: path, style: style, at: canvas.Identity.Translate(at.X, p.H-at.Y)})
}

func paint(c Colour) canvas.Paint { return canvas.Paint{Color: c.rgba()} }

func stroke(c Colour, width float64) canvas.Style {
	return canvas.Style{Stroke: paint(c), StrokeWidth: width}
}

// Colour is 0xRRGGBB, never transparent: it looks the same in every output.
type Colour uint32

// White is the colour of paper.
const White Colour = 0xFFFFFF

func (c Colour) rgba() color.RGBA {
	return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xFF}
}

// ParseColour reads #rrggbb.
func ParseColour(s string) (Colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return 0, false
	}
	var c Colour
	for _, r := range s[1:] {
		switch {
		case r >= '0' && r <= '9':
			c = c<<4 | Colour(r-'0')
		case r|0x20 >= 'a' && r|0x20 <= 'f':
			c = c<<4 | Colour(r|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return c, true
}

// Mix is the colour between this one (part 0) and another (part 1).
func (c Colour) Mix(with Colour, part float64) Colour {
	mix := func(shift uint) Colour {
		a, b := float64(c>>shift&0xFF), float64(with>>shift&0xFF)
		return Colour(math.Round(a+(b-a)*part)) << shift
	}
	return mix(16) | mix(8) | mix(0)
}

// Grey is the colour as grey as it is light.
func (c Colour) Grey() Colour {
	y := Colour(math.Round(0.299*float64(c>>16&0xFF) + 0.587*float64(c>>8&0xFF) + 0.114*float64(c&0xFF)))
	return y<<16 | y<<8 | y
}
