package graph

import (
	"context"

	"fieldwork/graph/model"
	"fieldwork/internal/form"
)

// sections are those of an input; nil when none were said.
func sections(ctx context.Context, in []*model.FormSectionInput) []form.Section {
	if in == nil {
		return nil
	}
	out := make([]form.Section, len(in))
	for i, s := range in {
		columns := -1 // said to be 0, which is no number of columns
		if s.Columns == nil {
			columns = 0
		} else if *s.Columns != 0 {
			columns = *s.Columns
		}
		out[i] = form.Section{Key: s.Key, Labels: labels(ctx, s.Label, s.Labels), Columns: columns}
	}
	return out
}
