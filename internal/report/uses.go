package report

import (
	"context"
	"slices"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
)

const selectOthers = `
	SELECT r.id, r.member_id, f.key AS form, r.key, r.version, r.label, r.description, r.definition
	  FROM fieldwork.report r JOIN fieldwork.form f ON f.org_id = r.org_id AND f.id = r.form_id
	 WHERE r.org_id = $1 AND r.member_id <> $2`

// Uses are the reports that use fields of a catalog.
type Uses struct {
	Catalog *form.Catalog
	by      map[*form.Field][]form.Use // reports that the actor reads
	others  map[*form.Field]int        // personal ones of other members
}

// Uses finds the reports that use fields, as far as they can be read.
func (s *Store) Uses(ctx context.Context, by org.Actor, cat *form.Catalog) (*Uses, error) {
	out := &Uses{cat, map[*form.Field][]form.Use{}, map[*form.Field]int{}}
	all, err := s.All(ctx, by, cat)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		for _, x := range r.fields() {
			out.by[x] = append(out.by[x], form.Use{Kind: form.UseReport, Form: r.Form.Key, Name: r.Key})
		}
	}
	var rows []*row
	if err := s.db.Control.SelectContext(ctx, &rows, selectOthers, by.OrgID, by.MemberID); err != nil {
		return nil, pg.Translate(err)
	}
	for _, o := range rows {
		r, err := o.of(cat)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		for _, x := range r.fields() {
			out.others[x]++
		}
	}
	return out, nil
}

// Of lists the reports that use a field, and counts the personal ones of other members:
// what they are is nobody's business.
func (u *Uses) Of(x *form.Field) (uses []form.Use, others int) { return u.by[x], u.others[x] }

// fields are those that a report uses and that are there, each once. Figures use those
// that their packages look for.
func (r *Report) fields() []*form.Field {
	if r.Form == nil || r.Figure != "" {
		return nil
	}
	var out []*form.Field
	add := func(x *form.Field) {
		if x != nil && !x.System && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	q, _ := r.question(time.Now())
	add(q.period)
	query.Fields(q.List.Filter, add)
	for _, g := range q.Groups {
		for _, x := range g.Path {
			add(x)
		}
		add(g.Field)
	}
	for _, m := range q.Metrics {
		add(m.Field)
		if m.If != nil {
			query.Fields(m.If.Filter, add)
		}
	}
	return out
}
