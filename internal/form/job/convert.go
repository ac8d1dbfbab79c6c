package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// A conversion beside reads and writes goes like this. New values come into a
// side of their own: a column <key>__new, or the link table of the new kind. A
// trigger empties the side of every record that is written meanwhile and notes
// its number in the table job__<id>. Batches in the order of the records fill
// the side, then what was noted is done again until little of it is left; the
// indexes of the new column are built beside. At last, under a lock that lasts as
// long as the little that is left, the side takes the place of the field.
//
// Every batch commits its values together with how far it got, so whoever takes
// the job over goes on from there.
type side struct {
	*conversion.Plan
	notes
	t *task
}

// Sizes of the parts of a conversion.
const (
	sideBatch   = 1000 // records of one transaction
	queueBatch  = 200
	queueAtLast = 1000 // records that may be left for the time of the lock
)

// sideColumn is the column that a conversion fills; two underscores stand in no
// field's key.
func sideColumn(f *form.Field) string { return pg.Quote(f.Key + "__new") }

// asideKey names the foreign key of the side.
func (s *side) asideKey() string {
	return Prefix(s.t.Job) + "exists"
}

// aside is the field as long as it is on the side.
func (s *side) aside() *form.Field {
	x := *s.New
	x.Key += "__new"
	return &x
}

func (t *task) convert(ctx context.Context) error {
	s, err := t.side(ctx)
	if err != nil {
		return err
	}
	if t.Cursor == 0 && t.Done == 0 { // what cannot succeed ends here
		var report form.Failures
		if err := s.ConvertAll(ctx, t.c, &report, nil); err != nil {
			return err
		}
		if err := s.Refused(report); err != nil {
			return err
		}
	}
	if err := s.setUp(ctx); err != nil {
		return err
	}
	if err := s.sweep(ctx); err != nil {
		return err
	}
	if err := s.indexes(ctx); err != nil {
		return err
	}
	for {
		if err := s.drain(ctx); err != nil {
			return err
		}
		if err := t.change(ctx, s.exchange); !errors.Is(err, errMore) {
			return err
		}
	}
}

