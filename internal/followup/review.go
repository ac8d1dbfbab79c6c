package followup

import (
	"context"
	"fmt"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
	"fieldwork/internal/rhythm"
)

// Review is a review that was held.
type Review struct {
	ID            int64
	Version       int
	HeldOn, Score any    // as a client gave them; nil: today, and none
	Values        values // other values by field key
	Improvements  []Improvement
	NoNext        bool // the next review is not to be planned
	NextPeriod    any  // nil: the quarter of the day it is planned for

	forms ReviewForms
	what  record.Values
	names names
	held  calendar.Day
}

// Improvement is what a review asks to be done better.
type Improvement struct{ Content, Owner, DueOn any }

// ReviewForms are the forms that a review is about.
type ReviewForms struct{ Review, Improvement, Task *form.Form }

// FormsOfReviews finds them. Fault: INVALID where the organisation has no reviews.
func FormsOfReviews(cat *form.Catalog) (ReviewForms, error) {
	x := cat.ToCustomer("REVIEW_CUSTOMER")
	if x == nil || x.Form.StoredAs("REVIEW_STATUS", "text") == nil {
		return ReviewForms{}, fault.New(fault.Invalid, "there is no form of reviews; the key-account template has one")
	}
	out := ReviewForms{Review: x.Form, Task: taskForm(cat)}
	if of := cat.Purpose("IMPROVEMENT_REVIEW"); of != nil && of.Target == x.Form {
		out.Improvement = of.Form
	}
	return out, nil
}

// Written are the records of a review that was held.
type Written struct {
	Review              int64
	Tasks, Improvements []int64
	Next                int64 // 0: one was planned already, or is not wanted
}

// Check reads the input as far as that needs no records. Faults: INVALID with the
// path in the input.
func (r *Review) Check(cat *form.Catalog, today calendar.Day) error {
	var err error
	if r.forms, err = FormsOfReviews(cat); err != nil {
		return err
	}
	var bad fault.List
	r.held, err = day(r.HeldOn, today, "heldOn")
	if err = bad.Add(err); err != nil {
		return err
	}
	f, raw := r.forms.Review, values{}
	for key, v := range r.Values {
		raw[key] = v
	}
	r.names = names{}
	r.names.put(raw, f.ByPurpose("REVIEW_STATUS"), "status", "held")
	r.names.put(raw, f.ByPurpose("REVIEW_HELD"), "heldOn", r.held.String())
	r.names.put(raw, f.ByPurpose("REVIEW_SCORE"), "score", r.Score)
	r.what, err = parse(f, raw, false, r.place)
	if err = bad.Add(err); err != nil {
		return err
	}
	if len(r.Improvements) > 0 && (r.forms.Improvement == nil || r.forms.Task == nil) {
		bad = append(bad, fault.New(fault.Invalid, "there is no form of improvements, or none of tasks").At("improvements"))
	} else {
		for i := range r.Improvements {
			_, err = r.improvement(i, 0)
			if err = bad.Add(err); err != nil {
				return err
			}
		}
	}
	return bad.Err()
}

// Given are the fields of the review that are to be changed.
func (r *Review) Given() []*form.Field { return r.what.Given() }

// place is where faults at the review stand.
func (r *Review) place(path []any) []any {
	if path = r.names.place(path); len(path) > 0 && path[0] == "id" {
		return []any{"review"}
	}
	return path
}

// improvement are the values of one, with its task if there is one yet.
func (r *Review) improvement(i int, task int64) (record.Values, error) {
	f, in := r.forms.Improvement, r.Improvements[i]
	raw, n := values{f.Catalog.Purpose("IMPROVEMENT_REVIEW").Key: kind.ID(r.forms.Review.Key, r.ID)}, names{}
	n.put(raw, f.ByPurpose("IMPROVEMENT_CONTENT"), "content", in.Content)
	n.put(raw, f.ByPurpose("IMPROVEMENT_OWNER"), "owner", in.Owner)
	n.put(raw, f.ByPurpose("IMPROVEMENT_DUE"), "dueOn", in.DueOn)
	if x := f.ByPurpose("IMPROVEMENT_TASK"); x != nil && task != 0 {
		raw[x.Key] = kind.ID(r.forms.Task.Key, task)
	}
	return parse(f, raw, true, func(path []any) []any { return under(i, n.place(path)) })
}

