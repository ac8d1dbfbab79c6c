package kind

import (
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
)

// Convert says how values of one kind become values of another.
type Convert struct {
	Exact bool   // every value converts, unless the new field's settings are narrower than its kind
	Note  string // what a person should know before, in a sentence; may be empty
}

var (
	textKinds   = []string{"TEXT", "LONG_TEXT", "EMAIL", "PHONE", "URL"}
	numberKinds = []string{"RATING", "PROGRESS", "INTEGER", "DECIMAL", "PERCENT", "MONEY"}
	// plainKinds are those that any text can be read as, and that print as text.
	plainKinds = []string{"RATING", "PROGRESS", "INTEGER", "DECIMAL", "PERCENT", "MONEY", "BOOLEAN", "DATE", "DATETIME", "DURATION", "CHOICE", "MULTI_CHOICE", "JSON"}
	// longKinds are those with values that are longer than a TEXT, or that hold
	// what a TEXT must not.
	longKinds = []string{"LONG_TEXT", "URL", "MULTI_CHOICE", "JSON", "ADDRESS"}
	// wider lists for each kind of number those that hold all of its values.
	wider = map[string][]string{
		"RATING":   {"PROGRESS", "INTEGER", "DECIMAL", "PERCENT", "MONEY"},
		"PROGRESS": {"INTEGER", "DECIMAL", "PERCENT", "MONEY"},
		"INTEGER":  {"DECIMAL", "PERCENT", "MONEY"},
		"DECIMAL":  {"PERCENT"},
		"PERCENT":  {"DECIMAL"},
		"MONEY":    {"DECIMAL", "PERCENT"},
	}
)

// Conversion tells whether a field of kind from can become one of kind to, and
// how. A kind is not converted to itself.
func Conversion(from, to Kind) (Convert, bool) {
	f, t := from.Name(), to.Name()
	long := t == "LONG_TEXT"
	switch {
	case f == t:
		return Convert{}, false
	case t == "TEXT" || long:
		return toText(f, long)
	case slices.Contains(textKinds, f) && slices.Contains(textKinds, t):
		return Convert{Note: "Values that have not the form of the new kind do not convert."}, true
	case (f == "TEXT" || f == "LONG_TEXT") && slices.Contains(plainKinds, t):
		return Convert{Note: "Texts that cannot be read as the new kind do not convert."}, true
	case slices.Contains(numberKinds, f) && slices.Contains(numberKinds, t):
		switch {
		case slices.Contains(wider[f], t) && (f == "PERCENT" || t == "PERCENT"):
			return Convert{Exact: true, Note: "The number stays: 12.5 is 12.5 %."}, true
		case slices.Contains(wider[f], t):
			return Convert{Exact: true}, true
		}
		return Convert{Note: "Numbers out of range or with more digits after the point do not convert; nothing is rounded."}, true
	}
	c, ok := pairs[[2]string{f, t}]
	return c, ok
}

// toText is what becomes of other kinds as text: what PrintText prints.
func toText(from string, long bool) (Convert, bool) {
	switch from {
	case "JSON": // may hold control characters
		return Convert{Note: "The text is the JSON."}, true
	case "ADDRESS", "LOCATION", "AUTO_NUMBER", "TEXT", "LONG_TEXT", "EMAIL", "PHONE", "URL":
	case "CHOICE":
		return Convert{Exact: true, Note: "The text is the key of the option."}, true
	case "MULTI_CHOICE":
		return Convert{Exact: long, Note: "The text is the keys of the options."}, true
	default:
		if !slices.Contains(plainKinds, from) {
			return Convert{}, false
		}
	}
	if long || !slices.Contains(longKinds, from) {
		return Convert{Exact: true}, true
	}
	return Convert{Note: "What is longer than a line of text does not convert."}, true
}

// pairs are the conversions that are of no group.
var pairs = map[[2]string]Convert{
	{"DATE", "DATETIME"}:        {Note: "A day becomes its first moment."},
	{"DATETIME", "DATE"}:        {Note: "The time of day is lost."},
	{"CHOICE", "MULTI_CHOICE"}:  {Exact: true},
	{"MULTI_CHOICE", "CHOICE"}:  {Note: severalNote},
	{"REFERENCE", "REFERENCES"}: {Exact: true},
	{"REFERENCES", "REFERENCE"}: {Note: severalNote},
	{"MEMBER", "MEMBERS"}:       {Exact: true},
	{"MEMBERS", "MEMBER"}:       {Note: severalNote},
}

const severalNote = "Records with several values do not convert."

// ConvertValue turns the text of a column of a field of kind from, with the
// settings fs, into that of kind to with the settings ts. Days and moments
// become each other in zone, the organisation's, or in UTC when it is nil. The
// settings must name the same form, or the same options; archived options stay.
// A value that does not convert is a fault INVALID.
func ConvertValue(from, to Kind, column string, _, ts *Settings, zone *time.Location) (any, error) {
	if _, ok := Conversion(from, to); !ok {
		return nil, invalid("a %s cannot become a %s", from.Name(), to.Name())
	}
	if zone == nil {
		zone = time.UTC
	}
	set := *ts
	set.Options = slices.Clone(ts.Options)
	for i := range set.Options {
		set.Options[i].Archived = false
	}
	if items := Elements(column); from.Form() == AsOptions || from.Form() == AsRecords {
		if to.Form() == AsOption || to.Form() == AsRecord {
			if len(items) > 1 {
				return nil, invalid("has %d values, of which only one could stay", len(items))
			}
		}
		if to.Form() == AsRecord {
			return strings.Join(items, ""), nil
		}
	}
	switch to.(type) {
	case References, Members:
		return array([]string{column}), nil
	case DateTime:
		if from.Name() == "DATE" {
			d, err := time.ParseInLocation(time.DateOnly, column, zone)
			if err != nil {
				return nil, invalid("%q is not a day such as 2026-01-31", fault.Clip(column))
			}
			return to.Parse(d.Format(time.RFC3339), &set)
		}
	case Date:
		if from.Name() == "DATETIME" {
			d, err := time.Parse(time.RFC3339Nano, PrintText(from, column))
			if err != nil {
				return nil, invalid("%q is not a moment such as 2026-01-31T09:30:00Z", fault.Clip(column))
			}
			return to.Parse(d.In(zone).Format(time.DateOnly), &set)
		}
	case Text, LongText: // not as a cell: the text itself
		return to.Parse(PrintText(from, column), &set)
	}
	return ParseTextIn(to, PrintText(from, column), &set, zone)
}
