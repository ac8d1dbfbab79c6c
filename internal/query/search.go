package query

import (
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// For has the list hold the records only in whose texts a client's text is found.
// Without an order of its own the list then begins with those in whose titles it
// is. A blank text is none. Faults are INVALID.
func (l *List) For(raw any) error {
	if raw == nil {
		return nil
	}
	text, ok := raw.(string)
	if !ok {
		return fault.New(fault.Invalid, "expected a text")
	}
	if err := kind.CheckText(text); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > MaxSearch {
		return fault.New(fault.Invalid, "at most %d characters are searched for", MaxSearch)
	}
	l.Search = text
	if text != "" && len(l.Order) == 0 && l.Form.SearchTitle() != "" {
		l.Order = []Order{{Rank: true, Desc: true}}
	}
	return nil
}
