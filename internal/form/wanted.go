package form

// NewAggregate is a saved aggregate to be made; what it asks for is decoded JSON.
type NewAggregate struct {
	Form, Key                string
	Labels                   Label
	Filter, GroupBy, Metrics any
}

// AggregateUpdate is a change of a saved aggregate; nil leaves things as they are.
type AggregateUpdate struct {
	Labels                   Label
	Filter, GroupBy, Metrics any
}

// NewField is a field to be made.
type NewField struct {
	Key      string
	Kind     string
	Labels   Label
	Help     Label
	Required bool
	Unique   bool
	Indexed  bool
	Default  any     // decoded JSON, as a client writes a value; nil: none
	After    *string // key of the field it comes after; nil: last, "": first
	Section  string
	Purpose  string
	Standard bool
	Settings SettingsInput
}

// NewOption is an option of a CHOICE.
type NewOption struct {
	Key     string   `json:"key"`
	Labels  Label    `json:"labels"`
	Colour  string   `json:"colour,omitempty"`
	Parents []string `json:"parents,omitempty"` // options of the field depended on that it is offered for
}

// NewForm is a form to be made.
type NewForm struct {
	Key          string
	Plural       string // key-like; its camel case is the list in GraphQL
	Labels       Label
	Plurals      Label // of many records
	Descriptions Label
	Icon         string
	Colour       string
	Sections     []Section
	Title        string // key of the field shown where a record is mentioned; "": the first text field
	Fields       []NewField
	Standard     bool
}

// FormUpdate is a change of what people see of a form; nil leaves things as
// they are. Labels are set language by language; an empty text removes one.
//
// Sections, when given, are the whole list. Fields of a section that is left out
// stand in none from then on: a section is layout, and nothing else is lost.
type FormUpdate struct {
	Labels       Label
	Plurals      Label
	Descriptions Label
	Icon         *string
	Colour       *string
	Sections     []Section // nil: as they are
	Title        *string
}

// NewRule is a rule to be made.
type NewRule struct {
	Key        string
	Kind       RuleKind
	Expression string   // CHECK
	Fields     []string // UNIQUE: what must differ; INDEX: what it goes over; CHECK: where the message belongs
	IgnoreCase bool     // UNIQUE
	Message    Label
}

// RuleUpdate is a change of a rule; nil leaves things as they are. Messages are
// set language by language, an empty text removes one.
type RuleUpdate struct {
	Expression *string
	Fields     []string
	IgnoreCase *bool
	Message    Label
}

// FieldUpdate is a change of a field; nil leaves things as they are. Labels are
// set language by language, an empty text removes one. Options, when given, are
// the whole list: those that are missing are archived, not lost.
type FieldUpdate struct {
	Labels       Label
	Help         Label
	Required     *bool
	Unique       *bool
	Indexed      *bool
	Default      any
	ClearDefault bool
	Section      *string
	Settings     *SettingsInput
}
