package kind

import "math"

// MultiChoice is several of a list of options. The column holds their keys.
type MultiChoice struct{}

func (MultiChoice) Name() string       { return "MULTI_CHOICE" }
func (MultiChoice) Column() string     { return "text[]" }
func (MultiChoice) GraphQL() string    { return "" }
func (MultiChoice) Filter() string     { return "" }
func (MultiChoice) Form() Form         { return AsOptions }
func (MultiChoice) Operators() []Op    { return several }
func (MultiChoice) Settings() []string { return []string{"options", "minItems", "maxItems"} }

// Parse takes a list of keys or enum names of options, or one of them. They are
// kept in the order of the options, each once, so that equal choices are equal
// values.
func (MultiChoice) Parse(raw any, s *Settings) (any, error) {
	chosen, err := list(raw, func(item any) (string, error) {
		v, err := Choice{}.Parse(item, s)
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", invalid("expected the key of an option, got an empty one")
		}
		return v.(string), nil
	})
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	if err := s.checkItems(len(chosen), math.MaxInt); err != nil {
		return nil, err
	}
	in := make(map[string]bool, len(chosen))
	for _, key := range chosen {
		in[key] = true
	}
	chosen = chosen[:0]
	for _, o := range s.Options {
		if in[o.Key] {
			chosen = append(chosen, o.Key)
		}
	}
	return array(chosen), nil
}
