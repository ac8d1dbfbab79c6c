package shaped

import (
	"cmp"

	"fieldwork/internal/form"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// History turns history(first:, after:) of a record.
func (s *Selector) History(f *form.Form, c graphql.CollectedField, at []any) plan.History {
	a := s.x.Arguments(c)
	h := plan.History{Form: f, Language: s.x.Req.Language}
	n, err := a.Size("first")
	s.Add(err, at)
	h.First = cmp.Or(n, query.DefaultPage)
	if after, given := a["after"].(string); given {
		h.After, err = plan.DecodeChange(after)
		s.Add(err, under(at, "after"))
	}
	times := s.Times
	s.Times = times.Times(plan.Cost(h.First))
	defer func() { s.Times = times }()
	for _, p := range graphql.CollectFields(s.x.Op, c.Selections, []string{"RecordChangeConnection", "DeletedRecordConnection"}) {
		part := plan.HistoryPart{Name: p.Alias, What: p.Name}
		switch p.Name {
		case "__typename":
			part.Constant = Constant(p.ObjectDefinition.Name)
		case "nodes":
			part.Nodes = s.change(p.Selections, under(at, p.Alias))
		case "edges":
			for _, e := range graphql.CollectFields(s.x.Op, p.Selections, []string{"RecordChangeEdge", "DeletedRecordEdge"}) {
				edge := plan.HistoryEdge{Name: e.Alias, Cursor: e.Name == "cursor", Constant: Constant(e.ObjectDefinition.Name)}
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
func (s *Selector) change(sel ast.SelectionSet, at []any) []plan.ChangeItem {
	out := []plan.ChangeItem{}
	for _, c := range graphql.CollectFields(s.x.Op, sel, []string{"RecordChange", "DeletedRecord"}) {
		item := plan.ChangeItem{Name: c.Alias, What: c.Name}
		switch c.Name {
		case "__typename":
			item.Constant = Constant(c.ObjectDefinition.Name)
		case "by":
			if member := s.x.Catalog.Form("member"); member != nil {
				o := s.Object(member, c.Selections, under(at, c.Alias))
				item.By = &o
			}
		case "fields":
			item.Fields = s.parts(c, "RecordFieldChange")
			for i := range item.Fields {
				item.Fields[i].Constant = Constant("RecordFieldChange")
			}
		}
		out = append(out, item)
	}
	return out
}
