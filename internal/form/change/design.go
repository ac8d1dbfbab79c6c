package change

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"

	"github.com/lib/pq"
)

// MaxSections bounds the sections of a form, maxColumns the fields beside each
// other in one.
const (
	MaxSections = 50
	maxColumns  = 4
)

// Archived fields leave too, so that restoring one never brings back a section
// that is not there.
const leaveSections = `
	UPDATE fieldwork.field SET section = ''
	 WHERE org_id = $1 AND form_id = $2 AND section <> '' AND NOT section = ANY ($3)`

// design is what people see of a form.
type design struct {
	labels, plurals, descriptions form.Label
	icon, colour                  string
	sections                      []form.Section
}

func (d design) describe(title string) map[string]any {
	return map[string]any{"labels": d.labels, "pluralLabels": d.plurals, "description": d.descriptions, "icon": d.icon, "colour": d.colour,
		"sections": d.sections, "title": title}
}

// checkDesign refuses what cannot be shown, all at once, and gives the sections
// as they are stored. Sections without a label keep the one they had on old, or
// show their key.
func (e *Edit) checkDesign(d design, old *form.Form) (sections []byte, err error) {
	var bad fault.List
	for path, l := range fault.InOrder(map[string]form.Label{"labels": d.labels, "pluralLabels": d.plurals, "description": d.descriptions}) {
		_ = bad.Add(l.Check(form.MaxHelp, path))
	}
	_ = bad.Add(checkName(d.icon, "icon"))
	_ = bad.Add(checkName(d.colour, "colour"))
	if len(d.sections) > MaxSections {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d sections", MaxSections), "sections")
		return nil, bad
	}
	seen := map[string]bool{}
	kept := make([]form.Section, 0, len(d.sections)) // null would be no list
	for i, s := range d.sections {
		_ = bad.Add(form.CheckKey(s.Key, form.MaxFieldKey), "sections", i, "key")
		if seen[s.Key] {
			_ = bad.Add(fault.New(fault.Invalid, "section %q is there twice", s.Key), "sections", i, "key")
		}
		seen[s.Key] = true
		_ = bad.Add(s.Labels.Check(form.MaxLabel, "labels"), "sections", i)
		if s.Columns < 0 || s.Columns > maxColumns {
			_ = bad.Add(fault.New(fault.Invalid, "must lie between 1 and %d", maxColumns), "sections", i, "columns")
		}
		if old != nil {
			s.Labels = Section(old, s.Key).Labels.With(s.Labels)
		} else {
			s.Labels = form.Label{}.With(s.Labels)
		}
		if len(s.Labels) == 0 {
			s.Labels = form.Label{e.Cat.Language: s.Key}
		}
		kept = append(kept, s)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(kept)
}

// Section returns the section of that key, an empty one if there is none.
func Section(f *form.Form, key string) form.Section {
	for _, s := range f.Sections {
		if s.Key == key {
			return s
		}
	}
	return form.Section{}
}

// leaveSections takes fields out of sections that are no longer there.
func (e *Edit) leaveSections(ctx context.Context, f *form.Form, sections []form.Section) error {
	keys := make(pq.StringArray, len(sections))
	for i, s := range sections {
		keys[i] = s.Key
	}
	if _, err := e.Tx.ExecContext(ctx, leaveSections, e.Cat.OrgID, f.ID, keys); err != nil {
		return fmt.Errorf("leave sections: %w", err)
	}
	for _, x := range f.Fields {
		if x.Section == "" || slices.Contains(keys, x.Section) {
			continue
		}
		was := StateOf(x)
		x.Section = ""
		e.Note("updateField", f.Key, x.Key, was, StateOf(x))
	}
	return nil
}

// checkSection refuses a section that the form has not. Forms without sections
// take any name: clients may group fields as they like.
func checkSection(f *form.Form, key string) error {
	if key == "" || len(f.Sections) == 0 || Section(f, key).Key == key {
		return checkName(key, "section")
	}
	return fault.New(fault.Invalid, "form %q has no section %q", f.Key, fault.Clip(key)).At("section")
}
