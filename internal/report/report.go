// Package report answers what records of a form come to: groups and measures of
// them, of a period, beside those of an earlier one; as rows and as charts.
//
// A Definition says it by keys of fields. Those of an organisation are rows of
// fieldwork.report, shared or a member's own, as views are; others come with the
// program (builtin.yaml) and find their fields by purpose. Both are checked by the
// same code into a question, which package query states and sqlgen writes: one
// statement, whatever the number of records, and one more for what is compared.
//
//	reports, err := store.All(ctx, actor, catalog)
//	ask, err := r.Ask(report.Parameters{During: "THIS_QUARTER", Compare: report.Previous}, env)
//	result, err := ask.Run(ctx, conn)
//	chart, err := result.Chart(report.Look{Language: "zh"})
//
// What is no plain aggregate (figures) is read by the packages that define it:
// rhythm, division and, for what members did, a statement of sqlgen. A report whose
// fields are not there says why in Broken and is no error of anybody's.
//
// It is longer than a package should be: what is checked, read, compared, drawn and
// kept is one definition, and apart each would know all of the others.
package report

import (
	"slices"

	"fieldwork/internal/form"
)

// Kind is a kind of chart.
type Kind string

// The kinds.
const (
	Bar     Kind = "BAR"
	Stacked Kind = "STACKED"
	Line    Kind = "LINE"
	Pie     Kind = "PIE"
	HeatMap Kind = "HEAT_MAP"
	Number  Kind = "NUMBER"
)

var kinds = []Kind{Bar, Stacked, Line, Pie, HeatMap, Number}

// Valid says whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(kinds, k) }

// Definition is what a report says of the fields of its form, by their keys.
type Definition struct {
	Filter   any       `json:"filter,omitempty" yaml:"filter"` // as the generic face takes it; nil: all
	Period   string    `json:"period,omitempty" yaml:"period"` // key of the day or moment by which records fall into a period
	During   string    `json:"during,omitempty" yaml:"during"` // the period unless a parameter says one
	GroupBy  []Group   `json:"groupBy,omitempty" yaml:"groupBy"`
	Measures []Measure `json:"measures" yaml:"measures"`
	OrderBy  []Order   `json:"orderBy,omitempty" yaml:"orderBy"`
	Chart    Chart     `json:"chart" yaml:"chart"`
	// Answers are, by measure, the one that says how many answers it is made of, which
	// charts tell with it.
	Answers map[string]string `json:"answers,omitempty" yaml:"answers"`
}

// Group is one key of the groups.
type Group struct {
	Field string `json:"field" yaml:"field"` // a path of keys
	By    string `json:"by,omitempty" yaml:"by"`
}

// Measure is one number of each group: a function of a field, or a share of others.
type Measure struct {
	Name     string     `json:"name" yaml:"name"`
	Labels   form.Label `json:"label,omitempty" yaml:"label"`
	Function string     `json:"function,omitempty" yaml:"function"`
	Field    string     `json:"field,omitempty" yaml:"field"`
	Filter   any        `json:"filter,omitempty" yaml:"filter"` // which records of the group count; nil: all
	Share    *Share     `json:"share,omitempty" yaml:"share"`
	Unit     *string    `json:"unit,omitempty" yaml:"unit"`     // nil: that of the field, or % of a share
	Hidden   bool       `json:"hidden,omitempty" yaml:"hidden"` // for shares alone
	Optional bool       `json:"-" yaml:"optional"`
}

// Share is (Of - Less) / Per in per cent, of measures that stand before it.
type Share struct {
	Of   string `json:"of" yaml:"of"`
	Less string `json:"less,omitempty" yaml:"less"`
	Per  string `json:"per" yaml:"per"`
}

// Order is one key of the order of rows; without any they come by their keys.
type Order struct {
	Measure   string `json:"measure" yaml:"measure"`
	Direction string `json:"direction,omitempty" yaml:"direction"`
}

// Chart is how a report is drawn unless somebody wants it otherwise.
type Chart struct {
	Kind     Kind     `json:"kind" yaml:"kind"`
	Measures []string `json:"measures,omitempty" yaml:"measures"` // none: all
}

// Report is a report of one catalog.
type Report struct {
	Form         *form.Form // nil: what it is about is not there
	ID           int64      // 0: it came with the program
	Key          string
	Version      int
	MemberID     int64 // whose it is; 0: shared
	Labels       form.Label
	Descriptions form.Label
	Figure       Figure // "": an aggregate
	Definition
	Broken string // why it cannot be read
}

// IDText is the report's id for clients.
func (r *Report) IDText() string {
	if r.ID == 0 {
		return r.Key
	}
	return idPrefix + itoa(r.ID)
}

// Shared says whether everyone reads the report.
func (r *Report) Shared() bool { return r.MemberID == 0 }

// BuiltIn says whether the report came with the program.
func (r *Report) BuiltIn() bool { return r.ID == 0 }

// Limits of reports.
const (
	MaxShared     = 200 // of an organisation
	MaxOwn        = 200 // of each member
	MaxMeasures   = 50
	MaxRows       = 1_000
	DefaultRows   = 100
	maxKey        = 48
	maxLabel      = 200       // characters
	maxText       = 4_000     // characters of a description
	maxUnit       = 12        // characters
	maxDefinition = 64 * 1024 // bytes of JSON
)

// measure is the place of a measure, -1 if there is none.
func (d *Definition) measure(name string) int {
	return slices.IndexFunc(d.Measures, func(m Measure) bool { return m.Name == name })
}
