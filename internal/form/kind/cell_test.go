package kind_test

import (
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

func TestParseText(t *testing.T) {
	cny := kind.Settings{Currency: "CNY"}
	three := kind.Settings{Scale: ptr(3)}
	tests := []struct {
		name, kind, cell string
		set              *kind.Settings
		want             any
		bad              string
	}{
		{name: "a text keeps its spaces", kind: "TEXT", cell: " a ", want: " a "},
		{name: "thousands", kind: "INTEGER", cell: "1,200,000", want: "1200000"},
		{name: "thousands with spaces that do not break", kind: "DECIMAL", cell: "1\u00a0200.50", want: "1200.50"},
		{name: "thousands as in Switzerland", kind: "DECIMAL", cell: "1’200.50", want: "1200.50"},
		{name: "a comma that may be a point", kind: "DECIMAL", cell: "1,2", bad: `"1,2" is not a number`},
		{name: "groups of two kinds", kind: "DECIMAL", cell: "1,200 000", bad: `"1,200 000" is not a number`},
		{name: "a group of two digits", kind: "INTEGER", cell: "12,00", bad: `"12,00" is not a number`},
		{name: "full-width digits", kind: "INTEGER", cell: "１，２００", want: "1200"},
		{name: "a power", kind: "DECIMAL", cell: "1.2E+05", want: "120000"},
		{name: "the minus of typesetters", kind: "INTEGER", cell: "−5", want: "-5"},
		{name: "an accountant's minus", kind: "MONEY", cell: "(1,200.00)", want: "-1200.00"},
		{name: "two minuses", kind: "MONEY", cell: "(-5)", bad: `"(-5)" is not a number`},
		{name: "a fraction in a whole number", kind: "INTEGER", cell: "1.5", bad: "must be a whole number"},
		{name: "the sign of a currency", kind: "MONEY", cell: "¥1,200.50", set: &cny, want: "1200.50"},
		{name: "the full-width sign, after the minus", kind: "MONEY", cell: "-￥5", set: &cny, want: "-5"},
		{name: "the minus after the sign", kind: "MONEY", cell: "¥ -5", set: &cny, want: "-5"},
		{name: "the character of a currency", kind: "MONEY", cell: "1200元", set: &cny, want: "1200"},
		{name: "the code of a currency", kind: "MONEY", cell: "cny 1200", set: &cny, want: "1200"},
		{name: "another currency", kind: "MONEY", cell: "$1,200", set: &cny, bad: `"$1,200" is not an amount of CNY`},
		{name: "the code of another currency", kind: "MONEY", cell: "1200 USD", set: &cny, bad: `"1200 USD" is not an amount of CNY`},
		{name: "any currency when the field names none", kind: "MONEY", cell: "€5", want: "5"},
		{name: "two currencies", kind: "MONEY", cell: "¥5 CNY", set: &cny, bad: `"¥5 CNY" is not a number`},
		{name: "only a sign", kind: "MONEY", cell: "¥", set: &cny, bad: `"¥" is not a number`},
		{name: "percent", kind: "PERCENT", cell: "12.5 %", want: "12.5"},
		{name: "full-width percent", kind: "PERCENT", cell: "１２％", want: "12"},
		{name: "percent of progress", kind: "PROGRESS", cell: "50%", want: "50"},
		{name: "percent is no plain number", kind: "DECIMAL", cell: "50%", set: &three, bad: `"50%" is not a number`},
		{name: "money is no percent", kind: "PERCENT", cell: "¥5", bad: `"¥5" is not a number`},
		{name: "stars", kind: "RATING", cell: "4", want: "4"},
		{name: "yes", kind: "BOOLEAN", cell: " Yes ", want: "true"},
		{name: "yes in Chinese", kind: "BOOLEAN", cell: "是", want: "true"},
		{name: "no in Chinese", kind: "BOOLEAN", cell: "否", want: "false"},
		{name: "as spreadsheets write", kind: "BOOLEAN", cell: "FALSE", want: "false"},
		{name: "perhaps", kind: "BOOLEAN", cell: "perhaps", bad: `"perhaps" is neither yes nor no`},
		{name: "a day", kind: "DATE", cell: "2026-01-31", want: "2026-01-31"},
		{name: "a day with slashes", kind: "DATE", cell: "2026/1/31", want: "2026-01-31"},
		{name: "a day with points", kind: "DATE", cell: "2026.1.3", want: "2026-01-03"},
		{name: "a day in Chinese", kind: "DATE", cell: "2026年1月31日", want: "2026-01-31"},
		{name: "a day that is not there", kind: "DATE", cell: "2026/2/30", bad: `"2026-02-30" is not a day such as 2026-01-31`},
		{name: "American", kind: "DATE", cell: "1/31/2026", bad: `"1/31/2026" is not a day such as 2026-01-31`},
		{name: "a day and a time", kind: "DATE", cell: "2026/1/31 9:30", bad: `"2026/1/31 9:30" is not a day such as 2026-01-31`},
		{name: "separators of two kinds", kind: "DATE", cell: "2026/1-31", bad: `"2026/1-31" is not a day such as 2026-01-31`},
		{name: "a moment", kind: "DATETIME", cell: "2026-01-31T09:30:00+08:00", want: "2026-01-31T01:30:00Z"},
		{name: "a moment with blanks", kind: "DATETIME", cell: "2026/1/31 9:30 +0800", want: "2026-01-31T01:30:00Z"},
		{name: "a moment in Chinese", kind: "DATETIME", cell: "2026年1月31日 9:30:15Z", want: "2026-01-31T09:30:15Z"},
		{name: "a moment of no zone", kind: "DATETIME", cell: "2026-01-31 09:30", bad: `"2026-01-31 09:30" has no offset such as Z or +08:00`},
		{name: "a day is no moment", kind: "DATETIME", cell: "2026-01-31", bad: `"2026-01-31" is not a moment such as 2026-01-31T09:30:00Z`},
		{name: "hour 25", kind: "DATETIME", cell: "2026-01-31 25:30Z", bad: `"2026-01-31T25:30:00Z" is not a moment such as 2026-01-31T09:30:00Z`},
		{name: "a duration", kind: "DURATION", cell: "PT90M", want: "PT1H30M"},
		{name: "a duration as a clock", kind: "DURATION", cell: "-36:05", want: "PT-36H-5M"},
		{name: "a duration as a clock with seconds", kind: "DURATION", cell: "0:00:01.50", want: "PT1.5S"},
		{name: "an option", kind: "CHOICE", cell: " IN_WORK ", want: "in_work"},
		{name: "options", kind: "MULTI_CHOICE", cell: "IN_WORK; open", want: "{open,in_work}"},
		{name: "options with commas of every script", kind: "MULTI_CHOICE", cell: "open，in_work、null,open", want: `{open,in_work,"null"}`},
		{name: "only separators", kind: "MULTI_CHOICE", cell: " ; ,", want: nil},
		{name: "a record", kind: "REFERENCE", cell: "customer_7", want: "7"},
		{name: "a record by number", kind: "REFERENCE", cell: "7", want: "7"},
		{name: "a title is for others to look up", kind: "REFERENCE", cell: "Example Steel", bad: `"Example Steel" is not the id of a record of form customer`},
		{name: "records", kind: "MEMBERS", cell: "customer_7、8", want: "{7,8}"},
		{name: "files", kind: "ATTACHMENT", cell: "file_7; 8", want: "{7,8}"},
		{name: "an address in one text is its street", kind: "ADDRESS", cell: "上海市世纪大道 1 号", want: `{"street":"上海市世纪大道 1 号"}`},
		{name: "an address", kind: "ADDRESS", cell: `{"city": "Bonn"}`, want: `{"city":"Bonn"}`},
		{name: "a broken address", kind: "ADDRESS", cell: `{"city": `, bad: "is not JSON"},
		{name: "a location", kind: "LOCATION", cell: "31.2304, 121.4737", want: `{"latitude":31.2304,"longitude":121.4737}`},
		{name: "a location with a label", kind: "LOCATION", cell: "31.2，121，上海, 总部", want: `{"latitude":31.2,"longitude":121,"label":"上海, 总部"}`},
		{name: "no location", kind: "LOCATION", cell: "Bonn", bad: `"Bonn" is not a location such as 31.2304, 121.4737`},
		{name: "JSON", kind: "JSON", cell: ` {"b": 1.0, "a": []}`, want: `{"a":[],"b":1.0}`},
		{name: "two JSON values", kind: "JSON", cell: "1 2", bad: "is not JSON"},
		{name: "null", kind: "JSON", cell: "null", want: nil},
		{name: "a number of the program's own", kind: "AUTO_NUMBER", cell: "KA-1", bad: "is given by the program and cannot be set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.set == nil {
				tt.set = &usual
			}
			got, err := kind.ParseText(kind.ByName(tt.kind), tt.cell, tt.set)
			if tt.bad != "" {
				if err == nil || err.Error() != tt.bad || fault.KindOf(err) != fault.Invalid {
					t.Fatalf("got %v, %v; want INVALID %q", got, err, tt.bad)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Fatalf("got %#v, %v; want %#v", got, err, tt.want)
			}
		})
	}
}

