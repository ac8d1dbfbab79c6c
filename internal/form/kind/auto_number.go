package kind

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

// AutoNumber is a number that the program gives every new record, such as
// KA-2026-0001. How it looks is the field's NumberPattern.
type AutoNumber struct{}

func (AutoNumber) Name() string       { return "AUTO_NUMBER" }
func (AutoNumber) Column() string     { return "text" }
func (AutoNumber) GraphQL() string    { return "String" }
func (AutoNumber) Filter() string     { return "TextFilter" }
func (AutoNumber) Form() Form         { return AsString }
func (AutoNumber) Operators() []Op    { return Text{}.Operators() }
func (AutoNumber) Settings() []string { return []string{"pattern", "restart"} }

// Parse refuses every value.
func (AutoNumber) Parse(any, *Settings) (any, error) {
	return nil, invalid("is given by the program and cannot be set")
}

// NumberPattern is a checked pattern of automatic numbers. Times are asked for
// in the zone of the organisation: convert with In before.
//
//	p, err := kind.ParseNumberPattern("KA-{yyyy}-{0000}", "YEAR")
//	p.Period(t)    // "2026": the counter to count on with
//	p.Format(t, 7) // "KA-2026-0007"
type NumberPattern struct {
	before, after []numberPart
	width         int
	restart       string
}

// numberPart is a literal text or, when layout, a layout of package time.
type numberPart struct {
	text   string
	layout bool
}

// restarts tells for each restart the layout of its period, and which parts of
// a date a pattern must show, or numbers would come twice.
var restarts = map[string]struct {
	layout string
	needs  []string
}{
	"NEVER": {"", nil},
	"YEAR":  {"2006", []string{"{yyyy}"}},
	"MONTH": {"2006-01", []string{"{yyyy}", "{mm}"}},
	"DAY":   {"2006-01-02", []string{"{yyyy}", "{mm}", "{dd}"}},
}

// ParseNumberPattern checks the settings pattern and restart of an AUTO_NUMBER.
// An empty restart is NEVER. A pattern holds {yyyy}, {yy}, {mm}, {dd} and one
// run of 1 to 12 zeros such as {0000}, and otherwise text; numbers of more
// digits than zeros are written whole.
func ParseNumberPattern(pattern, restart string) (NumberPattern, error) {
	if restart == "" {
		restart = "NEVER"
	}
	p := NumberPattern{restart: restart}
	if n := utf8.RuneCountInString(pattern); n > 100 {
		return NumberPattern{}, invalid("must be at most 100 characters long, is %d", n)
	}
	text, ok, err := line(pattern)
	if err != nil || !ok {
		if err == nil {
			err = invalid("must not be empty")
		}
		return NumberPattern{}, err
	}
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			i = len(rest)
		}
		p.add(numberPart{text: rest[:i]})
		if rest = rest[i:]; rest == "" {
			break
		}
		name, after, closed := strings.Cut(rest[1:], "}")
		if rest[0] == '}' || !closed {
			return NumberPattern{}, invalid("has a brace without the other")
		}
		rest = after
		switch zeros := len(name); {
		case name == "yyyy":
			p.add(numberPart{"2006", true})
		case name == "yy":
			p.add(numberPart{"06", true})
		case name == "mm":
			p.add(numberPart{"01", true})
		case name == "dd":
			p.add(numberPart{"02", true})
		case name == "" || strings.Trim(name, "0") != "" || zeros > 12:
			return NumberPattern{}, invalid("%q is none of {yyyy}, {yy}, {mm}, {dd} and {0} to {%012d}", fault.Clip("{"+name+"}"), 0)
		case p.width > 0:
			return NumberPattern{}, invalid("must have one run of zeros such as {0000}, not several")
		default:
			p.width = zeros
		}
	}
	if p.width == 0 {
		return NumberPattern{}, invalid("must have a run of zeros such as {0000}, where the number stands")
	}
	r, ok := restarts[restart]
	if !ok {
		return NumberPattern{}, invalid("restart must be NEVER, YEAR, MONTH or DAY")
	}
	for _, need := range r.needs {
		if !strings.Contains(text, need) && (need != "{yyyy}" || !strings.Contains(text, "{yy}")) {
			return NumberPattern{}, invalid("must have %s, or numbers would come twice when counting restarts every %s", strings.Join(r.needs, ", "), strings.ToLower(restart))
		}
	}
	return p, nil
}

func (p *NumberPattern) add(part numberPart) {
	switch {
	case part.text == "":
	case p.width > 0:
		p.after = append(p.after, part)
	default:
		p.before = append(p.before, part)
	}
}

// Prefix is what stands before the number at t.
func (p NumberPattern) Prefix(t time.Time) string { return printParts(p.before, t) }

// Suffix is what stands after the number at t.
func (p NumberPattern) Suffix(t time.Time) string { return printParts(p.after, t) }

// Width is the least number of digits of a number.
func (p NumberPattern) Width() int { return p.width }

// Period tells which counter a number of t is counted with: "" when counting
// never restarts, otherwise 2026, 2026-11 or 2026-11-24.
func (p NumberPattern) Period(t time.Time) string {
	return t.Format(restarts[p.restart].layout)
}

// Format is the n-th number of its period.
func (p NumberPattern) Format(t time.Time, n int64) string {
	return p.Prefix(t) + fmt.Sprintf("%0"+strconv.Itoa(p.width)+"d", n) + p.Suffix(t)
}

func printParts(parts []numberPart, t time.Time) string {
	var b strings.Builder
	for _, part := range parts {
		if part.layout {
			b.WriteString(t.Format(part.text))
		} else {
			b.WriteString(part.text)
		}
	}
	return b.String()
}
