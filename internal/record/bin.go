package record

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// gone is a record that was deleted, with what it held.
type gone struct {
	form *form.Form
	id   int64
	held map[string]json.RawMessage // by column and by field of links, without what was empty
}

// refersTo says whether the record went because the other did.
func (g *gone) refersTo(other *gone) bool {
	for _, x := range g.form.Fields {
		if x.Kind != nil && x.IsReference() && x.Target == other.form && x.Settings.OnDelete == "CASCADE" && string(g.held[x.Key]) == strconv.FormatInt(other.id, 10) {
			return true
		}
	}
	return false
}

// Undelete brings a deleted record back, with its number, its links as far as they
// lead anywhere, and the records that went with it. References of others that were
// cleared stay so. Faults: FORBIDDEN, NOT_FOUND for a record that is not there to be
// brought back, CONFLICT where it has no place any more.
func Undelete(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64) error {
	if err := mayWrite(by.By, f); err != nil {
		return err
	}
	w := &writer{Call: by, c: c}
	err := c.InTx(ctx, func() error {
		if err := holdBin(ctx, c, f); err != nil {
			return err
		}
		list, err := w.deletedWith(ctx, f, id)
		if err != nil {
			return err
		}
		var locks []*form.Form
		for _, g := range list {
			locks = guards(Values{Form: g.form}, locks)
		}
		if err := w.lock(ctx, locks); err != nil {
			return err
		}
		if err := w.bringBack(ctx, list); err != nil {
			return err
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
		if len(w.bad) > 0 {
			return errBad
		}
		return nil
	})
	if err != nil {
		return w.outcome(ctx, Values{Form: f}, err)
	}
	return nil
}

// holdBin keeps others from bringing deleted records back, and from purging them,
// until the transaction ends: of two only the first finds a record there.
func holdBin(ctx context.Context, c *pg.Conn, f *form.Form) error {
	s := sqlgen.HoldBin(f.Catalog)
	return c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil })
}

// bringBack stores records again, then their links, since those of one may lead to
// another.
func (w *writer) bringBack(ctx context.Context, list []*gone) error {
	for _, g := range list {
		if err := w.undelete(ctx, g); err != nil {
			return err
		}
	}
	for _, g := range list {
		if err := w.relink(ctx, g); err != nil {
			return err
		}
		it := &item{Values: Values{Form: g.form}, id: g.id}
		if rules := it.aggregates(); len(rules) > 0 { // it counts again
			w.late = append(w.late, lateChecks{it, rules})
		}
		if err := w.watch(ctx, g.form, []*item{it}); err != nil {
			return err
		}
	}
	return nil
}

// deletedWith finds a deleted record and those that went with it, each after what
// it refers to.
func (w *writer) deletedWith(ctx context.Context, f *form.Form, id int64) ([]*gone, error) {
	var out, rest []*gone
	s := sqlgen.DeletedWith(f, id)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		g := &gone{form: f.Catalog.Form(row[0].(string)), id: row[1].(int64)}
		if err := json.Unmarshal([]byte(row[2].(string)), &g.held); err != nil {
			return err
		}
		maps.DeleteFunc(g.held, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
		if g.form == f && g.id == id {
			out = append(out, g)
		} else {
			rest = append(rest, g)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, NotFound().At("id")
	}
	for i := 0; i < len(out); i++ {
		left := rest[:0]
		for _, g := range rest {
			if g.refersTo(out[i]) {
				out = append(out, g)
			} else {
				left = append(left, g)
			}
		}
		rest = left
	}
	return out, nil
}

// undelete stores a record again.
func (w *writer) undelete(ctx context.Context, g *gone) error {
	defaults := map[string]any{}
	for _, x := range g.form.Own() {
		if x.Filled && x.Default != nil {
			v, err := x.DefaultValue()
			if err != nil {
				return err
			}
			defaults[x.Key] = v
		}
	}
	missing, err := json.Marshal(defaults)
	if err != nil {
		return err
	}
	kept, err := json.Marshal(g.held)
	if err != nil {
		return err
	}
	s := w.env().Undelete(g.form, string(kept), string(missing), w.By.Member())
	_, err = w.c.Exec(ctx, s.SQL, s.Args)
	switch code := pg.Code(err); {
	case code == "23502":
		return fault.New(fault.Conflict, "%s_%d lacks a value that is required by now", g.form.Key, g.id).At("id").Because(err)
	case code == "23503":
		return fault.New(fault.Conflict, "%s_%d belongs to a record that is gone: bring that back first", g.form.Key, g.id).At("id").Because(err)
	case code == "23505":
		return fault.New(fault.Conflict, "another record has a value of %s_%d that must be unique", g.form.Key, g.id).At("id").Because(err)
	}
	return err
}

// relink adds the links that a record had.
func (w *writer) relink(ctx context.Context, g *gone) error {
	for _, x := range g.form.Fields {
		if x.Kind == nil || !x.HasLinkTable() || len(g.held[x.Key]) == 0 {
			continue
		}
		s := sqlgen.Relink(x, g.id, string(g.held[x.Key]))
		if _, err := w.c.Exec(ctx, s.SQL, s.Args); err != nil {
			return err
		}
	}
	return nil
}

// Purge takes what a deleted record held out of the history, so that nothing
// brings it back. Faults: FORBIDDEN, NOT_FOUND for a record of which nothing is left
// to be taken, or which is not deleted.
func Purge(ctx context.Context, c *pg.Conn, by Call, f *form.Form, id int64) error {
	if !by.By.MayManage() {
		return fault.New(fault.Forbidden, "only owners and managers may purge records")
	}
	return c.InTx(ctx, func() error {
		if err := holdBin(ctx, c, f); err != nil {
			return err
		}
		if err := c.AsOwner(ctx); err != nil { // the organisation's role may not write the history
			return err
		}
		s := sqlgen.Purge(f, id)
		n, err := c.Exec(ctx, s.SQL, s.Args)
		if err == nil && n == 0 {
			return NotFound().At("id")
		}
		return err
	})
}
