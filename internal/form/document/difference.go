package document

import (
	"encoding/json"
	"maps"
	"slices"

	"fieldwork/internal/form"
)

// Difference is one way in which definitions differ from a document.
type Difference struct {
	Change      string // ADDED, CHANGED or REMOVED, from the definitions to the document
	Part        string // FORM, FIELD, OPTION, RULE or AGGREGATE; of templates also VIEW, REPORT or DASHBOARD
	Form        string // "": the order of the forms
	Field       string
	Option      string
	Rule        string
	Aggregate   string
	View        string
	Report      string
	Dashboard   string
	Path        []string // from the form down, to the very attribute
	Before      any      // JSON; nil where there is nothing
	After       any
	Destructive bool   // something in use would go, or values be converted
	Conflict    string // why applying leaves it as it is, "" when it does not
}

// The changes and parts of a Difference.
const (
	added, changed, removed                   = "ADDED", "CHANGED", "REMOVED"
	formPart, fieldPart, optionPart, rulePart = "FORM", "FIELD", "OPTION", "RULE"
	aggregatePart                             = "AGGREGATE"
)

// IsFixed tells settings that say what a field is; they are given when it is made.
func IsFixed(kind, setting string) bool {
	switch setting {
	case "to", "inverse", "onDelete":
		return true
	}
	return setting == "via" && kind == "CHILDREN"
}

// Diff lists how the definitions differ from the document. What is archived here
// and is not in the document does not differ.
func Diff(cat *form.Catalog, d Document) []Difference {
	c := &comparison{out: []Difference{}}
	var here, there []string
	known := map[string]bool{}
	for _, want := range d.Forms {
		known[want.Key] = true
		f := cat.Form(want.Key)
		if f == nil {
			c.put(Difference{Change: added, Part: formPart, Form: want.Key, Path: []string{want.Key}, After: want})
			continue
		}
		there = append(there, want.Key)
		c.form(f, want)
	}
	for _, f := range cat.Forms {
		switch {
		case known[f.Key]:
			here = append(here, f.Key)
		case f.ArchivedAt == nil && !d.Partial:
			x := Difference{Change: removed, Part: formPart, Form: f.Key, Path: []string{f.Key}, Before: OfForm(f), Destructive: true}
			if f.Standard {
				x.Conflict = "standard forms are not archived"
			}
			c.put(x)
		}
	}
	if !slices.Equal(here, there) {
		c.put(Difference{Change: changed, Part: formPart, Path: []string{"order"}, Before: here, After: there})
	}
	return c.out
}

type comparison struct{ out []Difference }

func (c *comparison) put(d Difference) { c.out = append(c.out, d) }

// unsaid takes out of here what a document may leave out and does.
func unsaid(here, there map[string]json.RawMessage, names ...string) {
	for _, name := range names {
		if there[name] == nil {
			delete(here, name)
		}
	}
}

// attributes compares the attributes of two parts; at is the difference that each
// is one of.
func (c *comparison) attributes(here, there map[string]json.RawMessage, at Difference, conflict func(name string) string) {
	names := slices.Collect(maps.Keys(here))
	for name := range there {
		if here[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if SameJSON(here[name], there[name]) {
			continue
		}
		d := at
		d.Change, d.Path = changed, append(slices.Clip(at.Path), name)
		if v := here[name]; v != nil {
			d.Before = v
		}
		if v := there[name]; v != nil {
			d.After = v
		}
		d.Conflict = conflict(name)
		d.Destructive = name == "archived" && there[name] != nil
		c.put(d)
	}
}

// SameJSON compares values without regard to the order of keys.
func SameJSON(a, b json.RawMessage) bool {
	if string(a) == string(b) {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	x, err1 := form.DecodeJSON(a)
	y, err2 := form.DecodeJSON(b)
	if err1 != nil || err2 != nil {
		return false
	}
	p, err1 := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err1 == nil && err2 == nil && string(p) == string(q)
}

func (c *comparison) form(f *form.Form, want Form) {
	have := OfForm(f)
	at := Difference{Part: formPart, Form: f.Key, Path: []string{f.Key}}
	here, there := form.Attributes(have, "fields", "rules", "aggregates"), form.Attributes(want, "fields", "rules", "aggregates")
	unsaid(here, there, "labels", "title")
	c.attributes(here, there, at, func(name string) string {
		switch {
		case name == "plural":
			return "the plural is given when a form is made"
		case name == "archived" && want.Archived && f.Standard:
			return "standard forms are not archived"
		}
		return ""
	})
	c.fields(f, have, want)
	c.rules(f.Key, have.Rules, want.Rules)
	c.aggregates(f.Key, have.Aggregates, want.Aggregates)
}

func (c *comparison) aggregates(formKey string, have, want []Aggregate) {
	at := func(key string) Difference {
		return Difference{Part: aggregatePart, Form: formKey, Aggregate: key, Path: []string{formKey, "aggregates", key}}
	}
	for _, w := range want {
		d := at(w.Key)
		i := slices.IndexFunc(have, func(h Aggregate) bool { return h.Key == w.Key })
		if i < 0 {
			d.Change, d.After = added, w
			c.put(d)
			continue
		}
		c.attributes(form.Attributes(have[i]), form.Attributes(w), d, func(string) string { return "" })
	}
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w Aggregate) bool { return w.Key == h.Key }) {
			d := at(h.Key)
			d.Change, d.Before, d.Destructive = removed, h, true
			c.put(d)
		}
	}
}

