// Package graph resolves the fixed part of the schema: thin resolvers over the
// stores, one file per file of the schema, and the one place where errors become
// visible to clients. Records are answered by package typed, never here.
//
// The *.resolvers.go files are kept in step with the schema by gqlgen; what they
// share is in the other files.
package graph

import (
	"context"
	"strconv"

	"fieldwork/graph/model"
	"fieldwork/internal/dashboard"
	"fieldwork/internal/extract"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/handover"
	"fieldwork/internal/late"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"
	"fieldwork/internal/request"
	"fieldwork/internal/suggestion"
	"fieldwork/internal/template"
	"fieldwork/internal/view"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Resolver holds what resolvers call.
type Resolver struct {
	DB             *pg.DB
	Forms          *change.Store
	Orgs           *org.Store
	ViewStore      *view.Store
	ReportStore    *report.Store
	DashboardStore *dashboard.Store
	HandoverStore  *handover.Store
	Catalogue      *template.Store
	// ExtractStore is the extracts that customers are shown.
	ExtractStore *extract.Store
	// Refusals are suggested assignees that were refused.
	Refusals *suggestion.Store
	// Changed is told of every definition version this server makes, so that its
	// own next request sees it without waiting for the notification.
	Changed func(orgID, version int64)
}

// member is a reference to a member's record, read when the answer is written.
func member(ctx context.Context, id int64) model.Member {
	if id == 0 {
		return nil
	}
	return late.Of(ctx, kind.ID("member", id))
}

// memberArg is the member that an optional argument names; the caller by default.
func memberArg(by org.Actor, id *string) (int64, error) {
	if id == nil {
		return by.MemberID, nil
	}
	n, ok := kind.ParseID("member", *id)
	if !ok {
		return 0, fault.New(fault.NotFound, "there is no such member").At("member")
	}
	return n, nil
}

func (r *Resolver) organisation(ctx context.Context, by org.Actor) (*model.Organisation, error) {
	o, err := org.ByID(ctx, r.DB, by.OrgID)
	if err != nil {
		return nil, err
	}
	return &model.Organisation{Key: o.Key, Name: o.Name, TimeZone: o.TimeZone, Language: o.Language, Version: int(o.Version), Access: by.Access}, nil
}

func tokenID(id int64) string { return "token_" + strconv.FormatInt(id, 10) }

// inInput moves the faults of an input below the argument's name.
func inInput(err error) error { return faults(err, "input") }

// faults moves faults below a path and has each shown by itself.
func faults(err error, path ...any) error {
	var l fault.List
	if other := l.Add(err, path...); other != nil || len(l) == 0 {
		return other
	}
	if len(l) == 1 {
		return l[0]
	}
	all := make(gqlerror.List, len(l)) // which gqlgen shows one by one
	for i, f := range l {
		all[i] = gqlerror.Wrap(f)
	}
	return all
}

// text is the label in the language asked for, or in the request's.
func text(l form.Label, ctx context.Context, language *string, key string) string {
	if t := l.In("", languages(ctx, language)...); t != "" {
		return t
	}
	return key
}

// languages are those to look for a text in, the best first: the one that is
// given or else those of the request, then the organisation's.
func languages(ctx context.Context, language *string) []string {
	req := request.From(ctx)
	out := append([]string{req.Language}, req.Others...)
	if language != nil {
		out = []string{*language}
	}
	if req.Catalog != nil {
		out = append(out, req.Catalog.Language)
	}
	return out
}

func texts(l form.Label) []*model.LocalisedText {
	out := make([]*model.LocalisedText, 0, len(l))
	for _, lang := range l.Languages() {
		out = append(out, &model.LocalisedText{Language: lang, Text: l[lang]})
	}
	return out
}

// labels joins label and labels of an input: label is in the request's language.
func labels(ctx context.Context, label *string, all []*model.LocalisedTextInput) form.Label {
	if label == nil && all == nil {
		return nil
	}
	out := form.Label{}
	for _, t := range all {
		out[t.Language] = t.Text
	}
	if label != nil {
		req := request.From(ctx)
		lang := req.Language
		if lang == "" && req.Catalog != nil {
			lang = req.Catalog.Language
		}
		out[lang] = *label
	}
	return out
}

func version(v *int) *int64 {
	if v == nil {
		return nil
	}
	n := int64(*v)
	return &n
}

func or[T any](p *T) (zero T) {
	if p == nil {
		return zero
	}
	return *p
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
