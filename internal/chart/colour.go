package chart

import (
	"math"

	"fieldwork/internal/draw"
)

// palette is the colours of series, in the order they are used. Readers who see red,
// green or blue weakly can tell each from all others (a test looks through their
// eyes), and neighbours differ in lightness, for prints without colour.
var palette = []draw.Colour{0x1F5FA8, 0xCD803C, 0x38C889, 0xB53750, 0x87A0E4, 0x4E486D, 0xCDBE35, 0x1F4D28, 0xE8A1CA, 0x99818C}

// distinct is how many series can be told from each other: those of the palette, and
// the same in a lighter shade.
var distinct = 2 * len(palette)

// colour is that of a series.
func (s *sheet) colour(i int) draw.Colour {
	c := palette[i%len(palette)]
	if i/len(palette)%2 == 1 {
		c = c.Mix(s.theme.Paper, 0.45)
	}
	return c
}

// contrast is how far two colours are apart in lightness, 1 to 21, as WCAG 2 says.
func contrast(a, b draw.Colour) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c draw.Colour) float64 {
	part := func(shift uint) float64 {
		v := float64(c>>shift&0xFF) / 255
		if v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
