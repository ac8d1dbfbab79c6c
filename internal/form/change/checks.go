package change

import (
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// checkRoom refuses one more field of a kind where there is no room for it.
// Archived fields count: they can be restored.
func checkRoom(f *form.Form, k kind.Kind) error {
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
	case (k.Column() != "" || kind.IsLinks(k) || kind.IsFiles(k)) && stored >= form.MaxStoredFields:
		return fault.New(fault.Invalid, "a form has at most %d stored fields, archived ones included", form.MaxStoredFields)
	case kind.IsComputed(k) && computed >= form.MaxComputedFields:
		return fault.New(fault.Invalid, "a form has at most %d computed fields, archived ones included", form.MaxComputedFields)
	case len(f.Fields) >= form.MaxFields:
		return fault.New(fault.Invalid, "a form has at most %d fields, archived ones included", form.MaxFields)
	case all >= form.MaxAllFields:
		return fault.New(fault.Invalid, "an organisation has at most %d fields, archived ones included", form.MaxAllFields)
	}
	return nil
}

// checkPurpose refuses a purpose that a new field cannot have, or that another
// usable field of the form has.
func checkPurpose(f *form.Form, n form.NewField) error {
	p := n.Purpose
	if p == "" || n.Standard {
		return nil
	}
	no := func(format string, args ...any) error { return fault.New(fault.Invalid, format, args...).At("purpose") }
	if strings.HasPrefix(p, "MEMBER_") || p == "TEAM_NAME" || p == "TEAM_PARENT" || p == "TEAM_LEAD" {
		return no("only the standard forms of members and teams have fields of this purpose")
	}
	if k := form.KindOfPurpose(p); k != "" && k != n.Kind {
		return no("a field of this purpose is of kind %s", k)
	}
	if x := f.ByPurpose(p); x != nil {
		return no("%s has this purpose already", x.Key)
	}
	return nil
}
