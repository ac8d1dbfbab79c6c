package template

import (
	"encoding/json"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/form/kind"
)

// Left is something of a template that an organisation has otherwise, and that
// stays as it is there.
type Left struct {
	Form, Field, Option, Rule string
	View, Report, Dashboard   string
	Aggregate                 string
	Why                       Reason
}

// Reason is why something is left as it is.
type Reason string

// The reasons.
const (
	Clash   Reason = "CLASH"   // it is of another kind here, so what the template says of it is not made
	Removed Reason = "REMOVED" // the organisation archived it or took it away
	Lacking Reason = "LACKING" // it cannot be without something that is left
)

// merge is what an organisation's definitions are to be when a template is
// installed that says want and, when it was installed before, said was. A label,
// help, colour, part of a saved aggregate or rule becomes what want says where the organisation has left it as
// it was; what it lacks is made, unless it was there before; all else stays.
func merge(cat *form.Catalog, was, want document.Document) (document.Document, []Left) {
	m := &merger{cat: cat, was: was}
	out := document.Document{Format: document.Format, Partial: true, Forms: []document.Form{}}
	var made []document.Form
	place := map[string]int{}
	for i, f := range cat.Forms {
		place[f.Key] = i
	}
	for _, w := range want.Forms {
		f, before := cat.Form(w.Key), byKey(was.Forms, w.Key, formKey)
		switch {
		case f == nil && before != nil || f != nil && f.ArchivedAt != nil:
			m.leave(Left{Form: w.Key, Why: Removed})
		case f == nil:
			w.Fields = slices.Clone(w.Fields)
			for i := range w.Fields {
				m.tie(w.Key, &w.Fields[i])
			}
			whole := w.Aggregates
			w.Aggregates = nil
			m.aggregates(&w, document.Form{}, document.Form{Aggregates: whole})
			made = append(made, w)
		default:
			out.Forms = append(out.Forms, m.form(document.OfForm(f), before, w))
		}
	}
	slices.SortFunc(out.Forms, func(a, b document.Form) int { return place[a.Key] - place[b.Key] })
	out.Forms = append(out.Forms, made...)
	for m.prune(&out) {
	}
	m.pruneSaved(&out, want)
	return out, m.left
}

type merger struct {
	cat  *form.Catalog
	was  document.Document
	left []Left
}

func (m *merger) leave(l Left) { m.left = append(m.left, l) }

func formKey(f document.Form) string     { return f.Key }
func fieldKey(f document.Field) string   { return f.Key }
func optionKey(o document.Option) string { return o.Key }
func ruleKey(r document.Rule) string     { return r.Key }
func sectionKey(s form.Section) string   { return s.Key }

func byKey[T any](list []T, key string, of func(T) string) *T {
	for i := range list {
		if of(list[i]) == key {
			return &list[i]
		}
	}
	return nil
}

// news is the value that is wanted where the present one is as it was.
func news[T comparable](have, was, want T) T {
	if have == was {
		return want
	}
	return have
}

