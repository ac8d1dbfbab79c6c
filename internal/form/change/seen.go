package change

import (
	"context"
	"slices"
	"sync"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
)

const selectOperationUses = `
	SELECT form, field, client, operation, last_at FROM fieldwork.operation_use
	 WHERE org_id = $1 ORDER BY last_at DESC LIMIT 50000`

// operationUses are the uses by operations in one organisation, as they were not
// long ago: lists of fields ask for each field, and the counts come late anyway.
type operationUses struct {
	mu sync.Mutex
	of map[int64]*usesAt
}

type usesAt struct {
	at time.Time
	by map[[2]string][]form.Use // form and field
}

const (
	usesFor  = 2 * time.Second
	usesKept = 100 // organisations
)

// FieldUses is Uses with the operations of clients that were seen to use the
// field, the latest first, at most 100. Those are counted a while after the use.
func (s *Store) FieldUses(ctx context.Context, f *form.Field) ([]form.Use, error) {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	org := f.Form.Catalog.OrgID
	u := s.uses.of[org]
	if u == nil || time.Since(u.at) > usesFor {
		var rows []struct {
			Form, Field, Client, Operation string
			LastAt                         time.Time `db:"last_at"`
		}
		if err := s.DB.Control.SelectContext(ctx, &rows, selectOperationUses, org); err != nil {
			return nil, pg.Translate(err)
		}
		u = &usesAt{time.Now(), map[[2]string][]form.Use{}}
		for _, r := range rows {
			if k := [2]string{r.Form, r.Field}; len(u.by[k]) < 100 {
				u.by[k] = append(u.by[k], form.Use{Kind: form.UseOperation, Name: r.Operation, Client: r.Client, LastAt: &r.LastAt})
			}
		}
		if s.uses.of == nil || len(s.uses.of) >= usesKept {
			s.uses.of = map[int64]*usesAt{}
		}
		s.uses.of[org] = u
	}
	return slices.Concat(f.Uses(), u.by[[2]string{f.Form.Key, f.Key}]), nil
}
