package kind

import (
	"strings"

	"fieldwork/internal/fault"
)

// Choice is one of a list of options. The column holds the option's key; the
// typed face shows the key in upper case, as a value of the field's own enum.
type Choice struct{}

func (Choice) Name() string       { return "CHOICE" }
func (Choice) Column() string     { return "text" }
func (Choice) GraphQL() string    { return "" }
func (Choice) Filter() string     { return "" }
func (Choice) Form() Form         { return AsOption }
func (Choice) Operators() []Op    { return equality }
func (Choice) Settings() []string { return []string{"options"} }

// Parse takes the key of an option or its enum name. An archived option can no
// longer be chosen; records that hold it keep it.
func (Choice) Parse(raw any, s *Settings) (any, error) {
	if raw == nil {
		return nil, nil
	}
	v, ok := raw.(string)
	if !ok {
		return nil, invalid("expected the key of an option, got %s", describe(raw))
	}
	if strings.TrimSpace(v) == "" {
		return nil, nil
	}
	o, ok := s.Option(v)
	if !ok {
		return nil, invalid("%q is not one of the options", fault.Clip(v))
	}
	if o.Archived {
		return nil, invalid("option %q is archived and can no longer be chosen", o.Key)
	}
	return o.Key, nil
}

// IsChoice tells whether values of k are options, one or several.
func IsChoice(k Kind) bool { return k.Name() == "CHOICE" || k.Name() == "MULTI_CHOICE" }
