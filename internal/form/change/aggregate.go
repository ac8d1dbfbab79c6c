package change

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
)

// MaxAggregates is how many saved aggregates a form has at most.
const MaxAggregates = 50

const (
	insertAggregate = `
		INSERT INTO fieldwork.aggregate (org_id, form_id, key, label, filter, group_by, metrics) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	updateAggregate = `UPDATE fieldwork.aggregate SET label = $3, filter = $4, group_by = $5, metrics = $6 WHERE org_id = $1 AND id = $2`
	deleteAggregate = `DELETE FROM fieldwork.aggregate WHERE org_id = $1 AND id = $2`
	hasAggregate    = `SELECT EXISTS (SELECT FROM fieldwork.aggregate WHERE org_id = $1 AND key = $2)` // of archived forms too
)

// CreateAggregate saves an aggregate. Faults: FORBIDDEN, NOT_FOUND for the form,
// INVALID and TOO_COSTLY with the path of the input, CONFLICT for a key that is
// taken or another version.
func (s *Store) CreateAggregate(ctx context.Context, by org.Actor, expected *int64, n form.NewAggregate) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error { return e.CreateAggregate(ctx, n) })
}

// CreateAggregate is the method of Store of that name, as part of a change.
func (e *Edit) CreateAggregate(ctx context.Context, n form.NewAggregate) error {
	f, err := e.Form(n.Form, "form")
	if err != nil {
		return err
	}
	var bad fault.List
	_ = bad.Add(form.CheckKey(n.Key, form.MaxFieldKey), "key")
	var taken bool
	if err := e.Tx.GetContext(ctx, &taken, hasAggregate, e.Cat.OrgID, n.Key); err != nil {
		return fmt.Errorf("look for aggregate: %w", err)
	}
	if taken {
		_ = bad.Add(fault.New(fault.Conflict, "there is a saved aggregate %q already", n.Key), "key")
	}
	if len(f.Aggregates) >= MaxAggregates {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d saved aggregates", MaxAggregates), "form")
	}
	a := &form.SavedAggregate{Form: f, Key: n.Key, Labels: form.Label{}.With(n.Labels), Filter: n.Filter, GroupBy: n.GroupBy, Metrics: n.Metrics}
	if err := a.Check(n.Labels, bad); err != nil {
		return err
	}
	if err := e.writeAggregate(ctx, insertAggregate, f.ID, a, a.Key); err != nil {
		return err
	}
	f.Aggregates = append(f.Aggregates, a)
	e.Note("createSavedAggregate", f.Key, "", nil, describeAggregate(a))
	return nil
}

// UpdateAggregate changes a saved aggregate. Faults: as of CreateAggregate, and
// NOT_FOUND for the aggregate.
func (s *Store) UpdateAggregate(ctx context.Context, by org.Actor, expected *int64, key string, u form.AggregateUpdate) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error { return e.UpdateAggregate(ctx, key, u) })
}

// UpdateAggregate is the method of Store of that name, as part of a change.
func (e *Edit) UpdateAggregate(ctx context.Context, key string, u form.AggregateUpdate) error {
	old, err := e.Aggregate(key)
	if err != nil {
		return err
	}
	a := *old
	a.Labels = old.Labels.With(u.Labels)
	if u.Filter != nil {
		a.Filter = u.Filter
	}
	if u.GroupBy != nil {
		a.GroupBy = u.GroupBy
	}
	if u.Metrics != nil {
		a.Metrics = u.Metrics
	}
	if err := a.Check(u.Labels, nil); err != nil {
		return err
	}
	if err := e.writeAggregate(ctx, updateAggregate, a.ID, &a); err != nil {
		return err
	}
	e.Note("updateSavedAggregate", a.Form.Key, "", describeAggregate(old), describeAggregate(&a))
	return nil
}

// RemoveAggregate takes a saved aggregate away for good. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT on another version.
func (s *Store) RemoveAggregate(ctx context.Context, by org.Actor, expected *int64, key string) (cat *form.Catalog, formKey string, err error) {
	cat, err = s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		formKey, err = e.RemoveAggregate(ctx, key)
		return err
	})
	return cat, formKey, err
}

// RemoveAggregate is the method of Store of that name, as part of a change.
func (e *Edit) RemoveAggregate(ctx context.Context, key string) (formKey string, err error) {
	a, err := e.Aggregate(key)
	if err != nil {
		return "", err
	}
	if _, err := e.Tx.ExecContext(ctx, deleteAggregate, e.Cat.OrgID, a.ID); err != nil {
		return "", fmt.Errorf("remove aggregate: %w", err)
	}
	e.Note("removeSavedAggregate", a.Form.Key, "", describeAggregate(a), nil)
	return a.Form.Key, nil
}

// Aggregate returns a saved aggregate of an active form, or NOT_FOUND.
func (e *Edit) Aggregate(key string) (*form.SavedAggregate, error) {
	if a := e.Cat.Aggregate(key); a != nil {
		return a, nil
	}
	return nil, fault.New(fault.NotFound, "there is no saved aggregate %q", fault.Clip(key)).At("key")
}

// writeAggregate stores what an aggregate asks for.
func (e *Edit) writeAggregate(ctx context.Context, statement string, id int64, a *form.SavedAggregate, more ...any) error {
	args := append(append([]any{e.Cat.OrgID, id}, more...), a.Labels.JSON())
	for _, part := range []any{a.Filter, a.GroupBy, a.Metrics} {
		b, err := json.Marshal(part)
		if err != nil {
			return err
		}
		args = append(args, b)
	}
	if _, err := e.Tx.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("write aggregate: %w", err)
	}
	return nil
}

// AggregateState is how a saved aggregate stands in the log of changes.
type AggregateState struct {
	Key     string     `json:"key"`
	Labels  form.Label `json:"labels"`
	Filter  any        `json:"filter"`
	GroupBy any        `json:"groupBy"`
	Metrics any        `json:"metrics"`
}

func describeAggregate(a *form.SavedAggregate) AggregateState {
	return AggregateState{a.Key, a.Labels, a.Filter, a.GroupBy, a.Metrics}
}
