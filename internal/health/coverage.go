package health

import (
	"context"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/rhythm"
)

// requirements are the responsibilities that customers of a tier need; those of ""
// are for customers without one.
type requirements map[string][]string

// required is what is needed where an organisation says nothing of it.
var required = requirements{
	"a": {"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "finance", "sponsor"},
	"b": {"account_manager", "sales", "technical_support", "after_sales"},
	"c": {"account_manager", "after_sales"},
	"d": {"account_manager"},
	"":  {"account_manager"},
}

// of are the requirements of a tier, once each. Without records they are the
// defaults, where a tier that has none is as no tier.
func (r requirements) of(tier string) map[string]bool {
	list := r[tier]
	if len(r) == 0 {
		known := false
		if list, known = required[tier]; !known {
			list = required[""]
		}
	}
	out := make(map[string]bool, len(list))
	for _, key := range list {
		out[key] = true
	}
	return out
}

// loadRequirements reads what an organisation has set; nothing when it has set none.
func loadRequirements(ctx context.Context, c *pg.Conn, cat *form.Catalog) (requirements, error) {
	x := cat.Purpose("COVERAGE_RESPONSIBILITY")
	if x == nil {
		return nil, nil
	}
	out := requirements{}
	fields := []*form.Field{x.Form.StoredAs("COVERAGE_RESPONSIBILITY", "text"), x.Form.StoredAs("COVERAGE_TIER", "text")}
	err := rhythm.Read(ctx, c, x.Form, fields, func(v []string) {
		if v[0] != "" {
			out[v[1]] = append(out[v[1]], v[0])
		}
	})
	return out, err
}
