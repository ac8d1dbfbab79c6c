package health

import (
	"context"

	"fieldwork/internal/coverage"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/rhythm"
)

// requirements are the responsibilities that customers of a tier need; those of ""
// are for customers without one.
type requirements struct {
	byTier  map[string][]string
	records bool // a tier of which no record speaks requires nothing
}

// of are the requirements of a tier, once each.
func (r requirements) of(tier string) map[string]bool {
	list, said := r.byTier[tier]
	if !said && !r.records {
		list = r.byTier[""]
	}
	out := make(map[string]bool, len(list))
	for _, key := range list {
		out[key] = true
	}
	return out
}

// loadRequirements reads what an organisation requires: its records or, without
// any, what it has set.
func loadRequirements(ctx context.Context, c *pg.Conn, env sqlgen.Env, cat *form.Catalog) (requirements, error) {
	records := map[string][]string{}
	if x := cat.Purpose("COVERAGE_RESPONSIBILITY"); x != nil {
		fields := []*form.Field{x.Form.StoredAs("COVERAGE_RESPONSIBILITY", "text"), x.Form.StoredAs("COVERAGE_TIER", "text")}
		err := rhythm.Read(ctx, c, rhythm.Records{Env: env, Form: x.Form, Fields: fields}, func(v []string) {
			if v[0] != "" {
				records[v[1]] = append(records[v[1]], v[0])
			}
		})
		if err != nil || len(records) > 0 {
			return requirements{records, true}, err
		}
	}
	return requirements{byTier: coverage.ByTier(coverage.Of(cat, env.Moment()))}, nil
}
