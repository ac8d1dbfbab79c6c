package followup

import (
	"context"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/record"
)

// Contact is a contact with a customer that is logged, with the task that its next
// step becomes.
type Contact struct {
	Values values // of the feedback, by field key
	Task   *Task  // nil: there is no next step

	feedback, task *form.Form
	what           record.Values
}

// ContactForms are the forms of contacts and of tasks. Fault: INVALID where the
// organisation has no contacts.
func ContactForms(cat *form.Catalog) (feedback, task *form.Form, err error) {
	x := cat.ToCustomer("FEEDBACK_CUSTOMER")
	if x == nil {
		return nil, nil, fault.New(fault.Invalid, "there is no form of contacts with customers")
	}
	return x.Form, taskForm(cat), nil
}

func inValues(path []any) []any { return append([]any{"values"}, path...) }

// Check reads the values. It was now, and the caller's, unless they say otherwise.
func (l *Contact) Check(cat *form.Catalog, by record.Call) error {
	var err error
	if l.feedback, l.task, err = ContactForms(cat); err != nil {
		return err
	}
	if l.Task != nil && l.task == nil {
		return fault.New(fault.Invalid, "there is no form of tasks").At("task")
	}
	raw := values{}
	if x := l.feedback.ByPurpose("FEEDBACK_TIME"); x != nil {
		raw[x.Key] = by.Now.UTC().Format(time.RFC3339)
	}
	if x := l.feedback.ByPurpose("FEEDBACK_MEMBER"); x != nil && by.By.MemberID != 0 {
		raw[x.Key] = kind.ID("member", by.By.MemberID)
	}
	for key, v := range l.Values {
		raw[key] = v
	}
	l.what, err = parse(l.feedback, raw, true, inValues)
	return err
}

// Log does what Check has read, and returns the numbers of the feedback and the task.
func (l *Contact) Log(ctx context.Context, c *pg.Conn, by record.Call) (feedback, task int64, err error) {
	forms := []*form.Form{l.feedback}
	if l.Task != nil {
		forms = append(forms, l.task)
	}
	ids, err := record.Do(ctx, c, by, forms, func(w *record.Work) error {
		id, err := w.Create(ctx, l.what, inValues)
		if err != nil || l.Task == nil {
			return err
		}
		now, _, err := held(ctx, c, l.feedback, id, l.feedback.Catalog.ToCustomer("FEEDBACK_CUSTOMER"))
		if err != nil {
			return err
		}
		t := *l.Task
		if t.Assignee == nil && by.By.MemberID != 0 {
			t.Assignee = kind.ID("member", by.By.MemberID)
		}
		customer, _ := now[0].(int64)
		_, err = t.create(ctx, w, l.task, customer, func(path []any) []any { return append([]any{"task"}, path...) })
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if l.Task != nil {
		task = ids[1]
	}
	return ids[0], task, nil
}
