package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
)

const (
	selectVersionLog = `
		SELECT version, position, at, member_id, action, form, field, before, after FROM fieldwork.change
		 WHERE org_id = $1 AND version = $2 ORDER BY position DESC`
	// What was done since to the same things, other than the undoing of it.
	selectSince = `
		SELECT c.version, c.position, c.action, c.form, c.field FROM fieldwork.change c
		 WHERE c.org_id = $1 AND c.version > $2
		   AND EXISTS (SELECT FROM fieldwork.change u WHERE u.org_id = $1 AND u.version = $2 AND u.form = c.form AND u.field = c.field AND u.action <> 'addField' AND u.action NOT LIKE 'start:%')
		   AND c.action <> 'addRule'
		 ORDER BY c.version, c.position LIMIT 1`
)

// Undo puts back the definitions that the change of a version found, as one
// change: labels, settings, options, order, what was archived or restored, rules,
// and the kind of a field where the way back is a conversion; a field or a form
// that was added is archived. Records keep what was written since. It fails with
// NOT_FOUND for a version that is none, with CONFLICT when something of it was
// changed again since, when a field was purged, or when what went on in the
// background was not definitions yet, and as the single changes do.
func Undo(ctx context.Context, s *change.Store, by org.Actor, expected *int64, version int64) (*form.Catalog, []Done, error) {
	var done []Done
	cat, err := s.Change(ctx, by, expected, func(ctx context.Context, e *change.Edit) error {
		var log []change.LogEntry
		if err := e.Tx.SelectContext(ctx, &log, selectVersionLog, e.Cat.OrgID, version); err != nil {
			return err
		}
		if len(log) == 0 {
			return fault.New(fault.NotFound, "no change led to version %d", version).At("version")
		}
		var since []change.LogEntry
		if err := e.Tx.SelectContext(ctx, &since, selectSince, e.Cat.OrgID, version); err != nil {
			return err
		}
		if len(since) > 0 {
			c := since[0]
			return fault.New(fault.Conflict, "%s changed %s again in version %d: undo that first", c.Action, what(c), c.Version).At("version").With("version", c.Version)
		}
		e.Note("undoChange", "", "", nil, map[string]any{"version": version})
		for _, l := range log {
			if err := undo(ctx, e, l, log); err != nil {
				return fault.Below(err, "version")
			}
			if err := e.Reload(ctx); err != nil {
				return err
			}
		}
		entries, err := change.EntriesOf(e.Log[1:])
		done = []Done{{0, entries}}
		return err
	})
	return cat, done, err
}

func what(l change.LogEntry) string {
	if l.Field == "" || l.Form == "" {
		return l.Form + l.Field
	}
	return l.Form + "." + l.Field
}

// undo puts back what one entry of the log found. Its faults say nothing of a
// place: all of it is about the version.
func undo(ctx context.Context, e *change.Edit, l change.LogEntry, log []change.LogEntry) error {
	never := func(why string) error {
		return fault.New(fault.Conflict, "%s of %s cannot be undone: %s", l.Action, what(l), why)
	}
	var err error
	switch l.Action {
	case "createForm":
		err = e.ArchiveForm(ctx, l.Form, true)
	case "archiveForm":
		err = e.ArchiveForm(ctx, l.Form, false)
	case "restoreForm":
		err = e.ArchiveForm(ctx, l.Form, true)
	case "updateForm":
		err = undoForm(ctx, e, l)
	case "addField":
		if slices.ContainsFunc(log, func(other change.LogEntry) bool { return other.Action == "createForm" && other.Form == l.Form }) {
			return nil // the form goes with all its fields
		}
		f, x := e.Cat.Form(l.Form), (*form.Field)(nil)
		if f != nil {
			x = f.AnyField(l.Field)
		}
		if x == nil {
			return never("the field was purged")
		}
		if x.ArchivedAt != nil {
			return nil
		}
		err = e.ArchiveField(ctx, l.Form, l.Field)
	case "archiveField":
		err = e.RestoreField(ctx, l.Form, l.Field)
	case "restoreField":
		err = e.ArchiveField(ctx, l.Form, l.Field)
	case "moveField":
		var at struct{ After string }
		if json.Unmarshal(l.Before, &at) != nil || l.Before == nil {
			return never("where it stood was not kept")
		}
		err = e.MoveField(ctx, l.Form, l.Field, at.After)
	case "updateField":
		err = putBack(ctx, e, l)
	case "convertField":
		err = convertBack(ctx, e, l)
	case "addRule", "updateRule", "removeRule":
		err = undoRule(ctx, e, l)
	case "updateSettings":
		err = e.Set(ctx, l.Field, l.Before)
	case "createSavedAggregate", "updateSavedAggregate", "removeSavedAggregate":
		err = undoAggregate(ctx, e, l)
	case "purgeField":
		return never("the values are gone")
	case "undoChange":
		return nil // what it did is undone by its other entries
	default:
		if len(l.Action) > 6 && l.Action[:6] == "start:" {
			if slices.ContainsFunc(log, func(other change.LogEntry) bool {
				return other.Action == "addField" && other.Form == l.Form && other.Field == l.Field
			}) {
				return nil // the index goes with the field
			}
			return never("it goes on in the background, or has led to a version of its own; see cancelJob")
		}
		return never("the program does not know the way back")
	}
	return pathless(err)
}

