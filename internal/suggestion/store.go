package suggestion

import (
	"context"

	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Store keeps refusals.
type Store struct{ db *pg.DB }

// NewStore returns the refusals in a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

// Refusal says that a member is not to be suggested for a responsibility on a customer.
type Refusal struct {
	Customer, Member string // ids
	Responsibility   string // key
	State            string // that of the suggestion
	Reason           string
	Back             bool // the refusal is taken back
}

const (
	selectRefusals = `SELECT customer, responsibility, member, state FROM fieldwork.suggestion_refusal WHERE org_id = $1 AND form = $2`
	upsertRefusal  = `
		INSERT INTO fieldwork.suggestion_refusal (org_id, form, customer, responsibility, member, state, reason, refused_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (org_id, form, customer, responsibility, member)
		DO UPDATE SET state = excluded.state, reason = excluded.reason, refused_by = excluded.refused_by, refused_at = now()`
	deleteRefusal = `DELETE FROM fieldwork.suggestion_refusal WHERE org_id = $1 AND form = $2 AND customer = $3 AND responsibility = $4 AND member = $5`
)

const (
	stateLength = 32
	maxReason   = 1_000 // bytes
)

// Refuse keeps a refusal, or takes it back; a later one stands in place of an earlier
// one. Faults: FORBIDDEN for those who may not change records, NOT_FOUND for what there
// is not, INVALID for what is no state.
func (s *Store) Refuse(ctx context.Context, by org.Actor, cat *form.Catalog, r Refusal) error {
	if !by.MayWrite() {
		return fault.New(fault.Forbidden, "you may read records, not change them")
	}
	customers := cat.Customers()
	f, customer, ok := cat.Locate(r.Customer)
	if !ok || f != customers {
		return missing("customer")
	}
	m, member, ok := cat.Locate(r.Member)
	if !ok || !m.IsMember() {
		return missing("member")
	}
	if _, err := division.Columns(cat, []string{r.Responsibility}); err != nil {
		return fault.New(fault.NotFound, "there is no responsibility %q", fault.Clip(r.Responsibility)).At("responsibility")
	}
	if len(r.State) != stateLength && !r.Back {
		return fault.New(fault.Invalid, "is not the state of a suggestion").At("state")
	}
	if len(r.Reason) > maxReason || kind.CheckText(r.Reason) != nil || kind.CheckText(r.State) != nil {
		return fault.New(fault.Invalid, "is no text of at most %d bytes", maxReason).At("reason")
	}
	for _, named := range []struct {
		name string
		list query.List
	}{{"customer", one(f, customer)}, {"member", one(m, member)}} {
		if there, err := s.there(ctx, cat, named.list); err != nil || !there {
			if err == nil {
				err = missing(named.name)
			}
			return err
		}
	}
	args := []any{by.OrgID, f.Key, customer, r.Responsibility, member}
	if r.Back {
		_, err := s.db.Control.ExecContext(ctx, deleteRefusal, args...)
		return pg.AsWrite(pg.Translate(err), true)
	}
	_, err := s.db.Control.ExecContext(ctx, upsertRefusal, append(args, r.State, r.Reason, by.Member())...)
	return pg.AsWrite(pg.Translate(err), true)
}

func missing(what string) *fault.Fault {
	return fault.New(fault.NotFound, "there is no such %s", what).At(what)
}

// one is the list of one record.
func one(f *form.Form, ids ...int64) query.List {
	return query.List{Form: f, Filter: query.Cmp{Field: f.Field("id"), Op: kind.In, Args: numbers(ids)}}
}

func (s *Store) there(ctx context.Context, cat *form.Catalog, l query.List) (there bool, err error) {
	q, _ := sqlgen.Env{}.List(l, []sqlgen.Column{{Field: l.Form.Field("id")}}, 1)
	err = s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		return c.Query(ctx, q.SQL, q.Args, func([]pg.Value) error { there = true; return nil })
	})
	return there, err
}
