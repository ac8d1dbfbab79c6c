package template

import (
	"context"
	"slices"
	"strings"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/report"
	"fieldwork/internal/view"

	"github.com/jmoiron/sqlx"
)

// shelf is where an organisation keeps its views, its reports or its dashboards. T is one of them, N
// what makes one.
type shelf[T, N any] struct {
	kind   sheetKind
	shared func(context.Context, *form.Catalog) ([]T, error)
	say    func(T) N
	name   func(N) (form, key string)
	check  func(N, *form.Catalog) error
	ensure func(context.Context, *sqlx.Tx, *form.Catalog, N) error
	revise func(context.Context, *sqlx.Tx, T, N) error
}

func (s *Store) viewShelf() shelf[*view.View, view.New] {
	return shelf[*view.View, view.New]{viewSheets, s.views.Shared, (*view.View).New,
		func(n view.New) (string, string) { return n.Form, n.Key }, view.New.Check,
		func(ctx context.Context, tx *sqlx.Tx, cat *form.Catalog, n view.New) error {
			n.Shared = true
			return view.Ensure(ctx, tx, cat, n)
		}, view.Revise}
}

func (s *Store) reportShelf() shelf[*report.Report, report.New] {
	return shelf[*report.Report, report.New]{reportSheets, s.reports.Shared, (*report.Report).New,
		func(n report.New) (string, string) { return n.Form, n.Key }, report.New.Check, report.Ensure, report.Revise}
}

// dashboardShelf is that of dashboards, which are of reports that are there, and of those
// that are to be made.
func (s *Store) dashboardShelf(coming []report.New) shelf[*dashboard.Dashboard, dashboard.New] {
	var orgID int64
	var reports []*report.Report // read with the dashboards
	return shelf[*dashboard.Dashboard, dashboard.New]{dashboardSheets,
		func(ctx context.Context, cat *form.Catalog) ([]*dashboard.Dashboard, error) {
			shared, err := s.reports.Shared(ctx, cat)
			if err != nil {
				return nil, err
			}
			orgID, reports = cat.OrgID, append(report.BuiltIn(cat), shared...)
			return s.dashboards.Shared(ctx, cat.OrgID)
		},
		func(d *dashboard.Dashboard) dashboard.New { return d.New(reports) },
		func(n dashboard.New) (string, string) { return "", n.Key },
		func(n dashboard.New, _ *form.Catalog) error {
			n.Items = slices.DeleteFunc(slices.Clone(n.Items), func(item dashboard.Item) bool {
				return slices.ContainsFunc(coming, func(r report.New) bool { return r.Key == item.Report })
			})
			_, err := n.Find(reports)
			return err
		},
		func(ctx context.Context, tx *sqlx.Tx, cat *form.Catalog, n dashboard.New) error {
			n, err := n.Find(reports)
			if err != nil {
				return err
			}
			return dashboard.Ensure(ctx, tx, cat.OrgID, reports, n)
		},
		func(ctx context.Context, tx *sqlx.Tx, have *dashboard.Dashboard, n dashboard.New) error {
			n, err := n.Find(reports)
			if err != nil {
				return err
			}
			return dashboard.Revise(ctx, tx, orgID, reports, have, n)
		}}
}

func (f shelf[T, N]) sheets(list []N) ([]sheet, error) {
	out := make([]sheet, len(list))
	var err error
	for i, n := range list {
		form, key := f.name(n)
		if out[i], err = sheetOf(form, key, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compare says what comes of what a template says and, when it was installed before,
// said. known says that the catalog has all definitions that will be there.
func (f shelf[T, N]) compare(ctx context.Context, cat *form.Catalog, was, says []N, known bool) (have []T, out laid, err error) {
	if have, err = f.shared(ctx, cat); err != nil {
		return nil, out, err
	}
	there := make([]N, len(have))
	for i, x := range have {
		there[i] = f.say(x)
	}
	var lists [3][]sheet
	for i, l := range [][]N{there, was, says} {
		if lists[i], err = f.sheets(l); err != nil {
			return nil, out, err
		}
	}
	return have, f.kind.lay(lists[0], lists[1], lists[2], func(s sheet) bool {
		var n N
		return !known || s.read(&n) == nil && f.check(n, cat) == nil
	}), nil
}

// put makes what the organisation lacks, and brings up to date what it has left as it
// was.
func (f shelf[T, N]) put(ctx context.Context, s *Store, out *Installed, was, says []N) error {
	have, laid, err := f.compare(ctx, out.Catalog, was, says, true)
	if err != nil {
		return err
	}
	out.add(laid)
	if len(laid.fresh)+len(laid.revised) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		for _, w := range slices.Concat(laid.fresh, laid.revised) {
			var n N
			if err := w.read(&n); err != nil {
				return err
			}
			i := slices.IndexFunc(have, func(x T) bool {
				form, key := f.name(f.say(x))
				return form == w.form && key == w.key
			})
			if i < 0 {
				err = f.ensure(ctx, tx, out.Catalog, n)
			} else {
				err = f.revise(ctx, tx, have[i], n)
			}
			if err != nil {
				return inSheet(err, f.kind, w)
			}
		}
		return nil
	})
}

// inSheet says which view, report or dashboard of a template a fault is about.
func inSheet(err error, k sheetKind, w sheet) error {
	var bad fault.List
	if other := bad.Add(err); other != nil {
		return other
	}
	for i, f := range bad {
		bad[i] = fault.New(f.Kind, "%s: %s", strings.Join(k.path(w), "."), f.Message).At("template")
	}
	return bad.Err()
}
