package template

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/view"

	"github.com/jmoiron/sqlx"
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

// viewsAsSheets writes views down.
func viewsAsSheets(list []view.New) ([]sheet, error) {
	out := make([]sheet, len(list))
	var err error
	for i, v := range list {
		if out[i], err = sheetOf(v.Form, v.Key, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// layViews compares the views of a template with those that there are. known says that
// the catalog has all definitions that will be there.
func layViews(have []*view.View, p Preview, cat *form.Catalog, known bool) (laid, error) {
	there := make([]view.New, len(have))
	for i, v := range have {
		there[i] = v.New()
	}
	var lists [3][]sheet
	for i, l := range [][]view.New{there, p.was.Views, p.says.Views} {
		var err error
		if lists[i], err = viewsAsSheets(l); err != nil {
			return laid{}, err
		}
	}
	return viewSheets.lay(lists[0], lists[1], lists[2], func(s sheet) bool {
		var n view.New
		return !known || s.read(&n) == nil && n.Check(cat) == nil
	}), nil
}

// layViews makes the views that the organisation lacks, and brings up to date what it
// has left as it was.
func (s *Store) layViews(ctx context.Context, out *Installed) error {
	have, err := s.views.Shared(ctx, out.Catalog)
	if err != nil {
		return err
	}
	laid, err := layViews(have, out.Preview, out.Catalog, true)
	if err != nil {
		return err
	}
	out.add(laid)
	if len(laid.fresh)+len(laid.revised) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		for _, w := range laid.fresh {
			var n view.New
			if err := w.read(&n); err != nil {
				return err
			}
			n.Shared = true
			if err := view.Ensure(ctx, tx, out.Catalog, n); err != nil {
				return inView(err, n)
			}
		}
		for _, w := range laid.revised {
			var n view.New
			if err := w.read(&n); err != nil {
				return err
			}
			i := slices.IndexFunc(have, func(v *view.View) bool { return v.Form.Key == n.Form && v.Key == n.Key })
			if err := view.Revise(ctx, tx, have[i], n); err != nil {
				return inView(err, n)
			}
		}
		return nil
	})
}

// inView says which view of a template a fault is about.
func inView(err error, n view.New) error {
	var bad fault.List
	if other := bad.Add(err); other != nil {
		return other
	}
	for i, f := range bad {
		bad[i] = fault.New(f.Kind, "view %s of form %s: %s", n.Key, n.Form, f.Message).At("template")
	}
	return bad.Err()
}
