package form

// Limits of definitions, enforced when they are made.
const (
	MaxForms          = 100
	MaxStoredFields   = 300   // of a form: a row must fit a page of PostgreSQL
	MaxComputedFields = 200   // of a form
	MaxFields         = 500   // of a form, of all kinds
	MaxAllFields      = 3_000 // of an organisation
	MaxOptions        = 500   // of a choice
	MaxLabel          = 200   // characters
	MaxHelp           = 4000  // characters
)

// Limits of rules.
const (
	MaxRules      = 50  // of a form
	MaxRuleFields = 8   // of a rule
	MaxMessage    = 500 // characters
)
