package report

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"

	"github.com/jmoiron/sqlx"
)

const (
	selectShared = `
		SELECT r.id, r.member_id, f.key AS form, r.key, r.version, r.label, r.description, r.definition
		  FROM fieldwork.report r JOIN fieldwork.form f ON f.org_id = r.org_id AND f.id = r.form_id
		 WHERE r.org_id = $1 AND r.member_id IS NULL ORDER BY r.key`
	reviseReport = `
		UPDATE fieldwork.report SET version = version + 1, label = $4, description = $5, definition = $6
		 WHERE org_id = $1 AND id = $2 AND version = $3 AND member_id IS NULL`
)

// Shared are the reports of a catalog's organisation that everyone reads, broken ones
// too, without those that come with the program.
func (s *Store) Shared(ctx context.Context, cat *form.Catalog) ([]*Report, error) {
	var rows []*row
	if err := s.db.Control.SelectContext(ctx, &rows, selectShared, cat.OrgID); err != nil {
		return nil, pg.Translate(err)
	}
	var out []*Report
	for _, r := range rows {
		d, err := r.of(cat)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// New is what makes a report such as this one.
func (r *Report) New() New {
	return New{Form: r.Form.Key, Key: r.Key, Labels: r.Labels, Descriptions: r.Descriptions, Shared: r.Shared(), Definition: r.Definition}
}

// HasMadeUpKey says whether nobody gave the report its key, so that it is none in
// another organisation.
func (r *Report) HasMadeUpKey() bool { return parseID(r.Key) > 0 }

// NamesRecords says whether a filter names records by their ids, which are others in
// another organisation.
func (r *Report) NamesRecords() bool {
	q, _ := r.question(time.Now())
	some := query.NamesRecords(q.List.Filter)
	for _, m := range q.Metrics {
		some = some || m.If != nil && query.NamesRecords(m.If.Filter)
	}
	return some
}

// Check says what is wrong with a report to be made in a catalog. Faults: NOT_FOUND
// for the form, INVALID with paths.
func (n New) Check(cat *form.Catalog) error {
	_, _, err := n.report(cat)
	return err
}

// Ensure makes a shared report, unless a catalog's organisation has one of its key.
// Whoever calls has seen to it that this is allowed. Faults: those of Create.
func Ensure(ctx context.Context, tx *sqlx.Tx, cat *form.Catalog, n New) error {
	d, definition, err := n.report(cat)
	if err == nil && n.Key == "" {
		err = fault.New(fault.Invalid, "needs a key, by which it is found again").At("key")
	}
	if err != nil {
		return err
	}
	var id int64
	err = tx.GetContext(ctx, &id, insertReport, cat.OrgID, d.Form.ID, nil, d.Key, asJSON(d.Labels), asJSON(d.Descriptions), definition, MaxShared)
	if !errors.Is(err, sql.ErrNoRows) {
		return pg.Translate(err)
	}
	if err = notInserted(ctx, tx, d); fault.KindOf(err) == fault.Conflict {
		return nil // it is there
	}
	return err
}

// Revise makes a shared report what is said, unless somebody has changed it since it
// was read. Whoever calls has seen to it that this is allowed. Faults: INVALID with
// paths.
func Revise(ctx context.Context, tx *sqlx.Tx, have *Report, n New) error {
	d, definition, err := n.report(have.Form.Catalog)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, reviseReport, have.Form.Catalog.OrgID, have.ID, have.Version, asJSON(d.Labels), asJSON(d.Descriptions), definition)
	return pg.Translate(err)
}
