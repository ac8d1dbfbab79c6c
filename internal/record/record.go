// Package record is the write path: it checks what a client wants to store,
// field by field, and stores it.
//
// Parse turns a client's values into assignments of columns, links and child
// rows, and finds every fault at once, with its path. Create, Update, SetArchived
// and Delete are one statement each, which is also the transaction, where the
// form has nothing that needs more: rules, links and rows are written and judged
// in one transaction, and so are members, whose accounts must stay in step.
// PostgreSQL judges uniqueness, references, versions and rules; its answers are
// turned back into faults at the field they are about. A Bulk has the same done with
// many rows at once, and says of each row what it would say of that record alone.
//
// One writer does all of it: bulk writes, merges, work on several forms and what is
// brought back go through the same steps, judged and blamed by the same code, and
// Evaluate asks it without writing. That is why the package is larger than others.
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
	Once     *Once    // nil: the client repeats at its own risk
}

func (c Call) env() sqlgen.Env {
	return sqlgen.Env{Now: c.Now, Member: c.By.MemberID, Via: cmp.Or(c.Via, form.ViaOf(c.By))}
}

// Create stores a new record with its links and child rows and returns its
// number. Faults: FORBIDDEN, INVALID, CONFLICT for a value that must be unique,
// NOT_FOUND for a reference.
func Create(ctx context.Context, c *pg.Conn, by Call, v Values) (int64, error) {
	it := &item{Values: v}
	err := write(ctx, c, by, it, func(w *writer, items []*item) error { return w.create(ctx, items) })
	return it.id, err
}

// Update changes a record that is still at the given version, with its links and
// child rows. Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT with the current
// version.
func Update(ctx context.Context, c *pg.Conn, by Call, id int64, version int, v Values) error {
	it := &item{Values: v, id: id, version: version}
	return write(ctx, c, by, it, func(w *writer, items []*item) error { return w.update(ctx, items, sqlgen.Stay) })
}

// SetArchived takes a record out of lists, or brings it back. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT.
func SetArchived(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64, version int, archive bool) error {
	it := &item{Values: Values{Form: f}, id: id, version: version}
	how := sqlgen.Back
	if archive {
		how = sqlgen.Away
	}
	return write(ctx, c, by, it, func(w *writer, items []*item) error { return w.update(ctx, items, how) })
}

// Delete removes a record for good. Members are never deleted: they leave.
// Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT.
func Delete(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64, version int) error {
	it := &item{Values: Values{Form: f}, id: id, version: version}
	return write(ctx, c, by, it, func(w *writer, items []*item) error { return w.remove(ctx, items) })
}

// write does the write of one record. One that waited in a circle with others, and
// was ended for them, is begun anew.
func write(ctx context.Context, c *pg.Conn, by Call, it *item, do func(w *writer, items []*item) error) error {
	if err := mayWrite(by.By, it.Form); err != nil {
		return err
	}
	var w *writer
	var err error
	id := it.id
	for races := 0; ; races++ {
		w = &writer{Call: by, c: c}
		it.id = id
		items := []*item{it}
		w.answer = func() Done { return Done{IDs: []int64{it.id}} }
		err = w.inStep(ctx, it.Form, items, func() error { return do(w, items) })
		if pg.Code(err) != pg.Deadlock || races == maxRaces {
			break
		}
	}
	if err != nil {
		return w.outcome(ctx, it.Values, err)
	}
	if w.replay != nil && len(w.replay.IDs) > 0 {
		it.id = w.replay.IDs[0]
	}
	return nil
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
