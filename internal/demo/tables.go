package demo

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// tables are the forms that are filled.
type tables struct {
	cat                                          *form.Catalog
	team, member, customer, role, task, feedback *form.Form
	contact, review, improvement, absence        *form.Form // nil where the organisation has them not
	teamTemplate, teamSeat, profile              *form.Form // likewise
}

func (t *tables) all() []*form.Form {
	return []*form.Form{t.team, t.member, t.customer, t.role, t.task, t.feedback}
}

// filled are all forms that are filled, in this order.
func (t *tables) filled() []*form.Form {
	out := t.all()
	for _, f := range []*form.Form{t.contact, t.review, t.improvement, t.absence, t.teamTemplate, t.teamSeat, t.profile} {
		if f != nil {
			out = append(out, f)
		}
	}
	return out
}

// findTables fails with errNotEmpty if there are customers. It takes no lock, so
// that a start with data in place is free.
func findTables(ctx context.Context, db *pg.DB, orgID int64) (*tables, error) {
	cat, err := form.Load(ctx, db, orgID)
	if err != nil {
		return nil, err
	}
	t := &tables{cat: cat, team: cat.Form("team"), member: cat.Form("member"), customer: cat.Form("customer"), role: cat.Form("role"), task: cat.Form("task"), feedback: cat.Form("feedback")}
	// Forms of these keys that are not the template's are not touched.
	for purpose, f := range map[string]**form.Form{"CONTACT_NAME": &t.contact, "REVIEW_PERIOD": &t.review, "IMPROVEMENT_CONTENT": &t.improvement, "ABSENCE_FROM": &t.absence,
		"TEAM_TEMPLATE_NAME": &t.teamTemplate, "TEAM_SEAT_TEMPLATE": &t.teamSeat, "PROFILE_MEMBER": &t.profile} {
		if x := cat.Purpose(purpose); x != nil {
			*f = x.Form
		}
	}
	if t.customer != nil {
		if err := t.checkEmpty(ctx, db.Control); err != nil {
			return nil, err
		}
	}
	for _, f := range t.all() {
		if f == nil || f.ArchivedAt != nil {
			return nil, fault.New(fault.Invalid, "the organisation lacks some of the standard forms")
		}
	}
	return t, nil
}

// checkEmpty fails with errNotEmpty if there are customers.
func (t *tables) checkEmpty(ctx context.Context, q sqlx.QueryerContext) error {
	var some bool
	if err := sqlx.GetContext(ctx, q, &some, `SELECT EXISTS (SELECT FROM `+t.customer.Table()+`)`); err != nil {
		return fmt.Errorf("look for customers: %w", pg.Translate(err))
	}
	if some {
		return errNotEmpty
	}
	return nil
}

// lockDefinitions keeps definitions, and with them columns, as they are, and
// lets one Load in at a time. It does not hinder new members and tokens.
const lockDefinitions = `SELECT version FROM fieldwork.organisation WHERE id = $1 FOR NO KEY UPDATE`

// lock keeps other writers out, because numbers are given out here and not by
// the sequences.
func (t *tables) lock(ctx context.Context, tx *sqlx.Tx) error {
	var version int64
	if err := tx.GetContext(ctx, &version, lockDefinitions, t.cat.OrgID); err != nil {
		return fmt.Errorf("lock definitions: %w", err)
	}
	if version != t.cat.Version {
		return errMoved
	}
	for _, f := range t.filled() {
		if _, err := tx.ExecContext(ctx, `LOCK TABLE `+f.Table()+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock %s: %w", f.Key, err)
		}
	}
	return nil
}

// fill writes all tables, and the links between them.
func (t *tables) fill(ctx context.Context, tx *sqlx.Tx, o org.Organisation, cal calendar, opt Options) (n Counts, err error) {
	g := &generator{Options: opt, calendar: cal}
	if x := t.feedback.ByPurpose("FEEDBACK_CONTACT"); t.contact != nil && x != nil {
		g.contacts = x.Target == t.contact
	}
	for f, id := range map[*form.Form]*int64{t.team: &g.firstTeam, t.member: &g.firstMember, t.customer: &g.firstCustomer, t.role: &g.firstRole, t.task: &g.firstTask, t.feedback: &g.firstFeedback,
		t.contact: &g.firstContact, t.review: &g.firstReview, t.teamTemplate: &g.firstTeamTemplate} {
		if f == nil {
			continue
		}
		if *id, err = firstFree(ctx, tx, f); err != nil {
			return n, err
		}
	}
	owner := sql.NullInt64{}
	if err := tx.GetContext(ctx, &owner, `SELECT min(id) FROM `+t.member.Table()+` WHERE archived_at IS NULL`); err != nil {
		return n, fmt.Errorf("look for the first member: %w", err)
	}
	g.staff = newStaff(g.firstMember, owner.Int64, opt.Customers)
	code := t.customer.Field("code")
	if g.codes, err = numbersOf(ctx, tx, code); err != nil {
		return n, err
	}
	for _, c := range []struct {
		form  *form.Form
		keys  []string
		rows  iter.Seq[[]any]
		count *int
	}{
		{t.team, teamKeys, g.teamRows(), &n.Teams},
		{t.member, memberKeys, g.memberRows(), &n.Members},
		{t.customer, customerKeys, g.customerRows(), &n.Customers},
		{t.role, roleKeys, g.roleRows(), &n.Roles},
		{t.task, taskKeys, g.taskRows(), &n.Tasks},
		{t.contact, contactKeys, g.contactRows(), &n.Contacts},
		{t.feedback, feedbackKeys, g.feedbackRows(), &n.Feedback},
		{t.review, reviewKeys, g.reviewRows(), &n.Reviews},
		{t.improvement, improvementKeys, g.improvementRows(), &n.Improvements},
		{t.absence, absenceKeys, g.absenceRows(), &n.Absences},
		{t.teamTemplate, teamTemplateKeys, g.teamTemplateRows(), &n.TeamTemplates},
		{t.teamSeat, teamSeatKeys, g.teamSeatRows(), &n.TeamSeats},
		{t.profile, profileKeys, g.profileRows(), &n.Profiles},
	} {
		if c.form == nil {
			continue
		}
		if *c.count, err = copyRows(ctx, tx, c.form, c.keys, c.rows); err != nil {
			return n, fmt.Errorf("copy into %s: %w", c.form.Key, err)
		}
	}
	for _, l := range []struct {
		key  string
		rows iter.Seq[[]any]
	}{{"participants", g.participantRows()}, {"depends_on", g.dependencyRows()}} {
		if err := copyLinks(ctx, tx, t.task.Field(l.key), l.rows); err != nil {
			return n, err
		}
	}
	if err := g.codes.save(ctx, tx, code); err != nil {
		return n, err
	}
	if err := g.setLeads(ctx, tx, t.team); err != nil {
		return n, err
	}
	if err := g.describeOwner(ctx, tx, t.member, owner.Int64); err != nil {
		return n, err
	}
	return n, g.addAccounts(ctx, tx, o.ID)
}

