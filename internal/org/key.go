package org

import (
	"context"

	"fieldwork/internal/pg"
)

// Idempotency keys are kept by organisation and member for a day: first by whoever
// is working on the request, then with its answer. Package record runs these
// statements in the transaction that does the work.
const (
	// ClaimKey takes a key that nobody has, or an old one; a row says that it did.
	// It waits for a transaction that is taking the key. Arguments: organisation,
	// member, key, hash of the input.
	ClaimKey = `
		INSERT INTO fieldwork.idempotency AS k (org_id, member_id, key, input) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, member_id, key) DO UPDATE SET input = excluded.input, answer = NULL, made_at = now()
		WHERE k.made_at < now() - interval '24 hours' RETURNING true`
	// KeptAnswer selects whether the input was the same, and the answer. Arguments
	// as those of ClaimKey.
	KeptAnswer = `SELECT input = $4, answer::text FROM fieldwork.idempotency WHERE org_id = $1 AND member_id = $2 AND key = $3`
	// KeepAnswer keeps the answer. Arguments: organisation, member, key, answer.
	KeepAnswer = `UPDATE fieldwork.idempotency SET answer = $4::json WHERE org_id = $1 AND member_id = $2 AND key = $3`

	sweepKeys = `DELETE FROM fieldwork.idempotency WHERE made_at < now() - interval '24 hours'`
)

// SweepKeys removes idempotency keys that are older than a day.
func (s *Store) SweepKeys(ctx context.Context) error {
	_, err := s.db.Control.ExecContext(ctx, sweepKeys)
	return pg.Translate(err)
}
