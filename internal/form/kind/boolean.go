package kind

// Boolean is yes or no; empty is neither.
type Boolean struct{}

func (Boolean) Name() string       { return "BOOLEAN" }
func (Boolean) Column() string     { return "boolean" }
func (Boolean) GraphQL() string    { return "Boolean" }
func (Boolean) Filter() string     { return "BooleanFilter" }
func (Boolean) Form() Form         { return AsIs }
func (Boolean) Operators() []Op    { return []Op{Eq, Ne, IsNull} }
func (Boolean) Settings() []string { return nil }

// Parse takes JSON's true and false only.
func (Boolean) Parse(raw any, _ *Settings) (any, error) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return "true", nil
		}
		return "false", nil
	}
	return nil, invalid("expected true or false, got %s", describe(raw))
}
