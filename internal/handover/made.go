package handover

import (
	"context"

	"fieldwork/internal/pg"
)

const selectUndone = `
	SELECT m ->> 'form', made::bigint
	  FROM fieldwork.handover h CROSS JOIN LATERAL jsonb_array_elements(h.moves) m CROSS JOIN LATERAL jsonb_array_elements_text(m -> 'made') made
	 WHERE h.org_id = $1 AND h.undone_at IS NOT NULL AND m ? 'made'
	 ORDER BY 1, 2`

// Undone are the roles that handovers made and that were archived when those were undone, unless
// somebody had changed them before: numbers by the key of their form.
func Undone(ctx context.Context, c *pg.Conn, orgID int64) (map[string][]int64, error) {
	out := map[string][]int64{}
	err := asOwner(ctx, c, func() error {
		return c.Query(ctx, selectUndone, []any{orgID}, func(v []pg.Value) error {
			form := string([]byte(v[0].(string))) // rows share a buffer
			out[form] = append(out[form], v[1].(int64))
			return nil
		})
	})
	return out, err
}
