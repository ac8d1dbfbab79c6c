// Package impact tells what a change of a field would come to before it is made: how
// many records hold a value, which of them stand in the way, what uses the field, and
// whether it would go on beside reads and writes.
//
//	r, err := impact.Preview(ctx, store, by, impact.Change{Form: "task", Key: "code", Action: impact.Unique})
//
// It changes nothing: it reads by a transaction that may not write. What it counts is
// counted by the code that would refuse the change.
package impact

import (
	"context"
	"database/sql"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// What can be asked before it is done.
const (
	Archive  = "ARCHIVE"
	Purge    = "PURGE"
	Convert  = "CONVERT"
	Unique   = "UNIQUE"
	Required = "REQUIRED"
)

// Change is a change of a field that is only thought of.
type Change struct {
	Form, Key string
	Action    string           // one of the Preview constants
	Convert   conversion.Input // CONVERT
}

// Report is what a change of a field would come to.
type Report struct {
	form.Failures
	Uses     []form.Use
	Records  int64 // that hold a value
	Online   bool  // it goes on as a job beside reads and writes; else it is done at once
	Warnings []string
}

// Preview tells what a change of a field would come to, and changes nothing. A
// change that makes no sense gives the faults it would give, but values that
// stand in its way are counted, not refused.
func Preview(ctx context.Context, s *change.Store, by org.Actor, c Change) (*Report, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may change forms")
	}
	tx, err := s.DB.Control.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, pg.Translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	cat, err := form.LoadIn(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	e := s.Look(tx, cat, by)
	p, x, err := preview(ctx, e, c)
	if err != nil {
		return nil, pg.Translate(err)
	}
	_ = tx.Rollback() // whoever holds a connection waits for no second one
	if p.Uses, err = s.FieldUses(ctx, x); err != nil {
		return nil, err
	}
	n := 0
	for _, u := range p.Uses {
		if u.Kind == form.UseOperation {
			n++
		}
	}
	if n > 0 && (c.Action == Archive || c.Action == Purge || c.Action == Convert) {
		p.warn("%d operations of clients were seen to use the field; they may break.", n)
	}
	return p, nil
}

func (p *Report) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

func preview(ctx context.Context, e *change.Edit, c Change) (*Report, *form.Field, error) {
	p := &Report{Warnings: []string{}}
	if c.Action == Convert {
		v, err := conversion.Prepare(ctx, e, c.Form, c.Key, c.Convert)
		if err != nil {
			return nil, nil, err
		}
		return p, v.Old, previewConversion(ctx, e, p, v)
	}
	f, err := e.Form(c.Form, "form")
	if err != nil {
		return nil, nil, err
	}
	x := f.AnyField(c.Key)
	if x == nil || c.Action != Purge && x.ArchivedAt != nil {
		return nil, nil, fault.New(fault.NotFound, "form %q has no field %q", c.Form, fault.Clip(c.Key)).At("key")
	}
	if err := countValues(ctx, e, p, x); err != nil {
		return nil, nil, err
	}
	switch c.Action {
	case Archive:
		p.warn("The values stay and come back with restoreField.")
	case Purge:
		p.warn("Purging cannot be undone: the values are lost.")
		for _, other := range change.Inverses(x) {
			p.warn("The field %s.%s on the other side goes with it.", other.Form.Key, other.Key)
		}
	case Unique:
		if y := *x; true {
			var bad fault.List
			y.Unique = true
			if change.CheckIndexes(&y, &bad); len(bad) > 0 {
				return nil, nil, bad
			}
		}
		err = CountShared(ctx, e, p, x)
	case Required:
		if y := *x; true {
			var bad fault.List
			y.Required = true
			if change.CheckIndexes(&y, &bad); len(bad) > 0 {
				return nil, nil, bad
			}
		}
		p.warn("Records without a value stay as they are until they are saved next.")
		err = previewRequired(ctx, e, p, x)
	}
	return p, x, err
}

func countValues(ctx context.Context, e *change.Edit, p *Report, x *form.Field) error {
	switch {
	case x.Stored():
		return e.Tx.GetContext(ctx, &p.Records, fmt.Sprintf(`SELECT count(%s) FROM %s`, x.Column(), x.Form.Table()))
	case x.Kind != nil && x.HasLinkTable():
		return e.Tx.GetContext(ctx, &p.Records, `SELECT count(DISTINCT record) FROM `+x.LinkTable())
	}
	return nil
}

func previewConversion(ctx context.Context, e *change.Edit, p *Report, v *conversion.Plan) error {
	if err := countValues(ctx, e, p, v.Old); err != nil {
		return err
	}
	if err := v.ConvertAll(ctx, e.Tx, &p.Failures, nil); err != nil {
		return err
	}
	n, err := e.Size(ctx, v.Old.Form)
	if err != nil {
		return err
	}
	p.Online = v.Heavy() && n > e.AtOnce
	if c, _ := kind.Conversion(v.Old.Kind, v.New.Kind); c.Note != "" {
		p.warn("%s", c.Note)
	}
	if v.Old.Unique && !v.New.Unique {
		p.warn("A field of kind %s cannot be unique: it would no longer be.", v.New.Kind.Name())
	}
	if v.Old.Indexed && !v.New.Indexed {
		p.warn("A field of kind %s has no index: it would be dropped.", v.New.Kind.Name())
	}
	if v.New.Required && p.Count > 0 {
		p.warn("The field is required, so values that do not convert cannot be cleared.")
	}
	return nil
}

// CountShared counts live records that share their value with another.
func CountShared(ctx context.Context, e *change.Edit, p *Report, x *form.Field) error {
	by := x.Column()
	if x.Settings.IgnoreCase {
		by = "lower(" + by + ")"
	}
	n, err := e.Size(ctx, x.Form)
	if err != nil {
		return err
	}
	p.Online = n > e.AtOnce
	return failing(ctx, e, p, x, fmt.Sprintf(`FROM (SELECT id, %[1]s::text AS value, count(*) OVER (PARTITION BY %[2]s) AS n FROM %[3]s WHERE archived_at IS NULL AND %[1]s IS NOT NULL) t WHERE n > 1`,
		x.Column(), by, x.Form.Table()), "value, id", "shares its value with another record")
}

// previewRequired counts live records without a value.
func previewRequired(ctx context.Context, e *change.Edit, p *Report, x *form.Field) error {
	from := fmt.Sprintf(`FROM (SELECT id, '' AS value FROM %s WHERE archived_at IS NULL AND %s IS NULL) t`, x.Form.Table(), x.Column())
	if x.HasLinkTable() {
		from = fmt.Sprintf(`FROM (SELECT id, '' AS value FROM %s r WHERE archived_at IS NULL AND NOT EXISTS (SELECT FROM %s l WHERE l.record = r.id)) t`, x.Form.Table(), x.LinkTable())
	}
	return failing(ctx, e, p, x, from, "id", "has no value")
}

func failing(ctx context.Context, e *change.Edit, p *Report, x *form.Field, from, order, reason string) error {
	if err := e.Tx.GetContext(ctx, &p.Count, `SELECT count(*) `+from); err != nil {
		return err
	}
	var rows []conversion.StoredValue
	if err := e.Tx.SelectContext(ctx, &rows, fmt.Sprintf(`SELECT id, value %s ORDER BY %s LIMIT %d`, from, order, form.MaxExamples)); err != nil {
		return err
	}
	for _, r := range rows {
		value := ""
		if r.Value != "" {
			value = fault.Clip(kind.PrintText(x.Kind, r.Value))
		}
		p.Examples = append(p.Examples, form.Failure{Record: kind.ID(x.Form.Key, r.ID), Value: value, Reason: reason})
	}
	return nil
}