func TestAMomentWithoutAnOffsetIsOfTheZoneGiven(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	for cell, want := range map[string]string{"2026-01-31 9:30": "2026-01-31T01:30:00Z", "2026/1/31": "2026-01-30T16:00:00Z", "2026年1月31日9:30": "2026-01-31T01:30:00Z",
		"2026-01-31T09:30:00.5": "2026-01-31T01:30:00.5Z", "2026-01-31T09:30:00Z": "2026-01-31T09:30:00Z"} {
		if got, err := kind.ParseTextIn(kind.DateTime{}, cell, &kind.Settings{}, zone); got != want {
			t.Errorf("%s is %v, %v; want %s", cell, got, err, want)
		}
	}
}

// FuzzParseText holds that every cell is a value or a clear fault, and that a
// value's own cell is the value again.
func FuzzParseText(f *testing.F) {
	for _, s := range []string{"", "1,200", "¥-5", "(5", "5%", "是", "2026年1月31日", "2026/1/31 9:30Z", "1:30", "a;b", "customer_1、2", "31,121,x", "{\"city\":\"a\"}", "[1]", "USD", "e5", "\xff", "-", "\u3000", "{", "US$", "1e-99", "ß", "円"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		for _, k := range kind.All() {
			v, err := kind.ParseTextIn(k, cell, &usual, time.UTC)
			if err != nil {
				if v != nil || fault.KindOf(err) != fault.Invalid || len(err.Error()) < 10 {
					t.Fatalf("%s of %q: %v, %v", k.Name(), cell, v, err)
				}
				continue
			}
			if v == nil {
				continue
			}
			printed := kind.PrintText(k, v.(string))
			if again, err := kind.ParseText(k, printed, &usual); err != nil || again != v {
				t.Fatalf("%s of %q is %q, prints as %q and reads as %v, %v", k.Name(), cell, v, printed, again, err)
			}
		}
	})
}
