package batch

import (
	"context"
	"encoding/json"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/document"
)

// aggregates makes saved aggregates what the document says, when all fields are
// there and before rules, which may look at them. What the document does not have
// goes first, since it may have the key of another form's.
func (a *applier) aggregates(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f.ArchivedAt != nil || !a.remove {
			continue
		}
		for _, s := range f.Aggregates {
			if slices.ContainsFunc(d.Aggregates, func(w document.Aggregate) bool { return w.Key == s.Key }) {
				continue
			}
			if _, err := a.RemoveAggregate(ctx, s.Key); err != nil {
				return fault.Below(err, at(i, "aggregates")...)
			}
		}
	}
	for i, d := range a.doc.Forms {
		f := a.Cat.Form(d.Key)
		if f.ArchivedAt != nil {
			continue
		}
		for j, want := range d.Aggregates {
			if err := a.aggregate(ctx, f, want); err != nil {
				return fault.Below(err, at(i, "aggregates", j)...)
			}
		}
	}
	return nil
}

func (a *applier) aggregate(ctx context.Context, f *form.Form, want document.Aggregate) error {
	n := slices.IndexFunc(f.Aggregates, func(s *form.SavedAggregate) bool { return s.Key == want.Key })
	if n < 0 {
		return a.CreateAggregate(ctx, form.NewAggregate{Form: f.Key, Key: want.Key, Labels: want.Labels, Filter: want.Filter, GroupBy: want.GroupBy, Metrics: want.Metrics})
	}
	have := f.Aggregates[n]
	if same(form.Attributes(document.OfAggregate(have)), form.Attributes(want)) {
		return nil
	}
	if want.Filter == nil {
		want.Filter = map[string]any{}
	}
	return a.UpdateAggregate(ctx, want.Key, form.AggregateUpdate{Labels: exactly(have.Labels, want.Labels), Filter: want.Filter, GroupBy: list(want.GroupBy), Metrics: list(want.Metrics)})
}

// undoAggregate puts back what a change of a saved aggregate found.
func undoAggregate(ctx context.Context, e *change.Edit, l change.LogEntry) error {
	var was, now change.AggregateState
	for _, side := range []struct {
		from json.RawMessage
		to   *change.AggregateState
	}{{json.RawMessage(l.Before), &was}, {json.RawMessage(l.After), &now}} {
		if side.from != nil {
			if err := json.Unmarshal(side.from, side.to); err != nil {
				return err
			}
		}
	}
	switch l.Action {
	case "createSavedAggregate":
		_, err := e.RemoveAggregate(ctx, now.Key)
		return err
	case "removeSavedAggregate":
		return e.CreateAggregate(ctx, form.NewAggregate{Form: l.Form, Key: was.Key, Labels: was.Labels, Filter: was.Filter, GroupBy: was.GroupBy, Metrics: was.Metrics})
	}
	a, err := e.Aggregate(was.Key)
	if err != nil {
		return err
	}
	if was.Filter == nil {
		was.Filter = map[string]any{}
	}
	return e.UpdateAggregate(ctx, was.Key, form.AggregateUpdate{Labels: exactly(a.Labels, was.Labels), Filter: was.Filter, GroupBy: list(was.GroupBy), Metrics: list(was.Metrics)})
}

// list is an empty list for none: none would leave an update as it is.
func list(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}
