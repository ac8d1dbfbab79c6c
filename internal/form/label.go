package form

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Label is a text in several languages, by language tag.
type Label map[string]string

// In returns the text in the first of the languages that has one: the wanted
// tag, its base ("zh" of "zh-TW"), then the fallbacks, then any.
func (l Label) In(language string, fallbacks ...string) string {
	for _, lang := range append([]string{language}, fallbacks...) {
		for lang != "" {
			if t, ok := l[lang]; ok {
				return t
			}
			i := strings.LastIndexByte(lang, '-')
			lang = lang[:max(i, 0)]
		}
	}
	for _, lang := range l.Languages() {
		return l[lang]
	}
	return ""
}

// Languages lists the languages of a label, English first, then by tag.
func (l Label) Languages() []string {
	out := make([]string, 0, len(l))
	for lang := range l {
		out = append(out, lang)
	}
	sort.Slice(out, func(i, j int) bool {
		if (out[i] == "en") != (out[j] == "en") {
			return out[i] == "en"
		}
		return out[i] < out[j]
	})
	return out
}

// JSON is the label as it is stored.
func (l Label) JSON() []byte {
	if l == nil {
		l = Label{}
	}
	b, _ := json.Marshal(l) // a map of strings always encodes
	return b
}

// With returns l with the texts of more; an empty text takes one out.
func (l Label) With(more Label) Label {
	out := Label{}
	for lang, t := range l {
		out[lang] = t
	}
	for lang, t := range more {
		if t == "" {
			delete(out, lang)
		} else {
			out[lang] = t
		}
	}
	return out
}

// Check refuses texts that are longer than limit characters or cannot be stored,
// and language tags that are none. Faults are INVALID, at the path.
func (l Label) Check(limit int, path string) error {
	for lang, t := range l {
		if !languageTag.MatchString(lang) {
			return fault.New(fault.Invalid, "%q is not a language tag such as en or zh-TW", fault.Clip(lang)).At(path)
		}
		if err := kind.CheckText(t); err != nil {
			return err.(*fault.Fault).At(path)
		}
		if utf8.RuneCountInString(t) > limit {
			return fault.New(fault.Invalid, "a text must be at most %d characters long", limit).At(path)
		}
	}
	return nil
}
