package kind_test

import (
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg/pgtest"
)

// TestConversions is the whole table: for each kind those it becomes, with ! on
// those that every value becomes.
func TestConversions(t *testing.T) {
	const fromText = "INTEGER DECIMAL PERCENT MONEY BOOLEAN DATE DATETIME DURATION CHOICE MULTI_CHOICE RATING PROGRESS JSON"
	want := map[string]string{
		"TEXT":         "LONG_TEXT! EMAIL PHONE URL " + fromText,
		"LONG_TEXT":    "TEXT EMAIL PHONE URL " + fromText,
		"EMAIL":        "TEXT! LONG_TEXT! PHONE URL",
		"PHONE":        "TEXT! LONG_TEXT! EMAIL URL",
		"URL":          "TEXT LONG_TEXT! EMAIL PHONE",
		"INTEGER":      "TEXT! LONG_TEXT! DECIMAL! PERCENT! MONEY! RATING PROGRESS",
		"DECIMAL":      "TEXT! LONG_TEXT! INTEGER PERCENT! MONEY RATING PROGRESS",
		"PERCENT":      "TEXT! LONG_TEXT! INTEGER DECIMAL! MONEY RATING PROGRESS",
		"MONEY":        "TEXT! LONG_TEXT! INTEGER DECIMAL! PERCENT! RATING PROGRESS",
		"RATING":       "TEXT! LONG_TEXT! INTEGER! DECIMAL! PERCENT! MONEY! PROGRESS!",
		"PROGRESS":     "TEXT! LONG_TEXT! INTEGER! DECIMAL! PERCENT! MONEY! RATING",
		"BOOLEAN":      "TEXT! LONG_TEXT!",
		"DATE":         "TEXT! LONG_TEXT! DATETIME",
		"DATETIME":     "TEXT! LONG_TEXT! DATE",
		"DURATION":     "TEXT! LONG_TEXT!",
		"CHOICE":       "TEXT! LONG_TEXT! MULTI_CHOICE!",
		"MULTI_CHOICE": "TEXT LONG_TEXT! CHOICE",
		"MEMBER":       "MEMBERS!",
		"MEMBERS":      "MEMBER",
		"REFERENCE":    "REFERENCES!",
		"REFERENCES":   "REFERENCE",
		"ADDRESS":      "TEXT LONG_TEXT!",
		"LOCATION":     "TEXT! LONG_TEXT!",
		"AUTO_NUMBER":  "TEXT! LONG_TEXT!",
		"JSON":         "TEXT LONG_TEXT",
	}
	for _, from := range kind.All() {
		legal := map[string]bool{}
		for _, to := range strings.Fields(want[from.Name()]) {
			name, exact := strings.CutSuffix(to, "!")
			legal[name] = exact
			if kind.ByName(name) == nil {
				t.Errorf("no kind is called %s", name)
			}
		}
		for _, to := range kind.All() {
			exact, ok := legal[to.Name()]
			c, got := kind.Conversion(from, to)
			if got != ok || c.Exact != exact {
				t.Errorf("%s to %s: %+v, %t; want exact %t, %t", from.Name(), to.Name(), c, got, exact, ok)
			}
			if got && !c.Exact && c.Note == "" {
				t.Errorf("%s to %s does not say what does not convert", from.Name(), to.Name())
			}
			if !got {
				if v, err := kind.ConvertValue(from, to, "1", &usual, &usual, nil); v != nil || fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s to %s: %v, %v; want INVALID", from.Name(), to.Name(), v, err)
				}
			}
		}
	}
}

// TestConvertSamples converts every sample to every kind it may become: to a
// value that the new kind takes and PostgreSQL too, or to a clear fault; never
// to a fault when the conversion says exact.
func TestConvertSamples(t *testing.T) {
	db := pgtest.Open(t)
	for _, from := range kind.All() {
		for _, to := range kind.All() {
			c, ok := kind.Conversion(from, to)
			if !ok {
				continue
			}
			columns := []string{"KA-2026-0001"}
			for _, raw := range samples[from.Name()] {
				v, err := from.Parse(raw, &usual)
				if err != nil {
					t.Fatal(err)
				}
				columns = append(columns, v.(string), cast(t, db, from, v))
			}
			if from.Name() != "AUTO_NUMBER" {
				columns = columns[1:]
			}
			for _, column := range columns {
				v, err := kind.ConvertValue(from, to, column, &usual, &usual, time.UTC)
				switch {
				case err != nil && (c.Exact || fault.KindOf(err) != fault.Invalid || v != nil):
					t.Errorf("%s %q to %s: %v, %v", from.Name(), clip(column), to.Name(), v, err)
				case err == nil && v == nil:
					t.Errorf("%s %q to %s is lost", from.Name(), clip(column), to.Name())
				case err == nil:
					if again, err := to.Parse(printed(to, cast(t, db, to, v)), &usual); err != nil || again != v {
						t.Errorf("%s %q to %s is %q, which is %v, %v", from.Name(), clip(column), to.Name(), v, again, err)
					}
				}
			}
		}
	}
}

