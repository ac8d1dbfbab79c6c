// Package record is the write path: it checks what a client wants to store,
// field by field, and stores it.
//
// Parse turns a client's values into assignments of columns, links and child
// rows, and finds every fault at once, with its path. Create, Update, SetArchived
// and Delete are one statement each, which is also the transaction, where the
// form has nothing that needs more: rules, links and rows are written and judged
// in one transaction, and so are members, whose accounts must stay in step.
// PostgreSQL judges uniqueness, references, versions and rules; its answers are
// turned back into faults at the field they are about.
//
//	v, err := record.Parse(customer, map[string]any{"name": "Example Steel"}, query.Typed, true)
//	id, err := record.Create(ctx, conn, record.Call{By: actor, Now: now}, v)
//
// Reading records back is the business of package plan.
package record

import (
	"cmp"
	"context"
	"errors"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// Call is a write on somebody's behalf.
type Call struct {
	By       org.Actor
	Now      time.Time
	Language string   // of messages; "" for the organisation's own
	Via      form.Via // "": as the actor came, by a session or an API token
}

func (c Call) env() sqlgen.Env {
	return sqlgen.Env{Now: c.Now, Member: c.By.MemberID, Via: cmp.Or(c.Via, form.ViaOf(c.By))}
}

// Create stores a new record with its links and child rows and returns its
// number. Faults: FORBIDDEN, INVALID, CONFLICT for a value that must be unique,
// NOT_FOUND for a reference.
func Create(ctx context.Context, c *pg.Conn, by Call, v Values) (int64, error) {
	if err := mayWrite(by.By, v.Form); err != nil {
		return 0, err
	}
	w := &writer{Call: by, c: c}
	var id int64
	err := w.inStep(ctx, v, &id, func() (err error) {
		id, err = w.create(ctx, v)
		return err
	})
	return id, err
}

// Update changes a record that is still at the given version, with its links and
// child rows. Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT with the current
// version.
func Update(ctx context.Context, c *pg.Conn, by Call, id int64, version int, v Values) error {
	if err := mayWrite(by.By, v.Form); err != nil {
		return err
	}
	w := &writer{Call: by, c: c}
	return w.inStep(ctx, v, &id, func() error { return w.update(ctx, v, id, version) })
}

// SetArchived takes a record out of lists, or brings it back. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT.
func SetArchived(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64, version int, archive bool) error {
	if err := mayWrite(by.By, f); err != nil {
		return err
	}
	w := &writer{Call: by, c: c}
	v := Values{Form: f}
	return w.inStep(ctx, v, &id, func() error {
		s := w.env().SetArchived(f, id, version, archive, by.By.Member())
		if err := touched(ctx, c, f, id, version, s, !archive); err != nil {
			return by.explain(Values{Form: f}, err)
		}
		if rules := v.aggregates(); !archive && len(rules) > 0 { // it counts again
			w.late = append(w.late, lateChecks{v, id, rules})
		}
		return w.watch(ctx, f, []int64{id})
	})
}

// Delete removes a record for good. Members are never deleted: they leave.
// Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT.
func Delete(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64, version int) error {
	if err := mayWrite(by.By, f); err != nil {
		return err
	}
	if f.IsMember() {
		return fault.New(fault.Invalid, "members are not deleted, since records name them: set the status to left, or archive the member").At("id")
	}
	w := &writer{Call: by, c: c}
	return w.inStep(ctx, Values{Form: f}, &id, func() error {
		if err := w.watch(ctx, f, []int64{id}); err != nil {
			return err
		}
		err := touched(ctx, c, f, id, version, w.env().Delete(f, id, version, by.By.Member()), true)
		if code := pg.Code(err); code == "23503" || code == "23001" {
			return fault.New(fault.Conflict, "other records refer to this one and may not go with it").At("id").Because(err)
		}
		return by.explain(Values{Form: f}, err)
	})
}

// touched runs a statement that changes one record and, when it found none to
// change, says why. archived is whether an archived record is what it wants.
func touched(ctx context.Context, c *pg.Conn, f *form.Form, id int64, version int, s sqlgen.Statement, archived bool) error {
	n, err := c.Exec(ctx, s.SQL, s.Args)
	if err != nil || n == 1 {
		return err
	}
	return whyNot(ctx, c, f, id, version, archived)
}

// touchedBy is touched for a statement that returns the row it changed.
func touchedBy(ctx context.Context, c *pg.Conn, f *form.Form, id int64, version int, s sqlgen.Statement, archived bool, row func([]pg.Value)) error {
	found := false
	err := c.Query(ctx, s.SQL, s.Args, func(r []pg.Value) error { found = true; row(r); return nil })
	if err != nil || found {
		return err
	}
	return whyNot(ctx, c, f, id, version, archived)
}

// whyNot says why no record could be changed.
func whyNot(ctx context.Context, c *pg.Conn, f *form.Form, id int64, version int, archived bool) error {
	now, is, found := int64(0), false, false
	q := sqlgen.Standing(f, id)
	err := c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error {
		now, is, found = row[0].(int64), row[1].(bool), true
		return nil
	})
	switch {
	case err != nil:
		return err
	case !found:
		return NotFound().At("id")
	case version != sqlgen.AnyVersion && int64(version) != now:
		return fault.New(fault.Conflict, "the record has moved on from version %d to %d", version, now).At("version").With("version", now)
	case is && !archived:
		return fault.New(fault.Conflict, "the record is archived; restore it first").At("id")
	case !is && archived:
		return fault.New(fault.Conflict, "the record is not archived").At("id")
	}
	return fault.New(fault.Conflict, "the record was changed meanwhile").At("version")
}

