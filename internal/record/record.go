// Package record is the write path: it checks what a client wants to store,
// field by field, and stores it.
//
// Parse turns a client's values into assignments of columns and finds every
// fault at once, with its path. Create, Update, Archive and Delete are one
// statement each, which is also the transaction; only members, whose accounts
// must stay in step, take two. PostgreSQL judges uniqueness, references and
// versions; its answers are turned back into faults at the field they are about.
//
//	v, err := record.Parse(customer, map[string]any{"name": "Example Steel"}, query.Typed, true)
//	id, err := record.Create(ctx, conn, actor, customer, v)
//
// Reading records back is the business of package plan.
package record

import (
	"context"
	"errors"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Values are checked values of a record, by field, with the names that the
// client used for the fields.
type Values struct {
	Assign []sqlgen.Assignment
	face   query.Face
}

// path is the client's name for a field.
func (v Values) path(x *form.Field) string { return Name(v.face, x) }

// Name is what clients of a face call a field.
func Name(face query.Face, x *form.Field) string {
	if face == query.Typed {
		return x.Name
	}
	return x.Key
}

// Parse checks the values for a record of f, given by the face's names. For a
// new record, fields that are left out take their defaults and required ones
// must be there; for a change, what is left out stays. Every fault is INVALID
// with the field's name as its path.
func Parse(f *form.Form, raw map[string]any, face query.Face, create bool) (Values, error) {
	var bad fault.List
	out := Values{face: face}
	known := 0
	for _, x := range f.Own() {
		v, given := raw[Name(face, x)]
		if given {
			known++
		}
		if x.Kind.Column() == "" {
			if given {
				_, err := x.Kind.Parse(v, &x.Settings)
				_ = bad.Add(err, Name(face, x))
			}
			continue
		}
		a, set, err := assignment(x, v, given, create)
		if err = bad.Add(err, Name(face, x)); err != nil {
			return out, err
		}
		if set {
			out.Assign = append(out.Assign, a)
		}
	}
	if known < len(raw) {
		for _, name := range unknown(f, raw, face) {
			_ = bad.Add(fault.New(fault.Invalid, "form %s has no field %q that can be written", f.Key, clip(name)), name)
		}
	}
	return out, bad.Err()
}

func assignment(x *form.Field, v any, given, create bool) (a sqlgen.Assignment, set bool, err error) {
	a.Field = x
	switch {
	case given:
		a.Value, err = x.Kind.Parse(v, &x.Settings)
	case !create:
		return a, false, nil
	case x.Default != nil:
		a.Value, err = x.DefaultValue()
	}
	if err == nil && a.Value == nil && x.Required {
		err = fault.New(fault.Invalid, "a value is required")
	}
	return a, given || a.Value != nil, err
}

func unknown(f *form.Form, raw map[string]any, face query.Face) []string {
	var out []string
	for name := range raw {
		x := f.Field(name)
		if face == query.Typed {
			x = f.Named(name)
		}
		if x == nil || x.System {
			out = append(out, name)
		}
	}
	return out
}

// Create stores a new record and returns its number. Faults: FORBIDDEN, INVALID,
// CONFLICT for a value that must be unique, NOT_FOUND for a reference.
func Create(ctx context.Context, c *pg.Conn, by org.Actor, f *form.Form, v Values) (int64, error) {
	if err := mayWrite(by, f); err != nil {
		return 0, err
	}
	var id int64
	err := inStep(ctx, c, by, f, &id, func() error {
		s := sqlgen.Insert(f, v.Assign, by.Member())
		return c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { id = row[0].(int64); return nil })
	})
	return id, explain(f, v, err)
}

// Update changes a record that is still at the given version. Faults: FORBIDDEN,
// INVALID, NOT_FOUND, CONFLICT with the current version.
func Update(ctx context.Context, c *pg.Conn, by org.Actor, f *form.Form, id int64, version int, v Values) error {
	if err := mayWrite(by, f); err != nil {
		return err
	}
	err := inStep(ctx, c, by, f, &id, func() error {
		s := sqlgen.Update(f, id, version, v.Assign, by.Member())
		return touched(ctx, c, f, id, version, s, false)
	})
	return explain(f, v, err)
}

// SetArchived takes a record out of lists, or brings it back. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT.
func SetArchived(ctx context.Context, c *pg.Conn, by org.Actor, f *form.Form, id int64, version int, archive bool) error {
	if err := mayWrite(by, f); err != nil {
		return err
	}
	err := inStep(ctx, c, by, f, &id, func() error {
		s := sqlgen.SetArchived(f, id, version, archive, by.Member())
		return touched(ctx, c, f, id, version, s, !archive)
	})
	return explain(f, Values{}, err)
}

// Delete removes a record for good. Members are never deleted: they leave.
// Faults: FORBIDDEN, INVALID, NOT_FOUND, CONFLICT.
func Delete(ctx context.Context, c *pg.Conn, by org.Actor, f *form.Form, id int64, version int) error {
	if err := mayWrite(by, f); err != nil {
		return err
	}
	if isMember(f) {
		return fault.New(fault.Invalid, "members are not deleted, since records name them: set the status to left, or archive the member").At("id")
	}
	s := sqlgen.Delete(f, id, version)
	err := pg.AsWrite(touched(ctx, c, f, id, version, s, true), true)
	if pg.Code(err) == "23503" || pg.Code(err) == "23001" {
		return fault.New(fault.Conflict, "other records refer to this one and may not go with it").At("id").Because(err)
	}
	return explain(f, Values{}, err)
}

// touched runs a statement that changes one record and, when it found none to
// change, says why. archived is whether an archived record is what it wants.
func touched(ctx context.Context, c *pg.Conn, f *form.Form, id int64, version int, s sqlgen.Statement, archived bool) error {
	n, err := c.Exec(ctx, s.SQL, s.Args)
	if err != nil || n == 1 {
		return err
	}
	now, is, found := int64(0), false, false
	q := sqlgen.Standing(f, id)
	err = c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error {
		now, is, found = row[0].(int64), row[1].(bool), true
		return nil
	})
	switch {
	case err != nil:
		return err
	case !found:
		return NotFound().At("id")
	case int64(version) != now:
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
	if isMember(f) && !by.MayManage() {
		return fault.New(fault.Forbidden, "only owners and managers may change members")
	}
	return nil
}

// explain turns what PostgreSQL refused into a fault at the field it is about.
func explain(f *form.Form, v Values, err error) error {
	code := pg.Code(err)
	if code == "" {
		return err
	}
	if pg.Constraint(err) == "member_email_is_taken" {
		return fault.New(fault.Conflict, "another member has this address").At("email").Because(err)
	}
	x := f.Catalog.ByConstraint(pg.Constraint(err))
	switch {
	case x != nil && code == "23505":
		return fault.New(fault.Conflict, "another record has this value").At(v.path(x)).Because(err)
	case x != nil && code == "23503":
		return NotFound().At(v.path(x)).Because(err)
	case code == "23502":
		return errors.Join(pg.ErrStale, err) // made required meanwhile
	case code == "54000":
		return fault.New(fault.Invalid, "the record is too large").Because(err)
	}
	return err
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
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
