package report

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// Store reads and writes reports. Each method is one transaction.
type Store struct{ db *pg.DB }

// NewStore returns a store on a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

const (
	selectReports = `
		SELECT r.id, r.member_id, f.key AS form, r.key, r.version, r.label, r.description, r.definition
		  FROM fieldwork.report r JOIN fieldwork.form f ON f.org_id = r.org_id AND f.id = r.form_id
		 WHERE r.org_id = $1 AND (r.member_id IS NULL OR r.member_id = $2)`
	selectOne    = selectReports + ` AND r.id = $3`
	selectAll    = selectReports + ` ORDER BY r.member_id IS NOT NULL, r.key`
	insertReport = `
		INSERT INTO fieldwork.report (org_id, id, form_id, member_id, key, label, description, definition)
		SELECT $1, n.id, $2, $3, coalesce(nullif($4, ''), 'report_' || n.id), $5, $6, $7
		  FROM (SELECT nextval(pg_get_serial_sequence('fieldwork.report', 'id')) AS id) n
		  LEFT JOIN fieldwork.report r ON r.org_id = $1 AND r.member_id IS NOT DISTINCT FROM $3
		 GROUP BY n.id HAVING count(r.id) < $8
		    ON CONFLICT (org_id, (coalesce(member_id, 0)), key) DO NOTHING
		RETURNING id`
	keyIsTaken   = `SELECT EXISTS (SELECT FROM fieldwork.report WHERE org_id = $1 AND member_id IS NOT DISTINCT FROM $2 AND key = $3)`
	updateReport = `
		UPDATE fieldwork.report r SET version = version + 1, label = $4, description = $5, definition = $6, member_id = $7
		 WHERE org_id = $1 AND id = $2 AND version = $3
		   AND (member_id IS NOT DISTINCT FROM $7
		        OR (SELECT count(*) FROM fieldwork.report o WHERE o.org_id = $1 AND o.member_id IS NOT DISTINCT FROM $7) < $8)`
	deleteReport = `DELETE FROM fieldwork.report WHERE org_id = $1 AND id = $2 AND version = $3`
)

// row is a report as it is kept.
type row struct {
	ID          int64
	MemberID    *int64 `db:"member_id"`
	Form        string
	Key         string
	Version     int
	Label       []byte
	Description []byte
	Definition  []byte
}

// of is the report of a row in a catalog, broken where that lacks what it names; nil
// when its form is not in use.
func (r *row) of(cat *form.Catalog) (*Report, error) {
	f := cat.Form(r.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, nil
	}
	d := &Report{Form: f, ID: r.ID, Key: r.Key, Version: r.Version}
	if r.MemberID != nil {
		d.MemberID = *r.MemberID
	}
	for _, part := range []struct {
		json []byte
		into any
	}{{r.Label, &d.Labels}, {r.Description, &d.Descriptions}, {r.Definition, &d.Definition}} {
		if err := decode(part.json, part.into); err != nil {
			return nil, fmt.Errorf("report %d: %w", r.ID, err)
		}
	}
	if bad := d.check(time.Now()); len(bad) > 0 {
		d.Broken = why(bad)
	}
	return d, nil
}

// decode decodes JSON, numbers as the text they are.
func decode(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(into)
}

