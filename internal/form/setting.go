package form

import (
	"encoding/json"
	"time"
)

// The order is that of the index change_of_settings.
const selectPastSettings = `
	SELECT field AS concern, at AS until, before AS value FROM fieldwork.change
	 WHERE org_id = $1 AND action = 'updateSettings' ORDER BY version DESC, position DESC LIMIT 1000`

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
