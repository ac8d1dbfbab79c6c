package record

import (
	"context"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// inStep runs a write. For most records that is one statement and all; what needs
// more is a transaction. Members' also brings the account in step: the address
// to sign in by, and whether the member may. id is read after write has run.
func (w *writer) inStep(ctx context.Context, v Values, id *int64, write func() error) error {
	f, c, by := v.Form, w.c, w.By
	if !f.IsMember() && v.alone() {
		return pg.AsWrite(write(), true)
	}
	return c.InTx(ctx, func() error {
		if err := w.serialise(ctx, v); err != nil {
			return err
		}
		if err := w.end(ctx, write()); err != nil {
			return err
		}
		if !f.IsMember() {
			return nil
		}
		email, status := f.ByPurpose("MEMBER_EMAIL"), f.ByPurpose("MEMBER_STATUS")
		if email == nil || status == nil {
			return nil // broken definitions: accounts stay as they are
		}
		var (
			address string
			active  bool
		)
		s := sqlgen.Account(f, *id, email, status)
		err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
			address, _ = row[0].(string)
			active, _ = row[1].(bool)
			return nil
		})
		if err != nil {
			return err
		}
		// The organisation's role cannot reach accounts; the connection's own can,
		// until the transaction ends.
		if err := c.AsOwner(ctx); err != nil {
			return err
		}
		if err := guardOwner(ctx, c, by, *id, address, active); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, org.UpsertMember, []any{by.OrgID, *id, address, active}); err != nil {
			return w.explain(v, err)
		}
		return c.Query(ctx, org.NotifyAccounts, []any{strconv.FormatInt(by.OrgID, 10)}, func([]pg.Value) error { return nil })
	})
}

// guardOwner keeps owners from being locked out: nobody but an owner changes an
// owner's address or lets one leave, and the last active one stays.
func guardOwner(ctx context.Context, c *pg.Conn, by org.Actor, id int64, address string, active bool) error {
	var (
		before string
		was    bool
		others int64
		owner  bool
	)
	err := c.Query(ctx, org.SelectOwner, []any{by.OrgID, id}, func(row []pg.Value) error {
		before, _ = row[0].(string)
		was, _ = row[1].(bool)
		others, _ = row[2].(int64)
		owner = true
		return nil
	})
	if err != nil || !owner || was == active && before == strings.ToLower(address) {
		return err
	}
	if by.Access != org.Owner {
		return fault.New(fault.Forbidden, "only owners may change an owner's address or status")
	}
	if was && !active && others == 0 {
		return fault.New(fault.Conflict, "an organisation keeps at least one active owner").At("status")
	}
	return nil
}
