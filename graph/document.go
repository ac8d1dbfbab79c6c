package graph

import (
	"fieldwork/graph/model"
	"fieldwork/internal/form"
)

func differences(list []form.Difference) []*model.DefinitionDifference {
	out := make([]*model.DefinitionDifference, len(list))
	for i, d := range list {
		out[i] = &model.DefinitionDifference{Change: model.DifferenceKind(d.Change), Part: model.DefinitionPart(d.Part),
			Form: some(d.Form), Field: some(d.Field), Option: some(d.Option), Rule: some(d.Rule), SavedAggregate: some(d.Aggregate), View: some(d.View), Report: some(d.Report), Dashboard: some(d.Dashboard), Path: d.Path,
			Before: d.Before, After: d.After, Destructive: d.Destructive, Conflict: some(d.Conflict)}
	}
	return out
}
