package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
)

// hardens says whether a text written next to a value of this type becomes one.
func hardens(t Type) bool { return t == Date || t == DateTime || t == Duration || t == Option }

// soft says whether a node is a text written in the expression, or an if that
// chooses between such texts. Texts from fields are never taken for dates.
func soft(n Node) bool {
	switch n := n.(type) {
	case Literal:
		return n.T == Text
	case If:
		return n.T == Text && !slices.ContainsFunc(results(n), func(r Node) bool { return r.Type() != Null && !soft(r) })
	}
	return false
}

// harden makes the texts of a soft node values of type t, or says why not.
func harden(n Node, t Type, options []string) (Node, string) {
	switch n := n.(type) {
	case Literal:
		if n.T != Text {
			return n, "" // null, inside an if
		}
		v, problem := literal(n.Value, t, options)
		return Literal{v, t}, problem
	case If:
		out := If{Conds: n.Conds, T: t}
		for _, r := range results(n) {
			h, problem := harden(r, t, options)
			if problem != "" {
				return n, problem
			}
			out.Thens = append(out.Thens, h)
		}
		last := len(out.Thens) - 1
		out.Thens, out.Else = out.Thens[:last:last], out.Thens[last]
		return out, ""
	}
	return n, ""
}

// literal reads a written text as a value of a type that hardens.
func literal(s string, t Type, options []string) (value, problem string) {
	switch t {
	case Option:
		if slices.Contains(options, s) {
			return s, ""
		}
		if len(options) == 0 {
			return "", fmt.Sprintf("%q is not an option: there are none", fault.Clip(s))
		}
		return "", fmt.Sprintf("%q is not one of the options (did you mean %q?)", fault.Clip(s), nearest(s, options))
	case Date:
		if d, err := time.Parse(time.DateOnly, s); err == nil && d.Year() >= 1 {
			return s, ""
		}
		return "", fmt.Sprintf("%q is not a date such as 2026-01-31", fault.Clip(s))
	case DateTime:
		if d, err := time.Parse(time.RFC3339Nano, s); err == nil && d.UTC().Year() >= 1 && d.UTC().Year() <= 9999 {
			return d.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), "" // as exact as PostgreSQL
		}
		return "", fmt.Sprintf("%q is not a date and time such as 2026-01-31T09:00:00Z", fault.Clip(s))
	}
	if d := strings.ToUpper(s); isDuration.MatchString(d) && d != "P" && !strings.HasSuffix(d, "T") {
		return d, ""
	}
	return "", fmt.Sprintf("%q is not a duration such as P1DT2H or PT30M", fault.Clip(s))
}

var isDuration = regexp.MustCompile(`^P([0-9]{1,9}D)?(T([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\.[0-9]{1,6})?S)?)?$`)
