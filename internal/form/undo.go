package form

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"fieldwork/internal/fault"
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
func (s *Store) Undo(ctx context.Context, by org.Actor, expected *int64, version int64) (*Catalog, []Done, error) {
	var done []Done
	cat, err := s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		var log []LogEntry
		if err := e.tx.SelectContext(ctx, &log, selectVersionLog, e.cat.OrgID, version); err != nil {
			return err
		}
		if len(log) == 0 {
			return fault.New(fault.NotFound, "no change led to version %d", version).At("version")
		}
		var since []LogEntry
		if err := e.tx.SelectContext(ctx, &since, selectSince, e.cat.OrgID, version); err != nil {
			return err
		}
		if len(since) > 0 {
			c := since[0]
			return fault.New(fault.Conflict, "%s changed %s again in version %d: undo that first", c.Action, c.what(), c.Version).At("version").With("version", c.Version)
		}
		e.note("undoChange", "", "", nil, map[string]any{"version": version})
		for _, l := range log {
			if err := e.undo(ctx, l, log); err != nil {
				return fault.Below(err, "version")
			}
			if err := e.reload(ctx); err != nil {
				return err
			}
		}
		entries, err := entriesOf(e.log[1:])
		done = []Done{{0, entries}}
		return err
	})
	return cat, done, err
}

func (l LogEntry) what() string {
	if l.Field == "" || l.Form == "" {
		return l.Form + l.Field
	}
	return l.Form + "." + l.Field
}

