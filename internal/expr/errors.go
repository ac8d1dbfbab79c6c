package expr

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

// Error is a mistake in an expression.
type Error struct {
	Pos     int // byte offset
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
}

func (e *Error) Error() string { return e.Message }

// Errors is several mistakes in one expression, by position.
type Errors []*Error

func (l Errors) Error() string {
	if len(l) == 0 {
		return "no error"
	}
	if len(l) == 1 {
		return l[0].Message
	}
	return fmt.Sprintf("%s (and %d more)", l[0].Message, len(l)-1)
}

// Unwrap lets errors.As find the first one.
func (l Errors) Unwrap() []error {
	out := make([]error, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}

func errorAt(text string, pos int, format string, args ...any) *Error {
	pos = min(pos, len(text))
	before := text[:pos]
	line := strings.LastIndexByte(before, '\n') + 1
	return &Error{
		Pos:     pos,
		Line:    strings.Count(before, "\n") + 1,
		Column:  utf8.RuneCountInString(before[line:]) + 1,
		Message: fmt.Sprintf(format, args...),
	}
}

// either joins types as in "a number, a date or null".
func either(ts []Type) string {
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = t.phrase()
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// meant is " (did you mean x?)" for a key that is close to what was written, or
// one of whose first words is: estmate finds estimate_hours.
func meant(written string, keys []string) string {
	if utf8.RuneCountInString(written) > 60 {
		return ""
	}
	written = strings.ToLower(written)
	best, far := "", max(1, utf8.RuneCountInString(written)/3)+1
	for _, k := range keys {
		d := distance(written, k)
		for i, r := range k {
			if r == '_' {
				d = min(d, distance(written, k[:i])+1)
			}
		}
		if d < far {
			best, far = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// nearest is the option most like what was written, however far.
func nearest(written string, options []string) string {
	return slices.MinFunc(options, func(a, b string) int {
		return distance(fault.Clip(strings.ToLower(written)), a) - distance(fault.Clip(strings.ToLower(written)), b)
	})
}

// distance counts the characters to add, remove or replace to get from a to b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(fault.Clip(b))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
