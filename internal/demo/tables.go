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

// tables are the five forms that are filled.
type tables struct {
	cat                                    *form.Catalog
	member, customer, role, task, feedback *form.Form
}

func (t *tables) all() []*form.Form {
	return []*form.Form{t.member, t.customer, t.role, t.task, t.feedback}
}

func findTables(ctx context.Context, db *pg.DB, orgID int64) (*tables, error) {
	cat, err := form.Load(ctx, db, orgID)
	if err != nil {
		return nil, err
	}
	t := &tables{cat, cat.Form("member"), cat.Form("customer"), cat.Form("role"), cat.Form("task"), cat.Form("feedback")}
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
		return fault.New(fault.Conflict, "the forms have just been changed; try again")
	}
	for _, f := range t.all() {
		if _, err := tx.ExecContext(ctx, `LOCK TABLE `+f.Table()+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock %s: %w", f.Key, err)
		}
	}
	return nil
}

// fill writes all five tables.
func (t *tables) fill(ctx context.Context, tx *sqlx.Tx, o org.Organisation, cal calendar, opt Options) (n Counts, err error) {
	g := &generator{Options: opt, calendar: cal}
	for f, id := range map[*form.Form]*int64{t.member: &g.firstMember, t.customer: &g.firstCustomer, t.role: &g.firstRole, t.task: &g.firstTask, t.feedback: &g.firstFeedback} {
		if *id, err = firstFree(ctx, tx, f); err != nil {
			return n, err
		}
	}
	owner := sql.NullInt64{}
	if err := tx.GetContext(ctx, &owner, `SELECT min(id) FROM `+t.member.Table()+` WHERE archived_at IS NULL`); err != nil {
		return n, fmt.Errorf("look for the first member: %w", err)
	}
	g.staff = newStaff(g.firstMember, owner.Int64, opt.Customers)
	for _, c := range []struct {
		form  *form.Form
		keys  []string
		rows  iter.Seq[[]any]
		count *int
	}{
		{t.member, memberKeys, g.memberRows(), &n.Members},
		{t.customer, customerKeys, g.customerRows(), &n.Customers},
		{t.role, roleKeys, g.roleRows(), &n.Roles},
		{t.task, taskKeys, g.taskRows(), &n.Tasks},
		{t.feedback, feedbackKeys, g.feedbackRows(), &n.Feedback},
	} {
		if *c.count, err = copyRows(ctx, tx, c.form, c.keys, c.rows); err != nil {
			return n, fmt.Errorf("copy into %s: %w", c.form.Key, err)
		}
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
		id, ownerEmail, management, "Owner 负责人", g.moment(-firstDay, 9*60))
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
	for _, f := range t.all() {
		if _, err := tx.ExecContext(ctx, `ANALYZE `+f.Table()); err != nil {
			return fmt.Errorf("analyse %s: %w", f.Key, err)
		}
	}
	for _, f := range t.all() {
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
	stmt, err := tx.PrepareContext(ctx, "COPY "+f.Table()+" ("+strings.Join(columns, ", ")+") FROM STDIN")
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := stmt.Close(); err == nil {
			err = cerr
		}
	}()
	values := make([]any, len(kept))
	for row := range rows {
		for i, k := range kept {
			values[i] = row[k]
		}
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return n, err
		}
		n++
	}
	_, err = stmt.ExecContext(ctx) // no values: the end, and the place where errors of rows come up
	return n, err
}