func newsLabel(have, was, want form.Label) form.Label {
	out := form.Label{}
	for lang, s := range have {
		out[lang] = s
	}
	for lang, s := range want {
		if out[lang] == was[lang] {
			out[lang] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (m *merger) form(have document.Form, was *document.Form, want document.Form) document.Form {
	if was == nil {
		was = &document.Form{}
	} else {
		have.Labels = newsLabel(have.Labels, was.Labels, want.Labels)
		have.PluralLabels = newsLabel(have.PluralLabels, was.PluralLabels, want.PluralLabels)
		have.Description = newsLabel(have.Description, was.Description, want.Description)
		have.Icon, have.Colour = news(have.Icon, was.Icon, want.Icon), news(have.Colour, was.Colour, want.Colour)
	}
	have.Sections = slices.Clone(have.Sections)
	for _, w := range want.Sections {
		h, b := byKey(have.Sections, w.Key, sectionKey), byKey(was.Sections, w.Key, sectionKey)
		switch {
		case h == nil && b == nil:
			have.Sections = append(have.Sections, w)
		case h != nil && b != nil:
			h.Labels = newsLabel(h.Labels, b.Labels, w.Labels)
		}
	}
	have.Fields = slices.Clone(have.Fields)
	for _, w := range want.Fields {
		h, b := byKey(have.Fields, w.Key, fieldKey), byKey(was.Fields, w.Key, fieldKey)
		l := Left{Form: have.Key, Field: w.Key}
		switch {
		case h == nil && b != nil || h != nil && h.Archived:
			l.Why = Removed
			m.leave(l)
		case h == nil:
			if w.Section != "" && byKey(have.Sections, w.Section, sectionKey) == nil {
				w.Section = ""
			}
			if w.Purpose != "" && slices.ContainsFunc(have.Fields, func(x document.Field) bool { return x.Purpose == w.Purpose && !x.Archived }) {
				w.Purpose = "" // the organisation has a field of its own for it
			}
			m.tie(have.Key, &w)
			have.Fields = append(have.Fields, w)
		case h.Kind != w.Kind || !same(h.Settings["to"], w.Settings["to"]) || w.Kind == "CHILDREN" && !same(h.Settings["via"], w.Settings["via"]):
			l.Why = Clash
			m.leave(l)
		case b != nil:
			m.field(have.Key, h, *b, w)
		}
	}
	m.aggregates(&have, *was, want)
	have.Rules = slices.Clone(have.Rules)
	for _, w := range want.Rules {
		h, b := byKey(have.Rules, w.Key, ruleKey), byKey(was.Rules, w.Key, ruleKey)
		switch {
		case h == nil && b == nil:
			have.Rules = append(have.Rules, w)
		case h == nil:
			m.leave(Left{Form: have.Key, Rule: w.Key, Why: Removed})
		case h.Kind != w.Kind:
			m.leave(Left{Form: have.Key, Rule: w.Key, Why: Clash})
		case b != nil && h.Expression == b.Expression && slices.Equal(h.Fields, b.Fields):
			h.Expression, h.Fields, h.Message = w.Expression, w.Fields, newsLabel(h.Message, b.Message, w.Message)
		}
	}
	slices.SortStableFunc(have.Rules, func(a, b document.Rule) int { return strings.Compare(a.Key, b.Key) })
	return have
}

func same(a, b json.RawMessage) bool { return string(a) == string(b) }

// field brings labels, help and options of a field up to date.
func (m *merger) field(formKey string, have *document.Field, was, want document.Field) {
	have.Labels, have.Help = newsLabel(have.Labels, was.Labels, want.Labels), newsLabel(have.Help, was.Help, want.Help)
	have.Options = slices.Clone(have.Options)
	live := slices.IndexFunc(have.Options, func(o document.Option) bool { return o.Archived })
	if live < 0 {
		live = len(have.Options)
	}
	for _, w := range want.Options {
		h, b := byKey(have.Options, w.Key, optionKey), byKey(was.Options, w.Key, optionKey)
		switch {
		case h == nil && b == nil:
			have.Options = slices.Insert(have.Options, live, w)
			live++
		case h == nil || h.Archived:
			m.leave(Left{Form: formKey, Field: have.Key, Option: w.Key, Why: Removed})
		case b != nil:
			h.Labels, h.Colour = newsLabel(h.Labels, b.Labels, w.Labels), news(h.Colour, b.Colour, w.Colour)
		}
	}
}

// tie takes the other side from a new reference where the organisation has another
// field of that key.
func (m *merger) tie(formKey string, x *document.Field) {
	var inverse string
	if json.Unmarshal(x.Settings["inverse"], &inverse) != nil {
		return
	}
	f := m.cat.Form(leadsTo(*x))
	if f == nil {
		return
	}
	for _, y := range f.Fields {
		if y.Key != inverse || y.Kind == (kind.Children{}) && y.Settings.To == formKey && y.Settings.Via == x.Key && y.ArchivedAt == nil {
			continue
		}
		settings := map[string]json.RawMessage{}
		for name, v := range x.Settings {
			if name != "inverse" {
				settings[name] = v
			}
		}
		x.Settings = settings
	}
}

// prune takes out new fields that lead to what is left, go through it or name it, and says
// whether there were any: then others may follow.
func (m *merger) prune(d *document.Document) bool {
	some := false
	for i := range d.Forms {
		f := &d.Forms[i]
		f.Fields = slices.DeleteFunc(slices.Clone(f.Fields), func(x document.Field) bool {
			if m.has(f.Key, x.Key) || m.canBe(d, f.Key, x) {
				return false
			}
			m.leave(Left{Form: f.Key, Field: x.Key, Why: Lacking})
			some = true
			return true
		})
	}
	return some
}

// has says whether the organisation has the field, archived or not.
func (m *merger) has(formKey, fieldKey string) bool {
	f := m.cat.Form(formKey)
	return f != nil && slices.ContainsFunc(f.Fields, func(x *form.Field) bool { return x.Key == fieldKey })
}

// expressions are the settings that name fields of the same record.
var expressions = []string{"expression", "defaultExpression", "shownWhen", "requiredWhen", "readOnlyWhen"}

func (m *merger) canBe(d *document.Document, formKey string, x document.Field) bool {
	for _, name := range expressions {
		var text string
		_ = json.Unmarshal(x.Settings[name], &text) // absent: ""
		if m.namesLeft(d, formKey, text) {
			return false
		}
	}
	var to, via string
	_ = json.Unmarshal(x.Settings["to"], &to) // absent: ""
	_ = json.Unmarshal(x.Settings["via"], &via)
	if to != "" && m.find(d, to) == nil {
		return false
	}
	if via == "" {
		return true
	}
	on := formKey
	if x.Kind == "CHILDREN" {
		on = to
	}
	f := m.find(d, on)
	if f == nil {
		return false
	}
	y := byKey(f.Fields, via, fieldKey)
	if y == nil || y.Archived {
		return false
	}
	return x.Kind != "CHILDREN" || leadsTo(*y) == formKey
}

// leadsTo is the key of the form that a field leads to, "" for none.
func leadsTo(x document.Field) (to string) {
	switch x.Kind {
	case "TEAM":
		return "team"
	case "MEMBER", "MEMBERS":
		return "member"
	}
	_ = json.Unmarshal(x.Settings["to"], &to) // absent: ""
	return to
}

// find is a form as it will be, nil for one that is not in use.
func (m *merger) find(d *document.Document, key string) *document.Form {
	if f := byKey(d.Forms, key, formKey); f != nil {
		return f
	}
	if f := m.cat.Form(key); f != nil && f.ArchivedAt == nil {
		have := document.OfForm(f)
		return &have
	}
	return nil
}
