package form

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fieldwork/internal/org"
)

const (
	selectSettings = `SELECT concern, value FROM fieldwork.setting WHERE org_id = $1`
	upsertSetting  = `INSERT INTO fieldwork.setting (org_id, concern, value) VALUES ($1, $2, $3) ON CONFLICT (org_id, concern) DO UPDATE SET value = EXCLUDED.value`
	// The order is that of the index change_of_settings.
	selectPastSettings = `
		SELECT field AS concern, at AS until, before AS value FROM fieldwork.change
		 WHERE org_id = $1 AND action = 'updateSettings' ORDER BY version DESC, position DESC LIMIT 1000`
	deleteSetting = `DELETE FROM fieldwork.setting WHERE org_id = $1 AND concern = $2`
)

type settingRow struct {
	Concern string `db:"concern"`
	Value   []byte `db:"value"`
}

// pastSetting is what was set about a concern until it was changed.
type pastSetting struct {
	settingRow
	Until time.Time `db:"until"`
}

// Setting is what was set about a concern at a moment, nil for nothing; the zero
// moment is now. The last 1,000 changes of settings are known: what was set before
// them counts as set from the beginning.
func (c *Catalog) Setting(concern string, at time.Time) json.RawMessage {
	value := c.Settings[concern]
	if at.IsZero() {
		return value
	}
	for _, p := range c.past { // the latest first
		if p.Concern == concern && p.Until.After(at) {
			value = p.Value
		}
	}
	if string(value) == "null" {
		return nil
	}
	return value
}

// Set changes what is set about a concern: change is given the value so far, nil
// when nothing is set, and returns the new one, nil for none. It is a change of
// definitions like any other: all servers agree on it, it is in the log and can be
// undone. Faults: FORBIDDEN, CONFLICT for another version, those of change.
func (s *Store) Set(ctx context.Context, by org.Actor, expected *int64, concern string, change func(now json.RawMessage) (json.RawMessage, error)) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		value, err := change(e.cat.Settings[concern])
		if err != nil {
			return err
		}
		return e.set(ctx, concern, value)
	})
}

func (e *edit) set(ctx context.Context, concern string, value json.RawMessage) error {
	var err error
	if value == nil {
		_, err = e.tx.ExecContext(ctx, deleteSetting, e.cat.OrgID, concern)
	} else {
		_, err = e.tx.ExecContext(ctx, upsertSetting, e.cat.OrgID, concern, []byte(value))
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", concern, err)
	}
	e.note("updateSettings", "", concern, e.cat.Settings[concern], value)
	return nil
}