// NotFound is the one fault of a record that is not there or not visible.
func NotFound() *fault.Fault { return fault.New(fault.NotFound, "there is no such record") }

func mayWrite(by org.Actor, f *form.Form) error {
	if !by.MayWrite() {
		return fault.New(fault.Forbidden, "you may read records, not change them")
	}
	if f.IsMember() && !by.MayManage() {
		return fault.New(fault.Forbidden, "only owners and managers may change members")
	}
	return nil
}

// explain turns what PostgreSQL refused into a fault at the field it is about.
func (c Call) explain(v Values, err error) error {
	f := v.Form
	code := pg.Code(err)
	if code == "" {
		return err
	}
	if pg.Constraint(err) == "member_email_is_taken" {
		return fault.New(fault.Conflict, "another member has this address").At("email").Because(err)
	}
	x := f.Catalog.ByConstraint(pg.Constraint(err))
	if r := f.Catalog.RuleByConstraint(pg.Constraint(err)); r != nil && code == "23505" {
		return v.broken(r, fault.Conflict, r.Text(c.Language)).Because(err)
	}
	switch {
	case x != nil && code == "23505":
		return fault.New(fault.Conflict, "another record has this value").At(v.at(x)...).Because(err)
	case x != nil && code == "23503":
		return NotFound().At(v.at(x)...).Because(err)
	case code == "23502":
		if x := f.Field(pg.Column(err)); x != nil && x.Filled { // what PostgreSQL was to find was not there
			return fault.New(fault.Invalid, "a value is required").At(v.at(x)...).Because(err)
		}
		return errors.Join(pg.ErrStale, err) // made required meanwhile
	case code == "54000":
		return fault.New(fault.Invalid, "the record is too large").Because(err)
	}
	return err
}

// Count counts the live records of forms, in their order.
func Count(ctx context.Context, db *pg.DB, cat *form.Catalog, forms []*form.Form) ([]int64, error) {
	out := make([]int64, len(forms))
	if len(forms) == 0 {
		return out, nil
	}
	s := sqlgen.CountAll(forms)
	err := db.As(ctx, cat.Role, func(c *pg.Conn) error {
		return c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { out[row[0].(int64)] = row[1].(int64); return nil })
	})
	return out, err
}
