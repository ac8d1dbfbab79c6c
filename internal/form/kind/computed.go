package kind

// Formula is computed from fields of its record and of what that refers to. Its
// kind for filters and answers is that of its expression.
type Formula struct{ computed }

func (Formula) Name() string       { return "FORMULA" }
func (Formula) Settings() []string { return []string{"expression", "scale"} }

// Lookup is a field of the record that Settings.Via refers to.
type Lookup struct{ computed }

func (Lookup) Name() string       { return "LOOKUP" }
func (Lookup) Settings() []string { return []string{"via", "field"} }

// Rollup is one value of the records that Settings.Via leads to, such as their
// number or the sum of a field.
type Rollup struct{ computed }

func (Rollup) Name() string { return "ROLLUP" }
func (Rollup) Settings() []string {
	return []string{"via", "function", "field", "where", "scale"}
}

// Functions are the functions of a ROLLUP. All but COUNT take a field.
func Functions() []string { return []string{"COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST"} }

// IsComputed tells whether values of k are computed when they are read.
func IsComputed(k Kind) bool {
	switch k.(type) {
	case Formula, Lookup, Rollup:
		return true
	}
	return false
}

// computed is what the computed kinds share: no column, no values of their own.
type computed struct{}

func (computed) Column() string  { return "" }
func (computed) GraphQL() string { return "" }
func (computed) Filter() string  { return "" }
func (computed) Form() Form      { return AsIs }
func (computed) Operators() []Op { return nil }

// Parse refuses every value.
func (computed) Parse(any, *Settings) (any, error) {
	return nil, invalid("is computed and cannot be set")
}
