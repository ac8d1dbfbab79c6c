package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// errMore says that too much is left for the time of a lock.
var errMore = errors.New("more was written meanwhile")

// asideIndexes are the indexes of the new column with what they are called once
// it is in its place.
func (s *side) asideIndexes() (list []table.Index, names []string) {
	x := s.aside()
	prefix := Prefix(s.t.Job)
	if !x.Stored() {
		return nil, nil
	}
	if x.Unique {
		list, names = append(list, table.UniqueIndexOn(x, prefix+"unique", table.IndexedBy(x, true))), append(names, x.UniqueIndex())
	}
	if x.WantsIndex() {
		list, names = append(list, table.IndexOn(x, prefix+"index", table.IndexedBy(x, false))), append(names, x.Index())
	}
	for _, r := range table.IndexRules(s.Old) {
		over := *r
		over.Fields = slices.Clone(r.Fields)
		for i, y := range over.Fields {
			if y.Key == s.Old.Key {
				over.Fields[i] = x
			}
		}
		list = append(list, table.Index{Name: fmt.Sprintf("%srule_%d", prefix, r.ID), Text: table.IndexText(&over), Uniq: r.Kind == form.UniqueRule})
		names = append(names, r.Index())
	}
	return list, names
}

// indexes builds the indexes of the side and validates its constraint.
func (s *side) indexes(ctx context.Context) error {
	list, _ := s.asideIndexes()
	for _, x := range list {
		if err := s.t.buildIndex(ctx, s.Old.Form.Catalog, x, 0, 1<<20); err != nil { // progress is that of values
			return err
		}
	}
	if s.New.Stored() && s.New.IsReference() {
		return s.t.ddl(ctx, `ALTER TABLE %s VALIDATE CONSTRAINT %s`, s.New.Form.Table(), pg.Quote(s.asideKey()))
	}
	return nil
}

// exchange puts the side in the place of the field. It runs within the change of
// the definitions, on another connection than the job's.
func (s *side) exchange(ctx context.Context, e *change.Edit) error {
	f, old := s.Old.Form, s.Old
	tables := f.Table()
	if old.HasLinkTable() {
		tables += ", " + old.LinkTable()
	}
	if err := e.DDL(ctx, `LOCK TABLE %s IN ACCESS EXCLUSIVE MODE`, tables); err != nil {
		return err
	}
	for taken := 0; ; { // nobody writes now
		n, err := s.again(ctx, e.Tx, queueAtLast)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if taken += n; taken >= queueAtLast {
			return errMore
		}
	}
	v, err := conversion.Prepare(ctx, e, f.Key, old.Key, s.Input)
	if err != nil {
		return err
	}
	x := v.New
	x.Filled = old.Filled && old.Stored() && x.Stored()
	if err := s.takeDown(ctx, &e.Maker, s.watched()); err != nil {
		return err
	}
	// As definitions are now: a rule may have been made since the side was begun, on
	// the column that goes. Its index is missing then, and the job begins again.
	now := side{Plan: v, notes: s.notes, t: s.t}
	list, names := now.asideIndexes()
	switch {
	case old.Stored():
		err = e.DDL(ctx, `ALTER TABLE %s DROP COLUMN %s`, f.Table(), old.Column())
	default:
		err = e.DDL(ctx, `DROP TABLE %s`, old.LinkTable())
	}
	if err != nil {
		return err
	}
	if x.Stored() {
		if err := e.DDL(ctx, `ALTER TABLE %s RENAME COLUMN %s TO %s`, f.Table(), sideColumn(x), x.Column()); err != nil {
			return err
		}
		if x.IsReference() {
			if err := e.DDL(ctx, `ALTER TABLE %s RENAME CONSTRAINT %s TO %s`, f.Table(), pg.Quote(s.asideKey()), pg.Quote(x.ForeignKey())); err != nil {
				return err
			}
		}
		if x.Filled {
			if err := e.DDL(ctx, `ALTER TABLE %s ALTER COLUMN %s SET NOT NULL`, f.Table(), x.Column()); err != nil {
				return err
			}
		}
	} else {
		list, names = []table.Index{{Name: Prefix(s.t.Job) + "index"}}, []string{x.Index()}
	}
	for i, ix := range list {
		if valid, _, err := table.IndexState(ctx, e.Tx, e.Cat.Schema, ix.Name); err != nil || !valid {
			return fmt.Errorf("index %s is not there: %w", ix.Name, err)
		}
		if err := e.DDL(ctx, `ALTER INDEX %s.%s RENAME TO %s`, s.schema, pg.Quote(ix.Name), pg.Quote(names[i])); err != nil {
			return err
		}
	}
	return conversion.Save(ctx, e, v)
}

// watched is the table whose writes are noted.
func (s *side) watched() string {
	if s.Old.HasLinkTable() {
		return s.Old.LinkTable()
	}
	return s.Old.Form.Table()
}

// clearConversion takes away the side of a conversion that is given up.
func (t *task) clearConversion(ctx context.Context, cat *form.Catalog) error {
	n := notesOf(t.Job, cat)
	if there, err := n.there(ctx, t.c); err != nil || !there {
		return err // made in one transaction with the rest
	}
	f := cat.Form(t.Form)
	s := &side{Plan: &conversion.Plan{Old: f.AnyField(t.Field)}, notes: n}
	return t.short(ctx, func(tx *sqlx.Tx) error {
		m := &table.Maker{Tx: tx, Cat: cat}
		if err := s.takeDown(ctx, m, s.watched()); err != nil {
			return err
		}
		if name := SideTable(t.Job, cat); name != "" {
			return m.DDL(ctx, `DROP TABLE IF EXISTS %s.%s`, s.schema, pg.Quote(name))
		}
		return m.DDL(ctx, `ALTER TABLE %s DROP COLUMN IF EXISTS %s`, f.Table(), sideColumn(s.Old))
	})
}
