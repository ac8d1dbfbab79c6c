package kind

import "strings"

// Elements reads the text of a one-dimensional array as PostgreSQL prints it,
// such as {open,"in work"}, and as kinds of lists keep their values. Text that
// is no such array has no elements.
func Elements(array string) []string {
	body, ok := strings.CutPrefix(array, "{")
	if !ok {
		return nil
	}
	var out []string
	for body != "" && body[0] != '}' {
		var b strings.Builder
		if body[0] == '"' {
			i := 1
			for ; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' && i+1 < len(body) {
					i++
				}
				b.WriteByte(body[i])
			}
			body = body[min(i+1, len(body)):]
		} else {
			i := strings.IndexAny(body, ",}")
			if i < 0 {
				return nil
			}
			b.WriteString(body[:i])
			body = body[i:]
		}
		out = append(out, b.String())
		body = strings.TrimPrefix(body, ",")
	}
	return out
}

// array prints elements as PostgreSQL prints an array of text. The key null is
// quoted, or it would be no key at all.
func array(elements []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, e := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		if e != "" && !strings.EqualFold(e, "null") && !strings.ContainsAny(e, "{},\"\\ \t\n\r\v\f") {
			b.WriteString(e)
			continue
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e) + `"`)
	}
	b.WriteByte('}')
	return b.String()
}

// list reads a list, or the one value that it holds, into what each value is.
// A value that comes twice is taken once. Empty input has no values.
func list(raw any, each func(any) (string, error)) ([]string, error) {
	items, ok := raw.([]any)
	if !ok {
		if s, ok := raw.(string); raw == nil || ok && strings.TrimSpace(s) == "" {
			return nil, nil
		}
		items = []any{raw}
	}
	var out []string
	seen := make(map[string]bool, min(len(items), MaxLinks))
	for _, item := range items {
		v, err := each(item)
		if err != nil {
			return nil, err
		}
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out, nil
}

// checkItems holds a list to the field's limits, and to a limit of the kind.
func (s *Settings) checkItems(n, limit int) error {
	if s.MaxItems != nil {
		limit = min(limit, *s.MaxItems)
	}
	if n > limit {
		return invalid("must have at most %d values, has %d", limit, n)
	}
	if s.MinItems != nil && n < *s.MinItems {
		return invalid("must have at least %d values, has %d", *s.MinItems, n)
	}
	return nil
}
