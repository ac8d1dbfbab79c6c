package dashboard

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"

	"github.com/jmoiron/sqlx"
)

const (
	selectShared    = `SELECT id, member_id, key, version, label, definition FROM fieldwork.dashboard WHERE org_id = $1 AND member_id IS NULL ORDER BY key`
	reviseDashboard = updateDashboard + ` AND member_id IS NULL`
)

// Shared are the dashboards of an organisation that everyone reads.
func (s *Store) Shared(ctx context.Context, orgID int64) ([]*Dashboard, error) {
	var rows []*row
	if err := s.db.Control.SelectContext(ctx, &rows, selectShared, orgID); err != nil {
		return nil, pg.Translate(err)
	}
	return dashboards(rows)
}

// New is what makes a dashboard such as this one, its reports by their keys, which
// are the same in other organisations. A report that is not there keeps its id.
func (d *Dashboard) New(reports []*report.Report) New {
	n := New{Key: d.Key, Labels: d.Labels, Definition: d.Definition}
	n.Items = slices.Clone(d.Items)
	for i, item := range n.Items {
		if at := slices.IndexFunc(reports, func(r *report.Report) bool { return r.IDText() == item.Report }); at >= 0 {
			n.Items[i].Report = reports[at].Key
		}
	}
	return n
}

// HasMadeUpKey says whether nobody gave the dashboard its key, so that it is none in
// another organisation.
func (d *Dashboard) HasMadeUpKey() bool { return parseID(d.Key) > 0 }

// Find is what New says, of the reports of an organisation by their ids. Faults: INVALID with
// paths.
func (n New) Find(reports []*report.Report) (New, error) {
	var bad fault.List
	n.Items = slices.Clone(n.Items)
	for i, item := range n.Items {
		at := slices.IndexFunc(reports, func(r *report.Report) bool { return r.Key == item.Report && r.Shared() })
		if at < 0 {
			bad = append(bad, fault.New(fault.Invalid, "there is no report %q", fault.Clip(item.Report)).At("reports", i, "report"))
			continue
		}
		n.Items[i].Report = reports[at].IDText()
	}
	return n, bad.Err()
}

// Ensure makes a shared dashboard of reports by their ids, unless the organisation has one of its key.
// Whoever calls has seen to it that this is allowed. Faults: INVALID with paths.
func Ensure(ctx context.Context, tx *sqlx.Tx, orgID int64, reports []*report.Report, n New) error {
	d := &Dashboard{Key: n.Key, Labels: form.Label{}.With(n.Labels), Definition: n.Definition}
	bad := checkKey(n.Key)
	if n.Key == "" {
		bad = append(bad, fault.New(fault.Invalid, "needs a key, by which it is found again").At("key"))
	}
	label, definition, err := d.check(reports, bad)
	if err != nil {
		return err
	}
	var id int64
	err = tx.GetContext(ctx, &id, insertDashboard, orgID, nil, n.Key, label, definition, most)
	if !errors.Is(err, sql.ErrNoRows) {
		return pg.Translate(err)
	}
	var taken bool
	if err := tx.GetContext(ctx, &taken, keyIsTaken, orgID, nil, n.Key); err != nil {
		return pg.Translate(err)
	}
	if !taken {
		return tooMany()
	}
	return nil // it is there
}

// Revise makes a shared dashboard what is said of reports by their ids, unless somebody has changed
// it since it was read. Whoever calls has seen to it that this is allowed. Faults:
// INVALID with paths.
func Revise(ctx context.Context, tx *sqlx.Tx, orgID int64, reports []*report.Report, have *Dashboard, n New) error {
	d := &Dashboard{Key: have.Key, Labels: form.Label{}.With(n.Labels), Definition: n.Definition}
	label, definition, err := d.check(reports, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, reviseDashboard, orgID, have.ID, have.Version, label, definition)
	return pg.Translate(err)
}
