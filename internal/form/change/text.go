package change

import (
	"context"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

const selectTextJobs = `SELECT form FROM fieldwork.job WHERE org_id = $1 AND action = 'search' AND ended_at IS NULL`

// setTextIndexes has every form have the indexes that its definition in cat wants.
func (e *Edit) setTextIndexes(ctx context.Context, cat *form.Catalog) error {
	there, err := table.TextIndexesThere(ctx, e.Tx, cat.Schema, pq.StringArray{"search_", "duplicate_"})
	if err != nil {
		return err
	}
	var jobs []string
	if err := e.Tx.SelectContext(ctx, &jobs, selectTextJobs, cat.OrgID); err != nil {
		return err
	}
	for _, f := range cat.Active() {
		missing, stale := table.TextDifference(f, there)
		if len(missing)+len(stale) == 0 || slices.Contains(jobs, f.Key) {
			continue
		}
		n, err := e.Size(ctx, f)
		if err != nil {
			return err
		}
		if n > e.AtOnce {
			if _, err := e.insertJob(ctx, &form.Field{Form: f}, form.JobSearch, n, []byte("{}")); err != nil {
				return err
			}
			continue
		}
		if err := e.DropIndexes(ctx, stale); err != nil {
			return err
		}
		for _, x := range missing {
			if err := e.DDL(ctx, `CREATE INDEX %s %s`, pg.Quote(x.Name), x.Text); err != nil {
				return err
			}
			if err := e.WithoutStatistics(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}
