package template

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
)

// sheet is a view, a report or a dashboard as a document: what it says, by name, in JSON.
type sheet struct {
	form, key string // form: "" for a dashboard
	says      map[string]json.RawMessage
}

// sheetKind is what views, reports and dashboards have of their own.
type sheetKind struct {
	part, under string
	perForm     bool                                      // whether a key is one of a form
	together    [][]string                                // what is decided together
	names       func(*document.Difference, *Left, string) // puts the key where it belongs
}

var viewSheets = sheetKind{part: "VIEW", under: "views", perForm: true, together: [][]string{{"layout", "settings"}},
	names: func(d *document.Difference, l *Left, key string) { d.View, l.View = key, key }}

var reportSheets = sheetKind{part: "REPORT", under: "reports", together: [][]string{{"period", "during"}, {"groupBy", "measures", "orderBy", "chart", "answers"}},
	names: func(d *document.Difference, l *Left, key string) { d.Report, l.Report = key, key }}

var dashboardSheets = sheetKind{part: "DASHBOARD", under: "dashboards", together: [][]string{{"during", "compare"}},
	names: func(d *document.Difference, l *Left, key string) { d.Dashboard, l.Dashboard = key, key }}

// path is where a sheet is found.
func (k sheetKind) path(s sheet) []string {
	if s.form == "" {
		return []string{k.under, s.key}
	}
	return []string{s.form, k.under, s.key}
}

// sheetOf writes down n, which encodes as an object.
func sheetOf(formKey, key string, n any) (sheet, error) {
	out := sheet{form: formKey, key: key}
	b, err := json.Marshal(n)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(b, &out.says)
}

// read reads a sheet back.
func (s sheet) read(into any) error {
	b, err := json.Marshal(s.says)
	if err != nil {
		return err
	}
	return decode(b, into)
}

// decode decodes JSON, numbers as the text they are.
func decode(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(into)
}

// laid is what comes of the views, reports or dashboards of a template.
type laid struct {
	fresh   []sheet
	revised []sheet
	made    []document.Difference
	left    []Left
}

// lay compares what there is with what a template says and, when it was installed
// before, said. fits tells whether one can be in the organisation.
func (k sheetKind) lay(have, was, want []sheet, fits func(sheet) bool) laid {
	var out laid
	for _, w := range want {
		h, b := k.find(have, w), k.find(was, w)
		d, l := document.Difference{Part: k.part, Form: w.form, Path: k.path(w)}, Left{Form: w.form}
		k.names(&d, &l, w.key)
		leave := func(why Reason) {
			l.Why = why
			out.left = append(out.left, l)
		}
		switch {
		case h == nil && b != nil:
			leave(Removed)
		case h == nil && !fits(w):
			leave(Lacking)
		case h == nil:
			d.Change, d.After = "ADDED", w.says
			out.fresh, out.made = append(out.fresh, w), append(out.made, d)
		case h.form != w.form || b == nil && !maps.EqualFunc(h.says, w.says, same):
			leave(Clash)
		case b != nil:
			merged, changed := k.merge(*h, *b, w)
			if len(changed) == 0 {
				continue
			}
			if !fits(merged) {
				leave(Lacking)
				continue
			}
			out.revised = append(out.revised, merged)
			for _, name := range changed {
				one := d
				one.Change, one.Path = "CHANGED", append(slices.Clone(d.Path), name)
				one.Before, one.After = value(h.says[name]), value(merged.says[name])
				out.made = append(out.made, one)
			}
		}
	}
	return out
}

// value is JSON for an answer, nil for none.
func value(b json.RawMessage) any {
	if b == nil {
		return nil
	}
	return b
}

func (k sheetKind) find(list []sheet, w sheet) *sheet {
	i := slices.IndexFunc(list, func(s sheet) bool { return s.key == w.key && (s.form == w.form || !k.perForm) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// merge is what have is to say: what want says where have says what was does, labels
// language by language. It names what changes.
func (k sheetKind) merge(have, was, want sheet) (sheet, []string) {
	out := sheet{have.form, have.key, maps.Clone(have.says)}
	names := map[string]bool{}
	for _, s := range []sheet{have, was, want} {
		for name := range s.says {
			names[name] = true
		}
	}
	untouched := func(name string) bool { return same(have.says[name], was.says[name]) }
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		group := []string{name}
		if i := slices.IndexFunc(k.together, func(g []string) bool { return slices.Contains(g, name) }); i >= 0 {
			group = k.together[i]
		}
		switch {
		case name == "label" || name == "description":
			if l := newsLabel(labelIn(have, name), labelIn(was, name), labelIn(want, name)); l != nil {
				out.says[name], _ = json.Marshal(l) // a map of strings always encodes
			}
		case !slices.ContainsFunc(group, func(n string) bool { return !untouched(n) }):
			if out.says[name] = want.says[name]; out.says[name] == nil {
				delete(out.says, name)
			}
		}
		if !same(out.says[name], have.says[name]) {
			changed = append(changed, name)
		}
	}
	return out, changed
}

func labelIn(s sheet, name string) form.Label {
	var l form.Label
	_ = json.Unmarshal(s.says[name], &l) // absent: none
	return l
}
