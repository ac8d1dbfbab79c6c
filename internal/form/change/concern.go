package change

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
)

const (
	upsertSetting = `INSERT INTO fieldwork.setting (org_id, concern, value) VALUES ($1, $2, $3) ON CONFLICT (org_id, concern) DO UPDATE SET value = EXCLUDED.value`
	deleteSetting = `DELETE FROM fieldwork.setting WHERE org_id = $1 AND concern = $2`
)

// Set changes what is set about a concern: change is given the value so far, nil
// when nothing is set, and returns the new one, nil for none. It is a change of
// definitions like any other: all servers agree on it, it is in the log and can be
// undone. Faults: FORBIDDEN, CONFLICT for another version, those of change.
func (s *Store) Set(ctx context.Context, by org.Actor, expected *int64, concern string, change func(now json.RawMessage) (json.RawMessage, error)) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		value, err := change(e.Cat.Settings[concern])
		if err != nil {
			return err
		}
		return e.Set(ctx, concern, value)
	})
}

// Set sets the value of a concern, nil for none.
func (e *Edit) Set(ctx context.Context, concern string, value json.RawMessage) error {
	var err error
	if value == nil {
		_, err = e.Tx.ExecContext(ctx, deleteSetting, e.Cat.OrgID, concern)
	} else {
		_, err = e.Tx.ExecContext(ctx, upsertSetting, e.Cat.OrgID, concern, []byte(value))
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", concern, err)
	}
	e.Note("updateSettings", "", concern, e.Cat.Settings[concern], value)
	return nil
}
