// Package batch makes many changes of definitions one: a list of steps (Run), what a
// document says (Apply), and the way back from what a version did (Undo).
//
//	cat, done, err := batch.Run(ctx, store, by, nil, false, []batch.Step{batch.AddField("task", n), batch.AddRule("task", r)})
//
// Each is one change.Edit from beginning to end, under one version, and leaves nothing
// when one of its parts fails. What the parts do and refuse is for packages change and
// conversion; here it is only decided which come in which order, and where in the
// input a fault belongs.
package batch

import (
	"context"
	"errors"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/org"
)

// MaxSteps is how many changes one batch takes.
const MaxSteps = 200

// Step is one change of a batch.
type Step struct {
	Action string // as the mutation is called
	Form   string
	do     func(ctx context.Context, e *change.Edit) error
}

// The steps do what the methods of change.Store of their names do, and ConvertField what
// conversion.Convert does.

// CreateForm makes a form.
func CreateForm(n form.NewForm) Step {
	return Step{"createForm", n.Key, func(ctx context.Context, e *change.Edit) error { return e.CreateForms(ctx, []form.NewForm{n}) }}
}

// UpdateForm changes what people see of a form.
func UpdateForm(key string, u form.FormUpdate) Step {
	return Step{"updateForm", key, func(ctx context.Context, e *change.Edit) error { return e.UpdateForm(ctx, key, u) }}
}

// ArchiveForm archives a form or brings it back.
func ArchiveForm(key string, archive bool) Step {
	action := map[bool]string{true: "archiveForm", false: "restoreForm"}[archive]
	return Step{action, key, func(ctx context.Context, e *change.Edit) error { return e.ArchiveForm(ctx, key, archive) }}
}

// AddField adds a field.
func AddField(formKey string, n form.NewField) Step {
	return Step{"addField", formKey, func(ctx context.Context, e *change.Edit) error {
		f, err := e.Form(formKey, "form")
		if err != nil {
			return err
		}
		return e.AddField(ctx, f, n)
	}}
}

// UpdateField changes a field in place.
func UpdateField(formKey, key string, u form.FieldUpdate) Step {
	return Step{"updateField", formKey, func(ctx context.Context, e *change.Edit) error { return e.UpdateField(ctx, formKey, key, u) }}
}

// MoveField moves a field.
func MoveField(formKey, key, after string) Step {
	return Step{"moveField", formKey, func(ctx context.Context, e *change.Edit) error { return e.MoveField(ctx, formKey, key, after) }}
}

// ConvertField makes a field one of another kind.
func ConvertField(formKey, key string, c conversion.Input) Step {
	return Step{"convertField", formKey, func(ctx context.Context, e *change.Edit) error { return conversion.In(ctx, e, formKey, key, c) }}
}

// ArchiveField hides a field.
func ArchiveField(formKey, key string) Step {
	return Step{"archiveField", formKey, func(ctx context.Context, e *change.Edit) error { return e.ArchiveField(ctx, formKey, key) }}
}

// RestoreField brings a field back.
func RestoreField(formKey, key string) Step {
	return Step{"restoreField", formKey, func(ctx context.Context, e *change.Edit) error { return e.RestoreField(ctx, formKey, key) }}
}

// PurgeField takes a field away for good.
func PurgeField(formKey, key string) Step {
	return Step{"purgeField", formKey, func(ctx context.Context, e *change.Edit) error { return e.PurgeField(ctx, formKey, key) }}
}

// AddRule adds a rule.
func AddRule(formKey string, n form.NewRule) Step {
	return Step{"addRule", formKey, func(ctx context.Context, e *change.Edit) error {
		f, err := e.Form(formKey, "form")
		if err != nil {
			return err
		}
		return e.AddRule(ctx, f, n)
	}}
}

// UpdateRule changes a rule.
func UpdateRule(formKey, key string, u form.RuleUpdate) Step {
	return Step{"updateRule", formKey, func(ctx context.Context, e *change.Edit) error { return e.UpdateRule(ctx, formKey, key, u) }}
}

// RemoveRule takes a rule away.
func RemoveRule(formKey, key string) Step {
	return Step{"removeRule", formKey, func(ctx context.Context, e *change.Edit) error { return e.RemoveRule(ctx, formKey, key) }}
}

// Done is what one step of a batch did: several entries when other definitions
// went with it.
type Done struct {
	Step    int
	Entries []change.LogEntry
}

// Run does all steps in their order, in one change and under one version,
// or none. In between, definitions may be broken that stand at the end. With
// dryRun nothing is kept and the catalog is what it would be. A fault has the
// number of its step and the step's action at the head of its path; what would
// no longer work at the end has neither.
func Run(ctx context.Context, s *change.Store, by org.Actor, expected *int64, dryRun bool, steps []Step) (*form.Catalog, []Done, error) {
	if len(steps) > MaxSteps {
		return nil, nil, fault.New(fault.Invalid, "at most %d changes are made at once", MaxSteps)
	}
	var (
		done  []Done
		would *form.Catalog
	)
	cat, err := s.Change(ctx, by, expected, func(ctx context.Context, e *change.Edit) error {
		done = make([]Done, 0, len(steps))
		worked := change.Standing(e.Cat)
		for i, step := range steps {
			from := len(e.Log)
			if err := step.do(ctx, e); err != nil {
				return fault.Below(err, i, step.Action)
			}
			if err := e.Reload(ctx); err != nil {
				return err
			}
			entries, err := change.EntriesOf(e.Log[from:])
			if err != nil {
				return err
			}
			done = append(done, Done{i, entries})
		}
		if err := e.Breaks(worked, e.Cat); err != nil {
			ft, ok := errors.AsType[*fault.Fault](err)
			if !ok {
				return err
			}
			moved := *ft // it is about all of them
			moved.Path = nil
			return &moved
		}
		if dryRun {
			e.Cat.Job = e.Job
			would = e.Cat
			return errUndo
		}
		return nil
	})
	if dryRun && errors.Is(err, errUndo) {
		return would, done, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return cat, done, nil
}
