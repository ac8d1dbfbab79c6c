package org

import (
	"context"
	"fmt"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// AccountsChannel is the NOTIFY channel of changed accounts and tokens; the
// payload is the organisation's number.
const AccountsChannel = "fieldwork_accounts"

// UpsertMember keeps the account of a member in step with the member's record.
// It is run by package record in the transaction that writes the record.
// Arguments: organisation, member, address, active.
const UpsertMember = `
	INSERT INTO fieldwork.member (org_id, id, email, active) VALUES ($1, $2, lower($3), $4)
	ON CONFLICT (org_id, id) DO UPDATE SET email = excluded.email, active = excluded.active`

// UpsertMembers is UpsertMember for lists of members, addresses and activities.
const UpsertMembers = `
	INSERT INTO fieldwork.member (org_id, id, email, active)
	SELECT $1::bigint, m.id, lower(m.email), m.active FROM unnest($2::bigint[], $3::text[], $4::boolean[]) AS m (id, email, active)
	ON CONFLICT (org_id, id) DO UPDATE SET email = excluded.email, active = excluded.active`

// TakenAddresses selects, of members in lists of members and addresses, those
// whose address another account has. Arguments: organisation, members, addresses.
const TakenAddresses = `
	SELECT m.id FROM unnest($2::bigint[], $3::text[]) AS m (id, email)
	WHERE EXISTS (SELECT FROM fieldwork.member o WHERE o.org_id = $1::bigint AND o.id <> m.id AND o.email = lower(m.email))`

// SelectOwners selects the owners of an organisation. Argument: organisation.
const SelectOwners = `SELECT id FROM fieldwork.member WHERE org_id = $1 AND access = 'OWNER'`

// Deactivate keeps a member out. Arguments: organisation, member.
const Deactivate = `UPDATE fieldwork.member SET active = false WHERE org_id = $1 AND id = $2`

// SelectOwner selects address, activity and the number of other active owners of
// a member who is an owner, nothing of any other. Locks the organisation's
// owners, so that two cannot leave at once. Arguments: organisation, member.
const SelectOwner = `
	WITH owners AS (SELECT id, email, active FROM fieldwork.member WHERE org_id = $1 AND access = 'OWNER' ORDER BY id FOR UPDATE)
	SELECT email, active, (SELECT count(*) FROM owners o WHERE o.active AND o.id <> m.id) FROM owners m WHERE id = $2`

// NotifyAccounts tells all servers that accounts of an organisation changed.
// Argument: the organisation's number as text.
const NotifyAccounts = `SELECT pg_notify('` + AccountsChannel + `', $1)`

const (
	setAccess   = `UPDATE fieldwork.member SET access = $3 WHERE org_id = $1 AND id = $2`
	countOwners = `SELECT count(*) FROM fieldwork.member WHERE org_id = $1 AND access = 'OWNER' AND active AND id <> $2`
	getAccount  = `SELECT id, email, access, active FROM fieldwork.member WHERE org_id = $1 AND id = $2 FOR UPDATE`
	byEmail     = `SELECT id, email, access, active FROM fieldwork.member WHERE org_id = $1 AND email = lower($2)`
)

// Account is what is known of a member for letting it in.
type Account struct {
	ID     int64  `db:"id"`
	Email  string `db:"email"`
	Access Access `db:"access"`
	Active bool   `db:"active"`
}

// AddAccount adds the account of a member whose record tx has just written.
func AddAccount(ctx context.Context, tx *sqlx.Tx, orgID, memberID int64, email string, access Access) error {
	if _, err := tx.ExecContext(ctx, UpsertMember, orgID, memberID, email, true); err != nil {
		return fmt.Errorf("add account: %w", pg.Translate(err))
	}
	_, err := tx.ExecContext(ctx, setAccess, orgID, memberID, access)
	return pg.Translate(err)
}

// AccountByEmail returns the account with that address, or NOT_FOUND.
func (s *Store) AccountByEmail(ctx context.Context, orgID int64, email string) (Account, error) {
	var a Account
	err := s.db.Control.GetContext(ctx, &a, byEmail, orgID, strings.TrimSpace(email))
	if pg.IsNoRows(err) {
		return a, fault.New(fault.NotFound, "the organisation has no member with that address")
	}
	return a, pg.Translate(err)
}

// SetAccess changes what a member may do. Managers may change members and
// viewers; owners alone make or unmake owners and managers, and the last active
// owner stays. Faults: FORBIDDEN, NOT_FOUND, CONFLICT.
func (s *Store) SetAccess(ctx context.Context, by Actor, memberID int64, access Access) error {
	switch access {
	case Owner, Manager, Worker, Viewer:
	default:
		return fault.New(fault.Invalid, "%q is not a kind of access", access).At("access")
	}
	if !by.MayManage() { // changeAccount lets members at their own account; nobody raises himself
		return fault.New(fault.Forbidden, "only owners and managers may change what members may do")
	}
	return s.changeAccount(ctx, by, memberID, func(tx *sqlx.Tx, a Account) error {
		if by.Access != Owner && (a.Access == Owner || a.Access == Manager || access == Owner || access == Manager) {
			return fault.New(fault.Forbidden, "only owners may give or take the access %s", access)
		}
		if a.Access == Owner && access != Owner {
			var others int
			if err := tx.GetContext(ctx, &others, countOwners, by.OrgID, memberID); err != nil {
				return err
			}
			if others == 0 {
				return fault.New(fault.Conflict, "an organisation keeps at least one active owner").At("access")
			}
		}
		_, err := tx.ExecContext(ctx, setAccess, by.OrgID, memberID, access)
		return err
	})
}

// changeAccount runs f on a locked account of by's organisation and tells all
// servers of it.
func (s *Store) changeAccount(ctx context.Context, by Actor, memberID int64, f func(tx *sqlx.Tx, a Account) error) error {
	if !by.MayManage() && by.MemberID != memberID {
		return fault.New(fault.Forbidden, "only owners and managers may change other members")
	}
	err := s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		var a Account
		err := tx.GetContext(ctx, &a, getAccount, by.OrgID, memberID)
		if pg.IsNoRows(err) {
			return fault.New(fault.NotFound, "there is no such member").At("member")
		}
		if err != nil {
			return err
		}
		if err := f(tx, a); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, NotifyAccounts, fmt.Sprint(by.OrgID))
		return err
	})
	s.Forget(by.OrgID)
	return pg.Translate(err)
}
