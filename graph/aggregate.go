package graph

import (
	"context"
	"encoding/json"

	"fieldwork/graph/model"
	"fieldwork/internal/form"
)

// aggregatePayload is the answer to a change of a saved aggregate that led to cat.
func (r *Resolver) aggregatePayload(cat *form.Catalog, err error, key, action string) (*model.SavedAggregatePayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	r.Changed(cat.OrgID, cat.Version)
	return &model.SavedAggregatePayload{SavedAggregate: cat.Aggregate(key), Change: changeOf(cat, action)}, nil
}

func newAggregate(ctx context.Context, in model.CreateSavedAggregateInput) form.NewAggregate {
	n := form.NewAggregate{Form: in.Form, Key: in.Key, Labels: labels(ctx, in.Label, in.Labels), Filter: in.Filter}
	recode(in.GroupBy, &n.GroupBy)
	recode(in.Metrics, &n.Metrics)
	return n
}

func aggregateUpdate(ctx context.Context, in model.UpdateSavedAggregateInput) form.AggregateUpdate {
	u := form.AggregateUpdate{Labels: labels(ctx, in.Label, in.Labels), Filter: in.Filter}
	recode(in.GroupBy, &u.GroupBy)
	recode(in.Metrics, &u.Metrics)
	return u
}

// stored is a list as it is stored; of a damaged one what can be read.
func stored[T any](list any) []T {
	out := []T{}
	if b, err := json.Marshal(list); err == nil && list != nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}