// addAccounts lets the members in; those who left are known, but stay out.
func (g *generator) addAccounts(ctx context.Context, tx *sqlx.Tx, orgID int64) error {
	for _, m := range g.staff.members {
		if err := org.AddAccount(ctx, tx, orgID, m.id, m.email, m.access); err != nil {
			return err
		}
		if m.left {
			if _, err := tx.ExecContext(ctx, org.UpsertMember, orgID, m.id, m.email, false); err != nil {
				return fmt.Errorf("close account: %w", err)
			}
		}
	}
	_, err := tx.ExecContext(ctx, org.NotifyAccounts, fmt.Sprint(orgID))
	return err
}

// describeOwner completes the record of the demo's own owner. Another
// organisation's first member is left alone.
func (g *generator) describeOwner(ctx context.Context, tx *sqlx.Tx, f *form.Form, id int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE `+f.Table()+` SET team = $3, job_title = $4, created_at = $5, updated_at = $5 WHERE id = $1 AND email = $2`,
		id, ownerEmail, g.teamID(management), "Owner 负责人", g.moment(-firstDay, 9*60))
	if err != nil {
		return fmt.Errorf("describe the owner: %w", err)
	}
	return nil
}

// firstFree is the lowest number that no record of the form ever had.
func firstFree(ctx context.Context, tx *sqlx.Tx, f *form.Form) (id int64, err error) {
	err = tx.GetContext(ctx, &id, `SELECT greatest(coalesce(max(id), 0), coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0)) + 1 FROM `+f.Table(), f.Table())
	return id, err
}

// finish moves the sequences past the given numbers and tells the planner what
// is there. A sequence does not roll back, so this comes last.
func (t *tables) finish(ctx context.Context, tx *sqlx.Tx) error {
	for _, f := range t.filled() {
		if _, err := tx.ExecContext(ctx, `ANALYZE `+f.Table()); err != nil {
			return fmt.Errorf("analyse %s: %w", f.Key, err)
		}
	}
	for _, f := range t.filled() {
		next, err := firstFree(ctx, tx, f)
		if err != nil {
			return err
		}
		if next == 1 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, f.Table(), next-1); err != nil {
			return fmt.Errorf("move the sequence of %s: %w", f.Key, err)
		}
	}
	return nil
}

// copyRows writes rows, whose values stand in the order of keys. Fields that
// the organisation has archived are left out.
func copyRows(ctx context.Context, tx *sqlx.Tx, f *form.Form, keys []string, rows iter.Seq[[]any]) (n int, err error) {
	var (
		columns []string
		kept    []int
	)
	for i, key := range keys {
		if f.Field(key) != nil {
			columns, kept = append(columns, f.Field(key).Column()), append(kept, i)
		}
	}
	return copyInto(ctx, tx, f.Table(), columns, func(yield func([]any) bool) {
		values := make([]any, len(kept))
		for row := range rows {
			for i, k := range kept {
				values[i] = row[k]
			}
			if !yield(values) {
				return
			}
		}
	})
}

// copyLinks writes links of a field: record, target and place. There are none
// when the organisation has archived or converted the field.
func copyLinks(ctx context.Context, tx *sqlx.Tx, x *form.Field, rows iter.Seq[[]any]) error {
	if x == nil || !x.IsLinks() {
		return nil
	}
	if _, err := copyInto(ctx, tx, x.LinkTable(), []string{"record", "target", "position"}, rows); err != nil {
		return fmt.Errorf("copy into %s.%s: %w", x.Form.Key, x.Key, err)
	}
	return nil
}

func copyInto(ctx context.Context, tx *sqlx.Tx, table string, columns []string, rows iter.Seq[[]any]) (n int, err error) {
	stmt, err := tx.PrepareContext(ctx, "COPY "+table+" ("+strings.Join(columns, ", ")+") FROM STDIN")
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := stmt.Close(); err == nil {
			err = cerr
		}
	}()
	for row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return n, err
		}
		n++
	}
	_, err = stmt.ExecContext(ctx) // no values: the end, and the place where errors of rows come up
	return n, err
}
