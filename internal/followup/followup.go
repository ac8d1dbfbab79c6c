// Package followup does what follows when somebody has talked to a customer: a
// review is held, and each of its improvements becomes a task; a contact is logged,
// and its next step becomes one. What belongs together is written together, by the
// writers of package record, so that rules, history and idempotency keys hold for it.
//
// Forms are found by the purposes of their fields. Values are those of the generic
// face, by field key.
package followup

import (
	"context"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

type values = map[string]any

// Task is a task to be made.
type Task struct {
	Title, Assignee, DueOn any    // as a client gave them; nil: not given
	Kind                   string // an option of the kind of tasks, where there is such
	More                   values // other values by field key
}

// taskForm is the form of tasks, nil if the organisation has none.
func taskForm(cat *form.Catalog) *form.Form {
	if x := cat.Purpose("TASK_TITLE"); x != nil {
		return x.Form
	}
	return nil
}

// create makes a task for a customer. at leads from the task's own names (title,
// assignee, dueOn) to the input.
func (t Task) create(ctx context.Context, w *record.Work, f *form.Form, customer int64, at record.Place) (int64, error) {
	raw := values{}
	for key, v := range t.More {
		raw[key] = v
	}
	names := names{}
	names.put(raw, f.ByPurpose("TASK_TITLE"), "title", t.Title)
	names.put(raw, f.ByPurpose("TASK_ASSIGNEE"), "assignee", t.Assignee)
	names.put(raw, f.ByPurpose("TASK_DUE"), "dueOn", t.DueOn)
	if x := f.Catalog.ToCustomer("TASK_CUSTOMER"); x != nil && x.Form == f && customer != 0 {
		raw[x.Key] = kind.ID(x.Target.Key, customer)
	}
	if x := f.ByPurpose("TASK_KIND"); x != nil && x.Has(t.Kind) {
		raw[x.Key] = t.Kind
	}
	place := func(path []any) []any { return at(names.place(path)) }
	v, err := parse(f, raw, true, place)
	if err != nil {
		return 0, err
	}
	return w.Create(ctx, v, place)
}

// names are what an input calls fields, by their keys.
type names map[string]string

// put gives a field a value, if there is the field and the value.
func (n names) put(raw values, x *form.Field, name string, v any) {
	if x != nil && v != nil {
		raw[x.Key], n[x.Key] = v, name
	}
}

// place is where a fault at a field stands: at the input's own name, or among other
// values.
func (n names) place(path []any) []any {
	if len(path) == 0 {
		return path
	}
	key, _ := path[0].(string)
	switch name, own := n[key]; {
	case own:
		return append([]any{name}, path[1:]...)
	case key == "id" || key == "version":
		return path
	}
	return append([]any{"values"}, path...)
}

// parse checks values, with their faults in place.
func parse(f *form.Form, raw values, create bool, at record.Place) (record.Values, error) {
	v, err := record.Parse(f, raw, query.Generic, create)
	var bad fault.List
	if other := bad.Add(err); other != nil {
		return v, other
	}
	for i, b := range bad {
		moved := *b
		moved.Path = at(b.Path)
		bad[i] = &moved
	}
	return v, bad.Err()
}

// held reads fields of a record: numbers of records, and texts of everything else.
// ok is false when it is not there.
func held(ctx context.Context, c *pg.Conn, f *form.Form, id int64, fields ...*form.Field) (out []any, ok bool, err error) {
	cols := []sqlgen.Column{{Field: f.Field("id")}}
	out = make([]any, len(fields))
	place := make([]int, len(fields))
	for i, x := range fields {
		if x != nil {
			cols = append(cols, sqlgen.Column{Field: x})
			place[i] = len(cols) - 1
		}
	}
	s := sqlgen.Env{}.ByID(f, id, cols)
	err = c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		ok = true
		for i, n := range place {
			if text, is := row[n].(string); is && n > 0 {
				out[i] = string([]byte(text)) // it is the driver's
			} else if n > 0 {
				out[i] = row[n]
			}
		}
		return nil
	})
	return out, ok, err
}

// day reads a day of an input; the given one where there is none, and never one to
// come.
func day(v any, today calendar.Day, name string) (calendar.Day, error) {
	text, given := v.(string)
	if !given {
		return today, nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "is not a day such as 2026-11-26").At(name)
	}
	if d > today {
		return 0, fault.New(fault.Invalid, "is a day to come").At(name)
	}
	return d, nil
}
