package form

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// errMore says that too much is left for the time of a lock.
var errMore = errors.New("more was written meanwhile")

// asideIndexes are the indexes of the new column with what they are called once
// it is in its place.
func (s *side) asideIndexes() (list []newIndex, names []string) {
	x := s.aside()
	prefix := s.t.prefix()
	if !x.Stored() {
		return nil, nil
	}
	if x.Unique {
		list, names = append(list, x.uniqueIndexOn(prefix+"unique", x.indexedBy(true))), append(names, x.UniqueIndex())
	}
	if x.wantsIndex() {
		list, names = append(list, x.indexOn(prefix+"index", x.indexedBy(false))), append(names, x.Index())
	}
	for _, r := range s.old.indexRules() {
		over := *r
		over.Fields = slices.Clone(r.Fields)
		for i, y := range over.Fields {
			if y.Key == s.old.Key {
				over.Fields[i] = x
			}
		}
		list = append(list, newIndex{fmt.Sprintf("%srule_%d", prefix, r.ID), over.indexText(), r.Kind == UniqueRule})
		names = append(names, r.Index())
	}
	return list, names
}

// indexes builds the indexes of the side and validates its constraint.
func (s *side) indexes(ctx context.Context) error {
	list, _ := s.asideIndexes()
	for _, x := range list {
		if err := s.t.buildIndex(ctx, s.old.Form.Catalog, x, 0, 1<<20); err != nil { // progress is that of values
			return err
		}
	}
	if s.new.Stored() && s.new.IsReference() {
		return s.t.ddl(ctx, `ALTER TABLE %s VALIDATE CONSTRAINT %s`, s.new.Form.Table(), pg.Quote(s.asideKey()))
	}
	return nil
}

// exchange puts the side in the place of the field. It runs within the change of
// the definitions, on another connection than the job's.
func (s *side) exchange(ctx context.Context, e *edit) error {
	f, old := s.old.Form, s.old
	tables := f.Table()
	if old.HasLinkTable() {
		tables += ", " + old.LinkTable()
	}
	if err := e.ddl(ctx, `LOCK TABLE %s IN ACCESS EXCLUSIVE MODE`, tables); err != nil {
		return err
	}
	for taken := 0; ; { // nobody writes now
		n, err := s.again(ctx, e.tx, queueAtLast)
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
	v, err := e.prepareConversion(ctx, f.Key, old.Key, s.Conversion)
	if err != nil {
		return err
	}
	x := v.new
	x.Filled = old.Filled && old.Stored() && x.Stored()
	if err := s.takeDown(ctx, &e.maker, s.watched()); err != nil {
		return err
	}
	// As definitions are now: a rule may have been made since the side was begun, on
	// the column that goes. Its index is missing then, and the job begins again.
	now := side{conversion: v, notes: s.notes, t: s.t}
	list, names := now.asideIndexes()
	switch {
	case old.Stored():
		err = e.ddl(ctx, `ALTER TABLE %s DROP COLUMN %s`, f.Table(), old.Column())
	default:
		err = e.ddl(ctx, `DROP TABLE %s`, old.LinkTable())
	}
	if err != nil {
		return err
	}
	if x.Stored() {
		if err := e.ddl(ctx, `ALTER TABLE %s RENAME COLUMN %s TO %s`, f.Table(), x.sideColumn(), x.Column()); err != nil {
			return err
		}
		if x.IsReference() {
			if err := e.ddl(ctx, `ALTER TABLE %s RENAME CONSTRAINT %s TO %s`, f.Table(), pg.Quote(s.asideKey()), pg.Quote(x.ForeignKey())); err != nil {
				return err
			}
		}
		if x.Filled {
			if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s SET NOT NULL`, f.Table(), x.Column()); err != nil {
				return err
			}
		}
	} else {
		list, names = []newIndex{{name: s.t.prefix() + "index"}}, []string{x.Index()}
	}
	for i, ix := range list {
		if valid, _, err := indexState(ctx, e.tx, e.cat.Schema, ix.name); err != nil || !valid {
			return fmt.Errorf("index %s is not there: %w", ix.name, err)
		}
		if err := e.ddl(ctx, `ALTER INDEX %s.%s RENAME TO %s`, s.schema, pg.Quote(ix.name), pg.Quote(names[i])); err != nil {
			return err
		}
	}
	return e.saveConversion(ctx, v)
}

// watched is the table whose writes are noted.
func (s *side) watched() string {
	if s.old.HasLinkTable() {
		return s.old.LinkTable()
	}
	return s.old.Form.Table()
}

// clearConversion takes away the side of a conversion that is given up.
func (t *task) clearConversion(ctx context.Context, cat *Catalog) error {
	n := t.notes(cat)
	if there, err := n.there(ctx, t.c); err != nil || !there {
		return err // made in one transaction with the rest
	}
	f := cat.Form(t.Form)
	s := &side{conversion: &conversion{old: f.any(t.Field)}, notes: n}
	return t.short(ctx, func(tx *sqlx.Tx) error {
		m := &maker{tx: tx, cat: cat}
		if err := s.takeDown(ctx, m, s.watched()); err != nil {
			return err
		}
		if name := t.sideTable(cat); name != "" {
			return m.ddl(ctx, `DROP TABLE IF EXISTS %s.%s`, s.schema, pg.Quote(name))
		}
		return m.ddl(ctx, `ALTER TABLE %s DROP COLUMN IF EXISTS %s`, f.Table(), s.old.sideColumn())
	})
}
