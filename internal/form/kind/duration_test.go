package kind_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg/pgtest"
)

func TestDuration(t *testing.T) {
	const months = "must not have years or months: a month has no fixed length"
	const far = "must lie between -100000 and 100000 days"
	var tests []parseCase
	for name, s := range map[string]string{"no time after T": "P1DT", "nothing after P": "P", "a sign alone": "-P", "nothing after T": "PT", "lower case": "p1d", "no P": "1D", "parts out of order": "PT1M1H", "a part twice": "P1D1D", "a fraction of an hour": "PT1.5H",
		"words": "1 day", "as a clock": "01:30:00", "a blank inside": "P1D T1H", "two signs": "P--1D", "infinity": "infinity", "digits of another script": "P１D", "no digits before the point": "PT.5S", "no digits after the point": "PT5.S", "weeks after days": "P1D1W"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: `"` + s + `" is not a duration such as P3D, PT1H30M or P1DT2H`})
	}
	checkParse(t, kind.Duration{}, append(tests, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "a day and two hours", raw: "P1DT2H", want: "P1DT2H"},
		{name: "minutes carried into hours", raw: "PT90M", want: "PT1H30M"},
		{name: "hours are not carried into days", raw: "PT36H", want: "PT36H"},
		{name: "weeks are seven days", raw: "P2W1D", want: "P15D"},
		{name: "nothing", raw: "P0D", want: "PT0S"},
		{name: "all of it negative", raw: "-P1DT2H", want: "P-1DT-2H"},
		{name: "as PostgreSQL prints it", raw: "P-1DT-2H", want: "P-1DT-2H"},
		{name: "minus of a minus", raw: "-P-1DT2H", want: "P1DT-2H"},
		{name: "days and time of different signs", raw: "P1DT-1S", want: "P1DT-1S"},
		{name: "time of different signs is one sum", raw: "PT1H-30M", want: "PT30M"},
		{name: "a plus", raw: "+P1D", want: "P1D"},
		{name: "a fraction without trailing zeros", raw: "PT1.500S", want: "PT1.5S"},
		{name: "a comma for the point", raw: "PT1,5S", want: "PT1.5S"},
		{name: "a microsecond", raw: "PT0.000001S", want: "PT0.000001S"},
		{name: "less than no second", raw: "PT-0.5S", want: "PT-0.5S"},
		{name: "seven digits", raw: "PT0.0000001S", bad: "must have at most 6 digits after the point"},
		{name: "seven digits, the last a zero", raw: "PT0.1234560S", want: "PT0.123456S"},
		{name: "years", raw: "P1Y", bad: months},
		{name: "months", raw: "P1M", bad: months},
		{name: "no months are months too", raw: "P0MT1H", bad: months},
		{name: "years and days", raw: "-P1Y2D", bad: months},
		{name: "the longest", raw: "P100000D", want: "P100000D"},
		{name: "longer", raw: "P100000DT0.000001S", bad: far},
		{name: "longer in hours", raw: "PT2400001H", bad: far},
		{name: "longer the other way", raw: "-P14286W", bad: far},
		{name: "a part too long, though the sum is not", raw: "P100001DT-24H", bad: far},
		{name: "more than a number holds", raw: "PT99999999999999999999S", bad: far},
		{name: "minimum", raw: "PT23H", set: kind.Settings{Min: "P1D"}, bad: "must be at least P1D"},
		{name: "a day is 24 hours", raw: "PT24H", set: kind.Settings{Min: "P1D", Max: "P1D"}, want: "PT24H"},
		{name: "maximum", raw: "P2D", set: kind.Settings{Max: "P1D"}, bad: "must be at most P1D"},
		{name: "number", raw: 3600, bad: "expected a duration as text, got a number"},
	}...))
}

// TestDurationsAreWhatPostgreSQLPrints compares the canonical text with
// PostgreSQL's for parts of every size and sign.
func TestDurationsAreWhatPostgreSQLPrints(t *testing.T) {
	db := pgtest.Open(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	n := func(most int) int { return rnd.IntN(2*most+1) - most }
	for range 500 {
		days, hours, minutes, seconds, micros := n(3), n(30), n(100), n(4000), n(2)*rnd.IntN(1_000_000)
		if rnd.IntN(3) == 0 {
			days, hours = 0, 0
		}
		if rnd.IntN(3) == 0 {
			seconds, micros = 0, n(1)
		}
		sign := ""
		if seconds < 0 || seconds == 0 && micros < 0 {
			sign = "-"
		}
		raw := fmt.Sprintf("P%dDT%dH%dM%s%d.%06dS", days, hours, minutes, sign, max(seconds, -seconds), max(micros, -micros)%1_000_000)
		v, err := kind.Duration{}.Parse(raw, &kind.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		for _, in := range []any{raw, v} {
			if out := cast(t, db, kind.Duration{}, in); out != v {
				t.Errorf("%s is %s, and %s in PostgreSQL", in, v, out)
			}
		}
	}
}

var canonicalLength = regexp.MustCompile(`^P(-?[1-9]\d*D)?(T(-?[1-9]\d*H)?(-?[1-9]\d?M)?(-?\d{1,2}(\.\d{0,5}[1-9])?S)?)?$`)

// FuzzDuration holds that a duration is in the one form there is for it.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"", "P1DT2H", "-PT0.5S", "P-1W", "PT9999999999S", "P1Y", "PT1H-30M-0.5S", "PT00000000000000000001S", "P100000DT-1S", "+P+1D"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := again(t, kind.Duration{}, s); ok && (!canonicalLength.MatchString(text) || text == "P" || text[len(text)-1] == 'T' || len(text) > 40) {
			t.Fatalf("%q was parsed to %q", s, text)
		}
	})
}
