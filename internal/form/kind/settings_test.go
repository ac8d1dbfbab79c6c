package kind_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

func TestCheckSettings(t *testing.T) {
	tests := []struct {
		name string
		kind string
		set  kind.Settings
		bad  string // path and message of each fault, joined; "" when all is well
	}{
		{name: "nothing", kind: "TEXT"},
		{name: "lengths the wrong way round", kind: "TEXT", set: kind.Settings{MinLength: ptr(3), MaxLength: ptr(2)}, bad: "minLength must not be above maxLength"},
		{name: "a negative length", kind: "TEXT", set: kind.Settings{MinLength: ptr(-1)}, bad: "minLength must lie between 0 and 100000"},
		{name: "a pattern that looks ahead", kind: "TEXT", set: kind.Settings{Pattern: "(?=a)"}, bad: "pattern is not a pattern that can be used: back-references and look-around are not supported, repetitions go up to 1000"},
		{name: "everything at once", kind: "MONEY", set: kind.Settings{Currency: "DEM", Scale: ptr(13), Min: "x"}, bad: `scale must lie between 0 and 12; min "x" is not a number; currency "DEM" is not the three-letter code of an active currency such as CNY`},
		{name: "a range the wrong way round", kind: "DURATION", set: kind.Settings{Min: "P2D", Max: "P1D"}, bad: "min must not be above max"},
		{name: "months in a range", kind: "DURATION", set: kind.Settings{Min: "P2M"}, bad: "min must not have years or months: a month has no fixed length"},
		{name: "a blank limit", kind: "DATE", set: kind.Settings{Max: " "}, bad: "max must not be blank"},
		{name: "ten stars", kind: "RATING", set: kind.Settings{Max: "10"}},
		{name: "eleven stars", kind: "RATING", set: kind.Settings{Max: "11"}, bad: "max must be a whole number from 1 to 10"},
		{name: "half stars", kind: "RATING", set: kind.Settings{Max: "2.5"}, bad: "max must be a whole number from 1 to 10"},
		{name: "a region", kind: "PHONE", set: kind.Settings{Region: "DE"}},
		{name: "no region", kind: "PHONE", set: kind.Settings{Region: "de"}, bad: `region "de" is not the two-letter code of a region with telephone numbers such as CN`},
		{name: "more links than there can be", kind: "MEMBERS", set: kind.Settings{MaxItems: ptr(201)}, bad: "maxItems must lie between 1 and 200"},
		{name: "a record goes with its reference", kind: "REFERENCE", set: kind.Settings{OnDelete: "CASCADE"}},
		{name: "a record does not go with one of several", kind: "REFERENCES", set: kind.Settings{OnDelete: "CASCADE"}, bad: "onDelete must be RESTRICT or CLEAR: a record does not go with one of several"},
		{name: "items the wrong way round", kind: "MULTI_CHOICE", set: kind.Settings{MinItems: ptr(3), MaxItems: ptr(2)}, bad: "minItems must not be above maxItems"},
		{name: "media types", kind: "ATTACHMENT", set: kind.Settings{Types: []string{"image/*", "application/vnd.ms-excel"}, MaxSize: ptr(1 << 20)}},
		{name: "a suffix", kind: "ATTACHMENT", set: kind.Settings{Types: []string{".pdf"}, MaxSize: ptr(0)}, bad: `maxSize must lie between 1 and 1099511627776; types ".pdf" is not a media type such as application/pdf or image/*`},
		{name: "a number pattern", kind: "AUTO_NUMBER", set: kind.Settings{Pattern: "{yyyy}-{000}", Restart: "YEAR"}},
		{name: "no number pattern", kind: "AUTO_NUMBER", bad: "pattern must not be empty"},
		{name: "no such restart", kind: "AUTO_NUMBER", set: kind.Settings{Pattern: "{0}", Restart: "year"}, bad: "restart must be NEVER, YEAR, MONTH or DAY"},
		{name: "no expression", kind: "FORMULA", bad: "expression must be given"},
		{name: "nothing to look up", kind: "LOOKUP", bad: "via must be given; field must be given"},
		{name: "count", kind: "ROLLUP", set: kind.Settings{Via: "tasks", Function: "COUNT"}},
		{name: "count of a field", kind: "ROLLUP", set: kind.Settings{Via: "tasks", Function: "COUNT", Field: "x"}, bad: "field must not be given: COUNT counts records"},
		{name: "no such function", kind: "ROLLUP", set: kind.Settings{Via: "tasks", Function: "MEDIAN", Field: "x"}, bad: "function must be one of COUNT, SUM, AVG, MIN, MAX, FIRST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := kind.CheckSettings(kind.ByName(tt.kind), &tt.set)
			var got []string
			if list, ok := errors.AsType[fault.List](err); ok {
				for _, f := range list {
					got = append(got, fmt.Sprintf("%v %s", f.Path[0], f.Message))
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if s := strings.Join(got, "; "); s != tt.bad {
				t.Errorf("got  %s\nwant %s", s, tt.bad)
			}
		})
	}
}