// pathless takes the paths out of faults.
func pathless(err error) error {
	var l fault.List
	if other := l.Add(err); err == nil || other != nil {
		return other
	}
	for i, f := range l {
		moved := *f
		moved.Path = nil
		l[i] = &moved
	}
	return l.Err()
}

func undoForm(ctx context.Context, e *change.Edit, l change.LogEntry) error {
	var was struct {
		Labels, PluralLabels, Description form.Label
		Icon, Colour, Title               string
		Sections                          []form.Section
	}
	if err := json.Unmarshal(l.Before, &was); err != nil {
		return err
	}
	f, err := e.Form(l.Form, "form")
	if err != nil {
		return err
	}
	u := form.FormUpdate{Labels: exactly(f.Labels, was.Labels), Plurals: exactly(f.Plurals, was.PluralLabels), Descriptions: exactly(f.Descriptions, was.Description),
		Icon: &was.Icon, Colour: &was.Colour, Sections: was.Sections}
	if u.Sections == nil {
		u.Sections = []form.Section{}
	}
	if was.Title != change.TitleOf(f) && was.Title != "" {
		u.Title = &was.Title
	}
	return e.UpdateForm(ctx, l.Form, u)
}

func fieldBefore(l change.LogEntry) (was change.FieldState, err error) {
	d := json.NewDecoder(bytes.NewReader(l.Before))
	d.UseNumber()
	if err := d.Decode(&was); err != nil || was.Kind == "" {
		return was, fault.New(fault.Conflict, "%s of %s cannot be undone: what was there before was not kept", l.Action, what(l))
	}
	return was, nil
}

// putBack gives a field the definition that it had.
func putBack(ctx context.Context, e *change.Edit, l change.LogEntry) error {
	was, err := fieldBefore(l)
	if err != nil {
		return err
	}
	f, old, err := e.Field(l.Form, l.Field)
	if err != nil {
		return err
	}
	if was.Kind != old.Kind.Name() {
		return fault.New(fault.Conflict, "%s has become a %s since", what(l), old.Kind.Name())
	}
	if err := e.Idle(ctx, f, old.Key); err != nil {
		return err
	}
	return e.RestoreState(ctx, old, was)
}

// convertBack makes a field what it was before it was converted.
func convertBack(ctx context.Context, e *change.Edit, l change.LogEntry) error {
	was, err := fieldBefore(l)
	if err != nil {
		return err
	}
	f, now, err := e.Field(l.Form, l.Field)
	if err != nil {
		return err
	}
	to := kind.ByName(was.Kind)
	if to == nil {
		return fault.New(fault.Conflict, "%s cannot be undone: %q is no kind of field", l.Action, was.Kind)
	}
	if _, ok := kind.Conversion(now.Kind, to); !ok {
		return fault.New(fault.Conflict, "%s of %s cannot be undone: a %s does not become a %s", l.Action, what(l), now.Kind.Name(), was.Kind)
	}
	c := conversion.Input{Kind: was.Kind, Labels: now.IsChoice() && !kind.IsChoice(to), Back: &was}
	if b, err := json.Marshal(was.Settings); err != nil {
		return err
	} else if err := json.Unmarshal(b, &c.Settings); err != nil {
		return err
	}
	c.Settings.To, c.Settings.Inverse = nil, nil // they are what they were
	if !slices.Contains(to.Settings(), "onDelete") {
		c.Settings.OnDelete = nil
	}
	for _, o := range was.Options {
		c.Options = append(c.Options, o.NewOption)
	}
	if c.ClearDefault = was.Default == nil; was.Default != nil {
		if c.Default, err = form.DecodeJSON(was.Default); err != nil {
			return err
		}
	}
	return conversion.In(ctx, e, f.Key, now.Key, c)
}

func undoRule(ctx context.Context, e *change.Edit, l change.LogEntry) error {
	type state struct {
		Key, Expression string
		Kind            form.RuleKind
		Fields          []string
		IgnoreCase      bool
		Message         form.Label
	}
	var was, now state
	if l.Before != nil {
		if err := json.Unmarshal(l.Before, &was); err != nil {
			return err
		}
	}
	if l.After != nil {
		if err := json.Unmarshal(l.After, &now); err != nil {
			return err
		}
	}
	switch l.Action {
	case "addRule":
		return e.RemoveRule(ctx, l.Form, now.Key)
	case "removeRule":
		f, err := e.Form(l.Form, "form")
		if err != nil {
			return err
		}
		return e.AddRule(ctx, f, form.NewRule{Key: was.Key, Kind: was.Kind, Expression: was.Expression, Fields: was.Fields, IgnoreCase: was.IgnoreCase, Message: was.Message})
	}
	r, err := e.Rule(l.Form, was.Key)
	if err != nil {
		return err
	}
	if was.Fields == nil {
		was.Fields = []string{}
	}
	return e.UpdateRule(ctx, l.Form, was.Key, form.RuleUpdate{Expression: &was.Expression, Fields: was.Fields, IgnoreCase: &was.IgnoreCase, Message: exactly(r.Message, was.Message)})
}
