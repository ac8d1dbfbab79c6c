package record

import (
	"context"
	"strconv"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// isMember says whether records of f are members, which have accounts.
func isMember(f *form.Form) bool { return f.Key == "member" && f.Standard }

// inStep runs a write. For most forms that is all; for members it is a
// transaction that also brings the account in step: the address to sign in by,
// and whether the member may. id is read after write has run.
func inStep(ctx context.Context, c *pg.Conn, by org.Actor, f *form.Form, id *int64, write func() error) error {
	if !isMember(f) {
		return pg.AsWrite(write(), true)
	}
	return c.InTx(ctx, func() error {
		if err := write(); err != nil {
			return err
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
		if _, err := c.Exec(ctx, org.UpsertMember, []any{by.OrgID, *id, address, active}); err != nil {
			return err
		}
		return c.Query(ctx, org.NotifyAccounts, []any{strconv.FormatInt(by.OrgID, 10)}, func([]pg.Value) error { return nil })
	})
}
