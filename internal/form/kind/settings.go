package kind

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
)

// CheckSettings finds every setting of a field of kind k whose value makes no
// sense by itself. It returns a fault.List whose paths are the names of the
// settings, or nil. What settings refer to (forms, fields, expressions) is for
// others to check.
func CheckSettings(k Kind, s *Settings) error {
	var bad fault.List
	no := func(name, format string, args ...any) {
		_ = bad.Add(invalid(format, args...), name)
	}
	takes := func(name string) bool { return slices.Contains(k.Settings(), name) }
	s.checkBounds(k, no)
	if takes("pattern") {
		s.checkPattern(k, no)
	}
	if takes("region") && s.Region != "" && !isRegion(s.Region) {
		no("region", "%q is not the two-letter code of a region with telephone numbers such as CN", fault.Clip(s.Region))
	}
	if takes("currency") && s.Currency != "" && !IsCurrency(s.Currency) {
		no("currency", "%q is not the three-letter code of an active currency such as CNY", fault.Clip(s.Currency))
	}
	if takes("onDelete") {
		switch s.OnDelete {
		case "", "RESTRICT", "CLEAR":
		case "CASCADE":
			if IsLinks(k) {
				no("onDelete", "must be RESTRICT or CLEAR: a record does not go with one of several")
			}
		default:
			no("onDelete", "must be RESTRICT, CLEAR or CASCADE")
		}
	}
	if takes("types") {
		for _, t := range s.Types {
			if !mediaType.MatchString(t) {
				no("types", "%q is not a media type such as application/pdf or image/*", fault.Clip(t))
				break
			}
		}
	}
	if takes("expression") && strings.TrimSpace(s.Expression) == "" {
		no("expression", "must be given")
	}
	if IsComputed(k) && takes("via") && s.Via == "" {
		no("via", "must be given")
	}
	if takes("function") && !slices.Contains(Functions(), s.Function) {
		no("function", "must be one of %s", strings.Join(Functions(), ", "))
	}
	if takes("field") {
		switch {
		case s.Function == "COUNT" && s.Field != "":
			no("field", "must not be given: COUNT counts records")
		case s.Function != "COUNT" && s.Field == "":
			no("field", "must be given")
		}
	}
	return bad.Err()
}

var mediaType = regexp.MustCompile(`^[a-z]+/(\*|[a-z0-9][a-z0-9.+-]{0,100})$`)

// checkBounds refuses limits that no value could keep.
func (s *Settings) checkBounds(k Kind, no func(name, format string, args ...any)) {
	items := 1000
	switch {
	case IsLinks(k):
		items = MaxLinks
	case IsFiles(k):
		items = MaxFiles
	}
	for _, b := range []struct {
		name        string
		value       *int
		least, most int
	}{
		{"minLength", s.MinLength, 0, MaxLongText},
		{"maxLength", s.MaxLength, 1, MaxLongText},
		{"scale", s.Scale, 0, MaxScale},
		{"minItems", s.MinItems, 0, items},
		{"maxItems", s.MaxItems, 1, items},
		{"maxSize", s.MaxSize, 1, 1 << 40},
	} {
		if b.value != nil && (*b.value < b.least || *b.value > b.most) {
			no(b.name, "must lie between %d and %d", b.least, b.most)
		}
	}
	if s.MinLength != nil && s.MaxLength != nil && *s.MinLength > *s.MaxLength {
		no("minLength", "must not be above maxLength")
	}
	if s.MinItems != nil && s.MaxItems != nil && *s.MinItems > *s.MaxItems {
		no("minItems", "must not be above maxItems")
	}
	if k.Name() == "RATING" { // its max is not a value of a rating without one
		if n, err := strconv.Atoi(s.Max); s.Max != "" && (err != nil || n < 1 || n > MaxRating || strconv.Itoa(n) != s.Max) {
			no("max", "must be a whole number from 1 to %d", MaxRating)
		}
		return
	}
	good := true
	for _, b := range []struct{ name, value string }{{"min", s.Min}, {"max", s.Max}} {
		if b.value == "" {
			continue
		}
		free := *s
		free.Min, free.Max = "", ""
		if v, err := k.Parse(b.value, &free); err != nil || v == nil {
			good = false
			if err == nil {
				err = invalid("must not be blank")
			}
			no(b.name, "%s", err)
		}
	}
	if good && s.Min != "" && s.Max != "" {
		from := *s
		from.Max = ""
		if _, err := k.Parse(s.Max, &from); err != nil {
			no("min", "must not be above max")
		}
	}
}

func (s *Settings) checkPattern(k Kind, no func(name, format string, args ...any)) {
	if k.Name() == "AUTO_NUMBER" {
		if _, known := restarts[s.Restart]; s.Restart != "" && !known {
			no("restart", "must be NEVER, YEAR, MONTH or DAY")
		} else if _, err := ParseNumberPattern(s.Pattern, s.Restart); err != nil {
			no("pattern", "%s", err)
		}
		return
	}
	if err := CheckText(s.Pattern); err != nil {
		no("pattern", "%s", err)
	} else if len(s.Pattern) > 500 {
		no("pattern", "must be at most 500 characters long")
	} else if _, err := regexp.Compile(s.Pattern); err != nil {
		no("pattern", "is not a pattern that can be used: back-references and look-around are not supported, repetitions go up to 1000")
	}
}
