package kind_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

func TestAutoNumber(t *testing.T) {
	checkParse(t, kind.AutoNumber{}, []parseCase{
		{name: "a value", raw: "KA-0001", bad: "is given by the program and cannot be set"},
		{name: "nothing", raw: nil, bad: "is given by the program and cannot be set"},
	})
}

func TestNumberPattern(t *testing.T) {
	at := time.Date(2026, 11, 4, 23, 0, 0, 0, time.UTC)
	tests := []struct {
		name, pattern, restart string
		n                      int64
		want, period, bad      string
	}{
		{name: "a year and a number", pattern: "KA-{yyyy}-{0000}", n: 7, want: "KA-2026-0007"},
		{name: "counting restarts every year", pattern: "KA-{yyyy}-{0000}", restart: "YEAR", n: 1, want: "KA-2026-0001", period: "2026"},
		{name: "a short year", pattern: "{yy}{000}", restart: "YEAR", n: 1, want: "26001", period: "2026"},
		{name: "every month", pattern: "{yyyy}{mm}/{00}", restart: "MONTH", n: 12, want: "202611/12", period: "2026-11"},
		{name: "every day, with text after the number", pattern: "{0}号-{dd}{mm}{yy}", restart: "DAY", n: 3, want: "3号-041126", period: "2026-11-04"},
		{name: "more digits than zeros", pattern: "{00}", n: 12345, want: "12345"},
		{name: "twelve zeros", pattern: "{000000000000}", n: 1, want: "000000000001"},
		{name: "text that looks like a layout", pattern: "2006-01-02 MST {0}", n: 1, want: "2006-01-02 MST 1"},
		{name: "text that looks like a verb", pattern: "%d{0}%s", n: 1, want: "%d1%s"},
		{name: "empty", pattern: " ", bad: "must not be empty"},
		{name: "no number", pattern: "KA-{yyyy}", bad: "must have a run of zeros such as {0000}, where the number stands"},
		{name: "two numbers", pattern: "{00}-{00}", bad: "must have one run of zeros such as {0000}, not several"},
		{name: "thirteen zeros", pattern: "{0000000000000}", bad: `"{0000000000000}" is none of {yyyy}, {yy}, {mm}, {dd} and {0} to {000000000000}`},
		{name: "unknown name", pattern: "{YYYY}{0}", bad: `"{YYYY}" is none of {yyyy}, {yy}, {mm}, {dd} and {0} to {000000000000}`},
		{name: "empty braces", pattern: "{}{0}", bad: `"{}" is none of {yyyy}, {yy}, {mm}, {dd} and {0} to {000000000000}`},
		{name: "brace in a brace", pattern: "{{0}}", bad: `"{{0}" is none of {yyyy}, {yy}, {mm}, {dd} and {0} to {000000000000}`},
		{name: "a brace left open", pattern: "{0}{yyyy", bad: "has a brace without the other"},
		{name: "a brace left closed", pattern: "{0}}", bad: "has a brace without the other"},
		{name: "a line break", pattern: "a\n{0}", bad: "must be one line of text"},
		{name: "too long", pattern: strings.Repeat("a", 98) + "{0}", bad: "must be at most 100 characters long, is 101"},
		{name: "a year that is not shown", pattern: "{0}", restart: "YEAR", bad: "must have {yyyy}, or numbers would come twice when counting restarts every year"},
		{name: "a month without its year", pattern: "{mm}{0}", restart: "MONTH", bad: "must have {yyyy}, {mm}, or numbers would come twice when counting restarts every month"},
		{name: "a day without its month", pattern: "{yyyy}{dd}{0}", restart: "DAY", bad: "must have {yyyy}, {mm}, {dd}, or numbers would come twice when counting restarts every day"},
		{name: "no such restart", pattern: "{0}", restart: "WEEK", bad: "restart must be NEVER, YEAR, MONTH or DAY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := kind.ParseNumberPattern(tt.pattern, tt.restart)
			if tt.bad != "" {
				if err == nil || err.Error() != tt.bad || fault.KindOf(err) != fault.Invalid {
					t.Fatalf("got %v, want INVALID %q", err, tt.bad)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Format(at, tt.n); got != tt.want || p.Period(at) != tt.period {
				t.Errorf("got %q of the period %q, want %q of %q", got, p.Period(at), tt.want, tt.period)
			}
			if got := p.Format(at, tt.n); !strings.HasPrefix(got, p.Prefix(at)) || !strings.HasSuffix(got, p.Suffix(at)) || len(got)-len(p.Prefix(at))-len(p.Suffix(at)) < p.Width() {
				t.Errorf("%q is not %q, %d digits and %q", got, p.Prefix(at), p.Width(), p.Suffix(at))
			}
		})
	}
}

func TestAYearBeginsInTheZoneOfTheOrganisation(t *testing.T) {
	p, err := kind.ParseNumberPattern("{yyyy}-{000}", "YEAR")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC).In(time.FixedZone("", 8*3600))
	if got := p.Format(at, 1); got != "2027-001" || p.Period(at) != "2027" {
		t.Errorf("got %s of %s", got, p.Period(at))
	}
}

// FuzzNumberPattern holds that a good pattern prints different numbers for every
// counter, and nothing that a column of text cannot hold.
func FuzzNumberPattern(f *testing.F) {
	for _, s := range []string{"KA-{yyyy}-{0000}", "{0}", "{yy}{mm}{dd}{00}", "{", "}{0}", "\x00{0}", "{0}{0}", "e\u0301{0}", "{0}1", "0{0}0"} {
		f.Add(s, "DAY", int64(1), int64(10))
		f.Add(s, "", int64(1), int64(10))
	}
	f.Fuzz(func(t *testing.T, pattern, restart string, a, b int64) {
		p, err := kind.ParseNumberPattern(pattern, restart)
		if err != nil || a < 0 || b < 0 {
			return
		}
		one, two := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 14, 0, 0, 0, 0, time.UTC)
		texts := []string{p.Format(one, a), p.Format(one, b)}
		if a != b && texts[0] == texts[1] {
			t.Fatalf("%q prints %d and %d as %q", pattern, a, b, texts[0])
		}
		if p.Period(one) != p.Period(two) && p.Format(one, a) == p.Format(two, b) {
			t.Fatalf("%q prints %d of %s and %d of %s as %q", pattern, a, p.Period(one), b, p.Period(two), p.Format(one, a))
		}
		for _, s := range texts {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r") || utf8.RuneCountInString(s) > kind.MaxText {
				t.Fatalf("%q prints %q", pattern, s)
			}
		}
	})
}
