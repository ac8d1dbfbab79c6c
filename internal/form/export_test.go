package form

import (
	"context"

	"fieldwork/internal/org"
)

// Rebuild makes the table of a form anew.
func (s *Store) Rebuild(ctx context.Context, by org.Actor, key string) error {
	_, err := s.change(ctx, by, nil, func(ctx context.Context, e *edit) error { return e.rebuild(ctx, e.cat.Form(key)) })
	return err
}