// under is a place in an improvement of the input. A task's names are the
// improvement's own.
func under(i int, path []any) []any {
	if len(path) > 0 {
		switch path[0] {
		case "title":
			path = append([]any{"content"}, path[1:]...)
		case "assignee":
			path = append([]any{"owner"}, path[1:]...)
		}
	}
	return append([]any{"improvements", i}, path...)
}

// Hold does what Check has read: the review is held, each improvement is noted and
// becomes a task of its owner, and the next review is planned by the rhythm unless one
// is. Faults: those of record.Do; NOT_FOUND for the review; CONFLICT when it is held.
func (r *Review) Hold(ctx context.Context, c *pg.Conn, by record.Call) (Written, error) {
	f := r.forms
	forms := []*form.Form{f.Review}
	if len(r.Improvements) > 0 {
		forms = append(forms, f.Improvement, f.Task)
	}
	ids, err := record.Do(ctx, c, by, forms, func(w *record.Work) error { return r.write(ctx, c, by, w) })
	if err != nil {
		return Written{}, err
	}
	out := Written{Review: ids[0]}
	for i := range r.Improvements {
		out.Tasks, out.Improvements = append(out.Tasks, ids[1+2*i]), append(out.Improvements, ids[2+2*i])
	}
	if n := 1 + 2*len(r.Improvements); len(ids) > n {
		out.Next = ids[n]
	}
	return out, nil
}

func (r *Review) write(ctx context.Context, c *pg.Conn, by record.Call, w *record.Work) error {
	f := r.forms.Review
	now, there, err := held(ctx, c, f, r.ID, f.Catalog.ToCustomer("REVIEW_CUSTOMER"), f.StoredAs("REVIEW_STATUS", "text"), f.StoredAs("REVIEW_HOST", "bigint"))
	switch {
	case err != nil:
		return err
	case !there:
		return record.NotFound().At("review")
	case now[1] == "held":
		return fault.New(fault.Conflict, "the review is held already").At("review")
	}
	customer, _ := now[0].(int64)
	if err := w.Update(ctx, r.ID, r.Version, r.what, r.place); err != nil {
		return err
	}
	for i, in := range r.Improvements {
		at := func(path []any) []any { return under(i, path) }
		task, err := Task{Title: in.Content, Assignee: in.Owner, DueOn: in.DueOn, Kind: "review"}.create(ctx, w, r.forms.Task, customer, at)
		if err != nil {
			return err
		}
		v, err := r.improvement(i, task)
		if err != nil {
			return err
		}
		if _, err := w.Create(ctx, v, at); err != nil {
			return err
		}
	}
	if r.NoNext {
		return nil
	}
	return r.next(ctx, c, by, w, customer, now[2])
}

// next plans the customer's next review, unless one is planned.
func (r *Review) next(ctx context.Context, c *pg.Conn, by record.Call, w *record.Work, customer int64, host any) error {
	f := r.forms.Review
	rhythms, err := rhythm.Load(ctx, c, sqlgen.Env{}, f.Catalog)
	if err != nil {
		return err
	}
	today := calendar.Of(by.Now, f.Catalog.Zone)
	due, err := rhythm.Of(ctx, c, rhythms, rhythm.Ask{Catalog: f.Catalog, Kind: rhythm.Review, Day: today}, []int64{customer})
	plan, there := due[customer]
	if err != nil || !there || plan.Planned {
		return err
	}
	on := plan.Due.String()
	raw, n := values{f.Catalog.ToCustomer("REVIEW_CUSTOMER").Key: kind.ID(f.Catalog.Customers().Key, customer), f.ByPurpose("REVIEW_STATUS").Key: "planned"}, names{}
	period := r.NextPeriod
	if period == nil {
		period = fmt.Sprintf("%s-Q%d", on[:4], (int(on[5]-'0')*10+int(on[6]-'0')+2)/3)
	}
	n.put(raw, f.ByPurpose("REVIEW_PERIOD"), "nextPeriod", period)
	n.put(raw, f.ByPurpose("REVIEW_PLANNED"), "next", on)
	if id, ok := host.(int64); ok {
		raw[f.ByPurpose("REVIEW_HOST").Key] = kind.ID("member", id)
	}
	at := func(path []any) []any {
		if path = n.place(path); len(path) > 1 && path[0] == "values" {
			return append([]any{"next"}, path[1:]...)
		}
		return path
	}
	v, err := parse(f, raw, true, at)
	if err != nil {
		return err
	}
	_, err = w.Create(ctx, v, at)
	return err
}