// parseID is the number in a report's id, 0 for text that is no id.
func parseID(text string) int64 {
	digits, ok := strings.CutPrefix(text, idPrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || itoa(n) != digits {
		return 0
	}
	return n
}

// All are the reports that the actor may read: those that came with the program, the
// shared ones, then the actor's own.
func (s *Store) All(ctx context.Context, by org.Actor, cat *form.Catalog) ([]*Report, error) {
	out := BuiltIn(cat)
	var rows []*row
	if err := s.db.Control.SelectContext(ctx, &rows, selectAll, by.OrgID, by.MemberID); err != nil {
		return nil, pg.Translate(err)
	}
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

// Get returns a report by id. Faults: NOT_FOUND, also for those of other members.
func (s *Store) Get(ctx context.Context, by org.Actor, cat *form.Catalog, id string) (*Report, error) {
	if i := slices.IndexFunc(builtins, func(b builtin) bool { return b.Key == id }); i >= 0 {
		return builtins[i].in(cat), nil
	}
	var r row
	err := s.db.Control.GetContext(ctx, &r, selectOne, by.OrgID, by.MemberID, parseID(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound()
	}
	if err != nil {
		return nil, pg.Translate(err)
	}
	d, err := r.of(cat)
	if err == nil && d == nil {
		return nil, notFound()
	}
	return d, err
}

// notFound is the fault of a report that is not there, or somebody else's.
func notFound() error { return fault.New(fault.NotFound, "there is no such report").At("id") }

// New is a report to be made.
type New struct {
	Form         string     `json:"form" yaml:"form"` // key
	Key          string     `json:"key" yaml:"key"`   // "": one is made up
	Labels       form.Label `json:"label" yaml:"label"`
	Descriptions form.Label `json:"description,omitempty" yaml:"description"`
	Shared       bool       `json:"-" yaml:"-"`
	Definition   `yaml:",inline"`
}

// Create makes a report. Faults: FORBIDDEN, NOT_FOUND for the form, INVALID with
// paths, CONFLICT for a key that is taken.
func (s *Store) Create(ctx context.Context, by org.Actor, cat *form.Catalog, n New) (*Report, error) {
	if err := mayWrite(by, n.Shared); err != nil {
		return nil, err
	}
	d, definition, err := n.report(cat)
	if err != nil {
		return nil, err
	}
	if !n.Shared {
		d.MemberID = by.MemberID
	}
	var id int64
	err = s.db.Control.GetContext(ctx, &id, insertReport, by.OrgID, d.Form.ID, d.owner(), n.Key, asJSON(d.Labels), asJSON(d.Descriptions), definition, d.most())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notInserted(ctx, s.db.Control, d)
	}
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	out, err := s.Get(ctx, by, cat, idPrefix+itoa(id))
	return out, pg.AfterWrite(err)
}

// report is the report to be made, checked, and what is kept of it.
func (n New) report(cat *form.Catalog) (*Report, []byte, error) {
	f := cat.Form(n.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(n.Form)).At("form")
	}
	d := &Report{Form: f, Key: n.Key, Labels: form.Label{}.With(n.Labels), Descriptions: form.Label{}.With(n.Descriptions), Definition: n.Definition}
	var bad fault.List
	if n.Key != "" {
		_ = bad.Add(form.CheckKey(n.Key, maxKey), "key")
		if parseID(n.Key) > 0 || slices.ContainsFunc(builtins, func(b builtin) bool { return b.Key == n.Key }) {
			bad = append(bad, fault.New(fault.Invalid, "keys such as report_17, and those of the reports that come with the program, are taken").At("key"))
		}
	}
	definition, err := d.checkAll(&bad)
	return d, definition, err
}

// notInserted is why a report was not made.
func notInserted(ctx context.Context, q sqlx.QueryerContext, d *Report) error {
	var taken bool
	if err := sqlx.GetContext(ctx, q, &taken, keyIsTaken, d.Form.Catalog.OrgID, d.owner(), d.Key); err != nil {
		return pg.Translate(err)
	}
	if taken {
		return keyTaken(d.Key)
	}
	return full().At("key")
}

func full() *fault.Fault {
	return fault.New(fault.Invalid, "there are at most %d shared reports, and %d of each member", MaxShared, MaxOwn)
}

// most is how many reports there may be beside each other.
func (r *Report) most() int {
	if r.Shared() {
		return MaxShared
	}
	return MaxOwn
}

func keyTaken(key string) error {
	return fault.New(fault.Conflict, "there is a report %q already", fault.Clip(key)).At("key")
}

// mayWrite refuses changes of reports to those who may not make them.
func mayWrite(by org.Actor, shared bool) error {
	switch {
	case shared && !by.MayShape():
		return fault.New(fault.Forbidden, "only owners and managers may change shared reports")
	case !by.MayWrite() || !shared && by.MemberID == 0:
		return fault.New(fault.Forbidden, "viewers may not make reports")
	}
	return nil
}

// checkAll checks everything that a report says, as it is written, and returns what is
// kept of it.
func (r *Report) checkAll(bad *fault.List) ([]byte, error) {
	if len(r.Labels) == 0 {
		*bad = append(*bad, fault.New(fault.Invalid, "a report needs a label").At("label"))
	}
	_ = bad.Add(r.Labels.Check(maxLabel, "labels"))
	_ = bad.Add(r.Descriptions.Check(maxText, "description"))
	kept, err := json.Marshal(r.Definition)
	if err != nil {
		return nil, err
	}
	if len(kept) > maxDefinition {
		*bad = append(*bad, fault.New(fault.Invalid, "a report says at most %d bytes of JSON", maxDefinition).At("filter"))
		return nil, bad.Err()
	}
	r.Definition = Definition{} // as a JSON decoder makes it, which the checkers expect
	if err := decode(kept, &r.Definition); err != nil {
		return nil, err
	}
	*bad = append(*bad, r.check(time.Now())...)
	return kept, bad.Err()
}

// owner is the member's number for a column that may be empty.
func (r *Report) owner() any {
	if r.Shared() {
		return nil
	}
	return r.MemberID
}

func asJSON(l form.Label) []byte {
	b, _ := json.Marshal(l) // a map of strings always encodes
	return b
}

// At is a report at a version.
type At struct {
	ID      string
	Version int
}

// Update is a change of a report; nil leaves things as they are. Texts are set
// language by language, an empty one removes one.
type Update struct {
	Labels       form.Label
	Descriptions form.Label
	Shared       *bool
	Filter       any
	SetFilter    bool // Filter is meant, also where it is nil
	Period       *string
	During       *string
	SetDuring    bool
	GroupBy      []Group
	Measures     []Measure
	OrderBy      []Order
	Chart        *Chart
}

// Update changes a report that the caller saw at a version. Faults: NOT_FOUND,
// FORBIDDEN, INVALID with paths, CONFLICT with the version there is.
func (s *Store) Update(ctx context.Context, by org.Actor, cat *form.Catalog, at At, u Update) (*Report, error) {
	d, err := s.writable(ctx, by, cat, at)
	if err != nil {
		return nil, err
	}
	if u.Shared != nil && *u.Shared != d.Shared() {
		if !by.MayShape() {
			return nil, fault.New(fault.Forbidden, "only owners and managers may change shared reports").At("shared")
		}
		if d.MemberID = 0; !*u.Shared {
			d.MemberID = by.MemberID
		}
	}
	u.to(d)
	var bad fault.List
	definition, err := d.checkAll(&bad)
	if err != nil {
		return nil, err
	}
	res, err := s.db.Control.ExecContext(ctx, updateReport, by.OrgID, d.ID, at.Version, asJSON(d.Labels), asJSON(d.Descriptions), definition, d.owner(), d.most())
	if pg.Code(err) == "23505" {
		return nil, keyTaken(d.Key)
	}
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return nil, err
	}
	out, err := s.Get(ctx, by, cat, at.ID)
	switch {
	case err == nil && n == 0 && out.Version == at.Version:
		return nil, full().At("shared")
	case err == nil && n == 0:
		return nil, changed(at.Version, out.Version)
	}
	return out, pg.AfterWrite(err)
}

