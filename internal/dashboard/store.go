package dashboard

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"
)

// Store reads and writes dashboards. Each method is one transaction.
type Store struct{ db *pg.DB }

// NewStore returns a store on a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

// Limits of dashboards.
const (
	most       = 100 // shared ones, and of each member
	maxKey     = 48
	MaxTitle   = 200 // characters, also of labels
	maxColumns = 4
)

// Definition is what a dashboard says.
type Definition struct {
	Items   []Item            `json:"reports" yaml:"reports"`
	Columns int               `json:"columns,omitempty" yaml:"columns"` // 1 to 4; 0: as many as suit
	During  string            `json:"during,omitempty" yaml:"during"`   // the period unless a parameter says one
	Compare report.Comparison `json:"compare,omitempty" yaml:"compare"` // likewise
}

// Dashboard is one that is kept.
type Dashboard struct {
	ID       int64
	Key      string
	Version  int
	MemberID int64 // whose it is; 0: shared
	Labels   form.Label
	Definition
}

// IDText is the dashboard's id for clients.
func (d *Dashboard) IDText() string { return idPrefix + strconv.FormatInt(d.ID, 10) }

// Shared says whether everyone reads the dashboard.
func (d *Dashboard) Shared() bool { return d.MemberID == 0 }

const idPrefix = "dashboard_"

