package form

import (
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// Limits of definitions, enforced when they are made.
const (
	MaxForms          = 100
	MaxStoredFields   = 300   // of a form: a row must fit a page of PostgreSQL
	MaxComputedFields = 200   // of a form
	MaxFields         = 500   // of a form, of all kinds
	MaxAllFields      = 3_000 // of an organisation
	MaxOptions        = 500   // of a choice
	maxLabel          = 200   // characters
	maxHelp           = 4000  // characters
)

// Limits of rules.
const (
	MaxRules      = 50  // of a form
	MaxRuleFields = 8   // of a rule
	maxMessage    = 500 // characters
)

// checkRoom refuses one more field of a kind where there is no room for it.
// Archived fields count: they can be restored.
func (f *Form) checkRoom(k kind.Kind) error {
	stored, computed, all := 0, 0, 0
	for _, x := range f.Fields {
		switch {
		case x.Kind == nil:
		case x.Stored() || x.HasLinkTable():
			stored++
		case kind.IsComputed(x.Kind):
			computed++
		}
	}
	for _, other := range f.Catalog.Forms {
		all += len(other.Fields)
	}
	switch {
	case (k.Column() != "" || kind.IsLinks(k) || kind.IsFiles(k)) && stored >= MaxStoredFields:
		return fault.New(fault.Invalid, "a form has at most %d stored fields, archived ones included", MaxStoredFields)
	case kind.IsComputed(k) && computed >= MaxComputedFields:
		return fault.New(fault.Invalid, "a form has at most %d computed fields, archived ones included", MaxComputedFields)
	case len(f.Fields) >= MaxFields:
		return fault.New(fault.Invalid, "a form has at most %d fields, archived ones included", MaxFields)
	case all >= MaxAllFields:
		return fault.New(fault.Invalid, "an organisation has at most %d fields, archived ones included", MaxAllFields)
	}
	return nil
}
