package form

import (
	"context"
	"database/sql"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// What can be asked before it is done.
const (
	PreviewArchive  = "ARCHIVE"
	PreviewPurge    = "PURGE"
	PreviewConvert  = "CONVERT"
	PreviewUnique   = "UNIQUE"
	PreviewRequired = "REQUIRED"
)

// FieldChange is a change of a field that is only thought of.
type FieldChange struct {
	Form, Key string
	Action    string     // one of the Preview constants
	Convert   Conversion // CONVERT
}

// Impact is what a change of a field would come to.
type Impact struct {
	Failures
	Uses     []Use
	Records  int64 // that hold a value
	Online   bool  // it goes on as a job beside reads and writes; else it is done at once
	Warnings []string
}

// Preview tells what a change of a field would come to, and changes nothing. A
// change that makes no sense gives the faults it would give, but values that
// stand in its way are counted, not refused.
func (s *Store) Preview(ctx context.Context, by org.Actor, c FieldChange) (*Impact, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may change forms")
	}
	tx, err := s.db.Control.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, pg.Translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	cat, err := load(ctx, tx, by.OrgID)
	if err != nil {
		return nil, err
	}
	e := s.look(tx, cat, by)
	p, x, err := e.preview(ctx, c)
	if err != nil {
		return nil, pg.Translate(err)
	}
	_ = tx.Rollback() // whoever holds a connection waits for no second one
	if p.Uses, err = s.FieldUses(ctx, x); err != nil {
		return nil, err
	}
	n := 0
	for _, u := range p.Uses {
		if u.Kind == UseOperation {
			n++
		}
	}
	if n > 0 && (c.Action == PreviewArchive || c.Action == PreviewPurge || c.Action == PreviewConvert) {
		p.warn("%d operations of clients were seen to use the field; they may break.", n)
	}
	return p, nil
}

func (p *Impact) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

func (e *edit) preview(ctx context.Context, c FieldChange) (*Impact, *Field, error) {
	p := &Impact{Warnings: []string{}}
	if c.Action == PreviewConvert {
		v, err := e.prepareConversion(ctx, c.Form, c.Key, c.Convert)
		if err != nil {
			return nil, nil, err
		}
		return p, v.old, e.previewConversion(ctx, p, v)
	}
	f, err := e.form(c.Form, "form")
	if err != nil {
		return nil, nil, err
	}
	x := f.any(c.Key)
	if x == nil || c.Action != PreviewPurge && x.ArchivedAt != nil {
		return nil, nil, fault.New(fault.NotFound, "form %q has no field %q", c.Form, fault.Clip(c.Key)).At("key")
	}
	if err := e.countValues(ctx, p, x); err != nil {
		return nil, nil, err
	}
	switch c.Action {
	case PreviewArchive:
		p.warn("The values stay and come back with restoreField.")
	case PreviewPurge:
		p.warn("Purging cannot be undone: the values are lost.")
		for _, other := range x.inverses() {
			p.warn("The field %s.%s on the other side goes with it.", other.Form.Key, other.Key)
		}
	case PreviewUnique:
		if y := *x; true {
			var bad fault.List
			y.Unique = true
			if y.checkIndexes(&bad); len(bad) > 0 {
				return nil, nil, bad
			}
		}
		err = e.previewUnique(ctx, p, x)
	case PreviewRequired:
		if y := *x; true {
			var bad fault.List
			y.Required = true
			if y.checkIndexes(&bad); len(bad) > 0 {
				return nil, nil, bad
			}
		}
		p.warn("Records without a value stay as they are until they are saved next.")
		err = e.previewRequired(ctx, p, x)
	}
	return p, x, err
}

func (e *edit) countValues(ctx context.Context, p *Impact, x *Field) error {
	switch {
	case x.Stored():
		return e.tx.GetContext(ctx, &p.Records, fmt.Sprintf(`SELECT count(%s) FROM %s`, x.Column(), x.Form.Table()))
	case x.Kind != nil && x.HasLinkTable():
		return e.tx.GetContext(ctx, &p.Records, `SELECT count(DISTINCT record) FROM `+x.LinkTable())
	}
	return nil
}

func (e *edit) previewConversion(ctx context.Context, p *Impact, v *conversion) error {
	if err := e.countValues(ctx, p, v.old); err != nil {
		return err
	}
	if err := v.convertAll(ctx, e.tx, &p.Failures, nil); err != nil {
		return err
	}
	n, err := e.size(ctx, v.old.Form)
	if err != nil {
		return err
	}
	p.Online = v.heavy() && n > e.atOnce
	if c, _ := kind.Conversion(v.old.Kind, v.new.Kind); c.Note != "" {
		p.warn("%s", c.Note)
	}
	if v.old.Unique && !v.new.Unique {
		p.warn("A field of kind %s cannot be unique: it would no longer be.", v.new.Kind.Name())
	}
	if v.old.Indexed && !v.new.Indexed {
		p.warn("A field of kind %s has no index: it would be dropped.", v.new.Kind.Name())
	}
	if v.new.Required && p.Count > 0 {
		p.warn("The field is required, so values that do not convert cannot be cleared.")
	}
	return nil
}

// previewUnique counts live records that share their value with another.
func (e *edit) previewUnique(ctx context.Context, p *Impact, x *Field) error {
	by := x.Column()
	if x.Settings.IgnoreCase {
		by = "lower(" + by + ")"
	}
	n, err := e.size(ctx, x.Form)
	if err != nil {
		return err
	}
	p.Online = n > e.atOnce
	return e.failing(ctx, p, x, fmt.Sprintf(`FROM (SELECT id, %[1]s::text AS value, count(*) OVER (PARTITION BY %[2]s) AS n FROM %[3]s WHERE archived_at IS NULL AND %[1]s IS NOT NULL) t WHERE n > 1`,
		x.Column(), by, x.Form.Table()), "value, id", "shares its value with another record")
}

// previewRequired counts live records without a value.
func (e *edit) previewRequired(ctx context.Context, p *Impact, x *Field) error {
	from := fmt.Sprintf(`FROM (SELECT id, '' AS value FROM %s WHERE archived_at IS NULL AND %s IS NULL) t`, x.Form.Table(), x.Column())
	if x.HasLinkTable() {
		from = fmt.Sprintf(`FROM (SELECT id, '' AS value FROM %s r WHERE archived_at IS NULL AND NOT EXISTS (SELECT FROM %s l WHERE l.record = r.id)) t`, x.Form.Table(), x.LinkTable())
	}
	return e.failing(ctx, p, x, from, "id", "has no value")
}

func (e *edit) failing(ctx context.Context, p *Impact, x *Field, from, order, reason string) error {
	if err := e.tx.GetContext(ctx, &p.Count, `SELECT count(*) `+from); err != nil {
		return err
	}
	var rows []storedValue
	if err := e.tx.SelectContext(ctx, &rows, fmt.Sprintf(`SELECT id, value %s ORDER BY %s LIMIT %d`, from, order, maxExamples)); err != nil {
		return err
	}
	for _, r := range rows {
		value := ""
		if r.Value != "" {
			value = fault.Clip(kind.PrintText(x.Kind, r.Value))
		}
		p.Examples = append(p.Examples, Failure{kind.ID(x.Form.Key, r.ID), value, reason})
	}
	return nil
}
