package check

import (
	"context"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/job"
	"fieldwork/internal/pg"
)

// jobs accounts for what jobs that have not ended have made.
func (c *checker) jobs(ctx context.Context, db *pg.DB, cat *form.Catalog) error {
	open, err := job.Open(ctx, db, cat.OrgID)
	if err != nil {
		return err
	}
	for _, j := range open {
		if j.Action == form.JobSearch {
			c.textIndexes(cat.Form(j.Form))
			continue
		}
		if j.Action == form.JobIndex {
			for _, name := range job.IndexNames(j, cat) {
				delete(c.names, name)
			}
			if x, owed := job.Owed(j, cat); owed {
				delete(c.missing, x.Name)
				delete(c.invalid, x.Name)
			}
			continue
		}
		delete(c.tables, job.QueueName(j))
		delete(c.tables, job.QueueName(j)+"_new")
		for name := range c.names {
			if strings.HasPrefix(name, job.QueueName(j)+"_") || strings.HasPrefix(name, job.Prefix(j)) {
				delete(c.names, name)
			}
		}
		if j.Action == form.JobRebuild {
			var unproven []struct{ Table, Name string }
			if err := db.Control.SelectContext(ctx, &unproven, job.Unproven, cat.Form(j.Form).Table()); err != nil {
				return pg.Translate(err)
			}
			for _, l := range unproven {
				delete(c.invalid, l.Name)
			}
			continue
		}
		delete(c.tables, job.SideTable(j, cat))
		delete(c.tables[j.Form], j.Field+"__new")
		if x := cat.Form(j.Form).AnyField(j.Field); x != nil {
			for _, name := range []string{x.LinkKey(), x.LinkOwner(), x.ForeignKey()} {
				delete(c.names, name)
			}
		}
	}
	return nil
}