// to makes the change.
func (u Update) to(d *Report) {
	d.Labels, d.Descriptions = d.Labels.With(u.Labels), d.Descriptions.With(u.Descriptions)
	if u.SetFilter {
		d.Filter = u.Filter
	}
	if u.Period != nil {
		d.Period = *u.Period
	}
	if u.SetDuring {
		if d.During = ""; u.During != nil {
			d.During = *u.During
		}
	}
	if u.GroupBy != nil {
		d.GroupBy = u.GroupBy
	}
	if u.Measures != nil {
		d.Measures = u.Measures
	}
	if u.OrderBy != nil {
		d.OrderBy = u.OrderBy
	}
	if u.Chart != nil {
		d.Chart = *u.Chart
	}
}

// writable returns a report that the actor may change and has seen as it is.
func (s *Store) writable(ctx context.Context, by org.Actor, cat *form.Catalog, at At) (*Report, error) {
	d, err := s.Get(ctx, by, cat, at.ID)
	if err != nil {
		return nil, err
	}
	if d.BuiltIn() {
		return nil, fault.New(fault.Forbidden, "it came with the program: make one of your own like it").At("id")
	}
	if err := mayWrite(by, d.Shared()); err != nil {
		return nil, err
	}
	if d.Version != at.Version {
		return nil, changed(at.Version, d.Version)
	}
	return d, nil
}

func changed(from, to int) error {
	return fault.New(fault.Conflict, "the report has moved on from version %d to %d", from, to).At("version").With("version", to)
}

// Delete takes a report away. Faults: as of Update.
func (s *Store) Delete(ctx context.Context, by org.Actor, cat *form.Catalog, at At) error {
	d, err := s.writable(ctx, by, cat, at)
	if err != nil {
		return err
	}
	res, err := s.db.Control.ExecContext(ctx, deleteReport, by.OrgID, d.ID, at.Version)
	if err != nil {
		return pg.AsWrite(pg.Translate(err), true)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = s.writable(ctx, by, cat, at) // changed or deleted meanwhile
	return err
}
