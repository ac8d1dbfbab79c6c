package typed

import (
	"context"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/followup"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
)

// maxImprovements bounds what one review asks to be done better.
const maxImprovements = 100

// holdReview answers holdReview(input:).
func holdReview(x *exec, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	forms, err := followup.FormsOfReviews(x.s.Catalog)
	if err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	r, err := reviewOf(x, in, forms.Review)
	if err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	if err := r.Check(x.s.Catalog, calendar.Of(x.req.Now, x.s.Catalog.Zone)); err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	n := max(len(r.Improvements), 1)
	p, err := x.payload(c, map[string]showing{"review": one(forms.Review), "next": one(forms.Review), "improvements": listOf(forms.Improvement, n), "tasks": listOf(forms.Task, n)})
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		w, err := r.Hold(ctx, c, call)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, b, written{"review": {w.Review}, "improvements": w.Improvements, "tasks": w.Tasks, "next": some(w.Next)}, nil)
	}}, err
}

// reviewOf reads the input of holdReview.
func reviewOf(x *exec, in map[string]any, f *form.Form) (*followup.Review, error) {
	id, _ := in["review"].(string)
	of, n, ok := x.s.Catalog.Locate(id)
	if !ok || of != f {
		return nil, record.NotFound().At("review")
	}
	version, ok := number(in["version"])
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
func logContact(x *exec, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	l := &followup.Contact{}
	var ok bool
	if l.Values, ok = in["values"].(map[string]any); !ok {
		return prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "values")
	}
	if t, given := in["task"].(map[string]any); given {
		more, ok := t["values"].(map[string]any)
		if !ok && t["values"] != nil {
			return prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "task", "values")
		}
		l.Task = &followup.Task{Title: t["title"], Assignee: t["assignee"], DueOn: t["dueOn"], More: more}
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	if err := l.Check(x.s.Catalog, call); err != nil {
		return prepared{}, fault.Below(err, "input")
	}
	contact, task, err := followup.ContactForms(x.s.Catalog)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.payload(c, map[string]showing{"contact": one(contact), "task": one(task)})
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		contact, task, err := l.Log(ctx, c, call)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, b, written{"contact": {contact}, "task": some(task)}, nil)
	}}, err
}
