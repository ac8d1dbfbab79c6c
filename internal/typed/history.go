package typed

import (
	"cmp"

	"fieldwork/internal/form"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// history turns history(first:, after:) of a record.
func (s *selector) history(f *form.Form, c graphql.CollectedField, at []any) plan.History {
	a := arguments(c.Field, s.x.op.Variables)
	h := plan.History{Form: f, Language: s.x.req.Language}
	n, err := a.size("first")
	s.add(err, at)
	h.First = cmp.Or(n, query.DefaultPage)
	if after, given := a["after"].(string); given {
		h.After, err = plan.DecodeChange(after)
		s.add(err, under(at, "after"))
	}
	times := s.times
	s.times = times.Times(plan.Cost(h.First))
	defer func() { s.times = times }()
	for _, p := range graphql.CollectFields(s.x.op, c.Selections, []string{"RecordChangeConnection", "DeletedRecordConnection"}) {
		part := plan.HistoryPart{Name: p.Alias, What: p.Name}
		switch p.Name {
		case "__typename":
			part.Constant = constant(p.ObjectDefinition.Name)
		case "nodes":
			part.Nodes = s.change(p.Selections, under(at, p.Alias))
		case "edges":
			for _, e := range graphql.CollectFields(s.x.op, p.Selections, []string{"RecordChangeEdge", "DeletedRecordEdge"}) {
				edge := plan.HistoryEdge{Name: e.Alias, Cursor: e.Name == "cursor", Constant: constant(e.ObjectDefinition.Name)}
				if e.Name == "node" {
					edge.Node = s.change(e.Selections, append(at[:len(at):len(at)], p.Alias, e.Alias))
				}
				part.Edges = append(part.Edges, edge)
			}
		case "pageInfo":
			part.Info = s.info(p.Selections)
		}
		h.Parts = append(h.Parts, part)
	}
	return h
}

// change turns what is selected of a change.
func (s *selector) change(sel ast.SelectionSet, at []any) []plan.ChangeItem {
	out := []plan.ChangeItem{}
	for _, c := range graphql.CollectFields(s.x.op, sel, []string{"RecordChange", "DeletedRecord"}) {
		item := plan.ChangeItem{Name: c.Alias, What: c.Name}
		switch c.Name {
		case "__typename":
			item.Constant = constant(c.ObjectDefinition.Name)
		case "by":
			if member := s.x.s.Catalog.Form("member"); member != nil {
				o := s.object(member, c.Selections, under(at, c.Alias))
				item.By = &o
			}
		case "fields":
			item.Fields = s.parts(c, "RecordFieldChange")
			for i := range item.Fields {
				item.Fields[i].Constant = constant("RecordFieldChange")
			}
		}
		out = append(out, item)
	}
	return out
}
