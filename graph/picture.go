package graph

import (
	"context"
	"strings"

	"fieldwork/graph/model"
	"fieldwork/internal/division"
	"fieldwork/internal/made"
	"fieldwork/internal/org"
	"fieldwork/internal/request"
	"fieldwork/internal/wording"
)

// whole is a table with what the organisation is called, which pictures name.
func (r *Resolver) whole(ctx context.Context, t *division.Table) (division.Table, error) {
	o, err := org.ByID(ctx, r.DB, request.From(ctx).Actor.OrgID)
	if err != nil {
		return division.Table{}, err
	}
	out := *t
	out.Organisation = o.Name
	return out, nil
}

// shown says in words which customers a table is of; empty for all. Conditions are
// not spelt out: they would take more room than a heading has.
func shown(t division.Table, language string) string {
	var words []string
	if t.Search != "" {
		words = append(words, "“"+t.Search+"”")
	}
	if t.Filtered {
		words = append(words, wording.In(language).Conditions)
	}
	return strings.Join(words, " · ")
}

// keep keeps a file that was made for the caller.
func (r *Resolver) keep(ctx context.Context, name, typ string, content []byte) (*model.File, error) {
	f, err := made.NewStore(r.DB).Keep(ctx, request.From(ctx).Actor, name, typ, content)
	if err != nil {
		return nil, err
	}
	return &model.File{ID: "made_" + strings.TrimPrefix(f.URL, made.Path), Name: f.Name, Type: f.Type, Size: f.Size, URL: f.URL}, nil
}

// tongue is the language of a file: the one that is given, the request's or the
// organisation's.
func tongue(ctx context.Context, language *string) string {
	for _, l := range languages(ctx, language) {
		if l != "" {
			return l
		}
	}
	return ""
}
