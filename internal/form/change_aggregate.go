package form

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
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

// NewAggregate is a saved aggregate to be made; what it asks for is decoded JSON.
type NewAggregate struct {
	Form, Key                string
	Labels                   Label
	Filter, GroupBy, Metrics any
}

// AggregateUpdate is a change of a saved aggregate; nil leaves things as they are.
type AggregateUpdate struct {
	Labels                   Label
	Filter, GroupBy, Metrics any
}

// CreateAggregate saves an aggregate. Faults: FORBIDDEN, NOT_FOUND for the form,
// INVALID and TOO_COSTLY with the path of the input, CONFLICT for a key that is
// taken or another version.
func (s *Store) CreateAggregate(ctx context.Context, by org.Actor, expected *int64, n NewAggregate) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error { return e.createAggregate(ctx, n) })
}

func (e *edit) createAggregate(ctx context.Context, n NewAggregate) error {
	f, err := e.form(n.Form, "form")
	if err != nil {
		return err
	}
	var bad fault.List
	_ = bad.Add(CheckKey(n.Key, maxFieldKey), "key")
	var taken bool
	if err := e.tx.GetContext(ctx, &taken, hasAggregate, e.cat.OrgID, n.Key); err != nil {
		return fmt.Errorf("look for aggregate: %w", err)
	}
	if taken {
		_ = bad.Add(fault.New(fault.Conflict, "there is a saved aggregate %q already", n.Key), "key")
	}
	if len(f.Aggregates) >= MaxAggregates {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d saved aggregates", MaxAggregates), "form")
	}
	a := &SavedAggregate{Form: f, Key: n.Key, Labels: Label{}.With(n.Labels), Filter: n.Filter, GroupBy: n.GroupBy, Metrics: n.Metrics}
	if err := a.check(n.Labels, bad); err != nil {
		return err
	}
	if err := e.writeAggregate(ctx, insertAggregate, f.ID, a, a.Key); err != nil {
		return err
	}
	f.Aggregates = append(f.Aggregates, a)
	e.note("createSavedAggregate", f.Key, "", nil, a.describe())
	return nil
}

// UpdateAggregate changes a saved aggregate. Faults: as of CreateAggregate, and
// NOT_FOUND for the aggregate.
func (s *Store) UpdateAggregate(ctx context.Context, by org.Actor, expected *int64, key string, u AggregateUpdate) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error { return e.updateAggregate(ctx, key, u) })
}

func (e *edit) updateAggregate(ctx context.Context, key string, u AggregateUpdate) error {
	old, err := e.aggregate(key)
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
	if err := a.check(u.Labels, nil); err != nil {
		return err
	}
	if err := e.writeAggregate(ctx, updateAggregate, a.ID, &a); err != nil {
		return err
	}
	e.note("updateSavedAggregate", a.Form.Key, "", old.describe(), a.describe())
	return nil
}

// RemoveAggregate takes a saved aggregate away for good. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT on another version.
func (s *Store) RemoveAggregate(ctx context.Context, by org.Actor, expected *int64, key string) (cat *Catalog, formKey string, err error) {
	cat, err = s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		formKey, err = e.removeAggregate(ctx, key)
		return err
	})
	return cat, formKey, err
}

func (e *edit) removeAggregate(ctx context.Context, key string) (formKey string, err error) {
	a, err := e.aggregate(key)
	if err != nil {
		return "", err
	}
	if _, err := e.tx.ExecContext(ctx, deleteAggregate, e.cat.OrgID, a.ID); err != nil {
		return "", fmt.Errorf("remove aggregate: %w", err)
	}
	e.note("removeSavedAggregate", a.Form.Key, "", a.describe(), nil)
	return a.Form.Key, nil
}

// aggregate returns a saved aggregate of an active form, or NOT_FOUND.
func (e *edit) aggregate(key string) (*SavedAggregate, error) {
	if a := e.cat.Aggregate(key); a != nil {
		return a, nil
	}
	return nil, fault.New(fault.NotFound, "there is no saved aggregate %q", fault.Clip(key)).At("key")
}

// check refuses what makes no sense, with the faults that are known already.
func (a *SavedAggregate) check(labels Label, bad fault.List) error {
	_ = bad.Add(labels.Check(maxLabel, "labels"))
	var err error
	a.Reading, err = readAggregate(a)
	if other := bad.Add(err); other != nil {
		return other
	}
	return bad.Err()
}

// writeAggregate stores what an aggregate asks for.
func (e *edit) writeAggregate(ctx context.Context, statement string, id int64, a *SavedAggregate, more ...any) error {
	args := append(append([]any{e.cat.OrgID, id}, more...), a.Labels.json())
	for _, part := range []any{a.Filter, a.GroupBy, a.Metrics} {
		b, err := json.Marshal(part)
		if err != nil {
			return err
		}
		args = append(args, b)
	}
	if _, err := e.tx.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("write aggregate: %w", err)
	}
	return nil
}

// aggregateState is how a saved aggregate stands in the log of changes.
type aggregateState struct {
	Key     string `json:"key"`
	Labels  Label  `json:"labels"`
	Filter  any    `json:"filter"`
	GroupBy any    `json:"groupBy"`
	Metrics any    `json:"metrics"`
}

func (a *SavedAggregate) describe() aggregateState {
	return aggregateState{a.Key, a.Labels, a.Filter, a.GroupBy, a.Metrics}
}

// undoAggregate puts back what a change of a saved aggregate found.
func (e *edit) undoAggregate(ctx context.Context, l LogEntry) error {
	var was, now aggregateState
	for _, side := range []struct {
		from json.RawMessage
		to   *aggregateState
	}{{json.RawMessage(l.Before), &was}, {json.RawMessage(l.After), &now}} {
		if side.from != nil {
			if err := json.Unmarshal(side.from, side.to); err != nil {
				return err
			}
		}
	}
	switch l.Action {
	case "createSavedAggregate":
		_, err := e.removeAggregate(ctx, now.Key)
		return err
	case "removeSavedAggregate":
		return e.createAggregate(ctx, NewAggregate{l.Form, was.Key, was.Labels, was.Filter, was.GroupBy, was.Metrics})
	}
	a, err := e.aggregate(was.Key)
	if err != nil {
		return err
	}
	if was.Filter == nil {
		was.Filter = map[string]any{}
	}
	return e.updateAggregate(ctx, was.Key, AggregateUpdate{exactly(a.Labels, was.Labels), was.Filter, list(was.GroupBy), list(was.Metrics)})
}

// list is an empty list for none: none would leave an update as it is.
func list(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}
