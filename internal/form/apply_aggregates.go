package form

import (
	"context"
	"slices"

	"fieldwork/internal/fault"
)

func (a *SavedAggregate) document() AggregateDocument {
	return AggregateDocument{Key: a.Key, Labels: a.Labels, Filter: a.Filter, GroupBy: a.GroupBy, Metrics: a.Metrics}
}

// normalise makes equal aggregates equal documents.
func (d *AggregateDocument) normalise() {
	for _, part := range []*any{&d.Filter, &d.GroupBy, &d.Metrics} {
		switch v := (*part).(type) {
		case map[string]any:
			if len(v) == 0 {
				*part = nil
			}
		case []any:
			if len(v) == 0 {
				*part = nil
			}
		}
	}
}

// aggregates makes saved aggregates what the document says, when all fields are
// there and before rules, which may look at them. What the document does not have
// goes first, since it may have the key of another form's.
func (a *applier) aggregates(ctx context.Context) error {
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
		if f.ArchivedAt != nil || !a.remove {
			continue
		}
		for _, s := range f.Aggregates {
			if slices.ContainsFunc(d.Aggregates, func(w AggregateDocument) bool { return w.Key == s.Key }) {
				continue
			}
			if _, err := a.removeAggregate(ctx, s.Key); err != nil {
				return fault.Below(err, at(i, "aggregates")...)
			}
		}
	}
	for i, d := range a.doc.Forms {
		f := a.cat.Form(d.Key)
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

func (a *applier) aggregate(ctx context.Context, f *Form, want AggregateDocument) error {
	n := slices.IndexFunc(f.Aggregates, func(s *SavedAggregate) bool { return s.Key == want.Key })
	if n < 0 {
		return a.createAggregate(ctx, NewAggregate{f.Key, want.Key, want.Labels, want.Filter, want.GroupBy, want.Metrics})
	}
	have := f.Aggregates[n]
	if same(attributes(have.document()), attributes(want)) {
		return nil
	}
	if want.Filter == nil {
		want.Filter = map[string]any{}
	}
	return a.updateAggregate(ctx, want.Key, AggregateUpdate{exactly(have.Labels, want.Labels), want.Filter, list(want.GroupBy), list(want.Metrics)})
}
