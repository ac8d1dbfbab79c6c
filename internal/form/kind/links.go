package kind

// References are several records of one form, kept in a link table in the order
// they were given. Settings.To names their form.
type References struct{}

func (References) Name() string       { return "REFERENCES" }
func (References) Column() string     { return "" }
func (References) GraphQL() string    { return "" }
func (References) Filter() string     { return "" }
func (References) Form() Form         { return AsRecords }
func (References) Operators() []Op    { return several }
func (References) Settings() []string { return []string{"to", "onDelete", "inverse", "maxItems"} }

// Parse takes a list of record ids of the form Settings.To, or one of them, and
// gives the text of a bigint[]. An id that comes twice is taken once.
func (References) Parse(raw any, s *Settings) (any, error) {
	return ids(raw, s, s.To, MaxLinks)
}

// Members are several members of the organisation.
type Members struct{ References }

func (Members) Name() string       { return "MEMBERS" }
func (Members) Settings() []string { return []string{"onDelete", "inverse", "maxItems"} }

// IsLinks tells whether values of k are kept in a link table.
func IsLinks(k Kind) bool {
	switch k.(type) {
	case Members, References:
		return true
	}
	return false
}

// ids reads ids of records of a form, or one, into the text of a bigint[].
func ids(raw any, s *Settings, form string, limit int) (any, error) {
	of := &Settings{To: form}
	numbers, err := list(raw, func(item any) (string, error) {
		v, err := Reference{}.Parse(item, of)
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", invalid("expected the id of a record, got an empty one")
		}
		return v.(string), nil
	})
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	if err := s.checkItems(len(numbers), limit); err != nil {
		return nil, err
	}
	return array(numbers), nil
}
