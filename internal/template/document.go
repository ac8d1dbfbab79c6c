package template

import (
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/report"
	"fieldwork/internal/view"
)

// saying is what a template says, but for its records. It is kept when the template is
// installed.
type saying struct {
	document.Document
	Views      []view.New      `json:"views,omitempty"`
	Reports    []report.New    `json:"reports,omitempty"`
	Dashboards []dashboard.New `json:"dashboards,omitempty"`
}

// says is all that the template says, what the templates say that it needs first.
func (t Template) says() (saying, error) {
	d, err := t.Document()
	if err != nil {
		return saying{}, err
	}
	out := saying{Document: d}
	return out, t.addShown(&out, map[string]bool{})
}

// addShown adds views, reports and dashboards.
func (t Template) addShown(to *saying, seen map[string]bool) error {
	if seen[t.Key] {
		return nil
	}
	seen[t.Key] = true
	for _, key := range t.Needs {
		n, err := needed(key)
		if err != nil {
			return err
		}
		if err := n.addShown(to, seen); err != nil {
			return err
		}
	}
	to.Views, to.Reports, to.Dashboards = append(to.Views, t.Views...), append(to.Reports, t.Reports...), append(to.Dashboards, t.Dashboards...)
	return nil
}

// without is what a template says, without what could not be made: when nothing is in
// the way any more, it is.
func (s saying) without(left []Left) saying {
	s.Forms = slices.Clone(s.Forms)
	for i := range s.Forms {
		f := &s.Forms[i]
		f.Fields = slices.DeleteFunc(slices.Clone(f.Fields), func(x document.Field) bool {
			return slices.ContainsFunc(left, func(l Left) bool { return l.Form == f.Key && l.Field == x.Key && l.Option == "" && l.Why != Removed })
		})
		f.Aggregates = slices.DeleteFunc(slices.Clone(f.Aggregates), func(a document.Aggregate) bool {
			return slices.ContainsFunc(left, func(l Left) bool { return l.Form == f.Key && l.Aggregate == a.Key && l.Why != Removed })
		})
		f.Rules = slices.DeleteFunc(slices.Clone(f.Rules), func(r document.Rule) bool {
			return slices.ContainsFunc(left, func(l Left) bool { return l.Form == f.Key && l.Rule == r.Key && l.Why == Lacking })
		})
	}
	s.Views = slices.DeleteFunc(slices.Clone(s.Views), func(v view.New) bool {
		return slices.ContainsFunc(left, func(l Left) bool { return l.Form == v.Form && l.View == v.Key && l.Why != Removed })
	})
	s.Reports = slices.DeleteFunc(slices.Clone(s.Reports), func(r report.New) bool {
		return slices.ContainsFunc(left, func(l Left) bool { return l.Form == r.Form && l.Report == r.Key && l.Why != Removed })
	})
	s.Dashboards = slices.DeleteFunc(slices.Clone(s.Dashboards), func(d dashboard.New) bool {
		return slices.ContainsFunc(left, func(l Left) bool { return l.Dashboard == d.Key && l.Why != Removed })
	})
	return s
}

// Document is the template's definitions, those of the templates that it needs
// first. What stands on the other side of a reference is a field of its own in it.
func (t Template) Document() (document.Document, error) {
	d := &document.Document{Format: document.Format, Partial: true}
	if err := t.addTo(d, map[string]bool{}); err != nil {
		return *d, err
	}
	b, err := json.Marshal(d)
	if err != nil {
		return *d, err
	}
	var raw any
	if err := json.Unmarshal(b, &raw); err != nil {
		return *d, err
	}
	return document.Read(raw) // equal definitions are equal documents
}

func (t Template) addTo(d *document.Document, seen map[string]bool) error {
	if seen[t.Key] {
		return nil
	}
	seen[t.Key] = true
	if t.Definitions != nil {
		for _, f := range t.Definitions.Forms {
			addForm(d, f)
		}
		return nil
	}
	for _, key := range t.Needs {
		n, err := needed(key)
		if err != nil {
			return err
		}
		if err := n.addTo(d, seen); err != nil {
			return err
		}
	}
	var behind []document.Form
	for _, f := range t.NewForms(false) {
		own := document.Form{Key: f.Key, Plural: f.Plural, Labels: f.Labels, PluralLabels: f.Plurals, Description: f.Descriptions, Icon: f.Icon, Colour: f.Colour,
			Title: f.Title, Sections: f.Sections}
		for _, x := range f.Fields {
			y, err := field(x)
			if err != nil {
				return fmt.Errorf("%s.%s: %w", f.Key, x.Key, err)
			}
			own.Fields = append(own.Fields, y)
			if inverse := x.Settings.Inverse; inverse != nil {
				behind = append(behind, document.Form{Key: leadsTo(y), Fields: []document.Field{{Key: *inverse, Kind: "CHILDREN", Labels: x.Settings.InverseLabel,
					Settings: map[string]json.RawMessage{"to": text(f.Key), "via": text(x.Key)}}}})
			}
		}
		addForm(d, own)
	}
	for _, f := range t.Forms {
		i := slices.IndexFunc(d.Forms, func(g document.Form) bool { return g.Key == f.Key })
		for _, r := range f.Rules {
			d.Forms[i].Rules = append(d.Forms[i].Rules, document.Rule{Key: r.Key, Kind: r.Kind, Expression: r.Expression, Fields: r.Fields, IgnoreCase: r.IgnoreCase, Message: r.Message})
		}
	}
	for _, f := range behind {
		addForm(d, f)
	}
	return nil
}

// needed is a template, or a part that several have.
func needed(key string) (Template, error) {
	parts, err := shared()
	if err != nil {
		return Template{}, err
	}
	if t, ok := parts[key]; ok {
		return t, nil
	}
	return Find(key)
}

// addForm adds a form, or to the one that is there the fields that it lacks.
func addForm(d *document.Document, f document.Form) {
	i := slices.IndexFunc(d.Forms, func(g document.Form) bool { return g.Key == f.Key })
	if i < 0 {
		d.Forms = append(d.Forms, f)
		return
	}
	have, fields := &d.Forms[i], f.Fields
	if len(have.Labels) == 0 { // so far only what is behind references
		fields = append(slices.Clone(fields), have.Fields...)
		f.Fields = nil
		*have = f
	}
	for _, x := range fields {
		if byKey(have.Fields, x.Key, fieldKey) == nil {
			have.Fields = append(have.Fields, x)
		}
	}
}

func field(x form.NewField) (document.Field, error) {
	d := document.Field{Key: x.Key, Kind: x.Kind, Labels: x.Labels, Help: x.Help, Required: x.Required, Unique: x.Unique, Indexed: x.Indexed, Purpose: x.Purpose, Section: x.Section}
	b, err := json.Marshal(x.Settings)
	if err == nil {
		err = json.Unmarshal(b, &d.Settings)
	}
	if err == nil && x.Default != nil {
		d.Default, err = json.Marshal(x.Default)
	}
	for _, o := range x.Settings.Options {
		d.Options = append(d.Options, document.Option{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents})
	}
	return d, err
}

func text(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a text always encodes
	return b
}
