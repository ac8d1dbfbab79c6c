package query

import (
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// ParsePath finds the field that a path of keys leads to from records of a form,
// "customer.tier": through references, to any usable field. Faults are INVALID and
// TOO_COSTLY.
func ParsePath(f *form.Form, path string) (through []*form.Field, x *form.Field, err error) {
	p := &parser{face: Generic}
	keys := strings.Split(path, ".")
	through, f = p.walk(f, keys[:len(keys)-1], nil)
	if f != nil {
		if x = f.Field(keys[len(keys)-1]); x == nil {
			p.fail(nil, "form %s has no field %q", f.Key, fault.Clip(keys[len(keys)-1]))
		}
	}
	return through, x, p.bad.Err()
}

// walk goes through references by their keys. It returns no form when there is no
// such way, which is a fault at the path.
func (p *parser) walk(f *form.Form, keys []string, at []any) ([]*form.Field, *form.Form) {
	var through []*form.Field
	for _, key := range keys {
		x := f.Field(key)
		if !p.step(f, x, key, at, len(through)) {
			return nil, nil
		}
		through, f = append(through, x), x.Target
	}
	return through, f
}

// Fields calls found for every field that a filter speaks of, those of related
// records included, as often as it does.
func Fields(f Filter, found func(x *form.Field)) {
	switch f := f.(type) {
	case And:
		for _, p := range f {
			Fields(p, found)
		}
	case Or:
		Fields(And(f), found)
	case Not:
		Fields(f.F, found)
	case Cmp:
		found(f.Field)
	case Through:
		found(f.Ref)
		Fields(f.F, found)
	case Related:
		found(f.Many)
		Fields(f.F, found)
	case Pickable:
		found(f.Ref)
	}
}

// NamesRecords says whether a filter names records by their ids, which are others in
// another organisation.
func NamesRecords(f Filter) bool {
	switch f := f.(type) {
	case And:
		return slices.ContainsFunc(f, NamesRecords)
	case Or:
		return slices.ContainsFunc(f, NamesRecords)
	case Not:
		return NamesRecords(f.F)
	case Cmp:
		return f.Op != kind.IsNull && (f.Field.IsID() || f.Field.IsLinks() && len(f.Args) > 0)
	case Through:
		return NamesRecords(f.F)
	case Related:
		return NamesRecords(f.F)
	case Within:
		return len(f.Teams) > 0
	}
	return false
}
