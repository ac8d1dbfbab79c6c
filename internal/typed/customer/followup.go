package customer

import (
	"context"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/followup"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"
	"fieldwork/internal/typed/write"

	"github.com/99designs/gqlgen/graphql"
)

// maxImprovements bounds what one review asks to be done better.
const maxImprovements = 100

// holdReview answers holdReview(input:).
func holdReview(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	forms, err := followup.FormsOfReviews(x.Catalog)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	r, err := reviewOf(x, in, forms.Review)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	if err := r.Check(x.Catalog, calendar.Of(x.Req.Now, x.Catalog.Zone)); err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	call, err := write.Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	n := max(len(r.Improvements), 1)
	p, err := write.NewPayload(x, c, map[string]write.Showing{"review": write.One(forms.Review), "next": write.One(forms.Review), "improvements": write.ListOf(forms.Improvement, n), "tasks": write.ListOf(forms.Task, n)})
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		w, err := r.Hold(ctx, c, call)
		if err != nil {
			return b, fault.Below(write.Current(ctx, x, c, err, write.Told{Form: forms.Review, Fields: r.Given(), Face: query.Generic, ID: write.Always(r.ID)}), "input")
		}
		return p.Append(ctx, c, b, write.Written{"review": {w.Review}, "improvements": w.Improvements, "tasks": w.Tasks, "next": some(w.Next)}, nil)
	}}, err
}

// reviewOf reads the input of holdReview.
func reviewOf(x *shaped.Operation, in map[string]any, f *form.Form) (*followup.Review, error) {
	id, _ := in["review"].(string)
	of, n, ok := x.Catalog.Locate(id)
	if !ok || of != f {
		return nil, record.NotFound().At("review")
	}
	version, ok := shaped.Number(in["version"])
	if !ok || version < 0 || version > 1<<31-1 {
		return nil, fault.New(fault.Invalid, "a version is a whole number from 1").At("version")
	}
	more, ok := in["values"].(map[string]any)
	if !ok && in["values"] != nil {
		return nil, fault.New(fault.Invalid, "expected an object of values by field key").At("values")
	}
	r := &followup.Review{ID: n, Version: version, HeldOn: in["heldOn"], Score: in["score"], Values: more, NoNext: in["planNext"] == false, NextPeriod: in["nextPeriod"]}
	list, ok := in["improvements"].([]any)
	if !ok && in["improvements"] != nil { // one in the place of a list
		list = []any{in["improvements"]}
	}
	if len(list) > maxImprovements {
		return nil, fault.New(fault.TooCostly, "at most %d improvements", maxImprovements).At("improvements")
	}
	for _, v := range list {
		m, _ := v.(map[string]any)
		r.Improvements = append(r.Improvements, followup.Improvement{Content: m["content"], Owner: m["owner"], DueOn: m["dueOn"]})
	}
	return r, nil
}

// some is a list of the record of a number, if there is one.
func some(id int64) []int64 {
	if id == 0 {
		return nil
	}
	return []int64{id}
}

// logContact answers logContact(input:).
func logContact(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	l := &followup.Contact{}
	var ok bool
	if l.Values, ok = in["values"].(map[string]any); !ok {
		return shaped.Prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "values")
	}
	if t, given := in["task"].(map[string]any); given {
		more, ok := t["values"].(map[string]any)
		if !ok && t["values"] != nil {
			return shaped.Prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "task", "values")
		}
		l.Task = &followup.Task{Title: t["title"], Assignee: t["assignee"], DueOn: t["dueOn"], More: more}
	}
	call, err := write.Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	if err := l.Check(x.Catalog, call); err != nil {
		return shaped.Prepared{}, fault.Below(err, "input")
	}
	contact, task, err := followup.ContactForms(x.Catalog)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := write.NewPayload(x, c, map[string]write.Showing{"contact": write.One(contact), "task": write.One(task)})
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		contact, task, err := l.Log(ctx, c, call)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.Append(ctx, c, b, write.Written{"contact": {contact}, "task": some(task)}, nil)
	}}, err
}
