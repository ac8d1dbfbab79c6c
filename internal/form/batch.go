package form

import (
	"context"
	"errors"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
)

// MaxSteps is how many changes one batch takes.
const MaxSteps = 200

// Step is one change of a batch.
type Step struct {
	Action string // as the mutation is called
	Form   string
	do     func(ctx context.Context, e *edit) error
}

// The steps do what the methods of Store of their names do.

// StepCreateForm makes a form.
func StepCreateForm(n NewForm) Step {
	return Step{"createForm", n.Key, func(ctx context.Context, e *edit) error { return e.createForms(ctx, []NewForm{n}) }}
}

// StepUpdateForm changes what people see of a form.
func StepUpdateForm(key string, u FormUpdate) Step {
	return Step{"updateForm", key, func(ctx context.Context, e *edit) error { return e.updateForm(ctx, key, u) }}
}

// StepArchiveForm archives a form or brings it back.
func StepArchiveForm(key string, archive bool) Step {
	action := map[bool]string{true: "archiveForm", false: "restoreForm"}[archive]
	return Step{action, key, func(ctx context.Context, e *edit) error { return e.archiveForm(ctx, key, archive) }}
}

// StepAddField adds a field.
func StepAddField(formKey string, n NewField) Step {
	return Step{"addField", formKey, func(ctx context.Context, e *edit) error {
		f, err := e.form(formKey, "form")
		if err != nil {
			return err
		}
		return e.addField(ctx, f, n)
	}}
}

// StepUpdateField changes a field in place.
func StepUpdateField(formKey, key string, u FieldUpdate) Step {
	return Step{"updateField", formKey, func(ctx context.Context, e *edit) error { return e.updateField(ctx, formKey, key, u) }}
}

// StepMoveField moves a field.
func StepMoveField(formKey, key, after string) Step {
	return Step{"moveField", formKey, func(ctx context.Context, e *edit) error { return e.moveField(ctx, formKey, key, after) }}
}

// StepConvertField makes a field one of another kind.
func StepConvertField(formKey, key string, c Conversion) Step {
	return Step{"convertField", formKey, func(ctx context.Context, e *edit) error { return e.convertField(ctx, formKey, key, c) }}
}

// StepArchiveField hides a field.
func StepArchiveField(formKey, key string) Step {
	return Step{"archiveField", formKey, func(ctx context.Context, e *edit) error { return e.archiveField(ctx, formKey, key) }}
}

// StepRestoreField brings a field back.
func StepRestoreField(formKey, key string) Step {
	return Step{"restoreField", formKey, func(ctx context.Context, e *edit) error { return e.restoreField(ctx, formKey, key) }}
}

// StepPurgeField takes a field away for good.
func StepPurgeField(formKey, key string) Step {
	return Step{"purgeField", formKey, func(ctx context.Context, e *edit) error { return e.purgeField(ctx, formKey, key) }}
}

// StepAddRule adds a rule.
func StepAddRule(formKey string, n NewRule) Step {
	return Step{"addRule", formKey, func(ctx context.Context, e *edit) error {
		f, err := e.form(formKey, "form")
		if err != nil {
			return err
		}
		return e.addRule(ctx, f, n)
	}}
}

// StepUpdateRule changes a rule.
func StepUpdateRule(formKey, key string, u RuleUpdate) Step {
	return Step{"updateRule", formKey, func(ctx context.Context, e *edit) error { return e.updateRule(ctx, formKey, key, u) }}
}

// StepRemoveRule takes a rule away.
func StepRemoveRule(formKey, key string) Step {
	return Step{"removeRule", formKey, func(ctx context.Context, e *edit) error { return e.removeRule(ctx, formKey, key) }}
}

// Done is what one step of a batch did: several entries when other definitions
// went with it.
type Done struct {
	Step    int
	Entries []LogEntry
}

// ChangeAll does all steps in their order, in one change and under one version,
// or none. In between, definitions may be broken that stand at the end. With
// dryRun nothing is kept and the catalog is what it would be. A fault has the
// number of its step and the step's action at the head of its path; what would
// no longer work at the end has neither.
func (s *Store) ChangeAll(ctx context.Context, by org.Actor, expected *int64, dryRun bool, steps []Step) (*Catalog, []Done, error) {
	if len(steps) > MaxSteps {
		return nil, nil, fault.New(fault.Invalid, "at most %d changes are made at once", MaxSteps)
	}
	var (
		done  []Done
		would *Catalog
	)
	cat, err := s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		done = make([]Done, 0, len(steps))
		worked := e.cat.standing()
		for i, step := range steps {
			from := len(e.log)
			if err := step.do(ctx, e); err != nil {
				return fault.Below(err, i, step.Action)
			}
			if err := e.reload(ctx); err != nil {
				return err
			}
			entries, err := entriesOf(e.log[from:])
			if err != nil {
				return err
			}
			done = append(done, Done{i, entries})
		}
		if err := e.breaks(worked, e.cat); err != nil {
			ft, ok := errors.AsType[*fault.Fault](err)
			if !ok {
				return err
			}
			moved := *ft // it is about all of them
			moved.Path = nil
			return &moved
		}
		if dryRun {
			e.cat.Job = e.job
			would = e.cat
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