// undo puts back what one entry of the log found. Its faults say nothing of a
// place: all of it is about the version.
func (e *edit) undo(ctx context.Context, l LogEntry, log []LogEntry) error {
	never := func(why string) error {
		return fault.New(fault.Conflict, "%s of %s cannot be undone: %s", l.Action, l.what(), why)
	}
	var err error
	switch l.Action {
	case "createForm":
		err = e.archiveForm(ctx, l.Form, true)
	case "archiveForm":
		err = e.archiveForm(ctx, l.Form, false)
	case "restoreForm":
		err = e.archiveForm(ctx, l.Form, true)
	case "updateForm":
		err = e.undoForm(ctx, l)
	case "addField":
		if slices.ContainsFunc(log, func(other LogEntry) bool { return other.Action == "createForm" && other.Form == l.Form }) {
			return nil // the form goes with all its fields
		}
		f, x := e.cat.Form(l.Form), (*Field)(nil)
		if f != nil {
			x = f.any(l.Field)
		}
		if x == nil {
			return never("the field was purged")
		}
		if x.ArchivedAt != nil {
			return nil
		}
		err = e.archiveField(ctx, l.Form, l.Field)
	case "archiveField":
		err = e.restoreField(ctx, l.Form, l.Field)
	case "restoreField":
		err = e.archiveField(ctx, l.Form, l.Field)
	case "moveField":
		var at struct{ After string }
		if json.Unmarshal(l.Before, &at) != nil || l.Before == nil {
			return never("where it stood was not kept")
		}
		err = e.moveField(ctx, l.Form, l.Field, at.After)
	case "updateField":
		err = e.putBack(ctx, l)
	case "convertField":
		err = e.convertBack(ctx, l)
	case "addRule", "updateRule", "removeRule":
		err = e.undoRule(ctx, l)
	case "updateSettings":
		err = e.set(ctx, l.Field, l.Before)
	case "createSavedAggregate", "updateSavedAggregate", "removeSavedAggregate":
		err = e.undoAggregate(ctx, l)
	case "purgeField":
		return never("the values are gone")
	case "undoChange":
		return nil // what it did is undone by its other entries
	default:
		if len(l.Action) > 6 && l.Action[:6] == "start:" {
			if slices.ContainsFunc(log, func(other LogEntry) bool {
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

func (e *edit) undoForm(ctx context.Context, l LogEntry) error {
	var was struct {
		Labels, PluralLabels, Description Label
		Icon, Colour, Title               string
		Sections                          []Section
	}
	if err := json.Unmarshal(l.Before, &was); err != nil {
		return err
	}
	f, err := e.form(l.Form, "form")
	if err != nil {
		return err
	}
	u := FormUpdate{Labels: exactly(f.Labels, was.Labels), Plurals: exactly(f.Plurals, was.PluralLabels), Descriptions: exactly(f.Descriptions, was.Description),
		Icon: &was.Icon, Colour: &was.Colour, Sections: was.Sections}
	if u.Sections == nil {
		u.Sections = []Section{}
	}
	if was.Title != f.titleKey() && was.Title != "" {
		u.Title = &was.Title
	}
	return e.updateForm(ctx, l.Form, u)
}

func (l LogEntry) fieldBefore() (was fieldState, err error) {
	d := json.NewDecoder(bytes.NewReader(l.Before))
	d.UseNumber()
	if err := d.Decode(&was); err != nil || was.Kind == "" {
		return was, fault.New(fault.Conflict, "%s of %s cannot be undone: what was there before was not kept", l.Action, l.what())
	}
	return was, nil
}

// putBack gives a field the definition that it had.
func (e *edit) putBack(ctx context.Context, l LogEntry) error {
	was, err := l.fieldBefore()
	if err != nil {
		return err
	}
	f, old, err := e.field(l.Form, l.Field)
	if err != nil {
		return err
	}
	if was.Kind != old.Kind.Name() {
		return fault.New(fault.Conflict, "%s has become a %s since", l.what(), old.Kind.Name())
	}
	if err := e.idle(ctx, f, old.Key); err != nil {
		return err
	}
	return e.restoreState(ctx, old, was)
}

// restoreState writes a definition that the field had under its kind.
func (e *edit) restoreState(ctx context.Context, old *Field, was fieldState) error {
	f, x := old.Form, *old
	x.Labels, x.Help, x.Required, x.Unique, x.Indexed, x.Section = was.Labels, was.Help, was.Required, was.Unique, was.Indexed, was.Section
	x.Default = was.Default
	options := old.Settings.Options
	x.Settings = was.Settings
	x.Settings.Options = options
	if was.Options != nil {
		x.Settings.Options = nil
		for _, o := range was.Options {
			x.Settings.Options = append(x.Settings.Options, kind.Option{Key: o.Key, Enum: enumName(o.Key), Archived: o.Archived, Parents: o.Parents})
		}
	}
	var bad fault.List
	_ = bad.Add(kind.CheckSettings(x.Kind, &x.Settings), "settings")
	e.checkTarget(&x, &bad)
	if len(bad) == 0 {
		x.checkCommon(&bad)
	}
	x.checkIndexes(&bad)
	if len(bad) == 0 {
		_ = bad.Add(e.cat.CompileField(&x), "settings")
	}
	if len(bad) > 0 {
		return bad
	}
	if _, known := f.sections()[x.Section]; !known && len(f.Sections) > 0 {
		x.Section = ""
	}
	if _, err := e.later(ctx, &x, old); err != nil {
		return err
	}
	if err := e.setIndexes(ctx, f, &x, old); err != nil {
		return err
	}
	if x.Filled && (!x.Required || x.ShownWhen != nil) {
		x.Filled = false
		if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL`, f.Table(), x.Column()); err != nil {
			return err
		}
	}
	if err := e.saveField(ctx, &x); err != nil {
		return err
	}
	if was.Options != nil {
		var use []NewOption
		var archived []NewOption
		for _, o := range was.Options {
			if o.Archived {
				archived = append(archived, o.NewOption)
			} else {
				use = append(use, o.NewOption)
			}
		}
		// Options that came since are archived: records may hold them.
		if err := e.saveOptions(ctx, old, slices.Concat(use, archived)); err != nil {
			return err
		}
		if err := e.setOptions(ctx, old, use); err != nil {
			return err
		}
	}
	if err := e.reload(ctx); err != nil {
		return err
	}
	e.note("updateField", f.Key, x.Key, old.describe(), e.cat.Form(f.Key).any(x.Key).describe())
	return nil
}

func (f *Form) sections() map[string]bool {
	out := map[string]bool{"": true}
	for _, s := range f.Sections {
		out[s.Key] = true
	}
	return out
}

// convertBack makes a field what it was before it was converted.
func (e *edit) convertBack(ctx context.Context, l LogEntry) error {
	was, err := l.fieldBefore()
	if err != nil {
		return err
	}
	f, now, err := e.field(l.Form, l.Field)
	if err != nil {
		return err
	}
	to := kind.ByName(was.Kind)
	if to == nil {
		return fault.New(fault.Conflict, "%s cannot be undone: %q is no kind of field", l.Action, was.Kind)
	}
	if _, ok := kind.Conversion(now.Kind, to); !ok {
		return fault.New(fault.Conflict, "%s of %s cannot be undone: a %s does not become a %s", l.Action, l.what(), now.Kind.Name(), was.Kind)
	}
	c := Conversion{Kind: was.Kind, Labels: now.IsChoice() && !kind.IsChoice(to), Back: &was}
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
		if c.Default, err = decodeJSON(was.Default); err != nil {
			return err
		}
	}
	return e.convertField(ctx, f.Key, now.Key, c)
}

func (e *edit) undoRule(ctx context.Context, l LogEntry) error {
	type state struct {
		Key, Expression string
		Kind            RuleKind
		Fields          []string
		IgnoreCase      bool
		Message         Label
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
		return e.removeRule(ctx, l.Form, now.Key)
	case "removeRule":
		f, err := e.form(l.Form, "form")
		if err != nil {
			return err
		}
		return e.addRule(ctx, f, NewRule{Key: was.Key, Kind: was.Kind, Expression: was.Expression, Fields: was.Fields, IgnoreCase: was.IgnoreCase, Message: was.Message})
	}
	r, err := e.rule(l.Form, was.Key)
	if err != nil {
		return err
	}
	if was.Fields == nil {
		was.Fields = []string{}
	}
	return e.updateRule(ctx, l.Form, was.Key, RuleUpdate{Expression: &was.Expression, Fields: was.Fields, IgnoreCase: &was.IgnoreCase, Message: exactly(r.Message, was.Message)})
}
