package typed

import (
	"context"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/followup"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
)

// maxImprovements bounds what one review asks to be done better.
const maxImprovements = 100

// written are records that a mutation has written, by the field of its payload that
// shows them.
type written map[string][]int64

// showing is what a field of a payload shows: records of a form, one or a list.
type showing struct {
	form *form.Form
	many int // how long the list is; 0: one record
}

// workPayload is the selection of the payload of a mutation that writes records of
// several forms, turned into plans before anything is written.
type workPayload struct {
	parts []bulkPart
	shows map[string]showing
	cost  plan.Cost
}

func (x *exec) workPayload(c graphql.CollectedField, shows map[string]showing) (workPayload, error) {
	p := workPayload{cost: 1, shows: shows}
	typ := c.Definition.Type.Name()
	for _, pc := range graphql.CollectFields(x.op, c.Selections, []string{typ}) {
		part := bulkPart{alias: pc.Alias, name: pc.Name}
		if pc.Name == "__typename" {
			part.name = typ
		}
		if show := shows[pc.Name]; show.form != nil {
			s := x.selector(plan.Cost(max(show.many, 1)))
			o := s.object(show.form, pc.Selections, []any{pc.Alias})
			if err := s.result(); err != nil {
				return p, err
			}
			p.cost = p.cost.Plus(o.Cost().Times(s.times)).Plus(s.extra)
			part.plan = plan.Records(show.form, o, x.env())
			if err := part.plan.Check(); err != nil {
				return p, err
			}
		}
		p.parts = append(p.parts, part)
	}
	return p, nil
}

// append reads the records back and appends the payload.
func (p workPayload) append(ctx context.Context, c *pg.Conn, done written, b []byte) (out []byte, failed error) {
	b = append(b, '{')
	for i, part := range p.parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, constant(part.alias)...), ':')
		show, known := p.shows[part.name]
		ids := done[part.name]
		switch {
		case !known:
			b = append(b, constant(part.name)...)
		case len(ids) == 0 && show.many == 0:
			b = append(b, "null"...)
		case len(ids) == 0:
			b = append(b, "[]"...)
		default:
			list, err := appendRecords(ctx, c, part.plan, ids, nil)
			if err != nil { // the records are stored: say so rather than let it look undone
				list, failed = []byte("[]"), pg.AfterWrite(err)
			}
			if show.many == 0 {
				list = list[1 : len(list)-1]
			}
			if len(list) == 0 { // deleted since, by somebody else
				list = []byte("null")
			}
			b = append(b, list...)
		}
	}
	return append(b, '}'), failed
}

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
	p, err := x.workPayload(c, map[string]showing{"review": {form: forms.Review}, "next": {form: forms.Review}, "improvements": {forms.Improvement, n}, "tasks": {forms.Task, n}})
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		w, err := r.Hold(ctx, c, call)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, written{"review": {w.Review}, "improvements": w.Improvements, "tasks": w.Tasks, "next": some(w.Next)}, b)
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
	p, err := x.workPayload(c, map[string]showing{"contact": {form: contact}, "task": {form: task}})
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		contact, task, err := l.Log(ctx, c, call)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, written{"contact": {contact}, "task": some(task)}, b)
	}}, err
}
