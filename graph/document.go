package graph

import (
	"fieldwork/graph/model"
	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
)

func differences(list []document.Difference) []*model.DefinitionDifference {
	out := make([]*model.DefinitionDifference, len(list))
	for i, d := range list {
		out[i] = &model.DefinitionDifference{Change: model.DifferenceKind(d.Change), Part: model.DefinitionPart(d.Part),
			Form: some(d.Form), Field: some(d.Field), Option: some(d.Option), Rule: some(d.Rule), SavedAggregate: some(d.Aggregate), View: some(d.View), Report: some(d.Report), Dashboard: some(d.Dashboard), Path: d.Path,
			Before: d.Before, After: d.After, Destructive: d.Destructive, Conflict: some(d.Conflict)}
	}
	return out
}

// diff is how definitions differ from a document that a client sent.
func diff(cat *form.Catalog, raw any) ([]*model.DefinitionDifference, error) {
	d, err := document.Read(raw)
	if err != nil {
		return nil, faults(err)
	}
	return differences(document.Diff(cat, d)), nil
}