// parseID is the number in a dashboard's id, 0 for text that is no id.
func parseID(text string) int64 {
	digits, ok := strings.CutPrefix(text, idPrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || strconv.FormatInt(n, 10) != digits {
		return 0
	}
	return n
}

const (
	selectDashboards = `
		SELECT id, member_id, key, version, label, definition FROM fieldwork.dashboard
		 WHERE org_id = $1 AND (member_id IS NULL OR member_id = $2)`
	selectOne       = selectDashboards + ` AND id = $3`
	selectAll       = selectDashboards + ` ORDER BY member_id IS NOT NULL, key`
	insertDashboard = `
		INSERT INTO fieldwork.dashboard (org_id, id, member_id, key, label, definition)
		SELECT $1, n.id, $2, coalesce(nullif($3, ''), 'dashboard_' || n.id), $4, $5
		  FROM (SELECT nextval(pg_get_serial_sequence('fieldwork.dashboard', 'id')) AS id) n
		  LEFT JOIN fieldwork.dashboard d ON d.org_id = $1 AND d.member_id IS NOT DISTINCT FROM $2
		 GROUP BY n.id HAVING count(d.id) < $6
		    ON CONFLICT (org_id, (coalesce(member_id, 0)), key) DO NOTHING
		RETURNING id`
	keyIsTaken      = `SELECT EXISTS (SELECT FROM fieldwork.dashboard WHERE org_id = $1 AND member_id IS NOT DISTINCT FROM $2 AND key = $3)`
	updateDashboard = `
		UPDATE fieldwork.dashboard SET version = version + 1, label = $4, definition = $5 WHERE org_id = $1 AND id = $2 AND version = $3`
	deleteDashboard = `DELETE FROM fieldwork.dashboard WHERE org_id = $1 AND id = $2 AND version = $3`
)

// row is a dashboard as it is kept.
type row struct {
	ID         int64
	MemberID   *int64 `db:"member_id"`
	Key        string
	Version    int
	Label      []byte
	Definition []byte
}

func (r *row) dashboard() (*Dashboard, error) {
	d := &Dashboard{ID: r.ID, Key: r.Key, Version: r.Version}
	if r.MemberID != nil {
		d.MemberID = *r.MemberID
	}
	if err := errors.Join(json.Unmarshal(r.Label, &d.Labels), json.Unmarshal(r.Definition, &d.Definition)); err != nil {
		return nil, fmt.Errorf("dashboard %d: %w", r.ID, err)
	}
	return d, nil
}

// All are the dashboards that the actor may read: the shared ones by key, then the
// actor's own.
func (s *Store) All(ctx context.Context, by org.Actor) ([]*Dashboard, error) {
	var rows []*row
	if err := s.db.Control.SelectContext(ctx, &rows, selectAll, by.OrgID, by.MemberID); err != nil {
		return nil, pg.Translate(err)
	}
	return dashboards(rows)
}

func dashboards(rows []*row) ([]*Dashboard, error) {
	out := make([]*Dashboard, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.dashboard(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Get returns a dashboard by id. Faults: NOT_FOUND, also for those of other members.
func (s *Store) Get(ctx context.Context, by org.Actor, id string) (*Dashboard, error) {
	var r row
	err := s.db.Control.GetContext(ctx, &r, selectOne, by.OrgID, by.MemberID, parseID(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no such dashboard").At("id")
	}
	if err != nil {
		return nil, pg.Translate(err)
	}
	return r.dashboard()
}

// New is a dashboard to be made.
type New struct {
	Key        string     `json:"key" yaml:"key"` // "": one is made up
	Labels     form.Label `json:"label" yaml:"label"`
	Shared     bool       `json:"-" yaml:"-"`
	Definition `yaml:",inline"`
}

// Create makes a dashboard of reports among those that the actor reads. Faults:
// FORBIDDEN, INVALID with paths, CONFLICT for a key that is taken.
func (s *Store) Create(ctx context.Context, by org.Actor, reports []*report.Report, n New) (*Dashboard, error) {
	if err := mayWrite(by, n.Shared); err != nil {
		return nil, err
	}
	d := &Dashboard{Key: n.Key, Labels: form.Label{}.With(n.Labels), Definition: n.Definition}
	if !n.Shared {
		d.MemberID = by.MemberID
	}
	label, definition, err := d.check(reports, checkKey(n.Key))
	if err != nil {
		return nil, err
	}
	var id int64
	err = s.db.Control.GetContext(ctx, &id, insertDashboard, by.OrgID, d.owner(), n.Key, label, definition, most)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, s.notInserted(ctx, by, d)
	}
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	out, err := s.Get(ctx, by, idPrefix+strconv.FormatInt(id, 10))
	return out, pg.AfterWrite(err)
}

// checkKey says what is wrong with a key that somebody gives a dashboard.
func checkKey(key string) fault.List {
	var bad fault.List
	if key != "" {
		_ = bad.Add(form.CheckKey(key, maxKey), "key")
		if parseID(key) > 0 {
			bad = append(bad, fault.New(fault.Invalid, "keys such as %s are those that are made up", key).At("key"))
		}
	}
	return bad
}

// notInserted is why a dashboard was not made.
func (s *Store) notInserted(ctx context.Context, by org.Actor, d *Dashboard) error {
	var taken bool
	if err := s.db.Control.GetContext(ctx, &taken, keyIsTaken, by.OrgID, d.owner(), d.Key); err != nil {
		return pg.Translate(err)
	}
	if taken {
		return fault.New(fault.Conflict, "there is a dashboard %q already", fault.Clip(d.Key)).At("key")
	}
	return tooMany()
}

func tooMany() error {
	return fault.New(fault.Invalid, "there are at most %d shared dashboards, and %[1]d of each member", most).At("key")
}

// mayWrite refuses changes of dashboards to those who may not make them.
func mayWrite(by org.Actor, shared bool) error {
	switch {
	case shared && !by.MayShape():
		return fault.New(fault.Forbidden, "only owners and managers may change shared dashboards")
	case !by.MayWrite() || !shared && by.MemberID == 0:
		return fault.New(fault.Forbidden, "viewers may not make dashboards")
	}
	return nil
}

// check checks what a dashboard says, as it is written, and returns what is kept of it.
func (d *Dashboard) check(reports []*report.Report, bad fault.List) (label, definition []byte, err error) {
	fail := func(format string, args ...any) *fault.Fault { return fault.New(fault.Invalid, format, args...) }
	if len(d.Labels) == 0 {
		bad = append(bad, fail("a dashboard needs a label").At("label"))
	}
	_ = bad.Add(d.Labels.Check(MaxTitle, "labels"))
	if len(d.Items) == 0 || len(d.Items) > MaxReports {
		bad = append(bad, fail("a dashboard has 1 to %d reports", MaxReports).At("reports"))
	}
	if d.Columns < 0 || d.Columns > maxColumns {
		bad = append(bad, fail("a dashboard has 1 to %d columns", maxColumns).At("columns"))
	}
	if d.During != "" && !report.ValidPeriod(d.During) {
		bad = append(bad, fail("%q is not a period such as THIS_QUARTER", fault.Clip(d.During)).At("during"))
	}
	if d.Compare != "" && !d.Compare.Valid() {
		bad = append(bad, fail("%q is not what a period can be compared with", fault.Clip(string(d.Compare))).At("compare"))
	}
	for i, item := range d.Items {
		if item.Kind != "" && !item.Kind.Valid() {
			bad = append(bad, fail("there is no kind of chart %q", fault.Clip(string(item.Kind))).At("reports", i, "kind"))
		}
		at := slices.IndexFunc(reports, func(r *report.Report) bool { return r.IDText() == item.Report })
		switch {
		case at < 0:
			bad = append(bad, fail("there is no such report").At("reports", i, "report"))
		case d.Shared() && !reports[at].Shared():
			bad = append(bad, fail("a shared dashboard has shared reports alone").At("reports", i, "report"))
		}
	}
	if err := bad.Err(); err != nil {
		return nil, nil, err
	}
	label, err = json.Marshal(d.Labels)
	if err != nil {
		return nil, nil, err
	}
	definition, err = json.Marshal(d.Definition)
	return label, definition, err
}

// owner is the member's number for a column that may be empty.
func (d *Dashboard) owner() any {
	if d.Shared() {
		return nil
	}
	return d.MemberID
}

// At is a dashboard at a version.
type At struct {
	ID      string
	Version int
}

// Update is a change of a dashboard; nil leaves things as they are.
type Update struct {
	Labels     form.Label // an empty text removes one
	Items      []Item
	Columns    *int
	During     *string
	SetDuring  bool // During is meant, also where it is nil
	Compare    *report.Comparison
	SetCompare bool
}

// Update changes a dashboard that the caller saw at a version. Faults: NOT_FOUND,
// FORBIDDEN, INVALID with paths, CONFLICT with the version there is.
func (s *Store) Update(ctx context.Context, by org.Actor, reports []*report.Report, at At, u Update) (*Dashboard, error) {
	d, err := s.writable(ctx, by, at)
	if err != nil {
		return nil, err
	}
	d.Labels = d.Labels.With(u.Labels)
	if u.Items != nil {
		d.Items = u.Items
	}
	if u.Columns != nil {
		d.Columns = *u.Columns
	}
	if u.SetDuring {
		if d.During = ""; u.During != nil {
			d.During = *u.During
		}
	}
	if u.SetCompare {
		if d.Compare = ""; u.Compare != nil {
			d.Compare = *u.Compare
		}
	}
	label, definition, err := d.check(reports, nil)
	if err != nil {
		return nil, err
	}
	if err := s.write(ctx, by, at, updateDashboard, label, definition); err != nil {
		return nil, err
	}
	out, err := s.Get(ctx, by, at.ID)
	return out, pg.AfterWrite(err)
}

// Delete takes a dashboard away. Faults: as of Update.
func (s *Store) Delete(ctx context.Context, by org.Actor, at At) error {
	if _, err := s.writable(ctx, by, at); err != nil {
		return err
	}
	return s.write(ctx, by, at, deleteDashboard)
}

// write runs a statement on a dashboard at a version.
func (s *Store) write(ctx context.Context, by org.Actor, at At, statement string, args ...any) error {
	res, err := s.db.Control.ExecContext(ctx, statement, append([]any{by.OrgID, parseID(at.ID), at.Version}, args...)...)
	if err != nil {
		return pg.AsWrite(pg.Translate(err), true)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = s.writable(ctx, by, at) // changed or deleted meanwhile
	return err
}

// writable returns a dashboard that the actor may change and has seen as it is.
func (s *Store) writable(ctx context.Context, by org.Actor, at At) (*Dashboard, error) {
	d, err := s.Get(ctx, by, at.ID)
	if err != nil {
		return nil, err
	}
	if err := mayWrite(by, d.Shared()); err != nil {
		return nil, err
	}
	if d.Version != at.Version {
		return nil, fault.New(fault.Conflict, "the dashboard has moved on from version %d to %d", at.Version, d.Version).At("version").With("version", d.Version)
	}
	return d, nil
}
