package form

import (
	"strconv"
	"strings"
)

// CanBeUnique says whether a unique index can go over the field's column.
func (f *Field) CanBeUnique() bool {
	switch f.Kind.Column() {
	case "", "text[]", "jsonb":
		return false
	}
	return f.Kind.Name() != "LONG_TEXT"
}

// WantsIndex says whether the field has an index that is not unique.
func (f *Field) WantsIndex() bool { return f.Stored() && (f.Indexed || f.Target != nil) }

// UniqueIndex, ForeignKey and Index name what PostgreSQL keeps for a field. They
// hold the field's number, so that an error leads back to the field and no name
// passes 63 bytes.
func (f *Field) UniqueIndex() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_is_unique" }

// ForeignKey names the constraint of a reference.
func (f *Field) ForeignKey() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_exists" }

// LinkOwner and linkKey name the constraints of the field's links.
func (f *Field) LinkOwner() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_of" }

// LinkKey names the primary key of the field's links.
func (f *Field) LinkKey() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_once" }

// Index names the plain index of a field.
func (f *Field) Index() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_index" }

// ByConstraint returns the field that a constraint or index of PostgreSQL
// belongs to, nil for any other name.
func (c *Catalog) ByConstraint(name string) *Field {
	id, ok := numberIn(name, "field_")
	if !ok {
		return nil
	}
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			if x.ID == id {
				return x
			}
		}
	}
	return nil
}

// numberIn reads the number out of a name such as field_12_index.
func numberIn(name, prefix string) (int64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	digits, _, _ = strings.Cut(digits, "_")
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil
}

// Index names the index behind a rule other than a CHECK.
func (r *Rule) Index() string {
	return "rule_" + strconv.FormatInt(r.ID, 10) + map[RuleKind]string{UniqueRule: "_is_unique", IndexRule: "_index"}[r.Kind]
}

// RuleByConstraint returns the UNIQUE rule that an index belongs to.
func (c *Catalog) RuleByConstraint(name string) *Rule {
	id, ok := numberIn(name, "rule_")
	if !ok {
		return nil
	}
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if r.ID == id {
				return r
			}
		}
	}
	return nil
}