// side prepares the conversion that the job was made for.
func (t *task) side(ctx context.Context) (*side, error) {
	var c conversion.Input
	d := json.NewDecoder(strings.NewReader(string(t.Input)))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	var v *conversion.Plan
	err := t.tryShort(ctx, func(tx *sqlx.Tx) error {
		cat, err := form.LoadIn(ctx, tx, t.OrgID)
		if err != nil {
			return err
		}
		e := t.r.s.Look(tx, cat, org.Actor{})
		v, err = conversion.Prepare(ctx, e, t.Form, t.Field, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &side{Plan: v, notes: notesOf(t.Job, v.Old.Form.Catalog), t: t}, nil
}

// setUp makes the side, the table of notes and the trigger, unless they are
// there. Taking the lock for the trigger waits for whoever is writing, so that no
// write goes unnoticed.
func (s *side) setUp(ctx context.Context) error {
	f, old, x := s.Old.Form, s.Old, s.New
	return s.t.short(ctx, func(tx *sqlx.Tx) error {
		if there, err := s.there(ctx, tx); err != nil || there {
			return err
		}
		m := &table.Maker{Tx: tx, Cat: f.Catalog}
		w := watched{table: f.Table(), when: "BEFORE INSERT OR UPDATE", record: "NEW.id", back: "NEW",
			changed: fmt.Sprintf("TG_OP = 'INSERT' AND NEW.%[1]s IS NOT NULL OR TG_OP = 'UPDATE' AND NEW.%[1]s IS DISTINCT FROM OLD.%[1]s", old.Column())}
		if old.Stored() && x.Stored() {
			w.also = "NEW." + sideColumn(x) + " := NULL;"
		}
		if old.HasLinkTable() {
			w = watched{table: old.LinkTable(), when: everyWrite, record: "CASE WHEN TG_OP = 'DELETE' THEN OLD.record ELSE NEW.record END", changed: "true", back: "NULL"}
		}
		if err := s.watch(ctx, m, w); err != nil {
			return err
		}
		if !x.Stored() {
			return s.makeLinks(ctx, m)
		}
		if err := m.DDL(ctx, `ALTER TABLE %s ADD COLUMN %s %s`, f.Table(), sideColumn(x), x.Kind.Column()); err != nil {
			return err
		}
		if !x.IsReference() {
			return nil
		}
		return m.DDL(ctx, `ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s NOT VALID`,
			f.Table(), pg.Quote(s.asideKey()), sideColumn(x), x.Target.Table(), table.OnDelete(x))
	})
}

// makeLinks makes the link table of the new kind; the name of its index is taken
// by the old column's until the end.
func (s *side) makeLinks(ctx context.Context, m *table.Maker) error {
	prefix := Prefix(s.t.Job)
	if err := m.DDL(ctx, `ALTER INDEX %s.%s RENAME TO %s`, s.schema, pg.Quote(s.Old.Index()), pg.Quote(prefix+"old")); err != nil {
		return err
	}
	if err := m.AddLinkTable(ctx, s.New); err != nil {
		return err
	}
	if err := m.DDL(ctx, `ALTER INDEX %s.%s RENAME TO %s`, s.schema, pg.Quote(s.New.Index()), pg.Quote(prefix+"index")); err != nil {
		return err
	}
	return m.DDL(ctx, `ALTER INDEX %s.%s RENAME TO %s`, s.schema, pg.Quote(prefix+"old"), pg.Quote(s.Old.Index()))
}

// sweep fills the side in the order of the records. A record that somebody holds
// is noted for later, so that nobody waits for the other in a circle.
func (s *side) sweep(ctx context.Context) error {
	for {
		seen := 0
		err := s.t.short(ctx, func(tx *sqlx.Tx) error {
			var ids pq.Int64Array
			if err := tx.SelectContext(ctx, (*[]int64)(&ids), `SELECT id FROM `+s.Old.Form.Table()+` WHERE id > $1 ORDER BY id LIMIT $2`, s.t.Cursor, sideBatch); err != nil {
				return err
			}
			if seen = len(ids); seen == 0 {
				return nil
			}
			held, err := s.fill(ctx, tx, ids)
			if err != nil {
				return err
			}
			if len(held) > 0 {
				if _, err := tx.ExecContext(ctx, `INSERT INTO `+s.queue+` SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING`, held); err != nil {
					return err
				}
			}
			// Some of the way is left for indexes.
			_, err = tx.ExecContext(ctx, `UPDATE fieldwork.job SET cursor = $3, done = least(total * 9 / 10, done + $4) WHERE org_id = $1 AND id = $2`,
				s.t.OrgID, s.t.ID, ids[seen-1], seen)
			if err == nil {
				s.t.Cursor = ids[seen-1]
			}
			return err
		})
		if err != nil || seen == 0 {
			return err
		}
		s.t.Done += int64(seen)
	}
}

// fill writes the new values of records, and returns those it could not hold.
func (s *side) fill(ctx context.Context, tx *sqlx.Tx, ids pq.Int64Array) (held pq.Int64Array, err error) {
	f, old, x := s.Old.Form, s.Old, s.New
	var got []struct {
		ID    int64   `db:"id"`
		Value *string `db:"value"`
	}
	value := "r." + old.Column() + "::text"
	if old.HasLinkTable() {
		value = fmt.Sprintf(`(SELECT array_agg(l.target ORDER BY l.position)::text FROM %s l WHERE l.record = r.id)`, old.LinkTable())
	}
	if err := tx.SelectContext(ctx, &got, fmt.Sprintf(`SELECT r.id, %s AS value FROM %s r WHERE r.id = ANY ($1::bigint[]) ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED`, value, f.Table()), ids); err != nil {
		return nil, err
	}
	var rows []conversion.StoredValue
	var all pq.Int64Array
	for _, g := range got {
		all = append(all, g.ID)
		if g.Value != nil {
			rows = append(rows, conversion.StoredValue{ID: g.ID, Value: *g.Value})
		}
	}
	held = notAmong(ids, all)
	var report form.Failures
	with, _, values, err := s.Batch(rows, &report)
	if err != nil {
		return nil, err
	}
	if err := s.Refused(report); err != nil {
		return nil, err
	}
	if x.Stored() {
		_, err = tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s r SET %s = t.value::%s FROM unnest($1::bigint[], $2::text[]) AS t (id, value) WHERE t.id = r.id`,
			f.Table(), sideColumn(x), x.Kind.Column()), pq.Int64Array(with), pq.Array(values))
		return held, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM `+x.LinkTable()+` WHERE record = ANY ($1::bigint[])`, all); err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s (record, target, position) SELECT id, (value::bigint[])[1], 1 FROM unnest($1::bigint[], $2::text[]) AS t (id, value) WHERE value IS NOT NULL`,
		x.LinkTable()), pq.Int64Array(with), pq.Array(values))
	return held, err
}

// notAmong returns the ids that are not among those, which are in the same order.
func notAmong(ids, those pq.Int64Array) (out pq.Int64Array) {
	for _, id := range ids {
		if _, found := slices.BinarySearch(those, id); !found {
			out = append(out, id)
		}
	}
	return out
}

// drain does again what was noted, until a batch finds little.
func (s *side) drain(ctx context.Context) error {
	for {
		n := 0
		err := s.t.short(ctx, func(tx *sqlx.Tx) (err error) {
			n, err = s.again(ctx, tx, queueBatch)
			return err
		})
		if err != nil || n < queueBatch {
			return err
		}
	}
}

// again takes notes and does their records, and returns how many it took. What
// others hold stays noted.
func (s *side) again(ctx context.Context, tx *sqlx.Tx, limit int) (int, error) {
	var ids pq.Int64Array
	if err := tx.SelectContext(ctx, (*[]int64)(&ids), `SELECT record FROM `+s.queue+` ORDER BY record LIMIT $1 FOR UPDATE SKIP LOCKED`, limit); err != nil || len(ids) == 0 {
		return 0, err
	}
	// A record that is gone has nothing to be done, one that is held has.
	var there pq.Int64Array
	if err := tx.SelectContext(ctx, (*[]int64)(&there), `SELECT id FROM `+s.Old.Form.Table()+` WHERE id = ANY ($1::bigint[]) ORDER BY id`, ids); err != nil {
		return 0, err
	}
	if s.New.Stored() { // no value of an earlier moment is in the way of another
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %[1]s r SET %[2]s = NULL FROM (SELECT id FROM %[1]s WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) h WHERE r.id = h.id AND r.%[2]s IS NOT NULL`,
			s.Old.Form.Table(), sideColumn(s.New)), there); err != nil {
			return 0, err
		}
	}
	held, err := s.fill(ctx, tx, there)
	if pg.Code(err) == "23505" {
		return 0, fault.New(fault.Conflict, "records that differ would have the same value, and the field is unique").Because(err)
	}
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM `+s.queue+` WHERE record = ANY ($1::bigint[])`, notAmong(ids, held))
	return len(ids) - len(held), err
}

// SideTable is the link table that the side of an open conversion is; "" when it
// is a column.
func SideTable(j *form.Job, cat *form.Catalog) string {
	var c conversion.Input
	if json.Unmarshal(j.Input, &c) != nil || c.Kind != "REFERENCES" && c.Kind != "MEMBERS" {
		return ""
	}
	if f := cat.Form(j.Form); f != nil {
		if x := f.AnyField(j.Field); x != nil {
			return x.LinkTableName()
		}
	}
	return ""
}
