package template

import (
	"cmp"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/view"
)

// viewFile is a shared view as a template file says it: columns, order and groups are
// fields by their keys, or paths of keys; "due_on DESC" is an order, "due_on MONTH" a
// group.
type viewFile struct {
	Form          string      `yaml:"form"`
	Key           string      `yaml:"key"`
	Label         form.Label  `yaml:"label"`
	Description   form.Label  `yaml:"description"`
	Icon          string      `yaml:"icon"`
	Layout        view.Layout `yaml:"layout"` // none: TABLE
	view.Settings `yaml:",inline"`
	Columns       []string `yaml:"columns"`
	Filter        any      `yaml:"filter"`
	OrderBy       []string `yaml:"orderBy"`
	GroupBy       []string `yaml:"groupBy"`
}

func (f viewFile) view() view.New {
	n := view.New{Form: f.Form, Key: f.Key, Labels: f.Label, Descriptions: f.Description, Icon: f.Icon, Shared: true, Layout: cmp.Or(f.Layout, view.Table),
		Definition: view.Definition{Settings: f.Settings, Filter: f.Filter}}
	for _, c := range f.Columns {
		n.Columns = append(n.Columns, view.Column{Field: c})
	}
	for _, o := range f.OrderBy {
		field, direction, _ := strings.Cut(o, " ")
		n.OrderBy = append(n.OrderBy, view.Order{Field: field, Direction: direction})
	}
	for _, g := range f.GroupBy {
		field, by, _ := strings.Cut(g, " ")
		n.GroupBy = append(n.GroupBy, view.Group{Field: field, By: by})
	}
	return n
}
