package draw

import (
	"strings"
	"unicode"

	"github.com/tdewolff/canvas"
)

// Align is where in its box a text stands; it is always in the middle between
// above and below.
type Align int

// Alignments.
const (
	Left Align = iota
	Centre
	Right
)

const ellipsis = "…"

// Fit is the text on one line of a width: whole, or cut and ended with "…".
func (s Style) Fit(text string, width float64) string {
	text = strings.TrimSpace(Clean(text))
	if s.width(text) <= width {
		return text
	}
	room := width - s.width(ellipsis)
	if room < 0 {
		return ""
	}
	for i, r := range text {
		if room -= s.advance(r); room < 0 {
			return strings.TrimRight(text[:i], " ") + ellipsis
		}
	}
	return text
}

// Wrap breaks a text into lines of a width, at most a number of them; the last
// ends in "…" when there is more. Chinese breaks between any two characters but
// not before what closes and after what opens, nor in a short name after a space; words break at spaces and
// hyphens, and inside when one alone is too wide.
func (s Style) Wrap(text string, width float64, lines int) []string {
	rest := []rune(strings.TrimSpace(Clean(text)))
	var out []string
	for len(rest) > 0 && len(out) < lines {
		if len(out) == lines-1 {
			return append(out, s.Fit(string(rest), width))
		}
		n := s.lineEnd(rest, width)
		out = append(out, strings.TrimRight(string(rest[:n]), " "))
		rest = rest[n:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return out
}

// Longest is the width of the widest piece of a text that Wrap would rather not break.
func (s Style) Longest(text string) float64 {
	widest, used, before := 0.0, 0.0, ' '
	for _, r := range strings.TrimSpace(Clean(text)) {
		if mayBreak(before, r) {
			used = 0
		}
		if used += s.advance(r); r != ' ' {
			widest = max(widest, used)
		}
		before = r
	}
	return widest
}

// lineEnd is how many characters the next line has; at least one.
func (s Style) lineEnd(text []rune, width float64) int {
	at, used := 0, 0.0
	for i, r := range text {
		if i > 0 && mayBreak(text[i-1], r) {
			at = i
		}
		used += s.advance(r)
		if used > width && r != ' ' { // a space may stand over the end of a line
			if at == 0 {
				return max(i, 1)
			}
			return nameStart(text, at)
		}
	}
	return len(text)
}

// shortName is how many Chinese characters after a space are taken for a name, which
// goes to the next line whole.
const shortName = 4

// nameStart is where the name begins that a line would break in, or the place itself.
func nameStart(text []rune, at int) int {
	from, to := at, at
	for from > 0 && wide(text[from-1]) {
		from--
	}
	for to < len(text) && wide(text[to]) {
		to++
	}
	if from > 0 && text[from-1] == ' ' && to-from <= shortName {
		return from
	}
	return at
}

func mayBreak(before, after rune) bool {
	switch {
	case after == ' ', strings.ContainsRune(closing, after), strings.ContainsRune(opening, before):
		return false
	case before == ' ', before == '-', before == '/':
		return true
	}
	return wide(before) || wide(after)
}

// What may not begin a line, and what may not end one.
const (
	closing = "，。、；：？！）」』】》〉〕”’…—·～%‰℃,.;:?!)]}"
	opening = "（「『【《〈〔“‘([{￥¥$"
)

// wide tells characters that stand for themselves, without spaces between words.
func wide(r rune) bool {
	return r >= 0x2E80 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF) || r == Replacement
}

// Text draws lines in the middle of a box. A line that is too wide is cut.
func (p *Page) Text(in Box, align Align, s Style, lines ...string) {
	y := in.Y + (in.H-s.Height(len(lines)))/2
	for _, line := range lines {
		p.line(in, y+s.Height(1)/2, align, s, line)
		y += s.Height(1)
	}
}

func (p *Page) line(in Box, centre float64, align Align, s Style, line string) {
	line = s.Fit(line, in.W+0.001)
	if line == "" {
		return
	}
	size, width := s.Size*mmPerPoint, s.width(line)
	x, y := in.X, centre+middle*size
	switch align {
	case Centre:
		x += (in.W - width) / 2
	case Right:
		x += in.W - width
	}
	p.placed = append(p.placed, Placed{line, Box{x, y - above*size, width, (above + below) * size}, in})
	for line != "" {
		run, bold := s.run(line)
		p.drawn = append(p.drawn, drawn{text: run, face: s, bold: bold, at: canvas.Identity.Translate(x, p.H-y)})
		x += s.width(run)
		line = line[len(run):]
	}
}

// run is the beginning of a text that is of one font, and which.
func (s Style) run(text string) (string, int) {
	font := -1
	for i, r := range text {
		if f := s.font(r); font < 0 {
			font = f
		} else if f != font {
			return text[:i], font
		}
	}
	return text, font
}

func shape(f *canvas.Font, s Style, text string) *canvas.Text {
	shaping.Lock()
	defer shaping.Unlock()
	return canvas.NewTextLine(f.Face(s.Size, s.Colour.rgba()), text, canvas.Left)
}
