package jsonschema

import (
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// widgets of react-jsonschema-form, by kind. Kinds without one have the widget of
// their type; a client that knows x-fieldwork puts its own pickers there.
var widgets = map[string]string{"LONG_TEXT": "textarea", "EMAIL": "email", "URL": "uri", "DATE": "date", "DATETIME": "date-time",
	"CHOICE": "select", "MULTI_CHOICE": "checkboxes", "RATING": "updown", "PROGRESS": "range", "BOOLEAN": "select"}

// UI is what react-jsonschema-form takes beside the schema of values: the order of
// fields, their widgets, help and placeholders, and which are read-only. Sections
// stand in ui:groups, in their order and with their columns; fields of no section
// come first.
func UI(f *form.Form, languages ...string) map[string]any {
	w := &writer{languages: languages}
	return w.ui(f, nil, 0)
}

// maxNested bounds the descriptions of rows within rows, which may lead in circles.
const maxNested = 3

func (w *writer) ui(f *form.Form, parent *form.Field, depth int) object {
	order := []string{}
	out := object{}
	loose := []string{}
	in := map[string][]string{}
	for _, x := range f.Own() {
		if x == parent {
			continue
		}
		order = append(order, x.Key)
		if x.Section == "" {
			loose = append(loose, x.Key)
		} else {
			in[x.Section] = append(in[x.Section], x.Key)
		}
		out[x.Key] = w.uiOf(x, depth)
	}
	out["ui:order"] = append(order, "*")
	var groups []any
	if len(f.Sections) > 0 && len(loose) > 0 {
		groups = append(groups, object{"fields": loose})
	}
	for _, s := range f.Sections {
		fields := in[s.Key]
		if fields == nil {
			fields = []string{}
		}
		g := object{"key": s.Key, "title": w.text(s.Labels, s.Key), "fields": fields}
		if s.Columns > 0 {
			g["columns"] = s.Columns
		}
		groups = append(groups, g)
	}
	if groups != nil {
		out["ui:groups"] = groups
	}
	return out
}

func (w *writer) uiOf(x *form.Field, depth int) object {
	out := object{}
	if widget := widgets[x.KindName()]; widget != "" && !x.System {
		out["ui:widget"] = widget
	}
	if help := w.text(x.Help, ""); help != "" {
		out["ui:help"] = help
	}
	if p := w.text(form.Label(x.Settings.Placeholder), ""); p != "" {
		out["ui:placeholder"] = p
	}
	if x.IsChildren() {
		if x.HasRows() && depth < maxNested {
			out["items"] = w.ui(x.Target, x.Via, depth+1)
			out["ui:options"] = object{"orderable": x.Settings.OrderBy != ""}
		} else if !x.HasRows() {
			out["ui:widget"] = "hidden"
		}
		return out
	}
	if closed(x) {
		out["ui:readonly"] = true
		if kind.IsComputed(x.Kind) {
			delete(out, "ui:widget")
		}
	}
	if x.Settings.Width != "" {
		out["ui:options"] = object{"width": x.Settings.Width}
	}
	return out
}
