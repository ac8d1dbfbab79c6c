package form

import (
	"context"

	"fieldwork/internal/org"
)

// SetAtOnce changes how many records are too many for a request.
func (s *Store) SetAtOnce(n int64) { s.atOnce = n }

// Rebuild makes the table of a form anew.
func (s *Store) Rebuild(ctx context.Context, by org.Actor, key string) error {
	_, err := s.change(ctx, by, nil, func(ctx context.Context, e *edit) error { return e.rebuild(ctx, e.cat.Form(key)) })
	return err
}
