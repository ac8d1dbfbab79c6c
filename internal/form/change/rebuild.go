package change

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// PostgreSQL numbers the columns of a table up to 1,600 and never uses a number
// again. Conversions in place use none; what must drop and add a column does, and
// in time a table has to be made anew (docs/adr/0007).
const (
	rebuildAt  = 1200 // numbers used
	columnsEnd = 1580 // numbers used, beyond which no column is added
)

const selectNumbers = `SELECT coalesce(max(attnum), 0) AS used, count(*) FILTER (WHERE attisdropped) AS gone FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0`

// Room has a form's table made anew when its columns are numbered so high that new
// ones would in time be refused: at once, or by a job for forms for which that
// takes too long to be done while everyone waits.
func (e *Edit) Room(ctx context.Context, f *form.Form) error {
	if e.Making != nil && e.Making[f.Key] != nil {
		return nil
	}
	var n struct{ Used, Gone int }
	if err := e.Tx.GetContext(ctx, &n, selectNumbers, f.Table()); err != nil || n.Used < rebuildAt || n.Gone < rebuildAt/2 {
		return err
	}
	size, err := e.Size(ctx, f)
	if err != nil {
		return err
	}
	if size <= e.AtOnce {
		return e.Rebuild(ctx, f)
	}
	job, started, err := e.startRebuild(ctx, f, size)
	if err != nil || started || n.Used < columnsEnd {
		return err
	}
	return fault.New(fault.Conflict, "the table of form %q has had %d columns, dropped ones included, and takes no more until it has been made anew: wait for that", f.Key, n.Used).
		At("form").With("job", job)
}
