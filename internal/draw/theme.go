package draw

// Theme is the colours that pictures and charts share. Ink is for what is read
// first, Soft for what explains, Faint for what may be overlooked.
type Theme struct {
	Paper, Ink, Soft, Faint Colour
	Line, Rule              Colour // between rows; around groups
	Band, Stripe            Colour // behind headings; behind every other row
	Accent                  Colour
	Good, Watch, Risk, Bad  Colour
	Series                  []Colour // of what has no colour of its own; charts have their own (package chart)
}

// Light is the theme for screens and colour print.
func Light() Theme {
	return Theme{
		Paper: White, Ink: 0x1B2733, Soft: 0x5A6A7A, Faint: 0x9AA7B4,
		Line: 0xE4E9EE, Rule: 0xC3CDD6,
		Band: 0xF1F5F8, Stripe: 0xFAFBFC,
		Accent: 0x1F5FA8,
		Good:   0x2E8B57, Watch: 0xB98900, Risk: 0xD2691E, Bad: 0xC8372D,
		Series: []Colour{0x1F5FA8, 0x2E8B8B, 0xD98A29, 0x7A5BA6, 0xC8553D, 0x5F8F3A, 0x3A7CA5, 0xA8577E, 0x8A7A3B, 0x5A6A7A},
	}
}

// Print is the theme for printers that have no colour: the same as Light in
// greys, what is worse being darker.
func Print() Theme {
	t := Light()
	for _, c := range []*Colour{&t.Ink, &t.Soft, &t.Faint, &t.Line, &t.Rule, &t.Band, &t.Stripe, &t.Accent} {
		*c = c.Grey()
	}
	t.Good, t.Watch, t.Risk, t.Bad = 0x7A7A7A, 0x5E5E5E, 0x3C3C3C, 0x101010
	t.Series = []Colour{0x2B2B2B, 0x8C8C8C, 0x5C5C5C, 0xB3B3B3, 0x444444, 0xA0A0A0, 0x747474, 0xC6C6C6, 0x383838, 0x989898}
	return t
}

// Tint is a colour made so light that text can stand on it.
func (t Theme) Tint(c Colour) Colour { return c.Mix(t.Paper, 0.88) }
