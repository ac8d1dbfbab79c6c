package record

import (
	"context"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// inStep runs a write. For most single records that is one statement and all;
// what needs more is a transaction. Members' also brings their accounts in step:
// the address to sign in by, and whether the member may. write returns the records
// whose accounts that are. A refusal of PostgreSQL's, and errBad, come back as they
// are.
func (w *writer) inStep(ctx context.Context, f *form.Form, items []*item, write func() error) error {
	if len(items) == 1 && !f.IsMember() && w.Once == nil && !w.whole && items[0].alone() {
		err := write()
		if err == nil && len(w.bad) > 0 {
			err = errBad
		}
		return pg.AsWrite(err, true)
	}
	return w.c.InTx(ctx, func() error {
		if err := w.claim(ctx); err != nil || w.replay != nil {
			return err
		}
		if err := w.serialise(ctx, items); err != nil {
			return err
		}
		if err := write(); err != nil {
			return err
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
		if f.IsMember() && len(w.bad) == 0 {
			if err := w.accounts(ctx, f, items); err != nil {
				return err
			}
		}
		if len(w.bad) > 0 || w.dry {
			return errBad
		}
		return w.remember(ctx)
	})
}

// accounts brings the accounts of members in step with their records.
func (w *writer) accounts(ctx context.Context, f *form.Form, items []*item) error {
	email, status := f.ByPurpose("MEMBER_EMAIL"), f.ByPurpose("MEMBER_STATUS")
	if email == nil || status == nil {
		return nil // broken definitions: accounts stay as they are
	}
	ids, rows := make([]int64, len(items)), map[int64]*item{}
	for i, it := range items {
		ids[i], rows[it.id] = it.id, it
	}
	var numbers, addresses, actives sqlgen.List
	type account struct {
		id      int64
		address string
		active  bool
	}
	var all []account
	s := sqlgen.Accounts(f, ids, email, status)
	err := w.c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		a := account{id: row[0].(int64)}
		a.address, _ = row[1].(string)
		a.address = strings.Clone(a.address)
		a.active, _ = row[2].(bool)
		all = append(all, a)
		numbers.Add(kind.Number(a.id))
		addresses.Add(a.address)
		actives.Is(a.active)
		return nil
	})
	if err != nil {
		return err
	}
	// The organisation's role cannot reach accounts; the connection's own can,
	// until the transaction ends.
	if err := w.c.AsOwner(ctx); err != nil {
		return err
	}
	owners := map[int64]bool{}
	err = w.c.Query(ctx, org.SelectOwners, []any{w.By.OrgID}, func(row []pg.Value) error { owners[row[0].(int64)] = true; return nil })
	if err != nil {
		return err
	}
	for _, a := range all {
		if !owners[a.id] {
			continue
		}
		if err := w.stop(rows[a.id].row, guardOwner(ctx, w.c, w.By, a.id, a.address, a.active)); err != nil {
			return err
		}
		if !a.active { // the next owner to leave is judged without this one
			if _, err := w.c.Exec(ctx, org.Deactivate, []any{w.By.OrgID, a.id}); err != nil {
				return err
			}
		}
	}
	lists := []any{w.By.OrgID, numbers.String(), addresses.String(), actives.String()}
	if _, err := w.c.Exec(ctx, org.UpsertMembers, lists); err != nil {
		if pg.Code(err) != "23505" {
			return err
		}
		return &refusal{err, func(ctx context.Context) error { return w.addresses(ctx, lists, rows) }}
	}
	return w.c.Query(ctx, org.NotifyAccounts, []any{strconv.FormatInt(w.By.OrgID, 10)}, func([]pg.Value) error { return nil })
}

// addresses notes which members have the address of another account.
func (w *writer) addresses(ctx context.Context, lists []any, rows map[int64]*item) error {
	return w.c.InTx(ctx, func() error {
		if err := w.c.AsOwner(ctx); err != nil {
			return err
		}
		return w.c.Query(ctx, org.TakenAddresses, lists[:3], func(row []pg.Value) error {
			return w.stop(rows[row[0].(int64)].row, fault.New(fault.Conflict, "another member has this address").At("email"))
		})
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
