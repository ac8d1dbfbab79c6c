package kind

import "strconv"

// Rating is a small number of stars, from 1 to the field's max (5 unless set).
type Rating struct{}

func (Rating) Name() string       { return "RATING" }
func (Rating) Column() string     { return "smallint" }
func (Rating) GraphQL() string    { return "Int" }
func (Rating) Filter() string     { return "IntegerFilter" }
func (Rating) Form() Form         { return AsIs }
func (Rating) Operators() []Op    { return ordered }
func (Rating) Settings() []string { return []string{"max"} }

// Parse takes a whole number as Integer does.
func (Rating) Parse(raw any, s *Settings) (any, error) {
	most := DefaultRating
	if n, err := strconv.Atoi(s.Max); err == nil {
		most = min(n, MaxRating)
	}
	return small(raw, 1, most)
}

// Progress is how much of something is done, in whole percent from 0 to 100.
type Progress struct{}

func (Progress) Name() string       { return "PROGRESS" }
func (Progress) Column() string     { return "smallint" }
func (Progress) GraphQL() string    { return "Int" }
func (Progress) Filter() string     { return "IntegerFilter" }
func (Progress) Form() Form         { return AsIs }
func (Progress) Operators() []Op    { return ordered }
func (Progress) Settings() []string { return nil }

// Parse takes a whole number as Integer does.
func (Progress) Parse(raw any, _ *Settings) (any, error) { return small(raw, 0, 100) }

func small(raw any, least, most int) (any, error) {
	return Integer{}.Parse(raw, &Settings{Min: strconv.Itoa(least), Max: strconv.Itoa(most)})
}
