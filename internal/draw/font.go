package draw

import (
	_ "embed" // the fonts
	"strings"
	"sync"
	"unicode"

	"github.com/tdewolff/canvas"
	"golang.org/x/text/unicode/norm"
)

//go:embed font/NotoSansSC-Regular.ttf
var regularTTF []byte

//go:embed font/NotoSansSC-SemiBold.ttf
var boldTTF []byte

// Replacement is drawn for a character that the font lacks.
const Replacement = '□'

const mmPerPoint = 25.4 / 72

// What a letter takes above and below the line it stands on, as a part of its
// size, and the middle between: Chinese fills it, English centres on it nearly.
const (
	above  = 0.90
	below  = 0.22
	middle = 0.37
	space  = 1.32 // from line to line
)

// fonts are parsed when the first text is measured: it takes a moment and memory.
var fonts = sync.OnceValue(func() [2]*canvas.Font {
	var out [2]*canvas.Font
	for i, ttf := range [][]byte{regularTTF, boldTTF} {
		f, err := canvas.LoadFont(ttf, 0, canvas.FontRegular)
		if err != nil {
			panic("draw: the embedded font cannot be read: " + err.Error()) // a test reads it
		}
		out[i] = f
	}
	return out
})

// shaping guards the shaper of canvas, which may serve one goroutine at a time.
var shaping sync.Mutex

// Style is how a text looks.
type Style struct {
	Size   float64 // points
	Bold   bool
	Colour Colour
}

// Height is how high a number of lines is.
func (s Style) Height(lines int) float64 {
	return float64(lines) * space * s.Size * mmPerPoint
}

// Width is how wide a text is on one line.
func (s Style) Width(text string) float64 {
	return s.width(Clean(text))
}

func (s Style) width(clean string) float64 {
	w := 0.0
	for _, r := range clean {
		w += s.advance(r)
	}
	return w
}

func (s Style) advance(r rune) float64 {
	f := fonts()[s.font(r)]
	return float64(f.GlyphAdvance(f.GlyphIndex(r))) / float64(f.Head.UnitsPerEm) * s.Size * mmPerPoint
}

// font is which font draws a character: what the bold one lacks, which are rare
// characters, comes from the other.
func (s Style) font(r rune) int {
	if s.Bold && fonts()[1].GlyphIndex(r) != 0 {
		return 1
	}
	return 0
}

// copied are fonts to cut: cutting one writes the number of its letters, and more,
// into what it was cut from.
func copied() [2]*canvas.Font {
	var out [2]*canvas.Font
	for i, f := range fonts() {
		font, sfnt, maxp, head, hhea, os2 := *f, *f.SFNT, *f.Maxp, *f.Head, *f.Hhea, *f.OS2
		sfnt.Maxp, sfnt.Head, sfnt.Hhea, sfnt.OS2 = &maxp, &head, &hhea, &os2
		font.SFNT = &sfnt
		out[i] = &font
	}
	return out
}

// Clean makes a text one that can be drawn on a line: composed, every character
// one that the font has. White space becomes spaces, what has no shape goes, and
// what is left unknown becomes a Replacement.
func Clean(text string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	joined := false // the next character belongs to the one before
	var last rune
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, string(Replacement))) {
		belongs := joined
		joined = r == 0x200D
		switch {
		case unicode.IsSpace(r), r == 0x3000:
			if r != 0x3000 {
				r = ' '
			}
			b.WriteRune(r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me, unicode.Variation_Selector):
			continue
		case belongs && last == Replacement, modifies(r) && last == Replacement:
			continue // of an emoji that is drawn as one box already
		case has(r):
			b.WriteRune(r)
		default:
			r = standIn(&b, r)
		}
		last = r
	}
	return b.String()
}

// standIn writes what a character is compatible with, such as fi for ﬁ, or else a
// Replacement.
func standIn(b *strings.Builder, r rune) rune {
	same := norm.NFKC.String(string(r))
	if r == '・' { // the dot of GB2312 in the reading of some
		same = "·"
	}
	for _, c := range same {
		if !has(c) {
			b.WriteRune(Replacement)
			return Replacement
		}
	}
	b.WriteString(same)
	return 0
}

// plain says whether a text is as Clean would make it; most are ASCII.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// modifies tells what changes the emoji before: tones of skin, and the second
// letter of a flag.
func modifies(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF || r >= 0x1F1E6 && r <= 0x1F1FF }

func has(r rune) bool { return fonts()[0].GlyphIndex(r) != 0 }