func (c *comparison) fields(f *form.Form, have, want Form) {
	fields := map[string]Field{}
	for _, x := range have.Fields {
		fields[x.Key] = x
	}
	var here, there []string
	known := map[string]bool{}
	for _, w := range want.Fields {
		known[w.Key] = true
		h, ok := fields[w.Key]
		if !ok {
			c.put(Difference{Change: added, Part: fieldPart, Form: f.Key, Field: w.Key, Path: []string{f.Key, "fields", w.Key}, After: w})
			continue
		}
		there = append(there, w.Key)
		c.field(f, h, w)
	}
	for _, h := range have.Fields {
		if known[h.Key] {
			here = append(here, h.Key)
		} else if x := f.AnyField(h.Key); x != nil && x.ArchivedAt == nil {
			d := Difference{Change: removed, Part: fieldPart, Form: f.Key, Field: h.Key, Path: []string{f.Key, "fields", h.Key}, Before: h, Destructive: true}
			if x.Purpose == "MEMBER_EMAIL" || x.Purpose == "MEMBER_STATUS" {
				d.Conflict = "it decides who may sign in"
			}
			c.put(d)
		}
	}
	if !slices.Equal(here, there) {
		c.put(Difference{Change: changed, Part: formPart, Form: f.Key, Path: []string{f.Key, "order"}, Before: here, After: there})
	}
}

func (c *comparison) field(f *form.Form, have, want Field) {
	at := Difference{Part: fieldPart, Form: f.Key, Field: have.Key, Path: []string{f.Key, "fields", have.Key}}
	if have.Kind != want.Kind {
		d := at
		d.Change, d.Path, d.Before, d.After, d.Destructive = changed, append(slices.Clip(at.Path), "kind"), have.Kind, want.Kind, true
		d.Conflict = "kinds are not converted here: convert the field first"
		c.put(d)
		return // the rest means something else for another kind
	}
	here, there := form.Attributes(have, "settings", "options"), form.Attributes(want, "settings", "options")
	unsaid(here, there, "labels")
	c.attributes(here, there, at, func(name string) string {
		if name == "purpose" {
			return "the purpose is given when a field is made"
		}
		return ""
	})
	at.Path = append(slices.Clip(at.Path), "settings")
	c.attributes(have.Settings, want.Settings, at, func(name string) string {
		if IsFixed(have.Kind, name) {
			return "it is given when a field is made"
		}
		return ""
	})
	c.options(f.Key, have, want)
}

func (c *comparison) options(formKey string, have, want Field) {
	path := func(key string) []string { return []string{formKey, "fields", have.Key, "options", key} }
	options := map[string]Option{}
	for _, o := range have.Options {
		options[o.Key] = o
	}
	var here, there []string
	known := map[string]bool{}
	for _, w := range want.Options {
		known[w.Key] = true
		at := Difference{Part: optionPart, Form: formKey, Field: have.Key, Option: w.Key, Path: path(w.Key)}
		h, ok := options[w.Key]
		if !ok {
			at.Change, at.After = added, w
			c.put(at)
			continue
		}
		if !w.Archived && !h.Archived {
			there = append(there, w.Key)
		}
		a, b := form.Attributes(h), form.Attributes(w)
		c.attributes(a, b, at, func(string) string { return "" })
	}
	for _, h := range have.Options {
		if known[h.Key] {
			if slices.Contains(there, h.Key) {
				here = append(here, h.Key)
			}
		} else if !h.Archived {
			c.put(Difference{Change: removed, Part: optionPart, Form: formKey, Field: have.Key, Option: h.Key, Path: path(h.Key), Before: h, Destructive: true})
		}
	}
	if !slices.Equal(here, there) {
		c.put(Difference{Change: changed, Part: fieldPart, Form: formKey, Field: have.Key, Path: []string{formKey, "fields", have.Key, "optionOrder"}, Before: here, After: there})
	}
}

func (c *comparison) rules(formKey string, have, want []Rule) {
	rules := map[string]Rule{}
	for _, r := range have {
		rules[r.Key] = r
	}
	known := map[string]bool{}
	for _, w := range want {
		known[w.Key] = true
		at := Difference{Part: rulePart, Form: formKey, Rule: w.Key, Path: []string{formKey, "rules", w.Key}}
		h, ok := rules[w.Key]
		if !ok {
			at.Change, at.After = added, w
			c.put(at)
			continue
		}
		c.attributes(form.Attributes(h), form.Attributes(w), at, func(name string) string {
			if name == "kind" {
				return "the kind of a rule is given when it is made"
			}
			return ""
		})
	}
	for _, h := range have {
		if !known[h.Key] {
			c.put(Difference{Change: removed, Part: rulePart, Form: formKey, Rule: h.Key, Path: []string{formKey, "rules", h.Key}, Before: h, Destructive: true})
		}
	}
}
