package kind

// Percent is an exact number of percent: 12.5 means 12.5 %, not 1250 %.
type Percent struct{}

func (Percent) Name() string       { return "PERCENT" }
func (Percent) Column() string     { return "numeric" }
func (Percent) GraphQL() string    { return "Decimal" }
func (Percent) Filter() string     { return "DecimalFilter" }
func (Percent) Form() Form         { return AsString }
func (Percent) Operators() []Op    { return ordered }
func (Percent) Settings() []string { return []string{"min", "max", "scale"} }

// Parse is Decimal's.
func (Percent) Parse(raw any, s *Settings) (any, error) { return Decimal{}.Parse(raw, s) }

// Money is an exact amount of the field's one currency.
type Money struct{}

func (Money) Name() string       { return "MONEY" }
func (Money) Column() string     { return "numeric" }
func (Money) GraphQL() string    { return "Decimal" }
func (Money) Filter() string     { return "DecimalFilter" }
func (Money) Form() Form         { return AsString }
func (Money) Operators() []Op    { return ordered }
func (Money) Settings() []string { return []string{"currency", "min", "max", "scale"} }

// Parse is Decimal's, with DefaultScale digits after the point unless the field
// says otherwise.
func (Money) Parse(raw any, s *Settings) (any, error) {
	if s.Scale == nil {
		scale, with := DefaultScale, *s
		with.Scale = &scale
		s = &with
	}
	return Decimal{}.Parse(raw, s)
}
