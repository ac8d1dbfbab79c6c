package form

import (
	"strconv"
	"strings"
)

// UniqueIndex, ForeignKey and Index name what PostgreSQL keeps for a field. They
// hold the field's number, so that an error leads back to the field and no name
// passes 63 bytes.
func (f *Field) UniqueIndex() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_is_unique" }

// ForeignKey names the constraint of a reference.
func (f *Field) ForeignKey() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_exists" }

// linkOwner and linkKey name the constraints of the field's links.
func (f *Field) linkOwner() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_of" }

func (f *Field) linkKey() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_once" }

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
