package file

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxName = 255 // bytes, what file systems take

// CleanName makes a name that a client sent one that can be shown, stored and
// saved by others: no path, no characters that control, hide or turn text around,
// none that Windows refuses. It is never empty.
func CleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029, r == 0xFEFF, r == 0x061C:
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimSpace(name), ". ")
	if name == "" {
		return "file"
	}
	if len(name) <= maxName {
		return name
	}
	ext := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 20 {
		name, ext = name[:i], name[i:]
	}
	name = name[:min(len(name), maxName-len(ext))]
	for !utf8.ValidString(name) {
		name = name[:len(name)-1]
	}
	return name + ext
}

// office are the types of documents that look like archives.
var office = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// refine makes more of a media type that was found in the content: without
// parameters, and office documents, which are archives, by their first entry.
func refine(sniffed, name string, head []byte) string {
	media, _, _ := strings.Cut(sniffed, ";")
	i := strings.LastIndexByte(name, '.')
	if media != "application/zip" || i < 0 {
		return media
	}
	for _, first := range []string{"[Content_Types].xml", "_rels/", "docProps/"} {
		if t, ok := office[strings.ToLower(name[i:])]; ok && len(head) > 30 && bytes.HasPrefix(head[30:], []byte(first)) {
			return t
		}
	}
	return media
}