func TestConvertValue(t *testing.T) {
	east := time.FixedZone("", 8*3600)
	archived := kind.Settings{Options: []kind.Option{{Key: "open", Enum: "OPEN"}, {Key: "lost", Enum: "LOST", Archived: true}}}
	tests := []struct {
		name, from, to, column string
		set                    kind.Settings
		zone                   *time.Location
		want                   any
		bad                    string
	}{
		{name: "a fraction is not cut off", from: "DECIMAL", to: "INTEGER", column: "1.5", bad: "must be a whole number"},
		{name: "a whole decimal", from: "DECIMAL", to: "INTEGER", column: "1.00", want: "1"},
		{name: "out of range", from: "DECIMAL", to: "PROGRESS", column: "101", bad: "must be at most 100"},
		{name: "the new field's range", from: "INTEGER", to: "DECIMAL", column: "5", set: kind.Settings{Max: "4"}, bad: "must be at most 4"},
		{name: "a number that people wrote", from: "TEXT", to: "MONEY", column: "¥1,200.50", set: kind.Settings{Currency: "CNY"}, want: "1200.50"},
		{name: "no number", from: "TEXT", to: "INTEGER", column: "about 5", bad: `"about 5" is not a number`},
		{name: "lines", from: "LONG_TEXT", to: "TEXT", column: "a\nb", bad: "must be one line of text"},
		{name: "a line", from: "LONG_TEXT", to: "TEXT", column: " a ", want: " a "},
		{name: "an address of mail", from: "TEXT", to: "EMAIL", column: " Mei@Example.com", want: "mei@example.com"},
		{name: "a day is its first moment", from: "DATE", to: "DATETIME", column: "2026-01-31", zone: east, want: "2026-01-30T16:00:00Z"},
		{name: "a day without a zone", from: "DATE", to: "DATETIME", column: "2026-01-31", want: "2026-01-31T00:00:00Z"},
		{name: "the first day of all has no moment in the east", from: "DATE", to: "DATETIME", column: "0001-01-01", zone: east, bad: "must lie in the years 1 to 9999"},
		{name: "a moment as PostgreSQL prints it", from: "DATETIME", to: "DATE", column: "2026-01-30 16:00:00.5+00", zone: east, want: "2026-01-31"},
		{name: "a moment is text in UTC", from: "DATETIME", to: "TEXT", column: "2026-01-30 16:00:00.5+00", zone: east, want: "2026-01-30T16:00:00.5Z"},
		{name: "a text of the zone", from: "TEXT", to: "DATETIME", column: "2026/1/31 0:00", zone: east, want: "2026-01-30T16:00:00Z"},
		{name: "a text that is a key", from: "TEXT", to: "CHOICE", column: "OPEN ", set: archived, want: "open"},
		{name: "a text that is no key", from: "TEXT", to: "CHOICE", column: "won", set: archived, bad: `"won" is not one of the options`},
		{name: "an archived option stays", from: "CHOICE", to: "MULTI_CHOICE", column: "lost", set: archived, want: "{lost}"},
		{name: "one of several", from: "MULTI_CHOICE", to: "CHOICE", column: "{lost}", set: archived, want: "lost"},
		{name: "several", from: "MULTI_CHOICE", to: "CHOICE", column: "{open,lost}", set: archived, bad: "has 2 values, of which only one could stay"},
		{name: "several as text", from: "MULTI_CHOICE", to: "TEXT", column: "{open,lost}", want: "open; lost"},
		{name: "one record of several", from: "REFERENCES", to: "REFERENCE", column: "{7}", want: "7"},
		{name: "several records", from: "MEMBERS", to: "MEMBER", column: "{7,8}", bad: "has 2 values, of which only one could stay"},
		{name: "a record to a list", from: "MEMBER", to: "MEMBERS", column: "7", want: "{7}"},
		{name: "an interval", from: "DURATION", to: "TEXT", column: "P1DT2H", want: "P1DT2H"},
		{name: "yes", from: "TEXT", to: "BOOLEAN", column: "是", want: "true"},
		{name: "JSON as text", from: "JSON", to: "TEXT", column: `{"b": 1, "a": [true]}`, want: `{"a":[true],"b":1}`},
		{name: "text as JSON", from: "LONG_TEXT", to: "JSON", column: "[1,\n2]", want: "[1,2]"},
		{name: "no JSON", from: "TEXT", to: "JSON", column: "a", bad: "is not JSON"},
		{name: "no such conversion", from: "TEXT", to: "AUTO_NUMBER", column: "a", bad: "a TEXT cannot become a AUTO_NUMBER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := kind.ConvertValue(kind.ByName(tt.from), kind.ByName(tt.to), tt.column, &kind.Settings{}, &tt.set, tt.zone)
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
