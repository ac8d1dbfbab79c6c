package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"fieldwork/internal/gate"
)

// Expected JSON is JSON with:
//
//	...        in an object or at the end of a list: whatever else is there
//	"..."      for a value: any, also null
//	"id:name"  any text, remembered as name
//	"@name"    the text that was remembered
//	"re:x"     a text in which the pattern x is found

// dots makes JSON of expected JSON: it spells out bare dots.
func dots(s string) string {
	var b strings.Builder
	var stack []byte
	inText := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case inText:
			inText = c != '"'
			if c == '\\' {
				b.WriteByte(c)
				i++
				c = s[i]
			}
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			stack = append(stack, c)
		case c == '}' || c == ']':
			stack = stack[:max(len(stack)-1, 0)]
		case strings.HasPrefix(s[i:], "..."):
			b.WriteString(`"..."`)
			if len(stack) > 0 && stack[len(stack)-1] == '{' {
				b.WriteString(`:0`)
			}
			i += 2
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func expected(s string) (any, error) { return gate.DecodeJSON([]byte(dots(s))) }

// matcher compares what came with what was expected and remembers names.
type matcher struct{ names map[string]string }

// match returns what differs, in words; "" when nothing does.
func (m *matcher) match(want, got any, at string) string {
	switch want := want.(type) {
	case string:
		return m.matchText(want, got, at)
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %s, want an object", at, show(got))
		}
		_, open := want["..."]
		for _, k := range slices.Sorted(maps.Keys(want)) { // in one order, since names are given on the way
			v := want[k]
			have, ok := g[k]
			if k == "..." {
				continue
			}
			if !ok {
				return fmt.Sprintf("%s has no %q", at, k)
			}
			if d := m.match(v, have, at+"."+k); d != "" {
				return d
			}
		}
		for k := range g {
			if _, ok := want[k]; !ok && !open {
				return fmt.Sprintf("%s has %q, which was not expected", at, k)
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok {
			return fmt.Sprintf("%s is %s, want a list", at, show(got))
		}
		open := len(want) > 0 && want[len(want)-1] == "..."
		if open {
			want = want[:len(want)-1]
		}
		if len(g) < len(want) || len(g) > len(want) && !open {
			return fmt.Sprintf("%s has %d items, want %d: %s", at, len(g), len(want), show(got))
		}
		for i, v := range want {
			if d := m.match(v, g[i], fmt.Sprintf("%s[%d]", at, i)); d != "" {
				return d
			}
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%s is %s, want %s", at, show(got), show(want))
	}
	return ""
}

func (m *matcher) matchText(want string, got any, at string) string {
	if want == "..." {
		return ""
	}
	text, ok := got.(string)
	if name, remember := strings.CutPrefix(want, "id:"); ok && remember {
		m.names[name] = text
		return ""
	}
	if pattern, is := strings.CutPrefix(want, "re:"); ok && is {
		re, err := regexp.Compile(pattern)
		if err == nil && re.MatchString(text) {
			return ""
		}
	}
	if name, is := strings.CutPrefix(want, "@"); is && m.names[name] != "" {
		want = m.names[name]
	}
	if !ok || text != want {
		return fmt.Sprintf("%s is %s, want %q", at, show(got), want)
	}
	return ""
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return clip(string(b))
}

var atName = regexp.MustCompile(`@[a-z][a-z0-9]*`)

// fill puts remembered values in place of @names; other words after an @, such
// as directives, stay.
func (m *matcher) fill(s string) string {
	return atName.ReplaceAllStringFunc(s, func(at string) string {
		if v, ok := m.names[at[1:]]; ok {
			return v
		}
		return at
	})
}
